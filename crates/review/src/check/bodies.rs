//! Bodies, papers and levels that are gone: check 31; who carries out: check 37.
//!
//! Luật 72/2025/QH15 điều 51 khoản 3 (no district level from 01/7/2025), 1656/NQ-UBTVQH15; the table of bodies and
//! papers with their ends is data (`corpora/places/bodies.jsonl`).

use crate::case::{Case, Found};
use crate::check::basis::shown;
use crate::finding::Severity;

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    for unit in case.draft.units() {
        let words = case.draft.words(&unit.span);
        let zone = case.draft.recipients.as_ref();
        let end = zone
            .filter(|zone| unit.span.contains(&zone.start))
            .map_or(words.len(), |zone| zone.start - unit.span.start);
        let words = &words[..end];
        let mut spans: Vec<(std::ops::Range<usize>, &law::Body)> = Vec::new();
        for (body, span) in case.library.places().gone(words) {
            if body.ended.is_some_and(|ended| ended > case.day) {
                continue;
            }
            spans.push((span, body));
        }
        for span in of_district(words) {
            let level = case
                .library
                .places()
                .bodies()
                .iter()
                .find(|it| it.body.starts_with("Ủy ban nhân dân quận"));
            if let Some(level) = level.filter(|it| it.ended.is_none_or(|ended| ended <= case.day)) {
                spans.push((span, level));
            }
        }
        spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
        spans.dedup_by(|b, a| b.0.start < a.0.end);
        for (span, body) in spans {
            let at = unit.span.start + span.start;
            let sentence = case.draft.sentence(at);
            if history(case.draft.words(&sentence)) || takes_over(words, &span) {
                continue;
            }
            let end = named_place(words, span.end);
            let here = at..unit.span.start + end;
            let paper = is_paper(&body.body);
            let new =
                case.find(31, if paper { "paper" } else { "body" }, here).value("body", &body.body);
            let ended = body
                .ended
                .map_or_else(|| "trước đây".to_owned(), |day| format!("từ {}", shown(day)));
            let basis: Vec<&str> =
                body.basis.split(';').map(str::trim).filter(|it| !it.is_empty()).collect();
            new.value("ended", ended).value("now", &body.now).against(case.rule(&basis)).put(found);
        }
    }
    money(case, found);
}

/// Bodies of a level that is gone, whatever their names: "Công an huyện Đông Anh", "Thanh tra quận, huyện, thị xã".
fn of_district(words: &str) -> Vec<std::ops::Range<usize>> {
    const BODIES: [&str; 13] = [
        "ủy ban nhân dân",
        "uỷ ban nhân dân",
        "hội đồng nhân dân",
        "ubnd",
        "hđnd",
        "công an",
        "thanh tra",
        "phòng ",
        "chi cục",
        "bảo hiểm xã hội",
        "ban chỉ huy quân sự",
        "mặt trận tổ quốc",
        "trung tâm y tế",
    ];
    let lower = words.to_lowercase();
    if lower.len() != words.len() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for level in
        [" quận ", " quận,", " huyện ", " huyện,", " huyện.", " huyện;", " thị xã", " cấp huyện"]
    {
        for (at, _) in lower.match_indices(level) {
            // The name of the body stands right before, in the same phrase.
            let from = lower[..at].rfind([',', ';', '.', '\n', '(']).map_or(0, |i| i + 1);
            let Some((body, name)) = BODIES
                .iter()
                .filter_map(|it| lower[from..at].rfind(it).map(|i| (from + i, it)))
                .max()
            else {
                continue;
            };
            let between = lower[body + name.len()..at].split_whitespace().count();
            let most = if *name == "phòng " { 7 } else { 2 };
            let word_before =
                lower[..body].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            // "Công an thành phố", "phòng cháy": other things.
            let and = lower[body + name.len()..at].contains(" và ") && *name != "phòng ";
            if between <= most && word_before && !and {
                found.push(body..at + level.trim_end_matches([' ', ',', '.', ';']).len());
            }
        }
    }
    found
}

fn is_paper(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["sổ", "giấy", "chứng minh", "thẻ"].iter().any(|word| lower.starts_with(word))
}

/// Whether a sentence tells of the past, where old names are right.
fn history(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let day = lower.find("trước ngày").is_some_and(|at| {
        lower[at..].contains("hiệu lực") || !viet::dates(&lower[at..]).is_empty()
    });
    let marks = [
        "trước đây",
        "đã được cấp",
        "đã cấp",
        "đã ban hành",
        "đã tiếp nhận",
        "đã bàn giao",
        "trước khi sắp xếp",
        "cũ ",
        "do ủy ban nhân dân quận, huyện, thị xã tiếp nhận",
    ];
    day || marks.iter().any(|mark| lower.contains(mark))
}

/// "thay cụm từ “Ủy ban nhân dân cấp huyện” bằng …": the draft mends it.
fn takes_over(words: &str, span: &std::ops::Range<usize>) -> bool {
    let before = words[..span.start].to_lowercase();
    let quoted = before.trim_end().ends_with(['“', '"']);
    quoted && (before.contains("cụm từ") || before.contains("bỏ từ"))
}

/// The proper name that follows ("Ủy ban nhân dân quận Cầu Giấy"): capitals right behind.
fn named_place(words: &str, from: usize) -> usize {
    let mut end = from;
    for word in words[from..].split_inclusive(' ').scan(from, |at, word| {
        let start = *at;
        *at += word.len();
        Some((start, word))
    }) {
        let (start, text) = word;
        let trimmed = text.trim();
        if trimmed.is_empty() {
            continue;
        }
        let plain = trimmed.trim_end_matches([',', '.', ';', ')']);
        if plain.starts_with(char::is_uppercase) && plain.chars().skip(1).any(char::is_lowercase) {
            end = start + text.find(plain).unwrap_or(0) + plain.len();
            if plain.len() < trimmed.len() {
                break;
            }
        } else {
            break;
        }
    }
    end
}

/// Who carries it out and who pays, where the draft sets spending.
fn money(case: &Case<'_>, found: &mut Found) {
    let title =
        case.draft.head.title.clone().map_or("", |span| case.draft.words(&span)).to_lowercase();
    let spends = ["mức chi", "hỗ trợ", "phụ cấp", "trợ cấp", "trợ giúp", "chính sách"]
        .iter()
        .any(|cue| title.contains(cue));
    let amends = title.starts_with("sửa đổi") || title.starts_with("bãi bỏ");
    if !spends || amends {
        return found.not_applicable(&[37], "dự thảo không quy định chi hay hỗ trợ");
    }
    let text = case.draft.clean().to_lowercase();
    let source = ["kinh phí", "ngân sách", "nguồn chi"].iter().any(|cue| text.contains(cue));
    if !source && let Some(span) = case.draft.head.title.clone() {
        case.find(37, "money", span).severity(Severity::C).put(found);
    }
}
