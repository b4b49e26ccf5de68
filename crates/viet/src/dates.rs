//! Calendar days in running text.

use std::ops::Range;

use jiff::civil::Date;

use crate::fold::fold;
use crate::lexer::{Kind, Pieces};

/// All days written out in full, in order, with the place of each.
///
/// Reads "ngày 01 tháng 7 năm 2025" (also typed without marks), "01/7/2025", "1-7-2025", "01.07.2025"
/// and "2025-07-01". A day that does not exist (31/02/2025) is not returned, nor is anything glued to
/// more digits or a slash, which is then a document number.
///
/// ```
/// let text = "Luật có hiệu lực từ ngày 01 tháng 7 năm 2025.";
/// let (day, span) = &viet::dates(text)[0];
/// assert_eq!(day.to_string(), "2025-07-01");
/// assert_eq!(&text[span.clone()], "ngày 01 tháng 7 năm 2025");
/// ```
pub fn dates(text: &str) -> Vec<(Date, Range<usize>)> {
    let pieces = Pieces::new(text);
    let found = find(&pieces).into_iter();
    found.map(|(date, places)| (date, pieces.span(places.start, places.end))).collect()
}

/// Days with the pieces that they take.
pub(crate) fn find(pieces: &Pieces<'_>) -> Vec<(Date, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let read =
            pieces.digits(at).and_then(|_| in_words(pieces, at).or_else(|| in_digits(pieces, at)));
        match read {
            Some((date, places)) => {
                at = places.end;
                found.push((date, places));
            }
            None => at += 1,
        }
    }
    found
}

/// "[ngày] 01 tháng 7 năm 2025"
fn in_words(pieces: &Pieces<'_>, at: usize) -> Option<(Date, Range<usize>)> {
    let glued_sign =
        pieces.before(at).is_some_and(|piece| matches!(piece.text, "/" | "." | "," | "-"));
    if glued_sign && at > 1 && pieces.is(at - 2, Kind::Digits) {
        return None;
    }
    let named = |at: usize, name: &str| {
        let at = pieces.skip_blank(at);
        (pieces.is(at, Kind::Word) && fold(&pieces.word(at)) == name).then_some(at + 1)
    };
    let month_at = pieces.skip_blank(named(at + 1, "thang")?);
    let after_month = pieces.skip_blank(month_at + 1);
    let after_month =
        if pieces.sign(after_month) == Some(',') { after_month + 1 } else { after_month };
    let year_at = pieces.skip_blank(named(after_month, "nam")?);
    let date = date(pieces.digits(at)?, pieces.digits(month_at)?, pieces.digits(year_at)?)?;
    // The word "ngày" belongs to the date when it is there.
    let blank_before = pieces.before(at).is_some_and(|piece| piece.kind == Kind::Blank);
    let word_at = if blank_before { at.checked_sub(2) } else { at.checked_sub(1) };
    let start = word_at
        .filter(|&word_at| matches!(&*pieces.word(word_at), "ngày" | "ngay" | "mùng" | "mồng"));
    Some((date, start.unwrap_or(at)..year_at + 1))
}

/// "01/7/2025", "1-7-2025", "01.07.2025", "2025-07-01"
fn in_digits(pieces: &Pieces<'_>, at: usize) -> Option<(Date, Range<usize>)> {
    let separator = pieces.sign(at + 1)?;
    if !matches!(separator, '/' | '-' | '.') {
        return None;
    }
    let next = |at: usize| {
        // A line break or a blank after a slash is a slip of typing.
        if separator == '/' { pieces.skip_blank(at + 1) } else { at + 1 }
    };
    let second_at = next(at + 1);
    if pieces.sign(second_at + 1) != Some(separator) {
        return None;
    }
    let third_at = next(second_at + 1);
    let (first, second, third) =
        (pieces.digits(at)?, pieces.digits(second_at)?, pieces.digits(third_at)?);
    let date = if separator == '-' && first.len() == 4 {
        date(third, second, first)
    } else {
        date(first, second, third)
    }?;
    let free =
        is_free_before(pieces, at, separator) && is_free_after(pieces, third_at + 1, separator);
    free.then_some((date, at..third_at + 1))
}

fn is_free_before(pieces: &Pieces<'_>, at: usize, separator: char) -> bool {
    let Some(before) = pieces.before(at) else {
        return true;
    };
    let glued_to = |kind| at > 1 && pieces.is(at - 2, kind);
    match before.text {
        "/" | "_" => false,
        "." | "," | ":" => !glued_to(Kind::Digits),
        "-" if separator == '-' => !glued_to(Kind::Word) && !glued_to(Kind::Digits),
        "-" => !glued_to(Kind::Word),
        _ => before.kind != Kind::Word || matches!(&*pieces.word(at - 1), "ngày" | "ngay"),
    }
}

fn is_free_after(pieces: &Pieces<'_>, at: usize, separator: char) -> bool {
    match pieces.sign(at) {
        Some('/' | '_') => return false,
        Some('.' | ',') => return !pieces.is(at + 1, Kind::Digits),
        Some('-') => {
            let same = separator == '-' && pieces.is(at + 1, Kind::Digits);
            return !pieces.is_capital(at + 1) && !same;
        }
        _ => {}
    }
    // Lower-case words run into a date in flattened pages; capitals make it a symbol, but for "T12:30".
    !pieces.is_capital(at)
        || (pieces.get(at).is_some_and(|piece| piece.text == "T")
            && pieces.is(at + 1, Kind::Digits))
}

fn date(day: &str, month: &str, year: &str) -> Option<Date> {
    if day.len() > 2 || month.len() > 2 || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days() {
        for (input, expect) in [
            ("ngày 01 tháng 7 năm 2025", vec![("2025-07-01", "ngày 01 tháng 7 năm 2025")]),
            (
                "Hà Nội, Ngày 5\ntháng 12\nnăm 2024",
                vec![("2024-12-05", "Ngày 5\ntháng 12\nnăm 2024")],
            ),
            ("tu ngay 1 thang 7 nam 2025 den", vec![("2025-07-01", "ngay 1 thang 7 nam 2025")]),
            (
                "nga\u{300}y 2 tha\u{301}ng 9 năm 1945",
                vec![("1945-09-02", "nga\u{300}y 2 tha\u{301}ng 9 năm 1945")],
            ),
            (
                "từ 01/7/2025 đến 31/12/2025",
                vec![("2025-07-01", "01/7/2025"), ("2025-12-31", "31/12/2025")],
            ),
            (
                "01/7/2025-31/12/2025",
                vec![("2025-07-01", "01/7/2025"), ("2025-12-31", "31/12/2025")],
            ),
            (
                "(1-7-2025), 01.07.2025.",
                vec![("2025-07-01", "1-7-2025"), ("2025-07-01", "01.07.2025")],
            ),
            ("2025-07-01T08:00", vec![("2025-07-01", "2025-07-01")]),
            ("29/02/2024 và 29/02/2025", vec![("2024-02-29", "29/02/2024")]),
            ("01/ 7/2025của Chính phủ", vec![("2025-07-01", "01/ 7/2025")]),
        ] {
            let found = dates(input);
            let found: Vec<(String, &str)> =
                found.iter().map(|(date, span)| (date.to_string(), &input[span.clone()])).collect();
            let expect: Vec<(String, &str)> =
                expect.into_iter().map(|(date, text)| (date.to_owned(), text)).collect();
            assert_eq!(found, expect, "{input:?}");
        }
    }

    #[test]
    fn other_things_are_not_days() {
        for input in [
            "",
            "60/2014/QH13",
            "01/7/2025/NĐ-CP",
            "5/01/7/2025",
            "101/7/2025",
            "01/7/20251",
            "01/7/25",
            "32/7/2025, 01/13/2025, 31.06.2025",
            "1.01.07.2025 và 01.07.2025.3",
            "1-7-2025-8 và 8-1-7-2025",
            "QĐ-01-7-2025",
            "tháng 7 năm 2025",
            "ngày 30 tháng 2 năm 2025",
            "1.001193.000",
            "12 thắng 7 thua",
        ] {
            assert_eq!(dates(input), [], "{input:?}");
        }
    }
}
