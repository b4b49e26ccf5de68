//! The state of somebody's own case (hồ sơ), from the system that receives cases.
//!
//! A case is shown to who knows its number and the last four figures of the telephone number on file. A case that is
//! not there and a proof that fails are told in the same words; who has failed too often looks for it elsewhere. Number
//! and state of a case stay out of what is kept of a conversation: of a channel they stand, sealed, among what waits to be
//! answered or sent, for as long as that takes.

use std::sync::Arc;
use std::time::Duration;

use answer::{Answer, Case, Route};
use futures::future::BoxFuture;
use jiff::civil::DateTime;
use jiff::{SignedDuration, tz};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::Result;
use crate::given::Given;
use crate::turn::Turn;

/// A system that knows the states of cases.
pub trait CaseStatus: Send + Sync + 'static {
    /// Looks a case up, and checks the proof.
    fn status<'a>(&'a self, asked: &'a Asking) -> BoxFuture<'a, Looked>;
}

/// Who asks for which case.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The conversation.
    pub talk: Uuid,
    /// The number of the case, in capitals.
    pub code: String,
    /// The last four figures of the telephone number on file.
    pub proof: String,
    /// A name for the case under which nobody finds its number: for logs.
    pub name: String,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The case, proven.
    Found(Box<State>),
    /// No such case, or the proof fails.
    NotFound,
    /// The system does not answer.
    Away,
}

/// How far a case is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The name of its procedure.
    pub procedure: String,
    /// Whose it is, in full.
    pub owner: String,
    /// Who works on it.
    pub unit: String,
    /// From 1 to 10 as `case_states` lists them; `None` for one that we do not know.
    pub state: Option<u8>,
    /// When it was received, in Hà Nội.
    pub received: Option<DateTime>,
    /// When the result is due.
    pub due: Option<DateTime>,
}

/// Failed attempts of one person, and at one case, within [`WITHIN`].
const MOST: i64 = 5;
/// The same of one network address, which many may share.
const MOST_OF_ADDRESS: i64 = 30;
/// How long an attempt counts.
const WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// Longest wait for the system of cases.
const PATIENCE: Duration = Duration::from_secs(20);

impl Turn {
    /// Answers who asks for a case. What is told holds the case; what is kept does not.
    pub(crate) async fn case(&self, case: &Case, port: &Arc<dyn CaseStatus>) -> Result<Value> {
        let (text, found) = match (&case.code, &case.proof) {
            (None, _) => (self.words("case_ask"), false),
            (Some(_), None) => (self.words("case_proof"), false),
            (Some(code), Some(proof)) => self.looked_up(code, proof, port).await?,
        };
        let answer =
            |text: String| Answer { text, ..self.assistant.say(Route::Procedure, "", &[]) };
        let kept = if found { self.words("case_shown") } else { text.clone() };
        let given = Given::at_once(answer(kept), self.chat.now());
        let mut told = self.told(given, false).await?;
        told["text"] = json!(text);
        if told["plain"].is_string() {
            told["plain"] = json!(text);
        }
        Ok(told)
    }

    async fn looked_up(
        &self,
        code: &str,
        proof: &str,
        port: &Arc<dyn CaseStatus>,
    ) -> Result<(String, bool)> {
        let (store, now) = (&self.chat.inner.store, self.chat.now());
        let hash = |what: String| self.chat.inner.tokens.hash(&what);
        let name = hash(format!("case/{code}"));
        // On a channel somebody stays the same person in a new conversation.
        let talk = &self.talk;
        let asker = match talk.known.address.is_empty() {
            true => hash(format!("asks/{}", talk.id)),
            false => hash(format!("asks/{}:{}", talk.channel.name(), talk.known.address)),
        };
        let mut counted = vec![(name.clone(), MOST), (asker, MOST)];
        counted.extend(self.from.map(|it| (hash(format!("asks/{it}")), MOST_OF_ADDRESS)));
        let since = now.checked_sub(WITHIN).unwrap_or(now);
        // Counted before it is tried, so that many at the same time are no way around.
        let who: Vec<&str> = counted.iter().map(|(who, _)| who.as_str()).collect();
        let attempt = store.attempt(&who, now).await?;
        for (who, most) in &counted {
            if store.attempts(who, since).await? > *most {
                // Not tried, so not counted.
                store.forgive(&attempt).await?;
                return Ok((self.words("case_too_often"), false));
            }
        }
        let asking = Asking {
            talk: talk.id,
            code: code.to_owned(),
            proof: proof.to_owned(),
            name: name.chars().take(16).collect(),
        };
        Ok(match self.ask_port(asking, attempt, Arc::clone(port)).await {
            Looked::Found(state) => (self.state(code, &state), true),
            Looked::NotFound => (self.words("case_not_found"), false),
            Looked::Away => (self.words("case_away"), false),
        })
    }

    /// Asks to the end, also where nobody waits any more: what did not fail is not counted.
    #[expect(clippy::disallowed_methods, reason = "a question that is put is noted to its end")]
    async fn ask_port(&self, asking: Asking, attempt: String, port: Arc<dyn CaseStatus>) -> Looked {
        let chat = self.chat.clone();
        let asked = tokio::spawn(async move {
            let looked = tokio::time::timeout(PATIENCE, port.status(&asking)).await;
            let looked = looked.unwrap_or(Looked::Away);
            if looked != Looked::NotFound
                && let Err(error) = chat.inner.store.forgive(&attempt).await
            {
                tracing::error!("an attempt that did not fail stays counted: {error}");
            }
            looked
        });
        asked.await.unwrap_or(Looked::Away)
    }

    fn state(&self, code: &str, it: &State) -> String {
        let say = |key: &str, values: &[(&str, &str)]| {
            self.assistant.say(Route::Procedure, key, values).text
        };
        let states = self.words("case_states");
        let named = it.state.and_then(|n| states.split('|').nth(usize::from(n).checked_sub(1)?));
        let state =
            named.map_or_else(|| self.words("case_state_unknown"), |it| it.trim().to_owned());
        let moment = |at: Option<DateTime>| {
            at.map_or_else(String::new, |at| at.strftime("%H:%M ngày %d/%m/%Y").to_string())
        };
        let tail: String = code.chars().skip(code.chars().count().saturating_sub(4)).collect();
        let mut lines = vec![say("case_lead", &[("tail", &tail)])];
        for (key, value) in [
            ("case_procedure", it.procedure.clone()),
            ("case_owner", masked(&it.owner)),
            ("case_state", state),
            ("case_unit", it.unit.clone()),
            ("case_received", moment(it.received)),
            ("case_due", moment(it.due)),
        ] {
            if !value.trim().is_empty() {
                lines.push(format!("- {}", say(key, &[("value", value.trim())])));
            }
        }
        let at = moment(Some(tz::offset(7).to_datetime(self.chat.now())));
        format!("{}\n\n{}", lines.join("\n"), say("case_end", &[("at", &at)]))
    }
}

/// The first letter of each word of a name; how long it is is not told.
fn masked(name: &str) -> String {
    let first = |word: &str| word.chars().next().map(|it| format!("{it}…"));
    name.split_whitespace().filter_map(first).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_shown_by_its_first_letters() {
        for (name, expect) in [("Công dân Thử", "C… d… T…"), ("Ý  A", "Ý… A…"), ("", "")]
        {
            assert_eq!(super::masked(name), expect);
        }
    }
}
