//! What `test` and `up` run, as tables of steps: cargo and the program it built, one after the
//! other, each with its name and its seconds.

use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::postgres::{self, Postgres};
use crate::tidy;

/// Where a browser is looked for; the tests of the pages look at the same places.
const BROWSERS: &[&str] = &[
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/snap/bin/chromium",
];

/// Known to build with the oldest compiler the workspace allows.
const NEXTEST: &str = "0.9.143";

/// What `up` hands on to the program.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Serve {
    /// Address to listen on; the configuration's when none is given.
    pub(crate) listen: Option<String>,
    /// Where corpus versions and conversations are kept.
    pub(crate) data: Option<String>,
}

/// One step of the gate.
struct Step {
    name: &'static str,
    work: Work,
    /// Left out by `--quick`.
    slow: bool,
}

enum Work {
    /// Arguments for cargo, words apart by spaces.
    Cargo(&'static str),
    /// Arguments for the program.
    Khue(&'static str),
    Tools,
    Tidy,
    Page,
    Tests,
    Docs,
}

/// The gate, in order: what is cheap and fails often comes first. Everything is built as it is
/// shipped: one build of the vector and matrix engines serves tests and program, and tests with real
/// models are bearable.
const GATE: &[Step] = &[
    Step { name: "tools", work: Work::Tools, slow: false },
    Step { name: "format", work: Work::Cargo("fmt --all --check"), slow: false },
    Step { name: "tidy", work: Work::Tidy, slow: false },
    Step { name: "page", work: Work::Page, slow: false },
    Step {
        name: "clippy",
        work: Work::Cargo("clippy --release --workspace --all-targets --locked -- -D warnings"),
        slow: false,
    },
    // All targets, so that the tests below find their dependencies built with the same features.
    Step {
        name: "build",
        work: Work::Cargo("build --release --workspace --all-targets --locked"),
        slow: true,
    },
    Step { name: "models", work: Work::Khue("models pull embed generate"), slow: true },
    Step { name: "tests", work: Work::Tests, slow: false },
    Step {
        name: "doctests",
        work: Work::Cargo("test --release --doc --workspace --locked"),
        slow: true,
    },
    Step { name: "docs", work: Work::Docs, slow: true },
];

/// Runs the gate; the first failure ends it.
pub(crate) fn test(root: &Path, quick: bool) -> Result<(), String> {
    let steps: Vec<&Step> = GATE.iter().filter(|step| !(quick && step.slow)).collect();
    let mut summary = Vec::new();
    let mut outcome = Ok(());
    for (at, step) in steps.iter().enumerate() {
        outcome = timed(at + 1, steps.len(), step.name, &mut summary, || work(root, &step.work));
        if outcome.is_err() {
            break;
        }
    }
    println!("\n{}", summary.join("\n"));
    outcome
}

fn work(root: &Path, work: &Work) -> Result<(), String> {
    match work {
        Work::Cargo(words) => succeed(cargo(root).args(words.split(' '))),
        Work::Khue(words) => succeed(khue(root)?.args(words.split(' '))),
        Work::Tools => tools(root),
        Work::Tidy => tidy::run(root),
        Work::Page => {
            let web = root.join("connectors/web");
            let node = |arguments: &[&str]| {
                succeed(Command::new("node").current_dir(&web).args(arguments))
            };
            let mut npm = Command::new("npm");
            succeed(npm.current_dir(&web).args([
                "ci",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ]))?;
            node(&["build.mjs", "--check"])?;
            node(&["--test", "test/parse.test.mjs"])
        }
        Work::Tests => {
            let server = Postgres::start()?;
            let mut tests = cargo(root);
            tests.env(postgres::VARIABLE, &server.url);
            succeed(tests.args([
                "nextest",
                "run",
                "--release",
                "--workspace",
                "--locked",
                "--no-fail-fast",
            ]))
        }
        Work::Docs => succeed(cargo(root).env("RUSTDOCFLAGS", "-D warnings").args([
            "doc",
            "--release",
            "--no-deps",
            "--workspace",
            "--locked",
        ])),
    }
}

/// Installs what the gate needs and a bare toolchain lacks.
fn tools(root: &Path) -> Result<(), String> {
    for component in ["rustfmt", "clippy"] {
        let subcommand = if component == "rustfmt" { "fmt" } else { component };
        let there = || present(cargo(root).args([subcommand, "--version"]));
        let mut rustup = Command::new("rustup");
        if !there() && !present(rustup.args(["component", "add", component])) {
            return Err(format!(
                "{component} is missing; install it with `rustup component add {component}` \
                 or from the package the compiler came from"
            ));
        }
    }
    let there = |program: &str| present(Command::new(program).arg("--version"));
    if !(there("node") && there("npm")) && apt(&["nodejs", "npm"]).is_err() {
        return Err(
            "node or npm is missing; install Node.js 18 or newer, which builds and tests the widget"
                .to_string(),
        );
    }
    if !BROWSERS.iter().any(|path| Path::new(path).exists()) {
        println!("installing Chromium, once for this machine");
        apt(&["chromium", "fonts-dejavu-core"])?;
    }
    postgres::install()?;
    if present(cargo(root).args(["nextest", "--version"])) {
        return Ok(());
    }
    println!("installing cargo-nextest {NEXTEST}, once for this machine");
    succeed(cargo(root).args(["install", "cargo-nextest", "--locked", "--version", NEXTEST]))
        .map_err(|why| format!("{why}\nhint: it comes from crates.io; check network and proxy"))
}

/// Installs packages of Debian.
pub(crate) fn apt(packages: &[&str]) -> Result<(), String> {
    let install = || {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages);
        succeed(apt.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // A list of packages that is old or missing is the usual reason for a failure.
    install().or_else(|_| {
        succeed(Command::new("apt-get").args(["update", "--quiet"]))?;
        install()
    })
}

/// Runs a command with a PostgreSQL server beside it, which tests find by its variable.
pub(crate) fn beside_postgres(root: &Path, command: &[String]) -> Result<(), String> {
    postgres::install()?;
    let server = Postgres::start()?;
    println!("{}={}", postgres::VARIABLE, server.url);
    let Some((program, arguments)) = command.split_first() else {
        return Err("name the command to run: cargo xtask postgres cargo nextest run".to_string());
    };
    let mut command = Command::new(program);
    succeed(command.current_dir(root).args(arguments).env(postgres::VARIABLE, &server.url))
}

/// From a checkout to a running assistant. Does not return when all went well: this process
/// becomes the server, so that signals and the exit code are the server's own.
pub(crate) fn up(root: &Path, serve: &Serve) -> Result<(), String> {
    let mut summary = Vec::new();
    // The program runs in the checkout, the person who typed the path perhaps elsewhere.
    let data: Vec<OsString> = match &serve.data {
        Some(folder) => {
            let folder = std::path::absolute(folder).map_err(|why| format!("--data: {why}"))?;
            vec!["--data".into(), folder.into()]
        }
        None => Vec::new(),
    };
    timed(1, 4, "build", &mut summary, || {
        succeed(cargo(root).args(["build", "--release", "--locked", "-p", "server"]))
    })?;
    timed(2, 4, "models", &mut summary, || {
        succeed(khue(root)?.args(["models", "pull", "embed", "generate"]))
    })?;
    timed(3, 4, "corpora", &mut summary, || {
        // Exit code 1 says that some file was refused and lists it; the rest can be served.
        run(khue(root)?.args(["ingest", "corpora"]).args(&data), &[0, 1])
    })?;
    println!("\n{}\n\n[4/4] serve; stop with Ctrl-C\n{}", summary.join("\n"), addresses(serve));
    io::stdout().flush().map_err(|why| why.to_string())?;
    let mut server = khue(root)?;
    server.arg("serve").args(&data);
    if let Some(address) = &serve.listen {
        server.args(["--listen", address]);
    }
    let why = server.exec();
    Err(format!("cannot start {}: {why}", server.get_program().to_string_lossy()))
}

/// The pages to open. A server that listens everywhere is reached from here as 127.0.0.1.
fn addresses(serve: &Serve) -> String {
    let listen = serve.listen.as_deref().unwrap_or("127.0.0.1:8080");
    let base = match listen.strip_prefix("0.0.0.0:").or_else(|| listen.strip_prefix("[::]:")) {
        Some(port) => format!("http://127.0.0.1:{port}"),
        None => format!("http://{listen}"),
    };
    let pages = [("/", "the page"), ("/api/v1/ask", "questions (POST)"), ("/readyz", "readiness")];
    let line = |(path, what)| format!("  {:<40} {what}", format!("{base}{path}"));
    pages.map(line).join("\n")
}

/// Runs one step between two lines that say so, and adds its line to the summary.
fn timed(
    at: usize,
    of: usize,
    name: &str,
    summary: &mut Vec<String>,
    step: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    println!("\n[{at}/{of}] {name} …");
    let start = Instant::now();
    let outcome = step();
    let seconds = start.elapsed().as_secs_f64();
    let word = if outcome.is_ok() { "done" } else { "FAILED" };
    println!("[{at}/{of}] {name} {word} in {seconds:.1} s");
    summary.push(format!("  {name:<10} {word:<6} {seconds:>8.1} s"));
    outcome.map_err(|why| format!("{name}: {why}"))
}

/// Cargo in the checkout. What `cargo run` told this process about itself is taken out again, or
/// build scripts that look at it would run anew each time.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                .iter()
                .any(|start| name.starts_with(start))
        });
        if told {
            command.env_remove(name);
        }
    }
    command
}

fn khue(root: &Path) -> Result<Command, String> {
    let mut command = Command::new(program(root)?);
    command.current_dir(root);
    Ok(command)
}

/// The program that cargo built, wherever its target folder is.
pub(crate) fn program(root: &Path) -> Result<PathBuf, String> {
    let metadata = tidy::metadata(root, &["--no-deps"])?;
    let target = metadata["target_directory"].as_str().ok_or("cargo names no target folder")?;
    Ok(PathBuf::from(target).join("release").join("khue"))
}

fn present(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn succeed(command: &mut Command) -> Result<(), String> {
    run(command, &[0])
}

fn run(command: &mut Command, fine: &[i32]) -> Result<(), String> {
    let line = line(command);
    let status = command.status().map_err(|why| format!("cannot run {line}: {why}"))?;
    match status.code() {
        Some(code) if fine.contains(&code) => Ok(()),
        _ => Err(format!("{line}: {status}")),
    }
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_leaves_out_models_and_docs() {
        let names = |quick: bool| {
            let kept = GATE.iter().filter(|step| !(quick && step.slow));
            kept.map(|step| step.name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(true), "tools format tidy page clippy tests");
        assert_eq!(names(false), "tools format tidy page clippy build models tests doctests docs");
    }

    #[test]
    fn a_step_is_timed_named_and_its_failure_told() {
        let mut summary = Vec::new();
        let mut run = |outcome| timed(1, 2, "build", &mut summary, || outcome);
        assert_eq!(run(Ok(())), Ok(()));
        assert_eq!(run(Err("why".to_string())), Err("build: why".to_string()));
        assert!(summary[0].contains("build      done") && summary[1].contains("FAILED"));
    }

    #[test]
    fn exit_codes() {
        for (code, fine, expect) in [
            ("0", &[0][..], Ok(())),
            ("1", &[0, 1][..], Ok(())),
            ("1", &[0][..], Err("sh -c exit 1: exit status: 1".to_string())),
            ("3", &[0, 1][..], Err("sh -c exit 3: exit status: 3".to_string())),
        ] {
            let mut command = Command::new("sh");
            assert_eq!(run(command.args(["-c", &format!("exit {code}")]), fine), expect);
        }
    }

    #[test]
    fn pages_to_open() {
        for (listen, expect) in [
            (None, "http://127.0.0.1:8080/ "),
            (Some("0.0.0.0:9000"), "http://127.0.0.1:9000/ "),
            (Some("[::]:9000"), "http://127.0.0.1:9000/api/v1/ask "),
            (Some("10.0.0.5:80"), "http://10.0.0.5:80/readyz "),
        ] {
            let serve = Serve { listen: listen.map(str::to_string), data: None };
            assert!(addresses(&serve).contains(expect), "{}", addresses(&serve));
        }
    }
}
