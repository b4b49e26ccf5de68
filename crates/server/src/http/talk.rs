//! Conversations of the widget: a session bound to a site, questions in it, what was said, officers, erasing.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chat::{AT_ONCE, Asked, Channel, Chat, Contact, Live, Mode, Refused, Told, Uuid};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Caller;
use super::ask::unbuffered;
use super::problem::Problem;
use super::visit::{Visit, conversations};
use crate::app::App;
use crate::clock::now;

#[derive(Deserialize)]
pub(crate) struct SessionBody {
    profile: Option<String>,
}

/// Begins an anonymous conversation for a page.
pub(crate) async fn session(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
    body: Result<Json<SessionBody>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(SessionBody { profile }) = body?;
    let profile = profile.unwrap_or_else(|| "citizen".into());
    // Other profiles are for people who sign in.
    if profile != "citizen" {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "profile",
            "Chưa được phép",
            "Khung trò chuyện trên trang chỉ dành cho người dân.",
        ));
    }
    let chat = conversations(&app)?;
    if let Some(Extension(Caller(from))) = from {
        chat.knock(from).map_err(|wait| Problem::rate(&app.prompts, wait))?;
    }
    let origin = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (value, _) = begun(&app, &chat, &profile, origin).await;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(value)).into_response())
}

/// A new conversation as a page is told of it, and its token.
pub(crate) async fn begun(app: &App, chat: &Chat, profile: &str, origin: &str) -> (Value, String) {
    let begun = chat.begin(Channel::Web, "", profile).await;
    let (talk, kept) = match &begun {
        Ok(talk) => (talk.id, true),
        Err(error) => {
            tracing::error!("a conversation goes on without being kept: {error}");
            (Uuid::new_v4(), false)
        }
    };
    let called = match &begun {
        Ok(talk) => chat.desk(talk).await.ok(),
        Err(_) => None,
    };
    let config = &app.setup.config;
    let seconds = i64::from(config.widget.session_hours) * 3600;
    let until = now().as_second() + seconds;
    let visit = web::Visit { talk, profile: profile.into(), origin: origin.into(), until, kept };
    let token = chat.sign(&visit.payload());
    let suggestions = app.prompts.say("widget_suggestions", &[]);
    let suggestions: Vec<&str> = suggestions.split('|').map(str::trim).collect();
    let value = json!({
        "conversation": talk, "token": token, "expires_in": seconds, "kept": kept,
        "keep_days": config.chat.keep_days, "complaints": config.widget.complaints,
        "phone": config.handoff.phone, "handoff": called, "suggestions": suggestions,
        "limit": config.answer.characters,
    });
    (value, token)
}

/// The last event that a page has seen of an answer.
pub(crate) fn last_seen(headers: &HeaderMap) -> &str {
    headers.get("last-event-id").and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// A question in a conversation, as a stream or as one document.
pub(crate) async fn ask(
    app: &App,
    visit: &Visit,
    asked: Asked,
    streams: bool,
    after: &str,
) -> Result<Response, Problem> {
    let live = begin(app, visit, asked).await?;
    if !streams {
        return match live.last().await {
            Some(Told { name: "done", data, .. }) => Ok(Json(data).into_response()),
            last => Err(trouble(last, app)),
        };
    }
    let mut events = Box::pin(live.events(live.seen(after)));
    let mut early = Vec::new();
    let until = tokio::time::Instant::now() + AT_ONCE;
    while let Ok(Some(told)) = tokio::time::timeout_at(until, events.next()).await {
        if told.name == "error" && told.data["status"].is_u64() {
            return Err(trouble(Some(told), app));
        }
        let working = told.name == "working";
        early.push(told);
        if !working {
            break;
        }
    }
    let events = futures::stream::iter(early).chain(events).map(move |told| {
        let event = SseEvent::default().event(told.name).id(live.name(&told));
        Ok::<_, Infallible>(event.data(told.data.to_string()))
    });
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    let mut response = sse.into_response();
    unbuffered(&mut response);
    Ok(response)
}

/// Takes a question into the conversation of a page.
pub(crate) async fn begin(app: &App, visit: &Visit, asked: Asked) -> Result<Live, Problem> {
    taken(app, &visit.chat, asked).await
}

/// Takes a question into a conversation.
pub(crate) async fn taken(app: &App, chat: &Chat, asked: Asked) -> Result<Live, Problem> {
    let named = |it: &String| {
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
        (1..=128).contains(&it.len()) && it.bytes().all(fine)
    };
    if !asked.client.as_ref().is_none_or(named) {
        return Err(Problem::bad(
            "client_msg_id gồm 1 đến 128 chữ cái không dấu, chữ số, dấu - _ . :",
        ));
    }
    let limit = app.setup.config.answer.characters;
    // Composed, as it is shown: typed letters may come in parts.
    let characters = viet::clean(&asked.text).chars().count();
    if characters > limit {
        return Err(Problem::of(&answer::Error::TooLong { characters, limit }, &app.prompts));
    }
    if asked.text.trim().is_empty() {
        return Err(Problem::of(&answer::Error::Empty, &app.prompts));
    }
    let permit = Arc::clone(&app.streams).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::many(&app.prompts, None))?;
    chat.ask(asked, permit).await.map_err(|why| match why {
        Refused::Gone => gone(app),
        Refused::Loading => Problem::loading(&app.prompts),
        Refused::Away => Problem::busy(app.prompts.say("chat_away", &[])),
        Refused::Running => Problem::running(&app.prompts),
        Refused::TooOften(wait) => Problem::rate(&app.prompts, wait),
    })
}

fn gone(app: &App) -> Problem {
    let detail = app.prompts.say("session_erased", &[]);
    Problem::new(StatusCode::GONE, "erased", "Cuộc trò chuyện không còn", detail)
}

/// What an answer that failed is as a problem.
pub(super) fn trouble(last: Option<Told>, app: &App) -> Problem {
    let data = last.map(|told| told.data).unwrap_or_default();
    let status = data["status"].as_u64().and_then(|it| u16::try_from(it).ok());
    let detail = data["detail"].as_str().map(str::to_owned);
    let detail = detail.unwrap_or_else(|| app.prompts.say("failed", &[]));
    let seconds = data["retry_after"].as_u64().and_then(|it| u32::try_from(it).ok());
    match (status, data["kind"].as_str()) {
        (_, Some("overloaded")) => Problem::many(&app.prompts, seconds),
        (status, _) => Problem::told(status.unwrap_or(503), detail, seconds),
    }
}

/// An error of the store as a problem; who it is about is not told.
pub(super) fn kept(error: chat::Error, app: &App) -> Problem {
    match error {
        chat::Error::Gone => gone(app),
        chat::Error::Changed => Problem::new(
            StatusCode::CONFLICT,
            "changed",
            "Đã thay đổi",
            "Cuộc trò chuyện vừa được chuyển. Hãy tải lại.",
        ),
        error => {
            tracing::error!("conversations: {error}");
            let detail = app.prompts.say("chat_away", &[]);
            Problem::busy(detail)
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Since {
    #[serde(default)]
    after: i64,
}

/// What was said after a message, and who speaks now.
pub(crate) async fn conversation(
    State(app): State<App>,
    headers: HeaderMap,
    since: Result<UrlQuery<Since>, QueryRejection>,
) -> Result<Response, Problem> {
    let UrlQuery(Since { after }) = since?;
    let visit = Visit::read(&app, &headers)?;
    let failed = |error| kept(error, &app);
    let talk = visit.chat.talk(&visit.talk).await.map_err(failed)?;
    let messages = visit.chat.messages(&visit.talk, after).await.map_err(failed)?;
    let handoff = match talk.mode {
        Mode::Bot => None,
        Mode::Waiting | Mode::Human => Some(visit.chat.desk(&talk).await.map_err(failed)?),
    };
    let value = json!({"conversation": talk.id, "mode": talk.mode, "messages": messages, "handoff": handoff});
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(value)).into_response())
}

/// Everything that is kept of it, as a file.
pub(crate) async fn export(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visit = Visit::read(&app, &headers)?;
    let all = visit.chat.export(&visit.talk).await.map_err(|error| kept(error, &app))?;
    let named = [
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hoi-thoai.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((named, Json(all)).into_response())
}

/// Erases it.
pub(crate) async fn erase(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let visit = Visit::read_late(&app, &headers)?;
    visit.chat.erase(&visit.talk).await.map_err(|error| kept(error, &app))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(crate) struct StopBody {
    /// The question; else whichever is being answered.
    client_msg_id: Option<String>,
}

/// Stops the answer that is being given.
pub(crate) async fn stop(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<StopBody>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(StopBody { client_msg_id }) = body?;
    let visit = Visit::read(&app, &headers)?;
    visit.chat.stop(&visit.talk, client_msg_id.as_deref());
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(crate) struct HandoffBody {
    contact: Option<Contact>,
}

/// Longest name, number or note that is left for an officer.
const LONGEST_CONTACT: usize = 1000;

/// Asks for an officer, and leaves how to reach the person if they want that.
pub(crate) async fn handoff(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<HandoffBody>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(HandoffBody { contact }) = body?;
    let visit = Visit::read(&app, &headers)?;
    let failed = |error| kept(error, &app);
    let talk = visit.chat.talk(&visit.talk).await.map_err(failed)?;
    if let Some(contact) = &contact {
        let long = [&contact.name, &contact.reach, &contact.note]
            .iter()
            .any(|it| it.chars().count() > LONGEST_CONTACT);
        if long || contact.reach.trim().is_empty() {
            return Err(Problem::bad(app.prompts.say("contact_wrong", &[])));
        }
        let called = visit.chat.desk(&talk).await.map_err(failed)?;
        if !called.desk {
            let phone = [("phone", called.phone.as_str())];
            return Err(Problem::bad(app.prompts.say("contact_nobody", &phone)));
        }
    }
    let called = visit.chat.call(&talk).await.map_err(failed)?;
    if called.open {
        // The person has turned away from an answer that is still being made.
        visit.chat.stop(&visit.talk, None);
    }
    if let Some(contact) = contact {
        visit.chat.leave_contact(&visit.talk, contact).await.map_err(failed)?;
    }
    let mode = visit.chat.talk(&visit.talk).await.map_err(failed)?.mode;
    Ok(Json(json!({"mode": mode, "handoff": called})))
}

/// Goes back from the officer to the assistant.
pub(crate) async fn back(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let visit = Visit::read(&app, &headers)?;
    let failed = |error| kept(error, &app);
    let talk = visit.chat.talk(&visit.talk).await.map_err(failed)?;
    visit.chat.back_to_bot(&talk).await.map_err(failed)?;
    Ok(Json(json!({"mode": Mode::Bot})))
}
