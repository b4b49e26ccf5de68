//! A file's bytes to plain text with the lines a reader of law needs.
//!
//! [`read`] is pure and runs inside a child process; [`read_in_child`] is what the rest of the
//! product calls. A stranger's file can then at worst end the child: stack overflow and allocation
//! failure cannot be caught in the same process.
//!
//! Not here: what the text means (`law`), where files come from (the rest of `ingest`).

mod archive;
mod child;
mod docx;
mod format;
mod html;
mod hygiene;
mod markdown;
mod numbering;
mod pdf;
mod plain;

use serde::{Deserialize, Serialize};

pub use child::{child, read_in_child};
pub use format::{Format, sniff};
pub(crate) use hygiene::speaks_to_machines;

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
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes: 64 << 20,
            text_bytes: 64 << 20,
            zip_entries: 10_000,
            ratio: 200,
            seconds: 30,
        }
    }
}

/// What was read from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The text: NFC, one paragraph, heading or table row a line.
    pub text: String,
    /// The title the file itself states (its properties, `<title>`, first heading).
    pub title: Option<String>,
    /// What an editor should look at, in Vietnamese.
    pub warnings: Vec<String>,
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

/// Reads a document: docx, pdf, html, markdown or plain text. Meant to run inside the child.
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Text, Refused> {
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Refused::TooLarge { bytes: bytes.len() as u64, limit: limits.file_bytes });
    }
    let raw = match sniff(name, bytes)? {
        Format::Docx => docx::read(bytes, limits)?,
        Format::Pdf => pdf::read(bytes, limits)?,
        Format::Html => html::read(bytes),
        Format::Markdown => markdown::read(bytes),
        Format::Text => plain::read(bytes),
        Format::ArticleLines | Format::Snapshots | Format::Links | Format::Procedures => {
            let what = "records (jsonl) are not a document; ingest them from a folder".to_owned();
            return Err(Refused::Unsupported { what });
        }
    };
    let text = hygiene::clean(raw);
    if text.text.len() > limits.text_bytes {
        return Err(Refused::TooLarge {
            bytes: text.text.len() as u64,
            limit: limits.text_bytes as u64,
        });
    }
    if text.text.trim().is_empty() {
        return Err(Refused::Empty);
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
