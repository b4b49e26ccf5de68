//! Phrases that decide where a question goes, from `prompts/routes.toml`.

use std::collections::{BTreeSet, HashMap};

use infer::Prompts;

use crate::words::{Word, words};

/// Most syllables between two parts of a phrase.
const GAP: usize = 6;

/// The list whose phrases are not heard at all: "phòng cháy, chữa cháy" is no fire.
const ASIDE: &str = "aside";

/// The names of the lists.
const LISTS: &[&str] = &[
    ASIDE,
    "emergency_fire",
    "emergency_water",
    "emergency_police",
    "emergency_medical",
    "emergency_child",
    "emergency_help",
    "emergency_despair",
    "emergency_suicide",
    "emergency_papers",
    "emergency_law",
    "emergency_me",
    "emergency_now",
    "handoff",
    "complaint",
    "greeting",
    "thanks",
    "goodbye",
    "about",
    "courtesy",
    "asking",
    "unsafe",
    "unsafe_deeds",
    "unsafe_victim",
    "in_scope_law",
    "in_scope",
    "abroad",
    "out_of_scope",
    "my_case",
    "my_case_not",
];

/// All lists, ready to be looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phrases {
    phrases: Vec<Phrase>,
    /// Phrases by the first syllable, folded.
    by_first: HashMap<String, Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Phrase {
    list: &'static str,
    /// Whether it counts only with all its marks.
    exact: bool,
    /// Parts in their order, each of syllables with marks and without.
    parts: Vec<Vec<Word>>,
}

/// A text as phrases see it, with those that stand in it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    words: Vec<Word>,
    /// Phrases that stand in it.
    found: Vec<Span>,
    typed: Typing,
}

/// A phrase in a text: its list, first syllable, the one after the last.
type Span = (&'static str, usize, usize);

/// How a text was typed: where marks are missing, phrases are compared without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    /// With no mark at all.
    Unmarked,
    /// Less than half of its syllables have marks.
    Half,
    Marked,
}

impl Heard {
    /// How many syllables the text has.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether any phrase of a list stands in the text.
    pub(crate) fn any(&self, list: &str) -> bool {
        self.found.iter().any(|(of, ..)| *of == list)
    }

    /// How many syllables of the text belong to no phrase of some lists.
    pub(crate) fn beside(&self, lists: &[&str]) -> usize {
        let mut free = vec![true; self.len()];
        for &(_, from, to) in self.found.iter().filter(|(list, ..)| lists.contains(list)) {
            free[from..to].fill(false);
        }
        free.into_iter().filter(|free| *free).count()
    }
}

impl Phrases {
    pub(crate) fn new(prompts: &Prompts) -> Phrases {
        let mut all = Phrases::default();
        for list in LISTS {
            for phrase in prompts.phrases(list) {
                let exact = phrase.starts_with('=');
                let parts: Vec<_> = phrase.trim_start_matches('=').split('+').map(words).collect();
                let Some(first) = parts.first().and_then(|part| part.first()) else { continue };
                all.by_first.entry(first.folded.clone()).or_default().push(all.phrases.len());
                all.phrases.push(Phrase { list, exact, parts });
            }
        }
        all
    }

    /// Reads a text once for all lists.
    pub(crate) fn hear(&self, text: &str) -> Heard {
        let words = words(text);
        let typed = match words.iter().filter(|word| !word.is_bare()).count() {
            0 => Typing::Unmarked,
            marked if 2 * marked < words.len() => Typing::Half,
            _ => Typing::Marked,
        };
        let mut heard = Heard { words, found: Vec::new(), typed };
        let asides = self.found(&heard).into_iter().filter(|(list, ..)| *list == ASIDE);
        for at in asides.flat_map(|(_, from, to)| from..to) {
            heard.words[at] = Word::default();
        }
        heard.found = self.found(&heard);
        heard
    }

    fn found(&self, heard: &Heard) -> Vec<Span> {
        let at = |at: usize| {
            let begins = self.by_first.get(&heard.words[at].folded).into_iter().flatten();
            begins.filter_map(move |&i| {
                let phrase = &self.phrases[i];
                Some((phrase.list, at, phrase.end(heard, at)?))
            })
        };
        (0..heard.len()).flat_map(at).collect()
    }
}

impl Phrase {
    /// Where it ends, if it begins at a syllable: parts follow each other within the gap.
    fn end(&self, heard: &Heard, at: usize) -> Option<usize> {
        let mut ends = BTreeSet::from([at]);
        for (i, part) in self.parts.iter().enumerate() {
            let gap = if i == 0 { 0 } else { GAP };
            let starts = ends.iter().flat_map(|&end| end..=end + gap);
            let fits = starts.filter(|&start| self.same(part, heard, start));
            ends = fits.map(|start| start + part.len()).collect();
        }
        ends.first().copied()
    }

    /// Marks that were typed count; for what is no emergency, one mark in a text means that all were typed.
    fn same(&self, part: &[Word], heard: &Heard, at: usize) -> bool {
        let Some(there) = heard.words.get(at..at + part.len()) else { return false };
        let lax = !self.exact
            && match heard.typed {
                Typing::Unmarked => true,
                Typing::Half => self.list.starts_with("emergency"),
                Typing::Marked => false,
            };
        let alike = |want: &Word, is: &Word| {
            want.marked == is.marked || lax && is.is_bare() && want.folded == is.folded
        };
        part.iter().zip(there).all(|(want, is)| alike(want, is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn phrases(routes: &str) -> Phrases {
        Phrases::new(&Prompts::new(BTreeMap::new(), "").unwrap().with_phrases(routes).unwrap())
    }

    #[test]
    fn parts_follow_each_other_and_marks_count_where_they_are_typed() {
        let phrases = phrases(
            "aside = [\"chữa cháy\"]\nemergency_fire = [\"cháy nhà\", \"cháy + cứu\", \"=sập\"]",
        );
        for (text, expect) in [
            ("Cháy nhà rồi", true),
            ("chay nha roi", true),
            ("chạy nhà", false),
            ("cháy nha roi, cuu voi", true),
            ("đang cháy ở tầng ba, xin cứu người", true),
            ("cứu hộ bị cháy", false),
            ("cháy một hai ba bốn năm sáu bảy tám cứu", false),
            ("học chữa cháy, cứu người", false),
            ("sap nhap", false),
            ("sập rồi", true),
        ] {
            assert_eq!(phrases.hear(text).any("emergency_fire"), expect, "{text}");
        }
    }

    #[test]
    fn what_no_phrase_covers_is_counted() {
        let phrases = phrases("greeting = [\"chào\"]\ncourtesy = [\"bạn\", \"xin\", \"=hỗ\"]");
        let lists = ["greeting", "courtesy"];
        for (text, expect) in [("Xin chào bạn!", 0), ("chào cờ", 1), ("ho", 1), ("", 0)] {
            assert_eq!(phrases.hear(text).beside(&lists), expect, "{text}");
        }
    }
}
