//! A library to the two indexes of a corpus version.

use std::path::Path;
use std::sync::Arc;

use infer::{Embedder, Passage as Text};
use law::{Citation, Library, Period};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::filter::{ALWAYS, Facts, Kind, NEVER};
use crate::lexical::{Entry, Lexical};
use crate::options::{SearchOptions, Store};
use crate::passages::{Passage, of_article, of_procedure, windows};
use crate::vectors::cache::{Cache, key};
use crate::vectors::server::Server;
use crate::vectors::{Point, Vectors, point_id};

/// What an index holds, and by which model: kept beside it and compared when it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Embedding model.
    pub embedder: String,
    /// Articles and procedures in the lexical index.
    pub articles: u64,
    /// Clauses in the lexical index.
    pub passages: u64,
    /// Vectors.
    pub vectors: u64,
    /// Texts embedded now.
    pub embedded: u64,
    /// Texts whose vector was known.
    pub reused: u64,
    /// Tokens read by the model.
    pub tokens: u64,
    /// Texts that were longer than the model reads and were cut.
    pub cut: u64,
    /// Milliseconds spent embedding.
    pub embed_ms: u64,
}

/// How far a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// `words`, `vectors` or `store`.
    pub stage: &'static str,
    /// Done.
    pub done: usize,
    /// Of how many.
    pub total: usize,
}

/// Texts given to the model at a time; between two of them progress is told and the cache is safe.
const BATCH: usize = 64;

/// Everything of the library that is to be found, with what filters need.
struct Unit {
    article: Passage,
    passages: Vec<Passage>,
    facts: Facts,
}

/// Builds both indexes in an empty folder.
///
/// # Errors
/// [`Error`], saying what to do; what was embedded until then is in the cache.
pub async fn build(
    folder: &Path,
    version: &str,
    library: &Library,
    embedder: &Embedder,
    cache: &Path,
    options: &SearchOptions,
    mut progress: impl FnMut(Progress),
) -> Result<Counts> {
    let units = units(library)?;
    progress(Progress { stage: "words", done: 0, total: units.len() });
    let articles = units.iter().map(|unit| entry(&unit.article, &unit.facts));
    let articles = Lexical::build(&folder.join("articles"), articles)?;
    let passages = units
        .iter()
        .flat_map(|unit| unit.passages.iter().map(|passage| entry(passage, &unit.facts)));
    let passages = Lexical::build(&folder.join("clauses"), passages)?;
    progress(Progress { stage: "words", done: units.len(), total: units.len() });

    let mut counts =
        Counts { embedder: embedder.id().to_owned(), articles, passages, ..Counts::default() };
    let points = points(&units, embedder, cache, options, &mut counts, &mut progress).await?;
    progress(Progress { stage: "store", done: 0, total: points.len() });
    counts.vectors =
        Vectors::build(options, &folder.join("vectors"), version, embedder.dims(), points).await?;
    fs_err::write(
        folder.join("counts.json"),
        serde_json::to_vec_pretty(&counts).map_err(Error::lexical)?,
    )?;
    Ok(counts)
}

/// Makes a vector server's alias name this version; nothing to do for vectors in process.
///
/// # Errors
/// [`Error::Server`].
pub async fn publish(folder: &Path, version: &str, options: &SearchOptions) -> Result<()> {
    match Vectors::open(options, &folder.join("vectors"), version)? {
        Vectors::Edge(_) => Ok(()),
        Vectors::Server(server) => server.publish().await,
    }
}

/// Removes a version's vectors from a vector server; nothing to do for vectors in process, which are
/// in the version's folder.
///
/// # Errors
/// [`Error::Server`].
pub async fn forget(version: &str, options: &SearchOptions) -> Result<()> {
    match options.store {
        Store::Edge => Ok(()),
        Store::Server => Server::new(options, version)?.remove().await,
    }
}

fn units(library: &Library) -> Result<Vec<Unit>> {
    let mut units = Vec::new();
    for document in library.documents() {
        for article in &document.articles {
            let at = document.cite(article);
            let mut periods = document.periods(article);
            if periods.is_empty() {
                // Days that contradict each other: found without a day only.
                periods.push(Period { version: None, from: document.ended, to: document.ended });
            }
            for period in periods {
                let words = match period.version {
                    Some(version) => library.version_text(&at, article, version),
                    None => library.text(&at),
                };
                let text = words.ok_or_else(|| {
                    Error::Counts(format!("{at} is in the library, but its text is not"))
                })?;
                let passages = of_article(document, article, period.version, &text);
                let Some(first) = passages.first() else { continue };
                let title = first.title.clone();
                let article = Passage { citation: at.clone(), title, lead: String::new(), text };
                let facts = Facts::during(document, period);
                units.push(Unit { article, passages, facts });
            }
        }
    }
    for procedure in library.procedures() {
        let passage = of_procedure(procedure);
        let facts = Facts {
            corpus: procedure.corpus.clone(),
            kind: Kind::Procedure,
            from: ALWAYS,
            to: NEVER,
        };
        units.push(Unit { article: passage.clone(), passages: vec![passage], facts });
    }
    Ok(units)
}

fn entry<'a>(passage: &'a Passage, facts: &'a Facts) -> Entry<'a> {
    Entry {
        citation: &passage.citation,
        title: &passage.title,
        lead: &passage.lead,
        text: &passage.text,
        facts,
    }
}

async fn points(
    units: &[Unit],
    embedder: &Embedder,
    cache: &Path,
    options: &SearchOptions,
    counts: &mut Counts,
    progress: &mut impl FnMut(Progress),
) -> Result<Vec<Point>> {
    let windows: Vec<(Citation, &Facts, Text)> = units
        .iter()
        .flat_map(|unit| {
            windows(&unit.passages, options.windows).into_iter().map(|window| {
                let text = if window.lead.is_empty() {
                    window.text
                } else {
                    format!("{}\n{}", window.lead, window.text)
                };
                (window.citation, &unit.facts, Text { title: window.title, text })
            })
        })
        .collect();
    let cache = Arc::new(Cache::open(cache)?);
    let keys: Vec<_> = windows.iter().map(|(_, _, text)| key(embedder.id(), text)).collect();
    let mut vectors = cache.get(&keys)?;
    let missing: Vec<usize> = (0..windows.len()).filter(|&i| vectors[i].is_none()).collect();
    counts.reused = (windows.len() - missing.len()) as u64;
    let began = std::time::Instant::now();
    for (n, batch) in missing.chunks(BATCH).enumerate() {
        progress(Progress { stage: "vectors", done: n * BATCH, total: missing.len() });
        let texts: Vec<Text> = batch.iter().map(|&i| windows[i].2.clone()).collect();
        let embedded = embedder.passages(&texts).await?;
        counts.embedded += texts.len() as u64;
        counts.tokens += embedded.tokens as u64;
        counts.cut += embedded.cut as u64;
        let fresh: Vec<_> = batch.iter().map(|&i| keys[i]).zip(&embedded.vectors).collect();
        cache.put(&fresh)?;
        for (&i, vector) in batch.iter().zip(embedded.vectors) {
            vectors[i] = Some(vector);
        }
    }
    counts.embed_ms = began.elapsed().as_millis() as u64;
    progress(Progress { stage: "vectors", done: missing.len(), total: missing.len() });
    let mut seen = std::collections::HashMap::new();
    Ok(windows
        .into_iter()
        .zip(vectors)
        .filter_map(|((citation, facts, _), vector)| {
            let n = seen.entry(citation.clone()).or_insert(0);
            *n += 1;
            let id = point_id(&citation, *n);
            vector.map(|vector| Point { id, citation, facts: facts.clone(), vector })
        })
        .collect())
}
