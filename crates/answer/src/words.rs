//! The ends of a text, and its syllables with their marks and without.

use std::collections::BTreeSet;

/// A syllable in small letters, with its marks and folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) marked: String,
    pub(crate) folded: String,
}

impl Word {
    /// Whether it has no marks: as typed without any, or as it is spelled.
    pub(crate) fn is_bare(&self) -> bool {
        self.marked == self.folded
    }
}

/// The syllables of a text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let text = viet::normalize(text).to_lowercase();
    let word = |marked: &str| Word { marked: marked.to_owned(), folded: viet::fold(marked) };
    viet::syllables(&text).iter().map(|token| word(token.text)).collect()
}

/// The telling syllables of a text, folded, each once.
pub(crate) fn telling(text: &str) -> BTreeSet<String> {
    let folded = viet::fold(text);
    let words = viet::syllables(&folded).into_iter().map(|token| token.text);
    words.filter(|word| !search::silent(word)).map(str::to_owned).collect()
}

/// A text as whole syllables in small letters with their marks, a blank around each, so that words can be looked for.
pub(crate) fn whole(text: &str) -> String {
    let text = viet::normalize(text).to_lowercase();
    let words: Vec<&str> = viet::syllables(&text).into_iter().map(|word| word.text).collect();
    format!(" {} ", words.join(" "))
}

/// The first letters of a text.
pub(crate) fn head(text: &str, letters: usize) -> &str {
    text.char_indices().nth(letters).map_or(text, |(at, _)| &text[..at])
}

/// The last letters of a text, at least one.
pub(crate) fn tail(text: &str, letters: usize) -> &str {
    text.char_indices().rev().nth(letters.saturating_sub(1)).map_or(text, |(at, _)| &text[at..])
}

/// Where a phrase with all its marks begins in a text, side by side.
pub(crate) fn position(text: &[Word], phrase: &str) -> Option<usize> {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    text.windows(phrase.len())
        .position(|window| window.iter().zip(&phrase).all(|(word, want)| word.marked == *want))
}
