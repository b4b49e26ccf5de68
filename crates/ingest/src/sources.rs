//! Files and folders to parsed sources, each kept by the hash of its bytes, so that an unchanged file
//! is never read twice.

use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use law::{Citation, Document, ParsedDocument, Procedure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalogue;
use crate::facts::{self, Facts};
use crate::guide;
use crate::lines::article_lines;
use crate::portal::procedures;
use crate::read::{Format, Limits, Refused, read_in_child, sniff};
use crate::snapshots;

/// Raised when reading changes, so that kept sources are read anew.
const READER: &str = "4";

/// What one file gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// Documents with their words.
    pub documents: Vec<(Document, Vec<String>)>,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// Links of the codification between articles.
    #[serde(default)]
    pub links: Vec<(Citation, Vec<Citation>)>,
    /// Catalogue entries: what is known of documents whose words may be elsewhere or nowhere.
    pub catalogue: Vec<Document>,
    /// Places, bodies, life events, rules of the city.
    #[serde(default)]
    pub facts: Facts,
    /// What an editor should look at.
    pub warnings: Vec<String>,
}

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
    let contents = match load(kept.known, &hash) {
        Some(contents) => {
            report.state = "unchanged";
            contents
        }
        None => match understood(&name, &bytes, exe, limits) {
            Ok(contents) => {
                report.state = "read";
                keep(kept.fresh, &hash, &contents)?;
                contents
            }
            Err(refused) => {
                report.reason = Some(refused.to_string());
                return Ok((None, report));
            }
        },
    };
    report.documents = contents.documents.len();
    report.provisions =
        contents.documents.iter().map(|(document, _)| document.articles.len()).sum();
    report.procedures = contents.procedures.len();
    report.warnings = contents.warnings;
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
    let file = fs_err::File::open(kept.join(format!("{hash}.json.gz"))).ok()?;
    serde_json::from_reader(std::io::BufReader::new(GzDecoder::new(file))).ok()
}

fn keep(kept: &Path, hash: &str, contents: &Contents) -> std::io::Result<()> {
    fs_err::create_dir_all(kept)?;
    let part = kept.join(format!("{hash}.part"));
    let mut out =
        GzEncoder::new(std::io::BufWriter::new(fs_err::File::create(&part)?), Compression::fast());
    serde_json::to_writer(&mut out, contents)?;
    out.finish()?.into_inner()?.sync_all()?;
    fs_err::rename(&part, kept.join(format!("{hash}.json.gz")))
}

fn bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, String> {
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

/// What one file holds, read now.
///
/// # Errors
/// Why it is refused, in words.
pub fn contents(path: &Path, exe: &Path, limits: &Limits) -> Result<Contents, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = bytes(path, limits)?;
    understood(&name, &bytes, exe, limits).map_err(|refused| refused.to_string())
}

fn understood(name: &str, bytes: &[u8], exe: &Path, limits: &Limits) -> Result<Contents, Refused> {
    if catalogue::is_catalogue(bytes) {
        let (catalogue, warnings) = catalogue::read(bytes)?;
        return Ok(Contents { catalogue, warnings, ..Contents::default() });
    }
    if facts::is_facts(bytes) {
        let (facts, warnings) = facts::read(bytes)?;
        return Ok(Contents { facts, warnings, ..Contents::default() });
    }
    match sniff(name, bytes)? {
        Format::ArticleLines => {
            let lines = article_lines(bytes)?;
            let mut warnings = lines.warnings;
            warnings.extend(
                lines
                    .refused
                    .into_iter()
                    .map(|(line, why)| format!("line {line} is refused: {why}")),
            );
            if lines.documents.is_empty() {
                return Err(Refused::Damaged { why: "no line could be read".into() });
            }
            Ok(Contents {
                documents: lines.documents.into_iter().map(split).collect(),
                warnings,
                ..Contents::default()
            })
        }
        Format::Snapshots => {
            let (documents, warnings) = snapshots::changed(bytes)?;
            let documents = documents.into_iter().map(split).collect();
            Ok(Contents { documents, warnings, ..Contents::default() })
        }
        Format::Links => {
            let (links, warnings) = snapshots::links(bytes)?;
            Ok(Contents { links, warnings, ..Contents::default() })
        }
        Format::Procedures => {
            let (procedures, mut warnings, refused) = procedures(bytes)?;
            warnings.extend(
                refused.into_iter().map(|(code, why)| format!("record {code} is refused: {why}")),
            );
            if procedures.is_empty() {
                return Err(Refused::Damaged { why: warnings.join("; ") });
            }
            Ok(Contents { procedures, warnings, ..Contents::default() })
        }
        Format::Markdown if guide::is_guide(bytes) => {
            let document = guide::read(name, bytes, limits)?;
            Ok(Contents { documents: vec![split(document)], ..Contents::default() })
        }
        Format::Markdown | Format::Text | Format::Html | Format::Docx | Format::Pdf => {
            let text = read_in_child(exe, name, bytes, limits)?;
            let metadata = Document {
                title: text.title.unwrap_or_default(),
                source: name.to_owned(),
                ..Document::default()
            };
            let mut parsed = Document::parse(metadata, &text.text);
            let mut warnings = text.warnings;
            warnings.extend(
                parsed
                    .problems
                    .drain(..)
                    .map(|problem| format!("{}: {}", problem.at, problem.what)),
            );
            if parsed.value.document.id.is_empty() {
                let named = number_in_name(name);
                if let Some(number) = &named {
                    warnings.push(format!(
                        "số {number} lấy từ tên tệp, vì văn bản không ghi; hãy kiểm tra"
                    ));
                }
                parsed.value.document.id = named.unwrap_or_else(|| nameless(bytes));
            }
            Ok(Contents { documents: vec![split(parsed.value)], warnings, ..Contents::default() })
        }
    }
}

/// The number that a file's name begins with, as offices name files, where no slash may stand:
/// `336-2025-NĐ-CP Nghị định ….txt`.
fn number_in_name(name: &str) -> Option<String> {
    let word = name.split([' ', '.']).next()?;
    let mut parts = word.splitn(3, ['-', '_']);
    let (number, year, symbol) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit())
    };
    if !digits(number, 4) || !digits(year, 4) || year.len() != 4 {
        return None;
    }
    let found = law::numbers(&format!("{number}/{year}/{}", symbol.replace('_', "-")));
    found.into_iter().map(|(number, _)| number).next()
}

/// The id of a file that states no number: from its bytes, so that it stays while they do.
pub(crate) fn nameless(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    format!("tep:{}", hash.iter().take(5).map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn split(parsed: ParsedDocument) -> (Document, Vec<String>) {
    (parsed.document, parsed.texts)
}
