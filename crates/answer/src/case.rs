//! Whether somebody asks how far their own case (hồ sơ) is, and by which number. Pure.
//!
//! The number of a case is personal: [`crate::redact`] takes it out of everything that is searched, logged or stored,
//! and it is looked up by nobody but a [`Case`]'s reader.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::answer::{Answer, Route, Verdict};
use crate::assistant::Assistant;
use crate::guard;

/// What somebody tells about the case that they ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Its number: `H26.10-261125-0001`.
    pub code: Option<String>,
    /// The last four figures of the telephone number on file.
    pub proof: Option<String>,
}

/// Numbers of cases as the receiving system gives them: unit, day, running number (Nghị định 61/2018/NĐ-CP and the
/// guide to the national portal: `000.00.01.H26-240101-0001`).
static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:\d{1,4}\.)*[A-Z]\d{2}(?:\.\d{1,4})*\s?[-–]\s?\d{6}\s?[-–]\s?\d{3,6}\b")
        .ok()
});

/// Figures that belong together: a telephone number, its last four.
static FIGURES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d(?:[ .]?\d){3,11}").ok());

/// Where numbers of cases stand.
pub(crate) fn codes(text: &str) -> impl Iterator<Item = Range<usize>> {
    CODE.iter().flat_map(move |code| code.find_iter(text)).map(|it| it.range())
}

/// Figures beside the number of a case; without one there are none.
pub(crate) fn proofs(text: &str) -> Vec<Range<usize>> {
    let codes: Vec<Range<usize>> = codes(text).collect();
    if codes.is_empty() {
        return Vec::new();
    }
    // Its own figures are none of them.
    let mut rest = text.to_owned();
    codes.into_iter().for_each(|code| rest.replace_range(code.clone(), &"x".repeat(code.len())));
    FIGURES.iter().flat_map(|it| it.find_iter(&rest)).map(|it| it.range()).collect()
}

/// The number of a case in a text, and what stands beside it as a proof.
fn told(text: &str) -> Case {
    let Some(span) = codes(text).next() else { return Case::default() };
    let code: String = text[span].chars().filter(|c| !c.is_whitespace()).collect();
    let proof = proofs(text).pop().map(|run| {
        let figures: String = text[run].chars().filter(char::is_ascii_digit).collect();
        figures[figures.len() - 4..].to_owned()
    });
    Case { code: Some(code.replace('–', "-").to_uppercase()), proof }
}

impl Assistant {
    /// The case that a message asks for, if it does. What is an emergency, an attempt to misuse us or the wish for a
    /// person is that first.
    pub fn case(&self, text: &str) -> Option<Case> {
        let text = viet::plain_forms(&viet::clean(text));
        let case = told(&text);
        let asked = case.code.is_some() || self.phrases.hear(&text).any("my_case");
        let settled = || self.guard(&[&text], false).settled;
        // What only likelihoods say of a few words and a number is no certainty.
        let other = |it: guard::Settled| {
            !it.weak && !matches!(it.route, Route::OutOfScope | Route::Greeting)
        };
        (asked && !settled().is_some_and(other)).then_some(case)
    }

    /// Where somebody looks their case up themselves.
    pub fn case_guide(&self) -> Answer {
        Answer {
            reason: Some(self.prompts.say("case_guide", &[])),
            next: Some(self.prompts.say("case_guide_next", &[])),
            ..self.blank(Route::OutOfScope, Verdict::OutOfScope)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_known_by_its_number_and_proven_by_four_figures() {
        for (text, code, proof) in [
            ("H26.10-261125-0001", Some("H26.10-261125-0001"), None),
            (
                "hồ sơ 000.00.01.H26-240101-0001 5678",
                Some("000.00.01.H26-240101-0001"),
                Some("5678"),
            ),
            ("h26.10-261125-0001, sđt 0912 345 678", Some("H26.10-261125-0001"), Some("5678")),
            ("H26.10 – 261125 – 0001 4 số cuối 0912", Some("H26.10-261125-0001"), Some("0912")),
            (
                "số cuối 5678 của G22.99.4-250101-00123.",
                Some("G22.99.4-250101-00123"),
                Some("5678"),
            ),
            ("thủ tục 1.001193.000.00.00.H26", None, None),
            ("Nghị định 123/2015/NĐ-CP ngày 15-11-2015", None, None),
            ("biển số 29A-123.45", None, None),
        ] {
            let expect = Case { code: code.map(str::to_owned), proof: proof.map(str::to_owned) };
            assert_eq!(told(text), expect, "{text}");
        }
    }
}
