//! The rules of the house that no compiler checks, as one list. Each rule is a small function that
//! returns sentences; `run` gathers what they need, prints the sentences and counts them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{arrows, licences, steps, texts};

const LARGEST_FILE: u64 = 1 << 20;
const LONGEST_SOURCE: usize = 700;

/// Files over 1 MiB that belong in the repository: path and why.
const LARGE: &[(&str, &str)] = &[];

/// Source files over 700 lines: path and the lines it may have. This list only shrinks.
const LONG: &[(&str, usize)] = &[];

/// Crates that may hold unsafe code: name and why.
const UNSAFE: &[(&str, &str)] = &[("infer", "maps weight files into memory")];

/// One file of the checkout; `text` is none for a file that is not UTF-8.
struct File {
    path: String,
    bytes: u64,
    text: Option<String>,
}

/// Checks everything; prints each problem, fails if there is one.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let ours = metadata(root, &["--no-deps"])?;
    // Only what this machine builds: the rest would have to be downloaded to be looked at.
    let all = metadata(root, &["--locked", "--filter-platform", &host()?])?;
    let files = files(root)?;
    let mut problems = arrows::check(&ours);
    problems.extend(licences::check(&all));
    problems.extend(unsafe_code(&ours, |path| fs::read_to_string(path).unwrap_or_default()));
    problems.extend(files.iter().flat_map(file));
    for problem in &problems {
        println!("  {problem}");
    }
    match problems.len() {
        0 => {
            let crates = packages(&ours).count();
            let linked = packages(&all).count();
            println!("tidy: {crates} crates, {linked} licences, {} files in order", files.len());
            Ok(())
        }
        1 => Err("1 problem".to_string()),
        many => Err(format!("{many} problems")),
    }
}

/// Name and description of each package in an answer of `cargo metadata`.
pub(crate) fn packages(metadata: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let listed = metadata["packages"].as_array().into_iter().flatten();
    listed.filter_map(|package| Some((package["name"].as_str()?, package)))
}

/// Asks cargo about the workspace.
pub(crate) fn metadata(root: &Path, flags: &[&str]) -> Result<Value, String> {
    let mut cargo = steps::cargo(root);
    cargo.args(["metadata", "--format-version", "1"]).args(flags);
    serde_json::from_str(&output(&mut cargo)?).map_err(|why| format!("cargo metadata: {why}"))
}

fn host() -> Result<String, String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_string).ok_or_else(|| "rustc -vV names no host".to_string())
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|why| format!("cannot run {name}: {why}"))?;
    match done.status.success() {
        true => Ok(String::from_utf8_lossy(&done.stdout).into_owned()),
        false => Err(format!("{name} failed: {}", String::from_utf8_lossy(&done.stderr).trim())),
    }
}

/// What git tracks or would track; without git, or outside a checkout, what lies in the folder.
fn files(root: &Path) -> Result<Vec<File>, String> {
    let mut git = Command::new("git");
    git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut paths: Vec<PathBuf> = match output(&mut git) {
        Ok(listed) => listed.split_terminator('\0').map(PathBuf::from).collect(),
        Err(_) => walk(root)?,
    };
    paths.sort();
    paths.dedup();
    // A file deleted but not yet committed is still listed.
    Ok(paths.iter().filter_map(|path| open(root, path)).collect())
}

fn open(root: &Path, path: &Path) -> Option<File> {
    let full = root.join(path);
    let bytes = fs::metadata(&full).ok().filter(fs::Metadata::is_file)?.len();
    // A file over the limit is reported by its size; reading it too would tell nothing more.
    let text = (bytes <= LARGEST_FILE).then(|| fs::read_to_string(&full).ok()).flatten();
    Some(File { path: path.to_string_lossy().into_owned(), bytes, text })
}

fn walk(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let Ok(inside) = path.strip_prefix(root) else { continue };
            let ignored = [".git", "target", "data"].iter().any(|name| inside == Path::new(name));
            match path.is_dir() {
                true if !ignored && !path.is_symlink() => folders.push(path),
                true => {}
                false => found.push(inside.to_path_buf()),
            }
        }
    }
    Ok(found)
}

/// Every rule that looks at one file.
fn file(file: &File) -> Vec<String> {
    let path = file.path.as_str();
    let mut problems: Vec<String> = [size(path, file.bytes)].into_iter().flatten().collect();
    let Some(text) = &file.text else { return problems };
    problems.extend(length(path, text.lines().count()));
    let mut add = |found: Vec<texts::Found>| {
        problems.extend(found.into_iter().map(|(line, why)| format!("{path}:{line}: {why}")));
    };
    add(texts::strangers(text));
    if ["prompts/", "corpora/", "deploy/"].iter().any(|folder| path.starts_with(folder)) {
        add(texts::not_nfc(text));
    }
    if has_placeholders(path) {
        add(texts::bad_placeholders(text));
    }
    problems
}

fn size(path: &str, bytes: u64) -> Option<String> {
    let listed = LARGE.iter().any(|(large, _)| *large == path);
    (bytes > LARGEST_FILE && !listed)
        .then(|| format!("{path}: {bytes} bytes, over 1 MiB: fetch it or make it smaller"))
}

fn length(path: &str, lines: usize) -> Option<String> {
    let listed = LONG.iter().find(|(long, _)| *long == path);
    let limit = listed.map_or(LONGEST_SOURCE, |(_, lines)| *lines);
    (path.ends_with(".rs") && lines > limit)
        .then(|| format!("{path}: {lines} lines, over {limit}: split it"))
}

/// Prompts and fixed sentences; the page that explains them may show braces.
fn has_placeholders(path: &str) -> bool {
    let Some(name) = path.strip_prefix("prompts/") else { return false };
    let explains = name.ends_with("README.md");
    (name.ends_with(".md") && !explains) || name.ends_with("say.toml")
}

/// Every library and program root forbids unsafe code, or its crate is listed.
fn unsafe_code(metadata: &Value, read: impl Fn(&str) -> String) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, package) in packages(metadata) {
        if UNSAFE.iter().any(|(listed, _)| *listed == name) {
            continue;
        }
        for target in package["targets"].as_array().into_iter().flatten() {
            let kinds = target["kind"].as_array().into_iter().flatten();
            let linked = kinds.filter_map(Value::as_str).any(|kind| kind == "lib" || kind == "bin");
            let Some(path) = target["src_path"].as_str().filter(|_| linked) else { continue };
            if !texts::forbids_unsafe(&read(path)) {
                problems.push(format!("{name}: no #![forbid(unsafe_code)] in {path}"));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn single_files() {
        let lines = |n: usize| "x\n".repeat(n);
        for (path, bytes, text, expect) in [
            ("crates/law/src/lib.rs", 10, Some(lines(700)), None),
            ("crates/law/src/lib.rs", 10, Some(lines(701)), Some("701 lines, over 700")),
            ("corpora/long.md", 10, Some(lines(701)), None),
            ("models/w.gguf", 1 << 20, None, None),
            ("models/w.gguf", (1 << 20) + 1, None, Some("over 1 MiB")),
            ("prompts/law.md", 10, Some("{Name}".into()), Some("prompts/law.md:1: {Name}")),
            ("prompts/say.toml", 10, Some("a = \"{\"".into()), Some("say.toml:1: a brace")),
            ("prompts/README.md", 10, Some("{Name}".into()), None),
            ("crates/a.md", 10, Some("{Name}".into()), None),
            ("corpora/a.md", 10, Some("Ha\u{300}".into()), Some("corpora/a.md:1: not in NFC")),
            ("crates/a.rs", 10, Some("Ha\u{300}".into()), None),
            ("README.md", 10, Some(concat!("cla", "ude").into()), Some("README.md:1: ")),
        ] {
            let problems = file(&File { path: path.to_string(), bytes, text });
            match expect {
                None => assert!(problems.is_empty(), "{path}: {problems:?}"),
                Some(part) => {
                    assert!(
                        problems.len() == 1 && problems[0].contains(part),
                        "{path}: {problems:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn crate_roots() {
        let metadata = json!({"packages": [
            {"name": "law", "targets": [
                {"kind": ["lib"], "src_path": "safe"}, {"kind": ["bin"], "src_path": "open"},
                {"kind": ["test"], "src_path": "open"}, {"kind": ["custom-build"], "src_path": "open"},
            ]},
            {"name": "infer", "targets": [{"kind": ["lib"], "src_path": "open"}]},
        ]});
        let read = |path: &str| match path {
            "safe" => "#![forbid(unsafe_code)]".to_string(),
            _ => String::new(),
        };
        assert_eq!(unsafe_code(&metadata, read), ["law: no #![forbid(unsafe_code)] in open"]);
    }

    #[test]
    fn the_folder_is_read_with_and_without_git() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for paths in [
            walk(here).unwrap(),
            files(here).unwrap().iter().map(|f| PathBuf::from(&f.path)).collect(),
        ] {
            assert!(paths.contains(&PathBuf::from("src/tidy.rs")), "{paths:?}");
        }
    }

    /// The gate calls `tidy` as a step of its own; this keeps the arrows under plain `cargo test` too.
    #[test]
    fn the_arrows_of_this_workspace() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let problems = arrows::check(&metadata(here, &["--no-deps"]).unwrap());
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}
