//! `khue eval review`: drafts with planted faults, reviewed and scored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use eval::{Hows, LabelledDraft, Made, Scores};
use law::{Citation, Library};
use review::{Draft, Finding};
use serde_json::{Value, json};

use super::super::labels::lines;
use super::super::out::{Out, table};
use super::super::review::Desk;
use super::super::{Done, Usage};
use super::TOLERANCE;
use crate::app::Setup;

#[derive(Args)]
pub(super) struct ReviewSets {
    /// Folders with drafts and `labels.jsonl`: lines {"file", "on", "clean", "faults": [{"check", "severity", "kind",
    /// "place", "quote"}], "allowed"?, "twin_of"?}
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// Scores of an earlier run (its --json output); what fell is listed and the exit code is 1
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Each draft's findings go here, as FILE.json
    #[arg(long, value_name = "DIR")]
    reports: Option<PathBuf>,
}

pub(super) fn run(setup: &Setup, args: &ReviewSets, out: &Out) -> anyhow::Result<Done> {
    let mut labelled: Vec<(PathBuf, LabelledDraft)> = Vec::new();
    for set in &args.sets {
        let (folder, file) = match set.is_dir() {
            true => (set.clone(), set.join("labels.jsonl")),
            false => (set.parent().unwrap_or(Path::new(".")).to_owned(), set.clone()),
        };
        labelled.extend(lines(&file)?.into_iter().map(|draft| (folder.clone(), draft)));
    }
    if let Some(folder) = &args.reports {
        fs_err::create_dir_all(folder)?;
    }
    let desk = Desk::open(setup)?;
    let bar = out.bar("reviewing", labelled.len() as u64, false);
    let mut drafts = Vec::new();
    let mut slowest: f64 = 0.0;
    for (folder, draft) in labelled {
        let bytes = fs_err::read(folder.join(&draft.file))?;
        let (read, notes) = Desk::read(&draft.file, &bytes)?;
        let on = draft
            .on
            .parse()
            .map_err(|_| Usage(format!("{}: {:?} is no date", draft.file, draft.on)))?;
        let began = std::time::Instant::now();
        let report = desk.review(&read, on, &BTreeMap::new());
        let ms = began.elapsed().as_secs_f64() * 1e3;
        slowest = slowest.max(ms);
        if let Some(folder) = &args.reports {
            let value = desk.json(&report, &notes, ms)?;
            fs_err::write(
                folder.join(format!("{}.json", draft.file)),
                serde_json::to_vec_pretty(&value)?,
            )?;
        }
        let made =
            report.findings.iter().map(|finding| made(&desk.library, &read, finding)).collect();
        drafts.push((draft, made));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let (scores, slips) = eval::review(&drafts, &hows(&desk));
    let worse = match &args.baseline {
        Some(path) => {
            let value = serde_json::from_slice::<Value>(&fs_err::read(path)?)?;
            let baseline: Scores = serde_json::from_value(value["scores"].clone())?;
            eval::worse(&baseline, &scores, TOLERANCE)
        }
        None => Vec::new(),
    };
    out.document(
        &json!({"scores": scores, "slips": slips, "slowest_ms": slowest, "worse": worse}),
    )?;
    let rows: Vec<Vec<String>> =
        scores.iter().map(|(name, value)| vec![name.clone(), format!("{value:.4}")]).collect();
    out.line(table(&["figure", "value"], &rows));
    for slip in &slips {
        out.line(format!(
            "{} {} [{}] {}: {}",
            slip.what, slip.file, slip.check, slip.place, slip.quote
        ));
    }
    out.line(format!("slowest draft: {slowest:.0} ms"));
    for line in &worse {
        out.line(format!("WORSE {line}"));
    }
    Ok(if worse.is_empty() { Done::Well } else { Done::Partly })
}

fn hows(desk: &Desk) -> Hows {
    let letter = |check: &review::Check| format!("{:?}", check.how).chars().next().unwrap_or('M');
    desk.checks().iter().map(|check| (check.no, letter(check))).collect()
}

/// A finding with what its quotations are worth: those of the draft against its text, those of the law against the
/// library.
fn made(library: &Library, draft: &Draft, finding: &Finding) -> Made {
    let [start, end] = finding.at.span;
    let there: String = draft.text().chars().skip(start).take(end - start).collect();
    let true_ones =
        finding.against.iter().filter(|it| held(library, &it.citation, &it.quote)).count();
    Made {
        check: finding.check,
        severity: format!("{:?}", finding.severity),
        place: finding.at.place.clone(),
        quote: finding.at.quote.clone(),
        quoted: !there.is_empty() && there == finding.at.quote,
        against: (finding.against.len(), true_ones),
    }
}

/// Whether a quotation stands in the cited article, in any of its versions; of a whole document in any article.
fn held(library: &Library, citation: &str, quote: &str) -> bool {
    let Ok(at) = citation.parse::<Citation>() else { return false };
    let Some(document) = library.document(&at.document) else { return false };
    let mut articles = document
        .articles
        .iter()
        .filter(|it| at.place.article.is_none() || it.place.to_article() == at.place.to_article());
    articles.any(|article| {
        let cite = document.cite(article);
        let own = library.text(&cite).is_some_and(|text| law::quoted(&text, quote));
        own || (0..article.versions.len()).any(|version| {
            library
                .version_text(&cite, article, version)
                .is_some_and(|text| law::quoted(&text, quote))
        })
    })
}
