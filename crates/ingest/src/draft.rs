//! The file of a draft that is to be reviewed: read as it was typed, kept out of the library.

use std::path::Path;

use crate::admit;
use crate::read::{Format, Limits, Refused, read_file, sniff};

/// Most pages of a draft; longer files are books of annexes, which are reviewed in parts.
pub const MOST_PAGES: usize = 300;

/// Letters of a page in the form of administrative documents (14 points, A4): some 2,200, blanks among them; tables
/// have more.
const PAGE: usize = 3_000;

/// A draft's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftText {
    /// One paragraph, heading or table row a line, letters as typed.
    pub text: String,
    /// What its reader should know, in Vietnamese: tracked changes, hidden words, files that were joined.
    pub notes: Vec<String>,
}

/// Reads a draft; of an archive the documents in it together, the one with the basis (căn cứ) first.
///
/// # Errors
/// Why it is not read. A file with a mark of secrecy is refused, and nothing of it is kept.
pub fn read_draft(
    exe: &Path,
    name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<DraftText, Refused> {
    let limits = Limits { as_typed: true, ..limits.clone() };
    let mut parts: Vec<(String, String)> = Vec::new();
    let mut notes = Vec::new();
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    let whole = read_file(exe, name, bytes, &limits)?;
    secret(name, &whole.text, &whole.aside)?;
    notes.extend(whole.warnings);
    if matches!(sniff(name, bytes)?, Format::Zip) {
        for member in whole.members {
            let read = read_file(exe, &member.name, &member.bytes, &limits)?;
            secret(&member.name, &read.text, &read.aside)?;
            notes.extend(read.warnings.into_iter().map(|note| format!("{}: {note}", member.name)));
            parts.push((member.name, read.text));
        }
        parts.retain(|(_, text)| !text.trim().is_empty());
        // The decision comes before what is issued with it.
        parts.sort_by_key(|(_, text)| {
            !text.lines().any(|line| line.trim_start().starts_with("Căn cứ"))
        });
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() > 1 {
            notes.push(format!("đã ghép {} tệp theo thứ tự: {}", names.len(), names.join(", ")));
        }
    } else {
        parts.push((name.to_owned(), whole.text));
    }
    let text = parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n\n");
    if text.trim().is_empty() {
        return Err(Refused::Empty);
    }
    let pages = text.chars().count() / PAGE;
    if pages > MOST_PAGES {
        let what = format!(
            "a draft of some {pages} pages; at most {MOST_PAGES} are reviewed at once, leave annexes of tables out or give the parts one by one"
        );
        return Err(Refused::Unsupported { what });
    }
    Ok(DraftText { text, notes })
}

/// Marks of secrecy; that it is a draft is as it should be.
fn secret(name: &str, text: &str, aside: &[String]) -> Result<(), Refused> {
    match admit::admitted(name, &viet::clean(text), aside) {
        Err(refused @ Refused::Quarantined { .. }) => Err(refused),
        _ => Ok(()),
    }
}
