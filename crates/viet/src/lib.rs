//! Vietnamese text: normal forms, folding, syllables, sentences, dates, numbers, legacy encodings.
//!
//! Pure functions over strings. Nothing here reads a file or a clock, nothing panics, and every
//! function takes time linear in its input. Ranges are byte ranges of the text that was passed in
//! and lie on letter boundaries.
//!
//! - [`clean`] for text that is kept and quoted, [`normalize`] and [`fold`] for text that is searched
//! - [`syllables`] and [`sentences`] cut a text, [`has_marks`] tells typed with marks from typed without
//! - [`dates`] and [`numbers`] find what can be compared: days, sums, durations
//! - [`Lexicon`] writes short forms out, [`Syllabary`] restores marks that were left out and mends slips
//! - [`decode`] reads bytes of unknown encoding, [`repair`] reads text typed in a TCVN3 or VNI font
//!
//! ```
//! use viet::{fold, normalize, numbers, syllables};
//!
//! assert_eq!(normalize("Uỷ  ban – hoà giải"), "Ủy ban - hòa giải");
//! assert_eq!(fold("Đăng ký khai sinh"), "dang ky khai sinh");
//!
//! let words: Vec<&str> = syllables("Lệ phí: 8.000 đồng").iter().map(|token| token.text).collect();
//! assert_eq!(words, ["Lệ", "phí", "8", "000", "đồng"]);
//!
//! let (fee, _) = &numbers("Lệ phí: 8.000 đồng")[0];
//! assert_eq!((fee.value.as_str(), fee.unit.as_str()), ("8000", "đồng"));
//! ```
//!
//! Not here: anything about law (citations, articles, document numbers: crate `law`), reading of file
//! formats (crate `ingest`), word segmentation.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout))]

mod dates;
mod fold;
mod legacy;
mod letters;
mod lexer;
mod lexicon;
mod normalize;
mod numbers;
mod restore;
mod sentences;
mod speech;
mod syllables;

pub use dates::dates;
pub use fold::{fold, has_marks};
pub use legacy::{Encoding, decode, repair};
pub use lexicon::{Lexicon, Word};
pub use normalize::{clean, normalize, plain_forms};
pub use numbers::{Number, numbers};
pub use restore::Syllabary;
pub use sentences::sentences;
pub use syllables::{Token, syllables};
