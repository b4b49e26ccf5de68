//! How the draft is built: checks 12 and 13.
//!
//! NĐ 78/2025/NĐ-CP điều 63: articles begin at 1 and go on through the text, each with a heading; points by the
//! alphabet of Vietnamese law (a b c d đ e g …), no bullets in them; điều 64 khoản 3: notation of numbers.

use std::collections::BTreeMap;
use std::ops::Range;

use law::{POINTS, Part, Place};

use crate::case::{Case, Found};
use crate::check::form::first_words;
use crate::draft::{Piece, bare, lines_in};

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    articles(case, found);
    for piece in case.draft.articles().filter(|it| !matches!(it.place.part, Some(Part::Annex(_)))) {
        clauses(case, piece, found);
        bullets(case, piece, found);
    }
    references(case, found);
    recipients(case, found);
    notation(case, found);
}

fn number_of(piece: &Piece) -> u32 {
    let label = piece.place.article.as_deref().unwrap_or("0");
    label.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0)
}

fn articles(case: &Case<'_>, found: &mut Found) {
    let mut parts: BTreeMap<Option<Part>, Vec<&Piece>> = BTreeMap::new();
    for piece in case.draft.articles() {
        parts.entry(piece.place.part.clone()).or_default().push(piece);
    }
    for pieces in parts.values() {
        let mut before = 0;
        for piece in pieces {
            let number = number_of(piece);
            if number > before + 1 {
                let new = case.find(12, "article_gap", piece.line.clone()).value("number", number);
                new.value("missing", before + 1).put(found);
            }
            before = number;
        }
        let named = pieces.iter().filter(|it| !it.heading.is_empty()).count();
        for piece in pieces {
            let line = bare(case.draft.words(&piece.line));
            let label = piece.place.article.as_deref().unwrap_or_default();
            let only_number = line.strip_prefix("Điều ").is_some_and(|rest| {
                rest.trim_start_matches(label).trim_matches(['.', ':', ' ']).is_empty()
            });
            if piece.heading.is_empty() && (only_number || 2 * named > pieces.len()) {
                let span = first_words(case, &piece.line, 60);
                case.find(12, "unnamed", span).value("article", label).put(found);
            }
        }
    }
    // A line "Điều 5." that the parser took for text, since its number goes back.
    for piece in case.draft.articles() {
        for (span, line) in lines_in(case.draft.clean(), piece.body.clone()) {
            let text = bare(line);
            let Some(rest) = text.strip_prefix("Điều ") else { continue };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            let stops = rest[digits.len()..].starts_with(['.', ':']);
            if !digits.is_empty() && stops && !case.draft.is_quoted(span.start) {
                let again = digits.parse::<u32>().is_ok_and(|number| number <= number_of(piece));
                let kind = if again { "article_twice" } else { "article_order" };
                case.find(12, kind, span).value("number", &digits).put(found);
            }
        }
    }
}

/// The number that a clause line begins with: "1. …".
fn clause_number(line: &str) -> Option<u32> {
    let line = bare(line);
    let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
    let rest = &line[digits.len()..];
    (digits.len() <= 2 && rest.starts_with(". ")).then(|| digits.parse().ok()).flatten()
}

fn point_letter(line: &str) -> Option<String> {
    let line = bare(line);
    let first = line.chars().next().filter(|c| c.is_lowercase())?;
    line[first.len_utf8()..].starts_with(") ").then(|| first.to_string())
}

fn clauses(case: &Case<'_>, piece: &Piece, found: &mut Found) {
    let mut last = 0;
    let mut points: Option<usize> = None;
    for (span, line) in lines_in(case.draft.clean(), piece.body.clone()) {
        if case.draft.is_quoted(span.start) {
            continue;
        }
        if case.draft.recipients.as_ref().is_some_and(|it| it.contains(&span.start)) {
            break;
        }
        if let Some(number) = clause_number(line) {
            let here = first_words(case, &span, 60);
            if number == last && last > 0 || number < last {
                let new = case.find(12, "clause_twice", here).value("number", number);
                new.value("before", last).put(found);
            } else if number > last + 1 {
                let new = case.find(12, "clause_gap", here).value("number", number);
                new.value("missing", last + 1).put(found);
            }
            last = number.max(last);
            points = None;
        } else if let Some(letter) = point_letter(line) {
            let here = first_words(case, &span, 60);
            let Some(at) = POINTS.iter().position(|it| *it == letter) else {
                case.find(12, "point_letter", here).value("letter", &letter).put(found);
                continue;
            };
            match points {
                Some(before) if at <= before => {
                    case.find(12, "point_twice", here).value("letter", &letter).put(found);
                }
                before if at > before.map_or(0, |before| before + 1) => {
                    let missing = POINTS[before.map_or(0, |before| before + 1)];
                    let new = case.find(12, "point_gap", here).value("letter", &letter);
                    new.value("missing", missing).put(found);
                }
                _ => {}
            }
            points = Some(points.map_or(at, |before| before.max(at)));
        }
    }
}

/// Bullets inside an article.
fn bullets(case: &Case<'_>, piece: &Piece, found: &mut Found) {
    let mut first: Option<Range<usize>> = None;
    let mut also = Vec::new();
    let mut ended = true;
    for (span, line) in lines_in(case.draft.clean(), piece.body.clone()) {
        // A dash in the middle of a sentence that a copy broke is no bullet.
        let begins = std::mem::replace(
            &mut ended,
            line.trim_end().ends_with(['.', ';', ':']) || line.trim().is_empty(),
        );
        if case.draft.recipients.as_ref().is_some_and(|it| it.contains(&span.start)) {
            break;
        }
        let text = line.trim_start();
        let bullet = ["- ", "+ ", "• ", "* ", "– "].iter().any(|mark| text.starts_with(mark));
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        if bullet && begins && letters > 3 && !case.draft.is_quoted(span.start) {
            let here = first_words(case, &span, 60);
            match &first {
                None => first = Some(here),
                Some(_) => also.push(here),
            }
        }
    }
    if let Some(span) = first {
        case.find(12, "bullets", span).also(also).put(found);
    }
}

/// References inside the draft: "khoản 9 Điều này", "Điều 15 Quy chế này".
fn references(case: &Case<'_>, found: &mut Found) {
    for cited in &case.cited {
        let place = &cited.citation.place;
        if !cited.citation.document.is_empty()
            || cited.name.is_some()
            || !cited.number.is_empty()
            || case.draft.is_quoted(cited.span.start)
            || matches!(place.part, Some(Part::Annex(_)))
        {
            continue;
        }
        let Some(piece) = case.draft.piece_at(cited.span.start) else { continue };
        // Headings and clause numbers are no references.
        if piece.line.contains(&cited.span.start)
            && !piece.line.is_empty()
            && piece.heading.is_empty()
            && cited.span.start < piece.line.start + 12
        {
            continue;
        }
        let words = case.draft.words(&cited.span).to_lowercase();
        let line = crate::draft::line_at(case.draft.clean(), cited.span.start);
        let after = case.draft.clean()[cited.span.end..line.end].trim_start().to_lowercase();
        let here = words.contains("này") || after.starts_with("này");
        let own = [
            "quyết định này",
            "nghị quyết này",
            "thông tư này",
            "quy chế này",
            "quy định này",
            "nghị định này",
            "luật này",
            "điều này",
            "khoản này",
            "văn bản này",
            "điều lệ này",
            "nghị quyết",
        ]
        .iter()
        .any(|cue| words.contains(cue) || after.starts_with(cue));
        if !(here || own) || amends_other(case, piece, cited.span.start) {
            continue;
        }
        let cover = ["quyết định này", "nghị quyết này", "thông tư này"]
            .iter()
            .any(|cue| words.contains(cue) || after.starts_with(cue));
        let part = if cover { None } else { piece.place.part.clone() };
        let target = match (&place.article, &place.clause) {
            (Some(article), _) => article.clone(),
            (None, _) => piece.place.article.clone().unwrap_or_default(),
        };
        let article = case
            .draft
            .articles_of(part.as_ref())
            .find(|it| it.place.article.as_deref() == Some(&target));
        let new = |kind| {
            case.find(12, kind, cited.span.clone())
                .value("place", crate::check::cited::in_words(place))
        };
        let Some(article) = article else {
            let last = case
                .draft
                .articles_of(part.as_ref())
                .last()
                .and_then(|it| it.place.article.clone());
            new("ref_article").value("last", last.unwrap_or_default()).put(found);
            continue;
        };
        let clause = match (&place.clause, &place.point, &place.article) {
            (Some(clause), ..) => Some(clause.clone()),
            // "điểm a khoản này"
            (None, Some(_), None) => piece.place_of(cited.span.start).clause,
            _ => None,
        };
        let Some(clause) = clause else { continue };
        match article.clauses.iter().find(|it| it.number == clause) {
            None => {
                let last = article.clauses.last().map_or("0".to_owned(), |it| it.number.clone());
                let called = case.draft.called(&article.place);
                new("ref_clause").value("article", called).value("last", last).put(found);
            }
            Some(there) => {
                if let Some(point) = &place.point
                    && !there.points.iter().any(|it| it.letter == *point)
                {
                    let called =
                        case.draft.called(&Place { clause: Some(clause), ..article.place.clone() });
                    new("ref_point").value("article", called).put(found);
                }
            }
        }
    }
}

/// Whether a line tells what is changed in another document ("Sửa đổi, bổ sung khoản 1 Điều 2 như sau:").
fn amends_other(case: &Case<'_>, piece: &Piece, at: usize) -> bool {
    let line = crate::draft::line_at(case.draft.clean(), at);
    let words = case.draft.words(&line).to_lowercase();
    let verbs = ["sửa đổi", "bổ sung", "bãi bỏ", "thay thế"];
    let orders = verbs.iter().any(|verb| words.contains(verb));
    orders
        && (words.contains("như sau")
            || piece.heading.to_lowercase().contains("sửa đổi")
            || words.contains("cụm từ"))
}

/// "Như Điều 3" among the recipients.
fn recipients(case: &Case<'_>, found: &mut Found) {
    let Some(zone) = case.draft.recipients.clone() else { return };
    for (span, line) in lines_in(case.draft.clean(), zone) {
        let lower = line.to_lowercase();
        let Some(at) = lower.find("như điều ").filter(|_| lower.len() == line.len()) else {
            continue;
        };
        let label: String =
            line[at + "như điều ".len()..].chars().take_while(char::is_ascii_digit).collect();
        let there = case
            .draft
            .articles_of(None)
            .any(|it| it.place.article.as_deref() == Some(label.as_str()));
        if !label.is_empty() && !there {
            let span = span.start + at..span.start + at + "như điều ".len() + label.len();
            let last = case.draft.articles_of(None).last().and_then(|it| it.place.article.clone());
            let new = case.find(12, "ref_recipients", span).value("place", format!("Điều {label}"));
            new.value("last", last.unwrap_or_default()).put(found);
        }
    }
}

/// Days below ten without their zero, and months 1 and 2 (NĐ 78/2025/NĐ-CP phụ lục I, as NĐ 30/2020/NĐ-CP has it).
fn notation(case: &Case<'_>, found: &mut Found) {
    let head = case.draft.head.place_date.clone();
    if let Some(span) = head {
        let words = case.draft.words(&span);
        let lower = words.to_lowercase();
        let part = |cue: &str| {
            let at = lower.find(cue)? + cue.len();
            let digits: String = lower[at..].chars().take_while(char::is_ascii_digit).collect();
            (!digits.is_empty()).then_some(digits)
        };
        let short_day = part("ngày ").is_some_and(|day| day.len() == 1);
        let short_month = part("tháng ").is_some_and(|month| month == "1" || month == "2");
        if short_day || short_month {
            case.find(13, "short", span).put(found);
        }
    }
}
