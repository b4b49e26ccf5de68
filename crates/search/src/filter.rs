//! Which passages a question may see: collections and the day it is about.

use jiff::civil::Date;
use law::{Document, Period};

/// What a hit is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A provision of law or a section of a guide.
    Provision,
    /// An administrative procedure.
    Procedure,
}

/// Limits of one search; both stores apply them inside the query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Collections that may be seen; empty means all.
    pub corpora: Vec<String>,
    /// Only words that hold on this day. A document without dates is let through: its status is
    /// `unknown` and the caller decides.
    pub in_force_on: Option<Date>,
    /// Only this kind.
    pub kind: Option<Kind>,
}

/// What both stores keep of a passage for filtering. Days are numbers like 20250701.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) corpus: String,
    pub(crate) kind: Kind,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Before every and after every date that occurs.
pub(crate) const ALWAYS: i64 = 0;
pub(crate) const NEVER: i64 = 99_991_232;

impl Filter {
    /// Whether a collection may be seen.
    pub(crate) fn sees(&self, corpus: &str) -> bool {
        self.corpora.is_empty() || self.corpora.iter().any(|name| name == corpus)
    }

    /// Whether it lets a passage with these facts through.
    pub(crate) fn lets(&self, facts: &Facts) -> bool {
        self.sees(&facts.corpus)
            && self.kind.is_none_or(|kind| kind == facts.kind)
            && self.in_force_on.is_none_or(|on| facts.from <= day(on) && day(on) < facts.to)
    }
}

impl Facts {
    pub(crate) fn of(document: &Document) -> Facts {
        let period = Period { version: None, from: document.effective, to: document.ended };
        Facts::during(document, period)
    }

    /// Of words that hold during a period.
    pub(crate) fn during(document: &Document, period: Period) -> Facts {
        Facts {
            corpus: document.corpus.clone(),
            kind: Kind::Provision,
            from: period.from.map_or(ALWAYS, day),
            to: period.to.map_or(NEVER, day),
        }
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Provision => "provision",
            Kind::Procedure => "procedure",
        }
    }
}

pub(crate) fn day(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}
