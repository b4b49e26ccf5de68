//! Pages and scripts for browsers.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Form};
use chat::{Asked, Told, Uuid};
use serde::Deserialize;
use web::assets::{self, Asset};
use web::form::{self, Shown};

use super::address::Caller;
use super::problem::Problem;
use super::talk;
use super::visit::Visit;
use crate::app::App;

/// A page or style of this server: asked for anew each time, answered from the cache if it is the same.
pub(crate) fn asset(asset: Asset) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "no-cache")], asset.text)
}

/// The script that pages of other sites name.
pub(crate) async fn loader() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, assets::WIDGET.kind),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, assets::LOADER.as_str())
}

/// The widget under its name, which changes with it.
pub(crate) async fn widget(Path(name): Path<String>) -> Response {
    if name != *assets::NAME {
        return super::problem::not_found().await.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, assets::WIDGET.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, assets::WIDGET.text).into_response()
}

/// The widget in a page of its own, for frames of the listed sites.
pub(crate) async fn frame(State(app): State<App>) -> Response {
    let mut response = asset(assets::FRAME).into_response();
    let policy = super::policy(&app.origins.ancestors());
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[derive(Deserialize, Default)]
pub(crate) struct Asking {
    #[serde(default)]
    question: String,
    #[serde(default)]
    token: String,
}

/// The empty form.
pub(crate) async fn form(State(app): State<App>) -> Html<String> {
    Html(shown(&app, &Shown::default()))
}

/// A question by form, its answer on a page: for browsers without script.
pub(crate) async fn form_asked(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
    asked: Result<Form<Asking>, axum::extract::rejection::FormRejection>,
) -> Response {
    let Form(Asking { question, token }) = match asked {
        Ok(asked) => asked,
        Err(error) => {
            let trouble = Problem::bad(error.body_text()).detail().to_owned();
            let page = Html(shown(&app, &Shown { trouble, ..Shown::default() }));
            return (StatusCode::UNPROCESSABLE_ENTITY, page).into_response();
        }
    };
    let from = from.map(|Extension(Caller(from))| from);
    let origin = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok());
    match by_form(&app, &question, &token, origin, from).await {
        Ok((answer, token)) => {
            let page = Shown { question, answer: Some(answer), token, ..Shown::default() };
            ([(header::CACHE_CONTROL, "no-store")], Html(shown(&app, &page))).into_response()
        }
        Err(problem) => {
            let trouble = problem.detail().to_owned();
            let page = Html(shown(&app, &Shown { question, trouble, token, answer: None }));
            let mut response = problem.into_response();
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = page.0.into();
            response
        }
    }
}

async fn by_form(
    app: &App,
    question: &str,
    token: &str,
    origin: Option<&str>,
    from: Option<std::net::IpAddr>,
) -> Result<(serde_json::Value, String), Problem> {
    // "null" is what a form without referrer sends.
    let origin = origin.filter(|it| *it != "null");
    let (visit, token) = match Visit::of(app, token, None) {
        Ok(visit) => (visit, token.to_owned()),
        // A token that is missing or old begins a new conversation.
        Err(_) => {
            let chat = super::visit::conversations(app)?;
            if let Some(from) = from {
                chat.knock(from).map_err(|wait| Problem::rate(&app.prompts, wait))?;
            }
            let (_, token) = talk::begun(app, &chat, "citizen", origin.unwrap_or_default()).await;
            (Visit::of(app, &token, None)?, token)
        }
    };
    let asked = Asked {
        talk: visit.talk,
        profile: visit.profile.clone(),
        client: Some(Uuid::new_v4().to_string()),
        text: question.to_owned(),
        on: None,
        from,
        generate: true,
        kept: visit.kept,
        strict: false,
    };
    match talk::begin(app, &visit, asked).await?.last().await {
        Some(Told { name: "done", data, .. }) => Ok((data, token)),
        last => Err(talk::trouble(last, app)),
    }
}

fn shown(app: &App, shown: &Shown) -> String {
    let days = app.setup.config.chat.keep_days.to_string();
    let complaints = &app.setup.config.widget.complaints;
    let values = [("days", days.as_str()), ("complaints", complaints)];
    form::page(shown, &|key| app.prompts.say(key, &values))
}
