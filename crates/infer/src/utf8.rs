//! Byte-level tokens back to text: a letter may be split across tokens, so a tail is held back.

/// Collects byte-level tokens and gives out whole letters.
#[derive(Default)]
pub(crate) struct Utf8Tail {
    bytes: Vec<u8>,
}

impl Utf8Tail {
    /// Adds the bytes of a token and returns the letters that are now whole.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> String {
        self.bytes.extend(bytes);
        let mut out = String::new();
        loop {
            match std::str::from_utf8(&self.bytes) {
                Ok(text) => {
                    out.push_str(text);
                    self.bytes.clear();
                    return out;
                }
                Err(error) => {
                    let valid = error.valid_up_to();
                    out.push_str(&String::from_utf8_lossy(&self.bytes[..valid]));
                    match error.error_len() {
                        // The tail may still become a letter.
                        None => {
                            self.bytes.drain(..valid);
                            return out;
                        }
                        Some(bad) => {
                            out.push(char::REPLACEMENT_CHARACTER);
                            self.bytes.drain(..valid + bad);
                        }
                    }
                }
            }
        }
    }

    /// What is left at the end, a broken letter as the replacement character.
    pub(crate) fn finish(&mut self) -> String {
        let rest = String::from_utf8_lossy(&self.bytes).into_owned();
        self.bytes.clear();
        rest
    }
}

/// The bytes of a token in its byte-level spelling.
pub(crate) fn bytes(token: &str) -> Vec<u8> {
    token.chars().filter_map(byte).collect()
}

/// The byte that a character of GPT-2's byte-level alphabet stands for: printable Latin-1 stands for
/// itself, the other 68 bytes are U+0100 onwards in order.
fn byte(letter: char) -> Option<u8> {
    let itself = |code: u32| matches!(code, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let code = letter as u32;
    if itself(code) {
        return u8::try_from(code).ok();
    }
    let index = code.checked_sub(0x100)? as usize;
    (0..=255u8).filter(|byte| !itself(u32::from(*byte))).nth(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_split_across_tokens_come_out_whole() {
        // "ữ" is e1 bb af: á » ¯ in the byte-level alphabet.
        let mut tail = Utf8Tail::default();
        assert_eq!(tail.push(&bytes("á")), "");
        assert_eq!(tail.push(&bytes("»")), "");
        assert_eq!(tail.push(&bytes("¯Ġa")), "ữ a");
        assert_eq!(tail.push(&bytes("Ċ")), "\n");
        assert_eq!(tail.push(&bytes("á")), "");
        assert_eq!(tail.finish(), "\u{fffd}");
        assert_eq!(tail.finish(), "");
    }

    #[test]
    fn every_byte_has_one_letter() {
        let mut seen: Vec<u8> = (0..0x200).filter_map(char::from_u32).filter_map(byte).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..=255).collect::<Vec<u8>>());
    }
}
