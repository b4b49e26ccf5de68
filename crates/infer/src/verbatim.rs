//! Quotations that cannot be invented: tokens are chosen among those that keep to the sources.
//!
//! Between quotation marks only text that stands in a source can be written, from the start of a
//! word to the end of one; a citation `[1]` names a source that exists and, after a quotation, one
//! that holds it. The rules work on bytes, so tokens may straddle marks and letters in any way. Pure.

mod automaton;
mod sources;
mod state;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use sources::Sources;
use state::State;

/// The bytes of every token of a model.
///
/// Each byte that sources, marks and citations are made of must also be a token of its own, as in
/// any byte-level vocabulary: then some token is allowed in every state.
pub(crate) struct Vocabulary {
    bytes: Vec<u8>,
    /// Where each token ends.
    ends: Vec<u32>,
}

impl Vocabulary {
    /// Takes tokens in the order of their ids; no bytes for those that are not text.
    pub(crate) fn new(tokens: impl Iterator<Item = Vec<u8>>) -> Vocabulary {
        let mut vocabulary = Vocabulary { bytes: Vec::new(), ends: Vec::new() };
        for token in tokens {
            vocabulary.bytes.extend(&token);
            vocabulary.ends.push(vocabulary.bytes.len() as u32);
        }
        vocabulary
    }

    /// The bytes of a token; none for an id that no token has.
    pub(crate) fn bytes(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..end as usize]
    }
}

/// What may be written next in one answer.
pub(crate) struct Verbatim {
    sources: Sources,
    vocabulary: Arc<Vocabulary>,
    stops: Vec<u32>,
    state: State,
}

impl Verbatim {
    /// Begins an answer over sources numbered from 1, up to 64, in the words that the prompt shows.
    /// `stops` are the tokens that end an answer.
    pub(crate) fn new(sources: &[String], vocabulary: Arc<Vocabulary>, stops: &[u32]) -> Verbatim {
        let sources = Sources::new(sources);
        Verbatim { sources, vocabulary, stops: stops.to_vec(), state: State::new() }
    }

    /// Whether neither a quotation nor a citation is open. Then every token is allowed but some of
    /// those that open one themselves (`["`, `“a`), which [`allows`](Verbatim::allows) tells.
    pub(crate) fn free(&self) -> bool {
        self.state.in_prose()
    }

    /// Whether a token may come next. Tokens without bytes and those that end the answer may come
    /// only where nothing is open.
    pub(crate) fn allows(&self, token: u32) -> bool {
        self.after(self.state, token).is_some()
    }

    /// How many tokens of a draft may come next, one after the other.
    pub(crate) fn allowed(&self, draft: &[u32]) -> usize {
        let mut state = Some(self.state);
        let step = |token: &&u32| {
            state = state.and_then(|state| self.after(state, **token));
            state.is_some()
        };
        draft.iter().take_while(step).count()
    }

    /// Takes the next token. One that is not allowed ends the quotation or citation that it breaks.
    pub(crate) fn accept(&mut self, token: u32) {
        if !self.stops.contains(&token) {
            for &byte in self.vocabulary.bytes(token) {
                let state = self.state;
                self.state = state.step(&self.sources, byte).unwrap_or(state.broken(byte));
            }
        }
    }

    /// The allowed token with the highest logit, the lowest id on a tie; `None` when no token is
    /// allowed. A logit that is not a number is never chosen.
    pub(crate) fn choose(&self, logits: &[f32]) -> Option<u32> {
        // In prose and in a quotation that the model copies this is already the one.
        let best = highest(logits, |_| true)?;
        if self.allows(best) {
            return Some(best);
        }
        // Most tokens fall with their first byte, and thousands of the others share it.
        let first = std::array::from_fn::<_, 256, _>(|byte| self.walk(self.state, &[byte as u8]));
        highest(logits, |id| match self.vocabulary.bytes(id) {
            [byte, rest @ ..] if !self.stops.contains(&id) => {
                first[*byte as usize].is_some_and(|state| self.walk(state, rest).is_some())
            }
            _ => self.free(),
        })
    }

    fn after(&self, state: State, token: u32) -> Option<State> {
        let bytes = self.vocabulary.bytes(token);
        if bytes.is_empty() || self.stops.contains(&token) {
            return state.in_prose().then_some(state);
        }
        self.walk(state, bytes)
    }

    fn walk(&self, state: State, bytes: &[u8]) -> Option<State> {
        bytes.iter().try_fold(state, |state, &byte| state.step(&self.sources, byte))
    }
}

/// The highest logit whose id is allowed, which is asked only of those above the best so far.
fn highest(logits: &[f32], allowed: impl Fn(u32) -> bool) -> Option<u32> {
    let mut best: Option<(u32, f32)> = None;
    for (id, &logit) in (0..).zip(logits) {
        let higher = best.map_or(!logit.is_nan(), |(_, best)| logit > best);
        if higher && allowed(id) {
            best = Some((id, logit));
        }
    }
    best.map(|(id, _)| id)
}
