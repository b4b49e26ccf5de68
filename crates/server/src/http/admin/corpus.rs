//! Corpora: versions, sending files, going back.

use std::path::PathBuf;

use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use people::{Person, Right};
use web::admin::{self, Outline, SourceRow, VersionRow};
use web::house::Note;

use super::super::gate::{Fields, Page, text};
use super::super::problem::Problem;
use super::noted;
use crate::app::{App, GROUP};
use crate::jobs::{Order, write_whole};
use crate::versions::Versions;

const HERE: &str = "/admin/corpus";
/// Most bytes of one sending.
const MOST: usize = 64 << 20;

/// Seeing, and changing.
pub(super) fn routes() -> (Router<App>, Router<App>) {
    let seen = Router::new()
        .route(HERE, get(all))
        .route("/admin/corpus/part", get(part))
        .route("/admin/corpus/jobs/{id}", get(job));
    let changed = Router::new()
        .route("/admin/corpus/rollback", post(rollback))
        .route("/admin/corpus/upload", post(upload).layer(DefaultBodyLimit::max(MOST)))
        .route("/admin/corpus/jobs/{id}/files/{n}", get(tree))
        .route("/admin/corpus/jobs/{id}/again", post(again));
    (seen, changed)
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    page(&app, &me, Note::None).await
}

async fn page(app: &App, me: &Person, note: Note) -> Result<Response, Problem> {
    let versions = app.setup.versions.clone();
    let read = tokio::task::spawn_blocking(move || rows(&versions)).await;
    let failed = |why: String| {
        tracing::error!("versions on disk: {why}");
        Problem::busy(app.prompts.say("corpus_unread", &[]))
    };
    let (rows, sources) =
        read.map_err(|it| failed(it.to_string()))?.map_err(|it| failed(format!("{it:#}")))?;
    // Names of internal files are for those who care for them.
    let sources = if me.may(Right::Content) { sources } else { Vec::new() };
    let body = admin::corpus(&rows, &sources, &app.jobs.all(), me);
    Ok(Page { title: "Kho dữ liệu", here: HERE, note }.run(me, &body))
}

fn rows(versions: &Versions) -> anyhow::Result<(Vec<VersionRow>, Vec<SourceRow>)> {
    let current = versions.current()?;
    let mut sources = Vec::new();
    let mut list = versions.list()?;
    list.sort_by_key(|it| std::cmp::Reverse(it.created));
    let rows = list
        .into_iter()
        .map(|it| {
            let serves = current.as_deref() == Some(it.id.as_str());
            if serves {
                let row = |it: &ingest::Source| SourceRow {
                    path: it.path.display().to_string(),
                    corpus: it.corpus.clone(),
                    profiles: it.profiles.join(", "),
                };
                sources = it.sources.iter().map(row).collect();
            }
            VersionRow {
                id: it.id,
                created: it.created,
                serves,
                counts: [it.documents, it.provisions, it.procedures],
                waiting: usize::try_from(it.counts.waiting).unwrap_or(usize::MAX),
                warnings: it.warnings.len(),
            }
        })
        .collect();
    Ok((rows, sources))
}

async fn part(State(app): State<App>) -> Html<String> {
    Html(admin::jobs_table(&app.jobs.all()).into_string())
}

async fn job(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let job = app.jobs.get(id).ok_or_else(|| Problem::unknown("lần nạp này"))?;
    Ok(Page { title: "Lần nạp", here: HERE, note: Note::None }.run(&me, &admin::job(&job, &me)))
}

/// A file of a sending as it is read: its documents, cut into articles. Nothing of it is kept.
async fn tree(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path((id, n)): Path<(u64, usize)>,
) -> Result<Response, Problem> {
    let unknown = || Problem::unknown("tệp này của lần nạp");
    let order = app.jobs.again(id, &me.name).ok_or_else(unknown)?;
    let file = order.files.get(n).cloned().ok_or_else(unknown)?;
    let read = tokio::task::spawn_blocking(move || outlined(&file)).await;
    let read = read
        .map_err(|error| error.to_string())
        .and_then(|it| it.map_err(|error| error.to_string()));
    let read = read.map_err(|error| {
        tracing::error!("a file cannot be shown: {error}");
        Problem::busy(app.prompts.say("corpus_unkept", &[]))
    })?;
    let body = admin::tree(id, &read);
    Ok(Page { title: "Cây văn bản", here: HERE, note: Note::None }.run(&me, &body))
}

/// The outline of a file; the reason, where it is refused.
fn outlined(file: &std::path::Path) -> std::io::Result<Result<Vec<Outline>, String>> {
    let trial = tempfile::tempdir()?;
    let kept = ingest::Kept { known: trial.path(), fresh: trial.path() };
    let limits = ingest::read::Limits::default();
    let (source, report) =
        ingest::read_source(file, "thu", &[], kept, &std::env::current_exe()?, &limits)?;
    let contents = source.and_then(|it| ingest::load_source(trial.path(), &it.hash));
    let Some(contents) = contents else { return Ok(Err(report.reason.unwrap_or_default())) };
    let given = ingest::Given { corpus: "thu".into(), profiles: Vec::new(), contents };
    let all = ingest::assemble([given]);
    let outline = |it: &law::Document| Outline {
        number: it.id.clone(),
        title: it.title.clone(),
        issuer: it.issuer.clone(),
        effective: it.effective.map(|day| day.to_string()).unwrap_or_default(),
        articles: it
            .articles
            .iter()
            .map(|article| {
                (it.cite(article).place.to_string(), article.heading.clone(), article.clauses.len())
            })
            .collect(),
    };
    Ok(Ok(all.documents.iter().map(|(it, _)| outline(it)).collect()))
}

async fn rollback(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (version, reason) = (text(&fields, "version").to_owned(), text(&fields, "reason"));
    if reason.is_empty() {
        return page(&app, &me, Note::Wrong(app.prompts.say("reason_missing", &[]))).await;
    }
    noted(&app, &me, "corpus.rollback", &version, reason).await?;
    match crate::commands::roll_back(&app.setup, Some(version)).await {
        Ok(_) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => {
            page(
                &app,
                &me,
                Note::Wrong(app.prompts.say("corpus_failed", &[("why", &format!("{error:#}"))])),
            )
            .await
        }
    }
}

/// Files are kept below the data folder: the next ingest finds them unchanged.
async fn upload(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    mut sent: Multipart,
) -> Result<Response, Problem> {
    let broken = |error: axum::extract::multipart::MultipartError| Problem::bad(error.body_text());
    let mut fields = Fields::new();
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    while let Some(part) = sent.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) if !file.is_empty() => {
                files.push((file, part.bytes().await.map_err(broken)?.to_vec()))
            }
            Some(_) => {}
            None => drop(fields.insert(name, part.text().await.map_err(broken)?)),
        }
    }
    let corpus = text(&fields, "corpus").to_owned();
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(2..=40).contains(&corpus.len()) || !corpus.bytes().all(fine) {
        return page(&app, &me, Note::Wrong(app.prompts.say("corpus_name", &[]))).await;
    }
    if files.is_empty() {
        return page(&app, &me, Note::Wrong(app.prompts.say("corpus_no_file", &[]))).await;
    }
    let groups = text(&fields, "groups").split(',').map(str::trim).filter(|it| !it.is_empty());
    let profiles: Vec<String> = match text(&fields, "open") {
        "all" => Vec::new(),
        "staff" => vec!["staff".into()],
        "groups" => groups.map(|it| format!("{GROUP}{it}")).collect(),
        _ => return page(&app, &me, Note::Wrong(app.prompts.say("corpus_open", &[]))).await,
    };
    // Nothing is open to everybody because a field was left empty.
    if profiles.is_empty() && text(&fields, "open") != "all" {
        return page(&app, &me, Note::Wrong(app.prompts.say("corpus_open", &[]))).await;
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    noted(&app, &me, "corpus.upload", &corpus, &names.join(", ")).await?;
    let dry = !text(&fields, "dry").is_empty();
    // A trial lies apart: it must not take the place of what serves.
    let folder = if dry { trial(&app) } else { uploads(&app, &corpus) };
    let mut kept = Vec::new();
    for (name, bytes) in &files {
        let path = folder.join(file_name(name));
        write_whole(&path, bytes).await.map_err(|error| {
            tracing::error!("an upload is not kept: {error}");
            Problem::busy(app.prompts.say("corpus_unkept", &[]))
        })?;
        kept.push(path);
    }
    let dry = !text(&fields, "dry").is_empty();
    let id = app
        .jobs
        .begin(&app.setup, Order { by: me.name.clone(), corpus, profiles, files: kept, dry });
    Ok(Redirect::to(&format!("/admin/corpus/jobs/{id}")).into_response())
}

/// Where files of a collection are kept.
fn uploads(app: &App, corpus: &str) -> PathBuf {
    app.setup.config.paths.data.join("uploads").join(corpus)
}

/// A folder of its own for a trial.
fn trial(app: &App) -> PathBuf {
    uploads(app, ".trial").join(chat::Uuid::new_v4().to_string())
}

/// Most bytes of a name; file systems take 255, and something is added while it is written.
const NAME: usize = 180;

/// The name of a file without folders and without what a file system reads otherwise; a long one keeps its ending.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String =
        last.chars().filter(|c| !c.is_control() && !"<>:\"|?*".contains(*c)).collect();
    let clean = clean.trim().trim_start_matches('.');
    let (stem, ending) = match clean.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 8 => (stem, format!(".{ending}")),
        _ => (clean, String::new()),
    };
    let end =
        stem.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= NAME).last();
    match end {
        Some(end) => format!("{}{ending}", &stem[..end]),
        None => "tep".into(),
    }
}

async fn again(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let mut order = app.jobs.again(id, &me.name).ok_or_else(|| Problem::unknown("lần nạp này"))?;
    // What was tried goes where what serves is kept.
    let folder = uploads(&app, &order.corpus);
    for file in &mut order.files {
        let to = folder.join(file.file_name().unwrap_or_default());
        if *file != to {
            let moved = async {
                let bytes = tokio::fs::read(&*file).await?;
                write_whole(&to, &bytes).await
            };
            moved.await.map_err(|error| {
                tracing::error!("an upload is not kept: {error}");
                Problem::busy(app.prompts.say("corpus_unkept", &[]))
            })?;
            *file = to;
        }
    }
    noted(&app, &me, "corpus.again", &order.corpus, &id.to_string()).await?;
    let id = app.jobs.begin(&app.setup, order);
    Ok(Redirect::to(&format!("/admin/corpus/jobs/{id}")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_in_its_folder() {
        for (name, expect) in [
            ("Nghị quyết 77.docx", "Nghị quyết 77.docx"),
            ("../../etc/passwd", "passwd"),
            ("C:\\tai lieu\\a.pdf", "a.pdf"),
            ("..", "tep"),
            (".ssh", "ssh"),
            ("a.b.docx", "a.b.docx"),
            ("a\u{0}b\n.txt", "ab.txt"),
            ("", "tep"),
        ] {
            assert_eq!(file_name(name), expect);
        }
        let long = file_name(&format!("{}.docx", "ệ".repeat(500)));
        assert!(long.ends_with("ệ.docx") && long.len() <= NAME + 5, "{long}");
    }
}
