//! Domain values as JSON. Names and shapes are fixed by the contract with other programs.

use std::pin::pin;
use std::time::{Duration, Instant};

use answer::{Answer, Event, Said};
use chat::{Record, Records, Uuid};
use futures::{Stream, StreamExt};
use jiff::civil::Date;
use law::{Citation, Library, Places};
use search::{Hit, Kind};
use serde::{Deserialize, Serialize};
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

/// The whole answer, with its name and its times in milliseconds.
#[derive(Serialize)]
pub(crate) struct Timed {
    /// By which it is rated, reported and replayed.
    pub(crate) answer_id: Uuid,
    #[serde(flatten)]
    pub(crate) answer: Answer,
    pub(crate) first_ms: f64,
    pub(crate) total_ms: f64,
}

/// An answer that took no work.
pub(crate) fn at_once(answer: Answer) -> Timed {
    Stopwatch::start().finish(answer)
}

impl Timed {
    /// What is kept of it.
    pub(crate) fn record(&self, called: bool) -> Record {
        Record {
            id: self.answer_id,
            at: now(),
            trace: self.answer.trace.clone(),
            answer: json!(self),
            called,
        }
    }
}

/// Measures a stream of events: when the first one came that a person can read, and when all was done.
pub(crate) struct Stopwatch {
    began: Instant,
    first: Option<Duration>,
}

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch { began: Instant::now(), first: None }
    }

    pub(crate) fn see(&mut self, event: &Event) {
        if self.first.is_none() && !matches!(event, Event::Working { .. }) {
            self.first = Some(self.began.elapsed());
        }
    }

    pub(crate) fn finish(&self, answer: Answer) -> Timed {
        let ms = |duration: Duration| (duration.as_secs_f64() * 1e5).round() / 100.0;
        let total = self.began.elapsed();
        Timed {
            answer_id: Records::name(now()),
            answer,
            first_ms: ms(self.first.unwrap_or(total)),
            total_ms: ms(total),
        }
    }
}

/// Reads a stream to its end.
pub(crate) async fn collect(
    events: impl Stream<Item = answer::Result<Event>>,
    mut each: impl FnMut(&Event),
) -> answer::Result<Timed> {
    let mut watch = Stopwatch::start();
    let mut events = pin!(events);
    while let Some(event) = events.next().await {
        let event = event?;
        watch.see(&event);
        each(&event);
        if let Event::Done(answer) = event {
            return Ok(watch.finish(*answer));
        }
    }
    Err(answer::Error::Model(infer::Error::Failed("the answer ended early".into())))
}
