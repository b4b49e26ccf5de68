//! Effect clauses (hiệu lực thi hành): which places come into force on a day of their own, and until
//! when the document holds.

use jiff::ToSpan;
use jiff::civil::Date;

use super::articles::Piece;
use crate::citation::Place;
use crate::document::Document;
use crate::mention::mentions;

/// Reads "Khoản 3 Điều 200 của Luật này có hiệu lực từ ngày 01 tháng 7 năm 2025" and "Nghị định này có
/// hiệu lực … đến hết ngày 31 tháng 12 năm 2026" in the articles about effect.
pub(super) fn read(document: &mut Document, pieces: &[Piece]) {
    for piece in pieces.iter().filter(|piece| piece.article.place.part.is_none()) {
        let heading = piece.article.heading.to_lowercase();
        let about = ["hiệu lực", "thi hành", "tổ chức thực hiện"]
            .iter()
            .any(|words| heading.contains(words));
        if !(about || heading.is_empty()) || !piece.text.contains("hiệu lực") {
            continue;
        }
        for line in super::lines::lines(&piece.text).into_iter().filter(|line| !line.quoted) {
            for sentence in line.text.split(['.', ';']).flat_map(|part| part.split(" trừ ")) {
                // A full stop in "1. Luật này" cuts only the number off.
                starts(document, sentence);
                ends(document, sentence);
            }
        }
    }
}

fn starts(document: &mut Document, sentence: &str) {
    let Some(at) = sentence.find("có hiệu lực") else { return };
    let (said, rest) = sentence.split_at(at);
    let Some(day) = day_after(rest) else { return };
    // Places of other documents have days of their own.
    let begins = said.trim_start_matches(|c: char| !c.is_alphabetic());
    let units = [
        "Điều",
        "Khoản",
        "Điểm",
        "Các điều",
        "Các khoản",
        "Các điểm",
        "Quy định tại",
        "Các quy định tại",
    ];
    let own = said.contains(" này") || units.iter().any(|unit| begins.starts_with(unit));
    if !own || !crate::number::numbers(said).is_empty() {
        return;
    }
    let places: Vec<Place> = mentions(said)
        .into_iter()
        .filter(|mention| mention.citation.document.is_empty() && mention.name.is_none())
        .map(|mention| mention.citation.place)
        .filter(|place| place.article.is_some())
        .collect();
    for place in places {
        if Some(day) != document.effective && !document.starts.contains(&(place.clone(), day)) {
            document.starts.push((place, day));
        }
    }
}

/// "từ ngày 01 tháng 7 năm 2025", close behind the verb.
fn day_after(rest: &str) -> Option<Date> {
    let (day, span) = viet::dates(rest).into_iter().next()?;
    let between = &rest[..span.start];
    let from = between.contains("từ") && !between.contains("đến");
    (from && between.chars().count() < 50).then_some(day)
}

fn ends(document: &mut Document, sentence: &str) {
    if document.ended.is_some() {
        return;
    }
    // "Nghị định này có hiệu lực …", and nothing before it: not "Kể từ ngày Luật này có hiệu lực".
    let Some(at) = sentence.find(" này có hiệu lực") else { return };
    if !super::metadata::begins_sentence(&sentence[..at]) {
        return;
    }
    let rest = &sentence[at..];
    let until = ["đến hết ngày", "đến ngày"]
        .iter()
        .find_map(|words| rest.find(words).map(|at| (at, *words)));
    let Some((at, words)) = until else { return };
    // "từ ngày … đến hết ngày …", and no other clause between.
    if rest[..at].contains(',') || rest[..at].chars().count() > 90 {
        return;
    }
    let Some((day, span)) = viet::dates(&rest[at..]).into_iter().next() else { return };
    if span.start > words.len() + 1 {
        return;
    }
    // The last day counts in, as the day named is the last on which it holds.
    document.ended = day.checked_add(1.day()).ok();
}
