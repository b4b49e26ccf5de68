//! The day that a question is about: "năm 2019", "trước 1/7/2025", "hiện nay".

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::mention::mentions;

/// The day that decides which law a question is about; `None` if it names none or means today.
///
/// A day counts as it is, "trước" a day as the day before, a month or a year as its last day, but never
/// later than today where today lies in it. It is read where it stands for the whole question, at the
/// beginning or the end of a sentence. A year in the name of a document ("Luật Đất đai 2024"), days that
/// tell a story ("sinh năm 1990") or belong to a rule ("đất sử dụng trước ngày 15/10/1993 thì …") are no
/// such days, nor is any day beside "hiện nay", "bây giờ".
///
/// ```
/// use jiff::civil::date;
/// let today = date(2026, 11, 20);
/// assert_eq!(law::as_of("Lương tối thiểu vùng năm 2021?", today), Some(date(2021, 12, 31)));
/// assert_eq!(law::as_of("Luật Đất đai 2024 quy định gì?", today), None);
/// ```
pub fn as_of(question: &str, today: Date) -> Option<Date> {
    let text = blanked(&viet::clean(question));
    // Lower case has the same length in Vietnamese; in other scripts bytes would no longer agree.
    if text.to_lowercase().len() != text.len() {
        return None;
    }
    let folded = viet::fold(&text);
    let now = ["hien nay", "bay gio", "hien tai", "hien hanh", "luc nay", "ngay nay"];
    if now.iter().any(|words| holds(&folded, words)) {
        return None;
    }
    let found = written_day(&text).or_else(|| month(&text, today)).or_else(|| year(&text, today));
    let (first, day, span) = found?;
    let sentence = |c: char| matches!(c, '?' | '!' | '\n' | ';');
    let start = text[..span.start].rfind(sentence).map_or(0, |at| at + 1);
    let end = text[span.end..].find(sentence).map_or(text.len(), |at| span.end + at);
    let (before, after) = (words(&text[start..span.start]), words(&text[span.end..end]));
    if !frames(&before, &after) || tells_a_story(&before) {
        return None;
    }
    let last =
        before.iter().rev().find(|word| !["ngay", "thang", "nam", "mung"].contains(&word.as_str()));
    match last.map(String::as_str) {
        Some("truoc") => first.checked_sub(1.day()).ok(),
        _ => Some(day),
    }
}

fn words(text: &str) -> Vec<String> {
    let folded = viet::fold(text);
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a day between these words of its sentence stands for the whole question: "Ngày …, …", "… thì
/// …" after at most three words, or "… là bao nhiêu?" and nothing more behind it.
fn frames(before: &[String], after: &[String]) -> bool {
    const FILLERS: [&str; 18] = [
        "vao", "tai", "thoi", "diem", "trong", "ngay", "thang", "nam", "tu", "truoc", "sau", "ke",
        "dung", "hoi", "den", "cho", "vay", "neu",
    ];
    const ASKS: [&str; 12] =
        ["bao", "nhieu", "gi", "nao", "sao", "may", "khong", "ko", "ai", "dau", "chua", "la"];
    let opens = before.iter().all(|word| FILLERS.contains(&word.as_str()));
    let then = before.len() <= 3 && after.first().is_some_and(|word| word == "thi");
    let closes = after.is_empty()
        || after.len() <= 6 && after.iter().any(|word| ASKS.contains(&word.as_str()));
    opens || then || closes
}

/// The text with documents, places in them and what they are called blanked, byte for byte.
fn blanked(text: &str) -> String {
    let mut out = text.to_owned();
    for mention in mentions(text).into_iter().rev() {
        let mut end = mention.span.end;
        // "Luật Hộ tịch năm 2014", "Nghị định 123 ngày 15/11/2015": what follows belongs to the name.
        let rest = &text[end..];
        let dated = rest.trim_start_matches([' ', ',', '(']);
        let skipped = rest.len() - dated.len();
        if let Some((_, length)) = leading_date(dated) {
            end += skipped + length;
        }
        let blanks = " ".repeat(end - mention.span.start);
        out.replace_range(mention.span.start..end, &blanks);
    }
    out
}

/// "năm 2014" or "ngày 15 tháng 11 năm 2015" or "2014" that a text begins with: its length.
fn leading_date(text: &str) -> Option<(u32, usize)> {
    let day = viet::dates(text).into_iter().next();
    if let Some((_, span)) =
        day.filter(|(_, span)| ["", "ngày ", "ngay "].contains(&&text[..span.start]))
    {
        return Some((0, span.end));
    }
    let rest = text.strip_prefix("năm ").or_else(|| text.strip_prefix("nam ")).unwrap_or(text);
    let year = four_digits(rest)?;
    Some((year, text.len() - rest.len() + 4))
}

fn four_digits(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 4
        || text[4..].starts_with(['/', '-', '.'])
            && text[5..].starts_with(|c: char| c.is_alphanumeric())
    {
        return None;
    }
    text[..4].parse().ok().filter(|year| (1945..2100).contains(year))
}

/// First day, day that counts, and bytes.
type Found = Option<(Date, Date, Range<usize>)>;

fn written_day(text: &str) -> Found {
    viet::dates(text).into_iter().next().map(|(day, span)| (day, day, span))
}

/// "tháng 12/2025", "tháng 12 năm 2025": its last day.
fn month(text: &str, today: Date) -> Found {
    let lower = text.to_lowercase();
    for word in ["tháng ", "thang "] {
        for (at, _) in lower.match_indices(word) {
            let rest = &lower[at + word.len()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let Some(number) = rest[..digits].parse::<i8>().ok().filter(|n| (1..=12).contains(n))
            else {
                continue;
            };
            let after = rest[digits..].trim_start_matches([' ', '/', '-', ',']);
            let after =
                after.strip_prefix("năm ").or_else(|| after.strip_prefix("nam ")).unwrap_or(after);
            let Some(year) = four_digits(after) else { continue };
            let first = Date::new(year as i16, number, 1).ok()?;
            let end = text.len() - after.len() + 4;
            return Some((first, within(first, first.last_of_month(), today), at..end));
        }
    }
    None
}

/// "năm 2019": its last day.
fn year(text: &str, today: Date) -> Found {
    let lower = text.to_lowercase();
    for word in ["năm ", "nam "] {
        for (at, _) in lower.match_indices(word) {
            let bounded = lower[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            let Some(year) = four_digits(&lower[at + word.len()..]).filter(|_| bounded) else {
                continue;
            };
            let first = Date::new(year as i16, 1, 1).ok()?;
            let end = at + word.len() + 4;
            return Some((first, within(first, first.last_of_year(), today), at..end));
        }
    }
    None
}

/// The last day of a stretch, or today if that lies in it.
fn within(first: Date, last: Date, today: Date) -> Date {
    if first <= today && today <= last { today } else { last }
}

/// Words close before a day that make it a fact of a life, a plan or a rule, not the day of the law.
fn tells_a_story(before: &[String]) -> bool {
    const STORY: [&str; 28] = [
        "sinh", "mua", "ban", "xay", "cuoi", "mat", "chet", "nhan", "cap", "ky", "hoc", "lam",
        "den", "het", "khoa", "lap", "dung", "thanh", "hinh", "luc", "ra", "thuc", "giao", "tang",
        "ket", "hon", "dau", "cuoi",
    ];
    const FRAME: [&str; 12] =
        ["ngay", "thang", "nam", "hoi", "mung", "tu", "truoc", "sau", "vao", "ke", "trong", "tai"];
    let last = before.iter().rev().find(|word| !FRAME.contains(&word.as_str()));
    last.is_some_and(|word| STORY.contains(&word.as_str()))
}

fn holds(folded: &str, words: &str) -> bool {
    folded.match_indices(words).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        edge(folded[..at].chars().next_back()) && edge(folded[at + words.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::as_of;

    #[test]
    fn days_are_read_and_names_are_not() {
        let today = date(2026, 11, 20);
        for (question, expect) in [
            ("Mức lương tối thiểu vùng I năm 2019 là bao nhiêu?", Some(date(2019, 12, 31))),
            ("luong toi thieu nam 2019", Some(date(2019, 12, 31))),
            ("Trước 1/7/2025 ai cấp giấy khai sinh?", Some(date(2025, 6, 30))),
            ("trước ngày 01 tháng 7 năm 2025 thì nộp ở đâu", Some(date(2025, 6, 30))),
            ("nộp tháng 12/2025 thì phí bao nhiêu", Some(date(2025, 12, 31))),
            ("tháng 2 năm 2024 phí là bao nhiêu", Some(date(2024, 2, 29))),
            ("từ ngày 15/8/2026 có gì mới", Some(date(2026, 8, 15))),
            ("năm 2026 mức phạt là bao nhiêu", Some(today)),
            ("năm 2027 luật hộ tịch mới quy định gì", Some(date(2027, 12, 31))),
            ("hiện nay mức lương cơ sở là bao nhiêu, so với năm 2023", None),
            ("Luật Đất đai 2024 quy định gì về tách thửa?", None),
            ("Luật Hộ tịch năm 2014 điều 15", None),
            ("Nghị định 123/2015/NĐ-CP ngày 15/11/2015 còn hiệu lực không", None),
            ("con tôi sinh ngày 05/3/2024 khai sinh ở đâu", None),
            ("tôi sinh năm 1990 làm căn cước", None),
            ("nhà mua năm 2005 làm sổ đỏ", None),
            ("chiến lược đến năm 2030", None),
            ("đăng ký tạm trú cần gì", None),
            ("phạt 2019 đồng", None),
            ("trước tháng 7/2025 ai cấp giấy khai sinh", Some(date(2025, 6, 30))),
            ("Trước năm 2019 mức phạt là bao nhiêu", Some(date(2018, 12, 31))),
            ("İİ năm 2019 là gì", None),
            ("Ngày 14/08/2026, chở trẻ dưới 10 tuổi thì xử lý thế nào?", Some(date(2026, 8, 14))),
            ("mức phạt khi đó năm 2024 thế nào", Some(date(2024, 12, 31))),
            ("Đất sử dụng ổn định trước ngày 15/10/1993 thì được cấp Giấy chứng nhận.", None),
            ("Sổ mục kê lập sau ngày 18/12/1980 vẫn là căn cứ cấp Giấy chứng nhận.", None),
            ("bảng giá đất lần đầu áp dụng từ ngày 01/01/2026", None),
            ("công ty thành lập năm 2020, giờ giảm vốn được không?", None),
        ] {
            assert_eq!(as_of(question, today), expect, "{question}");
        }
    }
}
