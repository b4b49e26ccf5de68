//! Beginnings of prompts that were read before: system texts, and a system text with its first source.
//!
//! Only what is public is ever kept: the caller says how far a prompt is (`Prompt::shared`), and what
//! a person typed stands after that. A beginning is found by its token ids, so a changed prompt or
//! source is another one.

use crate::qwen::Memory;

/// Kept beginnings, the least recently used given up first.
pub(super) struct PrefixCache {
    kept: Vec<Kept>,
    budget: usize,
    clock: u64,
}

struct Kept {
    ids: Vec<u32>,
    memory: Memory,
    used: u64,
}

impl PrefixCache {
    /// A cache of so many bytes.
    pub(super) fn new(budget: usize) -> PrefixCache {
        PrefixCache { kept: Vec::new(), budget, clock: 0 }
    }

    /// The longest kept beginning of `ids`, as a memory with room for `capacity` tokens. At least one
    /// token is left to be read, since its logits are wanted.
    pub(super) fn fork(&mut self, ids: &[u32], capacity: usize) -> Option<Memory> {
        self.clock += 1;
        let fits = |kept: &&mut Kept| kept.ids.len() < ids.len() && ids.starts_with(&kept.ids);
        let best = self.kept.iter_mut().filter(fits).max_by_key(|kept| kept.ids.len())?;
        best.used = self.clock;
        Some(best.memory.fork(best.ids.len(), capacity))
    }

    pub(super) fn has(&self, ids: &[u32]) -> bool {
        self.kept.iter().any(|kept| kept.ids == ids)
    }

    /// Keeps the first `ids.len()` tokens of a memory, if they fit at all.
    pub(super) fn keep(&mut self, ids: &[u32], memory: &Memory) {
        if self.has(ids) || ids.is_empty() {
            return;
        }
        let size = memory.fork_bytes(ids.len());
        if size > self.budget {
            return;
        }
        let memory = memory.fork(ids.len(), ids.len());
        while self.bytes() + size > self.budget {
            let Some(oldest) = (0..self.kept.len()).min_by_key(|&i| self.kept[i].used) else {
                break;
            };
            self.kept.swap_remove(oldest);
        }
        self.clock += 1;
        self.kept.push(Kept { ids: ids.to_vec(), memory, used: self.clock });
    }

    fn bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.memory.bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qwen::MemoryShape;

    #[test]
    fn the_longest_beginning_is_taken_and_the_oldest_given_up() {
        let shape = MemoryShape { layers: 1, groups: 1, dim: 64, capacity: 16 };
        let memory = Memory::filled(shape, 16);
        // Room for three of them.
        let mut cache = PrefixCache::new(3 * shape.bytes());
        let found = |cache: &mut PrefixCache, ids: &[u32]| cache.fork(ids, 32).map(|m| m.len());
        cache.keep(&[1, 2], &memory);
        cache.keep(&[1, 2, 3], &memory);
        assert_eq!(found(&mut cache, &[1, 2, 3, 4]), Some(3));
        assert_eq!(found(&mut cache, &[1, 2, 9]), Some(2));
        // The last token is always read, and other beginnings are not taken.
        assert_eq!(found(&mut cache, &[1, 2]), None);
        assert_eq!(found(&mut cache, &[2, 1, 3]), None);
        cache.keep(&[5], &memory);
        assert_eq!(found(&mut cache, &[1, 2, 9]), Some(2));
        cache.keep(&[6], &memory);
        assert!(!cache.has(&[1, 2, 3]) && cache.has(&[1, 2]) && cache.has(&[5]) && cache.has(&[6]));
        cache.keep(&[7; 64], &Memory::filled(MemoryShape { capacity: 64, ..shape }, 64));
        assert!(!cache.has(&[7; 64]), "larger than the whole budget");
    }
}
