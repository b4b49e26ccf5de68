//! Remote engines behind the same handles as local ones: threads that take jobs from the same queue,
//! and one that looks whether a server that failed has come back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::{RemoteEmbedder, RemoteGenerator, RemoteOptions};
use crate::embed::{EmbedOptions, Embedded, Embedder};
use crate::error::{Error, Result};
use crate::generate::{Gauge, GenerateOptions, Generator, Job, Request};
use crate::queue::{Lane, Queue};

/// Requests that are on their way to an embedding server at the same time.
const EMBEDDING: usize = 4;
/// How often a server that failed is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// A letter is this part of a token at most, in Vietnamese, for any of today's tokenizers: counts
/// without the server's tokenizer are rather too high.
const LETTERS_PER_TOKEN: usize = 2;

impl Embedder {
    /// An embedder on another machine.
    ///
    /// # Errors
    /// [`Error::Failed`] when the server cannot be reached or is no embedder.
    pub fn remote(remote: &RemoteOptions, options: &EmbedOptions) -> Result<Embedder> {
        let remote = Arc::new(RemoteEmbedder::connect(remote)?);
        let up = watch(&remote, |remote| remote.healthy());
        let (id, dims, alive) = (remote.id(), remote.dims(), Arc::clone(&up));
        let body = move |queue: &Queue<crate::embed::Job>| {
            while let Some((lane, job)) = queue.next() {
                answer(&remote, &up, lane, job, queue);
            }
        };
        Embedder::start_many(&id, dims, options.queue, EMBEDDING, alive, body)
    }
}

/// One job, and between its requests the questions that came meanwhile.
fn answer(
    remote: &RemoteEmbedder,
    up: &AtomicBool,
    lane: Lane,
    job: crate::embed::Job,
    queue: &Queue<crate::embed::Job>,
) {
    if job.reply.is_closed() {
        return;
    }
    let mut embedded = Embedded::default();
    for texts in job.texts.chunks(remote.batch()) {
        match remote.embed(texts) {
            Ok((vectors, tokens)) => {
                up.store(true, Ordering::Relaxed);
                embedded.vectors.extend(vectors);
                embedded.tokens += tokens;
            }
            Err(error) => {
                // A text that is refused says nothing of the server.
                let there = matches!(error, Error::Overloaded { .. }) || remote.healthy();
                up.store(there, Ordering::Relaxed);
                let _ = job.reply.send(Err(error));
                return;
            }
        }
        while lane == Lane::Bulk
            && let Some(urgent) = queue.urgent()
        {
            answer(remote, up, Lane::Urgent, urgent, queue);
        }
        if job.reply.is_closed() {
            return;
        }
    }
    let _ = job.reply.send(Ok(embedded));
}

impl Generator {
    /// A generator on another machine.
    ///
    /// # Errors
    /// [`Error::Failed`] when the server cannot be reached or does not serve the model.
    pub fn remote(remote: &RemoteOptions, options: &GenerateOptions) -> Result<Generator> {
        let remote = Arc::new(RemoteGenerator::connect(remote, options.context)?);
        let up = watch(&remote, |remote| remote.healthy());
        let (id, context, alive) = (remote.id(), remote.context(), Arc::clone(&up));
        let gauge = Arc::new(Gauge::new(options.together));
        let measured = Arc::clone(&gauge);
        let counter = Arc::new(|text: &str| text.chars().count().div_ceil(LETTERS_PER_TOKEN));
        let body = move |queue: &Queue<Job>| {
            while let Some((_, job)) = queue.next() {
                // A server keeps beginnings of prompts by itself.
                let Job::Write(request) = job else { continue };
                measured.begin();
                let began = Instant::now();
                write(&remote, &up, request);
                measured.end(began.elapsed());
            }
        };
        let (queue, together) = (options.queue, options.together.max(1));
        Generator::start_many(&id, context, queue, together, counter, gauge, alive, body)
    }
}

fn write(remote: &RemoteGenerator, up: &AtomicBool, request: Request) {
    let Request { prompt, limits, reply } = request;
    let outcome = remote.write(&prompt, limits.tokens, &mut |piece| {
        // An empty piece only asks whether anybody still reads.
        if !piece.is_empty() {
            reply.send(Ok(piece.to_owned()));
        }
        !reply.left()
    });
    let failed = matches!(outcome, Err(Error::Failed(_)));
    up.store(!failed || remote.healthy(), Ordering::Relaxed);
    if let Err(error) = outcome {
        reply.send(Err(error));
    }
}

/// Whether a server is there, as the last request found it. Once a request has failed a thread asks the
/// server itself, so that it is found again although nobody sends it requests; it ends with the handle.
fn watch<T: Send + Sync + 'static>(
    remote: &Arc<T>,
    healthy: impl Fn(&T) -> bool + Send + 'static,
) -> Arc<AtomicBool> {
    let up = Arc::new(AtomicBool::new(true));
    let (remote, seen): (Weak<T>, _) = (Arc::downgrade(remote), Arc::downgrade(&up));
    let look = move || {
        while let (Some(remote), Some(up)) = (remote.upgrade(), seen.upgrade()) {
            if !up.load(Ordering::Relaxed) && healthy(&remote) {
                up.store(true, Ordering::Relaxed);
            }
            drop((remote, up));
            std::thread::park_timeout(LOOK);
        }
    };
    // Without the thread a server that failed is found by the next request.
    let _ = std::thread::Builder::new().name("health".into()).spawn(look);
    up
}
