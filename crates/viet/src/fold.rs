//! Text without marks, for people who type without them.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::letters;
use crate::normalize::{is_plain, normalize};

/// Folded letters up to U+02FF, then those from U+1EA0 to U+1EF9.
const LOW: usize = 0x300;
static FOLDED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let low = (0..LOW as u32).chain(0x1ea0..=0x1ef9).filter_map(char::from_u32);
    low.map(|letter| fold_letter(letter).next().unwrap_or(letter)).collect()
});

/// Normalised text in lower case without marks, `đ` as `d`. Idempotent.
///
/// ```
/// assert_eq!(viet::fold("Luật Đất đai – Khoẻ"), "luat dat dai - khoe");
/// ```
pub fn fold(text: &str) -> String {
    let mut text = normalize(text);
    if text.is_ascii() {
        text.make_ascii_lowercase();
        return text;
    }
    let table = &*FOLDED;
    let mut folded = String::with_capacity(text.len());
    let mut other_script = false;
    for letter in text.chars() {
        let found = match letter as usize {
            code if code < LOW => table.get(code),
            code @ 0x1ea0..=0x1ef9 => table.get(LOW + code - 0x1ea0),
            _ if is_plain(letter) => Some(&letter),
            _ => None,
        };
        match found {
            Some(&found) => folded.push(found),
            None => {
                other_script |= !fold_letter(letter).eq([letter]);
                folded.extend(fold_letter(letter));
            }
        }
    }
    if other_script {
        // Marks that went may bring blanks together, and Hangul must be put together again.
        return normalize(&folded.nfc().collect::<String>());
    }
    folded
}

fn fold_letter(letter: char) -> impl Iterator<Item = char> {
    let bases = std::iter::once(letter).nfd().filter(|&part| !is_combining_mark(part));
    bases.flat_map(char::to_lowercase).map(|base| if base == 'đ' { 'd' } else { base })
}

/// Whether the text has a letter that only Vietnamese with its marks has: ă â đ ê ô ơ ư, or a tone.
///
/// Tells a question typed with marks from one typed without. French "é" counts too: it carries a tone.
///
/// ```
/// assert!(viet::has_marks("dat đai"));
/// assert!(!viet::has_marks("dat dai"));
/// ```
pub fn has_marks(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    // Loose marks count where they build a Vietnamese letter, as NFC tells.
    if text.chars().all(is_plain) {
        return text.chars().any(letters::is_marked);
    }
    text.nfc().any(letters::is_marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fold_leaves_plain_lower_case() {
        for (input, expect) in [
            ("", ""),
            ("ĐĂNG KÝ Kết hôn", "dang ky ket hon"),
            ("Ủy ban / Uỷ ban", "uy ban / uy ban"),
            ("78/2025/NÐ-CP", "78/2025/nd-cp"),
            ("Vie\u{323}\u{302}t", "viet"),
            ("Số 5 – “trích”", "so 5 - “trich”"),
            ("À la carte, Ñandú, Straße", "a la carte, nandu, straße"),
            ("\u{130}stanbul", "istanbul"),
            ("한국 \u{301} Việt", "한국 viet"),
        ] {
            assert_eq!(fold(input), expect, "{input:?}");
        }
    }

    #[test]
    fn every_vowel_folds_to_ascii() {
        let vowels = "aăâeêioôơuưyàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵđ";
        assert!(fold(vowels).is_ascii());
        assert!(fold(&vowels.to_uppercase()).is_ascii());
        assert_eq!(fold(&vowels.to_uppercase()), fold(vowels));
    }

    #[test]
    fn has_marks_knows_vietnamese_letters() {
        for (input, expect) in [
            ("dang ky ket hon", false),
            ("đang", true),
            ("Hà", true),
            ("tư", true),
            ("Ð", true),
            ("Vie\u{323}t", true),
            ("ñandu ü ç 한국 – “x”", false),
            ("n\u{303}", false),
            ("", false),
        ] {
            assert_eq!(has_marks(input), expect, "{input:?}");
        }
    }
}
