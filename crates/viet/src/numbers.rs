//! Sums, durations, counts: numbers in digits or words, with their unit.

mod decimal;
mod digits;
mod units;
mod words;

use std::ops::Range;

use crate::dates;
use crate::fold::has_marks;
use crate::lexer::{Kind, Pieces};
use decimal::Decimal;

/// A number in one spelling, so that "50.000 đồng" and "năm mươi nghìn đồng" are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    /// Plain decimal digits with a dot before the fraction: "50000", "1.5".
    pub value: String,
    /// The unit in one spelling, "đồng" for "VNĐ" and "đ"; empty if there is none.
    pub unit: String,
}

/// A value read from the text, and the piece after it.
struct Read {
    value: Decimal,
    end: usize,
    /// How many words it takes; digits count as enough.
    words: usize,
}

/// Words that name a part of a text by the number after them: "Điều 5 Người" is no five people.
const PLACES: [&str; 10] =
    ["điều", "khoản", "điểm", "chương", "mục", "phần", "lục", "bước", "dieu", "khoan"];

/// Words that name a day, a month or a document by number: "số 15 ngày", "tháng 7 năm" are no durations.
const NAMES: [&str; 9] = ["số", "ngày", "mùng", "mồng", "tháng", "thứ", "quý", "ngay", "thang"];

/// All numbers in order, with the place of each, unit included.
///
/// Digits are grouped by threes ("50.000", "50,000" are fifty thousand; "1,5", "1.5" are one and a
/// half); nghìn, triệu, tỷ multiply; a number in words counts only with a unit after it or if it has at
/// least two words. Days ([`crate::dates`]), document numbers (60/2014/QH13), procedure codes
/// (1.001193), times (8:30) and numbers of sections (2.5.3) are not numbers here.
///
/// ```
/// let text = "Lệ phí năm mươi nghìn đồng, trả sau 05 ngày làm việc";
/// let found: Vec<(String, String)> =
///     viet::numbers(text).into_iter().map(|(number, _)| (number.value, number.unit)).collect();
/// assert_eq!(found[0], ("50000".to_owned(), "đồng".to_owned()));
/// assert_eq!(found[1], ("5".to_owned(), "ngày làm việc".to_owned()));
/// ```
pub fn numbers(text: &str) -> Vec<(Number, Range<usize>)> {
    let pieces = Pieces::new(text);
    let bare = !has_marks(text);
    let days = dates::find(&pieces);
    let mut days = days.iter().map(|(_, places)| places).peekable();
    let mut found = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        if let Some(day) = days.next_if(|day| day.start <= at) {
            at = at.max(day.end);
            continue;
        }
        let limit = days.peek().map_or(usize::MAX, |day| day.start);
        let (read, next) = match pieces.get(at).map(|piece| piece.kind) {
            Some(Kind::Digits) => digits::read(&pieces, at),
            Some(Kind::Word) => (words::read(&pieces, at), at + 1),
            _ => (None, at + 1),
        };
        match read.and_then(|read| finish(&pieces, at, limit, &read, bare)) {
            Some((number, end)) => {
                found.push((number, pieces.span(at, end)));
                at = end;
            }
            None => at = next,
        }
    }
    found
}

/// Adds the unit, and drops what is only a word. `limit` is where the next day begins.
fn finish(
    pieces: &Pieces<'_>,
    at: usize,
    limit: usize,
    read: &Read,
    bare: bool,
) -> Option<(Number, usize)> {
    let before = pieces.word_before(at);
    let belongs = |&(unit, end): &(&str, usize)| {
        let is_time = matches!(unit, "ngày" | "tuần" | "tháng" | "quý" | "năm");
        // "Quyết định 15 ngày 01/7/2025": the word belongs to the day.
        let of_day = end > limit || (unit == "ngày" && pieces.skip_blank(end) == limit);
        let of_name = is_time && NAMES.contains(&&*before);
        let of_place = !matches!(unit, "%" | "đồng" | "USD") && PLACES.contains(&&*before);
        !of_day && !of_name && !of_place
    };
    let unit = units::read(pieces, read.end, bare).filter(belongs);
    if unit.is_none()
        && let Some(whole) = repeated(pieces, read)
    {
        let unit = units::read(pieces, whole.end, bare).filter(belongs);
        let (unit, end) = unit.unwrap_or(("", whole.end));
        return Some((Number { value: whole.value.to_string(), unit: unit.to_owned() }, end));
    }
    let sticks = pieces.is(at, Kind::Digits) && pieces.is(read.end, Kind::Word);
    if unit.is_none() && (read.words < 2 || sticks) {
        return None;
    }
    if read.words == 1 && pieces.word(at) == "năm" && words::is_year(&before) {
        return None;
    }
    let (unit, end) = unit.unwrap_or(("", read.end));
    Some((Number { value: read.value.to_string(), unit: unit.to_owned() }, end))
}

/// "05 (năm) ngày", "mười lăm (15) tỷ": the same value again in brackets, and what multiplies both.
fn repeated(pieces: &Pieces<'_>, read: &Read) -> Option<Read> {
    let at = pieces.skip_blank(read.end);
    if pieces.sign(at) != Some('(') {
        return None;
    }
    let again = words::read(pieces, at + 1)
        .or_else(|| pieces.digits(at + 1).and_then(|_| digits::read(pieces, at + 1).0))
        .filter(|again| again.value == read.value && pieces.sign(again.end) == Some(')'))?;
    let (factor, end) = units::factor(pieces, again.end + 1);
    Some(Read { value: read.value.times(factor)?, end, words: 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &[(&str, &str)]) {
        let found = numbers(input);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(number, _)| (number.value.as_str(), number.unit.as_str())).collect();
        assert_eq!(found, expect, "{input:?}");
    }

    #[test]
    fn digits_and_units() {
        for (input, value, unit) in [
            ("50.000 đồng", "50000", "đồng"),
            ("50,000 VNĐ", "50000", "đồng"),
            ("50000đ", "50000", "đồng"),
            ("50.000 đ/lần", "50000", "đồng"),
            ("50.000đ/bản", "50000", "đồng"),
            ("50.000 ₫", "50000", "đồng"),
            ("50 nghìn đồng", "50000", "đồng"),
            ("50 ngàn Đồng", "50000", "đồng"),
            ("50k", "50000", ""),
            ("2 triệu", "2000000", ""),
            ("2tr", "2000000", ""),
            ("1,5 tỷ", "1500000000", ""),
            ("1.5 tỉ đồng", "1500000000", "đồng"),
            ("2 nghìn tỷ đồng", "2000000000000", "đồng"),
            ("1 triệu 500 nghìn đồng", "1500000", "đồng"),
            ("2 triệu rưỡi", "2500000", ""),
            ("1.234.567,89 Việt Nam Đồng", "1234567.89", "đồng"),
            ("1,234.50 USD", "1234.5", "USD"),
            ("100 đô la Mỹ", "100", "USD"),
            ("50%", "50", "%"),
            ("0,5 %", "0.5", "%"),
            ("3 phần trăm", "3", "%"),
            ("05 ngày làm việc", "5", "ngày làm việc"),
            ("05 (năm) ngày làm việc", "5", "ngày làm việc"),
            ("30 (ba mươi) ngày", "30", "ngày"),
            ("mười lăm (15) tỷ đồng", "15000000000", "đồng"),
            ("01 (một) bộ hồ sơ", "1", ""),
            ("15 ngày,", "15", "ngày"),
            ("05\nngày làm\nviệc", "5", "ngày làm việc"),
            ("24h", "24", "giờ"),
            ("18 tuổi", "18", "tuổi"),
            ("01 bản chính", "1", "bản"),
            ("2 trường hợp", "2", "trường hợp"),
            ("30 m2", "30", "m2"),
            ("30m²", "30", "m2"),
            ("30 mét vuông", "30", "m2"),
            ("5km", "5", "km"),
            ("10 kg", "10", "kg"),
            ("0 đồng", "0", "đồng"),
            ("0,125", "0.125", ""),
            ("1.500", "1500", ""),
            ("30 ngay lam viec", "30", "ngày làm việc"),
            ("50 nghin dong", "50000", "đồng"),
            ("50 nghi\u{300}n đo\u{302}\u{300}ng", "50000", "đồng"),
        ] {
            let found = numbers(input);
            let (number, span) = &found[0];
            assert_eq!((number.value.as_str(), number.unit.as_str()), (value, unit), "{input:?}");
            assert_eq!(span.start, 0, "{input:?}");
        }
    }

    #[test]
    fn spans_take_the_unit() {
        let text = "Phí: 50.000 đồng/lần; hạn ba mươi ngày.";
        let found: Vec<&str> = numbers(text).into_iter().map(|(_, span)| &text[span]).collect();
        assert_eq!(found, ["50.000 đồng", "ba mươi ngày"]);
    }

    #[test]
    fn words() {
        for (input, value, unit) in [
            ("năm mươi nghìn đồng", "50000", "đồng"),
            ("ba mươi ngày", "30", "ngày"),
            ("Mười lăm ngày làm việc", "15", "ngày làm việc"),
            ("mười lăm", "15", ""),
            ("hai mươi mốt", "21", ""),
            ("hai mươi tư giờ", "24", "giờ"),
            ("mười năm", "10", "năm"),
            ("hai mươi năm", "20", "năm"),
            ("năm năm", "5", "năm"),
            ("năm ngày", "5", "ngày"),
            ("một trăm linh năm người", "105", "người"),
            ("một trăm hai mươi lăm", "125", ""),
            ("hai nghìn không trăm hai mươi lăm", "2025", ""),
            ("một triệu hai trăm nghìn đồng", "1200000", "đồng"),
            ("một triệu hai", "1200000", ""),
            ("ba tỷ đồng", "3000000000", "đồng"),
            ("hai nghìn năm trăm đồng", "2500", "đồng"),
            ("năm chục nghìn", "50000", ""),
            ("một năm", "1", "năm"),
            ("mười hai tháng", "12", "tháng"),
        ] {
            check(input, &[(value, unit)]);
        }
    }

    #[test]
    fn several_in_one_text() {
        check("từ 5 đến 10 ngày", &[("5", ""), ("10", "ngày")]);
        check("5-10 ngày", &[("5", ""), ("10", "ngày")]);
        check("2 năm 6 tháng", &[("2", "năm"), ("6", "tháng")]);
        check("50.000 đồng (năm mươi nghìn đồng)", &[("50000", "đồng"), ("50000", "đồng")]);
        check("mỗi tháng 50.000 đồng, tổng số 5 người", &[("50000", "đồng"), ("5", "người")]);
        check("tháng 7 năm nay, 05 nam", &[("7", ""), ("5", "")]);
        check("50.000 đồng 01/7/2025", &[("50000", "đồng")]);
        check("tháng 7 năm 2025", &[("7", ""), ("2025", "")]);
        check("khoản 2 Điều 5 người nộp", &[("2", ""), ("5", "")]);
        check("50.000 đồng/01 lần", &[("50000", "đồng"), ("1", "lần")]);
        check("Quyết định 15 ngày 01/7/2025 trong 3 ngày", &[("15", ""), ("3", "ngày")]);
        check("Số 05 ngày 01 tháng 7 năm 2025", &[("5", "")]);
    }

    #[test]
    fn other_things_are_not_numbers() {
        for input in [
            "",
            "60/2014/QH13 và 57-NQ/TW",
            "66.7/2025/NQ-CP",
            "1.001193 và 1.001193.000.00.00.H26",
            "44.5.NĐ.8",
            "01/7/2025, ngày 01 tháng 7 năm 2025, 2025-07-01",
            "mục 2.5.3, lúc 8:30, 8h30, mạng 5G, A4, Covid-19",
            "QĐ-123",
            "người cha và ba mẹ, một số, hai bên, không người nào",
            "hằng năm người dân nộp thuế, mỗi năm một",
            "tháng tư, thứ ba, thứ hai tuần sau",
            "99999999999999999999999999999999999999999999",
        ] {
            check(input, &[]);
        }
    }

    #[test]
    fn words_that_only_look_like_units() {
        check("5 trang thiết bị", &[("5", "")]);
        check("3 đồng chí", &[("3", "")]);
        check("2 quý khách", &[("2", "")]);
        check("5 tỷ lệ", &[("5", "")]);
    }
}
