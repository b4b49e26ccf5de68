//! A zip that is not trusted: counted, measured while it inflates.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Limits, Refused};

pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    limits: &'a Limits,
    inflated: usize,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &'a Limits) -> Result<Archive<'a>, Refused> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| {
            let end = bytes.len().saturating_sub(66_000);
            match bytes[end..].windows(4).any(|window| window == b"PK\x05\x06") {
                true => refused(error),
                false => {
                    Refused::Truncated { why: "the zip directory at its end is missing".to_owned() }
                }
            }
        })?;
        if zip.len() > limits.zip_entries {
            return Err(Refused::Bomb { why: format!("{} zip entries", zip.len()) });
        }
        match zip.has_overlapping_entries() {
            Ok(false) => {}
            Ok(true) => return Err(Refused::Bomb { why: "zip entries overlap".to_owned() }),
            Err(error) => return Err(refused(error)),
        }
        Ok(Archive { zip, limits, inflated: 0 })
    }

    /// The bytes of one entry; `None` when there is no such entry.
    pub(super) fn entry(&mut self, name: &str) -> Result<Option<Vec<u8>>, Refused> {
        let entry = match self.zip.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(refused(error)),
        };
        if entry.encrypted() {
            return Err(Refused::Encrypted);
        }
        let packed = entry.compressed_size().max(1);
        // Small entries may compress very well without harm.
        let ratio = usize::try_from(packed.saturating_mul(self.limits.ratio)).unwrap_or(usize::MAX);
        let by_ratio = ratio.max(1 << 20);
        let room = self.limits.text_bytes.saturating_sub(self.inflated);
        let cap = by_ratio.min(room);
        let mut out = Vec::new();
        // The stated size may lie, so the bytes themselves are counted.
        entry.take(cap as u64 + 1).read_to_end(&mut out).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                Refused::Truncated { why: format!("{name} ends early") }
            }
            _ => Refused::Damaged { why: format!("{name}: {error}") },
        })?;
        if out.len() > cap {
            let why = match by_ratio < room {
                true => {
                    format!("{name} inflates to more than {} times its size", self.limits.ratio)
                }
                false => format!("more than {} bytes when inflated", self.limits.text_bytes),
            };
            return Err(Refused::Bomb { why });
        }
        self.inflated += out.len();
        Ok(Some(out))
    }
}

fn refused(error: ZipError) -> Refused {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Refused::Encrypted,
        ZipError::UnsupportedArchive(what) => Refused::Unsupported { what: format!("zip: {what}") },
        other => Refused::Damaged { why: format!("zip: {other}") },
    }
}
