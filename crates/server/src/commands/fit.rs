//! `khue fit`: labelled questions to the weights that decide what a question is about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use answer::{Assistant, FEATURES, Weights, What};
use clap::Args;
use eval::fit::{Case, fit, hit_rate};
use serde::Deserialize;
use serde_json::{Value, json};

use super::out::{Out, table};
use super::{Done, Usage, opened};
use crate::app::Setup;

#[derive(Args)]
pub(crate) struct FitArgs {
    /// Files of labelled questions, or folders of them: {"id", "question", "profile", "expect": {"route", "code"}}, or
    /// {"id", "question", "relevant"} for questions of law
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// Where the weights go, with the report of their fitting
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Every n-th question of law only, so that they do not outnumber the others
    #[arg(long, default_value_t = 1, value_name = "N")]
    every: usize,
    /// Weight of the squared weights against chance
    #[arg(long, default_value_t = 0.002)]
    ridge: f64,
}

#[derive(Deserialize)]
struct Labelled {
    id: Value,
    question: String,
    #[serde(default)]
    profile: Option<String>,
    #[serde(default)]
    history: Vec<Value>,
    expect: Option<Expect>,
    #[serde(default)]
    relevant: Vec<Value>,
    covered: Option<bool>,
}

#[derive(Default, Deserialize)]
struct Expect {
    #[serde(default)]
    route: Vec<String>,
    #[serde(default)]
    verdict: Vec<String>,
    code: Option<Vec<String>>,
}

/// What a question is about, by its labels.
enum Gold {
    Codes(Vec<String>),
    Law,
    Nothing,
}

pub(crate) async fn run(setup: Setup, args: FitArgs, out: &Out) -> anyhow::Result<Done> {
    let mut labelled = Vec::new();
    for path in &args.sets {
        read(path, args.every.max(1), &mut labelled)?;
    }
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let bar = out.bar("weighing", labelled.len() as u64, false);
    let mut cases = Vec::new();
    for (question, gold) in &labelled {
        let profile = question.profile.as_deref().unwrap_or("citizen");
        let assistant = corpus
            .assistants
            .get(profile)
            .ok_or_else(|| Usage(format!("there is no profile {profile:?}")))?;
        cases.push(case(assistant, question, gold).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let all: Vec<&Case> = cases.iter().collect();
    let half = |keep: usize| all.iter().enumerate().filter(move |(i, _)| i % 2 == keep).map(|(_, it)| *it);
    let (even, odd): (Vec<&Case>, Vec<&Case>) = (half(0).collect(), half(1).collect());
    // Each half is scored with the weights of the other.
    let held_out = 0.5 * (hit_rate(&odd, &fit(&even, args.ridge)) + hit_rate(&even, &fit(&odd, args.ridge)));
    let weights = fit(&all, args.ridge);
    let reachable = all.iter().filter(|case| !case.right.is_empty()).count() as f64 / all.len().max(1) as f64;
    let report = BTreeMap::from([
        ("questions".to_owned(), json!(all.len())),
        ("right_among_candidates".to_owned(), json!(round(reachable))),
        ("first_is_right".to_owned(), json!(round(hit_rate(&all, &weights)))),
        ("first_is_right_on_the_other_half".to_owned(), json!(round(held_out))),
        ("ridge".to_owned(), json!(args.ridge)),
        ("corpus".to_owned(), json!(corpus.manifest.id)),
        ("embedder".to_owned(), json!(corpus.search.embedder().id())),
    ]);
    let rounded = FEATURES.iter().zip(&weights).map(|(name, weight)| ((*name).to_owned(), round(*weight) as f32));
    let fitted = Weights { weights: rounded.collect(), report: report.clone() };
    fs_err::write(&args.out, serde_json::to_string_pretty(&fitted)? + "\n")?;
    out.document(&fitted)?;
    let mut rows: Vec<Vec<String>> =
        report.iter().map(|(name, value)| vec![name.clone(), value.to_string()]).collect();
    rows.extend(FEATURES.iter().zip(&weights).map(|(name, weight)| vec![(*name).to_owned(), format!("{weight:.3}")]));
    out.line(table(&["what", "value"], &rows));
    for (case, (question, _)) in cases.iter().zip(&labelled).filter(|(case, _)| case.right.is_empty()) {
        out.note(format!("{}: what is right is not among the candidates: {}", case.id, question.question));
    }
    Ok(Done::Well)
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

async fn case(assistant: &Assistant, question: &Labelled, gold: &Gold) -> anyhow::Result<Case> {
    let candidates = assistant.weighed(&question.question).await?;
    let right = candidates.iter().enumerate().filter(|(_, (code, candidate))| match gold {
        Gold::Codes(codes) => code.as_ref().is_some_and(|code| codes.contains(code)),
        Gold::Law => candidate.what == What::Law,
        Gold::Nothing => candidate.what == What::Nothing,
    });
    let right = right.map(|(i, _)| i).collect();
    let rows = candidates.iter().map(|(_, candidate)| candidate.features.to_vec()).collect();
    Ok(Case { id: question.id.to_string(), rows, right })
}

fn read(path: &Path, every: usize, into: &mut Vec<(Labelled, Gold)>) -> anyhow::Result<()> {
    if path.is_dir() {
        let mut files: Vec<PathBuf> =
            fs_err::read_dir(path)?.map(|entry| entry.map(|it| it.path())).collect::<Result<_, _>>()?;
        files.sort();
        let sets = files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
        return sets.map(|file| read(file, every, into)).collect();
    }
    let text = fs_err::read_to_string(path)?;
    let mut of_law = 0;
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let question: Labelled = serde_json::from_str(line)
            .map_err(|error| Usage(format!("{} line {}: {error}", path.display(), i + 1)))?;
        // What stands on a conversation tells nothing alone.
        if !question.history.is_empty() {
            continue;
        }
        let gold = match &question.expect {
            Some(expect) => match gold(expect) {
                Some(gold) => gold,
                None => continue,
            },
            None if !question.relevant.is_empty() && question.covered != Some(false) => {
                of_law += 1;
                if of_law % every != 0 {
                    continue;
                }
                Gold::Law
            }
            None => continue,
        };
        into.push((question, gold));
    }
    Ok(())
}

/// `None` where the question is decided before anything is weighed, or where several things are right.
fn gold(expect: &Expect) -> Option<Gold> {
    if let Some(codes) = expect.code.as_ref().filter(|codes| !codes.is_empty()) {
        return Some(Gold::Codes(codes.clone()));
    }
    let route = |name: &str| expect.route.iter().any(|it| it == name);
    let verdict = |name: &str| expect.verdict.iter().any(|it| it == name);
    if verdict("no_basis") || verdict("out_of_scope") {
        return Some(Gold::Nothing);
    }
    (route("law") && verdict("answered")).then_some(Gold::Law)
}
