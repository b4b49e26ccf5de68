//! A zip that is not trusted: counted, measured while it inflates.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::{Limits, Member, Refused};

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
        match self.zip.index_for_name(name) {
            Some(at) => self.inflate(at).map(Some),
            None => Ok(None),
        }
    }

    /// Names of all entries.
    pub(super) fn names(&self) -> Vec<String> {
        self.zip.file_names().flatten().map(|name| name.into_owned()).collect()
    }

    /// Inflates every entry within the limits, and keeps none.
    pub(super) fn measure(&mut self) -> Result<(), Refused> {
        (0..self.zip.len()).try_for_each(|at| self.inflate(at).map(drop))
    }

    /// The files inside, but for those that systems leave behind and hidden ones.
    pub(super) fn members(&mut self) -> Result<Vec<Member>, Refused> {
        let mut members = Vec::new();
        for at in 0..self.zip.len() {
            let entry = self.zip.by_index_raw(at).map_err(refused)?;
            let (name, folder) = (called(&entry), entry.is_dir());
            drop(entry);
            let parts = || name.split(['/', '\\']);
            let clutter = parts()
                .any(|part| part == "__MACOSX" || part.starts_with('.') && part != "..")
                || parts()
                    .next_back()
                    .is_some_and(|last| matches!(last, "Thumbs.db" | "README.md"));
            if folder || clutter {
                continue;
            }
            if members.len() == self.limits.members {
                let why = format!("more than {} files inside", self.limits.members);
                return Err(Refused::Bomb { why });
            }
            let bytes = self.inflate(at)?;
            members.push(Member { name, bytes });
        }
        match members.is_empty() {
            true => Err(Refused::Empty),
            false => Ok(members),
        }
    }

    fn inflate(&mut self, at: usize) -> Result<Vec<u8>, Refused> {
        let entry = self.zip.by_index(at).map_err(refused)?;
        if entry.encrypted() {
            return Err(Refused::Encrypted);
        }
        let name = called(&entry);
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
        Ok(out)
    }
}

/// Its path inside; an old archive may have written it in a code page of its own.
fn called<R: Read>(entry: &ZipFile<'_, R>) -> String {
    viet::decode(entry.name_raw()).0
}

fn refused(error: ZipError) -> Refused {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Refused::Encrypted,
        ZipError::UnsupportedArchive(what) => Refused::Unsupported { what: format!("zip: {what}") },
        other => Refused::Damaged { why: format!("zip: {other}") },
    }
}
