//! A library on disk: documents and procedures as lines of JSON, the words in an embedded store that
//! is read article by article.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use law::{Body, Citation, Document, Library, Places, Problem, Procedure, Texts, Topic, Unit};
use redb::{Database, ReadOnlyDatabase, ReadableDatabase, TableDefinition};
use serde::{Deserialize, Serialize};
use viet::{Lexicon, Word};

use crate::merge::Assembled;

const TEXTS: TableDefinition<'_, &str, &str> = TableDefinition::new("texts");
const LIBRARY: &str = "library.jsonl";
const WORDS: &str = "texts.redb";
const PROBLEMS: &str = "problems.jsonl";

/// Why a library cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The store of words.
    #[error("{WORDS}: {0}; run `khue corpus verify`")]
    Words(#[from] redb::Error),
    /// A line of the library.
    #[error("{LIBRARY} line {line}: {why}; run `khue corpus verify`")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum LineOut<'a> {
    Document(&'a Document),
    Procedure(&'a Procedure),
    Unit(&'a Unit),
    Body(&'a Body),
    Topic(&'a Topic),
    Word(&'a Word),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Document(Box<Document>),
    Procedure(Box<Procedure>),
    Unit(Unit),
    Body(Body),
    Topic(Topic),
    Word(Word),
}

/// Writes a library into a new folder.
///
/// # Errors
/// [`StoreError`]; the folder is then unfinished and no version names it.
pub fn write(folder: &Path, library: &Assembled) -> Result<(), StoreError> {
    fs_err::create_dir_all(folder)?;
    let mut out = BufWriter::new(fs_err::File::create(folder.join(LIBRARY))?);
    let mut line = |value: LineOut<'_>| -> Result<(), StoreError> {
        serde_json::to_writer(&mut out, &value).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
        Ok(())
    };
    for (document, _) in &library.documents {
        line(LineOut::Document(document))?;
    }
    for procedure in &library.procedures {
        line(LineOut::Procedure(procedure))?;
    }
    for unit in &library.units {
        line(LineOut::Unit(unit))?;
    }
    for body in &library.bodies {
        line(LineOut::Body(body))?;
    }
    for topic in &library.topics {
        line(LineOut::Topic(topic))?;
    }
    for word in &library.words {
        line(LineOut::Word(word))?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    write_problems(&folder.join(PROBLEMS), &library.problems)?;
    write_texts(&folder.join(WORDS), library).map_err(StoreError::Words)
}

/// Something in a document that an editor should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The document.
    pub document: String,
    /// Where in it.
    pub at: String,
    /// What is wrong.
    pub what: String,
}

fn write_problems(path: &Path, problems: &[(String, Problem)]) -> std::io::Result<()> {
    let mut out = BufWriter::new(fs_err::File::create(path)?);
    for (document, Problem { at, what }) in problems {
        let trouble = Trouble { document: document.clone(), at: at.clone(), what: what.clone() };
        serde_json::to_writer(&mut out, &trouble)?;
        out.write_all(b"\n")?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

/// What was left unread or unapplied when a library was put together.
///
/// # Errors
/// [`StoreError`] naming the line.
pub fn problems(folder: &Path) -> Result<Vec<Trouble>, StoreError> {
    let reader = BufReader::new(fs_err::File::open(folder.join(PROBLEMS))?);
    let mut found = Vec::new();
    for (i, line) in reader.lines().enumerate() {
        let trouble = serde_json::from_str(&line?);
        found.push(trouble.map_err(|why| StoreError::Line { line: i + 1, why: why.to_string() })?);
    }
    Ok(found)
}

/// The key of another version's words.
fn version_key(at: &Citation, version: usize) -> String {
    format!("{at}\u{1f}{version}")
}

fn write_texts(path: &Path, library: &Assembled) -> Result<(), redb::Error> {
    let database = Database::create(path)?;
    let write = database.begin_write()?;
    {
        let mut table = write.open_table(TEXTS)?;
        for (document, texts) in &library.documents {
            for (article, text) in document.articles.iter().zip(texts) {
                table.insert(document.cite(article).to_string().as_str(), text.as_str())?;
            }
        }
        for (at, version, text) in &library.versions {
            table.insert(version_key(at, *version).as_str(), text.as_str())?;
        }
    }
    write.commit()?;
    Ok(())
}

/// Reads a library for serving; the words stay on disk.
///
/// # Errors
/// [`StoreError`] naming the file and line.
pub fn load(folder: &Path) -> Result<Library, StoreError> {
    let (mut documents, mut procedures) = (Vec::new(), Vec::new());
    let (mut units, mut bodies) = (Vec::new(), Vec::new());
    let (mut topics, mut words) = (Vec::new(), Vec::new());
    let reader = BufReader::new(fs_err::File::open(folder.join(LIBRARY))?);
    for (i, line) in reader.lines().enumerate() {
        match serde_json::from_str(&line?) {
            Ok(Line::Document(document)) => documents.push(*document),
            Ok(Line::Procedure(procedure)) => procedures.push(*procedure),
            Ok(Line::Unit(unit)) => units.push(unit),
            Ok(Line::Body(body)) => bodies.push(body),
            Ok(Line::Topic(topic)) => topics.push(topic),
            Ok(Line::Word(word)) => words.push(word),
            Err(error) => return Err(StoreError::Line { line: i + 1, why: error.to_string() }),
        }
    }
    let database = ReadOnlyDatabase::open(folder.join(WORDS)).map_err(redb::Error::from)?;
    let library = Library::new(documents, procedures, Arc::new(Words { database }));
    let library = library.with_places(Places::new(units, bodies));
    Ok(library.with_words(Lexicon::new(words), topics))
}

struct Words {
    database: ReadOnlyDatabase,
}

impl Words {
    fn get(&self, key: &str) -> Option<String> {
        // A store that fails in the middle looks like a missing text; `khue corpus verify` tells them apart.
        let read = self.database.begin_read().ok()?;
        let table = read.open_table(TEXTS).ok()?;
        Some(table.get(key).ok()??.value().to_owned())
    }
}

impl Texts for Words {
    fn text(&self, at: &Citation) -> Option<String> {
        self.get(&at.to_article().to_string())
    }

    fn version(&self, at: &Citation, version: usize) -> Option<String> {
        self.get(&version_key(&at.to_article(), version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use law::{Article, Place};

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { article: Some("1".into()), ..Place::default() };
        let text = "1. Một.\n2. Hai.";
        let (clauses, _) = law::split_article(text);
        let document = Document {
            id: "60/2014/QH13".into(),
            articles: vec![Article { place, clauses, ..Article::default() }],
            ..Document::default()
        };
        let procedure = Procedure { code: "1.001193".into(), ..Procedure::default() };
        let library = Assembled {
            documents: vec![(document, vec![text.into()])],
            procedures: vec![procedure],
            ..Assembled::default()
        };
        write(folder.path(), &library).unwrap();
        let read = load(folder.path()).unwrap();
        let at = "60/2014/QH13 điều 1 khoản 2".parse().unwrap();
        assert_eq!(read.text(&at).as_deref(), Some("2. Hai."));
        assert!(read.procedure("1.001193").is_some());
        fs_err::write(folder.path().join(LIBRARY), "{}\n").unwrap();
        assert!(matches!(load(folder.path()), Err(StoreError::Line { line: 1, .. })));
    }
}
