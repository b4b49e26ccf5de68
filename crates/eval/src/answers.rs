//! Answers against what they must be: right, refused, or wrong, which weighs most.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Scores;

/// One or several, as people write labels.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Any {
    /// One.
    One(String),
    /// Any of several.
    Of(Vec<String>),
}

impl Any {
    fn all(&self) -> &[String] {
        match self {
            Any::One(one) => std::slice::from_ref(one),
            Any::Of(several) => several,
        }
    }
}

/// What a right answer to a question holds. What is not said may be anything.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Expect {
    /// Routes, as on the wire; any.
    pub route: Option<Any>,
    /// Verdicts, as on the wire; any.
    pub verdict: Option<Any>,
    /// Codes of the card; any.
    pub code: Option<Any>,
    /// Codes that the card must not have.
    pub must_not_code: Vec<String>,
    /// Of each, one must stand in text, card or sources.
    pub holds: Vec<Any>,
    /// The same, with what they are facts of.
    pub facts: Vec<Fact>,
    /// None may stand in text or card.
    #[serde(alias = "forbid")]
    pub forbids: Vec<String>,
    /// None may stand in text or card without one of some words beside it.
    pub forbid_unless: Vec<Unless>,
    /// A document that must be among the sources.
    pub cites: Option<String>,
    /// Provisions that must be among the sources.
    pub citations: Vec<Cited>,
    /// Procedures that must be offered.
    pub options: Option<Offered>,
}

/// A fact that an answer must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Fact {
    /// Any of these.
    pub any_of: Vec<String>,
}

/// Words that are right only beside others.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Unless {
    /// The words.
    pub text: String,
    /// Any of these must stand in the answer too.
    pub unless: Vec<String>,
}

/// A provision among the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Cited {
    /// Number of its document.
    pub doc: String,
    /// Its article (điều); none for the document as a whole.
    #[serde(default)]
    pub article: Option<String>,
}

/// Procedures that must be offered.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Offered {
    /// Codes.
    pub codes: Vec<String>,
    /// How many of them at least.
    pub min: usize,
}

/// A question with what is expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// Its kind: `fees`, `situation`; empty for none.
    pub kind: String,
    /// What a right answer holds.
    pub expect: Expect,
    /// What was answered.
    pub given: Given,
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
    /// Quotations of the sources.
    pub quotes: String,
    /// Sources.
    pub cited: Vec<Cited>,
    /// Values of the choices that are offered.
    pub options: Vec<String>,
    /// How sure the choice was, 0 to 1; `None` where nothing was weighed.
    pub certainty: Option<f32>,
}

impl Given {
    /// Whether it says that there is no answer, or asks back.
    fn refuses(&self) -> bool {
        matches!(self.verdict.as_str(), "no_basis" | "out_of_scope" | "refused" | "ask_back")
    }
}

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As expected.
    Right,
    /// Not answered, though an answer was expected: costs a second question.
    Refused,
    /// Answered otherwise than expected: somebody may act on it.
    Wrong,
}

/// A question whose answer is not right, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The question's id.
    pub id: String,
    /// Refused or wrong.
    pub outcome: Outcome,
    /// What is missing or too much.
    pub why: Vec<String>,
}

/// How a question was answered, and what is missing or too much.
pub fn judge(expect: &Expect, given: &Given) -> (Outcome, Vec<String>) {
    let mut why = Vec::new();
    for (what, expected, is) in [
        ("route", &expect.route, &given.route),
        ("verdict", &expect.verdict, &given.verdict),
        ("code", &expect.code, &given.code),
    ] {
        let Some(expected) = expected.as_ref().map(Any::all).filter(|it| !it.is_empty()) else {
            continue;
        };
        // Who asks back must offer what is right.
        let offers = what == "code"
            && given.verdict == "ask_back"
            && given.options.iter().any(|code| expected.contains(code));
        if !expected.contains(is) && !offers {
            why.push(format!("{what} is {is:?}, not {}", expected.join(" or ")));
        }
    }
    let shown = squash(&given.words);
    let all = format!("{shown} {}", squash(&given.quotes));
    let facts = expect.facts.iter().map(|fact| fact.any_of.as_slice());
    for any in expect.holds.iter().map(Any::all).chain(facts) {
        let answers = given.verdict != "ask_back";
        if answers && !any.iter().any(|part| all.contains(&squash(part))) {
            why.push(format!("lacks {}", any.join(" or ")));
        }
    }
    let unless = expect
        .forbid_unless
        .iter()
        .filter(|it| !it.unless.iter().any(|word| all.contains(&squash(word))));
    let forbidden: Vec<&String> = expect.forbids.iter().chain(unless.map(|it| &it.text)).collect();
    let shows = forbidden.into_iter().filter(|part| shown.contains(&squash(part)));
    let mut harm: Vec<String> = shows.map(|part| format!("shows {part:?}")).collect();
    if expect.must_not_code.contains(&given.code) {
        harm.push(format!("shows {}", given.code));
    }
    let cites = expect.cites.iter().map(|doc| Cited { doc: doc.clone(), article: None });
    for at in expect.citations.iter().cloned().chain(cites) {
        let same =
            |it: &Cited| it.doc == at.doc && (at.article.is_none() || it.article == at.article);
        if !given.cited.iter().any(same) {
            let article = at.article.map(|it| format!(" điều {it}")).unwrap_or_default();
            why.push(format!("does not cite {}{article}", at.doc));
        }
    }
    if let Some(offered) = &expect.options {
        let found = offered.codes.iter().filter(|code| given.options.contains(code)).count();
        if found < offered.min {
            why.push(format!("offers {found} of at least {}", offered.min));
        }
    }
    let refuses = given.refuses();
    if refuses && given.verdict != "ask_back" && !given.cited.is_empty() {
        harm.push("a refusal carries sources".into());
    }
    let outcome = match (harm.is_empty(), why.is_empty(), refuses) {
        (true, true, _) => Outcome::Right,
        (true, false, true) => Outcome::Refused,
        _ => Outcome::Wrong,
    };
    why.extend(harm);
    (outcome, why)
}

/// Shares of right answers, of those that are not wrong, and of refusals without sources, over all and by kind; and
/// what failed.
pub fn answers(cases: &[Case]) -> (Scores, Vec<Failure>) {
    let mut failures = Vec::new();
    let mut counts: BTreeMap<String, (f64, f64, f64)> = BTreeMap::new();
    let mut sourced = 0.0;
    for Case { id, kind, expect, given } in cases {
        let (outcome, why) = judge(expect, given);
        for name in ["", kind.as_str()].into_iter().take(if kind.is_empty() { 1 } else { 2 }) {
            let count = counts.entry(name.to_owned()).or_default();
            count.0 += 1.0;
            count.1 += f64::from(u8::from(outcome == Outcome::Right));
            count.2 += f64::from(u8::from(outcome != Outcome::Wrong));
        }
        if given.refuses() && given.verdict != "ask_back" && !given.cited.is_empty() {
            sourced += 1.0;
        }
        if outcome != Outcome::Right {
            failures.push(Failure { id: id.clone(), outcome, why });
        }
    }
    let n = cases.len() as f64;
    let mut scores = Scores::from([
        ("n".to_owned(), n),
        ("refusals without sources".to_owned(), 1.0 - sourced / n.max(1.0)),
    ]);
    for (kind, (of, right, harmless)) in counts {
        let name =
            |what: &str| if kind.is_empty() { what.to_owned() } else { format!("{what}, {kind}") };
        scores.insert(name("right"), right / of);
        scores.insert(name("not wrong"), harmless / of);
    }
    (scores, failures)
}

/// What would be answered, and how much of it wrongly, if only choices of some certainty were answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Risk {
    /// Least certainty that is answered.
    pub certainty: f32,
    /// Share of the questions with a weighed choice that are answered.
    pub coverage: f64,
    /// Share of wrong answers among those.
    pub risk: f64,
}

/// Risk and coverage at each certainty that occurs, from the least.
pub fn risks(cases: &[Case]) -> Vec<Risk> {
    let answered = cases.iter().filter(|case| !case.given.refuses()).filter_map(|case| {
        let wrong = judge(&case.expect, &case.given).0 == Outcome::Wrong;
        Some((case.given.certainty?, wrong))
    });
    let mut answered: Vec<(f32, bool)> = answered.collect();
    answered.sort_by(|a, b| a.0.total_cmp(&b.0));
    let weighed = cases.iter().filter(|case| case.given.certainty.is_some()).count() as f64;
    let mut risks: Vec<Risk> = (0..answered.len())
        .map(|from| {
            let kept = &answered[from..];
            let wrong = kept.iter().filter(|(_, wrong)| *wrong).count() as f64;
            let (of, certainty) = (kept.len() as f64, kept[0].0);
            Risk { certainty, coverage: of / weighed, risk: wrong / of }
        })
        .collect();
    risks.dedup_by_key(|risk| risk.certainty);
    risks
}

/// A text as it is compared: small letters, single blanks, one way of writing numbers and money: "50,000 Việt Nam
/// Đồng" is "50.000 đồng", "03 ngày" is "3 ngày".
fn squash(text: &str) -> String {
    let words = text.to_lowercase();
    let plain = words.split_whitespace().map(|word| {
        let number = word.starts_with(|c: char| c.is_ascii_digit());
        let word = if number { word.replace(',', ".") } else { word.to_owned() };
        let figures = word.bytes().all(|c| c.is_ascii_digit());
        match word.trim_start_matches('0') {
            short if figures && !short.is_empty() => short.to_owned(),
            _ => word,
        }
    });
    let text = plain.collect::<Vec<_>>().join(" ");
    text.replace("việt nam đồng", "đồng").replace("vnđ", "đồng").replace("vnd", "đồng")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(verdict: &str, code: &str, words: &str) -> Given {
        let (verdict, code, words) = (verdict.to_owned(), code.to_owned(), words.to_owned());
        Given { verdict, code, words, certainty: Some(0.5), ..Given::default() }
    }

    #[test]
    fn wrong_is_counted_apart_from_refused() {
        let expect: Expect = serde_json::from_str(
            r#"{"code": ["1.001193"], "holds": ["60 ngày", ["a", "b"]], "forbid": ["cấp huyện"],
                "forbid_unless": [{"text": "115.000", "unless": ["31/12/2025"]}]}"#,
        )
        .unwrap();
        for (answer, outcome, why) in [
            (given("answered", "1.001193", "trong  060\nngày b"), Outcome::Right, vec![]),
            (
                given("answered", "1.001193", "60 ngày a UBND cấp huyện"),
                Outcome::Wrong,
                vec!["shows \"cấp huyện\""],
            ),
            (
                given("answered", "1.001193", "60 ngày a, 115.000"),
                Outcome::Wrong,
                vec!["shows \"115.000\""],
            ),
            (
                given("answered", "1.001193", "60 ngày a, 115.000 đến 31/12/2025"),
                Outcome::Right,
                vec![],
            ),
            (
                given("no_basis", "", "a 60 ngày"),
                Outcome::Refused,
                vec!["code is \"\", not 1.001193"],
            ),
        ] {
            let (is, because) = judge(&expect, &answer);
            assert_eq!((is, because), (outcome, why.iter().map(|it| (*it).to_owned()).collect()));
        }
        let refusal = Given {
            verdict: "no_basis".into(),
            cited: vec![Cited { doc: "x".into(), article: None }],
            ..Given::default()
        };
        assert_eq!(judge(&Expect::default(), &refusal).0, Outcome::Wrong);
    }

    #[test]
    fn shares_are_told_by_kind_and_risk_by_certainty() {
        let code = |code: &str| Expect { code: Some(Any::One(code.into())), ..Expect::default() };
        let case = |id: &str, expect: &str, is: &str, certainty: f32| Case {
            id: id.into(),
            kind: "fees".into(),
            expect: code(expect),
            given: Given { certainty: Some(certainty), ..given("answered", is, "") },
        };
        let cases = [case("a", "1", "1", 0.9), case("b", "1", "2", 0.2), case("c", "3", "3", 0.6)];
        let (scores, failures) = answers(&cases);
        assert!((scores["right, fees"] - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!((failures.len(), failures[0].outcome), (1, Outcome::Wrong));
        let risks = risks(&cases);
        assert_eq!(risks.len(), 3);
        assert!((risks[0].risk - 1.0 / 3.0).abs() < 1e-9 && risks[1].risk == 0.0);
        assert!((risks[1].coverage - 2.0 / 3.0).abs() < 1e-9);
    }
}
