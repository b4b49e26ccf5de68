//! Evaluation: which sets there are, asking one, how figures move.

use std::path::{Path, PathBuf};

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use jiff::Timestamp;
use people::Person;
use web::admin::{self, Run};
use web::house::Note;

use super::super::gate::{Fields, Page, text};
use super::super::problem::Problem;
use super::noted;
use crate::app::App;
use crate::clock::now;

const HERE: &str = "/admin/eval";
/// So many runs of all sets are shown.
const MOST: usize = 60;

/// Seeing, and asking.
pub(super) fn routes() -> (Router<App>, Router<App>) {
    (Router::new().route(HERE, get(all)), Router::new().route("/admin/eval/run", post(run)))
}

/// Where reports are kept, and the set that grows with what was not answered.
fn folder(app: &App) -> PathBuf {
    app.setup.config.paths.data.join("eval")
}

pub(super) fn cases(app: &App) -> PathBuf {
    folder(app).join("cases.jsonl")
}

/// Sets by name: those that came with the program, and our own. Whether they want answers or hits stands in their name.
fn sets(app: &App) -> Vec<(String, PathBuf)> {
    let shipped = app.setup.config.paths.prompts.join("../eval");
    let known = [
        ("answers", shipped.join("answers.jsonl")),
        ("questions", shipped.join("questions.jsonl")),
        ("cases", cases(app)),
    ];
    known
        .into_iter()
        .filter(|(_, path)| path.exists())
        .map(|(name, path)| (name.to_owned(), path))
        .collect()
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    let failed =
        app.evaluation.failed().map(|why| app.prompts.say("eval_failed", &[("why", &why)]));
    page(&app, &me, failed.map_or(Note::None, Note::Wrong)).await
}

async fn page(app: &App, me: &Person, note: Note) -> Result<Response, Problem> {
    let (kept, mine) = (folder(app), app.clone());
    let read = tokio::task::spawn_blocking(move || (sets(&mine), runs(&kept))).await;
    let (sets, runs) = read.map_err(|_| Problem::busy(app.prompts.say("failed", &[])))?;
    let names: Vec<String> = sets.into_iter().map(|(name, _)| name).collect();
    let running = app.evaluation.running();
    let running = running.as_ref().map(|(set, said)| (set.as_str(), said.as_str()));
    Ok(Page { title: "Đánh giá", here: HERE, note }
        .run(me, &admin::evaluations(&names, &runs, running, me)))
}

/// Reports, the newest first: `SECONDS_CORPUS_SET.json`. One that cannot be read is left out.
fn runs(folder: &Path) -> Vec<Run> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut runs: Vec<Run> = files
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            let mut parts = name.strip_suffix(".json")?.split('_');
            let (at, corpus, set) = (parts.next()?, parts.next()?, parts.next()?);
            let at = Timestamp::from_second(at.parse().ok()?).ok()?;
            let report = serde_json::from_slice(&std::fs::read(file.path()).ok()?).ok()?;
            Some(Run { set: set.into(), at, corpus: corpus.into(), report })
        })
        .collect();
    runs.sort_by_key(|it| std::cmp::Reverse(it.at));
    runs.truncate(MOST);
    runs
}

async fn run(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let name = text(&fields, "set");
    let Some((name, path)) = sets(&app).into_iter().find(|(it, _)| it == name) else {
        return Err(Problem::unknown("bộ câu hỏi này"));
    };
    noted(&app, &me, "eval.run", &name, "").await?;
    let corpus =
        app.corpus().map_err(|_| Problem::loading(&app.prompts))?.manifest.id.replace('_', "-");
    let kept = folder(&app).join(format!("{}_{corpus}_{name}.json", now().as_second()));
    match app.evaluation.begin(&app.setup, &name, path, name != "questions", kept) {
        true => Ok(Redirect::to(HERE).into_response()),
        false => page(&app, &me, Note::Wrong(app.prompts.say("eval_busy", &[]))).await,
    }
}
