//! The declared models (`models/models.toml`) and the cache that holds them.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// All declared models.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// In the order of the file; the first of a role is its default.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Folder in the cache and name in the configuration.
    pub name: String,
    /// `embed`, `generate` or `generate-small`.
    pub role: String,
    /// For people.
    pub title: String,
    /// Licence in words.
    pub licence: String,
    /// Where its text is.
    pub licence_url: String,
    /// Files that make it.
    #[serde(rename = "file")]
    pub files: Vec<ModelFile>,
    /// Hugging Face repository, tried first.
    pub hf: Option<HfSource>,
    /// Packages on the Python registry that carry the same bytes, tried next.
    pub registry: Option<RegistrySource>,
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Path in the model's folder.
    pub path: String,
    /// Path in the Hugging Face repository, if it differs.
    pub hf: Option<String>,
    /// Bytes, if known before the first download.
    pub size: Option<u64>,
    /// SHA-256 in hexadecimal; without it the file is taken as it comes and the note says so.
    pub sha256: Option<String>,
}

/// A Hugging Face repository at a revision.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HfSource {
    /// `owner/name`.
    pub repo: String,
    /// Branch, tag or commit.
    pub revision: String,
}

/// Packages whose members, put one after the other, are the file or a zip that holds the files.
/// In the templates `{n}` is the part's number and `{nn}` the same with two digits.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrySource {
    /// How many parts, numbered from 1.
    pub parts: u32,
    /// Package name.
    pub package: String,
    /// Version.
    pub version: String,
    /// Member of the wheel.
    pub member: String,
    /// Bytes of all parts together.
    pub size: u64,
    /// SHA-256 of all parts together.
    pub sha256: String,
    /// Set if the parts together are a zip: the folder in it that holds the files.
    pub zip_folder: Option<String>,
}

/// Whether a file is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Here, with the right size.
    Here {
        /// Bytes.
        size: u64,
    },
    /// Not here.
    Missing,
    /// Here but wrong.
    Damaged {
        /// What is wrong with it.
        why: String,
    },
}

impl Models {
    /// Reads `models.toml`.
    ///
    /// # Errors
    /// [`Error::Load`] naming the line that is wrong.
    pub fn load(path: &Path) -> Result<Models> {
        let fail = |why: String| Error::Load { model: path.display().to_string(), why };
        let text = fs_err::read_to_string(path).map_err(|error| fail(error.to_string()))?;
        toml::from_str(&text).map_err(|error| fail(error.to_string()))
    }

    /// A model by its name, or the first of a role.
    pub fn get(&self, name_or_role: &str) -> Option<&Model> {
        self.models
            .iter()
            .find(|model| model.name == name_or_role)
            .or_else(|| self.models.iter().find(|model| model.role == name_or_role))
    }
}

impl Model {
    /// Its folder in the cache.
    pub fn folder(&self, cache: &Path) -> PathBuf {
        cache.join(&self.name)
    }

    /// Name and the start of the hashes of its files: what an index must agree with.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            hash.update(file.sha256.as_deref().unwrap_or(&file.path));
        }
        let hash: String =
            hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("{}@{hash}", self.name)
    }

    /// State of each file by presence and size; nothing is hashed.
    pub fn state(&self, cache: &Path) -> Vec<(&ModelFile, FileState)> {
        self.files.iter().map(|file| (file, file.state(&self.folder(cache)))).collect()
    }

    /// Fails with the command that mends it, unless every file is here.
    ///
    /// # Errors
    /// [`Error::Load`] naming the first file that is missing or damaged.
    pub fn require(&self, cache: &Path) -> Result<PathBuf> {
        for (file, state) in self.state(cache) {
            let why = match state {
                FileState::Here { .. } => continue,
                FileState::Missing => "is missing".to_owned(),
                FileState::Damaged { why } => why,
            };
            let at = self.folder(cache).join(&file.path);
            return Err(Error::Load {
                model: self.name.clone(),
                why: format!("{} {why}", at.display()),
            });
        }
        Ok(self.folder(cache))
    }

    /// Converts the weights into the form that the kernels read and keeps it beside them, unless that
    /// was done before. Takes seconds, and about as much room as the weights.
    ///
    /// # Errors
    /// [`Error::Load`] when a file is missing or damaged, or the folder cannot be written.
    pub fn pack(&self, cache: &Path) -> Result<()> {
        let folder = self.require(cache)?;
        let packed = match self.role.as_str() {
            "embed" => crate::gemma::int8::pack(&folder, &self.id()),
            _ => crate::qwen::pack(&folder.join("model.gguf"), &self.id()),
        };
        packed.map(drop).map_err(|error| Error::Load {
            model: self.name.clone(),
            why: format!("packing into {} failed: {error}", folder.display()),
        })
    }

    /// The packed file with what is wrong with it; `None` when there is none.
    pub fn verify_packed(&self, cache: &Path) -> Option<(PathBuf, Option<String>)> {
        crate::packed::verify(&self.folder(cache))
    }

    /// Reads every file and compares its hash. `progress` is told the bytes read so far.
    pub fn verify(
        &self,
        cache: &Path,
        mut progress: impl FnMut(u64),
    ) -> Vec<(&ModelFile, FileState)> {
        let mut read = 0;
        let folder = self.folder(cache);
        self.files
            .iter()
            .map(|file| {
                let state = match (file.state(&folder), &file.sha256) {
                    (FileState::Here { size }, Some(expect)) => {
                        match hash_file(&folder.join(&file.path), |n| {
                            read += n;
                            progress(read);
                        }) {
                            Ok(hash) if hash == *expect => FileState::Here { size },
                            Ok(hash) => FileState::Damaged {
                                why: format!("has sha256 {hash}, not {expect}"),
                            },
                            Err(error) => FileState::Damaged { why: error.to_string() },
                        }
                    }
                    (state, _) => state,
                };
                (file, state)
            })
            .collect()
    }
}

impl ModelFile {
    fn state(&self, folder: &Path) -> FileState {
        match fs_err::metadata(folder.join(&self.path)) {
            Err(_) => FileState::Missing,
            Ok(meta) => match self.size {
                Some(size) if size != meta.len() => {
                    FileState::Damaged { why: format!("has {} bytes, not {size}", meta.len()) }
                }
                _ => FileState::Here { size: meta.len() },
            },
        }
    }
}

/// SHA-256 of a file in hexadecimal, read in pieces; `progress` is told the bytes of each.
///
/// # Errors
/// When the file cannot be read.
pub fn hash_file(path: &Path, mut progress: impl FnMut(u64)) -> std::io::Result<String> {
    let mut file = fs_err::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&buffer[..n]);
        progress(n as u64);
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
