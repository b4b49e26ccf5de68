//! Texts to vectors, on a thread of their own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use tokenizers::Tokenizer;
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::gemma::{float, int8};
use crate::pool::pool;
use crate::queue::{Lane, Queue, Worker};

/// A unit-length vector.
pub type Vector = Vec<f32>;

/// What is put before a question (EmbeddingGemma model card).
const QUERY_PROMPT: &str = "task: search result | query: ";

/// Tokens of one packed batch: large enough to keep the matrix products busy, small enough that a
/// question waits for less than a second behind bulk work.
const BATCH_TOKENS: usize = 1024;

/// A text to be found, with its title.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Passage {
    /// Title slot of the model; empty is written as `none`.
    pub title: String,
    /// The text.
    pub text: String,
}

/// How weights are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Rounded to eight bits: several times as fast, in a third of the memory.
    #[default]
    Int8,
    /// As published: the reference.
    F32,
}

/// How the embedder runs.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedOptions {
    /// How weights are kept. Vectors of the two differ a little, so the model's id does too.
    pub precision: Precision,
    /// Jobs that may wait in each lane.
    pub queue: usize,
    /// Most tokens of one text; what is longer is cut there. At most 2048.
    pub max_tokens: usize,
}

impl Default for EmbedOptions {
    fn default() -> EmbedOptions {
        EmbedOptions { precision: Precision::Int8, queue: 64, max_tokens: 2048 }
    }
}

impl EmbedOptions {
    /// The id of the vectors that a model makes under these options.
    pub fn id(&self, model: &str) -> String {
        match self.precision {
            Precision::Int8 => format!("{model}-int8"),
            Precision::F32 => model.to_owned(),
        }
    }
}

/// A handle to the embedding model; cheap to clone. Questions go before passages.
#[derive(Clone)]
pub struct Embedder {
    id: Arc<str>,
    dims: usize,
    worker: Arc<Worker<Job>>,
    /// Whether what the threads rely on is there; always, for a model in this process.
    up: Arc<AtomicBool>,
}

/// Vectors with the number of tokens that were read for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embedded {
    /// One vector for each text, in order.
    pub vectors: Vec<Vector>,
    /// Tokens read.
    pub tokens: usize,
    /// Texts that were cut at the token limit.
    pub cut: usize,
}

pub(crate) struct Job {
    pub(crate) texts: Vec<String>,
    pub(crate) reply: oneshot::Sender<Result<Embedded>>,
}

/// What the thread runs: the real model or a fake.
pub(crate) trait Engine: Send {
    /// Token ids of a text, cut at the limit; the flag says that it was cut.
    fn tokens(&self, text: &str) -> Result<(Vec<u32>, bool)>;
    /// Urgent work keeps other models off the processor until it is done.
    fn encode(&self, sequences: &[&[u32]], urgent: bool) -> Result<Vec<Vector>>;
}

impl Embedder {
    /// Loads the model from its folder in the cache. `id` names model and weights for the index.
    ///
    /// # Errors
    /// [`Error::Load`] when a file is missing or damaged.
    pub fn load(folder: &Path, id: &str, options: &EmbedOptions) -> Result<Embedder> {
        let fail = |why: String| Error::Load { model: id.to_owned(), why };
        let encoder = Encoder::load(folder, id, options.precision)
            .map_err(|error| fail(error.to_string()))?;
        let mut tokenizer = Tokenizer::from_file(folder.join("tokenizer.json"))
            .map_err(|error| fail(error.to_string()))?;
        let limit = options.max_tokens.min(encoder.limit());
        let truncation = tokenizers::TruncationParams { max_length: limit, ..Default::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| fail(error.to_string()))?;
        tokenizer.with_padding(None);
        let (dims, engine) = (encoder.dims(), Gemma { encoder, tokenizer });
        // All pages are in memory before the first question.
        engine.warm_up().map_err(|error| fail(error.to_string()))?;
        Embedder::start(&options.id(id), dims, options.queue, engine)
    }

    pub(crate) fn start(
        id: &str,
        dims: usize,
        queue: usize,
        engine: impl Engine + 'static,
    ) -> Result<Embedder> {
        let worker = Worker::start("embed", queue, move |queue| run(&engine, queue))?;
        let up = Arc::new(AtomicBool::new(true));
        Ok(Embedder { id: id.into(), dims, worker: Arc::new(worker), up })
    }

    pub(crate) fn start_many(
        id: &str,
        dims: usize,
        queue: usize,
        threads: usize,
        up: Arc<AtomicBool>,
        body: impl Fn(&Queue<Job>) + Send + Sync + 'static,
    ) -> Result<Embedder> {
        let worker = Arc::new(Worker::start_many("embed", queue, threads, body)?);
        Ok(Embedder { id: id.into(), dims, worker, up })
    }

    /// Names the model and its weights; an index made by another one is not searched with this.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Length of a vector.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Whether it can work: after a panic in the model it cannot, and while the server of a remote one
    /// is away.
    pub fn runs(&self) -> bool {
        self.worker.queue.open() && self.up.load(Ordering::Relaxed)
    }

    /// The vector of a question.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once when too many wait.
    pub async fn query(&self, text: &str) -> Result<Vector> {
        let embedded = self.submit(Lane::Urgent, vec![format!("{QUERY_PROMPT}{text}")])?;
        let mut vectors = finish(embedded.await)?.vectors;
        vectors.pop().ok_or_else(|| Error::Failed("no vector came back".into()))
    }

    /// The vectors of passages, in order.
    ///
    /// # Errors
    /// As [`Embedder::query`].
    pub async fn passages(&self, passages: &[Passage]) -> Result<Embedded> {
        let texts = passages.iter().map(Passage::prompt).collect();
        finish(self.submit(Lane::Bulk, texts)?.await)
    }

    /// [`Embedder::passages`] for threads that may block.
    ///
    /// # Errors
    /// As [`Embedder::query`].
    pub fn passages_blocking(&self, passages: &[Passage]) -> Result<Embedded> {
        let texts = passages.iter().map(Passage::prompt).collect();
        finish(self.submit(Lane::Bulk, texts)?.blocking_recv())
    }

    /// The vector of a text that already holds its own prompt, for comparing with golden vectors.
    ///
    /// # Errors
    /// As [`Embedder::query`].
    pub fn raw_blocking(&self, texts: Vec<String>) -> Result<Embedded> {
        finish(self.submit(Lane::Bulk, texts)?.blocking_recv())
    }

    fn submit(
        &self,
        lane: Lane,
        texts: Vec<String>,
    ) -> Result<oneshot::Receiver<Result<Embedded>>> {
        let (reply, receive) = oneshot::channel();
        self.worker.queue.push(lane, Job { texts, reply })?;
        Ok(receive)
    }
}

impl Passage {
    fn prompt(&self) -> String {
        let title = if self.title.is_empty() { "none" } else { &self.title };
        format!("title: {title} | text: {}", self.text)
    }
}

fn finish(received: Result<Result<Embedded>, oneshot::error::RecvError>) -> Result<Embedded> {
    received.unwrap_or_else(|_| Err(Error::Failed("the embedding thread has ended".into())))
}

fn run(engine: &dyn Engine, queue: &Queue<Job>) {
    while let Some((lane, job)) = queue.next() {
        if job.reply.is_closed() {
            continue;
        }
        let result = embed(engine, &job, lane, || {
            // Between two batches of bulk work a question goes first.
            while lane == Lane::Bulk
                && let Some(urgent) = queue.urgent()
            {
                let result = embed(engine, &urgent, Lane::Urgent, || {});
                let _ = urgent.reply.send(result);
            }
        });
        // A caller who left does not want the answer.
        let _ = job.reply.send(result);
    }
}

fn embed(engine: &dyn Engine, job: &Job, lane: Lane, between: impl Fn()) -> Result<Embedded> {
    let tokens = job.texts.iter().map(|text| engine.tokens(text)).collect::<Result<Vec<_>>>()?;
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.sort_by_key(|&i| tokens[i].0.len());
    let mut vectors = vec![Vector::new(); tokens.len()];
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        if job.reply.is_closed() {
            return Err(Error::Failed("the caller has left".into()));
        }
        let mut budget = BATCH_TOKENS;
        let count = rest
            .iter()
            .take_while(|&&i| {
                let fits = tokens[i].0.len() <= budget;
                budget = budget.saturating_sub(tokens[i].0.len());
                fits
            })
            .count()
            .max(1);
        let (batch, later) = rest.split_at(count);
        let sequences: Vec<&[u32]> = batch.iter().map(|&i| tokens[i].0.as_slice()).collect();
        for (&i, vector) in batch.iter().zip(engine.encode(&sequences, lane == Lane::Urgent)?) {
            vectors[i] = vector;
        }
        rest = later;
        between();
    }
    Ok(Embedded {
        vectors,
        tokens: tokens.iter().map(|(ids, _)| ids.len()).sum(),
        cut: tokens.iter().filter(|(_, cut)| *cut).count(),
    })
}

struct Gemma {
    encoder: Encoder,
    tokenizer: Tokenizer,
}

enum Encoder {
    Int8(Box<int8::Encoder>),
    F32(Box<float::Encoder>),
}

impl Encoder {
    fn load(folder: &Path, id: &str, precision: Precision) -> Result<Encoder> {
        Ok(match precision {
            Precision::Int8 => Encoder::Int8(Box::new(int8::Encoder::load(folder, id)?)),
            Precision::F32 => Encoder::F32(Box::new(float::Encoder::load(folder)?)),
        })
    }

    fn limit(&self) -> usize {
        match self {
            Encoder::Int8(encoder) => encoder.limit(),
            Encoder::F32(encoder) => encoder.limit(),
        }
    }

    fn dims(&self) -> usize {
        match self {
            Encoder::Int8(encoder) => encoder.dims(),
            Encoder::F32(encoder) => encoder.dims(),
        }
    }
}

impl Gemma {
    fn warm_up(&self) -> Result<()> {
        let (ids, _) = self.tokens(QUERY_PROMPT)?;
        self.encode(&[&ids], false).map(drop)
    }
}

impl Engine for Gemma {
    fn tokens(&self, text: &str) -> Result<(Vec<u32>, bool)> {
        let encoding =
            self.tokenizer.encode(text, true).map_err(|error| Error::Failed(error.to_string()))?;
        Ok((encoding.get_ids().to_vec(), !encoding.get_overflowing().is_empty()))
    }

    fn encode(&self, sequences: &[&[u32]], urgent: bool) -> Result<Vec<Vector>> {
        match &self.encoder {
            Encoder::Int8(encoder) => {
                let _hold = urgent.then(|| pool().hold_urgent());
                Ok(encoder.encode(sequences))
            }
            Encoder::F32(encoder) => encoder.encode(sequences),
        }
    }
}
