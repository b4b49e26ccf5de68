//! A tiny model with random weights through the real loading, forward pass, cache and queue: what a
//! prompt gives must not depend on what is written beside it, kept or drafted.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{Value, write};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use infer::{Engine, Error, GenerateOptions, Generator, Limits, Plan, Prompt, Written};
use proptest::prelude::*;

const WIDTH: usize = 256;
const HEADS: usize = 4;
const GROUPS: usize = 2;
const DIM: usize = 64;
const INNER: usize = 512;
const LAYERS: usize = 2;

/// A file with all kinds of weights that real ones have, of random values.
fn tiny(folder: &Path, kind: &str) -> PathBuf {
    let mut seed = 7u64;
    let mut random = |n: usize, scale: f32| -> Vec<f32> {
        let roll = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            ((seed % 2001) as f32 / 1000.0 - 1.0) * scale
        };
        std::iter::repeat_with(roll).take(n).collect()
    };
    // One token for each byte, in the byte-level spelling, and the three that frame a chat.
    let bytes = (0..=255u8).map(|b| match b {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => char::from(b),
        b => {
            let before = (0..b).filter(|c| !matches!(c, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff));
            char::from_u32(0x100 + before.count() as u32).unwrap()
        }
    });
    let mut tokens: Vec<String> = bytes.map(String::from).collect();
    tokens.push("ab".into());
    tokens.extend(["<|im_start|>", "<|im_end|>", "<|endoftext|>"].map(String::from));
    while !tokens.len().is_multiple_of(16) {
        tokens.push(format!("<|unused{}|>", tokens.len()));
    }
    let vocabulary = tokens.len();
    let mut tensors: Vec<(String, QTensor)> = Vec::new();
    let mut add = |name: String, shape: &[usize], values: Vec<f32>, dtype: GgmlDType| {
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        tensors.push((name, QTensor::quantize(&tensor, dtype).unwrap()));
    };
    let mut matrix = |name: String, rows: usize, cols: usize, dtype: GgmlDType| {
        let values = random(rows * cols, 0.12);
        add(format!("{name}.weight"), &[rows, cols], values, dtype);
    };
    matrix("token_embd".into(), vocabulary, WIDTH, GgmlDType::Q6K);
    for i in 0..LAYERS {
        let blk = |name: &str| format!("blk.{i}.{name}");
        matrix(blk("attn_q"), HEADS * DIM, WIDTH, GgmlDType::Q4K);
        matrix(blk("attn_k"), GROUPS * DIM, WIDTH, GgmlDType::Q4K);
        matrix(blk("attn_v"), GROUPS * DIM, WIDTH, GgmlDType::Q6K);
        matrix(blk("attn_output"), WIDTH, HEADS * DIM, GgmlDType::Q8_0);
        matrix(blk("ffn_gate"), INNER, WIDTH, GgmlDType::Q4K);
        matrix(blk("ffn_up"), INNER, WIDTH, GgmlDType::Q5_0);
        matrix(blk("ffn_down"), WIDTH, INNER, GgmlDType::Q6K);
    }
    let mut vector = |name: String, length: usize, around: f32| {
        let values = random(length, 0.1).iter().map(|x| x + around).collect();
        add(name, &[length], values, GgmlDType::F32);
    };
    vector("output_norm.weight".into(), WIDTH, 1.0);
    for i in 0..LAYERS {
        vector(format!("blk.{i}.attn_norm.weight"), WIDTH, 1.0);
        vector(format!("blk.{i}.ffn_norm.weight"), WIDTH, 1.0);
        if kind == "qwen2" {
            vector(format!("blk.{i}.attn_q.bias"), HEADS * DIM, 0.0);
            vector(format!("blk.{i}.attn_k.bias"), GROUPS * DIM, 0.0);
            vector(format!("blk.{i}.attn_v.bias"), GROUPS * DIM, 0.0);
        } else {
            vector(format!("blk.{i}.attn_q_norm.weight"), DIM, 1.0);
            vector(format!("blk.{i}.attn_k_norm.weight"), DIM, 1.0);
        }
    }
    let strings = |list: Vec<String>| Value::Array(list.into_iter().map(Value::String).collect());
    let types = |token: &String| Value::I32(if token.starts_with("<|") { 3 } else { 1 });
    let types = Value::Array(tokens.iter().map(types).collect());
    let number = |n: usize| Value::U32(n as u32);
    let metadata = [
        ("general.architecture".to_owned(), Value::String(kind.into())),
        (format!("{kind}.attention.head_count"), number(HEADS)),
        (format!("{kind}.attention.head_count_kv"), number(GROUPS)),
        (format!("{kind}.embedding_length"), number(WIDTH)),
        (format!("{kind}.feed_forward_length"), number(INNER)),
        (format!("{kind}.block_count"), number(LAYERS)),
        (format!("{kind}.context_length"), number(512)),
        (format!("{kind}.rope.freq_base"), Value::F32(10_000.0)),
        ("tokenizer.ggml.model".to_owned(), Value::String("gpt2".into())),
        ("tokenizer.ggml.pre".to_owned(), Value::String("qwen2".into())),
        ("tokenizer.ggml.tokens".to_owned(), strings(tokens)),
        ("tokenizer.ggml.token_type".to_owned(), types),
        ("tokenizer.ggml.merges".to_owned(), strings(vec!["a b".into()])),
        ("tokenizer.ggml.eos_token_id".to_owned(), number(258)),
        ("tokenizer.ggml.add_bos_token".to_owned(), Value::Bool(false)),
    ];
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let tensors: Vec<(&str, &QTensor)> = tensors.iter().map(|(k, v)| (k.as_str(), v)).collect();
    let path = folder.join("model.gguf");
    write(&mut std::fs::File::create(&path).unwrap(), &metadata, &tensors).unwrap();
    path
}

fn engine(kind: &str) -> (tempfile::TempDir, Engine) {
    let folder = tempfile::tempdir().unwrap();
    let file = tiny(folder.path(), kind);
    let engine = Engine::load(&file, "tiny@1", 512).unwrap();
    (folder, engine)
}

fn tokens(written: &[Written]) -> Vec<&[u32]> {
    written.iter().map(|written| written.tokens.as_slice()).collect()
}

#[test]
fn what_a_prompt_gives_does_not_depend_on_its_company() {
    for kind in ["qwen2", "qwen3"] {
        let (_folder, engine) = engine(kind);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(12));
        let text = || prop::sample::select(vec!["ab", "ba ab", "aab [1]", "bb\n"]);
        let prompt = (text(), prop::collection::vec(text(), 1..12), any::<bool>()).prop_map(
            |(system, words, cited)| {
                let source = words.concat();
                let user = format!("{source}? {}", words[0]);
                let (shared, system) = (source.len(), system.to_owned());
                let sources = if cited { vec![source] } else { Vec::new() };
                Prompt { system, user, shared, sources }
            },
        );
        let prompts = prop::collection::vec(prompt, 1..7);
        runner
            .run(&(prompts, 1usize..5, any::<bool>(), any::<bool>()), |case| {
                let (prompts, together, drafts, prefixes) = case;
                let plain = Plan { tokens: 20, ..Plan::default() };
                let plan = Plan { together, drafts, prefixes, ..plain };
                let (base, other) = (
                    engine.answer(&prompts, &plain).unwrap(),
                    engine.answer(&prompts, &plan).unwrap(),
                );
                prop_assert_eq!(tokens(&base), tokens(&other));
                // A prompt read in one go gives what it gives in chunks.
                let ids = engine.chat(&prompts[0]).unwrap();
                let (whole, cut) = (engine.logits(&ids).unwrap(), ids.len() / 2);
                prop_assert_eq!(&engine.logits(&ids[..cut]).unwrap()[..], &whole[..cut]);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_repeated_source_costs_no_reading() {
    let (_folder, engine) = engine("qwen2");
    let ask = |question: &str| {
        let head = "ab ba ".repeat(20);
        let shared = head.len();
        Prompt { system: "a".into(), user: head + question, shared, sources: Vec::new() }
    };
    let prompts = [ask("one"), ask("two"), ask("one")];
    let plan = Plan { tokens: 4, prefixes: true, ..Plan::default() };
    let written = engine.answer(&prompts, &plan).unwrap();
    assert_eq!(written[0].reused, 0);
    // What is not read again ends with the source: nothing that was typed is kept.
    let typed = engine.plain("one").unwrap().len();
    for again in &written[1..] {
        assert!(again.reused > 100 && again.reused + typed < again.prompt, "{again:?}");
    }
    assert_eq!(tokens(&written[..1]), tokens(&written[2..]));
}

#[test]
fn prompts_that_do_not_fit_are_refused_and_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = tiny(folder.path(), "qwen2");
    let options = GenerateOptions { together: 2, queue: 4, ..GenerateOptions::default() };
    let generator = Generator::load(&file, "tiny@1", &options).unwrap();
    let prompt = |user: String| Prompt { user, ..Prompt::default() };
    let limits = Limits { tokens: 8 };
    let mut long = generator.generate(prompt("ab ".repeat(400)), limits).unwrap();
    let mut short = generator.generate(prompt("ab".into()), limits).unwrap();
    assert!(matches!(long.next_blocking(), Some(Err(Error::TooLong { .. }))));
    let mut text = String::new();
    while let Some(piece) = short.next_blocking() {
        text += &piece.unwrap();
    }
    assert!(!text.is_empty());
    // A stream that is dropped frees its place: many more than fit are begun and left.
    for i in 0..40 {
        match generator.generate(prompt(format!("ab {i}")), Limits { tokens: 400 }) {
            Ok(stream) => drop(stream),
            Err(error) => {
                assert!(matches!(error, Error::Overloaded { seconds: 1.., .. }), "{error}");
                // The thread is at another step; the queue empties by itself.
                while generator.waiting() > 0 {
                    std::thread::yield_now();
                }
            }
        }
    }
    let mut last = loop {
        match generator.generate(prompt("ba".into()), limits) {
            Ok(stream) => break stream,
            Err(_) => std::thread::yield_now(),
        }
    };
    assert!(last.next_blocking().unwrap().is_ok());
    assert!(generator.speeds().request_s > 0.0);
}
