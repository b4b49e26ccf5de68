//! What a line of a document is: a heading, the first line of an article, of an annex, or text.

use super::lines::{shouts, stripped};
use crate::syllable::{BAR, HAT, HOI, HORN, HUYEN, NANG, NGA, SAC, Syllable};

/// What a line opens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Opens<'a> {
    /// Phần 0, Chương 1, Mục 2, Tiểu mục 3: its label, and its title if on the same line.
    Heading { level: u8, label: String, title: &'a str },
    /// Điều: number, letter, and the rest of the line. `sure` is false where no full stop follows.
    Article { number: u32, letter: String, rest: &'a str, sure: bool },
    /// Phụ lục, with its label.
    Annex(Option<String>),
    /// Mẫu số, with its label.
    Form(String),
    /// A line in capitals that names an attached text: QUY CHẾ, ĐIỀU LỆ, …
    Title,
    /// "(Ban hành kèm theo …)".
    IssuedWith,
    /// Nơi nhận.
    Recipients,
    /// The first of the notes at the end of a consolidated text: "[1] …".
    Notes,
}

const DIEU: Syllable = Syllable::known(b"dieu", HUYEN, HAT | BAR);
const PHAN: Syllable = Syllable::known(b"phan", HUYEN, HAT);
const CHUONG: Syllable = Syllable::known(b"chuong", 0, HORN);
const MUC: Syllable = Syllable::known(b"muc", NANG, 0);
const TIEU: Syllable = Syllable::known(b"tieu", HOI, HAT);
const THU: Syllable = Syllable::known(b"thu", SAC, HORN);
const PHU: Syllable = Syllable::known(b"phu", NANG, 0);
const LUC: Syllable = Syllable::known(b"luc", NANG, 0);
const MAU: Syllable = Syllable::known(b"mau", NGA, HAT);
const SO: Syllable = Syllable::known(b"so", SAC, HAT);
const BAN: Syllable = Syllable::known(b"ban", 0, 0);
const HANH: Syllable = Syllable::known(b"hanh", HUYEN, 0);
const KEM: Syllable = Syllable::known(b"kem", HUYEN, 0);
const THEO: Syllable = Syllable::known(b"theo", 0, 0);
const NOI: Syllable = Syllable::known(b"noi", 0, HORN);
const NHAN: Syllable = Syllable::known(b"nhan", NANG, HAT);
const QUY: Syllable = Syllable::known(b"quy", 0, 0);
const CHE: Syllable = Syllable::known(b"che", SAC, HAT);
const DINH: Syllable = Syllable::known(b"dinh", NANG, BAR);
const LE: Syllable = Syllable::known(b"le", NANG, HAT);
const NOI_: Syllable = Syllable::known(b"noi", NANG, HAT);
const TRINH: Syllable = Syllable::known(b"trinh", HUYEN, 0);
const DANH: Syllable = Syllable::known(b"danh", 0, 0);
const KE: Syllable = Syllable::known(b"ke", SAC, HAT);
const HOACH: Syllable = Syllable::known(b"hoach", NANG, 0);
const DE: Syllable = Syllable::known(b"de", HUYEN, HAT | BAR);
const AN: Syllable = Syllable::known(b"an", SAC, 0);
const HUONG: Syllable = Syllable::known(b"huong", SAC, HORN);
const DAN: Syllable = Syllable::known(b"dan", NGA, HAT);
const CHIEN: Syllable = Syllable::known(b"chien", SAC, HAT);
const LUOC: Syllable = Syllable::known(b"luoc", NANG, HORN);

/// First two words of texts that are issued with a decision.
const ATTACHED: [[Syllable; 2]; 11] = [
    [QUY, CHE],
    [QUY, DINH],
    [QUY, TRINH],
    [DIEU, LE],
    [NOI_, QUY],
    [DANH, MUC],
    [CHUONG, TRINH],
    [KE, HOACH],
    [DE, AN],
    [HUONG, DAN],
    [CHIEN, LUOC],
];

/// Words after "Điều 3" that make it a reference.
const DOCUMENTS: [&str; 12] = [
    "Luật",
    "Bộ luật",
    "Nghị",
    "Thông tư",
    "Quyết định",
    "Pháp lệnh",
    "Quy chế",
    "Quy định",
    "Điều lệ",
    "Hiến pháp",
    "Phụ lục",
    "Hiệp định",
];

/// Whether a line begins with these words.
pub(super) fn begins_with(line: &str, words: &[Syllable]) -> bool {
    // Nearly all lines fail on their first letter.
    let line = stripped(line).trim_start_matches('(');
    let mut there = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .iter()
        .all(|word| there.next().and_then(Syllable::of).is_some_and(|there| there.is(*word)))
}

/// What a line opens, if anything.
pub(crate) fn opens(line: &str) -> Option<Opens<'_>> {
    let line = stripped(line);
    let first = line.chars().next()?;
    if line.starts_with("[1] ") {
        return Some(Opens::Notes);
    }
    if !(first.is_uppercase() || first == '(') {
        return None;
    }
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let syllable = Syllable::of(word.trim_start_matches('('))?;
    let rest = rest.trim_start();
    let is = |word: Syllable| syllable.is(word);
    if first == '(' {
        let issued = is(BAN) && begins_with(rest, &[HANH, KEM, THEO])
            || is(KEM) && begins_with(rest, &[THEO]);
        return issued.then_some(Opens::IssuedWith);
    }
    // "Điểu 8:": a wrong tone is a slip of the copy if the number fits.
    if syllable.letters() == DIEU.letters()
        && let Some(article) = article(rest, is(DIEU))
    {
        return Some(article);
    }
    if is(TIEU) && begins_with(rest, &[MUC]) {
        let (_, rest) = rest.split_once(char::is_whitespace)?;
        return heading(3, "Tiểu mục", rest.trim_start());
    }
    for (level, word, name) in [(0, PHAN, "Phần"), (1, CHUONG, "Chương"), (2, MUC, "Mục")] {
        if is(word)
            && let Some(heading) = heading(level, name, rest)
        {
            return Some(heading);
        }
    }
    if is(PHU) && begins_with(rest, &[LUC]) {
        return annex(line, rest);
    }
    if is(MAU) && begins_with(rest, &[SO]) && line.chars().count() <= 60 {
        let label = rest.split(|c: char| c.is_whitespace() || c == ':').nth(1)?;
        let label: String = label.chars().take_while(|c| c.is_alphanumeric()).collect();
        return label
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| Opens::Form(format!("mẫu-{}", label.to_lowercase())));
    }
    if is(NOI) && begins_with(rest, &[NHAN]) {
        return Some(Opens::Recipients);
    }
    let title = shouts(line) && ATTACHED.iter().any(|words| begins_with(line, words));
    title.then_some(Opens::Title)
}

/// `5. Tên điều`, `12a: …`, `5`.
fn article(rest: &str, spelled: bool) -> Option<Opens<'_>> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 =
        if (1..=3).contains(&digits) { rest[..digits].parse().ok()? } else { return None };
    let after = &rest[digits..];
    let letter = after
        .chars()
        .next()
        .filter(|c| c.is_ascii_alphabetic() || *c == 'đ')
        .map_or(0, char::len_utf8);
    let (letter, after) = after.split_at(letter);
    let after = after.trim_start_matches(['*', '_', '\\']);
    let noted = without_note(after);
    let marked =
        noted.starts_with(['.', ':']) || noted.trim().is_empty() || noted.len() < after.len();
    // "Điều 3 Giải thích từ ngữ": no full stop, as in old laws; but not "Điều 3 Luật Hộ tịch".
    let words = noted.trim_start();
    let unmarked = noted.starts_with([' ', '\t'])
        && words.starts_with(char::is_uppercase)
        && !DOCUMENTS.iter().any(|document| words.starts_with(document));
    let rest = noted.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '.' | ':' | '-' | '–' | '*' | '_')
    });
    let letter = letter.to_lowercase();
    (number > 0 && (marked || unmarked)).then_some(Opens::Article {
        number,
        letter,
        rest,
        sure: marked && spelled,
    })
}

/// The text without a footnote mark in front.
fn without_note(text: &str) -> &str {
    let inside = text.trim_start().strip_prefix('[');
    inside
        .and_then(|rest| rest.split_once(']'))
        .filter(|(note, _)| note.len() <= 4)
        .map_or(text, |(_, rest)| rest)
}

fn heading<'a>(level: u8, name: &str, rest: &'a str) -> Option<Opens<'a>> {
    let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let label = without_notes(word);
    let label = label.trim_end_matches(['.', ':', '-', '–']);
    let number =
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()) && label.len() <= 3;
    let roman = !label.is_empty()
        && label.trim_end_matches(char::is_lowercase).bytes().all(|byte| b"IVXLC".contains(&byte));
    let ordinal = Syllable::of(label).is_some_and(|word| word.is(THU));
    let (label, title) = if ordinal {
        let (word, title) =
            after.trim_start().split_once(char::is_whitespace).unwrap_or((after.trim_start(), ""));
        (format!("{label} {}", word.trim_end_matches(['.', ':'])), title)
    } else if number
        || roman
        || label.len() == 1 && label.bytes().all(|byte| byte.is_ascii_uppercase())
    {
        (label.to_owned(), after)
    } else {
        return None;
    };
    let title = title.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '.' | ':' | '-' | '–' | '*' | '_')
    });
    // "Chương XII (được bãi bỏ)", as consolidated texts print it, has no title any more.
    let title = if crate::wording::is_repealed(title) { "" } else { title };
    let marked = word.ends_with(['.', ':', '-']) || title.is_empty() || shouts(title);
    let sentence = title.contains(" này") || title.ends_with(';') || title.chars().count() > 250;
    let capital = title.chars().find(|c| c.is_alphabetic()).is_none_or(char::is_uppercase);
    let fits = capital && !sentence && (marked || !title.contains("quy định"));
    let label = if ordinal { label.to_lowercase() } else { label };
    let label = format!("{name} {label}");
    fits.then_some(Opens::Heading { level, label, title })
}

fn annex<'a>(line: &'a str, rest: &'a str) -> Option<Opens<'a>> {
    let mut words = rest.split_whitespace().skip(1);
    let mut label = words.next().unwrap_or_default();
    if Syllable::of(label).is_some_and(|word| word.is(SO)) {
        label = words.next().unwrap_or_default();
    }
    let bare: String = label.chars().take_while(|c| c.is_alphanumeric()).collect();
    let roman = !bare.is_empty() && bare.bytes().all(|byte| b"IVXLC".contains(&byte));
    let numbered = bare.starts_with(|c: char| c.is_ascii_digit()) && bare.len() <= 4;
    let lettered = bare.len() == 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase());
    let known = roman || numbered || lettered;
    let tail: String = if known {
        words.collect::<Vec<_>>().join(" ")
    } else {
        rest.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    let loud = shouts(line.split_once('(').map_or(line, |(before, _)| before));
    let fits = line.chars().count() <= 250
        && (tail.is_empty() || tail.starts_with('(') || loud || (known && shouts(&tail)));
    fits.then(|| Opens::Annex(known.then(|| bare.to_lowercase())))
}

/// Text without footnote marks (`[12]`).
pub(super) fn without_notes(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let close = rest[open..].find(']').map(|i| open + i);
        match close {
            Some(close)
                if close > open + 1
                    && rest[open + 1..close].bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                kept.push_str(&rest[..open]);
                rest = &rest[close + 1..];
            }
            _ => {
                kept.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    kept.push_str(rest);
    kept
}
