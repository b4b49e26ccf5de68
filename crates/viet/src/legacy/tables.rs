//! The legacy encodings as tables.
//!
//! TCVN3 is the set "VN3" of TCVN 5712:1993, one byte a letter; VNI writes a vowel and then a letter
//! for its mark. Both are checked in `tests/legacy.rs`, TCVN3 against documents of the time.

/// TCVN3 letters for the bytes 0xA0 to 0xFF, `·` where there is none. Capitals with a tone do not
/// exist: they were lower-case letters in a font of capitals (.VnTimeH).
const TCVN3: [&str; 6] = [
    "·ĂÂÊÔƠƯĐăâêôơưđ·",
    "·····àảãáạ·ằẳẵắ·",
    "······ặầẩẫấậè·ẻẽ",
    "éẹềểễếệìỉ···ĩíịò",
    "·ỏõóọồổỗốộờởỡớợù",
    "·ủũúụừửữứựỳỷỹýỵ·",
];

/// Windows-1252 for the bytes 0x80 to 0x9F, `\u{fffd}` where there is no character.
const WINDOWS_HIGH: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";

/// VNI letters for the marks on a, e, i, o, u, y, in lower case: vowel, mark as typed, result.
pub(super) const VNI_PAIRS: [(char, &str, &str); 8] = [
    ('a', "ùøûõïâáàåãäêéèúüë", "áàảãạâấầẩẫậăắằẳẵặ"),
    ('e', "ùøûõïâáàåãä", "éèẻẽẹêếềểễệ"),
    ('o', "ùøûõïâáàåãä", "óòỏõọôốồổỗộ"),
    ('u', "ùøûõï", "úùủũụ"),
    ('y', "ùøûõ", "ýỳỷỹ"),
    ('ô', "ùøûõï", "ớờởỡợ"),
    ('ö', "ùøûõï", "ứừửữự"),
    ('i', "ùøûõï", "íìỉĩị"),
];

/// VNI letters that stand alone, in lower case: as typed, and what they are.
pub(super) const VNI_SINGLES: (&str, &str) = ("ôöñíìæóòî", "ơưđíìỉĩịỵ");

/// What a byte of Windows-1252 is.
pub(super) fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_HIGH.chars().nth(usize::from(byte - 0x80)).unwrap_or('\u{fffd}'),
        _ => char::from(byte),
    }
}

/// What a byte of Windows-1258 is; tones are combining marks after their vowel.
pub(super) fn windows_1258(byte: u8) -> char {
    match byte {
        0xc3 => 'Ă',
        0xcc => '\u{300}',
        0xd0 => 'Đ',
        0xd2 => '\u{309}',
        0xd5 => 'Ơ',
        0xdd => 'Ư',
        0xde => '\u{303}',
        0xe3 => 'ă',
        0xec => '\u{301}',
        0xf0 => 'đ',
        0xf2 => '\u{323}',
        0xf5 => 'ơ',
        0xfd => 'ư',
        0xfe => '₫',
        _ => windows_1252(byte),
    }
}

/// The TCVN3 letter that a font showed for this character, if it is one.
pub(super) fn tcvn3(letter: char) -> Option<char> {
    let code = match letter {
        // The Greek letter is what some programs make of the micro sign.
        '\u{3bc}' => 0xb5,
        _ => u32::from(letter).checked_sub(0xa0).filter(|&code| code < 0x60)? as usize + 0xa0,
    } - 0xa0;
    TCVN3.get(code / 16)?.chars().nth(code % 16).filter(|&found| found != '·')
}
