//! States of cases from the exchange of the national public service portal (Cổng Dịch vụ công quốc gia), as agencies
//! call it: an account gives a session, a service gives a case.
//!
//! The protocol is that of the integration guide v1.4 (2020) as public code speaks it; names of fields of the answer are
//! those of the synchronisation of cases and not confirmed. What is not understood is told as not known, never guessed.
//!
//! Reading order: `portal` (calls), `read` (an answer to a state, pure).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod portal;
mod read;

pub use portal::{Account, Portal};
