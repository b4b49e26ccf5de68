//! Files that somebody sends to be read: kept below the data folder, read by `khue ingest` in a process of its own, so
//! that a crash there leaves this one answering. One at a time, which `ingest` itself sees to.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use web::admin::{Job, JobState};

use crate::app::Setup;
use crate::clock::now;

/// What is read, or was.
#[derive(Clone, Default)]
pub(crate) struct Jobs(Arc<Mutex<Vec<Known>>>);

struct Known {
    job: Job,
    files: Vec<PathBuf>,
    profiles: Vec<String>,
}

/// So many are remembered.
const MOST: usize = 50;

/// What is to be read.
pub(crate) struct Order {
    pub(crate) by: String,
    pub(crate) corpus: String,
    pub(crate) profiles: Vec<String>,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) dry: bool,
}

impl Jobs {
    fn list(&self) -> MutexGuard<'_, Vec<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The latest first.
    pub(crate) fn all(&self) -> Vec<Job> {
        let short = |it: &Known| Job { report: None, ..it.job.clone() };
        self.list().iter().rev().map(short).collect()
    }

    /// One by its number.
    pub(crate) fn get(&self, id: u64) -> Option<Job> {
        self.list().iter().find(|it| it.job.id == id).map(|it| it.job.clone())
    }

    /// What was read in one, to be read again in earnest.
    pub(crate) fn again(&self, id: u64, by: &str) -> Option<Order> {
        let list = self.list();
        let known = list.iter().find(|it| it.job.id == id)?;
        Some(Order {
            by: by.to_owned(),
            corpus: known.job.corpus.clone(),
            profiles: known.profiles.clone(),
            files: known.files.clone(),
            dry: false,
        })
    }

    /// Begins to read; gives the number.
    #[expect(clippy::disallowed_methods, reason = "files are read beside the requests")]
    pub(crate) fn begin(&self, setup: &Setup, order: Order) -> u64 {
        let Order { by, corpus, profiles, files, dry } = order;
        let mut list = self.list();
        let id = list.last().map_or(1, |it| it.job.id + 1);
        let (state, said) = (JobState::Running, String::new());
        let name = |it: &PathBuf| it.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let names = files.iter().map(name).collect();
        let job =
            Job { id, by, began: now(), corpus, files: names, dry, state, said, report: None };
        list.push(Known { job: job.clone(), files: files.clone(), profiles: profiles.clone() });
        if list.len() > MOST {
            list.remove(0);
        }
        drop(list);
        let (jobs, setup) = (self.clone(), setup.clone());
        tokio::spawn(async move {
            let done = run(&jobs, &setup, &job, &files, &profiles).await;
            if let Ok((_, Some(report))) = &done {
                forget_refused(report, &files).await;
            }
            let (state, said, report) = match done {
                Ok((true, report)) => (JobState::Done, String::new(), report),
                Ok((false, report)) => (JobState::Failed, jobs.said(id), report),
                Err(error) => (JobState::Failed, error.to_string(), None),
            };
            jobs.change(id, |it| (it.state, it.said, it.report) = (state, said, report));
        });
        id
    }

    fn said(&self, id: u64) -> String {
        self.get(id).map(|it| it.said).unwrap_or_default()
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Job)) {
        if let Some(known) = self.list().iter_mut().find(|it| it.job.id == id) {
            change(&mut known.job);
        }
    }
}

/// What was refused is not kept: it may be secret, or no document at all.
async fn forget_refused(report: &Value, files: &[PathBuf]) {
    for file in report["files"].as_array().into_iter().flatten() {
        let path = file["path"].as_str().map(Path::new);
        let ours =
            path.filter(|it| file["state"] == "refused" && files.iter().any(|known| known == it));
        if let Some(path) = ours
            && let Err(error) = tokio::fs::remove_file(path).await
        {
            tracing::error!("a refused file is still in {}: {error}", path.display());
        }
    }
}

/// Runs `khue ingest`; whether it was done, and its report.
async fn run(
    jobs: &Jobs,
    setup: &Setup,
    job: &Job,
    files: &[PathBuf],
    profiles: &[String],
) -> std::io::Result<(bool, Option<Value>)> {
    let mut child = ourselves(setup)?;
    child.args(["ingest", "--vectors", "later", "--corpus", &job.corpus]);
    if !profiles.is_empty() {
        child.arg("--profile").arg(profiles.join(","));
    }
    if job.dry {
        child.arg("--dry-run");
    }
    child.arg("--").args(files);
    told(child, |line| jobs.change(job.id, |it| it.said = line)).await
}

/// This program, for a command that reports in JSON.
pub(crate) fn ourselves(setup: &Setup) -> std::io::Result<Command> {
    let mut child = Command::new(std::env::current_exe()?);
    if let Some(file) = &setup.file {
        child.arg("--config").arg(file);
    }
    child.arg("--data").arg(&setup.config.paths.data).arg("--models").arg(&setup.cache);
    child.arg("--json");
    Ok(child)
}

/// Runs it, and tells each line of its progress; whether it was done, perhaps in part, and its report.
pub(crate) async fn told(
    mut child: Command,
    tell: impl Fn(String),
) -> std::io::Result<(bool, Option<Value>)> {
    child.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = child.spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let report = async {
        let mut text = String::new();
        if let Some(mut out) = out {
            out.read_to_string(&mut text).await?;
        }
        std::io::Result::Ok(text)
    };
    let progress = async {
        let Some(err) = err else { return Ok(()) };
        let mut lines = BufReader::new(err).lines();
        while let Some(line) = lines.next_line().await? {
            // A bar writes over its own line; what stands last is shown.
            let line = line.rsplit('\r').next().unwrap_or_default().trim();
            if !line.is_empty() {
                tell(line.chars().take(300).collect());
            }
        }
        std::io::Result::Ok(())
    };
    let (report, progress) = tokio::join!(report, progress);
    progress?;
    let report = serde_json::from_str(&report?).ok();
    let code = child.wait().await?.code();
    Ok((matches!(code, Some(0 | 1)) && report.is_some(), report))
}

/// The set of questions that is being asked, and what that says.
#[derive(Clone, Default)]
pub(crate) struct Evaluation(Arc<Mutex<Option<(String, String)>>>, Arc<Mutex<Option<String>>>);

impl Evaluation {
    fn lock(&self) -> MutexGuard<'_, Option<(String, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What runs.
    pub(crate) fn running(&self) -> Option<(String, String)> {
        self.lock().clone()
    }

    /// Why the last one failed, if it did.
    pub(crate) fn failed(&self) -> Option<String> {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins to ask a set; `false` while another is asked. `kept`: where its report goes.
    #[expect(clippy::disallowed_methods, reason = "sets are asked beside the requests")]
    pub(crate) fn begin(
        &self,
        setup: &Setup,
        name: &str,
        set: PathBuf,
        answers: bool,
        kept: PathBuf,
    ) -> bool {
        let mut running = self.lock();
        if running.is_some() {
            return false;
        }
        *running = Some((name.to_owned(), String::new()));
        drop(running);
        let (me, setup) = (self.clone(), setup.clone());
        tokio::spawn(async move {
            let done = async {
                let mut child = ourselves(&setup)?;
                child.args(["eval", if answers { "answers" } else { "retrieval" }]).arg(set);
                let tell = |line| {
                    if let Some((_, said)) = &mut *me.lock() {
                        *said = line;
                    }
                };
                match told(child, tell).await? {
                    (true, Some(report)) => write_whole(&kept, report.to_string().as_bytes()).await,
                    _ => {
                        Err(std::io::Error::other(me.running().map(|it| it.1).unwrap_or_default()))
                    }
                }
            };
            let failed = done.await.err().map(|error| {
                tracing::error!("an evaluation failed: {error}");
                error.to_string()
            });
            let mut running = me.lock();
            *running = None;
            drop(running);
            *me.1.lock().unwrap_or_else(PoisonError::into_inner) = failed;
        });
        true
    }
}

/// Writes a file whole or not at all.
pub(crate) async fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let part = path.with_extension(format!("{}.part", chat::Uuid::new_v4().simple()));
    let mut file = tokio::fs::File::create(&part).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    tokio::fs::rename(&part, path).await
}
