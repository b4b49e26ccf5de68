//! Rows of tokens of platforms.

use jiff::{SignedDuration, Timestamp};

use keep::{millis, text};

use super::Store;
use crate::error::{Error, Result};

impl Store {
    /// What a vault holds.
    pub(crate) async fn vault(&self, name: &str, now: Timestamp) -> Result<Option<String>> {
        let row = sqlx::query("SELECT sealed FROM vault WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let key = self.keys.secret("vault", now).await?;
        Ok(Some(key.open(&format!("vault/{name}"), &text(&row, "sealed")?)?))
    }

    /// Puts something into a vault; what was there is kept beside it, once.
    pub(crate) async fn put_vault(&self, name: &str, value: &str, now: Timestamp) -> Result<()> {
        let key = self.keys.secret("vault", now).await?;
        let sql = "INSERT INTO vault (name, sealed, at, lease) VALUES ($1, $2, $3, 0) ON CONFLICT (name) DO UPDATE \
                   SET previous = vault.sealed, sealed = excluded.sealed, at = excluded.at, lease = 0";
        sqlx::query(sql)
            .bind(name.to_owned())
            .bind(key.seal(&format!("vault/{name}"), value))
            .bind(millis(now))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes a vault for changing it, if no other process has it.
    pub(crate) async fn lease_vault(
        &self,
        name: &str,
        now: Timestamp,
        long: SignedDuration,
    ) -> Result<bool> {
        let until = now.checked_add(long).map_err(|_| Error::Gone)?;
        let done = sqlx::query("UPDATE vault SET lease = $1 WHERE name = $2 AND lease < $3")
            .bind(millis(until))
            .bind(name.to_owned())
            .bind(millis(now))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives it back unchanged.
    pub(crate) async fn free_vault(&self, name: &str) -> Result<()> {
        sqlx::query("UPDATE vault SET lease = 0 WHERE name = $1")
            .bind(name.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
