//! The new words that an amending act quotes, cut into the units that it names.

use crate::citation::Place;
use crate::parse::{Opens, clause_mark, opens, point_mark};

/// The words of each place, in their order; `None` for one that the quotation does not hold.
///
/// A block that is quoted for one clause is that clause's whole text; for several it is cut where
/// their labels stand, in order.
pub(super) fn cut(block: &str, places: &[Place]) -> Vec<Option<String>> {
    let block = &unglue(block);
    let lines: Vec<(usize, &str)> = block
        .split_inclusive('\n')
        .scan(0, |start, line| {
            let at = *start;
            *start += line.len();
            Some((at, line.trim_end()))
        })
        .collect();
    // Where each place's label stands.
    let mut from = 0;
    let starts: Vec<Option<usize>> = places
        .iter()
        .map(|place| {
            let found =
                lines.iter().enumerate().skip(from).find(|(_, (_, line))| is_label(line, place));
            found.map(|(i, (start, _))| {
                from = i + 1;
                *start
            })
        })
        .collect();
    places
        .iter()
        .enumerate()
        .map(|(i, _)| {
            let start = starts[i]?;
            let end = starts[i + 1..].iter().flatten().next().copied().unwrap_or(block.len());
            Some(block[start..end].trim().to_owned())
        })
        .collect()
}

/// Puts labels on lines of their own that a copy glued to the words before: "quảng cáo.7. Người",
/// "vụ sau:a) Được".
pub(super) fn unglue(text: &str) -> String {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for i in 1..letters.len() {
        let (at, c) = letters[i];
        let before = letters[i - 1].1;
        let number = c.is_ascii_digit()
            && (before.is_alphabetic() || matches!(before, ';' | ':' | '.' | ')' | ','));
        let letter = (c.is_ascii_lowercase() || c == 'đ') && matches!(before, ';' | ':' | '.');
        if !number && !letter || before == '.' && i > 1 && letters[i - 2].1.is_ascii_digit() {
            continue;
        }
        let digits = letters[i..].iter().take_while(|(_, c)| c.is_ascii_digit()).count();
        let mut next = i + if number { digits } else { 1 };
        if number && digits > 2 {
            continue;
        }
        if number && letters.get(next).is_some_and(|(_, c)| c.is_ascii_lowercase() || *c == 'đ') {
            next += 1;
        }
        let sign = if number { '.' } else { ')' };
        let labelled = letters.get(next).is_some_and(|(_, c)| *c == sign)
            && letters.get(next + 1).is_some_and(|(_, c)| *c == ' ')
            && letters.get(next + 2).is_some_and(|(_, c)| c.is_uppercase());
        if labelled {
            out.push_str(text[last..at].trim_end_matches(' '));
            out.push('\n');
            last = at;
        }
    }
    out.push_str(&text[last..]);
    out
}

/// Whether a line begins with the label of a place's narrowest unit.
fn is_label(line: &str, place: &Place) -> bool {
    if let Some(point) = &place.point {
        return point_mark(line)
            .is_some_and(|(letter, index)| format!("{letter}{index}") == *point);
    }
    if let Some(clause) = &place.clause {
        return clause_mark(line)
            .is_some_and(|(number, letter)| format!("{number}{letter}") == *clause);
    }
    match opens(line) {
        Some(Opens::Article { number, letter, .. }) => {
            place.article.as_deref() == Some(&format!("{number}{letter}"))
        }
        _ => false,
    }
}

/// Whether a quoted text bears no label at all: a paragraph, an annex, a heading.
pub(super) fn is_bare(block: &str) -> bool {
    block.lines().next().is_none_or(|line| {
        clause_mark(line).is_none()
            && point_mark(line).is_none()
            && !matches!(opens(line), Some(Opens::Article { .. }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glued_labels_stand_apart() {
        for (text, expect) in [
            (
                "6. Người kinh doanh quảng cáo.7. Người phát hành",
                "6. Người kinh doanh quảng cáo.\n7. Người phát hành",
            ),
            (
                "Điều 15a. Quyền của người tải1. Người có quyền sau:a) Được cung cấp;b) Có quyền",
                "Điều 15a. Quyền của người tải\n1. Người có quyền sau:\na) Được cung cấp;\nb) Có quyền",
            ),
            ("theo điểm 1.2. Nội dung, mục 3.4.5. Xét", "theo điểm 1.2. Nội dung, mục 3.4.5. Xét"),
            ("ngày 12.5. Sau đó", "ngày 12.5. Sau đó"),
            ("22/2023/QĐ-TTg. Theo", "22/2023/QĐ-TTg. Theo"),
        ] {
            assert_eq!(unglue(text), expect, "{text}");
        }
    }
}
