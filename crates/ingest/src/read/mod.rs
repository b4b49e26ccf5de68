//! A file's bytes to plain text with the lines a reader of law needs.
//!
//! [`read`] is pure and runs inside a child process; [`read_file`] is what the rest of the product
//! calls: it also has other programs convert what we do not read ourselves. A stranger's file can then at worst end the child: stack overflow and allocation
//! failure cannot be caught in the same process.
//!
//! Not here: what the text means (`law`), where files come from (the rest of `ingest`).

mod annotate;
mod archive;
mod child;
mod convert;
mod docx;
mod format;
mod html;
mod hygiene;
mod mail;
mod markdown;
mod numbering;
mod parts;
mod pdf;
mod plain;
mod sandbox;
mod sheet;
mod styles;
mod tool;
mod trace;
pub(crate) mod word;

use serde::{Deserialize, Serialize};

pub use annotate::{Block, Remark, Remarked, Remarks};
pub use child::{child, read_in_child, read_measured, remark_child, remark_in_child};
pub(crate) use convert::as_word;
pub use convert::{helpers, read_file};
pub use format::{Format, sniff};
pub(crate) use hygiene::speaks_to_machines;
pub use sandbox::Fenced;
pub use tool::{fence_holds, fenced, probe};

/// What one file may cost. More than this is refused, never cut short in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the text, and of everything that is inflated to get it.
    pub text_bytes: usize,
    /// Entries in a zip.
    pub zip_entries: usize,
    /// How many times its compressed size a zip entry may grow to.
    pub ratio: u64,
    /// Wall clock for the whole reading.
    pub seconds: u64,
    /// Wall clock for one run of another program (a conversion, a page).
    pub tool_seconds: u64,
    /// Pages of a scan that are recognised.
    pub ocr_pages: usize,
    /// Files inside a file, at all depths.
    pub members: usize,
    /// Bytes of all of them.
    pub member_bytes: usize,
    /// Whether letters stay as they were typed (combining marks, letters of other alphabets) and lines that speak
    /// to machines stay in: in a draft under review both are findings. The library takes neither.
    pub as_typed: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes: 64 << 20,
            text_bytes: 64 << 20,
            zip_entries: 10_000,
            ratio: 200,
            seconds: 30,
            tool_seconds: 120,
            ocr_pages: 200,
            members: 2_000,
            member_bytes: 256 << 20,
            as_typed: false,
        }
    }
}

/// What was read from a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// The text: NFC, one paragraph, heading or table row a line.
    pub text: String,
    /// The title the file itself states (its properties, `<title>`, first heading).
    pub title: Option<String>,
    /// What an editor should look at, in Vietnamese.
    pub warnings: Vec<String>,
    /// Words beside the text that are not part of it: heads of pages, watermarks, a letter's subject. Only what
    /// must stay out of the library is looked for there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<String>,
    /// Files inside this one (zip, attachments), not yet read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// How a Word file is set, of a draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<crate::look::Look>,
}

/// A file inside another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its path inside, as it is written there.
    pub name: String,
    /// Its bytes; base64 in JSON.
    #[serde(with = "as_base64")]
    pub bytes: Vec<u8>,
}

mod as_base64 {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// No bytes, or nothing but blanks.
    #[error("the file is empty; upload it again")]
    Empty,
    /// Larger than the limit.
    #[error(
        "{bytes} bytes are more than the limit of {limit}; split the file or compress its pictures"
    )]
    TooLarge {
        /// What it has (or at least has).
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The name says one format and the content another.
    #[error(
        "named {named} but it is {found}; save it again as {named}, or give it the right extension"
    )]
    WrongFormat {
        /// By its extension.
        named: String,
        /// By its content.
        found: String,
    },
    /// A password is needed.
    #[error("the file is encrypted; remove the password and save it again")]
    Encrypted,
    /// Pictures of pages only.
    #[error("no text layer, it is a scan (cần OCR); run text recognition on it first")]
    NoText,
    /// The end is missing.
    #[error("the file is cut short: {why}; upload it again")]
    Truncated {
        /// How this shows.
        why: String,
    },
    /// Something inside cannot be read.
    #[error("the file is damaged: {why}; open it in its program and save it again")]
    Damaged {
        /// What.
        why: String,
    },
    /// A format that is not read.
    #[error("not supported: {what}")]
    Unsupported {
        /// What it is, with a way out.
        what: String,
    },
    /// A file built to exhaust its reader.
    #[error("refused as a decompression bomb: {why}; ask its sender for a plain copy")]
    Bomb {
        /// What gave it away.
        why: String,
    },
    /// It bears a mark of secrecy; nothing of it is kept.
    #[error(
        "quarantined: it is marked {mark}; nothing of it was kept, remove it from this machine and tell whoever is in charge of state secrets"
    )]
    Quarantined {
        /// The mark.
        mark: String,
    },
    /// Not law yet.
    #[error(
        "a draft (dự thảo): {why}; drafts do not enter the library, ingest it once it is issued"
    )]
    Draft {
        /// What shows it.
        why: String,
    },
    /// Another program needs a file on the disk, and cannot have it.
    #[error(
        "no place for a temporary file: {why}; make room there, or set TMPDIR, and ingest it again"
    )]
    NoRoom {
        /// What the system says.
        why: String,
    },
    /// The child was stopped by the clock.
    #[error("reading took more than {seconds} s and was stopped; split the file")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// The child died.
    #[error("the reader died: {why}; save the file again in its program, or as plain text")]
    Crashed {
        /// Its last words.
        why: String,
    },
}

impl Refused {
    /// Whether a file is refused for what it is, a secret or a draft, and not for how it is made.
    pub(crate) fn withholds(&self) -> bool {
        matches!(self, Refused::Quarantined { .. } | Refused::Draft { .. })
    }
}

/// Reads a document (docx, pdf, workbook, html, markdown, plain text, e-mail) or lists what a zip holds.
/// Meant to run inside the child.
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Text, Refused> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Refused::TooLarge { bytes: bytes.len() as u64, limit: limits.file_bytes });
    }
    let raw = match sniff(name, bytes)? {
        Format::Docx if limits.as_typed => docx::draft(bytes, limits)?.text,
        Format::Docx => docx::read(bytes, limits)?,
        Format::Pdf => pdf::read(bytes, limits)?,
        Format::Html => html::read(bytes, limits.as_typed)?,
        Format::Markdown => markdown::read(bytes, limits.as_typed),
        Format::Text => plain::read(bytes, limits.as_typed),
        Format::Sheet => sheet::read(bytes, limits)?,
        Format::Zip => {
            Text { members: archive::Archive::open(bytes, limits)?.members()?, ..Text::default() }
        }
        Format::Mail => mail::read(bytes, limits)?,
        Format::Office(kind) | Format::Picture(kind) => {
            let what = format!("{kind} without the program that reads it");
            return Err(Refused::Unsupported { what });
        }
        Format::ArticleLines | Format::Snapshots | Format::Links | Format::Procedures => {
            let what = "records (jsonl) are not a document; ingest them from a folder".to_owned();
            return Err(Refused::Unsupported { what });
        }
    };
    let text = if limits.as_typed { hygiene::as_typed(raw) } else { hygiene::clean(raw) };
    if text.text.len() > limits.text_bytes {
        return Err(Refused::TooLarge {
            bytes: text.text.len() as u64,
            limit: limits.text_bytes as u64,
        });
    }
    if text.text.trim().is_empty() && text.members.is_empty() {
        return Err(Refused::Empty);
    }
    Ok(text)
}

#[cfg(test)]
mod remarks_tests;
#[cfg(test)]
mod tests;
