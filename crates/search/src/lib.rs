//! Keeps every provision and procedure findable, and finds the right ones for a question on a day.
//!
//! [`Builder`] makes the indexes of a corpus version from a [`law::Library`]; [`Search::open`] reads
//! them; [`Search::find`] answers a [`Query`] with [`Hit`]s: articles (điều) and procedures, by words
//! (tantivy), by meaning (Qdrant, in process or on a server) and by what the question names, fused
//! by [`fuse`].
//!
//! ```
//! let words = (0.5, vec![("điều 15", 9.0), ("điều 16", 3.0)]);
//! let meaning = (0.5, vec![("điều 16", 0.8), ("điều 15", 0.7), ("điều 2", 0.2)]);
//! let best = search::fuse(&[words, meaning]);
//! assert_eq!(best[0].0, "điều 15");
//! ```
//!
//! Not here: what the law says on a day (`law`), what to answer (`answer`).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod build;
mod error;
mod filter;
mod find;
mod fuse;
mod lexical;
mod missing;
mod named;
mod names;
mod options;
mod passages;
mod rank;
mod terms;
mod typed;
mod units;
mod vectors;

pub use build::{Builder, Counts, Embed, Progress, forget, publish};
pub use error::{Error, Result};
pub use filter::{Filter, Kind};
pub use find::{Hit, Query, Ranks, Search, Signals};
pub use fuse::{Scored, fuse};
pub use lexical::Usage;
pub use missing::{Embedded, Missing};
pub use named::{Named, named};
pub use names::{Fit, Names, silent};
pub use options::{SearchOptions, Store};
pub use rank::{Node, RANK_FEATURES, RANKED, Ranker, Tree};
pub use typed::Typed;
