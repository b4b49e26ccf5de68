//! The command line.

mod ask;
mod batch;
mod bench;
mod control;
mod corpus;
mod doctor;
mod eval;
mod find;
mod fit;
mod ingest;
mod labels;
mod models;
mod out;
mod people;
mod replay;
mod review;
mod serve;
mod show;
mod telegram;
pub(crate) mod vectors;
mod zalo;

pub(crate) use corpus::roll_back;
pub(crate) use replay::changes_now;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use infer::Models;
use jiff::civil::Date;

use crate::app::{App, Setup};
use crate::config::Config;
use crate::versions::Versions;
use out::Out;

/// Khuê, the assistant of Hà Nội: files to a library of law, questions to grounded answers.
#[derive(Parser)]
#[command(
    name = "khue",
    version,
    after_help = "Example: khue ingest corpora && khue ask \"Đăng ký tạm trú cần giấy tờ gì?\""
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Global {
    /// Settings over the defaults of deploy/config.toml
    #[arg(long, global = true, env = "KHUE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where corpus versions are kept [default: data]
    #[arg(long, global = true, env = "KHUE_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where fetched models are kept [default: ~/.cache/khue/models]
    #[arg(long, global = true, env = "KHUE_MODELS", value_name = "DIR")]
    models: Option<PathBuf>,
    /// One JSON document on standard output; progress and logs on standard error
    #[arg(long, global = true)]
    json: bool,
    /// No progress
    #[arg(short, long, global = true)]
    quiet: bool,
    /// More log; twice for all of it
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Subcommand)]
enum Command {
    /// Declared models: list, fetch, check
    #[command(after_help = "Example: khue models pull embed generate")]
    Models(models::ModelsArgs),
    /// Read files and folders into the next corpus version and switch to it
    #[command(after_help = "Example: khue ingest corpora --corpus khue")]
    Ingest(ingest::IngestArgs),
    /// Corpus versions on disk
    #[command(after_help = "Example: khue corpus verify")]
    Corpus(corpus::CorpusArgs),
    /// The text of a provision and its state on a day, or a procedure by its code
    #[command(after_help = "Example: khue show \"60/2014/QH13 điều 15 khoản 1\" --on 2026-01-01")]
    Show(show::ShowArgs),
    /// Ranked provisions and procedures
    #[command(after_help = "Example: khue find \"dang ky tam tru can giay to gi\" -k 5")]
    Find(find::FindArgs),
    /// A grounded answer
    #[command(
        after_help = "Example: khue ask \"Làm giấy khai sinh có mất tiền không?\" --no-generate"
    )]
    Ask(ask::AskArgs),
    /// What people decide over answers: switches, curated answers, forbidden phrases, notices
    #[command(
        after_help = "Example: khue control off procedure 1.001193 --reason \"Đang cập nhật mức lệ phí\""
    )]
    Control(control::ControlArgs),
    /// What is wrong with a draft, where, and by which rule
    #[command(after_help = "Example: khue review du-thao.docx --on 2026-01-15 --text du-thao.txt")]
    Review(review::ReviewArgs),
    /// How an answer came about, made again, and what has changed since
    #[command(after_help = "Example: khue replay 019a1b2c-3d4e-7f50-8a1b-2c3d4e5f6a7b")]
    Replay(replay::ReplayArgs),
    /// How good we are, and what got worse
    #[command(
        after_help = "Example: khue eval retrieval eval/questions.jsonl --baseline eval/baseline.json"
    )]
    Eval(eval::EvalArgs),
    /// Fit the weights by which it is decided what a message is and what a question is about
    #[command(after_help = "Example: khue fit choice labels/ --out crates/answer/choice.json")]
    Fit(fit::FitArgs),
    /// Measured speeds of this machine
    #[command(after_help = "Example: khue bench find --json")]
    Bench(bench::BenchArgs),
    /// HTTP on one address
    #[command(after_help = "Example: khue serve --listen 127.0.0.1:8080")]
    Serve(serve::ServeArgs),
    /// Who may sign in, with which roles; whoever has forgotten a password is let in again
    #[command(
        after_help = "Example: khue people add lan.nguyen --role desk --full-name \"Nguyễn Thị Lan\""
    )]
    People(people::PeopleArgs),
    /// Tokens of the Zalo Official Account
    #[command(after_help = "Example: khue zalo status")]
    Zalo(zalo::ZaloArgs),
    /// Where Telegram delivers the messages of its bot
    #[command(after_help = "Example: khue telegram status")]
    Telegram(telegram::TelegramArgs),
    /// What is wrong with models, index, disk, port, clock, settings, and how to mend it
    #[command(after_help = "Example: khue doctor")]
    Doctor,
    /// Read one file from standard input in a process of its own
    #[command(name = "__read", hide = true)]
    Read {
        /// Name of the file
        name: String,
        /// Leave letters and lines as they were typed
        #[arg(long)]
        as_typed: bool,
    },
    /// Write remarks into the Word file on standard input, in a process of its own
    #[command(name = "__remark", hide = true)]
    Remark,
    /// Run another program without network and without files of this machine; alone: what of it holds
    #[command(name = "__fence", hide = true)]
    Fence {
        /// Folder that it may write
        folder: Option<std::path::PathBuf>,
        /// Program
        program: Option<std::path::PathBuf>,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

/// What the person did wrong at the command line: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// How a command that ran to its end exits.
#[derive(Clone, Copy, PartialEq)]
enum Done {
    /// All done.
    Well,
    /// Done, but something was refused or failed, and is listed.
    Partly,
}

pub(crate) fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    if let Command::Read { name, as_typed } = command {
        let limits = ::ingest::read::Limits { as_typed, ..Default::default() };
        return ::ingest::read::child(&name, &limits);
    }
    if matches!(command, Command::Remark) {
        let limits = ::ingest::read::Limits { as_typed: true, ..Default::default() };
        return ::ingest::read::remark_child(&limits);
    }
    if let Command::Fence { folder, program, arguments } = command {
        let (Some(folder), Some(program)) = (folder, program) else {
            Out::new(global.json, global.quiet).line(::ingest::read::probe());
            return ExitCode::SUCCESS;
        };
        return ::ingest::read::fenced(&folder, &program, &arguments);
    }
    log_to_stderr(global.verbose);
    let out = Out::new(global.json, global.quiet);
    match run(global, command, &out) {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::Partly) => ExitCode::from(1),
        Err(error) => {
            out::complain(&error);
            ExitCode::from(code(&error))
        }
    }
}

fn run(global: Global, command: Command, out: &Out) -> anyhow::Result<Done> {
    let mut config =
        Config::load(global.config.as_deref()).map_err(|error| Usage(format!("{error:#}")))?;
    if let Some(data) = global.data {
        config.paths.data = data;
    }
    let cache = match global.models {
        Some(cache) => cache,
        None => default_cache()?,
    };
    let setup = Setup {
        versions: Versions::new(&config.paths.data),
        models: Arc::new(Models::load(&config.paths.models)?),
        config: Arc::new(config),
        file: global.config,
        cache,
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Models(args) => models::run(&setup, args, out),
            Command::Ingest(args) => ingest::run(&setup, args, out).await,
            Command::Corpus(args) => corpus::run(&setup, args, out).await,
            Command::Show(args) => show::run(&setup, &args, out),
            Command::Find(args) => find::run(setup, args, out).await,
            Command::Ask(args) => ask::run(setup, args, out).await,
            Command::Control(args) => control::run(&setup, args, out),
            Command::Review(args) => {
                tokio::task::block_in_place(|| review::run(&setup, &args, out))
            }
            Command::Replay(args) => replay::run(setup, args, out).await,
            Command::Eval(args) => eval::run(setup, args, out).await,
            Command::Fit(args) => fit::run(setup, args, out).await,
            Command::Bench(args) => bench::run(setup, args, out).await,
            Command::Serve(args) => serve::run(setup, args, out).await,
            Command::People(args) => people::run(&setup, args, out).await,
            Command::Zalo(args) => zalo::run(setup, args, out).await,
            Command::Telegram(args) => telegram::run(setup, args, out).await,
            Command::Doctor => doctor::run(&setup, out),
            Command::Read { .. } | Command::Remark | Command::Fence { .. } => {
                unreachable!("handled before anything is set up")
            }
        }
    })
}

/// Exit code of an error: 2 usage, 4 overloaded, 3 a missing or damaged model, index or file.
fn code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<Usage>().is_some() {
        return 2;
    }
    let overloaded = error.chain().any(|cause| {
        cause.downcast_ref::<answer::Error>().is_some_and(|error| error.overloaded().is_some())
            || matches!(
                cause.downcast_ref::<search::Error>(),
                Some(search::Error::Model(infer::Error::Overloaded { .. }))
            )
            || matches!(cause.downcast_ref::<infer::Error>(), Some(infer::Error::Overloaded { .. }))
    });
    if overloaded { 4 } else { 3 }
}

fn default_cache() -> anyhow::Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base =
        base.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    Ok(base
        .context("neither HOME nor XDG_CACHE_HOME is set; name a folder with --models")?
        .join("khue")
        .join("models"))
}

fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        // The vector engine warns of server features that it has no use for in process.
        0 => "warn,khue=info,qdrant_edge=error",
        1 => "info,khue=debug,qdrant_edge=error",
        _ => "debug",
    };
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("KHUE_LOG").unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
}

/// An opened corpus with its models, for commands that ask once.
fn opened(setup: Setup, generate: bool, out: &Out) -> anyhow::Result<App> {
    // Said before the models are loaded, which takes seconds.
    setup.current()?;
    let spinner = out.spinner("loading models");
    let app = App::load(setup, generate)?;
    app.refresh()?;
    spinner.finish_and_clear();
    Ok(app)
}

fn parse_date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("{text:?} is not a date; write it like 2026-01-31"))
}

/// What is different about an answer that is made again, for tests of everything above.
#[cfg(test)]
pub(crate) async fn replayed(app: &App, record: &chat::Record) -> anyhow::Result<Vec<String>> {
    Ok(replay::made_again(app, record, &replay::As::default()).await?.1)
}

/// Builds a version from sources without a word, for tests of everything above.
#[cfg(test)]
pub(crate) async fn build_version(
    setup: &Setup,
    sources: Vec<::ingest::Source>,
    embedder: &infer::Embedder,
) -> anyhow::Result<crate::versions::Manifest> {
    ingest::build(setup, sources, embedder, ingest::When::Now, &Out::new(false, true)).await
}
