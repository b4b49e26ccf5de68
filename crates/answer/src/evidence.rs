//! The provisions that a document's state rests on: where it says from when it holds, and where others end, replace,
//! suspend or change it.

use jiff::civil::Date;
use law::{Article, Citation, Document, Library, RelationKind};

use crate::answer::Source;
use crate::sight::Sight;
use crate::sources::quoted;

/// Most provisions that are shown of one document.
const MOST: usize = 2;

/// What a provision must say to be evidence, folded.
const STATE: &[&str] = &["hieu luc", "thay the", "bai bo", "tam ngung", "ngung hieu luc"];

/// Provisions of other documents that end, replace, suspend or change a document, then its own on its effect, numbered
/// from `first`.
pub(crate) fn of_state(
    sight: Sight<'_>,
    document: &Document,
    first: usize,
    on: Date,
) -> Vec<Source> {
    let others = document.relations.iter().filter(|relation| {
        matches!(
            relation.kind,
            RelationKind::ReplacedBy
                | RelationKind::RepealedBy
                | RelationKind::SuspendedBy
                | RelationKind::AmendedBy
        )
    });
    let mut found: Vec<Citation> = Vec::new();
    // What ends a document tells more than what changes it.
    let mut others: Vec<_> = others.collect();
    others.sort_by_key(|relation| relation.kind == RelationKind::AmendedBy);
    for relation in others {
        let Some(other) = sight.document(&relation.to.document) else { continue };
        found.extend(telling(
            sight.library,
            other,
            &document.id,
            relation.kind == RelationKind::AmendedBy,
        ));
    }
    let own = document.articles.iter().rev().find(|article| {
        let heading = viet::fold(&article.heading);
        article.place.part.is_none() && heading.contains("hieu luc")
    });
    found.extend(own.map(|article| document.cite(article)));
    let mut sources: Vec<Source> = Vec::new();
    for at in found {
        if sources.len() < MOST
            && sources.iter().all(|source| source.citation.to_article() != at.to_article())
        {
            sources.extend(quoted(sight.library, &at, first + sources.len(), on));
        }
    }
    sources
}

/// The article of a document that tells of another one's state; of one that changes it only if it changes the day.
fn telling(library: &Library, of: &Document, about: &str, amends: bool) -> Option<Citation> {
    of.articles.iter().map(|article| (of.cite(article), article)).find_map(|(at, article)| {
        let words = library.text(&at)?;
        let folded = viet::fold(&words);
        let says = match amends {
            true => folded.contains("co hieu luc thi hanh tu ngay") && !is_effect(article),
            false => words.contains(about) && STATE.iter().any(|state| folded.contains(state)),
        };
        says.then_some(at)
    })
}

fn is_effect(article: &Article) -> bool {
    viet::fold(&article.heading).contains("hieu luc")
}

/// Articles that name a document which the library does not hold: what others say of it.
pub(crate) fn mentioning(sight: Sight<'_>, number: &str, on: Date) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for document in sight.documents().filter(|document| document.title.contains(number)) {
        let at = document.articles.iter().find_map(|article| {
            let at = document.cite(article);
            let words =
                sight.library.text(&at).filter(|_| at.place.article.as_deref() != Some("0"))?;
            let folded = viet::fold(&format!("{} {words}", article.heading));
            let says = words.contains(number) && STATE.iter().any(|state| folded.contains(state));
            says.then_some(at)
        });
        if let Some(at) = at
            && sources.len() < MOST
        {
            sources.extend(quoted(sight.library, &at, sources.len() + 1, on));
        }
    }
    sources
}
