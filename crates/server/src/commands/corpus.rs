//! `khue corpus`: versions on disk.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::json;

use super::out::{Out, table};
use super::{Done, vectors};
use crate::app::Setup;
use crate::clock::today;

#[derive(Args)]
pub(crate) struct CorpusArgs {
    #[command(subcommand)]
    command: CorpusCommand,
}

#[derive(Subcommand)]
enum CorpusCommand {
    /// All versions, the serving one marked
    List,
    /// One version with its sources
    Show { version: String },
    /// Serve the version before, or the one named
    Rollback { version: Option<String> },
    /// Check files and counts of the serving version
    Verify,
    /// Remove versions but the serving one and the one before it
    Gc,
    /// Give the texts that are found by words alone their vectors
    Vectors,
    /// Documents that the library cites, amends or replaces and does not hold
    Gaps {
        /// Most documents to list
        #[arg(short, long, default_value_t = 50)]
        most: usize,
    },
    /// What an editor should look at: amendments that were not read or applied, doubtful dates,
    /// procedures that contradict themselves
    Warnings {
        /// Only of this document or procedure
        #[arg(long, value_name = "NUMBER")]
        of: Option<String>,
        /// Most warnings to list
        #[arg(short, long, default_value_t = 50)]
        most: usize,
    },
}

/// Makes a version serve, or the one before; gives its name.
pub(crate) async fn roll_back(setup: &Setup, version: Option<String>) -> anyhow::Result<String> {
    let versions = &setup.versions;
    let mine = setup.clone();
    // Waiting for the lock and reading every file take a while.
    let checked = tokio::task::spawn_blocking(move || {
        let lock = mine.versions.lock()?;
        let target = match version {
            Some(version) => version,
            None => before(&mine)?,
        };
        let manifest = mine.versions.manifest(&target)?;
        let damaged = mine.versions.damaged(&manifest)?;
        anyhow::ensure!(damaged.is_empty(), "{target} is damaged: {}", damaged.join("; "));
        anyhow::Ok((lock, target))
    });
    let (_lock, target) = checked.await??;
    search::publish(
        &versions.folder(&target).join("index"),
        &target,
        &setup.config.search_options(),
    )
    .await?;
    versions.switch(&target)?;
    Ok(target)
}

pub(crate) async fn run(setup: &Setup, args: CorpusArgs, out: &Out) -> anyhow::Result<Done> {
    let versions = &setup.versions;
    match args.command {
        CorpusCommand::List => {
            let (current, list) = (versions.current().unwrap_or(None), versions.list()?);
            let serves = |id: &str| current.as_deref() == Some(id);
            if out.json {
                let list: Vec<_> = list
                    .iter()
                    .map(|m| json!({"id": m.id, "serves": serves(&m.id), "created": m.created, "documents": m.documents, "provisions": m.provisions, "procedures": m.procedures, "vectors": m.counts.vectors, "waiting": m.counts.waiting}))
                    .collect();
                out.document(&json!({"versions": list}))?;
            }
            let rows: Vec<Vec<String>> = list
                .iter()
                .map(|m| {
                    let mark = if serves(&m.id) { "serves" } else { "" };
                    let numbers = [m.documents, m.provisions, m.procedures].map(|n| n.to_string());
                    let waiting = m.counts.waiting.to_string();
                    [
                        [
                            m.id.clone(),
                            mark.to_owned(),
                            m.created.strftime("%Y-%m-%d %H:%M").to_string(),
                        ]
                        .to_vec(),
                        numbers.to_vec(),
                        vec![waiting],
                    ]
                    .concat()
                })
                .collect();
            out.line(table(
                &[
                    "version",
                    "",
                    "created (UTC)",
                    "documents",
                    "provisions",
                    "procedures",
                    "waiting",
                ],
                &rows,
            ));
        }
        CorpusCommand::Show { version } => {
            let manifest = versions.manifest(&version)?;
            out.document(&manifest)?;
            out.line(format!(
                "{}: {} documents, {} provisions, {} procedures",
                manifest.id, manifest.documents, manifest.provisions, manifest.procedures
            ));
            for source in &manifest.sources {
                out.line(format!("  {} ({})", source.path.display(), source.corpus));
            }
        }
        CorpusCommand::Rollback { version } => {
            let target = roll_back(setup, version).await?;
            out.document(&json!({"version": target}))?;
            out.line(format!("{target} serves now"));
        }
        CorpusCommand::Verify => return verify(setup, out).await,
        CorpusCommand::Gc => {
            let _lock = versions.lock()?;
            let current = setup.current()?;
            let previous = versions.manifest(&current)?.previous;
            let mut removed = Vec::new();
            for manifest in versions.list()? {
                if manifest.id != current && Some(&manifest.id) != previous.as_ref() {
                    versions.remove(&manifest.id)?;
                    // After the folder: a collection that is left over harms nobody.
                    search::forget(&manifest.id, &setup.config.search_options()).await?;
                    removed.push(manifest.id);
                }
            }
            let sources = versions.forget_sources()?;
            out.document(&json!({"removed": removed, "sources": sources}))?;
            out.line(format!(
                "removed {} versions: {}; {sources} files that none of them holds",
                removed.len(),
                removed.join(", ")
            ));
        }
        CorpusCommand::Vectors => {
            let _lock = versions.lock()?;
            let manifest = versions.manifest(&setup.current()?)?;
            let waiting = manifest.counts.waiting;
            let manifest = match waiting {
                0 => manifest,
                _ => vectors::finish(setup, &manifest, &setup.embedder()?, out).await?,
            };
            let (id, counts) = (&manifest.id, &manifest.counts);
            out.document(&json!({"version": id, "embedded": waiting, "vectors": counts.vectors}))?;
            out.line(format!("version {id}: {waiting} texts embedded; {} vectors", counts.vectors));
        }
        CorpusCommand::Gaps { most } => gaps(setup, most, out)?,
        CorpusCommand::Warnings { of, most } => warnings(setup, of.as_deref(), most, out)?,
    }
    Ok(Done::Well)
}

fn gaps(setup: &Setup, most: usize, out: &Out) -> anyhow::Result<()> {
    let library = setup.library(&setup.current()?)?;
    out.note("reading all texts …");
    let gaps = law::gaps(&library);
    if out.json {
        return out.document(&json!({"missing": gaps.len(), "gaps": gaps}));
    }
    let rows: Vec<Vec<String>> = gaps
        .iter()
        .take(most)
        .map(|gap| {
            let some = |all: &std::collections::BTreeSet<String>| {
                let names: Vec<&str> = all.iter().take(3).map(String::as_str).collect();
                let more = if all.len() > 3 {
                    format!(" and {} more", all.len() - 3)
                } else {
                    String::new()
                };
                format!("{}{more}", names.join(", "))
            };
            let title: String = gap.title.chars().take(48).collect();
            vec![
                gap.document.clone(),
                title,
                gap.cited.to_string(),
                some(&gap.amends),
                some(&gap.by),
            ]
        })
        .collect();
    out.line(table(&["missing", "title", "cited", "changes", "named by"], &rows));
    out.line(format!(
        "{} documents are spoken of and not held; \"changes\" names those whose words in time are not known without it",
        gaps.len()
    ));
    Ok(())
}

fn warnings(setup: &Setup, of: Option<&str>, most: usize, out: &Out) -> anyhow::Result<()> {
    let id = setup.current()?;
    let folder = setup.versions.folder(&id).join("library");
    let mut all = ingest::problems(&folder)?;
    let library = setup.library(&id)?;
    let today = today();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for procedure in library.procedures() {
        let found = law::doubts(&library, procedure, today);
        let mut of_record: Vec<&str> = found.iter().map(|warning| warning.kind.name()).collect();
        of_record.dedup();
        of_record.into_iter().for_each(|kind| *kinds.entry(kind).or_default() += 1);
        all.extend(found.into_iter().map(|warning| ingest::Trouble {
            document: procedure.code.clone(),
            at: procedure.short_name().to_owned(),
            what: match warning.kind {
                law::WarningKind::Told => warning.what,
                kind => {
                    format!("{}: {}", kind.name(), warning.what).trim_end_matches(": ").to_owned()
                }
            },
        }));
    }
    let wanted = of.map(law::canonical);
    all.retain(|trouble| wanted.as_ref().is_none_or(|of| *of == trouble.document));
    let (count, joined) = (all.len(), &setup.versions.manifest(&id)?.warnings);
    if out.json {
        return out
            .document(&json!({"warnings": all, "together": joined, "procedures_with": kinds}));
    }
    let rows: Vec<Vec<String>> = all
        .into_iter()
        .take(most)
        .map(|trouble| vec![trouble.document, trouble.at, trouble.what.replace('\n', " ")])
        .collect();
    out.line(table(&["document", "at", "what"], &rows));
    if of.is_none() {
        let rows: Vec<Vec<String>> =
            kinds.iter().map(|(kind, n)| vec![(*kind).to_owned(), n.to_string()]).collect();
        out.line(table(&["kind of warning", "procedures"], &rows));
    }
    out.line(format!("{count} warnings (--json lists all)"));
    Ok(())
}

/// The version before the serving one; if the pointer is damaged, the newest version that is whole.
fn before(setup: &Setup) -> anyhow::Result<String> {
    let versions = &setup.versions;
    if let Ok(Some(current)) = versions.current() {
        let manifest = versions.manifest(&current)?;
        return manifest
            .previous
            .ok_or_else(|| anyhow::anyhow!("there is no version before {}", manifest.id));
    }
    for manifest in versions.list()?.into_iter().rev() {
        if versions.damaged(&manifest)?.is_empty() {
            return Ok(manifest.id);
        }
    }
    anyhow::bail!("no version is whole; run `khue ingest` again")
}

async fn verify(setup: &Setup, out: &Out) -> anyhow::Result<Done> {
    let id = setup.current()?;
    let manifest = setup.versions.manifest(&id)?;
    // Files first: opening an index may already change it.
    let mut problems = setup.versions.damaged(&manifest)?;
    if problems.is_empty() {
        // Counting needs no real model, only its name.
        let (_, library, search) =
            setup.open(&id, &infer::fake::named(&manifest.counts.embedder))?;
        if let Err(error) = search.verify().await {
            problems.push(error.to_string());
        }
        let held: usize = library.documents().iter().map(|document| document.articles.len()).sum();
        if held != manifest.provisions {
            problems.push(format!("{held} articles are kept, {} were read", manifest.provisions));
        }
    }
    out.document(&json!({"version": id, "problems": problems, "files": manifest.files.len(), "vectors": manifest.counts.vectors}))?;
    if problems.is_empty() {
        out.line(format!(
            "{id} is whole: {} files, {} provisions, {} vectors",
            manifest.files.len(),
            manifest.provisions,
            manifest.counts.vectors
        ));
        return Ok(Done::Well);
    }
    anyhow::bail!(
        "{id} is damaged: {}; run `khue corpus rollback`, or `khue ingest` its sources again",
        problems.join("; ")
    )
}
