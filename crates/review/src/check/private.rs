//! Personal data and marks of secrecy in the draft: check 39.
//!
//! Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 điều 2: a name with what identifies or reaches its bearer.

use std::ops::Range;

use crate::case::{Case, Found};

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    for unit in case.draft.units() {
        let words = case.draft.words(&unit.span);
        let mut at = 0;
        while let Some((start, end)) = person(words, at) {
            at = end;
            let sentence = case.draft.sentence(unit.span.start + start);
            let to = sentence.end.min(unit.span.end).max(unit.span.start + end);
            let rest = case.draft.words(&(unit.span.start + end..to));
            if let Some(last) = identifier(rest) {
                let span = unit.span.start + start..unit.span.start + end + last;
                let law = case.rule(&["91/2025/QH15 điều 2"]);
                case.find(39, "person", span).against(law).put(found);
            }
        }
        // A number of identity alone is one's as well.
        for span in identity_numbers(words) {
            let span = unit.span.start + span.start..unit.span.start + span.end;
            if !found.has(&[39], &span) {
                let law = case.rule(&["91/2025/QH15 điều 2"]);
                case.find(39, "number", span).against(law).put(found);
            }
        }
    }
}

/// "ông Bùi Văn Tuyển": a title in small letters and a name of two capitals at least.
fn person(words: &str, from: usize) -> Option<(usize, usize)> {
    const TITLES: [&str; 8] = ["ông ", "bà ", "anh ", "chị ", "cô ", "cháu ", "em ", "đồng chí "];
    let lower = words.to_lowercase();
    if lower.len() != words.len() {
        return None;
    }
    let mut best: Option<(usize, usize)> = None;
    for title in TITLES {
        for (at, _) in lower[from..].match_indices(title) {
            let at = from + at;
            let alone = words[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            let start = at + title.len();
            let mut end = start;
            let mut count = 0;
            for word in words[start..].split(' ') {
                let plain = word.trim_end_matches(|c: char| !c.is_alphanumeric());
                let name = plain.starts_with(char::is_uppercase)
                    && plain.chars().all(char::is_alphabetic)
                    && plain.chars().count() > 1;
                if !name {
                    break;
                }
                count += 1;
                end = words[start..].find(word).map_or(end, |_| {
                    let offset = end + usize::from(end > start);
                    offset + plain.len()
                });
                if plain.len() < word.len() {
                    break;
                }
            }
            if alone && (2..=5).contains(&count) && best.is_none_or(|(there, _)| at < there) {
                best = Some((at, end.min(words.len())));
            }
        }
    }
    best
}

/// The end of the last identifier in the words after a name: identity, telephone, account, address with a number.
fn identifier(rest: &str) -> Option<usize> {
    let lower = rest.to_lowercase();
    let mut last = None;
    let mut digits = 0;
    let mut start = 0;
    for (at, c) in rest.char_indices().chain([(rest.len(), '\n')]) {
        match c {
            '0'..='9' => {
                if digits == 0 {
                    start = at;
                }
                digits += 1;
            }
            ' ' | '.' | '-'
                if digits > 0
                    && digits < 16
                    && rest[at + 1..].starts_with(|c: char| c.is_ascii_digit()) => {}
            _ => {
                let before = &lower.get(..start).unwrap_or_default();
                let told = [
                    "căn cước",
                    "cccd",
                    "cmnd",
                    "chứng minh",
                    "điện thoại",
                    "di động",
                    "đt",
                    "tài khoản",
                    "stk",
                    "số định danh",
                    "hộ chiếu",
                ]
                .iter()
                .any(|cue| before.contains(cue));
                let phone = digits == 10 && rest[start..].starts_with('0');
                if digits == 12
                    || digits == 9 && told
                    || phone
                    || (8..=16).contains(&digits) && told
                {
                    last = Some(at);
                }
                digits = 0;
            }
        }
    }
    last
}

/// Numbers of identity written without a name: "số căn cước 001…".
fn identity_numbers(words: &str) -> Vec<Range<usize>> {
    let lower = words.to_lowercase();
    if lower.len() != words.len() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for cue in ["căn cước", "cccd", "số định danh cá nhân", "chứng minh nhân dân"] {
        for (at, _) in lower.match_indices(cue) {
            let rest = &words[at + cue.len()..];
            let gap = rest.chars().take_while(|c| !c.is_ascii_digit()).count();
            let skip: usize = rest.chars().take(gap).map(char::len_utf8).sum();
            let digits = rest[skip..].bytes().take_while(u8::is_ascii_digit).count();
            if gap < 12 && (digits == 12 || digits == 9) {
                found.push(at..at + cue.len() + skip + digits);
            }
        }
    }
    found
}
