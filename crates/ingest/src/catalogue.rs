//! The catalogue of documents: what is known of a document besides its words.

use jiff::civil::Date;
use law::{Citation, Document, Relation, RelationKind};
use serde::Deserialize;

use crate::read::Refused;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    number: String,
    kind: String,
    title: String,
    issuer: String,
    issued: Option<Date>,
    effective: Option<Date>,
    ended: Option<Date>,
    #[serde(default)]
    replaced_by: Vec<String>,
    #[serde(default)]
    amended_by: Vec<String>,
    checked: Option<Date>,
    #[serde(default)]
    source: String,
    /// Other names; for editors and search by hand.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the file's form, not used yet")]
    names: Vec<String>,
}

/// Whether a file is a catalogue: JSON lines with a number and no article.
pub(crate) fn is_catalogue(bytes: &[u8]) -> bool {
    let line = bytes
        .split(|&byte| byte == b'\n')
        .find(|line| !line.trim_ascii().is_empty())
        .unwrap_or_default();
    line.trim_ascii().starts_with(b"{\"number\"")
        && !line.windows(10).any(|part| part == b"\"article\":")
}

/// Entries as documents without articles, and lines that could not be read.
pub(crate) fn read(bytes: &[u8]) -> Result<(Vec<Document>, Vec<String>), Refused> {
    let (mut entries, mut warnings) = (Vec::new(), Vec::new());
    for (i, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) => entries.push(document(entry)),
            Err(error) => warnings.push(format!("line {} is refused: {error}", i + 1)),
        }
    }
    if entries.is_empty() {
        return Err(Refused::Damaged { why: warnings.join("; ") });
    }
    Ok((entries, warnings))
}

fn document(entry: Entry) -> Document {
    let relations = |kind: RelationKind, numbers: &[String], from: Option<Date>| {
        let relation =
            |number: &String| Relation { kind, to: Citation::whole(law::canonical(number)), from };
        numbers.iter().map(relation).collect::<Vec<_>>()
    };
    let mut all = relations(RelationKind::ReplacedBy, &entry.replaced_by, entry.ended);
    all.extend(relations(RelationKind::AmendedBy, &entry.amended_by, None));
    Document {
        id: law::canonical(&entry.number),
        kind: entry.kind,
        title: entry.title,
        issuer: entry.issuer,
        issued: entry.issued,
        effective: entry.effective,
        ended: entry.ended,
        checked: entry.checked,
        source: entry.source,
        relations: all,
        ..Document::default()
    }
}
