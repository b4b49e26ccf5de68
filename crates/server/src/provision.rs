//! A provision as JSON: its words on a day, its interval with what opened and closed it, what changed
//! until today, its neighbours.

use jiff::civil::Date;
use law::{Act, Citation, Document, Library, Proof, Status};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

/// A provision on a day; `None` when the library does not hold it.
pub(crate) fn shown(library: &Library, at: &Citation, on: Date, today: Date) -> Option<Value> {
    let document = library.document(&at.document)?;
    let standing = library.standing(at, on);
    let mut value = json!({
        "citation": at, "document": about(library, document, on), "status": standing.status,
        "from": standing.from, "to": standing.to, "by": standing.by, "checked": document.checked, "on": on,
        "opened": standing.opened.as_ref().map(act), "closed": standing.closed.as_ref().map(act),
        "words_known": !standing.gap,
    });
    if at.place.article.is_none() && at.place.part.is_none() {
        let article = |article: &law::Article| {
            let cited = document.cite(article);
            let status = library.standing(&cited, on).status;
            json!({"citation": cited, "heading": article.heading, "status": status})
        };
        value["articles"] = json!(document.articles.iter().map(article).collect::<Vec<_>>());
        return Some(value);
    }
    let (_, article) = library.article(at)?;
    let history = library.history(at);
    let then = library.text_on(at, on);
    let latest = library.text_in_context(at);
    // A place that neither that day nor any other has is not held.
    if then.is_none() && latest.is_none() && history.iter().all(|interval| interval.text.is_none())
    {
        return None;
    }
    let (before, after) = library.neighbours(at);
    value["heading"] = json!(article.heading);
    value["above"] = json!(article.above);
    value["note"] = json!(article.note);
    value["related"] = json!(article.related);
    // Words of another day are given under another name, so that nobody takes them for that day's.
    value["text"] = json!(then);
    if then.is_none() {
        let other =
            latest.or_else(|| history.iter().rev().find_map(|interval| interval.text.clone()));
        value["other_text"] = json!(other);
    }
    let now = library.text_on(at, today);
    if let (Some(then), Some(now)) = (&then, &now)
        && then != now
    {
        value["today"] = json!({"on": today, "text": now, "changes": word_diff(then, now)});
    }
    value["history"] = json!(
        history
            .iter()
            .map(|interval| json!({
                "from": interval.from, "to": interval.to, "status": interval.status,
                "opened": interval.opened.as_ref().map(act), "words_known": interval.text.is_some(),
            }))
            .collect::<Vec<_>>()
    );
    let acts = [&standing.opened, &standing.closed];
    let transition: Vec<Citation> =
        acts.into_iter().flatten().flat_map(|act| transition(library, &act.by.document)).collect();
    value["transition"] = json!(transition);
    value["before"] = json!(before);
    value["after"] = json!(after);
    Some(value)
}

/// The same for somebody who may not see some documents: acts, relations and places of those are left out.
pub(crate) fn open_to(value: Value, hides: &dyn Fn(&str) -> bool) -> Value {
    let names = |value: &Value| {
        let at = value.as_str().and_then(|text| text.parse::<Citation>().ok());
        at.is_some_and(|at| hides(&at.document))
    };
    let closed = |value: &Value| {
        names(value) || ["by", "to", "citation"].iter().any(|key| names(&value[*key]))
    };
    match value {
        Value::Array(list) => {
            let open = list.into_iter().filter(|value| !closed(value));
            Value::Array(open.map(|value| open_to(value, hides)).collect())
        }
        Value::Object(fields) => {
            let open = |(key, value)| match closed(&value) {
                true => (key, Value::Null),
                false => (key, open_to(value, hides)),
            };
            Value::Object(fields.into_iter().map(open).collect())
        }
        other => other,
    }
}

fn about(library: &Library, document: &Document, on: Date) -> Value {
    // A text that details a law which no longer holds lives on where it is not contrary (Luật
    // 64/2025/QH15 điều 57 khoản 2), so it is told, not ended.
    let ended: Vec<&Citation> = document
        .relations
        .iter()
        .filter(|relation| relation.kind == law::RelationKind::Guides)
        .map(|relation| &relation.to)
        .filter(|to| library.standing(to, on).status == Status::Ended)
        .collect();
    json!({
        "id": document.id, "kind": document.kind, "title": document.title, "issuer": document.issuer,
        "issued": document.issued, "effective": document.effective, "ended": document.ended,
        "source": document.source, "edition": document.edition, "relations": document.relations,
        "untraced": document.untraced, "details_ended": ended, "topics": document.topics,
        "conflicts": document.conflicts, "doubted": document.doubted,
    })
}

/// An act that opened or closed an interval, with its proof.
fn act(act: &Act) -> Value {
    let proof = match &act.proof {
        Proof::Instruction => json!({"kind": "instruction", "citation": act.by}),
        Proof::Note { document, n, words, .. } => {
            json!({"kind": "note", "document": document, "n": n, "words": words})
        }
        Proof::Remark(words) => json!({"kind": "remark", "words": words}),
    };
    json!({"place": act.place.to_string(), "deed": act.deed, "by": act.by, "proof": proof})
}

/// Transition clauses (điều khoản chuyển tiếp) of an act, which say what becomes of pending cases.
fn transition(library: &Library, act: &str) -> Vec<Citation> {
    let Some(document) = library.document(act) else { return Vec::new() };
    let about = |article: &&law::Article| article.heading.to_lowercase().contains("chuyển tiếp");
    document.articles.iter().filter(about).map(|article| document.cite(article)).collect()
}

/// A provision on two days, the earlier first: standing on each, and pieces from one to the other; no pieces where words
/// of one are not known.
pub(crate) fn between(
    library: &Library,
    at: &Citation,
    one: Date,
    other: Date,
) -> (Vec<(Date, Status)>, Option<Vec<Value>>) {
    let days = [one.min(other), one.max(other)];
    let standing = days.map(|on| (on, library.standing(at, on).status)).to_vec();
    let words = |on: Date| library.text_on(at, on);
    let pieces = words(days[0]).zip(words(days[1])).map(|(first, last)| word_diff(&first, &last));
    (standing, pieces)
}

/// How long two wordings are compared.
const DIFF: std::time::Duration = std::time::Duration::from_millis(200);

/// Pieces of text that are the same, gone or new, by words.
fn word_diff(then: &str, now: &str) -> Vec<Value> {
    // Two annexes of a hundred pages are compared roughly rather than for long.
    let diff = TextDiff::configure().timeout(DIFF).diff_words(then, now);
    let mut pieces: Vec<(&str, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        let tag = match change.tag() {
            ChangeTag::Equal => "same",
            ChangeTag::Delete => "gone",
            ChangeTag::Insert => "new",
        };
        match pieces.last_mut() {
            Some((last, text)) if *last == tag => text.push_str(change.value()),
            _ => pieces.push((tag, change.value().to_owned())),
        }
    }
    pieces.into_iter().map(|(change, text)| json!({"change": change, "text": text})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_closed_document_is_left_out() {
        let value = json!({
            "citation": "1/2020/QH14 điều 2", "by": "9/2024/QH15 điều 1",
            "opened": {"by": "9/2024/QH15 điều 1", "deed": "replaced"},
            "history": [{"from": null, "opened": {"by": "9/2024/QH15 điều 1"}}],
            "document": {"relations": [{"kind": "amended_by", "to": "9/2024/QH15"}, {"kind": "guides", "to": "2/2019/QH14"}]},
            "transition": ["9/2024/QH15 điều 7", "2/2019/QH14 điều 1"],
        });
        let open = open_to(value, &|number| number == "9/2024/QH15");
        assert!(!open.to_string().contains("9/2024"), "{open}");
        assert_eq!(open["transition"], json!(["2/2019/QH14 điều 1"]));
        assert_eq!(open["citation"], "1/2020/QH14 điều 2");
    }

    #[test]
    fn words_that_went_and_came_are_marked() {
        let pieces = word_diff("trong 60 ngày kể từ", "trong 30 ngày kể từ");
        assert_eq!(
            json!(pieces),
            json!([
                {"change": "same", "text": "trong "}, {"change": "gone", "text": "60"},
                {"change": "new", "text": "30"}, {"change": "same", "text": " ngày kể từ"},
            ])
        );
    }
}
