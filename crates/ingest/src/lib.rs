//! Files to a library of law, incrementally.
//!
//! [`files`] lists what lies below some paths, [`read_source`] reads one file or finds it unchanged,
//! [`assemble`] puts sources together, [`write()`] and [`load`] keep the library of a corpus version.
//! [`read`] turns one stranger's file into text in a child process with limits; [`lines`] and
//! [`portal`] read records of articles and procedures.
//!
//! Not here: what the words mean (`law`), indexes (`search`), which version serves (`server`).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod admit;
mod catalogue;
mod contents;
mod draft;
mod facts;
mod guide;
pub mod lines;
pub mod look;
mod merge;
pub mod portal;
pub mod read;
mod snapshots;
mod sources;
mod store;

pub use contents::{Contents, contents};
pub use draft::{DraftText, MOST_PAGES, read_draft, remark_draft};
pub use facts::{Asked, Facts, LifeEvent};
pub use merge::{Assembled, Given, assemble};
pub use sources::{
    FileReport, Kept, Source, files, forget as forget_source, load as load_source, read_source,
};
pub use store::{StoreError, Trouble, load, problems, write};
