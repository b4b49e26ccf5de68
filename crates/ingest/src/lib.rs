//! Files to a library of law, incrementally.
//!
//! [`read`] turns one stranger's file into text in a child process with limits; [`lines`] and
//! [`portal`] read records of articles and procedures.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod lines;
pub mod portal;
pub mod read;
