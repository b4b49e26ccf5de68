//! Short forms and everyday words, as data: what "gplx" is written out, and what law calls a "sổ đỏ".

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::fold::{fold, has_marks};
use crate::normalize::normalize;
use crate::syllables::{Token, syllables};

/// One short form or everyday word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// As typed, lower case; `#` stands for figures: `ubnd`, `bằng lái`, `#t`.
    pub word: String,
    /// Written out, or as law says it: `Ủy ban nhân dân`, `giấy phép lái xe`, `# tuổi`.
    pub means: String,
    /// Whether law's word is looked for beside the everyday one, not in its place.
    #[serde(default)]
    pub adds: bool,
}

/// Words by their first syllable.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    words: Vec<Word>,
    /// Syllables of each word, and of each without marks.
    shapes: Vec<(Vec<String>, Vec<String>)>,
    by_first: HashMap<String, Vec<usize>>,
    by_folded: HashMap<String, Vec<usize>>,
}

/// Syllables after which a single letter names something: "điểm b", "hạng c", "mẫu a".
const NAMERS: &[&str] =
    &["diem", "hang", "mau", "loai", "nhom", "khoi", "to", "lo", "toa", "khu", "muc", "phu", "luc"];

impl Lexicon {
    /// Makes words findable; of two with the same spelling and use the first counts.
    pub fn new(words: Vec<Word>) -> Lexicon {
        let mut lexicon = Lexicon::default();
        for word in words {
            let lower = normalize(&word.word).to_lowercase();
            let marked = pieces(&lower);
            let folded = pieces(&fold(&lower));
            let Some(first) = marked.first() else { continue };
            let at = lexicon.words.len();
            lexicon.by_first.entry(first.clone()).or_default().push(at);
            lexicon.by_folded.entry(folded[0].clone()).or_default().push(at);
            lexicon.shapes.push((marked, folded));
            lexicon.words.push(word);
        }
        for list in lexicon.by_first.values_mut().chain(lexicon.by_folded.values_mut()) {
            let shapes = &lexicon.shapes;
            // The longest is tried first.
            list.sort_by_key(|&at| std::cmp::Reverse(shapes[at].0.len()));
        }
        lexicon
    }

    /// All words.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The text with its short forms written out; without marks where the text has none. What is not
    /// known stays as it is, letter for letter.
    pub fn spell_out(&self, text: &str) -> String {
        let plain = !has_marks(text);
        let mut out = String::with_capacity(text.len() + 16);
        let mut from = 0;
        for (span, at, figures) in self.matches(text, false) {
            let means = self.words[at].means.replace('#', &figures);
            out.push_str(text.get(from..span.start).unwrap_or_default());
            out.push_str(&if plain { fold(&means) } else { means });
            from = span.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }

    /// What law calls the everyday words of a text, each once, in their order.
    pub fn in_law<'a>(&'a self, text: &str) -> Vec<&'a str> {
        let mut found: Vec<&str> = Vec::new();
        for (_, at, _) in self.matches(text, true) {
            let means = self.words[at].means.as_str();
            if !found.contains(&means) {
                found.push(means);
            }
        }
        found
    }

    /// Words that stand in a text, left to right and not overlapping: bytes, index, figures.
    fn matches(&self, text: &str, adds: bool) -> Vec<(std::ops::Range<usize>, usize, String)> {
        let tokens = syllables(text);
        let lower: Vec<String> =
            tokens.iter().map(|token| normalize(token.text).to_lowercase()).collect();
        let by_folded = adds && !has_marks(text);
        let mut found = Vec::new();
        let mut i = 0;
        while i < tokens.len() {
            let figures: String = lower[i].chars().take_while(char::is_ascii_digit).collect();
            let (index, folded) =
                if by_folded { (&self.by_folded, true) } else { (&self.by_first, false) };
            // "1tv" is a word of its own, "15t" one of any figures.
            let shape = format!("#{}", &lower[i][figures.len()..]);
            let shapes = [Some(&lower[i]), Some(&shape).filter(|_| !figures.is_empty())];
            let words = shapes.into_iter().flatten().filter_map(|shape| index.get(shape)).flatten();
            let hit = words.copied().filter(|_| !in_a_number(text, &tokens[i])).find(|&at| {
                let shapes = &self.shapes[at];
                let syllables = if folded { &shapes.1 } else { &shapes.0 };
                self.words[at].adds == adds
                    && syllables[1..]
                        .iter()
                        .zip(lower.get(i + 1..).unwrap_or_default())
                        .all(|(a, b)| a == b)
                    && i + syllables.len() <= tokens.len()
                    && !(syllables.len() == 1 && names_something(&tokens, &lower, i))
            });
            match hit {
                Some(at) => {
                    let last = i + self.shapes[at].0.len() - 1;
                    found.push((tokens[i].span.start..tokens[last].span.end, at, figures));
                    i = last + 1;
                }
                None => i += 1,
            }
        }
        found
    }
}

/// Whether a syllable is part of a document's number: "TT-BTC", "12/2024/NĐ-CP".
fn in_a_number(text: &str, token: &Token<'_>) -> bool {
    // Numbers of documents are short; longer runs are none, and are not read to their ends.
    let near = |c: &char| !c.is_whitespace();
    let before: Vec<char> =
        text[..token.span.start].chars().rev().take(NUMBER).take_while(near).collect();
    let after: String = text[token.span.end..].chars().take(NUMBER).take_while(near).collect();
    let after = after.trim_end_matches(['.', ',', '?', '!']);
    let holds = |of: fn(char) -> bool| before.iter().copied().chain(after.chars()).any(of);
    holds(|c| c == '-') || holds(|c| c == '/') && holds(|c| c.is_ascii_digit())
}

/// Most letters on one side of a syllable in a document's number.
const NUMBER: usize = 24;

/// Whether a single letter is the name of a thing, not a short form: a capital, or after "điểm", "hạng".
fn names_something(tokens: &[Token<'_>], lower: &[String], i: usize) -> bool {
    if lower[i].chars().count() != 1 {
        return false;
    }
    let capital = tokens[i].text.chars().all(char::is_uppercase);
    let before = i.checked_sub(1).map(|before| fold(&lower[before]));
    let all_capitals =
        tokens.iter().filter(|token| token.text.chars().all(char::is_uppercase)).count();
    capital && 2 * all_capitals < tokens.len()
        || before.is_some_and(|before| {
            NAMERS.contains(&before.as_str()) || before.chars().count() == 1 && before != lower[i]
        })
}

fn pieces(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        let word =
            |word: &str, means: &str, adds| Word { word: word.into(), means: means.into(), adds };
        Lexicon::new(vec![
            word("đc", "được", false),
            word("dc", "được", false),
            word("k", "không", false),
            word("b", "bạn", false),
            word("ubnd", "Ủy ban nhân dân", false),
            word("#t", "# tuổi", false),
            word("tt", "thủ tục", false),
            word("nđ", "nghị định", false),
            word("1tv", "một thành viên", false),
            word("cmnd", "chứng minh nhân dân", false),
            word("bn tiền", "bao nhiêu tiền", false),
            word("bn", "bao nhiêu", false),
            word("sổ đỏ", "giấy chứng nhận quyền sử dụng đất", true),
            word("bằng lái", "giấy phép lái xe", true),
        ])
    }

    #[test]
    fn short_forms_are_written_out_and_the_rest_stays() {
        let lexicon = lexicon();
        for (text, expect) in [
            ("có đc k?", "có được không?"),
            ("ra UBND phường", "ra Ủy ban nhân dân phường"),
            ("ra ubnd nop dc k", "ra uy ban nhan dan nop duoc khong"),
            ("con 15t, bé 3 tuổi", "con 15 tuổi, bé 3 tuổi"),
            ("hết bn tiền vậy", "hết bao nhiêu tiền vậy"),
            ("điểm b khoản 2", "điểm b khoản 2"),
            ("Thông tư 12/2024/TT-BTC, nđ 5", "Thông tư 12/2024/TT-BTC, nghị định 5"),
            ("công ty 1tv", "công ty một thành viên"),
            ("CMND/hộ chiếu", "chứng minh nhân dân/hộ chiếu"),
            ("bằng hạng B", "bằng hạng B"),
            ("Đăng ký khai sinh", "Đăng ký khai sinh"),
            ("", ""),
        ] {
            assert_eq!(lexicon.spell_out(text), expect, "{text}");
        }
    }

    #[test]
    fn everyday_words_have_names_in_law() {
        let lexicon = lexicon();
        for (text, expect) in [
            (
                "mất sổ đỏ và bằng lái",
                vec!["giấy chứng nhận quyền sử dụng đất", "giấy phép lái xe"],
            ),
            ("mat so do", vec!["giấy chứng nhận quyền sử dụng đất"]),
            ("số đo chiều cao", vec![]),
        ] {
            assert_eq!(lexicon.in_law(text), expect, "{text}");
        }
    }
}
