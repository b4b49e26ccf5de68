//! What goes in and what comes out.

use jiff::civil::Date;
use law::{Citation, Status};
use serde::Serialize;

use crate::card::Card;
use crate::draft::Draft;
use crate::place::Place;
use crate::talk::Said;
use crate::trace::Trace;

/// A question with everything that decides its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// As typed.
    pub text: String,
    /// The day that the answer is about; else the one that the question names, else today.
    pub on: Option<Date>,
    /// Today.
    pub today: Date,
    /// Whether a model may write prose.
    pub generate: bool,
    /// What was said before, oldest first.
    pub history: Vec<Said>,
}

/// What kind of question it is. Names as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Hello and thanks.
    Greeting,
    /// An administrative procedure.
    Procedure,
    /// A provision named by number or law.
    Citation,
    /// A question of law.
    Law,
    /// More must be known: a choice is offered.
    Clarify,
    /// Not for this assistant, or not readable.
    OutOfScope,
    /// Somebody is in danger.
    Emergency,
    /// A person is wanted.
    Handoff,
    /// What the assistant must not do.
    Unsafe,
}

/// How the question was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Answered from sources.
    Answered,
    /// Answered in part.
    Partial,
    /// A choice is offered first.
    AskBack,
    /// Nothing in the library to rest on.
    NoBasis,
    /// Not for this assistant.
    OutOfScope,
    /// Not read: empty or too long.
    Refused,
}

/// One source of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Source {
    /// Its number in the text, from 1.
    pub n: usize,
    /// Where it stands.
    pub citation: Citation,
    /// What people call it: `Điều 15. Trách nhiệm đăng ký khai sinh — Luật Hộ tịch`.
    pub title: String,
    /// Its words, letter for letter.
    pub quote: String,
    /// State on the question's day.
    pub status: Status,
    /// First day in force.
    pub from: Option<Date>,
    /// First day no longer in force.
    pub to: Option<Date>,
    /// When somebody last checked.
    pub checked: Option<Date>,
    /// The provision that gave it the words of that day; `None` for words as issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<Citation>,
    /// The provision that ends the words of that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Citation>,
}

#[cfg(test)]
impl Source {
    /// A provision in force, for tests.
    pub(crate) fn example(n: usize, title: &str, quote: &str) -> Source {
        Source {
            n,
            citation: Citation::article("99/2015/QH13", "1"),
            title: title.into(),
            quote: quote.into(),
            status: Status::InForce,
            from: None,
            to: None,
            checked: None,
            opened_by: None,
            closed_by: None,
        }
    }
}

/// A step of the answer, in the order `Working`, `Card`, `Sources`, `Text`, `Done`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// What is being done: `find` or `generate`.
    Working {
        /// What is being done: `find`, `generate`.
        stage: &'static str,
        /// Seconds until it is begun, from measured speed; 0 when it has begun.
        seconds: u32,
    },
    /// A procedure's record.
    Card(Box<Card>),
    /// What the text rests on.
    Sources(Vec<Source>),
    /// More text; the pieces together are the answer's text.
    Text(String),
    /// The whole.
    Done(Box<Answer>),
}

/// The whole answer. A refusal has no sources, a reason and a next step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// What kind of question it was.
    pub route: Route,
    /// The day that it is about; `None` where none matters.
    pub on: Option<Date>,
    /// How it was settled.
    pub verdict: Verdict,
    /// What the person reads.
    pub text: String,
    /// The procedure, if it is one.
    pub card: Option<Card>,
    /// Choices, when one is asked back.
    pub options: Vec<Choice>,
    /// The draft that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
    /// Communes and wards that the question names, and what they are now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
    /// What the text rests on.
    pub sources: Vec<Source>,
    /// Why there is no answer.
    pub reason: Option<String>,
    /// What to do next.
    pub next: Option<String>,
    /// How sure the choice of what the question is about was, 0 to 1; `None` where nothing was weighed. Not shown:
    /// for the curve of risk and coverage.
    #[serde(skip)]
    pub certainty: Option<f32>,
    /// The name of the answer that people wrote, where it is theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curated: Option<String>,
    /// What people want told beside it; part of the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Whether a model wrote part of the text.
    pub generated: bool,
    /// Sentences of the model that did not hold and were left out.
    pub removed: usize,
    /// What it was made with, so that it can be replayed.
    pub versions: Versions,
    /// How it came about. Not shown: for replay.
    #[serde(skip)]
    pub trace: Trace,
}

/// A choice offered to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is shown.
    pub label: String,
    /// What is asked when it is chosen.
    pub value: String,
}

impl Choice {
    /// A procedure by its short name.
    pub(crate) fn of(procedure: &law::Procedure) -> Choice {
        Choice { label: procedure.short_name().to_owned(), value: procedure.code.clone() }
    }

    /// Procedures as numbered lines, each with its code, so that "2" is an answer to them.
    pub(crate) fn numbered(choices: &[Choice]) -> String {
        let line = |(n, it): (usize, &Choice)| format!("\n{}. {} ({})", n + 1, it.label, it.value);
        choices.iter().enumerate().map(line).collect()
    }
}

/// What an answer was made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Versions {
    /// Corpus version.
    pub corpus: String,
    /// Embedding model.
    pub embedder: String,
    /// Generating model; empty when there is none.
    pub generator: String,
    /// Hash of all prompts.
    pub prompts: String,
    /// Hash of the settings; empty where none were named.
    pub settings: String,
    /// Hash of what people have decided; empty where nothing is.
    pub control: String,
}
