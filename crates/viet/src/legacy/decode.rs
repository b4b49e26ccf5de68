//! Bytes of unknown encoding.

use super::repair::plain_score;
use super::{Encoding, repair, tables};
use crate::normalize::clean;

/// Reads bytes of unknown encoding; the text is [`crate::clean`].
///
/// Byte order marks and valid UTF-8 decide at once; otherwise the reading that gives most Vietnamese
/// syllables wins. Unicode text that was typed in a TCVN3 or VNI font is repaired too, and that
/// encoding is then the one returned.
///
/// ```
/// use viet::{Encoding, decode};
///
/// assert_eq!(decode("Hà Nội".as_bytes()), ("Hà Nội".to_owned(), Encoding::Utf8));
/// assert_eq!(decode(b"Th\xf1 t\xf4c h\xb5nh ch\xddnh"), ("Thủ tục hành chính".to_owned(), Encoding::Tcvn3));
/// ```
pub fn decode(bytes: &[u8]) -> (String, Encoding) {
    let (text, encoding) = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            (String::from_utf8_lossy(rest).into_owned(), Encoding::Utf8)
        }
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), Encoding::Utf16Le),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), Encoding::Utf16Be),
        _ => match utf16_without_mark(bytes).or_else(|| utf8(bytes)) {
            Some(read) => read,
            None => return single_bytes(bytes),
        },
    };
    let (text, repaired) = repair(&text);
    (text, repaired.unwrap_or(encoding))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Every ASCII character has a zero beside it, and nothing else in a text does.
fn utf16_without_mark(bytes: &[u8]) -> Option<(String, Encoding)> {
    let zeros =
        |offset: usize| bytes.iter().skip(offset).step_by(2).filter(|&&byte| byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let many = bytes.len() / 8;
    if bytes.len() < 4 || bytes.len() % 2 == 1 {
        return None;
    }
    match (first, second) {
        (0, second) if second > many => Some((utf16(bytes, u16::from_le_bytes), Encoding::Utf16Le)),
        (first, 0) if first > many => Some((utf16(bytes, u16::from_be_bytes), Encoding::Utf16Be)),
        _ => None,
    }
}

/// UTF-8, also with a few damaged places: broken files are more common than chance matches.
fn utf8(bytes: &[u8]) -> Option<(String, Encoding)> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((text.to_owned(), Encoding::Utf8));
    }
    let text = String::from_utf8_lossy(bytes);
    let damaged = text.chars().filter(|&letter| letter == char::REPLACEMENT_CHARACTER).count();
    let sound = text.chars().filter(|letter| !letter.is_ascii()).count() - damaged;
    (damaged * 10 <= sound).then(|| (text.into_owned(), Encoding::Utf8))
}

fn single_bytes(bytes: &[u8]) -> (String, Encoding) {
    let western: String = bytes.iter().map(|&byte| tables::windows_1252(byte)).collect();
    let vietnamese: String = bytes.iter().map(|&byte| tables::windows_1258(byte)).collect();
    let vietnamese = clean(&vietnamese);
    let (repaired, font) = repair(&western);
    let (own, other) = (plain_score(&vietnamese), plain_score(&repaired));
    if own.kept > other.kept && own.kept * 4 >= own.marked * 3 {
        return (vietnamese, Encoding::Windows1258);
    }
    (repaired, font.unwrap_or(Encoding::Latin1))
}
