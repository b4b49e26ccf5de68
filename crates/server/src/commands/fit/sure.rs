//! `khue fit sure`: labelled questions to the weights that tell how sure an answer is to be right.

use std::path::PathBuf;

use answer::{CARD_SIGNS, LAW_SIGNS, Signs, Sure};
use clap::Args;
use eval::Outcome;
use eval::fit::{Case, fit, likely};
use serde_json::{Value, json};

use super::round;
use crate::app::{App, Setup};
use crate::commands::eval::{Labelled, given, read};
use crate::commands::out::{Out, table};
use crate::commands::{Done, opened};
use crate::wire;

#[derive(Args)]
pub(crate) struct SureArgs {
    /// Files of labelled questions, as for `khue eval answers`, or {"id", "question", "relevant"} for questions of law
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// Where the weights go, with the report of their fitting
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Every n-th question of law only
    #[arg(long, default_value_t = 1, value_name = "N")]
    every: usize,
    /// Weight of the squared weights against chance
    #[arg(long, default_value_t = 0.003)]
    ridge: f64,
    /// Share of wrong answers that is wanted among the sure ones
    #[arg(long, default_value_t = 0.02, value_name = "SHARE")]
    risk: f64,
    /// Share of answers of each sort that is given as sure, even if more of them are wrong
    #[arg(long, default_value_t = 0.85, value_name = "SHARE")]
    coverage: f64,
}

/// Folds of the cross-fit: each answer is judged by weights that have not seen it.
const FOLDS: usize = 10;

/// One weighed answer.
struct Weighed {
    row: Vec<f32>,
    right: bool,
}

pub(crate) async fn run(setup: Setup, args: SureArgs, out: &Out) -> anyhow::Result<Done> {
    let mut labelled: Vec<Labelled> = Vec::new();
    for set in &args.sets {
        let questions = read(set)?;
        let of_law = questions.first().is_some_and(|it| !it.relevant.is_empty());
        let every = if of_law { args.every.max(1) } else { 1 };
        labelled.extend(questions.into_iter().step_by(every));
    }
    let app = opened(setup, false, out)?;
    let bar = out.bar("answering", labelled.len() as u64, false);
    let (mut cards, mut law) = (Vec::new(), Vec::new());
    for question in labelled {
        bar.inc(1);
        let Some((signs, right)) = weighed(&app, question).await? else { continue };
        let row = signs.row;
        if signs.card { &mut cards } else { &mut law }.push(Weighed { row, right });
    }
    bar.finish_and_clear();
    let (mut sure, mut rows) = (Sure::default(), Vec::new());
    for (name, names, answers, weights, from) in [
        ("card", &CARD_SIGNS, &cards, &mut sure.card, &mut sure.card_from),
        ("law", &LAW_SIGNS, &law, &mut sure.law, &mut sure.law_from),
    ] {
        let cases: Vec<Case> = answers.iter().map(case).collect();
        let all: Vec<&Case> = cases.iter().collect();
        let fitted = fit(&all, args.ridge);
        *weights = names
            .iter()
            .zip(&fitted)
            .map(|(name, it)| ((*name).into(), round(*it) as f32))
            .collect();
        // Judged by others' weights, most likely first.
        let judged = crossed(&cases, args.ridge);
        let judged = judged.into_iter().zip(answers).map(|(likely, it)| (likely, it.right));
        let mut kept: Vec<(f64, bool)> = judged.collect();
        kept.sort_by(|a, b| b.0.total_cmp(&a.0));
        let curve = curve(&kept);
        let least = (args.coverage * kept.len() as f64).ceil() as usize;
        let safe = curve.iter().rposition(|risk| *risk <= args.risk).map_or(0, |at| at + 1);
        let count = safe.max(least).min(kept.len());
        *from = count.checked_sub(1).map_or(0.0, |at| round(kept[at].0) as f32);
        let of = kept.len().max(1) as f64;
        let report = json!({
            "answers": answers.len(),
            "wrong": round(1.0 - kept.iter().filter(|it| it.1).count() as f64 / of),
            "sure": round(count as f64 / of),
            "wrong_of_sure": count.checked_sub(1).map(|at| round(curve[at])),
            "wrong_at_half": curve.get(kept.len() / 2).map(|it| round(*it)),
        });
        rows.extend(of_report(name, &report));
        sure.report.insert(name.into(), report);
    }
    sure.report.insert("ridge".into(), json!(args.ridge));
    fs_err::write(&args.out, serde_json::to_string_pretty(&sure)? + "\n")?;
    out.document(&sure)?;
    out.line(table(&["what", "value"], &rows));
    Ok(Done::Well)
}

fn of_report(name: &str, report: &Value) -> Vec<Vec<String>> {
    let rows = report.as_object().into_iter().flatten();
    rows.map(|(what, value)| vec![format!("{name} {what}"), value.to_string()]).collect()
}

/// Asks a question; `None` where its answer was not weighed, and for a card where the law is labelled.
async fn weighed(app: &App, question: Labelled) -> anyhow::Result<Option<(Signs, bool)>> {
    let corpus = app.corpus()?;
    let profile = question.profile.as_deref().unwrap_or("citizen");
    let Some(assistant) = corpus.assistants.get(profile) else { return Ok(None) };
    let answer = wire::collect(assistant.ask(question.asked()), |_| {}).await?.answer;
    let signs = answer.trace.signs.clone();
    if signs.row.is_empty() || signs.card && !question.relevant.is_empty() {
        return Ok(None);
    }
    let given = given(&answer);
    let right = match question.relevant.is_empty() {
        // What is given with a doubt is judged as if it were given without.
        true => {
            let expect = serde_json::from_value(question.expect)?;
            let firm = eval::Given { verdict: "answered".into(), ..given.clone() };
            [given, firm].iter().any(|it| eval::judge(&expect, it).0 == Outcome::Right)
        }
        false => question.relevant.iter().any(|gold| {
            let (doc, article) = gold.pair();
            given.cited.iter().any(|it| it.doc == doc && it.article.as_ref() == Some(&article))
        }),
    };
    Ok(Some((signs, right)))
}

/// Right or not as a choice between the answer and nothing.
fn case(answer: &Weighed) -> Case {
    let nothing = vec![0.0; answer.row.len()];
    let right = vec![usize::from(!answer.right)];
    Case { id: String::new(), rows: vec![answer.row.clone(), nothing], right }
}

/// How likely each is right, by weights fitted without its fold.
fn crossed(cases: &[Case], ridge: f64) -> Vec<f64> {
    let mut judged = vec![0.0; cases.len()];
    for fold in 0..FOLDS {
        let others = cases.iter().enumerate().filter(|(i, _)| i % FOLDS != fold);
        let weights = fit(&others.map(|(_, case)| case).collect::<Vec<_>>(), ridge);
        for (i, case) in cases.iter().enumerate().filter(|(i, _)| i % FOLDS == fold) {
            judged[i] = likely(case, &weights)[0];
        }
    }
    judged
}

/// Share of wrong ones among the first so many.
fn curve(kept: &[(f64, bool)]) -> Vec<f64> {
    let mut wrong = 0.0;
    let risk = |(i, (_, right)): (usize, &(f64, bool))| {
        wrong += if *right { 0.0 } else { 1.0 };
        wrong / (i + 1) as f64
    };
    kept.iter().enumerate().map(risk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_found_for_answers_that_they_have_not_seen() {
        let answer = |i: usize| {
            let sign = f32::from(u8::from(i.is_multiple_of(3)));
            Weighed { row: vec![1.0, sign], right: i.is_multiple_of(3) }
        };
        let cases: Vec<Case> = (0..60).map(|i| case(&answer(i))).collect();
        let judged = crossed(&cases, 0.003);
        assert!(
            judged.iter().enumerate().all(|(i, likely)| (*likely > 0.5) == i.is_multiple_of(3))
        );
        assert_eq!(curve(&[(0.9, true), (0.8, false)]), [0.0, 0.5]);
    }
}
