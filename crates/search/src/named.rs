//! Provisions and procedures that a question names: "điều 15 luật hộ tịch", "nghị định 123/2015",
//! "1.001193". They are looked up, not searched.

use law::{Citation, Document, Library};

use crate::filter::{Filter, Kind};

/// Most articles that one question can name.
const MOST: usize = 10;

/// Citations in the question that the library holds and the filter lets through, in the order in
/// which they are named. A document named without an article is not among them: which article is
/// meant is for the search to find.
pub(crate) fn named(library: &Library, text: &str, filter: &Filter) -> Vec<Citation> {
    let open = |corpus: &String| filter.corpora.is_empty() || filter.corpora.contains(corpus);
    let mut found: Vec<Citation> = Vec::new();
    if filter.kind != Some(Kind::Provision) {
        let codes = text
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map(|word| word.trim_matches('.'));
        let known = codes.filter(|code| {
            library.procedure(code).is_some_and(|procedure| open(&procedure.corpus))
        });
        found.extend(known.map(Citation::whole));
    }
    if filter.kind != Some(Kind::Procedure) {
        for mention in law::mentions(text) {
            let Some(document) = resolve(library, &mention) else { continue };
            let at = Citation { document: document.id.clone(), ..mention.citation };
            let held = at.place.article.is_some() && library.article(&at).is_some();
            if held && open(&document.corpus) && !found.contains(&at) {
                found.push(at);
            }
        }
    }
    found.truncate(MOST);
    found
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
