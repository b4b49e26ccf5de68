//! Syllables as letters, tone and vowel marks apart, so that a word can be known without marks, with
//! half of them, with the tone on the other vowel or in decomposed form, and without allocation.

/// Tones (dấu thanh); none is 0.
pub(crate) const HUYEN: u8 = 1;
pub(crate) const SAC: u8 = 2;
pub(crate) const HOI: u8 = 3;
pub(crate) const NGA: u8 = 4;
pub(crate) const NANG: u8 = 5;

/// Marks on letters: the hat (ê), the breve (ă), the horn (ơ), the bar (đ).
pub(crate) const HAT: u8 = 1;
pub(crate) const BREVE: u8 = 2;
pub(crate) const HORN: u8 = 4;
pub(crate) const BAR: u8 = 8;

const LONGEST: usize = 8;

/// One syllable taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syllable {
    letters: [u8; LONGEST],
    len: u8,
    tone: u8,
    marks: u8,
}

impl Syllable {
    /// A known word: its bare letters, its tone and marks.
    pub(crate) const fn known(letters: &[u8], tone: u8, marks: u8) -> Syllable {
        let mut syllable =
            Syllable { letters: [0; LONGEST], len: letters.len() as u8, tone, marks };
        let mut i = 0;
        while i < letters.len() {
            syllable.letters[i] = letters[i];
            i += 1;
        }
        syllable
    }

    /// Takes a word apart; `None` if it is not one syllable's worth of letters.
    pub(crate) fn of(word: &str) -> Option<Syllable> {
        let mut syllable = Syllable { letters: [0; LONGEST], len: 0, tone: 0, marks: 0 };
        for c in word.chars() {
            let (letter, tone, marks) = apart(c)?;
            syllable.tone = syllable.tone.max(tone);
            syllable.marks |= marks;
            if letter != 0 {
                *syllable.letters.get_mut(usize::from(syllable.len))? = letter;
                syllable.len += 1;
            }
        }
        (syllable.len > 0).then_some(syllable)
    }

    /// Its letters without marks, lower case.
    pub(crate) fn letters(&self) -> &[u8] {
        &self.letters[..usize::from(self.len)]
    }

    /// Whether no mark was typed.
    pub(crate) fn is_bare(&self) -> bool {
        self.tone == 0 && self.marks == 0
    }

    /// Whether this can be `word` typed with all, some or none of its marks, and no other mark.
    pub(crate) fn is(&self, word: Syllable) -> bool {
        self.letters == word.letters
            && (self.tone == 0 || self.tone == word.tone)
            && self.marks & !word.marks == 0
    }
}

/// Letter (0 for a combining mark), tone and marks of a character; `None` if it is no letter here.
fn apart(c: char) -> Option<(u8, u8, u8)> {
    if c.is_ascii_alphabetic() {
        return Some((c.to_ascii_lowercase() as u8, 0, 0));
    }
    match c {
        'đ' | 'Đ' | 'Ð' => return Some((b'd', 0, BAR)),
        '\u{300}' => return Some((0, HUYEN, 0)),
        '\u{301}' => return Some((0, SAC, 0)),
        '\u{309}' => return Some((0, HOI, 0)),
        '\u{303}' => return Some((0, NGA, 0)),
        '\u{323}' => return Some((0, NANG, 0)),
        '\u{302}' => return Some((0, 0, HAT)),
        '\u{306}' => return Some((0, 0, BREVE)),
        '\u{31b}' => return Some((0, 0, HORN)),
        _ => {}
    }
    let packed = match c as u32 {
        i @ 0xc0..0x1c0 => LOW[i as usize - 0xc0],
        i @ 0x1ea0..0x1f00 => HIGH[i as usize - 0x1ea0],
        _ => 0,
    };
    (packed != 0).then_some(((packed & 0xff) as u8, (packed >> 8 & 7) as u8, (packed >> 11) as u8))
}

/// Whether a character can stand inside a word: a letter, a digit or a combining mark.
pub(crate) fn is_inside(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { apart(c).is_some() || c.is_alphanumeric() }
}

/// Whether a character is a combining mark of Vietnamese.
pub(crate) fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{323}').contains(&c) && apart(c).is_some()
}

/// Vowels by letter and mark, each with its six tones; lower and upper case.
const VOWELS: [(u8, u8, [char; 6], [char; 6]); 12] = [
    (b'a', 0, ['a', 'à', 'á', 'ả', 'ã', 'ạ'], ['A', 'À', 'Á', 'Ả', 'Ã', 'Ạ']),
    (b'a', BREVE, ['ă', 'ằ', 'ắ', 'ẳ', 'ẵ', 'ặ'], ['Ă', 'Ằ', 'Ắ', 'Ẳ', 'Ẵ', 'Ặ']),
    (b'a', HAT, ['â', 'ầ', 'ấ', 'ẩ', 'ẫ', 'ậ'], ['Â', 'Ầ', 'Ấ', 'Ẩ', 'Ẫ', 'Ậ']),
    (b'e', 0, ['e', 'è', 'é', 'ẻ', 'ẽ', 'ẹ'], ['E', 'È', 'É', 'Ẻ', 'Ẽ', 'Ẹ']),
    (b'e', HAT, ['ê', 'ề', 'ế', 'ể', 'ễ', 'ệ'], ['Ê', 'Ề', 'Ế', 'Ể', 'Ễ', 'Ệ']),
    (b'i', 0, ['i', 'ì', 'í', 'ỉ', 'ĩ', 'ị'], ['I', 'Ì', 'Í', 'Ỉ', 'Ĩ', 'Ị']),
    (b'o', 0, ['o', 'ò', 'ó', 'ỏ', 'õ', 'ọ'], ['O', 'Ò', 'Ó', 'Ỏ', 'Õ', 'Ọ']),
    (b'o', HAT, ['ô', 'ồ', 'ố', 'ổ', 'ỗ', 'ộ'], ['Ô', 'Ồ', 'Ố', 'Ổ', 'Ỗ', 'Ộ']),
    (b'o', HORN, ['ơ', 'ờ', 'ớ', 'ở', 'ỡ', 'ợ'], ['Ơ', 'Ờ', 'Ớ', 'Ở', 'Ỡ', 'Ợ']),
    (b'u', 0, ['u', 'ù', 'ú', 'ủ', 'ũ', 'ụ'], ['U', 'Ù', 'Ú', 'Ủ', 'Ũ', 'Ụ']),
    (b'u', HORN, ['ư', 'ừ', 'ứ', 'ử', 'ữ', 'ự'], ['Ư', 'Ừ', 'Ứ', 'Ử', 'Ữ', 'Ự']),
    (b'y', 0, ['y', 'ỳ', 'ý', 'ỷ', 'ỹ', 'ỵ'], ['Y', 'Ỳ', 'Ý', 'Ỷ', 'Ỹ', 'Ỵ']),
];

static LOW: [u16; 0x100] = table(0xc0);
static HIGH: [u16; 0x60] = table(0x1ea0);

const fn table<const N: usize>(first: u32) -> [u16; N] {
    let mut table = [0; N];
    let mut vowel = 0;
    while vowel < VOWELS.len() {
        let (letter, marks, lower, upper) = VOWELS[vowel];
        let mut tone = 0;
        while tone < 6 {
            let packed = letter as u16 | (tone as u16) << 8 | (marks as u16) << 11;
            let cases = [lower[tone] as u32, upper[tone] as u32];
            let mut i = 0;
            while i < 2 {
                if cases[i] >= first && cases[i] < first + N as u32 {
                    table[(cases[i] - first) as usize] = packed;
                }
                i += 1;
            }
            tone += 1;
        }
        vowel += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_with_all_some_or_none_of_their_marks() {
        let clause = Syllable::known(b"khoan", HOI, 0);
        let article = Syllable::known(b"dieu", HUYEN, HAT | BAR);
        for (word, known, expect) in [
            ("khoản", clause, true),
            ("KHOẢN", clause, true),
            ("khỏan", clause, true),
            ("khoa\u{309}n", clause, true),
            ("khoan", clause, true),
            ("khoán", clause, false),
            ("khoản1", clause, false),
            ("Điều", article, true),
            ("Ðiều", article, true),
            ("dieu", article, true),
            ("điêu", article, true),
            ("điệu", article, false),
            ("đie\u{302}\u{300}u", article, true),
        ] {
            assert_eq!(Syllable::of(word).is_some_and(|s| s.is(known)), expect, "{word}");
        }
    }

    #[test]
    fn longer_words_and_other_scripts_are_no_syllables() {
        for word in ["", "nghiêngxx1", "straightforward", "дом", "12"] {
            assert_eq!(Syllable::of(word), None, "{word}");
        }
    }
}
