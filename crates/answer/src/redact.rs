//! Personal identifiers out of what people type, before it is searched, logged, stored or shown to a model.
//!
//! The rules follow the structure of the numbers (Nghị định 137/2015/NĐ-CP điều 13 for the personal number) and
//! the words before them: after "CCCD" or "số tài khoản" a run of figures is taken out even if it fails, for
//! people mistype. Procedure codes, document numbers, dates and public lines stay.

use std::ops::Range;

use crate::words::{Word, words};

/// What was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secret {
    /// Số định danh, căn cước, chứng minh nhân dân.
    Identity,
    /// Điện thoại.
    Phone,
    /// Tài khoản, thẻ ngân hàng.
    Account,
    /// Mã số thuế.
    Tax,
    /// Sổ, thẻ bảo hiểm.
    Insurance,
    /// Hộ chiếu.
    Passport,
    /// Biển số xe.
    Plate,
    /// Mật khẩu, mã xác thực.
    Password,
    /// Thư điện tử.
    Mail,
    /// Họ tên.
    Name,
    /// Ngày sinh.
    Birth,
    /// Số nhà, ngõ, ngách.
    Address,
    /// Another number with an owner: giấy chứng sinh, sổ đỏ.
    Number,
}

impl Secret {
    /// Whether a person must be told never to send it.
    pub fn is_dangerous(self) -> bool {
        matches!(self, Secret::Password | Secret::Account | Secret::Identity)
    }

    /// What stands in its place.
    pub fn mark(self) -> &'static str {
        match self {
            Secret::Identity => "[số định danh]",
            Secret::Phone => "[điện thoại]",
            Secret::Account => "[tài khoản]",
            Secret::Tax => "[mã số thuế]",
            Secret::Insurance => "[số bảo hiểm]",
            Secret::Passport => "[số hộ chiếu]",
            Secret::Plate => "[biển số]",
            Secret::Password => "[mã bí mật]",
            Secret::Mail => "[thư điện tử]",
            Secret::Name => "[họ tên]",
            Secret::Birth => "[ngày sinh]",
            Secret::Address => "[số nhà]",
            Secret::Number => "[số giấy tờ]",
        }
    }
}

/// A text without personal identifiers, and what was taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text with marks like `[điện thoại]` in place of what was taken out.
    pub text: String,
    /// What was taken out, in the order of the text.
    pub secrets: Vec<Secret>,
}

impl Redacted {
    /// The text without the marks: what is searched.
    pub fn plain(&self) -> String {
        let mut text = self.text.clone();
        for secret in &self.secrets {
            text = text.replacen(secret.mark(), " ", 1);
        }
        text
    }
}

/// Takes personal identifiers out. Idempotent; every text that is not one stays letter for letter.
pub fn redact(text: &str) -> Redacted {
    let mut found: Vec<(Range<usize>, Secret)> = Vec::new();
    mails(text, &mut found);
    passwords(text, &mut found);
    names(text, &mut found);
    births(text, &mut found);
    addresses(text, &mut found);
    plates(text, &mut found);
    runs(text, &mut found);
    found.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut out = Redacted { text: String::with_capacity(text.len()), secrets: Vec::new() };
    let mut from = 0;
    for (span, secret) in found {
        if span.start < from {
            // Overlapping finds are one; the rest of a longer one goes too.
            from = from.max(span.end);
            continue;
        }
        out.text.push_str(&text[from..span.start]);
        out.text.push_str(secret.mark());
        out.secrets.push(secret);
        from = span.end;
    }
    out.text.push_str(&text[from..]);
    out
}

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
fn figure(letter: char) -> Option<char> {
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

fn runs(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
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

/// The last letters of a text.
fn tail(text: &str, letters: usize) -> &str {
    let at = text.char_indices().rev().nth(letters.saturating_sub(1)).map_or(0, |(at, _)| at);
    &text[at..]
}

/// "1.001193", the code of a procedure, alone or with the parts that a full code has after it.
fn is_code(written: &str, run: &str) -> bool {
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

fn is_year(text: &str) -> bool {
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
fn tax(run: &str) -> bool {
    let figures: Vec<u32> = run.bytes().take(10).map(|figure| u32::from(figure - b'0')).collect();
    if figures.len() < 10 || figures[2..9].iter().all(|figure| *figure == 0) {
        return false;
    }
    let weights = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    let sum: u32 = figures.iter().zip(weights).map(|(figure, weight)| figure * weight).sum();
    let rest = sum % 11;
    rest != 0 && 10 - rest == figures[9]
}

fn mails(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
    for (at, _) in text.match_indices('@') {
        let part = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
        let name = text[..at].chars().rev().take_while(|c| part(*c)).count();
        let host = text[at + 1..].chars().take_while(|c| part(*c)).count();
        let host_text = &text[at + 1..at + 1 + host];
        if name > 0 && host_text.trim_end_matches('.').contains('.') {
            found.push((at - name..at + 1 + host, Secret::Mail));
        }
    }
}

/// The word after "mật khẩu", "otp", "mã pin".
fn passwords(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
    let tokens: Vec<(usize, &str)> = text
        .split_whitespace()
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .collect();
    let folded: Vec<String> = tokens
        .iter()
        .map(|(_, word)| viet::fold(word).trim_matches([':', ',']).to_owned())
        .collect();
    for i in 0..tokens.len() {
        let two = folded.get(i + 1).map(|next| format!("{} {next}", folded[i]));
        let after = match two.as_deref() {
            Some("mat khau" | "ma pin" | "ma otp" | "mat ma") => i + 2,
            _ if matches!(folded[i].as_str(), "otp" | "password" | "pass") => i + 1,
            _ => continue,
        };
        // "mật khẩu VNeID của em là Hanoi@2026": the first word that looks like a secret.
        let secret = tokens.iter().skip(after).take(6).find(|(_, word)| {
            let word = word.trim_end_matches([',', '.', ';']);
            let code = is_code(word, &word.replace('.', ""));
            word.chars().count() >= 4
                && word.chars().any(|c| c.is_ascii_digit())
                && word.chars().all(|c| c.is_ascii_graphic())
                && !is_year(word)
                && !code
        });
        if let Some((at, word)) = secret {
            found.push((*at..at + word.trim_end_matches([',', '.', ';']).len(), Secret::Password));
        }
    }
}

/// Common family names.
const FAMILIES: &[&str] = &[
    "nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ",
    "hồ", "ngô", "dương", "lý", "đinh", "trịnh", "lương", "mai", "đào", "hà", "cao", "lâm", "lưu",
    "tạ", "thái", "triệu", "quách", "chu", "tô", "vương", "tống", "kiều", "khuất", "nghiêm",
    "phùng", "trương", "đoàn", "ninh", "la",
];

/// Words before a name, folded.
const CALLED: &[&str] = &[
    "ten", "la", "ong", "ba", "anh", "chi", "chau", "em", "con", "co", "chu", "bac", "vo", "chong",
];

/// Places that begin like a name, folded.
const PLACES_LIKE_NAMES: &[&str] = &[
    "ha noi",
    "ha dong",
    "ha nam",
    "ha giang",
    "ha tinh",
    "ha long",
    "thai binh",
    "thai nguyen",
    "thai lan",
    "cao bang",
    "lam dong",
    "ho chi",
    "ho guom",
    "ho tay",
    "ho hoan",
    "ninh binh",
    "ninh thuan",
    "mai dich",
    "la phu",
    "duong noi",
    "ngo quyen",
    "phan thiet",
    "vu trong",
    "hoang mai",
    "hoang sa",
    "cao loc",
    "lang ha",
    "tran phu",
    "le duan",
    "le loi",
];

/// Two to five capitalised words that begin with a family name after "tên", "ông", "bà" and the like.
fn names(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
    let tokens = viet::syllables(text);
    let words = words(text);
    // Where the forms differ in number, nothing can be said of their places.
    if tokens.len() != words.len() {
        return;
    }
    let capital = |i: usize| tokens[i].text.chars().next().is_some_and(char::is_uppercase);
    let shouted = {
        let large = text.chars().filter(|c| c.is_uppercase()).count();
        large > text.chars().filter(|c| c.is_lowercase()).count()
    };
    let family = |i: usize| {
        // A name that is typed without marks is so in all its words.
        let unmarked = words[i].is_bare() && words.get(i + 1).is_some_and(Word::is_bare);
        FAMILIES
            .iter()
            .any(|name| words[i].marked == *name || unmarked && words[i].folded == viet::fold(name))
    };
    let mut i = 1;
    while i < tokens.len() {
        let before = words[i - 1].folded.as_str();
        // In capitals a small word looks like a name: only "tên" announces one there, of three words.
        let announced = if shouted { before == "ten" } else { CALLED.contains(&before) };
        let place = words.get(i + 1).is_some_and(|next| {
            PLACES_LIKE_NAMES.contains(&format!("{} {}", words[i].folded, next.folded).as_str())
        });
        if !(announced && capital(i) && family(i)) || place {
            i += 1;
            continue;
        }
        let most = if shouted { 3 } else { 5 };
        // Words of a name stand one blank apart.
        let mut end = i + 1;
        while end < tokens.len()
            && end - i < most
            && capital(end)
            && text[tokens[end - 1].span.end..tokens[end].span.start] == *" "
        {
            end += 1;
        }
        if end - i >= 2 {
            found.push((tokens[i].span.start..tokens[end - 1].span.end, Secret::Name));
        }
        i = end;
    }
}

/// The date after "sinh ngày".
fn births(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
    for (_, span) in viet::dates(text) {
        let folded = viet::fold(tail(&text[..span.start], 16));
        if ["sinh ngay", "sinh", "ngay sinh", "sn"]
            .iter()
            .any(|word| folded.trim_end_matches([':', ' ']).ends_with(word))
        {
            found.push((span, Secret::Birth));
        }
    }
}

/// "số nhà 12", "số 7 ngách 12/34": the figures; street, ward and commune stay, for they decide who settles.
fn addresses(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
    let tokens = viet::syllables(text);
    let folded: Vec<String> = tokens.iter().map(|token| viet::fold(token.text)).collect();
    let small = |i: usize| {
        tokens.get(i).is_some_and(|it| {
            it.text.len() <= 5 && it.text.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    for i in 0..tokens.len() {
        let lane = matches!(folded[i].as_str(), "ngo" | "ngach" | "hem" | "kiet");
        let house = folded[i] == "nha" && i > 0 && folded[i - 1] == "so"
            || folded[i] == "so" && i > 0 && folded[i - 1] == "nha";
        if (lane || house) && small(i + 1) {
            let mut end = i + 1;
            while small(end + 1) && text[tokens[end].span.end..tokens[end + 1].span.start] == *"/" {
                end += 1;
            }
            found.push((tokens[i + 1].span.start..tokens[end].span.end, Secret::Address));
        }
    }
}

/// "29X1-123.45", "30A 12345".
fn plates(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn identifiers_are_taken_out_and_public_numbers_stay() {
        for (text, expect) in [
            ("CCCD 001299000123 của tôi", "CCCD [số định danh] của tôi"),
            ("mất căn cước số 001.203.004.567 rồi", "mất căn cước số [số định danh] rồi"),
            ("001 203 004 567", "[số định danh]"),
            ("SĐT em 0912 345 678, hỏi chút", "SĐT em [điện thoại], hỏi chút"),
            ("gọi +84 (0)912-345-678", "gọi [điện thoại]"),
            ("số chứng sinh 778899, khai sinh", "số chứng sinh [số giấy tờ], khai sinh"),
            ("so bhxh cua toi 0123456789", "so bhxh cua toi [số bảo hiểm]"),
            ("Hộ chiếu B1234567 bị mất", "Hộ chiếu [số hộ chiếu] bị mất"),
            ("Xe 29X1-123.45 đứng tên tôi", "Xe [biển số] đứng tên tôi"),
            ("tài khoản nhận tiền 19001234567890", "tài khoản nhận tiền [tài khoản]"),
            ("nộp vào STK 0123456789. Đúng không?", "nộp vào STK [tài khoản]. Đúng không?"),
            (
                "Mật khẩu VNeID của em là Hanoi@2026, mã OTP 482913",
                "Mật khẩu VNeID của em là [mã bí mật], mã OTP [mã bí mật]",
            ),
            ("email nguyen.thu.mau@example.com nhé", "email [thư điện tử] nhé"),
            ("nhà số 7 ngách 12/34 phố Bịa", "nhà số [số nhà] ngách [số nhà] phố Bịa"),
            ("Tôi tên Trần Văn Thử, hỏi", "Tôi tên [họ tên], hỏi"),
            (
                "Con tôi là Lê Thị Mẫu sinh ngày 05/03/2026",
                "Con tôi là [họ tên] sinh ngày [ngày sinh]",
            ),
            // These belong to nobody.
            ("Cấp lại thẻ căn cước (1.014064): 7 ngày", "Cấp lại thẻ căn cước (1.014064): 7 ngày"),
            (
                "thủ tục 1.001193 và 1.001193.000.00.00.H26",
                "thủ tục 1.001193 và 1.001193.000.00.00.H26",
            ),
            (
                "Nghị định 123/2015/NĐ-CP ngày 15/11/2015",
                "Nghị định 123/2015/NĐ-CP ngày 15/11/2015",
            ),
            ("lệ phí 5.000.000 đồng, 150000đ", "lệ phí 5.000.000 đồng, 150000đ"),
            ("gọi 1900 1234 hoặc 1022", "gọi 1900 1234 hoặc 1022"),
            ("từ 01/7/2025 đến 31/12/2026", "từ 01/7/2025 đến 31/12/2026"),
            ("điều 15 khoản 1 Luật Hộ tịch", "điều 15 khoản 1 Luật Hộ tịch"),
            ("bà ngoại Hà Nội", "bà ngoại Hà Nội"),
            ("quê tôi là Hà Nội", "quê tôi là Hà Nội"),
            ("CON ĐANG BỊ ĐÁNH, CỨU TÔI", "CON ĐANG BỊ ĐÁNH, CỨU TÔI"),
            ("EM ĐĂNG KÝ HỘ KINH DOANH", "EM ĐĂNG KÝ HỘ KINH DOANH"),
            ("TÔI TÊN TRẦN VĂN THỬ MUỐN HỎI", "TÔI TÊN [họ tên] MUỐN HỎI"),
            ("toi ten Tran Van Thu, hoi", "toi ten [họ tên], hoi"),
            ("gọi 0912345678 để hỏi", "gọi [điện thoại] để hỏi"),
            ("CCCD 001299000123 đã mất", "CCCD [số định danh] đã mất"),
            ("Tôi tên Nguyen Van An ạ", "Tôi tên [họ tên] ạ"),
            ("đóng bảo hiểm 4.500.000 thì sao", "đóng bảo hiểm 4.500.000 thì sao"),
            ("hộ chiếu hỏi tổng đài 19006368", "hộ chiếu hỏi tổng đài 19006368"),
            ("đóng BHXH 2010-2020 rút", "đóng BHXH 2010-2020 rút"),
            ("quên mật khẩu VNeID năm 2025", "quên mật khẩu VNeID năm 2025"),
            ("phí hộ chiếu 200.000 đồng", "phí hộ chiếu 200.000 đồng"),
            ("căn cước cấp 15-11-2015", "căn cước cấp 15-11-2015"),
            ("1. Cấp mới (1.008503)\n3. Cấp lại", "1. Cấp mới (1.008503)\n3. Cấp lại"),
            ("mã 1.008503\n2. mã khác", "mã 1.008503\n2. mã khác"),
        ] {
            assert_eq!(redact(text).text, expect, "{text}");
        }
    }

    #[test]
    fn no_form_of_a_number_gets_through() {
        for text in [
            "cccd 001299000123",
            "cccd 001 299 000 123",
            "cccd 001.299.000.123",
            "cccd 001-299-000-123",
            "cccd ００１２９９０００１２３",
            "cccd: 001299\n000123",
            "so can cuoc 001299😀000123",
        ] {
            let redacted = redact(text);
            let longest = redacted.text.split(|c: char| figure(c).is_none()).map(str::len).max();
            assert!(longest < Some(6) && redacted.secrets == [Secret::Identity], "{redacted:?}");
        }
        assert!(tax("0100233488") && !tax("0100233489") && tax("0314409058002"));
    }

    proptest! {
        #[test]
        fn it_is_idempotent_and_never_fails(text in "\\PC{0,60}") {
            let once = redact(&text);
            prop_assert_eq!(&redact(&once.text).text, &once.text);
        }
    }
}
