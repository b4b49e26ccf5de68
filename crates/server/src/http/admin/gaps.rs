//! What found no answer.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Form, Router};
use chat::{Record, Unanswered};
use law::Citation;
use people::Person;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use web::admin;
use web::house::Note;

use super::super::gate::{Fields, Page, text};
use super::super::problem::Problem;
use super::super::talk::kept;
use super::super::visit::conversations;
use super::noted;
use crate::app::App;
use crate::clock::now;

const HERE: &str = "/admin/gaps";
/// So many of the last answers are looked at.
const LAST: i64 = 1000;
/// Ways to end without an answer.
const NONE: [&str; 3] = ["no_basis", "refused", "out_of_scope"];
/// What closes a gap that is none of ours.
const OUTSIDE: &str = "ngoài phạm vi";

pub(super) fn routes() -> Router<App> {
    Router::new().route(HERE, get(all).post(save))
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    noted(&app, &me, "gaps.read", "", "").await?;
    page(&app, &me, Note::None).await
}

async fn page(app: &App, me: &Person, note: Note) -> Result<Response, Problem> {
    let chat = conversations(app)?;
    let failed = |error| kept(error, app);
    let latest = chat.latest(LAST).await.map_err(failed)?;
    let mut records: Vec<Record> =
        latest.into_iter().filter_map(|it| it.record.map(|it| *it)).collect();
    let alone = app.records.clone();
    let most = usize::try_from(LAST).unwrap_or(usize::MAX);
    let alone = tokio::task::spawn_blocking(move || alone.latest(most)).await;
    records.extend(alone.ok().and_then(Result::ok).unwrap_or_default());
    let counted = records.len();
    let none = |it: &Record| {
        let verdict = it.answer["verdict"].as_str().unwrap_or_default();
        // Whoever is in danger was not refused.
        let told = NONE.contains(&verdict) && it.answer["route"] != "emergency";
        told.then(|| Unanswered {
            question: it.trace.question.clone(),
            at: it.at,
            verdict: verdict.to_owned(),
        })
    };
    let list: Vec<Unanswered> =
        records.iter().filter_map(none).filter(|it| !it.question.is_empty()).collect();
    let known = chat.gaps().await.map_err(failed)?;
    let body = admin::gaps(&chat::gaps(list, known, now()), counted, me);
    Ok(Page { title: "Chưa trả lời được", here: HERE, note }.run(me, &body))
}

async fn save(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (question, state) = (text(&fields, "question"), text(&fields, "state"));
    let (owner, words) = (text(&fields, "owner"), text(&fields, "note"));
    if question.is_empty() {
        return Ok(Redirect::to(HERE).into_response());
    }
    if state == "closed" {
        let Some(expect) = expected(&app, words)? else {
            return page(&app, &me, Note::Wrong(app.prompts.say("gap_close", &[]))).await;
        };
        noted(&app, &me, "gap.close", words, "").await?;
        // One that is closed already has its case.
        let id: Option<chat::Uuid> = text(&fields, "id").parse().ok();
        let known = conversations(&app)?.gaps().await.map_err(|error| kept(error, &app))?;
        let closed = known.iter().any(|it| Some(it.id) == id && it.state == "closed");
        if !closed {
            case(&app, question, &expect).await.map_err(|error| {
                tracing::error!("a case is not kept: {error}");
                Problem::busy(app.prompts.say("corpus_unkept", &[]))
            })?;
        }
    }
    let id = text(&fields, "id").parse().ok();
    match conversations(&app)?.keep_gap(id, question, state, owner, words).await {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(chat::Error::Gone) => Err(Problem::bad("Không có tình trạng này.")),
        Err(error) => Err(kept(error, &app)),
    }
}

/// What an answer has to give, as sets of questions say it; `None` where the library does not hold it.
fn expected(app: &App, words: &str) -> Result<Option<Value>, Problem> {
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    if words.to_lowercase() == OUTSIDE {
        return Ok(Some(json!({"verdict": "out_of_scope"})));
    }
    let Ok(at) = words.parse::<Citation>() else { return Ok(None) };
    let document = law::canonical(&at.document);
    Ok(match (corpus.library.procedure(&at.document), corpus.library.document(&document)) {
        (Some(procedure), _) => Some(json!({"code": procedure.code})),
        (None, Some(_))
            if at.place.article.is_none()
                || corpus
                    .library
                    .article(&Citation { document: document.clone(), ..at.clone() })
                    .is_none() =>
        {
            return Ok(None);
        }
        (None, Some(_)) => {
            let cited = json!({"doc": document, "article": at.place.article});
            Some(json!({"citations": [cited]}))
        }
        (None, None) => None,
    })
}

/// Adds a line to the set of questions that grows with what was not answered.
async fn case(app: &App, question: &str, expect: &Value) -> std::io::Result<()> {
    let path = super::eval::cases(app);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let id = format!("gap-{}", now().as_millisecond());
    let question = answer::redact(&viet::clean(question)).plain();
    let line =
        json!({"id": id, "question": question, "profile": "citizen", "expect": expect}).to_string();
    let mut file =
        tokio::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path).await?;
    file.write_all(format!("{line}\n").as_bytes()).await?;
    file.sync_all().await
}
