//! Ranked lists against gold articles.

use std::collections::BTreeSet;

use crate::Scores;

/// A labelled question: the articles or procedures that answer it, as `(document, article)`; the
/// article of a procedure is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gold {
    /// Its id.
    pub id: String,
    /// What answers it.
    pub relevant: Vec<(String, String)>,
}

/// What was found for a question, best first, in the same form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranked {
    /// The question's id.
    pub id: String,
    /// Documents and articles.
    pub hits: Vec<(String, String)>,
}

/// R@1, R@10, R@20 (share of gold found), H@1 (any gold first), MRR@10 and nDCG@10 with binary gains
/// (Järvelin and Kekäläinen 2002), averaged over questions. A question without a result counts 0.
pub fn retrieval(gold: &[Gold], results: &[Ranked]) -> Scores {
    let mut sums = Scores::new();
    for question in gold {
        let wanted: BTreeSet<_> = question.relevant.iter().map(key).collect();
        if wanted.is_empty() {
            continue;
        }
        let mut ranked = Vec::new();
        for hit in results
            .iter()
            .find(|result| result.id == question.id)
            .map_or(&[][..], |result| &result.hits)
        {
            let hit = key(hit);
            if !ranked.contains(&hit) {
                ranked.push(hit);
            }
        }
        let places: Vec<usize> =
            (0..ranked.len()).filter(|&i| wanted.contains(&ranked[i])).collect();
        let found =
            |k: usize| places.iter().filter(|&&i| i < k).count() as f64 / wanted.len() as f64;
        let gain = |i: usize| 1.0 / ((i + 2) as f64).log2();
        let ideal: f64 = (0..wanted.len().min(10)).map(gain).sum();
        let dcg: f64 = places.iter().filter(|&&i| i < 10).map(|&i| gain(i)).sum();
        let first = places.first().filter(|&&i| i < 10).map_or(0.0, |i| 1.0 / (i + 1) as f64);
        for (name, value) in [
            ("n", 1.0),
            ("R@1", found(1)),
            ("R@10", found(10)),
            ("R@20", found(20)),
            ("H@1", f64::from(u8::from(places.first() == Some(&0)))),
            ("MRR@10", first),
            ("nDCG@10", dcg / ideal),
        ] {
            *sums.entry(name.to_owned()).or_default() += value;
        }
    }
    let n = sums.get("n").copied().unwrap_or(1.0);
    sums.iter_mut().filter(|(name, _)| name.as_str() != "n").for_each(|(_, value)| *value /= n);
    sums
}

fn key((document, article): &(String, String)) -> (String, String) {
    (law::canonical(document), article.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(document, article)| ((*document).to_owned(), (*article).to_owned()))
            .collect()
    }

    #[test]
    fn figures_are_those_of_the_formulas() {
        let gold = [
            Gold {
                id: "a".into(),
                relevant: pairs(&[("60/2014/QH13", "15"), ("60/2014/QH13", "16")]),
            },
            Gold { id: "b".into(), relevant: pairs(&[("1.001193", "")]) },
            Gold { id: "c".into(), relevant: pairs(&[("1.001193", "")]) },
        ];
        let results = [
            Ranked { id: "a".into(), hits: pairs(&[("x/2014/QH13", "1"), ("60/2014/QH13", "15")]) },
            Ranked { id: "b".into(), hits: pairs(&[("1.001193", "")]) },
        ];
        let scores = retrieval(&gold, &results);
        assert!((scores["n"] - 3.0).abs() < 1e-9);
        assert!((scores["R@10"] - 0.5).abs() < 1e-9);
        assert!((scores["H@1"] - 1.0 / 3.0).abs() < 1e-9);
        assert!((scores["MRR@10"] - 0.5).abs() < 1e-9);
        // (1/log2(3)) / (1 + 1/log2(3)) for the first, 1 for the second, 0 for the third.
        assert!((scores["nDCG@10"] - (0.386_852_8 + 1.0) / 3.0).abs() < 1e-6);
    }
}
