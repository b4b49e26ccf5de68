//! `khue fit ranker`: questions of law with their provisions to the trees that put in order what was found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use eval::fit::Case;
use eval::trees::{Growth, fit};
use eval::{Gold, Ranked};
use search::{Filter, Kind, RANK_FEATURES, Ranker, Tree};
use serde::Deserialize;
use serde_json::{Value, json};

use super::round;
use crate::app::Setup;
use crate::commands::labels::{Relevant, lines};
use crate::commands::out::{Out, table};
use crate::commands::{Done, opened};

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

/// A question with what was found for it and what is right for it, found or not.
struct Asked {
    case: Case,
    found: Vec<(String, String)>,
    gold: Gold,
}

pub(crate) async fn run(setup: Setup, args: RankerArgs, out: &Out) -> anyhow::Result<Done> {
    let mut questions = Vec::new();
    for path in &args.sets {
        questions.extend(read(path)?);
    }
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let filter = Filter { kind: Some(Kind::Provision), ..Filter::default() };
    let bar = out.bar("finding", questions.len() as u64, false);
    let mut asked = Vec::new();
    for line in &questions {
        let found = corpus.search.rank_rows(&line.question, &filter).await?;
        let (found, rows): (Vec<_>, Vec<_>) = found
            .into_iter()
            .map(|(at, row)| ((at.document, at.place.article.unwrap_or_default()), row))
            .unzip();
        let relevant: Vec<_> = line.relevant.iter().map(Relevant::pair).collect();
        let right = (0..found.len()).filter(|&i| relevant.contains(&found[i])).collect();
        let id = line.id.to_string();
        let case = Case { id: id.clone(), rows, right };
        asked.push(Asked { case, found, gold: Gold { id, relevant } });
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
    let ordered = |Asked { case, found, .. }: &&Asked| {
        let score =
            |row: &[f32]| trees.into_iter().flatten().map(|tree| tree.score(row)).sum::<f32>();
        let scores: Vec<f32> = case.rows.iter().map(|row| score(row)).collect();
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        let hits = order.into_iter().map(|i| found[i].clone()).collect();
        Ranked { id: case.id.clone(), hits }
    };
    let results: Vec<Ranked> = asked.iter().map(ordered).collect();
    let gold: Vec<Gold> = asked.iter().map(|it| it.gold.clone()).collect();
    let scores = eval::retrieval(&gold, &results);
    let figure = |name: &'static str| (name, round(scores.get(name).copied().unwrap_or_default()));
    ["nDCG@10", "R@10", "R@1"].map(figure).into()
}

fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let mut questions: Vec<Line> = lines(path)?;
    questions.retain(|line| !line.relevant.is_empty() && line.covered != Some(false));
    Ok(questions)
}
