//! The file of a draft that is to be reviewed: read as it was typed, kept out of the library.

use std::path::Path;

use crate::admit;
use crate::look::Look;
use crate::read::{
    Format, Limits, Refused, Remarked, Remarks, as_word, read_file, read_in_child, remark_in_child,
    sniff, word,
};

/// Most pages of a draft; longer files are books of annexes, which are reviewed in parts.
pub const MOST_PAGES: usize = 300;

/// Letters of a page in the form of administrative documents (14 points, A4): some 2,200, blanks among them; tables
/// have more.
const PAGE: usize = 3_000;

/// A draft's words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DraftText {
    /// One paragraph, heading or table row a line, letters as typed.
    pub text: String,
    /// What its reader should know, in Vietnamese: tracked changes, hidden words, files that were joined.
    pub notes: Vec<String>,
    /// How it is set, of one Word file.
    pub look: Option<Look>,
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
    let mut looks: Vec<Option<Look>> = Vec::new();
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
            looks.extend((!read.text.trim().is_empty()).then_some(read.look));
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
        looks.push(whole.look);
        parts.push((name.to_owned(), whole.text));
    }
    // Places in one file of several are none in their text together.
    let look = if looks.len() == 1 { looks.pop().flatten() } else { None };
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
    Ok(DraftText { text, notes, look })
}

/// Writes remarks into the Word file that a draft came as. Where its words have no places in one (a pdf, several files,
/// an old font) its text is put into a plain Word file first, a paragraph a line, and the second value says so.
///
/// `text` and `look` are what [`read_draft`] gave for the same bytes; spans of the remarks are characters of the text.
///
/// # Errors
/// Why it cannot be done.
pub fn remark_draft(
    exe: &Path,
    name: &str,
    bytes: &[u8],
    text: &str,
    look: Option<&Look>,
    remarks: &Remarks,
) -> Result<(Remarked, bool), Refused> {
    let limits = Limits { as_typed: true, ..Limits::default() };
    let original = match (look, sniff(name, bytes)?) {
        (None, _) => None,
        (_, Format::Zip) => {
            let whole = read_in_child(exe, name, bytes, &limits)?;
            let mut word = None;
            for member in whole.members {
                // Of several files one had words, else there would be no look.
                let read = read_file(exe, &member.name, &member.bytes, &limits)?;
                if !read.text.trim().is_empty() {
                    word = as_word(exe, &member.name, &member.bytes, &limits)?;
                }
            }
            word
        }
        _ => as_word(exe, name, bytes, &limits)?,
    };
    let of_text = original.is_none();
    let word = match original {
        Some(word) => word,
        None => word::plain(text)?,
    };
    Ok((remark_in_child(exe, &word, remarks, &limits)?, of_text))
}

/// Marks of secrecy; that it is a draft is as it should be.
fn secret(name: &str, text: &str, aside: &[String]) -> Result<(), Refused> {
    match admit::admitted(name, &viet::clean(text), aside) {
        Err(refused @ Refused::Quarantined { .. }) => Err(refused),
        _ => Ok(()),
    }
}
