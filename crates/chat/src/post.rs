//! Channels that push messages: what comes in is on the disk before it is acknowledged, is answered in order and once,
//! and what goes out is on the disk before it is sent.

mod answering;
mod taking;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::carrier::{Carrier, Sent};
use crate::chat::Chat;
use crate::desk::notice;
use crate::error::{Error, Result};
use crate::store::Channel;
use crate::store::post::Going;

/// How often a part is tried: with the waits between, for about a day, which is a platform's window for an answer.
const TRIES: i64 = 300;
/// Longest wait between two tries.
const PATIENCE: Duration = Duration::from_secs(300);
/// Messages that are sent at a time on a channel.
const SENDING: usize = 8;
/// Who writes on the platform itself.
pub(crate) const THERE: &str = "—";
/// Answers that are made at a time for a channel.
const TOGETHER: usize = 4;

/// The messages of one channel.
pub struct Post {
    chat: Chat,
    carrier: Arc<dyn Carrier>,
    lanes: Mutex<HashSet<Uuid>>,
    work: Semaphore,
    sending: Semaphore,
    waiting: AtomicUsize,
    /// Why the channel is out of order, if it is.
    broken: Mutex<Option<String>>,
}

impl Post {
    /// Opens a channel. What a crash left behind is taken up by [`Post::resume`].
    pub fn new(chat: Chat, carrier: Arc<dyn Carrier>) -> Arc<Post> {
        let channel = carrier.channel();
        let post = Arc::new(Post {
            chat,
            carrier,
            lanes: Mutex::default(),
            work: Semaphore::new(TOGETHER),
            sending: Semaphore::new(SENDING),
            waiting: AtomicUsize::new(0),
            broken: Mutex::default(),
        });
        post.chat.posts().insert(channel, Arc::downgrade(&post));
        post
    }

    /// Takes up what an earlier run left: messages without an answer, parts that were not sent. What was being sent
    /// when it ended may have arrived and is not sent again; how many those are is told.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn resume(self: &Arc<Post>) -> Result<u64> {
        let channel = self.carrier.channel().name();
        let lost = self.chat.inner.store.lost(channel).await?;
        self.wake_all().await?;
        Ok(lost)
    }

    async fn wake_all(self: &Arc<Post>) -> Result<()> {
        let channel = self.carrier.channel().name();
        for talk in self.chat.inner.store.unfinished(channel).await? {
            self.wake(talk);
        }
        Ok(())
    }

    /// Why the channel is out of order, if it is.
    pub fn broken(&self) -> Option<String> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many conversations have something to do.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Sees to a conversation: one at a time each, different ones side by side.
    #[expect(
        clippy::disallowed_methods,
        reason = "messages are answered after they are acknowledged"
    )]
    pub(crate) fn wake(self: &Arc<Post>, talk: Uuid) {
        if !self.lanes().insert(talk) {
            return;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let lane = Lane { post: Arc::clone(self), talk };
        tokio::spawn(async move {
            lane.run().await;
            let (post, talk) = (Arc::clone(&lane.post), lane.talk);
            drop(lane);
            // Something may have come between the last look and the end.
            if post.pending(&talk).await.unwrap_or(false) {
                post.wake(talk);
            }
        });
    }

    fn lanes(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pending(&self, talk: &Uuid) -> Result<bool> {
        let store = &self.chat.inner.store;
        let going = self.broken().is_none() && store.next_going(talk).await?.is_some();
        Ok(going || store.next_waiting(talk).await?.is_some())
    }

    /// Answers one message, or sends one part; `false` when there is nothing to do.
    async fn step(self: &Arc<Post>, id: &Uuid) -> Result<bool> {
        let store = &self.chat.inner.store;
        if self.broken().is_none()
            && let Some(going) = store.next_going(id).await?
        {
            self.send(id, &going).await?;
            return Ok(true);
        }
        let Some(waiting) = store.next_waiting(id).await? else { return Ok(false) };
        // Everybody in turn: who sends many messages comes to the end of the line after each.
        let Ok(_turn) = self.work.acquire().await else { return Ok(false) };
        let talk = self.chat.talk(id).await?;
        let parts = self.answer(&talk, &waiting.name, waiting.what).await?;
        let kept = store.answered(id, &waiting.name, &parts, self.chat.now()).await;
        if let (Err(_), Some(message)) = (&kept, parts.first().and_then(|it| it.part.over.as_ref()))
        {
            // It is made again, and shown again.
            self.carrier.withdraw(&talk.known.address, message).await;
        }
        kept.map(|()| true)
    }

    /// Tries a part once. Whoever speaks in its conversation is looked at in the moment in which it is taken.
    async fn send(&self, id: &Uuid, going: &Going) -> Result<()> {
        let (store, channel) = (&self.chat.inner.store, self.carrier.channel().name());
        let talk = self.chat.talk(id).await?;
        let early = going.due.duration_since(self.chat.now());
        if early.is_positive() {
            tokio::time::sleep(early.unsigned_abs().min(PATIENCE)).await;
            return Ok(());
        }
        // Where the platform wants to be spared, the part waits here: it is not said to be on its way.
        if let Some(wait) = self.carrier.wait(&talk.known.address) {
            tokio::time::sleep(wait.min(PATIENCE)).await;
            return Ok(());
        }
        let Ok(_turn) = self.sending.acquire().await else { return Ok(()) };
        if self.broken().is_some() {
            return Ok(());
        }
        if !store.claim(&going.id, id, going.out.version).await? {
            if store.suppress(&going.id).await?
                && let Some(message) = &going.out.part.over
            {
                self.carrier.withdraw(&talk.known.address, message).await;
            }
            return Ok(());
        }
        let (state, why) = match self.carrier.send(&talk.known.address, &going.out.part).await {
            Sent::There(remote) => return store.over(&going.id, "sent", "", Some(&remote)).await,
            Sent::Again(wait) if going.tries < TRIES => {
                let grown = Duration::from_secs(1 << going.tries.clamp(0, 9));
                let wait = wait.max(grown.min(PATIENCE));
                let due =
                    self.chat.now().checked_add(SignedDuration::try_from(wait).unwrap_or_default());
                let due = due.unwrap_or(Timestamp::MAX);
                return store.again(&going.id, "not sent yet", due).await;
            }
            Sent::Again(_) => ("failed", "tried too often".to_owned()),
            Sent::Failed(why) => ("failed", why),
            Sent::Unknown(why) => ("unknown", why),
            Sent::Broken(why) => {
                tracing::error!(channel, "the channel is out of order: {why}");
                store.again(&going.id, &why, self.chat.now()).await?;
                *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                return Ok(());
            }
        };
        tracing::warn!(channel, state, "a message has not arrived for certain: {why}");
        store.over(&going.id, state, &why, None).await?;
        if going.out.officer {
            self.chat.note(id, notice::UNSENT).await?;
        }
        match state {
            "failed" => store.rest_over(&going.answer, "failed").await,
            _ => Ok(()),
        }
    }

    /// The channel works again: sends what has waited.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn mended(self: &Arc<Post>) -> Result<()> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.wake_all().await
    }
}

/// One conversation that is being seen to; however that ends, it can be seen to again.
struct Lane {
    post: Arc<Post>,
    talk: Uuid,
}

impl Lane {
    async fn run(&self) {
        let (mut told, mut wait) = (String::new(), Duration::from_secs(1));
        loop {
            match self.post.step(&self.talk).await {
                Ok(true) => wait = Duration::from_secs(1),
                Ok(false) | Err(Error::Gone) => return,
                Err(error) => {
                    let why = error.to_string();
                    if why != told {
                        tracing::error!("a message of a channel waits: {why}");
                        told = why;
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(PATIENCE);
                }
            }
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.post.lanes().remove(&self.talk);
        self.post.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The open channels of a server.
pub(crate) type Posts = HashMap<Channel, std::sync::Weak<Post>>;

impl Chat {
    pub(crate) fn posts(&self) -> std::sync::MutexGuard<'_, Posts> {
        self.inner.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many parts of answers are in each state: pending, sending, sent, failed, unknown, suppressed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sending(&self) -> Result<Vec<(String, i64)>> {
        self.inner.store.states().await
    }
}
