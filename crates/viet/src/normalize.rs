//! Two normal forms: [`clean`] keeps the text as its author wrote it, [`normalize`] is for searching.

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::letters;

/// Makes text safe to store and show without changing what it says.
///
/// Unicode NFC; zero-width characters, soft hyphens, byte order marks, bidirectional controls,
/// variation selectors, tag characters and control characters are dropped; no-break and other
/// Unicode spaces become a blank; `Ð` (U+00D0) becomes `Đ`; every kind of line or page end (CRLF, CR,
/// form feed, U+2028) becomes a line feed. Tone placement, punctuation and runs of blanks stay: quoted
/// law stays as it is. Idempotent.
///
/// ```
/// assert_eq!(viet::clean("NÐ-CP\u{a0}\u{200b}hoà\r\n"), "NĐ-CP hoà\n");
/// ```
pub fn clean(text: &str) -> String {
    if is_clean(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut after_return = false;
    for letter in text.chars() {
        match letter {
            '\r' => {
                out.push('\n');
                after_return = true;
            }
            '\n' if after_return => after_return = false,
            _ => {
                if let Some(kept) = keep(letter) {
                    out.push(kept);
                    after_return = false;
                }
            }
        }
    }
    if out.chars().all(is_plain) || is_nfc_quick(out.chars()) == IsNormalized::Yes {
        return out;
    }
    out.nfc().collect()
}

/// Wide, circled, mathematical and other compatibility forms of letters as plain ones (Unicode NFKC): what looks like
/// a word is that word. For recognising, never for showing.
///
/// ```
/// assert_eq!(viet::plain_forms("Ｂỏ 𝐪𝐮𝐚"), "Bỏ qua");
/// ```
pub fn plain_forms(text: &str) -> String {
    text.nfkc().collect()
}

/// The normal form for searching: [`clean`], one tone placement, one kind of dash, single blanks.
///
/// The traditional placement is used, on syllables that end in oa, oe or uy: "hoà" becomes "hòa",
/// "uỷ" becomes "ủy", while "quý" and "hoàn" stay. Case and line feeds stay. Idempotent.
///
/// ```
/// assert_eq!(viet::normalize("Thuý  khoẻ — Quý"), "Thúy khỏe - Quý");
/// ```
pub fn normalize(text: &str) -> String {
    let text = clean(text);
    if text.is_ascii() && !has_wide_blanks(text.as_bytes()) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    // The two letters before the current one, as they stand in the output.
    let (mut before, mut previous) = (' ', '\n');
    while let Some(letter) = letters.next() {
        let mut letter = match letter {
            '\t' => ' ',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            other => other,
        };
        if letter == ' ' && previous == ' ' {
            continue;
        }
        let ends_here = |next: Option<&char>| !next.is_some_and(|&next| is_word_part(next));
        if let Some((first, second)) = moved_tone(before, previous, letter)
            && ends_here(letters.peek())
        {
            out.pop();
            out.push(first);
            (previous, letter) = (first, second);
        }
        out.push(letter);
        (before, previous) = (previous, letter);
    }
    out
}

/// The last two letters of a syllable with the tone where it belongs, if it is elsewhere now.
fn moved_tone(before: char, first: char, second: char) -> Option<(char, char)> {
    // Nearly every letter leaves here.
    if second.is_ascii() && first.is_ascii() {
        return None;
    }
    let ((first_base, first_tone), (second_base, second_tone)) =
        (letters::split(first)?, letters::split(second)?);
    let pair = (first_base.to_ascii_lowercase(), second_base.to_ascii_lowercase());
    if matches!(before, 'q' | 'Q') {
        // After q the u belongs to the consonant: "qúy" is a slip for "quý".
        let misplaced = pair == ('u', 'y') && first_tone > 0 && second_tone == 0;
        return misplaced.then(|| (first_base, letters::with_tone(second_base, first_tone)));
    }
    let movable = matches!(pair, ('o', 'a' | 'e') | ('u', 'y'));
    if !movable || first_tone > 0 || second_tone == 0 || letters::split(before).is_some() {
        return None;
    }
    Some((letters::with_tone(first_base, second_tone), second_base))
}

/// Letters and the marks upon them; a digit after a syllable does not belong to it.
fn is_word_part(letter: char) -> bool {
    letter.is_alphabetic() || is_combining_mark(letter)
}

fn has_wide_blanks(bytes: &[u8]) -> bool {
    bytes.contains(&b'\t') || bytes.windows(2).any(|pair| pair == b"  ")
}

fn is_clean(text: &str) -> bool {
    text.chars().all(|letter| is_plain(letter) && keep(letter) == Some(letter))
}

/// Characters that are in NFC whatever stands around them: no lookup needed for Vietnamese text.
pub(crate) fn is_plain(letter: char) -> bool {
    matches!(letter, '\0'..='\u{2ff}' | '\u{1ea0}'..='\u{1ef9}' | '\u{2010}'..='\u{205e}' | '₫')
}

/// What one character becomes, `None` when it is dropped. Carriage returns are the caller's.
fn keep(letter: char) -> Option<char> {
    match letter {
        '\n' | '\t' | ' '..='~' => Some(letter),
        '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => None,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Some(' ')
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e01ef}' => None,
        '\u{d0}' => Some('Đ'),
        _ => Some(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_keeps_words_and_drops_what_cannot_be_seen() {
        for (input, expect) in [
            ("", ""),
            ("Điều 5. Lệ phí", "Điều 5. Lệ phí"),
            ("a  b\tc – d", "a  b\tc – d"),
            ("hoà thuý uỷ", "hoà thuý uỷ"),
            ("Cộng ho\u{300}a", "Cộng hòa"),
            ("Vie\u{323}\u{302}t", "Việt"),
            ("Vi\u{200b}ệt\u{feff} Na\u{ad}m", "Việt Nam"),
            ("a\u{200b}\u{301}", "á"),
            ("\u{202e}đảo\u{202c}\u{2066}", "đảo"),
            ("ẩn\u{e0041}\u{e0049}\u{e007f}", "ẩn"),
            ("78/2025/NÐ-CP", "78/2025/NĐ-CP"),
            ("một\u{a0}hai\u{3000}ba\u{2009}bốn", "một hai ba bốn"),
            ("a\r\nb\rc\n\nd\r\n\r\ne", "a\nb\nc\n\nd\n\ne"),
            ("a\r\u{200b}\nb", "a\nb"),
            ("trang 1\u{c}trang 2", "trang 1\ntrang 2"),
            ("a\0b\u{7}c\u{1b}d\u{7f}", "abcd"),
        ] {
            assert_eq!(clean(input), expect, "{input:?}");
        }
    }

    #[test]
    fn normalize_has_one_tone_placement() {
        for (input, expect) in [
            ("hoà hoá hoả hoạ hoã", "hòa hóa hỏa họa hõa"),
            ("khoẻ loè xoè", "khỏe lòe xòe"),
            ("thuý uỷ tuỳ luỹ thuỵ", "thúy ủy tùy lũy thụy"),
            ("Uỷ UỶ HOÀ Hoà", "Ủy ỦY HÒA Hòa"),
            ("hòa ủy", "hòa ủy"),
            ("quý quỳ QUÝ quỹ quà", "quý quỳ QUÝ quỹ quà"),
            ("qúy", "quý"),
            (
                "hoàn toán loét xoáy ngoài thuyết huỳnh khuỷu",
                "hoàn toán loét xoáy ngoài thuyết huỳnh khuỷu",
            ),
            ("hoà, (hoá) hoà2", "hòa, (hóa) hòa2"),
            ("ho\u{61}\u{300}", "hòa"),
            ("già giá thuở thuế nghĩa", "già giá thuở thuế nghĩa"),
            ("a–b—c‑d−e", "a-b-c-d-e"),
            ("a \t b\u{a0}\u{a0}c \n  d", "a b c \n d"),
            ("plain  ascii\ttext", "plain ascii text"),
        ] {
            assert_eq!(normalize(input), expect, "{input:?}");
        }
    }
}
