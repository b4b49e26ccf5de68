//! What a message means in its conversation: a choice by number, a field of the procedure at hand, a correction,
//! an earlier subject, an answer to our question. Pure.

use std::collections::HashSet;

use law::Library;
use search::{Names, silent};
use serde::{Deserialize, Serialize};

use crate::words::{Word, head, position, words};
use crate::{choose, route};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Whether the assistant said it.
    pub by_assistant: bool,
    /// Its words.
    pub text: String,
}

impl Said {
    /// At most so many of its first letters, without personal identifiers.
    pub(crate) fn redacted(&self, letters: usize) -> Said {
        let text = viet::clean(head(&self.text, letters));
        Said { text: crate::redact::redact(&text).plain(), ..*self }
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
    /// The procedure at hand, of which it may be asked if nothing else answers.
    pub(crate) at_hand: Option<String>,
}

/// Most messages that are looked back upon.
pub(crate) const MOST: usize = 12;

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

/// Words with which somebody takes back what was understood; what stands after them counts.
const CORRECTIONS: &[&str] = &[
    "à không",
    "không phải",
    "nhầm",
    "nhầm rồi",
    "ý mình là",
    "ý tôi là",
    "ý em là",
    "ý là",
    "xin lỗi",
    "thực ra",
    "thật ra",
    "không ý",
    "chứ không phải",
    "à tôi là",
    "lộn",
    "lộn rồi",
    "sai rồi",
    "chưa đúng",
    "không đúng",
];

/// Words that turn down what was understood, and what may stand beside them, folded.
const DENIALS: &[&str] = &["khong phai", "khong dung", "sai roi", "chua dung", "nham roi"];
const DENIED: &[&str] = &[
    "khong phai",
    "khong dung",
    "sai roi",
    "chua dung",
    "nham roi",
    "may cai do",
    "may cai nay",
    "cai nay",
    "cai do",
    "thu tuc nay",
    "thu tuc do",
    "viec nay",
    "viec do",
    "y toi",
    "y em",
    "roi",
];

/// Whether a message turns down what was understood and says no more.
pub(crate) fn denies(text: &str) -> bool {
    let spaced = route::spaced(text);
    DENIALS.iter().any(|words| route::holds(&spaced, words)) && route::only(text, DENIED)
}

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
        let mut all = mentioned(said);
        // The card that was shown counts, whatever else is offered by number or warned of beside it.
        let card = said.text.lines().find(|line| is_card(line)).and_then(|line| codes(line).pop());
        if let Some(code) = card.filter(known) {
            all = vec![code];
        }
        if let [only] = all.as_slice() {
            subjects.retain(|code| code != only);
            subjects.push(only.clone());
        }
    }
    let said = words(text);
    let folded: Vec<String> = said.iter().map(|word| word.folded.clone()).collect();
    let back = BACK.iter().any(|word| holds(&folded, word));
    let from = if options.len() > 1 { &options } else { &subjects };
    if let Some(at) = ordinal(&said, from.len()).filter(|_| options.len() > 1 || back) {
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
    // Who names what is at hand asks of it: "không phải đăng ký tạm trú à?".
    let asks = text.trim_end().ends_with('?')
        || said.last().is_some_and(|it| ["à", "hả", "không"].contains(&it.marked.as_str()));
    let keeps = |rest: &str| {
        let own = telling(&folded_words(rest));
        let at_hand = current.map(std::slice::from_ref).unwrap_or_default();
        asks && fitting(library, names, at_hand, &own).is_some()
    };
    if let Some(rest) = corrected(text, &said).filter(|rest| !keeps(rest)) {
        // A correction that names what is meant stands alone; any other changes the question before.
        let text = match names.best(&rest) >= NAMED {
            true => rest,
            false => format!("{rest}. {}", without_denied(before, &folded)),
        };
        return Meant { text, not: current.cloned(), follows: true, ..alone };
    }
    // "không phải", and no more: the question before, without what it was taken for.
    if current.is_some() && !asks && denies(text) {
        let (text, not) = (before.to_owned(), current.cloned());
        return Meant { text, not, follows: true, ..alone };
    }
    if back && let Some(code) = fitting(library, names, &subjects, &own) {
        return Meant { code: Some(code), follows: true, ..alone };
    }
    let asked = history[last].text.trim_end().ends_with('?');
    // "đổi tên" says nothing but common words and yet is the name of another procedure.
    let other = named(library, names, text).filter(|code| Some(code) != current);
    if other.is_none() && (own.is_empty() || own.len() == 1 && names.weight(&own[0]) < 2.0) {
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
    let best = names.best(text);
    if asked && best < NAMED && other.is_none() {
        return Meant { text: format!("{before} {text}"), follows: true, ..alone };
    }
    // What asks for a part of a procedure without naming any, and no law, is about the one at hand.
    let punished = own.iter().any(|word| word == "phat" || word == "toi");
    let of_law = punished || choose::asks_law(text) || !law::mentions(text).is_empty();
    if best < UNNAMED
        && !of_law
        && !route::fields(text).is_empty()
        && let Some(code) = current
    {
        return Meant { code: Some(code.clone()), follows: true, ..alone };
    }
    Meant { at_hand: current.cloned().filter(|_| other.is_none() && best < NAMED), ..alone }
}

/// How well a name fits and covers a message that names what it is about.
const NAMED: f32 = 0.55;
/// How well at most the best name fits a message that names nothing.
const UNNAMED: f32 = 0.2;

/// The procedure whose name or saying a message is, but for what is asked of any.
fn named(library: &Library, names: &Names, text: &str) -> Option<String> {
    let fits = names.fits(&route::telling(text)).into_iter();
    let exact = fits.filter(|(_, fit)| {
        fit.named > 0.95 && fit.covers > 0.95 || fit.said > 0.95 && fit.said_covers > 0.95
    });
    exact.min_by_key(|(i, _)| *i).map(|(i, _)| library.procedures()[i].code.clone())
}

/// Whether our last message asked whether to go on with what was talked about before.
fn before_is_aside(history: &[Said]) -> bool {
    let last = history.iter().rev().find(|said| said.by_assistant);
    last.is_some_and(|said| {
        let folded = folded_words(&said.text);
        ["hoi them", "hoi tiep", "can gi nua", "giup gi"].iter().any(|word| holds(&folded, word))
    })
}

/// Whether a line leads in a card: "Thông tin về thủ tục Đăng ký thường trú (1.004222):".
fn is_card(line: &str) -> bool {
    let numbered = line.split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok());
    line.trim_end().ends_with("):") && !numbered
}

/// Codes of procedures in a text, each once, in their order.
fn codes(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for code in law::codes(text) {
        if !found.iter().any(|it| it == code) {
            found.push(code.to_owned());
        }
    }
    found
}

fn folded_words(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.folded).collect()
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
    ("một", 1),
    ("nhất", 1),
    ("đầu", 1),
    ("hai", 2),
    ("nhì", 2),
    ("ba", 3),
    ("bốn", 4),
    ("tư", 4),
    ("năm", 5),
    ("sáu", 6),
];

/// Syllables that may stand after a bare number that chooses: "2 nhé".
const POLITE: &[&str] =
    &["nhé", "nha", "ạ", "đi", "thôi", "với", "ok", "cái", "em", "anh", "chị", "ad", "bạn", "nhen"];

/// The place in a list that a message names, from 0. Marks count where they are typed: "cuối" is no "cưới".
fn ordinal(words: &[Word], count: usize) -> Option<usize> {
    let is = |word: &Word, want: &str| {
        word.marked == want || word.is_bare() && word.folded == viet::fold(want)
    };
    let any = |word: &Word, list: &[&str]| list.iter().any(|want| is(word, want));
    let number = |word: &Word| -> Option<usize> {
        let named = NUMBERS.iter().find(|(name, _)| is(word, name)).map(|(_, number)| *number);
        named.or_else(|| word.marked.parse().ok()).filter(|number| (1..=count).contains(number))
    };
    for (i, word) in words.iter().enumerate() {
        let previous = i.checked_sub(1).map(|at| &words[at]);
        let points = previous.is_some_and(|it| {
            let list = any(it, &["cái", "số", "chọn", "mục", "phương", "án", "ý"]);
            // "thứ hai" alone is a day of the week.
            let within = words.len() <= 4 || i >= 2 && is(&words[i - 2], "cái");
            list || is(it, "thứ") && within
        });
        let last = i + 1 == words.len();
        if is(word, "cuối") && (points || words.get(i + 1).is_none_or(|it| is(it, "cùng"))) {
            return count.checked_sub(1);
        }
        let within = previous.is_some_and(|it| any(it, &["cái", "ở"]));
        if is(word, "giữa") && count >= 3 && (within || last) {
            return Some(count / 2);
        }
        if is(word, "đầu") && (points || words.get(i + 1).is_some_and(|it| is(it, "tiên"))) {
            return (count > 0).then_some(0);
        }
        if points && number(word).is_some() {
            return number(word).map(|it| it - 1);
        }
    }
    match words {
        [first, rest @ ..] if rest.len() <= 2 && rest.iter().all(|word| any(word, POLITE)) => {
            let typed = first.marked.parse().ok();
            typed.filter(|number| (1..=count).contains(number)).map(|it: usize| it - 1)
        }
        _ => None,
    }
}

/// What stands after a word of correction, as typed; `None` if there is none near the beginning, if nothing is named
/// after it ("không phải nộp phí à?"), or if it denies at the end ("tôi là công ty chứ không phải hộ": what stands
/// before it). `said` are the words of `text`, with their marks.
fn corrected(text: &str, said: &[Word]) -> Option<String> {
    let tokens = viet::syllables(text);
    let typed = |range: std::ops::Range<usize>| -> String {
        let tokens = tokens.get(range).unwrap_or_default().iter();
        tokens.map(|token| token.text).collect::<Vec<_>>().join(" ")
    };
    let found = CORRECTIONS.iter().filter_map(|phrase| Some((position(said, phrase)?, *phrase)));
    let length = |phrase: &str| phrase.split(' ').count();
    let (at, phrase) = found.max_by_key(|(at, it)| (length(it), std::cmp::Reverse(*at)))?;
    if phrase == "chứ không phải" {
        return Some(typed(0..at));
    }
    let rest = at + length(phrase)..said.len();
    let folded: Vec<String> = said[rest.clone()].iter().map(|it| it.folded.clone()).collect();
    let names_something = !telling(&folded).is_empty();
    // "không phải tạm ngừng, đóng hẳn luôn" is dealt with by the denied words being left out of the rest.
    // "giấy ghi nhầm tên" tells of a slip in a paper.
    (at <= 1 && names_something).then(|| typed(rest))
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
        let name: HashSet<String> = folded_words(&name).into_iter().collect();
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
        // What stands alone after a card.
        for text in ["tách hộ", "Luật Cư trú điều 5 nói gì", "lễ cưới ở sân vận động"]
        {
            assert_eq!(read(&talk, text).code, None, "{text}");
        }
        assert_eq!(read(&talk, "không phải nộp phí à?").not, None);
        for text in ["hồ sơ 2 bản", "3 ngày", "đăng ký cưới"] {
            assert_eq!(read(&offered, text).code, None, "{text}");
        }
        let corrected = read(&talk, "à không, tách hộ cơ mà");
        assert_eq!((corrected.code, corrected.not.as_deref()), (None, Some("1.000003")));
        assert!(corrected.text.starts_with("tách hộ"), "{}", corrected.text);
        let asked = [("u", "Làm căn cước"), ("a", "Người làm bao nhiêu tuổi?")];
        assert_eq!(read(&asked, "9 tuổi").text, "Làm căn cước 9 tuổi");
        assert_eq!(read(&[], "tách hộ").text, "tách hộ");
    }
}
