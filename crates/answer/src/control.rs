//! What people decide over answers: what is switched off, what is said in place of an answer, what is never said, and
//! what is told beside. Plain data; who keeps the file and writes the audit log is not its business.

use jiff::Timestamp;
use jiff::civil::Date;
use law::{Citation, Library};
use serde::{Deserialize, Serialize};

use crate::assistant::Profile;
use crate::check::without_marks;
use crate::route::{holds, spaced};
use crate::sight::Sight;
use crate::steer::{self, Suspended};
use crate::words::whole;

/// Everything that people have decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// What is switched off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Off>,
    /// What is never said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<Forbidden>,
    /// What is told beside answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notice: Vec<Notice>,
    /// Answers written by people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub answer: Vec<Curated>,
}

/// What can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// All writing of models.
    Generation,
    /// Questions that hold a phrase, with marks or without.
    Topic,
    /// A procedure (thủ tục), by its code.
    Procedure,
    /// A document (văn bản), by its number.
    Document,
}

/// Something that is switched off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Off {
    /// What kind of thing.
    pub what: Matter,
    /// Which: a phrase, a code, a number; empty for generation.
    #[serde(default)]
    pub value: String,
    /// Why, in words for the public.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub since: Timestamp,
}

/// A phrase that is never said to anybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forbidden {
    /// Its words, with their marks; capitals do not count.
    pub phrase: String,
    /// Why, for colleagues.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub since: Timestamp,
}

/// A sentence told beside answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Its name.
    pub id: String,
    /// What is told.
    pub text: String,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Codes of procedures and numbers of documents whose answers it goes with; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
    /// Profiles that are told; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// Who decided.
    pub by: String,
    /// When.
    pub since: Timestamp,
}

/// An answer written by people, said in place of ours for as long as what it rests on stays as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curated {
    /// Its name.
    pub id: String,
    /// Wordings of the question.
    pub questions: Vec<String>,
    /// What is said.
    pub text: String,
    /// Profiles that are told; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// What it rests on.
    pub rests_on: Vec<Bond>,
    /// Who approved it.
    pub by: String,
    /// When.
    pub since: Timestamp,
}

/// A provision or procedure that a curated answer rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bond {
    /// Where.
    pub at: Citation,
    /// Fingerprint of its words when the answer was approved; see [`Control::fingerprint`].
    #[serde(default)]
    pub words: String,
}

impl Control {
    /// Why models write nothing at present, if so.
    pub fn silenced(&self) -> Option<&Off> {
        self.off.iter().find(|off| off.what == Matter::Generation)
    }

    /// Why a document or procedure is not to be shown, if so.
    pub fn hidden(&self, document: &str) -> Option<&Off> {
        let of = |off: &&Off| {
            matches!(off.what, Matter::Procedure | Matter::Document)
                && off.value.trim().eq_ignore_ascii_case(document)
        };
        self.off.iter().find(of)
    }

    /// Why nothing is said on what a message asks, if so; in any of its readings.
    pub(crate) fn closed_topic(&self, readings: &[&str]) -> Option<&Off> {
        let mut topics = self.off.iter().filter(|off| off.what == Matter::Topic);
        let asks = |topic: &str, text: &str| {
            // Marks count where both have them: "thuê nhà" is no "thuế".
            match viet::has_marks(topic) && viet::has_marks(text) {
                true => holds(&whole(text), whole(topic).trim()),
                false => holds(&spaced(text), spaced(topic).trim()),
            }
        };
        topics.find(|off| readings.iter().any(|text| asks(&off.value, text)))
    }

    /// The forbidden phrase that a text holds in whole words, if any; numbers of sources do not stand between.
    pub(crate) fn forbids(&self, text: &str) -> Option<&Forbidden> {
        if self.forbidden.is_empty() {
            return None;
        }
        let text = whole(&without_marks(text));
        self.forbidden.iter().find(|it| holds(&text, whole(&it.phrase).trim()))
    }

    /// What is told on a day beside an answer that rests on some documents.
    pub(crate) fn notices(&self, profile: &str, on: Date, documents: &[&str]) -> Vec<String> {
        let told = self.notice.iter().filter(|notice| {
            notice.from.is_none_or(|from| from <= on)
                && notice.until.is_none_or(|until| on <= until)
                && (notice.profiles.is_empty() || notice.profiles.iter().any(|it| it == profile))
                && (notice.about.is_empty()
                    || notice.about.iter().any(|it| documents.contains(&it.as_str())))
        });
        told.map(|notice| notice.text.trim().to_owned()).collect()
    }

    /// The fingerprint of a provision or of a procedure's record on a day, as a profile sees it: what [`Bond::words`]
    /// holds. `None` for what the library does not hold, and for a document as a whole.
    pub fn fingerprint(
        &self,
        library: &Library,
        profile: &Profile,
        at: &Citation,
        on: Date,
    ) -> Option<String> {
        steer::fingerprint(Sight::new(library, profile, self), at, on)
    }

    /// Why a curated answer is not given to a profile on a day; `None` if it is.
    pub fn suspended(
        &self,
        library: &Library,
        profile: &Profile,
        curated: &Curated,
        on: Date,
    ) -> Option<Suspended> {
        steer::suspended(Sight::new(library, profile, self), curated, on)
    }

    /// What is wrong with it, a line each: what cannot be meant by anybody who wrote it.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let notices = self.notice.iter().map(|it| ("notice", it.id.as_str()));
        let mut ids: Vec<(&str, &str)> = Vec::new();
        for named in notices.chain(self.answer.iter().map(|it| ("answer", it.id.as_str()))) {
            if named.1.trim().is_empty() {
                problems.push(format!("{}: the id is empty", named.0));
            } else if ids.contains(&named) {
                problems.push(format!("{} {:?}: another has this id", named.0, named.1));
            }
            ids.push(named);
        }
        for it in &self.off {
            let name = format!("off {:?} {:?}", it.what, it.value);
            if it.value.trim().is_empty() != (it.what == Matter::Generation) {
                problems.push(format!("{name}: names nothing, or generation with a value"));
            }
            if it.reason.trim().is_empty() {
                problems.push(format!("{name}: people are told the reason; it is empty"));
            }
        }
        for it in self.forbidden.iter().filter(|it| it.phrase.trim().is_empty()) {
            problems.push(format!("forbidden of {}: the phrase is empty", it.since));
        }
        for it in &self.notice {
            if it.text.trim().is_empty() {
                problems.push(format!("notice {:?}: the text is empty", it.id));
            }
        }
        for it in &self.answer {
            if it.questions.iter().all(|question| question.trim().is_empty()) {
                problems.push(format!("answer {:?}: no wording of the question", it.id));
            }
            if it.text.trim().is_empty() {
                problems.push(format!("answer {:?}: the text is empty", it.id));
            }
            if it.rests_on.is_empty() {
                problems.push(format!("answer {:?}: it rests on no provision or procedure", it.id));
            }
        }
        problems
    }
}
