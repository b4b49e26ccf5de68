//! What is told of a person in words: addresses of mail and house, secrets, names, days of birth.

use std::ops::Range;

use super::Secret;
use super::numbers::{is_code, is_year};
use crate::words::{Word, tail, words};

pub(super) fn mails(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
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
pub(super) fn passwords(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
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
pub(super) fn names(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
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
pub(super) fn births(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
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
pub(super) fn addresses(text: &str, found: &mut Vec<(Range<usize>, Secret)>) {
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
