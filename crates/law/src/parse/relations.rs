//! What a document says it does to others: based on, amends, replaces, repeals.

use super::articles::Piece;
use super::lines::lines;
use crate::citation::{Citation, Place};
use crate::document::{Document, Relation, RelationKind};
use crate::mention::mentions;
use crate::number::numbers;

/// Relations that the words of a document state with a number. A part of a document that is repealed
/// or replaced is named by its place, so that nobody takes it for the whole.
pub(super) fn find(document: &Document, pieces: &[Piece]) -> Vec<Relation> {
    let mut relations: Vec<Relation> = Vec::new();
    let mut add = |kind, to: Citation| {
        let from = (kind != RelationKind::BasedOn).then_some(document.effective).flatten();
        let relation = Relation { kind, to, from };
        let known = relations.iter().any(|there| there.kind == kind && there.to == relation.to);
        if !known
            && relation.to.document != document.id
            && relation.to.document.matches('/').count() > 0
        {
            relations.push(relation);
        }
    };
    for (i, piece) in pieces.iter().enumerate() {
        let place = &piece.article.place;
        if i == 0 && place.part.is_none() && place.article.as_deref() == Some("0") {
            opening(&piece.text, &mut add);
            continue;
        }
        if place.part.is_some() {
            continue;
        }
        // What the document amends often stands in the heading alone.
        sentence(&piece.article.heading, &mut add);
        // "Các văn bản sau hết hiệu lực:" speaks for the points below it.
        let mut above = None;
        for line in lines(&piece.text).into_iter().filter(|line| !line.quoted) {
            let outside = without_quotes(line.text);
            let is_point = outside.trim_start().chars().nth(1) == Some(')');
            if !is_point {
                above = deed(&outside.to_lowercase()).filter(|_| outside.trim_end().ends_with(':'));
            }
            match above.filter(|_| is_point && deed(&outside.to_lowercase()).is_none()) {
                Some(deed) => targets(&outside, deed.0, &mut add),
                None => sentences(&outside).for_each(|part| sentence(part, &mut add)),
            }
        }
    }
    relations
}

/// What stands before the first article: căn cứ, what is enacted, and in consolidated texts who
/// amended the document.
fn opening(text: &str, add: &mut impl FnMut(RelationKind, Citation)) {
    let mut amended = false;
    for line in text.lines() {
        if is_basis(line) {
            amended = false;
            numbers(line)
                .into_iter()
                .for_each(|(number, _)| add(RelationKind::BasedOn, Citation::whole(number)));
        } else if amended {
            let first = numbers(line).into_iter().next();
            first
                .into_iter()
                .for_each(|(number, _)| add(RelationKind::AmendedBy, Citation::whole(number)));
        } else if line.contains(" ban hành ") && line.contains("sửa đổi, bổ sung") {
            sentence(line, add);
        }
        amended |= line.trim_end().ends_with("được sửa đổi, bổ sung bởi:");
    }
}

fn is_basis(line: &str) -> bool {
    let line = super::lines::stripped(line);
    line.starts_with("Căn cứ") || line.starts_with("CĂN CỨ")
}

/// Text outside “ ”: what is quoted speaks for another document.
fn without_quotes(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let (mut depth, mut straight) = (0u32, false);
    for c in line.chars() {
        match c {
            '“' => depth += 1,
            '”' => depth = depth.saturating_sub(1),
            '"' => straight = !straight,
            c if depth == 0 && !straight => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// Cuts at ";" and at full stops before a blank, but not after a number ("1. Thay thế").
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    line.split(';').flat_map(|part| part.split(". ")).filter(|part| part.contains('/'))
}

/// One sentence: the deed, and the documents it is done to.
fn sentence(text: &str, add: &mut impl FnMut(RelationKind, Citation)) {
    let lower = text.to_lowercase();
    // Lower case has the same length in Vietnamese; anything else is left alone.
    if lower.len() != text.len() || !text.contains('/') {
        return;
    }
    if let Some((kind, before, at)) = deed(&lower) {
        targets(if before { &text[..at] } else { &text[at..] }, kind, add);
    }
}

/// What a sentence in lower case does to documents, whether they stand before the verb, and where the
/// verb is.
fn deed(lower: &str) -> Option<(RelationKind, bool, usize)> {
    let verb = |words: &str| {
        lower.match_indices(words).map(|(at, _)| at).find(|&at| {
            let before = lower[..at].trim_end();
            !["được", "bị", "đã", "không", "chưa", "hoặc"].iter().any(|word| before.ends_with(word))
        })
    };
    // A phrase that is replaced or dropped amends the document that holds it.
    let phrase = lower.contains("cụm từ") || lower.contains("một số từ");
    let unless = |kind| if phrase { RelationKind::Amends } else { kind };
    let verbs = [
        (verb("sửa đổi").or_else(|| verb("bổ sung")), RelationKind::Amends),
        (verb("thay thế"), unless(RelationKind::Replaces)),
        (verb("bãi bỏ").or_else(|| verb("hủy bỏ")), unless(RelationKind::Repeals)),
        (verb("đính chính"), RelationKind::Corrects),
        (verb("ngưng hiệu lực").or_else(|| verb("tạm ngưng")), RelationKind::Suspends),
    ];
    let first = verbs
        .into_iter()
        .filter_map(|(at, kind)| Some((kind, false, at?)))
        .min_by_key(|(.., at)| *at);
    first.or_else(|| lower.find("hết hiệu lực").map(|at| (RelationKind::Repeals, true, at)))
}

/// The documents that these words name, but for those that are only said to have amended them.
fn targets(said: &str, kind: RelationKind, add: &mut impl FnMut(RelationKind, Citation)) {
    let passive = ["được sửa đổi", "được bổ sung", "đã sửa đổi", "được thay thế", "bị thay thế"];
    let spans = passive.iter().flat_map(|words| said.match_indices(words)).map(|(at, _)| {
        let end = said[at..].find(')').map_or(said.len(), |end| at + end);
        at..end
    });
    let spans: Vec<_> = spans.collect();
    let mut end = None;
    for mention in mentions(said) {
        let number = &mention.citation.document;
        let whole = number.contains('/') && number.matches(['/', '-']).count() >= 2;
        // "thay thế Thông tư A quy định chi tiết Nghị định B": B is in the name of A.
        let named = end.is_some_and(|end| in_name(said.get(end..mention.span.start).unwrap_or("")));
        if whole {
            end = Some(mention.span.end);
        }
        if whole && !named && !spans.iter().any(|span| span.contains(&mention.span.start)) {
            // "Bãi bỏ các nội dung liên quan đến phí tại Nghị định A": a part of it.
            let before =
                said[..mention.span.start].rsplit([';', '\n']).next().unwrap_or("").to_lowercase();
            let ends = matches!(kind, RelationKind::Repeals | RelationKind::Replaces);
            let partly =
                ["nội dung", "quy định về", "một phần"].iter().any(|words| before.contains(words))
                    || before.trim_end().ends_with(" tại")
                    || before.contains("quy định tại ");
            let part = ends && partly && mention.citation.place == Place::default();
            add(if part { RelationKind::Amends } else { kind }, mention.citation);
        }
    }
}

/// Whether the words between two documents make the second a part of the first one's name.
fn in_name(between: &str) -> bool {
    let last = between.rfind(';').map_or(between, |at| &between[at..]);
    let names = [
        "quy định chi tiết",
        "hướng dẫn",
        "một số điều",
        "biện pháp thi hành",
        "thi hành",
        "triển khai",
        "sửa đổi",
        "bổ sung",
    ];
    names.iter().any(|words| last.contains(words))
}
