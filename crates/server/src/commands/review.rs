//! `khue review`: findings on a draft, and the table of checks.

mod made;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use ingest::read::Limits;
use jiff::civil::Date;
use law::Library;
use review::{Draft, Finding, How, Known, Report, Reviewer, State, Table, Usage as Words, written};
use serde_json::{Value, json};

use super::out::{Out, table};
use super::{Done, Usage, parse_date};
use crate::app::Setup;
use crate::clock::today;
use made::Made;

#[derive(Args)]
pub(crate) struct ReviewArgs {
    /// The draft: docx, doc, odt, pdf, html, md or txt; a zip of its parts
    #[arg(required_unless_present = "checks")]
    file: Option<PathBuf>,
    /// The day whose law counts where the draft gives none [default: today]
    #[arg(long, value_parser = parse_date)]
    on: Option<Date>,
    /// Where the extracted text goes, into which spans point
    #[arg(long, value_name = "OUT")]
    text: Option<PathBuf>,
    /// Where the report goes, a page to read and print
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// Where the draft's Word file goes with a comment at each finding and a table after the last page
    #[arg(long, value_name = "OUT")]
    docx: Option<PathBuf>,
    /// A check that is not done, with the reason: 33="do người soạn yêu cầu"
    #[arg(long, value_name = "NO=REASON")]
    off: Vec<String>,
    /// List the checks and their rules instead
    #[arg(long, conflicts_with = "file")]
    checks: bool,
}

/// What drafts are held against, opened once for many.
pub(crate) struct Desk {
    pub(crate) library: Arc<Library>,
    known: Known,
    table: Table,
    words: search::Usage,
    pub(crate) version: String,
}

struct Counted<'a>(&'a search::Usage);

impl Words for Counted<'_> {
    fn pair(&self, first: &str, second: &str) -> u32 {
        self.0.together(first, second)
    }
}

impl Desk {
    /// Opens the serving version's library, its counts of words, and the table of checks. No model is loaded.
    pub(crate) fn open(setup: &Setup) -> anyhow::Result<Desk> {
        let version = setup.current()?;
        let library = Arc::new(setup.library(&version)?);
        let known = Known::of(&library);
        let words = search::Usage::open(&setup.versions.folder(&version).join("index"))?;
        Ok(Desk { library, known, table: checks_of(setup)?, words, version })
    }

    /// The checks.
    pub(crate) fn checks(&self) -> &[review::Check] {
        self.table.checks()
    }

    /// A file to its draft, with what its reader should know.
    pub(crate) fn read(name: &str, bytes: &[u8]) -> anyhow::Result<(Draft, Vec<String>)> {
        let exe = std::env::current_exe()?;
        let read = ingest::read_draft(&exe, name, bytes, &Limits::default())
            .map_err(|refused| Usage(format!("{name}: {refused}")))?;
        let draft = Draft::read(&read.text).map_err(|why| Usage(format!("{name}: {why}")))?;
        Ok((draft.set_as(read.look), read.notes))
    }

    /// Holds a draft against the law.
    pub(crate) fn review(&self, draft: &Draft, on: Date, off: &BTreeMap<u8, String>) -> Report {
        let usage = Counted(&self.words);
        let (library, known, table) = (&*self.library, &self.known, &self.table);
        Reviewer { library, known, table, usage: &usage, off: off.clone() }.review(draft, on)
    }

    /// A report as the contract has it.
    pub(crate) fn json(&self, report: &Report, notes: &[String], ms: f64) -> anyhow::Result<Value> {
        let mut value = serde_json::to_value(report)?;
        value["notes"] = json!(notes.iter().chain(&report.notes).collect::<Vec<_>>());
        value["ms"] = json!(ms);
        value["versions"] =
            self.versions().into_iter().map(|(name, version)| (name.to_owned(), version)).collect();
        Ok(value)
    }

    /// What a report was made with.
    fn versions(&self) -> [(&'static str, String); 3] {
        [
            ("corpus", self.version.clone()),
            ("checks", format!("{:08x}", self.table.print())),
            ("program", env!("CARGO_PKG_VERSION").to_owned()),
        ]
    }
}

pub(crate) fn run(setup: &Setup, args: &ReviewArgs, out: &Out) -> anyhow::Result<Done> {
    if args.checks {
        return checks(setup, out);
    }
    let Some(path) = &args.file else { return Err(Usage("no file is named".into()).into()) };
    let off = off(&args.off)?;
    apart(path, &[&args.text, &args.html, &args.docx])?;
    let bytes = fs_err::read(path)?;
    let spinner = out.spinner("opening the library");
    let desk = Desk::open(setup)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    spinner.set_message("reading the draft");
    let (draft, notes) = Desk::read(&name, &bytes)?;
    spinner.set_message("checking");
    let began = Instant::now();
    let report = desk.review(&draft, args.on.unwrap_or_else(today), &off);
    let ms = began.elapsed().as_secs_f64() * 1e3;
    let mut value = desk.json(&report, &notes, ms)?;
    let made = Made::new(setup, &desk, &report, &notes, &name)?;
    let mut said = Vec::new();
    let mut files: Vec<(&Path, Vec<u8>)> = Vec::new();
    if let Some(text) = &args.text {
        files.push((text, draft.text().as_bytes().to_vec()));
    }
    if let Some(path) = &args.html {
        files.push((path, made.html().into_bytes()));
    }
    if let Some(path) = &args.docx {
        spinner.set_message("writing the Word file");
        let (word, about) = made.word(&bytes, &draft)?;
        files.push((path, word));
        said = about;
    }
    // All are made before one is written.
    for (path, bytes) in files {
        write(path, &bytes)?;
    }
    spinner.finish_and_clear();
    if let Some(list) = value["notes"].as_array_mut() {
        list.extend(said.iter().map(|note| json!(note)));
    }
    out.document(&value)?;
    print(out, &made);
    for note in said {
        out.line(format!("! {note}"));
    }
    Ok(Done::Well)
}

/// Writes a file whole or not at all: a report that is half there would be read as all of it.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let pipe = path.metadata().is_ok_and(|there| !there.is_file());
    let part = path.with_added_extension("khue-part");
    let written = match pipe {
        true => fs_err::write(path, bytes),
        false => fs_err::write(&part, bytes).and_then(|()| fs_err::rename(&part, path)),
    };
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses to write over the draft, or two outputs into one file.
fn apart(draft: &Path, outputs: &[&Option<PathBuf>]) -> anyhow::Result<()> {
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    let mut taken = vec![whole(draft)?];
    for path in outputs.iter().filter_map(|it| it.as_deref()) {
        let there = whole(path)?;
        if path.metadata().is_ok_and(|it| !it.is_file()) {
            continue;
        }
        if taken.contains(&there) {
            let what = format!(
                "{} would be written over: give each of --text, --html and --docx a name of its own, other than the draft's",
                path.display()
            );
            return Err(Usage(what).into());
        }
        taken.push(there);
    }
    Ok(())
}

/// `33=reason` to checks that are off.
fn off(given: &[String]) -> anyhow::Result<BTreeMap<u8, String>> {
    let mut off = BTreeMap::new();
    for one in given {
        let read = one
            .split_once('=')
            .and_then(|(no, why)| Some((no.trim().parse::<u8>().ok()?, why.trim())));
        match read {
            Some((no @ 1..=40, why)) if !why.is_empty() => {
                off.insert(no, why.to_owned());
            }
            _ => {
                return Err(Usage(format!(
                    "--off {one:?}: write the number of a check (1 to 40) and a reason, like --off 33=\"…\""
                ))
                .into());
            }
        }
    }
    Ok(off)
}

fn print(out: &Out, made: &Made<'_>) {
    let report = made.report;
    let document = &report.document;
    out.line(format!("{} {} · {}", document.kind, document.number, document.issuer));
    out.line(&document.title);
    out.line(format!(
        "ngày ký {} · hiệu lực {} · đối chiếu pháp luật ngày {}\n",
        written(document.date),
        written(document.effective),
        written(Some(report.on))
    ));
    for note in &made.notes {
        out.line(format!("! {note}"));
    }
    for finding in &report.findings {
        out.line(told(finding, made));
    }
    let counts = State::ALL.map(|state| {
        let count = report.checks.iter().filter(|check| check.state == state).count();
        format!("{count} {}", state.name())
    });
    out.line(format!("{} phát hiện. Phép kiểm tra: {}.", report.findings.len(), counts.join(", ")));
    for asked in &report.questions {
        out.line(format!("? [{}] {}", asked.check, asked.question));
    }
    for left in &report.not_checked {
        out.line(format!("- [{}] {}", left.check, left.reason));
    }
    out.line(&made.desk.table.report().aid);
}

fn told(finding: &Finding, made: &Made<'_>) -> String {
    let mut lines = vec![
        format!(
            "[{:?}] {} {} · {}",
            finding.severity, finding.check, finding.name, finding.at.place
        ),
        format!("    dự thảo: “{}”", finding.at.quote.replace('\n', " ")),
        format!("    {}", finding.why),
    ];
    if !finding.also.is_empty() {
        let places: Vec<&str> = finding.also.iter().map(|at| at.place.as_str()).collect();
        lines.push(format!("    cũng ở: {}", places.join("; ")));
    }
    for against in &finding.against {
        let quote = against.quote.replace('\n', " ");
        lines.push(format!(
            "    {} ({}): “{quote}”",
            against.citation,
            made.status(&against.status)
        ));
    }
    if !finding.suggestion.is_empty() {
        lines.push(format!("    → {}", finding.suggestion));
    }
    let unverified = &made.desk.table.report().unverified;
    let doubt = if finding.mark == "source" { String::new() } else { format!(" ({unverified})") };
    lines.push(format!("    theo {}{doubt}\n", finding.rule));
    lines.join("\n")
}

/// The table of checks among the prompts.
fn checks_of(setup: &Setup) -> anyhow::Result<Table> {
    let file = setup.config.paths.prompts.join("checks.toml");
    let text = fs_err::read_to_string(&file)?;
    Table::read(&text).map_err(|why| anyhow::anyhow!("{}: {why}", file.display()))
}

fn checks(setup: &Setup, out: &Out) -> anyhow::Result<Done> {
    let checks = checks_of(setup)?;
    let how = |how: How| match how {
        How::D => "quy tắc",
        How::H => "máy tìm, người quyết định",
        How::M => "máy nghi ngờ",
        How::Q => "hỏi",
    };
    let rows: Vec<Vec<String>> = checks
        .checks()
        .iter()
        .map(|check| {
            let severity = format!("{:?}", check.severity);
            vec![
                check.no.to_string(),
                severity,
                how(check.how).into(),
                check.name.clone(),
                check.rule.clone(),
            ]
        })
        .collect();
    let value: Vec<Value> = checks
        .checks()
        .iter()
        .map(|it| {
            json!({
                "check": it.no, "name": it.name, "how": format!("{:?}", it.how), "severity": it.severity,
                "rule": it.rule, "mark": it.mark, "about": it.about,
            })
        })
        .collect();
    out.document(&json!({ "checks": value }))?;
    out.line(table(&["số", "mức", "cách", "phép kiểm tra", "căn cứ"], &rows));
    Ok(Done::Well)
}
