//! `khue control`: what people decide over answers.

use std::cell::OnceCell;

use answer::{Bond, Control, Curated, Forbidden, Matter, Notice, Off, Profile, Suspended};
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use law::{Citation, Library};
use serde::Deserialize;
use serde_json::{Value, json};

use super::out::{Out, table};
use super::{Done, Usage, parse_date};
use crate::app::Setup;
use crate::clock::{now, today};
use crate::control::Decisions;

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

/// The file of a curated answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    questions: Vec<String>,
    text: String,
    #[serde(default)]
    profiles: Vec<String>,
    rests_on: Vec<Citation>,
}

pub(crate) fn run(setup: &Setup, args: ControlArgs, out: &Out) -> anyhow::Result<Done> {
    let decisions = Decisions::new(&setup.config.paths.data);
    decisions.refresh()?;
    let held = Held { setup, library: OnceCell::new() };
    let by = args.by.filter(|by| !by.trim().is_empty());
    let by = || by.clone().ok_or_else(|| Usage("say who decides with --by".into()));
    match args.what.unwrap_or(What::Show) {
        What::Show => return show(&held, &decisions, out),
        What::Log => return log(&decisions, out),
        What::Off { what, value, reason } => {
            let (what, value) = matter(what, value)?;
            known(&held, what, &value)?;
            let by = by()?;
            let off = Off { what, value, reason: reason.clone(), by: by.clone(), since: now() };
            let did = format!("off {:?} {}", off.what, off.value);
            decisions.change(&by, did.trim(), &reason, |control| {
                control.off.retain(|it| (it.what, &it.value) != (off.what, &off.value));
                control.off.push(off);
                Ok(())
            })?;
        }
        What::On { what, value } => {
            let (what, value) = matter(what, value)?;
            let did = format!("on {what:?} {value}");
            decisions.change(&by()?, did.trim(), "", |control| {
                let before = control.off.len();
                control.off.retain(|it| (it.what, &it.value) != (what, &value));
                taken(before > control.off.len(), "nothing of this kind and name is off")
            })?;
        }
        What::Forbid { phrase, reason } => {
            let by = by()?;
            let since = now();
            let it = Forbidden { phrase, reason: reason.clone(), by: by.clone(), since };
            decisions.change(&by, &format!("forbid {:?}", it.phrase), &reason, |control| {
                control.forbidden.retain(|known| known.phrase != it.phrase);
                control.forbidden.push(it);
                Ok(())
            })?;
        }
        What::Notice { id, text, from, until, about, profile } => {
            let by = by()?;
            let (profiles, since) = (profile, now());
            let it = Notice { id, text, from, until, about, profiles, by: by.clone(), since };
            decisions.change(&by, &format!("notice {}", it.id), &it.text.clone(), |control| {
                control.notice.retain(|known| known.id != it.id);
                control.notice.push(it);
                Ok(())
            })?;
        }
        What::Answer { file } => {
            let text = fs_err::read_to_string(&file)?;
            let written: Written = toml::from_str(&text)
                .map_err(|error| Usage(format!("{}: {error}", file.display())))?;
            let Written { id, questions, text, profiles, rests_on } = written;
            let by = by()?;
            let bond = |at| Bond { at, words: String::new() };
            let rests_on = rests_on.into_iter().map(bond).collect();
            let it =
                Curated { id, questions, text, profiles, rests_on, by: by.clone(), since: now() };
            let it = bound(&held, &decisions.now().control, it)?;
            decisions.change(&by, &format!("answer {}", it.id), "", |control| {
                control.answer.retain(|known| known.id != it.id);
                control.answer.push(it);
                Ok(())
            })?;
        }
        What::Renew { id } => {
            let by = by()?;
            decisions.change(&by, &format!("renew {id}"), "", |control| {
                let known = control.answer.iter().position(|it| it.id == id);
                let at = known.ok_or_else(|| Usage(format!("there is no answer {id:?}")))?;
                let it = Curated { by: by.clone(), since: now(), ..control.answer[at].clone() };
                control.answer[at] = bound(&held, control, it)?;
                Ok(())
            })?;
        }
        What::Drop { id } => decisions.change(&by()?, &format!("drop {id}"), "", |control| {
            let count = |it: &Control| it.answer.len() + it.notice.len() + it.forbidden.len();
            let before = count(control);
            control.answer.retain(|it| it.id != id);
            control.notice.retain(|it| it.id != id);
            control.forbidden.retain(|it| it.phrase != id);
            taken(before > count(control), "no answer, notice or forbidden phrase has this name")
        })?,
    }
    show(&held, &decisions, out)
}

fn taken(was_there: bool, otherwise: &str) -> anyhow::Result<()> {
    if was_there { Ok(()) } else { Err(Usage(otherwise.into()).into()) }
}

fn matter(kind: Kind, value: Option<String>) -> anyhow::Result<(Matter, String)> {
    let what = match kind {
        Kind::Generation => Matter::Generation,
        Kind::Topic => Matter::Topic,
        Kind::Procedure => Matter::Procedure,
        Kind::Document => Matter::Document,
    };
    let value = value.unwrap_or_default().trim().to_owned();
    if value.is_empty() != (what == Matter::Generation) {
        return Err(
            Usage("name what: a phrase, a code, a number; generation has none".into()).into()
        );
    }
    Ok((what, value))
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

/// What is switched off should be there: a slip in a number would switch off nothing.
fn known(held: &Held<'_>, what: Matter, value: &str) -> anyhow::Result<()> {
    let known = match what {
        Matter::Generation | Matter::Topic => return Ok(()),
        Matter::Procedure => held.library()?.procedure(value).is_some(),
        Matter::Document => held.library()?.document(value).is_some(),
    };
    taken(known, &format!("the library holds no {what:?} {value:?}").to_lowercase())
}

/// A curated answer with the fingerprints of what it rests on today.
fn bound(held: &Held<'_>, control: &Control, mut curated: Curated) -> anyhow::Result<Curated> {
    let (library, staff) = (held.library()?, Profile::new("staff"));
    for bond in &mut curated.rests_on {
        let words = control.fingerprint(library, &staff, &bond.at, today());
        let why = "is no provision or procedure of the library, or is switched off; a document is named with its article";
        bond.words = words.ok_or_else(|| Usage(format!("{} {why}", bond.at)))?;
    }
    if let Some(why) = control.suspended(library, &staff, &curated, today()) {
        return Err(Usage(format!("{}: {}", curated.id, told(&why))).into());
    }
    Ok(curated)
}

fn told(why: &Suspended) -> String {
    match why {
        Suspended::Missing(at) => format!("{at} is not in the library, or switched off"),
        Suspended::Ended(at) => format!("{at} is not in force"),
        Suspended::Changed(at) => {
            format!("{at} has changed; look at it, then `khue control renew`")
        }
    }
}

fn show(held: &Held<'_>, decisions: &Decisions, out: &Out) -> anyhow::Result<Done> {
    let now = decisions.now();
    let control = &now.control;
    let mut suspended: Vec<(&str, String)> = Vec::new();
    if !control.answer.is_empty() {
        let (library, staff) = (held.library()?, Profile::new("staff"));
        suspended = control
            .answer
            .iter()
            .filter_map(|it| {
                let why = control.suspended(library, &staff, it, today())?;
                Some((it.id.as_str(), told(&why)))
            })
            .collect();
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
