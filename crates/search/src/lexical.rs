//! Words: BM25 over whole articles and over single clauses, with and without marks.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::{
    Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
    Value,
};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use law::Citation;

use crate::error::{Error, Result};
use crate::filter::{Facts, Filter, day};
use crate::fuse::{Scored, group};
use crate::terms::{Spelling, Syllables, terms};
use crate::typed::Typed;

/// One entry: an article or a clause with everything that should find it.
pub(crate) struct Entry<'a> {
    pub(crate) citation: &'a Citation,
    pub(crate) title: &'a str,
    pub(crate) lead: &'a str,
    pub(crate) text: &'a str,
    pub(crate) facts: &'a Facts,
}

/// One index on disk.
pub(crate) struct Lexical {
    index: Index,
    reader: IndexReader,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    citation: Field,
    corpus: Field,
    kind: Field,
    from: Field,
    to: Field,
    title_marked: Field,
    title_folded: Field,
    text_marked: Field,
    text_folded: Field,
}

/// How much each field counts. A question without marks uses the folded fields only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weights {
    /// Share of the marked fields, 0 to 1, where the question has marks.
    pub(crate) marked: f32,
    /// The title beside the text.
    pub(crate) title: f32,
    /// Law's words for everyday ones beside the words that were typed.
    pub(crate) in_law: f32,
}

/// An index that is being made in an empty folder.
pub(crate) struct Writer {
    writer: IndexWriter,
    fields: Fields,
    count: u64,
}

impl Writer {
    pub(crate) fn new(folder: &Path) -> Result<Writer> {
        fs_err::create_dir_all(folder)?;
        let (schema, fields) = schema();
        let index = Index::create_in_dir(folder, schema).map_err(Error::lexical)?;
        register(&index);
        // One thread makes one order of documents, so that equal scores rank alike on every machine.
        let writer = index.writer_with_num_threads(1, 128 << 20).map_err(Error::lexical)?;
        Ok(Writer { writer, fields, count: 0 })
    }

    pub(crate) fn add(&mut self, entry: &Entry<'_>) -> Result<()> {
        let Entry { citation, title, lead, text, facts } = entry;
        let fields = self.fields;
        let mut document = TantivyDocument::default();
        document.add_text(fields.citation, citation.to_string());
        document.add_text(fields.corpus, &facts.corpus);
        document.add_text(fields.kind, facts.kind.name());
        document.add_i64(fields.from, facts.from);
        document.add_i64(fields.to, facts.to);
        for field in [fields.title_marked, fields.title_folded] {
            document.add_text(field, title);
        }
        for field in [fields.text_marked, fields.text_folded] {
            document.add_text(field, format!("{title}\n{lead}\n{text}"));
        }
        self.writer.add_document(document).map_err(Error::lexical)?;
        self.count += 1;
        Ok(())
    }

    /// Writes everything out; how many entries there are.
    pub(crate) fn finish(mut self) -> Result<u64> {
        self.writer.commit().map_err(Error::lexical)?;
        self.writer.wait_merging_threads().map_err(Error::lexical)?;
        Ok(self.count)
    }
}

/// How words are used in the clauses of a version: counts alone, no model.
pub struct Usage(Lexical);

impl Usage {
    /// Opens the counts of a version whose indexes [`crate::Builder`] made in `folder`.
    ///
    /// # Errors
    /// [`Error::Index`] when the index is missing or damaged.
    pub fn open(folder: &Path) -> Result<Usage> {
        Ok(Usage(Lexical::open(&folder.join("clauses"))?))
    }

    /// How many clauses have two syllables (lower case, with marks) side by side.
    pub fn together(&self, first: &str, second: &str) -> u32 {
        self.0.together(first, second)
    }
}

impl Lexical {
    /// Opens an index for reading; it is never written again.
    pub(crate) fn open(folder: &Path) -> Result<Lexical> {
        let index = Index::open_in_dir(folder).map_err(Error::lexical)?;
        register(&index);
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(Error::lexical)?;
        let (_, fields) = schema();
        Ok(Lexical { index, reader, fields })
    }

    pub(crate) fn count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// The best entries for a question; several of one citation count once.
    pub(crate) fn search(
        &self,
        typed: &Typed,
        weights: Weights,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Scored<Citation>>> {
        let Some(query) = self.query(typed, weights, filter) else {
            return Ok(Vec::new());
        };
        let searcher = self.reader.searcher();
        let found = searcher
            .search(&*query, &TopDocs::with_limit(limit).order_by_score())
            .map_err(Error::lexical)?;
        let mut list = Vec::with_capacity(found.len());
        for (score, address) in found {
            let document: TantivyDocument = searcher.doc(address).map_err(Error::lexical)?;
            let citation =
                document.get_first(self.fields.citation).and_then(|value| value.as_str());
            let citation = citation.ok_or_else(|| Error::lexical("an entry has no citation"))?;
            list.push((citation.parse::<Citation>().map_err(Error::lexical)?, score));
        }
        Ok(group(list))
    }

    fn query(&self, typed: &Typed, weights: Weights, filter: &Filter) -> Option<Box<dyn Query>> {
        let marked = if typed.unmarked { 0.0 } else { weights.marked };
        let mut words: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for (spelling, share, title, body) in [
            (Spelling::Marked, marked, self.fields.title_marked, self.fields.text_marked),
            (Spelling::Folded, 1.0 - marked, self.fields.title_folded, self.fields.text_folded),
        ] {
            if share <= 0.0 {
                continue;
            }
            for (term, count) in weighed(typed, spelling, weights.in_law) {
                for (field, weight) in [(title, weights.title), (body, 1.0)] {
                    if weight > 0.0 {
                        let query = TermQuery::new(
                            Term::from_field_text(field, &term),
                            IndexRecordOption::WithFreqs,
                        );
                        let boost = share * weight * count;
                        words.push((
                            Occur::Should,
                            Box::new(BoostQuery::new(Box::new(query), boost)),
                        ));
                    }
                }
            }
        }
        if words.is_empty() {
            return None;
        }
        let words: Box<dyn Query> = Box::new(BooleanQuery::new(words));
        let mut musts = self.conditions(filter);
        if musts.is_empty() {
            return Some(words);
        }
        musts.push((Occur::Must, words));
        Some(Box::new(BooleanQuery::new(musts)))
    }

    /// Conditions that do not change the score.
    fn conditions(&self, filter: &Filter) -> Vec<(Occur, Box<dyn Query>)> {
        let mut conditions: Vec<Box<dyn Query>> = Vec::new();
        let exact = |field: Field, text: &str| -> Box<dyn Query> {
            Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
        };
        if !filter.corpora.is_empty() {
            let any = filter
                .corpora
                .iter()
                .map(|name| (Occur::Should, exact(self.fields.corpus, name)))
                .collect();
            conditions.push(Box::new(BooleanQuery::new(any)));
        }
        if let Some(kind) = filter.kind {
            conditions.push(exact(self.fields.kind, kind.name()));
        }
        if let Some(on) = filter.in_force_on {
            let term = |field: Field| Term::from_field_i64(field, day(on));
            let from = RangeQuery::new(Bound::Unbounded, Bound::Included(term(self.fields.from)));
            let to = RangeQuery::new(Bound::Excluded(term(self.fields.to)), Bound::Unbounded);
            conditions.extend([Box::new(from) as Box<dyn Query>, Box::new(to)]);
        }
        conditions
            .into_iter()
            .map(|query| (Occur::Must, Box::new(BoostQuery::new(query, 0.0)) as Box<dyn Query>))
            .collect()
    }

    /// Its syllables in lower case with their marks, each with how often it begins a pair: common ones stand in pairs
    /// only.
    pub(crate) fn syllables(&self) -> Result<Vec<(String, u32)>> {
        let mut counts = BTreeMap::<String, u32>::new();
        for segment in self.reader.searcher().segment_readers() {
            let index = segment.inverted_index(self.fields.text_marked).map_err(Error::lexical)?;
            let mut terms = index.terms().stream().map_err(Error::lexical)?;
            while terms.advance() {
                let pair =
                    std::str::from_utf8(terms.key()).ok().and_then(|term| term.split_once(' '));
                if let Some((syllable, _)) = pair {
                    match counts.get_mut(syllable) {
                        Some(count) => *count += terms.value().doc_freq,
                        None => _ = counts.insert(syllable.to_owned(), terms.value().doc_freq),
                    }
                }
            }
        }
        Ok(counts.into_iter().collect())
    }

    /// How many entries hold two syllables side by side; 0 if the index cannot be read.
    pub(crate) fn together(&self, first: &str, second: &str) -> u32 {
        let term = Term::from_field_text(self.fields.text_marked, &format!("{first} {second}"));
        let count = self.reader.searcher().doc_freq(&term).unwrap_or(0);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How rare a folded term is: the logarithm of how many entries there are to one that holds it.
    pub(crate) fn rarity(&self, term: &str) -> f32 {
        let searcher = self.reader.searcher();
        let term = Term::from_field_text(self.fields.text_folded, term);
        let holds = searcher.doc_freq(&term).unwrap_or(0) as f32;
        (1.0 + searcher.num_docs() as f32 / (1.0 + holds)).ln()
    }

    /// The files that a checksum finds damaged.
    pub(crate) fn damaged(&self) -> Result<Vec<String>> {
        let damaged = self.index.validate_checksum().map_err(Error::lexical)?;
        Ok(damaged.into_iter().map(|path| path.display().to_string()).collect())
    }
}

/// Weight of a term as typed that the reading has in another spelling.
const RAW: f32 = 0.5;

/// The terms of a question with their weights.
fn weighed(typed: &Typed, spelling: Spelling, in_law: f32) -> BTreeMap<String, f32> {
    let mut counts = BTreeMap::<String, f32>::new();
    for term in terms(&typed.text, spelling) {
        *counts.entry(term).or_default() += 1.0;
    }
    if typed.raw != typed.text {
        for term in terms(&typed.raw, spelling) {
            counts.entry(term).or_insert(RAW);
        }
    }
    for words in &typed.in_law {
        for term in terms(words, spelling) {
            counts.entry(term).or_insert(in_law);
        }
    }
    counts
}

fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let citation = schema.add_text_field("citation", STORED);
    let corpus = schema.add_text_field("corpus", STRING);
    let kind = schema.add_text_field("kind", STRING);
    let from = schema.add_i64_field("from", INDEXED);
    let to = schema.add_i64_field("to", INDEXED);
    let mut text = |name: &str, tokenizer: &str| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(IndexRecordOption::WithFreqs);
        schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
    };
    let fields = Fields {
        citation,
        corpus,
        kind,
        from,
        to,
        title_marked: text("title_marked", "marked"),
        title_folded: text("title_folded", "folded"),
        text_marked: text("text_marked", "marked"),
        text_folded: text("text_folded", "folded"),
    };
    (schema.build(), fields)
}

fn register(index: &Index) {
    index.tokenizers().register("marked", Syllables(Spelling::Marked));
    index.tokenizers().register("folded", Syllables(Spelling::Folded));
}
