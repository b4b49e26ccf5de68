//! Deciding over answers: what people say at the command line and on the pages, checked against the library and
//! brought to [`Decisions`].

use answer::{Bond, Control, Curated, Forbidden, Matter, Notice, Off, Profile, Suspended};
use jiff::civil::Date;
use law::{Citation, Library};

use crate::clock::{now, today};
use crate::control::Decisions;

/// What somebody decides.
pub(crate) enum Decision {
    /// Switches something off; the reason is told to the public.
    Off { what: Matter, value: String, reason: String },
    /// Switches it on again.
    On { what: Matter, value: String },
    /// Never says a phrase; the reason is for colleagues.
    Forbid { phrase: String, reason: String },
    /// Tells something beside answers.
    Notice(Told),
    /// Gives an answer that people wrote.
    Answer(Written),
    /// Approves one again.
    Renew { id: String },
    /// Takes something away; without a kind whatever has the name.
    Drop { what: Option<Kept>, id: String },
}

/// What can be taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Answer,
    Notice,
    Forbidden,
}

/// A notice.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) from: Option<Date>,
    pub(crate) until: Option<Date>,
    pub(crate) about: Vec<String>,
    pub(crate) profiles: Vec<String>,
}

/// An answer that people wrote: also the file of one.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) questions: Vec<String>,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) profiles: Vec<String>,
    pub(crate) rests_on: Vec<Citation>,
}

/// Why something is not decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecided {
    #[error("name what: a phrase, a code, a number; generation has none")]
    Unnamed,
    /// A slip in a number would switch off nothing.
    #[error("the library holds no {what} {value:?}")]
    NotHeld { what: String, value: String },
    #[error("nothing of this kind and name is off")]
    NotOff,
    #[error("no answer, notice or forbidden phrase has this name")]
    NoSuch,
    #[error(
        "{0} is no provision or procedure of the library, or is switched off; a document is named with its article"
    )]
    Unbound(Box<Citation>),
    #[error("{id}: {}", told(why))]
    Held { id: String, why: Box<Suspended> },
}

/// Gives the library, which is read only if it is wanted.
pub(crate) type Held<'a> = &'a dyn Fn() -> anyhow::Result<&'a Library>;

/// Decides.
///
/// # Errors
/// [`Undecided`]; when what is decided means nothing or cannot be written. Then all is as before.
pub(crate) fn decide(
    library: Held<'_>,
    decisions: &Decisions,
    by: &str,
    decision: Decision,
) -> anyhow::Result<()> {
    let since = now();
    let by_whom = by.to_owned();
    match decision {
        Decision::Off { what, value, reason } => {
            let value = matter(what, &value)?;
            known(library, what, &value)?;
            let off = Off { what, value, reason: reason.clone(), by: by_whom, since };
            let did = format!("off {:?} {}", off.what, off.value);
            decisions.change(by, did.trim(), &reason, |control| {
                control.off.retain(|it| (it.what, &it.value) != (off.what, &off.value));
                control.off.push(off);
                Ok(())
            })
        }
        Decision::On { what, value } => {
            let value = matter(what, &value)?;
            let did = format!("on {what:?} {value}");
            decisions.change(by, did.trim(), "", |control| {
                let before = control.off.len();
                control.off.retain(|it| (it.what, &it.value) != (what, &value));
                taken(before > control.off.len(), Undecided::NotOff)
            })
        }
        Decision::Forbid { phrase, reason } => {
            let it = Forbidden { phrase, reason: reason.clone(), by: by_whom, since };
            decisions.change(by, &format!("forbid {:?}", it.phrase), &reason, |control| {
                control.forbidden.retain(|known| known.phrase != it.phrase);
                control.forbidden.push(it);
                Ok(())
            })
        }
        Decision::Notice(Told { id, text, from, until, about, profiles }) => {
            let it = Notice { id, text, from, until, about, profiles, by: by_whom, since };
            decisions.change(by, &format!("notice {}", it.id), &it.text.clone(), |control| {
                control.notice.retain(|known| known.id != it.id);
                control.notice.push(it);
                Ok(())
            })
        }
        Decision::Answer(Written { id, questions, text, profiles, rests_on }) => {
            let bond = |at| Bond { at, words: String::new() };
            let rests_on = rests_on.into_iter().map(bond).collect();
            let it = Curated { id, questions, text, profiles, rests_on, by: by_whom, since };
            let it = bound(library()?, &decisions.now().control, it)?;
            decisions.change(by, &format!("answer {}", it.id), "", |control| {
                control.answer.retain(|known| known.id != it.id);
                control.answer.push(it);
                Ok(())
            })
        }
        Decision::Renew { id } => decisions.change(by, &format!("renew {id}"), "", |control| {
            let at = control.answer.iter().position(|it| it.id == id).ok_or(Undecided::NoSuch)?;
            let it = Curated { by: by_whom, since, ..control.answer[at].clone() };
            control.answer[at] = bound(library()?, control, it)?;
            Ok(())
        }),
        Decision::Drop { what, id } => decisions.change(by, &format!("drop {id}"), "", |control| {
            let count = |it: &Control| it.answer.len() + it.notice.len() + it.forbidden.len();
            let before = count(control);
            let meant = |kind: Kept| what.is_none_or(|what| what == kind);
            control.answer.retain(|it| !meant(Kept::Answer) || it.id != id);
            control.notice.retain(|it| !meant(Kept::Notice) || it.id != id);
            control.forbidden.retain(|it| !meant(Kept::Forbidden) || it.phrase != id);
            taken(before > count(control), Undecided::NoSuch)
        }),
    }
}

fn taken(was_there: bool, otherwise: Undecided) -> anyhow::Result<()> {
    if was_there { Ok(()) } else { Err(otherwise.into()) }
}

fn matter(what: Matter, value: &str) -> Result<String, Undecided> {
    let value = value.trim();
    match value.is_empty() == (what == Matter::Generation) {
        true => Ok(value.to_owned()),
        false => Err(Undecided::Unnamed),
    }
}

fn known(library: Held<'_>, what: Matter, value: &str) -> anyhow::Result<()> {
    let known = match what {
        Matter::Generation | Matter::Topic => return Ok(()),
        Matter::Procedure => library()?.procedure(value).is_some(),
        Matter::Document => library()?.document(value).is_some(),
    };
    let what = format!("{what:?}").to_lowercase();
    taken(known, Undecided::NotHeld { what, value: value.to_owned() })
}

/// A curated answer with the fingerprints of what it rests on today.
fn bound(library: &Library, control: &Control, mut curated: Curated) -> anyhow::Result<Curated> {
    let staff = Profile::new("staff");
    for bond in &mut curated.rests_on {
        let words = control.fingerprint(library, &staff, &bond.at, today());
        bond.words = words.ok_or_else(|| Undecided::Unbound(Box::new(bond.at.clone())))?;
    }
    if let Some(why) = control.suspended(library, &staff, &curated, today()) {
        return Err(Undecided::Held { id: curated.id, why: Box::new(why) }.into());
    }
    Ok(curated)
}

/// Curated answers that are held back, with why.
pub(crate) fn suspended<'a>(library: &Library, control: &'a Control) -> Vec<(&'a str, Suspended)> {
    let staff = Profile::new("staff");
    let held =
        |it: &'a Curated| Some((it.id.as_str(), control.suspended(library, &staff, it, today())?));
    control.answer.iter().filter_map(held).collect()
}

/// Why one is held back.
pub(crate) fn told(why: &Suspended) -> String {
    match why {
        Suspended::Missing(at) => format!("{at} is not in the library, or switched off"),
        Suspended::Ended(at) => format!("{at} is not in force"),
        Suspended::Changed(at) => {
            format!("{at} has changed; look at it, then `khue control renew`")
        }
    }
}
