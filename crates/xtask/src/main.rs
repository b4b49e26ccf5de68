//! `cargo xtask`: the repository's own commands. `test` is the gate, `up` goes from a checkout to
//! a running assistant, `tidy` holds the rules of the house that no compiler checks, `peers` measures
//! us against others.
//!
//! Reading order: `steps` (what `test` and `up` run), `tidy` (the list of rules), `arrows`,
//! `licences`, `texts` (the rules themselves), `peers` (the comparison). Uses none of our crates, so
//! that it still runs when they do not build.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

mod arrows;
mod licences;
mod peers;
mod postgres;
mod steps;
mod texts;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  up [--listen ADDR] [--data DIR]   build, fetch the models, read corpora/ and serve
  test [--quick]                    everything the gate checks; --quick leaves out models and docs
  tidy                              the rules of the house: arrows, licences, file sizes, texts
  postgres COMMAND…                 runs a command beside a PostgreSQL server of its own, for tests:
                                    cargo xtask postgres cargo nextest run --release -p chat
  peers [--runs N] [--json]         khue beside sentence-transformers and llama.cpp, with ratios;
                                    for an idle machine: cargo xtask peers --runs 3
  help                              this page";

/// What the command line asks for.
#[derive(Debug, PartialEq)]
enum Command {
    Up(steps::Serve),
    Test { quick: bool },
    Tidy,
    Peers(peers::Peers),
    Postgres(Vec<String>),
    Help,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match parse(&arguments) {
        Ok(command) => command,
        Err(why) => {
            eprintln!("xtask: {why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let root = root();
    let outcome = match command {
        Command::Up(serve) => steps::up(&root, &serve),
        Command::Test { quick } => steps::test(&root, quick),
        Command::Tidy => tidy::run(&root),
        Command::Peers(asked) => peers::run(&root, &asked),
        Command::Postgres(command) => steps::beside_postgres(&root, &command),
        Command::Help => {
            println!("{HELP}");
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Command, String> {
    let Some((name, rest)) = arguments.split_first() else { return Ok(Command::Help) };
    let mut rest = rest.iter();
    let mut command = match name.as_str() {
        "up" => Command::Up(steps::Serve::default()),
        "test" => Command::Test { quick: false },
        "tidy" => Command::Tidy,
        "peers" => Command::Peers(peers::Peers::default()),
        "postgres" => return Ok(Command::Postgres(rest.cloned().collect())),
        "help" | "--help" | "-h" => return Ok(Command::Help),
        other => return Err(format!("no command {other}")),
    };
    while let Some(flag) = rest.next() {
        let mut value = || rest.next().cloned().ok_or_else(|| format!("{flag} needs a value"));
        match (&mut command, flag.as_str()) {
            (_, "--help" | "-h") => return Ok(Command::Help),
            (Command::Up(serve), "--listen") => serve.listen = Some(value()?),
            (Command::Up(serve), "--data") => serve.data = Some(value()?),
            (Command::Test { quick }, "--quick") => *quick = true,
            (Command::Peers(asked), "--json") => asked.json = true,
            (Command::Peers(asked), "--runs") => {
                let runs = value()?;
                asked.runs = runs
                    .parse()
                    .ok()
                    .filter(|runs| *runs > 0)
                    .ok_or_else(|| format!("--runs takes a number from 1, not {runs}"))?;
            }
            _ => return Err(format!("{name} does not take {flag}")),
        }
    }
    Ok(command)
}

/// The checkout this program was built from, two folders above its manifest.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("crates/xtask lies two folders deep").to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        let serve = |listen: Option<&str>, data: Option<&str>| {
            Command::Up(steps::Serve {
                listen: listen.map(str::to_string),
                data: data.map(str::to_string),
            })
        };
        let peers = |runs, json| Command::Peers(peers::Peers { runs, json });
        for (line, expect) in [
            ("", Ok(Command::Help)),
            ("test --help", Ok(Command::Help)),
            ("test", Ok(Command::Test { quick: false })),
            ("test --quick", Ok(Command::Test { quick: true })),
            ("tidy", Ok(Command::Tidy)),
            ("up", Ok(serve(None, None))),
            ("up --data d --listen 0.0.0.0:80", Ok(serve(Some("0.0.0.0:80"), Some("d")))),
            ("up --listen", Err("--listen needs a value".to_string())),
            ("tidy --quick", Err("tidy does not take --quick".to_string())),
            ("peers", Ok(peers(5, false))),
            ("peers --json --runs 3", Ok(peers(3, true))),
            ("peers --runs 0", Err("--runs takes a number from 1, not 0".to_string())),
            ("peers --runs many", Err("--runs takes a number from 1, not many".to_string())),
            ("peers --quick", Err("peers does not take --quick".to_string())),
            ("build", Err("no command build".to_string())),
        ] {
            let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
            assert_eq!(parse(&words), expect, "{line}");
        }
    }
}
