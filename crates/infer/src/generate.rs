//! Prompts to text, on a thread of their own, as a stream that stops when it is dropped.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::Stream;
use tokenizers::Tokenizer;
use tokio::sync::mpsc;

use crate::error::{Error, Result};
use crate::prompts::Prompt;
use crate::queue::{Lane, Queue, Worker};
use crate::qwen::{self, Decoder, argmax};
use crate::utf8::Utf8Tail;

/// Prompt tokens read in one go; between two of them a dropped stream is noticed.
const PREFILL: usize = 128;

/// How the generator runs.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateOptions {
    /// Requests that may wait.
    pub queue: usize,
    /// Most tokens of prompt and answer together.
    pub context: usize,
}

impl Default for GenerateOptions {
    fn default() -> GenerateOptions {
        GenerateOptions { queue: 8, context: 4096 }
    }
}

/// Where a generation ends at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most tokens of the answer.
    pub tokens: usize,
}

/// A handle to the generating model; cheap to clone.
#[derive(Clone)]
pub struct Generator {
    id: Arc<str>,
    context: usize,
    counter: Counter,
    worker: Arc<Worker<Job>>,
}

type Counter = Arc<dyn Fn(&str) -> usize + Send + Sync>;

/// Pieces of text as the model writes them. Dropping it stops the model within one token.
pub struct Tokens {
    receive: mpsc::Receiver<Result<String>>,
}

pub(crate) struct Job {
    pub(crate) prompt: Prompt,
    pub(crate) limits: Limits,
    pub(crate) reply: Reply,
}

/// The writing end of a stream, on the model's thread.
pub(crate) struct Reply(mpsc::Sender<Result<String>>);

/// What a bench wants to know of one generation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Prompt tokens.
    pub prompt: usize,
    /// Milliseconds until the prompt was read.
    pub prefill_ms: f64,
    /// Tokens written.
    pub written: usize,
    /// Milliseconds spent writing.
    pub decode_ms: f64,
}

impl Generator {
    /// Loads a GGUF file and warms it up, so that the first question pays nothing.
    ///
    /// # Errors
    /// [`Error::Load`] when the file is missing, damaged or of another architecture.
    pub fn load(file: &Path, id: &str, options: &GenerateOptions) -> Result<Generator> {
        let fail = |why: String| Error::Load { model: id.to_owned(), why };
        let engine =
            Engine::load(file, options.context).map_err(|error| fail(error.to_string()))?;
        engine.warm_up().map_err(|error| fail(error.to_string()))?;
        let tokenizer = engine.tokenizer.clone();
        let counter: Counter =
            Arc::new(move |text| encode(&tokenizer, text).map_or(text.len(), |ids| ids.len()));
        let context = engine.decoder.context();
        Generator::start(id, context, options.queue, counter, move |job| engine.answer(job))
    }

    pub(crate) fn start(
        id: &str,
        context: usize,
        queue: usize,
        counter: Counter,
        mut answer: impl FnMut(Job) + Send + 'static,
    ) -> Result<Generator> {
        let worker = Worker::start("generate", queue, move |queue: &Queue<Job>| {
            while let Some((_, job)) = queue.next() {
                if !job.reply.left() {
                    answer(job);
                }
            }
        })?;
        Ok(Generator { id: id.into(), context, counter, worker: Arc::new(worker) })
    }

    /// Names the model and its weights.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tokens of a text.
    pub fn count(&self, text: &str) -> usize {
        (self.counter)(text)
    }

    /// Most tokens of prompt and answer together.
    pub fn context(&self) -> usize {
        self.context
    }

    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        self.worker.queue.waiting()
    }

    /// Starts writing. The same prompt gives the same text: the likeliest token is always taken.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once when too many wait; later errors come in the stream.
    pub fn generate(&self, prompt: Prompt, limits: Limits) -> Result<Tokens> {
        // Room for the whole answer, so that a slow reader never holds the model.
        let (send, receive) = mpsc::channel(limits.tokens.max(1) + 2);
        self.worker.queue.push(Lane::Urgent, Job { prompt, limits, reply: Reply(send) })?;
        Ok(Tokens { receive })
    }
}

impl Stream for Tokens {
    type Item = Result<String>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        self.receive.poll_recv(cx)
    }
}

impl Tokens {
    /// The next piece, for threads that may block.
    pub fn next_blocking(&mut self) -> Option<Result<String>> {
        self.receive.blocking_recv()
    }
}

impl Reply {
    /// Whether the reader has dropped the stream.
    pub(crate) fn left(&self) -> bool {
        self.0.is_closed()
    }

    pub(crate) fn send(&self, piece: Result<String>) {
        // The channel holds a whole answer, so it is full or closed only when nobody reads.
        let _ = self.0.try_send(piece);
    }
}

/// The real model. Also used by `khue bench`, which wants its timings.
pub struct Engine {
    decoder: Decoder,
    tokenizer: Tokenizer,
    turn: ChatTokens,
}

/// Ids of the tokens that frame a chat turn; only code puts them into a prompt.
struct ChatTokens {
    start: u32,
    end: u32,
    newline: Vec<u32>,
    stops: Vec<u32>,
}

impl Engine {
    /// Loads the file without starting a thread.
    ///
    /// # Errors
    /// [`Error::Failed`] with the reason.
    pub fn load(file: &Path, context: usize) -> Result<Engine> {
        let (decoder, mut tokenizer) = qwen::load(file, context)?;
        // Markers that a person or a document typed are read as plain letters.
        tokenizer.set_encode_special_tokens(true);
        let id = |token: &str| {
            tokenizer
                .token_to_id(token)
                .ok_or_else(|| Error::Failed(format!("the file has no token {token}")))
        };
        let (start, end) = (id("<|im_start|>")?, id("<|im_end|>")?);
        let mut stops = vec![end];
        stops.extend(tokenizer.token_to_id("<|endoftext|>"));
        let newline = encode(&tokenizer, "\n")?;
        Ok(Engine { decoder, tokenizer, turn: ChatTokens { start, end, newline, stops } })
    }

    fn warm_up(&self) -> Result<()> {
        let mut memory = self.decoder.memory(16);
        self.decoder.step(&mut memory, &[self.turn.start; 8])?;
        self.decoder.step(&mut memory, &[self.turn.end])?;
        Ok(())
    }

    /// The ids of a chat prompt, ready for the assistant's turn.
    ///
    /// # Errors
    /// [`Error::Failed`] from the tokenizer.
    pub fn chat(&self, prompt: &Prompt) -> Result<Vec<u32>> {
        let mut ids = Vec::new();
        for (role, text) in [("system", &prompt.system), ("user", &prompt.user)] {
            ids.push(self.turn.start);
            ids.extend(encode(&self.tokenizer, &format!("{role}\n{text}"))?);
            ids.push(self.turn.end);
            ids.extend(&self.turn.newline);
        }
        ids.push(self.turn.start);
        ids.extend(encode(&self.tokenizer, "assistant\n")?);
        Ok(ids)
    }

    /// The ids of a text, markers read as plain letters.
    ///
    /// # Errors
    /// [`Error::Failed`] from the tokenizer.
    pub fn plain(&self, text: &str) -> Result<Vec<u32>> {
        encode(&self.tokenizer, text)
    }

    /// Writes greedily after `ids`, calling `each` with every token until it says stop.
    ///
    /// # Errors
    /// [`Error::TooLong`] when prompt and answer do not fit.
    pub fn write(
        &self,
        ids: &[u32],
        limits: Limits,
        mut goes_on: impl FnMut(Option<u32>) -> bool,
    ) -> Result<Timing> {
        let limit = self.decoder.context();
        if ids.len() + limits.tokens > limit || ids.is_empty() {
            return Err(Error::TooLong {
                tokens: ids.len(),
                limit: limit.saturating_sub(limits.tokens),
            });
        }
        let began = Instant::now();
        let mut timing = Timing { prompt: ids.len(), ..Timing::default() };
        let mut memory = self.decoder.memory(ids.len() + limits.tokens);
        let mut logits = Vec::new();
        for chunk in ids.chunks(PREFILL) {
            if !goes_on(None) {
                return Ok(timing);
            }
            logits = self.decoder.step(&mut memory, chunk)?;
        }
        timing.prefill_ms = began.elapsed().as_secs_f64() * 1e3;
        let began = Instant::now();
        while timing.written < limits.tokens {
            let token = argmax(&logits);
            if self.turn.stops.contains(&token) || !goes_on(Some(token)) {
                break;
            }
            timing.written += 1;
            if timing.written < limits.tokens {
                logits = self.decoder.step(&mut memory, &[token])?;
            }
        }
        timing.decode_ms = began.elapsed().as_secs_f64() * 1e3;
        Ok(timing)
    }

    fn answer(&self, job: Job) {
        let Job { prompt, limits, reply } = job;
        let mut tail = Utf8Tail::default();
        let mut repeats = Repeats::default();
        let written = self.chat(&prompt).and_then(|ids| {
            self.write(&ids, limits, |token| {
                if let Some(token) = token {
                    let piece = self
                        .tokenizer
                        .id_to_token(token)
                        .map(|token| tail.push(&token))
                        .unwrap_or_default();
                    if !piece.is_empty() {
                        reply.send(Ok(piece));
                    }
                    return !reply.left() && repeats.goes_on(token);
                }
                !reply.left()
            })
        });
        match written {
            Ok(_) => {
                let rest = tail.finish();
                if !rest.is_empty() {
                    reply.send(Ok(rest));
                }
            }
            Err(error) => reply.send(Err(error)),
        }
    }
}

fn encode(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>> {
    let encoding =
        tokenizer.encode_fast(text, false).map_err(|error| Error::Failed(error.to_string()))?;
    Ok(encoding.get_ids().to_vec())
}

/// Stops a text that goes round in circles.
#[derive(Default)]
struct Repeats {
    seen: Vec<u32>,
}

impl Repeats {
    /// False once the last 12 tokens have been written three times in a row.
    fn goes_on(&mut self, token: u32) -> bool {
        const SPAN: usize = 12;
        self.seen.push(token);
        let Some(start) = self.seen.len().checked_sub(3 * SPAN) else {
            return true;
        };
        let tail = &self.seen[start..];
        tail[..SPAN] != tail[SPAN..2 * SPAN] || tail[SPAN..2 * SPAN] != tail[2 * SPAN..]
    }
}
