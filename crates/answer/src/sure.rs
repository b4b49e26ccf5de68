//! How sure an answer is to be right, and what is done when it is not.
//!
//! Two logistic models over signs of the search, one for cards and one for clauses, fitted by `khue fit sure` on
//! labelled questions. What is less sure than their threshold is given as such: with the other procedures that may be
//! meant, or with the warning that the clauses may not answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Choice, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::choose::{Candidate, What, score};
use crate::decide::Found;
use crate::settle::Settled;
use crate::words::telling;

/// Signs of a card.
pub const CARD_SIGNS: [&str; 17] = [
    "always",
    "likely",
    "share",
    "second",
    "law",
    "nothing",
    "name_covers",
    "card_covers",
    "covers_name",
    "words",
    "dense",
    "dense_rank",
    "law_dense",
    "unmarked",
    "said_covers",
    "named",
    "kind_lead",
];

/// Signs of clauses.
pub const LAW_SIGNS: [&str; 17] = [
    "always",
    "law",
    "nothing",
    "procedures",
    "best_procedure",
    "dense",
    "score",
    "lead",
    "lead_of_third",
    "first_covers",
    "best_covers",
    "covers_title",
    "words",
    "same_document",
    "sources",
    "unmarked",
    "dense_behind",
];

/// Weights of the signs, and from where on an answer is sure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sure {
    /// Of cards.
    pub card: BTreeMap<String, f32>,
    /// Of clauses.
    pub law: BTreeMap<String, f32>,
    /// Least likelihood of a card that is given without a doubt.
    pub card_from: f32,
    /// The same of clauses.
    pub law_from: f32,
    /// How they were fitted, and how well: for people.
    #[serde(default)]
    pub report: BTreeMap<String, serde_json::Value>,
}

/// What speaks for an answer, as its trace keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signs {
    /// Whether it is a card; else clauses.
    pub card: bool,
    /// Values by [`CARD_SIGNS`] or [`LAW_SIGNS`]; empty where nothing was weighed.
    pub row: Vec<f32>,
}

impl Sure {
    /// The weights that ship with the program.
    pub fn shipped() -> &'static Sure {
        static SHIPPED: LazyLock<Sure> = LazyLock::new(|| {
            serde_json::from_str(include_str!("../sure.json")).unwrap_or_default()
        });
        &SHIPPED
    }

    /// How likely an answer of some signs is right, 0 to 1.
    pub fn likely(&self, signs: &Signs) -> f32 {
        let (names, weights) = match signs.card {
            true => (&CARD_SIGNS, &self.card),
            false => (&LAW_SIGNS, &self.law),
        };
        1.0 / (1.0 + (-score(names, weights, &signs.row)).exp())
    }

    fn from(&self, signs: &Signs) -> f32 {
        if signs.card { self.card_from } else { self.law_from }
    }
}

/// Most other procedures that are offered beside a card that is not sure.
const OTHERS: usize = 3;

impl Assistant {
    /// Weighs a settled answer; one that is not sure says so.
    pub(crate) fn unsure(&self, settled: Settled, found: &Found, sure: &Sure) -> (Settled, Signs) {
        let signs = match &settled {
            Settled::Whole(answer) if answer.certainty.is_some() => match &answer.card {
                Some(card) => card_signs(found, &card.code, &card.words(), self),
                None => return (settled, Signs::default()),
            },
            Settled::Clauses { route: Route::Law, sources, .. } => law_signs(found, sources),
            _ => return (settled, Signs::default()),
        };
        let likely = sure.likely(&signs);
        let doubted = likely < sure.from(&signs);
        let settled = match settled {
            Settled::Whole(answer) => {
                let answer = Answer { certainty: Some(likely), ..*answer };
                match doubted {
                    true => self.doubted_card(answer, &found.candidates),
                    false => answer,
                }
                .into()
            }
            Settled::Clauses { route, sources, lead, .. } if doubted => {
                let lead = format!("{lead}{}", self.prompts.say("unsure_law", &[]));
                let next = self.prompts.say("not_found_next", &[]);
                let text = format!("{lead}{}\n\n{next}", self.quoted(&sources));
                let (certainty, next) = (Some(likely), Some(next));
                let blank = self.blank(route, Verdict::Partial);
                Answer { text, sources, certainty, next, ..blank }.into()
            }
            Settled::Clauses { route, sources, lead, .. } => {
                Settled::Clauses { route, sources, lead, certainty: Some(likely) }
            }
        };
        (settled, signs)
    }

    /// A card that may be another one: with those that may be meant instead.
    fn doubted_card(&self, mut answer: Answer, candidates: &[Candidate]) -> Answer {
        let library = self.search.library();
        let shown = answer.card.as_ref().map_or("", |card| &card.code);
        let others = candidates.iter().filter_map(|it| match it.what {
            What::Procedure(i) => self.sight().procedure(&library.procedures()[i].code),
            What::Law | What::Nothing => None,
        });
        let others = others.filter(|it| it.code != shown).take(OTHERS);
        let others: Vec<Choice> = others.map(Choice::of).collect();
        let lead = if others.is_empty() { "unsure_card_alone" } else { "unsure_card" };
        let lead = self.prompts.say(lead, &[]);
        answer.text = format!("{lead}{}\n\n{}", Choice::numbered(&others), answer.text);
        answer.verdict = Verdict::Partial;
        answer.options.extend(others);
        answer
    }
}

fn likely(found: &Found, what: What) -> f32 {
    found.candidates.iter().find(|it| it.what == what).map_or(0.0, |it| it.likely)
}

fn procedures(found: &Found) -> impl Iterator<Item = &Candidate> {
    found.candidates.iter().filter(|it| matches!(it.what, What::Procedure(_)))
}

fn card_signs(found: &Found, code: &str, words: &str, me: &Assistant) -> Signs {
    let library = me.search.library();
    let is = |it: &&Candidate| match it.what {
        What::Procedure(i) => library.procedures()[i].code == code,
        What::Law | What::Nothing => false,
    };
    let Some(best) = procedures(found).find(is) else { return Signs::default() };
    let all: f32 = procedures(found).map(|it| it.likely).sum();
    let second = procedures(found).find(|it| !is(it)).map_or(0.0, |it| it.likely);
    let (law, nothing) = (likely(found, What::Law), likely(found, What::Nothing));
    let question = telling(&found.read.text);
    let name = telling(library.procedure(code).map_or("", |it| it.short_name()));
    let row = vec![
        1.0,
        best.likely,
        best.likely / all.max(1e-6),
        log(second / best.likely.max(1e-6)),
        law,
        nothing,
        share(&question, &name),
        share(&question, &telling(words)),
        share(&name, &question),
        count(&question),
        best.features[0],
        best.features[4],
        found.provisions.iter().map(|hit| hit.signals.dense).fold(0.0, f32::max),
        f32::from(found.read.typed.unmarked),
        best.features[7],
        best.features[8],
        all - law.max(nothing),
    ];
    Signs { card: true, row }
}

fn law_signs(found: &Found, sources: &[Source]) -> Signs {
    let hits = &found.provisions;
    let Some(top) = hits.first() else { return Signs::default() };
    let question = telling(&found.read.text);
    let covers =
        |source: &Source| share(&question, &telling(&format!("{} {}", source.title, source.quote)));
    let lead = |n: usize| hits.get(n).map_or(0.0, |hit| top.score - hit.score);
    let near = hits.len().min(6);
    let same = hits[..near].iter().filter(|it| it.citation.document == top.citation.document);
    let best = procedures(found).next().map_or(0.0, |it| it.likely);
    let dense = hits.iter().map(|hit| hit.signals.dense).fold(0.0, f32::max);
    let row = vec![
        1.0,
        likely(found, What::Law),
        likely(found, What::Nothing),
        procedures(found).map(|it| it.likely).sum(),
        log(best),
        top.signals.dense,
        top.score,
        lead(1),
        lead(3),
        sources.first().map_or(0.0, covers),
        sources.iter().map(covers).fold(0.0, f32::max),
        sources.first().map_or(0.0, |it| share(&telling(&it.title), &question)),
        count(&question),
        same.count() as f32 / near as f32,
        sources.len() as f32 / 3.0,
        f32::from(found.read.typed.unmarked),
        dense - top.signals.dense,
    ];
    Signs { card: false, row }
}

fn share(of: &BTreeSet<String>, among: &BTreeSet<String>) -> f32 {
    of.intersection(among).count() as f32 / of.len().max(1) as f32
}

/// Telling words in tens; of more than thirty no more is told.
fn count(words: &BTreeSet<String>) -> f32 {
    words.len().min(30) as f32 / 10.0
}

/// A likelihood on a scale from -1 to 0.
fn log(likely: f32) -> f32 {
    likely.clamp(1e-4, 1.0).log10() / 4.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weights_are_of_these_signs() {
        let sure = Sure::shipped();
        for (names, weights) in [(&CARD_SIGNS, &sure.card), (&LAW_SIGNS, &sure.law)] {
            assert!(weights.keys().all(|name| names.contains(&name.as_str())), "{weights:?}");
            assert_eq!(weights.len(), names.len());
        }
        assert!((0.0..1.0).contains(&sure.card_from) && (0.0..1.0).contains(&sure.law_from));
    }

    #[test]
    fn likelihoods_follow_the_weights() {
        let weights = BTreeMap::from([("always".to_owned(), -1.0), ("likely".to_owned(), 3.0)]);
        let sure = Sure { card: weights, ..Sure::default() };
        let of = |likely: f32| sure.likely(&Signs { card: true, row: vec![1.0, likely] });
        assert!(of(0.0) < 0.3 && of(1.0) > 0.85 && of(0.5) > of(0.4));
    }
}
