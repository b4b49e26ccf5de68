//! Everything of a library that is to be found, piece by piece: articles in each of their periods,
//! procedures.

use infer::Passage as Text;
use law::{Citation, Document, Library, Period, Procedure};

use crate::error::{Error, Result};
use crate::filter::{ALWAYS, Facts, Kind, NEVER};
use crate::lexical::Entry;
use crate::options::SearchOptions;
use crate::passages::{Passage, of_article, of_procedure, sayings, windows};

/// An article in one period, or a procedure, with what filters need.
pub(crate) struct Unit {
    pub(crate) article: Passage,
    pub(crate) passages: Vec<Passage>,
    /// What people say who mean it; each gets a vector.
    pub(crate) sayings: Vec<Passage>,
    pub(crate) facts: Facts,
}

/// A text that gets a vector.
pub(crate) struct Window {
    pub(crate) citation: Citation,
    pub(crate) facts: Facts,
    pub(crate) text: Text,
}

/// A document or procedure of a library.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Document(&'a Document),
    Procedure(&'a Procedure),
}

/// Procedures and documents: those of hot collections first, what ended last.
pub(crate) fn order<'a>(library: &'a Library, hot: &[String]) -> Vec<Source<'a>> {
    let procedures = library.procedures().iter().map(Source::Procedure);
    let documents = library.documents().iter().map(Source::Document);
    let mut all: Vec<Source<'a>> = procedures.chain(documents).collect();
    all.sort_by_cached_key(|source| {
        let (corpus, ended) = match source {
            Source::Procedure(procedure) => (&procedure.corpus, false),
            Source::Document(document) => (&document.corpus, document.ended.is_some()),
        };
        (hot.iter().position(|name| name == corpus).unwrap_or(hot.len()), ended)
    });
    all
}

/// Every unit of a library.
pub(crate) fn each_unit(library: &Library, mut each: impl FnMut(Unit) -> Result<()>) -> Result<()> {
    order(library, &[]).into_iter().try_for_each(|source| units_of(library, source, &mut each))
}

pub(crate) fn units_of(
    library: &Library,
    source: Source<'_>,
    each: &mut impl FnMut(Unit) -> Result<()>,
) -> Result<()> {
    let document = match source {
        Source::Procedure(procedure) => {
            let passage = of_procedure(procedure);
            let facts = Facts {
                corpus: procedure.corpus.clone(),
                kind: Kind::Procedure,
                from: ALWAYS,
                to: NEVER,
            };
            let sayings = sayings(procedure);
            return each(Unit {
                article: passage.clone(),
                passages: vec![passage],
                sayings,
                facts,
            });
        }
        Source::Document(document) => document,
    };
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
            each(Unit { article, passages, sayings: Vec::new(), facts })?;
        }
    }
    Ok(())
}

pub(crate) fn windows_of(unit: &Unit, options: &SearchOptions) -> Vec<Window> {
    let window = |window: Passage| {
        let text = match window.lead.is_empty() {
            true => window.text,
            false => format!("{}\n{}", window.lead, window.text),
        };
        let text = Text { title: window.title, text };
        Window { citation: window.citation, facts: unit.facts.clone(), text }
    };
    let sayings = unit.sayings.iter().cloned();
    windows(&unit.passages, options.windows).into_iter().chain(sayings).map(window).collect()
}

pub(crate) fn entry<'a>(passage: &'a Passage, facts: &'a Facts) -> Entry<'a> {
    Entry {
        citation: &passage.citation,
        title: &passage.title,
        lead: &passage.lead,
        text: &passage.text,
        facts,
    }
}
