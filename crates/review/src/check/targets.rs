//! What the draft changes in others: checks 18 and 19.
//!
//! Luật 64/2025/QH15 điều 8: a document is amended, replaced or abolished by its own issuer; NĐ 78/2025/NĐ-CP điều 66,
//! 67, 69, 70: the list names document, article, clause and point.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use law::{Citation, Document, Place, Status};

use crate::case::{Case, Found};
use crate::check::basis::{shown, title_of};
use crate::check::cited::in_words;
use crate::draft::lines_in;
use crate::finding::Severity;

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    imprecise(case, found);
    let orders = orders(case);
    if orders.is_empty() && !found.findings.iter().any(|(_, it)| it.check == 18) {
        found.not_applicable(&[18, 19], "dự thảo không sửa đổi, thay thế, bãi bỏ văn bản khác");
        return;
    }
    for order in &orders {
        target(case, order, found);
    }
    share(case, &orders, found);
}

/// An order to change a place of another document.
struct Order<'a> {
    span: Range<usize>,
    /// Its number, whether the library has it or not.
    number: String,
    document: Option<&'a Document>,
    place: Place,
    adds: bool,
}

/// Words that end rules without naming them.
fn imprecise(case: &Case<'_>, found: &mut Found) {
    for unit in case.draft.units() {
        if unit.place.part.is_some() {
            continue;
        }
        for (line, words) in lines_in(case.draft.clean(), unit.span.clone()) {
            if case.draft.is_quoted(line.start) {
                continue;
            }
            let lower = words.to_lowercase();
            let ends = ["hết hiệu lực", "thay thế", "bãi bỏ", "không còn hiệu lực", "hủy bỏ"]
                .iter()
                .any(|verb| lower.contains(verb));
            let vague = [
                "các nghị quyết trước đây",
                "các quyết định trước đây",
                "các văn bản trước đây",
                "các quy định trước đây",
                "những quy định trước đây",
                "mọi quy định trước đây",
                "các văn bản khác",
                "những quy định khác",
                "các quy định khác",
                "quy định trước đây trái",
                "những quy định trái",
                "các quy định trái",
                "các văn bản trái",
                "văn bản trước đây",
            ]
            .iter()
            .find(|cue| lower.contains(*cue));
            let named = !law::numbers(words).is_empty();
            // "Các nội dung khác của Nghị quyết số … tiếp tục có hiệu lực" ends nothing.
            if ends
                && !named
                && vague.is_some()
                && !["tiếp tục", "được dẫn chiếu", "viện dẫn"].iter().any(|it| lower.contains(it))
            {
                case.find(18, "imprecise", line).put(found);
            }
        }
    }
}

/// What the draft orders, with the words that order it.
fn orders<'a>(case: &Case<'a>) -> Vec<Order<'a>> {
    let mut found: Vec<Order<'a>> = Vec::new();
    let verbs = ["sửa đổi", "bổ sung", "bãi bỏ", "thay thế", "hủy bỏ", "đính chính"];
    // Amending articles name their document once, in heading, lead-in or title.
    let title = case.draft.head.title.clone();
    let of_title = title.clone().filter(|span| {
        let lower = case.draft.words(span).to_lowercase();
        verbs.iter().any(|verb| lower.starts_with(verb))
    });
    let of_title =
        of_title.and_then(|span| case.mentions(span).into_iter().find_map(|it| it.document));
    for piece in case.draft.articles_of(None) {
        let heading = case.draft.words(&piece.line).to_lowercase();
        let in_heading = case
            .mentions(piece.line.clone())
            .into_iter()
            .filter(|it| !it.number.is_empty())
            .find_map(|it| it.document);
        let own = verbs.iter().any(|verb| heading.contains(verb));
        let mut above = in_heading.filter(|_| own).or(of_title.filter(|_| own));
        for (line, words) in lines_in(case.draft.clean(), piece.body.clone()) {
            if case.draft.is_quoted(line.start) {
                continue;
            }
            if case.draft.recipients.as_ref().is_some_and(|it| it.contains(&line.start)) {
                break;
            }
            let lower = words.to_lowercase();
            if lower.len() != words.len() {
                continue;
            }
            let start = lower.trim_start_matches(|c: char| !c.is_alphabetic() || c == ')');
            let start = start
                .split_once(") ")
                .filter(|(label, _)| label.chars().count() <= 2)
                .map_or(start, |(_, rest)| rest);
            let orders = verbs.iter().any(|verb| start.starts_with(verb))
                || [" này thay thế", " này bãi bỏ", " này sửa đổi", "này hủy bỏ"]
                    .iter()
                    .any(|cue| lower.contains(cue));
            let ends = lower.contains("hết hiệu lực");
            if !orders && !ends {
                continue;
            }
            let cut = lower.find("như sau").unwrap_or(words.len()).min(words.len());
            let mut mentions = case.mentions(line.start..line.start + cut);
            // "…, đã được sửa đổi bởi Quyết định số …" tells of the target, and is none.
            if let Some(at) = lower.find("được sửa đổi") {
                mentions.retain(|it| it.span.start < line.start + at);
            }
            if lower.contains("sau khoản")
                || lower.contains("sau điều")
                || lower.contains("sau điểm")
            {
                after(case, &line, words, above, &mut found);
            }
            let named: Vec<&'a Document> = mentions
                .iter()
                .filter(|it| !it.number.is_empty())
                .filter_map(|it| it.document)
                .collect();
            if let Some(document) = named.first() {
                above = Some(document);
            }
            // What follows the first document and ranks higher is in its name.
            let own_rank = case.issuer.rank("");
            let in_name = |number: &str| law::rank(number) < own_rank;
            for (i, mention) in mentions.iter().enumerate() {
                // "Bổ sung hồ sơ theo quy định tại khoản 2 …" changes no provision.
                let between = lower[..mention.span.start - line.start].replace("kèm theo", "");
                if [" theo ", " căn cứ ", " quy định tại "].iter().any(|cue| between.contains(cue))
                {
                    continue;
                }
                if i > 0
                    && !mention.number.is_empty()
                    && in_name(&mention.number)
                    && !in_name(&mentions[0].number)
                {
                    continue;
                }
                let document = match (mention.document, mention.number.is_empty(), &mention.name) {
                    (document, false, _) => document,
                    (None, true, None) if above.is_some() => above,
                    _ => continue,
                };
                let number = document.map_or_else(|| mention.number.clone(), |it| it.id.clone());
                let adds = start.starts_with("bổ sung") && !start.starts_with("bổ sung cụm từ");
                let place = mention.citation.place.clone();
                if place == Place::default() && mention.number.is_empty() {
                    continue;
                }
                found.push(Order {
                    span: line.start..line.start + cut,
                    number,
                    document,
                    place,
                    adds,
                });
            }
        }
    }
    found
}

/// "Bổ sung khoản 6 vào sau khoản 5 Điều 8": what stands before must be there.
fn after<'a>(
    case: &Case<'a>,
    line: &Range<usize>,
    words: &str,
    above: Option<&'a Document>,
    found: &mut Vec<Order<'a>>,
) {
    let lower = words.to_lowercase();
    let Some(at) = lower
        .find("vào sau ")
        .or_else(|| lower.find(" sau khoản"))
        .or_else(|| lower.find(" sau điểm"))
    else {
        return;
    };
    let cut = lower.find("như sau").unwrap_or(words.len()).min(words.len());
    if at >= cut || lower.len() != words.len() {
        return;
    }
    for mention in case.mentions(line.start + at..line.start + cut) {
        if let Some(document) = mention.document.or(above) {
            let place = mention.citation.place;
            let number = document.id.clone();
            let document = Some(document);
            found.push(Order {
                span: line.start..line.start + cut,
                number,
                document,
                place,
                adds: false,
            });
        }
    }
}

fn target(case: &Case<'_>, order: &Order<'_>, found: &mut Found) {
    let Some(document) = order.document else { return gone(case, order, found) };
    let number = document.id.split(" [").next().unwrap_or(&document.id).to_owned();
    let at = Citation { document: document.id.clone(), place: order.place.clone() };
    let span = quoted_span(case, order);
    let standing = case.library.standing(&at, case.day);
    let whole = document.standing(&Place::default(), case.day);
    let ended = standing.status == Status::Ended || whole.status == Status::Ended;
    // What the draft itself ends on its first day is not "already ended".
    let before = standing.to.or(whole.to).is_none_or(|to| to <= case.signed || to <= case.day);
    let own = law::canonical(&case.identity.number);
    let by_draft =
        [&standing.by, &whole.by].iter().any(|by| by.as_ref().is_some_and(|by| by.document == own));
    if by_draft {
        return;
    }
    if ended && before {
        let by = standing
            .closed
            .as_ref()
            .or(standing.opened.as_ref())
            .map(|act| act.by.clone())
            .or(standing.by.clone())
            .or(whole.by.clone());
        let proof = by
            .as_ref()
            .and_then(|by| case.evidence(by).or_else(|| case.saying(&by.document, &[&number])));
        let to = standing.to.or(whole.to).map_or_else(|| "trước đó".to_owned(), shown);
        let new = case
            .find(18, "ended", span)
            .value("number", &number)
            .value("place", in_words(&order.place));
        let by = by.map(|by| by.to_string()).unwrap_or_default();
        new.value("to", to).value("by", by).against(proof).put(found);
        return;
    }
    if other_issuer(case, document) {
        let new = case
            .find(18, "other_issuer", span)
            .value("number", &number)
            .value("issuer", &document.issuer);
        new.against(title_of(case, document)).put(found);
        return;
    }
    let Some(label) = order.place.article.as_deref().filter(|_| order.place.part.is_none()) else {
        return;
    };
    if document.articles.is_empty() {
        return;
    }
    let missing = |found: &mut Found, what: String, near: Option<Citation>| {
        let new =
            case.find(18, "missing", span.clone()).value("number", &number).value("place", what);
        new.against(near.and_then(|at| case.evidence(&at))).put(found);
    };
    let Some(article) = document.article(&order.place.to_article()) else {
        if !order.adds && document.articles.iter().filter(|it| it.place.part.is_none()).count() > 1
        {
            missing(found, format!("Điều {label}"), None);
        }
        return;
    };
    let whole = Citation { document: document.id.clone(), place: order.place.to_article() };
    let Some(clause) = order.place.clause.as_deref() else { return };
    let there = article.clauses.iter().find(|it| it.number == clause);
    match (there, order.place.point.as_deref()) {
        (None, _) if !(order.adds && order.place.point.is_none()) => {
            missing(found, in_words(&Place { point: None, ..order.place.clone() }), Some(whole));
        }
        (Some(there), Some(point))
            if !order.adds && !there.points.iter().any(|it| it.letter == point) =>
        {
            let clause_at = Citation {
                document: document.id.clone(),
                place: Place { point: None, ..order.place.clone() },
            };
            missing(found, in_words(&order.place), Some(clause_at));
        }
        // A clause that is added must not be there, and must follow the last.
        (None, None) if order.adds => {
            let last =
                article.clauses.last().and_then(|it| it.number.parse::<u32>().ok()).unwrap_or(0);
            if let Ok(number) = clause.parse::<u32>()
                && number > last + 1
            {
                missing(found, format!("khoản {} Điều {label}", number - 1), Some(whole));
            }
        }
        _ => {}
    }
}

/// The words of an order without the number of their clause.
fn quoted_span(case: &Case<'_>, order: &Order<'_>) -> Range<usize> {
    let words = case.draft.words(&order.span);
    let numbered = words.starts_with(|c: char| c.is_ascii_digit());
    let skip = words.find(|c: char| c.is_alphabetic()).filter(|_| numbered).unwrap_or(0);
    order.span.start + skip..order.span.end
}

/// A document that the library does not hold, but another has ended.
fn gone(case: &Case<'_>, order: &Order<'_>, found: &mut Found) {
    let Some(act) = case.known.ended(&order.number, case.day) else { return };
    if law::canonical(&case.identity.number) == act.by.document {
        return;
    }
    let proof = case.saying(&act.by.document, &[&order.number]);
    let to = act.from.map_or_else(|| "trước đó".to_owned(), shown);
    let new = case.find(18, "ended", quoted_span(case, order)).value("number", &order.number);
    let place = if order.place == Place::default() {
        "Toàn bộ nội dung".to_owned()
    } else {
        in_words(&order.place)
    };
    new.value("place", place).value("to", to).value("by", &act.by).against(proof).put(found);
}

/// Whether another body issued it: it is for that body to change it.
fn other_issuer(case: &Case<'_>, document: &Document) -> bool {
    let number = &document.id;
    let there_council = number.contains("HĐND");
    let there_committee = number.contains("UBND") || number.ends_with("QĐ-UB");
    match case.issuer.is_local() {
        // Councils may end what their own committee issued (Luật 72/2025/QH15), not the other way round.
        true if there_council => !case.issuer.council && !case.issuer.name.is_empty(),
        true => !there_committee && law::rank(number) < 10 && !case.issuer.name.is_empty(),
        false => false,
    }
}

/// More than half of the articles amended.
fn share(case: &Case<'_>, orders: &[Order<'_>], found: &mut Found) {
    let mut touched: BTreeMap<&str, (BTreeSet<&str>, &Order<'_>)> = BTreeMap::new();
    for order in orders {
        if let Some(article) = order.place.article.as_deref() {
            touched
                .entry(&order.number)
                .or_insert_with(|| (BTreeSet::new(), order))
                .0
                .insert(article);
        }
    }
    for (number, (articles, order)) in touched {
        let Some(document) = order.document else { continue };
        let all = document
            .articles
            .iter()
            .filter(|it| it.place.part.is_none() && it.place.article.as_deref() != Some("0"))
            .count();
        if all >= 6 && 2 * articles.len() > all {
            let new = case.find(19, "half", order.span.clone()).value("number", number);
            new.value("changed", articles.len()).value("all", all).severity(Severity::C).put(found);
        }
    }
}
