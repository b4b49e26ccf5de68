//! Whether a document is in force on a day, from its own dates.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::citation::Citation;
use crate::document::{Document, RelationKind};
use crate::timeline::Act;

/// State of a text on one day. Names as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Còn hiệu lực.
    InForce,
    /// Chưa có hiệu lực.
    NotYet,
    /// Còn hiệu lực, đã được sửa đổi.
    Amended,
    /// Hết hiệu lực.
    Ended,
    /// Ngưng hiệu lực.
    Suspended,
    /// Còn hiệu lực một phần: only of a whole document.
    Partly,
    /// Chưa xác định.
    Unknown,
}

/// A status with its interval and what ended it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// State on the day asked about.
    pub status: Status,
    /// First day in force.
    pub from: Option<Date>,
    /// First day no longer in force.
    pub to: Option<Date>,
    /// What ended or amended it.
    pub by: Option<Citation>,
    /// The change that opened these days; `None` for words as issued.
    pub opened: Option<Act>,
    /// The change that ends them.
    pub closed: Option<Act>,
    /// Whether the words of that day are in no source of ours.
    pub gap: bool,
}

impl Status {
    /// The wire name, like `in_force`.
    pub fn name(self) -> &'static str {
        match self {
            Status::InForce => "in_force",
            Status::NotYet => "not_yet",
            Status::Amended => "amended",
            Status::Ended => "ended",
            Status::Suspended => "suspended",
            Status::Partly => "partly",
            Status::Unknown => "unknown",
        }
    }

    /// Whether an answer may rest on it.
    pub fn holds(self) -> bool {
        matches!(self, Status::InForce | Status::Amended | Status::Partly)
    }
}

impl Standing {
    /// Where the document stands on a day.
    ///
    /// By document dates only: an ended date closes it (the replacing act is named beside), an effective
    /// date in the future keeps it closed, no date at all means unknown. Luật 64/2025/QH15 điều 57: a text ends on
    /// its stated day, or when replaced or repealed.
    pub fn of(document: &Document, on: Date) -> Standing {
        let by = |kinds: &[RelationKind]| {
            document
                .relations
                .iter()
                .filter(|relation| {
                    kinds.contains(&relation.kind) && relation.from.is_none_or(|from| from <= on)
                })
                .map(|relation| relation.to.clone())
                .next()
        };
        let (from, to) = (document.effective, document.ended);
        let ender = by(&[RelationKind::ReplacedBy]).or_else(|| by(&[RelationKind::RepealedBy]));
        let suspended = by(&[RelationKind::SuspendedBy]);
        let (status, by) = if to.is_some_and(|to| to <= on) {
            (Status::Ended, ender)
        } else if suspended.is_some() {
            (Status::Suspended, suspended)
        } else if from.is_some_and(|from| on < from) {
            (Status::NotYet, None)
        } else if from.is_none() {
            (Status::Unknown, None)
        } else {
            match by(&[RelationKind::AmendedBy]) {
                Some(act) => (Status::Amended, Some(act)),
                None => (Status::InForce, None),
            }
        };
        Standing { status, from, to, by, opened: None, closed: None, gap: false }
    }

    /// Nothing is known.
    pub(crate) const UNKNOWN: Standing = Standing {
        status: Status::Unknown,
        from: None,
        to: None,
        by: None,
        opened: None,
        closed: None,
        gap: false,
    };
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::document::Relation;

    #[test]
    fn dates_say_where_a_document_stands() {
        let relation = |kind| Relation {
            kind,
            to: Citation::whole("1/2024/QH15"),
            from: Some(date(2024, 7, 1)),
        };
        let document = Document {
            effective: Some(date(2016, 1, 1)),
            ended: Some(date(2027, 3, 1)),
            relations: vec![relation(RelationKind::AmendedBy), relation(RelationKind::ReplacedBy)],
            ..Document::default()
        };
        for (on, status, named) in [
            (date(2015, 12, 31), Status::NotYet, false),
            (date(2016, 1, 1), Status::InForce, false),
            (date(2024, 7, 1), Status::Amended, true),
            (date(2027, 2, 28), Status::Amended, true),
            (date(2027, 3, 1), Status::Ended, true),
        ] {
            let standing = Standing::of(&document, on);
            assert_eq!((standing.status, standing.by.is_some()), (status, named), "{on}");
            assert_eq!(
                standing.status.holds(),
                on >= date(2016, 1, 1) && on < date(2027, 3, 1),
                "{on}"
            );
        }
        assert_eq!(Standing::of(&Document::default(), date(2025, 1, 1)).status, Status::Unknown);
    }
}
