//! One answer at hand: its prompt, what it remembers, and what of a draft is taken.

use std::time::Instant;

use super::batch::{Ask, Out};
use super::chat::Ids;
use super::engine::{Engine, Written};
use crate::error::Error;
use crate::lookup::Lookup;
use crate::qwen::{Memory, argmax};
use crate::utf8::Utf8Tail;
use crate::verbatim::Verbatim;

/// An answer at hand.
pub(super) struct Active {
    /// Its place among those given to `write_all`.
    pub(super) number: usize,
    pub(super) ids: Vec<u32>,
    /// Ends of the beginnings that may be kept for others.
    pub(super) marks: [usize; 2],
    pub(super) memory: Memory,
    /// What the next step reads: a chunk of the prompt, or the last token and the draft after it.
    pub(super) feed: Vec<u32>,
    /// The token written last.
    last: u32,
    limit: usize,
    lookup: Lookup,
    verbatim: Option<Verbatim>,
    tail: Utf8Tail,
    repeats: Repeats,
    pub(super) out: Out,
    written: Written,
    pub(super) began: Instant,
    pub(super) prompt_read: Option<Instant>,
    to_limit: bool,
    pub(super) done: bool,
}

impl Active {
    pub(super) fn new(
        engine: &Engine,
        number: usize,
        ask: Ask,
        memory: Memory,
        drafts: bool,
        to_limit: bool,
    ) -> Active {
        let Ask { ids: Ids { ids, system, shared }, sources, limits, out } = ask;
        let verbatim = (!sources.is_empty())
            .then(|| Verbatim::new(&sources, engine.vocabulary.clone(), &engine.chat.stops));
        Active {
            number,
            marks: [system, shared],
            feed: Vec::new(),
            last: 0,
            limit: limits.tokens,
            lookup: Lookup::new(if drafts { &ids } else { &[] }),
            verbatim,
            tail: Utf8Tail::default(),
            repeats: Repeats::default(),
            out,
            written: Written { prompt: ids.len(), reused: memory.len(), ..Written::default() },
            began: Instant::now(),
            prompt_read: None,
            to_limit,
            done: limits.tokens == 0,
            ids,
            memory,
        }
    }

    /// Whether the prompt has been read.
    pub(super) fn writes(&self) -> bool {
        self.prompt_read.is_some()
    }

    pub(super) fn left(&self) -> bool {
        matches!(&self.out, Out::Stream(reply) if reply.left())
    }

    /// The next part of the prompt, out of what this step may still read; it ends where a beginning
    /// that is to be kept ends.
    pub(super) fn next_chunk(&mut self, budget: &mut usize) {
        let read = self.memory.len();
        let mut end = (read + *budget).min(self.ids.len());
        if let Some(mark) = self.marks.into_iter().filter(|mark| *mark > read).min() {
            end = end.min(mark);
        }
        *budget -= end - read;
        self.feed.clear();
        self.feed.extend_from_slice(&self.ids[read..end]);
    }

    /// Adds to the last token what may follow it.
    pub(super) fn draft(&mut self, most: usize, stops: &[u32]) {
        let most = most.min(self.limit - self.written.tokens.len());
        let draft = self.lookup.draft(most);
        let mut count = draft.iter().position(|token| stops.contains(token)).unwrap_or(draft.len());
        if let Some(verbatim) = &self.verbatim {
            count = verbatim.allowed(&draft[..count]);
        }
        self.feed.clear();
        self.feed.push(self.last);
        self.feed.extend_from_slice(&draft[..count]);
    }

    /// Takes from the logits after each fed token what the model would write, as long as the draft
    /// agrees. Returns the tokens written.
    pub(super) fn verify(&mut self, logits: &[f32], size: usize, engine: &Engine) -> usize {
        let before = self.memory.len() - self.feed.len();
        let drafted = self.feed.len() - 1;
        let mut right = 0;
        for (i, logits) in logits.chunks_exact(size).enumerate() {
            let follows = self.feed.get(i + 1).copied();
            let chosen = self.choose(logits, engine);
            if self.done || chosen.is_none() || chosen != follows {
                break;
            }
            right += 1;
        }
        // What was drafted wrongly was remembered too.
        self.memory.truncate(before + right + 1);
        self.lookup.judge(drafted, right);
        self.written.steps += 1;
        self.written.drafted.0 += drafted;
        self.written.drafted.1 += right;
        right + usize::from(!self.done)
    }

    /// The next token; `None` when the answer ended with it or before it.
    pub(super) fn choose(&mut self, logits: &[f32], engine: &Engine) -> Option<u32> {
        let chosen = match &self.verbatim {
            Some(verbatim) => verbatim.choose(logits),
            None => Some(argmax(logits)),
        };
        let ends = |token: &u32| engine.chat.stops.contains(token) && !self.to_limit;
        let Some(token) = chosen.filter(|token| !ends(token)) else {
            self.done = true;
            return None;
        };
        if let Some(verbatim) = &mut self.verbatim {
            verbatim.accept(token);
        }
        self.lookup.push(token);
        self.written.tokens.push(token);
        if let Out::Stream(reply) = &self.out {
            let piece = self.tail.push(engine.vocabulary.bytes(token));
            if !piece.is_empty() {
                reply.send(Ok(piece));
            }
        }
        let full = self.written.tokens.len() == self.limit;
        let circles = !self.repeats.goes_on(token) && !self.to_limit;
        self.done = full || circles || self.left();
        self.last = token;
        (!self.done).then_some(token)
    }

    pub(super) fn finish(mut self) -> Written {
        if let Out::Stream(reply) = &self.out {
            let rest = self.tail.finish();
            if !rest.is_empty() {
                reply.send(Ok(rest));
            }
        }
        if let Some(read) = self.prompt_read {
            self.written.prefill_ms = (read - self.began).as_secs_f64() * 1e3;
            self.written.decode_ms = read.elapsed().as_secs_f64() * 1e3;
        }
        self.written
    }

    pub(super) fn fail(self, error: &Error) {
        if let Out::Stream(reply) = &self.out {
            reply.send(Err(error.clone()));
        }
    }
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
