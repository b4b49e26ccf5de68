//! Law as data: documents, their provisions, procedures, citations, relations and status on a date.
//!
//! Pure: no IO, no clock, and nothing here fails on bad text. Parsing returns [`Parsed`], a value
//! with the problems met on the way. Main types, in reading order: [`Citation`], [`Document`],
//! [`Procedure`], [`Library`].
//!
//! ```
//! let at: law::Citation = "60/2014/QH13 điều 15 khoản 1".parse().expect("a citation");
//! assert_eq!(at.place.clause.as_deref(), Some("1"));
//! assert_eq!(at.to_string(), "60/2014/QH13 điều 15 khoản 1");
//! ```
//!
//! Not here: reading files (`ingest`), finding (`search`).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod amend;
mod asof;
mod citation;
mod document;
mod gaps;
mod history;
mod issuers;
mod library;
mod mention;
mod number;
mod parse;
mod places;
mod procedure;
mod quote;
mod rank;
mod revise;
mod scan;
mod status;
mod syllable;
mod timeline;
mod witness;
mod wording;

pub use amend::{Change, Deed, Proof, Spot, changes, note, remark};
pub use asof::as_of;
pub use citation::{BadCitation, Citation, Part, Place};
pub use document::{
    Article, Clause, Conflict, Document, Dropped, Earlier, Edition, Notes, Parsed, ParsedDocument,
    Point, Problem, Relation, RelationKind,
};
pub use gaps::{Gap, gaps};
pub use history::{Interval, Period};
pub use library::{Library, Texts};
pub use mention::{Mention, POINTS, mentions};
pub use number::{canonical, kind_of, numbers};
pub use parse::split_article;
pub use places::{Asked, Body, District, Former, Places, Unit};
pub use procedure::codes;
pub use procedure::{
    Basis, Case, Channel, ChannelKind, Due, Duty, Event, FREE, FeeKind, Overlay, OverlayRule,
    Paper, Procedure, Term, Topic, TopicOption, UNKNOWN_FEE, Unit as TimeUnit, Warning,
    WarningKind, doubts, name_siblings, terms,
};
pub use quote::quoted;
pub use rank::rank;
pub use revise::{Revised, Worded, order, orders, revise};
pub use status::{Standing, Status};
pub use timeline::{Act, Dated, Known, State, Version, done, same, timeline};
pub use witness::{Compared, compare};
pub use wording::Wording;
