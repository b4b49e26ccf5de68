//! A library to the two indexes of a corpus version.

use std::collections::HashMap;
use std::path::Path;

use infer::Embedder;
use law::{Citation, Library};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::lexical::Writer;
use crate::missing::Embedded;
use crate::options::{SearchOptions, Store};
use crate::units::{each_unit, entry, order, units_of, windows_of};
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
    /// Texts that have no vector yet and are found by words alone.
    #[serde(default)]
    pub waiting: u64,
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

/// Folder of the index of whole articles.
pub(crate) const ARTICLES: &str = "articles";
/// Folder of the index of clauses.
pub(crate) const CLAUSES: &str = "clauses";
const COUNTS: &str = "counts.json";

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

/// Which texts get a vector when an index is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embed {
    /// All.
    All,
    /// Those whose vector is in the cache; the others wait ([`Counts::waiting`]) and are found by words.
    Known,
}

/// What indexes are built of, and with what.
#[derive(Clone, Copy)]
pub struct Builder<'a> {
    /// The library to index.
    pub library: &'a Library,
    /// The model.
    pub embedder: &'a Embedder,
    /// Vectors of texts that were embedded before.
    pub cache: &'a Path,
    /// Settings.
    pub options: &'a SearchOptions,
}

impl Builder<'_> {
    /// Builds both indexes of a version in an empty folder.
    ///
    /// # Errors
    /// [`Error`], saying what to do; what was embedded until then is in the cache.
    pub async fn build(
        &self,
        folder: &Path,
        version: &str,
        embed: Embed,
        mut progress: impl FnMut(Progress),
    ) -> Result<Counts> {
        let mut articles = Writer::new(&folder.join(ARTICLES))?;
        let mut clauses = Writer::new(&folder.join(CLAUSES))?;
        let sources = order(self.library, &[]);
        let total = sources.len();
        for (done, source) in sources.into_iter().enumerate() {
            units_of(self.library, source, &mut |unit| {
                articles.add(&entry(&unit.article, &unit.facts))?;
                let mut passages = unit.passages.iter().chain(&unit.sayings);
                passages.try_for_each(|passage| clauses.add(&entry(passage, &unit.facts)))
            })?;
            if done % 64 == 0 {
                progress(Progress { stage: "words", done, total });
            }
        }
        let counts = Counts {
            embedder: self.embedder.id().to_owned(),
            articles: articles.finish()?,
            passages: clauses.finish()?,
            ..Counts::default()
        };
        let embedded = match embed {
            Embed::All => self.embed_all(&mut progress).await?,
            Embed::Known => Embedded::default(),
        };
        let counts = Counts {
            embedded: embedded.texts,
            tokens: embedded.tokens,
            cut: embedded.cut,
            embed_ms: embedded.ms,
            ..counts
        };
        self.vectors(folder, version, counts, &mut progress).await
    }

    /// Builds the index of a version that has the words of another one, with the vectors that are known by
    /// now: the lexical index is taken over, file by file.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn revector(
        &self,
        folder: &Path,
        from: &Path,
        version: &str,
        mut progress: impl FnMut(Progress),
    ) -> Result<Counts> {
        for part in [ARTICLES, CLAUSES] {
            fs_err::create_dir_all(folder.join(part))?;
            for entry in fs_err::read_dir(from.join(part))? {
                let path = entry?.path();
                let to = folder.join(part).join(path.file_name().unwrap_or_default());
                // The files are never written again, so both versions may hold one copy.
                if fs_err::hard_link(&path, &to).is_err() {
                    fs_err::copy(&path, &to)?;
                }
            }
        }
        let old = fs_err::read(from.join(COUNTS)).map_err(Error::lexical)?;
        let old: Counts = serde_json::from_slice(&old).map_err(Error::lexical)?;
        let counts = Counts { embedded: 0, tokens: 0, cut: 0, embed_ms: 0, ..old };
        self.vectors(folder, version, counts, &mut progress).await
    }

    /// Writes the vectors that the cache holds, and the counts.
    async fn vectors(
        &self,
        folder: &Path,
        version: &str,
        counts: Counts,
        progress: &mut impl FnMut(Progress),
    ) -> Result<Counts> {
        let Builder { library, embedder, options, .. } = *self;
        let cache = Cache::open(self.cache)?;
        let mut points = Vec::new();
        let mut seen: HashMap<Citation, usize> = HashMap::new();
        let mut waiting = 0;
        each_unit(library, |unit| {
            let windows = windows_of(&unit, options);
            let keys: Vec<_> =
                windows.iter().map(|window| key(embedder.id(), &window.text)).collect();
            for (window, vector) in windows.into_iter().zip(cache.get(&keys)?) {
                let n = seen.entry(window.citation.clone()).or_insert(0);
                *n += 1;
                let Some(vector) = vector else {
                    waiting += 1;
                    continue;
                };
                let id = point_id(&window.citation, *n);
                points.push(Point { id, citation: window.citation, facts: window.facts, vector });
            }
            Ok(())
        })?;
        progress(Progress { stage: "store", done: 0, total: points.len() });
        let held = points.len() as u64;
        let vectors =
            Vectors::build(options, &folder.join("vectors"), version, embedder.dims(), points)
                .await?;
        let reused = held.saturating_sub(counts.embedded);
        let counts = Counts { vectors, waiting, reused, ..counts };
        fs_err::write(
            folder.join(COUNTS),
            serde_json::to_vec_pretty(&counts).map_err(Error::lexical)?,
        )?;
        Ok(counts)
    }

    async fn embed_all(&self, progress: &mut impl FnMut(Progress)) -> Result<Embedded> {
        let mut missing = self.missing()?;
        let mut all = Embedded::default();
        while let Some(batch) = missing.embed(self).await? {
            all.add(batch);
            let done = missing.total - missing.left();
            progress(Progress { stage: "vectors", done, total: missing.total });
        }
        Ok(all)
    }
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
