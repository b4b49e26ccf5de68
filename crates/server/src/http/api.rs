//! Finding, reading provisions and procedures, readiness.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use law::Citation;
use search::{Filter, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::app::App;
use crate::clock::today;
use crate::wire;

#[derive(Deserialize)]
pub(crate) struct FindBody {
    question: String,
    profile: Option<String>,
    on: Option<Date>,
    k: Option<usize>,
}

#[derive(Deserialize)]
pub(crate) struct On {
    on: Option<Date>,
}

pub(crate) async fn find(
    State(app): State<App>,
    body: Result<Json<FindBody>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    let corpus = app.corpus().map_err(|_| Problem::busy("Kho văn bản đang được nạp.".into()))?;
    let profile = body.profile.as_deref().unwrap_or("citizen");
    let profile = app
        .setup
        .config
        .profile(profile, crate::app::Setup::open_to(&corpus.manifest, profile))
        .ok_or_else(|| Problem::bad(format!("Không có nhóm người dùng {profile:?}.")))?;
    let limit = profile.characters;
    if body.question.chars().count() > limit {
        return Err(Problem::of(
            &answer::Error::TooLong { characters: limit + 1, limit },
            &app.prompts,
        ));
    }
    if body.question.trim().is_empty() {
        return Err(Problem::of(&answer::Error::Empty, &app.prompts));
    }
    let on = body.on.unwrap_or_else(today);
    let filter = Filter { corpora: profile.corpora, ..Filter::default() };
    let query = Query { text: body.question, filter, limit: body.k.unwrap_or(10).clamp(1, 100) };
    let hits = corpus
        .search
        .find(&query)
        .await
        .map_err(|error| Problem::of(&error.into(), &app.prompts))?;
    let hits: Vec<Value> = hits.iter().map(|hit| wire::hit(&corpus.library, hit, on)).collect();
    Ok(Json(json!({"hits": hits, "corpus": corpus.manifest.id})))
}

pub(crate) async fn provision(
    State(app): State<App>,
    Path(citation): Path<String>,
    UrlQuery(On { on }): UrlQuery<On>,
) -> Result<Json<Value>, Problem> {
    let corpus = app.corpus().map_err(|_| Problem::busy("Kho văn bản đang được nạp.".into()))?;
    let at: Citation = citation.parse().map_err(|_| Problem::unknown(&citation))?;
    let at = Citation { document: law::canonical(&at.document), ..at };
    wire::provision(&corpus.library, &at, on.unwrap_or_else(today))
        .map(Json)
        .ok_or_else(|| Problem::unknown(&citation))
}

pub(crate) async fn procedure(
    State(app): State<App>,
    Path(code): Path<String>,
    UrlQuery(On { on }): UrlQuery<On>,
) -> Result<Json<Value>, Problem> {
    let corpus = app.corpus().map_err(|_| Problem::busy("Kho văn bản đang được nạp.".into()))?;
    let procedure = corpus
        .library
        .procedure(&code)
        .ok_or_else(|| Problem::unknown(&format!("thủ tục {code}")))?;
    Ok(Json(json!(answer::Card::of(procedure, on.unwrap_or_else(today)))))
}

/// Ready once a corpus is open; models are loaded and warm before the server listens.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    match app.corpus() {
        Ok(corpus) => (StatusCode::OK, Json(json!({"ready": true, "corpus": corpus.manifest.id}))),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"ready": false}))),
    }
}
