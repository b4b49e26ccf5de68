//! `khue ingest`: files to the next corpus version.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use ingest::read::Limits;
use ingest::{FileReport, Source};
use search::Counts;
use serde_json::json;

use super::Done;
use super::out::Out;
use crate::app::Setup;
use crate::clock;
use crate::versions::Manifest;

#[derive(Args)]
pub(crate) struct IngestArgs {
    /// Files and folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Collection that the files belong to
    #[arg(long, default_value = "khue", value_name = "NAME")]
    corpus: String,
    /// Profiles that may see them; all, if none is named
    #[arg(long, value_name = "P", num_args = 1.., value_delimiter = ',')]
    profile: Vec<String>,
    /// Read and report only
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(setup: &Setup, args: IngestArgs, out: &Out) -> anyhow::Result<Done> {
    let began = Instant::now();
    for profile in &args.profile {
        if !setup.config.profiles.contains_key(profile) {
            let known: Vec<&str> = setup.config.profiles.keys().map(String::as_str).collect();
            return Err(super::Usage(format!(
                "there is no profile {profile:?}; there are {}",
                known.join(", ")
            ))
            .into());
        }
    }
    let _lock = setup.versions.lock()?;
    let current = setup.versions.current()?;
    let before = current.as_ref().map(|id| setup.versions.manifest(id)).transpose()?;
    let old = before.as_ref().map_or(&[][..], |manifest| &manifest.sources);
    let (sources, files) = read(setup, &args, old, out)?;
    if let Some(other) = sources
        .iter()
        .find(|source| source.corpus == args.corpus && source.profiles != args.profile)
    {
        return Err(super::Usage(format!(
            "collection {:?} already holds {}, open to {}; give these files a collection of their own with --corpus",
            args.corpus,
            other.path.display(),
            if other.profiles.is_empty() { "all".to_owned() } else { other.profiles.join(", ") }
        ))
        .into());
    }
    let refused = files.iter().any(|file| file.state == "refused");
    let done = if refused { Done::Partly } else { Done::Well };
    let embedder_id = setup.model(&setup.config.models.embed)?.id();
    let same =
        before.as_ref().is_some_and(|m| m.sources == sources && m.counts.embedder == embedder_id);
    if args.dry_run || same || sources.is_empty() {
        let counts = before.as_ref().map(|manifest| manifest.counts.clone()).unwrap_or_default();
        let counts = Counts { embedded: 0, reused: counts.vectors, ..counts };
        report(out, current.as_deref(), &files, before.as_ref(), &counts, began)?;
        return Ok(done);
    }

    let embedder = setup.embedder()?;
    let manifest = build(setup, sources, &embedder, out).await?;
    report(out, Some(&manifest.id), &files, Some(&manifest), &manifest.counts, began)?;
    Ok(done)
}

/// Builds a version of these sources beside the one that serves, checks it, and switches to it.
pub(crate) async fn build(
    setup: &Setup,
    sources: Vec<Source>,
    embedder: &infer::Embedder,
    out: &Out,
) -> anyhow::Result<Manifest> {
    let previous = setup.versions.current()?;
    let created = clock::now();
    let id = setup.versions.next_id(&sources, created)?;
    let building = setup.versions.begin(&id)?;
    let kept = setup.versions.kept_sources();
    let mut contents = Vec::new();
    for source in &sources {
        let read = ingest::load_source(&kept, &source.hash).ok_or_else(|| {
            anyhow::anyhow!(
                "what was kept of {} is damaged; ingest it again",
                source.path.display()
            )
        })?;
        contents.push((source.corpus.clone(), read));
    }
    let library = ingest::assemble(contents);
    for warning in &library.warnings {
        out.note(format!("warning: {warning}"));
    }
    let folder = building.join("library");
    ingest::write(&folder, &library)?;
    let documents = library.documents.len();
    let provisions = library.documents.iter().map(|(document, _)| document.articles.len()).sum();
    let procedures = library.procedures.len();
    drop(library);
    let library = ingest::load(&folder)?;
    let bar = out.bar("words", 0, false);
    let counts = search::build(
        &building.join("index"),
        &id,
        &library,
        embedder,
        &setup.versions.vector_cache(),
        &setup.config.search_options(),
        |step| {
            bar.set_message(step.stage);
            bar.set_length(step.total as u64);
            bar.set_position(step.done as u64);
        },
    )
    .await?;
    bar.finish_and_clear();
    drop(library);
    let manifest = Manifest {
        id: id.clone(),
        created,
        previous,
        documents,
        provisions,
        procedures,
        counts,
        sources,
        files: std::collections::BTreeMap::new(),
    };
    setup.versions.finish(&building, manifest.clone())?;
    verify(setup, &manifest, embedder).await?;
    search::publish(&setup.versions.folder(&id).join("index"), &id, &setup.config.search_options())
        .await?;
    setup.versions.switch(&id)?;
    Ok(manifest)
}

/// Reads all files and joins them with the sources of the last version: what was read again
/// replaces, what no longer exists below a given folder is gone, what is now refused is kept as it
/// was, and everything else stays.
fn read(
    setup: &Setup,
    args: &IngestArgs,
    old: &[Source],
    out: &Out,
) -> anyhow::Result<(Vec<Source>, Vec<FileReport>)> {
    let roots = args.paths.iter().map(fs_err::canonicalize).collect::<Result<Vec<_>, _>>()?;
    let paths = ingest::files(&args.paths)?;
    let exe = std::env::current_exe()?;
    let kept = setup.versions.kept_sources();
    let bar = out.bar("reading", paths.len() as u64, false);
    let (mut fresh, mut files) = (Vec::new(), Vec::new());
    for path in &paths {
        let limits = Limits::default();
        let (source, mut report) =
            ingest::read_source(path, &args.corpus, &args.profile, &kept, &exe, &limits)?;
        match source {
            Some(source) => fresh.push(source),
            None => {
                if let Some(source) = old.iter().find(|source| source.path == *path) {
                    report.warnings.push("what was read of it before is kept".into());
                    fresh.push(source.clone());
                }
            }
        }
        files.push(report);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut sources: Vec<Source> = old
        .iter()
        .filter(|source| !roots.iter().any(|root| source.path.starts_with(root)))
        .cloned()
        .collect();
    sources.extend(fresh);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((sources, files))
}

/// The new version must agree with itself before it serves.
async fn verify(
    setup: &Setup,
    manifest: &Manifest,
    embedder: &infer::Embedder,
) -> anyhow::Result<()> {
    let (_, library, search) = setup.open(&manifest.id, embedder)?;
    search.verify().await?;
    let held: usize = library.documents().iter().map(|document| document.articles.len()).sum();
    anyhow::ensure!(
        held == manifest.provisions,
        "{held} articles were kept, {} were read",
        manifest.provisions
    );
    Ok(())
}

fn report(
    out: &Out,
    version: Option<&str>,
    files: &[FileReport],
    manifest: Option<&Manifest>,
    counts: &Counts,
    began: Instant,
) -> anyhow::Result<()> {
    let seconds = began.elapsed().as_secs_f64();
    let (documents, provisions, procedures) =
        manifest.map_or((0, 0, 0), |m| (m.documents, m.provisions, m.procedures));
    if out.json {
        return out.document(&json!({
            "version": version,
            "files": files,
            "totals": {
                "documents": documents, "provisions": provisions, "passages": counts.passages,
                "procedures": procedures, "vectors": counts.vectors, "embedded": counts.embedded,
                "reused": counts.reused, "tokens": counts.tokens, "cut": counts.cut,
            },
            "embed_seconds": counts.embed_ms as f64 / 1e3,
            "tokens_per_second": if counts.embed_ms > 0 { counts.tokens as f64 * 1e3 / counts.embed_ms as f64 } else { 0.0 },
            "seconds": seconds,
        }));
    }
    for file in files {
        let name = file.path.display();
        match &file.reason {
            Some(reason) => out.line(format!("refused    {name}: {reason}")),
            None => out.line(format!(
                "{:10} {name}: {} documents, {} provisions, {} procedures",
                file.state, file.documents, file.provisions, file.procedures
            )),
        }
        for warning in file.warnings.iter().take(5) {
            out.line(format!("           {warning}"));
        }
        if file.warnings.len() > 5 {
            out.line(format!(
                "           … and {} more warnings (--json lists all)",
                file.warnings.len() - 5
            ));
        }
    }
    out.line(format!(
        "version {}: {documents} documents, {provisions} provisions, {procedures} procedures; {} vectors ({} embedded, {} reused) in {seconds:.1} s",
        version.unwrap_or("none"), counts.vectors, counts.embedded, counts.reused
    ));
    Ok(())
}
