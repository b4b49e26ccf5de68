//! A cited document against the catalogue: does it exist, is its name right, which one was meant? Checks 4 and 9.

use std::ops::Range;

use law::{Document, kind_of};

use super::basis::title_of;
use crate::case::{Case, Cited, Found};
use crate::finding::Severity;

/// Whether the catalogue has a document; says what is wrong if not. `basis` tells căn cứ from the articles.
pub(crate) fn exists(
    case: &Case<'_>,
    within: &Range<usize>,
    cited: &Cited<'_>,
    basis: bool,
    found: &mut Found,
) -> bool {
    let number = &cited.number;
    if number.is_empty() || number.matches('/').count() != 2 {
        return cited.document.is_some();
    }
    if let Some(document) = cited.document {
        return named_rightly(case, cited, document, found);
    }
    if let Some(right) = meant(case, cited, within) {
        let new = case.find(9, "number", cited.span.clone()).value("number", number);
        let against = title_of(case, right);
        new.value("should", &right.id).value("title", &right.title).against(against).put(found);
        return false;
    }
    if let Some((term, years)) = impossible(number) {
        let new = case.find(9, "term", cited.span.clone()).value("number", number);
        new.value("term", term).value("years", years).put(found);
        return false;
    }
    if case.known.speaks_of(number) {
        return false;
    }
    let central = matches!(
        kind_of(number),
        "Luật" | "Pháp lệnh" | "Nghị định" | "Thông tư" | "Thông tư liên tịch"
    ) || number.ends_with("QĐ-TTg");
    if basis {
        let new = case.find(4, "unknown", cited.span.clone()).value("number", number);
        let severity = if central { Severity::B } else { Severity::Q };
        new.severity(severity).put(found);
    }
    false
}

/// Whether the name beside a number is that of the document; `false` where it is another's.
fn named_rightly(
    case: &Case<'_>,
    cited: &Cited<'_>,
    document: &Document,
    found: &mut Found,
) -> bool {
    let Some(name) = cited.name.as_deref() else { return true };
    let (own, written) = (plain(&document.title), plain(without_year(name)));
    if document.title.contains("VBHN")
        || own.is_empty()
        || written.is_empty()
        || own.contains(&written)
        || written.contains(&own)
    {
        return true;
    }
    // "Bộ luật" and "Luật", one slip of a letter: near enough to be the same, far enough to be said.
    let titled: Vec<&Document> = case.library.titled(without_year(name)).collect();
    let other = titled.iter().find(|it| it.id != document.id);
    let same_words = crate::case::pairs(&own).intersection(&crate::case::pairs(&written)).count();
    if other.is_none() && same_words == 0 {
        return true;
    }
    let should = other.map_or(document, |it| *it);
    let new = case.find(9, "name", cited.span.clone()).value("number", &cited.number);
    let new = new.value("name", name).value("title", &document.title).value("should", &should.id);
    new.value("should_title", &should.title).against(title_of(case, document)).put(found);
    other.is_none()
}

pub(crate) fn without_year(name: &str) -> &str {
    match name.rsplit_once(' ') {
        Some((head, year)) if year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) => head,
        _ => name,
    }
}

pub(crate) fn plain(title: &str) -> String {
    let folded = viet::fold(title);
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The document that a number which nobody has was meant to be: the same name, or one part of the number other and
/// the same words in the title.
pub(crate) fn meant<'a>(
    case: &Case<'a>,
    cited: &Cited<'_>,
    within: &Range<usize>,
) -> Option<&'a Document> {
    if cited.document.is_some() || cited.number.is_empty() {
        return None;
    }
    if let Some(name) = cited.name.as_deref() {
        let titled = case.library.titled(without_year(name)).filter(|it| !it.guide);
        let near = |it: &Document| differs_little(&it.id, &cited.number);
        let mut titled: Vec<&Document> = titled.collect();
        titled.sort_by_key(|it| (near(it), case.status(it).holds(), it.issued));
        if let Some(best) = titled.pop() {
            return Some(best);
        }
    }
    // Numbers of local documents differ by one from those of other places.
    if ["HĐND", "UBND"].iter().any(|body| cited.number.contains(body)) {
        return None;
    }
    let words = case.draft.words(within);
    let after = &words[(cited.span.end.saturating_sub(within.start)).min(words.len())..];
    let said = crate::case::pairs(after);
    if said.len() < 4 {
        return None;
    }
    let near = case.library.documents().iter().filter(|it| differs_little(&it.id, &cited.number));
    let scored = near.map(|it| {
        let title = crate::case::pairs(&it.title);
        let common = title.intersection(&said).count() as f32;
        (common / title.len().max(1) as f32, it)
    });
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= 0.85 && best.1.title.split_whitespace().count() >= 4).then_some(best.1)
}

/// Whether two numbers differ in one of running number, year and symbol alone, and there by little.
fn differs_little(a: &str, b: &str) -> bool {
    let (a, b) = (a.split(" [").next().unwrap_or(a), b);
    let (x, y): (Vec<&str>, Vec<&str>) = (a.split('/').collect(), b.split('/').collect());
    if x.len() != 3 || y.len() != 3 {
        return false;
    }
    let differ: Vec<usize> = (0..3).filter(|&i| x[i] != y[i]).collect();
    match differ.as_slice() {
        [0] => {
            let (mut p, mut q): (Vec<char>, Vec<char>) =
                (x[0].chars().collect(), y[0].chars().collect());
            let one = p.len() == q.len() && p.iter().zip(&q).filter(|(a, b)| a != b).count() == 1;
            p.sort_unstable();
            q.sort_unstable();
            one || p == q
        }
        [1] => true,
        [2] => x[2].chars().take(2).eq(y[2].chars().take(2)),
        // The year and the term go together: "10/2024/QH15" for "10/2022/QH15" differs in one, "15/2021/QH13" in two.
        [1, 2] => x[2].starts_with("QH") && y[2].starts_with("QH"),
        _ => false,
    }
}

/// Years in which a National Assembly sat; boundary years belong to both.
const TERMS: [(u32, i16, i16); 9] = [
    (8, 1987, 1992),
    (9, 1992, 1997),
    (10, 1997, 2002),
    (11, 2002, 2007),
    (12, 2007, 2011),
    (13, 2011, 2016),
    (14, 2016, 2021),
    (15, 2021, 2026),
    (16, 2026, 2031),
];

/// A number whose year does not lie in its National Assembly's term.
fn impossible(number: &str) -> Option<(u32, String)> {
    let mut parts = number.split('/').skip(1);
    let year: i16 = parts.next()?.parse().ok()?;
    let symbol = parts.next()?;
    let term: u32 = symbol.split("QH").last()?.parse().ok()?;
    if !symbol.contains("QH") {
        return None;
    }
    let (_, from, to) = TERMS.iter().find(|(known, ..)| *known == term)?;
    (!(*from..=*to).contains(&year)).then(|| (term, format!("{from}-{to}")))
}
