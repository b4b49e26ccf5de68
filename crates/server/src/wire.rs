//! Domain values as JSON. Names and shapes are fixed by the contract with other programs.

use answer::{Answer, Event, Said};
use chat::Given;
use futures::Stream;
use jiff::civil::Date;
use law::{Citation, Library, Places};
use search::{Hit, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::now;

/// A hit: an article (điều) or procedure, with the clause that fits best.
pub(crate) fn hit(library: &Library, hit: &Hit, on: Date) -> Value {
    let at = hit.clause.as_ref().unwrap_or(&hit.citation);
    let standing = library.standing(at, on);
    let title = title(library, &hit.citation);
    let (code, status) = match hit.kind {
        Kind::Procedure => (Some(&at.document), law::Status::InForce),
        Kind::Provision => (None, standing.status),
    };
    json!({
        "citation": at, "doc": at.document, "article": at.place.article, "clause": at.place.clause,
        "point": at.place.point, "code": code, "kind": hit.kind, "title": title,
        "score": round(hit.score), "status": status, "from": standing.from, "to": standing.to,
        "ranks": {"dense": hit.ranks.dense, "articles": hit.ranks.articles, "clauses": hit.ranks.clauses, "named": hit.ranks.named},
        "signals": {"dense": round(hit.signals.dense), "articles": round(hit.signals.articles), "clauses": round(hit.signals.clauses)},
    })
}

/// Four decimals.
fn round(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

/// What a provision or procedure is called.
pub(crate) fn title(library: &Library, at: &Citation) -> String {
    if let Some(procedure) = library.procedure(&at.document) {
        return procedure.name.clone();
    }
    match library.article(at) {
        Some((document, article)) if article.heading.is_empty() => document.title.clone(),
        Some((document, article)) => format!("{} — {}", article.heading, document.title),
        None => library
            .document(&at.document)
            .map_or_else(String::new, |document| document.title.clone()),
    }
}

/// The communes, wards or the district that a text names, and what they are now; `None` if it names none.
pub(crate) fn places(places: &Places, text: &str) -> Option<Value> {
    let asked = places.asked(text);
    let list: Vec<Value> = asked
        .iter()
        .map(|one| {
            let former = one.former.iter().map(|(former, units)| {
                json!({"was": former.was, "district": former.district, "now": units,
                    "sure": units.len() == 1 && one.former.len() == 1 && one.now.is_none()})
            });
            json!({"name": &text[one.span.clone()], "now": one.now, "former": former.collect::<Vec<_>>(), "elsewhere": one.elsewhere})
        })
        .collect();
    if !list.is_empty() {
        return Some(json!({"places": list}));
    }
    places.district(text).map(|it| json!({"district": it.name, "now": it.units}))
}

/// One message of a conversation.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Turn {
    role: Role,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    User,
    Assistant,
}

impl Turn {
    pub(crate) fn said(self) -> Said {
        Said { by_assistant: self.role == Role::Assistant, text: self.text }
    }
}

/// An answer that took no work.
pub(crate) fn at_once(answer: Answer) -> Given {
    Given::at_once(answer, now())
}

/// Reads a stream to its end.
pub(crate) async fn collect(
    events: impl Stream<Item = answer::Result<Event>>,
    each: impl FnMut(&Event),
) -> answer::Result<Given> {
    chat::collect(events, each, now).await
}
