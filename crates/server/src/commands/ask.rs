//! `khue ask`: answers, one question or many.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use answer::{Event, Question};
use clap::Args;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::out::Out;
use super::{Done, Usage, opened, parse_date};
use crate::app::{App, Setup};
use crate::clock::today;
use crate::wire;

#[derive(Args)]
pub(crate) struct AskArgs {
    /// The question
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    text: Option<String>,
    /// Questions, one JSON object a line: {"id", "question", "on"?}
    #[arg(long, value_name = "IN.jsonl", requires = "out")]
    batch: Option<PathBuf>,
    /// Where their answers go
    #[arg(long, value_name = "OUT.jsonl")]
    out: Option<PathBuf>,
    /// Who asks
    #[arg(long, default_value = "citizen", value_name = "P")]
    profile: String,
    /// The day that the answer is about [default: today]
    #[arg(long, value_parser = parse_date)]
    on: Option<Date>,
    /// Verbatim clauses only, no prose
    #[arg(long)]
    no_generate: bool,
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    question: String,
    on: Option<Date>,
}

pub(crate) async fn run(setup: Setup, args: AskArgs, out: &Out) -> anyhow::Result<Done> {
    let app = opened(setup, !args.no_generate, out)?;
    if let (Some(input), Some(output)) = (&args.batch, &args.out) {
        return batch(&app, input, output, &args, out).await;
    }
    let text = args.text.clone().unwrap_or_default();
    let answer = ask(&app, &args, text, args.on, |event| match event {
        Event::Text(text) => out.piece(text),
        Event::Working(_) | Event::Card(_) | Event::Sources(_) | Event::Done(_) => {}
    })
    .await?;
    out.document(&answer)?;
    out.line("");
    for source in &answer.answer.sources {
        out.line(format!("[{}] {} ({})", source.n, source.citation, source.status.name()));
    }
    Ok(Done::Well)
}

async fn ask(
    app: &App,
    args: &AskArgs,
    text: String,
    on: Option<Date>,
    each: impl FnMut(&Event),
) -> anyhow::Result<wire::Timed> {
    let corpus = app.corpus()?;
    let assistant = corpus
        .assistants
        .get(&args.profile)
        .ok_or_else(|| Usage(format!("there is no profile {:?}", args.profile)))?;
    let question = Question { text, on: on.unwrap_or_else(today), generate: !args.no_generate };
    wire::collect(assistant.ask(question), each).await.map_err(|error| match error {
        answer::Error::Empty | answer::Error::TooLong { .. } => Usage(error.to_string()).into(),
        error => error.into(),
    })
}

async fn batch(
    app: &App,
    input: &Path,
    output: &Path,
    args: &AskArgs,
    out: &Out,
) -> anyhow::Result<Done> {
    let lines: Vec<String> =
        BufReader::new(fs_err::File::open(input)?).lines().collect::<Result<_, _>>()?;
    let mut writer = BufWriter::new(fs_err::File::create(output)?);
    let bar = out.bar("answering", lines.len() as u64, false);
    let (mut done, mut bad) = (0, Vec::new());
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let answer = match serde_json::from_str::<Line>(line) {
            Ok(line) => ask(app, args, line.question, line.on.or(args.on), |_| {})
                .await
                .map(|answer| (line.id, answer)),
            Err(error) => Err(error.into()),
        };
        match answer {
            Ok((id, answer)) => {
                let mut value = json!(answer);
                value["id"] = id;
                serde_json::to_writer(&mut writer, &value)?;
                writer.write_all(b"\n")?;
                done += 1;
            }
            Err(error) => bad.push(format!("line {}: {error:#}", i + 1)),
        }
        bar.inc(1);
    }
    writer.flush()?;
    bar.finish_and_clear();
    out.document(&json!({"questions": done, "refused": bad, "out": output}))?;
    out.line(format!("{done} answers to {}", output.display()));
    for line in &bad {
        out.note(format!("refused {line}"));
    }
    Ok(if bad.is_empty() { Done::Well } else { Done::Partly })
}
