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
/// guide to the national portal: `000.00.01.H26-240101-0001`), with whatever people type between the three.
static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let between = r"[\s._/\-‐‑–—−]{1,3}";
    let unit = r"((?:[0-9]{1,4}\.)*[A-Z][0-9]{2}(?:\.[0-9]{1,4})*)";
    Regex::new(&format!(r"(?i)\b{unit}{between}([0-9]{{6}}){between}([0-9]{{3,6}})\b")).ok()
});

/// Figures that may be a telephone number or its end: all are kept from everybody.
static FIGURES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[0-9](?:[ .]?[0-9]){3,11}").ok());

/// A telephone number, or its last four figures.
static PROOF: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:0[0-9](?:[ .]?[0-9]){7,9}|[0-9]{4})\b").ok());

/// Where numbers of cases stand.
pub(crate) fn codes(text: &str) -> Vec<Range<usize>> {
    CODE.iter().flat_map(|code| code.find_iter(text)).map(|it| it.range()).collect()
}

/// A text in which other letters stand for the numbers of cases.
fn without_codes(text: &str) -> Option<String> {
    let codes = codes(text);
    let mut rest = text.to_owned();
    codes.iter().for_each(|code| rest.replace_range(code.clone(), &"x".repeat(code.len())));
    (!codes.is_empty()).then_some(rest)
}

/// Figures beside the number of a case; without one there are none.
pub(crate) fn figures(text: &str) -> Vec<Range<usize>> {
    let Some(rest) = without_codes(text) else { return Vec::new() };
    FIGURES.iter().flat_map(|it| it.find_iter(&rest)).map(|it| it.range()).collect()
}

/// The number of a case in a text, and what stands beside it as a proof, if that is beyond doubt.
fn told(text: &str) -> Case {
    let found = CODE.iter().find_map(|code| code.captures(text));
    let Some((_, [unit, day, number])) = found.map(|it| it.extract()) else {
        return Case::default();
    };
    let code = format!("{unit}-{day}-{number}").to_uppercase();
    let rest = without_codes(text).unwrap_or_default();
    let mut proofs: Vec<String> = PROOF
        .iter()
        .flat_map(|it| it.find_iter(&rest))
        .filter(|it| alone(&rest[..it.start()], &rest[it.end()..]))
        .filter_map(|it| {
            let figures: String = it.as_str().chars().filter(char::is_ascii_digit).collect();
            figures.get(figures.len().checked_sub(4)?..).map(str::to_owned)
        })
        .collect();
    proofs.dedup();
    let proof = if proofs.len() == 1 { proofs.pop() } else { None };
    Case { code: Some(code), proof }
}

/// Whether four figures are no part of a date, a year or the number of a document.
fn alone(before: &str, after: &str) -> bool {
    let joins = |letter: Option<char>| letter.is_some_and(|it| matches!(it, '/' | '-' | '–'));
    let year = viet::fold(before.trim_end()).to_lowercase().ends_with("nam");
    !year && !joins(before.chars().next_back()) && !joins(after.chars().next())
}

impl Assistant {
    /// The case that a message asks for, if it does. Who may be in danger, who attacks us or wants a person is heard as
    /// that first; what the law says of looking cases up is no case.
    pub fn case(&self, text: &str) -> Option<Case> {
        let text = viet::plain_forms(&viet::clean(text));
        let case = told(&text);
        let heard = self.phrases.hear(&text);
        if case.code.is_none() && (heard.any("my_case_not") || !heard.any("my_case")) {
            return None;
        }
        let guarded = self.guard(&[&text], false);
        let first = |it: guard::Settled| match it.route {
            Route::Emergency => true,
            Route::OutOfScope | Route::Greeting => false,
            // What only likelihoods say of a few words and a number is no certainty.
            _ => !it.weak,
        };
        (!guarded.caution && !guarded.settled.is_some_and(first)).then_some(case)
    }

    /// How somebody looks their case up themselves.
    pub fn case_guide(&self) -> Answer {
        let text = self.prompts.say("case_guide", &[]);
        Answer { text, ..self.blank(Route::Procedure, Verdict::Answered) }
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
            ("H26.10 261125 0001 5678", Some("H26.10-261125-0001"), Some("5678")),
            ("h26.10.261125.0001", Some("H26.10-261125-0001"), None),
            ("H26_261125_0001, 5678 4 số cuối", Some("H26-261125-0001"), Some("5678")),
            // What may be something else is no proof.
            ("H26.10-261125-0001 nộp từ tháng 10/2025", Some("H26.10-261125-0001"), None),
            ("H26.10-261125-0001 nộp năm 2025", Some("H26.10-261125-0001"), None),
            ("H26.10-261125-0001 Nghị định 123/2015", Some("H26.10-261125-0001"), None),
            ("H26.10-261125-0001 5678 hay 1234", Some("H26.10-261125-0001"), None),
            ("H26.10-261125-0001 ٥٦٧٨", Some("H26.10-261125-0001"), None),
            ("thủ tục 1.001193.000.00.00.H26", None, None),
            ("Nghị định 123/2015/NĐ-CP ngày 15-11-2015", None, None),
            ("biển số 29A-123.45", None, None),
        ] {
            let expect = Case { code: code.map(str::to_owned), proof: proof.map(str::to_owned) };
            assert_eq!(told(text), expect, "{text}");
        }
    }
}
