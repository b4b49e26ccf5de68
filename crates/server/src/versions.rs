//! Corpus versions on disk: built beside the one that serves, checked, then switched to by an atomic
//! pointer. A crash at any moment leaves the old version serving.
//!
//! ```text
//! data/current                   the id of the version that serves
//! data/versions/<id>/            manifest.json, library/, index/
//! data/versions/.building-<id>/  unfinished; removed by the next ingest
//! data/sources/                  contents of files by hash
//! data/cache/vectors.redb        vectors by text and model
//! ```

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use infer::{hash_file, hex};
use ingest::Source;
use jiff::Timestamp;
use search::Counts;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a version holds, and the hashes of its files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) previous: Option<String>,
    pub(crate) documents: usize,
    pub(crate) provisions: usize,
    pub(crate) procedures: usize,
    pub(crate) counts: Counts,
    pub(crate) sources: Vec<Source>,
    /// What did not fit together, for an editor.
    #[serde(default)]
    pub(crate) warnings: Vec<String>,
    /// Path in the version's folder to SHA-256.
    pub(crate) files: BTreeMap<String, String>,
}

/// The data folder.
#[derive(Clone, Debug)]
pub(crate) struct Versions {
    data: PathBuf,
}

/// How long an ingest waits for the data folder: some batches of vectors.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Held while an ingest runs, so that a second one waits or refuses; the system frees it with the
/// process, however that ends.
pub(crate) struct IngestLock {
    _file: std::fs::File,
}

impl Versions {
    pub(crate) fn new(data: &Path) -> Versions {
        Versions { data: data.to_owned() }
    }

    pub(crate) fn folder(&self, id: &str) -> PathBuf {
        self.data.join("versions").join(id)
    }

    pub(crate) fn kept_sources(&self) -> PathBuf {
        self.data.join("sources")
    }

    pub(crate) fn vector_cache(&self) -> PathBuf {
        self.data.join("cache").join("vectors.redb")
    }

    /// Takes the data folder for writing. A batch of vectors that runs beside a server is waited for; a
    /// whole ingest is not.
    #[expect(clippy::disallowed_methods, reason = "a file lock cannot be waited for with a limit")]
    pub(crate) fn lock(&self) -> anyhow::Result<IngestLock> {
        let began = std::time::Instant::now();
        loop {
            match self.try_lock() {
                Ok(lock) => return Ok(lock),
                Err(error) if began.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(50)),
            }
        }
    }

    /// [`Versions::lock`] without waiting.
    pub(crate) fn try_lock(&self) -> anyhow::Result<IngestLock> {
        fs_err::create_dir_all(&self.data)?;
        let path = self.data.join("ingest.lock");
        let file =
            std::fs::OpenOptions::new().create(true).write(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(IngestLock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => {
                bail!("another ingest is running on {}; wait for it to end", self.data.display())
            }
            Err(std::fs::TryLockError::Error(error)) => {
                Err(error).context("cannot lock the data folder")
            }
        }
    }

    /// The version that serves. A pointer that names nothing usable counts as none.
    pub(crate) fn current(&self) -> anyhow::Result<Option<String>> {
        let path = self.data.join("current");
        match fs_err::read_to_string(&path) {
            Ok(text) => {
                let id = text.trim().to_owned();
                let usable = !id.is_empty()
                    && !id.contains(['/', '\\'])
                    && self.folder(&id).join("manifest.json").is_file();
                if !usable {
                    bail!(
                        "{} names no version; run `khue corpus list` and `khue corpus rollback`",
                        path.display()
                    );
                }
                Ok(Some(id))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All whole versions, oldest first.
    pub(crate) fn list(&self) -> anyhow::Result<Vec<Manifest>> {
        let mut manifests = Vec::new();
        let Ok(entries) = fs_err::read_dir(self.data.join("versions")) else {
            return Ok(manifests);
        };
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                match self.manifest(&name) {
                    Ok(manifest) => manifests.push(manifest),
                    Err(error) => tracing::warn!("version {name} is left out: {error:#}"),
                }
            }
        }
        manifests.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(manifests)
    }

    pub(crate) fn manifest(&self, id: &str) -> anyhow::Result<Manifest> {
        let path = self.folder(id).join("manifest.json");
        let text = fs_err::read(&path)
            .with_context(|| format!("there is no version {id}; see `khue corpus list`"))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
    }

    /// A new folder to build in; what earlier ingests left unfinished is removed.
    pub(crate) fn begin(&self, id: &str) -> anyhow::Result<PathBuf> {
        let versions = self.data.join("versions");
        fs_err::create_dir_all(&versions)?;
        for entry in fs_err::read_dir(&versions)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".building-"))
            {
                fs_err::remove_dir_all(path)?;
            }
        }
        let folder = versions.join(format!(".building-{id}"));
        fs_err::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The id of the next version: a running number and a piece of its content's hash.
    pub(crate) fn next_id(&self, sources: &[Source], created: Timestamp) -> anyhow::Result<String> {
        let last = self
            .list()?
            .iter()
            .filter_map(|m| m.id.strip_prefix('v')?.split('-').next()?.parse::<u32>().ok())
            .max();
        let mut hash = Sha256::new();
        hash.update(created.to_string());
        for source in sources {
            hash.update(&source.hash);
        }
        Ok(format!("v{}-{}", last.unwrap_or(0) + 1, &hex(&hash.finalize())[..8]))
    }

    /// Finishes a built folder: hashes, manifest, everything flushed, then its final name.
    pub(crate) fn finish(&self, building: &Path, mut manifest: Manifest) -> anyhow::Result<()> {
        manifest.files = hashes(building)?;
        let mut file = fs_err::File::create(building.join("manifest.json"))?;
        file.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
        sync_tree(building)?;
        fs_err::rename(building, self.folder(&manifest.id))?;
        sync_folder(&self.data.join("versions"))
    }

    /// Makes a version the one that serves: temporary file, flush, rename, flush the folder.
    pub(crate) fn switch(&self, id: &str) -> anyhow::Result<()> {
        self.manifest(id)?;
        let part = self.data.join("current.part");
        let mut file = fs_err::File::create(&part)?;
        file.write_all(format!("{id}\n").as_bytes())?;
        file.sync_all()?;
        fs_err::rename(&part, self.data.join("current"))?;
        sync_folder(&self.data)
    }

    /// Files of a version that are missing or whose hash differs.
    pub(crate) fn damaged(&self, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
        let folder = self.folder(&manifest.id);
        let mut bad = Vec::new();
        for (path, expected) in &manifest.files {
            match hash_file(&folder.join(path), |_| {}) {
                Ok(hash) if hash == *expected => {}
                Ok(_) => bad.push(format!("{path}: changed")),
                Err(error) => bad.push(format!("{path}: {error}")),
            }
        }
        Ok(bad)
    }

    /// Removes a version that does not serve.
    pub(crate) fn remove(&self, id: &str) -> anyhow::Result<()> {
        if self.current()?.as_deref() == Some(id) {
            bail!("{id} serves; switch to another version first");
        }
        // Renamed first, so that a crash leaves no half version under a whole one's name.
        let gone = self.data.join("versions").join(format!(".building-gone-{id}"));
        fs_err::rename(self.folder(id), &gone)?;
        Ok(fs_err::remove_dir_all(gone)?)
    }
}

impl Versions {
    /// Removes what was kept of files that no version holds any more; returns how many.
    pub(crate) fn forget_sources(&self) -> anyhow::Result<usize> {
        let mut used = std::collections::HashSet::new();
        for entry in fs_err::read_dir(self.data.join("versions"))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            match self.manifest(&name) {
                Ok(manifest) => used.extend(
                    manifest.sources.into_iter().map(|source| format!("{}.json.gz", source.hash)),
                ),
                // Its sources may still be wanted.
                Err(error) => {
                    tracing::warn!("kept files are not cleared: {error:#}");
                    return Ok(0);
                }
            }
        }
        let mut removed = 0;
        for entry in fs_err::read_dir(self.kept_sources())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !used.contains(&name) {
                fs_err::remove_file(path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// The vector engine appends to these when a shard is opened; the points themselves are counted.
fn changes_when_opened(path: &str) -> bool {
    path.contains("/wal/") || path.ends_with("/LOCK") || path.ends_with(".lock")
}

fn hashes(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    each_file(folder, &mut |path| {
        let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
        if !changes_when_opened(&name) && name != "manifest.json" {
            files.insert(name, hash_file(path, |_| {})?);
        }
        Ok(())
    })?;
    Ok(files)
}

fn each_file(
    folder: &Path,
    what: &mut impl FnMut(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            each_file(&path, what)?;
        } else {
            what(&path)?;
        }
    }
    Ok(())
}

fn sync_tree(folder: &Path) -> anyhow::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            fs_err::File::open(&path)?.sync_all()?;
        }
    }
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    Ok(fs_err::File::open(folder)?.sync_all()?)
}
