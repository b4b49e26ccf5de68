//! Everything the product knows, without the words: those stay behind [`Texts`].

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use viet::Lexicon;

use crate::citation::{Citation, Place};
use crate::document::{Article, Clause, Document};
use crate::history::{Interval, span_in};
use crate::places::Places;
use crate::procedure::{Procedure, Topic};
use crate::status::{Standing, Status};
use crate::timeline::State;

/// Where the words of an article are kept. A trait because `law` does no IO: a store on disk in the
/// product, a map in tests.
pub trait Texts: Send + Sync {
    /// The whole text of an article (clause and point of the citation are ignored).
    fn text(&self, at: &Citation) -> Option<String>;

    /// The whole text of another version of an article, by its index among [`Article::versions`].
    fn version(&self, at: &Citation, version: usize) -> Option<String> {
        let _ = (at, version);
        None
    }
}

impl Texts for HashMap<Citation, String> {
    fn text(&self, at: &Citation) -> Option<String> {
        self.get(&at.to_article()).cloned()
    }
}

/// Documents and procedures by identity.
pub struct Library {
    documents: Vec<Document>,
    procedures: Vec<Procedure>,
    by_number: HashMap<String, usize>,
    by_code: HashMap<String, usize>,
    /// Folded titles of law, so that a name in a question costs no walk through all documents.
    by_title: HashMap<String, Vec<usize>>,
    places: Places,
    lexicon: Lexicon,
    topics: Vec<Topic>,
    texts: Arc<dyn Texts>,
}

impl Library {
    /// Puts a library together. Where two documents share a number the first with articles wins.
    pub fn new(
        documents: Vec<Document>,
        procedures: Vec<Procedure>,
        texts: Arc<dyn Texts>,
    ) -> Library {
        let mut by_number = HashMap::with_capacity(documents.len());
        for (i, document) in documents.iter().enumerate() {
            let slot = by_number.entry(document.id.clone()).or_insert(i);
            if documents[*slot].articles.is_empty() && !document.articles.is_empty() {
                *slot = i;
            }
        }
        let by_code = procedures.iter().enumerate().map(|(i, p)| (p.code.clone(), i)).collect();
        let mut by_title: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, document) in documents.iter().enumerate().filter(|(_, it)| !it.guide) {
            by_title.entry(viet::fold(&document.title)).or_default().push(i);
        }
        Library {
            documents,
            procedures,
            by_number,
            by_code,
            by_title,
            places: Places::default(),
            lexicon: Lexicon::default(),
            topics: Vec::new(),
            texts,
        }
    }

    /// The same library with what it knows of communes, wards and bodies.
    pub fn with_places(self, places: Places) -> Library {
        Library { places, ..self }
    }

    /// The same library with what it knows of how people write and of subjects they name.
    pub fn with_words(self, lexicon: Lexicon, topics: Vec<Topic>) -> Library {
        Library { lexicon, topics, ..self }
    }

    /// Short forms and everyday words.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// Subjects that several procedures fit.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Communes and wards, and bodies that are gone.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// All documents.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// All procedures.
    pub fn procedures(&self) -> &[Procedure] {
        &self.procedures
    }

    /// A document by its canonical number.
    pub fn document(&self, number: &str) -> Option<&Document> {
        self.by_number.get(number).map(|&i| &self.documents[i])
    }

    /// The documents of a title, whatever its marks and case; guides are none.
    pub fn titled(&self, title: &str) -> impl Iterator<Item = &Document> {
        let found = self.by_title.get(&viet::fold(title)).map_or(&[][..], Vec::as_slice);
        found.iter().map(|&i| &self.documents[i])
    }

    /// A procedure by its code.
    pub fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.by_code.get(code).map(|&i| &self.procedures[i])
    }

    /// A document and its article at a place.
    pub fn article(&self, at: &Citation) -> Option<(&Document, &Article)> {
        let document = self.document(&at.document)?;
        document.article(&at.place).map(|article| (document, article))
    }

    /// The words at a citation: an article, a clause or a point; `None` when there is no such place.
    pub fn text(&self, at: &Citation) -> Option<String> {
        let (_, article) = self.article(at)?;
        let text = self.texts.text(at)?;
        let span = article.span(&at.place, text.len())?;
        text.get(span).map(|words| words.trim().to_owned())
    }

    /// The words of a clause or point with the lead-ins above it, so that it can be understood alone.
    pub fn text_in_context(&self, at: &Citation) -> Option<String> {
        let (_, article) = self.article(at)?;
        in_context(&self.texts.text(at)?, &article.clauses, &at.place)
    }

    /// The words of a place as they were on a day, with the lead-ins above it; `None` when there is no
    /// such place on that day, or no source of ours has its words.
    pub fn text_on(&self, at: &Citation, on: Date) -> Option<String> {
        let (_, article) = self.article(at)?;
        if article.versions.is_empty() {
            return self.text_in_context(at);
        }
        // Words that are not in force yet are those in which they were issued.
        let issued = article.versions.first().is_some_and(|first| first.acts.is_empty());
        let (i, sure) = article.version_on(on).or(issued.then_some((0, true)))?;
        let version = &article.versions[i];
        let lost = version.gaps.iter().any(|gap| {
            crate::timeline::overlaps(gap, &at.place)
                && (gap.clause.is_none() || at.place.clause.is_some())
        });
        if !sure || lost || version.state == State::Gone {
            return None;
        }
        let text = self.version_text(at, article, i)?;
        in_context(&text, &version.clauses, &at.place)
    }

    /// The whole text of an article in one of its versions; `None` for one without words.
    pub fn version_text(&self, at: &Citation, article: &Article, version: usize) -> Option<String> {
        let at = at.to_article();
        if version == article.own_version() {
            self.texts.text(&at)
        } else {
            self.texts.version(&at, version)
        }
    }

    /// The intervals of a place, oldest first; one for a place that nothing is known to have changed.
    pub fn history(&self, at: &Citation) -> Vec<Interval> {
        let Some((document, article)) = self.article(at) else { return Vec::new() };
        let days: Vec<Option<Date>> = match article.versions.is_empty() {
            true => vec![document.effective],
            false => article.versions.iter().map(|version| version.from.or(version.seen)).collect(),
        };
        let mut intervals: Vec<Interval> = Vec::new();
        let ended = document.ended.filter(|ended| Some(*ended) > document.effective);
        for day in days.into_iter().chain(ended.map(Some)) {
            // A text whose beginning is not known is looked at on its first dated change.
            let Some(on) = day.or(document.issued).or(document.effective) else { continue };
            let standing = document.standing(&at.place, on);
            let text = self.text_on(at, on).filter(|_| standing.status != Status::Ended);
            let interval = Interval {
                from: if standing.status == Status::Ended { standing.to } else { standing.from },
                to: if standing.status == Status::Ended { None } else { standing.to },
                status: standing.status,
                opened: standing.opened,
                text,
            };
            let again = intervals.last().is_some_and(|last| {
                last.from == interval.from
                    && last.status == interval.status
                    && last.opened == interval.opened
            });
            if !again && standing.status != Status::NotYet {
                intervals.push(interval);
            }
        }
        intervals
    }

    /// Where a provision stands on a day; [`Status::Unknown`] for an unknown document.
    pub fn standing(&self, at: &Citation, on: Date) -> Standing {
        self.document(&at.document)
            .map_or(Standing::UNKNOWN, |document| document.standing(&at.place, on))
    }

    /// The places before and after an article in its document.
    pub fn neighbours(&self, at: &Citation) -> (Option<Citation>, Option<Citation>) {
        let Some(document) = self.document(&at.document) else {
            return (None, None);
        };
        let same = |place: &Place| place.article == at.place.article && place.part == at.place.part;
        let Some(i) = document.articles.iter().position(|article| same(&article.place)) else {
            return (None, None);
        };
        let cite = |i: usize| document.articles.get(i).map(|article| document.cite(article));
        (i.checked_sub(1).and_then(cite), cite(i + 1))
    }
}

/// The words of a place with the lead-ins above it.
fn in_context(text: &str, clauses: &[Clause], place: &Place) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(number) = &place.clause {
        parts.push(text.get(..clauses.first().map_or(0, |clause| clause.span.start))?);
        if let Some(point) = &place.point {
            let clause = clauses.iter().find(|clause| clause.number == *number)?;
            clause.points.iter().find(|there| there.letter == *point)?;
            let end = clause.points.first().map_or(clause.span.end, |point| point.span.start);
            parts.push(text.get(clause.span.start..end)?);
        }
    }
    parts.push(text.get(span_in(clauses, place, text.len())?)?);
    let parts: Vec<&str> =
        parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
    Some(parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::split_article;

    fn library() -> Library {
        let text = "Lời dẫn:\n1. Một:\na) x;\nb) y.\n2. Hai.";
        let article = |number: &str| Article {
            place: Place { article: Some(number.into()), ..Place::default() },
            clauses: split_article(text).0,
            ..Article::default()
        };
        let document = Document {
            id: "60/2014/QH13".into(),
            articles: vec![article("1"), article("2")],
            ..Document::default()
        };
        let entry = Document { id: document.id.clone(), ..Document::default() };
        let texts: HashMap<Citation, String> = document
            .articles
            .iter()
            .map(|article| (document.cite(article), text.to_owned()))
            .collect();
        Library::new(vec![entry, document], Vec::new(), Arc::new(texts))
    }

    fn cite(place: &str) -> Citation {
        format!("60/2014/QH13 {place}").parse().unwrap()
    }

    #[test]
    fn a_citation_gives_its_words() {
        for (place, expect) in [
            ("điều 1 khoản 2", Some("2. Hai.")),
            ("điều 2 khoản 1 điểm b", Some("b) y.")),
            ("điều 1 khoản 3", None),
            ("điều 1 khoản 1 điểm c", None),
            ("điều 3", None),
        ] {
            assert_eq!(library().text(&cite(place)).as_deref(), expect, "{place}");
        }
    }

    #[test]
    fn a_point_comes_with_its_lead_ins() {
        let context = library().text_in_context(&cite("điều 1 khoản 1 điểm a")).unwrap();
        assert_eq!(context, "Lời dẫn:\n1. Một:\na) x;");
    }

    #[test]
    fn neighbours_are_articles_of_the_same_document() {
        assert_eq!(library().neighbours(&cite("điều 1 khoản 1")), (None, Some(cite("điều 2"))));
        assert_eq!(library().neighbours(&cite("điều 9")), (None, None));
    }

    #[test]
    fn an_unknown_document_has_no_standing() {
        let at = Citation::whole("1/2000/QH10");
        assert_eq!(library().standing(&at, jiff::civil::date(2025, 1, 1)).status, Status::Unknown);
    }
}
