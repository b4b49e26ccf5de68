//! `khue control`: what people decide over answers.

use std::cell::OnceCell;

use answer::Matter;
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use law::Library;
use serde_json::{Value, json};

use super::out::{Out, table};
use super::{Done, Usage, parse_date};
use crate::app::Setup;
use crate::control::Decisions;
use crate::decide::{self, Decision, Told, Undecided, Written, decide};

#[derive(Args)]
pub(crate) struct ControlArgs {
    #[command(subcommand)]
    what: Option<What>,
    /// Who decides, for the log [default: the user of the machine]
    #[arg(long, global = true, env = "USER", hide_env_values = true, value_name = "NAME")]
    by: Option<String>,
}

#[derive(Subcommand)]
enum What {
    /// What holds at present, and which curated answers are suspended (without a subcommand: the same)
    Show,
    /// Switch off the writing of models, a topic, a procedure or a document
    Off {
        what: Kind,
        /// A phrase, the code of a procedure or the number of a document; none for generation
        value: Option<String>,
        /// Why, in words for the public
        #[arg(long)]
        reason: String,
    },
    /// Switch it on again
    On { what: Kind, value: Option<String> },
    /// Never say a phrase
    Forbid {
        phrase: String,
        /// Why, for colleagues
        #[arg(long)]
        reason: String,
    },
    /// Tell something beside answers
    Notice {
        /// Its name
        id: String,
        text: String,
        /// First day
        #[arg(long, value_parser = parse_date)]
        from: Option<Date>,
        /// Last day
        #[arg(long, value_parser = parse_date)]
        until: Option<Date>,
        /// Code of a procedure or number of a document whose answers it goes with; again for more
        #[arg(long)]
        about: Vec<String>,
        /// Profile that is told; again for more
        #[arg(long)]
        profile: Vec<String>,
    },
    /// Give an answer that people wrote: a file with id, questions, text, rests_on and, if not for all, profiles
    Answer { file: std::path::PathBuf },
    /// Approve a curated answer again, after what it rests on has changed
    Renew { id: String },
    /// Take a curated answer, a notice or a forbidden phrase away
    Drop { id: String },
    /// Who decided what, when and why
    Log,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Generation,
    Topic,
    Procedure,
    Document,
}

pub(crate) fn run(setup: &Setup, args: ControlArgs, out: &Out) -> anyhow::Result<Done> {
    let decisions = Decisions::new(&setup.config.paths.data);
    decisions.refresh()?;
    let held = Held { setup, library: OnceCell::new() };
    let by = args.by.filter(|by| !by.trim().is_empty());
    let decided = |decision| {
        let by = by.as_deref().ok_or_else(|| Usage("say who decides with --by".into()))?;
        decide(&|| held.library(), &decisions, by, decision).map_err(|error| {
            match error.downcast::<Undecided>() {
                Ok(why) => Usage(why.to_string()).into(),
                Err(error) => error,
            }
        })
    };
    match args.what.unwrap_or(What::Show) {
        What::Show => return show(&held, &decisions, out),
        What::Log => return log(&decisions, out),
        What::Off { what, value, reason } => {
            let value = value.unwrap_or_default();
            decided(Decision::Off { what: what.into(), value, reason })?;
        }
        What::On { what, value } => {
            decided(Decision::On { what: what.into(), value: value.unwrap_or_default() })?;
        }
        What::Forbid { phrase, reason } => decided(Decision::Forbid { phrase, reason })?,
        What::Notice { id, text, from, until, about, profile } => {
            decided(Decision::Notice(Told { id, text, from, until, about, profiles: profile }))?;
        }
        What::Answer { file } => {
            let text = fs_err::read_to_string(&file)?;
            let written: Written = toml::from_str(&text)
                .map_err(|error| Usage(format!("{}: {error}", file.display())))?;
            decided(Decision::Answer(written))?;
        }
        What::Renew { id } => decided(Decision::Renew { id })?,
        What::Drop { id } => decided(Decision::Drop { what: None, id })?,
    }
    show(&held, &decisions, out)
}

impl From<Kind> for Matter {
    fn from(kind: Kind) -> Matter {
        match kind {
            Kind::Generation => Matter::Generation,
            Kind::Topic => Matter::Topic,
            Kind::Procedure => Matter::Procedure,
            Kind::Document => Matter::Document,
        }
    }
}

/// The library of the version that serves, read when it is first wanted.
struct Held<'a> {
    setup: &'a Setup,
    library: OnceCell<Library>,
}

impl Held<'_> {
    fn library(&self) -> anyhow::Result<&Library> {
        if self.library.get().is_none() {
            let read = self.setup.library(&self.setup.current()?)?;
            let _ = self.library.set(read);
        }
        self.library.get().context("the library was read")
    }
}

fn show(held: &Held<'_>, decisions: &Decisions, out: &Out) -> anyhow::Result<Done> {
    let now = decisions.now();
    let control = &now.control;
    let mut suspended: Vec<(&str, String)> = Vec::new();
    if !control.answer.is_empty() {
        let all = decide::suspended(held.library()?, control);
        suspended = all.into_iter().map(|(id, why)| (id, decide::told(&why))).collect();
    }
    let mut value = json!({"file": decisions.file(), "id": now.id, "log": decisions.log()?.head});
    if let (Some(object), Value::Object(decided)) = (value.as_object_mut(), json!(**control)) {
        object.extend(decided);
        let list = suspended.iter().map(|(id, why)| json!({"id": id, "why": why}));
        object.insert("suspended".into(), list.collect());
    }
    out.document(&value)?;
    let mut rows = Vec::new();
    let mut row = |what: &str, name: &str, text: &str, by: &str, since: jiff::Timestamp| {
        let since = since.to_string();
        let since = since.get(..16).unwrap_or(&since).to_owned();
        rows.push(vec![what.into(), name.into(), text.into(), by.into(), since]);
    };
    for it in &control.off {
        row(&format!("off {:?}", it.what).to_lowercase(), &it.value, &it.reason, &it.by, it.since);
    }
    for it in &control.forbidden {
        row("forbidden", &it.phrase, &it.reason, &it.by, it.since);
    }
    for it in &control.notice {
        row("notice", &it.id, &it.text, &it.by, it.since);
    }
    for it in &control.answer {
        let off = suspended.iter().find(|(id, _)| *id == it.id);
        let text = off.map_or_else(String::new, |(_, why)| format!("SUSPENDED: {why}"));
        row("answer", &it.id, &text, &it.by, it.since);
    }
    match rows.is_empty() {
        true => out.line(format!("nothing is decided in {}", decisions.file().display())),
        false => out.line(table(&["what", "which", "why or text", "by", "since"], &rows)),
    }
    Ok(if suspended.is_empty() { Done::Well } else { Done::Partly })
}

fn log(decisions: &Decisions, out: &Out) -> anyhow::Result<Done> {
    let log = decisions.log()?.entries;
    out.document(&log)?;
    let rows: Vec<Vec<String>> = log
        .iter()
        .map(|it| {
            let at = it.at.to_string();
            vec![
                at.get(..19).unwrap_or(&at).to_owned(),
                it.by.clone(),
                it.did.clone(),
                it.reason.clone(),
            ]
        })
        .collect();
    out.line(table(&["at", "by", "did", "why"], &rows));
    Ok(Done::Well)
}
