//! Plain text in whatever encoding an office saved it.

use super::Text;

pub(super) fn read(bytes: &[u8], as_typed: bool) -> Text {
    let (text, warnings) = super::hygiene::decode(bytes, as_typed);
    Text { text, warnings, ..Text::default() }
}
