//! The words of one article, and edits by place: what an amendment does to a text.

use std::ops::Range;

use crate::citation::Place;
use crate::document::{Article, Clause};
use crate::mention::units::POINTS;
use crate::parse::split_article;

/// Stands where words are not held: "2. […]".
pub(crate) const GAP: &str = "[…]";
/// How consolidated texts print a place that is repealed: "4. (được bãi bỏ)".
pub(crate) const REPEALED: &str = "(được bãi bỏ)";

/// Heading and text of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wording {
    /// Heading without "Điều 5.".
    pub heading: String,
    /// Its text.
    pub text: String,
}

impl Wording {
    /// The clauses and points of the text.
    pub fn clauses(&self) -> Vec<Clause> {
        split_article(&self.text).0
    }

    /// The bytes of a clause or point; all of the text for the article itself.
    pub fn span(&self, place: &Place) -> Option<Range<usize>> {
        let article = Article { clauses: self.clauses(), ..Article::default() };
        article.span(place, self.text.len())
    }

    /// The words of a place.
    pub fn at(&self, place: &Place) -> Option<&str> {
        self.span(place).map(|span| self.text[span].trim())
    }

    /// The bytes of what stands before the first child of a place.
    pub(crate) fn lead(&self, place: &Place) -> Option<Range<usize>> {
        let clauses = self.clauses();
        match &place.clause {
            None => Some(0..clauses.first().map_or(self.text.len(), |clause| clause.span.start)),
            Some(number) => {
                let clause = clauses.iter().find(|clause| clause.number == *number)?;
                let end = clause.points.first().map_or(clause.span.end, |point| point.span.start);
                place.point.is_none().then_some(clause.span.start..end)
            }
        }
    }

    /// Puts words in place of a span, on lines of their own.
    pub(crate) fn put(&mut self, span: Range<usize>, words: &str) {
        let after = self.text[span.end..].trim_start_matches('\n').to_owned();
        let before = self.text[..span.start].trim_end_matches('\n').to_owned();
        let parts = [before.as_str(), words.trim_matches('\n'), after.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        self.text = parts.join("\n");
    }

    /// Puts a new clause or point where its number belongs. `false` if its clause is not there.
    pub(crate) fn insert(&mut self, place: &Place, words: &str) -> bool {
        let clauses = self.clauses();
        let Some(number) = &place.clause else { return false };
        let at = match &place.point {
            None => clauses
                .iter()
                .find(|clause| number_order(&clause.number) > number_order(number))
                .map_or(self.text.len(), |clause| clause.span.start),
            Some(letter) => {
                let Some(clause) = clauses.iter().find(|clause| clause.number == *number) else {
                    return false;
                };
                let next = clause
                    .points
                    .iter()
                    .find(|point| letter_order(&point.letter) > letter_order(letter));
                next.map_or(clause.span.end, |point| point.span.start)
            }
        };
        self.put(at..at, words);
        true
    }

    /// Replaces words inside a place; how often they stood there.
    pub(crate) fn swap(&mut self, place: &Place, old: &str, new: &str) -> usize {
        let Some(span) = self.span(place).filter(|_| !old.is_empty()) else { return 0 };
        let words = &self.text[span.clone()];
        let found = find_words(words, old);
        // "Tổ chức bảo hiểm y tế" at the beginning of a sentence is the same words.
        let found = match found.is_empty() && old.to_lowercase().len() == old.len() {
            true => find_cased(words, old),
            false => found,
        };
        if !found.is_empty() {
            let changed = replace_words(words, &found, old.len(), new);
            self.text.replace_range(span, &changed);
        }
        found.len()
    }

    /// Whether a place is there, and only as repealed.
    pub fn is_repealed(&self, place: &Place) -> bool {
        self.at(place).is_some_and(is_repealed)
    }
}

/// Whether words say no more than that their place is repealed.
pub(crate) fn is_repealed(words: &str) -> bool {
    let words =
        words.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' '));
    let words = match words.split_once(')') {
        Some((letter, rest)) if letter.chars().count() <= 3 && !letter.starts_with('(') => {
            rest.trim_start()
        }
        _ => words,
    };
    let words = words.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '.' | ';' | '[' | ']')
    });
    ["được bãi bỏ", "bị bãi bỏ", "bãi bỏ", "đã bãi bỏ", "được bỏ"]
        .contains(&words.to_lowercase().as_str())
}

/// `2` before `2a` before `10`.
pub(crate) fn number_order(number: &str) -> (u32, usize, String) {
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let letter = &number[digits..];
    let place = POINTS.iter().position(|point| *point == letter).map_or(0, |i| i + 1);
    (number[..digits].parse().unwrap_or(u32::MAX), place, letter.to_owned())
}

/// `d` before `đ` before `e`, `a` before `a1`.
pub(crate) fn letter_order(letter: &str) -> (usize, u32) {
    let first = letter.chars().next().map_or(0, char::len_utf8);
    let place = POINTS.iter().position(|point| *point == &letter[..first]).unwrap_or(POINTS.len());
    (place, letter[first..].parse().unwrap_or(0))
}

/// Where words stand in a text, whole ones only.
fn find_words(text: &str, words: &str) -> Vec<usize> {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let first = words.chars().next().is_some_and(char::is_alphanumeric);
    let last = words.chars().next_back().is_some_and(char::is_alphanumeric);
    text.match_indices(words)
        .map(|(at, _)| at)
        .filter(|&at| {
            (!first || edge(text[..at].chars().next_back()))
                && (!last || edge(text[at + words.len()..].chars().next()))
        })
        .collect()
}

/// Where words stand in any case.
fn find_cased(text: &str, words: &str) -> Vec<usize> {
    let (low, words) = (text.to_lowercase(), words.to_lowercase());
    // Lower case has the same length in Vietnamese; anything else is left alone.
    if low.len() != text.len() {
        return Vec::new();
    }
    let mut found = find_words(&low, &words);
    found.retain(|&at| text.is_char_boundary(at) && text.is_char_boundary(at + words.len()));
    found
}

fn replace_words(text: &str, found: &[usize], length: usize, new: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for &at in found {
        out.push_str(&text[last..at]);
        last = at + length;
        if new.is_empty() {
            // No two blanks, and none before a comma.
            let rest = &text[last..];
            if rest.is_empty() || rest.starts_with([',', ';', '.', ' ', '\n']) {
                out.truncate(out.trim_end_matches(' ').len());
            } else if out.ends_with(' ') || out.is_empty() {
                last += rest.len() - rest.trim_start_matches(' ').len();
            }
            continue;
        }
        let capital = |text: &str| text.chars().next().is_some_and(char::is_uppercase);
        let mut letters = new.chars();
        match letters.next() {
            Some(first) if capital(&text[at..]) && !first.is_uppercase() => {
                out.extend(first.to_uppercase());
                out.push_str(letters.as_str());
            }
            _ => out.push_str(new),
        }
    }
    out.push_str(&text[last..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        text.parse::<crate::Citation>().map(|at| at.place).unwrap()
    }

    fn wording() -> Wording {
        Wording { heading: "Tên".into(), text: "Dẫn:\n1. Một:\na) x;\nc) z.\n2. Hai.".into() }
    }

    #[test]
    fn places_are_put_where_their_numbers_belong() {
        for (at, words, expect) in [
            ("khoản 1a", "1a. Mới.", "Dẫn:\n1. Một:\na) x;\nc) z.\n1a. Mới.\n2. Hai."),
            ("khoản 3", "3. Mới.", "Dẫn:\n1. Một:\na) x;\nc) z.\n2. Hai.\n3. Mới."),
            ("khoản 1 điểm b", "b) y;", "Dẫn:\n1. Một:\na) x;\nb) y;\nc) z.\n2. Hai."),
            ("khoản 1 điểm d", "d) w.", "Dẫn:\n1. Một:\na) x;\nc) z.\nd) w.\n2. Hai."),
        ] {
            let mut wording = wording();
            assert!(wording.insert(&place(&format!("1/2020/QH14 điều 1 {at}")), words), "{at}");
            assert_eq!(wording.text, expect, "{at}");
        }
        assert!(!wording().insert(&place("1/2020/QH14 điều 1 khoản 9 điểm a"), "a) x"));
    }

    #[test]
    fn words_are_swapped_whole() {
        let mut wording = Wording {
            text: "1. Huyện, cấp huyện và huyện đảo.\n2. Huyện.".into(),
            ..Wording::default()
        };
        let at = place("1/2020/QH14 điều 1 khoản 1");
        assert_eq!(wording.swap(&at, "huyện", "xã"), 2);
        assert_eq!(wording.text, "1. Huyện, cấp xã và xã đảo.\n2. Huyện.");
        assert_eq!(wording.swap(&at, "huyện", "quận"), 1);
        assert_eq!(wording.text, "1. Quận, cấp xã và xã đảo.\n2. Huyện.");
        assert_eq!(wording.swap(&at, ", cấp xã", ""), 1);
        assert_eq!(wording.text, "1. Quận và xã đảo.\n2. Huyện.");
    }

    #[test]
    fn repealed_places_are_known() {
        for (words, expect) in [
            ("4. (được bãi bỏ)", true),
            ("e) (được bãi bỏ)", true),
            ("4. được bãi bỏ)", true),
            ("(được bãi bỏ)", true),
            ("4. Nghị định này bãi bỏ", false),
            ("", false),
        ] {
            assert_eq!(is_repealed(words), expect, "{words}");
        }
    }
}
