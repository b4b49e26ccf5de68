//! `khue fit speech`: questions with all their marks to counts of syllables and pairs, by which marks that were left
//! out are restored.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::json;

use super::round;
use crate::app::Setup;
use crate::commands::labels::lines;
use crate::commands::out::{Out, table};
use crate::commands::{Done, opened};

#[derive(Args)]
pub(crate) struct SpeechArgs {
    /// Files of questions: {"text"} or {"question"}. What the library's procedures are called counts too
    #[arg(required = true)]
    sets: Vec<PathBuf>,
    /// Where the counts go
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Files of questions with all their marks: how many syllables the program that runs restores
    #[arg(long, value_name = "FILE", num_args = 1..)]
    check: Vec<PathBuf>,
    /// Pairs that stand in fewer questions are left out
    #[arg(long, default_value_t = 2, value_name = "N")]
    least: u32,
}

/// Share of the syllables that bear marks where all that should do.
const MARKED: f64 = 0.55;

#[derive(Deserialize)]
struct Line {
    #[serde(alias = "question")]
    text: String,
}

pub(crate) fn run(setup: Setup, args: SpeechArgs, out: &Out) -> anyhow::Result<Done> {
    let mut texts = read(&args.sets)?;
    let app = opened(setup, false, out)?;
    let corpus = app.corpus()?;
    for procedure in corpus.search.library().procedures() {
        texts.extend(procedure.said.iter().cloned());
        texts.push(procedure.short.clone());
    }
    texts.sort_unstable();
    texts.dedup();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut counted = 0;
    for text in &texts {
        let Some(words) = marked(text) else { continue };
        counted += 1;
        let is_word = |word: &str| word.chars().all(char::is_alphabetic);
        for word in words.iter().filter(|word| is_word(word)) {
            *counts.entry((*word).to_owned()).or_default() += 1;
        }
        for pair in words.windows(2).filter(|pair| pair.iter().all(|word| is_word(word))) {
            *counts.entry(pair.join(" ")).or_default() += 1;
        }
    }
    counts.retain(|_, count| *count >= args.least);
    let lines: Vec<String> =
        counts.iter().map(|(words, count)| format!("{words}\t{count}\n")).collect();
    fs_err::write(&args.out, lines.concat())?;
    let (mut right, mut all) = (0_usize, 0_usize);
    for words in read(&args.check)?.iter().filter_map(|text| marked(text)) {
        let restored = corpus.search.typed(&viet::fold(&words.join(" "))).text.to_lowercase();
        let restored: Vec<&str> = viet::syllables(&restored).iter().map(|it| it.text).collect();
        all += words.len();
        right += words.iter().zip(&restored).filter(|(word, is)| word == is).count();
    }
    let restored = round(right as f64 / all.max(1) as f64);
    out.document(&json!({
        "texts": texts.len(),
        "counted": counted,
        "entries": counts.len(),
        "restored": restored,
    }))?;
    let row = |name: &str, count: usize| vec![name.to_owned(), count.to_string()];
    let rows = [
        row("texts", texts.len()),
        row("with all their marks", counted),
        row("syllables and pairs", counts.len()),
    ];
    out.line(table(&["what", "count"], &rows));
    if all > 0 {
        out.line(format!(
            "of {all} syllables without marks {:.1} % are restored",
            100.0 * restored
        ));
    }
    Ok(Done::Well)
}

fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for path in paths {
        texts.extend(lines::<Line>(path)?.into_iter().map(|line| line.text));
    }
    Ok(texts)
}

/// The syllables of a text in lower case; `None` if it was not typed with its marks.
fn marked(text: &str) -> Option<Vec<String>> {
    let lower = viet::normalize(text).to_lowercase();
    let words: Vec<String> =
        viet::syllables(&lower).into_iter().map(|it| it.text.to_owned()).collect();
    let marked = words.iter().filter(|word| viet::has_marks(word)).count();
    (!words.is_empty() && marked as f64 >= MARKED * words.len() as f64).then_some(words)
}
