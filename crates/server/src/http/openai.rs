//! The API of OpenAI, so that any chat client can be pointed at Khuê: grounded answers, with their sources in a field of
//! our own (`khue`). Whoever calls has a key: of the environment, with the rights of a profile, or of an account, with those
//! of its owner.

use std::convert::Infallible;
use std::pin::pin;

use answer::{Assistant, Event, Question, Said};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chat::{Given, Stopwatch};
use futures::StreamExt;
use infer::Passage;
use people::{Person, Right};
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Caller;
use super::ask::unbuffered;
use super::visit::bearer;
use crate::app::App;
use crate::clock::{now, today};
use crate::wire;

/// Most texts that are embedded at a time, and most characters of one.
const TEXTS: usize = 64;
const LONGEST: usize = 20_000;

/// An error in the form that clients of that API read.
pub(crate) struct Fault {
    status: StatusCode,
    kind: &'static str,
    message: String,
    retry_after: Option<u32>,
}

impl Fault {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Fault {
        Fault { status, kind, message: message.into(), retry_after: None }
    }

    fn bad(message: impl Into<String>) -> Fault {
        Fault::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    fn of(error: &answer::Error, app: &App) -> Fault {
        let limit = app.setup.config.answer.characters.to_string();
        match error {
            answer::Error::Empty => Fault::bad(app.prompts.say("empty_question", &[])),
            answer::Error::TooLong { .. } => {
                Fault::bad(app.prompts.say("too_long", &[("limit", &limit)]))
            }
            error => {
                let seconds = error.overloaded();
                if seconds.is_none() {
                    tracing::error!(%error, "a question could not be answered");
                }
                let message = app.prompts.say("failed", &[]);
                let fault =
                    Fault::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded_error", message);
                Fault { retry_after: Some(seconds.unwrap_or(60)), ..fault }
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = json!({"error": {"message": self.message, "type": self.kind, "param": null, "code": null}});
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<JsonRejection> for Fault {
    fn from(rejection: JsonRejection) -> Fault {
        Fault::bad(rejection.body_text())
    }
}

/// Whose key it is.
enum Who {
    /// A program's, for a profile.
    Profile(String),
    /// Somebody's who signs in: it has their rights.
    Person(Box<Person>),
}

impl Who {
    /// The name of the model that they are offered.
    fn model(&self) -> String {
        match self {
            Who::Profile(profile) => format!("khue-{profile}"),
            Who::Person(_) => "khue-staff".into(),
        }
    }
}

/// Whose key a caller has; counts the call.
async fn caller(
    app: &App,
    headers: &HeaderMap,
    from: Option<Extension<Caller>>,
) -> Result<Who, Fault> {
    let key = bearer(headers);
    let who = match (app.keys.profile(key), &app.people) {
        (Some(profile), _) => Some(Who::Profile(profile)),
        (None, Some(people)) => {
            let person = people.of_key(key, &super::gate::host(from)).await.map_err(|error| {
                let message = super::gate::away(app, &error).detail().to_owned();
                Fault::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded_error", message)
            })?;
            person.filter(|it| it.may(Right::LookUp)).map(|it| Who::Person(Box::new(it)))
        }
        (None, None) => None,
    };
    let who = who.ok_or_else(|| {
        Fault::new(
            StatusCode::UNAUTHORIZED,
            "authentication_error",
            "Khóa API không đúng hoặc chưa được cấp.",
        )
    })?;
    let busy = |seconds: u64| {
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let told = app.prompts.say("too_often", &[("seconds", &seconds.to_string())]);
        let fault = Fault::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", told);
        Fault { retry_after: Some(seconds), ..fault }
    };
    if let Err(wait) = app.keys.count(key, now().as_second()) {
        return Err(busy(wait));
    }
    if let (Some(chat), Some(Extension(Caller(from)))) = (&app.chat, from) {
        chat.count(from).map_err(|wait| busy(wait.as_secs() + 1))?;
    }
    Ok(who)
}

fn assistant(app: &App, who: &Who) -> Result<Assistant, Fault> {
    let loading = || {
        let message = app.prompts.say("loading", &[]);
        Fault::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded_error", message)
    };
    let corpus = app.corpus().map_err(|_| loading())?;
    let found = match who {
        Who::Profile(profile) => corpus.assistants.get(profile).map(|it| app.steered(it)),
        Who::Person(person) => {
            let groups: Vec<&str> = person.groups.iter().map(String::as_str).collect();
            app.signed(&corpus, &groups)
        }
    };
    found.ok_or_else(loading)
}

/// What can be asked: the assistant of the key's profile, and the embedder.
pub(crate) async fn models(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
) -> Result<Json<Value>, Fault> {
    let who = caller(&app, &headers, from).await?;
    let model = |id: &str| json!({"id": id, "object": "model", "created": 0, "owned_by": "khue"});
    Ok(Json(json!({"object": "list", "data": [model(&who.model()), model(app.embedder.id())]})))
}

#[derive(Deserialize)]
pub(crate) struct ChatBody {
    model: Option<String>,
    messages: Vec<Message>,
    #[serde(default)]
    stream: bool,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: Value,
}

impl Message {
    /// Its words; of several parts those that are text.
    fn text(&self) -> String {
        match &self.content {
            Value::String(text) => text.clone(),
            Value::Array(parts) => {
                let texts = parts.iter().filter_map(|part| part["text"].as_str());
                texts.collect::<Vec<_>>().join("\n")
            }
            _ => String::new(),
        }
    }
}

/// A grounded answer to the last message; what came before is the conversation. Instructions of a client (`system`) are
/// not followed: how Khuê answers is decided where it runs.
pub(crate) async fn chat(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
    body: Result<Json<ChatBody>, JsonRejection>,
) -> Result<Response, Fault> {
    let who = caller(&app, &headers, from).await?;
    let Json(body) = body?;
    let own = who.model();
    let model = body.model.unwrap_or_else(|| own.clone());
    if model != own {
        let message = format!("Không có mô hình {model:?} cho khóa này; dùng {own:?}.");
        return Err(Fault::new(StatusCode::NOT_FOUND, "invalid_request_error", message));
    }
    let talk: Vec<Said> = body
        .messages
        .iter()
        .filter(|it| matches!(it.role.as_str(), "user" | "assistant"))
        .map(|it| Said { by_assistant: it.role == "assistant", text: it.text() })
        .collect();
    let Some((last, before)) = talk.split_last().filter(|(last, _)| !last.by_assistant) else {
        return Err(Fault::bad("Tin cuối cùng phải là của người dùng (role \"user\")."));
    };
    let question = Question {
        text: last.text.clone(),
        on: None,
        today: today(),
        generate: true,
        history: before.to_vec(),
    };
    let assistant = assistant(&app, &who)?;
    if body.stream {
        return Ok(streamed(app, assistant, question, model));
    }
    let limit = std::time::Duration::from_secs(app.setup.config.serve.timeout_s);
    let given = tokio::time::timeout(limit, wire::collect(assistant.ask(question), |_| {})).await;
    let late = || Fault::of(&answer::Error::ended(), &app);
    let given = given.map_err(|_| late())?.map_err(|error| Fault::of(&error, &app))?;
    drop(app.keep(&given, false));
    let message = json!({"role": "assistant", "content": given.answer.text});
    Ok(Json(json!({
        "id": name(&given), "object": "chat.completion", "created": now().as_second(), "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        "khue": given,
    }))
    .into_response())
}

fn name(given: &Given) -> String {
    format!("chatcmpl-{}", given.answer_id)
}

fn streamed(app: App, assistant: Assistant, question: Question, model: String) -> Response {
    let created = now().as_second();
    let id = format!("chatcmpl-{}", chat::Uuid::new_v4());
    let chunk = move |delta: Value, finish: Value, more: Value| {
        let mut chunk = json!({
            "id": id, "object": "chat.completion.chunk", "created": created, "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        });
        if !more.is_null() {
            chunk["khue"] = more;
        }
        SseEvent::default().data(chunk.to_string())
    };
    let limit = std::time::Duration::from_secs(app.setup.config.serve.timeout_s);
    let stream = async_stream::stream! {
        let mut watch = Stopwatch::start();
        let mut events = pin!(assistant.ask(question));
        yield Ok::<_, Infallible>(chunk(json!({"role": "assistant", "content": ""}), Value::Null, Value::Null));
        let until = tokio::time::Instant::now() + limit;
        loop {
            let event = tokio::time::timeout_at(until, events.next()).await;
            let event = match event {
                Ok(Some(Ok(event))) => event,
                Ok(Some(Err(error))) => {
                    let fault = Fault::of(&error, &app);
                    yield Ok(SseEvent::default().data(json!({"error": {"message": fault.message, "type": fault.kind}}).to_string()));
                    break;
                }
                Ok(None) | Err(_) => break,
            };
            watch.see(&event);
            match event {
                Event::Text(text) => yield Ok(chunk(json!({"content": text}), Value::Null, Value::Null)),
                Event::Done(answer) => {
                    let given = watch.finish(*answer, now());
                    drop(app.keep(&given, false));
                    yield Ok(chunk(json!({}), json!("stop"), json!(given)));
                    break;
                }
                Event::Working { .. } | Event::Card(_) | Event::Sources(_) => {}
            }
        }
        yield Ok(SseEvent::default().data("[DONE]"));
    };
    let keep_alive = KeepAlive::new().interval(std::time::Duration::from_secs(15));
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    unbuffered(&mut response);
    response
}

#[derive(Deserialize)]
pub(crate) struct EmbedBody {
    model: Option<String>,
    input: Input,
    #[serde(default)]
    encoding_format: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

/// Vectors of texts, as the corpus's own are made.
pub(crate) async fn embeddings(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
    body: Result<Json<EmbedBody>, JsonRejection>,
) -> Result<Json<Value>, Fault> {
    caller(&app, &headers, from).await?;
    let Json(body) = body?;
    let id = app.embedder.id().to_owned();
    if body.model.is_some_and(|it| it != id) {
        return Err(Fault::new(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            format!("Mô hình véc-tơ ở đây là {id:?}."),
        ));
    }
    let texts = match body.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    let long = texts.iter().any(|text| text.chars().count() > LONGEST || text.trim().is_empty());
    if texts.is_empty() || texts.len() > TEXTS || long {
        let message = format!("Gửi 1 đến {TEXTS} đoạn, mỗi đoạn 1 đến {LONGEST} ký tự.");
        return Err(Fault::bad(message));
    }
    let passages: Vec<Passage> =
        texts.into_iter().map(|text| Passage { title: String::new(), text }).collect();
    let embedded = app.embedder.passages(&passages).await;
    let embedded = embedded.map_err(|error| Fault::of(&error.into(), &app))?;
    // The official clients ask for base64 unless told otherwise.
    let base64 = body.encoding_format.as_deref() == Some("base64");
    let data = embedded.vectors.iter().enumerate().map(|(index, vector)| {
        let embedding = match base64 {
            true => json!(web::assets::base64(vector.iter().flat_map(|it| it.to_le_bytes()))),
            false => json!(vector),
        };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    });
    let data: Vec<Value> = data.collect();
    Ok(Json(json!({
        "object": "list", "data": data, "model": id,
        "usage": {"prompt_tokens": embedded.tokens, "total_tokens": embedded.tokens},
    })))
}
