//! Plain text in whatever encoding an office saved it.

use super::Text;

pub(super) fn read(bytes: &[u8]) -> Text {
    let (text, warnings) = super::hygiene::decode(bytes);
    Text { text, warnings, ..Text::default() }
}
