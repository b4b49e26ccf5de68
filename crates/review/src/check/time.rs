//! When the draft holds: checks 14 to 16.
//!
//! Luật 64/2025/QH15 điều 53 khoản 1: 45 days from adoption for central, 10 for local documents, sooner only by the
//! shortened procedure or in special cases; điều 55: effect backwards. NĐ 78/2025/NĐ-CP điều 67 khoản 2: day, month
//! and year are written out.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::case::{Case, Found};
use crate::check::basis::shown;
use crate::draft::{Draft, lines_in};

/// Own words of an effect clause, with the sentence that says when.
fn effect_clause(draft: &Draft) -> Option<(Range<usize>, &str)> {
    let cover = draft.articles_of(None).flat_map(|piece| [piece.line.clone(), piece.body.clone()]);
    let lines = cover.flat_map(|span| lines_in(draft.clean(), span));
    let mut best: Option<(Range<usize>, &str)> = None;
    for (span, line) in lines {
        if draft.is_quoted(span.start) {
            continue;
        }
        let lower = line.to_lowercase();
        let Some(at) = lower.find("hiệu lực").filter(|_| lower.len() == line.len()) else {
            continue;
        };
        // "Điều 5. Hiệu lực thi hành" is a heading; "hết hiệu lực" speaks of others.
        let before = lower[..at].trim_end();
        let own = ["này có", "có", "này"].iter().any(|end| before.ends_with(end))
            && [
                "nghị quyết này",
                "quyết định này",
                "thông tư này",
                "nghị định này",
                "luật này",
                "văn bản này",
                "nghị quyết có",
                "quyết định có",
                "thông tư có",
                "chỉ thị này",
            ]
            .iter()
            .any(|own| before.contains(own) || lower.starts_with(own));
        // "… trước ngày Nghị quyết này có hiệu lực …" tells of it in passing.
        let passing = [
            "ngày nghị quyết này có",
            "ngày quyết định này có",
            "ngày thông tư này có",
            "khi nghị quyết này có",
            "khi quyết định này có",
            "ngày nghị quyết có",
            "ngày quyết định có",
        ]
        .iter()
        .any(|cue| before.ends_with(cue));
        let start = lower
            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ' | '*' | '_'));
        let begins = [
            "nghị quyết",
            "quyết định",
            "thông tư",
            "nghị định",
            "luật này",
            "văn bản",
            "chỉ thị",
            "điều ",
        ]
        .iter()
        .any(|it| start.starts_with(it));
        if own
            && (begins || lower.contains("này có hiệu lực thi hành"))
            && !passing
            && best.is_none()
        {
            let end = lower[at..].find("./.").map_or(line.len(), |i| at + i);
            // "… có hiệu lực kể từ ngày ký và áp dụng từ ngày 01/01/2026": the second day is another matter.
            let applied = lower[at..end].find("áp dụng").map(|i| at + i);
            let end = applied
                .filter(|&end| signing(&lower[at..end]) || !viet::dates(&line[at..end]).is_empty())
                .unwrap_or(end);
            best = Some((span.start..span.start + end, &line[..end]));
        }
    }
    best
}

/// The first day in force, as the draft says it.
pub(crate) fn effective(draft: &Draft) -> Option<Date> {
    let (_, line) = effect_clause(draft)?;
    let lower = line.to_lowercase();
    let at = lower.find("hiệu lực")?;
    if signing(&lower) && viet::dates(line).is_empty() {
        return draft.signed();
    }
    let rest = line.get(at..)?;
    let (day, span) = viet::dates(rest).into_iter().next()?;
    let between = rest[..span.start].to_lowercase();
    // "… có hiệu lực từ ngày … và thay thế Quyết định … ngày …": only the first day right after counts.
    (between.chars().count() < 60 && (between.contains("từ") || between.contains("ngày"))
        || between.chars().count() < 25)
        .then_some(day)
}

/// "Kể từ ngày ký", "từ ngày thông qua"; not "sau 10 ngày kể từ ngày ký".
fn signing(lower: &str) -> bool {
    let said = ["ngày ký", "ngày thông qua", "ngày được thông qua", "kể từ ngày ban hành"];
    let at = said.iter().filter_map(|cue| lower.find(cue)).min();
    at.is_some_and(|at| !lower[..at].contains("sau "))
}

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    effect(case, found);
    detailing(case, found);
    backwards(case, found);
}

fn effect(case: &Case<'_>, found: &mut Found) {
    let days = case.issuer.days_to_effect();
    let Some((span, line)) = effect_clause(case.draft) else {
        // Where an article about it stands, or the last one.
        let about = case
            .draft
            .articles_of(None)
            .find(|piece| piece.heading.to_lowercase().contains("hiệu lực"));
        if let Some(piece) = about.or_else(|| case.draft.articles_of(None).last()) {
            let span = if piece.line.is_empty() { piece.body.clone() } else { piece.line.clone() };
            case.find(14, "none", span).put(found);
        }
        return;
    };
    let lower = line.to_lowercase();
    match case.effective {
        Some(day) => {
            let least = case.signed.checked_add(days.days()).unwrap_or(case.signed);
            let between = (day - case.signed).get_days();
            let new = |kind| {
                let new =
                    case.find(14, kind, span.clone()).value("days", between).value("least", days);
                new.value("effective", shown(day))
                    .value("signed", shown(case.signed))
                    .value("earliest", shown(least))
            };
            if case.draft.signed().is_none() {
                // Without a day of signing nothing can be counted.
            } else if day < case.signed {
                let new =
                    case.find(16, "before_issue", span.clone()).value("effective", shown(day));
                new.value("signed", shown(case.signed))
                    .against(case.rule(&["64/2025/QH15 điều 55"]))
                    .put(found);
            } else if day == case.signed {
                new("on_signing").put(found);
            } else if day < least {
                new("soon").put(found);
            }
        }
        None if signing(&lower) => {
            let new = case.find(14, "on_signing", span).value("days", 0).value("least", days);
            let least = case.signed.checked_add(days.days()).unwrap_or(case.signed);
            new.value("effective", "ngày ký")
                .value("earliest", shown(least))
                .value("signed", shown(case.signed))
                .put(found);
        }
        None => case.find(14, "no_date", span).put(found),
    }
}

/// A detailing text takes effect with what it details.
fn detailing(case: &Case<'_>, found: &mut Found) {
    let title =
        case.draft.head.title.clone().map_or("", |span| case.draft.words(&span)).to_lowercase();
    if !title.contains("quy định chi tiết") && !title.contains("hướng dẫn thi hành") {
        return found.not_applicable(&[15], "không phải văn bản quy định chi tiết");
    }
    let Some(effective) = case.effective else { return };
    for ground in &case.grounds {
        let Some(document) = ground.main.as_ref().and_then(|main| main.document) else { continue };
        let detailed = !document.title.is_empty() && title.contains(&document.title.to_lowercase());
        if let Some(from) = document.effective.filter(|from| detailed && *from > effective) {
            let new =
                case.find(15, "before_parent", ground.span.clone()).value("number", &document.id);
            new.value("from", shown(from)).value("effective", shown(effective)).put(found);
        }
    }
}

/// Words that lay the draft's rules upon what was done before it.
const CUES: [&str; 12] = [
    "áp dụng cả",
    "áp dụng đối với",
    "được áp dụng với",
    "áp dụng cho",
    "xem xét lại",
    "bị xem xét",
    "bị xử lý",
    "bị xử phạt",
    "truy thu",
    "phải nộp bổ sung",
    "hồi tố",
    "có giá trị áp dụng",
];

/// Words that leave what was before as it was.
const SPARED: [&str; 9] = [
    "tiếp tục",
    "theo quy định tại thời điểm",
    "theo quy định trước",
    "theo quy định của pháp luật tại thời điểm",
    "không phải",
    "đã bàn giao",
    "đã tiếp nhận trước",
    "có lợi hơn",
    "tại thời điểm thực hiện hành vi",
];

fn backwards(case: &Case<'_>, found: &mut Found) {
    for unit in case.draft.units() {
        for (line, _) in lines_in(case.draft.clean(), unit.span.clone()) {
            let mut at = line.start;
            while at < line.end {
                let sentence = case.draft.sentence(at);
                if sentence.end <= at {
                    break;
                }
                back(case, &sentence, found);
                at = sentence.end + 1;
            }
        }
    }
}

fn back(case: &Case<'_>, sentence: &Range<usize>, found: &mut Found) {
    let words = case.draft.words(sentence);
    let lower = words.to_lowercase();
    if case.draft.is_quoted(sentence.start)
        || case.draft.recipients.as_ref().is_some_and(|it| it.contains(&sentence.start))
    {
        return;
    }
    if !CUES.iter().any(|cue| lower.contains(cue)) || SPARED.iter().any(|cue| lower.contains(cue)) {
        return;
    }
    let Some(past) = past(case, words) else { return };
    // A sentence that gives more to people is no burden; whether it may reach back, the drafter says.
    let burden = ["bị ", "phải ", "xem xét", "xử lý", "phạt", "truy thu", "trách nhiệm"]
        .iter()
        .any(|cue| lower.contains(cue));
    let kind = if burden { "burden" } else { "reach" };
    let new = case
        .find(16, kind, sentence.clone())
        .value("past", past)
        .value("signed", shown(case.signed));
    new.against(case.rule(&["64/2025/QH15 điều 55", "87/2025/QH15 điều 1 khoản 21"])).put(found);
}

/// A time before the draft is signed that its rules are laid upon: a day, a year, or "before this comes into force".
fn past(case: &Case<'_>, words: &str) -> Option<String> {
    let numbers = law::numbers(words);
    for (day, span) in viet::dates(words) {
        let before: String = words[..span.start]
            .chars()
            .rev()
            .take(60)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let cited = numbers
            .iter()
            .any(|(_, number)| number.end <= span.start && span.start - number.end < 8);
        let from = ["từ", "trước", "trong", "đến", "kể từ"].iter().any(|cue| {
            let before = before.to_lowercase();
            before.trim_end().trim_end_matches("ngày").trim_end().ends_with(cue)
        });
        if day < case.signed && !cited && from {
            return Some(shown(day));
        }
    }
    let lower = words.to_lowercase();
    for (at, _) in lower.match_indices("năm ") {
        let year: String = lower[at + "năm ".len()..].chars().take(4).collect();
        let before = lower[..at].trim_end();
        let dated = before.ends_with(|c: char| c.is_ascii_digit());
        let within = ["trong", "từ", "của", "các"].iter().any(|cue| before.ends_with(cue));
        if let Ok(year) = year.parse::<i16>()
            && !dated
            && within
            && year < case.signed.year()
            && year > 1990
        {
            return Some(format!("năm {year}"));
        }
    }
    None
}
