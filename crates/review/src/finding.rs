//! What a review finds, and what it could not look at.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How much a finding weighs (draft classes after NĐ 79/2025/NĐ-CP; Q and C are ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    /// Unlawful.
    A,
    /// A question to the drafter: the ground lies outside the text.
    Q,
    /// To be corrected.
    B,
    /// Advice.
    C,
}

impl Severity {
    /// All, gravest first.
    pub const ALL: [Severity; 4] = [Severity::A, Severity::Q, Severity::B, Severity::C];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Severity::A => "có dấu hiệu trái pháp luật",
            Severity::Q => "hỏi cơ quan soạn thảo",
            Severity::B => "đề nghị sửa",
            Severity::C => "góp ý",
        }
    }
}

/// Who found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A rule: the same for everybody, every time.
    Rule,
    /// A likeness of words or a model: a suspicion.
    Model,
}

/// A place in the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// In words: `Quy chế, Điều 5 khoản 2`.
    pub place: String,
    /// The words of the draft, letter for letter.
    pub quote: String,
    /// Characters of the draft's text as typed: first, and one past the last.
    pub span: [usize; 2],
}

/// Words of the law that the draft is held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Against {
    /// Where: `60/2014/QH13 điều 15 khoản 1`.
    pub citation: String,
    /// Its title.
    pub title: String,
    /// Words of the library, letter for letter.
    pub quote: String,
    /// Its state on the day of the review, as on the wire: `in_force`, `ended`, …
    pub status: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The same for the same words under the same check, in every version of the draft.
    pub id: String,
    /// Number of the check, 1 to 40.
    pub check: u8,
    /// Which fault of the check: `symbol_year`.
    pub kind: String,
    /// Name of the check.
    pub name: String,
    /// How much it weighs.
    pub severity: Severity,
    /// Where.
    pub at: At,
    /// Other places with the same fault.
    pub also: Vec<At>,
    /// What it is held against; empty where the fault shows in the draft itself.
    pub against: Vec<Against>,
    /// What is wrong.
    pub why: String,
    /// What to write or do; empty where no rule gives it.
    pub suggestion: String,
    /// The rule that asks for it.
    pub rule: String,
    /// `source` if the rule was read at its source, `unverified` if the official gazette has still to be asked.
    pub mark: String,
    /// Rule or model.
    pub by: By,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing found.
    Passed,
    /// Nothing found by the part of it that a machine does; the rest has not been looked at.
    Partly,
    /// Something found.
    Failed,
    /// It looks at no words: it is a question to the drafter.
    Asked,
    /// The draft has nothing that it is about.
    NotApplicable,
    /// It could not be looked at here.
    NotPossible,
    /// A person switched it off.
    Off,
}

impl State {
    /// All, as a report counts them.
    pub const ALL: [State; 7] = [
        State::Failed,
        State::Passed,
        State::Partly,
        State::Asked,
        State::NotApplicable,
        State::NotPossible,
        State::Off,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            State::Passed => "đạt",
            State::Partly => "đạt ở phần máy xem được",
            State::Failed => "có phát hiện",
            State::Asked => "đã nêu câu hỏi",
            State::NotApplicable => "không áp dụng",
            State::NotPossible => "chưa làm được",
            State::Off => "tắt",
        }
    }
}

/// One check of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Number.
    pub check: u8,
    /// Name.
    pub name: String,
    /// What became of it.
    pub state: State,
    /// Findings.
    pub findings: usize,
    /// Why, where it was not looked at.
    pub reason: String,
}

/// What the draft says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its number, or what stands in its place.
    pub number: String,
    /// Kind (loại văn bản).
    pub kind: String,
    /// Issuer.
    pub issuer: String,
    /// Title (trích yếu).
    pub title: String,
    /// Date of signing.
    pub date: Option<Date>,
    /// First day in force.
    pub effective: Option<Date>,
}

/// A question to the drafter that no file answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The check that it belongs to.
    pub check: u8,
    /// The question.
    pub question: String,
    /// The rule that it comes from.
    pub rule: String,
}

/// A check that was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotChecked {
    /// Number of the check.
    pub check: u8,
    /// Why.
    pub reason: String,
}

/// All of a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The draft.
    pub document: Identity,
    /// The day whose law it was held against.
    pub on: Date,
    /// Gravest first, then in the order of the draft.
    pub findings: Vec<Finding>,
    /// Every check.
    pub checks: Vec<Checked>,
    /// Facts of the dossier that are asked for.
    pub questions: Vec<Asked>,
    /// What was not looked at.
    pub not_checked: Vec<NotChecked>,
    /// What the reader of the file and of the law could not make out.
    pub notes: Vec<String>,
}

/// A name for words under a check: FNV-1a over the words in plain form, so that a moved or re-typed line keeps it.
pub(crate) fn id(check: u8, kind: &str, quote: &str, nth: usize) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let words = viet::normalize(quote).to_lowercase();
    for byte in words.split_whitespace().flat_map(str::bytes).chain(kind.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let nth = if nth == 0 { String::new() } else { format!("-{nth}") };
    format!("{check}-{:08x}{nth}", hash >> 32 ^ hash & 0xffff_ffff)
}
