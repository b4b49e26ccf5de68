//! `khue bench`: measured speeds, each with the machine's description.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use answer::Question;
use clap::{Args, ValueEnum};
use search::Store;
use serde::Deserialize;
use serde_json::{Value, json};

use self::models::{embed, generate};
use super::find::find;
use super::ingest::{IngestArgs, When, build, read};
use super::out::{Out, table};
use super::{Done, opened};
use crate::app::Setup;
use crate::clock::today;
use crate::versions::Versions;
use crate::wire;

mod models;

#[derive(Args)]
pub(crate) struct BenchArgs {
    what: What,
    /// What `ingest` reads: files and folders
    #[arg(long, default_value = "corpora", value_name = "PATH", num_args = 1..)]
    files: Vec<PathBuf>,
    /// Questions, lines with "question"
    #[arg(long, default_value = "eval/questions.jsonl", value_name = "FILE")]
    questions: PathBuf,
    /// Most questions; for `embed` and `generate` repetitions, 5 if not given
    #[arg(short)]
    n: Option<usize>,
    /// What `embed` embeds, lines with "title" and "text"; the repository's guides if not given
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// The question that `embed` times
    #[arg(long, default_value = models::QUERY, value_name = "TEXT")]
    query: String,
    /// The chat that `generate` reads, JSON with "system" and "user": then only reading and writing it
    /// are measured; if not given, answers from the guides too
    #[arg(long, value_name = "FILE")]
    prompt: Option<PathBuf>,
    /// `embed` also compares its vectors with those of the weights as published
    #[arg(long)]
    reference: bool,
    /// `generate` also measures beside a busy loop on one core, and questions beside an answer
    #[arg(long)]
    busy: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Passages and one query through the embedder
    Embed,
    /// Prefill and decode of the generator
    Generate,
    /// A whole query: embedding and both searches
    Find,
    /// A whole answer without prose
    Ask,
    /// Files to a corpus version, everything read and embedded anew
    Ingest,
}

#[derive(Deserialize)]
struct Line {
    question: String,
}

/// One figure over several runs.
struct Metric {
    name: &'static str,
    unit: &'static str,
    values: Vec<f64>,
}

pub(crate) async fn run(setup: Setup, args: BenchArgs, out: &Out) -> anyhow::Result<Done> {
    let (name, metrics) = match args.what {
        What::Embed => ("embed", embed(&setup, &args, out).await?),
        What::Generate => ("generate", generate(&setup, &args, out).await?),
        What::Find => ("find", ask_many(setup, &args, false, out).await?),
        What::Ask => ("ask", ask_many(setup, &args, true, out).await?),
        What::Ingest => ("ingest", ingest_anew(setup, &args, out).await?),
    };
    let results: Vec<Value> = metrics.iter().map(Metric::to_json).collect();
    if out.json {
        let runs = metrics.iter().map(|metric| metric.values.len()).max();
        out.document(
            &json!({"name": name, "machine": machine(), "runs": runs, "results": results}),
        )?;
    }
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let keys = ["metric", "unit", "median", "p95", "min", "max", "n"];
    let rows: Vec<Vec<String>> =
        results.iter().map(|r| keys.iter().map(|key| cell(&r[key])).collect()).collect();
    out.line(table(&keys, &rows));
    Ok(Done::Well)
}

impl Metric {
    fn to_json(&self) -> Value {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let i = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
            // Speeds need no more than two digits, shares and cosines do.
            let digits = if sorted.iter().all(|value| value.abs() < 10.0) { 1e5 } else { 1e2 };
            sorted.get(i).map(|value| (value * digits).round() / digits)
        };
        json!({
            "metric": self.name, "unit": self.unit, "median": at(0.5), "p95": at(0.95), "min": at(0.0), "max": at(1.0), "n": sorted.len(),
        })
    }
}

fn questions(args: &BenchArgs) -> anyhow::Result<Vec<String>> {
    let text = fs_err::read_to_string(&args.questions)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let all: Vec<String> = lines
        .map(|line| serde_json::from_str::<Line>(line).map(|line| line.question))
        .collect::<Result<_, _>>()?;
    // Spread over the file, so that a set of several kinds gives some of each.
    let most = args.n.unwrap_or(50);
    let step = (all.len() / most.max(1)).max(1);
    Ok(all.into_iter().step_by(step).take(most).collect())
}

async fn ask_many(
    setup: Setup,
    args: &BenchArgs,
    answer: bool,
    out: &Out,
) -> anyhow::Result<Vec<Metric>> {
    let questions = questions(args)?;
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let assistant =
        corpus.assistants.get("citizen").ok_or_else(|| anyhow::anyhow!("no citizen profile"))?;
    let (mut whole, mut alone, mut first) = (Vec::new(), Vec::new(), Vec::new());
    // The first call pays for pages that are not in memory yet.
    find(&app, &corpus, "staff", "khai sinh".into(), None, 10).await?;
    for question in questions {
        if answer {
            let asked = Question {
                text: question,
                on: None,
                today: today(),
                generate: false,
                history: Vec::new(),
            };
            let timed = wire::collect(assistant.ask(asked), |_| {}).await?;
            whole.push(timed.total_ms);
            first.push(timed.first_ms);
        } else {
            let began = Instant::now();
            app.embedder.query(&question).await?;
            alone.push(began.elapsed().as_secs_f64() * 1e3);
            let began = Instant::now();
            find(&app, &corpus, "staff", question, None, 10).await?;
            whole.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    let part = match answer {
        true => Metric { name: "first event", unit: "ms", values: first },
        false => Metric { name: "embedding alone", unit: "ms", values: alone },
    };
    Ok(vec![Metric { name: "whole", unit: "ms", values: whole }, part])
}

/// One ingest into a folder of its own, so that nothing is known before and nothing is left after.
async fn ingest_anew(setup: Setup, args: &BenchArgs, out: &Out) -> anyhow::Result<Vec<Metric>> {
    let folder = tempfile::tempdir()?;
    let mut config = (*setup.config).clone();
    config.search.store = Store::Edge;
    let (versions, config) = (Versions::new(folder.path()), Arc::new(config));
    let setup = Setup { versions, config, ..setup };
    let began = Instant::now();
    let known = setup.versions.kept_sources();
    let kept = ingest::Kept { known: &known, fresh: &known };
    let (sources, files) = read(&IngestArgs::of(args.files.clone()), &[], kept, out)?;
    for file in files.iter().filter(|file| file.state == "refused") {
        let reason = file.reason.as_deref().unwrap_or_default();
        out.note(format!("refused {}: {reason}", file.path.display()));
    }
    anyhow::ensure!(!sources.is_empty(), "none of the files could be read");
    let read = began.elapsed().as_secs_f64();
    let embedder = setup.embedder()?;
    let began = Instant::now();
    let manifest = build(&setup, sources, &embedder, When::Now, out).await?;
    let (built, counts) = (began.elapsed().as_secs_f64(), manifest.counts);
    let embedding = counts.embed_ms as f64 / 1e3;
    let figure = |name, unit, value| Metric { name, unit, values: vec![value] };
    Ok(vec![
        figure("provisions and procedures", "", (manifest.provisions + manifest.procedures) as f64),
        figure("reading files", "s", read),
        figure("embedding", "s", embedding),
        figure("embedding", "tokens/s", counts.tokens as f64 / embedding.max(1e-3)),
        figure("words, store, checks", "s", built - embedding),
        figure("whole", "s", read + built),
    ])
}

fn machine() -> Value {
    let info = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let flags = field("flags").unwrap_or_default();
    let features: Vec<&str> = ["avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8"]
        .into_iter()
        .filter(|flag| flags.split(' ').any(|f| f == *flag))
        .collect();
    let load = fs_err::read_to_string("/proc/loadavg").unwrap_or_default();
    json!({
        "cpu": field("model name"), "cores": std::thread::available_parallelism().map_or(0, usize::from), "features": features,
        "load": load.split(' ').take(3).collect::<Vec<_>>().join(" "),
    })
}
