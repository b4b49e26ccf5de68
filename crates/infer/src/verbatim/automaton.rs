//! A suffix automaton: which strings of bytes occur in a text, one byte at a time.
//!
//! The smallest automaton that accepts every suffix of a text (Blumer et al., 1985), built online in
//! linear time. Beside it each state knows in which sources its strings occur and in which of them
//! they end where an ending is good.

/// The state of the empty string.
pub(super) const ROOT: u32 = 0;

const NONE: u32 = u32::MAX;

/// At most two states and three edges per byte; 12 KB of text take about 1 MB.
pub(super) struct Automaton {
    states: Vec<State>,
    edges: Vec<Edge>,
    last: u32,
}

/// The strings that end at the same places of the text.
#[derive(Clone, Copy)]
struct State {
    /// Bytes of the longest of them.
    length: u32,
    /// The state of the longest suffix that ends at more places.
    link: u32,
    /// First of its edges, which are a chain: most states have one or two.
    edge: u32,
    /// One bit per source.
    occurs: u64,
    ends: u64,
}

#[derive(Clone, Copy)]
struct Edge {
    byte: u8,
    to: u32,
    next: u32,
}

impl Automaton {
    /// Of the empty text; `bytes` is how long the text will be, to lay out memory once.
    pub(super) fn new(bytes: usize) -> Automaton {
        let root = State { length: 0, link: ROOT, edge: NONE, occurs: 0, ends: 0 };
        let mut states = Vec::with_capacity(2 * bytes + 1);
        states.push(root);
        Automaton { states, edges: Vec::with_capacity(3 * bytes), last: ROOT }
    }

    /// Adds a byte to the text: what ends here `occurs` in these sources and `ends` well in those.
    pub(super) fn push(&mut self, byte: u8, occurs: u64, ends: u64) {
        let length = self.states[self.last as usize].length + 1;
        let new = self.add(State { length, link: ROOT, edge: NONE, occurs: 0, ends: 0 });
        let mut at = self.last;
        let link = loop {
            if let Some(edge) = self.edge(at, byte) {
                let to = self.edges[edge].to;
                let exact = self.states[to as usize].length == self.states[at as usize].length + 1;
                break if exact { to } else { self.split(at, byte, to) };
            }
            self.connect(at, byte, new);
            if at == ROOT {
                break ROOT;
            }
            at = self.states[at as usize].link;
        };
        self.states[new as usize].link = link;
        self.last = new;
        // A state has every bit of the states that link to it, so the way up ends at the first one
        // that knows already.
        let mut at = new;
        loop {
            let state = &mut self.states[at as usize];
            if state.occurs & occurs == occurs && state.ends & ends == ends {
                return;
            }
            state.occurs |= occurs;
            state.ends |= ends;
            at = state.link;
        }
    }

    /// Parts the strings of `to` that are no longer than one byte after `at`: they end here too.
    fn split(&mut self, mut at: u32, byte: u8, to: u32) -> u32 {
        let length = self.states[at as usize].length + 1;
        let part = self.add(State { length, edge: NONE, ..self.states[to as usize] });
        let mut edge = self.states[to as usize].edge;
        while let Some(&Edge { byte, to, next }) = self.edges.get(edge as usize) {
            self.connect(part, byte, to);
            edge = next;
        }
        self.states[to as usize].link = part;
        while let Some(edge) = self.edge(at, byte)
            && self.edges[edge].to == to
        {
            self.edges[edge].to = part;
            at = self.states[at as usize].link;
        }
        part
    }

    fn add(&mut self, state: State) -> u32 {
        self.states.push(state);
        (self.states.len() - 1) as u32
    }

    fn connect(&mut self, from: u32, byte: u8, to: u32) {
        let state = &mut self.states[from as usize];
        self.edges.push(Edge { byte, to, next: state.edge });
        state.edge = (self.edges.len() - 1) as u32;
    }

    fn edge(&self, from: u32, byte: u8) -> Option<usize> {
        let mut at = self.states[from as usize].edge;
        while let Some(edge) = self.edges.get(at as usize) {
            if edge.byte == byte {
                return Some(at as usize);
            }
            at = edge.next;
        }
        None
    }

    /// The state after one more byte, if the text holds the longer string.
    pub(super) fn next(&self, from: u32, byte: u8) -> Option<u32> {
        self.edge(from, byte).map(|edge| self.edges[edge].to)
    }

    /// The sources that hold the strings of a state.
    pub(super) fn occurs(&self, at: u32) -> u64 {
        self.states[at as usize].occurs
    }

    /// The sources that hold them with a good end.
    pub(super) fn ends(&self, at: u32) -> u64 {
        self.states[at as usize].ends
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(automaton: &Automaton, bytes: &[u8]) -> Option<u32> {
        bytes.iter().try_fold(ROOT, |at, &byte| automaton.next(at, byte))
    }

    /// Texts in which much repeats: two letters, or Vietnamese syllables.
    fn texts() -> impl Strategy<Value = String> {
        let syllables = prop::sample::select(vec!["đăng ", "ký ", "đã ", "đẵng ", "ế", "ề", "– "]);
        prop_oneof!["[ab]{0,40}", prop::collection::vec(syllables, 0..20).prop_map(|s| s.concat())]
    }

    proptest! {
        #[test]
        fn it_holds_what_the_text_contains(
            (one, two, other) in (texts(), texts(), texts()),
            cut in 0..40usize,
        ) {
            let mut automaton = Automaton::new(one.len() + two.len() + 1);
            // Where `cut` divides, an ending is good.
            let ends = |at: usize, bit: u64| if at.is_multiple_of(cut + 1) { bit } else { 0 };
            one.bytes().enumerate().for_each(|(i, byte)| automaton.push(byte, 1, ends(i, 1)));
            automaton.push(0, 0, 0);
            two.bytes().enumerate().for_each(|(i, byte)| automaton.push(byte, 2, ends(i, 2)));
            prop_assert!(automaton.states.len() <= 2 * (one.len() + two.len() + 1) + 1);
            for text in [&one, &two, &other] {
                for start in 0..text.len() {
                    for end in start + 1..=text.len() {
                        let part = &text.as_bytes()[start..end];
                        let places = |text: &str| -> Vec<usize> {
                            let windows = text.as_bytes().windows(part.len()).enumerate();
                            windows.filter(|(_, w)| *w == part).map(|(i, _)| i).collect()
                        };
                        let (in_one, in_two) = (places(&one), places(&two));
                        if let Ok(part) = std::str::from_utf8(part) {
                            prop_assert_eq!(one.contains(part), !in_one.is_empty());
                        }
                        let bit = |yes: bool, bit: u64| if yes { bit } else { 0 };
                        let good = |i: &usize| (i + part.len() - 1).is_multiple_of(cut + 1);
                        let expect = (
                            bit(!in_one.is_empty(), 1) | bit(!in_two.is_empty(), 2),
                            bit(in_one.iter().any(good), 1) | bit(in_two.iter().any(good), 2),
                        );
                        let found = read(&automaton, part);
                        let sets = |at| (automaton.occurs(at), automaton.ends(at));
                        let found = found.map_or((0, 0), sets);
                        prop_assert_eq!(found, expect);
                    }
                }
            }
        }
    }
}
