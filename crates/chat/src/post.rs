//! Channels that push messages: what comes in is on the disk before it is acknowledged, is answered in order and once,
//! and what goes out is on the disk before it is sent.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use answer::Route;
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use crate::carrier::{Carrier, Incoming, Part, Received, Sent, What};
use crate::chat::{Asked, Chat, Refused};
use crate::desk::notice;
use crate::error::{Error, Result};
use crate::given::Told;
use crate::live::Live;
use crate::split::split;
use crate::store::post::{Going, Out};
use crate::store::{Channel, Feedback, Kind, Mode, Talk};

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
/// Conversations that may wait; who comes later is told that it is busy.
const MOST: usize = 3000;
/// With more than so many at work no model writes: clauses and cards are answers by themselves.
const PROSE: usize = 2;

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

    /// Takes a delivery: it is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be kept; the platform will deliver it again.
    pub async fn receive(self: &Arc<Post>, incoming: &Incoming) -> Result<Received> {
        let store = &self.chat.inner.store;
        if store.received(&incoming.name).await? {
            return Ok(Received::Duplicate);
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
                store.answered(talk, Some(&incoming.name), &[], self.chat.now()).await?;
            }
            What::Rated { button, good, press } => {
                let rated = match &talk {
                    Some(talk) => self.rated_now(talk, &incoming.name, button, *good).await,
                    None => false,
                };
                self.show_pressed(&incoming.address, press, rated);
            }
            What::Left => self.left(&incoming.address).await?,
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
            self.chat.inner.store.answered(talk, Some(name), &[], self.chat.now()).await
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
        store.answered(id, Some(&waiting.name), &parts, self.chat.now()).await?;
        Ok(true)
    }

    async fn answer(&self, talk: &Talk, name: &str, what: What) -> Result<Vec<Out>> {
        let fixed = |key: &str| self.parts(&self.say(talk, key, &[]), None, Some(talk.version));
        match what {
            What::Text(text) => self.asked(talk, name, text, "").await,
            What::TextOnly(text) if !text.trim().is_empty() => {
                self.asked(talk, name, text, &self.say(talk, "channel_text_only", &[])).await
            }
            What::Rated { button, good, .. } => {
                self.rated(&button, good).await?;
                Ok(Vec::new())
            }
            // While an officer speaks nothing but words is passed on, and nothing is answered.
            _ if talk.mode == Mode::Human => Ok(Vec::new()),
            What::TextOnly(_) | What::Unsupported => Ok(fixed("channel_unsupported")),
            What::Welcome => Ok(fixed("greeting")),
            What::Human { .. } | What::Left | What::Nothing => Ok(Vec::new()),
        }
    }

    /// A fixed sentence; none before the first corpus is open.
    fn say(&self, talk: &Talk, key: &str, values: &[(&str, &str)]) -> String {
        let assistant = (self.chat.inner.assistants)(&talk.profile);
        assistant.map_or_else(String::new, |it| it.say(Route::OutOfScope, key, values).text)
    }

    /// The answer to a question, in parts.
    async fn asked(&self, talk: &Talk, name: &str, text: String, remark: &str) -> Result<Vec<Out>> {
        if self.waiting() > MOST {
            return Ok(self.parts(&self.say(talk, "overloaded", &[("seconds", "60")]), None, None));
        }
        let asked = Asked {
            talk: talk.id,
            profile: talk.profile.clone(),
            client: Some(name.to_owned()),
            text,
            on: None,
            from: None,
            generate: self.waiting() <= PROSE,
            kept: true,
            strict: true,
        };
        let live = match self.chat.ask(asked, ()).await {
            Ok(live) => live,
            Err(Refused::Gone) => return Err(Error::Gone),
            Err(Refused::TooOften(_)) if talk.mode == Mode::Human => return Ok(Vec::new()),
            Err(Refused::TooOften(wait)) => {
                let seconds = (wait.as_secs() + 1).to_string();
                let text = self.say(talk, "too_often", &[("seconds", &seconds)]);
                return Ok(self.parts(&text, None, Some(talk.version)));
            }
            // Another instance answers the same conversation, the corpus or the database is away: later.
            Err(Refused::Running | Refused::Loading | Refused::Away) => return Err(Error::Later),
        };
        let (last, shown) = self.followed(talk, &live).await;
        let mut parts = match last {
            Some(last) => self.worded(talk, &last, remark).await,
            None => Err(Error::Later),
        };
        if let Some(message) = shown {
            match parts.as_deref_mut() {
                Ok([first, ..]) => first.part.over = Some(message),
                // Nothing is said after all.
                _ => self.carrier.withdraw(&talk.known.address, &message).await,
            }
        }
        parts
    }

    /// The last word of an answer, and the message in which its words are shown as they come, if the channel can.
    async fn followed(&self, talk: &Talk, live: &Live) -> (Option<Told>, Option<String>) {
        if live.is_over() {
            return (live.last().await, None);
        }
        let (words, seen) = watch::channel(String::new());
        let reading = async move {
            let (mut events, mut last) = (Box::pin(live.events(0)), None);
            while let Some(told) = events.next().await {
                if let ("text", Some(more)) = (told.name, told.data["text"].as_str()) {
                    words.send_modify(|so_far| so_far.push_str(more));
                }
                last = Some(told);
            }
            last
        };
        tokio::join!(reading, self.carrier.preview(&talk.known.address, seen))
    }

    /// The last word of an answer, in parts.
    async fn worded(&self, talk: &Talk, last: &Told, remark: &str) -> Result<Vec<Out>> {
        let data = &last.data;
        match last.name {
            "done" => {}
            "error" => {
                // Taken over, stopped or erased meanwhile: nothing is said.
                let silent = ["taken", "stopped", "erased"].iter().any(|it| data[it] == true);
                let detail = if silent { "" } else { data["detail"].as_str().unwrap_or_default() };
                return Ok(self.parts(detail, None, Some(talk.version)));
            }
            _ => return Err(Error::Later),
        }
        let plain = data["plain"].as_str().unwrap_or_default();
        if plain.is_empty() {
            return Ok(Vec::new());
        }
        if data["erased"] == true {
            // Nothing is left in which this could be kept.
            let part = Part { text: plain.to_owned(), ..Part::default() };
            self.carrier.send(&talk.known.address, &part).await;
            return Err(Error::Gone);
        }
        let button = match (
            data["sources"].as_array().is_some_and(|it| !it.is_empty()),
            data["answer_id"].as_str(),
        ) {
            (true, Some(answer)) => Some(self.button(talk, answer).await?),
            _ => None,
        };
        let text =
            if remark.is_empty() { plain.to_owned() } else { format!("{remark}\n\n{plain}") };
        // Help for who is in danger is sent whoever speaks.
        let version = (data["route"] != "emergency").then_some(talk.version);
        Ok(self.parts(&text, button, version))
    }

    fn parts(&self, text: &str, button: Option<String>, version: Option<i64>) -> Vec<Out> {
        let texts = split(text, self.carrier.limit());
        let last = texts.len().saturating_sub(1);
        let out = |(n, text)| {
            let button = if n == last { button.clone() } else { None };
            Out { part: Part { text, button, over: None }, version, officer: false }
        };
        texts.into_iter().enumerate().map(out).collect()
    }

    async fn button(&self, talk: &Talk, answer: &str) -> Result<String> {
        let id = Uuid::new_v4().simple().to_string()[..16].to_owned();
        self.chat.inner.store.button(&id, &talk.id, answer, self.chat.now()).await?;
        Ok(id)
    }

    /// Rates the answer of a button; one that is no longer known does nothing.
    async fn rated(&self, button: &str, good: bool) -> Result<()> {
        let Some((_, answer)) = self.chat.inner.store.pressed(button).await? else { return Ok(()) };
        let Ok(answer) = answer.parse() else { return Ok(()) };
        let value = if good { 1 } else { -1 };
        let rating = Feedback::new(answer, self.chat.now(), Kind::Rating, value);
        self.chat.feedback(rating).await
    }

    /// Tries a part once. Whoever speaks in its conversation is looked at in the moment in which it is taken.
    async fn send(&self, id: &Uuid, going: &Going) -> Result<()> {
        let (store, channel) = (&self.chat.inner.store, self.carrier.channel().name());
        let early = going.due.duration_since(self.chat.now());
        if early.is_positive() {
            tokio::time::sleep(early.unsigned_abs().min(PATIENCE)).await;
            return Ok(());
        }
        let Ok(_turn) = self.sending.acquire().await else { return Ok(()) };
        if self.broken().is_some() {
            return Ok(());
        }
        let talk = self.chat.talk(id).await?;
        if !store.claim(&going.id, id, going.out.version).await? {
            store.over(&going.id, "suppressed", "an officer has taken over", None).await?;
            if let Some(message) = &going.out.part.over {
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

    /// Sends words of an officer to a person on a channel.
    pub(crate) async fn post(&self, talk: &Talk, text: &str) -> Result<()> {
        let post = self.posts().get(&talk.channel).and_then(std::sync::Weak::upgrade);
        let Some(post) = post else { return Ok(()) };
        let mut parts = post.parts(text, None, None);
        parts.iter_mut().for_each(|out| out.officer = true);
        self.inner.store.answered(&talk.id, None, &parts, self.now()).await?;
        post.wake(talk.id);
        Ok(())
    }
}
