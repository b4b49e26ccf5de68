//! How good we are, and what got worse. Pure: labels and results in, scores out.
//!
//! [`retrieval`] scores ranked hits against labelled questions, [`answers`] holds answers to what
//! they must name and must not, [`review()`] holds findings on drafts to planted faults, [`in_order`] and [`characters`] hold what was read of a file to what it
//! should hold, [`worse`] compares with a baseline.
//!
//! Not here: running the questions (`server`).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answers;
pub mod fit;
mod reading;
mod retrieval;
mod review;
pub mod trees;

use std::collections::BTreeMap;

pub use answers::{
    Any, Case, Cited, Expect, Fact, Failure, Given, Offered, Outcome, Risk, Unless, answers, judge,
    risks,
};
pub use reading::{characters, headings, in_order};
pub use retrieval::{Gold, Ranked, retrieval};
pub use review::{Allowed, Hows, LabelledDraft, Made, Planted, Slip, review};

/// Figures by name, each between 0 and 1, higher is better; `n` counts questions.
pub type Scores = BTreeMap<String, f64>;

/// What is more than `tolerance` below the baseline, in sentences. A figure that is gone is worse.
pub fn worse(baseline: &Scores, now: &Scores, tolerance: f64) -> Vec<String> {
    baseline
        .iter()
        .filter(|(name, _)| name.as_str() != "n")
        .filter_map(|(name, before)| match now.get(name) {
            Some(value) if *value >= before - tolerance => None,
            Some(value) => Some(format!("{name} fell from {before:.4} to {value:.4}")),
            None => Some(format!("{name} was {before:.4} and is not measured now")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_fell_is_worse() {
        let scores = |list: &[(&str, f64)]| {
            list.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect::<Scores>()
        };
        let before = scores(&[("n", 9.0), ("R@10", 0.9), ("MRR@10", 0.8), ("H@1", 0.5)]);
        let now = scores(&[("n", 3.0), ("R@10", 0.85), ("MRR@10", 0.799)]);
        assert_eq!(
            worse(&before, &now, 0.005),
            ["H@1 was 0.5000 and is not measured now", "R@10 fell from 0.9000 to 0.8500"]
        );
    }
}
