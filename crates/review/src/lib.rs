//! A draft of a normative document to findings: what is wrong, where, and by which rule.
//!
//! [`Draft::read`] makes law of a text and keeps its places, [`Reviewer::review`] holds it against a library on a
//! day and gives a [`Report`]. Every finding quotes the draft letter for letter; what it is held against is quoted
//! from the library. Nothing the draft says is taken for an order, and no model takes part in what is found by rule.
//!
//! [`remarks`] makes of a report what is written into the draft's Word file.
//!
//! Pure: the library, the day and the counts of words are arguments. Not here: reading and writing files (`ingest`),
//! jobs and pages (`server`, `web`).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod case;
mod check;
mod draft;
mod finding;
mod known;
mod remarks;
mod table;

pub use case::{Reviewer, Usage};
pub use draft::{Attached, Basis, Draft, Head, NotDraft, Piece, Unit};
pub use finding::{
    Against, Asked, At, By, Checked, Finding, Identity, NotChecked, Report, Severity, State,
};
pub use known::Known;
pub use remarks::{Sheet, remarks, written};
pub use table::{Check, Fault, How, ReportWords, Table};
