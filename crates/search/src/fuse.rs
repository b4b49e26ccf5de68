//! Several ranked lists to one. Pure.

use std::collections::BTreeMap;

/// A key with its score; higher is better.
pub type Scored<K> = (K, f32);

/// Weighted min-max fusion: each list is scaled to 0..1 by its own least and greatest score, missing
/// keys count 0, a list whose scores are all equal counts 1 for each of its keys. Ties are broken by
/// key, so the result does not depend on the order of the lists' equal entries.
///
/// On Vietnamese legal questions this beats reciprocal rank fusion (ViRE, EACL 2026 Findings).
pub fn fuse<K: Clone + Ord>(lists: &[(f32, Vec<Scored<K>>)]) -> Vec<Scored<K>> {
    let mut sums: BTreeMap<K, f32> = BTreeMap::new();
    for (weight, list) in lists {
        let (low, high) =
            list.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), (_, s)| {
                (low.min(*s), high.max(*s))
            });
        for (key, score) in list {
            let scaled = if high > low { (score - low) / (high - low) } else { 1.0 };
            *sums.entry(key.clone()).or_default() += weight * scaled;
        }
    }
    let mut fused: Vec<Scored<K>> = sums.into_iter().collect();
    // The sort is stable, so equal scores stay in the order of their keys.
    fused.sort_by(|a, b| b.1.total_cmp(&a.1));
    fused
}

/// The best score of each group, best first; ties by group.
pub(crate) fn group<K: Clone + Ord>(list: impl IntoIterator<Item = Scored<K>>) -> Vec<Scored<K>> {
    let mut best: BTreeMap<K, f32> = BTreeMap::new();
    for (key, score) in list {
        let slot = best.entry(key).or_insert(score);
        *slot = slot.max(score);
    }
    let mut list: Vec<Scored<K>> = best.into_iter().collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_scaled_weighted_and_summed() {
        let lists =
            [(0.5, vec![("a", 10.0), ("b", 5.0), ("c", 0.0)]), (0.5, vec![("b", 0.9), ("d", 0.1)])];
        assert_eq!(fuse(&lists), [("b", 0.75), ("a", 0.5), ("c", 0.0), ("d", 0.0)]);
        assert_eq!(fuse(&[(1.0, vec![("x", 3.0), ("y", 3.0)])]), [("x", 1.0), ("y", 1.0)]);
        assert_eq!(fuse::<&str>(&[(1.0, vec![])]), []);
    }

    proptest! {
        #[test]
        fn the_order_of_entries_does_not_matter(
            list in proptest::collection::btree_map(0u8..30, 0u8..5, 0..20),
            swap in any::<bool>(),
        ) {
            let list: Vec<_> = list.into_iter().map(|(k, s)| (k, f32::from(s))).collect();
            let mut other = list.clone();
            other.reverse();
            let (a, b) = ((0.7, list.clone()), (0.3, other.clone()));
            let (c, d) = ((0.7, other), (0.3, list));
            let second = if swap { fuse(&[d, c]) } else { fuse(&[c, d]) };
            let first = fuse(&[a, b]);
            prop_assert_eq!(first.len(), second.len());
            for ((k1, s1), (k2, s2)) in first.iter().zip(&second) {
                prop_assert_eq!(k1, k2);
                prop_assert!((s1 - s2).abs() < 1e-6);
            }
        }
    }
}
