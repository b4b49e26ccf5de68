//! Where the words of a text begin and end, told from bytes as they come.

/// Stands between pieces that no quotation may span.
pub(super) const CUT: char = '\0';

/// What a character is to the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of a word.
    Word,
    /// Part of a word where it stands between two parts: 135.000, 60/2014/QH13, M'gar.
    Joiner,
    /// Between words.
    Other,
}

/// What stands to the left of the next character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Word,
    /// A joiner right after a word.
    Joined,
    Other,
}

impl Left {
    /// Whether a word starts at a character of this class, and what stands left of the next one.
    pub(super) fn then(self, class: Class) -> (bool, Left) {
        match (self, class) {
            (left, Class::Word) => (left == Left::Other, Left::Word),
            (Left::Word, Class::Joiner) => (false, Left::Joined),
            (_, Class::Joiner | Class::Other) => (false, Left::Other),
        }
    }
}

/// The class by the first byte of a letter, so that it is known before the letter is whole.
///
/// U+0080 to U+00BF and U+2000 to U+2FFF (bytes C2 and E2) are signs such as § ° – … •, the rest
/// beyond ASCII is taken for letters.
pub(super) fn class_of_lead(byte: u8) -> Class {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'%' | b'_' | b'@' => Class::Word,
        b'.' | b',' | b'/' | b'-' | b':' | b'+' | b'\'' => Class::Joiner,
        0xc2 | 0xe2 => Class::Other,
        0xc3.. => Class::Word,
        _ => Class::Other,
    }
}

pub(super) fn class(letter: char) -> Class {
    class_of_lead(letter.encode_utf8(&mut [0; 4]).as_bytes()[0])
}

/// The letters of a text with single blanks and [`CUT`] after each piece; no piece is empty or has a
/// blank at its ends.
///
/// Pieces are parted by quotation marks, square brackets and control characters: a quotation with a
/// mark in it could not be told from its own end, one with a footnote would seem to cite.
pub(super) fn pieces(text: &str) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(text.len());
    for letter in text.chars().chain([CUT]) {
        let cut = matches!(letter, '“' | '”' | '"' | '«' | '»' | '[' | ']');
        if letter.is_whitespace() {
            if out.last().is_some_and(|last| !matches!(*last, ' ' | CUT)) {
                out.push(' ');
            }
        } else if cut || letter.is_control() {
            if out.last() == Some(&' ') {
                out.pop();
            }
            if out.last().is_some_and(|last| *last != CUT) {
                out.push(CUT);
            }
        } else {
            out.push(letter);
        }
    }
    out
}

/// Whether no word runs on from the left into what follows.
pub(super) fn between_words(left: Left, follows: &[char]) -> bool {
    let word = |at: usize| follows.get(at).is_some_and(|next| class(*next) == Class::Word);
    let joiner = follows.first().is_some_and(|next| class(*next) == Class::Joiner);
    match left {
        Left::Word => !(word(0) || joiner && word(1)),
        Left::Joined => !word(0),
        Left::Other => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_trimmed() {
        for (text, expect) in [
            ("", ""),
            (" “ ” [\0] \n", ""),
            (" a \n\u{a0} b “ c” \u{7f} d [x]  đ ", "a b\0c\0d\0x\0đ\0"),
        ] {
            assert_eq!(pieces(text).iter().collect::<String>(), expect);
        }
    }
}
