//! The order of provisions that were found: boosted trees over features that a person can read. Fitted by
//! `khue fit ranker`, shipped as `ranker.json` with the report of the fitting. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use law::{Citation, Library};
use serde::{Deserialize, Serialize};

use crate::find::Signals;
use crate::terms::{Spelling, terms};

/// Provisions of one question that are put in order; what stands further behind keeps its place.
pub const RANKED: usize = 60;

/// Features of a provision among those that were found for a question.
pub const RANK_FEATURES: [&str; 14] = [
    "dense",
    "dense_lead",
    "articles",
    "clauses",
    "dense_place",
    "articles_place",
    "clauses_place",
    "fused",
    "fused_lead",
    "title_covers",
    "title_covered",
    "text_covers",
    "document_share",
    "law",
];

/// Letters of an article that are read for [`RANK_FEATURES`].
const READ: usize = 6000;

/// A decision tree: nodes, of which the first is the root.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tree(pub Vec<Node>);

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Node {
    /// Goes to the node `low` where a feature is at most `at`, else to `high`.
    Split(usize, f32, usize, usize),
    /// Adds to the score.
    Leaf(f32),
}

impl Tree {
    /// What the tree adds to the score of a row of features.
    pub fn score(&self, row: &[f32]) -> f32 {
        let mut at = 0;
        // Children stand behind their parents, so that this ends.
        loop {
            match self.0.get(at) {
                Some(&Node::Split(feature, most, low, high)) if low > at && high > at => {
                    let value = row.get(feature).copied().unwrap_or_default();
                    at = if value <= most { low } else { high };
                }
                Some(&Node::Leaf(value)) => return value,
                _ => return 0.0,
            }
        }
    }
}

/// Trees with the report of their fitting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranker {
    /// How they were fitted, and how well: for people.
    #[serde(default)]
    pub report: BTreeMap<String, serde_json::Value>,
    /// Names of the features by which they split, in order.
    #[serde(default)]
    pub features: Vec<String>,
    /// The trees; their sum is the score.
    pub trees: Vec<Tree>,
}

impl Ranker {
    /// The trees that ship with the program; `None` when they were fitted on other features.
    pub fn shipped() -> Option<&'static Ranker> {
        static SHIPPED: LazyLock<Ranker> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../ranker.json")).unwrap_or_default()
        });
        Some(&*SHIPPED).filter(|it| it.features == RANK_FEATURES && !it.trees.is_empty())
    }

    /// The score of a row of features.
    pub fn score(&self, row: &[f32]) -> f32 {
        self.trees.iter().map(|tree| tree.score(row)).sum()
    }
}

/// What is known of one provision before it is put in order.
pub(crate) struct Found<'a> {
    pub(crate) at: &'a Citation,
    pub(crate) fused: f32,
    pub(crate) signals: Signals,
    /// Places in the lists by meaning, articles and clauses.
    pub(crate) places: [Option<usize>; 3],
}

/// Rows of [`RANK_FEATURES`]; `weight` tells how rare a term is.
pub(crate) fn rows(
    library: &Library,
    question: &str,
    found: &[Found<'_>],
    weight: impl Fn(&str) -> f32,
) -> Vec<Vec<f32>> {
    // Sums are taken in the order of the terms, so that they are the same in every run.
    let asked: BTreeMap<String, f32> = terms(question, Spelling::Folded)
        .into_iter()
        .map(|term| {
            let weight = weight(&term);
            (term, weight)
        })
        .collect();
    let all = asked.values().sum::<f32>().max(1e-6);
    // Terms of the question, each once, that stand among others.
    let held = |terms: &[String]| -> BTreeSet<&str> {
        terms.iter().filter_map(|term| Some(asked.get_key_value(term)?.0.as_str())).collect()
    };
    let weigh = |terms: &BTreeSet<&str>| terms.iter().map(|term| asked[*term]).sum::<f32>();
    let top = |of: fn(&Found<'_>) -> f32| found.iter().map(of).fold(0.0_f32, f32::max).max(1e-6);
    let (dense, articles) = (top(|it| it.signals.dense), top(|it| it.signals.articles));
    let (clauses, fused) = (top(|it| it.signals.clauses), top(|it| it.fused));
    let mut shares: BTreeMap<&str, f32> = BTreeMap::new();
    for it in found.iter().take(20) {
        *shares.entry(&it.at.document).or_default() += it.fused;
    }
    let shared = shares.values().sum::<f32>().max(1e-6);
    let row = |it: &Found<'_>| {
        let (title, text) = words(library, it.at);
        let (mut title, text) = (terms(&title, Spelling::Folded), terms(&text, Spelling::Folded));
        title.sort_unstable();
        title.dedup();
        let of_title: f32 = title.iter().map(|term| weight(term)).sum();
        let mut covered = held(&title);
        let title_covers = weigh(&covered);
        covered.extend(held(&text));
        let place = |i: usize| it.places[i].map_or(0.0, |place| 1.0 / place as f32);
        vec![
            it.signals.dense,
            it.signals.dense - dense,
            it.signals.articles / articles,
            it.signals.clauses / clauses,
            place(0),
            place(1),
            place(2),
            it.fused,
            it.fused - fused,
            title_covers / all,
            title_covers / of_title.max(1e-6),
            weigh(&covered) / all,
            shares.get(it.at.document.as_str()).copied().unwrap_or_default() / shared,
            f32::from(it.at.document.contains("/QH")),
        ]
    };
    found.iter().map(row).collect()
}

/// Headings and the beginning of the words of a provision.
fn words(library: &Library, at: &Citation) -> (String, String) {
    let Some((document, article)) = library.article(at) else { return Default::default() };
    let title = format!("{} {}", article.heading, document.title);
    let mut text = library.text(at).unwrap_or_default();
    if let Some((end, _)) = text.char_indices().nth(READ) {
        text.truncate(end);
    }
    (title, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::sync::Arc;

    #[test]
    fn trees_are_walked_to_a_leaf() {
        let tree = Tree(vec![
            Node::Split(0, 0.5, 1, 2),
            Node::Leaf(-1.0),
            Node::Split(1, 2.0, 3, 4),
            Node::Leaf(1.0),
            Node::Leaf(3.0),
        ]);
        for (row, expect) in [([0.5, 9.0], -1.0), ([0.6, 2.0], 1.0), ([0.6, 2.5], 3.0)] {
            assert_eq!(tree.score(&row), expect, "{row:?}");
        }
        // Damaged trees end.
        assert_eq!(Tree(vec![Node::Split(0, 0.5, 0, 0)]).score(&[0.0]), 0.0);
        assert_eq!(Tree::default().score(&[]), 0.0);
    }

    #[test]
    fn a_question_has_the_same_rows_in_every_run() {
        let question =
            "người lao động đơn phương chấm dứt hợp đồng báo trước bao nhiêu ngày làm việc";
        let place = law::Place { article: Some("35".into()), ..law::Place::default() };
        let article = law::Article { heading: question.into(), place, ..law::Article::default() };
        let document = law::Document { id: "45/2019/QH14".into(), ..law::Document::default() };
        let at = document.cite(&article);
        let texts = HashMap::from([(at.clone(), question.to_owned())]);
        let document = law::Document { articles: vec![article], ..document };
        let library = Library::new(vec![document], Vec::new(), Arc::new(texts));
        let found = [Found { at: &at, fused: 0.7, signals: Signals::default(), places: [None; 3] }];
        // Weights whose sum depends on their order.
        let weight = |term: &str| 1.0 / (1.0 + term.bytes().map(f32::from).sum::<f32>());
        let first = rows(&library, question, &found, weight);
        assert!((first[0][11] - 1.0).abs() < 1e-4, "all terms are covered: {first:?}");
        for _ in 0..50 {
            assert_eq!(rows(&library, question, &found, weight), first);
        }
    }

    #[test]
    fn the_shipped_trees_are_of_these_features() {
        assert!(Ranker::shipped().is_some());
    }
}
