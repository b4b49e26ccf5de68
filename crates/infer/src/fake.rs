//! Engines without weights behind the real handles, for tests of everything above.

use std::sync::Arc;

use crate::embed::{Embedder, Engine, Vector};
use crate::error::Result;
use crate::generate::{Gauge, Generator, Job, Request};
use crate::prompts::Prompt;

/// An embedder that hashes words: texts that share words are close.
///
/// # Panics
/// When the system cannot start a thread.
pub fn embedder(dims: usize) -> Embedder {
    Embedder::start("fake", dims, 64, Words { dims }).expect("a thread can be started")
}

/// A generator that says what `reply` says, word by word.
///
/// # Panics
/// When the system cannot start a thread.
pub fn generator(mut reply: impl FnMut(&Prompt) -> String + Send + 'static) -> Generator {
    let counter = Arc::new(|text: &str| text.split_whitespace().count());
    let gauge = Arc::new(Gauge::new(1));
    Generator::start("fake", 4096, 8, counter, gauge, move |queue| {
        while let Some((_, job)) = queue.next() {
            let Job::Write(Request { prompt, limits, reply: stream }) = job else { continue };
            if stream.left() {
                continue;
            }
            for word in reply(&prompt).split_inclusive(' ').take(limits.tokens) {
                if stream.left() {
                    break;
                }
                stream.send(Ok(word.to_owned()));
            }
        }
    })
    .expect("a thread can be started")
}

struct Words {
    dims: usize,
}

impl Engine for Words {
    fn tokens(&self, text: &str) -> Result<(Vec<u32>, bool)> {
        let text = text.rsplit_once("query: ").map_or(text, |(_, query)| query).to_lowercase();
        let ids = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(hash)
            .collect();
        Ok((ids, false))
    }

    fn encode(&self, sequences: &[&[u32]], _urgent: bool) -> Result<Vec<Vector>> {
        Ok(sequences
            .iter()
            .map(|ids| {
                let mut vector = vec![1e-3; self.dims];
                for id in *ids {
                    vector[*id as usize % self.dims] += 1.0;
                }
                let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
                vector.iter().map(|x| x / norm).collect()
            })
            .collect())
    }
}

/// FNV-1a (Fowler, Noll, Vo), 32 bits: the same on every machine and release.
fn hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// An embedder that only bears the name of a model: for opening an index to count it.
///
/// # Panics
/// When the system cannot start a thread.
pub fn named(id: &str) -> Embedder {
    Embedder::start(id, 1, 1, Words { dims: 1 }).expect("a thread can be started")
}
