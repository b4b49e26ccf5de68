//! A legal document: what is known about it, its articles and its relations.

use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::amend::Change;
use crate::citation::{Citation, Place};
use crate::history::span_in;
use crate::timeline::Version;

/// A value together with what went wrong while reading it. Reading never fails.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<T> {
    /// What could be read.
    pub value: T,
    /// What could not, in reading order.
    pub problems: Vec<Problem>,
}

/// Something in a text that could not be read as law, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where: `Điều 5 khoản 2`, `dòng 12`.
    pub at: String,
    /// What is wrong, for an operator.
    pub what: String,
}

/// A document without its words (those are behind [`crate::Texts`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// Canonical number; the identity of the document.
    pub id: String,
    /// Kind (loại văn bản): `Luật`, `Nghị định`, …; empty when unknown.
    pub kind: String,
    /// Title without the kind's number: `Luật Hộ tịch`.
    pub title: String,
    /// Issuer (cơ quan ban hành).
    pub issuer: String,
    /// Date of issue.
    pub issued: Option<Date>,
    /// Date from which it is in force.
    pub effective: Option<Date>,
    /// First day on which it is no longer in force.
    pub ended: Option<Date>,
    /// Date on which somebody last checked these dates.
    pub checked: Option<Date>,
    /// Where the text comes from: an address or a file name.
    pub source: String,
    /// Which collection it belongs to (`--corpus`).
    pub corpus: String,
    /// Whether it is law (guides and notes are not).
    pub guide: bool,
    /// Which state of its words this is.
    pub edition: Edition,
    /// Places that come into force on another day than the document ("trừ khoản 2 Điều 5").
    pub starts: Vec<(Place, Date)>,
    /// Changes made to it, as a consolidated text or the codification tells them.
    pub changes: Vec<Change>,
    /// How many notes its consolidated text has.
    pub notes: Notes,
    /// When the codification no longer had it, though nothing of ours ended it.
    pub dropped: Option<Dropped>,
    /// From this day on its sources contradict each other on whether it holds.
    pub doubted: Option<Date>,
    /// Documents that it ends but for a part of them ("hết hiệu lực, trừ Điều 7").
    pub excepts: Vec<String>,
    /// Topics of the codification: `44.5 Hộ tịch`.
    pub topics: Vec<String>,
    /// Facts on which its sources contradict each other, with what is kept.
    pub conflicts: Vec<Conflict>,
    /// Acts that amended it in places that no source of ours names.
    pub untraced: Vec<Citation>,
    /// Relations to other documents that its metadata or words state.
    pub relations: Vec<Relation>,
    /// Its articles in reading order; empty for a document known only by its catalogue entry.
    pub articles: Vec<Article>,
}

/// A fact that two sources give differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Which: `issued`, `effective`, `ended`.
    pub field: String,
    /// What is kept, and whose it is.
    pub kept: (Date, String),
    /// What another source says.
    pub other: (Date, String),
}

/// The notes of a consolidated text, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// All of them.
    pub total: usize,
    /// Those that quote an amending act (its căn cứ, its effect clause) and tell of no change.
    pub statements: usize,
}

/// Which state of a document's words a text gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// As issued, or not known: amendments may be worked into it or not.
    #[default]
    Plain,
    /// From the codification (pháp điển): amended until this day.
    Codified(Option<Date>),
    /// A consolidated text (văn bản hợp nhất), by its own number: `108/VBHN-VPQH (2025)`; empty where
    /// the copy does not give it.
    Consolidated(String),
}

/// One relation, seen from the document that carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// What the document does, or what is done to it.
    pub kind: RelationKind,
    /// The other document or provision.
    pub to: Citation,
    /// From when, if said.
    pub from: Option<Date>,
}

/// Kinds of relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// Sửa đổi, bổ sung.
    Amends,
    /// Được sửa đổi, bổ sung bởi.
    AmendedBy,
    /// Thay thế.
    Replaces,
    /// Được thay thế bởi.
    ReplacedBy,
    /// Bãi bỏ.
    Repeals,
    /// Bị bãi bỏ bởi.
    RepealedBy,
    /// Quy định chi tiết, hướng dẫn.
    Guides,
    /// Căn cứ.
    BasedOn,
    /// Đính chính.
    Corrects,
    /// Hợp nhất.
    Consolidates,
    /// Ngưng hiệu lực.
    Suspends,
    /// Bị ngưng hiệu lực bởi.
    SuspendedBy,
}

/// An article (điều) and where its clauses stand in its text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Article {
    /// Part and number; clause and point are empty.
    pub place: Place,
    /// Heading without "Điều 5.".
    pub heading: String,
    /// Headings above it: `Chương II. QUYỀN …`, outermost first.
    pub above: Vec<String>,
    /// Clauses (khoản), spans in bytes of the article's text; what stands before the first is the
    /// article's own lead-in.
    pub clauses: Vec<Clause>,
    /// A remark of the source on amendments, shown as it is.
    pub note: String,
    /// When the codification no longer had it, though its document was there.
    pub dropped: Option<Dropped>,
    /// Its words in an earlier snapshot of the codification, where they differ.
    pub earlier: Option<Box<Earlier>>,
    /// Articles that the codification calls related.
    pub related: Vec<Citation>,
    /// Its states in time, oldest first; empty if nothing is known to have changed it. The fields above
    /// and the text are those of the last state that has words.
    pub versions: Vec<Version>,
}

/// Two snapshots of the codification between which something went from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// It was still there.
    pub after: Date,
    /// It was no longer there.
    pub by: Date,
}

/// The words of an article on an earlier day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// A day on or after which they were seen: changes after it are those that ended them.
    pub seen: Date,
    /// Heading without "Điều 5.".
    pub heading: String,
    /// Text.
    pub text: String,
}

/// A clause (khoản).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// Its number: `1`, `3a`.
    pub number: String,
    /// Bytes in the article's text, the number included, up to the next clause.
    pub span: Range<usize>,
    /// Its points; what stands before the first is the clause's lead-in.
    pub points: Vec<Point>,
}

/// A point (điểm).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Its letter: `a`, `đ`, `a1`.
    pub letter: String,
    /// Bytes in the article's text, the letter included, up to the next point or clause.
    pub span: Range<usize>,
}

/// A document with the words of its articles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedDocument {
    /// Everything but the words.
    pub document: Document,
    /// One text for each of `document.articles`, in the same order.
    pub texts: Vec<String>,
}

impl Document {
    /// The article at a place (clause and point are ignored).
    pub fn article(&self, place: &Place) -> Option<&Article> {
        self.articles.iter().find(|article| {
            article.place.article == place.article && article.place.part == place.part
        })
    }

    /// The citation of one of its articles.
    pub fn cite(&self, article: &Article) -> Citation {
        Citation { document: self.id.clone(), place: article.place.clone() }
    }
}

impl Article {
    /// The bytes of a clause or point in the article's text; `None` when there is no such place.
    pub fn span(&self, place: &Place, text_len: usize) -> Option<Range<usize>> {
        span_in(&self.clauses, place, text_len)
    }
}
