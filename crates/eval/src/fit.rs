//! Fitting a conditional logit: of several candidates one is right, and each has features.

/// One question: candidates in rows of features, and which of them are right.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// A row of features for each candidate.
    pub rows: Vec<Vec<f32>>,
    /// Indexes of the right ones; with none the case teaches nothing and counts as missed.
    pub right: Vec<usize>,
}

/// Rounds of fitting; the loss is convex and small, so that more change nothing.
const ROUNDS: usize = 1500;

/// Weights that make the right candidates likeliest, with a ridge (`ridge` × the squared weights) against chance.
/// The same cases give the same weights, bit for bit.
pub fn fit(cases: &[&Case], ridge: f64) -> Vec<f64> {
    let width = cases.iter().flat_map(|case| &case.rows).map(Vec::len).max().unwrap_or(0);
    let teaching: Vec<&&Case> = cases.iter().filter(|case| !case.right.is_empty()).collect();
    let mut weights = vec![0.0_f64; width];
    let (mut mean, mut square) = (vec![0.0_f64; width], vec![0.0_f64; width]);
    let count = teaching.len().max(1) as f64;
    for round in 1..=ROUNDS {
        let mut slope = vec![0.0_f64; width];
        for case in &teaching {
            let likely = likely(case, &weights);
            let right: f64 = case.right.iter().map(|&i| likely[i]).sum::<f64>().max(1e-12);
            for (i, row) in case.rows.iter().enumerate() {
                let target = if case.right.contains(&i) { likely[i] / right } else { 0.0 };
                let off = likely[i] - target;
                for (slope, feature) in slope.iter_mut().zip(row) {
                    *slope += off * f64::from(*feature) / count;
                }
            }
        }
        // Adam (Kingma and Ba, arXiv 1412.6980), over all cases at once.
        let rate = 0.05 / (1.0 + round as f64 / 500.0);
        for i in 0..width {
            let slope = slope[i] + 2.0 * ridge * weights[i];
            mean[i] = 0.9 * mean[i] + 0.1 * slope;
            square[i] = 0.999 * square[i] + 0.001 * slope * slope;
            let fresh = (1.0 - 0.9_f64.powi(round as i32), 1.0 - 0.999_f64.powi(round as i32));
            weights[i] -= rate * (mean[i] / fresh.0) / ((square[i] / fresh.1).sqrt() + 1e-8);
        }
    }
    weights
}

/// How likely each candidate of a case is.
pub fn likely(case: &Case, weights: &[f64]) -> Vec<f64> {
    let score =
        |row: &Vec<f32>| -> f64 { row.iter().zip(weights).map(|(a, b)| f64::from(*a) * b).sum() };
    let scores: Vec<f64> = case.rows.iter().map(score).collect();
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = scores.iter().map(|score| (score - top).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.into_iter().map(|part| part / sum).collect()
}

/// Share of cases whose likeliest candidate is right.
pub fn hit_rate(cases: &[&Case], weights: &[f64]) -> f64 {
    let hits = cases.iter().filter(|case| {
        let likely = likely(case, weights);
        let best =
            (0..likely.len()).max_by(|&a, &b| likely[a].total_cmp(&likely[b]).then(b.cmp(&a)));
        best.is_some_and(|best| case.right.contains(&best))
    });
    hits.count() as f64 / cases.len().max(1) as f64
}

/// A text as the features that stand in it, and the class that it is of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted {
    /// Indexes of features, each once.
    pub features: Vec<usize>,
    /// How many it has, with those that have no index.
    pub length: usize,
    /// Index of the class.
    pub class: usize,
}

/// Rounds of fitting a [`softmax`].
const SOFTMAX_ROUNDS: usize = 400;

/// Weights of a softmax over features that are there or not, each text of length 1: `width` features, the last of
/// which stands in every text undivided, by `classes`. `ridge` is against chance.
pub fn softmax(texts: &[Sorted], width: usize, classes: usize, ridge: f32) -> Vec<f32> {
    let size = width * classes;
    let (mut weights, mut mean, mut square) =
        (vec![0.0_f32; size], vec![0.0_f32; size], vec![0.0_f32; size]);
    let count = texts.len().max(1) as f32;
    let mut scores = vec![0.0_f32; classes];
    for round in 1..=SOFTMAX_ROUNDS {
        let mut slope: Vec<f32> = weights.iter().map(|weight| 2.0 * ridge * weight).collect();
        for text in texts {
            let share = 1.0 / (text.length.max(1) as f32).sqrt();
            let parts = text.features.iter().map(|&at| (at, share)).chain([(width - 1, 1.0)]);
            scores.fill(0.0);
            for (at, part) in parts.clone() {
                let row = &weights[at * classes..(at + 1) * classes];
                scores.iter_mut().zip(row).for_each(|(score, weight)| *score += part * weight);
            }
            let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            scores.iter_mut().for_each(|score| *score = (*score - top).exp());
            let all: f32 = scores.iter().sum();
            scores.iter_mut().for_each(|score| *score /= all * count);
            scores[text.class] -= 1.0 / count;
            for (at, part) in parts {
                let row = &mut slope[at * classes..(at + 1) * classes];
                row.iter_mut().zip(&scores).for_each(|(slope, off)| *slope += part * off);
            }
        }
        let rate = 0.2 / (1.0 + round as f32 / 100.0);
        let fresh = (1.0 - 0.9_f32.powi(round as i32), 1.0 - 0.999_f32.powi(round as i32));
        for i in 0..size {
            mean[i] = 0.9 * mean[i] + 0.1 * slope[i];
            square[i] = 0.999 * square[i] + 0.001 * slope[i] * slope[i];
            weights[i] -= rate * (mean[i] / fresh.0) / ((square[i] / fresh.1).sqrt() + 1e-10);
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_tell_classes_apart_get_weights() {
        let text = |features: &[usize], class| {
            let length = features.len();
            Sorted { features: features.to_vec(), length, class }
        };
        // Feature 0 says nothing, 1 and 2 tell; 3 is the one of every text.
        let texts = [text(&[0, 1], 0), text(&[0, 2], 1), text(&[1], 0), text(&[2], 1)];
        let weights = softmax(&texts, 4, 2, 1e-4);
        let says = |feature: usize| weights[2 * feature] - weights[2 * feature + 1];
        assert!(says(1) > 1.0 && says(2) < -1.0, "{weights:?}");
        assert!(says(0).abs() < 0.1, "{weights:?}");
    }

    #[test]
    fn the_feature_that_tells_gets_the_weight() {
        let case = |right: usize, other: f32| {
            let mut rows = vec![vec![0.0, other], vec![0.0, 1.0 - other]];
            rows[right][0] = 1.0;
            Case { id: String::new(), rows, right: vec![right] }
        };
        let cases = [case(0, 0.2), case(1, 0.7), case(0, 0.9), case(1, 0.1)];
        let cases: Vec<&Case> = cases.iter().collect();
        let weights = fit(&cases, 0.01);
        assert!(weights[0] > 1.0 && weights[1].abs() < weights[0] / 2.0, "{weights:?}");
        assert_eq!(hit_rate(&cases, &weights), 1.0);
        assert_eq!(weights, fit(&cases, 0.01));
    }
}
