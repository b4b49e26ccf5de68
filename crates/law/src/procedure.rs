//! An administrative procedure (thủ tục hành chính) as a record.
//!
//! The fields follow Nghị định 63/2010/NĐ-CP điều 8 as amended by 92/2017/NĐ-CP: name, steps,
//! manner, papers, time, subjects, authority, and where they exist form, result, conditions, fee.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One procedure. Nothing in it is generated; a card shows its fields as they stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Procedure {
    /// National code, `^[1-6]\.\d{6}$`.
    pub code: String,
    /// Full official name.
    pub name: String,
    /// Short name people understand: `Đăng ký khai sinh`.
    pub short: String,
    /// Other ways people ask for it, own work: `làm giấy khai sinh`.
    pub aliases: Vec<String>,
    /// Field (lĩnh vực): `Hộ tịch`.
    pub field: String,
    /// Levels that settle it: `Cấp xã`, `Cấp tỉnh`, `Cấp bộ`.
    pub levels: Vec<String>,
    /// Who may ask.
    pub audience: Vec<String>,
    /// The decision that published it: `163/QĐ-BTP`.
    pub decision: String,
    /// Who decides.
    pub authority: String,
    /// Where to file, in words for a person in Hà Nội.
    pub place: String,
    /// Papers, case by case.
    pub cases: Vec<Case>,
    /// Ways to file, each with its time and fee.
    pub channels: Vec<Channel>,
    /// Steps in order.
    pub steps: Vec<String>,
    /// Conditions, if any.
    pub conditions: Vec<String>,
    /// What one gets.
    pub result: String,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Deadlines for the person (not for the office): "trong 60 ngày kể từ ngày sinh con".
    pub deadline: String,
    /// What Hà Nội's own rules change.
    pub overlays: Vec<Overlay>,
    /// Codes of procedures easily taken for this one.
    pub siblings: Vec<String>,
    /// What a person must be told about this record (stale body, contradiction), in plain Vietnamese.
    pub warnings: Vec<String>,
    /// State of the data.
    pub as_of: Option<Date>,
    /// Where the facts come from.
    pub source: String,
    /// Which collection it belongs to (`--corpus`).
    pub corpus: String,
}

/// One case of a procedure with its papers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Case {
    /// When it applies; empty if there is only one case.
    pub name: String,
    /// Papers in order.
    pub papers: Vec<Paper>,
}

/// One paper of a dossier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paper {
    /// What it is, alternatives included.
    pub text: String,
    /// Whether it is handed in, only shown, or a remark.
    pub duty: Duty,
    /// Form number and its circular, if it is a form.
    pub form: String,
    /// Count in the record's words: `1 bản chính`; empty when not said.
    pub count: String,
}

/// What one does with a paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Nộp.
    #[default]
    Submit,
    /// Xuất trình.
    Show,
    /// A remark or condition, not a paper.
    Note,
}

/// One way to file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channel {
    /// Which way.
    pub kind: ChannelKind,
    /// Time with its unit as published: `3 ngày làm việc`; a time without a unit says so.
    pub time: String,
    /// Fee as published, in one figure or phrase.
    pub fee: String,
    /// Note on the fee, word for word; where it holds a price it beats `fee`.
    pub fee_note: String,
    /// What this way means: booking only, result delivery only, …
    pub note: String,
}

/// Ways to file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Trực tiếp.
    #[default]
    InPerson,
    /// Trực tuyến.
    Online,
    /// Dịch vụ bưu chính.
    Post,
}

/// A legal basis as the record gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Basis {
    /// Canonical number: `60/2014/QH13`.
    pub document: String,
    /// Place, if given: `điều 15`.
    pub at: String,
    /// Title for people: `Luật Hộ tịch`.
    pub title: String,
}

/// A change that Hà Nội's own rule makes to a national record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overlay {
    /// Which field: `fee`, `time`, `place`, `papers`.
    pub field: String,
    /// What to tell the person.
    pub text: String,
    /// The rule: `77/2025/NQ-HĐND`, with its place.
    pub basis: String,
    /// From when it applies.
    pub from: Option<Date>,
    /// First day on which it no longer applies.
    pub to: Option<Date>,
}

impl ChannelKind {
    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            ChannelKind::InPerson => "Trực tiếp",
            ChannelKind::Online => "Trực tuyến",
            ChannelKind::Post => "Qua bưu chính",
        }
    }
}

impl Procedure {
    /// What people call it: the short name, else the official one.
    pub fn short_name(&self) -> &str {
        if self.short.is_empty() { &self.name } else { &self.short }
    }
}

impl Overlay {
    /// Whether it applies on a day.
    pub fn applies(&self, on: Date) -> bool {
        self.from.is_none_or(|from| from <= on) && self.to.is_none_or(|to| on < to)
    }
}
