//! Tokens of platforms, sealed like everything else.

use crate::chat::Chat;
use crate::error::Result;

impl Chat {
    /// A token of a platform.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn vault(&self, name: &str) -> Result<Option<String>> {
        self.inner.store.vault(name, self.now()).await
    }

    /// Keeps a token of a platform; it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn put_vault(&self, name: &str, value: &str) -> Result<()> {
        self.inner.store.put_vault(name, value, self.now()).await
    }

    /// Takes a token for changing it: `false` while another process has it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn lease_vault(&self, name: &str, long: jiff::SignedDuration) -> Result<bool> {
        self.inner.store.lease_vault(name, self.now(), long).await
    }

    /// Gives it back unchanged.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn free_vault(&self, name: &str) -> Result<()> {
        self.inner.store.free_vault(name).await
    }
}
