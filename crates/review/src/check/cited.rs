//! What the articles cite: checks 9 (documents) and 10 (provisions).

use law::{Citation, Place, Status};

use crate::case::{Case, Cited, Found};
use crate::check::catalogue::exists;
use crate::finding::Severity;

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    let mut unknown: Vec<(String, std::ops::Range<usize>)> = Vec::new();
    for cited in &case.cited {
        if case.draft.is_quoted(cited.span.start) {
            continue;
        }
        let line = crate::draft::line_at(case.draft.clean(), cited.span.start);
        if !cited.number.is_empty() {
            let known = exists(case, &line, cited, false, found);
            let basis = case.grounds.iter().any(|ground| {
                ground.main.iter().chain(&ground.amenders).any(|it| it.number == cited.number)
            });
            let own = law::canonical(&case.identity.number) == cited.number;
            if !known
                && cited.document.is_none()
                && !basis
                && !own
                && cited.number.matches('/').count() == 2
                && !case.known.speaks_of(&cited.number)
                && !found.has(&[9], &cited.span)
            {
                unknown.push((cited.number.clone(), cited.span.clone()));
            }
        }
        provision(case, cited, found);
    }
    if let Some((_, first)) = unknown.first().cloned() {
        let mut numbers: Vec<&str> = unknown.iter().map(|(number, _)| number.as_str()).collect();
        numbers.dedup();
        let also = unknown.iter().skip(1).map(|(_, span)| span.clone()).collect();
        let new = case.find(9, "not_held", first).value("numbers", numbers.join(", ")).also(also);
        new.severity(Severity::Q).put(found);
    }
}

/// Whether the cited place is there on the day.
fn provision(case: &Case<'_>, cited: &Cited<'_>, found: &mut Found) {
    let Some(document) = cited.document.filter(|it| !it.articles.is_empty()) else { return };
    let place = &cited.citation.place;
    let Some(label) = place.article.as_deref().filter(|label| *label != "0") else { return };
    // Attached texts and annexes are cut by each source in its own way.
    if place.part.is_some() {
        return;
    }
    let number = document.id.split(" [").next().unwrap_or(&document.id);
    let new = |kind| {
        let new = case.find(10, kind, cited.span.clone()).value("number", number);
        new.value("place", in_words(place)).value("title", &document.title)
    };
    let numbered = |label: &str| -> u32 {
        label.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
    };
    let main: Vec<&law::Article> = document
        .articles
        .iter()
        .filter(|it| it.place.part.is_none() && it.place.article.as_deref() != Some("0"))
        .collect();
    let Some(article) = document.article(&place.to_article()) else {
        let in_part = document
            .articles
            .iter()
            .any(|it| it.place.part.is_some() && it.place.article == place.article);
        let last = main
            .iter()
            .map(|it| numbered(it.place.article.as_deref().unwrap_or("")))
            .max()
            .unwrap_or(0);
        let whole = main.len() as u32 * 10 >= last * 9;
        if whole && !in_part && last > 0 {
            let kind = if numbered(label) > last { "no_article" } else { "article_gone" };
            let at = Citation {
                document: document.id.clone(),
                place: Place { article: Some(last.to_string()), ..Place::default() },
            };
            let heading = main.last().and_then(|_| case.evidence(&at));
            new(kind).value("last", last).against(heading).put(found);
        }
        return;
    };
    let at = Citation { document: document.id.clone(), place: place.clone() };
    let whole = Citation { document: document.id.clone(), place: place.to_article() };
    let standing = case.library.standing(&at, case.day);
    if standing.status == Status::Ended && case.status(document).holds() {
        let by = standing.closed.as_ref().or(standing.opened.as_ref()).map(|act| act.by.clone());
        let proof = by.as_ref().and_then(|by| case.evidence(by));
        new("ended").against(proof).severity(Severity::B).put(found);
        return;
    }
    let Some(clause) = place.clause.as_deref() else { return };
    if article.versions.iter().flat_map(|version| &version.clauses).any(|it| it.number == clause) {
        return;
    }
    let there = article.clauses.iter().find(|it| it.number == clause);
    let last = article.clauses.last();
    match (there, last) {
        (None, Some(last)) => {
            let higher = numbered(clause) > numbered(&last.number);
            let kind = if higher { "no_clause" } else { "clause_gone" };
            new(kind).value("last", &last.number).against(case.evidence(&whole)).put(found);
        }
        (None, None) => {
            new("no_clauses").against(case.evidence(&whole)).put(found);
        }
        (Some(there), _) => {
            let Some(point) = place.point.as_deref() else { return };
            if there.points.iter().any(|it| it.letter == point) {
                return;
            }
            let clause_at = Citation {
                document: document.id.clone(),
                place: Place { point: None, ..place.clone() },
            };
            new("no_point").against(case.evidence(&clause_at)).put(found);
        }
    }
}

/// "điểm a khoản 2 Điều 5".
pub(crate) fn in_words(place: &Place) -> String {
    let parts = [
        place.point.as_ref().map(|it| format!("điểm {it}")),
        place.clause.as_ref().map(|it| format!("khoản {it}")),
        place.article.as_ref().map(|it| format!("Điều {it}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
