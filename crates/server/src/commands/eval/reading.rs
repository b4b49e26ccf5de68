//! `khue eval reading`: files against what they should hold.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use ingest::read::{Limits, read_file};
use law::{Document, Edition};
use serde_json::{Value, json};

use crate::commands::Done;
use crate::commands::out::{Out, table};

#[derive(Args)]
pub(crate) struct ReadingArgs {
    /// Files and folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Lines of articles: a document that they hold must give the same articles in the same order
    #[arg(long, num_args = 1.., value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Folders with the true text of a file under its name with .txt: letters are compared
    #[arg(long, num_args = 1.., value_name = "DIR")]
    truth: Vec<PathBuf>,
}

pub(crate) fn run(args: &ReadingArgs, out: &Out) -> anyhow::Result<Done> {
    let exe = std::env::current_exe()?;
    let limits = Limits::default();
    let known = known(&args.against, &exe, &limits)?;
    let files = ingest::files(&args.paths)?;
    let bar = out.bar("reading", files.len() as u64, false);
    let mut all = Vec::new();
    for path in &files {
        all.push(one(path, &known, &args.truth, &exe, &limits)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let count = |key: &str| all.iter().filter(|file| !file[key].is_null()).count();
    let whole = |key: &str| {
        all.iter().filter(|file| file[key].as_array().is_some_and(Vec::is_empty)).count()
    };
    let sum = |key: &str| all.iter().filter_map(|file| file[key].as_u64()).sum::<u64>();
    let (wrong, letters) = (sum("wrong_letters"), sum("letters"));
    let rate = |wrong: u64, of: u64| 100.0 * wrong as f64 / of.max(1) as f64;
    out.document(&json!({
        "files": all, "read": count("articles"), "refused": count("refused"),
        "headings": {"files": count("missing_headings"), "whole": whole("missing_headings")},
        "articles": {"files": count("missing_articles"), "whole": whole("missing_articles")},
        "letters": letters, "wrong_letters": wrong,
    }))?;
    let share = |key: &str| {
        let (some, all) = (whole(key), count(key));
        vec![some.to_string(), all.to_string(), format!("{:.1} %", rate(some as u64, all as u64))]
    };
    let mut rows = vec![vec![
        "files read".into(),
        count("articles").to_string(),
        all.len().to_string(),
        String::new(),
    ]];
    for (name, key) in [
        ("all headings found in order", "missing_headings"),
        ("all articles of the records in order", "missing_articles"),
    ] {
        if count(key) > 0 {
            rows.push([vec![name.to_owned()], share(key)].concat());
        }
    }
    if letters > 0 {
        rows.push(vec![
            "wrong letters".into(),
            wrong.to_string(),
            letters.to_string(),
            format!("{:.3} %", rate(wrong, letters)),
        ]);
    }
    out.line(table(&["", "", "of", ""], &rows));
    for file in &all {
        let name = file["file"].as_str().unwrap_or_default();
        if let Some(why) = file["refused"].as_str() {
            out.line(format!("refused   {name}: {why}"));
        }
        for key in ["missing_headings", "missing_articles"] {
            let missing = file[key].as_array().map_or(&[][..], Vec::as_slice);
            if !missing.is_empty() {
                let list: Vec<&str> = missing.iter().take(12).filter_map(Value::as_str).collect();
                out.line(format!(
                    "missing   {name} ({}): {} of {}: {}",
                    file["document"].as_str().unwrap_or_default(),
                    missing.len(),
                    key.trim_start_matches("missing_"),
                    list.join(", ")
                ));
            }
        }
        if let (Some(wrong), Some(letters)) =
            (file["wrong_letters"].as_u64(), file["letters"].as_u64())
            && wrong * 200 > letters
        {
            out.line(format!("letters   {name}: {:.2} % wrong", rate(wrong, letters)));
        }
    }
    Ok(Done::Well)
}

/// Articles of the main body by document and edition, in their order.
type Known = HashMap<(String, Edition), Vec<String>>;

fn known(files: &[PathBuf], exe: &Path, limits: &Limits) -> anyhow::Result<Known> {
    let mut known = Known::new();
    for path in files {
        let contents = ingest::contents(path, exe, limits)
            .map_err(|why| anyhow::anyhow!("{}: {why}", path.display()))?;
        for (document, _) in contents.documents {
            let edition = match &document.edition {
                // Both are the text that stands alone.
                Edition::Plain | Edition::Codified(_) => Edition::Plain,
                consolidated => consolidated.clone(),
            };
            known.insert((document.id.clone(), edition), body(&document));
        }
    }
    Ok(known)
}

/// Numbers of the articles that stand in the document itself, not in what it attaches.
fn body(document: &Document) -> Vec<String> {
    let own = document.articles.iter().filter(|it| it.place.part.is_none());
    own.filter_map(|it| it.place.article.clone()).filter(|number| number != "0").collect()
}

fn one(
    path: &Path,
    known: &Known,
    truths: &[PathBuf],
    exe: &Path,
    limits: &Limits,
) -> anyhow::Result<Value> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = fs_err::read(path)?;
    let text = match read_file(exe, &name, &bytes, limits) {
        Ok(text) => text,
        Err(refused) => return Ok(json!({"file": name, "refused": refused.to_string()})),
    };
    let document = Document::parse(Document::default(), &text.text).value.document;
    let found = body(&document);
    let headings = eval::headings(&text.text);
    // A plain look cannot tell what is attached from the document itself.
    let every: Vec<String> =
        document.articles.iter().filter_map(|it| it.place.article.clone()).collect();
    let mut file = json!({
        "file": name, "document": document.id, "articles": found.len(), "warnings": text.warnings,
    });
    if !headings.is_empty() {
        file["headings"] = json!(headings.len());
        file["missing_headings"] = json!(eval::in_order(&headings, &every));
    }
    if let Some(articles) = known.get(&(document.id.clone(), document.edition.clone())) {
        file["records"] = json!(articles.len());
        file["missing_articles"] = json!(eval::in_order(articles, &found));
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let truth = truths.iter().map(|folder| folder.join(format!("{stem}.txt")));
    if let Some(truth) = truth.into_iter().find(|truth| truth.is_file()) {
        match eval::characters(&fs_err::read_to_string(truth)?, &text.text) {
            Some((wrong, letters)) => {
                file["wrong_letters"] = json!(wrong);
                file["letters"] = json!(letters);
            }
            None => file["unlike"] = json!(true),
        }
    }
    Ok(file)
}
