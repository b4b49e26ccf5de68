//! Deliveries on their way in: kept, known by their names, and what is done at once.

use std::sync::Arc;

use uuid::Uuid;

use super::{Post, THERE};
use crate::carrier::{Incoming, Received, What};
use crate::desk::notice;
use crate::error::{Error, Result};
use crate::store::Mode;

impl Post {
    /// Takes a delivery: it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be kept; the platform will deliver it again.
    pub async fn receive(self: &Arc<Post>, incoming: &Incoming) -> Result<Received> {
        let store = &self.chat.inner.store;
        if store.received(&incoming.name).await? {
            return Ok(Received::Duplicate);
        }
        if incoming.what == What::Left {
            // Before it is known: done twice it does no harm.
            self.left(&incoming.address).await?;
        }
        let at = incoming.at.unwrap_or_else(|| self.chat.now());
        let talk = self.talk_of(incoming).await?;
        if !store.receive(&incoming.name, talk.as_ref(), &incoming.what, at).await? {
            return Ok(Received::Duplicate);
        }
        // Some things are done at once, not in turn behind an answer that is being made.
        match &incoming.what {
            What::Human { .. } => {
                let Some(talk) = &talk else { return Ok(Received::New) };
                // Whatever is being written or waits is not said any more.
                self.chat.takes_over(talk, THERE).await?;
                store.answered(talk, &incoming.name, &[], self.chat.now()).await?;
            }
            What::Rated { button, good, press } => {
                let rated = match &talk {
                    Some(talk) => self.rated_now(talk, &incoming.name, button, *good).await,
                    None => false,
                };
                self.show_pressed(&incoming.address, press, rated);
            }
            _ => {}
        }
        if let Some(talk) = talk {
            self.wake(talk);
        }
        Ok(Received::New)
    }

    /// The conversation that a delivery belongs to, if any.
    async fn talk_of(&self, incoming: &Incoming) -> Result<Option<Uuid>> {
        let (store, channel) = (&self.chat.inner.store, self.carrier.channel());
        let address = &incoming.address;
        let own = match &incoming.what {
            What::Human { remote } => store.sent(remote).await?,
            // A button belongs to its answer, however long ago that was; somebody else's does nothing.
            What::Rated { button, .. } => {
                let Some((talk, _)) = store.pressed(button).await? else { return Ok(None) };
                let talk = match self.chat.talk(&talk).await {
                    Err(Error::Gone) => return Ok(None),
                    talk => talk?,
                };
                let theirs = talk.channel == channel && talk.known.address == *address;
                return Ok(theirs.then_some(talk.id));
            }
            What::Nothing | What::Left => true,
            _ => false,
        };
        if own || address.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.chat.of(channel, address, "citizen").await?.id))
    }

    /// Rates an answer; what cannot be kept now is tried again in turn.
    async fn rated_now(&self, talk: &Uuid, name: &str, button: &str, good: bool) -> bool {
        let done = async {
            self.rated(button, good).await?;
            self.chat.inner.store.answered(talk, name, &[], self.chat.now()).await
        };
        match done.await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!("a rating waits: {error}");
                false
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a delivery is acknowledged before it is shown as seen"
    )]
    fn show_pressed(self: &Arc<Post>, address: &str, press: &str, rated: bool) {
        if press.is_empty() {
            return;
        }
        let (post, address, press) = (Arc::clone(self), address.to_owned(), press.to_owned());
        tokio::spawn(async move { post.carrier.pressed(&address, &press, rated).await });
    }

    /// Somebody cannot be reached any more: nothing is sent to them, and an officer who writes to them is told.
    async fn left(&self, address: &str) -> Result<()> {
        let Some(talk) = self.chat.last_of(self.carrier.channel(), address).await? else {
            return Ok(());
        };
        self.chat.inner.store.all_over(&talk.id, "the person has left or blocked us").await?;
        match talk.mode {
            Mode::Bot => Ok(()),
            Mode::Waiting | Mode::Human => self.chat.note(&talk.id, notice::LEFT).await,
        }
    }
}
