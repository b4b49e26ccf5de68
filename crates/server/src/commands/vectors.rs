//! Vectors that follow their texts: embedded batch by batch into the cache, then a version that has them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use infer::Embedder;
use search::{Builder, Counts, Progress};

use super::out::Out;
use crate::app::Setup;
use crate::clock;
use crate::versions::Manifest;

/// How long a batch waits for an ingest that holds the data folder.
const BUSY: Duration = Duration::from_secs(5);

pub(super) fn show(bar: &ProgressBar, step: Progress) {
    bar.set_message(step.stage);
    bar.set_length(step.total as u64);
    bar.set_position(step.done as u64);
}

/// Embeds what a version waits for and switches to one that has all its vectors. The caller holds the
/// data folder.
pub(super) async fn finish(
    setup: &Setup,
    manifest: &Manifest,
    embedder: &Embedder,
    out: &Out,
) -> anyhow::Result<Manifest> {
    let library = setup.library(&manifest.id)?;
    let (cache, options) = (setup.versions.vector_cache(), setup.config.search_options());
    let builder = Builder { library: &library, embedder, cache: &cache, options: &options };
    let mut missing = builder.missing()?;
    let bar = out.bar("vectors", missing.left() as u64, false);
    let mut embedded = Counts::default();
    while let Some(batch) = missing.embed(&builder).await? {
        embedded.embedded += batch.texts;
        embedded.tokens += batch.tokens;
        embedded.cut += batch.cut;
        embedded.embed_ms += batch.ms;
        bar.inc(batch.texts);
    }
    bar.finish_and_clear();
    renew(setup, manifest, &builder, &embedded).await
}

/// The same, a batch at a time beside other work: an ingest that wants the data folder is let through,
/// and a version that is no longer the current one is left alone. Returns the new version.
pub(crate) async fn follow(setup: &Setup, embedder: &Embedder) -> anyhow::Result<Option<Manifest>> {
    let id = setup.current()?;
    let manifest = setup.versions.manifest(&id)?;
    if manifest.counts.waiting == 0 || manifest.counts.embedder != embedder.id() {
        return Ok(None);
    }
    let opening = setup.clone();
    let library = tokio::task::spawn_blocking(move || opening.library(&id)).await??;
    let (cache, options) = (setup.versions.vector_cache(), setup.config.search_options());
    let builder = Builder { library: &library, embedder, cache: &cache, options: &options };
    let mut missing = tokio::task::block_in_place(|| builder.missing())?;
    tracing::info!(texts = missing.left(), "vectors follow");
    let mut embedded = Counts::default();
    loop {
        let Ok(lock) = setup.versions.try_lock() else {
            tokio::time::sleep(BUSY).await;
            continue;
        };
        if setup.current()? != manifest.id {
            return Ok(None);
        }
        match missing.embed(&builder).await {
            Ok(Some(batch)) => {
                embedded.embedded += batch.texts;
                embedded.tokens += batch.tokens;
                embedded.cut += batch.cut;
                embedded.embed_ms += batch.ms;
            }
            Ok(None) => return renew(setup, &manifest, &builder, &embedded).await.map(Some),
            // People come first: the batch is tried again.
            Err(search::Error::Model(infer::Error::Overloaded { .. })) => {
                drop(lock);
                tokio::time::sleep(BUSY).await;
            }
            Err(error) => return Err(error.into()),
        }
        tokio::task::yield_now().await;
    }
}

/// A version with the words of another one and all vectors that are known by now.
async fn renew(
    setup: &Setup,
    manifest: &Manifest,
    builder: &Builder<'_>,
    embedded: &Counts,
) -> anyhow::Result<Manifest> {
    let created = clock::now();
    let id = setup.versions.next_id(&manifest.sources, created)?;
    let building = setup.versions.begin(&id)?;
    let old = setup.versions.folder(&manifest.id);
    link(&old.join("library"), &building.join("library"))?;
    let counts = builder.revector(&building.join("index"), &old.join("index"), &id, |_| {}).await?;
    let Counts { embedded, tokens, cut, embed_ms, .. } = *embedded;
    let reused = counts.vectors.saturating_sub(embedded);
    let counts = Counts { embedded, tokens, cut, embed_ms, reused, ..counts };
    let files = BTreeMap::new();
    let previous = Some(manifest.id.clone());
    let next = Manifest { id, created, previous, counts, files, ..manifest.clone() };
    publish(setup, &building, next, builder.embedder).await
}

/// Both versions hold one copy of a file, as none is ever written again.
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if fs_err::hard_link(&path, &to).is_err() {
            fs_err::copy(&path, &to)?;
        }
    }
    Ok(())
}

/// Finishes a built version, checks that it agrees with itself, and switches to it.
pub(super) async fn publish(
    setup: &Setup,
    building: &Path,
    manifest: Manifest,
    embedder: &Embedder,
) -> anyhow::Result<Manifest> {
    let id = manifest.id.clone();
    setup.versions.finish(building, manifest)?;
    let (manifest, library, search) = setup.open(&id, embedder)?;
    search.verify().await?;
    let held: usize = library.documents().iter().map(|document| document.articles.len()).sum();
    anyhow::ensure!(
        held == manifest.provisions,
        "{held} articles were kept, {} were read",
        manifest.provisions
    );
    drop((library, search));
    search::publish(&setup.versions.folder(&id).join("index"), &id, &setup.config.search_options())
        .await?;
    setup.versions.switch(&id)?;
    Ok(manifest)
}
