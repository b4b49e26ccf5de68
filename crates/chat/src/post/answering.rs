//! From a message of a channel to the parts of its answer.

use answer::Route;
use futures::StreamExt;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Post, THERE};
use crate::carrier::{Part, What};
use crate::chat::{Asked, Refused};
use crate::error::{Error, Result};
use crate::given::Told;
use crate::live::Live;
use crate::split::split;
use crate::store::post::Out;
use crate::store::{Feedback, Kind, Mode, Talk};

/// Conversations that may wait; who comes later is told that it is busy.
const MOST: usize = 3000;
/// With more than so many at work no model writes: clauses and cards are answers by themselves.
const PROSE: usize = 2;

impl Post {
    pub(super) async fn answer(&self, talk: &Talk, name: &str, what: What) -> Result<Vec<Out>> {
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
            What::Human { .. } => {
                // What could not be done at once.
                self.chat.takes_over(&talk.id, THERE).await?;
                Ok(Vec::new())
            }
            // While an officer speaks nothing but words is passed on, and nothing is answered.
            _ if talk.mode == Mode::Human => Ok(Vec::new()),
            What::TextOnly(_) | What::Unsupported => Ok(fixed("channel_unsupported")),
            What::Welcome => Ok(fixed("greeting")),
            What::Left | What::Nothing => Ok(Vec::new()),
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
            // An officer reads every line, if later.
            Err(Refused::TooOften(_)) if talk.mode != Mode::Bot => return Err(Error::Later),
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

    /// Words of an officer, whoever speaks.
    pub(crate) fn officers(&self, text: &str) -> Vec<Out> {
        let mut parts = self.parts(text, None, None);
        parts.iter_mut().for_each(|out| out.officer = true);
        parts
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
    pub(super) async fn rated(&self, button: &str, good: bool) -> Result<()> {
        let Some((_, answer)) = self.chat.inner.store.pressed(button).await? else { return Ok(()) };
        let Ok(answer) = answer.parse() else { return Ok(()) };
        let value = if good { 1 } else { -1 };
        let rating = Feedback::new(answer, self.chat.now(), Kind::Rating, value);
        self.chat.feedback(rating).await
    }
}
