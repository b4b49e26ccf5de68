//! What is wrong with a record, told apart by kind, so that it can be counted, listed and said in words from
//! `prompts/`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One thing that a person, or an editor, must know about a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Warning {
    /// What kind of fault it is.
    pub kind: WarningKind,
    /// What it is about, in the record's words: `cấp huyện, thị trấn`; an editor's whole sentence for
    /// [`WarningKind::Told`].
    pub what: String,
}

/// Kinds of faults. On disk and on the wire in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// An editor's own sentence.
    Told,
    /// The column says free, the note names a sum.
    FeeContradicted,
    /// The column names another sum than the note; what: the column's.
    FeeDiffers,
    /// The column says free, and the council sets the fee.
    FeeCouncil,
    /// The column says free, and the note sends to another document.
    FeeRule,
    /// A sum that has lost its thousands.
    FeeThousands,
    /// The note speaks of a reduction that is over.
    FeeExpired,
    /// Time and fee stand in one cell.
    FeeGlued,
    /// The table gives no time.
    TimeMissing,
    /// A time without a unit.
    TimeUnitless,
    /// Ways to file have different times.
    TimesDiffer,
    /// Table and text give the same number with another unit.
    TimeContradicted,
    /// A body, unit or paper that no longer exists.
    OldBody,
    /// A basis that is no longer in force.
    BasisEnded,
    /// An office of another province.
    OtherCity,
    /// Another code shows the same page.
    SamePage,
    /// No papers are listed.
    NoPapers,
    /// A part that Nghị định 63/2010/NĐ-CP điều 8 asks for is not stated.
    Incomplete,
    /// The table of ways to file could not be read.
    Unread,
}

impl WarningKind {
    /// As on disk: `fee_contradicted`.
    pub fn name(self) -> &'static str {
        match self {
            WarningKind::Told => "told",
            WarningKind::FeeContradicted => "fee_contradicted",
            WarningKind::FeeDiffers => "fee_differs",
            WarningKind::FeeCouncil => "fee_council",
            WarningKind::FeeRule => "fee_rule",
            WarningKind::FeeThousands => "fee_thousands",
            WarningKind::FeeExpired => "fee_expired",
            WarningKind::FeeGlued => "fee_glued",
            WarningKind::TimeMissing => "time_missing",
            WarningKind::TimeUnitless => "time_unitless",
            WarningKind::TimesDiffer => "times_differ",
            WarningKind::TimeContradicted => "time_contradicted",
            WarningKind::OldBody => "old_body",
            WarningKind::BasisEnded => "basis_ended",
            WarningKind::OtherCity => "other_city",
            WarningKind::SamePage => "same_page",
            WarningKind::NoPapers => "no_papers",
            WarningKind::Incomplete => "incomplete",
            WarningKind::Unread => "unread",
        }
    }

    /// All kinds, for tables and for the test that each has its sentence.
    pub const ALL: [WarningKind; 19] = [
        WarningKind::Told,
        WarningKind::FeeContradicted,
        WarningKind::FeeDiffers,
        WarningKind::FeeCouncil,
        WarningKind::FeeRule,
        WarningKind::FeeThousands,
        WarningKind::FeeExpired,
        WarningKind::FeeGlued,
        WarningKind::TimeMissing,
        WarningKind::TimeUnitless,
        WarningKind::TimesDiffer,
        WarningKind::TimeContradicted,
        WarningKind::OldBody,
        WarningKind::BasisEnded,
        WarningKind::OtherCity,
        WarningKind::SamePage,
        WarningKind::NoPapers,
        WarningKind::Incomplete,
        WarningKind::Unread,
    ];
}

/// An editor writes a plain sentence; what a reader found has its kind.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Told(String),
    Found { kind: WarningKind, what: String },
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.kind {
            WarningKind::Told => Form::Told(self.what.clone()),
            kind => Form::Found { kind, what: self.what.clone() },
        }
        .serialize(to)
    }
}

impl<'de> Deserialize<'de> for Warning {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Warning, D::Error> {
        Ok(match Form::deserialize(from)? {
            Form::Told(what) => Warning { kind: WarningKind::Told, what },
            Form::Found { kind, what } => Warning { kind, what },
        })
    }
}
