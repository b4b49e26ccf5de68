//! The inbox of feedback.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chat::Uuid;
use people::Person;
use web::admin::{self, Row};
use web::house::Note;

use super::super::gate::{Fields, Page, text};
use super::super::problem::Problem;
use super::super::talk::kept;
use super::super::visit::conversations;
use super::noted;
use crate::app::App;

const HERE: &str = "/admin/feedback";
/// Most on a page.
const MOST: i64 = 200;

pub(super) fn routes() -> Router<App> {
    Router::new().route(HERE, get(all)).route("/admin/feedback/{id}", post(settle))
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let open = text(&query, "all").is_empty();
    let chat = conversations(&app)?;
    let failed = |error| kept(error, &app);
    let mut rows = Vec::new();
    noted(&app, &me, "feedback.read", "", "").await?;
    let all = match open {
        true => chat.open_feedbacks(MOST).await,
        false => chat.feedbacks(MOST).await,
    };
    for feedback in all.map_err(failed)? {
        let answer = chat.answer(&feedback.answer).await.map_err(failed)?;
        let mut record = answer.and_then(|it| it.record).map(|it| *it);
        if record.is_none() {
            let (records, id) = (app.records.clone(), feedback.answer);
            record = tokio::task::spawn_blocking(move || records.get(&id))
                .await
                .ok()
                .and_then(|it| it.ok())
                .flatten();
        }
        let question = record.as_ref().map(|it| it.trace.question.clone()).unwrap_or_default();
        let verdict = record
            .map(|it| it.answer["verdict"].as_str().unwrap_or_default().to_owned())
            .unwrap_or_default();
        rows.push(Row { feedback, question, verdict });
    }
    Ok(Page { title: "Góp ý", here: HERE, note: Note::None }
        .run(&me, &admin::feedback(&rows, open, &me)))
}

async fn settle(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let unknown = || Problem::unknown("góp ý này");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let (state, owner, outcome) =
        (text(&fields, "state"), text(&fields, "owner"), text(&fields, "outcome"));
    noted(&app, &me, "feedback.settle", &id.to_string(), state).await?;
    match conversations(&app)?.settle(&id, state, owner, outcome).await {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(chat::Error::Gone) => Err(unknown()),
        Err(error) => Err(kept(error, &app)),
    }
}
