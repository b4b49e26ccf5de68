//! What a question is about: one of the procedures that were found, the law, or nothing that we have. Two logits over
//! features that a person can read, one between the procedures, one between the three kinds; their weights are
//! fitted by `khue fit` and stand in `choice.json`.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use law::{Library, Procedure};
use search::{Fit, Hit, Search, Typed};
use serde::{Deserialize, Serialize};

use crate::age;
use crate::route;
use question::{FIRM, HOUSEHOLD, PROVINCE, Question};

mod question;

pub(crate) use question::asks_law;

/// What a question may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A procedure, by its index in the library.
    Procedure(usize),
    /// A question of law.
    Law,
    /// Nothing that we have.
    Nothing,
}

/// One thing that a question may be about.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub what: What,
    /// What speaks for it: a procedure by the names of [`FEATURES`]; empty for the others.
    pub features: Vec<f32>,
    /// How likely it is; all candidates together make 1.
    pub likely: f32,
}

/// What a question may be about, weighed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weighed {
    /// Likeliest first.
    pub candidates: Vec<Candidate>,
    /// What speaks for its being about a procedure, the law or nothing, by the names of [`SIGNS`].
    pub signs: Vec<f32>,
}

/// Features of a procedure.
pub const FEATURES: [&str; 25] = [
    "dense",
    "dense_lead",
    "articles",
    "clauses",
    "dense_rank",
    "clauses_rank",
    "said",
    "said_covers",
    "named",
    "covers",
    "law_said",
    "law_named",
    "commune",
    "ministry",
    "own",
    "offered",
    "age_fits",
    "age_contradicts",
    "foreign_both",
    "foreign_name",
    "foreign_question",
    "business_other",
    "said_dense",
    "level_told",
    "object_other",
];

/// Signs of what kind of question it is.
pub const SIGNS: [&str; 20] = [
    "always",
    "best_score",
    "best_lead",
    "best_named",
    "best_said",
    "best_covers",
    "best_dense",
    "law_dense",
    "law_coverage",
    "law_words",
    "amount",
    "office",
    "modal",
    "need",
    "field",
    "staff",
    "no_words",
    "dense_gap",
    "object_other",
    "law_object_other",
];

/// Weights with the report of their fitting, as `khue fit` writes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Of the features of a procedure.
    pub procedures: BTreeMap<String, f32>,
    /// Of the signs that a procedure is asked for, beside nothing that we have.
    pub procedure: BTreeMap<String, f32>,
    /// Of the signs that the law is asked for, beside nothing that we have.
    pub law: BTreeMap<String, f32>,
    /// How they were fitted, and how well: for people.
    #[serde(default)]
    pub report: BTreeMap<String, serde_json::Value>,
}

/// The feature of a procedure that is for the age which a question tells.
const AGE_FITS: usize = 16;
/// What such a procedure gets besides its fitted weight: few questions tell an age, and where one does it decides.
const AGE: f32 = 1.5;

/// The sum of a row's values by the weights of their names.
pub(crate) fn score(names: &[&str], weights: &BTreeMap<String, f32>, row: &[f32]) -> f32 {
    names
        .iter()
        .zip(row)
        .map(|(name, value)| weights.get(*name).copied().unwrap_or_default() * value)
        .sum()
}

/// The weights that ship with the program.
fn shipped() -> &'static Weights {
    static SHIPPED: LazyLock<Weights> =
        LazyLock::new(|| serde_json::from_str(include_str!("../choice.json")).unwrap_or_default());
    &SHIPPED
}

/// Most procedures that are weighed.
const MOST: usize = 24;

/// Weighs what a question may be about, likeliest first.
pub(crate) fn weigh(
    search: &Search,
    typed: &Typed,
    procedures: &[Hit],
    provisions: &[Hit],
    staff: bool,
    sees: &dyn Fn(&Procedure) -> bool,
) -> Weighed {
    let library = search.library();
    let telling = route::telling(&typed.text);
    let fits = search.names().fits(&telling);
    let in_law = match typed.in_law.is_empty() {
        true => HashMap::new(),
        false => search.names().fits(&format!("{telling}. {}", typed.in_law.join(". "))),
    };
    let index: HashMap<&str, usize> =
        library.procedures().iter().enumerate().map(|(i, it)| (it.code.as_str(), i)).collect();
    let mut found: Vec<(usize, Option<&Hit>)> = procedures
        .iter()
        .filter_map(|hit| Some((*index.get(hit.citation.document.as_str())?, Some(hit))))
        .collect();
    let mut by_name: Vec<(f32, usize)> = fits
        .iter()
        .chain(&in_law)
        .map(|(&i, fit)| (fit.said.max(fit.named) * (0.5 + fit.covers), i))
        .collect();
    by_name.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, i) in by_name.into_iter().take(MOST / 2) {
        if found.iter().all(|(known, _)| *known != i) {
            found.push((i, None));
        }
    }
    found.retain(|(i, _)| sees(&library.procedures()[*i]));
    let question = Question::read(typed);
    let object = route::object(&telling);
    let top = |of: fn(&Hit) -> f32| procedures.iter().map(of).fold(0.0_f32, f32::max).max(1e-6);
    let tops = (
        top(|hit| hit.signals.dense),
        top(|hit| hit.signals.articles),
        top(|hit| hit.signals.clauses),
    );
    let mut candidates: Vec<Candidate> = Vec::with_capacity(found.len() + 2);
    for (i, hit) in found {
        let procedure = &library.procedures()[i];
        let mut row = vec![0.0; FEATURES.len()];
        let (fit, also) = (
            fits.get(&i).copied().unwrap_or_default(),
            in_law.get(&i).copied().unwrap_or_default(),
        );
        of_procedure(&mut row, library, procedure, &question, (fit, also));
        row[24] = 1.0 - search.names().holds(i, &object);
        if let Some(hit) = hit {
            let signals = hit.signals;
            row[0] = (signals.dense - 0.4).max(0.0);
            row[1] = signals.dense - tops.0;
            row[2] = signals.articles / tops.1;
            row[3] = signals.clauses / tops.2;
            row[4] = hit.ranks.dense.map_or(0.0, |rank| 1.0 / rank as f32);
            row[5] = hit.ranks.clauses.map_or(0.0, |rank| 1.0 / rank as f32);
            row[22] = row[7] * row[0];
        } else {
            row[1] = -0.2;
        }
        candidates.push(Candidate { what: What::Procedure(i), features: row, likely: 0.0 });
    }
    let best_law = provisions.iter().map(|hit| hit.signals.dense).fold(0.0, f32::max);
    let texts: Vec<String> = provisions
        .iter()
        .take(3)
        .filter_map(|hit| {
            let (_, article) = library.article(&hit.citation)?;
            Some(format!("{} {}", article.heading, library.text(&hit.citation)?))
        })
        .collect();
    let most = |of: &str| texts.iter().map(|text| route::coverage(of, text)).fold(0.0, f32::max);
    let covered = most(&typed.text);
    let mut signs = vec![0.0; SIGNS.len()];
    signs[0] = 1.0;
    signs[7] = (best_law - 0.4).max(0.0);
    signs[8] = covered;
    signs[9] = f32::from(question.law);
    signs[10] = f32::from(question.amount);
    signs[11] = f32::from(question.procedure);
    signs[12] = f32::from(question.modal);
    signs[13] = f32::from(question.need);
    signs[14] = f32::from(question.field);
    signs[15] = f32::from(staff);
    signs[16] = f32::from(!question.law && !question.procedure);
    signs[17] = tops.0 - best_law;
    signs[19] = if object.is_empty() { 0.0 } else { 1.0 - most(&object) };
    // An age that a procedure is not for rules it out, where another is for it.
    if candidates.iter().any(|it| it.features[AGE_FITS] > 0.0) {
        candidates.retain(|it| it.features[17] == 0.0);
    }
    let mut weighed = Weighed { candidates, signs };
    weighed.again(shipped());
    weighed
}

impl Weighed {
    /// Weighs the same features anew.
    pub fn again(&mut self, weights: &Weights) {
        self.candidates.retain(|it| matches!(it.what, What::Procedure(_)));
        let scored = |it: &Candidate| {
            let for_this_age = it.features[AGE_FITS] > 0.0;
            score(&FEATURES, &weights.procedures, &it.features)
                + if for_this_age { AGE } else { 0.0 }
        };
        self.candidates.sort_by(|a, b| scored(b).total_cmp(&scored(a)));
        let scores: Vec<f32> = self.candidates.iter().map(scored).collect();
        let within = softmax(&scores);
        let signs = &mut self.signs;
        signs[1..7].fill(0.0);
        signs[18] = 0.0;
        if let Some(best) = self.candidates.first().map(|it| &it.features) {
            signs[1] = scores[0] / 10.0;
            signs[2] = scores.get(1).map_or(1.0, |second| (scores[0] - second).min(5.0) / 5.0);
            signs[3] = best[8].max(best[11]);
            signs[4] = best[6].max(best[10]);
            signs[5] = best[9];
            signs[6] = best[0];
            signs[18] = best[24];
        }
        let kinds = softmax(&[
            score(&SIGNS, &weights.procedure, signs),
            score(&SIGNS, &weights.law, signs),
            0.0,
        ]);
        for (candidate, within) in self.candidates.iter_mut().zip(within) {
            candidate.likely = kinds[0] * within;
        }
        let other = |what, likely| Candidate { what, features: Vec::new(), likely };
        self.candidates.extend([other(What::Law, kinds[1]), other(What::Nothing, kinds[2])]);
        self.candidates.sort_by(|a, b| b.likely.total_cmp(&a.likely));
    }
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let parts: Vec<f32> = scores.iter().map(|score| (score - top).exp()).collect();
    let sum: f32 = parts.iter().sum();
    parts.into_iter().map(|part| part / sum).collect()
}

fn of_procedure(
    row: &mut [f32],
    library: &Library,
    procedure: &Procedure,
    question: &Question,
    (fit, also): (Fit, Fit),
) {
    (row[6], row[7]) = (fit.said, fit.said * fit.said_covers);
    let told = |level: &[&str]| level.iter().any(|word| route::holds(&question.folded, word));
    let high = procedure.levels.iter().all(|level| !level.contains("xã"));
    row[23] = f32::from(high && question.says(PROVINCE))
        - f32::from(high && told(&["phuong", "xa", "cap xa"]));
    (row[8], row[9]) = (fit.named, fit.covers);
    (row[10], row[11]) = (also.said * also.said_covers, also.named);
    let level = |name: &str| procedure.levels.iter().any(|level| level.contains(name));
    row[12] = f32::from(level("xã"));
    row[13] = f32::from(!level("xã") && !level("tỉnh"));
    row[14] = f32::from(procedure.own());
    let offered = library
        .topics()
        .iter()
        .filter_map(|topic| topic.options.iter().position(|option| option.code == procedure.code))
        .min();
    row[15] = offered.map_or(0.0, |at| 1.0 / (1.0 + at as f32));
    let name = route::spaced(&format!("{} {}", procedure.name, procedure.short));
    match age::fits(&name, &question.ages) {
        Some(true) => row[AGE_FITS] = 1.0,
        Some(false) => row[17] = 1.0,
        None => {}
    }
    let foreign = route::holds(&name, "nuoc ngoai") || route::holds(&name, "quoc tich");
    row[18] = f32::from(foreign && question.foreign);
    row[19] = f32::from(foreign && !question.foreign);
    row[20] = f32::from(!foreign && question.foreign);
    let any = |text: &str, words: &[&str]| words.iter().any(|word| route::holds(text, word));
    let firm = any(&question.folded, FIRM) && !question.says(&HOUSEHOLD[..1]);
    let household = question.says(HOUSEHOLD) && !any(&question.folded, FIRM);
    let (of_household, of_firm) = (route::holds(&name, "ho kinh doanh"), any(&name, FIRM));
    row[21] = f32::from(firm && of_household || household && of_firm && !of_household);
}
