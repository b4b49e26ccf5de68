//! From a message to its answer within a conversation: one at a time, each once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use answer::{Question, Said};
use jiff::tz;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::chat::{Asked, Chat, Refused, Running};
use crate::commands::{Command, command};
use crate::error::Error;
use crate::given::Told;
use crate::live::Live;
use crate::store::{Author, New, Talk};
use crate::turn::Turn;

/// Most messages that are looked back upon.
const BACK: i64 = 24;
/// A question that was taken so shortly ago is being read by somebody, though they have not begun to.
const FRESH: Duration = Duration::from_secs(2);
/// Longest wait for an error before a stream begins, so that it can be told as a status.
pub const AT_ONCE: Duration = Duration::from_millis(80);
/// What stands in a notice where a person began anew.
pub(crate) const RESTARTED: &str = "restarted";

/// The place of a question among those of its conversation.
enum Place {
    /// The same question has its answer already, or is being answered.
    Taken(Live),
    /// It is ours to answer.
    Ours(Live, Arc<Notify>),
}

impl Chat {
    /// Takes a question. The same one again (by its client's name) gives the answer that is there, running or kept,
    /// never a second one. `held` is kept for as long as the answer is being made. Without its database the
    /// conversation goes on without a history, and its answers say so (`kept`).
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn ask(&self, asked: Asked, held: impl Send + 'static) -> Result<Live, Refused> {
        let (live, stop) = match self.reserve(&asked)? {
            Place::Taken(live) => return Ok(live),
            Place::Ours(live, stop) => (live, stop),
        };
        let last = json!({"detail": "", "status": 503, "retry_after": 2});
        let ender = Ender { live: live.clone(), last };
        self.take_up(&asked, ender, stop, held).await?;
        Ok(live)
    }

    /// Takes the conversation's place for a question, before anything is waited for.
    fn reserve(&self, asked: &Asked) -> Result<Place, Refused> {
        let mut running = self.running();
        if let Some(last) = running.get(&asked.talk) {
            let same = asked.client.is_some() && last.client == asked.client;
            // What failed is tried again when it is asked again.
            if same && (!last.live.is_over() || last.live.is_done()) {
                return Ok(Place::Taken(last.live.clone()));
            }
            if !last.live.is_over() {
                if last.live.is_read() || last.began.elapsed() < FRESH {
                    return Err(Refused::Running);
                }
                // Nobody reads it any more.
                last.stop.notify_one();
            }
        }
        let (live, stop) = (Live::new(), Arc::new(Notify::new()));
        let mine = Running {
            client: asked.client.clone(),
            live: live.clone(),
            stop: Arc::clone(&stop),
            began: Instant::now(),
        };
        running.insert(asked.talk, mine);
        Ok(Place::Ours(live, stop))
    }

    async fn take_up(
        &self,
        asked: &Asked,
        ender: Ender,
        stop: Arc<Notify>,
        held: impl Send + 'static,
    ) -> Result<(), Refused> {
        let live = &ender.live;
        let away = |error: Error| {
            tracing::error!("a conversation cannot be read: {error}");
            Refused::Away
        };
        let (talk, kept) = match asked.kept {
            false => (self.unkept(asked), false),
            true => match self.talk(&asked.talk).await {
                Ok(talk) => (talk, true),
                Err(Error::Gone) => return Err(Refused::Gone),
                Err(error) if asked.strict => return Err(away(error)),
                Err(error) => {
                    tracing::error!("a conversation goes on without its history: {error}");
                    (self.unkept(asked), false)
                }
            },
        };
        if let (true, Some(client)) = (kept, &asked.client) {
            let store = &self.inner.store;
            let known = store.by_client(&talk.id, client, Author::Assistant).await.map_err(away)?;
            if let Some(answer) = known.and_then(|it| it.answer) {
                live.replay(&answer);
                return Ok(());
            }
        }
        let assistant = (self.inner.assistants)(&talk.profile).ok_or(Refused::Loading)?;
        self.inner.limits.check(&talk.id, asked.from).map_err(Refused::TooOften)?;
        let command = command(&asked.text, |key| assistant.words(key));
        let history = if kept { self.history(&talk).await } else { Vec::new() };
        let client = asked.client.clone();
        let from = asked.from;
        let mut turn = Turn { chat: self.clone(), talk, kept, client, from, assistant };
        if command == Some(Command::Erase) {
            live.replay(&turn.erased().await);
            return Ok(());
        }
        turn.heard(&asked.text).await;
        let now = self.now();
        let question = Question {
            text: asked.text.clone(),
            on: asked.on,
            today: tz::offset(7).to_datetime(now).date(),
            generate: asked.generate,
            history,
        };
        match turn.at_once(command, &question).await {
            Ok(Some(answer)) => live.replay(&answer),
            Ok(None) => {
                self.go(turn, question, ender, stop, held);
                return Ok(());
            }
            Err(error) => {
                let (name, data) = turn.unsaid(&error);
                live.tell(name, data);
                live.end();
            }
        }
        Ok(())
    }

    async fn history(&self, talk: &Talk) -> Vec<Said> {
        let messages = match self.inner.store.last_messages(&talk.id, BACK).await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::error!("a question is answered without what was said before: {error}");
                Vec::new()
            }
        };
        let fresh =
            messages.iter().rposition(|it| it.author == Author::Notice && it.text == RESTARTED);
        let messages = &messages[fresh.map_or(0, |at| at + 1)..];
        let said = messages.iter().filter_map(|it| match it.author {
            Author::Person => Some(Said { by_assistant: false, text: it.text.clone() }),
            Author::Assistant => Some(Said { by_assistant: true, text: it.text.clone() }),
            Author::Officer | Author::Notice => None,
        });
        said.collect()
    }

    /// A conversation of which nothing can be kept or read.
    fn unkept(&self, asked: &Asked) -> Talk {
        Talk::new(asked.talk, &asked.profile, self.now())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "an answer outlives a broken connection for some seconds"
    )]
    fn go(
        &self,
        turn: Turn,
        question: Question,
        mut ender: Ender,
        stop: Arc<Notify>,
        held: impl Send + 'static,
    ) {
        let limit = self.inner.options.limit;
        tokio::spawn(async move {
            let _held = held;
            ender.last = json!({"detail": turn.words("failed"), "status": 503});
            let live = &ender.live;
            // Whoever stops it, the stream is dropped, and with it the work.
            let cut = tokio::select! {
                () = turn.answer(question, live) => None,
                () = stop.notified() => Some("chat_stopped"),
                () = live.left() => Some("chat_stopped"),
                () = tokio::time::sleep(limit) => Some("failed"),
            };
            if let Some(key) = cut {
                let stopped = key == "chat_stopped";
                live.tell("error", json!({"detail": turn.words(key), "stopped": stopped}));
            }
            if live.has_ended() {
                live.end();
            }
        });
    }

    /// Keeps a message; that it cannot be kept is told in the log and costs nobody the answer.
    pub(crate) async fn keep(&self, talk: &Uuid, new: &New) -> bool {
        match self.inner.store.say(talk, new).await {
            Ok(_) => true,
            Err(error) => {
                tracing::error!("a message is not kept: {error}");
                false
            }
        }
    }
}

/// Ends an answer whatever becomes of its maker, so that nobody reads for ever.
struct Ender {
    live: Live,
    /// What is told if nothing else was.
    last: Value,
}

impl Drop for Ender {
    fn drop(&mut self) {
        if !self.live.is_over() {
            self.live.tell("error", self.last.take());
            self.live.end();
        }
    }
}

/// The events that tell a whole answer again.
pub(crate) fn replayed(answer: &Value) -> Vec<Told> {
    let mut events = Vec::new();
    let mut tell =
        |name, data: Value| events.push(Told { id: events.len() as u64 + 1, name, data });
    if !answer["card"].is_null() {
        tell("card", answer["card"].clone());
    }
    if answer["sources"].as_array().is_some_and(|it| !it.is_empty()) {
        tell("sources", json!({"sources": answer["sources"]}));
    }
    if answer["text"].as_str().is_some_and(|it| !it.is_empty()) {
        tell("text", json!({"text": answer["text"]}));
    }
    tell("done", answer.clone());
    events
}
