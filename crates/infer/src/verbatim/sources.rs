//! What may be quoted: the sources of one answer, from word to word.

use std::cell::OnceCell;

use super::automaton::{Automaton, ROOT};
use super::words::{CUT, Class, Left, between_words, class, class_of_lead, pieces};

/// Most sources: one bit each. Further ones can be neither quoted nor cited.
const MOST: usize = 64;

/// Stands before each word that a quotation may begin with; texts hold no such byte.
const START: u8 = 1;

/// The sources of one request, numbered from 1; a set of them is a `u64` with bit 0 for source 1.
///
/// A quotation keeps to one piece of a source, see [`pieces`].
pub(super) struct Sources {
    texts: Vec<String>,
    /// Built when the first quotation is opened: most answers have none.
    automaton: OnceCell<Automaton>,
    quotable: u64,
}

/// How far a quotation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    state: u32,
    left: Left,
}

impl Sources {
    pub(super) fn new(texts: &[String]) -> Sources {
        let texts: Vec<String> = texts.iter().take(MOST).cloned().collect();
        let word = |text: &str| text.chars().any(|letter| class(letter) == Class::Word);
        let bits = texts.iter().enumerate().filter(|(_, text)| word(text)).map(|(i, _)| 1 << i);
        let quotable = bits.fold(0, |all, bit: u64| all | bit);
        Sources { texts, automaton: OnceCell::new(), quotable }
    }

    /// Every source that the prompt shows: an empty text only keeps a number.
    pub(super) fn all(&self) -> u64 {
        let shown = self.texts.iter().enumerate().filter(|(_, text)| !text.is_empty());
        shown.fold(0, |all, (i, _)| all | 1 << i)
    }

    /// The sources that hold a word.
    pub(super) fn quotable(&self) -> u64 {
        self.quotable
    }

    /// Where a quotation begins.
    pub(super) fn start() -> Place {
        Place { state: ROOT, left: Left::Other }
    }

    /// One byte on; `None` when no source goes on like this after the start of a word.
    pub(super) fn next(&self, place: Place, byte: u8) -> Option<Place> {
        let automaton = self.automaton.get_or_init(|| build(&self.texts));
        let Place { state, left } = place;
        match byte {
            // Cuts and starts stand in the automaton, but nobody writes them.
            ..b' ' => None,
            // Within a letter.
            0x80..0xc0 if state != ROOT => {
                automaton.next(state, byte).map(|state| Place { state, left })
            }
            _ => {
                let class = class_of_lead(byte);
                if state == ROOT && class != Class::Word {
                    return None;
                }
                let (starts, left) = left.then(class);
                let state = if starts { automaton.next(state, START)? } else { state };
                automaton.next(state, byte).map(|state| Place { state, left })
            }
        }
    }

    /// The sources that hold what is quoted so far, from the start of a word.
    pub(super) fn holding(&self, place: Place) -> u64 {
        self.automaton.get().map_or(0, |automaton| automaton.occurs(place.state))
    }

    /// The sources in which it also ends between words, not at a blank; none for an empty quotation.
    pub(super) fn ending(&self, place: Place) -> u64 {
        let ends = |automaton: &Automaton| automaton.ends(place.state);
        if place.state == ROOT { 0 } else { self.automaton.get().map_or(0, ends) }
    }
}

fn build(texts: &[String]) -> Automaton {
    let mut automaton = Automaton::new(texts.iter().map(|text| text.len() * 5 / 4).sum());
    for (i, text) in texts.iter().enumerate() {
        let bit = 1 << i;
        let mut left = Left::Other;
        let letters = pieces(text);
        for (at, &letter) in letters.iter().enumerate() {
            if letter == CUT {
                left = Left::Other;
                automaton.push(CUT as u8, 0, 0);
                continue;
            }
            let (starts, then) = left.then(class(letter));
            if starts {
                automaton.push(START, bit, 0);
            }
            left = then;
            let end = letter != ' ' && between_words(left, &letters[at + 1..]);
            let mut bytes = [0; 4];
            let bytes = letter.encode_utf8(&mut bytes).as_bytes();
            for (i, &byte) in bytes.iter().enumerate() {
                automaton.push(byte, bit, if end && i + 1 == bytes.len() { bit } else { 0 });
            }
        }
    }
    automaton
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(sources: &Sources, bytes: &[u8]) -> Option<Place> {
        bytes.iter().try_fold(Sources::start(), |place, &byte| sources.next(place, byte))
    }

    #[test]
    fn quotations_begin_and_end_between_words() {
        let text = "1. Lệ phí:\n 135.000  đồng/lần,\u{a0}5% (NĐ 60/2014/QH13 – Cư M'gar).\n\
                    Ghi “cấp xã” [12] và «cấp tỉnh» nêu [9].";
        let sources = Sources::new(&[text.into(), "Lệ phí: miễn".into()]);
        for (quote, holding, ending) in [
            ("", 0, 0),
            ("Lệ phí", 3, 3),
            ("Lệ phí:", 3, 3),
            ("Lệ phí: ", 3, 0),
            ("Lệ phí: 135", 1, 0),
            ("Lệ phí: 135.", 1, 0),
            ("Lệ phí: 135.000", 1, 1),
            ("Lệ phí: 135.000 đồng", 1, 0),
            ("Lệ phí: 135.000 đồng/lần, 5%", 1, 1),
            ("Lệ phí:\n135", 0, 0),
            ("Lệ phí:  135", 0, 0),
            ("phí", 3, 3),
            ("hí", 0, 0),
            ("000", 0, 0),
            (":", 0, 0),
            (" phí", 0, 0),
            ("(NĐ", 0, 0),
            ("2014", 0, 0),
            ("60/2014", 1, 0),
            ("60/2014/QH13 –", 1, 1),
            ("Cư M'gar", 1, 1),
            ("gar", 0, 0),
            ("M'gar). Ghi", 1, 1),
            ("Ghi “cấp", 0, 0),
            ("Ghi ", 0, 0),
            ("nêu", 1, 1),
            ("nêu [9", 0, 0),
            ("cấp xã", 1, 1),
            ("12] và", 0, 0),
            ("và", 1, 1),
            ("cấp tỉnh", 1, 1),
            ("cấp tỉnh\0", 0, 0),
            ("tỉnh» nêu", 0, 0),
            ("Lệ \u{1}", 0, 0),
            ("miễn", 2, 2),
            ("\u{1}miễn", 0, 0),
        ] {
            let place = read(&sources, quote.as_bytes());
            let found = place.map_or((0, 0), |place| match quote {
                "" => (0, sources.ending(place)),
                _ => (sources.holding(place), sources.ending(place)),
            });
            assert_eq!(found, (holding, ending), "{quote:?}");
        }
        // Within a letter nothing ends.
        let place = read(&sources, &"Lệ".as_bytes()[..3]).map(|place| sources.ending(place));
        assert_eq!(place, Some(0));
    }

    #[test]
    fn sources_without_words_are_not_quotable() {
        let text = |text: &str| text.to_owned();
        let sources = Sources::new(&[text(""), text(" … “–” [ ]"), text("a")]);
        assert_eq!((sources.all(), sources.quotable()), (6, 4));
        let sources = Sources::new(&[]);
        assert_eq!((sources.all(), sources.quotable()), (0, 0));
        assert_eq!(sources.next(Sources::start(), b'a'), None);
        let sources = Sources::new(&vec![text("đ"); 70]);
        assert_eq!((sources.all(), sources.quotable()), (u64::MAX, u64::MAX));
    }

    /// All that may be quoted of a text, by looking at each pair of places.
    fn quotations(text: &str) -> Vec<String> {
        let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '%');
        let mut found = Vec::new();
        for piece in text.split(['“', '”', '"', '[', ']']) {
            let letters: Vec<char> =
                piece.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
            let at = |i: usize| letters.get(i);
            let joined = |i: usize| {
                i > 0 && matches!(at(i), Some('.' | '/')) && word(at(i - 1)) && word(at(i + 1))
            };
            let inside = |i: usize| word(at(i)) || joined(i);
            let between = |i: usize| i == 0 || !(inside(i - 1) && inside(i));
            for start in (0..letters.len()).filter(|i| word(at(*i)) && between(*i)) {
                let ends =
                    (start + 1..=letters.len()).filter(|i| between(*i) && letters[i - 1] != ' ');
                found.extend(ends.map(|end| letters[start..end].iter().collect::<String>()));
            }
        }
        found
    }

    proptest! {
        #[test]
        fn exactly_the_quotations_can_be_read(
            text in "[ab.ớđ%/ \n–“\"\\[\\]]{0,24}",
            other in "[ab.ớđ /\\[\\]]{0,6}",
        ) {
            let sources = Sources::new(std::slice::from_ref(&text));
            let all = quotations(&text);
            prop_assert_eq!(sources.quotable() == 1, !all.is_empty());
            for quote in all.iter().chain([&other]) {
                for end in 1..=quote.len() {
                    let begun = &quote.as_bytes()[..end];
                    let place = read(&sources, begun);
                    let open = all.iter().any(|quote| quote.as_bytes().starts_with(begun));
                    prop_assert_eq!(place.is_some(), open, "{:?}", begun);
                    let whole = all.iter().any(|quote| quote.as_bytes() == begun);
                    let ending = place.map_or(0, |place| sources.ending(place));
                    prop_assert_eq!(ending == 1, whole, "{:?}", begun);
                }
            }
        }
    }
}
