//! References to provisions and documents in running text, as officials and as people write them.

mod documents;
mod names;
mod tokens;
pub(crate) mod units;

pub use units::POINTS;

use std::ops::Range;

use crate::citation::{Citation, Part, Place};
use documents::{Named, after_attached, attached, document, this};
use tokens::*;
use units::{Group, groups};

/// Most references that one expression may stand for.
const MOST: usize = 200;

/// A reference to a provision or a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// What it points to. The document is empty when the text names none ("khoản 2 Điều 5"), or
    /// names it by words alone; it is `60/2014` when the symbol cannot be known.
    pub citation: Citation,
    /// The document's name where words name it: `Luật Hộ tịch`, `Luật Đất đai 2024`. Laws that are
    /// known stand in their own spelling, others in that of the text.
    pub name: Option<String>,
    /// Bytes in the text: the whole expression, so that members of a list share one.
    pub span: Range<usize>,
}

/// Every reference to a provision or document in running text, in any case, with or without marks.
///
/// Lists and ranges give one mention for each member ("Điều 8, 11 và 13", "từ Điều 5 đến Điều 7").
/// "Luật này" and "Điều này" are no document and no article.
pub fn mentions(text: &str) -> Vec<Mention> {
    let t = Tokens::new(text);
    let mut found = Vec::new();
    let mut i = 0;
    while i < t.len() {
        i = provision_first(&t, i, &mut found)
            .or_else(|| document_first(&t, i, &mut found))
            .unwrap_or(i + 1);
    }
    found
}

/// "khoản 1 Điều 15 Luật Hộ tịch".
fn provision_first(t: &Tokens<'_>, i: usize, found: &mut Vec<Mention>) -> Option<usize> {
    let (mut groups, end) = groups(t, i)?;
    let (named, part, mut end) = match owner(t, end, &groups) {
        Some((named, part, end)) => (named, part, end),
        None => (Named::default(), None, end),
    };
    if let Some(part) = part {
        groups
            .iter_mut()
            .filter(|group| group.part.is_none())
            .for_each(|group| group.part = Some(part.clone()));
    }
    // "điều 15 luật hộ tịch khoản 1".
    let narrow = groups.len() == 1 && groups[0].clauses.is_empty() && groups[0].points.is_empty();
    if narrow
        && named != Named::default()
        && let Some((more, stop)) = units::group(t, end)
        && more.articles.is_empty()
        && more.part.is_none()
        && owner(t, stop, &[]).is_none()
    {
        groups[0].clauses = more.clauses;
        groups[0].points = more.points;
        end = stop;
    }
    emit(&groups, &named, &t.span(i, end), found);
    Some(end)
}

/// The document that owns units ending at `i`, if one follows them.
fn owner(t: &Tokens<'_>, i: usize, groups: &[Group]) -> Option<(Named, Option<Part>, usize)> {
    if let Some(end) = this(t, i).or_else(|| this(t, i + usize::from(t.is_any(i, &[CUA, TAI])))) {
        return Some((Named::default(), None, end));
    }
    // "Điều 5 Quy chế … ban hành kèm theo Quyết định số …": its own articles, not the decision's.
    let start = i + usize::from(t.is_any(i, &[CUA, TAI, TRONG, THUOC]));
    if attached(t, start)
        && let Some(at) = after_attached(t, start)
    {
        if let Some(end) = this(t, at) {
            return Some((Named::default(), None, end));
        }
        let (named, end) = document(t, at, true)?;
        let annexes = groups.iter().all(|group| group.part.is_some());
        return Some((named, (!annexes).then_some(Part::Attached(1)), end));
    }
    let mut at = i;
    while at < i + 3
        && t.is_any(at, &[CUA, TAI, TRONG, THUOC, THEO, QUY, DINH])
        && document(t, at, true).is_none()
    {
        at += 1;
    }
    if at == i {
        at += usize::from(t.mark(at, ',') || t.mark(at, '('));
    }
    document(t, at, true).map(|(named, end)| (named, None, end))
}

/// "Luật Hộ tịch điều 15 khoản 1", "60/2014/QH13 điều 15", or the document alone.
fn document_first(t: &Tokens<'_>, i: usize, found: &mut Vec<Mention>) -> Option<usize> {
    let (named, end) = document(t, i, false)?;
    let mut at = end;
    let mut part = None;
    if t.are(at, &[KEM, THEO])
        && let Some(n) = t.digits(at + 2).and_then(|digits| digits.parse().ok())
        && (t.is(at + 3, DIEU) || t.are(at + 3, &[MO, DAU]))
    {
        part = Some(Part::Attached(n));
        at += 3;
    }
    let comma = usize::from(t.mark(at, ',') || t.mark(at, ':'));
    let opening = |at: usize| t.are(at, &[MO, DAU]) && !named.number.is_empty();
    if opening(at) {
        let group = Group { part, articles: vec!["0".into()], ..Group::default() };
        emit(&[group], &named, &t.span(i, at + 2), found);
        return Some(at + 2);
    }
    let places = groups(t, at + comma).filter(|(places, stop)| {
        let first = places.first().is_some_and(|group| !group.articles.is_empty() || comma == 0);
        first && owner(t, *stop, places).is_none()
    });
    if let Some((mut places, mut stop)) = places {
        if let [only] = places.as_mut_slice()
            && only.part.is_some()
            && only.articles.is_empty()
        {
            if opening(stop) {
                only.articles = vec!["0".into()];
                stop += 2;
            } else if let Some((inside, end)) =
                units::group(t, stop).filter(|(inside, _)| inside.part.is_none())
            {
                *only = Group { part: only.part.take(), ..inside };
                stop = end;
            }
        }
        if part.is_some() {
            places.iter_mut().for_each(|group| group.part.clone_from(&part));
        }
        emit(&places, &named, &t.span(i, stop), found);
        return Some(stop);
    }
    emit(&[Group::default()], &named, &t.span(i, end), found);
    Some(end)
}

/// One mention for each place that the groups stand for.
fn emit(groups: &[Group], named: &Named, span: &Range<usize>, found: &mut Vec<Mention>) {
    let each = |labels: &[String]| -> Vec<Option<String>> {
        if labels.is_empty() { vec![None] } else { labels.iter().cloned().map(Some).collect() }
    };
    let mut left = MOST;
    for group in groups {
        for article in each(&group.articles) {
            for clause in each(&group.clauses) {
                for point in each(&group.points) {
                    if left == 0 {
                        return;
                    }
                    left -= 1;
                    let (article, clause) = (article.clone(), clause.clone());
                    let place = Place { part: group.part.clone(), article, clause, point };
                    let citation = Citation { document: named.number.clone(), place };
                    found.push(Mention { citation, name: named.name.clone(), span: span.clone() });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
