//! What one file holds: told by its content, read, and understood as documents, procedures or facts.

use std::path::Path;

use law::{Citation, Document, ParsedDocument, Procedure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::admit;
use crate::catalogue;
use crate::facts::{self, Facts};
use crate::guide;
use crate::lines::article_lines;
use crate::portal::procedures;
use crate::read::{Format, Limits, Refused, Text, read_file, sniff};
use crate::snapshots;
use crate::sources::bytes;

/// How deep files may lie in files: an archive attached to an e-mail in an archive.
const DEPTH: usize = 3;

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
    /// Files inside it that were refused, each with the reason.
    #[serde(default)]
    pub refused: Vec<String>,
}

/// What one file holds, read now.
///
/// # Errors
/// Why it is refused, in words.
pub fn contents(path: &Path, exe: &Path, limits: &Limits) -> Result<Contents, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = bytes(path, limits)?;
    Opener::new(exe, limits).open(&name, &bytes).map_err(|refused| refused.to_string())
}

/// Opens one file and the files inside it.
pub(crate) struct Opener<'a> {
    exe: &'a Path,
    limits: &'a Limits,
    /// Files inside that may still be opened, and their bytes.
    left: usize,
    room: usize,
}

impl<'a> Opener<'a> {
    pub(crate) fn new(exe: &'a Path, limits: &'a Limits) -> Opener<'a> {
        Opener { exe, limits, left: limits.members, room: limits.member_bytes }
    }

    pub(crate) fn open(&mut self, name: &str, bytes: &[u8]) -> Result<Contents, Refused> {
        self.at_depth(name, bytes, 0)
    }

    fn at_depth(&mut self, name: &str, bytes: &[u8], depth: usize) -> Result<Contents, Refused> {
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
                let refused = lines.refused.into_iter();
                warnings
                    .extend(refused.map(|(line, why)| format!("line {line} is refused: {why}")));
                if lines.documents.is_empty() {
                    return Err(Refused::Damaged { why: "no line could be read".into() });
                }
                let documents = lines.documents.into_iter().map(split).collect();
                Ok(Contents { documents, warnings, ..Contents::default() })
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
                let refused = refused.into_iter();
                warnings
                    .extend(refused.map(|(code, why)| format!("record {code} is refused: {why}")));
                if procedures.is_empty() {
                    return Err(Refused::Damaged { why: warnings.join("; ") });
                }
                Ok(Contents { procedures, warnings, ..Contents::default() })
            }
            Format::Markdown if guide::is_guide(bytes) => {
                let document = guide::read(name, bytes, self.limits)?;
                Ok(Contents { documents: vec![split(document)], ..Contents::default() })
            }
            Format::Zip | Format::Mail => {
                if depth == DEPTH {
                    let why = format!("files lie more than {DEPTH} deep in files");
                    return Err(Refused::Bomb { why });
                }
                let text = read_file(self.exe, name, bytes, self.limits)?;
                self.container(name, bytes, text, depth)
            }
            Format::Markdown
            | Format::Text
            | Format::Html
            | Format::Docx
            | Format::Pdf
            | Format::Sheet
            | Format::Office(_)
            | Format::Picture(_) => {
                let text = read_file(self.exe, name, bytes, self.limits)?;
                document(name, bytes, text)
            }
        }
    }

    /// The words of the container itself (a letter), and all that lies in it.
    fn container(
        &mut self,
        name: &str,
        bytes: &[u8],
        mut text: Text,
        depth: usize,
    ) -> Result<Contents, Refused> {
        let members = std::mem::take(&mut text.members);
        let mut all = match text.text.is_empty() {
            true => Contents { warnings: text.warnings, ..Contents::default() },
            false => document(name, bytes, text)?,
        };
        // A secret or a draft inside, should nothing else be there.
        let mut withheld = None;
        for member in members {
            let Some(left) = self.left.checked_sub(1) else {
                let why = format!("more than {} files inside", self.limits.members);
                return Err(Refused::Bomb { why });
            };
            let Some(room) = self.room.checked_sub(member.bytes.len()) else {
                let why = format!("files inside have more than {} bytes", self.limits.member_bytes);
                return Err(Refused::Bomb { why });
            };
            (self.left, self.room) = (left, room);
            let inner = format!("{name}/{}", member.name);
            match self.at_depth(&inner, &member.bytes, depth + 1) {
                Ok(contents) => all.add(&member.name, contents),
                // What exhausts its reader inside makes the whole a bomb.
                Err(refused @ Refused::Bomb { .. }) => return Err(refused),
                Err(refused) => {
                    all.refused.push(format!("{}: {refused}", member.name));
                    let secret = matches!(refused, Refused::Quarantined { .. });
                    if secret || withheld.is_none() && refused.withholds() {
                        withheld = Some(refused);
                    }
                }
            }
        }
        if all == (Contents { refused: all.refused.clone(), ..Contents::default() }) {
            let why = format!("nothing inside could be read: {}", all.refused.join("; "));
            return Err(withheld.unwrap_or(Refused::Damaged { why }));
        }
        Ok(all)
    }
}

impl Contents {
    /// Adds what a file inside held.
    fn add(&mut self, member: &str, other: Contents) {
        let Contents { documents, procedures, links, catalogue, facts, warnings, refused } = other;
        self.documents.extend(documents);
        self.procedures.extend(procedures);
        self.links.extend(links);
        self.catalogue.extend(catalogue);
        self.facts.join(facts);
        self.warnings.extend(warnings.into_iter().map(|it| format!("{member}: {it}")));
        self.refused.extend(refused.into_iter().map(|it| format!("{member}/{it}")));
    }
}

/// The document that a text is, unless it must not be kept.
fn document(name: &str, bytes: &[u8], text: Text) -> Result<Contents, Refused> {
    let mut warnings = text.warnings;
    warnings.extend(admit::admitted(name, &text.text, &text.aside)?);
    let metadata = Document {
        title: text.title.unwrap_or_default(),
        source: name.to_owned(),
        ..Document::default()
    };
    let mut parsed = Document::parse(metadata, &text.text);
    let problems = parsed.problems.drain(..);
    warnings.extend(problems.map(|problem| format!("{}: {}", problem.at, problem.what)));
    if parsed.value.document.id.is_empty() {
        let named = number_in_name(name.rsplit('/').next().unwrap_or(name));
        if let Some(number) = &named {
            warnings
                .push(format!("số {number} lấy từ tên tệp, vì văn bản không ghi; hãy kiểm tra"));
        }
        parsed.value.document.id = named.unwrap_or_else(|| nameless(bytes));
    }
    Ok(Contents { documents: vec![split(parsed.value)], warnings, ..Contents::default() })
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
