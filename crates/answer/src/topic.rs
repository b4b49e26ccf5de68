//! Subjects that are named and nothing more: it must be asked which of their procedures is meant.

use law::{Library, Topic};
use search::{Names, silent};

use crate::route;

/// Syllables that ask for something of any procedure, folded: they do not tell which.
const OPEN: &[&str] = &[
    "giay", "to", "ho", "so", "don", "phi", "le", "tien", "nop", "gom", "nhung", "chuyen", "vu",
    "viec", "van", "de", "bac", "tui", "minh", "nha", "gap", "giai", "quyet", "huong", "dan", "tu",
    "van", "trinh", "buoc", "quy", "dinh", "thoi", "han", "mau", "khai", "tim", "hieu", "biet",
    "lien", "quan", "gio", "a", "nhe", "mang", "chuan",
];

/// The subject that a question names without telling what is wanted of it; `None` if it tells more, or if the words
/// are the very name of one procedure.
pub(crate) fn vague<'a>(library: &'a Library, names: &Names, text: &str) -> Option<&'a Topic> {
    let question = route::spaced(text);
    let words: Vec<&str> = question.split_whitespace().collect();
    let mut best: Option<(usize, &Topic)> = None;
    for topic in library.topics() {
        for said in topic.said.iter().chain([&topic.topic]) {
            let phrase = route::spaced(said);
            if !route::holds(&question, phrase.trim()) {
                continue;
            }
            let count = phrase.split_whitespace().count();
            if best.is_none_or(|(most, _)| count > most) && says_no_more(&words, &phrase) {
                best = Some((count, topic));
            }
        }
    }
    let (_, topic) = best?;
    let exact = names.fits(text).into_values().any(|fit| fit.named > 0.97 && fit.covers > 0.97);
    (!exact).then_some(topic)
}

/// Whether what a question says besides a phrase tells nothing.
fn says_no_more(words: &[&str], phrase: &str) -> bool {
    words.iter().all(|word| {
        silent(word) || OPEN.contains(word) || phrase.split_whitespace().any(|part| part == *word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use law::{Procedure, TopicOption};
    use std::collections::HashMap;
    use std::sync::Arc;

    #[test]
    fn only_a_bare_subject_is_vague() {
        let option = |code: &str| TopicOption { code: code.into(), label: code.into() };
        let topic = Topic {
            topic: "Căn cước".into(),
            said: vec!["căn cước".into(), "làm căn cước".into()],
            options: vec![option("1"), option("2")],
        };
        let record = |code: &str, name: &str| Procedure {
            code: code.into(),
            name: name.into(),
            ..Procedure::default()
        };
        let records = vec![
            record("1", "Cấp đổi thẻ căn cước"),
            record("2", "Cấp lại thẻ căn cước"),
            record("3", "Tách hộ"),
        ];
        let library = Library::new(vec![], records, Arc::new(HashMap::new()));
        let library = library.with_words(viet::Lexicon::default(), vec![topic]);
        let names = Names::new(&library);
        for (text, expect) in [
            ("cho hỏi vụ căn cước", true),
            ("lam can cuoc can giay to gi", true),
            ("đổi căn cước ở đâu", false),
            ("tách hộ", false),
        ] {
            assert_eq!(vague(&library, &names, text).is_some(), expect, "{text}");
        }
    }
}
