//! Whether a sentence that holds may stand in the answer to a question.

use super::{Fault, cited, syllables, without_marks};
use crate::answer::Source;
use crate::words;

/// Share of the telling syllables of a source's heading that the question and the sentence must hold.
const MATTER: f32 = 0.6;

/// Share of its syllables that make a sentence no more than the title of a source.
const TITLE: f32 = 0.8;

/// Fewest syllables of a sentence; a shorter one is an item of a list.
const WHOLE: usize = 6;

/// Words that point to what stands elsewhere, or ask: with them a sentence alone says nothing.
const POINTING: &[&str] = &[
    "này",
    "nói trên",
    "nêu trên",
    "trên đây",
    "dưới đây",
    "sau đây",
    "như sau",
    "như thế nào",
    "là gì",
    "bao nhiêu",
    "thế nào",
    "hay không",
    "những gì",
];

/// A sentence as it stands in prose: without the number of an item, from a capital to a full stop.
pub(crate) fn whole(sentence: &str) -> String {
    let mut text = sentence.trim().trim_start_matches(['-', '*', '•']).trim_start();
    let item = |mark: &str| {
        let number = mark.chars().all(|c| c.is_ascii_digit()) && mark.len() <= 2;
        let letter = mark.chars().count() == 1 && mark.chars().all(char::is_lowercase);
        !mark.is_empty() && (number || letter)
    };
    if let Some((mark, rest)) = text.split_once(['.', ')'])
        && item(mark)
        && rest.starts_with(' ')
    {
        text = rest.trim_start();
    }
    let mut letters = text.chars();
    let text: String =
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    match text.strip_suffix(';') {
        Some(text) => format!("{text}."),
        None => text,
    }
}

/// Whether a sentence is whole and no heading, and of a source on the matter that is asked or that it names itself.
///
/// # Errors
/// [`Fault::Form`], [`Fault::Matter`].
pub(crate) fn apt(sentence: &str, question: &str, sources: &[Source]) -> Result<(), Fault> {
    let bare = without_marks(sentence);
    let bare = bare.trim();
    let said = folded(bare);
    let of_title = |source: &Source| {
        let title = folded(&format!("{} {}", source.citation, source.title));
        let known = said.iter().filter(|word| title.contains(word)).count();
        known as f32 >= TITLE * said.len() as f32
    };
    let lower = words::whole(bare);
    let points = POINTING.iter().any(|words| lower.contains(&format!(" {words} ")));
    let open = bare.ends_with([':', '?']) || bare.ends_with(":.") || bare.starts_with('[');
    if said.len() < WHOLE || points || open || sources.iter().any(of_title) {
        return Err(Fault::Form);
    }
    let asked = folded(question);
    let on_matter = |source: &Source| {
        let heading = source.title.split(" — ").next().unwrap_or_default();
        let told = words::telling(heading.split_once(". ").map_or(heading, |(_, name)| name));
        let known = told.iter().filter(|it| asked.contains(it) || said.contains(it)).count();
        known as f32 >= MATTER * told.len() as f32
    };
    let cited = cited(sentence);
    let rests = |source: &&Source| cited.is_empty() || cited.contains(&source.n);
    match sources.iter().filter(rests).any(on_matter) {
        true => Ok(()),
        false => Err(Fault::Matter),
    }
}

fn folded(text: &str) -> Vec<String> {
    let folded = viet::fold(text);
    syllables(&folded).into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(title: &str) -> Source {
        Source::example(1, title, "")
    }

    #[test]
    fn items_become_sentences() {
        for (item, expect) in [
            (
                "1. Ít nhất 45 ngày nếu không xác định thời hạn;",
                "Ít nhất 45 ngày nếu không xác định thời hạn.",
            ),
            ("a) nghỉ lễ, tết;", "Nghỉ lễ, tết."),
            ("- Nghỉ lễ.", "Nghỉ lễ."),
            ("1.500 đồng một lần [1].", "1.500 đồng một lần [1]."),
            ("Lương cơ sở [1].", "Lương cơ sở [1]."),
        ] {
            assert_eq!(whole(item), expect);
        }
    }

    #[test]
    fn what_is_no_answer_to_the_question_is_left_out() {
        let maid = "Điều 162. Hợp đồng lao động đối với lao động là người giúp việc gia đình — Bộ luật Lao động";
        let own = "Điều 35. Quyền đơn phương chấm dứt hợp đồng lao động của người lao động — Bộ luật Lao động";
        let sentence = "Một bên có quyền đơn phương chấm dứt hợp đồng lao động nhưng phải báo trước ít nhất 15 ngày [1].";
        let asked = "ký hợp đồng không thời hạn muốn nghỉ việc phải báo trước bao lâu";
        let asks_maid = "người giúp việc gia đình nghỉ việc báo trước bao lâu";
        for (sentence, question, title, expect) in [
            (sentence, asked, maid, Err(Fault::Matter)),
            (sentence, asks_maid, maid, Ok(())),
            (sentence, asked, own, Ok(())),
            (own, asked, own, Err(Fault::Form)),
            (
                "Hết thời hạn này thì di sản thuộc về người thừa kế [1].",
                asked,
                own,
                Err(Fault::Form),
            ),
            ("Muốn nghỉ việc phải báo trước bao nhiêu ngày [1].", asked, own, Err(Fault::Form)),
            ("Các trường hợp được chấm dứt hợp đồng lao động gồm:", asked, own, Err(Fault::Form)),
            ("Trình tự thực hiện [1].", asked, own, Err(Fault::Form)),
        ] {
            assert_eq!(apt(sentence, question, &[source(title)]), expect, "{sentence} / {title}");
        }
    }
}
