//! Texts without a vector, embedded batch by batch, so that a large library is found by words at once
//! and by meaning as its vectors come.

use std::collections::HashSet;

use infer::Passage as Text;

use crate::build::Builder;
use crate::error::Result;
use crate::units::{each_unit, order, units_of, windows_of};
use crate::vectors::cache::{Cache, Key, key};

/// Texts given to the model at a time; between two of them progress is told and the cache is safe.
const BATCH: usize = 64;

/// Texts that wait for their vector: hot collections first, then documents in force before those that
/// ended.
pub struct Missing {
    keys: HashSet<Key>,
    /// How many there were at first.
    pub(crate) total: usize,
    /// The next document, of how many in order.
    next: usize,
    sources: usize,
    ready: Vec<(Key, Text)>,
}

impl Missing {
    /// How many wait.
    pub fn left(&self) -> usize {
        self.keys.len()
    }

    /// Embeds the next batch, which is then in the cache; `None` when nothing waits any more.
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) when the model is busy or broken: the batch still waits.
    pub async fn embed(&mut self, builder: &Builder<'_>) -> Result<Option<Embedded>> {
        let Builder { library, embedder, options, .. } = *builder;
        let order = order(library, &options.hot);
        let mut wanted: HashSet<Key> = self.ready.iter().map(|(key, _)| *key).collect();
        while self.ready.len() < BATCH && self.next < self.sources.min(order.len()) {
            units_of(library, order[self.next], &mut |unit| {
                for window in windows_of(&unit, options) {
                    let key = key(embedder.id(), &window.text);
                    if self.keys.contains(&key) && wanted.insert(key) {
                        self.ready.push((key, window.text));
                    }
                }
                Ok(())
            })?;
            self.next += 1;
        }
        let size = self.ready.len().min(BATCH);
        if size == 0 {
            self.keys.clear();
            return Ok(None);
        }
        let texts: Vec<Text> = self.ready[..size].iter().map(|(_, text)| text.clone()).collect();
        let began = std::time::Instant::now();
        let embedded = embedder.passages(&texts).await?;
        let ms = began.elapsed().as_millis() as u64;
        let done = self.ready.drain(..size).map(|(key, _)| key);
        let fresh: Vec<_> = done.zip(&embedded.vectors).collect();
        Cache::open(builder.cache)?.put(&fresh)?;
        fresh.iter().for_each(|(key, _)| {
            self.keys.remove(key);
        });
        let (tokens, cut) = (embedded.tokens as u64, embedded.cut as u64);
        Ok(Some(Embedded { texts: size as u64, tokens, cut, ms }))
    }
}

impl Builder<'_> {
    /// The texts whose vector is not in the cache yet.
    ///
    /// # Errors
    /// [`Error`](crate::Error) when the cache or the words cannot be read.
    pub fn missing(&self) -> Result<Missing> {
        let cache = Cache::open(self.cache)?;
        // Only keys, so that a large library is not held in memory twice.
        let mut keys = HashSet::new();
        each_unit(self.library, |unit| {
            let windows = windows_of(&unit, self.options);
            let each: Vec<_> =
                windows.iter().map(|window| key(self.embedder.id(), &window.text)).collect();
            let known = cache.get(&each)?;
            let lost = each.into_iter().zip(known).filter(|(_, known)| known.is_none());
            keys.extend(lost.map(|(key, _)| key));
            Ok(())
        })?;
        let sources = order(self.library, &self.options.hot).len();
        Ok(Missing { total: keys.len(), keys, next: 0, sources, ready: Vec::new() })
    }
}

/// What the model read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Embedded {
    /// Texts embedded.
    pub texts: u64,
    /// Tokens read.
    pub tokens: u64,
    /// Texts longer than the model reads.
    pub cut: u64,
    /// Milliseconds of the model.
    pub ms: u64,
}

impl Embedded {
    pub(crate) fn add(&mut self, more: Embedded) {
        self.texts += more.texts;
        self.tokens += more.tokens;
        self.cut += more.cut;
        self.ms += more.ms;
    }
}
