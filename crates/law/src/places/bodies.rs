//! Bodies and papers that are gone, named in a text as if they were there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::words::Words;
use super::{Body, Places};

impl Places {
    /// The bodies that a text names as if they were there, with the bytes of the longest name of each. What is
    /// said of the past does not count ("đã cấp trước ngày …", "cũ"), nor does the issuer of a document that
    /// is cited.
    pub fn gone(&self, text: &str) -> Vec<(&Body, Range<usize>)> {
        let words = Words::of(text);
        let mut found: BTreeMap<usize, Range<usize>> = BTreeMap::new();
        for at in 0..words.len() {
            for (body, phrase) in self.phrases.get(&words.folded[at]).into_iter().flatten() {
                if !words.are(at, phrase) || other_word(&words, at + phrase.len()) {
                    continue;
                }
                let span = words.span(at, at + phrase.len());
                let longer = found.get(body).is_none_or(|best| span.len() > best.len());
                if longer && !of_the_past(text, &span) && !issues(text, &span) {
                    found.insert(*body, span);
                }
            }
        }
        found.into_iter().map(|(body, span)| (&self.bodies[body], span)).collect()
    }
}

/// Whether the last word of a phrase is part of another one with the word after it, which only shows without
/// marks: "tòa án quận | su o dau" is "tòa án quân sự ở đâu".
fn other_word(words: &Words<'_>, end: usize) -> bool {
    const AFTER: [&str; 12] =
        ["su", "doi", "ly", "he", "nhan", "trong", "tri", "khu", "chung", "tam", "sat", "hai"];
    let last = end.checked_sub(1).map_or("", |at| words.folded[at].as_str());
    last == "quan"
        && !words.typed_is(end - 1, "quận")
        && words.folded.get(end).is_some_and(|next| AFTER.contains(&next.as_str()))
}

/// Whether a phrase stands in a clause about the past.
fn of_the_past(text: &str, span: &Range<usize>) -> bool {
    const MARKS: [&str; 5] = ["trước đây", "trước kia", "đã được cấp", "truoc day", "truoc kia"];
    let ends = ['.', ';', '\n'];
    let from = text[..span.start].rfind(ends).map_or(0, |at| at + 1);
    let to = text[span.end..].find(ends).map_or(text.len(), |at| span.end + at);
    let after = text[span.end..to].trim_start().to_lowercase();
    let old = ["cũ", "cu"].iter().any(|word| {
        after.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    let clause = text[from..to].to_lowercase();
    // "Trước ngày 25 hằng tháng" is a deadline, "trước ngày 01 tháng 7 năm 2025" the past.
    let before_day = ["trước ngày", "truoc ngay"].iter().any(|mark| {
        clause.find(mark).is_some_and(|at| {
            let rest = &clause[at..];
            let effect = ["hiệu lực", "hieu luc"].iter().any(|word| rest.contains(word));
            effect || !viet::dates(rest).is_empty()
        })
    });
    old || before_day || MARKS.iter().any(|mark| clause.contains(mark))
}

/// Whether a phrase names who issued a document: "Thông tư số 16/2010/TT-BGTVT ngày … của Bộ trưởng Bộ Giao
/// thông vận tải" stays true for ever.
fn issues(text: &str, span: &Range<usize>) -> bool {
    let before = text[..span.start].trim_end();
    let before = before.strip_suffix("Bộ trưởng").map_or(before, str::trim_end);
    let Some(cited) = before.strip_suffix("của") else { return false };
    // The number stands shortly before, in the same sentence.
    let near: String = cited.chars().rev().take(90).collect::<Vec<_>>().into_iter().rev().collect();
    let sentence = near.rsplit([';', '\n']).next().unwrap_or(&near);
    !crate::numbers(sentence).is_empty()
}
