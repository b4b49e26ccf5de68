//! A text as the syllables that people typed, with marks, without, or with some of them.

use std::ops::Range;

/// A text cut into syllables.
pub(super) struct Words<'a> {
    text: &'a str,
    spans: Vec<Range<usize>>,
    /// As typed, in small letters and normal form.
    typed: Vec<String>,
    pub(super) folded: Vec<String>,
    /// Whether any word has marks: then a word of ours that has marks must be typed with them.
    marked: bool,
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Words<'a> {
        let tokens = viet::syllables(text);
        Words {
            text,
            spans: tokens.iter().map(|token| token.span.clone()).collect(),
            typed: tokens.iter().map(|token| plain(token.text)).collect(),
            folded: tokens.iter().map(|token| viet::fold(token.text)).collect(),
            marked: viet::has_marks(text),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Bytes of the words from `start` up to `end`.
    pub(super) fn span(&self, start: usize, end: usize) -> Range<usize> {
        self.spans[start].start..self.spans[end - 1].end
    }

    /// Whether a word is this one; in a text with marks it must have its own.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.typed
            .get(at)
            .is_some_and(|typed| typed == word || !self.marked && *typed == viet::fold(word))
    }

    /// Whether a word is typed just so.
    pub(super) fn typed_is(&self, at: usize, word: &str) -> bool {
        self.typed.get(at).is_some_and(|typed| typed == word)
    }

    /// Whether the words from a place on are these, each with its marks or with none, and nothing but blanks
    /// and hyphens between them.
    pub(super) fn are(&self, at: usize, words: &[String]) -> bool {
        let end = at + words.len();
        end <= self.len()
            && (at + 1..end).all(|next| self.goes_on(next))
            && words.iter().zip(at..).all(|(word, at)| {
                let typed = &self.typed[at];
                typed == word || !viet::has_marks(typed) && *typed == viet::fold(word)
            })
    }

    /// Whether they are these letter for letter.
    pub(super) fn are_exactly(&self, at: usize, words: &[String]) -> bool {
        self.typed.get(at..at + words.len()).is_some_and(|typed| typed == words)
    }

    /// Whether nothing ends between a word and the one before it.
    pub(super) fn goes_on(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|before| self.spans.get(before)) else {
            return false;
        };
        let between = &self.text[before.end..self.spans[at].start];
        between.chars().all(|c| c.is_whitespace() || "-–&,/".contains(c))
            && !(between.contains(',') && between.contains(char::is_whitespace) && self.capital(at))
    }

    /// Whether a comma stands before a word.
    pub(super) fn after_comma(&self, at: usize) -> bool {
        at > 0
            && at < self.len()
            && self.text[self.spans[at - 1].end..self.spans[at].start].contains(',')
    }

    /// Whether a word begins with a capital, in a text that is not all capitals.
    pub(super) fn capital(&self, at: usize) -> bool {
        if !self.text.contains(char::is_lowercase) {
            return false;
        }
        let span = self.spans.get(at);
        span.is_some_and(|span| self.text[span.clone()].starts_with(char::is_uppercase))
    }

    /// Whether folded words stand at a place.
    pub(super) fn folded_are<'w>(&self, at: usize, words: impl Iterator<Item = &'w str>) -> bool {
        words.zip(at..).all(|(word, at)| self.folded.get(at).is_some_and(|folded| folded == word))
    }
}

/// The syllables of a name or phrase of ours, in small letters with their marks.
pub(super) fn syllables(name: &str) -> Vec<String> {
    viet::syllables(name).iter().map(|token| plain(token.text)).collect()
}

fn plain(word: &str) -> String {
    viet::normalize(word).to_lowercase()
}
