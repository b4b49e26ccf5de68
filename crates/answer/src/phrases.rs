//! Phrases that decide where a question goes, from `prompts/routes.toml`.

use std::collections::BTreeMap;

use infer::Prompts;

/// Most syllables between two parts of a phrase.
const GAP: usize = 6;

/// The names of the lists.
const LISTS: &[&str] = &[
    "emergency_fire",
    "emergency_water",
    "emergency_police",
    "emergency_medical",
    "emergency_child",
    "emergency_despair",
    "emergency_not",
    "emergency_now",
    "handoff",
    "complaint",
    "greeting",
    "thanks",
    "goodbye",
    "about",
    "courtesy",
    "unsafe",
    "unsafe_deeds",
    "in_scope_law",
    "in_scope",
    "abroad",
    "out_of_scope",
];

/// All lists, ready to be looked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phrases {
    lists: BTreeMap<&'static str, Vec<Phrase>>,
}

#[derive(Clone, Debug)]
struct Phrase {
    /// Parts in their order, each of syllables with marks and without.
    parts: Vec<Vec<(String, String)>>,
}

/// A text as phrases see it.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    syllables: Vec<(String, String)>,
    /// Whether so few marks were typed that a syllable without any may mean one with.
    lax: bool,
}

impl Heard {
    /// Reads a text; where most syllables are typed without marks, those are compared without them.
    pub(crate) fn new(text: &str) -> Heard {
        let syllables = both(text);
        let marked = syllables.iter().filter(|(marked, folded)| marked != folded).count();
        Heard { lax: 2 * marked < syllables.len(), syllables }
    }

    /// How many syllables it has.
    pub(crate) fn len(&self) -> usize {
        self.syllables.len()
    }
}

fn both(text: &str) -> Vec<(String, String)> {
    let text = viet::normalize(text).to_lowercase();
    viet::syllables(&text)
        .iter()
        .map(|token| (token.text.to_owned(), viet::fold(token.text)))
        .collect()
}

impl Phrases {
    pub(crate) fn new(prompts: &Prompts) -> Phrases {
        let read = |phrase: &String| Phrase { parts: phrase.split('+').map(both).collect() };
        let list = |name: &&'static str| (*name, prompts.phrases(name).iter().map(read).collect());
        Phrases { lists: LISTS.iter().map(list).collect() }
    }

    /// Whether any phrase of a list stands in a text.
    pub(crate) fn any(&self, list: &str, heard: &Heard) -> bool {
        self.lists.get(list).into_iter().flatten().any(|phrase| phrase.stands_in(heard))
    }

    /// Whether a text is made of the phrases of some lists and nothing else.
    pub(crate) fn only(&self, lists: &[&str], heard: &Heard) -> bool {
        let phrases: Vec<&Phrase> =
            lists.iter().filter_map(|list| self.lists.get(list)).flatten().collect();
        let mut at = 0;
        while at < heard.len() {
            let longest = phrases
                .iter()
                .filter_map(|phrase| phrase.parts.first())
                .filter(|part| same(part, heard, at))
                .map(Vec::len)
                .max();
            match longest {
                Some(length) if length > 0 => at += length,
                _ => return false,
            }
        }
        heard.len() > 0
    }
}

impl Phrase {
    fn stands_in(&self, heard: &Heard) -> bool {
        let mut ends = vec![0];
        for (i, part) in self.parts.iter().enumerate() {
            let mut next = Vec::new();
            for &end in &ends {
                let last = if i == 0 { heard.len() } else { heard.len().min(end + GAP + 1) };
                next.extend(
                    (end..last).filter(|&at| same(part, heard, at)).map(|at| at + part.len()),
                );
            }
            next.dedup();
            if next.is_empty() {
                return false;
            }
            ends = next;
        }
        !self.parts.is_empty()
    }
}

/// Marks that were typed count.
fn same(part: &[(String, String)], heard: &Heard, at: usize) -> bool {
    let Some(there) = heard.syllables.get(at..at + part.len()) else { return false };
    let alike = |want: &(String, String), is: &(String, String)| {
        want.0 == is.0 || heard.lax && is.0 == is.1 && want.1 == is.1
    };
    part.iter().zip(there).all(|(want, is)| alike(want, is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_marks_count_where_they_are_typed() {
        let routes = "emergency_fire = [\"cháy nhà\", \"cháy + cứu\"]\ngreeting = [\"chào\"]\ncourtesy = [\"bạn\", \"xin\"]";
        let prompts = Prompts::new(BTreeMap::new(), "").unwrap().with_phrases(routes).unwrap();
        let phrases = Phrases::new(&prompts);
        for (text, expect) in [
            ("Cháy nhà rồi", true),
            ("chay nha roi", true),
            ("chạy nhà", false),
            ("cháy nha roi, cuu voi", true),
            ("đang cháy ở tầng ba, xin cứu người", true),
            ("cứu hộ bị cháy", false),
            ("cháy một hai ba bốn năm sáu bảy tám cứu", false),
        ] {
            assert_eq!(phrases.any("emergency_fire", &Heard::new(text)), expect, "{text}");
        }
        assert!(phrases.only(&["greeting", "courtesy"], &Heard::new("Xin chào bạn!")));
        assert!(!phrases.only(&["greeting", "courtesy"], &Heard::new("chào cờ")));
        assert!(!phrases.only(&["greeting", "courtesy"], &Heard::new("")));
    }
}
