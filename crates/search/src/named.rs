//! Provisions, documents and procedures that a question names: "điều 15 luật hộ tịch", "nghị định
//! 123/2015", "1.001193". They are looked up, not searched.

use law::{Citation, Document, Library};

use crate::filter::{Filter, Kind};

/// Most places that one question can name.
const MOST: usize = 10;

/// What a question names, each in the order in which it is named and only what the filter lets
/// through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Articles, clauses, points and procedures that the library holds.
    pub places: Vec<Citation>,
    /// Documents named without an article, or whose words the library does not hold.
    pub documents: Vec<Citation>,
    /// Places that a document of the library does not have: "khoản 9 Điều 15" of eight clauses.
    pub missing: Vec<Citation>,
    /// The question without the names of documents and places.
    pub rest: String,
}

/// Looks up what a question names.
pub(crate) fn named(library: &Library, text: &str, filter: &Filter) -> Named {
    let open = |corpus: &String| filter.corpora.is_empty() || filter.corpora.contains(corpus);
    let mut named = Named::default();
    if filter.kind != Some(Kind::Provision) {
        let codes = text
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map(|word| word.trim_matches('.'));
        let known = codes.filter(|code| {
            library.procedure(code).is_some_and(|procedure| open(&procedure.corpus))
        });
        named.places.extend(known.map(Citation::whole));
    }
    let mut at = 0;
    for mention in law::mentions(text) {
        let found = resolve(library, &mention).filter(|document| open(&document.corpus));
        let Some(document) = found else { continue };
        // Members of a list share one span.
        named.rest.push_str(text.get(at..mention.span.start).unwrap_or_default());
        at = mention.span.end.max(at);
        if filter.kind == Some(Kind::Procedure) {
            continue;
        }
        let place = Citation { document: document.id.clone(), ..mention.citation };
        let list = if place.place.article.is_none() || document.articles.is_empty() {
            named.documents.push(Citation::whole(&document.id));
            continue;
        } else if library.text(&place).is_some() {
            &mut named.places
        } else {
            &mut named.missing
        };
        list.push(place);
    }
    named.rest.push_str(text.get(at..).unwrap_or_default());
    for list in [&mut named.places, &mut named.documents, &mut named.missing] {
        let mut seen = std::collections::HashSet::new();
        list.retain(|at| seen.insert(at.clone()));
        list.truncate(MOST);
    }
    named
}

/// The document that a mention means: by number, by the beginning of a number, or by name. Of several
/// laws of one name the latest in the library is meant.
fn resolve<'a>(library: &'a Library, mention: &law::Mention) -> Option<&'a Document> {
    let number = mention.citation.document.as_str();
    if !number.is_empty() {
        if let Some(document) = library.document(number) {
            return Some(document);
        }
        let prefix = format!("{number}/");
        let mut matching =
            library.documents().iter().filter(|document| document.id.starts_with(&prefix));
        return match (matching.next(), matching.next()) {
            (Some(document), None) => Some(document),
            _ => None,
        };
    }
    let name = viet::fold(mention.name.as_deref()?);
    // "Luật Đất đai 2024": the year is part of the name, and of the number.
    let (plain, year) = match name.rsplit_once(' ') {
        Some((plain, year)) if year.len() == 4 && year.bytes().all(|c| c.is_ascii_digit()) => {
            (plain, Some(year))
        }
        _ => (name.as_str(), None),
    };
    library
        .documents()
        .iter()
        .filter(|document| !document.articles.is_empty() && viet::fold(&document.title) == plain)
        .filter(|document| year.is_none_or(|year| document.id.contains(&format!("/{year}/"))))
        .max_by_key(|document| (document.effective, document.issued))
}
