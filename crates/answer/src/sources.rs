//! Provisions as the sources of an answer: quoted letter for letter, with their state on the day.

use jiff::civil::Date;
use law::{Citation, Document, Library};
use search::Hit;

use crate::answer::Source;
use crate::render;

/// Longest quotation of a whole article; longer ones are quoted by their best clause.
const QUOTE: usize = 1500;

/// A hit as source number `n`; `None` when it has no words.
pub(crate) fn source(library: &Library, n: usize, hit: &Hit, on: Date) -> Option<Source> {
    let (document, article) = library.article(&hit.citation)?;
    let whole = words(library, &hit.citation, on)?;
    // A clause that was asked for is quoted; else the article, unless it is long.
    let clause = hit.clause.as_ref().filter(|_| hit.ranks.named || whole.chars().count() > QUOTE);
    let citation = clause.unwrap_or(&hit.citation).clone();
    let quote = match clause {
        Some(clause) => words(library, clause, on)?,
        None => whole,
    };
    if quote.trim().is_empty() {
        return None;
    }
    let (title, quote) = (render::title(document, article), render::shorten(&quote, 2 * QUOTE));
    Some(cited(library, document, citation, title, quote.to_owned(), n, on))
}

/// The words of a provision on a day. On a day whose words we do not have, the words that we have are shown, and the
/// status says so.
pub(crate) fn words(library: &Library, at: &Citation, on: Date) -> Option<String> {
    library.text_on(at, on).or_else(|| library.text_in_context(at))
}

/// A place in a document, or the whole, as source number `n` with its state on a day.
pub(crate) fn cited(
    library: &Library,
    document: &Document,
    citation: Citation,
    title: String,
    quote: String,
    n: usize,
    on: Date,
) -> Source {
    let standing = library.standing(&citation, on);
    Source {
        n,
        citation,
        title,
        quote,
        status: standing.status,
        from: standing.from,
        to: standing.to,
        checked: document.checked,
        opened_by: standing.opened.map(|act| act.by),
        closed_by: standing.closed.map(|act| act.by),
    }
}

/// A provision as source number `n`; long ones are cut.
pub(crate) fn quoted(library: &Library, at: &Citation, n: usize, on: Date) -> Option<Source> {
    let (document, article) = library.article(at)?;
    let words = words(library, at, on)?;
    let (title, quote) = (render::title(document, article), render::shorten(&words, QUOTE));
    Some(cited(library, document, at.clone(), title, quote.to_owned(), n, on))
}
