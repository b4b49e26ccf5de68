//! One message on its way to its answer.

use std::net::IpAddr;

use answer::{Answer, Assistant, Event, Question, Route};
use futures::StreamExt;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::asking::RESTARTED;
use crate::chat::Chat;
use crate::commands::Command;
use crate::error::Error;
use crate::given::{Given, Stopwatch, told};
use crate::live::Live;
use crate::plain;
use crate::store::{Author, Channel, Mode, New, Talk};

/// A message with all that decides how it is answered.
pub(crate) struct Turn {
    pub(crate) chat: Chat,
    pub(crate) talk: Talk,
    pub(crate) kept: bool,
    pub(crate) client: Option<String>,
    pub(crate) from: Option<IpAddr>,
    pub(crate) assistant: Assistant,
}

impl Turn {
    pub(crate) fn words(&self, key: &str) -> String {
        self.assistant.words(key).unwrap_or_default().to_owned()
    }

    /// Keeps what the person said, without identifiers.
    pub(crate) async fn heard(&mut self, text: &str) {
        // Longer ones are refused unread.
        if !self.kept || text.chars().count() > self.assistant.longest() {
            return;
        }
        let text = match self.talk.mode {
            Mode::Bot => crate::without_identifiers(text),
            // An officer sees that something was taken out.
            Mode::Waiting | Mode::Human => answer::redact(&viet::clean(text)).text,
        };
        let new = self.message(Author::Person, text, Uuid::new_v4());
        self.kept = self.chat.keep(&self.talk.id, &new).await;
    }

    /// Erases the conversation on the person's word.
    pub(crate) async fn erased(&self) -> Value {
        let done = match self.kept {
            true => self.chat.inner.store.erase(&self.talk.id).await,
            false => Ok(()),
        };
        let key = match &done {
            Ok(()) => "chat_erased",
            Err(error) => {
                tracing::error!("a conversation is not erased: {error}");
                "chat_not_erased"
            }
        };
        let answer = self.assistant.say(Route::Greeting, key, &[]);
        let mut given = json!(Given::at_once(answer.clone(), self.chat.now()));
        given["erased"] = json!(done.is_ok());
        given["plain"] = json!(answer.text);
        given
    }

    /// What is answered without the assistant: commands, and silence while an officer speaks. Who is in danger is
    /// helped whoever speaks.
    pub(crate) async fn at_once(
        &mut self,
        command: Option<Command>,
        question: &Question,
    ) -> Result<Option<Value>, Error> {
        let phone = self.chat.options().handoff.phone.clone();
        let (key, route) = match (self.talk.mode, command) {
            (Mode::Waiting | Mode::Human, Some(Command::Bot)) => {
                self.chat.back_to_bot(&self.talk).await?;
                self.talk = self.chat.talk(&self.talk.id).await?;
                ("chat_back", Route::Greeting)
            }
            (Mode::Waiting | Mode::Human, _) => {
                if let Some(answer) = self.emergency(question).await {
                    return self.told(answer, false).await.map(Some);
                }
                let key = if self.talk.mode == Mode::Waiting { "chat_waiting" } else { "" };
                (key, Route::Handoff)
            }
            (Mode::Bot, Some(Command::Restart)) => {
                let notice = self.message(Author::Notice, RESTARTED.into(), Uuid::new_v4());
                if self.kept {
                    self.chat.keep(&self.talk.id, &New { client: None, ..notice }).await;
                }
                ("greeting", Route::Greeting)
            }
            (Mode::Bot, Some(Command::Help | Command::Bot)) => ("chat_help", Route::Greeting),
            (Mode::Bot, Some(Command::Officer)) => {
                let answer = self.assistant.say(Route::Handoff, "handoff", &[]);
                let given = Given::at_once(answer, self.chat.now());
                return self.told(given, true).await.map(Some);
            }
            (Mode::Bot, Some(Command::Erase) | None) => return Ok(None),
        };
        let answer = self.assistant.say(route, key, &[("phone", &phone)]);
        self.told(Given::at_once(answer, self.chat.now()), false).await.map(Some)
    }

    /// The answer to somebody in danger, if this is one.
    async fn emergency(&self, question: &Question) -> Option<Given> {
        let question = Question { generate: false, ..question.clone() };
        let now = || self.chat.now();
        let answer = crate::given::collect(self.assistant.ask(question), |_| {}, now).await;
        answer.ok().filter(|it| it.answer.route == Route::Emergency)
    }

    /// Makes the answer and tells it.
    pub(crate) async fn answer(&self, question: Question, live: &Live) {
        // Officers look cases up in their own system.
        let cases = self.chat.inner.cases.get().filter(|_| self.talk.channel != Channel::Staff);
        if let Some(cases) = cases
            && let Some(case) = self.assistant.case(&question.text)
        {
            live.tell("working", json!({"stage": "find", "seconds": 0}));
            let (name, data) = match self.case(&case, cases).await {
                Ok(done) => {
                    live.tell("text", json!({"text": done["text"]}));
                    ("done", done)
                }
                Err(error) => self.unsaid(&error),
            };
            return live.tell(name, data);
        }
        let mut watch = Stopwatch::start();
        let mut events = self.assistant.ask(question);
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Done(answer)) => {
                    // A complaint is answered with where to turn to; who wants a person is put through.
                    let wants = answer.route == Route::Handoff
                        && answer.reason.as_deref() != Some(&self.words("complaint"))
                        && !answer.text.starts_with(&self.words("complaint"));
                    let given = watch.finish(*answer, self.chat.now());
                    return match self.told(given, wants).await {
                        Ok(done) => live.tell("done", done),
                        Err(error) => {
                            let (name, data) = self.unsaid(&error);
                            live.tell(name, data);
                        }
                    };
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

    /// What is told where an answer is not said: an officer has taken over, or the conversation is erased.
    pub(crate) fn unsaid(&self, error: &Error) -> (&'static str, Value) {
        let data = match error {
            Error::Changed => json!({"detail": self.words("chat_taken"), "taken": true}),
            Error::Gone => json!({"detail": self.words("session_erased"), "erased": true}),
            error => {
                tracing::error!("an answer is not said: {error}");
                json!({"detail": self.words("chat_away"), "status": 503, "retry_after": 5})
            }
        };
        ("error", data)
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
        let limit = self.assistant.longest().to_string();
        let wait = seconds.unwrap_or(0).to_string();
        let values = [("limit", limit.as_str()), ("seconds", wait.as_str())];
        let detail = self.assistant.say(Route::OutOfScope, key, &values).text;
        json!({"detail": detail, "status": status, "kind": key, "retry_after": seconds})
    }

    /// Keeps the answer and gives it as it is told. `call`: and asks for an officer.
    ///
    /// # Errors
    /// [`Error::Changed`] if an officer has taken over meanwhile, [`Error::Gone`] if the conversation was erased:
    /// then nothing is said.
    pub(crate) async fn told(&self, mut given: Given, call: bool) -> Result<Value, Error> {
        let mut mode = self.talk.mode;
        let mut called = None;
        if call && self.kept && mode == Mode::Bot {
            called = self.chat.call(&self.talk).await.ok();
            if let Some(called) = &called {
                mode = if called.desk && called.open { Mode::Waiting } else { mode };
                let text = self.called(called);
                given.answer = Answer { text, reason: None, next: None, ..given.answer };
            }
        }
        let mut done = json!(given);
        done["handoff"] = json!(called);
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
                // What it was made under; asking for an officer has just changed that itself.
                version: (mode == self.talk.mode).then_some(self.talk.version),
                ..self.message(Author::Assistant, given.answer.text.clone(), given.answer_id)
            };
            match self.chat.inner.store.say(&self.talk.id, &answer).await {
                Ok(_) => {}
                Err(error @ (Error::Changed | Error::Gone)) => return Err(error),
                Err(error) => {
                    tracing::error!("an answer is not kept: {error}");
                    kept = false;
                }
            }
        }
        done["kept"] = json!(kept);
        Ok(done)
    }

    /// What somebody who asks for an officer reads.
    fn called(&self, called: &crate::handoff::Called) -> String {
        let opens =
            called.opens.map_or_else(String::new, |at| at.strftime("%H:%M %d/%m/%Y").to_string());
        let ahead = called.ahead.to_string();
        let values = [("phone", called.phone.as_str()), ("opens", &opens), ("ahead", &ahead)];
        let key = match (called.desk, called.open) {
            (true, true) => "handoff_queued",
            (true, false) => "handoff_closed",
            (false, _) => "handoff_none",
        };
        self.assistant.say(Route::Handoff, key, &values).text
    }

    fn message(&self, author: Author, text: String, id: Uuid) -> New {
        let client = self.client.clone();
        New { id, at: self.chat.now(), author, client, text, record: None, version: None }
    }
}
