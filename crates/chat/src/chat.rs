//! One conversation, whatever the channel.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use answer::Assistant;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::case::CaseStatus;
use crate::error::{Error, Result};
use crate::handoff::Hours;
use crate::limits::Limits;
use crate::live::Live;
use crate::post::Posts;
use crate::store::{Channel, Feedback, Message, Place, Store, Talk};
use keep::Key;

/// Where the assistant of a profile comes from: another one after each change of corpus or decisions. `None` before
/// the first corpus is open.
pub type Assistants = Arc<dyn Fn(&str) -> Option<Assistant> + Send + Sync>;

/// How conversations are held.
#[derive(Clone)]
pub struct Options {
    /// Where they are kept.
    pub place: Place,
    /// Days that they are kept after the last word; 0: nothing is kept beyond an hour.
    pub keep_days: u32,
    /// After so long without a word, somebody on a channel begins a new conversation.
    pub idle: SignedDuration,
    /// Questions a minute of one conversation.
    pub per_minute: NonZeroU32,
    /// Questions a minute of one network address.
    pub per_minute_address: NonZeroU32,
    /// How long an answer may take.
    pub limit: Duration,
    /// Whether officers sit at a desk, when, and what is told where none does.
    pub handoff: Handoff,
    /// The clock of the program.
    pub now: fn() -> Timestamp,
}

/// How people reach officers.
#[derive(Clone, Debug)]
pub struct Handoff {
    /// Whether there is a desk.
    pub desk: bool,
    /// When somebody sits there.
    pub hours: Hours,
    /// The hours as they are written in the settings.
    pub told: Vec<String>,
    /// Whom to call.
    pub phone: String,
    /// After so long without a word of an officer the assistant answers again.
    pub back_after: SignedDuration,
}

/// No platform delivers a message again after so long.
const LATEST: SignedDuration = SignedDuration::from_hours(26);

/// All conversations of a server; cheap to clone.
#[derive(Clone)]
pub struct Chat {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) assistants: Assistants,
    pub(crate) options: Options,
    pub(crate) limits: Limits,
    pub(crate) running: Mutex<HashMap<Uuid, Running>>,
    pub(crate) posts: Mutex<Posts>,
    door: tokio::sync::Mutex<()>,
    pub(crate) tokens: Key,
    pub(crate) cases: OnceLock<Arc<dyn CaseStatus>>,
}

/// The answer that is being given in a conversation, or was last.
pub(crate) struct Running {
    pub(crate) client: Option<String>,
    pub(crate) live: Live,
    pub(crate) stop: Arc<Notify>,
    pub(crate) began: Instant,
}

/// A question in a conversation.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The conversation.
    pub talk: Uuid,
    /// For whom, where the conversation cannot be looked up.
    pub profile: String,
    /// The name that the person's program gave it: the same one is answered once.
    pub client: Option<String>,
    /// As typed.
    pub text: String,
    /// The day that it is about.
    pub on: Option<Date>,
    /// From where.
    pub from: Option<IpAddr>,
    /// Whether a model may write.
    pub generate: bool,
    /// Whether the conversation is one that could be kept when it began.
    pub kept: bool,
    /// Whether it is better not answered than answered without its history.
    pub strict: bool,
}

/// Why a question is not taken.
#[derive(Debug)]
pub enum Refused {
    /// The conversation was erased, or its time is over.
    Gone,
    /// No corpus is open yet.
    Loading,
    /// Another question of the conversation is being answered.
    Running,
    /// Whether it was answered before cannot be known now.
    Away,
    /// Too many questions; how long to wait.
    TooOften(Duration),
}

impl Chat {
    /// Opens the conversations of a server.
    ///
    /// # Errors
    /// When the databases cannot be opened or their tables not be brought up to date.
    pub async fn open(options: Options, assistants: Assistants) -> Result<Chat> {
        let now = (options.now)();
        let store = Store::open(&options.place, now).await?;
        let tokens = store.secret("tokens", now).await?;
        let limits = Limits::new(options.per_minute, options.per_minute_address);
        let (running, posts) = (Mutex::default(), Mutex::default());
        Ok(Chat {
            inner: Arc::new(Inner {
                store,
                assistants,
                options,
                limits,
                running,
                posts,
                door: tokio::sync::Mutex::default(),
                tokens,
                cases: OnceLock::new(),
            }),
        })
    }

    /// How conversations are held.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    /// Says where states of cases are looked up, once; without it people are told where to look themselves.
    pub fn looks_up_cases(&self, cases: Arc<dyn CaseStatus>) {
        if self.inner.cases.set(cases).is_err() {
            tracing::error!("a second system of cases is not asked");
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.options.now)()
    }

    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<Uuid, Running>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a conversation of a channel.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn begin(&self, channel: Channel, address: &str, profile: &str) -> Result<Talk> {
        self.inner.store.begin(channel, address, profile, self.now()).await
    }

    /// The conversation of somebody on a channel: the last one, or a new one if that is old.
    ///
    /// # Errors
    /// When it cannot be kept or read.
    pub async fn of(&self, channel: Channel, address: &str, profile: &str) -> Result<Talk> {
        // Two first messages of one person are one conversation.
        let _door = self.inner.door.lock().await;
        let since = self.now().checked_sub(self.inner.options.idle).unwrap_or(Timestamp::MIN);
        match self.inner.store.latest(channel, address, since).await? {
            Some(talk) => Ok(talk),
            None => self.begin(channel, address, profile).await,
        }
    }

    /// The conversations of somebody on a channel, the latest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn talks_of(&self, channel: Channel, address: &str) -> Result<Vec<Talk>> {
        self.inner.store.talks_of(channel, address).await
    }

    /// The last conversation of somebody on a channel, if it is not old.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn last_of(&self, channel: Channel, address: &str) -> Result<Option<Talk>> {
        let since = self.now().checked_sub(self.inner.options.idle).unwrap_or(Timestamp::MIN);
        self.inner.store.latest(channel, address, since).await
    }

    /// What a person said first in a conversation.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn first_words(&self, talk: &Uuid) -> Result<Option<String>> {
        self.inner.store.first_words(talk).await
    }

    /// The conversation of an answer.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn talk_of(&self, answer: &Uuid) -> Result<Option<Uuid>> {
        self.inner.store.talk_of(answer).await
    }

    /// The latest feedback that nobody has settled, the newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open_feedbacks(&self, most: i64) -> Result<Vec<Feedback>> {
        self.inner.store.feedbacks(most, true).await
    }

    /// The latest conversations with people, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn latest_talks(&self, most: i64) -> Result<Vec<Talk>> {
        self.inner.store.latest_talks(most).await
    }

    /// Counts a call other than a question from an address; `Err` with the time to wait.
    ///
    /// # Errors
    /// When the address has called too often.
    pub fn count(&self, from: IpAddr) -> std::result::Result<(), Duration> {
        self.inner.limits.check_calls(from)
    }

    /// Counts somebody who begins a conversation; `Err` with the time to wait.
    ///
    /// # Errors
    /// When the address has asked too often.
    pub fn knock(&self, from: IpAddr) -> std::result::Result<(), Duration> {
        self.inner.limits.check_address(from)
    }

    /// A conversation.
    ///
    /// # Errors
    /// [`Error::Gone`] when it was erased; when it cannot be read.
    pub async fn talk(&self, id: &Uuid) -> Result<Talk> {
        self.inner.store.talk(id).await
    }

    /// Messages after a number, in order.
    ///
    /// # Errors
    /// As [`Chat::talk`].
    pub async fn messages(&self, talk: &Uuid, after: i64) -> Result<Vec<Message>> {
        self.inner.store.messages(talk, after).await
    }

    /// An answer by its name, with how it came about.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn answer(&self, id: &Uuid) -> Result<Option<Message>> {
        Ok(self.inner.store.message(id).await?.map(|(_, message)| message))
    }

    /// The latest answers to people, the newest first; what officers ask on their pages is their own.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn latest(&self, most: i64) -> Result<Vec<Message>> {
        self.inner.store.latest_answers(most).await
    }

    /// Everything that is kept of a conversation, for the person whose it is.
    ///
    /// # Errors
    /// As [`Chat::talk`].
    pub async fn export(&self, id: &Uuid) -> Result<Value> {
        let talk = self.talk(id).await?;
        let messages = self.messages(id, 0).await?;
        Ok(json!({
            "conversation": talk.id, "channel": talk.channel, "opened": talk.opened,
            "contact": talk.known.contact, "messages": messages,
        }))
    }

    /// Erases a conversation with everything that hangs on it, in every copy of the database.
    ///
    /// # Errors
    /// When it cannot be erased; what is sealed may be unreadable already.
    pub async fn erase(&self, id: &Uuid) -> Result<()> {
        self.stop(id, None);
        self.running().remove(id);
        self.inner.store.erase(id).await
    }

    /// Keeps what a person thinks of an answer. Identifiers are taken out of the note.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn feedback(&self, mut it: Feedback) -> Result<()> {
        it.note = crate::without_identifiers(&it.note);
        it.talk = self.inner.store.talk_of(&it.answer).await?;
        self.inner.store.feedback(&it, self.now()).await
    }

    /// The latest feedback, the newest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn feedbacks(&self, most: i64) -> Result<Vec<Feedback>> {
        self.inner.store.feedbacks(most, false).await
    }

    /// Notes who looks after feedback and what came of it.
    ///
    /// # Errors
    /// [`Error::Gone`] when it is no longer kept, or the state is none; when it cannot be kept.
    pub async fn settle(&self, id: &Uuid, state: &str, owner: &str, outcome: &str) -> Result<()> {
        if !crate::store::STATES.contains(&state) {
            return Err(Error::Gone);
        }
        let outcome = crate::without_identifiers(outcome);
        self.inner.store.settle(id, state, owner, &outcome).await
    }

    /// The answer that is being given in a conversation here, or was in the last minutes.
    pub fn live(&self, talk: &Uuid) -> Option<Live> {
        self.running().get(talk).map(|it| it.live.clone())
    }

    /// Stops the answer that is being given in a conversation; where a question is named, to that one.
    pub fn stop(&self, talk: &Uuid, client: Option<&str>) {
        if let Some(running) = self.running().get(talk)
            && (client.is_none() || running.client.as_deref() == client)
        {
            running.stop.notify_one();
        }
    }

    /// Erases conversations whose time is over, gives those back to the assistant that no officer cares for any more, and
    /// forgets who has not asked for a while. To be called every few minutes.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sweep(&self) -> Result<()> {
        self.inner.limits.sweep();
        self.running()
            .retain(|_, it| !it.live.is_over() || it.began.elapsed() < Duration::from_secs(300));
        let now = self.now();
        let days = SignedDuration::from_hours(24 * i64::from(self.inner.options.keep_days));
        let kept = days.max(SignedDuration::from_hours(1));
        let before = now.checked_sub(kept).map_err(|_| Error::Gone)?;
        let mut failed = Ok(());
        for talk in self.inner.store.untouched(before).await? {
            // One that cannot be erased keeps none of the others.
            if let Err(error) = self.erase(&talk).await {
                failed = Err(error);
            }
        }
        failed?;
        self.inner.store.sweep_feedback(before).await?;
        self.inner.store.sweep_gaps(before).await?;
        self.inner.store.sweep_keys(before).await?;
        let late = now.checked_sub(LATEST).map_err(|_| Error::Gone)?;
        self.inner.store.sweep_inbox(late).await?;
        self.inner.store.sweep_attempts(late).await?;
        self.give_back(now).await
    }

    /// A token that names a conversation, so that nobody else reads it: `payload.mac`.
    pub fn sign(&self, payload: &str) -> String {
        format!("{payload}.{}", self.inner.tokens.hash(payload))
    }

    /// What a token says, if it is ours.
    pub fn signed<'a>(&self, token: &'a str) -> Option<&'a str> {
        let (payload, mac) = token.rsplit_once('.')?;
        self.inner.tokens.hashes(payload, mac).then_some(payload)
    }
}
