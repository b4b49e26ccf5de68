//! Answers against what they must be.

use serde::{Deserialize, Serialize};

use crate::Scores;

/// What a right answer to a question holds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// Route, as on the wire.
    pub route: Option<String>,
    /// Verdict, as on the wire.
    pub verdict: Option<String>,
    /// Code of the card.
    pub code: Option<String>,
    /// Each must stand in text or card.
    pub holds: Vec<String>,
    /// None may stand in text or card.
    pub forbids: Vec<String>,
    /// A document that must be among the sources.
    pub cites: Option<String>,
}

/// What was answered, reduced to what is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Route.
    pub route: String,
    /// Verdict.
    pub verdict: String,
    /// Code of the card, or empty.
    pub code: String,
    /// Text and card.
    pub words: String,
    /// Documents of the sources.
    pub cited: Vec<String>,
}

/// A question whose answer is not right, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The question's id.
    pub id: String,
    /// What is missing or too much.
    pub why: Vec<String>,
}

/// The share of right answers, the share of refusals that carry sources (must be 0), and the failures.
pub fn answers(cases: &[(String, Expect, Given)]) -> (Scores, Vec<Failure>) {
    let mut failures = Vec::new();
    let mut sourced = 0;
    for (id, expect, given) in cases {
        let mut why = Vec::new();
        for (what, expected, is) in [
            ("route", &expect.route, &given.route),
            ("verdict", &expect.verdict, &given.verdict),
            ("code", &expect.code, &given.code),
        ] {
            if let Some(expected) = expected.as_ref().filter(|expected| *expected != is) {
                why.push(format!("{what} is {is:?}, not {expected:?}"));
            }
        }
        let words = squash(&given.words);
        why.extend(
            expect
                .holds
                .iter()
                .filter(|part| !words.contains(&squash(part)))
                .map(|part| format!("lacks {part:?}")),
        );
        why.extend(
            expect
                .forbids
                .iter()
                .filter(|part| words.contains(&squash(part)))
                .map(|part| format!("shows {part:?}")),
        );
        if let Some(document) =
            expect.cites.as_ref().filter(|document| !given.cited.contains(document))
        {
            why.push(format!("does not cite {document}"));
        }
        let refuses = given.verdict == "no_basis"
            || given.verdict == "out_of_scope"
            || given.verdict == "refused";
        if refuses && !given.cited.is_empty() {
            sourced += 1;
            why.push("a refusal carries sources".into());
        }
        if !why.is_empty() {
            failures.push(Failure { id: id.clone(), why });
        }
    }
    let n = cases.len().max(1) as f64;
    let scores = [
        ("n", cases.len() as f64),
        ("right", 1.0 - failures.len() as f64 / n),
        ("refusals without sources", 1.0 - f64::from(sourced) / n),
    ];
    (scores.map(|(name, value)| (name.to_owned(), value)).into(), failures)
}

fn squash(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_must_hold_all_and_show_nothing_forbidden() {
        let expect = Expect {
            code: Some("1.001193".into()),
            holds: vec!["60 ngày".into()],
            forbids: vec!["cấp huyện".into()],
            ..Expect::default()
        };
        let right =
            Given { code: "1.001193".into(), words: "trong  60\nngày".into(), ..Given::default() };
        let wrong =
            Given {
                code: "1.001193".into(), words: "UBND cấp huyện".into(), ..Given::default()
            };
        let refusal =
            Given { verdict: "no_basis".into(), cited: vec!["x".into()], ..Given::default() };
        let (scores, failures) = answers(&[
            ("a".into(), expect.clone(), right),
            ("b".into(), expect, wrong),
            ("c".into(), Expect::default(), refusal),
        ]);
        assert!((scores["right"] - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(failures[0].why, ["lacks \"60 ngày\"", "shows \"cấp huyện\""]);
        assert_eq!(failures[1].id, "c");
    }
}
