//! One conversation whatever the channel, and the only store of what a person said.
//!
//! [`Chat`] takes questions ([`Chat::ask`]) and gives a [`Live`] answer that can be read on after a broken connection.
//! What is kept is without personal identifiers ([`answer::redact`]) and sealed under a key of its conversation;
//! [`Chat::erase`] destroys the key. Answers outside of any conversation leave [`Records`].
//!
//! Reading order: `chat` (the face), `asking` (a message to its answer), `desk` (officers), `store` (rows), `seal`
//! (keys), `live` (an answer while it is given), `split` (long texts).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod asking;
mod carrier;
mod case;
mod chat;
mod commands;
mod desk;
mod error;
mod gaps;
mod given;
mod handoff;
mod limits;
mod links;
mod live;
mod plain;
mod post;
mod records;
mod split;
mod store;
#[cfg(test)]
mod tests;
mod turn;
mod vault;

pub use asking::AT_ONCE;
pub use carrier::{Carrier, Incoming, Part, Received, Sent, What};
pub use case::{Asking, CaseStatus, Looked, State};
pub use chat::{Asked, Assistants, Chat, Handoff, Options, Refused};
pub use commands::Command;
pub use desk::notice;
pub use error::{Error, Result};
pub use gaps::{GAP_STATES, Gap, Kept, Unanswered, gaps};
pub use given::{Given, Stopwatch, Told, collect, told};
pub use handoff::{Called, Contact, Hours};
pub use links::{Link, LinkState};
pub use live::{GRACE, Live};
pub use post::Post;
pub use records::{Record, Records};
pub use split::{split, units};
pub use store::{Author, Channel, Feedback, Kind, Known, Message, Mode, Place, Talk};
pub use uuid::Uuid;

/// A text without what belongs to a person alone.
pub(crate) fn without_identifiers(text: &str) -> String {
    answer::redact(&viet::clean(text)).plain()
}
