//! Changes that one document makes to another, clause by clause, each with its proof.
//!
//! Three kinds of text tell of them: the instructions of an amending act ([`changes`]), the notes of
//! a consolidated text (văn bản hợp nhất, read by [`Document::parse`](crate::Document::parse)), and
//! remarks of the codification (pháp điển, [`remark`]). What cannot be read is a problem with its
//! place, never a guess.

mod header;
mod masks;
mod notes;
mod outline;
mod quoted;
mod read;
mod remark;
mod told;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::citation::Citation;

pub use notes::note;
pub(crate) use notes::{Act, Mark, Marked, read as read_notes, strip};
pub use read::changes;
pub use remark::remark;

/// One change of one place by one act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What is changed; the place is empty if it is the whole document.
    pub at: Citation,
    /// Which part of that place.
    #[serde(default)]
    pub spot: Spot,
    /// What is done.
    pub deed: Deed,
    /// The provision that does it.
    pub by: Citation,
    /// First day on which the change holds.
    pub from: Option<Date>,
    /// How we know.
    pub proof: Proof,
}

/// The part of a place that a change is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spot {
    /// All of it.
    #[default]
    Whole,
    /// Its heading (tên điều).
    Heading,
    /// What stands before its first clause or point (đoạn mở đầu).
    Lead,
    /// One paragraph, line or row in it.
    Paragraph,
}

/// What is done to a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Sửa đổi, bổ sung: new words in place of the old; `None` when the source does not give them.
    Replace(Option<String>),
    /// Bổ sung: a place that was not there.
    Insert(Option<String>),
    /// Bãi bỏ.
    Repeal,
    /// Thay thế, bổ sung, bỏ cụm từ: `new` for each `old`; an empty side is added or dropped.
    Phrase {
        /// The words that go.
        old: String,
        /// The words that come.
        new: String,
    },
    /// Ngưng hiệu lực.
    Suspend,
    /// Đánh số lại: the place bears another number from now on.
    Renumber(Citation),
}

/// How a change is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The words of the amending act.
    Instruction,
    /// A note of a consolidated text: its number, the note's number and words.
    Note {
        /// `108/VBHN-VPQH (2025)`; empty where the copy does not give it.
        document: String,
        /// Number of the note.
        n: u32,
        /// The note.
        words: String,
        /// The words right before its mark in the text.
        #[serde(default)]
        before: String,
    },
    /// A remark of the codification, word for word.
    Remark(String),
}

impl Deed {
    /// One word for tables and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Deed::Replace(_) => "replaced",
            Deed::Insert(_) => "added",
            Deed::Repeal => "repealed",
            Deed::Phrase { .. } => "phrase",
            Deed::Suspend => "suspended",
            Deed::Renumber(_) => "renumbered",
        }
    }
}

#[cfg(test)]
mod tests;
