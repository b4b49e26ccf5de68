//! `khue fit ranker`: questions of law with their provisions to the trees that put in order what was found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use eval::fit::Case;
use eval::trees::{Growth, fit};
use search::{Filter, Kind, RANK_FEATURES, Ranker, Tree};
use serde::Deserialize;
use serde_json::{Value, json};

use super::round;
use crate::app::Setup;
use crate::commands::out::{Out, table};
use crate::commands::{Done, Usage, opened};

#[derive(Args)]
pub(crate) struct RankerArgs {
    /// Files of labelled questions: {"id", "question", "relevant": [{"doc", "article"}]}
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// Where the trees go, with the report of their fitting
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How many trees
    #[arg(long, default_value_t = 200)]
    trees: usize,
    /// Most leaves of a tree
    #[arg(long, default_value_t = 15)]
    leaves: usize,
    /// Share of its values that a tree adds
    #[arg(long, default_value_t = 0.05)]
    rate: f64,
    /// Fewest rows of a leaf
    #[arg(long, default_value_t = 50)]
    least: usize,
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    question: String,
    #[serde(default)]
    relevant: Vec<Relevant>,
    covered: Option<bool>,
}

#[derive(Deserialize)]
struct Relevant {
    doc: String,
    #[serde(default)]
    article: Value,
}

/// A question with how many provisions are right for it, found or not.
struct Asked {
    case: Case,
    relevant: usize,
}

pub(crate) async fn run(setup: Setup, args: RankerArgs, out: &Out) -> anyhow::Result<Done> {
    let mut lines = Vec::new();
    for path in &args.sets {
        lines.extend(read(path)?);
    }
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let filter = Filter { kind: Some(Kind::Provision), ..Filter::default() };
    let bar = out.bar("finding", lines.len() as u64, false);
    let mut asked = Vec::new();
    for line in &lines {
        let found = corpus.search.rank_rows(&line.question, &filter).await?;
        let is_right = |document: &str, article: Option<&str>| {
            line.relevant.iter().any(|it| {
                let wanted = it.article.as_str().map(str::to_owned);
                let wanted = wanted.unwrap_or_else(|| it.article.to_string());
                it.doc == document && Some(wanted.as_str()) == article
            })
        };
        let right = found
            .iter()
            .enumerate()
            .filter(|(_, (at, _))| is_right(&at.document, at.place.article.as_deref()));
        let right = right.map(|(i, _)| i).collect();
        let rows = found.iter().map(|(_, row)| row.clone()).collect();
        let case = Case { id: line.id.to_string(), rows, right };
        asked.push(Asked { case, relevant: line.relevant.len() });
        bar.inc(1);
    }
    bar.finish_and_clear();
    let growth =
        Growth { trees: args.trees, leaves: args.leaves, rate: args.rate, least: args.least };
    let all: Vec<&Asked> = asked.iter().collect();
    let half = |keep: usize| -> Vec<&Asked> { all.iter().skip(keep).step_by(2).copied().collect() };
    let grown = |asked: &[&Asked]| -> Vec<Tree> {
        fit(&asked.iter().map(|it| &it.case).collect::<Vec<_>>(), growth)
    };
    let (even, odd) = (half(0), half(1));
    let other = [figures(&odd, Some(&grown(&even))), figures(&even, Some(&grown(&odd)))];
    let mean = |name: &str| round(0.5 * (other[0][name] + other[1][name]));
    let mut ranker = Ranker {
        features: RANK_FEATURES.iter().map(|name| (*name).to_owned()).collect(),
        trees: grown(&all),
        ..Ranker::default()
    };
    ranker.report = BTreeMap::from([
        ("questions".to_owned(), json!(all.len())),
        ("as_fused".to_owned(), json!(figures(&all, None))),
        ("fitted".to_owned(), json!(figures(&all, Some(&ranker.trees)))),
        (
            "other_half".to_owned(),
            json!({"nDCG@10": mean("nDCG@10"), "R@10": mean("R@10"), "R@1": mean("R@1")}),
        ),
        ("corpus".to_owned(), json!(corpus.manifest.id)),
        ("embedder".to_owned(), json!(corpus.search.embedder().id())),
    ]);
    fs_err::write(&args.out, written(&ranker)?)?;
    out.document(&ranker.report)?;
    let rows: Vec<Vec<String>> =
        ranker.report.iter().map(|(name, value)| vec![name.clone(), value.to_string()]).collect();
    out.line(table(&["what", "value"], &rows));
    Ok(Done::Well)
}

/// The file: a tree a line.
fn written(ranker: &Ranker) -> anyhow::Result<String> {
    let trees: Vec<String> =
        ranker.trees.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let (report, features) =
        (serde_json::to_string(&ranker.report)?, serde_json::to_string(&ranker.features)?);
    let trees = trees.join(",\n    ");
    Ok(format!(
        "{{\n  \"report\": {report},\n  \"features\": {features},\n  \"trees\": [\n    {trees}\n  ]\n}}\n"
    ))
}

/// nDCG@10, R@10 and R@1 of the order as fused, or by trees.
fn figures(asked: &[&Asked], trees: Option<&[Tree]>) -> BTreeMap<&'static str, f64> {
    let (mut ndcg, mut ten, mut one) = (0.0, 0.0, 0.0);
    for Asked { case, relevant } in asked {
        let score =
            |row: &[f32]| trees.into_iter().flatten().map(|tree| tree.score(row)).sum::<f32>();
        let scores: Vec<f32> = case.rows.iter().map(|row| score(row)).collect();
        let mut order: Vec<usize> = (0..case.rows.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        let right = |place: usize| order.get(place).is_some_and(|at| case.right.contains(at));
        let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
        let all = (*relevant).max(1) as f64;
        let ideal: f64 = (0..(*relevant).clamp(1, 10)).map(gain).sum();
        ndcg += (0..10).filter(|&place| right(place)).map(gain).sum::<f64>() / ideal;
        ten += (0..10).filter(|&place| right(place)).count() as f64 / all;
        one += f64::from(u8::from(right(0))) / all;
    }
    let mean = |sum: f64| round(sum / asked.len().max(1) as f64);
    BTreeMap::from([("nDCG@10", mean(ndcg)), ("R@10", mean(ten)), ("R@1", mean(one))])
}

fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let text = fs_err::read_to_string(path)?;
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line)
            .map_err(|error| Usage(format!("{} line {}: {error}", path.display(), i + 1)))?;
        if !line.relevant.is_empty() && line.covered != Some(false) {
            lines.push(line);
        }
    }
    Ok(lines)
}
