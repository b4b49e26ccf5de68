//! `khue eval`: labelled questions to scores, and what got worse; our reading of amendments beside
//! consolidated texts.

mod reading;
mod review;
mod time;

use std::path::{Path, PathBuf};

use answer::{Answer, Question};
use clap::{Args, Subcommand};
use eval::{Case, Cited, Given, Gold, Ranked, Risk, Scores};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::find::find;
use super::labels::{Relevant, lines};
use super::out::{Out, table};
use super::{Done, Usage, opened};
use crate::app::{App, Setup};
use crate::clock::today;
use crate::wire::{self, Turn};

#[derive(Args)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Ranked hits against gold articles: lines {"id", "question", "relevant": [{"doc", "article"}]}
    Retrieval(Sets),
    /// Answers against expectations: lines {"id", "question", "kind"?, "profile"?, "on"?, "history"?, "expect": {…}}
    #[command(after_help = "Example: khue eval answers eval/answers.jsonl --json > scores.json")]
    Answers(Sets),
    /// Findings on drafts against planted faults: folders with drafts and labels.jsonl
    #[command(after_help = "Example: khue eval review drafts/ --json > scores.json")]
    Review(review::ReviewSets),
    /// Consolidated texts against amendments that we read and apply ourselves
    Time(time::TimeArgs),
    /// Files against the articles and the letters that they should hold
    #[command(
        after_help = "Example: khue eval reading laws/ --against articles.jsonl.gz --truth transcripts/"
    )]
    Reading(reading::ReadingArgs),
}

#[derive(Args)]
struct Sets {
    /// Files of questions
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// Scores of an earlier run (its --json output); what fell is listed and the exit code is 1
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

/// A labelled question, of any set.
#[derive(Deserialize)]
pub(super) struct Labelled {
    id: String,
    question: String,
    #[serde(default)]
    pub(super) relevant: Vec<Relevant>,
    covered: Option<bool>,
    #[serde(default)]
    pub(super) profile: Option<String>,
    #[serde(default)]
    kind: String,
    on: Option<Date>,
    #[serde(default)]
    history: Vec<Turn>,
    #[serde(default)]
    pub(super) expect: Value,
}

impl Labelled {
    /// It as it is asked today, without prose.
    pub(super) fn asked(&self) -> Question {
        Question {
            text: self.question.clone(),
            on: self.on,
            today: today(),
            generate: false,
            history: self.history.iter().cloned().map(Turn::said).collect(),
        }
    }
}

/// How far a figure may fall before it counts as worse.
const TOLERANCE: f64 = 0.005;

pub(crate) async fn run(setup: Setup, args: EvalArgs, out: &Out) -> anyhow::Result<Done> {
    let (sets, retrieval) = match args.what {
        What::Retrieval(sets) => (sets, true),
        What::Answers(sets) => (sets, false),
        What::Reading(args) => {
            return tokio::task::block_in_place(|| reading::run(&args, out));
        }
        What::Review(args) => {
            return tokio::task::block_in_place(|| review::run(&setup, &args, out));
        }
        What::Time(args) => return tokio::task::block_in_place(|| time::run(&args, out)),
    };
    let mut questions = Vec::new();
    for set in &sets.sets {
        questions.extend(read(set)?);
    }
    let app = opened(setup, false, out)?;
    let (scores, failures, risks) = match retrieval {
        true => (score_retrieval(&app, &questions, out).await?, Vec::new(), Vec::new()),
        false => {
            let cases = answered(&app, questions, out).await?;
            let (scores, failures) = eval::answers(&cases);
            (scores, failures, eval::risks(&cases))
        }
    };
    let baseline: Option<Scores> = match &sets.baseline {
        Some(path) => Some(serde_json::from_value(
            serde_json::from_slice::<Value>(&fs_err::read(path)?)?["scores"].clone(),
        )?),
        None => None,
    };
    let worse =
        baseline.map_or_else(Vec::new, |baseline| eval::worse(&baseline, &scores, TOLERANCE));
    out.document(&json!({"scores": scores, "failures": failures, "risks": risks, "worse": worse}))?;
    let rows: Vec<Vec<String>> =
        scores.iter().map(|(name, value)| vec![name.clone(), format!("{value:.4}")]).collect();
    out.line(table(&["figure", "value"], &rows));
    for failure in &failures {
        let outcome = json!(failure.outcome);
        let outcome = outcome.as_str().unwrap_or_default().to_uppercase();
        out.line(format!("{outcome} {}: {}", failure.id, failure.why.join("; ")));
    }
    if !risks.is_empty() {
        let rows: Vec<Vec<String>> = curve(&risks)
            .into_iter()
            .map(|it| {
                let share = |share: f64| format!("{:.1} %", 100.0 * share);
                vec![format!("{:.2}", it.certainty), share(it.coverage), share(it.risk)]
            })
            .collect();
        out.line(table(&["answered from certainty", "coverage", "wrong"], &rows));
    }
    for line in &worse {
        out.line(format!("WORSE {line}"));
    }
    Ok(if worse.is_empty() { Done::Well } else { Done::Partly })
}

pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Labelled>> {
    let mut questions: Vec<Labelled> = lines(path)?;
    questions.retain(|question| question.covered != Some(false));
    Ok(questions)
}

async fn score_retrieval(app: &App, questions: &[Labelled], out: &Out) -> anyhow::Result<Scores> {
    let corpus = app.corpus()?;
    let bar = out.bar("finding", questions.len() as u64, false);
    let (mut gold, mut results) = (Vec::new(), Vec::new());
    let word = |value: &Value| value.as_str().map_or_else(String::new, str::to_owned);
    for question in questions {
        let profile = question.profile.as_deref().unwrap_or("staff");
        let hits = find(app, &corpus, profile, question.question.clone(), question.on, 20).await?;
        let relevant = question.relevant.iter().map(Relevant::pair).collect();
        gold.push(Gold { id: question.id.clone(), relevant });
        let hits = hits.iter().map(|hit| (word(&hit["doc"]), word(&hit["article"]))).collect();
        results.push(Ranked { id: question.id.clone(), hits });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(eval::retrieval(&gold, &results))
}

async fn answered(app: &App, questions: Vec<Labelled>, out: &Out) -> anyhow::Result<Vec<Case>> {
    let corpus = app.corpus()?;
    let bar = out.bar("answering", questions.len() as u64, false);
    let mut cases = Vec::new();
    for question in questions {
        let expect = serde_json::from_value(question.expect.clone())
            .map_err(|error| Usage(format!("{}: expect: {error}", question.id)))?;
        let profile = question.profile.as_deref().unwrap_or("citizen");
        let assistant = corpus
            .assistants
            .get(profile)
            .ok_or_else(|| Usage(format!("there is no profile {profile:?}")))?;
        let timed = wire::collect(assistant.ask(question.asked()), |_| {}).await?;
        let (id, kind, given) = (question.id, question.kind, given(&timed.answer));
        cases.push(Case { id, kind, expect, given });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(cases)
}

/// Some ten points of a curve, and the first from which at most 2 % are wrong.
fn curve(risks: &[Risk]) -> Vec<Risk> {
    let step = (risks.len() / 10).max(1);
    let safe = risks.iter().position(|it| it.risk <= 0.02);
    let shown = risks.iter().enumerate().filter(|(i, _)| i % step == 0 || Some(*i) == safe);
    shown.map(|(_, risk)| *risk).collect()
}

pub(super) fn given(answer: &Answer) -> Given {
    let word = |value: Value| value.as_str().map_or_else(String::new, str::to_owned);
    let card = answer.card.as_ref();
    Given {
        route: word(json!(answer.route)),
        verdict: word(json!(answer.verdict)),
        code: card.map_or_else(String::new, |card| card.code.clone()),
        words: format!("{}\n{}", answer.text, card.map_or_else(String::new, answer::Card::words)),
        quotes: answer.sources.iter().map(|it| it.quote.as_str()).collect::<Vec<_>>().join("\n"),
        cited: answer
            .sources
            .iter()
            .map(|source| Cited {
                doc: source.citation.document.clone(),
                article: source.citation.place.article.clone(),
            })
            .collect(),
        options: answer.options.iter().map(|option| option.value.clone()).collect(),
        certainty: answer.certainty,
    }
}
