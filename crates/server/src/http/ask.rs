//! Asking: as a stream of events, or as one document.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use answer::{Assistant, Event, Question};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chat::{Asked, Given, Stopwatch};
use futures::{Stream, StreamExt};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::address::Caller;
use super::problem::Problem;
use super::talk;
use super::visit::Visit;
use crate::app::App;
use crate::clock::{now, today};
use crate::wire::{self, Turn};

#[derive(Deserialize)]
pub(crate) struct AskBody {
    question: String,
    profile: Option<String>,
    on: Option<Date>,
    #[serde(default)]
    history: Vec<Turn>,
    /// Of the widget; then a token is needed, and what was said before is known.
    conversation: Option<String>,
    client_msg_id: Option<String>,
}

pub(crate) async fn ask(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
    body: Result<Json<AskBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    let streams = accepts_events(&headers);
    if body.conversation.is_some() || headers.contains_key(header::AUTHORIZATION) {
        let visit = Visit::read(&app, &headers)?;
        visit.check(body.conversation.as_deref(), body.profile.as_deref())?;
        let asked = Asked {
            talk: visit.talk,
            profile: visit.profile.clone(),
            client: body.client_msg_id,
            text: body.question,
            on: body.on,
            from: from.map(|Extension(from)| from.0),
            generate: true,
            kept: visit.kept,
            strict: false,
        };
        return talk::ask(&app, &visit, asked, streams, talk::last_seen(&headers)).await;
    }
    let assistant = super::caller(&app, body.profile.as_deref())?;
    let question = Question {
        text: body.question,
        on: body.on,
        today: today(),
        generate: true,
        history: body.history.into_iter().map(Turn::said).collect(),
    };
    if !streams {
        let limit = Duration::from_secs(app.setup.config.serve.timeout_s);
        let answer = tokio::time::timeout(limit, wire::collect(assistant.ask(question), |_| {}))
            .await
            .map_err(|_| Problem::many(&app.prompts, Some(30)))?
            .map_err(|error| Problem::of(&error, &app.prompts))?;
        drop(app.keep(&answer, true));
        return Ok(Json(json!(answer)).into_response());
    }
    first_or_problem(app, assistant, question).await
}

#[derive(Deserialize)]
pub(crate) struct DraftBody {
    request: String,
    profile: Option<String>,
}

/// The Word file of a draft.
pub(super) const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// A draft of an administrative document as a Word file.
pub(crate) async fn draft(
    State(app): State<App>,
    body: Result<Json<DraftBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(body) = body?;
    let assistant = super::caller(&app, Some(body.profile.as_deref().unwrap_or("staff")))?;
    let limit = app.setup.config.answer.characters;
    if body.request.chars().count() > limit {
        let long = answer::Error::TooLong { characters: limit + 1, limit };
        return Err(Problem::of(&long, &app.prompts));
    }
    let failed = |error: String| Problem::of(&infer::Error::Failed(error).into(), &app.prompts);
    let written = tokio::task::spawn_blocking(move || Some(assistant.draft(&body.request)?.docx()));
    let file = written.await.map_err(|error| failed(error.to_string()))?;
    let none = || Problem::bad(app.prompts.say("draft_none", &[]));
    let file = file.ok_or_else(none)?.map_err(failed)?;
    let named = "attachment; filename=\"du-thao.docx\"";
    let headers = [(header::CONTENT_TYPE, DOCX), (header::CONTENT_DISPOSITION, named)];
    Ok((headers, file).into_response())
}

/// How long an answer may fail with a status of its own before the stream begins: a full queue or a
/// question that is refused is known at once.
const AT_ONCE: Duration = Duration::from_millis(100);

/// An error that is known at once is a plain problem with its own status; afterwards the stream, which
/// begins with `working`, carries an `error` event.
async fn first_or_problem(
    app: App,
    assistant: Assistant,
    question: Question,
) -> Result<Response, Problem> {
    // The limit on requests ends with the response's head, the work does not.
    let permit = Arc::clone(&app.streams)
        .try_acquire_owned()
        .map_err(|_| Problem::many(&app.prompts, None))?;
    let mut watch = Stopwatch::start();
    let mut events = Box::pin(assistant.ask(question));
    let mut early = Vec::new();
    let until = tokio::time::Instant::now() + AT_ONCE;
    while let Ok(Some(event)) = tokio::time::timeout_at(until, events.next()).await {
        let event = event.map_err(|error| Problem::of(&error, &app.prompts))?;
        watch.see(&event);
        let working = matches!(event, Event::Working { .. });
        early.push(Ok(event));
        if !working {
            break;
        }
    }
    let events = futures::stream::iter(early).chain(events);
    let limit = Duration::from_secs(app.setup.config.serve.timeout_s);
    let sse = Sse::new(to_sse(app, events, watch, limit, permit))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    let mut response = sse.into_response();
    unbuffered(&mut response);
    Ok(response)
}

/// Whether a caller wants a stream of events.
fn accepts_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/event-stream"))
}

/// Headers that let a stream through proxies as it comes.
pub(super) fn unbuffered(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
}

fn to_sse(
    app: App,
    events: impl Stream<Item = answer::Result<Event>> + Send + 'static,
    mut watch: Stopwatch,
    limit: Duration,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<SseEvent, Infallible>> + Send {
    let mut n = 0;
    let late = || answer::Error::Model(infer::Error::Failed("the answer took too long".into()));
    // Whatever comes first, the end or the limit, is the last event.
    let end = futures::stream::once(tokio::time::sleep(limit)).map(move |()| Err(late()));
    let events = Box::pin(futures::stream::select(events, end));
    let events = futures::stream::unfold((events, false), |(mut events, over)| async move {
        let event = if over { None } else { events.next().await }?;
        let over = matches!(event, Ok(Event::Done(_)) | Err(_));
        Some((event, (events, over)))
    });
    events.map(move |event| {
        let _held = &permit;
        n += 1;
        let (name, data) = match event {
            Ok(event) => {
                watch.see(&event);
                let (name, data, done) = to_wire(event, &watch);
                if let Some(done) = done {
                    drop(app.keep(&done, true));
                }
                (name, data)
            }
            Err(error) => ("error", json!({"detail": Problem::of(&error, &app.prompts).detail()})),
        };
        Ok(SseEvent::default().event(name).id(n.to_string()).data(data.to_string()))
    })
}

fn to_wire(event: Event, watch: &Stopwatch) -> (&'static str, Value, Option<Given>) {
    match event {
        Event::Done(answer) => {
            let done = watch.finish(*answer, now());
            ("done", json!(done), Some(done))
        }
        event => {
            let (name, data) = chat::told(&event);
            (name, data, None)
        }
    }
}
