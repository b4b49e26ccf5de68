//! Whether a sentence holds: code, not a model, decides. Pure.

mod apt;
mod retold;

use std::collections::BTreeSet;

use law::quoted;

use crate::answer::Source;

pub(crate) use apt::{apt, whole};
use retold::{limited, retold};

/// Why a sentence is left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It names a source that was not given.
    #[error("there is no source {0}")]
    NoSuchSource(usize),
    /// It rests on a text that is not in force on the question's day.
    #[error("source {0} is not in force")]
    NotInForce(usize),
    /// A quotation that stands in no cited source.
    #[error("no source says {0:?}")]
    Quote(String),
    /// A number, date or document number that stands in no cited source.
    #[error("no source has the figure {0:?}")]
    Figure(String),
    /// It says not, must or may where its source does not, or the other way round.
    #[error("{0:?} is not said as in its source")]
    Mood(&'static str),
    /// Its words are not those of one piece of its source.
    #[error("its words are not those of a source")]
    Words,
    /// It is no sentence: a heading, an item of a list, a piece.
    #[error("it is no whole sentence")]
    Form,
    /// It retells what its source says of another matter than is asked.
    #[error("its source is about another matter")]
    Matter,
}

/// Words that turn a rule round; each must be in the source if it is in the sentence.
const MOODS: &[&str] = &["không", "cấm", "chưa", "trừ", "phải", "bắt buộc", "miễn"];

/// Words that deny, forbid, except or free: the piece of the source that a sentence retells and the
/// sentence must both deny, or both not. "Cấm" and "không được" say the same, so a kind is a list.
const DENIALS: &[&[&str]] = &[&["không", "chưa", "cấm"], &["trừ"], &["miễn", "không"]];

/// Checks one sentence against each of the sources it cites (all of them if it cites none) and returns the
/// numbers of those that say it; of several that it does not cite, the first.
///
/// # Errors
/// The first [`Fault`].
pub fn check(sentence: &str, sources: &[Source]) -> Result<Vec<usize>, Fault> {
    let cited = cited(sentence);
    for n in &cited {
        let source = sources.iter().find(|source| source.n == *n).ok_or(Fault::NoSuchSource(*n))?;
        if !source.status.holds() {
            return Err(Fault::NotInForce(*n));
        }
    }
    let bare = without_marks(sentence);
    let candidates: Vec<&Source> = sources
        .iter()
        .filter(|source| source.status.holds() && (cited.is_empty() || cited.contains(&source.n)))
        .collect();
    // What it rests on is found out: a sentence may cite more than says it, or nothing.
    let mut fault = Fault::Words;
    let mut numbers = Vec::new();
    for source in candidates {
        match holds(&bare, source) {
            Ok(()) => numbers.push(source.n),
            Err(why) => fault = why,
        }
    }
    if cited.is_empty() {
        numbers.truncate(1);
    }
    if numbers.is_empty() { Err(fault) } else { Ok(numbers) }
}

fn words(source: &Source) -> String {
    format!("{}\n{}\n{}", source.citation, source.title, source.quote)
}

fn holds(sentence: &str, source: &Source) -> Result<(), Fault> {
    for quote in quotes(sentence) {
        // A title is no text of the law, and what runs from it into the text stands nowhere.
        if !quoted(&source.quote, quote) {
            return Err(Fault::Quote(quote.to_owned()));
        }
    }
    let all = &words(source);
    for (figure, known) in [
        (figures(sentence), figures(all)),
        (document_numbers(sentence), document_numbers(all)),
        (dates(sentence), dates(all)),
    ] {
        if let Some(figure) = figure.into_iter().find(|figure| !known.contains(figure)) {
            return Err(Fault::Figure(figure));
        }
    }
    let (said, given) =
        (viet::normalize(sentence).to_lowercase(), viet::normalize(all).to_lowercase());
    let has = |text: &str, word: &str| {
        format!(" {} ", text.replace(|c: char| !c.is_alphanumeric(), " "))
            .contains(&format!(" {word} "))
    };
    if let Some(mood) = MOODS.iter().find(|mood| has(&said, mood) && !has(&given, mood)) {
        return Err(Fault::Mood(mood));
    }
    if let Some(denial) = turned_round(&said, &given) {
        return Err(Fault::Mood(denial));
    }
    let mut fault = Fault::Words;
    for piece in retold(&said, source) {
        match limited(sentence, &said, &piece) {
            None => return Ok(()),
            Some(why) => fault = why,
        }
    }
    Err(fault)
}

/// The source numbers in square brackets.
pub(crate) fn cited(sentence: &str) -> Vec<usize> {
    let mut cited = Vec::new();
    for part in sentence.split('[').skip(1) {
        let Some((inside, _)) = part.split_once(']') else { continue };
        for n in inside.split(',').filter_map(|n| n.trim().parse().ok()) {
            if !cited.contains(&n) {
                cited.push(n);
            }
        }
    }
    cited
}

/// The sentence without its `[1]`.
pub(crate) fn without_marks(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(open) = rest.find('[') {
        let close = rest[open..].find(']').map(|close| open + close);
        let inside = close.map(|close| &rest[open + 1..close]);
        match (inside, close) {
            (Some(inside), Some(close))
                if inside.split(',').all(|n| n.trim().parse::<usize>().is_ok()) =>
            {
                out.push_str(rest[..open].trim_end());
                rest = &rest[close + 1..];
            }
            _ => {
                out.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn quotes(text: &str) -> Vec<&str> {
    let mut quotes = Vec::new();
    for (open, close) in [('“', '”'), ('"', '"'), ('«', '»')] {
        let mut rest = text;
        while let Some(start) = rest.find(open) {
            let after = &rest[start + open.len_utf8()..];
            let Some(end) = after.find(close) else { break };
            quotes.push(&after[..end]);
            rest = &after[end + close.len_utf8()..];
        }
    }
    quotes
}

/// Numbers with their units: "15 ngày" is not "15 ngày làm việc".
fn figures(text: &str) -> Vec<String> {
    viet::numbers(text)
        .into_iter()
        .map(|(number, _)| format!("{} {}", number.value, number.unit).trim().to_owned())
        .collect()
}

fn document_numbers(text: &str) -> Vec<String> {
    law::numbers(text).into_iter().map(|(number, _)| number).collect()
}

fn dates(text: &str) -> Vec<String> {
    viet::dates(text).into_iter().map(|(date, _)| date.to_string()).collect()
}

fn syllables(text: &str) -> Vec<&str> {
    viet::syllables(text).into_iter().map(|token| token.text).collect()
}

/// The word by which a sentence turns round the piece of the source that it shares most with: dropped
/// ("không được ly hôn" retold as "có quyền ly hôn") or added. What a lead-in denies ("Nghiêm cấm các
/// hành vi sau đây:") it denies for every piece.
fn turned_round(said: &str, given: &str) -> Option<&'static str> {
    let of_said = syllables(said);
    // What denies does not help to find the piece that is retold.
    let plain = |text: &[&str]| -> Vec<String> {
        let denies = |word: &&str| DENIALS.iter().any(|kind| kind.contains(word));
        let kept: Vec<&str> = text.iter().copied().filter(|word| !denies(word)).collect();
        kept.windows(2).map(|pair| pair.join(" ")).collect()
    };
    let said_pairs: BTreeSet<String> = plain(&of_said).into_iter().collect();
    let shared = |piece: &Vec<&str>| {
        let pairs = plain(piece);
        said_pairs.iter().filter(|pair| pairs.contains(pair)).count()
    };
    let best = given.split(['.', ';', '\n']).map(syllables).max_by_key(shared)?;
    let leads: Vec<&str> = given
        .lines()
        .map(str::trim)
        .filter(|line| line.ends_with(':'))
        .flat_map(syllables)
        .collect();
    DENIALS.iter().find_map(|kind| {
        let has = |text: &[&str], words: &[&str]| words.iter().any(|word| text.contains(word));
        let word = kind[0];
        let dropped = has(&best, &kind[..1]) || kind.len() == 3 && has(&best, kind);
        let dropped = dropped && !has(&of_said, kind);
        let added = has(&of_said, &kind[..1]) && !has(&best, kind) && !has(&leads, kind);
        let first = kind.iter().find(|word| best.contains(*word)).copied().unwrap_or(word);
        (dropped || added).then_some(first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use law::Status;
    use proptest::prelude::*;

    fn source(n: usize, quote: &str, status: Status) -> Source {
        let title = "Trách nhiệm đăng ký khai sinh — Luật Hộ tịch";
        Source { status, ..Source::example(n, title, quote) }
    }

    #[test]
    fn sentences_are_held_to_their_sources() {
        let sources = [
            source(
                1,
                "1. Trong thời hạn 60 ngày kể từ ngày sinh con, cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con; trường hợp cha, mẹ không thể đăng ký khai sinh cho con thì ông hoặc bà có trách nhiệm đăng ký.",
                Status::InForce,
            ),
            source(
                2,
                "Cơ quan đăng ký trả kết quả trong 15 ngày làm việc, lệ phí 50.000 đồng.",
                Status::InForce,
            ),
            source(3, "Trong thời hạn 30 ngày phải khai báo.", Status::Ended),
            source(
                4,
                "Chồng không được yêu cầu ly hôn khi vợ đang có thai. Nghiêm cấm cản trở việc ly hôn tự nguyện.",
                Status::InForce,
            ),
            source(
                5,
                "Người cao tuổi được miễn lệ phí đăng ký cư trú.\nNgười lái xe không được thực hiện các hành vi sau đây:\na) Sử dụng điện thoại di động;",
                Status::InForce,
            ),
        ];
        for (sentence, expect) in [
            (
                "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 60 ngày [1].",
                Ok(vec![1]),
            ),
            (
                "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn sáu mươi ngày.",
                Ok(vec![1]),
            ),
            (
                "Cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con trong thời hạn 90 ngày [1].",
                Err(Fault::Figure("90 ngày".into())),
            ),
            (
                "Cơ quan đăng ký trả kết quả trong 15 ngày [2].",
                Err(Fault::Figure("15 ngày".into())),
            ),
            ("Cơ quan đăng ký trả kết quả, lệ phí 50 nghìn đồng [2].", Ok(vec![2])),
            ("Trong thời hạn 30 ngày phải khai báo [3].", Err(Fault::NotInForce(3))),
            ("Cha hoặc mẹ có trách nhiệm đăng ký khai sinh [7].", Err(Fault::NoSuchSource(7))),
            (
                "Cha hoặc mẹ không có trách nhiệm đăng ký khai sinh cho con [1].",
                Err(Fault::Mood("không")),
            ),
            ("Luật ghi “cha hoặc mẹ có trách nhiệm đăng ký khai sinh cho con” [1].", Ok(vec![1])),
            (
                "Luật ghi “cha và mẹ có trách nhiệm đăng ký khai sinh cho con” [1].",
                Err(Fault::Quote("cha và mẹ có trách nhiệm đăng ký khai sinh cho con".into())),
            ),
            (
                "Theo Nghị định 123/2015/NĐ-CP, cha hoặc mẹ có trách nhiệm đăng ký khai sinh [1].",
                Err(Fault::Figure("123/2015/NĐ-CP".into())),
            ),
            ("Hôm nay trời đẹp và tôi rất vui [1].", Err(Fault::Words)),
            ("Chồng được yêu cầu ly hôn khi vợ đang có thai [4].", Err(Fault::Mood("không"))),
            ("Chồng có quyền yêu cầu ly hôn khi vợ đang có thai [4].", Err(Fault::Mood("không"))),
            ("Chồng không được yêu cầu ly hôn khi vợ đang có thai [4].", Ok(vec![4])),
            ("Người cao tuổi nộp lệ phí đăng ký cư trú [5].", Err(Fault::Mood("miễn"))),
            ("Người cao tuổi được miễn lệ phí đăng ký cư trú [5].", Ok(vec![5])),
            ("Người lái xe không được sử dụng điện thoại di động [5].", Ok(vec![5])),
            ("Tổ chức được cản trở việc ly hôn tự nguyện [4].", Err(Fault::Mood("cấm"))),
            ("Nghiêm cấm cản trở việc ly hôn tự nguyện [4].", Ok(vec![4])),
            ("Việc cản trở việc ly hôn tự nguyện bị cấm [4].", Err(Fault::Words)),
        ] {
            assert_eq!(check(sentence, &sources), expect, "{sentence}");
        }
    }

    proptest! {
        #[test]
        fn a_foreign_quotation_never_passes(quote in "[a-zđ]{3,8}( [a-zđ]{3,8}){2,6}") {
            let sources = [source(1, "Trong thời hạn 60 ngày kể từ ngày sinh con.", Status::InForce)];
            let sentence = format!("Luật ghi “{quote}” [1].");
            let verdict = check(&sentence, &sources);
            prop_assert!(verdict.is_err());
        }
    }
}
