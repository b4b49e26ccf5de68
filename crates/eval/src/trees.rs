//! Fitting boosted trees that put candidates in order: LambdaMART (Burges, MSR-TR-2010-82) with trees grown leaf by
//! leaf over binned features.

use search::{Node, Tree};

use crate::fit::Case;

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// How many.
    pub trees: usize,
    /// Most leaves of one.
    pub leaves: usize,
    /// Share of its values that a tree adds.
    pub rate: f64,
    /// Fewest rows of a leaf.
    pub least: usize,
}

/// Places of the order that count.
const DEPTH: usize = 15;
/// Bins of a feature.
const BINS: usize = 64;
/// Added to the curvature of a leaf, against chance.
const RIDGE: f64 = 1.0;

/// Trees whose sum puts the right candidates first; cases without right ones teach nothing. The same cases give the
/// same trees.
pub fn fit(cases: &[&Case], growth: Growth) -> Vec<Tree> {
    let cases: Vec<&&Case> = cases.iter().filter(|case| !case.right.is_empty()).collect();
    let rows: Vec<&[f32]> =
        cases.iter().flat_map(|case| case.rows.iter().map(Vec::as_slice)).collect();
    let width = rows.first().map_or(0, |row| row.len());
    let edges: Vec<Vec<f32>> = (0..width).map(|feature| edges(&rows, feature)).collect();
    let bin = |row: &[f32], feature: usize| edges[feature].partition_point(|at| *at < row[feature]);
    let bins: Vec<Vec<u8>> = (0..width)
        .map(|feature| rows.iter().map(|row| bin(row, feature) as u8).collect())
        .collect();
    let mut scores = vec![0.0_f64; rows.len()];
    let mut trees = Vec::new();
    for _ in 0..growth.trees {
        let mut pull = vec![(0.0, 0.0); rows.len()];
        let mut first = 0;
        for case in &cases {
            let span = first..first + case.rows.len();
            lambdas(&case.right, &scores[span.clone()], &mut pull[span.clone()]);
            first = span.end;
        }
        let grown = grow(&bins, &edges, &pull, growth);
        for (row, score) in rows.iter().zip(&mut scores) {
            *score += f64::from(grown.score(row));
        }
        trees.push(grown);
    }
    trees
}

/// Values between which a feature may be split, at most [`BINS`] - 1, from the least.
fn edges(rows: &[&[f32]], feature: usize) -> Vec<f32> {
    let mut values: Vec<f32> = rows.iter().map(|row| row[feature]).collect();
    values.sort_by(f32::total_cmp);
    let steps = (1..BINS).map(|i| values[i * (values.len() - 1) / BINS]);
    let mut edges: Vec<f32> = steps.collect();
    edges.dedup();
    edges
}

/// How each candidate is pulled: the gradient of NDCG and its curvature.
fn lambdas(right: &[usize], scores: &[f64], pull: &mut [(f64, f64)]) {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let mut place = vec![0; scores.len()];
    for (i, &at) in order.iter().enumerate() {
        place[at] = i;
    }
    let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let ideal: f64 = (0..right.len().min(DEPTH)).map(gain).sum();
    for &good in right {
        for bad in (0..scores.len()).filter(|at| !right.contains(at)) {
            if place[good].min(place[bad]) >= DEPTH {
                continue;
            }
            let change = (gain(place[good]) - gain(place[bad])).abs() / ideal;
            let wrong = 1.0 / (1.0 + (scores[good] - scores[bad]).exp());
            let (force, curve) = (change * wrong, change * wrong * (1.0 - wrong));
            pull[good].0 += force;
            pull[bad].0 -= force;
            pull[good].1 += curve;
            pull[bad].1 += curve;
        }
    }
}

/// A leaf while its tree grows.
struct Leaf {
    node: usize,
    rows: Vec<usize>,
    best: Option<Cut>,
}

/// The best way to divide a leaf.
#[derive(Clone, Copy)]
struct Cut {
    gain: f64,
    feature: usize,
    /// Rows of this bin and below go low.
    bin: usize,
}

fn grow(bins: &[Vec<u8>], edges: &[Vec<f32>], pull: &[(f64, f64)], growth: Growth) -> Tree {
    let all: Vec<usize> = (0..pull.len()).collect();
    let mut nodes = vec![Node::Leaf(0.0)];
    let best = cut(bins, edges, pull, &all, growth.least);
    let mut leaves = vec![Leaf { node: 0, rows: all, best }];
    while leaves.len() < growth.leaves {
        let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |cut| cut.gain);
        let Some(at) = (0..leaves.len())
            .max_by(|&a, &b| gain(&leaves[a]).total_cmp(&gain(&leaves[b])).then(b.cmp(&a)))
        else {
            break;
        };
        let Some(divided) = leaves[at].best else { break };
        let leaf = leaves.swap_remove(at);
        let goes_low = |row: &usize| usize::from(bins[divided.feature][*row]) <= divided.bin;
        let (low, high): (Vec<usize>, Vec<usize>) = leaf.rows.into_iter().partition(goes_low);
        let children = (nodes.len(), nodes.len() + 1);
        let most = edges[divided.feature][divided.bin];
        nodes[leaf.node] = Node::Split(divided.feature, most, children.0, children.1);
        for (node, rows) in [(children.0, low), (children.1, high)] {
            nodes.push(Node::Leaf(0.0));
            let best = cut(bins, edges, pull, &rows, growth.least);
            leaves.push(Leaf { node, rows, best });
        }
    }
    for leaf in leaves {
        let (force, curve) = sum(pull, &leaf.rows);
        nodes[leaf.node] = Node::Leaf((growth.rate * force / (curve + RIDGE)) as f32);
    }
    Tree(nodes)
}

fn sum(pull: &[(f64, f64)], rows: &[usize]) -> (f64, f64) {
    rows.iter().fold((0.0, 0.0), |(force, curve), &row| (force + pull[row].0, curve + pull[row].1))
}

fn cut(
    bins: &[Vec<u8>],
    edges: &[Vec<f32>],
    pull: &[(f64, f64)],
    rows: &[usize],
    least: usize,
) -> Option<Cut> {
    let (force, curve) = sum(pull, rows);
    let worth = |force: f64, curve: f64| force * force / (curve + RIDGE);
    let mut best: Option<Cut> = None;
    for (feature, bins) in bins.iter().enumerate() {
        let mut held = [(0.0, 0.0, 0_usize); BINS];
        for &row in rows {
            let slot = &mut held[usize::from(bins[row])];
            *slot = (slot.0 + pull[row].0, slot.1 + pull[row].1, slot.2 + 1);
        }
        let mut low = (0.0, 0.0, 0);
        for (bin, slot) in held.iter().enumerate().take(edges[feature].len()) {
            low = (low.0 + slot.0, low.1 + slot.1, low.2 + slot.2);
            if low.2 < least || rows.len() - low.2 < least {
                continue;
            }
            let gain =
                worth(low.0, low.1) + worth(force - low.0, curve - low.1) - worth(force, curve);
            if gain > 1e-9 && best.is_none_or(|best| gain > best.gain) {
                best = Some(Cut { gain, feature, bin });
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_learn_what_no_line_can() {
        // Right is where exactly one of two features is high.
        let case = |right: usize| {
            let mut rows = vec![vec![0.0, 0.0, 0.5], vec![1.0, 1.0, 0.5], vec![0.2, 0.1, 0.5]];
            rows.push(if right == 0 { vec![1.0, 0.0, 0.5] } else { vec![0.0, 1.0, 0.5] });
            Case { id: right.to_string(), rows, right: vec![3] }
        };
        let cases: Vec<Case> = (0..40).map(|i| case(i % 2)).collect();
        let cases: Vec<&Case> = cases.iter().collect();
        let growth = Growth { trees: 30, leaves: 4, rate: 0.3, least: 2 };
        let trees = fit(&cases, growth);
        let score = |row: &[f32]| trees.iter().map(|tree| tree.score(row)).sum::<f32>();
        for case in cases {
            let best =
                (0..4).max_by(|&a, &b| score(&case.rows[a]).total_cmp(&score(&case.rows[b])));
            assert_eq!(best, Some(3), "{}", case.id);
        }
        assert_eq!(fit(&[], growth).len(), 30);
    }
}
