//! Questions that found no answer, put together by what they ask: whose turn it is, and what came of it. Closed with
//! what should answer them, so that it can be tried again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::chat::Chat;
use crate::error::Result;

/// A question that found no answer, without identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Its words.
    pub question: String,
    /// When it was asked.
    pub at: Timestamp,
    /// How its answer ended: `no_basis`, `refused`, `out_of_scope`.
    pub verdict: String,
}

/// What is kept of questions that belong together, once somebody has looked at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub id: Uuid,
    /// The question that the others are like.
    pub question: String,
    /// `open`, `taken`, `closed`.
    pub state: String,
    /// Who looks after it.
    pub owner: String,
    /// What came of it: of a closed one what should answer.
    pub note: String,
    /// When it was last changed.
    pub at: Timestamp,
}

/// States of a gap, in the order of work.
pub const GAP_STATES: [&str; 3] = ["open", "taken", "closed"];

/// Questions that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// What is kept of it.
    pub kept: Option<Kept>,
    /// The question that the others are like.
    pub question: String,
    /// All, the newest first.
    pub asked: Vec<Unanswered>,
    /// How many of the last seven days, and of the seven before.
    pub weeks: [usize; 2],
    /// How many for each way to end.
    pub verdicts: BTreeMap<String, usize>,
}

/// Two questions with so large a share of their telling syllables in common ask the same.
const ALIKE: f32 = 0.5;

/// Syllables that stand in any question.
const SILENT: &[&str] = &[
    "toi", "em", "anh", "chi", "minh", "ban", "a", "oi", "cho", "hoi", "xin", "muon", "can", "thi",
    "la", "va", "cua", "co", "khong", "duoc", "phai", "lam", "the", "nao", "gi", "o", "dau", "bao",
    "nhieu", "ve", "voi", "nhu", "da", "se", "giay", "to", "thu", "tuc", "ho", "so",
];

fn telling(question: &str) -> BTreeSet<String> {
    let folded = viet::fold(question);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
    let telling: BTreeSet<String> =
        words.clone().filter(|it| !SILENT.contains(it)).map(str::to_owned).collect();
    // A question of nothing but those is like its equals.
    if telling.is_empty() { words.map(str::to_owned).collect() } else { telling }
}

fn alike(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f32 {
    let both = one.intersection(other).count();
    let all = one.len() + other.len() - both;
    if all == 0 { 0.0 } else { both as f32 / all as f32 }
}

/// Puts questions together, those first that were asked most. What is kept and nobody asks any more is left out, unless
/// it is still open. Pure.
pub fn gaps(mut questions: Vec<Unanswered>, kept: Vec<Kept>, now: Timestamp) -> Vec<Gap> {
    questions.sort_by_key(|it| it.at);
    let gap = |kept: Option<Kept>, question: String| Gap {
        kept,
        question,
        asked: Vec::new(),
        weeks: [0; 2],
        verdicts: BTreeMap::new(),
    };
    let mut gaps: Vec<(BTreeSet<String>, Gap)> = kept
        .into_iter()
        .map(|it| (telling(&it.question), gap(Some(it.clone()), it.question)))
        .collect();
    for question in questions {
        let words = telling(&question.question);
        let near = gaps.iter().map(|(known, _)| alike(known, &words)).enumerate();
        let near =
            near.max_by(|one, other| one.1.total_cmp(&other.1)).filter(|(_, how)| *how >= ALIKE);
        let at = match near {
            Some((at, _)) => at,
            None => {
                gaps.push((words, gap(None, question.question.clone())));
                gaps.len() - 1
            }
        };
        let gap = &mut gaps[at].1;
        let days = now.duration_since(question.at).as_hours() / 24;
        match days {
            ..=6 => gap.weeks[0] += 1,
            7..=13 => gap.weeks[1] += 1,
            _ => {}
        }
        *gap.verdicts.entry(question.verdict.clone()).or_default() += 1;
        gap.asked.insert(0, question);
    }
    let mut gaps: Vec<Gap> = gaps.into_iter().map(|(_, gap)| gap).collect();
    gaps.retain(|it| {
        !it.asked.is_empty() || it.kept.as_ref().is_some_and(|kept| kept.state != "closed")
    });
    gaps.sort_by_key(|it| std::cmp::Reverse(it.asked.len()));
    gaps
}

impl Gap {
    /// Whether it was asked again after it was closed.
    pub fn again(&self) -> bool {
        let closed = self.kept.as_ref().filter(|it| it.state == "closed");
        closed.is_some_and(|kept| self.asked.first().is_some_and(|last| last.at > kept.at))
    }
}

impl Chat {
    /// What is kept of gaps.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn gaps(&self) -> Result<Vec<Kept>> {
        self.inner.store.gaps().await
    }

    /// Keeps whose turn it is with a gap and what came of it; a new one without a name.
    ///
    /// # Errors
    /// [`crate::Error::Gone`] for a state that is none; when it cannot be kept.
    pub async fn keep_gap(
        &self,
        id: Option<Uuid>,
        question: &str,
        state: &str,
        owner: &str,
        note: &str,
    ) -> Result<()> {
        if !GAP_STATES.contains(&state) {
            return Err(crate::Error::Gone);
        }
        let kept = Kept {
            id: id.unwrap_or_else(Uuid::new_v4),
            question: crate::without_identifiers(question),
            state: state.to_owned(),
            owner: owner.to_owned(),
            note: crate::without_identifiers(note),
            at: self.now(),
        };
        self.inner.store.keep_gap(&kept).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: &str, day: i64) -> Unanswered {
        let at = Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap();
        Unanswered { question: question.into(), at, verdict: "no_basis".into() }
    }

    #[test]
    fn what_asks_the_same_stands_together_however_it_is_typed() {
        let now = asked("", 20).at;
        let kept = |question: &str, state: &str, day| Kept {
            id: Uuid::nil(),
            question: question.into(),
            state: state.into(),
            owner: String::new(),
            note: String::new(),
            at: asked("", day).at,
        };
        let list = vec![
            asked("Xin cấp phép bay flycam ở đâu?", 2),
            asked("cap phep bay flycam", 10),
            asked("em muốn xin cấp phép bay flycam ạ", 19),
            asked("Nuôi hổ trong nhà cần giấy gì", 18),
        ];
        let all = gaps(list.clone(), vec![], now);
        let told: Vec<(&str, usize, [usize; 2])> =
            all.iter().map(|it| (it.question.as_str(), it.asked.len(), it.weeks)).collect();
        assert_eq!(
            told,
            [
                ("Xin cấp phép bay flycam ở đâu?", 3, [1, 1]),
                ("Nuôi hổ trong nhà cần giấy gì", 1, [1, 0])
            ]
        );
        assert_eq!(all[0].asked[0].question, "em muốn xin cấp phép bay flycam ạ");
        // A closed one that is asked again says so; one that nobody asks is gone, unless it is still open.
        let known = vec![
            kept("bay flycam xin phep", "closed", 15),
            kept("lắp thang máy", "open", 1),
            kept("xây hầm", "closed", 1),
        ];
        let all = gaps(list, known, now);
        assert_eq!(all.len(), 3);
        assert!(all[0].again() && !all[1].again());
        assert_eq!((all[2].question.as_str(), all[2].asked.len()), ("lắp thang máy", 0));
    }
}
