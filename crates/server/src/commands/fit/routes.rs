//! `khue fit routes`: messages with their sorts to the weights by which a message is heard.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use answer::{DANGERS, Listener, SORTS, grams};
use clap::Args;
use eval::fit::{Sorted, softmax};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::round;
use crate::app::Setup;
use crate::commands::labels::lines;
use crate::commands::out::{Out, table};
use crate::commands::{Done, opened};

#[derive(Args)]
pub(crate) struct RoutesArgs {
    /// Files of messages to learn from: {"text", "expect": ["fire"]}, or ordinary questions: {"question"}. What the
    /// library's procedures are called is learned as ordinary too
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// Files of messages that nothing is learned from: how well they are heard goes into the report
    #[arg(long, value_name = "FILE", num_args = 1..)]
    check: Vec<PathBuf>,
    /// Where the weights go, with the report of their fitting
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// List the messages of the checked files that are heard wrongly
    #[arg(long)]
    misses: bool,
    /// Weight of the squared weights against chance
    #[arg(long, default_value_t = 1e-7)]
    ridge: f32,
}

/// A word that fewer messages hold proves nothing.
const LEAST: usize = 2;
/// Smaller weights are left out of the file.
const SMALL: f32 = 0.35;

/// A message.
#[derive(Deserialize)]
struct Message {
    #[serde(alias = "question")]
    text: String,
    /// The sorts that are right for it, the first above all.
    #[serde(rename = "expect", default = "ordinary", deserialize_with = "sorts")]
    sorts: Vec<&'static str>,
}

fn ordinary() -> Vec<&'static str> {
    vec!["none"]
}

/// A list of sorts; labels of another form are those of ordinary questions.
fn sorts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<&'static str>, D::Error> {
    let Value::Array(names) = Value::deserialize(from)? else { return Ok(ordinary()) };
    let sort = |name: &str| {
        let known = SORTS.iter().find(|sort| **sort == name).copied();
        known.ok_or_else(|| D::Error::custom(format!("{name:?} is no sort of message")))
    };
    names.iter().filter_map(Value::as_str).map(sort).collect()
}

pub(crate) fn run(setup: Setup, args: RoutesArgs, out: &Out) -> anyhow::Result<Done> {
    let mut messages = Vec::new();
    for path in &args.sets {
        messages.extend(lines::<Message>(path)?);
    }
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    let mut said: Vec<&str> = Vec::new();
    for procedure in corpus.search.library().procedures() {
        said.extend(procedure.said.iter().map(String::as_str));
        said.push(&procedure.short);
    }
    said.retain(|text| !text.is_empty());
    let named = |text: &str| Message { text: text.to_owned(), sorts: ordinary() };
    messages.extend(said.into_iter().map(named));

    let held: Vec<Vec<String>> = messages.iter().map(|message| grams(&message.text)).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for gram in held.iter().flatten() {
        *count.entry(gram).or_default() += 1;
    }
    let known: Vec<&str> =
        count.into_iter().filter(|(_, count)| *count >= LEAST).map(|(gram, _)| gram).collect();
    let index: HashMap<&str, usize> = known.iter().enumerate().map(|(i, it)| (*it, i)).collect();
    let class = |message: &Message| {
        SORTS.iter().position(|sort| Some(sort) == message.sorts.first()).unwrap_or(SORTS.len() - 1)
    };
    let texts: Vec<Sorted> = messages
        .iter()
        .zip(&held)
        .map(|(message, grams)| Sorted {
            features: grams.iter().filter_map(|gram| index.get(gram.as_str()).copied()).collect(),
            length: grams.len(),
            class: class(message),
        })
        .collect();
    let bar = out.bar("fitting", 1, false);
    let weights = softmax(&texts, known.len() + 1, SORTS.len(), args.ridge);
    bar.finish_and_clear();

    let mut listener = Listener::default();
    for (gram, row) in known.iter().chain([&""]).zip(weights.chunks(SORTS.len())) {
        let mean = row.iter().sum::<f32>() / row.len() as f32;
        let tells = row.iter().enumerate().map(|(i, weight)| (i, weight - mean));
        let tells = tells.filter(|(_, weight)| gram.is_empty() || weight.abs() >= SMALL);
        let tells: BTreeMap<usize, f32> =
            tells.map(|(i, weight)| (i, (weight * 10.0).round() / 10.0)).collect();
        if !tells.is_empty() {
            listener.words.insert((*gram).to_owned(), tells);
        }
    }
    listener.report = BTreeMap::from([
        ("messages".to_owned(), json!(messages.len())),
        (
            "ordinary".to_owned(),
            json!(messages.iter().filter(|it| class(it) + 1 == SORTS.len()).count()),
        ),
        ("words".to_owned(), json!(listener.words.len())),
        ("ridge".to_owned(), json!(args.ridge)),
        ("corpus".to_owned(), json!(corpus.manifest.id)),
    ]);
    for path in &args.check {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let checked = check(&listener, &lines(path)?, args.misses, out);
        listener.report.insert(format!("check_{name}"), checked);
    }
    let words: Vec<String> = listener
        .words
        .iter()
        .map(|(word, tells)| Ok(format!("    {}: {}", json!(word), serde_json::to_string(tells)?)))
        .collect::<anyhow::Result<_>>()?;
    let report = serde_json::to_string(&listener.report)?;
    let file =
        format!("{{\n  \"report\": {report},\n  \"words\": {{\n{}\n  }}\n}}\n", words.join(",\n"));
    fs_err::write(&args.out, file)?;
    out.document(&listener.report)?;
    let rows: Vec<Vec<String>> =
        listener.report.iter().map(|(name, value)| vec![name.clone(), value.to_string()]).collect();
    out.line(table(&["what", "value"], &rows));
    Ok(Done::Well)
}

/// Share of messages that are heard rightly, and what of the dangers is heard at which likelihood.
fn check(listener: &Listener, messages: &[Message], misses: bool, out: &Out) -> Value {
    let dangers = &SORTS[..DANGERS];
    let (mut right, mut danger) = (0_usize, 0_usize);
    let mut heard = [(0.2, 0, 0), (0.3, 0, 0), (0.4, 0, 0), (0.5, 0, 0), (0.6, 0, 0)];
    for message in messages {
        let likely = listener.likely(&message.text);
        let is_danger = message.sorts.iter().any(|sort| dangers.contains(sort));
        let is_right = message.sorts.contains(&likely.likeliest());
        right += usize::from(is_right);
        danger += usize::from(is_danger);
        for (least, hits, alarms) in &mut heard {
            if likely.danger().0 >= *least {
                *if is_danger { hits } else { alarms } += 1;
            }
        }
        if misses && !is_right {
            let (sorts, most) = (message.sorts.join(" "), likely.likeliest());
            let share = likely.of(most);
            out.line(format!("{sorts} heard as {most} {share:.2}: {}", message.text));
        }
    }
    let heard: BTreeMap<String, Value> = heard
        .into_iter()
        .map(|(least, hits, alarms)| (format!("{least}"), json!({"heard": hits, "false": alarms})))
        .collect();
    let right = round(right as f64 / messages.len().max(1) as f64);
    json!({"messages": messages.len(), "right": right, "dangers": danger, "at": heard})
}
