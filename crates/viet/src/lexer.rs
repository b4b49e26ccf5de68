//! The pieces that dates and numbers are read from: words, runs of digits, blanks, signs.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::normalize::{clean, is_plain};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Digits,
    Blank,
    Sign,
}

pub(crate) struct Piece<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) start: usize,
}

/// A text cut into pieces that lie side by side: two pieces without a blank between them are glued.
pub(crate) struct Pieces<'a>(Vec<Piece<'a>>);

impl<'a> Pieces<'a> {
    pub(crate) fn new(text: &'a str) -> Pieces<'a> {
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        for (start, letter) in text.char_indices() {
            let end = start + letter.len_utf8();
            let last = pieces.last_mut();
            let kind = kind(letter, last.as_ref().map(|piece| piece.kind));
            match last {
                Some(piece) if piece.kind == kind && kind != Kind::Sign => {
                    piece.text = &text[piece.start..end];
                }
                _ => pieces.push(Piece { kind, text: &text[start..end], start }),
            }
        }
        Pieces(pieces)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Piece<'a>> {
        self.0.get(at)
    }

    /// The piece before, if there is one.
    pub(crate) fn before(&self, at: usize) -> Option<&Piece<'a>> {
        self.0.get(at.checked_sub(1)?)
    }

    pub(crate) fn is(&self, at: usize, kind: Kind) -> bool {
        self.get(at).is_some_and(|piece| piece.kind == kind)
    }

    pub(crate) fn digits(&self, at: usize) -> Option<&'a str> {
        self.get(at).filter(|piece| piece.kind == Kind::Digits).map(|piece| piece.text)
    }

    pub(crate) fn sign(&self, at: usize) -> Option<char> {
        let piece = self.get(at).filter(|piece| piece.kind == Kind::Sign)?;
        piece.text.chars().next()
    }

    /// The word at this place in lower case and NFC, empty if there is none.
    pub(crate) fn word(&self, at: usize) -> Cow<'a, str> {
        let Some(piece) = self.get(at).filter(|piece| piece.kind == Kind::Word) else {
            return Cow::Borrowed("");
        };
        if piece.text.chars().all(|letter| letter.is_lowercase() && is_plain(letter)) {
            return Cow::Borrowed(piece.text);
        }
        Cow::Owned(clean(piece.text).to_lowercase())
    }

    /// The word begins with a capital letter, as symbols and codes do.
    pub(crate) fn is_capital(&self, at: usize) -> bool {
        self.is(at, Kind::Word)
            && self
                .get(at)
                .and_then(|piece| piece.text.chars().next())
                .is_some_and(char::is_uppercase)
    }

    /// The next place that is not a blank. A blank with two line ends is a wall, not a blank.
    pub(crate) fn skip_blank(&self, at: usize) -> usize {
        match self.get(at) {
            Some(piece)
                if piece.kind == Kind::Blank && piece.text.matches('\n').nth(1).is_none() =>
            {
                at + 1
            }
            _ => at,
        }
    }

    /// The word that stands before this place, across a blank, in lower case.
    pub(crate) fn word_before(&self, at: usize) -> Cow<'a, str> {
        let at = match self.before(at) {
            Some(piece) if piece.kind == Kind::Blank => at - 1,
            _ => at,
        };
        at.checked_sub(1).map_or(Cow::Borrowed(""), |at| self.word(at))
    }

    /// Bytes of the pieces `from..to`.
    pub(crate) fn span(&self, from: usize, to: usize) -> Range<usize> {
        let start = self.get(from).map_or(0, |piece| piece.start);
        let end = self.before(to).map_or(start, |piece| piece.start + piece.text.len());
        start..end
    }
}

fn kind(letter: char, last: Option<Kind>) -> Kind {
    match letter {
        '0'..='9' => Kind::Digits,
        'a'..='z' | 'A'..='Z' => Kind::Word,
        _ if letter.is_whitespace() => Kind::Blank,
        _ if letter.is_alphabetic() => Kind::Word,
        _ if last == Some(Kind::Word) && is_combining_mark(letter) => Kind::Word,
        _ => Kind::Sign,
    }
}
