//! `khue eval time`: consolidated texts as witnesses of what we make of amendments.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use ingest::read::Limits;
use ingest::{Contents, Given};
use jiff::civil::Date;
use law::{Change, Compared, Edition, Library, Proof, Status, Texts, Worded};
use serde_json::{Value, json};

use crate::commands::Done;
use crate::commands::out::{Out, table};

#[derive(Args)]
pub(crate) struct TimeArgs {
    /// Consolidated texts (văn bản hợp nhất): files and folders
    #[arg(required = true)]
    texts: Vec<PathBuf>,
    /// Base texts and amending acts: files and folders
    #[arg(long, num_args = 1.., required = true)]
    base: Vec<PathBuf>,
    /// Articles in two snapshots of the codification: both must be reachable by their days
    #[arg(long, num_args = 1.., value_name = "FILE")]
    changed: Vec<PathBuf>,
    /// Lists of documents with their state: what ended must be shown as ended, with what replaced it
    #[arg(long, num_args = 1.., value_name = "FILE")]
    states: Vec<PathBuf>,
}

pub(crate) fn run(args: &TimeArgs, out: &Out) -> anyhow::Result<Done> {
    let consolidated = contents(&args.texts, out)?;
    let base = contents(&args.base, out)?;
    let (snapshots, states) = (contents(&args.changed, out)?, contents(&args.states, out)?);
    let is_consolidated = |worded: &&Worded| matches!(worded.0.edition, Edition::Consolidated(_));
    let witnesses: Vec<Worded> =
        documents(&consolidated).filter(is_consolidated).cloned().collect();
    anyhow::ensure!(!witnesses.is_empty(), "none of the texts is a consolidated one");
    let (notes, unread) = notes(&consolidated, &witnesses);

    let all = [consolidated, base, snapshots.clone(), states.clone()].concat();
    let plain: Vec<Worded> = documents(&all).filter(|it| !is_consolidated(it)).cloned().collect();
    let given = all.into_iter().map(|contents| Given { contents, ..Given::default() });
    let assembled = ingest::assemble(given);
    let orders = law::orders(&plain);
    let compared = compare(&witnesses, &plain, &orders);
    let library = library(assembled);
    let shown = shown(&library, &witnesses);
    let changed = changed(&library, &snapshots);
    let states = ended(&library, &states);

    let mut by_base: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (kind, all) in &compared {
        let count = by_base.entry(kind).or_default();
        count.0 += all.iter().filter(|one| one.equal).count();
        count.1 += all.len();
    }
    let differ: Vec<&Compared> =
        compared.iter().flat_map(|(_, all)| all).filter(|one| !one.equal).collect();
    let difference = |one: &&Compared| json!({"at": one.at, "by": one.by, "ours": one.ours, "theirs": one.theirs, "why": one.why});
    let total = by_base.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    out.document(&json!({
        "texts": witnesses.len(),
        "notes": notes, "unread": unread,
        "provisions": {
            "compared": total.1, "equal": total.0,
            "by_base": by_base.iter().map(|(kind, count)| (*kind, json!({"equal": count.0, "compared": count.1}))).collect::<BTreeMap<_, _>>(),
        },
        "differences": differ.iter().map(difference).collect::<Vec<_>>(),
        "repealed_shown_in_force": shown, "changed": changed, "states": states,
    }))?;
    let share = |part: usize, of: usize| format!("{:.2} %", 100.0 * part as f64 / of.max(1) as f64);
    let (told, read) = (notes["of_changes"].as_u64(), notes["read"].as_u64());
    let (told, read) = (told.unwrap_or(0) as usize, read.unwrap_or(0) as usize);
    let mut rows = vec![
        vec!["consolidated texts".into(), witnesses.len().to_string(), String::new()],
        vec!["notes that tell of a change".into(), told.to_string(), String::new()],
        vec!["read into an interval with its cause".into(), read.to_string(), share(read, told)],
        vec!["provisions amended and compared".into(), total.1.to_string(), String::new()],
        vec!["equal words".into(), total.0.to_string(), share(total.0, total.1)],
        vec!["repealed, but shown in force".into(), shown.len().to_string(), String::new()],
    ];
    for (kind, (equal, all)) in &by_base {
        rows.push(vec![format!("  base {kind}"), format!("{equal} of {all}"), share(*equal, *all)]);
    }
    let figure = |value: &Value, key: &str| value[key].to_string();
    if !snapshots.is_empty() {
        for (name, key) in [
            ("articles in two snapshots", "articles"),
            ("  both reachable by the day of the change", "by_day"),
            ("  unknown in between, as no source gives the day", "unknown"),
            ("  same words but for signs and blanks", "same"),
            ("  not reachable", "lost"),
        ] {
            rows.push(vec![name.into(), figure(&changed, key), String::new()]);
        }
    }
    if states["documents"] != 0 {
        for (name, key) in [
            ("documents in lists of states", "documents"),
            ("  ended", "ended"),
            ("  shown as ended with what replaced them", "right"),
            ("  not yet in force, shown so", "pending_right"),
        ] {
            rows.push(vec![name.into(), figure(&states, key), String::new()]);
        }
    }
    out.line(table(&["", "", ""], &rows));
    for line in &unread {
        out.line(format!("unread  {line}"));
    }
    for one in differ.iter().take(40) {
        let by: Vec<String> = one.by.iter().map(ToString::to_string).collect();
        out.line(format!("differs  {} by {}", one.at, by.join(", ")));
    }
    out.line(format!("{} differences (--json has the words of all)", differ.len()));
    Ok(Done::Well)
}

/// What all files below the paths hold.
fn contents(paths: &[PathBuf], out: &Out) -> anyhow::Result<Vec<Contents>> {
    let files = ingest::files(paths)?;
    let exe = std::env::current_exe()?;
    let bar = out.bar("reading", files.len() as u64, false);
    let mut all = Vec::new();
    for path in files {
        match ingest::contents(&path, &exe, &Limits::default()) {
            Ok(contents) => all.push(contents),
            Err(why) => out.note(format!("{}: {why}", path.display())),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn documents(all: &[Contents]) -> impl Iterator<Item = &Worded> {
    all.iter().flat_map(|contents| &contents.documents)
}

/// Notes counted, and those that tell of a change and were not read.
fn notes(all: &[Contents], witnesses: &[Worded]) -> (Value, Vec<String>) {
    let sum =
        |of: fn(&law::Notes) -> usize| witnesses.iter().map(|(it, _)| of(&it.notes)).sum::<usize>();
    let (total, statements) = (sum(|notes| notes.total), sum(|notes| notes.statements));
    let warnings = all.iter().flat_map(|contents| &contents.warnings);
    let unread: Vec<String> =
        warnings.filter(|warning| warning.contains("chú thích [")).cloned().collect();
    let dated = |change: &&Change| change.from.is_some();
    let changes: usize =
        witnesses.iter().map(|(it, _)| it.changes.iter().filter(dated).count()).sum();
    let undated: usize = witnesses
        .iter()
        .map(|(it, _)| it.changes.iter().filter(|change| !dated(change)).count())
        .sum();
    let of_changes = total - statements;
    let read = of_changes.saturating_sub(unread.len() + undated);
    let notes = json!({
        "total": total, "statements": statements, "of_changes": of_changes, "read": read,
        "changes": changes, "without_day": undated,
    });
    (notes, unread)
}

/// Each consolidated text beside the base text with the fewest amendments worked in, by the edition of
/// that base.
fn compare(
    witnesses: &[Worded],
    plain: &[Worded],
    orders: &[Change],
) -> Vec<(&'static str, Vec<Compared>)> {
    let mut compared = Vec::new();
    for witness in witnesses {
        let bases = plain.iter().filter(|(it, _)| it.id == witness.0.id && !it.articles.is_empty());
        let issued = |it: &&Worded| (it.0.edition == Edition::Plain, it.0.articles.len());
        let Some(base) = bases.max_by_key(issued) else { continue };
        let mut own: Vec<Change> = Vec::new();
        for order in orders.iter().filter(|order| order.at.document == witness.0.id) {
            if !own.contains(order) {
                own.push(order.clone());
            }
        }
        let kind = if base.0.edition == Edition::Plain { "as published" } else { "codified" };
        compared.push((kind, law::compare(base, witness, &own)));
    }
    compared
}

struct InMemory {
    texts: std::collections::HashMap<law::Citation, String>,
    versions: std::collections::HashMap<(law::Citation, usize), String>,
}

impl Texts for InMemory {
    fn text(&self, at: &law::Citation) -> Option<String> {
        self.texts.get(&at.to_article()).cloned()
    }

    fn version(&self, at: &law::Citation, version: usize) -> Option<String> {
        self.versions.get(&(at.to_article(), version)).cloned()
    }
}

fn library(assembled: ingest::Assembled) -> Library {
    let mut texts = std::collections::HashMap::new();
    let mut documents = Vec::new();
    for (document, words) in assembled.documents {
        for (article, text) in document.articles.iter().zip(words) {
            texts.insert(document.cite(article), text);
        }
        documents.push(document);
    }
    let versions = assembled.versions.into_iter().map(|(at, n, text)| ((at, n), text)).collect();
    Library::new(documents, assembled.procedures, Arc::new(InMemory { texts, versions }))
}

/// Whether both states of changed articles are reached by their days.
fn changed(library: &Library, snapshots: &[Contents]) -> Value {
    let (mut articles, mut by_day, mut unknown, mut alike) = (0, 0, 0, 0);
    let mut lost = Vec::new();
    for (document, texts) in documents(snapshots) {
        for (article, new) in document.articles.iter().zip(texts) {
            let Some(earlier) = &article.earlier else { continue };
            articles += 1;
            let at = document.cite(article);
            let is = |text: &Option<String>, words: &str| {
                text.as_ref().is_some_and(|text| law::same(text, words))
            };
            if law::same(&earlier.text, new) {
                alike += 1;
                continue;
            }
            let history = library.history(&at);
            // The first and last day of each interval.
            let edges = history.iter().flat_map(|interval| {
                [interval.from, interval.to.and_then(|to| to.yesterday().ok())]
            });
            let edges: Vec<Date> = edges.flatten().collect();
            let seen = |words: &str| edges.iter().any(|day| is(&library.text_on(&at, *day), words));
            let gone = history.last().is_some_and(|interval| interval.status == Status::Ended);
            let reached = seen(&earlier.text) && (gone || seen(new));
            let versions = library.article(&at).map_or(0, |(_, article)| {
                article.versions.iter().filter(|version| version.from.is_none()).count()
            });
            if reached {
                by_day += 1;
            } else if versions > 0 {
                unknown += 1;
            } else {
                lost.push(at);
            }
        }
    }
    json!({"articles": articles, "by_day": by_day, "unknown": unknown, "same": alike, "lost": lost.len(), "which": lost})
}

/// Whether listed documents stand as their list says.
fn ended(library: &Library, states: &[Contents]) -> Value {
    let entries: Vec<&law::Document> =
        states.iter().flat_map(|contents| &contents.catalogue).collect();
    let (mut all, mut right, mut pending) = (0, 0, 0);
    let mut wrong = Vec::new();
    for entry in &entries {
        let at = law::Citation::whole(&entry.id);
        if let Some(day) = entry.ended {
            all += 1;
            let standing = library.standing(&at, day);
            let before = day.yesterday().is_ok_and(|day| library.standing(&at, day).status.holds());
            let replaced =
                entry.relations.iter().any(|relation| Some(&relation.to) == standing.by.as_ref());
            match standing.status == Status::Ended && before && replaced {
                true => right += 1,
                false => wrong.push(entry.id.clone()),
            }
        } else if let (Some(from), Some(checked)) = (entry.effective, entry.checked) {
            let status = library.standing(&at, checked).status;
            if checked < from {
                pending += usize::from(status == Status::NotYet);
            } else if status == Status::Ended {
                // Somebody checked that it holds, and we would hide it.
                wrong.push(entry.id.clone());
            }
        }
    }
    json!({"documents": entries.len(), "ended": all, "right": right, "pending_right": pending, "wrong": wrong})
}

/// Places that a consolidated text says are repealed and the library shows as in force on that day.
fn shown(library: &Library, witnesses: &[Worded]) -> Vec<Value> {
    let mut shown = Vec::new();
    for (document, _) in witnesses {
        for change in &document.changes {
            let (Proof::Note { words, .. }, law::Deed::Repeal, law::Spot::Whole, Some(from)) =
                (&change.proof, &change.deed, change.spot, change.from)
            else {
                continue;
            };
            // An article of which nothing is held cannot be shown.
            if change.at.place.article.is_none() || library.article(&change.at).is_none() {
                continue;
            }
            let later =
                |other: &&Change| other.at.place == change.at.place && other.from > change.from;
            if document.changes.iter().any(|other| later(&other)) {
                continue;
            }
            let standing = library.standing(&change.at, from);
            if standing.status != Status::Ended {
                shown.push(
                    json!({"at": change.at, "on": from, "status": standing.status, "note": words}),
                );
            }
        }
    }
    shown
}
