//! An answer as it was given: with its name, its times, and the events that told it.

use std::pin::pin;
use std::time::{Duration, Instant};

use answer::{Answer, Event};
use futures::{Stream, StreamExt};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::records::{Record, Records};

/// The whole answer, with its name and its times in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Given {
    /// By which it is rated, reported and replayed.
    pub answer_id: Uuid,
    /// The answer itself.
    #[serde(flatten)]
    pub answer: Answer,
    /// Until there was something to read.
    pub first_ms: f64,
    /// Until it was whole.
    pub total_ms: f64,
}

impl Given {
    /// An answer that took no work.
    pub fn at_once(answer: Answer, now: Timestamp) -> Given {
        Stopwatch::start().finish(answer, now)
    }

    /// What is kept of it. `called`: over HTTP.
    pub fn record(&self, called: bool, now: Timestamp) -> Record {
        Record {
            id: self.answer_id,
            at: now,
            trace: self.answer.trace.clone(),
            answer: json!(self),
            called,
        }
    }
}

/// Measures a stream of events: when the first one came that a person can read, and when all was done.
#[derive(Clone, Debug)]
pub struct Stopwatch {
    began: Instant,
    first: Option<Duration>,
}

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Stopwatch {
        Stopwatch { began: Instant::now(), first: None }
    }

    /// Sees an event go by.
    pub fn see(&mut self, event: &Event) {
        if self.first.is_none() && !matches!(event, Event::Working { .. }) {
            self.first = Some(self.began.elapsed());
        }
    }

    /// The answer with its name and times.
    pub fn finish(&self, answer: Answer, now: Timestamp) -> Given {
        let ms = |duration: Duration| (duration.as_secs_f64() * 1e5).round() / 100.0;
        let total = self.began.elapsed();
        Given {
            answer_id: Records::name(now),
            answer,
            first_ms: ms(self.first.unwrap_or(total)),
            total_ms: ms(total),
        }
    }
}

/// Reads a stream to its end.
///
/// # Errors
/// Those of the stream; and if it ends without an answer.
pub async fn collect(
    events: impl Stream<Item = answer::Result<Event>>,
    mut each: impl FnMut(&Event),
    now: impl Fn() -> Timestamp,
) -> answer::Result<Given> {
    let mut watch = Stopwatch::start();
    let mut events = pin!(events);
    while let Some(event) = events.next().await {
        let event = event?;
        watch.see(&event);
        each(&event);
        if let Event::Done(answer) = event {
            return Ok(watch.finish(*answer, now()));
        }
    }
    Err(answer::Error::ended())
}

/// An event as it is told: names and shapes of the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// From 1 within its answer.
    pub id: u64,
    /// `working`, `card`, `sources`, `text`, `done`, `error`.
    pub name: &'static str,
    /// JSON.
    pub data: Value,
}

/// An event in the words of the contract, other than the last.
pub fn told(event: &Event) -> (&'static str, Value) {
    match event {
        Event::Working { stage, seconds } => {
            ("working", json!({"stage": stage, "seconds": seconds}))
        }
        Event::Card(card) => ("card", json!(card)),
        Event::Sources(sources) => ("sources", json!({"sources": sources})),
        Event::Text(text) => ("text", json!({"text": text})),
        Event::Done(answer) => ("done", json!(answer)),
    }
}
