//! Keys and values of one running text.

/// The layers' keys and values, laid out once for the longest text this will hold.
///
/// Keys stand in tiles of 16, each `[head_dim][16]`, values in rows of `head_dim`; each head that keys
/// belong to has its own run of both, so that attention reads straight on.
pub(crate) struct Memory {
    layers: Vec<Layer>,
    shape: MemoryShape,
    length: usize,
}

#[derive(Clone)]
struct Layer {
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// How many heads have keys, how long they are, and how many tokens are to be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MemoryShape {
    pub(crate) layers: usize,
    pub(crate) groups: usize,
    pub(crate) dim: usize,
    /// A multiple of 16.
    pub(crate) capacity: usize,
}

impl MemoryShape {
    /// Bytes when full.
    pub(crate) fn bytes(&self) -> usize {
        self.layers * self.groups * self.dim * self.capacity * 2 * size_of::<f32>()
    }

    fn run(&self) -> usize {
        self.dim * self.capacity
    }
}

impl Memory {
    /// Room that the system hands out page by page as it is written.
    pub(crate) fn new(shape: MemoryShape) -> Memory {
        let shape = MemoryShape { capacity: shape.capacity.next_multiple_of(16), ..shape };
        let size = shape.groups * shape.run();
        let layer = || Layer { keys: vec![0.0; size], values: vec![0.0; size] };
        Memory { layers: (0..shape.layers).map(|_| layer()).collect(), shape, length: 0 }
    }

    /// A memory that says it holds `length` tokens, for tests of what keeps memories.
    #[cfg(test)]
    pub(crate) fn filled(shape: MemoryShape, length: usize) -> Memory {
        let mut memory = Memory::new(shape);
        memory.advance(length);
        memory
    }

    /// Tokens remembered.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Tokens there is room for.
    pub(crate) fn capacity(&self) -> usize {
        self.shape.capacity
    }

    /// Bytes held when full.
    pub(crate) fn bytes(&self) -> usize {
        self.shape.bytes()
    }

    /// Bytes that a fork of so many tokens would hold.
    pub(crate) fn fork_bytes(&self, length: usize) -> usize {
        MemoryShape { capacity: length.next_multiple_of(16), ..self.shape }.bytes()
    }

    /// Forgets all tokens from `length` on; what is written next takes their place.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    /// A memory of its own, with the first `length` tokens of this one and room for `capacity`.
    pub(crate) fn fork(&self, length: usize, capacity: usize) -> Memory {
        let length = length.min(self.length);
        let mut fork = Memory::new(MemoryShape { capacity: capacity.max(length), ..self.shape });
        let (dim, tiles) = (self.shape.dim, length.div_ceil(16));
        for (to, from) in fork.layers.iter_mut().zip(&self.layers) {
            for group in 0..self.shape.groups {
                let (theirs, ours) = (group * fork.shape.run(), group * self.shape.run());
                let size = tiles * 16 * dim;
                to.keys[theirs..theirs + size].copy_from_slice(&from.keys[ours..ours + size]);
                let size = length * dim;
                to.values[theirs..theirs + size].copy_from_slice(&from.values[ours..ours + size]);
            }
        }
        fork.length = length;
        fork
    }

    /// Makes the `count` tokens written after the last one part of the text.
    pub(super) fn advance(&mut self, count: usize) {
        self.length += count;
    }

    /// Keys and values of one head in one layer.
    pub(super) fn head(&self, layer: usize, group: usize) -> (&[f32], &[f32]) {
        let range = group * self.shape.run()..(group + 1) * self.shape.run();
        (&self.layers[layer].keys[range.clone()], &self.layers[layer].values[range])
    }

    /// The same, all heads of a layer, to be written: `[groups][keys]`, `[groups][values]`.
    pub(super) fn layer_mut(&mut self, layer: usize) -> (&mut [f32], &mut [f32]) {
        let layer = &mut self.layers[layer];
        (&mut layer.keys, &mut layer.values)
    }

    /// Length of one head's run of keys, and of values.
    pub(super) fn run(&self) -> usize {
        self.shape.run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHAPE: MemoryShape = MemoryShape { layers: 2, groups: 2, dim: 4, capacity: 40 };

    /// Writes a token whose keys and values are told by its number.
    fn write(memory: &mut Memory, token: u32) {
        let (at, run) = (memory.len(), memory.run());
        for layer in 0..SHAPE.layers {
            let (keys, values) = memory.layer_mut(layer);
            for group in 0..SHAPE.groups {
                for d in 0..SHAPE.dim {
                    let x = (token * 100 + (layer * 10 + group) as u32) as f32 + d as f32 / 10.0;
                    keys[group * run + at / 16 * 16 * SHAPE.dim + d * 16 + at % 16] = x;
                    values[group * run + at * SHAPE.dim + d] = -x;
                }
            }
        }
        memory.advance(1);
    }

    /// What a memory says of its tokens: every key and value, in order.
    fn told(memory: &Memory) -> Vec<f32> {
        let mut out = Vec::new();
        for layer in 0..SHAPE.layers {
            for group in 0..SHAPE.groups {
                let (keys, values) = memory.head(layer, group);
                for at in 0..memory.len() {
                    for d in 0..SHAPE.dim {
                        out.push(keys[at / 16 * 16 * SHAPE.dim + d * 16 + at % 16]);
                        out.push(values[at * SHAPE.dim + d]);
                    }
                }
            }
        }
        out
    }

    fn fresh(tokens: &[u32]) -> Vec<f32> {
        let mut memory = Memory::new(SHAPE);
        tokens.iter().for_each(|token| write(&mut memory, *token));
        told(&memory)
    }

    proptest! {
        #[test]
        fn truncating_and_forking_equal_writing_anew(
            steps in prop::collection::vec((0u8..4, 0usize..40, 1u32..99), 1..60),
        ) {
            let mut memory = Memory::new(SHAPE);
            let mut tokens: Vec<u32> = Vec::new();
            for (what, at, token) in steps {
                match what {
                    0 => {
                        memory.truncate(at);
                        tokens.truncate(at);
                    }
                    1 => {
                        let fork = memory.fork(at, SHAPE.capacity);
                        let before = fresh(&tokens);
                        tokens.truncate(at);
                        prop_assert_eq!(told(&fork), fresh(&tokens));
                        // The one it came from is as it was.
                        prop_assert_eq!(told(&memory), before);
                        memory = fork;
                    }
                    _ if memory.len() < SHAPE.capacity => {
                        write(&mut memory, token);
                        tokens.push(token);
                    }
                    _ => {}
                }
                prop_assert_eq!(memory.len(), tokens.len());
                prop_assert_eq!(told(&memory), fresh(&tokens));
            }
        }
    }
}
