//! Conversations: read with a reason and a second person's word.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chat::{Talk, Uuid};
use people::Person;
use web::admin::{self, TalkRow};
use web::house::Note;

use super::super::gate::{self, Fields, Page, text};
use super::super::problem::Problem;
use super::super::talk::kept;
use super::super::visit::conversations;
use super::{noted, told};
use crate::app::App;

const HERE: &str = "/admin/talks";
/// Most on a page.
const MOST: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(HERE, get(all))
        .route("/admin/talks/ask", post(ask))
        .route("/admin/talks/permit", post(permit))
        .route("/admin/talks/{id}", get(one))
        .route("/admin/talks/{id}/replay", post(replay))
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    page(&app, &me, Note::None).await
}

fn what(id: &Uuid) -> String {
    format!("talk/{id}")
}

async fn page(app: &App, me: &Person, note: Note) -> Result<Response, Problem> {
    let chat = conversations(app)?;
    let failed = |error| kept(error, app);
    let permits = gate::people(app)?.permits().await.map_err(|error| gate::away(app, &error))?;
    let mut rows = Vec::new();
    for talk in chat.latest_talks(MOST).await.map_err(failed)? {
        let messages = chat.messages(&talk.id, 0).await.map_err(failed)?;
        let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
        for answer in messages.iter().filter_map(|it| it.answer.as_ref()) {
            *verdicts.entry(answer["verdict"].as_str().unwrap_or_default()).or_default() += 1;
        }
        let verdicts = verdicts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        let open = permits
            .iter()
            .any(|it| it.name == me.name && it.what == what(&talk.id) && it.giver.is_some());
        rows.push(TalkRow { messages: messages.len(), talk, verdicts, open });
    }
    Ok(Page { title: "Hội thoại", here: HERE, note }.run(me, &admin::talks(&rows, &permits, me)))
}

async fn ask(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let unknown = || Problem::unknown("cuộc trò chuyện này");
    let id: Uuid = text(&fields, "talk").parse().map_err(|_| unknown())?;
    let reason = text(&fields, "reason");
    if reason.chars().count() < 8 {
        return page(&app, &me, Note::Wrong(app.prompts.say("reason_missing", &[]))).await;
    }
    gate::people(&app)?
        .ask_permit(&me, &what(&id), reason)
        .await
        .map_err(|error| gate::away(&app, &error))?;
    Ok(Redirect::to(HERE).into_response())
}

async fn permit(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    match gate::people(&app)?.give_permit(&me, text(&fields, "id")).await {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => page(&app, &me, Note::Wrong(told(&app, &error))).await,
    }
}

/// A conversation that somebody may read now.
async fn permitted(app: &App, me: &Person, id: &str) -> Result<Talk, Problem> {
    let unknown = || Problem::unknown("cuộc trò chuyện mà anh/chị được phép đọc lúc này");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let may = gate::people(app)?
        .permitted(me, &what(&id))
        .await
        .map_err(|error| gate::away(app, &error))?;
    match may {
        true => conversations(app)?.talk(&id).await.map_err(|error| kept(error, app)),
        false => Err(unknown()),
    }
}

async fn one(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    shown(&app, &me, &id, None).await
}

async fn shown(
    app: &App,
    me: &Person,
    id: &str,
    again: Option<(&str, &[String])>,
) -> Result<Response, Problem> {
    let talk = permitted(app, me, id).await?;
    noted(app, me, "talk.read", id, "").await?;
    let messages =
        conversations(app)?.messages(&talk.id, 0).await.map_err(|error| kept(error, app))?;
    let body = admin::talk(&talk, &messages, again, me);
    Ok(Page { title: "Cuộc trò chuyện", here: HERE, note: Note::None }.run(me, &body))
}

/// Makes an answer again over what serves now; says what is different.
async fn replay(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let talk = permitted(&app, &me, &id).await?;
    let answer = text(&fields, "answer");
    let messages =
        conversations(&app)?.messages(&talk.id, 0).await.map_err(|error| kept(error, &app))?;
    let record =
        messages.iter().find(|it| it.id.to_string() == answer).and_then(|it| it.record.as_deref());
    let record = record.ok_or_else(|| Problem::unknown("câu trả lời này"))?;
    let changes = crate::commands::changes_now(&app, record).await.map_err(|error| {
        tracing::error!("an answer cannot be made again: {error:#}");
        Problem::busy(app.prompts.say("failed", &[]))
    })?;
    shown(&app, &me, &id, Some((answer, &changes))).await
}
