//! What a message means in its conversation: a choice by number, a field of the procedure at hand, a correction,
//! an earlier subject, an answer to our question. Pure.

use std::collections::HashSet;

use law::Library;
use search::{Names, silent};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether the assistant said it.
    pub by_assistant: bool,
    /// Its words.
    pub text: String,
}

impl Said {
    /// The same without personal identifiers.
    pub(crate) fn redacted(&self) -> Said {
        Said { text: crate::redact::redact(&viet::clean(&self.text)).plain(), ..*self }
    }
}

/// A message as it is to be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meant {
    /// The procedure that is certainly meant.
    pub(crate) code: Option<String>,
    /// The question to search with: the message, with what it leaves out.
    pub(crate) text: String,
    /// A procedure that the person has just turned down.
    pub(crate) not: Option<String>,
    /// Whether it stands on what was said before.
    pub(crate) follows: bool,
}

/// Most messages that are looked back upon.
const MOST: usize = 12;

/// Syllables that ask for a part of a procedure or keep a talk going, folded: a message of nothing else is about
/// the procedure at hand.
const ELLIPTIC: &[&str] = &[
    "phi", "le", "tien", "mien", "gia", "mat", "ton", "nop", "giay", "to", "ho", "so", "mau",
    "don", "khai", "phieu", "truc", "tiep", "tuyen", "online", "mang", "buu", "dien", "ngay",
    "thang", "nam", "tuan", "gian", "thoi", "han", "ket", "nhan", "lay", "tra", "xong", "noi",
    "cho", "nha", "nguoi", "danh", "sach", "may", "nhieu", "nhanh", "cham", "nhat", "bieu", "ban",
    "chinh", "sao", "ky", "ten", "them", "nua", "khac", "u", "vang", "ok", "duoc", "roi", "quen",
    "nhi", "nhe", "hu", "tuoi", "be", "chau", "tre", "con", "trai", "gai", "lon", "nho", "ai",
    "dai", "dien", "thay", "can", "cu", "phap", "luat", "quy", "dinh", "buoc", "trinh", "tu",
    "thu", "tuc", "hai", "ba", "bon", "mot", "tuy", "truong", "hop", "co", "khong", "a", "da",
    "vay",
];

/// Words with which somebody takes back what was understood, folded; what stands after them counts.
const CORRECTIONS: &[&str] = &[
    "a khong",
    "khong phai",
    "nham",
    "nham roi",
    "y minh la",
    "y toi la",
    "y em la",
    "y la",
    "xin loi",
    "thuc ra",
    "that ra",
    "khong y",
    "chu khong phai",
    "a toi la",
    "lon",
    "sai roi",
    "chua dung",
    "khong dung",
];

/// Words with which somebody goes back to what was said earlier, folded.
const BACK: &[&str] = &[
    "quay lai", "luc nay", "hoi nay", "ban nay", "o tren", "truoc do", "ay", "cai do", "vu do",
    "ban dau",
];

/// Reads a message in its conversation.
pub(crate) fn meant(library: &Library, names: &Names, history: &[Said], text: &str) -> Meant {
    let alone = Meant { text: text.to_owned(), ..Meant::default() };
    let history = &history[history.len().saturating_sub(MOST)..];
    let Some(last) = history.iter().rposition(|said| said.by_assistant) else { return alone };
    let known = |code: &String| library.procedure(code).is_some();
    let mentioned =
        |said: &Said| -> Vec<String> { codes(&said.text).into_iter().filter(known).collect() };
    let options = mentioned(&history[last]);
    // Every procedure that was talked about, the latest last; what was only offered does not count.
    let mut subjects: Vec<String> = Vec::new();
    for said in history.iter().filter(|said| said.by_assistant) {
        if let [only] = mentioned(said).as_slice() {
            subjects.retain(|code| code != only);
            subjects.push(only.clone());
        }
    }
    let folded = words(text);
    let back = BACK.iter().any(|word| holds(&folded, word));
    let from = if options.len() > 1 { &options } else { &subjects };
    if let Some(at) = ordinal(&folded, from.len()).filter(|_| options.len() > 1 || back) {
        let code = from.get(at).cloned();
        return Meant { code, follows: true, ..alone };
    }
    let own = telling(&folded);
    let before = history.iter().rev().find(|said| !said.by_assistant);
    let before = before.map_or("", |said| said.text.as_str());
    // A choice among what was offered in words.
    if options.len() > 1
        && let Some(code) = fitting(library, names, &options, &own)
    {
        return Meant { code: Some(code), follows: true, ..alone };
    }
    let current = subjects.last();
    if let Some(rest) = corrected(text, &folded) {
        // A correction that names what is meant stands alone; any other changes the question before.
        let text = match best(names, &rest) >= 0.55 {
            true => rest,
            false => format!("{rest}. {}", without_denied(before, &folded)),
        };
        return Meant { text, not: current.cloned(), follows: true, ..alone };
    }
    if back && let Some(code) = fitting(library, names, &subjects, &own) {
        return Meant { code: Some(code), follows: true, ..alone };
    }
    let asked = history[last].text.trim_end().ends_with('?');
    if own.is_empty() || own.len() == 1 && names.weight(&own[0]) < 2.0 {
        return match current {
            Some(code) if !asked || options.len() <= 1 && mentioned(&history[last]).len() == 1 => {
                Meant { code: Some(code.clone()), follows: true, ..alone }
            }
            Some(code) if before_is_aside(history) => {
                Meant { code: Some(code.clone()), follows: true, ..alone }
            }
            _ => Meant { text: format!("{before} {text}"), follows: true, ..alone },
        };
    }
    // An answer to our question adds to what was asked; a new question of its own stands alone.
    let best = best(names, text);
    if asked && best < 0.55 {
        return Meant { text: format!("{before} {text}"), follows: true, ..alone };
    }
    if best < 0.2
        && let Some(code) = current
    {
        return Meant { code: Some(code.clone()), follows: true, ..alone };
    }
    alone
}

/// Whether our last message asked whether to go on with what was talked about before.
fn before_is_aside(history: &[Said]) -> bool {
    let last = history.iter().rev().find(|said| said.by_assistant);
    last.is_some_and(|said| {
        let folded = words(&said.text);
        ["hoi them", "hoi tiep", "can gi nua", "giup gi"].iter().any(|word| holds(&folded, word))
    })
}

/// Codes of procedures in a text, in their order.
fn codes(text: &str) -> Vec<String> {
    let parts =
        text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|part| part.trim_matches('.'));
    let mut found: Vec<String> = Vec::new();
    for part in parts {
        let code =
            part.len() == 8 && part.as_bytes()[1] == b'.' && !found.iter().any(|it| it == part);
        if code {
            found.push(part.to_owned());
        }
    }
    found
}

fn words(text: &str) -> Vec<String> {
    let folded = viet::fold(text);
    viet::syllables(&folded).into_iter().map(|token| token.text.to_owned()).collect()
}

/// Whether words stand in a text side by side.
fn holds(text: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    text.windows(phrase.len()).any(|window| window.iter().zip(&phrase).all(|(a, b)| a == b))
}

/// Syllables of a message that name something.
fn telling(words: &[String]) -> Vec<String> {
    let back: HashSet<&str> = BACK.iter().flat_map(|phrase| phrase.split(' ')).collect();
    words
        .iter()
        .filter(|word| {
            !silent(word)
                && !ELLIPTIC.contains(&word.as_str())
                && !back.contains(word.as_str())
                && !matches!(
                    word.as_str(),
                    "cai" | "vu" | "chuyen" | "kia" | "thoi" | "chon" | "lua" | "muc"
                )
                && !word.bytes().all(|byte| byte.is_ascii_digit())
        })
        .cloned()
        .collect()
}

const NUMBERS: &[(&str, usize)] = &[
    ("mot", 1),
    ("nhat", 1),
    ("dau", 1),
    ("hai", 2),
    ("nhi", 2),
    ("ba", 3),
    ("bon", 4),
    ("tu", 4),
    ("nam", 5),
    ("sau", 6),
];

/// The place in a list that a message names, from 0.
fn ordinal(words: &[String], count: usize) -> Option<usize> {
    if count == 0 {
        return None;
    }
    let number = |word: &str| -> Option<usize> {
        let named = NUMBERS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
        named.or_else(|| word.parse().ok()).filter(|number| (1..=count).contains(number))
    };
    if let [only] = words
        && let Ok(number) = only.parse::<usize>()
    {
        return (1..=count).contains(&number).then(|| number - 1);
    }
    for (i, word) in words.iter().enumerate() {
        let previous = i.checked_sub(1).map(|at| words[at].as_str());
        let points =
            matches!(previous, Some("cai" | "thu" | "so" | "chon" | "muc" | "phuong" | "an" | "y"));
        match word.as_str() {
            "cuoi" => return Some(count - 1),
            "giua" if count >= 3 => return Some(count / 2),
            "dau" if points || words.get(i + 1).is_some_and(|next| next == "tien") => {
                return Some(0);
            }
            word if points && number(word).is_some() => return number(word).map(|it| it - 1),
            _ => {}
        }
    }
    // "2 nhé", "1 ạ".
    match words {
        [first, rest @ ..] if rest.len() <= 2 && rest.iter().all(|word| silent(word)) => {
            first.parse().ok().filter(|number| (1..=count).contains(number)).map(|it: usize| it - 1)
        }
        _ => None,
    }
}

/// How well the best name of any procedure fits a text and covers it.
fn best(names: &Names, text: &str) -> f32 {
    names
        .fits(text)
        .into_values()
        .map(|fit| fit.said.max(fit.named) * fit.covers)
        .fold(0.0, f32::max)
}

/// What stands after a word of correction, as typed; `None` if there is none near the beginning, or if it denies at the
/// end ("tôi là công ty chứ không phải hộ": what stands before it). `words` are the folded words of `text`.
fn corrected(text: &str, words: &[String]) -> Option<String> {
    let tokens = viet::syllables(text);
    let typed = |range: std::ops::Range<usize>| -> String {
        tokens
            .get(range)
            .unwrap_or_default()
            .iter()
            .map(|token| token.text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut best: Option<(usize, usize, &str)> = None;
    for phrase in CORRECTIONS {
        let parts: Vec<&str> = phrase.split(' ').collect();
        let at = words
            .windows(parts.len())
            .position(|window| window.iter().zip(&parts).all(|(a, b)| a == b));
        if let Some(at) = at
            && best.is_none_or(|(_, length, _)| parts.len() > length)
        {
            best = Some((at, parts.len(), phrase));
        }
    }
    let (at, length, phrase) = best?;
    let after = typed(at + length..words.len());
    if phrase == "chu khong phai" {
        return Some(typed(0..at));
    }
    // "không phải tạm ngừng, đóng hẳn luôn" is dealt with by the denied words being left out of the rest.
    (at <= 3).then_some(after).filter(|after| !after.is_empty())
}

/// The words of the question before without those that were just denied.
fn without_denied(before: &str, message: &[String]) -> String {
    let denied: Vec<&String> = message
        .windows(3)
        .filter(|window| window[0] == "khong" && window[1] == "phai")
        .map(|window| &window[2])
        .chain(message.windows(2).filter(|window| window[0] == "khong").map(|window| &window[1]))
        .collect();
    let kept = viet::syllables(before)
        .into_iter()
        .filter(|token| !denied.contains(&&viet::fold(token.text)));
    kept.map(|token| token.text).collect::<Vec<_>>().join(" ")
}

/// The one of some procedures whose names hold most of what a message tells.
fn fitting(library: &Library, names: &Names, codes: &[String], own: &[String]) -> Option<String> {
    let weight: f32 = own.iter().map(|word| names.weight(word)).sum();
    if weight <= 0.0 {
        return None;
    }
    let held = |code: &String| -> f32 {
        let Some(procedure) = library.procedure(code) else { return 0.0 };
        let name =
            format!("{} {} {}", procedure.name, procedure.short, procedure.aliases.join(" "));
        let name: HashSet<String> = words(&name).into_iter().collect();
        own.iter().filter(|word| name.contains(*word)).map(|word| names.weight(word)).sum::<f32>()
            / weight
    };
    let mut found: Vec<(f32, &String)> = codes.iter().map(|code| (held(code), code)).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    match found.as_slice() {
        [(best, code), rest @ ..]
            if *best >= 0.6 && rest.first().is_none_or(|(next, _)| next < best) =>
        {
            Some((*code).clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use law::Procedure;
    use std::collections::HashMap;
    use std::sync::Arc;

    fn library() -> Library {
        let record = |code: &str, name: &str| Procedure {
            code: code.into(),
            name: name.into(),
            ..Procedure::default()
        };
        let records = vec![
            record("1.000001", "Đăng ký tạm trú"),
            record("1.000002", "Đăng ký thường trú"),
            record("1.000003", "Cấp thẻ căn cước"),
            record("1.000004", "Tách hộ"),
        ];
        Library::new(vec![], records, Arc::new(HashMap::new()))
    }

    fn read(history: &[(&str, &str)], text: &str) -> Meant {
        let library = library();
        let history: Vec<Said> = history
            .iter()
            .map(|(who, text)| Said { by_assistant: *who == "a", text: (*text).into() })
            .collect();
        meant(&library, &Names::new(&library), &history, text)
    }

    #[test]
    fn messages_stand_on_what_was_said() {
        let offered = [
            ("u", "cư trú"),
            (
                "a",
                "Bạn cần việc nào?\n1. Tạm trú (1.000001)\n2. Thường trú (1.000002)\n3. Tách hộ (1.000004)",
            ),
        ];
        for (text, code) in [
            ("cái thứ hai", "1.000002"),
            ("số 3 nhé, mấy ngày?", "1.000004"),
            ("2", "1.000002"),
            ("cai cuoi cung", "1.000004"),
            ("cái đầu tiên", "1.000001"),
            ("cái ở giữa", "1.000002"),
            ("tách hộ ạ", "1.000004"),
        ] {
            assert_eq!(read(&offered, text).code.as_deref(), Some(code), "{text}");
        }
        let talk = [
            ("u", "tạm trú ở đâu"),
            ("a", "Đăng ký tạm trú (1.000001): công an xã."),
            ("u", "căn cước mấy ngày"),
            ("a", "Cấp thẻ căn cước (1.000003): 7 ngày."),
        ];
        for (text, code) in [
            ("còn phí?", Some("1.000003")),
            ("quay lại vụ tạm trú, hết bao nhiêu", Some("1.000001")),
            ("cái căn cước ấy dùng mẫu nào", Some("1.000003")),
        ] {
            assert_eq!(read(&talk, text).code.as_deref(), code, "{text}");
        }
        let corrected = read(&talk, "à không, tách hộ cơ mà");
        assert_eq!((corrected.code, corrected.not.as_deref()), (None, Some("1.000003")));
        assert!(corrected.text.starts_with("tách hộ"), "{}", corrected.text);
        let asked = [("u", "Làm căn cước"), ("a", "Người làm bao nhiêu tuổi?")];
        assert_eq!(read(&asked, "9 tuổi").text, "Làm căn cước 9 tuổi");
        assert_eq!(read(&[], "tách hộ").text, "tách hộ");
    }
}
