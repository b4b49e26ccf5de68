//! A font's map from codes to Unicode (`/ToUnicode`).
//!
//! Read leniently: real files glue keywords and numbers together, and one bad entry must not cost
//! the others.

use std::collections::HashMap;

/// Entries of one map; a font has at most 65 536 codes.
const ENTRIES: usize = 1 << 17;

/// Codes and their letters.
pub(super) fn parse(source: &[u8]) -> HashMap<u32, String> {
    let mut map = HashMap::new();
    let text = String::from_utf8_lossy(source);
    for (begin, end, range) in
        [("beginbfchar", "endbfchar", false), ("beginbfrange", "endbfrange", true)]
    {
        let mut rest = &*text;
        while let Some(at) = rest.find(begin) {
            rest = &rest[at + begin.len()..];
            let section = &rest[..rest.find(end).unwrap_or(rest.len())];
            entries(&tokens(section), range, &mut map);
        }
    }
    map
}

enum Token {
    Hex(Vec<u8>),
    Open,
    Close,
}

fn tokens(section: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = section;
    while let Some(at) = rest.find(['<', '[', ']']) {
        let mark = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        match mark {
            b'[' => out.push(Token::Open),
            b']' => out.push(Token::Close),
            _ => {
                let Some(end) = rest.find('>') else { break };
                let digits: Vec<u8> = rest[..end]
                    .chars()
                    .filter_map(|c| c.to_digit(16))
                    .filter_map(|d| u8::try_from(d).ok())
                    .collect();
                out.push(Token::Hex(
                    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect(),
                ));
                rest = &rest[end + 1..];
            }
        }
    }
    out
}

fn entries(tokens: &[Token], range: bool, map: &mut HashMap<u32, String>) {
    let mut rest = tokens.iter();
    while let Some(Token::Hex(low)) = rest.next() {
        let low = number(low);
        let high = match range {
            false => low,
            true => match rest.next() {
                Some(Token::Hex(high)) => number(high),
                _ => return,
            },
        };
        match rest.next() {
            Some(Token::Hex(target)) => {
                for (step, code) in (low..=high.min(low.saturating_add(0xFFFF))).enumerate() {
                    if map.len() >= ENTRIES {
                        return;
                    }
                    map.insert(code, letters(target, u16::try_from(step).unwrap_or(0)));
                }
            }
            Some(Token::Open) => {
                for code in low.. {
                    match rest.next() {
                        Some(Token::Hex(target)) if code <= high && map.len() < ENTRIES => {
                            map.insert(code, letters(target, 0));
                        }
                        Some(Token::Hex(_)) => {}
                        _ => break,
                    }
                }
            }
            _ => return,
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// UTF-16 with its last unit raised by `step`.
fn letters(target: &[u8], step: u16) -> String {
    let mut units: Vec<u16> = match target {
        [one] => vec![u16::from(*one)],
        _ => target
            .chunks(2)
            .map(|pair| u16::from(pair[0]) << 8 | u16::from(*pair.get(1).unwrap_or(&0)))
            .collect(),
    };
    if let Some(last) = units.last_mut() {
        *last = last.wrapping_add(step);
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_real_files_write() {
        for (source, code, expect) in [
            ("1 beginbfchar <01> <0110> endbfchar", 1, Some("Đ")),
            (
                "2 beginbfrange<0029> <002B> <1EC7><0038> <003A> <1EE5>endbfrange3 beginbfchar<0001><0069>endbfchar",
                0x2b,
                Some("ỉ"),
            ),
            (
                "2 beginbfrange<0029> <002B> <1EC7>endbfrange3 beginbfchar<0001><0069>endbfchar",
                1,
                Some("i"),
            ),
            ("beginbfrange <10> <12> [<0041> <00420043> <0044>] endbfrange", 0x11, Some("BC")),
            ("beginbfrange <10> <12> [<0041> <0042>", 0x12, None),
            ("beginbfrange <0000> <FFFFFFFF> <0041> endbfrange", 1, Some("B")),
            ("beginbfchar <01", 1, None),
        ] {
            assert_eq!(parse(source.as_bytes()).get(&code).map(String::as_str), expect, "{source}");
        }
    }
}
