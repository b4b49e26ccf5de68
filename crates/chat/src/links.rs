//! Conversations that stand on a desk elsewhere too, where the officers of an agency sit already.

use uuid::Uuid;

use crate::carrier::What;
use crate::chat::Chat;
use crate::error::Result;

/// Where a conversation stands on a desk elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Ours.
    pub talk: Uuid,
    /// Its name there.
    pub remote: String,
    /// The person's name there.
    pub contact: String,
    /// How far it is.
    pub state: LinkState,
    /// The number of the last message that was brought there.
    pub sent: i64,
}

/// How far a conversation on a desk elsewhere is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It is made, and not shown to officers yet.
    New,
    /// Officers see it.
    Open,
    /// It has ended there; words of an officer open it again, the next call for one makes another.
    Closed,
}

impl LinkState {
    pub(crate) const ALL: [LinkState; 3] = [LinkState::New, LinkState::Open, LinkState::Closed];

    pub(crate) fn name(self) -> &'static str {
        match self {
            LinkState::New => "new",
            LinkState::Open => "open",
            LinkState::Closed => "closed",
        }
    }
}

impl Chat {
    /// Keeps where a conversation stands, in the place of where it stood before.
    ///
    /// # Errors
    /// [`crate::Error::Gone`] when it was erased; when it cannot be kept.
    pub async fn link(&self, link: &Link) -> Result<()> {
        self.inner.store.link(link).await
    }

    /// Notes how far it is, if it is as it was seen; gives whether it was.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn link_goes(&self, link: &Link, state: LinkState, sent: i64) -> Result<bool> {
        self.inner.store.link_goes(link, state, sent).await
    }

    /// Where a conversation stands.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn link_of(&self, talk: &Uuid) -> Result<Option<Link>> {
        self.inner.store.link_of(talk).await
    }

    /// The conversation that stands there under a name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn linked(&self, remote: &str) -> Result<Option<Link>> {
        self.inner.store.linked(remote).await
    }

    /// All that are not closed.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn open_links(&self) -> Result<Vec<Link>> {
        self.inner.store.open_links().await
    }

    /// Whether a delivery of this name came before.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn came(&self, name: &str) -> Result<bool> {
        self.inner.store.received(name).await
    }

    /// Remembers that a delivery of this name came.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn remember(&self, name: &str) -> Result<()> {
        self.inner.store.receive(name, None, &What::Nothing, self.now()).await?;
        Ok(())
    }
}
