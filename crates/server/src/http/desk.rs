//! The live desk.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chat::{Mode, Talk, Uuid};
use jiff::tz;
use people::Person;
use web::desk::{self, Desk};
use web::house::Note;

use super::gate::{self, Fields, Page, text};
use super::problem::Problem;
use super::talk::kept;
use super::visit::conversations;
use crate::app::App;
use crate::clock::now;

const HERE: &str = "/desk";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/desk", get(all))
        .route("/desk/part", get(part))
        .route("/desk/{id}", get(one))
        .route("/desk/{id}/part", get(one_part))
        .route("/desk/{id}/take", post(take))
        .route("/desk/{id}/say", post(say))
        .route("/desk/{id}/back", post(back))
        .route("/desk/{id}/called", post(called))
}

async fn lists(app: &App) -> Result<(Vec<Talk>, Vec<Talk>), Problem> {
    conversations(app)?.queue().await.map_err(|error| kept(error, app))
}

/// Shows the lists by whichever function.
async fn shown(
    app: &App,
    me: &Person,
    how: fn(&Desk<'_>, &Person) -> maud::Markup,
) -> Result<maud::Markup, Problem> {
    let (waiting, held) = lists(app).await?;
    let chat = conversations(app)?;
    let handoff = &chat.options().handoff;
    let open = handoff.desk && handoff.hours.open_at(tz::offset(7).to_datetime(now()));
    let desk = Desk { waiting: &waiting, held: &held, now: now(), open, hours: &handoff.told };
    Ok(how(&desk, me))
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    let note = match conversations(&app)?.options().handoff.desk {
        true => Note::None,
        false => Note::Wrong(app.prompts.say("desk_closed", &[])),
    };
    let body = shown(&app, &me, desk::desk).await?;
    let mut response = Page { title: "Bàn trực", here: HERE, note }.work(&me, &body);
    *response.status_mut() = axum::http::StatusCode::OK;
    Ok(response)
}

async fn part(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Html<String>, Problem> {
    Ok(Html(shown(&app, &me, desk::lists).await?.into_string()))
}

/// A conversation that is on the desk: no other is read here.
async fn on_desk(app: &App, id: &str) -> Result<Talk, Problem> {
    let unknown = || Problem::unknown("cuộc trò chuyện này trên bàn trực");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let talk = conversations(app)?.talk(&id).await.map_err(|error| kept(error, app))?;
    match talk.mode == Mode::Bot && talk.waiting.is_none() {
        true => Err(unknown()),
        false => Ok(talk),
    }
}

async fn one(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let talk = on_desk(&app, &id).await?;
    if readable(&talk, &me) {
        note(&app, &me, "desk.read", &talk).await?;
    }
    page(&app, &me, &talk, Note::None, "").await
}

/// What a colleague speaks about is theirs.
fn readable(talk: &Talk, me: &Person) -> bool {
    talk.mode != Mode::Human || talk.officer.as_deref() == Some(me.name.as_str())
}

async fn page(
    app: &App,
    me: &Person,
    talk: &Talk,
    note: Note,
    typed: &str,
) -> Result<Response, Problem> {
    let messages = match readable(talk, me) {
        true => {
            conversations(app)?.messages(&talk.id, 0).await.map_err(|error| kept(error, app))?
        }
        false => Vec::new(),
    };
    let canned = app.prompts.say("desk_canned", &[]);
    let canned: Vec<&str> = canned.split('|').map(str::trim).filter(|it| !it.is_empty()).collect();
    let body = desk::talk(talk, &messages, me, now(), &canned, typed);
    Ok(Page { title: "Cuộc trò chuyện", here: HERE, note }.work(me, &body))
}

/// The conversation again, with why nothing was done; what was typed is not lost.
async fn refused(
    app: &App,
    me: &Person,
    talk: &Talk,
    key: &str,
    typed: &str,
) -> Result<Response, Problem> {
    page(app, me, talk, Note::Wrong(app.prompts.say(key, &[])), typed).await
}

async fn one_part(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let talk = on_desk(&app, &id).await?;
    if !readable(&talk, &me) {
        return Ok(Html(String::new()));
    }
    let messages =
        conversations(&app)?.messages(&talk.id, 0).await.map_err(|error| kept(error, &app))?;
    Ok(Html(desk::said(&messages).into_string()))
}

async fn take(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let talk = on_desk(&app, &id).await?;
    note(&app, &me, "desk.take", &talk).await?;
    match conversations(&app)?.take(&talk.id, &me.name).await {
        Ok(_) => Ok(Redirect::to(&format!("/desk/{}", talk.id)).into_response()),
        Err(chat::Error::Changed) => {
            note(&app, &me, "desk.take_failed", &talk).await?;
            let talk = on_desk(&app, &id).await?;
            refused(&app, &me, &talk, "desk_taken", "").await
        }
        Err(error) => Err(kept(error, &app)),
    }
}

async fn say(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let talk = on_desk(&app, &id).await?;
    let words = text(&fields, "text");
    if words.is_empty() {
        return refused(&app, &me, &talk, "desk_empty", words).await;
    }
    note(&app, &me, "desk.say", &talk).await?;
    match conversations(&app)?.officer_says(&talk.id, &me.name, words).await {
        Ok(()) => Ok(Redirect::to(&format!("/desk/{}", talk.id)).into_response()),
        Err(chat::Error::Changed) => refused(&app, &me, &talk, "desk_not_yours", words).await,
        Err(error) => Err(kept(error, &app)),
    }
}

async fn back(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let talk = on_desk(&app, &id).await?;
    let mine = talk.officer.as_deref() == Some(me.name.as_str());
    if !mine {
        return refused(&app, &me, &talk, "desk_not_yours", "").await;
    }
    note(&app, &me, "desk.back", &talk).await?;
    conversations(&app)?.back_to_bot(&talk).await.map_err(|error| kept(error, &app))?;
    Ok(Redirect::to(HERE).into_response())
}

async fn called(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let talk = on_desk(&app, &id).await?;
    if !readable(&talk, &me) {
        return refused(&app, &me, &talk, "desk_not_yours", "").await;
    }
    note(&app, &me, "desk.called", &talk).await?;
    conversations(&app)?.called_back(&talk.id).await.map_err(|error| kept(error, &app))?;
    Ok(Redirect::to(HERE).into_response())
}

async fn note(app: &App, me: &Person, did: &str, talk: &Talk) -> Result<(), Problem> {
    gate::noted(app, me, did, &talk.id.to_string(), "").await
}
