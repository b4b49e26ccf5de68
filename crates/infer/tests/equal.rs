//! Speed must not change the text: our forward pass against candle's own, and greedy answers with
//! drafts, kept beginnings and several at once against plain ones. On real weights.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::Content;
use candle_core::{Device, Tensor};
use candle_transformers::models::quantized_qwen2::ModelWeights;
use infer::{Engine, Plan, Prompt, Prompts, Shown};

/// The generator's folder and id; `None`, said aloud, when it has not been fetched.
fn engine() -> Option<(PathBuf, Engine)> {
    let (folder, id) = common::model("generate")?;
    let file = folder.join("model.gguf");
    let engine = Engine::load(&file, &id, 2048).unwrap();
    Some((file, engine))
}

/// How many prompts are tried: some in the gate, all with `KHUE_TEST_ALL=1`.
fn count(some: usize, all: usize) -> usize {
    if std::env::var_os("KHUE_TEST_ALL").is_some() { all } else { some }
}

/// Questions over sections of the guides in `corpora/`, each with its section and the next as sources.
fn prompts(most: usize) -> Vec<Prompt> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let prompts = Prompts::load(&root.join("prompts")).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(root.join("corpora/guides"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut sections = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        sections.extend(text.split("\n## ").skip(1).map(|section| section.trim().to_owned()));
    }
    let step = sections.len() / most;
    let pairs = sections.windows(2).step_by(step).take(most);
    let ask = |pair: &[String]| {
        let question = pair[0].lines().next().unwrap();
        let quote = if question.len().is_multiple_of(3) {
            " Hãy trích nguyên văn trong “ ”."
        } else {
            ""
        };
        let short: String = pair[1].chars().take(200).collect();
        let shown = |n, text: &str| Shown { n, title: "Hướng dẫn".into(), text: text.into() };
        let sources = [shown(1, &pair[0]), shown(2, &short)];
        prompts.ask("citizen", &sources, &format!("{question}?{quote}")).unwrap()
    };
    pairs.map(ask).collect()
}

#[test]
fn real_model_logits_equal_those_of_candle() {
    let Some((file, engine)) = engine() else { return };
    let mut reader = std::fs::File::open(&file).unwrap();
    let content = Content::read(&mut reader).unwrap();
    let mut stock = ModelWeights::from_gguf(content, &mut reader, &Device::Cpu).unwrap();
    let (mut largest, mut spread, mut same) = (0f32, 0f32, 0);
    let mut speeds = Vec::new();
    let prompts = prompts(count(4, 20));
    for prompt in &prompts {
        let ids = engine.chat(prompt).unwrap();
        let ids = &ids[..ids.len().min(160)];
        let ours = engine.logits(ids).unwrap().pop().unwrap();
        let input = Tensor::new(ids, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let began = std::time::Instant::now();
        let theirs = stock.forward(&input, 0).unwrap().flatten_all().unwrap().to_vec1::<f32>();
        let theirs = theirs.unwrap();
        speeds.push(ids.len() as f64 / began.elapsed().as_secs_f64());
        let most = |logits: &[f32]| logits.iter().copied().fold(f32::MIN, f32::max);
        let argmax = |logits: &[f32]| logits.iter().position(|x| *x == most(logits));
        same += usize::from(argmax(&ours) == argmax(&theirs));
        let pairs = ours.iter().zip(&theirs);
        let difference = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        largest = largest.max(difference);
        spread = spread.max(most(&theirs) - theirs.iter().copied().fold(f32::MAX, f32::min));
    }
    speeds.sort_by(f64::total_cmp);
    println!("candle reads {:.0} tokens/s", speeds[speeds.len() / 2]);
    println!(
        "logits: largest difference {largest:.4} of a spread of {spread:.1}, likeliest token equal on \
         {same} of {}",
        prompts.len()
    );
    // Both round activations to eight bits in blocks of 256; sums of floats in another order tip
    // some of them over to the next whole number, layer after layer.
    assert!(largest < 1.0 && same >= prompts.len() - 1, "{largest} {same}");
}

#[test]
fn real_model_answers_do_not_depend_on_how_they_are_made() {
    let Some((_, engine)) = engine() else { return };
    let prompts = prompts(count(4, 50));
    let plain = Plan { tokens: 32, ..Plan::default() };
    let base = engine.answer(&prompts, &plain).unwrap();
    let tokens: usize = base.iter().map(|written| written.tokens.len()).sum();
    for (name, plan) in [
        ("drafts", Plan { drafts: true, ..plain }),
        (
            "kept beginnings, four at once, drafts",
            Plan { drafts: true, prefixes: true, together: 4, ..plain },
        ),
    ] {
        let written = engine.answer(&prompts, &plan).unwrap();
        let differ = base.iter().zip(&written).filter(|(a, b)| a.tokens != b.tokens).count();
        let steps: usize = written.iter().map(|written| written.steps).sum();
        let reused: usize = written.iter().map(|written| written.reused).sum();
        println!(
            "{name}: {tokens} tokens in {steps} steps, {reused} prompt tokens reused, {differ} of {} differ",
            prompts.len()
        );
        assert_eq!(differ, 0, "{name}");
    }
    // What is quoted stands in a source, blanks aside.
    let blanks = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut quotes = 0;
    for (prompt, written) in prompts.iter().zip(&base) {
        let text = engine.text(&written.tokens);
        for quote in text.split('“').skip(1).filter_map(|rest| rest.split_once('”')) {
            quotes += 1;
            let holds =
                prompt.sources.iter().any(|source| blanks(source).contains(&blanks(quote.0)));
            assert!(holds, "{text}");
        }
    }
    println!("{quotes} quotations, all in their sources");
}
