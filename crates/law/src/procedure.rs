//! An administrative procedure (thủ tục hành chính) as a record.
//!
//! The fields follow Nghị định 63/2010/NĐ-CP điều 8 as amended by 92/2017/NĐ-CP: name, steps,
//! manner, papers, time, subjects, authority, and where they exist form, result, conditions, fee.

mod doubts;
mod fee;
mod near;
mod overlay;
mod term;
mod topic;
mod warning;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use doubts::doubts;
pub use fee::{FREE, FeeKind, UNKNOWN_FEE};
pub use near::name_siblings;
pub use overlay::{Overlay, OverlayRule};
pub use term::{Term, Unit, terms};
pub use topic::{Topic, TopicOption};
pub use warning::{Warning, WarningKind};

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
    /// More of them that stand apart from the record, told by name or situation: `bị móc ví mất hết giấy tờ`.
    pub said: Vec<String>,
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
    /// Life events that lead to it.
    pub events: Vec<Event>,
    /// What a person must be told about this record (stale body, contradiction).
    pub warnings: Vec<Warning>,
    /// State of the data.
    pub as_of: Option<Date>,
    /// Where the facts come from.
    pub source: String,
    /// Which collection it belongs to (`--corpus`).
    pub corpus: String,
}

/// A life event (sự kiện trong đời) as a procedure sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Event {
    /// Its name: `Sinh con`.
    pub name: String,
    /// How people tell it: `mới sinh con`.
    pub said: Vec<String>,
    /// The procedure's place among those of the event, in the order of doing them, from 1.
    pub step: usize,
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

/// What a rule on a procedure must state to be complete: Nghị định 63/2010/NĐ-CP điều 8 khoản 2 as amended
/// by 92/2017/NĐ-CP. Form, result, conditions and fee are due only where they exist, which a record cannot
/// show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Tên.
    Name,
    /// Trình tự thực hiện.
    Steps,
    /// Cách thức thực hiện.
    Manner,
    /// Thành phần, số lượng hồ sơ.
    Papers,
    /// Thời hạn giải quyết.
    Time,
    /// Đối tượng thực hiện.
    Audience,
    /// Cơ quan giải quyết.
    Authority,
}

impl Due {
    /// Its name in the decree.
    pub fn label(self) -> &'static str {
        match self {
            Due::Name => "tên thủ tục",
            Due::Steps => "trình tự thực hiện",
            Due::Manner => "cách thức thực hiện",
            Due::Papers => "thành phần, số lượng hồ sơ",
            Due::Time => "thời hạn giải quyết",
            Due::Audience => "đối tượng thực hiện",
            Due::Authority => "cơ quan giải quyết",
        }
    }
}

impl Procedure {
    /// Whether an editor of ours wrote it: only such records say how people ask for them.
    pub fn own(&self) -> bool {
        !self.aliases.is_empty()
    }

    /// Parts that the record does not state.
    pub fn missing(&self) -> Vec<Due> {
        let papers = self.cases.iter().flat_map(|case| &case.papers);
        let stated = [
            (Due::Name, !self.name.is_empty()),
            (Due::Steps, !self.steps.is_empty()),
            (Due::Manner, !self.channels.is_empty()),
            (Due::Papers, papers.into_iter().any(|paper| paper.duty != Duty::Note)),
            (Due::Time, self.channels.iter().any(|channel| !channel.time.is_empty())),
            (Due::Audience, !self.audience.is_empty()),
            (Due::Authority, !self.authority.is_empty()),
        ];
        stated.into_iter().filter(|(_, stated)| !stated).map(|(due, _)| due).collect()
    }

    /// What people call it: the short name, else the official one.
    pub fn short_name(&self) -> &str {
        if self.short.is_empty() { &self.name } else { &self.short }
    }
}
/// What is written like the code of a procedure in a text, in order: `1.001193`.
///
/// ```
/// assert_eq!(law::codes("thủ tục 1.001193, phí 8.000").collect::<Vec<_>>(), ["1.001193"]);
/// ```
pub fn codes(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    parts
        .map(|part| part.trim_matches('.'))
        .filter(|part| part.len() == 8 && part.as_bytes()[1] == b'.')
}
