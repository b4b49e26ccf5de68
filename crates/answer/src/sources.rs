//! Provisions as the sources of an answer: quoted letter for letter, with their state on the day.

use jiff::civil::Date;
use law::{Citation, Library};
use search::Hit;

use crate::answer::Source;
use crate::render;

/// Longest quotation of a whole article; longer ones are quoted by their best clause.
const QUOTE: usize = 1500;

/// A hit as source number `n`; `None` when it has no words.
pub(crate) fn source(library: &Library, n: usize, hit: &Hit, on: Date) -> Option<Source> {
    let (document, article) = library.article(&hit.citation)?;
    // On a day whose words we do not have, the words that we have are shown, and the status says so.
    let words = |at: &Citation| library.text_on(at, on).or_else(|| library.text_in_context(at));
    let whole = words(&hit.citation)?;
    // A clause that was asked for is quoted; else the article, unless it is long.
    let clause = hit.clause.as_ref().filter(|_| hit.ranks.named || whole.chars().count() > QUOTE);
    let citation = clause.unwrap_or(&hit.citation).clone();
    let quote = match clause {
        Some(clause) => words(clause)?,
        None => whole,
    };
    if quote.trim().is_empty() {
        return None;
    }
    let standing = library.standing(&citation, on);
    Some(Source {
        n,
        title: render::title(document, article),
        citation,
        quote: render::shorten(&quote, 2 * QUOTE).to_owned(),
        status: standing.status,
        from: standing.from,
        to: standing.to,
        checked: document.checked,
    })
}
