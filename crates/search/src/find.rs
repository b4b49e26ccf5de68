//! A question to ranked articles and procedures.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use infer::{Embedder, Vector};
use law::{Article, Citation, Document, Library};
use tokio::sync::oneshot;
use viet::Syllabary;

use crate::build::Counts;
use crate::error::{Error, Result};
use crate::filter::{Facts, Filter, Kind};
use crate::fuse::{Scored, fuse, group};
use crate::lexical::{Lexical, Weights};
use crate::named::{Named, named};
use crate::names::Names;
use crate::options::SearchOptions;
use crate::rank::{self, Found, RANKED, Ranker};
use crate::typed::{self, Typed};
use crate::vectors::Vectors;

/// A question for the indexes.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The question as typed.
    pub text: String,
    /// What may be found.
    pub filter: Filter,
    /// Most hits.
    pub limit: usize,
}

/// One article or procedure that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The article or procedure.
    pub citation: Citation,
    /// The clause in it that fits best, if a clause does.
    pub clause: Option<Citation>,
    /// What it is.
    pub kind: Kind,
    /// 0 to 1, comparable within one question only.
    pub score: f32,
    /// Why it is here.
    pub ranks: Ranks,
    /// What the lists say of it.
    pub signals: Signals,
}

/// Scores in each list, before they are scaled and joined; 0 if the list does not have it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signals {
    /// Cosine of its best vector.
    pub dense: f32,
    /// BM25 of the whole article.
    pub articles: f32,
    /// BM25 of the best clause or saying.
    pub clauses: f32,
}

/// Place in each list, from 1; `None` if the list does not have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ranks {
    /// By meaning.
    pub dense: Option<usize>,
    /// By words of the whole article.
    pub articles: Option<usize>,
    /// By words of one clause.
    pub clauses: Option<usize>,
    /// Named in the question.
    pub named: bool,
}

/// Finds provisions and procedures in one corpus version; cheap to clone.
#[derive(Clone)]
pub struct Search {
    shared: Arc<Shared>,
    embedder: Embedder,
}

struct Shared {
    library: Arc<Library>,
    articles: Lexical,
    clauses: Lexical,
    vectors: Vectors,
    counts: Counts,
    options: SearchOptions,
    syllabary: Syllabary,
    names: Names,
    pool: rayon::ThreadPool,
}

/// Work on the pool that somebody waits for.
type Pending<T> = oneshot::Receiver<Result<T>>;

/// Hits by whole articles and by clauses.
type WordLists = (Vec<Scored<Citation>>, Vec<Scored<Citation>>);

async fn joined<T>(pending: Pending<T>) -> Result<T> {
    pending.await.map_err(|_| Error::lexical("a search ended early"))?
}

impl Search {
    /// Opens the indexes of a version, made by [`crate::Builder`] in `folder`.
    ///
    /// # Errors
    /// [`Error::OtherModel`] when another model made it, [`Error::Index`] when a part is missing or
    /// damaged.
    pub fn open(
        folder: &Path,
        version: &str,
        library: Arc<Library>,
        embedder: Embedder,
        options: SearchOptions,
    ) -> Result<Search> {
        let text = fs_err::read(folder.join("counts.json")).map_err(Error::lexical)?;
        let counts: Counts = serde_json::from_slice(&text).map_err(Error::lexical)?;
        if counts.embedder != embedder.id() {
            return Err(Error::OtherModel {
                index: counts.embedder,
                loaded: embedder.id().to_owned(),
            });
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .thread_name(|i| format!("search-{i}"))
            // The caller is told by its closed channel.
            .panic_handler(|_| tracing::error!("a search panicked"))
            .build()
            .map_err(Error::lexical)?;
        let clauses = Lexical::open(&folder.join("clauses"))?;
        let shared = Shared {
            syllabary: typed::syllabary(&clauses)?,
            names: Names::new(&library),
            articles: Lexical::open(&folder.join("articles"))?,
            clauses,
            vectors: Vectors::open(&options, &folder.join("vectors"), version)?,
            library,
            counts,
            options,
            pool,
        };
        Ok(Search { shared: Arc::new(shared), embedder })
    }

    /// The library that was indexed.
    pub fn library(&self) -> &Library {
        &self.shared.library
    }

    /// What people call the procedures.
    pub fn names(&self) -> &Names {
        &self.shared.names
    }

    /// Reads a question as people type: short forms, missing marks, slips, everyday words. Takes some
    /// milliseconds for a long one.
    pub fn typed(&self, text: &str) -> Typed {
        let shared = &self.shared;
        typed::read(&shared.library, &shared.syllabary, &shared.clauses, &viet::clean(text))
    }

    /// What the indexes should hold.
    pub fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// The embedding model.
    pub fn embedder(&self) -> &Embedder {
        &self.embedder
    }

    /// Compares what the stores hold with what was written, and checks the lexical index's checksums.
    ///
    /// # Errors
    /// [`Error::Counts`] naming the store that differs.
    pub async fn verify(&self) -> Result<()> {
        let shared = &self.shared;
        let found = [
            ("articles", shared.articles.count(), shared.counts.articles),
            ("clauses", shared.clauses.count(), shared.counts.passages),
            ("vectors", shared.vectors.count().await?, shared.counts.vectors),
        ];
        for (which, is, should) in found {
            if is != should {
                return Err(Error::Counts(format!("{which}: {is} entries, {should} were written")));
            }
        }
        for index in [&shared.articles, &shared.clauses] {
            let damaged = index.damaged()?;
            if !damaged.is_empty() {
                return Err(Error::Counts(format!("damaged files: {}", damaged.join(", "))));
            }
        }
        Ok(())
    }

    /// The best articles and procedures, each once, best first. Provisions that the question names by
    /// number come before all others, then those of documents that it names.
    ///
    /// # Errors
    /// [`Error::Model`] when the embedder is busy, [`Error::Server`] when a vector server is away.
    pub async fn find(&self, query: &Query) -> Result<Vec<Hit>> {
        let filters = [(query.filter.clone(), query.limit)];
        Ok(self.find_each(&query.text, &filters).await?.pop().unwrap_or_default())
    }

    /// [`Search::find`] for one question under several filters, each with its most hits; the question
    /// is read by the model once.
    ///
    /// # Errors
    /// As [`Search::find`].
    pub async fn find_each(
        &self,
        text: &str,
        filters: &[(Filter, usize)],
    ) -> Result<Vec<Vec<Hit>>> {
        let text = viet::clean(text);
        if viet::syllables(&text).is_empty() {
            return Ok(vec![Vec::new(); filters.len()]);
        }
        let me = self.clone();
        let typed = Arc::new(self.work(move || me.typed(&text)).await?);
        self.find_typed(&typed, filters).await
    }

    /// Does some work away from the threads that serve.
    ///
    /// # Errors
    /// [`Error`] when it ended early.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        joined(self.on_pool(move || Ok(work()))).await
    }

    /// [`Search::find_each`] for a question that was read before.
    ///
    /// # Errors
    /// As [`Search::find`].
    pub async fn find_typed(
        &self,
        typed: &Arc<Typed>,
        filters: &[(Filter, usize)],
    ) -> Result<Vec<Vec<Hit>>> {
        // Words are looked up while the model reads the question.
        let words: Vec<_> = filters
            .iter()
            .map(|(filter, _)| self.words(Arc::clone(typed), filter.clone()))
            .collect();
        let vector = self.embedder.query(&typed.text).await?;
        let mut found = Vec::with_capacity(filters.len());
        for ((filter, limit), words) in filters.iter().zip(words) {
            let (meant, limit) = (filter.clone(), *limit);
            let merge =
                move |me: &Search, typed: &Typed, lists| me.merge(typed, lists, &meant, limit);
            found.push(self.with_lists(typed, vector.clone(), filter, words, merge).await?);
        }
        Ok(found)
    }

    /// Does some work on the pool with what is found for a question by meaning and by words.
    async fn with_lists<T: Send + 'static>(
        &self,
        typed: &Arc<Typed>,
        vector: Vector,
        filter: &Filter,
        words: Pending<WordLists>,
        work: impl FnOnce(&Search, &Typed, Lists) -> T + Send + 'static,
    ) -> Result<T> {
        let near = self.near(vector, filter).await?;
        let (articles, clauses) = joined(words).await?;
        let (me, typed) = (self.clone(), Arc::clone(typed));
        self.work(move || {
            let lists = Lists::new(&me.shared.options, &typed, near, articles, clauses);
            work(&me, &typed, lists)
        })
        .await
    }

    async fn near(&self, vector: Vector, filter: &Filter) -> Result<Vec<Scored<Citation>>> {
        let depth = self.shared.options.depth;
        match &self.shared.vectors {
            Vectors::Edge(_) => {
                let (shared, filter) = (Arc::clone(&self.shared), filter.clone());
                let found = self.on_pool(move || match &shared.vectors {
                    Vectors::Edge(edge) => edge.search(vector, &filter, depth),
                    Vectors::Server(_) => Err(Error::vector("the store changed")),
                });
                joined(found).await
            }
            Vectors::Server(server) => server.search(vector, filter, depth).await,
        }
    }

    /// What a question names by number or by name; it is looked up, not searched.
    pub fn named(&self, text: &str, filter: &Filter) -> Named {
        named(self.library(), text, filter)
    }

    /// Starts the search by words.
    fn words(&self, typed: Arc<Typed>, filter: Filter) -> Pending<WordLists> {
        let shared = Arc::clone(&self.shared);
        self.on_pool(move || {
            let options = &shared.options;
            let weights =
                Weights { marked: options.marked, title: options.title, in_law: options.in_law };
            let articles = shared.articles.search(&typed, weights, &filter, options.depth)?;
            let clauses = shared.clauses.search(&typed, weights, &filter, options.depth)?;
            Ok((articles, clauses))
        })
    }

    fn on_pool<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Pending<T> {
        let (send, receive) = oneshot::channel();
        self.shared.pool.spawn(move || {
            // The caller may have left, or been told that the model is busy.
            if !send.is_closed() {
                let _ = send.send(work());
            }
        });
        receive
    }

    /// What the trees know of the provisions at some places of a list.
    fn rows(
        &self,
        typed: &Typed,
        fused: &[Scored<Citation>],
        places: &[usize],
        lists: &Lists,
    ) -> Vec<Vec<f32>> {
        let found = places.iter().map(|&place| {
            let (at, score) = &fused[place];
            Found { at, fused: *score, signals: lists.signals(at), places: lists.ranks(at) }
        });
        let found: Vec<Found<'_>> = found.collect();
        let rarity = |term: &str| self.shared.articles.rarity(term);
        rank::rows(&self.shared.library, &typed.text, &found, rarity)
    }

    /// The provisions that are put in order for a question, each with its row of [`crate::RANK_FEATURES`]: for fitting
    /// the trees.
    ///
    /// # Errors
    /// As [`Search::find`].
    pub async fn rank_rows(
        &self,
        text: &str,
        filter: &Filter,
    ) -> Result<Vec<(Citation, Vec<f32>)>> {
        let (me, text) = (self.clone(), viet::clean(text));
        let typed = Arc::new(self.work(move || me.typed(&text)).await?);
        let words = self.words(Arc::clone(&typed), filter.clone());
        let vector = self.embedder.query(&typed.text).await?;
        let rows = |me: &Search, typed: &Typed, lists: Lists| {
            let fused = fuse(&lists.lists);
            let places = ranked(&fused);
            let rows = me.rows(typed, &fused, &places, &lists);
            places.into_iter().map(|place| fused[place].0.clone()).zip(rows).collect()
        };
        self.with_lists(&typed, vector, filter, words, rows).await
    }

    fn merge(&self, typed: &Typed, lists: Lists, filter: &Filter, limit: usize) -> Vec<Hit> {
        let named = self.named(&typed.raw, filter);
        let mut hits: Vec<Hit> = Vec::new();
        for at in named.places {
            let clause = at.place.clause.is_some().then(|| at.clone());
            let at = at.to_article();
            if hits.iter().all(|hit| hit.citation != at) {
                let ranks = Ranks { named: true, ..Ranks::default() };
                let signals = lists.signals(&at);
                hits.push(Hit {
                    clause,
                    kind: kind(&at),
                    citation: at,
                    score: 1.0,
                    ranks,
                    signals,
                });
            }
        }
        let mut fused = fuse(&lists.lists);
        if let Some(ranker) = Ranker::shipped().filter(|_| self.shared.options.rank) {
            let places = ranked(&fused);
            let rows = self.rows(typed, &fused, &places, &lists);
            let scores: Vec<f32> = rows.iter().map(|row| ranker.score(row)).collect();
            reorder(&mut fused, &places, &scores);
        }
        for document in &named.documents {
            // A document that is named is meant even on a day on which it does not hold: "đã có hiệu lực
            // chưa?" is asked of just those.
            let known = fused.iter().any(|(at, _)| at.document == document.document);
            let anytime = Filter { in_force_on: None, ..filter.clone() };
            let held = self.library().document(&document.document);
            let held = held.filter(|document| !known && anytime.lets(&Facts::of(document)));
            let best = held.map(|document| headed(document, &named.rest)).unwrap_or_default();
            fused.extend(best.into_iter().map(|at| (at, 0.0)));
        }
        // The sort is stable: of a document that is named, the best articles come before all others.
        fused.sort_by_key(|(at, _)| !named.documents.iter().any(|it| it.document == at.document));
        for (at, score) in fused {
            if hits.len() >= limit {
                break;
            }
            let [dense, articles, clauses] = lists.ranks(&at);
            let ranks = Ranks { dense, articles, clauses, named: false };
            if let Some(hit) = hits.iter_mut().find(|hit| hit.citation == at) {
                hit.ranks = Ranks { named: true, ..ranks };
                continue;
            }
            let clause = lists.best_clause.get(&at).cloned();
            hits.push(Hit {
                clause,
                kind: kind(&at),
                signals: lists.signals(&at),
                citation: at,
                score: score.clamp(0.0, 1.0),
                ranks,
            });
        }
        hits.truncate(limit);
        hits
    }
}

/// What was found by meaning, by articles and by clauses, each with its weight.
struct Lists {
    lists: [(f32, Vec<Scored<Citation>>); 3],
    /// Place from 1 and score of an article or procedure in each list.
    standing: HashMap<Citation, [Option<(usize, f32)>; 3]>,
    best_clause: HashMap<Citation, Citation>,
}

impl Lists {
    fn new(
        options: &SearchOptions,
        typed: &Typed,
        near: Vec<Scored<Citation>>,
        articles: Vec<Scored<Citation>>,
        clauses: Vec<Scored<Citation>>,
    ) -> Lists {
        let dense = if typed.unmarked { options.dense_unmarked } else { options.dense };
        let mut best_clause: HashMap<Citation, Citation> = HashMap::new();
        for (citation, _) in &clauses {
            if citation.place.clause.is_some() {
                best_clause.entry(citation.to_article()).or_insert_with(|| citation.clone());
            }
        }
        let grouped = |list: Vec<Scored<Citation>>| {
            group(list.into_iter().map(|(at, score)| (at.to_article(), score)))
        };
        let words = (1.0 - dense) / (1.0 - options.dense);
        let lists = [
            (dense, grouped(near)),
            (options.articles * words, grouped(articles)),
            (options.clauses * words, grouped(clauses)),
        ];
        let mut standing: HashMap<Citation, [Option<(usize, f32)>; 3]> = HashMap::new();
        for (i, (_, list)) in lists.iter().enumerate() {
            for (place, (at, score)) in list.iter().enumerate() {
                standing.entry(at.clone()).or_default()[i] = Some((place + 1, *score));
            }
        }
        Lists { lists, standing, best_clause }
    }

    fn ranks(&self, at: &Citation) -> [Option<usize>; 3] {
        self.standing.get(at).copied().unwrap_or_default().map(|it| it.map(|(place, _)| place))
    }

    fn signals(&self, at: &Citation) -> Signals {
        let standing = self.standing.get(at).copied().unwrap_or_default();
        let [dense, articles, clauses] = standing.map(|it| it.map_or(0.0, |(_, score)| score));
        Signals { dense, articles, clauses }
    }
}

/// The first provisions among what was found, by their place.
fn ranked(fused: &[Scored<Citation>]) -> Vec<usize> {
    let provisions = fused.iter().enumerate().filter(|(_, (at, _))| !at.is_procedure());
    provisions.map(|(place, _)| place).take(RANKED).collect()
}

/// Puts what stands at some places in the order of new scores; the old scores stay at the places, so that they still
/// fall from the first to the last.
fn reorder(fused: &mut [Scored<Citation>], places: &[usize], scores: &[f32]) {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let moved: Vec<Citation> = order.iter().map(|&i| fused[places[i]].0.clone()).collect();
    for (&place, at) in places.iter().zip(moved) {
        fused[place].0 = at;
    }
}

/// Most articles of a document that is named but does not hold on the day.
const HEADED: usize = 3;

/// The articles of a document whose headings share most syllables with a question, its first if none
/// does.
fn headed(document: &Document, question: &str) -> Vec<Citation> {
    let words = |text: &str| -> HashSet<String> {
        viet::syllables(text).iter().map(|token| viet::fold(token.text)).collect()
    };
    let asked = words(question);
    let shared = |article: &&Article| words(&article.heading).intersection(&asked).count();
    let mut articles: Vec<&Article> = document.articles.iter().collect();
    articles.sort_by_key(|article| std::cmp::Reverse(shared(article)));
    let best = articles.iter().take(HEADED).filter(|article| shared(article) > 0);
    let mut best: Vec<Citation> = best.map(|article| document.cite(article)).collect();
    if best.is_empty() {
        best.extend(document.articles.first().map(|article| document.cite(article)));
    }
    best
}

fn kind(at: &Citation) -> Kind {
    if at.is_procedure() { Kind::Procedure } else { Kind::Provision }
}
