//! What was said and answered, kept for as long as it may be: the only store of what a person said.
//!
//! So far it keeps [`Record`]s of answers, so that each can be shown and made again. Everything in them is without
//! personal identifiers before it comes here ([`answer::redact`]).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod records;

pub use records::{Error, Record, Records, Result};
pub use uuid::Uuid;
