//! The other side's programs: a Python environment outside the checkout, made once and kept while
//! what is written here stays the same.
//!
//! `sentence-transformers` brings PyTorch, and PyTorch from the Python registry its libraries for
//! graphics cards, without which it does not load: 3 GB to fetch, 6 GB on disk. llama.cpp comes as
//! source and is built for this very processor, which takes a C++ compiler and some minutes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::aloud;

/// What decides the figures, to the version.
const PACKAGES: [&str; 5] = [
    "sentence-transformers==6.2.0",
    "transformers==5.24.0",
    "tokenizers==0.23.3",
    "torch==2.15.0",
    "llama-cpp-python==0.3.36",
];

/// For the build of llama.cpp: every instruction that this processor has; no reader of pictures.
const BUILD: &str = "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF";

/// The cache folder of this comparison.
pub(super) fn folder() -> Result<PathBuf, String> {
    let set = |name: &str| env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    let base = base.ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(base.join("khue").join("peers"))
}

/// The Python of an environment with [`PACKAGES`]; makes it, or makes it anew, where none fits.
pub(super) fn ready(folder: &Path) -> Result<PathBuf, String> {
    let environment = folder.join("venv");
    let python = environment.join("bin").join("python");
    let (stamp, expected) = (environment.join("khue-peers"), stamp(&cpu()));
    if fs::read_to_string(&stamp).is_ok_and(|found| found == expected) {
        return Ok(python);
    }
    eprintln!("peers: making {} (3 GB to fetch, a build of some minutes)", environment.display());
    let told = |why: std::io::Error| format!("{}: {why}", environment.display());
    if environment.exists() {
        fs::remove_dir_all(&environment).map_err(told)?;
    }
    fs::create_dir_all(folder).map_err(told)?;
    aloud(Command::new("python3").args(["-m", "venv"]).arg(&environment)).map_err(needs)?;
    aloud(&mut install(&python)).map_err(needs)?;
    // Last, so that an environment that was interrupted is not taken for a whole one.
    fs::write(&stamp, expected).map_err(told)?;
    Ok(python)
}

/// A wheel that pip kept from another build of llama.cpp would not be built as [`BUILD`] says:
/// nothing is taken from pip's cache, and nothing is left there.
fn install(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir"]);
    pip.args(["--no-binary", "llama-cpp-python"]).args(PACKAGES);
    pip.env("CMAKE_ARGS", BUILD).env("FORCE_CMAKE", "1");
    pip
}

fn needs(why: String) -> String {
    format!(
        "{why}\nhint: the comparison needs Python 3.10 or newer with venv, a C++ compiler, \
         6 GB of disk and the Python registry"
    )
}

/// What an environment was made of. The processor belongs to it: the build runs on no lesser one.
fn stamp(cpu: &str) -> String {
    format!("{cpu}\n{BUILD}\n{}\n", PACKAGES.join("\n"))
}

fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = info.lines().find(|line| line.starts_with("flags"));
    flags
        .and_then(|line| line.split_once(':'))
        .map_or(String::new(), |(_, flags)| flags.trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned() {
        let stamp = stamp("fma avx2");
        assert!(stamp.starts_with("fma avx2\n-DGGML_NATIVE=ON"));
        for package in PACKAGES {
            let (name, version) = package.split_once("==").unwrap();
            assert!(stamp.contains(package) && !name.is_empty() && version.contains('.'));
        }
    }

    #[test]
    fn llama_is_built_here() {
        let pip = install(Path::new("python"));
        let words: Vec<_> = pip.get_args().map(|word| word.to_string_lossy()).collect();
        assert!(words.join(" ").contains("--no-binary llama-cpp-python sentence-transformers=="));
        assert!(
            pip.get_envs()
                .any(|(name, value)| name == "CMAKE_ARGS" && value == Some(BUILD.as_ref()))
        );
    }

    #[test]
    fn an_environment_that_fits_is_kept() {
        let folder = crate::peers::temporary("environment");
        let environment = folder.join("venv");
        fs::create_dir_all(&environment).unwrap();
        fs::write(environment.join("khue-peers"), stamp(&cpu())).unwrap();
        assert_eq!(ready(&folder), Ok(environment.join("bin/python")));
        fs::remove_dir_all(&folder).unwrap();
    }
}
