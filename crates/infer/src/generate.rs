//! Prompts to text, on a thread of their own, as a stream that stops when it is dropped.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures::Stream;
use tokio::sync::mpsc;

mod active;
mod batch;
mod chat;
mod engine;
mod gauge;
mod prefix;

pub use engine::{Engine, Plan, Written};
pub use gauge::Speeds;

use batch::Batch;
pub(crate) use gauge::Gauge;

use crate::error::{Error, Result};
use crate::prompts::Prompt;
use crate::queue::{Lane, Queue, Worker};

/// How the generator runs.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateOptions {
    /// Requests that may wait.
    pub queue: usize,
    /// Most tokens of prompt and answer together.
    pub context: usize,
    /// Answers written at the same time; each step writes a token of every one.
    pub together: usize,
    /// Mebibytes for prompts' beginnings that are kept, so that they are not read again.
    pub prefix_mib: usize,
}

impl Default for GenerateOptions {
    fn default() -> GenerateOptions {
        GenerateOptions { queue: 8, context: 4096, together: 4, prefix_mib: 192 }
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
    gauge: Arc<Gauge>,
    worker: Arc<Worker<Job>>,
    /// Whether what the threads rely on is there; always, for a model in this process.
    up: Arc<AtomicBool>,
}

pub(crate) type Counter = Arc<dyn Fn(&str) -> usize + Send + Sync>;

/// Pieces of text as the model writes them. Dropping it stops the model within one step.
pub struct Tokens {
    receive: mpsc::Receiver<Result<String>>,
}

/// What waits for the model's thread.
pub(crate) enum Job {
    /// Write an answer.
    Write(Request),
    /// Read a system text that many prompts begin with.
    Prime(String),
}

pub(crate) struct Request {
    pub(crate) prompt: Prompt,
    pub(crate) limits: Limits,
    pub(crate) reply: Reply,
}

/// The writing end of a stream, on the model's thread.
pub(crate) struct Reply(mpsc::Sender<Result<String>>);

impl Generator {
    /// Loads a GGUF file and warms it up, so that the first question pays nothing.
    ///
    /// # Errors
    /// [`Error::Load`] when the file is missing, damaged or of another architecture.
    pub fn load(file: &Path, id: &str, options: &GenerateOptions) -> Result<Generator> {
        let fail = |error: Error| Error::Load { model: id.to_owned(), why: error.to_string() };
        let engine = Engine::load(file, id, options.context).map_err(fail)?;
        engine.warm_up().map_err(fail)?;
        let counter = engine.counter();
        let (context, options) = (engine.context(), options.clone());
        let gauge = Arc::new(Gauge::new(options.together));
        let theirs = Arc::clone(&gauge);
        Generator::start(id, context, options.queue, counter, gauge, move |queue| {
            Batch::new(&engine, &options, &theirs).run(queue);
        })
    }

    pub(crate) fn start(
        id: &str,
        context: usize,
        queue: usize,
        counter: Counter,
        gauge: Arc<Gauge>,
        body: impl FnOnce(&Queue<Job>) + Send + 'static,
    ) -> Result<Generator> {
        let worker = Arc::new(Worker::start("generate", queue, body)?);
        let up = Arc::new(AtomicBool::new(true));
        Ok(Generator { id: id.into(), context, counter, gauge, worker, up })
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of a handle, given once")]
    pub(crate) fn start_many(
        id: &str,
        context: usize,
        queue: usize,
        threads: usize,
        counter: Counter,
        gauge: Arc<Gauge>,
        up: Arc<AtomicBool>,
        body: impl Fn(&Queue<Job>) + Send + Sync + 'static,
    ) -> Result<Generator> {
        let worker = Arc::new(Worker::start_many("generate", queue, threads, body)?);
        Ok(Generator { id: id.into(), context, counter, gauge, worker, up })
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

    /// Whether it can work, as [`crate::Embedder::runs`].
    pub fn runs(&self) -> bool {
        self.worker.queue.open() && self.up.load(Ordering::Relaxed)
    }

    /// Requests that wait.
    pub fn waiting(&self) -> usize {
        self.worker.queue.waiting()
    }

    /// Seconds until a request that came now would be begun, from how fast the last ones were.
    pub fn wait_seconds(&self) -> u32 {
        self.gauge.wait_seconds(self.waiting())
    }

    /// How fast it has been lately.
    pub fn speeds(&self) -> Speeds {
        self.gauge.speeds()
    }

    /// Reads a system text ahead of the prompts that will begin with it. Nothing comes back: when the
    /// queue is full, the first prompt reads it itself.
    pub fn prime(&self, system: &str) {
        let _ = self.worker.queue.push(Lane::Bulk, Job::Prime(system.to_owned()));
    }

    /// Starts writing. The same prompt gives the same text: the likeliest token is always taken.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once when too many wait; later errors come in the stream.
    pub fn generate(&self, prompt: Prompt, limits: Limits) -> Result<Tokens> {
        // Room for the whole answer, so that a slow reader never holds the model.
        let (send, receive) = mpsc::channel(limits.tokens.max(1) + 2);
        let job = Job::Write(Request { prompt, limits, reply: Reply(send) });
        self.worker.queue.push(Lane::Urgent, job).map_err(|error| match error {
            Error::Overloaded { waiting, .. } => {
                Error::Overloaded { waiting, seconds: self.gauge.wait_seconds(waiting) }
            }
            error => error,
        })?;
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
