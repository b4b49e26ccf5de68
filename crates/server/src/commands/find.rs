//! `khue find`: ranked provisions and procedures, one question or many.

use std::time::Instant;

use clap::Args;
use jiff::civil::Date;
use search::{Filter, Query};
use serde_json::{Value, json};

use super::batch::{self, Questions};
use super::out::{Out, table};
use super::{Done, Usage, opened, parse_date};
use crate::app::{App, Corpus, Setup};
use crate::clock::today;
use crate::wire;

#[derive(Args)]
pub(crate) struct FindArgs {
    #[command(flatten)]
    questions: Questions,
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

pub(crate) async fn run(setup: Setup, args: FindArgs, out: &Out) -> anyhow::Result<Done> {
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let files = args.questions.files();
    let k = args.k.unwrap_or(if files.is_some() { 20 } else { 10 }).clamp(1, 1000);
    if let Some(files) = files {
        return batch::each(files, "finding", out, async |asked| {
            let (began, on) = (Instant::now(), asked.on.or(args.on));
            let hits = find(&app, &corpus, &args.profile, asked.question, on, k).await?;
            Ok(json!({"hits": hits, "ms": began.elapsed().as_secs_f64() * 1e3}))
        })
        .await;
    }
    let text = args.questions.text.clone().unwrap_or_default();
    let read = corpus.search.typed(&text);
    let hits = find(&app, &corpus, &args.profile, text, args.on, k).await?;
    out.document(&json!({"hits": hits, "read": read.text, "in_law": read.in_law}))?;
    if read.text != read.raw {
        out.line(format!("read as: {}", read.text));
    }
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
    let open = Setup::open_to(&corpus.manifest, &[profile]);
    let profile = app
        .setup
        .config
        .profile(profile, open)
        .ok_or_else(|| Usage(format!("there is no profile {profile:?}")))?;
    // A day that the question names decides which words are searched.
    let on = on.or_else(|| law::as_of(&text, today()));
    let filter = Filter { corpora: profile.corpora, in_force_on: on, kind: None };
    let hits = corpus.search.find(&Query { text, filter, limit }).await?;
    let day = on.unwrap_or_else(today);
    Ok(hits.iter().map(|hit| wire::hit(&corpus.library, hit, day)).collect())
}
