//! A question to a grounded answer, as a stream of events.
//!
//! [`Assistant::ask`] finds, shows a procedure's [`Card`] or the verbatim clauses first, lets a model
//! write a few sentences, and keeps those that [`check`] finds in the cited text. A refusal has no
//! sources, a reason and a next step. Every fixed sentence comes from `prompts/say.toml`.
//!
//! Not here: finding (`search`), models (`infer`), who asks and how often (`chat`).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod age;
mod answer;
mod assistant;
mod card;
mod check;
mod choose;
mod compare;
mod decide;
mod documents;
mod error;
mod evidence;
mod guard;
mod listen;
mod phrases;
mod place;
mod prose;
mod redact;
mod render;
mod route;
mod settle;
mod shown;
mod sight;
mod sources;
mod talk;
mod topic;
mod words;

pub use answer::{Answer, Choice, Event, Question, Route, Source, Verdict, Versions};
pub use assistant::{Assistant, Profile};
pub use card::{Basis, Card, Fields, Way};
pub use check::{Fault, check};
pub use choose::{Candidate, FEATURES, SIGNS, Weighed, Weights, What};
pub use error::{Error, Result};
pub use listen::{DANGERS, Likely, Listener, SORTS, grams};
pub use place::Place;
pub use redact::{Redacted, Secret, redact};
pub use talk::Said;
