//! The letters of the alphabet that carry a tone, as a table.

use std::sync::LazyLock;

/// One row for each vowel letter, columns in the order ngang, huyền, hỏi, ngã, sắc, nặng.
const VOWELS: [[char; 6]; 24] = [
    ['a', 'à', 'ả', 'ã', 'á', 'ạ'],
    ['ă', 'ằ', 'ẳ', 'ẵ', 'ắ', 'ặ'],
    ['â', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ'],
    ['e', 'è', 'ẻ', 'ẽ', 'é', 'ẹ'],
    ['ê', 'ề', 'ể', 'ễ', 'ế', 'ệ'],
    ['i', 'ì', 'ỉ', 'ĩ', 'í', 'ị'],
    ['o', 'ò', 'ỏ', 'õ', 'ó', 'ọ'],
    ['ô', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ'],
    ['ơ', 'ờ', 'ở', 'ỡ', 'ớ', 'ợ'],
    ['u', 'ù', 'ủ', 'ũ', 'ú', 'ụ'],
    ['ư', 'ừ', 'ử', 'ữ', 'ứ', 'ự'],
    ['y', 'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ'],
    ['A', 'À', 'Ả', 'Ã', 'Á', 'Ạ'],
    ['Ă', 'Ằ', 'Ẳ', 'Ẵ', 'Ắ', 'Ặ'],
    ['Â', 'Ầ', 'Ẩ', 'Ẫ', 'Ấ', 'Ậ'],
    ['E', 'È', 'Ẻ', 'Ẽ', 'É', 'Ẹ'],
    ['Ê', 'Ề', 'Ể', 'Ễ', 'Ế', 'Ệ'],
    ['I', 'Ì', 'Ỉ', 'Ĩ', 'Í', 'Ị'],
    ['O', 'Ò', 'Ỏ', 'Õ', 'Ó', 'Ọ'],
    ['Ô', 'Ồ', 'Ổ', 'Ỗ', 'Ố', 'Ộ'],
    ['Ơ', 'Ờ', 'Ở', 'Ỡ', 'Ớ', 'Ợ'],
    ['U', 'Ù', 'Ủ', 'Ũ', 'Ú', 'Ụ'],
    ['Ư', 'Ừ', 'Ử', 'Ữ', 'Ứ', 'Ự'],
    ['Y', 'Ỳ', 'Ỷ', 'Ỹ', 'Ý', 'Ỵ'],
];

/// Letters up to U+01FF, then U+1EA0 to U+1EFF: all precomposed letters that Vietnamese uses.
const LOW: usize = 0x200;
const SLOTS: usize = LOW + 0x60;

static TABLE: LazyLock<[Option<(char, u8)>; SLOTS]> = LazyLock::new(|| {
    let mut table = [None; SLOTS];
    for row in VOWELS {
        for (tone, letter) in (0u8..).zip(row) {
            if let Some(slot) = slot(letter) {
                table[slot] = Some((row[0], tone));
            }
        }
    }
    table
});

fn slot(letter: char) -> Option<usize> {
    match letter as usize {
        code if code < LOW => Some(code),
        code @ 0x1ea0..=0x1eff => Some(LOW + code - 0x1ea0),
        _ => None,
    }
}

/// Splits a vowel letter into the letter without its tone (case and ă â ê ô ơ ư kept) and the tone,
/// 0 for none. `None` for everything that is not a Vietnamese vowel.
pub(crate) fn split(letter: char) -> Option<(char, u8)> {
    TABLE[slot(letter)?]
}

/// Puts a tone on a vowel letter without tone; other letters come back unchanged.
pub(crate) fn with_tone(letter: char, tone: u8) -> char {
    let row = VOWELS.iter().find(|row| row[0] == letter);
    row.and_then(|row| row.get(usize::from(tone))).copied().unwrap_or(letter)
}

/// Whether this is a letter that no text without Vietnamese marks has: ă â đ ê ô ơ ư or any tone.
pub(crate) fn is_marked(letter: char) -> bool {
    match letter {
        'đ' | 'Đ' | '\u{d0}' => true,
        _ => split(letter).is_some_and(|(base, tone)| tone > 0 || !base.is_ascii()),
    }
}

/// Combining marks that build Vietnamese letters: the five tones, breve, circumflex, horn.
pub(crate) fn is_vietnamese_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'
            | '\u{301}'
            | '\u{302}'
            | '\u{303}'
            | '\u{306}'
            | '\u{309}'
            | '\u{31b}'
            | '\u{323}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_and_with_tone_are_inverse() {
        for row in VOWELS {
            for letter in row {
                let (base, tone) = split(letter).unwrap();
                assert_eq!(with_tone(base, tone), letter);
            }
        }
        assert_eq!(split('ế'), Some(('ê', 4)));
        assert_eq!(split('Ụ'), Some(('U', 5)));
        for letter in ['b', 'đ', 'ñ', 'ü', 'w', '1', '語'] {
            assert_eq!(split(letter), None);
        }
    }
}
