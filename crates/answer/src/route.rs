//! What kind of question it is. Rules that a test can read, no model.

use std::collections::HashSet;

use law::Procedure;
use search::Named;

use crate::sight::Sight;

/// What a person wants to know of a procedure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Fee,
    Papers,
    Time,
    Place,
    Steps,
    Basis,
    Result,
}

/// Folded words that ask for a field.
const FIELD_WORDS: &[(Field, &[&str])] = &[
    (Field::Fee, &["phi", "le phi", "tien", "mien phi", "gia", "bao nhieu tien"]),
    (
        Field::Papers,
        &[
            "giay to",
            "ho so",
            "can gi",
            "chuan bi gi",
            "mang gi",
            "mang theo",
            "mau don",
            "to khai",
        ],
    ),
    (Field::Time, &["bao lau", "may ngay", "thoi han", "khi nao", "bao gio", "mat may", "han"]),
    (Field::Place, &["o dau", "noi nao", "cho nao", "co quan nao", "nop dau", "den dau"]),
    (
        Field::Steps,
        &["cac buoc", "the nao", "ra sao", "trinh tu", "cach lam", "lam sao", "quy trinh"],
    ),
    (Field::Basis, &["can cu", "van ban nao", "luat nao", "quy dinh nao"]),
    (Field::Result, &["ket qua", "nhan duoc gi", "duoc cap gi"]),
];

/// Whether a text has anything that can be read: Latin letters, in any language that uses them, or
/// figures such as a procedure's code.
pub(crate) fn readable(text: &str) -> bool {
    viet::fold(text).chars().any(|letter| letter.is_ascii_alphanumeric())
}

/// The fields that a question asks for, in the order of the card; empty when it asks for all.
pub(crate) fn fields(text: &str) -> Vec<Field> {
    let asked = spaced(text);
    FIELD_WORDS
        .iter()
        .filter(|(_, words)| words.iter().any(|word| holds(&asked, word)))
        .map(|(field, _)| *field)
        .collect()
}

/// What is asked of any procedure, folded: it tells nothing of which. The longer come first.
const ASKING: &[&str] = &[
    "can nhung giay to gi",
    "can giay to gi",
    "nhung giay to gi",
    "nhung giay to",
    "giay to gi",
    "giay to",
    "ho so gom nhung gi",
    "ho so gom gi",
    "ho so gom",
    "ho so can",
    "nop ho so",
    "ho so",
    "can chuan bi gi",
    "chuan bi nhung gi",
    "chuan bi gi",
    "don theo mau nao",
    "theo mau nao",
    "mau so may",
    "mau nao",
    "mau gi",
    "mau don",
    "don mau",
    "to khai mau",
    "to khai nao",
    "nop o dau",
    "nop cho ai",
    "nop dau",
    "o cho nao",
    "o dau",
    "cho nao",
    "noi nao",
    "ra dau",
    "di dau",
    "den dau",
    "het bao nhieu tien",
    "mat bao nhieu tien",
    "bao nhieu tien",
    "het bao nhieu",
    "mat bao nhieu",
    "ton bao nhieu",
    "mat phi",
    "mat tien",
    "le phi bao nhieu",
    "phi bao nhieu",
    "le phi",
    "phi",
    "tien",
    "mien phi",
    "gia bao nhieu",
    "bao nhieu",
    "bao lau thi xong",
    "bao lau thi co",
    "mat bao lau",
    "bao lau",
    "may ngay",
    "bao nhieu ngay",
    "khi nao co",
    "khi nao lay duoc",
    "khi nao",
    "truc tuyen",
    "truc tiep",
    "qua mang",
    "tren mang",
    "nop mang",
    "nop truc",
    "buu dien",
    "buu chinh",
    "nop",
    "thu tuc",
    "the nao",
    "nhu the nao",
    "ra sao",
    "lam sao",
    "kieu gi",
    "cho hoi",
    "tu van",
    "giup",
    "thoi gian",
    "thoi han",
    "ket qua",
    "thang",
    "nam",
    "tuan",
    "ngay",
];

/// A question without what is asked of any procedure: what tells which is left.
pub(crate) fn telling(text: &str) -> String {
    let mut text = spaced(text).replace(' ', "  ");
    for phrase in ASKING {
        // The fee of that name is a procedure.
        if *phrase == "le phi" && text.contains("truoc  ba") {
            continue;
        }
        text = text.replace(&format!(" {} ", phrase.replace(' ', "  ")), "  ");
    }
    let words =
        text.split_whitespace().filter(|word| !word.bytes().all(|byte| byte.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

/// Words that lead to what is asked for, folded: "xin giấy phép …", "đăng ký …".
const LEADING: &[&str] = &[
    "xin", "giay", "phep", "cap", "lai", "dang", "ky", "lam", "the", "chung", "nhan", "cho",
    "muon", "can", "quyen", "doi", "moi", "ve", "cua", "duoc", "de",
];

/// What a question of [`telling`] words asks for: up to four words after the last that lead to it; empty if none
/// leads to anything.
pub(crate) fn object(telling: &str) -> String {
    let words: Vec<&str> = telling.split(' ').collect();
    let leads = |word: &&str| {
        matches!(*word, "xin" | "phep" | "ky" | "cap" | "lam" | "tuc" | "nhan" | "the" | "chieu")
    };
    let Some(first) = words.iter().position(leads) else { return String::new() };
    let after = words[first..].iter().skip_while(|word| LEADING.contains(word) || leads(word));
    after.filter(|word| !search::silent(word)).take(4).copied().collect::<Vec<_>>().join(" ")
}

/// Folded text as words between single blanks, one at each end, so that whole words can be looked for.
pub(crate) fn spaced(text: &str) -> String {
    let folded = viet::fold(text);
    let words: Vec<&str> = viet::syllables(&folded).into_iter().map(|word| word.text).collect();
    format!(" {} ", words.join(" "))
}

/// Whether whole words stand in a text of [`spaced`].
pub(crate) fn holds(spaced: &str, words: &str) -> bool {
    spaced
        .match_indices(words)
        .any(|(at, _)| spaced[..at].ends_with(' ') && spaced[at + words.len()..].starts_with(' '))
}

/// The procedures of a life event that a question tells ("vợ em vừa sinh em bé"), in the order of doing them;
/// none if it tells none. The longest saying that stands in it counts.
pub(crate) fn event<'a>(sight: Sight<'a>, text: &str) -> Vec<&'a Procedure> {
    let asked = format!(" {} ", syllables(text).join(" "));
    let mut best: (usize, Vec<(usize, &Procedure)>) = (0, Vec::new());
    for procedure in sight.procedures() {
        for event in &procedure.events {
            let said = std::iter::once(&event.name).chain(&event.said).map(|it| syllables(it));
            let told =
                said.filter(|it| it.len() > 1 && asked.contains(&format!(" {} ", it.join(" "))));
            let Some(length) = told.map(|it| it.len()).max() else { continue };
            if length > best.0 {
                best = (length, Vec::new());
            }
            if length == best.0 {
                best.1.push((event.step, procedure));
            }
        }
    }
    best.1.sort_by_key(|(step, procedure)| (*step, !procedure.own()));
    let mut procedures: Vec<&Procedure> = best.1.into_iter().map(|(_, it)| it).collect();
    procedures.dedup_by_key(|procedure| &procedure.code);
    procedures
}

fn syllables(text: &str) -> Vec<String> {
    let folded = viet::fold(text);
    viet::syllables(&folded)
        .into_iter()
        .map(|token| token.text.to_owned())
        .filter(|word| word != "thu" && word != "tuc")
        .collect()
}

/// A document that the question names and the library does not hold, not even in its catalogue or as
/// the basis of a procedure: the answer must say so and nothing else.
pub(crate) fn unknown(sight: Sight<'_>, text: &str, named: &Named) -> Option<String> {
    let numbers = law::numbers(text);
    named
        .unknown
        .iter()
        .find(|words| {
            // Partly typed numbers are held to the beginning of the full one.
            let number = law::mentions(words).first().map(|it| it.citation.document.clone());
            let typed = number.filter(|number| !number.is_empty());
            let same = |document: &str| {
                typed.as_deref().is_some_and(|typed| {
                    document == typed || document.starts_with(&format!("{typed}/"))
                })
            };
            !sight
                .procedures()
                .any(|p| same(&p.decision) || p.basis.iter().any(|basis| same(&basis.document)))
        })
        .cloned()
        .or_else(|| {
            // A number that no words announce: "60/2014/QH99".
            let seen = |number: &str| {
                named.documents.iter().chain(&named.missing).any(|at| at.document == number)
                    || sight.document(number).is_some()
                    || sight.procedures().any(|p| {
                        p.decision == number || p.basis.iter().any(|basis| basis.document == number)
                    })
            };
            numbers.into_iter().map(|(number, _)| number).find(|number| !seen(number))
        })
}

/// Something that is written like the code of a procedure and is none of the library's.
pub(crate) fn unknown_code(sight: Sight<'_>, text: &str) -> Option<String> {
    law::codes(text)
        .filter(|code| matches!(code.as_bytes()[0], b'1'..=b'6'))
        .find(|code| sight.procedure(code).is_none())
        .map(str::to_owned)
}

/// Syllables that tell nothing of what is asked, folded.
const SILENT: &[&str] = &[
    "la", "gi", "nao", "the", "co", "khong", "duoc", "bao", "nhieu", "lau", "cho", "cua", "va",
    "thi", "toi", "minh", "em", "anh", "chi", "a", "oi", "vay", "khi", "bi", "o", "dau", "hoi",
    "muon", "can", "nhu", "ve", "theo", "quy", "dinh",
];

/// Whether the question names a document by its number.
pub(crate) fn names_a_number(text: &str) -> bool {
    law::mentions(text).iter().any(|mention| !mention.citation.document.is_empty())
}

/// What is asked of a document as a whole, folded: whether it holds, since when, what changed it.
const ABOUT_DOCUMENTS: &[&str] = &[
    "con hieu luc",
    "het hieu luc",
    "co hieu luc",
    "hieu luc",
    "tinh trang",
    "ban hanh",
    "thay the",
    "bai bo",
    "sua doi bo sung",
    "sua doi",
    "bo sung",
    "van ban nao",
    "co quan nao",
    "ngay nao",
    "khi nao",
    "bao gio",
    "tu ngay",
    "nam nao",
    "la gi",
    "quy dinh gi",
    "quy dinh ve gi",
    "noi gi",
    "noi ve gi",
    "noi dung",
    "toan van",
    "thong tin",
    "tra cuu",
    "hien nay",
    "hien hanh",
    "ap dung",
];
/// Syllables that may stand around it.
const AROUND: &[&str] = &[
    "a", "ai", "anh", "bi", "boi", "chi", "cho", "chua", "co", "con", "da", "dang", "em", "giup",
    "hay", "hoi", "khong", "ko", "la", "minh", "nay", "nhe", "nua", "oi", "roi", "thi", "tim",
    "toi", "tu", "vay", "van", "ve", "xem", "xin",
];

/// Whether what is left of a question without the names of documents asks about nothing else.
pub(crate) fn asks_no_more(rest: &str) -> bool {
    only(rest, ABOUT_DOCUMENTS)
}

/// Whether a text holds nothing but some phrases and the syllables that stand around them.
pub(crate) fn only(rest: &str, phrases: &[&str]) -> bool {
    let folded = viet::fold(rest);
    let words: Vec<&str> = viet::syllables(&folded).into_iter().map(|word| word.text).collect();
    let mut text = format!(" {} ", words.join("  "));
    for phrase in phrases {
        text = text.replace(&format!(" {} ", phrase.replace(' ', "  ")), "  ");
    }
    text.split_whitespace().all(|word| AROUND.contains(&word))
}

/// Share of the question's telling syllables that a text holds, folded; 0 when the text holds none of
/// the words that two of them make side by side: "thời" and "ngày" alone say nothing of "thời tiết
/// ngày mai".
pub(crate) fn coverage(question: &str, text: &str) -> f32 {
    let telling = |text: &str| -> Vec<Option<String>> {
        let folded = viet::fold(text);
        let words = viet::syllables(&folded).into_iter().map(|token| token.text.to_owned());
        words.map(|word| Some(word).filter(|word| !SILENT.contains(&word.as_str()))).collect()
    };
    let (asked, held) = (telling(question), telling(text));
    let pairs = |words: &[Option<String>]| -> HashSet<(String, String)> {
        let pair = |pair: &[Option<String>]| Some((pair[0].clone()?, pair[1].clone()?));
        words.windows(2).filter_map(pair).collect()
    };
    let asked_pairs = pairs(&asked);
    let asked: Vec<String> = asked.into_iter().flatten().collect();
    let unrelated = !asked_pairs.is_empty() && asked_pairs.is_disjoint(&pairs(&held));
    if asked.is_empty() || unrelated {
        return 0.0;
    }
    let known: HashSet<String> = held.into_iter().flatten().collect();
    asked.iter().filter(|word| known.contains(*word)).count() as f32 / asked.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_heard_with_and_without_marks() {
        use Field::{Fee, Papers, Place, Time};
        for (text, expect) in [
            ("làm giấy khai sinh có mất tiền không, cần giấy tờ gì?", vec![Fee, Papers]),
            ("lam giay khai sinh o dau, may ngay xong", vec![Time, Place]),
            ("đăng ký khai sinh", vec![]),
        ] {
            assert_eq!(fields(text), expect, "{text}");
        }
    }

    #[test]
    fn what_is_left_of_a_question_decides_whether_it_is_about_the_document() {
        for (rest, expect) in [
            ("", true),
            (" còn hiệu lực không?", true),
            ("cho em hoi  ban hanh ngay nao, bi thay the boi van ban nao", true),
            (" quy định về hồ sơ khai sinh thế nào", false),
            (" quy định thay đổi tên thế nào?", false),
            (": có thẻ thì được gì", false),
            (" thì bố mẹ có được đổi tên con không", false),
            ("mức phạt theo ", false),
        ] {
            assert_eq!(asks_no_more(rest), expect, "{rest}");
        }
    }

    #[test]
    fn coverage_wants_words_side_by_side() {
        assert!(coverage("Vượt đèn đỏ phạt bao nhiêu?", "Phạt tiền người vượt đèn đỏ") > 0.99);
        assert!(coverage("Thời tiết ngày mai", "Phạt tiền người vượt đèn đỏ") < 0.3);
        assert!(coverage("cho hỏi thời tiết ngày mai", "Thời điểm thực hiện từ ngày 1") < 0.01);
    }
}
