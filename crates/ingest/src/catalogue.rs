//! The catalogue of documents: what is known of a document besides its words.

use jiff::civil::Date;
use law::{Citation, Document, Relation, RelationKind};
use serde::Deserialize;

use crate::lines::{date, each_line, first_line};
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

/// A line of a list of documents with their state, as libraries of law exchange them; other keys are
/// passed over.
#[derive(Deserialize)]
struct Listed {
    number: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    issued: Option<String>,
    #[serde(default)]
    effective: Option<String>,
    #[serde(default)]
    expired_on: Option<String>,
    #[serde(default)]
    replaced_by: Option<String>,
    status: String,
    #[serde(default)]
    verified_on: Option<String>,
}

/// Whether a file is a catalogue or a list of states: JSON lines with a number and no article.
pub(crate) fn is_catalogue(bytes: &[u8]) -> bool {
    let line = first_line(bytes);
    let key = |key: &[u8]| line.windows(key.len()).any(|part| part == key);
    line.trim_ascii().starts_with(b"{") && key(b"\"number\":") && !key(b"\"article\":")
}

/// Entries as documents without articles, and lines that could not be read.
pub(crate) fn read(bytes: &[u8]) -> Result<(Vec<Document>, Vec<String>), Refused> {
    let (mut entries, mut warnings) = (Vec::new(), Vec::new());
    each_line(bytes, |i, line| {
        let entry = match serde_json::from_slice::<Listed>(line) {
            Ok(listed) => entry(listed),
            Err(_) => serde_json::from_slice::<Entry>(line).map_err(|error| error.to_string()),
        };
        match entry {
            Ok(entry) => entries.push(document(entry)),
            Err(why) => warnings.push(format!("line {i} is refused: {why}")),
        }
    })?;
    if entries.is_empty() {
        return Err(Refused::Damaged { why: warnings.join("; ") });
    }
    Ok((entries, warnings))
}

/// A listed state as an entry. What is said to have ended without a day is refused: it would be shown as
/// in force.
fn entry(listed: Listed) -> Result<Entry, String> {
    let day = |text: &Option<String>| match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => date(text).map(Some).ok_or_else(|| format!("{text:?} is no date")),
    };
    let ended = day(&listed.expired_on)?;
    if listed.status == "expired" && ended.is_none() {
        return Err(format!("{} is said to have ended, but not when", listed.number));
    }
    let number = law::canonical(&listed.number);
    Ok(Entry {
        kind: if listed.kind.is_empty() { law::kind_of(&number).to_owned() } else { listed.kind },
        title: crate::lines::without_consolidation(listed.title),
        issuer: String::new(),
        issued: day(&listed.issued)?,
        effective: day(&listed.effective)?,
        ended,
        replaced_by: listed.replaced_by.into_iter().collect(),
        amended_by: Vec::new(),
        checked: day(&listed.verified_on)?,
        source: String::new(),
        names: Vec::new(),
        number,
    })
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
