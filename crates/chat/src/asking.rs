//! From a message to its answer within a conversation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use answer::{Answer, Assistant, Event, Question, Route, Said};
use futures::StreamExt;
use jiff::tz;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::chat::{Asked, Chat, Refused, Running};
use crate::commands::{Command, command};
use crate::error::Error;
use crate::given::{Given, Stopwatch, Told, told};
use crate::live::Live;
use crate::plain;
use crate::store::{Author, Channel, Known, Message, Mode, New, Talk};

/// Most messages that are looked back upon.
const BACK: usize = 12;

impl Chat {
    /// Takes a question. The same one again (by its client's name) gives the answer that is there, running or kept,
    /// never a second one. `held` is kept for as long as the answer is being made. Without its database the
    /// conversation goes on without a history, and its answers say so (`kept`).
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn ask(&self, asked: Asked, held: impl Send + 'static) -> Result<Live, Refused> {
        let (talk, kept) = match self.talk(&asked.talk).await {
            Ok(talk) => (talk, true),
            Err(Error::Gone) => return Err(Refused::Gone),
            Err(error) => {
                tracing::error!("a conversation goes on without its history: {error}");
                (self.unkept(&asked), false)
            }
        };
        if let Some(live) = self.known(&asked, kept).await? {
            return Ok(live);
        }
        let assistant = (self.inner.assistants)(&talk.profile).ok_or(Refused::Loading)?;
        self.inner.limits.check(&talk.id, asked.from).map_err(Refused::TooOften)?;
        let command = command(&asked.text, |key| assistant.words(key));
        if command == Some(Command::Erase) {
            return Ok(self.erased(&talk, &assistant).await);
        }
        let history = if kept { self.history(&talk).await } else { Vec::new() };
        let mut turn =
            Turn { chat: self.clone(), talk, kept, client: asked.client.clone(), assistant };
        turn.heard(&asked.text).await;
        if let Some(live) = turn.at_once(command).await {
            return Ok(live);
        }
        let now = self.now();
        let question = Question {
            text: asked.text,
            on: asked.on,
            today: tz::offset(7).to_datetime(now).date(),
            generate: asked.generate,
            history,
        };
        let (live, stop) = (Live::new(), Arc::new(Notify::new()));
        let running = Running {
            client: asked.client,
            live: live.clone(),
            stop: Arc::clone(&stop),
            began: Instant::now(),
        };
        self.running().insert(asked.talk, running);
        self.go(turn, question, live.clone(), stop, held);
        Ok(live)
    }

    /// The answer to the same question if there is one; refuses another one while somebody reads the last.
    async fn known(&self, asked: &Asked, kept: bool) -> Result<Option<Live>, Refused> {
        {
            let running = self.running();
            if let Some(last) = running.get(&asked.talk) {
                if asked.client.is_some() && last.client == asked.client {
                    return Ok(Some(last.live.clone()));
                }
                if !last.live.is_over() {
                    if last.live.is_read() {
                        return Err(Refused::Running);
                    }
                    // Nobody reads it any more.
                    last.stop.notify_one();
                }
            }
        }
        let Some(client) = asked.client.as_deref().filter(|_| kept) else { return Ok(None) };
        let answer = self.inner.store.by_client(&asked.talk, client, Author::Assistant).await;
        let told = |answer: Message| answer.answer.map(|answer| Live::over(replayed(&answer)));
        Ok(answer.ok().flatten().and_then(told))
    }

    async fn history(&self, talk: &Talk) -> Vec<Said> {
        let messages = match self.messages(&talk.id, 0).await {
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
        let said: Vec<Said> = said.collect();
        said[said.len().saturating_sub(BACK)..].to_vec()
    }

    async fn erased(&self, talk: &Talk, assistant: &Assistant) -> Live {
        let key = match self.erase(&talk.id).await {
            Ok(()) => "chat_erased",
            Err(error) => {
                tracing::error!("a conversation is not erased: {error}");
                "chat_not_erased"
            }
        };
        let answer = Given::at_once(assistant.say(Route::Greeting, key, &[]), self.now());
        let mut done = json!(answer);
        done["erased"] = json!(key == "chat_erased");
        Live::over(replayed(&done))
    }

    fn unkept(&self, asked: &Asked) -> Talk {
        let now = self.now();
        Talk {
            id: asked.talk,
            channel: Channel::Web,
            profile: asked.profile.clone(),
            mode: Mode::Bot,
            version: 0,
            opened: now,
            touched: now,
            waiting: None,
            officer: None,
            known: Known::default(),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "an answer outlives a broken connection for some seconds"
    )]
    fn go(
        &self,
        turn: Turn,
        question: Question,
        live: Live,
        stop: Arc<Notify>,
        held: impl Send + 'static,
    ) {
        let limit = self.inner.options.limit;
        tokio::spawn(async move {
            let _held = held;
            // Whoever stops it, the stream is dropped, and with it the work.
            let cut = tokio::select! {
                () = turn.answer(question, &live) => None,
                () = stop.notified() => Some("chat_stopped"),
                () = live.left() => Some("chat_stopped"),
                () = tokio::time::sleep(limit) => Some("failed"),
            };
            if let Some(key) = cut {
                live.tell("error", json!({"detail": turn.assistant.words(key).unwrap_or_default(), "stopped": key == "chat_stopped"}));
            }
            live.end();
        });
    }
}

/// What stands in a notice where a person began anew.
pub(crate) const RESTARTED: &str = "restarted";

/// One message on its way to its answer.
struct Turn {
    chat: Chat,
    talk: Talk,
    kept: bool,
    client: Option<String>,
    assistant: Assistant,
}

impl Turn {
    /// Keeps what the person said, without identifiers.
    async fn heard(&mut self, text: &str) {
        // Longer ones are refused unread.
        if !self.kept || text.chars().count() > self.assistant.longest() {
            return;
        }
        let text = crate::without_identifiers(text);
        let new = self.message(Author::Person, text, Uuid::new_v4());
        self.kept = self.chat.keep(&self.talk.id, &new).await;
    }

    /// What is answered without the assistant: commands, and silence while an officer speaks.
    async fn at_once(&mut self, command: Option<Command>) -> Option<Live> {
        let key = match (command, self.talk.mode) {
            (Some(Command::Restart), _) => {
                let notice = self.message(Author::Notice, RESTARTED.into(), Uuid::new_v4());
                self.chat.keep(&self.talk.id, &New { client: None, ..notice }).await;
                "greeting"
            }
            (Some(Command::Help), _) => "chat_help",
            (Some(Command::Bot), Mode::Waiting | Mode::Human) => {
                self.chat.back_to_bot(&self.talk).await.ok()?;
                self.talk = self.chat.talk(&self.talk.id).await.ok()?;
                "chat_back"
            }
            (Some(Command::Officer), Mode::Bot) => return Some(self.called().await),
            (_, Mode::Waiting) => "chat_waiting",
            (_, Mode::Human) => "",
            _ => return None,
        };
        let route = if key == "greeting" { Route::Greeting } else { Route::Handoff };
        let answer =
            self.assistant.say(route, key, &[("phone", &self.chat.options().handoff.phone)]);
        Some(Live::over(replayed(&self.given(answer).await)))
    }

    async fn called(&self) -> Live {
        let answer = self.assistant.say(Route::Handoff, "handoff", &[]);
        let next = self.assistant.words("handoff_next").unwrap_or_default().to_owned();
        let answer =
            Answer { text: format!("{}\n\n{next}", answer.text), next: Some(next), ..answer };
        Live::over(replayed(&self.given(answer).await))
    }

    /// Makes the answer and tells it.
    async fn answer(&self, question: Question, live: &Live) {
        let mut watch = Stopwatch::start();
        let mut events = self.assistant.ask(question);
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Done(answer)) => {
                    let done = self.finished(*answer, &watch).await;
                    match done {
                        Some(done) => live.tell("done", done),
                        None => live.tell("error", json!({"detail": self.assistant.words("chat_taken").unwrap_or_default(), "taken": true})),
                    }
                    return;
                }
                Ok(event) => {
                    watch.see(&event);
                    let (name, data) = told(&event);
                    live.tell(name, data);
                }
                Err(error) => return live.tell("error", self.trouble(&error)),
            }
        }
    }

    /// An error in words for people; the cause goes to the log, without their words.
    fn trouble(&self, error: &answer::Error) -> Value {
        let (status, key, seconds) = match error {
            answer::Error::Empty => (422, "empty_question", None),
            answer::Error::TooLong { .. } => (413, "too_long", None),
            error if error.overloaded().is_some() => (503, "overloaded", error.overloaded()),
            error => {
                tracing::error!(%error, "a question could not be answered");
                (503, "failed", Some(60))
            }
        };
        let (limit, wait) =
            (self.assistant.longest().to_string(), seconds.unwrap_or(0).to_string());
        let detail = self
            .assistant
            .say(Route::OutOfScope, key, &[("limit", &limit), ("seconds", &wait)])
            .text;
        json!({"detail": detail, "status": status, "retry_after": seconds})
    }

    /// Keeps the answer and gives it as it is told; `None` if an officer has taken over meanwhile.
    async fn finished(&self, answer: Answer, watch: &Stopwatch) -> Option<Value> {
        if self.kept
            && self.chat.talk(&self.talk.id).await.is_ok_and(|it| it.version != self.talk.version)
        {
            return None;
        }
        Some(self.told(watch.finish(answer, self.chat.now())).await)
    }

    async fn given(&self, answer: Answer) -> Value {
        self.told(Given::at_once(answer, self.chat.now())).await
    }

    async fn told(&self, given: Given) -> Value {
        let mut done = json!(given);
        let mut mode = self.talk.mode;
        if given.answer.route == Route::Handoff && mode == Mode::Bot {
            let called = self.chat.call(&self.talk).await;
            if called.as_ref().is_ok_and(|it| it.desk) {
                mode = Mode::Waiting;
            }
            done["handoff"] = json!(called.ok());
        }
        done["mode"] = json!(mode);
        if self.talk.channel != Channel::Web {
            done["plain"] = json!(plain::plain(&given.answer, |key| self.assistant.words(key)));
        }
        let mut kept = self.kept;
        if kept {
            let mut record = given.record(true, self.chat.now());
            record.answer.clone_from(&done);
            let answer = New {
                record: Some(Box::new(record)),
                ..self.message(Author::Assistant, given.answer.text.clone(), given.answer_id)
            };
            kept = self.chat.keep(&self.talk.id, &answer).await;
        }
        done["kept"] = json!(kept);
        done
    }

    fn message(&self, author: Author, text: String, id: Uuid) -> New {
        New { id, at: self.chat.now(), author, client: self.client.clone(), text, record: None }
    }
}

impl Chat {
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

/// The events that tell a whole answer again.
fn replayed(answer: &Value) -> Vec<Told> {
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

/// Longest wait for an error before a stream begins, so that it can be told as a status.
pub const AT_ONCE: Duration = Duration::from_millis(250);
