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
mod ask;
mod assistant;
mod card;
mod case;
mod check;
mod choose;
mod compare;
mod control;
mod decide;
mod documents;
mod draft;
mod error;
mod evidence;
mod guard;
mod listen;
mod listing;
mod memory;
mod papers;
mod phrases;
mod place;
mod plain;
mod prose;
mod redact;
mod referred;
mod render;
mod route;
mod settle;
mod shown;
mod sight;
mod sources;
mod steer;
mod sure;
mod talk;
mod topic;
mod trace;
mod words;

pub use answer::{Answer, Choice, Event, Question, Route, Source, Verdict, Versions};
pub use assistant::{Assistant, Profile};
pub use card::{Basis, Card, Fields, Way};
pub use case::Case;
pub use check::{Fault, check};
pub use choose::{Candidate, FEATURES, SIGNS, Weighed, Weights, What};
pub use control::{Bond, Control, Curated, Forbidden, Matter, Notice, Off};
pub use draft::{Draft, Form};
pub use error::{Error, Result};
pub use listen::{DANGERS, Likely, Listener, SORTS, grams};
pub use place::Place;
pub use redact::{Redacted, Secret, redact};
pub use steer::Suspended;
pub use sure::{CARD_SIGNS, LAW_SIGNS, Signs, Sure};
pub use talk::Said;
pub use trace::{Likelihood, Passage, Removed, Trace};
