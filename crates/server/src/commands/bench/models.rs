//! The models alone: tokens in a second, milliseconds of a question, and what happens beside others.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use infer::{
    EmbedOptions, Embedder, Engine, Generator, Limits, Passage, Plan, Precision, Prompt, Prompts,
    Shown,
};
use serde::Deserialize;

use super::{BenchArgs, Metric};
use crate::app::Setup;
use crate::commands::out::Out;

/// A question of about 20 tokens.
pub(super) const QUERY: &str = "Đăng ký khai sinh cho con cần những giấy tờ gì, nộp ở đâu?";

/// Tokens written where speed alone is measured.
const WRITTEN: usize = 64;
/// Answers written at once in the row for several users.
const USERS: usize = 4;
/// Prompts of the row for grounded answers.
const GROUNDED: usize = 8;
/// Questions embedded while an answer is being written.
const QUESTIONS: usize = 60;

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct Chat {
    system: String,
    user: String,
}

pub(super) async fn embed(
    setup: &Setup,
    args: &BenchArgs,
    out: &Out,
) -> anyhow::Result<Vec<Metric>> {
    let runs = args.n.unwrap_or(5).max(1);
    let passages = match &args.texts {
        Some(file) => lines::<Text>(file)?
            .into_iter()
            .map(|Text { title, text }| Passage { title, text })
            .collect(),
        None => sections()?
            .into_iter()
            .map(|(guide, heading, text)| Passage { title: format!("{heading} — {guide}"), text })
            .collect::<Vec<_>>(),
    };
    anyhow::ensure!(!passages.is_empty(), "there is nothing to embed");
    let began = Instant::now();
    let embedder = setup.embedder()?;
    let loaded = began.elapsed().as_secs_f64() * 1e3;
    embedder.passages(&passages[..passages.len().min(8)]).await?;
    embedder.query(&args.query).await?;
    let (mut speed, mut query, mut tokens) = (Vec::new(), Vec::new(), 0);
    let bar = out.bar("embedding", runs as u64, false);
    for _ in 0..runs {
        let began = Instant::now();
        let embedded = embedder.passages(&passages).await?;
        tokens = embedded.tokens;
        speed.push(tokens as f64 / began.elapsed().as_secs_f64());
        for _ in 0..5 {
            let began = Instant::now();
            embedder.query(&args.query).await?;
            query.push(began.elapsed().as_secs_f64() * 1e3);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut metrics = vec![
        Metric { name: "embed", unit: "tokens/s", values: speed },
        Metric { name: "query", unit: "ms", values: query },
        Metric { name: "texts", unit: "", values: vec![passages.len() as f64] },
        Metric { name: "tokens", unit: "", values: vec![tokens as f64] },
        Metric { name: "load", unit: "ms", values: vec![loaded] },
    ];
    if args.reference {
        let cosines = against_reference(setup, &embedder, &passages, out).await?;
        let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
        metrics.push(Metric { name: "cosine to f32", unit: "", values: cosines });
        metrics.push(Metric { name: "mean cosine to f32", unit: "", values: vec![mean] });
    }
    Ok(metrics)
}

/// Cosines between the vectors of the loaded model and those of the weights as published.
async fn against_reference(
    setup: &Setup,
    embedder: &Embedder,
    passages: &[Passage],
    out: &Out,
) -> anyhow::Result<Vec<f64>> {
    let model = setup.model(&setup.config.models.embed)?;
    let options = EmbedOptions { precision: Precision::F32, ..setup.config.embed_options() };
    let reference = Embedder::load(&model.require(&setup.cache)?, &model.id(), &options)?;
    let bar = out.bar("comparing", passages.len() as u64, false);
    let mut cosines = Vec::new();
    for part in passages.chunks(32) {
        let (ours, theirs) = (embedder.passages(part).await?, reference.passages(part).await?);
        cosines.extend(ours.vectors.iter().zip(&theirs.vectors).map(|(a, b)| {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
        }));
        bar.inc(part.len() as u64);
    }
    bar.finish_and_clear();
    Ok(cosines)
}

pub(super) async fn generate(
    setup: &Setup,
    args: &BenchArgs,
    out: &Out,
) -> anyhow::Result<Vec<Metric>> {
    let runs = args.n.unwrap_or(5).max(1);
    let model = setup.model(&setup.config.models.generate)?;
    let file = model.require(&setup.cache)?.join("model.gguf");
    let began = Instant::now();
    let engine = Engine::load(&file, &model.id(), setup.config.models.generate_context)?;
    engine.warm_up()?;
    let loaded = began.elapsed().as_secs_f64() * 1e3;
    let prompts = setup.prompts()?;
    let grounded = grounded(&prompts)?;
    let prompt = match &args.prompt {
        Some(file) => {
            let Chat { system, user } = serde_json::from_str(&fs_err::read_to_string(file)?)
                .with_context(|| format!("{}", file.display()))?;
            Prompt { system, user, ..Prompt::default() }
        }
        None => Prompt { sources: Vec::new(), ..grounded[0].clone() },
    };
    let ids = engine.chat(&prompt)?;
    let plain = Plan { tokens: WRITTEN, to_limit: true, ..Plan::default() };
    let answers = Plan { tokens: setup.config.answer.tokens, drafts: true, ..Plan::default() };
    let (mut prefill, mut decode, mut lookup) = (Vec::new(), Vec::new(), Vec::new());
    let (mut users, mut gain) = (Vec::new(), Vec::new());
    let bar = out.bar("generating", runs as u64, false);
    for _ in 0..runs {
        let one = engine.write(&ids, &plain)?;
        prefill.push(one.prompt as f64 * 1e3 / one.prefill_ms);
        // The first token comes with the prompt.
        let speed = (one.tokens.len() - 1) as f64 * 1e3 / one.decode_ms;
        decode.push(speed);
        bar.inc(1);
        if args.prompt.is_some() {
            continue;
        }
        let (mut tokens, mut ms) = (0, 0.0);
        for prompt in &grounded {
            let written = engine.answer(std::slice::from_ref(prompt), &answers)?;
            tokens += written.iter().map(|w| w.tokens.len().saturating_sub(1)).sum::<usize>();
            ms += written.iter().map(|w| w.decode_ms).sum::<f64>();
        }
        lookup.push(tokens as f64 * 1e3 / ms);
        let together = engine.together(&vec![ids.clone(); USERS], WRITTEN)?;
        users.push(together);
        gain.push(together / speed);
    }
    bar.finish_and_clear();
    let mut metrics = vec![
        Metric { name: "prefill", unit: "tokens/s", values: prefill },
        Metric { name: "decode", unit: "tokens/s", values: decode },
        Metric { name: "grounded answer with lookup", unit: "tokens/s", values: lookup },
        Metric { name: "four users in total", unit: "tokens/s", values: users },
        Metric { name: "four users over one", unit: "", values: gain },
        Metric { name: "prompt", unit: "tokens", values: vec![ids.len() as f64] },
        Metric { name: "load and warm-up", unit: "ms", values: vec![loaded] },
    ];
    metrics.retain(|metric| !metric.values.is_empty());
    if args.busy {
        metrics.extend(beside_a_loop(&engine, &ids, &plain, runs)?);
        drop(engine);
        metrics.push(questions_beside_an_answer(setup, &prompt).await?);
    }
    Ok(metrics)
}

/// Writing while a loop of another process has one core, against writing before it.
fn beside_a_loop(
    engine: &Engine,
    ids: &[u32],
    plan: &Plan,
    runs: usize,
) -> anyhow::Result<Vec<Metric>> {
    let (mut busy, mut share) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let speed =
            |written: &infer::Written| (written.tokens.len() - 1) as f64 * 1e3 / written.decode_ms;
        let idle = speed(&engine.write(ids, plan)?);
        let pinned = Loop::start()?;
        let beside = speed(&engine.write(ids, plan)?);
        drop(pinned);
        busy.push(beside);
        share.push(beside / idle);
    }
    Ok(vec![
        Metric { name: "decode beside a busy loop", unit: "tokens/s", values: busy },
        Metric { name: "decode beside a busy loop over idle", unit: "", values: share },
    ])
}

/// Questions embedded one after the other while the generator writes without a pause.
async fn questions_beside_an_answer(setup: &Setup, prompt: &Prompt) -> anyhow::Result<Metric> {
    let (embedder, generator) = (setup.embedder()?, setup.generator()?);
    let generator: Generator = generator.context("no generator is configured")?;
    let mut values = Vec::new();
    let mut answer = None;
    for i in 0..QUESTIONS {
        // Another prompt each time, so that reading prompts is part of it.
        if i % 8 == 0 {
            let user = format!("{} ({i})", prompt.user);
            let prompt = Prompt { user, ..prompt.clone() };
            answer = Some(generator.generate(prompt, Limits { tokens: 256 })?);
        }
        tokio::time::sleep(std::time::Duration::from_millis(37)).await;
        let began = Instant::now();
        embedder.query(QUERY).await?;
        values.push(began.elapsed().as_secs_f64() * 1e3);
    }
    drop(answer);
    Ok(Metric { name: "question beside an answer", unit: "ms", values })
}

/// A process that turns in a circle on core 0 until it is dropped.
struct Loop(Child);

impl Loop {
    fn start() -> anyhow::Result<Loop> {
        let child = Command::new("taskset")
            .args(["-c", "0", "sh", "-c", "while :; do :; done"])
            .stdout(Stdio::null())
            .spawn()
            .context("cannot run taskset, which pins the busy loop to a core")?;
        Ok(Loop(child))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        // It may have ended by itself, which is as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn lines<T: serde::de::DeserializeOwned>(file: &Path) -> anyhow::Result<Vec<T>> {
    let text = fs_err::read_to_string(file)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| {
            serde_json::from_str(line).with_context(|| format!("{}:{}", file.display(), i + 1))
        })
        .collect()
}

/// The sections of the guides in `corpora/`: guide, heading, text.
fn sections() -> anyhow::Result<Vec<(String, String, String)>> {
    let mut files: Vec<_> = fs_err::read_dir("corpora/guides")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let mut sections = Vec::new();
    for file in files {
        let text = fs_err::read_to_string(&file)?;
        let mut parts = text.split("\n## ");
        let head = parts.next().unwrap_or_default();
        let guide = head.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        sections.extend(parts.filter_map(|part| {
            let (heading, text) = part.split_once('\n')?;
            Some((guide.clone(), heading.trim().to_owned(), text.trim().to_owned()))
        }));
    }
    Ok(sections)
}

/// Questions about some of the guides' sections, each with its section and the next as sources.
fn grounded(prompts: &Prompts) -> anyhow::Result<Vec<Prompt>> {
    let sections = sections()?;
    let step = (sections.len() / GROUNDED).max(1);
    let prompts = sections.windows(2).step_by(step).take(GROUNDED).map(|pair| {
        let source = |i: usize| Shown {
            n: i + 1,
            title: format!("{} — {}", pair[i].1, pair[i].0),
            text: pair[i].2.clone(),
        };
        let question = format!("{}: {}?", pair[0].0, pair[0].1);
        prompts.ask("citizen", &[source(0), source(1)], &question)
    });
    let prompts = prompts.collect::<Result<Vec<_>, _>>()?;
    anyhow::ensure!(!prompts.is_empty(), "corpora/guides has no sections");
    Ok(prompts)
}
