//! A model's weights in the layout the kernels read, in one file.
//!
//! Made once by `khue models pull` (or at the first load, where the folder can be written), so that a
//! start converts nothing: it reads into large pages what every step needs, and maps tables of which
//! a few rows are needed. The file: entries, each at a multiple of 64 bytes, then
//! a table of contents in JSON, its length in eight bytes, and a mark of eight bytes.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::{Mmap, MmapMut};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::kernels::{Kind, Matrix, ROWS, block_bytes};
use crate::models::hex;

/// Changes with the layout; a file of another version is made anew.
const MARK: &[u8; 8] = b"khuepk01";

/// Name of the file in a model's folder.
pub(crate) const NAME: &str = "packed.khue";

/// An open packed file.
pub(crate) struct Packed {
    file: std::fs::File,
    map: Arc<Mmap>,
    contents: Contents,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Contents {
    /// Id of the model that the weights came from.
    source: String,
    /// SHA-256 of all bytes before the table.
    sha256: String,
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    kind: EntryKind,
    rows: usize,
    cols: usize,
    offset: usize,
    bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EntryKind {
    F32,
    Q4,
    Q6,
    Q8,
}

impl EntryKind {
    fn matrix(self) -> Option<Kind> {
        match self {
            EntryKind::F32 => None,
            EntryKind::Q4 => Some(Kind::Q4),
            EntryKind::Q6 => Some(Kind::Q6),
            EntryKind::Q8 => Some(Kind::Q8),
        }
    }
}

impl Entry {
    /// Bytes that its shape takes; `None` for a shape that cannot be.
    fn size(&self) -> Option<usize> {
        match self.kind.matrix() {
            None => self.rows.checked_mul(self.cols)?.checked_mul(4),
            Some(kind) if !self.cols.is_multiple_of(kind.columns()) => None,
            Some(kind) => {
                let tile = (self.cols / kind.columns()).checked_mul(block_bytes(kind))?;
                self.rows.div_ceil(ROWS).checked_mul(tile)
            }
        }
    }
}

/// Writes entries one after the other, so that a conversion holds one tensor in memory at a time.
pub(crate) struct Writer {
    out: BufWriter<std::fs::File>,
    hash: Sha256,
    at: usize,
    contents: Contents,
}

impl Packed {
    /// Opens the file of a model's folder, or makes it with `fill` when it is missing, of another
    /// layout or of other weights.
    pub(crate) fn open_or_make(
        folder: &Path,
        source: &str,
        fill: impl FnOnce(&mut Writer) -> Result<()>,
    ) -> Result<Packed> {
        if let Some(packed) = Packed::open(folder, source)? {
            return Ok(packed);
        }
        tracing::info!(model = source, "packing weights, once for this machine");
        // Two processes may do this at the same time, each in a file of its own; the later one wins,
        // and both are right.
        let part = tempfile::NamedTempFile::new_in(folder).map_err(io_error)?;
        let mut writer = Writer::start(part.reopen().map_err(io_error)?, source);
        fill(&mut writer)?;
        writer.finish()?;
        // Only its owner may read a temporary file; weights are for every user of the cache.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let everyone = std::fs::Permissions::from_mode(0o644);
            fs_err::set_permissions(part.path(), everyone).map_err(io_error)?;
        }
        part.persist(folder.join(NAME)).map_err(|error| io_error(error.error))?;
        Packed::open(folder, source)?
            .ok_or_else(|| Error::Failed(format!("{} is not whole", folder.join(NAME).display())))
    }

    /// The file, if it is there, whole and made of these weights.
    pub(crate) fn open(folder: &Path, source: &str) -> Result<Option<Packed>> {
        let Ok(file) = fs_err::File::open(folder.join(NAME)) else { return Ok(None) };
        let map = map(&file).map_err(io_error)?;
        let Some(contents) = read_contents(&map) else { return Ok(None) };
        if contents.source != source {
            return Ok(None);
        }
        Ok(Some(Packed { file: file.into_file(), map: Arc::new(map), contents }))
    }

    /// A matrix of which a few rows are read at a time: it stays in the file.
    pub(crate) fn table(&self, name: &str) -> Result<Matrix> {
        self.shaped(name, Arc::clone(&self.map), self.entry(name)?.offset)
    }

    /// A matrix that every step reads whole: copied into memory of large pages, which reads a third
    /// faster than a mapped file on one core.
    pub(crate) fn matrix(&self, name: &str) -> Result<Matrix> {
        let entry = self.entry(name)?;
        let mut copy = MmapMut::map_anon(entry.bytes.max(1)).map_err(io_error)?;
        // Where the system does not have large pages, small ones do.
        #[cfg(target_os = "linux")]
        let _ = copy.advise(memmap2::Advice::HugePage);
        // Read, not copied from the map, whose pages would count a second time.
        let mut file = &self.file;
        file.seek(SeekFrom::Start(entry.offset as u64)).map_err(io_error)?;
        file.read_exact(&mut copy[..entry.bytes]).map_err(io_error)?;
        let copy = copy.make_read_only().map_err(io_error)?;
        self.shaped(name, Arc::new(copy), 0)
    }

    fn shaped(&self, name: &str, map: Arc<Mmap>, from: usize) -> Result<Matrix> {
        let entry = self.entry(name)?;
        let kind = entry
            .kind
            .matrix()
            .ok_or_else(|| Error::Failed(format!("{name} is not a packed matrix")))?;
        Ok(Matrix::new(kind, entry.rows, entry.cols, map, from))
    }

    /// Values that are kept as floats: norms, biases, small tables.
    pub(crate) fn floats(&self, name: &str) -> Result<Vec<f32>> {
        let entry = self.entry(name)?;
        let bytes = &self.map[entry.offset..entry.offset + entry.bytes];
        Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.contents.entries.contains_key(name)
    }

    fn entry(&self, name: &str) -> Result<&Entry> {
        self.contents
            .entries
            .get(name)
            .ok_or_else(|| Error::Failed(format!("the packed file has no {name}")))
    }
}

/// What is wrong with the packed file of a folder, if it is there: `None` when it is whole. Reads all
/// of it.
pub(crate) fn verify(folder: &Path) -> Option<(PathBuf, Option<String>)> {
    let path = folder.join(NAME);
    let map = map(&fs_err::File::open(&path).ok()?).ok()?;
    let why = match read_contents(&map) {
        None => Some("is cut or of another version".to_owned()),
        Some(contents) => {
            let end = contents.entries.values().map(|e| e.offset + e.bytes).max().unwrap_or(0);
            let found = hex(&Sha256::digest(&map[..end.next_multiple_of(64)]));
            (found != contents.sha256)
                .then(|| format!("has sha256 {found}, not {}", contents.sha256))
        }
    };
    Some((path, why))
}

fn map(file: &fs_err::File) -> io::Result<Mmap> {
    // SAFETY: the file lies in the model cache, where files appear by renaming whole ones into
    // place; nothing shortens or rewrites a file that is already there.
    #[expect(unsafe_code, reason = "mapping the weights avoids a copy of a gigabyte")]
    unsafe {
        Mmap::map(file.file())
    }
}

fn read_contents(map: &[u8]) -> Option<Contents> {
    let (rest, mark) = map.split_last_chunk::<8>()?;
    let (rest, length) = rest.split_last_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    if mark != MARK || length > rest.len() {
        return None;
    }
    let (data, table) = rest.split_at(rest.len() - length);
    let contents: Contents = serde_json::from_slice(table).ok()?;
    let inside = |entry: &Entry| {
        entry.offset.checked_add(entry.bytes).is_some_and(|end| end <= data.len())
            && entry.offset.is_multiple_of(64)
            && entry.size() == Some(entry.bytes)
    };
    contents.entries.values().all(inside).then_some(contents)
}

impl Writer {
    fn start(file: std::fs::File, source: &str) -> Writer {
        let out = BufWriter::with_capacity(1 << 20, file);
        let contents = Contents { source: source.to_owned(), ..Contents::default() };
        Writer { out, hash: Sha256::new(), at: 0, contents }
    }

    pub(crate) fn matrix(
        &mut self,
        name: &str,
        kind: Kind,
        rows: usize,
        cols: usize,
        packed: &[u8],
    ) -> Result<()> {
        let kind = match kind {
            Kind::Q4 => EntryKind::Q4,
            Kind::Q6 => EntryKind::Q6,
            Kind::Q8 => EntryKind::Q8,
        };
        self.entry(name, kind, rows, cols, packed)
    }

    pub(crate) fn floats(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.entry(name, EntryKind::F32, 1, values.len(), &bytes)
    }

    fn entry(
        &mut self,
        name: &str,
        kind: EntryKind,
        rows: usize,
        cols: usize,
        bytes: &[u8],
    ) -> Result<()> {
        let entry = Entry { kind, rows, cols, offset: self.at, bytes: bytes.len() };
        assert_eq!(entry.size(), Some(entry.bytes), "{name}: bytes for its shape");
        self.contents.entries.insert(name.to_owned(), entry);
        let padding = [0u8; 64];
        let padding = &padding[..bytes.len().next_multiple_of(64) - bytes.len()];
        for part in [bytes, padding] {
            self.hash.update(part);
            self.out.write_all(part).map_err(io_error)?;
            self.at += part.len();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.contents.sha256 = hex(&self.hash.finalize());
        let table =
            serde_json::to_vec(&self.contents).map_err(|error| Error::Failed(error.to_string()))?;
        let end = || -> io::Result<()> {
            self.out.write_all(&table)?;
            self.out.write_all(&(table.len() as u64).to_le_bytes())?;
            self.out.write_all(MARK)?;
            self.out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        };
        end().map_err(io_error)
    }
}

fn io_error(error: io::Error) -> Error {
    Error::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::pack_floats;

    fn make(folder: &Path, source: &str) -> Packed {
        Packed::open_or_make(folder, source, |writer| {
            writer.floats("norm", &[1.0, -2.5, 3.0])?;
            let values: Vec<f32> = (0..32 * 64).map(|i| i as f32 / 100.0).collect();
            writer.matrix("weights", Kind::Q8, 32, 64, &pack_floats(32, 64, &values))
        })
        .unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let packed = make(folder.path(), "model@1");
        assert_eq!(packed.floats("norm").unwrap(), [1.0, -2.5, 3.0]);
        let mut row = vec![0.0; 64];
        packed.matrix("weights").unwrap().row(31, &mut row);
        assert!((row[63] - 20.47).abs() < 0.1, "{}", row[63]);
        assert!(packed.matrix("norm").is_err() && packed.matrix("other").is_err());
        assert_eq!(verify(folder.path()).unwrap().1, None);
        // Other weights under the same name are not taken for these.
        assert!(Packed::open(folder.path(), "model@2").unwrap().is_none());
        drop(packed);

        let path = folder.path().join(NAME);
        let whole = std::fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[200] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        assert!(verify(folder.path()).unwrap().1.unwrap().contains("sha256"));
        for cut in [0, 7, 100, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(Packed::open(folder.path(), "model@1").unwrap().is_none(), "cut at {cut}");
        }
        make(folder.path(), "model@1");
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
}
