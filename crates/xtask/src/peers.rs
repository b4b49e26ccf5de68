//! `cargo xtask peers`: khue against sentence-transformers (PyTorch, f32) and llama.cpp on the same
//! files, the same texts and the same machine, in turn.
//!
//! Each round starts four fresh processes: ours and theirs for passages and a query, ours and theirs
//! for a prompt and its answer. A round counts with its median, the end with the median of rounds.
//! A ratio over 1 always means that we are faster: speeds are ours over theirs, times theirs over
//! ours. Each side counts its own tokens, and a difference is told. sentence-transformers computes in
//! f32, khue as it is configured.
//!
//! `environment` installs the other side, `inputs` writes what both read, `figures` is the arithmetic,
//! `page` the table; `embed.py` and `generate.py` are what the other side runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::steps;
use figures::Figures;
use inputs::Inputs;

mod environment;
mod figures;
mod inputs;
mod page;

const EMBED: &str = include_str!("peers/embed.py");
const GENERATE: &str = include_str!("peers/generate.py");

/// Passes over the input within one process, after one that is not counted.
const REPETITIONS: &str = "3";

/// What is asked of `peers`.
#[derive(Debug, PartialEq)]
pub(crate) struct Peers {
    /// Rounds of fresh processes.
    pub(crate) runs: usize,
    /// The figures as one JSON document on standard output.
    pub(crate) json: bool,
}

impl Default for Peers {
    fn default() -> Peers {
        Peers { runs: 5, json: false }
    }
}

/// The two pairs of programs.
const PAIRS: [&str; 2] = ["embed", "generate"];

/// Measures and prints. Only the result goes to standard output.
pub(crate) fn run(root: &Path, asked: &Peers) -> Result<(), String> {
    eprintln!("peers: building khue");
    aloud(steps::cargo(root).args(["build", "--release", "--locked", "-p", "server"]))?;
    let khue = steps::program(root)?;
    let models = |words: &[&str]| {
        let mut command = Command::new(&khue);
        command.current_dir(root).arg("models").args(words);
        command
    };
    aloud(&mut models(&["pull", "embed", "generate"]))?;
    let models = quiet(&mut models(&["list", "--json"]))?;
    let python = environment::ready(&environment::folder()?)?;
    let inputs = Inputs::write(root, temporary("peers"))?;

    let (load, threads) = (load(), cores());
    let mut figures = Figures::default();
    let (mut machine, mut software, mut settings) = (json!({}), json!({}), json!({}));
    for round in 1..=asked.runs {
        for pair in PAIRS {
            let at = format!("[{round}/{}] {pair:<8}", asked.runs);
            let ours = quiet(&mut ours(&khue, root, pair, &inputs))?;
            eprintln!("{at} ours    {}", figures::line(&ours));
            let theirs = quiet(&mut theirs(&python, &inputs, pair, &models, threads)?)?;
            eprintln!("{at} theirs  {}", figures::line(&theirs));
            figures.add(&ours, &theirs)?;
            machine = ours["machine"].clone();
            software[pair] = theirs["software"].clone();
            settings[pair] = theirs["settings"].clone();
        }
    }
    // Our side names the load while it ran; whether the machine was idle is told by the one before.
    machine["load"] = json!(load);
    let document = json!({
        "name": "peers", "machine": machine, "runs": asked.runs, "results": figures.results(),
        "software": software, "settings": settings, "warnings": figures.warnings(),
    });
    match asked.json {
        true => {
            eprintln!("{}", page::page(&document));
            println!("{document}");
        }
        false => println!("{}", page::page(&document)),
    }
    Ok(())
}

/// Our side of a pair.
fn ours(khue: &Path, root: &Path, pair: &str, inputs: &Inputs) -> Command {
    let mut command = Command::new(khue);
    command.current_dir(root).args(["bench", pair, "--json", "-n", REPETITIONS]);
    read(&mut command, pair, inputs);
    command
}

/// The other side of a pair: a script beside the inputs, under the environment's Python.
fn theirs(
    python: &Path,
    inputs: &Inputs,
    pair: &str,
    models: &Value,
    threads: usize,
) -> Result<Command, String> {
    let folder = model(models, pair)?;
    let (text, model) = match pair {
        "embed" => (EMBED, folder),
        _ => (GENERATE, folder.join("model.gguf")),
    };
    let script = inputs.folder.join(format!("{pair}.py"));
    fs::write(&script, text).map_err(|why| format!("{}: {why}", script.display()))?;
    let mut command = Command::new(python);
    command.arg(script).args(["-n", REPETITIONS, "--threads", &threads.to_string()]);
    command.arg("--model").arg(model);
    read(&mut command, pair, inputs);
    Ok(command)
}

/// What both sides of a pair read, under the same names.
fn read(command: &mut Command, pair: &str, inputs: &Inputs) {
    match pair {
        "embed" => command.arg("--texts").arg(&inputs.texts).args(["--query", inputs::QUERY]),
        _ => command.arg("--prompt").arg(&inputs.prompt),
    };
}

/// Folder of the first model declared for a role, from `khue models list --json`.
fn model(models: &Value, role: &str) -> Result<PathBuf, String> {
    let listed = models["models"].as_array().into_iter().flatten();
    let mut folders = listed.filter(|model| model["role"] == role);
    let folder = folders.find_map(|model| model["folder"].as_str());
    folder.map(PathBuf::from).ok_or_else(|| format!("khue declares no model for {role}"))
}

/// A folder of this process alone.
fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("khue-{name}-{}", std::process::id()))
}

/// Runs with everything it says on standard error.
fn aloud(command: &mut Command) -> Result<(), String> {
    let status = command.stdin(Stdio::null()).stdout(std::io::stderr()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(why) => Err(format!("cannot run {command:?}: {why}")),
    }
}

/// Runs and reads the JSON document on standard output; what else was said is told on failure.
fn quiet(command: &mut Command) -> Result<Value, String> {
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|why| format!("cannot run {command:?}: {why}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        return Err(format!("{command:?}: {}\n{}", done.status, said.trim()));
    }
    serde_json::from_slice(&done.stdout)
        .map_err(|why| format!("{command:?} printed no JSON: {why}"))
}

/// Load averages of 1, 5 and 15 minutes; empty where the system does not tell.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Threads for the other side. Both its engines are fastest with one for each real core, and lose
/// when two share one.
fn cores() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, usize::from);
    real_cores(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default())
        .unwrap_or(allowed)
        .min(allowed)
}

fn real_cores(cpuinfo: &str) -> Option<usize> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_string())
    };
    let blocks = cpuinfo.split("\n\n").filter(|block| !block.trim().is_empty());
    let places: Option<std::collections::BTreeSet<_>> = blocks
        .map(|block| Some((field(block, "physical id")?, field(block, "core id")?)))
        .collect();
    places.map(|places| places.len()).filter(|cores| *cores > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_of_one_core_count_once() {
        let block = |package: u8, core: u8| {
            format!("processor\t: 0\nphysical id\t: {package}\ncore id\t\t: {core}\n\n")
        };
        for (text, expect) in [
            (block(0, 0) + &block(0, 1) + &block(0, 0) + &block(0, 1), Some(2)),
            (block(0, 0) + &block(1, 0), Some(2)),
            ("processor\t: 0\nBogoMIPS\t: 50\n".to_string(), None),
            (String::new(), None),
        ] {
            assert_eq!(real_cores(&text), expect, "{text}");
        }
        assert!(cores() > 0);
    }

    #[test]
    fn the_first_model_of_a_role() {
        let models = json!({"models": [
            {"role": "generate", "folder": "a"}, {"role": "embed", "folder": "b"},
            {"role": "embed", "folder": "c"},
        ]});
        assert_eq!(model(&models, "embed"), Ok(PathBuf::from("b")));
        assert!(model(&models, "rank").unwrap_err().contains("rank"));
    }

    #[test]
    fn documents_are_read_and_failures_told() {
        let shell = |script: &str| quiet(Command::new("sh").args(["-c", script]));
        assert_eq!(shell("echo noise >&2; echo '{\"a\": 1}'"), Ok(json!({"a": 1})));
        assert!(shell("echo reason >&2; exit 3").unwrap_err().ends_with("exit status: 3\nreason"));
        assert!(shell("echo words").unwrap_err().contains("printed no JSON"));
    }

    #[test]
    fn both_sides_get_the_same_files() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let inputs = Inputs::write(root, temporary("sides")).unwrap();
        let models = json!({"models": [
            {"role": "embed", "folder": "e"}, {"role": "generate", "folder": "g"},
        ]});
        let python = Path::new("python");
        for (pair, files, model) in [
            ("embed", ["--texts", "--query"], "e"),
            ("generate", ["--prompt", "-n"], "g/model.gguf"),
        ] {
            let ours = arguments(&ours(Path::new("khue"), root, pair, &inputs));
            let theirs = theirs(python, &inputs, pair, &models, 2).unwrap();
            let theirs = arguments(&theirs);
            for name in files {
                assert_eq!(after(&ours, name), after(&theirs, name));
                assert!(after(&ours, name).is_some(), "{ours:?}");
            }
            assert_eq!(after(&theirs, "--model"), Some(model));
            assert!(Path::new(&theirs[0]).is_file());
        }
    }

    fn arguments(command: &Command) -> Vec<String> {
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    fn after<'a>(words: &'a [String], name: &str) -> Option<&'a str> {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).map(String::as_str)
    }
}
