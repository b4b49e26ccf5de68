//! Several answers at a time: each step reads or writes some tokens of every one.
//!
//! A prompt is read in chunks, cut short while others are writing, so that nobody waits long for the
//! next word. An answer that is being written adds its last token and what may follow it, drafted from
//! its own prompt; what the model would not have written itself is forgotten again, so drafts change
//! the speed and never the text.

use std::time::Instant;

use super::active::Active;
use super::chat::Ids;
use super::engine::{Engine, Written};
use super::gauge::Gauge;
use super::prefix::PrefixCache;
use super::{GenerateOptions, Job, Limits, Reply, Request};
use crate::error::{Error, Result};
use crate::queue::Queue;
use crate::qwen::{Buffers, Memory, Run};

/// Prompt tokens read in one step when nobody writes; between two steps a dropped stream is noticed.
const PREFILL: usize = 128;
/// The same while others write.
const PREFILL_BESIDE: usize = 32;
/// Rows of writing answers in one step: as many as one pass over the weights serves.
const ROWS: usize = 8;

/// A prompt to be answered.
pub(super) struct Ask {
    pub(super) ids: Ids,
    pub(super) sources: Vec<String>,
    pub(super) limits: Limits,
    pub(super) out: Out,
}

/// Where an answer goes.
pub(super) enum Out {
    Stream(Reply),
    /// It stays in `Written`.
    Kept,
}

/// The answers at hand.
pub(super) struct Batch<'a> {
    engine: &'a Engine,
    pub(super) drafts: bool,
    /// Whether answers go on to their limit, whatever would end them.
    pub(super) to_limit: bool,
    together: usize,
    prefixes: PrefixCache,
    gauge: &'a Gauge,
    buffers: Buffers,
    active: Vec<Active>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        options: &GenerateOptions,
        gauge: &'a Gauge,
    ) -> Batch<'a> {
        Batch {
            engine,
            drafts: true,
            to_limit: false,
            together: options.together.max(1),
            prefixes: PrefixCache::new(options.prefix_mib << 20),
            gauge,
            buffers: Buffers::default(),
            active: Vec::new(),
        }
    }

    /// Works until the queue is closed.
    pub(super) fn run(&mut self, queue: &Queue<Job>) {
        loop {
            if self.active.is_empty() {
                self.gauge.active(0);
                let Some((_, job)) = queue.next() else { return };
                self.take(job);
            }
            // Who has left while waiting makes room for others.
            queue.retain(|job| !matches!(job, Job::Write(request) if request.reply.left()));
            // Reading ahead waits until nobody else does.
            while self.active.len() < self.together
                && let Some(job) = queue.urgent()
            {
                self.take(job);
            }
            self.gauge.active(self.active.len());
            if let Err(error) = self.step() {
                for active in self.active.drain(..) {
                    active.fail(&error);
                }
            }
        }
    }

    /// Answers all, in order.
    pub(super) fn write_all(&mut self, asks: Vec<Ask>) -> Result<Vec<Written>> {
        let mut answers = vec![Written::default(); asks.len()];
        let mut waiting = asks.into_iter().enumerate();
        loop {
            while self.active.len() < self.together
                && let Some((number, ask)) = waiting.next()
            {
                self.fits(&ask.ids.ids, ask.limits)?;
                self.begin(number, ask);
            }
            if self.active.is_empty() {
                return Ok(answers);
            }
            for (number, written) in self.step()? {
                answers[number] = written;
            }
        }
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Prime(system) => {
                // Whoever comes first reads it then.
                if let Err(error) = self.prime(&system) {
                    tracing::warn!(%error, "a system text could not be read ahead");
                }
            }
            Job::Write(Request { reply, .. }) if reply.left() => {}
            Job::Write(Request { prompt, limits, reply }) => {
                let ids = match self.engine.chat.ids(&prompt) {
                    Ok(ids) => ids,
                    Err(error) => return reply.send(Err(error)),
                };
                if let Err(error) = self.fits(&ids.ids, limits) {
                    return reply.send(Err(error));
                }
                let out = Out::Stream(reply);
                self.begin(0, Ask { ids, sources: prompt.sources, limits, out });
            }
        }
    }

    fn fits(&self, ids: &[u32], limits: Limits) -> Result<()> {
        let limit = self.engine.decoder.context();
        if ids.len() + limits.tokens > limit || ids.is_empty() {
            let limit = limit.saturating_sub(limits.tokens);
            return Err(Error::TooLong { tokens: ids.len(), limit });
        }
        Ok(())
    }

    /// Begins an answer that was seen to fit.
    fn begin(&mut self, number: usize, ask: Ask) {
        let ids = &ask.ids.ids;
        let capacity = ids.len() + ask.limits.tokens;
        let memory = self
            .prefixes
            .fork(ids, capacity)
            .unwrap_or_else(|| Memory::new(self.engine.decoder.memory_shape(capacity)));
        let active = Active::new(self.engine, number, ask, memory, self.drafts, self.to_limit);
        self.active.push(active);
    }

    /// Reads a system turn and keeps it.
    fn prime(&mut self, system: &str) -> Result<()> {
        let ids = self.engine.chat.system(system)?;
        if self.prefixes.has(&ids) || self.fits(&ids, Limits { tokens: 1 }).is_err() {
            return Ok(());
        }
        let decoder = &self.engine.decoder;
        let mut memory = Memory::new(decoder.memory_shape(ids.len()));
        for tokens in ids.chunks(PREFILL) {
            let run = Run { memory: &mut memory, tokens, logits: 0 };
            decoder.step(&mut self.buffers, &mut [run])?;
        }
        self.prefixes.keep(&ids, &memory);
        Ok(())
    }

    /// One step of the model for all answers; returns those that ended.
    fn step(&mut self) -> Result<Vec<(usize, Written)>> {
        // Those whose reader left end here, before the model works for them again.
        self.active.iter_mut().for_each(|active| active.done |= active.left());
        let mut ended = self.clear();
        if self.active.is_empty() {
            return Ok(ended);
        }
        let began = Instant::now();
        let writing = self.active.iter().filter(|active| active.writes()).count();
        let mut prefill = if writing > 0 { PREFILL_BESIDE } else { PREFILL };
        let most = (ROWS / writing.max(1)).saturating_sub(1);
        let drafts = self.drafts;
        for active in &mut self.active {
            if active.writes() {
                active.draft(if drafts { most } else { 0 }, &self.engine.chat.stops);
            } else {
                active.next_chunk(&mut prefill);
            }
        }
        let mut runs: Vec<Run<'_>> = Vec::with_capacity(self.active.len());
        for active in &mut self.active {
            let whole = active.memory.len() + active.feed.len() == active.ids.len();
            let logits = if active.writes() { active.feed.len() } else { usize::from(whole) };
            runs.push(Run { memory: &mut active.memory, tokens: &active.feed, logits });
        }
        let read: usize = runs.iter().map(|run| run.tokens.len()).sum();
        let wanted: Vec<usize> = runs.iter().map(|run| run.logits).collect();
        let logits = self.engine.decoder.step(&mut self.buffers, &mut runs)?;
        let size = self.engine.decoder.vocabulary();
        let (mut at, mut given) = (0, 0);
        for (active, wanted) in self.active.iter_mut().zip(wanted) {
            let own = &logits[at * size..(at + wanted) * size];
            at += wanted;
            if active.writes() {
                given += active.verify(own, size, self.engine);
            } else {
                for mark in active.marks {
                    if active.memory.len() == mark {
                        self.prefixes.keep(&active.ids[..mark], &active.memory);
                    }
                }
                if wanted > 0 {
                    active.prompt_read = Some(Instant::now());
                    active.choose(own, self.engine);
                    given += 1;
                }
            }
        }
        let took = began.elapsed();
        if writing == 0 {
            self.gauge.prefill(read, took);
        } else if writing == self.active.len() {
            self.gauge.decode(given, took);
        }
        ended.extend(self.clear());
        Ok(ended)
    }

    /// Takes out those that are done.
    fn clear(&mut self) -> Vec<(usize, Written)> {
        let mut ended = Vec::new();
        let mut i = 0;
        while i < self.active.len() {
            if self.active[i].done {
                let active = self.active.remove(i);
                // One that was dropped says nothing of how long others take.
                if !active.left() {
                    self.gauge.request(active.began.elapsed());
                }
                ended.push((active.number, active.finish()));
            } else {
                i += 1;
            }
        }
        ended
    }
}
