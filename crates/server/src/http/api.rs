//! Finding, reading provisions and procedures, readiness.

use std::sync::Arc;

use answer::Profile;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use jiff::civil::Date;
use law::Citation;
use search::{Filter, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::app::{App, Corpus, Setup};
use crate::clock::today;
use crate::{provision, wire};

#[derive(Deserialize)]
pub(crate) struct FindBody {
    question: String,
    profile: Option<String>,
    on: Option<Date>,
    k: Option<usize>,
}

/// For whom a text is read, and the day that decides its state.
#[derive(Deserialize)]
pub(crate) struct Reader {
    profile: Option<String>,
    on: Option<Date>,
}

/// The open corpus, and what a profile (a citizen, if none is named) may see of it.
fn corpus_for(app: &App, profile: Option<&str>) -> Result<(Arc<Corpus>, Profile), Problem> {
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    let name = profile.unwrap_or("citizen");
    let profile = app
        .setup
        .config
        .caller(name, |name| Setup::open_to(&corpus.manifest, &[name]))
        .ok_or_else(|| Problem::bad(format!("Không có nhóm người dùng {name:?}.")))?;
    Ok((corpus, profile))
}

pub(crate) async fn find(
    State(app): State<App>,
    body: Result<Json<FindBody>, JsonRejection>,
) -> Result<Json<Value>, Problem> {
    let Json(body) = body?;
    let (corpus, profile) = corpus_for(&app, body.profile.as_deref())?;
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
    let named = body.on.or_else(|| law::as_of(&body.question, today()));
    let filter = Filter { corpora: profile.corpora, in_force_on: named, kind: None };
    let on = named.unwrap_or_else(today);
    let query = Query { text: body.question, filter, limit: body.k.unwrap_or(10).clamp(1, 100) };
    let hits = corpus
        .search
        .find(&query)
        .await
        .map_err(|error| Problem::of(&error.into(), &app.prompts))?;
    let control = app.control();
    let shown = hits.iter().filter(|hit| control.hidden(&hit.citation.document).is_none());
    let hits: Vec<Value> = shown.map(|hit| wire::hit(&corpus.library, hit, on)).collect();
    Ok(Json(json!({"hits": hits, "corpus": corpus.manifest.id})))
}

pub(crate) async fn provision(
    State(app): State<App>,
    citation: Result<Path<String>, PathRejection>,
    reader: Result<UrlQuery<Reader>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (Path(citation), UrlQuery(reader)) = (citation?, reader?);
    let (corpus, profile) = corpus_for(&app, reader.profile.as_deref())?;
    let at: Citation = citation.parse().map_err(|_| Problem::unknown(&citation))?;
    let at = Citation { document: law::canonical(&at.document), ..at };
    let document = corpus.library.document(&at.document);
    let control = app.control();
    let hides = |number: &str| {
        let closed = |it: &law::Document| !profile.sees(&it.corpus);
        control.hidden(number).is_some() || corpus.library.document(number).is_some_and(closed)
    };
    document
        .filter(|it| !hides(&it.id))
        .and_then(|_| {
            provision::shown(&corpus.library, &at, reader.on.unwrap_or_else(today), today())
        })
        .map(|value| Json(provision::open_to(value, &hides)))
        .ok_or_else(|| Problem::unknown(&citation))
}

pub(crate) async fn procedure(
    State(app): State<App>,
    code: Result<Path<String>, PathRejection>,
    reader: Result<UrlQuery<Reader>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (Path(code), UrlQuery(reader)) = (code?, reader?);
    let assistant = super::caller(&app, reader.profile.as_deref())?;
    let card = assistant.card(&code, reader.on.unwrap_or_else(today));
    Ok(Json(json!(card.ok_or_else(|| Problem::unknown(&format!("thủ tục {code}")))?)))
}

#[derive(Deserialize)]
pub(crate) struct PlaceQuery {
    /// What a person says of where they live: "phường Nhân Chính cũ".
    name: String,
}

/// No name of a place with its district is longer.
const LONGEST_NAME: usize = 200;

/// What communes, wards and districts of a text are now; open to all.
pub(crate) async fn places(
    State(app): State<App>,
    query: Result<UrlQuery<PlaceQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let UrlQuery(PlaceQuery { name }) = query?;
    if name.chars().count() > LONGEST_NAME {
        return Err(Problem::unknown(&name.chars().take(40).collect::<String>()));
    }
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    wire::places(corpus.library.places(), &name).map(Json).ok_or_else(|| Problem::unknown(&name))
}

/// Ready while a corpus is open and the embedder runs; models are loaded and warm before the server
/// listens.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    match app.corpus() {
        Ok(corpus) if app.embedder.runs() => (
            StatusCode::OK,
            Json(
                json!({"ready": true, "corpus": corpus.manifest.id, "channels": app.channels.states()}),
            ),
        ),
        Ok(_) => unready(
            "the embedding model has ended or its server is away; see the log, restart the service",
        ),
        Err(_) => unready("the corpus is being opened"),
    }
}

fn unready(why: &str) -> (StatusCode, Json<Value>) {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"ready": false, "why": why})))
}
