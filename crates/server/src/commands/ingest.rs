//! `khue ingest`: files to the next corpus version.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use ingest::read::Limits;
use ingest::{Assembled, FileReport, Given, Kept, Source};
use search::{Builder, Counts, Embed};
use serde_json::json;

use super::out::Out;
use super::{Done, vectors};
use crate::app::{GROUP, Setup};
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
    /// Profiles that may see them, `group:NAME` for a group of officers; all, if none is named
    #[arg(long, value_name = "P", num_args = 1.., value_delimiter = ',')]
    profile: Vec<String>,
    /// Read and report only
    #[arg(long)]
    dry_run: bool,
    /// `now`: go on until every text has its vector; `later`: stop once texts are found by their words,
    /// `khue serve` or `khue corpus vectors` goes on
    #[arg(long, value_enum, default_value = "now", value_name = "WHEN")]
    vectors: When,
}

/// When texts get their vectors.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum When {
    Now,
    Later,
}

/// So many texts are embedded before their version serves: some twenty seconds on two cores. With more,
/// a version serves by words first.
const AT_ONCE: usize = 256;

impl IngestArgs {
    /// Files for every profile.
    pub(super) fn of(paths: Vec<PathBuf>) -> IngestArgs {
        IngestArgs {
            paths,
            corpus: "khue".into(),
            profile: Vec::new(),
            dry_run: false,
            vectors: When::Now,
        }
    }
}

pub(crate) async fn run(setup: &Setup, args: IngestArgs, out: &Out) -> anyhow::Result<Done> {
    ingest(setup, args, out).await.map_err(|error| match no_room(&error) {
        true => error.context(format!(
            "there is no room left below {}; nothing is changed and the version before still serves. Make room (`khue corpus list` names versions that can go) and run the same command again",
            setup.config.paths.data.display()
        )),
        false => error,
    })
}

/// Whether an error comes of a full disk, a quota or a limit on files; some libraries only say so in words.
fn no_room(error: &anyhow::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    error.chain().any(|cause| {
        let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let words = cause.to_string();
        kind.is_some_and(|kind| matches!(kind, FileTooLarge | QuotaExceeded | StorageFull))
            || ["No space left", "File too large", "quota exceeded"]
                .iter()
                .any(|mark| words.contains(mark))
    })
}

async fn ingest(setup: &Setup, args: IngestArgs, out: &Out) -> anyhow::Result<Done> {
    let began = Instant::now();
    for profile in &args.profile {
        if !setup.config.profiles.contains_key(profile) && !profile.starts_with(GROUP) {
            let known: Vec<&str> = setup.config.profiles.keys().map(String::as_str).collect();
            return Err(super::Usage(format!(
                "there is no profile {profile:?}; there are {}, and group:NAME for a group of officers",
                known.join(", ")
            ))
            .into());
        }
    }
    let _lock = setup.versions.lock()?;
    let current = setup.versions.current()?;
    let before = current.as_ref().map(|id| setup.versions.manifest(id)).transpose()?;
    let old = before.as_ref().map_or(&[][..], |manifest| &manifest.sources);
    // A trial writes nothing where it stays.
    let trial = args.dry_run.then(tempfile::tempdir).transpose()?;
    let known = setup.versions.kept_sources();
    let kept = Kept { known: &known, fresh: trial.as_ref().map_or(&known, |it| it.path()) };
    let (sources, files) = read(&args, old, kept, out)?;
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
    let refused = files.iter().any(|file| file.state == "refused" || !file.refused.is_empty());
    let done = if refused { Done::Partly } else { Done::Well };
    let embedder_id = setup.model(&setup.config.models.embed)?.id();
    let same =
        before.as_ref().is_some_and(|m| m.sources == sources && m.counts.embedder == embedder_id);
    if args.dry_run {
        let library = assemble(&sources, kept, out)?;
        report(out, &Report { files: &files, began, version: None, ..Report::of(&library) })?;
        return Ok(done);
    }
    if same || sources.is_empty() && before.is_none() {
        let (documents, provisions, procedures) =
            before.as_ref().map_or((0, 0, 0), |m| (m.documents, m.provisions, m.procedures));
        let (counts, warnings) =
            before.map(|manifest| (manifest.counts, manifest.warnings)).unwrap_or_default();
        let counts = Some(Counts { embedded: 0, reused: counts.vectors, embed_ms: 0, ..counts });
        let version = current.as_deref();
        let files = &files;
        let warnings = &warnings;
        report(
            out,
            &Report { files, version, documents, provisions, procedures, counts, began, warnings },
        )?;
        return Ok(done);
    }

    let embedder = setup.embedder()?;
    let withheld: Vec<Source> = old
        .iter()
        .filter(|it| files.iter().any(|file| file.withheld && file.path == it.path))
        .cloned()
        .collect();
    let mut manifest = build(setup, sources, &embedder, args.vectors, out).await?;
    forget(setup, &withheld, &known, out)?;
    if args.vectors == When::Now && manifest.counts.waiting > 0 {
        out.note(format!(
            "version {} serves by words; its {} vectors follow",
            manifest.id, manifest.counts.waiting
        ));
        manifest = vectors::finish(setup, &manifest, &embedder, out).await?;
    }
    let report_of = Report {
        files: &files,
        version: Some(&manifest.id),
        documents: manifest.documents,
        provisions: manifest.provisions,
        procedures: manifest.procedures,
        counts: Some(manifest.counts.clone()),
        warnings: &manifest.warnings,
        began,
    };
    report(out, &report_of)?;
    Ok(done)
}

/// Removes what was read of files that must not be here any more: what was kept of them, and every version
/// that holds them.
fn forget(
    setup: &Setup,
    withheld: &[Source],
    known: &std::path::Path,
    out: &Out,
) -> anyhow::Result<()> {
    if withheld.is_empty() {
        return Ok(());
    }
    let current = setup.versions.current()?;
    for version in setup.versions.list()? {
        let holds = version.sources.iter().any(|it| withheld.contains(it));
        if holds && Some(&version.id) != current.as_ref() {
            setup.versions.remove(&version.id)?;
            let id = &version.id;
            out.note(format!("version {id} held what is now withheld, and is removed"));
        }
    }
    for source in withheld {
        ingest::forget_source(known, &source.hash)?;
    }
    Ok(())
}

/// Builds a version of these sources beside the one that serves, checks it, and switches to it.
pub(super) async fn build(
    setup: &Setup,
    sources: Vec<Source>,
    embedder: &infer::Embedder,
    vectors: When,
    out: &Out,
) -> anyhow::Result<Manifest> {
    let previous = setup.versions.current()?;
    let created = clock::now();
    let id = setup.versions.next_id(&sources, created)?;
    let building = setup.versions.begin(&id)?;
    let known = setup.versions.kept_sources();
    let library = assemble(&sources, Kept { known: &known, fresh: &known }, out)?;
    let folder = building.join("library");
    ingest::write(&folder, &library)?;
    let documents = library.documents.len();
    let provisions = library.documents.iter().map(|(document, _)| document.articles.len()).sum();
    let procedures = library.procedures.len();
    let warnings = library.warnings;
    let library = ingest::load(&folder)?;
    let bar = out.bar("words", 0, false);
    let (cache, options) = (setup.versions.vector_cache(), setup.config.search_options());
    let builder = Builder { library: &library, embedder, cache: &cache, options: &options };
    let few = vectors == When::Now && builder.missing()?.left() <= AT_ONCE;
    let embed = if few { Embed::All } else { Embed::Known };
    let index = building.join("index");
    let counts = builder.build(&index, &id, embed, |step| vectors::show(&bar, step)).await?;
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
        warnings,
        files: std::collections::BTreeMap::new(),
    };
    vectors::publish(setup, &building, manifest, embedder).await
}

/// The library of these sources, with what did not fit together told.
fn assemble(sources: &[Source], kept: Kept<'_>, out: &Out) -> anyhow::Result<Assembled> {
    let mut all = Vec::new();
    for source in sources {
        let contents = ingest::load_source(kept.known, &source.hash)
            .or_else(|| ingest::load_source(kept.fresh, &source.hash))
            .ok_or_else(|| {
                anyhow::anyhow!(
                    "what was kept of {} is damaged; ingest it again",
                    source.path.display()
                )
            })?;
        let (corpus, profiles) = (source.corpus.clone(), source.profiles.clone());
        all.push(Given { corpus, profiles, contents });
    }
    let library = ingest::assemble(all);
    for warning in &library.warnings {
        out.note(format!("warning: {warning}"));
    }
    Ok(library)
}

/// Reads all files and joins them with the sources of the last version: what was read again
/// replaces, what no longer exists below a given folder is gone, what is now refused is kept as it
/// was (but for secrets and drafts), and everything else stays.
pub(super) fn read(
    args: &IngestArgs,
    old: &[Source],
    kept: Kept<'_>,
    out: &Out,
) -> anyhow::Result<(Vec<Source>, Vec<FileReport>)> {
    let mut roots = Vec::new();
    for path in &args.paths {
        roots.push(std::fs::canonicalize(path).map_err(|error| {
            anyhow::anyhow!(
                "{}: {error}; nothing is changed. If it has moved, give its new place; if it is gone for good, ingest the folder above it and what was read of it goes too",
                path.display()
            )
        })?);
    }
    let paths = ingest::files(&args.paths)?;
    let exe = std::env::current_exe()?;
    let bar = out.bar("reading", paths.len() as u64, false);
    let (mut fresh, mut files) = (Vec::new(), Vec::new());
    for path in &paths {
        let limits = Limits::default();
        let (source, mut report) =
            ingest::read_source(path, &args.corpus, &args.profile, kept, &exe, &limits)?;
        match source {
            Some(source) => fresh.push(source),
            None if report.withheld => {}
            // A folder that cannot be opened holds all that was read below it.
            None => {
                let below = old.iter().filter(|source| source.path.starts_with(path));
                let before = fresh.len();
                fresh.extend(below.cloned());
                if fresh.len() > before {
                    report.warnings.push("what was read of it before is kept".into());
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
    let gone: Vec<&Source> = old
        .iter()
        .filter(|it| !sources.contains(it) && fresh.iter().all(|new| new.path != it.path))
        .filter(|it| !files.iter().any(|file| file.withheld && file.path == it.path))
        .collect();
    if let Some(root) = roots.iter().find(|root| {
        root.is_dir()
            && !paths.iter().any(|path| path.starts_with(root))
            && gone.iter().any(|it| it.path.starts_with(root))
    }) {
        anyhow::bail!(
            "{} is empty now, but {} files were read there; nothing is changed. Is a disk not mounted? If they are gone for good, ingest the folder above it",
            root.display(),
            gone.iter().filter(|it| it.path.starts_with(root)).count()
        );
    }
    for source in &gone {
        out.note(format!("{} is no longer there; what was read of it goes", source.path.display()));
    }
    sources.extend(fresh);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((sources, files))
}

/// What an ingest did, or would do.
struct Report<'a> {
    files: &'a [FileReport],
    /// The version that serves now; `None` for a trial.
    version: Option<&'a str>,
    documents: usize,
    provisions: usize,
    procedures: usize,
    /// `None` for a trial, which indexes nothing.
    counts: Option<Counts>,
    /// What did not fit together.
    warnings: &'a [String],
    began: Instant,
}

impl<'a> Report<'a> {
    fn of(library: &'a Assembled) -> Report<'a> {
        Report {
            files: &[],
            version: None,
            documents: library.documents.len(),
            provisions: library.documents.iter().map(|(it, _)| it.articles.len()).sum(),
            procedures: library.procedures.len(),
            counts: None,
            warnings: &library.warnings,
            began: Instant::now(),
        }
    }
}

fn report(out: &Out, report: &Report<'_>) -> anyhow::Result<()> {
    let Report { files, version, documents, provisions, procedures, counts, warnings, began } =
        report;
    let seconds = began.elapsed().as_secs_f64();
    if out.json {
        let count = |of: fn(&Counts) -> u64| counts.as_ref().map(of);
        return out.document(&json!({
            "version": version,
            "dry_run": counts.is_none(),
            "files": files,
            "warnings": warnings,
            "totals": {
                "documents": documents, "provisions": provisions, "passages": count(|c| c.passages),
                "procedures": procedures, "vectors": count(|c| c.vectors), "waiting": count(|c| c.waiting), "embedded": count(|c| c.embedded),
                "reused": count(|c| c.reused), "tokens": count(|c| c.tokens), "cut": count(|c| c.cut),
            },
            "embed_seconds": count(|c| c.embed_ms).map(|ms| ms as f64 / 1e3),
            "tokens_per_second": counts.as_ref().filter(|c| c.embed_ms > 0).map(|c| c.tokens as f64 * 1e3 / c.embed_ms as f64),
            "seconds": seconds,
        }));
    }
    for file in *files {
        let name = file.path.display();
        match &file.reason {
            Some(reason) => out.line(format!("refused    {name}: {reason}")),
            None => out.line(format!(
                "{:10} {name}: {} documents, {} provisions, {} procedures",
                file.state, file.documents, file.provisions, file.procedures
            )),
        }
        for inside in &file.refused {
            out.line(format!("refused    {name}/{inside}"));
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
    let held = format!("{documents} documents, {provisions} provisions, {procedures} procedures");
    match counts {
        None => out.line(format!(
            "dry run: the next version would hold {held}; nothing is changed ({seconds:.1} s)"
        )),
        Some(Counts { vectors, embedded, reused, waiting, .. }) => {
            let wait = match waiting {
                0 => String::new(),
                n => format!(", {n} texts are found by words and wait for theirs"),
            };
            out.line(format!(
                "version {}: {held}; {vectors} vectors ({embedded} embedded, {reused} reused{wait}) in {seconds:.1} s",
                version.unwrap_or("none")
            ));
        }
    }
    Ok(())
}
