//! `khue replay`: how an answer came about, made again, and what has changed since.

use std::sync::Arc;

use answer::{Question, Trace};
use anyhow::{Context, anyhow};
use chat::{Chat, Record, Uuid};
use clap::Args;
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::out::{Out, table};
use super::{Done, Usage, opened};
use crate::app::{App, Setup};
use crate::clock::today;
use crate::wire;

#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// The answer, as `answer_id` names it [default: list the latest]
    id: Option<String>,
    /// Show it without making it again
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    how: As,
    /// How many are listed
    #[arg(short = 'n', default_value_t = 20, value_name = "N")]
    count: usize,
}

/// How an answer is made again.
#[derive(Args, Default)]
pub(super) struct As {
    /// On the corpus version that it was made with, if that is still on disk
    #[arg(long)]
    then: bool,
    /// As if asked today, not on its day
    #[arg(long)]
    today: bool,
    /// Without prose
    #[arg(long)]
    no_generate: bool,
}

pub(crate) async fn run(setup: Setup, args: ReplayArgs, out: &Out) -> anyhow::Result<Done> {
    let records = setup.records();
    // Without conversations there is no database, and none is made for looking.
    let options = setup.config.chat_options()?;
    let none = options.place == chat::Place::folder(&setup.config.paths.data)
        && !setup.config.paths.data.join("talks.db").exists();
    let chat = if none { None } else { Some(Chat::open(options, Arc::new(|_| None)).await?) };
    let Some(id) = &args.id else {
        let mut latest = records.latest(args.count)?;
        if let Some(chat) = &chat {
            let talks = chat.latest(i64::try_from(args.count).unwrap_or(i64::MAX)).await?;
            latest.extend(talks.into_iter().filter_map(|it| it.record.map(|record| *record)));
        }
        latest.sort_by_key(|record| std::cmp::Reverse(record.at));
        latest.truncate(args.count);
        out.document(&latest)?;
        out.line(table(&["answer", "profile", "verdict", "question"], &rows(&latest)));
        return Ok(Done::Well);
    };
    let id: Uuid = id.parse().map_err(|_| Usage(format!("{id:?} is no name of an answer")))?;
    let mut record = records.get(&id)?;
    if let (None, Some(chat)) = (&record, &chat) {
        record = chat.answer(&id).await?.and_then(|it| it.record.map(|record| *record));
    }
    let record = record.ok_or_else(|| {
        anyhow!(
            "there is no record of {id}: answers are kept for {} days",
            setup.config.answer.keep_days
        )
    })?;
    show(&record, out);
    if args.show {
        out.document(&json!({"record": record}))?;
        return Ok(Done::Well);
    }
    let generate = record.trace.generate && !args.how.no_generate;
    let app = opened(setup, generate, out)?;
    let (again, changes) = made_again(&app, &record, &args.how).await?;
    out.document(&json!({
        "record": record, "again": {"answer": again, "trace": again.answer.trace}, "changed": changes
    }))?;
    match changes.is_empty() {
        true => out.line("\nMade again: the same."),
        false => out.line("\nMade again, this is different:"),
    }
    for change in &changes {
        out.line(format!("  {change}"));
    }
    Ok(Done::Well)
}

/// What is different if an answer is made again over what serves now, without prose.
pub(crate) async fn changes_now(app: &App, record: &Record) -> anyhow::Result<Vec<String>> {
    let how = As { no_generate: true, ..As::default() };
    let mut changes = made_again(app, record, &how).await?.1;
    if record.trace.generate {
        // What the model wrote is not written again, so that it is not told as a change.
        changes.retain(|it| {
            !["generated:", "removed:", "generator:", "text "]
                .iter()
                .any(|kind| it.starts_with(kind))
        });
    }
    Ok(changes)
}

/// Makes an answer again; says what is different.
pub(super) async fn made_again(
    app: &App,
    record: &Record,
    how: &As,
) -> anyhow::Result<(chat::Given, Vec<String>)> {
    let trace = &record.trace;
    let corpus = match text(&record.answer["versions"]["corpus"]) {
        id if how.then && app.corpus()?.manifest.id != id => {
            let gone = || format!("the corpus version {id} is not on disk; replay without --then");
            Arc::new(app.open(&id).with_context(gone)?)
        }
        _ => app.corpus()?,
    };
    let assistants = if record.called { &corpus.callers } else { &corpus.assistants };
    let assistant = assistants
        .get(&trace.profile)
        .ok_or_else(|| anyhow!("there is no profile {:?} any more", trace.profile))?;
    let question = Question {
        text: trace.question.clone(),
        on: trace.asked_on,
        today: if how.today { today() } else { trace.today },
        generate: trace.generate && !how.no_generate,
        history: trace.history.clone(),
    };
    let again = wire::collect(app.steered(assistant).ask(question), |_| {}).await?;
    let changes = changes(app, record, &again);
    Ok((again, changes))
}

/// What is different, a line each.
fn changes(app: &App, record: &Record, again: &chat::Given) -> Vec<String> {
    let (was, is) = (&record.answer, &json!(again));
    let mut changes = Vec::new();
    let mut differ = |what: &str, was: String, is: String| {
        if was != is {
            changes.push(format!("{what}: {} -> {}", or_none(&was), or_none(&is)));
        }
    };
    for version in ["corpus", "embedder", "generator", "prompts", "settings", "control"] {
        differ(version, text(&was["versions"][version]), text(&is["versions"][version]));
    }
    for what in ["route", "verdict", "on", "curated", "generated", "removed"] {
        differ(what, text(&was[what]), text(&is[what]));
    }
    differ("procedure", text(&was["card"]["code"]), text(&is["card"]["code"]));
    differ("sources", cited(was), cited(is));
    let (old, new) = (&record.trace, &again.answer.trace);
    differ("found", found(old), found(new));
    differ("taken for", likely(old), likely(new));
    // That something was masked cannot be said again: it is gone.
    let warned = app.prompts.say("secrets", &[]);
    let old_text = match old.masked {
        0 => text(&was["text"]),
        _ => text(&was["text"]).replace(&format!("{warned}\n\n"), "").replace(&warned, ""),
    };
    let new_text = text(&is["text"]);
    let diff = TextDiff::from_lines(old_text.trim(), new_text.trim());
    for change in diff.iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => continue,
        };
        changes.push(format!("text {sign} {}", change.value().trim_end()));
    }
    changes
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cited(answer: &Value) -> String {
    let sources = answer["sources"].as_array().into_iter().flatten();
    sources.map(|it| text(&it["citation"])).collect::<Vec<_>>().join("; ")
}

fn found(trace: &Trace) -> String {
    let all = trace.passages.iter().map(|it| it.citation.to_string());
    all.collect::<Vec<_>>().join("; ")
}

fn likely(trace: &Trace) -> String {
    trace.candidates.first().map_or_else(String::new, |it| it.what.clone())
}

fn rows(latest: &[Record]) -> Vec<Vec<String>> {
    let row = |it: &Record| {
        let question: String = it.trace.question.chars().take(80).collect();
        let verdict = text(&it.answer["verdict"]);
        vec![it.id.to_string(), it.trace.profile.clone(), verdict, question.replace('\n', " ")]
    };
    latest.iter().map(row).collect()
}

fn show(record: &Record, out: &Out) {
    let (trace, answer) = (&record.trace, &record.answer);
    out.line(format!("{}  {}  {}", record.at, trace.profile, text(&answer["verdict"])));
    for said in &trace.history {
        let who = if said.by_assistant { "khue" } else { "person" };
        out.line(format!("{who}: {}", said.text));
    }
    out.line(format!("person: {}\n\n{}\n", trace.question, text(&answer["text"])));
    let versions = answer["versions"].as_object().into_iter().flatten();
    for (what, version) in versions.filter(|(_, version)| !text(version).is_empty()) {
        out.line(format!("{what:10} {}", text(version)));
    }
    if !trace.candidates.is_empty() {
        let rows: Vec<Vec<String>> = trace
            .candidates
            .iter()
            .map(|it| vec![it.what.clone(), format!("{:.3}", it.likely)])
            .collect();
        out.line(format!("\n{}", table(&["taken for", "likely"], &rows)));
    }
    if !trace.passages.is_empty() {
        let score = |score: f32| format!("{score:.3}");
        let rows: Vec<Vec<String>> = trace
            .passages
            .iter()
            .map(|it| {
                let scores = [it.score, it.dense, it.articles, it.clauses].map(score);
                [vec![it.citation.to_string()], scores.to_vec()].concat()
            })
            .collect();
        out.line(format!(
            "\n{}",
            table(&["found", "score", "dense", "articles", "clauses"], &rows)
        ));
    }
    for removed in &trace.removed {
        out.line(format!("\nleft out: {} ({})", removed.sentence, removed.why));
    }
}
