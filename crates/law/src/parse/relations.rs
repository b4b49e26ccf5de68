//! What a document says it does to others: based on, amends, replaces, repeals.

use jiff::civil::Date;

use super::articles::Piece;
use super::lines::lines;
use crate::citation::{Citation, Place};
use crate::document::{Document, Relation, RelationKind};
use crate::mention::mentions;
use crate::number::numbers;

/// What is found: kind, target, and the day that the sentence gives.
type Add<'a> = dyn FnMut(RelationKind, Citation, Option<Date>) + 'a;

/// Relations that the words of a document state with a number. A part of a document that is repealed
/// or replaced amends it: nobody must take the part for the whole.
pub(super) fn find(document: &mut Document, pieces: &[Piece]) -> Vec<Relation> {
    let mut relations: Vec<Relation> = Vec::new();
    let mut excepted = Vec::new();
    let mut add = |kind, to: Citation, day: Option<Date>| {
        let from = (kind != RelationKind::BasedOn).then_some(day.or(document.effective)).flatten();
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
            let lower = outside.to_lowercase();
            let item = outside.trim_start();
            let is_item = item.chars().nth(1) == Some(')') || item.starts_with(['-', '+', '–']);
            if !is_item {
                above = deed(&lower).filter(|_| outside.trim_end().ends_with(':'));
            }
            // "Luật A hết hiệu lực, trừ Điều 7": whether the rest holds, nobody can tell from here.
            if ends_with_exception(&lower) {
                excepted.extend(numbers(&outside).into_iter().map(|(number, _)| number));
            }
            match above.filter(|_| is_item) {
                // "b) Thông tư A sửa đổi, bổ sung Thông tư B": A is the one.
                Some((kind, ..)) if ends(kind) && begins_with_document(item) => {
                    targets(first_name(&outside), kind, None, &mut add);
                }
                Some((kind, ..)) if deed(&lower).is_none() => {
                    targets(&outside, kind, None, &mut add)
                }
                _ => sentences(&outside).for_each(|part| sentence(part, &mut add)),
            }
        }
    }
    for number in excepted {
        if !document.excepts.contains(&number) {
            document.excepts.push(number);
        }
    }
    relations
}

fn ends(kind: RelationKind) -> bool {
    matches!(kind, RelationKind::Repeals | RelationKind::Replaces)
}

fn ends_with_exception(lower: &str) -> bool {
    ["hết hiệu lực", "thay thế", "bãi bỏ"].iter().any(|verb| {
        lower
            .find(verb)
            .is_some_and(|at| lower[at..].contains(" trừ ") || lower[at..].contains("ngoại trừ"))
    })
}

/// Words before a document's number that say no more than what kind of document it is.
const KIND_WORDS: [&str; 36] = [
    "toàn", "bộ", "các", "những", "văn", "bản", "quy", "phạm", "pháp", "luật", "sau", "đây", "số",
    "bộ", "nghị", "định", "thông", "tư", "liên", "tịch", "quyết", "lệnh", "chỉ", "thị", "và", "là",
    "này", "thay", "thế", "bãi", "bỏ", "hủy", "huỷ", "kể", "từ", "hoặc",
];

fn only_kind_words(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.all(|word| KIND_WORDS.contains(&word) || word.chars().count() == 1)
}

/// Whether an item of a list begins with a document: "b) Thông tư số …".
fn begins_with_document(item: &str) -> bool {
    let number = numbers(item).into_iter().next();
    number.is_some_and(|(_, span)| only_kind_words(&item[..span.start]))
}

/// An item up to the end of its first document's number.
fn first_name(item: &str) -> &str {
    let number = numbers(item).into_iter().next();
    number.map_or(item, |(_, span)| &item[..span.end])
}

/// What stands before the first article: căn cứ, what is enacted, and in consolidated texts who
/// amended the document.
fn opening(text: &str, add: &mut Add<'_>) {
    let mut amended = false;
    for line in text.lines() {
        if is_basis(line) {
            amended = false;
            numbers(line)
                .into_iter()
                .for_each(|(number, _)| add(RelationKind::BasedOn, Citation::whole(number), None));
        } else if amended {
            let first = numbers(line).into_iter().next();
            first.into_iter().for_each(|(number, _)| {
                add(RelationKind::AmendedBy, Citation::whole(number), None)
            });
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

/// Cuts at ";" and at full stops before a blank, but not after a number ("1. Thay thế"). A list of
/// documents before one verb, "Luật A; Luật B hết hiệu lực", is one sentence.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let verb = line.find("hết hiệu lực");
    let listed = verb.is_some_and(|at| line[..at].contains(';') && !line[at..].contains(';'));
    let cut: &[char] = if listed { &[] } else { &[';'] };
    line.split(cut).flat_map(|part| part.split(". ")).filter(|part| part.contains('/'))
}

/// One sentence: the deed, and the documents it is done to.
fn sentence(text: &str, add: &mut Add<'_>) {
    let lower = text.to_lowercase();
    // Lower case has the same length in Vietnamese; anything else is left alone.
    if lower.len() != text.len() || !text.contains('/') {
        return;
    }
    if let Some((kind, before, at)) = deed(&lower) {
        let day = if before { day_after(&text[at..]) } else { None };
        targets(if before { &text[..at] } else { &text[at..] }, kind, day, add);
    }
}

/// The day in "hết hiệu lực kể từ ngày 01 tháng 6 năm 2014".
fn day_after(verb: &str) -> Option<Date> {
    let (day, span) = viet::dates(verb).into_iter().next()?;
    let between = &verb[..span.start];
    (between.chars().count() < 50 && between.contains("từ")).then_some(day)
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
    // "Luật A và Luật B sửa đổi, bổ sung … Luật A hết hiệu lực": the last verb governs all before it.
    let end = lower.find("hết hiệu lực").filter(|at| lower[..*at].contains('/'));
    if let Some(at) = end {
        return Some((RelationKind::Repeals, true, at));
    }
    let first = verbs
        .into_iter()
        .filter_map(|(at, kind)| Some((kind, false, at?)))
        .min_by_key(|(.., at)| *at);
    first.or_else(|| lower.find("hết hiệu lực").map(|at| (RelationKind::Repeals, true, at)))
}

/// The documents that these words name, but for those that are only said to have amended them.
fn targets(said: &str, kind: RelationKind, day: Option<Date>, add: &mut Add<'_>) {
    let passive = ["được sửa đổi", "được bổ sung", "đã sửa đổi", "được thay thế", "bị thay thế"];
    let spans = passive.iter().flat_map(|words| said.match_indices(words)).map(|(at, _)| {
        let end = said[at..].find(')').map_or(said.len(), |end| at + end);
        at..end
    });
    let spans: Vec<_> = spans.collect();
    let mut end = None;
    let mut in_name_before = false;
    for mention in mentions(said) {
        let number = &mention.citation.document;
        let whole = number.contains('/') && number.matches(['/', '-']).count() >= 2;
        if !whole {
            continue;
        }
        let between = said.get(end.unwrap_or(0)..mention.span.start).unwrap_or("");
        // "thay thế Thông tư A quy định chi tiết Nghị định B và Nghị định C": both are in A's name.
        let goes_on = in_name_before && only_kind_words(between) && !between.contains(';');
        let named = end.is_some() && (in_name(between) || goes_on);
        in_name_before = named;
        let first = end.is_none();
        end = Some(mention.span.end);
        if named || spans.iter().any(|span| span.contains(&mention.span.start)) {
            continue;
        }
        // "Bãi bỏ các biểu mẫu của Nghị định A", "Thay thế Phụ lục kèm theo Luật B": a part of it.
        let lead = if first { between } else { last_part(between) };
        let part = ends(kind) && mention.citation.place == Place::default() && !names_whole(lead);
        add(if part { RelationKind::Amends } else { kind }, mention.citation, day);
    }
}

/// What stands behind the last sign that ends a document's name.
fn last_part(between: &str) -> &str {
    let signs = ["; ", ", ", " và ", ": ", "\n", ") "];
    let at = signs.iter().filter_map(|sign| between.rfind(sign).map(|at| at + sign.len())).max();
    &between[at.unwrap_or(0)..]
}

/// Whether the words before a number say no more than which document it is: its kind, and for a law its
/// name ("Luật Thi đua, khen thưởng số …").
fn names_whole(lead: &str) -> bool {
    if only_kind_words(lead) {
        return true;
    }
    let lower = lead.to_lowercase();
    let law = ["luật ", "pháp lệnh "].iter().filter_map(|kind| lower.find(kind)).min();
    let parts = [
        "mẫu",
        "phụ lục",
        "điều ",
        "khoản ",
        "điểm ",
        "chương ",
        "mục ",
        "nội dung",
        "quy định",
        "kèm theo",
        "biểu",
        "danh mục",
        "một phần",
        "hướng dẫn",
        "thi hành",
        "tại ",
    ];
    law.is_some_and(|at| {
        only_kind_words(&lower[..at]) && !parts.iter().any(|part| lower.contains(part))
    })
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
