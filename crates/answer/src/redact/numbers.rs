//! Numbers that have an owner, by their structure and the words before them.

use std::ops::Range;

use super::Secret;
use crate::words::tail;

/// Figures with at most two separators between them: bytes and the figures as ASCII.
fn figures(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<(Range<usize>, String)> = Vec::new();
    let mut current: Option<(usize, usize, String)> = None;
    let mut gap = 0;
    for (at, letter) in text.char_indices() {
        if let Some(figure) = figure(letter) {
            let end = at + letter.len_utf8();
            match &mut current {
                Some((_, last, run)) if gap <= 2 => {
                    run.push(figure);
                    *last = end;
                }
                _ => {
                    if let Some((start, end, run)) = current.take() {
                        found.push((start..end, run));
                    }
                    current = Some((at, end, figure.to_string()));
                }
            }
            gap = 0;
        } else if current.is_some() {
            let separates = matches!(letter, ' ' | '.' | '-' | '(' | ')' | '\u{a0}' | '–' | '·')
                || !letter.is_alphanumeric() && !letter.is_ascii();
            gap = match letter {
                // A number may go on in the next line, but a list's next item is another one.
                '\n' if gap == 0 => 2,
                _ if separates => gap + 1,
                _ => 9,
            };
        }
    }
    if let Some((start, end, run)) = current {
        found.push((start..end, run));
    }
    found
}

/// Full-width figures count.
pub(super) fn figure(letter: char) -> Option<char> {
    match letter {
        '0'..='9' => Some(letter),
        '０'..='９' => char::from_u32(u32::from(letter) - 0xff10 + u32::from('0')),
        _ => None,
    }
}

/// Words that announce a number, folded, and what it is.
const ANNOUNCED: &[(&str, Secret)] = &[
    ("cccd", Secret::Identity),
    ("can cuoc", Secret::Identity),
    ("cmnd", Secret::Identity),
    ("cmt", Secret::Identity),
    ("chung minh", Secret::Identity),
    ("so dinh danh", Secret::Identity),
    ("dinh danh ca nhan", Secret::Identity),
    ("ma so thue", Secret::Tax),
    ("mst", Secret::Tax),
    ("stk", Secret::Account),
    ("tai khoan", Secret::Account),
    ("so the", Secret::Account),
    ("bhxh", Secret::Insurance),
    ("bhyt", Secret::Insurance),
    ("bao hiem", Secret::Insurance),
    ("ho chieu", Secret::Passport),
    ("passport", Secret::Passport),
    ("chung sinh", Secret::Number),
    ("so seri", Secret::Number),
    ("so so", Secret::Number),
    ("otp", Secret::Password),
    ("ma xac thuc", Secret::Password),
    ("ma xac nhan", Secret::Password),
    ("sdt", Secret::Phone),
    ("dien thoai", Secret::Phone),
    ("dt", Secret::Phone),
    ("zalo", Secret::Phone),
];

/// Place codes of the personal number (Thông tư 07/2016/TT-BCA điều 7): kept for numbers issued before the
/// mergers of 2025.
const PLACES: &[u16] = &[
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37,
    38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77,
    79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
];

pub(super) fn runs(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
    for (span, run) in figures(text) {
        let before = &text[..span.start];
        let announced = announced(before);
        let public = match announced {
            Some(_) => is_sum_or_date(text, &span, &run) || is_line(&run),
            None => is_public(text, &span, &run),
        };
        if public || is_code(&text[span.clone()], &run) {
            continue;
        }
        let letter = before.chars().next_back().filter(|letter| letter.is_ascii_alphabetic());
        let alone =
            !before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || "/,.".contains(c));
        let secret = match (announced, run.len()) {
            (Some(secret), 6..) => Some(secret),
            (Some(Secret::Password), 4..) => Some(Secret::Password),
            (_, 12) if alone && (personal(&run) || phone(&run).is_none()) => Some(Secret::Identity),
            (_, 13..=19) if luhn(&run) && alone => Some(Secret::Account),
            (_, 10..=12) if phone(&run).is_some() => Some(Secret::Phone),
            (_, 10 | 13) if tax(&run) && alone => Some(Secret::Tax),
            (_, 7 | 8) if letter.is_some() => Some(Secret::Passport),
            (_, 10..=15) if before.ends_with(|c: char| c.is_ascii_uppercase()) => {
                Some(Secret::Insurance)
            }
            (_, 9 | 13..=19) if alone => Some(Secret::Identity),
            _ => None,
        };
        let Some(secret) = secret else { continue };
        // The letters that a passport or insurance number begins with belong to it, and so does "+".
        let letters = before.chars().rev().take(2).take_while(char::is_ascii_uppercase).count();
        let plus = usize::from(before.ends_with('+'));
        let start = span.start - if letter.is_some() { letters.max(1) } else { plus };
        found.push((start..span.end, secret));
    }
}

/// What the words before a number say that it is; the nearest within some twenty letters counts.
fn announced(before: &str) -> Option<Secret> {
    let sentence = tail(before, 24).rsplit([';', '?', '!', ',']).next().unwrap_or_default();
    let folded = format!(" {} ", viet::fold(sentence).replace([':', '.', '-', '=', '#'], " "));
    let words = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = format!(" {words} ");
    ANNOUNCED
        .iter()
        .filter_map(|(word, secret)| words.rfind(&format!(" {word} ")).map(|at| (at, *secret)))
        .max_by_key(|(at, _)| *at)
        .map(|(_, secret)| secret)
}

/// "1.001193", the code of a procedure, alone or with the parts that a full code has after it.
pub(super) fn is_code(written: &str, run: &str) -> bool {
    let written = written.as_bytes();
    let alone = written.get(8).is_none_or(|next| !next.is_ascii_digit());
    written.len() >= 8 && written[1] == b'.' && run.len() >= 7 && alone
}

/// Numbers that belong to nobody: documents, dates, sums, public lines.
fn is_public(text: &str, span: &Range<usize>, run: &str) -> bool {
    let written = &text[span.clone()];
    let grouped = is_grouped(written, run);
    is_line(run)
        || text[span.end..].trim_start().starts_with('/')
        || text[..span.start].ends_with('/')
        || run.len() < 6
        || grouped && run.len() < 12
        || is_sum_or_date(text, span, run)
}

/// A public line: "1900 6368".
fn is_line(run: &str) -> bool {
    matches!(run.len(), 8 | 10) && (run.starts_with("1900") || run.starts_with("1800"))
}

/// "14.000.000": groups of three.
fn is_grouped(written: &str, run: &str) -> bool {
    let groups: Vec<&str> = written.split(['.', ' ']).collect();
    groups.len() > 1 && groups[1..].iter().all(|group| group.len() == 3) && !run.starts_with('0')
}

/// What follows a sum, folded.
const UNITS: &[&str] =
    &["d", "vnd", "usd", "trieu", "nghin", "ngan", "dong", "ty", "m2", "%", "met", "tr", "k"];

/// A sum with its unit, or a date: public whatever is said before it.
fn is_sum_or_date(text: &str, span: &Range<usize>, run: &str) -> bool {
    let after: String = text[span.end..].trim_start().chars().take(8).collect();
    let after = viet::fold(&after);
    let unit = |unit: &&&str| {
        let rest = after.strip_prefix(**unit);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let sum = !run.starts_with('0') && UNITS.iter().any(|it| unit(&it));
    let parts: Vec<&str> = text[span.clone()].split(['-', '.', '/']).collect();
    let date = match parts.as_slice() {
        [day, month, year] => {
            let up_to =
                |part: &str, most: u32| part.parse().is_ok_and(|it| (1..=most).contains(&it));
            up_to(day, 31) && up_to(month, 12) && year.len() == 4 && up_to(year, 2200)
        }
        // "2010-2020".
        [from, to] => is_year(from) && is_year(to),
        _ => false,
    };
    // No personal number is a round one in groups.
    let round = is_grouped(&text[span.clone()], run) && run.len() <= 9 && run.ends_with("000");
    sum || date || round
}

pub(super) fn is_year(text: &str) -> bool {
    text.len() == 4 && (text.starts_with("19") || text.starts_with("20"))
}

/// Structure of the personal number: place, century and sex, year of birth, six figures.
fn personal(run: &str) -> bool {
    let place = run.get(..3).and_then(|place| place.parse().ok());
    place.is_some_and(|place| PLACES.contains(&place))
        && run.as_bytes().get(3).is_some_and(|it| *it <= b'3')
}

fn luhn(run: &str) -> bool {
    let sum: u32 = run
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, figure)| {
            let figure = u32::from(figure - b'0');
            if i % 2 == 0 { figure } else { 2 * figure - if figure > 4 { 9 } else { 0 } }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The part after the country's code of a mobile or fixed number.
fn phone(run: &str) -> Option<&str> {
    let rest = run
        .strip_prefix("840")
        .or_else(|| run.strip_prefix("84"))
        .or_else(|| run.strip_prefix('0'))?;
    let mobile = rest.len() == 9 && rest.starts_with(['3', '5', '7', '8', '9']);
    let fixed = matches!(rest.len(), 9 | 10) && rest.starts_with('2');
    (mobile || fixed).then_some(rest)
}

/// Check figure of a tax number (python-stdnum, module vn.mst).
pub(super) fn tax(run: &str) -> bool {
    let figures: Vec<u32> = run.bytes().take(10).map(|figure| u32::from(figure - b'0')).collect();
    if figures.len() < 10 || figures[2..9].iter().all(|figure| *figure == 0) {
        return false;
    }
    let weights = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let sum: u32 = figures.iter().zip(weights).map(|(figure, weight)| figure * weight).sum();
    let rest = sum % 11;
    rest != 0 && 10 - rest == figures[9]
}

/// "29X1-123.45", "30A 12345".
pub(super) fn plates(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
    let bytes = text.as_bytes();
    let figure = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    for start in 0..bytes.len() {
        if !(figure(start) && figure(start + 1)) {
            continue;
        }
        // A figure is one byte, so the text may be cut here.
        if text[..start].ends_with(|c: char| c.is_alphanumeric() || c == '/' || c == '.') {
            continue;
        }
        let mut at = start + 2;
        if bytes.get(at) == Some(&b'-') {
            at += 1;
        }
        let letters = bytes[at.min(bytes.len())..]
            .iter()
            .take(2)
            .take_while(|it| it.is_ascii_uppercase())
            .count();
        at += letters;
        if letters == 0 {
            continue;
        }
        if letters == 1 && figure(at) && matches!(bytes.get(at + 1), Some(b'-' | b' ')) {
            at += 1;
        }
        if matches!(bytes.get(at), Some(b'-' | b' ')) {
            at += 1;
        }
        let run = bytes[at.min(bytes.len())..]
            .iter()
            .take_while(|it| it.is_ascii_digit() || **it == b'.')
            .count();
        let plain = text[at..at + run].trim_end_matches('.');
        let count = plain.bytes().filter(u8::is_ascii_digit).count();
        if matches!(count, 4 | 5) && !text[at + plain.len()..].starts_with('/') {
            found.push((start..at + plain.len(), Secret::Plate));
        }
    }
}
