//! Files and folders to parsed sources, each kept by the hash of its bytes, so that an unchanged file
//! is never read twice.

use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::contents::{Contents, Opener};
use crate::read::{Limits, Refused};

/// Raised when reading changes, so that kept sources are read anew.
const READER: &str = "6";

/// A file that was read, for the report and the next version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Absolute path.
    pub path: PathBuf,
    /// SHA-256 of reader and bytes: the name of its kept contents.
    pub hash: String,
    /// Collection it belongs to.
    pub corpus: String,
    /// Profiles that may see it; empty for all.
    pub profiles: Vec<String>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// `read`, `unchanged` or `refused`.
    pub state: &'static str,
    /// Why it was refused.
    pub reason: Option<String>,
    /// What an editor should look at.
    pub warnings: Vec<String>,
    /// Files inside it that were refused, each with the reason.
    pub refused: Vec<String>,
    /// Refused for what it is, a secret or a draft: what was read of it before must go as well.
    #[serde(skip)]
    pub withheld: bool,
    /// Documents in it.
    pub documents: usize,
    /// Articles in it.
    pub provisions: usize,
    /// Procedures in it.
    pub procedures: usize,
}

/// All files below the paths, sorted; hidden ones and README files are left out.
///
/// # Errors
/// When a path does not exist or a folder cannot be read.
pub fn files(paths: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        walk(&fs_err::canonicalize(path)?, &mut found)?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    // What is no folder, or a folder that cannot be read, is refused with its reason when it is read.
    // Links to folders are not followed, so a circle of them ends.
    let folder = fs_err::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    let (true, Ok(entries)) = (folder, fs_err::read_dir(path)) else {
        found.push(path.to_owned());
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with('.') && name != "README.md" {
            walk(&path, found)?;
        }
    }
    Ok(())
}

/// Folders with the contents of files by hash.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// What is known.
    pub known: &'a Path,
    /// Where new contents go: the same folder, or another one for a trial.
    pub fresh: &'a Path,
}

/// Reads one file, or takes what was kept of it.
///
/// # Errors
/// When the kept contents cannot be written; a file that cannot be read is a refusal in the report.
pub fn read_source(
    path: &Path,
    corpus: &str,
    profiles: &[String],
    kept: Kept<'_>,
    exe: &Path,
    limits: &Limits,
) -> std::io::Result<(Option<Source>, FileReport)> {
    let mut report = FileReport {
        path: path.to_owned(),
        state: "refused",
        reason: None,
        warnings: Vec::new(),
        refused: Vec::new(),
        withheld: false,
        documents: 0,
        provisions: 0,
        procedures: 0,
    };
    let bytes = match bytes(path, limits) {
        Ok(bytes) => bytes,
        Err(why) => {
            report.reason = Some(why);
            return Ok((None, report));
        }
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut hash = Sha256::new();
    for part in [READER.as_bytes(), name.as_bytes(), &bytes] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    // A file inside that was refused may be read now that what it lacked (a program) is there.
    let whole = |contents: &Contents| contents.refused.is_empty();
    let contents = match load(kept.known, &hash).filter(whole) {
        Some(contents) => {
            report.state = "unchanged";
            contents
        }
        None => match Opener::new(exe, limits).open(&name, &bytes) {
            Ok(contents) => {
                report.state = "read";
                keep(kept.fresh, &hash, &contents)?;
                contents
            }
            Err(refused) => {
                report.reason = Some(refused.to_string());
                report.withheld = refused.withholds();
                return Ok((None, report));
            }
        },
    };
    report.documents = contents.documents.len();
    report.provisions =
        contents.documents.iter().map(|(document, _)| document.articles.len()).sum();
    report.procedures = contents.procedures.len();
    report.warnings = contents.warnings;
    report.refused = contents.refused;
    let source = Source {
        path: path.to_owned(),
        hash,
        corpus: corpus.to_owned(),
        profiles: profiles.to_vec(),
    };
    Ok((Some(source), report))
}

/// The kept contents of a source; `None` when they are missing or damaged.
pub fn load(kept: &Path, hash: &str) -> Option<Contents> {
    let file = fs_err::File::open(place(kept, hash)).ok()?;
    serde_json::from_reader(std::io::BufReader::new(GzDecoder::new(file))).ok()
}

fn keep(kept: &Path, hash: &str, contents: &Contents) -> std::io::Result<()> {
    fs_err::create_dir_all(kept)?;
    let part = kept.join(format!("{hash}.part"));
    let mut out =
        GzEncoder::new(std::io::BufWriter::new(fs_err::File::create(&part)?), Compression::fast());
    serde_json::to_writer(&mut out, contents)?;
    out.finish()?.into_inner()?.sync_all()?;
    fs_err::rename(&part, place(kept, hash))
}

/// Removes the kept contents of a source, if there are any.
///
/// # Errors
/// When they are there and cannot be removed.
pub fn forget(kept: &Path, hash: &str) -> std::io::Result<()> {
    match fs_err::remove_file(place(kept, hash)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        ended => ended,
    }
}

fn place(kept: &Path, hash: &str) -> PathBuf {
    kept.join(format!("{hash}.json.gz"))
}

pub(crate) fn bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, String> {
    let meta = fs_err::metadata(path).map_err(|error| error.to_string())?;
    if !meta.is_file() {
        return Err("is not a plain file".into());
    }
    if meta.len() == 0 {
        return Err(Refused::Empty.to_string());
    }
    if meta.len() > limits.file_bytes {
        return Err(Refused::TooLarge { bytes: meta.len(), limit: limits.file_bytes }.to_string());
    }
    fs_err::read(path).map_err(|error| error.to_string())
}
