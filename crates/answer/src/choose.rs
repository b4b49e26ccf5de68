//! What a question is about: one of the procedures that were found, the law, or nothing that we have. A conditional
//! logit over features that a person can read; its weights are fitted by `khue fit` and stand in `choice.json`.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use law::{Library, Procedure};
use search::{Fit, Hit, Search, Typed};
use serde::{Deserialize, Serialize};

use crate::age;
use crate::route;

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

/// One thing that a question may be about, with what speaks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub what: What,
    /// By the names of [`FEATURES`].
    pub features: [f32; COUNT],
    /// How likely it is; all candidates together make 1.
    pub likely: f32,
}

/// How many features there are.
pub const COUNT: usize = 34;

/// Names of the features: those of a procedure, then of the law, then of nothing.
pub const FEATURES: [&str; COUNT] = [
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
    "law",
    "law_dense",
    "law_coverage",
    "law_words",
    "law_amount",
    "law_procedure_words",
    "law_staff",
    "nothing",
    "nothing_uncovered",
    "nothing_dense",
    "nothing_no_words",
    "nothing_law_uncovered",
];

/// Weights with the report of their fitting, as `khue fit` writes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// By feature; one that is missing weighs nothing.
    pub weights: BTreeMap<String, f32>,
    /// How they were fitted, and how well: for people.
    #[serde(default)]
    pub report: BTreeMap<String, serde_json::Value>,
}

impl Weights {
    /// In the order of [`FEATURES`].
    pub fn row(&self) -> [f32; COUNT] {
        FEATURES.map(|name| self.weights.get(name).copied().unwrap_or_default())
    }
}

/// The weights that ship with the program.
pub(crate) fn shipped() -> &'static Weights {
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
    without: Option<&str>,
) -> Vec<Candidate> {
    let library = search.library();
    let fits = search.names().fits(&typed.text);
    let in_law = match typed.in_law.is_empty() {
        true => HashMap::new(),
        false => search.names().fits(&typed.expanded()),
    };
    let index: HashMap<&str, usize> =
        library.procedures().iter().enumerate().map(|(i, it)| (it.code.as_str(), i)).collect();
    let mut found: Vec<(usize, Option<&Hit>)> = procedures
        .iter()
        .filter_map(|hit| Some((*index.get(hit.citation.document.as_str())?, Some(hit))))
        .collect();
    let mut by_name: Vec<(f32, usize)> =
        fits.iter().chain(&in_law).map(|(&i, fit)| (fit.said.max(fit.named) * (0.5 + fit.covers), i)).collect();
    by_name.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, i) in by_name.into_iter().take(MOST / 2) {
        if found.iter().all(|(known, _)| *known != i) {
            found.push((i, None));
        }
    }
    found.retain(|(i, _)| without != Some(library.procedures()[*i].code.as_str()));
    let question = Question::read(typed);
    let top = |of: fn(&Hit) -> f32| procedures.iter().map(of).fold(0.0_f32, f32::max).max(1e-6);
    let tops = (top(|hit| hit.signals.dense), top(|hit| hit.signals.articles), top(|hit| hit.signals.clauses));
    let blank = |what| Candidate { what, features: [0.0; COUNT], likely: 0.0 };
    let mut candidates = Vec::with_capacity(found.len() + 2);
    for (i, hit) in found {
        let procedure = &library.procedures()[i];
        let mut row = [0.0; COUNT];
        let (fit, also) = (fits.get(&i).copied().unwrap_or_default(), in_law.get(&i).copied().unwrap_or_default());
        of_procedure(&mut row, library, procedure, &question, (fit, also));
        if let Some(hit) = hit {
            let signals = hit.signals;
            row[0] = (signals.dense - 0.4).max(0.0);
            row[1] = signals.dense - tops.0;
            row[2] = signals.articles / tops.1;
            row[3] = signals.clauses / tops.2;
            row[4] = hit.ranks.dense.map_or(0.0, |rank| 1.0 / rank as f32);
            row[5] = hit.ranks.clauses.map_or(0.0, |rank| 1.0 / rank as f32);
        } else {
            row[1] = -0.2;
        }
        candidates.push(Candidate { features: row, ..blank(What::Procedure(i)) });
    }
    let mut law = blank(What::Law);
    let best_law = provisions.iter().map(|hit| hit.signals.dense).fold(0.0, f32::max);
    let covered = provisions
        .iter()
        .take(3)
        .filter_map(|hit| {
            let (_, article) = library.article(&hit.citation)?;
            let words = format!("{} {}", article.heading, library.text(&hit.citation)?);
            Some(route::coverage(&typed.text, &words))
        })
        .fold(0.0, f32::max);
    law.features[22] = 1.0;
    law.features[23] = (best_law - 0.4).max(0.0);
    law.features[24] = covered;
    law.features[25] = f32::from(question.law);
    law.features[26] = f32::from(question.amount);
    law.features[27] = f32::from(question.procedure);
    law.features[28] = f32::from(staff);
    let mut nothing = blank(What::Nothing);
    let covers = candidates.iter().map(|it| it.features[9]).fold(0.0, f32::max);
    nothing.features[29] = 1.0;
    nothing.features[30] = 1.0 - covers;
    nothing.features[31] = 1.0 - tops.0;
    nothing.features[32] = f32::from(!question.law && !question.procedure);
    nothing.features[33] = 1.0 - covered;
    candidates.extend([law, nothing]);
    likely(&mut candidates, &shipped().row());
    candidates
}

/// Softmax over the candidates, likeliest first; ties in the order of the library.
pub(crate) fn likely(candidates: &mut [Candidate], weights: &[f32; COUNT]) {
    let score = |it: &Candidate| -> f32 { it.features.iter().zip(weights).map(|(a, b)| a * b).sum() };
    let scores: Vec<f32> = candidates.iter().map(score).collect();
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - top).exp()).sum();
    for (candidate, score) in candidates.iter_mut().zip(scores) {
        candidate.likely = (score - top).exp() / sum;
    }
    candidates.sort_by(|a, b| b.likely.total_cmp(&a.likely));
}

/// What matters of a question besides its words.
struct Question {
    folded: String,
    ages: Vec<u32>,
    foreign: bool,
    law: bool,
    amount: bool,
    procedure: bool,
}

/// Words of law, folded.
const LAW: &[&str] = &[
    "luat", "bo luat", "quy dinh", "nghi dinh", "thong tu", "nghi quyet", "dieu", "khoan", "phap luat", "hieu luc",
    "ap dung", "tham quyen", "phan cap", "phan quyen", "uy quyen", "trach nhiem", "van ban",
];
/// What is asked of the law rather than of an office.
const AMOUNT: &[&str] = &[
    "bao nhieu tuoi", "may tuoi", "bao nhieu nam", "may nam", "bao nhieu phan tram", "phan tram", "phat", "muc phat",
    "toi da", "toi thieu", "duoc nghi", "co duoc", "co quyen", "duoc huong", "bat buoc", "bi cam", "duoc phep",
    "dieu kien", "thoi hieu", "lai suat", "tuoi", "co phai", "hieu luc",
];
/// What is asked of an office.
const OFFICE: &[&str] = &[
    "thu tuc", "ho so", "giay to", "nop", "xin", "dang ky", "cap", "lam lai", "mau", "don", "to khai", "o dau",
    "le phi", "phi", "can gi", "mang gi", "may ngay", "bao lau", "online", "truc tuyen", "qua mang", "mien phi",
    "how", "register", "document", "documents",
];
/// Words that tell of another country, folded.
const FOREIGN: &[&str] = &[
    "nuoc ngoai", "quoc tich", "viet kieu", "nguoi nhat", "nguoi han", "nguoi my", "nguoi duc", "nguoi phap",
    "nguoi trung quoc", "nguoi dai loan", "nguoi anh", "nguoi uc", "nguoi tay", "nguoi nga", "nguoi thai",
    "nguoi lao", "nguoi campuchia", "nguoi canada", "chong tay", "vo tay", "foreigner", "foreign", "ngoai kieu",
    "nguoi singapore", "nguoi an do", "nguoi y", "dinh cu o",
];
const FIRM: &[&str] = &["cong ty", "doanh nghiep", "co phan", "tnhh"];
const HOUSEHOLD: &[&str] = &["ho kinh doanh", "quan", "tiem", "sap", "shop"];

impl Question {
    fn read(typed: &Typed) -> Question {
        let folded = route::spaced(&typed.text);
        let any = |words: &[&str]| words.iter().any(|word| route::holds(&folded, word));
        Question {
            ages: age::told(&folded),
            foreign: any(FOREIGN),
            law: any(LAW),
            amount: any(AMOUNT),
            procedure: any(OFFICE),
            folded,
        }
    }
}

fn of_procedure(
    row: &mut [f32; COUNT],
    library: &Library,
    procedure: &Procedure,
    question: &Question,
    (fit, also): (Fit, Fit),
) {
    (row[6], row[7]) = (fit.said, fit.said * fit.said_covers);
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
        Some(true) => row[16] = 1.0,
        Some(false) => row[17] = 1.0,
        None => {}
    }
    let foreign = route::holds(&name, "nuoc ngoai") || route::holds(&name, "quoc tich");
    row[18] = f32::from(foreign && question.foreign);
    row[19] = f32::from(foreign && !question.foreign);
    row[20] = f32::from(!foreign && question.foreign);
    let any = |text: &str, words: &[&str]| words.iter().any(|word| route::holds(text, word));
    let firm = any(&question.folded, FIRM) && !any(&question.folded, &HOUSEHOLD[..1]);
    let household = any(&question.folded, HOUSEHOLD) && !any(&question.folded, FIRM);
    let (of_household, of_firm) = (any(&name, &HOUSEHOLD[..1]), any(&name, FIRM));
    row[21] = f32::from(firm && of_household || household && of_firm && !of_household);
}
