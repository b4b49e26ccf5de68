//! Words: abbreviations that are nowhere written out (check 32), words that leave open who must do what (check 33).

use std::collections::BTreeMap;
use std::ops::Range;

use crate::case::{Case, Found};
use crate::draft::lines_in;

/// Short forms that everybody reads: units, technical names, marks of the form itself.
const COMMON: [&str; 40] = [
    "AI", "API", "ATM", "CNTT", "COVID", "CT", "DNA", "GDP", "GIS", "GPS", "HIV", "ID", "IP", "IT",
    "KT", "LPG", "OCOP", "PDF", "QR", "SMS", "STT", "TM", "TP", "TTLT", "TV", "UNESCO", "USB",
    "USD", "VAT", "VND", "VNĐ", "VNEID", "VT", "WEB", "AIDS", "ISO", "TCVN", "QCVN", "XML", "PC",
];

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    abbreviations(case, found);
    vague(case, found);
}

fn abbreviations(case: &Case<'_>, found: &mut Found) {
    let text = case.draft.clean();
    let mut seen: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    for unit in case.draft.units() {
        for (line, words) in lines_in(text, unit.span.clone()) {
            let letters = words.chars().filter(|c| c.is_alphabetic());
            let capitals = letters.clone().filter(|c| c.is_uppercase()).count();
            // A line in capitals is a title or a seal.
            if 2 * capitals > letters.count() && words.split_whitespace().count() > 2
                || case.draft.recipients.as_ref().is_some_and(|it| it.contains(&line.start))
            {
                continue;
            }
            for token in viet::syllables(words) {
                let word = token.text;
                let count = word.chars().count();
                let roman = word.chars().all(|c| "IVXLC".contains(c));
                let all = word.chars().all(|c| c.is_uppercase() && c.is_alphabetic());
                let before = words[..token.span.start].trim_end().chars().next_back();
                let after = words[token.span.end..].chars().next();
                let in_number = before
                    .is_some_and(|c| matches!(c, '/' | '-' | '.') || c.is_ascii_digit())
                    || after.is_some_and(|c| matches!(c, '/' | '-') || c.is_ascii_digit());
                if all
                    && !roman
                    && (2..=10).contains(&count)
                    && !in_number
                    && !COMMON.contains(&word)
                {
                    let span = line.start + token.span.start..line.start + token.span.end;
                    seen.entry(word.to_owned()).or_default().push(span);
                }
            }
        }
    }
    for (word, spans) in seen {
        if declared(text, &word) || vietnamese(&word, case) {
            continue;
        }
        let also = spans[1..].to_vec();
        case.find(32, "abbreviation", spans[0].clone()).value("word", &word).also(also).put(found);
    }
}

/// "(sau đây gọi tắt là CCTT)", "(viết tắt là CCTT)", "Cung cấp thông tin (CCTT)".
fn declared(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before: String =
            text[..at].chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
        let lower = before.to_lowercase();
        let cued = ["gọi là", "gọi tắt là", "gọi chung là", "viết tắt là", "viết tắt:", "gọi tắt:"]
            .iter()
            .any(|cue| lower.trim_end_matches(['“', '"', ' ']).ends_with(cue));
        cued || before.ends_with('(') && text[at + word.len()..].starts_with(')')
    })
}

/// A Vietnamese word in capitals for its own sake ("ĐỒNG", "VÀ"): one syllable with a vowel that texts use.
fn vietnamese(word: &str, case: &Case<'_>) -> bool {
    let lower = word.to_lowercase();
    let vowel = viet::fold(&lower).chars().any(|c| "aeiouy".contains(c));
    vowel
        && word.chars().count() <= 7
        && ["là", "và", "của", "các", "có", "được"]
            .iter()
            .any(|next| case.usage.pair(&lower, next) > 20)
}

/// Words that leave a duty or condition open, in the clauses that set one.
const VAGUE: [&str; 9] = [
    "các trường hợp khác",
    "trường hợp khác theo yêu cầu",
    "khi cần thiết",
    "các giấy tờ khác",
    "giấy tờ khác có liên quan",
    "trường hợp đặc biệt khác",
    "một số trường hợp",
    "theo yêu cầu thực tế",
    "trong thời gian sớm nhất",
];

fn vague(case: &Case<'_>, found: &mut Found) {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for unit in case.draft.units() {
        let words = case.draft.words(&unit.span);
        let lower = words.to_lowercase();
        if lower.len() != words.len() || case.draft.is_quoted(unit.span.start) {
            continue;
        }
        let sets = ["phải", "được", "trách nhiệm", "hồ sơ", "điều kiện", "bị "]
            .iter()
            .any(|cue| lower.contains(cue));
        if !sets {
            continue;
        }
        for cue in VAGUE {
            if let Some(at) = lower.find(cue) {
                spans.push(unit.span.start + at..unit.span.start + at + cue.len());
            }
        }
    }
    spans.sort_by_key(|span| span.start);
    if let Some(first) = spans.first().cloned() {
        case.find(33, "vague", first).also(spans[1..].to_vec()).put(found);
    }
}
