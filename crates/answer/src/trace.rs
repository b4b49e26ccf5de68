//! How an answer came about, so that it can be shown again and made again.

use jiff::civil::Date;
use law::Citation;
use search::{Hit, Kind};
use serde::{Deserialize, Serialize};

use crate::sure::Signs;
use crate::talk::Said;

/// What an answer was made of. It holds nothing that belongs to a person alone: the question and what was said before
/// are without their identifiers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// The question, without personal identifiers; empty where it was too long to be read.
    pub question: String,
    /// How many identifiers were taken out of it.
    pub masked: usize,
    /// What was said before it, without personal identifiers.
    pub history: Vec<Said>,
    /// Who was served.
    pub profile: String,
    /// The day on which it was asked.
    pub today: Date,
    /// The day that was asked about beside the question, if one was.
    pub asked_on: Option<Date>,
    /// Whether a model was to write.
    pub generate: bool,
    /// What was found, best first: procedures, then provisions.
    pub passages: Vec<Passage>,
    /// What the question may have been about, likeliest first.
    pub candidates: Vec<Likelihood>,
    /// What speaks for its being right.
    pub signs: Signs,
    /// Sentences of the model that did not hold.
    pub removed: Vec<Removed>,
}

/// One provision or procedure that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Where it stands: the clause that fits best, if one does.
    pub citation: Citation,
    /// What it is.
    pub kind: Kind,
    /// 0 to 1, comparable within one question only.
    pub score: f32,
    /// Cosine of its best vector.
    pub dense: f32,
    /// BM25 of the whole article.
    pub articles: f32,
    /// BM25 of the best clause or saying.
    pub clauses: f32,
    /// Whether the question names it.
    pub named: bool,
}

/// Something that a question may be about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Likelihood {
    /// The code of a procedure, `law` or `nothing`.
    pub what: String,
    /// From 0 to 1.
    pub likely: f32,
}

/// A sentence of a model that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// What it said.
    pub sentence: String,
    /// Why it did not hold.
    pub why: String,
}

impl From<&Hit> for Passage {
    fn from(hit: &Hit) -> Passage {
        Passage {
            citation: hit.clause.as_ref().unwrap_or(&hit.citation).clone(),
            kind: hit.kind,
            score: hit.score,
            dense: hit.signals.dense,
            articles: hit.signals.articles,
            clauses: hit.signals.clauses,
            named: hit.ranks.named,
        }
    }
}
