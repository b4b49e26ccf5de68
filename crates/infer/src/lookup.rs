//! Drafts by prompt lookup: what an answer copies from its sources is guessed from the text itself.
//!
//! The last tokens (three, else two, else one) are looked up earlier in prompt and output; what
//! followed there is the draft, which the model then confirms in one step or not. The method is
//! prompt-lookup decoding (Apoorv Saxena, 2023); the text that comes out stays the same, only the
//! number of steps changes. Pure.

use std::collections::HashMap;

/// Most tokens that are looked up.
const GRAM: usize = 3;

/// Most occurrences of an n-gram that are compared, so that a comma costs no more than a name.
const OCCURRENCES: usize = 16;

/// Tokens before an occurrence that are compared at most.
const CONTEXT: usize = 16;

/// Tokens of a draft as long as nothing is known of this answer: with the token that is sure they
/// fill the four rows which a matrix kernel reads at the price of one.
const SHORT: usize = 3;

/// Drafts in a row without one right token after which drafting rests.
const MISSES: usize = 3;

/// Tokens of the first rest; each further one is twice as long, up to [`LONGEST_REST`].
const REST: usize = 8;
const LONGEST_REST: usize = 64;

/// How many tokens, and the tokens, left-aligned and filled up with zeros.
type Gram = (usize, [u32; GRAM]);

/// Prompt and output of one answer, indexed by n-grams as they grow.
///
/// A place is the index of the token that follows an n-gram; 0 follows none and means no place.
pub(crate) struct Lookup {
    text: Vec<u32>,
    prompt: usize,
    /// First place of each n-gram that is followed by a token of the prompt.
    in_prompt: HashMap<Gram, usize>,
    /// Last place of each n-gram that is followed by a token of the output.
    in_output: HashMap<Gram, usize>,
    /// By place and length of the n-gram less one: a later place in the prompt, an earlier one in
    /// the output.
    others: Vec<[usize; GRAM]>,
    /// Tokens that the next draft may have.
    reach: usize,
    misses: usize,
    /// Tokens to write before the next draft.
    resting: usize,
    /// Tokens of the next rest.
    rest: usize,
}

impl Lookup {
    /// Indexes a prompt: about 100 ns per token.
    pub(crate) fn new(prompt: &[u32]) -> Lookup {
        let mut lookup = Lookup {
            text: prompt.to_vec(),
            prompt: prompt.len(),
            in_prompt: HashMap::with_capacity(GRAM * prompt.len()),
            in_output: HashMap::new(),
            others: vec![[0; GRAM]; prompt.len()],
            reach: SHORT,
            misses: 0,
            resting: 0,
            rest: REST,
        };
        // Backwards, so that the first place stands at the head: the best source comes first, the
        // question and what the prompt repeats come last.
        for place in (1..prompt.len()).rev() {
            lookup.index(place);
        }
        lookup
    }

    /// Adds a token that was written.
    pub(crate) fn push(&mut self, token: u32) {
        self.text.push(token);
        self.others.push([0; GRAM]);
        // The n-grams before this token have a follower only now, so the tail never finds itself.
        self.index(self.text.len() - 1);
        self.resting = self.resting.saturating_sub(1);
    }

    fn index(&mut self, place: usize) {
        for n in 1..=GRAM.min(place) {
            let gram = self.gram(place, n);
            let map = if place < self.prompt { &mut self.in_prompt } else { &mut self.in_output };
            self.others[place][n - 1] = map.insert(gram, place).unwrap_or(0);
        }
    }

    /// The `n` tokens before a place, which has so many before it.
    fn gram(&self, place: usize, n: usize) -> Gram {
        let mut gram = [0; GRAM];
        gram[..n].copy_from_slice(&self.text[place - n..place]);
        (n, gram)
    }

    /// What may come next, at most `most` tokens; empty when nothing fits or drafting rests.
    ///
    /// Longer n-grams come before shorter ones, the prompt (the sources) before the output. Among
    /// several places the one that shares most tokens before it is taken, on a tie the first of the
    /// prompt or the last of the output.
    pub(crate) fn draft(&self, most: usize) -> &[u32] {
        let place = if self.resting == 0 { self.place() } else { 0 };
        if place == 0 {
            return &[];
        }
        let end = self.text.len().min(place + most.min(self.reach));
        &self.text[place..end]
    }

    fn place(&self) -> usize {
        let end = self.text.len();
        for n in (1..=GRAM.min(end)).rev() {
            let gram = self.gram(end, n);
            for map in [&self.in_prompt, &self.in_output] {
                let (mut best, mut most) = (0, 0);
                let mut place = map.get(&gram).copied().unwrap_or(0);
                for _ in 0..OCCURRENCES {
                    if place == 0 {
                        break;
                    }
                    let shared = self.shared(place);
                    if shared > most {
                        (best, most) = (place, shared);
                    }
                    place = self.others[place][n - 1];
                }
                if best > 0 {
                    return best;
                }
            }
        }
        0
    }

    /// How many tokens before a place are those at the end, up to [`CONTEXT`].
    fn shared(&self, place: usize) -> usize {
        let before = self.text[..place].iter().rev();
        before.zip(self.text.iter().rev()).take(CONTEXT).take_while(|(a, b)| a == b).count()
    }

    /// Learns how a draft of `drafted` tokens did, of which the first `accepted` were right.
    ///
    /// A draft that is right to its end lets the next be twice as long; a wrong token makes it short
    /// again; several drafts without a right token make drafting rest, longer each time.
    pub(crate) fn judge(&mut self, drafted: usize, accepted: usize) {
        if drafted == 0 {
            return;
        }
        if accepted == 0 {
            self.reach = SHORT;
            self.misses += 1;
            if self.misses >= MISSES {
                // After a rest one miss is enough for the next.
                self.misses = MISSES - 1;
                self.resting = self.rest;
                self.rest = (2 * self.rest).min(LONGEST_REST);
            }
            return;
        }
        (self.misses, self.rest) = (0, REST);
        self.reach = if accepted < drafted { SHORT } else { self.reach.max(2 * drafted) };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same rules by looking at every place again.
    fn rescan(text: &[u32], prompt: usize, most: usize) -> Vec<u32> {
        for n in (1..=GRAM.min(text.len())).rev() {
            let tail = &text[text.len() - n..];
            let fits = |place: &usize| *place >= n && &text[place - n..*place] == tail;
            let first: Vec<usize> = (1..prompt).filter(fits).take(OCCURRENCES).collect();
            let last: Vec<usize> =
                (prompt.max(1)..text.len()).rev().filter(fits).take(OCCURRENCES).collect();
            for places in [first, last] {
                let shared = |place: usize| {
                    (1..=CONTEXT.min(place))
                        .take_while(|back| text[place - back] == text[text.len() - back])
                        .count()
                };
                let most_shared = places.iter().map(|&place| shared(place)).max().unwrap_or(0);
                if let Some(&place) = places.iter().find(|&&place| shared(place) == most_shared) {
                    return text[place..].iter().copied().take(most).collect();
                }
            }
        }
        Vec::new()
    }

    #[test]
    fn drafts_are_what_followed() {
        for (prompt, output, expect) in [
            (&[][..], &[][..], &[][..]),
            (&[1], &[], &[]),
            (&[1, 2, 3, 4, 5], &[9], &[]),
            // Three tokens, two, one.
            (&[1, 2, 3, 4, 5, 6, 7, 8], &[9, 1, 2, 3], &[4, 5, 6]),
            (&[1, 2, 3, 4, 5, 6, 7, 8], &[9, 2, 3], &[4, 5, 6]),
            (&[1, 2, 3, 4, 5, 6, 7, 8], &[9, 7], &[8, 9, 7]),
            // A longer n-gram of the output comes before a shorter one of the prompt.
            (&[3, 5, 0], &[1, 2, 3, 4, 1, 2, 3], &[4, 1, 2]),
            // The prompt comes before the output.
            (&[1, 2, 3, 5, 6], &[1, 2, 3, 4, 1, 2, 3], &[5, 6, 1]),
            // More context decides, then the first place of the prompt.
            (&[8, 1, 2, 3, 4, 0, 7, 1, 2, 3, 5, 0], &[7, 1, 2, 3], &[5, 0, 7]),
            (&[8, 1, 2, 3, 4, 0, 7, 1, 2, 3, 5, 0], &[9, 1, 2, 3], &[4, 0, 7]),
            // The last place of the output.
            (&[0], &[1, 2, 4, 1, 2, 5, 1, 2], &[5, 1, 2]),
            // The end is not run over.
            (&[0], &[1, 1], &[1]),
        ] {
            let mut lookup = Lookup::new(prompt);
            output.iter().for_each(|token| lookup.push(*token));
            assert_eq!(lookup.draft(9), expect, "{prompt:?} {output:?}");
            assert_eq!(lookup.draft(1), &expect[..expect.len().min(1)]);
            assert_eq!(lookup.draft(0), &[] as &[u32]);
        }
    }

    #[test]
    fn drafts_grow_with_success_and_rest_after_misses() {
        let mut lookup = Lookup::new(&(0..500).collect::<Vec<u32>>());
        lookup.push(7);
        for (drafted, accepted, expect) in
            [(3, 3, 6), (6, 6, 12), (12, 12, 20), (4, 4, 20), (20, 5, 3), (3, 2, 3), (0, 0, 3)]
        {
            lookup.judge(drafted, accepted);
            assert_eq!(lookup.draft(20).len(), expect, "{drafted} {accepted}");
        }
        let mut next = 8;
        for (misses, rest) in [(3, 8), (1, 16), (1, 32), (1, 64), (1, 64)] {
            (0..misses).for_each(|_| lookup.judge(3, 0));
            for _ in 0..rest {
                assert_eq!(lookup.draft(20), &[] as &[u32]);
                lookup.push(next);
                next += 1;
            }
            assert_eq!(lookup.draft(20), &[next, next + 1, next + 2]);
        }
        // One right token takes the misses back.
        lookup.judge(3, 1);
        lookup.judge(3, 0);
        lookup.judge(3, 0);
        assert_eq!(lookup.draft(20).len(), SHORT);
        lookup.judge(3, 0);
        assert_eq!(lookup.draft(20), &[] as &[u32]);
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_rescan_finds(
            prompt in prop::collection::vec(0..4u32, 0..60),
            output in prop::collection::vec(0..4u32, 0..60),
            most in 0..8usize,
        ) {
            let mut lookup = Lookup::new(&prompt);
            lookup.reach = most;
            let mut text = prompt.clone();
            prop_assert_eq!(lookup.draft(most), &rescan(&text, prompt.len(), most)[..]);
            for token in output {
                lookup.push(token);
                text.push(token);
                prop_assert_eq!(lookup.draft(most), &rescan(&text, prompt.len(), most)[..]);
            }
        }
    }
}
