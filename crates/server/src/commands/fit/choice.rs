//! `khue fit choice`: labelled questions to the weights that decide what a question is about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use answer::{Candidate, FEATURES, SIGNS, Weighed, Weights, What};
use clap::Args;
use eval::fit::{Case, fit, hit_rate};
use law::Library;
use serde::Deserialize;
use serde_json::{Value, json};

use super::round;
use crate::app::Setup;
use crate::commands::labels::lines;
use crate::commands::out::{Out, table};
use crate::commands::{Done, Usage, opened};

#[derive(Args)]
pub(crate) struct ChoiceArgs {
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
    /// List the questions whose likeliest candidate is wrong, with the four likeliest
    #[arg(long)]
    misses: bool,
    /// Weight of the squared weights against chance
    #[arg(long, default_value_t = 0.002)]
    ridge: f64,
}

#[derive(Clone, Deserialize)]
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

#[derive(Clone, Default, Deserialize)]
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

pub(crate) async fn run(setup: Setup, args: ChoiceArgs, out: &Out) -> anyhow::Result<Done> {
    let mut labelled = Vec::new();
    for path in &args.sets {
        read(path, args.every.max(1), &mut labelled)?;
    }
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let bar = out.bar("weighing", labelled.len() as u64, false);
    let mut weighed = Vec::new();
    for (question, _) in &labelled {
        let profile = question.profile.as_deref().unwrap_or("citizen");
        let assistant = corpus
            .assistants
            .get(profile)
            .ok_or_else(|| Usage(format!("there is no profile {profile:?}")))?;
        weighed.push(assistant.weighed(&question.question).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    // What is settled by rules teaches nothing.
    let (labelled, mut weighed): (Vec<_>, Vec<_>) = labelled
        .into_iter()
        .zip(weighed)
        .filter_map(|(labelled, weighed)| Some((labelled, weighed?)))
        .unzip();
    let library = corpus.search.library();
    // Which procedure, where one is right; then which kind, with the score that the procedures come to.
    let ranked: Vec<Case> = labelled
        .iter()
        .zip(&weighed)
        .map(|(labelled, weighed)| ranking(library, labelled, weighed))
        .collect();
    let asked: Vec<&Case> = ranked.iter().filter(|case| !case.right.is_empty()).collect();
    let (procedures, first) = fitted(&asked, args.ridge);
    let named = |names: &[&str], weights: &[f64]| -> BTreeMap<String, f32> {
        names
            .iter()
            .zip(weights)
            .map(|(name, weight)| ((*name).to_owned(), round(*weight) as f32))
            .collect()
    };
    let mut weights = Weights { procedures: named(&FEATURES, &procedures), ..Weights::default() };
    weighed.iter_mut().for_each(|it| it.again(&weights));
    let mut kinds: Vec<Case> = labelled
        .iter()
        .zip(&weighed)
        .map(|(labelled, weighed)| kind_of(labelled, weighed))
        .collect();
    // What is asked for and not there: every third question about a procedure, without the right ones. Unlimited, and
    // true by construction.
    let missing =
        labelled.iter().zip(&weighed).filter(|((_, gold), _)| matches!(gold, Gold::Codes(_)));
    for ((question, gold), weighed) in missing.step_by(3) {
        let mut without = weighed.clone();
        without.candidates.retain(|it| !is_right(library, gold, it));
        without.again(&weights);
        let nothing = (
            Labelled { id: json!(format!("{} without", question.id)), ..question.clone() },
            Gold::Nothing,
        );
        kinds.push(kind_of(&nothing, &without));
    }
    let all: Vec<&Case> = kinds.iter().collect();
    let (kind, kind_first) = fitted(&all, args.ridge);
    let width = SIGNS.len();
    (weights.procedure, weights.law) =
        (named(&SIGNS, &kind[..width]), named(&SIGNS, &kind[width..]));
    weighed.iter_mut().for_each(|it| it.again(&weights));
    let report = BTreeMap::from([
        ("questions".to_owned(), json!(all.len())),
        ("about_procedures".to_owned(), json!(asked.len())),
        ("procedure_is_first".to_owned(), json!(first)),
        ("kind_is_right".to_owned(), json!(kind_first)),
        ("ridge".to_owned(), json!(args.ridge)),
        ("corpus".to_owned(), json!(corpus.manifest.id)),
        ("embedder".to_owned(), json!(corpus.search.embedder().id())),
    ]);
    weights.report = report.clone();
    fs_err::write(&args.out, serde_json::to_string_pretty(&weights)? + "\n")?;
    out.document(&weights)?;
    let mut rows: Vec<Vec<String>> =
        report.iter().map(|(name, value)| vec![name.clone(), value.to_string()]).collect();
    for (of, list) in
        [("which", &weights.procedures), ("procedure", &weights.procedure), ("law", &weights.law)]
    {
        rows.extend(
            list.iter().map(|(name, weight)| vec![format!("{of}: {name}"), format!("{weight:.3}")]),
        );
    }
    out.line(table(&["what", "value"], &rows));
    if args.misses {
        for ((question, gold), weighed) in labelled.iter().zip(&weighed) {
            missed(library, question, gold, weighed, out);
        }
    }
    Ok(Done::Well)
}

/// Tells a question whose likeliest candidate is wrong: what was likeliest, what is right, and what spoke for them.
fn missed(library: &Library, question: &Labelled, gold: &Gold, weighed: &Weighed, out: &Out) {
    let told = |it: &Candidate| match it.what {
        What::Procedure(i) => format!("{} {:.2}", library.procedures()[i].code, it.likely),
        What::Law => format!("law {:.2}", it.likely),
        What::Nothing => format!("nothing {:.2}", it.likely),
    };
    let candidates = &weighed.candidates;
    let right: Vec<&Candidate> =
        candidates.iter().filter(|it| is_right(library, gold, it)).collect();
    let Some(first) = candidates.first().filter(|it| !is_right(library, gold, it)) else { return };
    let list = |list: &[&Candidate]| list.iter().map(|it| told(it)).collect::<Vec<_>>().join(", ");
    let likeliest: Vec<&Candidate> = candidates.iter().take(4).collect();
    let (likeliest, rights) = (list(&likeliest), list(&right));
    out.line(format!("{} {}\n    {likeliest} | right: {rights}", question.id, question.question));
    for it in std::iter::once(first).chain(right) {
        let features = FEATURES.iter().zip(&it.features).filter(|(_, value)| **value != 0.0);
        let features: Vec<String> =
            features.map(|(name, value)| format!("{name} {value:.2}")).collect();
        out.line(format!("        {}: {}", told(it), features.join(" ")));
    }
}

/// Weights of all cases, and the share of cases whose first candidate is right: with weights of all, and of each half
/// with the weights of the other.
fn fitted(cases: &[&Case], ridge: f64) -> (Vec<f64>, Value) {
    let half = |keep: usize| -> Vec<&Case> {
        cases.iter().enumerate().filter(|(i, _)| i % 2 == keep).map(|(_, it)| *it).collect()
    };
    let (even, odd) = (half(0), half(1));
    let other = 0.5 * (hit_rate(&odd, &fit(&even, ridge)) + hit_rate(&even, &fit(&odd, ridge)));
    let weights = fit(cases, ridge);
    let report = json!({"all": round(hit_rate(cases, &weights)), "other_half": round(other)});
    (weights, report)
}

/// Whether a candidate is what a question is about.
fn is_right(library: &Library, gold: &Gold, candidate: &Candidate) -> bool {
    match (gold, candidate.what) {
        (Gold::Codes(codes), What::Procedure(i)) => codes.contains(&library.procedures()[i].code),
        (Gold::Law, What::Law) | (Gold::Nothing, What::Nothing) => true,
        _ => false,
    }
}

/// The choice between the procedures.
fn ranking(library: &Library, (question, gold): &(Labelled, Gold), weighed: &Weighed) -> Case {
    let procedures = weighed.candidates.iter().filter(|it| matches!(it.what, What::Procedure(_)));
    let mut case = Case { id: question.id.to_string(), ..Case::default() };
    for candidate in procedures {
        if is_right(library, gold, candidate) {
            case.right.push(case.rows.len());
        }
        case.rows.push(candidate.features.clone());
    }
    case
}

/// The choice between a procedure, the law and nothing.
fn kind_of((question, gold): &(Labelled, Gold), weighed: &Weighed) -> Case {
    let width = SIGNS.len();
    let block = |at: usize| {
        let mut row = vec![0.0; 2 * width];
        row[at * width..(at + 1) * width].copy_from_slice(&weighed.signs);
        row
    };
    let right = match gold {
        Gold::Codes(_) => 0,
        Gold::Law => 1,
        Gold::Nothing => 2,
    };
    Case {
        id: question.id.to_string(),
        rows: vec![block(0), block(1), vec![0.0; 2 * width]],
        right: vec![right],
    }
}

fn read(path: &Path, every: usize, into: &mut Vec<(Labelled, Gold)>) -> anyhow::Result<()> {
    if path.is_dir() {
        let mut files: Vec<PathBuf> = fs_err::read_dir(path)?
            .map(|entry| entry.map(|it| it.path()))
            .collect::<Result<_, _>>()?;
        files.sort();
        let mut sets =
            files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
        return sets.try_for_each(|file| read(file, every, into));
    }
    let mut of_law = 0;
    for question in lines::<Labelled>(path)? {
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
