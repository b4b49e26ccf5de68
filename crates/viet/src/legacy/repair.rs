//! Unicode text that was typed in a TCVN3 or VNI font.

use std::collections::HashSet;

use super::{Encoding, spelling, tables};
use crate::letters;
use crate::normalize::clean;

/// Turns text that was typed in a TCVN3 or VNI font into proper Vietnamese.
///
/// Returns the [`crate::clean`] text, and the encoding if one was found. Works line by line, so that a document
/// with paragraphs of both kinds comes out right; Vietnamese, English and French lines stay as they are.
/// Pass the text as it came: a soft hyphen is the letter "ư" in TCVN3, and [`crate::clean`] drops it. Capitals
/// with marks that came from a TCVN3 font of capitals come out in lower case, but in words whose other
/// letters are all capitals.
///
/// ```
/// use viet::{Encoding, repair};
///
/// assert_eq!(repair("C«ng hßa x· héi"), ("Công hòa xã hội".to_owned(), Some(Encoding::Tcvn3)));
/// assert_eq!(repair("Coäng hoøa xaõ hoäi"), ("Cộng hòa xã hội".to_owned(), Some(Encoding::Vni)));
/// assert_eq!(repair("Cộng hòa xã hội"), ("Cộng hòa xã hội".to_owned(), None));
/// ```
pub fn repair(text: &str) -> (String, Option<Encoding>) {
    if text.is_ascii() {
        return (clean(text), None);
    }
    let lines: Vec<&str> =
        text.split_inclusive(['\n', '\r', '\t', '\u{7}', '\u{b}', '\u{c}']).collect();
    let lines: Vec<(&str, bool)> =
        lines.into_iter().map(|line| (line, has_unicode_letters(line))).collect();
    let legacy =
        |font| lines.iter().filter(|(_, unicode)| !unicode).map(move |(line, _)| score(line, font));
    let readings = [Font::Tcvn3, Font::Vni].map(|font| {
        let whole = legacy(font).fold(Score::default(), Score::plus);
        let sure = legacy(font).filter(Score::is_sure_alone).fold(Score::default(), Score::plus);
        (font, whole, sure)
    });
    let best =
        readings.into_iter().max_by_key(|(_, whole, sure)| (sure.converted, whole.converted));
    let Some((font, whole, sure)) = best.filter(|&(font, ..)| has_two_words(&lines, font)) else {
        return (clean(text), None);
    };
    // Short lines are sure only together, and only if the document is not proper Unicode elsewhere.
    let proper = lines.iter().filter(|(_, unicode)| *unicode).flat_map(|(line, _)| parts(line));
    let proper = proper.filter(|(part, is_word)| *is_word && !part.is_ascii()).count();
    let everywhere = proper <= whole.marked && (whole.is_sure() || sure.marked * 2 > whole.marked);
    if !everywhere && sure.converted == 0 {
        return (clean(text), None);
    }
    let mut out = String::with_capacity(text.len() * 2);
    for (line, unicode) in &lines {
        let its = score(line, font);
        let fits = if everywhere { its.converted >= its.kept } else { its.is_sure_alone() };
        if fits && !unicode {
            convert(line, font, &mut out);
        } else {
            out.push_str(line);
        }
    }
    let encoding = match font {
        Font::Tcvn3 => Encoding::Tcvn3,
        Font::Vni => Encoding::Vni,
    };
    (clean(&out), Some(encoding))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Font {
    Tcvn3,
    Vni,
}

/// How well a reading fits.
#[derive(Clone, Copy, Default)]
pub(super) struct Score {
    words: usize,
    /// Words with letters beyond ASCII.
    pub(super) marked: usize,
    /// Of these, Vietnamese syllables after conversion.
    converted: usize,
    /// Of these, Vietnamese syllables as they stand.
    pub(super) kept: usize,
}

impl Score {
    fn plus(self, other: Score) -> Score {
        Score {
            words: self.words + other.words,
            marked: self.marked + other.marked,
            converted: self.converted + other.converted,
            kept: self.kept + other.kept,
        }
    }

    /// Most odd words become syllables, more than were before, and they are a fair part of the text:
    /// in Vietnamese seven words in ten carry a mark, in a technical text in English very few do.
    fn is_sure(&self) -> bool {
        self.converted >= 2
            && self.converted * 4 >= self.marked * 3
            && self.converted * 5 >= self.words
            && self.kept * 5 <= self.converted * 4
    }

    /// Sure without other lines to support it.
    fn is_sure_alone(&self) -> bool {
        self.is_sure() && self.converted >= 3 && self.kept * 2 <= self.converted
    }
}

fn score(line: &str, font: Font) -> Score {
    let mut score = Score::default();
    let mut word = String::new();
    for (part, is_word) in parts(line) {
        if !is_word {
            continue;
        }
        score.words += 1;
        if part.is_ascii() {
            continue;
        }
        word.clear();
        convert_word(part, font, &mut word);
        let letters = part.chars().nth(1).is_some();
        // Single odd signs and symbols without a vowel (N§-CP) say nothing.
        if letters && word.chars().any(|letter| letters::split(letter).is_some()) {
            score.marked += 1;
            score.converted += usize::from(spelling::is_syllable(&word));
            score.kept += usize::from(spelling::is_syllable(part));
        }
    }
    score
}

/// One word may be anything ("µm"): two different ones are asked for.
fn has_two_words(lines: &[(&str, bool)], font: Font) -> bool {
    let mut seen = HashSet::new();
    let mut word = String::new();
    for part in lines.iter().filter(|(_, unicode)| !unicode).flat_map(|(line, _)| parts(line)) {
        let (part, is_word) = part;
        if !is_word || part.is_ascii() {
            continue;
        }
        word.clear();
        convert_word(part, font, &mut word);
        if word != part && spelling::is_syllable(&word) && seen.insert(part) && seen.len() == 2 {
            return true;
        }
    }
    false
}

fn convert(line: &str, font: Font, out: &mut String) {
    let mut word = String::new();
    for (part, is_word) in parts(line) {
        if !is_word || part.is_ascii() {
            out.push_str(part);
            continue;
        }
        word.clear();
        convert_word(part, font, &mut word);
        // A foreign word in Western letters ("François") is recognised by what it would become, but
        // a VNI pair of vowel and mark, which makes the word shorter, is never foreign.
        let length = part.chars().count();
        let foreign = part.chars().all(char::is_alphabetic)
            && part.chars().any(char::is_lowercase)
            && length > 4
            && word.chars().count() == length
            && !spelling::is_syllable(&word)
            && !is_syllables(&word);
        out.push_str(if foreign { part } else { &word });
    }
}

/// Words that lost the blank between them: "củaNhà", "việnxã".
fn is_syllables(word: &str) -> bool {
    let cuts = word.char_indices().skip(1).map(|(at, _)| word.split_at(at));
    let mut cuts = cuts.take(8);
    cuts.any(|(first, second)| spelling::is_syllable(first) && spelling::is_syllable(second))
}

fn convert_word(word: &str, font: Font, out: &mut String) {
    match font {
        Font::Tcvn3 => {
            let mut plain = word.chars().filter(char::is_ascii_alphabetic);
            let capitals =
                plain.clone().nth(1).is_some() && plain.all(|letter| letter.is_ascii_uppercase());
            for letter in word.chars() {
                match tables::tcvn3(letter) {
                    Some(found) if capitals => out.extend(found.to_uppercase()),
                    Some(found) => out.push(found),
                    None => out.push(letter),
                }
            }
        }
        Font::Vni => {
            let mut letters = word.chars().peekable();
            while let Some(letter) = letters.next() {
                let pair = letters.peek().and_then(|&mark| vni_pair(letter, mark));
                if pair.is_some() {
                    letters.next();
                }
                out.push(pair.or_else(|| vni_single(letter)).unwrap_or(letter));
            }
        }
    }
}

fn vni_pair(vowel: char, mark: char) -> Option<char> {
    if mark.is_ascii() {
        return None;
    }
    let (lower, mark) = (lower(vowel), lower(mark));
    let (_, marks, found) = tables::VNI_PAIRS.iter().find(|(name, _, _)| *name == lower)?;
    let at = marks.chars().position(|letter| letter == mark)?;
    found.chars().nth(at).map(|letter| in_case_of(vowel, letter))
}

fn vni_single(letter: char) -> Option<char> {
    let (typed, found) = tables::VNI_SINGLES;
    let at = typed.chars().position(|single| single == lower(letter))?;
    found.chars().nth(at).map(|found| in_case_of(letter, found))
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn in_case_of(model: char, letter: char) -> char {
    if model.is_uppercase() { letter.to_uppercase().next().unwrap_or(letter) } else { letter }
}

/// Words, with the signs that legacy fonts use as letters, and what stands between them.
fn parts(line: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let is_word = is_word_letter(rest.chars().next()?);
        let end = rest.find(|letter| is_word_letter(letter) != is_word).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some((part, is_word))
    })
}

fn is_word_letter(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphabetic();
    }
    letter.is_alphabetic() || tables::tcvn3(letter).is_some()
}

/// Letters that only proper Unicode Vietnamese has: a line with one of them is never converted.
fn has_unicode_letters(line: &str) -> bool {
    line.chars().any(|letter| {
        letter > '\u{ff}' && (letters::is_marked(letter) || letters::is_vietnamese_mark(letter))
    })
}

/// Syllables in a text as it stands.
pub(super) fn plain_score(text: &str) -> Score {
    let marked = parts(text).filter(|(part, is_word)| *is_word && !part.is_ascii());
    marked.fold(Score::default(), |score, (part, _)| Score {
        marked: score.marked + 1,
        kept: score.kept + usize::from(spelling::is_syllable(part)),
        ..score
    })
}
