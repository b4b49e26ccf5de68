//! `khue find`: ranked provisions and procedures, one question or many.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use jiff::civil::Date;
use search::{Filter, Query};
use serde::Deserialize;
use serde_json::{Value, json};

use super::out::{Out, table};
use super::{Done, Usage, opened, parse_date};
use crate::app::{App, Corpus, Setup};
use crate::clock::today;
use crate::wire;

#[derive(Args)]
pub(crate) struct FindArgs {
    /// The question
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    text: Option<String>,
    /// Questions, one JSON object a line: {"id", "question", "on"?}
    #[arg(long, value_name = "IN.jsonl", requires = "out")]
    batch: Option<PathBuf>,
    /// Where their hits go
    #[arg(long, value_name = "OUT.jsonl")]
    out: Option<PathBuf>,
    /// Most hits [default: 10, batch 20]
    #[arg(short)]
    k: Option<usize>,
    /// Who asks
    #[arg(long, default_value = "staff", value_name = "P")]
    profile: String,
    /// The day that decides states; with it only texts in force on it are found
    #[arg(long, value_parser = parse_date)]
    on: Option<Date>,
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    question: String,
    on: Option<Date>,
}

pub(crate) async fn run(setup: Setup, args: FindArgs, out: &Out) -> anyhow::Result<Done> {
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let k = args.k.unwrap_or(if args.batch.is_some() { 20 } else { 10 }).clamp(1, 1000);
    if let (Some(input), Some(output)) = (&args.batch, &args.out) {
        return batch(&app, &corpus, input, output, &args, k, out).await;
    }
    let text = args.text.clone().unwrap_or_default();
    let hits = find(&app, &corpus, &args.profile, text, args.on, k).await?;
    out.document(&json!({"hits": hits}))?;
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows: Vec<Vec<String>> = hits
        .iter()
        .map(|hit| {
            let title: String = cell(&hit["title"]).chars().take(80).collect();
            vec![cell(&hit["score"]), cell(&hit["citation"]), cell(&hit["status"]), title]
        })
        .collect();
    out.line(table(&["score", "citation", "status", "title"], &rows));
    Ok(Done::Well)
}

pub(crate) async fn find(
    app: &App,
    corpus: &Corpus,
    profile: &str,
    text: String,
    on: Option<Date>,
    limit: usize,
) -> anyhow::Result<Vec<Value>> {
    let open = Setup::open_to(&corpus.manifest, profile);
    let profile = app
        .setup
        .config
        .profile(profile, open)
        .ok_or_else(|| Usage(format!("there is no profile {profile:?}")))?;
    let filter = Filter { corpora: profile.corpora, in_force_on: on, kind: None };
    let hits = corpus.search.find(&Query { text, filter, limit }).await?;
    let day = on.unwrap_or_else(today);
    Ok(hits.iter().map(|hit| wire::hit(&corpus.library, hit, day)).collect())
}

async fn batch(
    app: &App,
    corpus: &Corpus,
    input: &std::path::Path,
    output: &std::path::Path,
    args: &FindArgs,
    k: usize,
    out: &Out,
) -> anyhow::Result<Done> {
    let lines: Vec<String> =
        BufReader::new(fs_err::File::open(input)?).lines().collect::<Result<_, _>>()?;
    let mut writer = BufWriter::new(fs_err::File::create(output)?);
    let bar = out.bar("finding", lines.len() as u64, false);
    let (mut done, mut bad) = (0, Vec::new());
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Line>(line) {
            Ok(line) => {
                let began = Instant::now();
                let hits =
                    find(app, corpus, &args.profile, line.question, line.on.or(args.on), k).await?;
                let ms = began.elapsed().as_secs_f64() * 1e3;
                serde_json::to_writer(
                    &mut writer,
                    &json!({"id": line.id, "hits": hits, "ms": ms}),
                )?;
                writer.write_all(b"\n")?;
                done += 1;
            }
            Err(error) => bad.push(format!("line {}: {error}", i + 1)),
        }
        bar.inc(1);
    }
    writer.flush()?;
    bar.finish_and_clear();
    out.document(&json!({"questions": done, "refused": bad, "out": output}))?;
    out.line(format!("{done} questions to {}", output.display()));
    for line in &bad {
        out.note(format!("refused {line}"));
    }
    Ok(if bad.is_empty() { Done::Well } else { Done::Partly })
}
