//! The draft beside the law, by likeness of words: checks 11, 20, 22 and 23. What is found by likeness is a suspicion
//! and says so; a repetition letter for letter is a fact.
//!
//! Compared are the documents that the draft rests on or cites, as they stand on the day.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use law::{Citation, Document, Part, Place};

use crate::case::{Case, Found, cut, pairs, syllables};
use crate::check::amounts::{self, Amount, Bound};
use crate::draft::Unit;
use crate::finding::Severity;

/// A clause of the law, or an article without clauses.
struct Provision {
    at: Citation,
    heading: String,
    text: String,
    words: HashSet<String>,
}

/// What a draft is compared with.
struct Pool {
    provisions: Vec<Provision>,
    /// How rare a pair of syllables is.
    weight: HashMap<String, f32>,
}

/// Most provisions that are compared: the largest codes together.
const MOST: usize = 12_000;

impl Pool {
    fn of(case: &Case<'_>) -> Pool {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut provisions = Vec::new();
        let mains = case.grounds.iter().filter_map(|ground| ground.main.as_ref());
        // A basis with a wrong number is compared as the document that was meant.
        let meant =
            mains.clone().filter_map(|main| crate::check::catalogue::meant(case, main, &main.span));
        let documents = mains.chain(&case.cited).filter_map(|cited| cited.document).chain(meant);
        for document in documents {
            let organisation = viet::fold(&document.title).starts_with("luat to chuc chinh quyen");
            // What the draft itself changes is no measure for it.
            let higher = law::rank(&document.id) < case.issuer.rank("");
            if organisation || !higher || !seen.insert(&document.id) || provisions.len() > MOST {
                continue;
            }
            cut_up(case, document, &mut provisions);
        }
        let mut count: HashMap<String, f32> = HashMap::new();
        for provision in &provisions {
            for word in &provision.words {
                *count.entry(word.clone()).or_default() += 1.0;
            }
        }
        let all = provisions.len() as f32 + 1.0;
        let weight =
            count.into_iter().map(|(word, n)| (word, (all / (n + 0.5)).ln().max(0.1))).collect();
        Pool { provisions, weight }
    }

    fn weight(&self, word: &str) -> f32 {
        // What no provision has is rare, and tells little: names and slips.
        self.weight.get(word).copied().unwrap_or(2.5)
    }

    fn sum<'w>(&self, words: impl Iterator<Item = &'w String>) -> f32 {
        words.map(|word| self.weight(word)).sum()
    }
}

fn cut_up(case: &Case<'_>, document: &Document, provisions: &mut Vec<Provision>) {
    for article in &document.articles {
        if article.place.article.as_deref() == Some("0")
            && !matches!(article.place.part, Some(Part::Annex(_)))
        {
            continue;
        }
        let whole = document.cite(article);
        let mut add = |at: Citation, text: String| {
            let words = pairs(&text).into_iter().collect();
            provisions.push(Provision { at, heading: article.heading.clone(), text, words });
        };
        if article.clauses.is_empty() {
            if let Some(text) = case.library.text(&whole) {
                add(whole, text);
            }
            continue;
        }
        for clause in &article.clauses {
            let place = Place { clause: Some(clause.number.clone()), ..article.place.clone() };
            let at = Citation { document: document.id.clone(), place };
            if let Some(text) = case.library.text(&at) {
                add(at, text);
            }
        }
    }
}

pub(crate) fn run(case: &Case<'_>, found: &mut Found) {
    let pool = Pool::of(case);
    if pool.provisions.is_empty() {
        for check in [11, 22, 23] {
            let why = "thư viện không có văn bản nào mà dự thảo căn cứ hoặc dẫn chiếu".to_owned();
            found.states.insert(check, (crate::finding::State::NotPossible, why));
        }
    } else {
        repeated(case, &pool, found);
        claims(case, &pool, found);
        contradictions(case, &pool, found);
    }
    own(case, found);
}

/// Runs of this many syllables are compared.
const RUN: usize = 6;
/// Share of a clause's runs that stand in one provision, for it to be a repetition.
const REPEATED: f32 = 0.7;
/// Shorter clauses are formulas.
const SHORT: usize = 30;

fn repeated(case: &Case<'_>, pool: &Pool, found: &mut Found) {
    let mut runs: HashMap<u64, Vec<u32>> = HashMap::new();
    for (i, provision) in pool.provisions.iter().enumerate() {
        for run in runs_of(&syllables(&provision.text)) {
            let list = runs.entry(run).or_default();
            if list.last() != Some(&(i as u32)) {
                list.push(i as u32);
            }
        }
    }
    for unit in case.draft.clauses() {
        if case.draft.is_quoted(unit.span.start) {
            continue;
        }
        let words = case.draft.words(&unit.span);
        let tokens = syllables(
            words.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' '),
        );
        if tokens.len() < SHORT {
            continue;
        }
        let own = runs_of(&tokens);
        let mut hits: HashMap<u32, usize> = HashMap::new();
        for run in &own {
            for i in runs.get(run).into_iter().flatten() {
                *hits.entry(*i).or_default() += 1;
            }
        }
        let best = hits.into_iter().max_by_key(|(i, n)| (*n, std::cmp::Reverse(*i)));
        if let Some((i, n)) = best
            && n as f32 >= REPEATED * own.len() as f32
        {
            let provision = &pool.provisions[i as usize];
            let span = unit.span.start..unit.span.start + words.trim_end().len();
            let against = case.against(&provision.at, cut(&provision.text, 900));
            let new = case.find(23, "repeats", span).value("at", &provision.at);
            new.against([against]).put(found);
        }
    }
}

fn runs_of(tokens: &[String]) -> Vec<u64> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    tokens
        .windows(RUN)
        .map(|run| {
            let mut hasher = DefaultHasher::new();
            run.hash(&mut hasher);
            hasher.finish()
        })
        .collect()
}

/// Pairs of syllables that occur in every reference and say nothing of its matter.
const EMPTY: [&str; 30] = [
    "quy định",
    "theo quy",
    "định tại",
    "tại điều",
    "tại khoản",
    "theo điều",
    "theo khoản",
    "của luật",
    "của nghị",
    "nghị định",
    "thông tư",
    "thực hiện",
    "theo thời",
    "các trường",
    "trường hợp",
    "hợp quy",
    "nội dung",
    "dung quy",
    "và các",
    "tổ chức",
    "cơ quan",
    "có thẩm",
    "thẩm quyền",
    "ủy ban",
    "ban nhân",
    "nhân dân",
    "thành phố",
    "cấp xã",
    "bằng văn",
    "văn bản",
];

/// Check 11: the words by which the draft tells what a provision says, against that provision and the others of its
/// document.
fn claims(case: &Case<'_>, pool: &Pool, found: &mut Found) {
    for cited in &case.cited {
        let place = &cited.citation.place;
        let (Some(document), Some(_)) = (cited.document, &place.article) else { continue };
        if place.part.is_some()
            || case.draft.is_quoted(cited.span.start)
            || found.has(&[10], &cited.span)
        {
            continue;
        }
        let Some(piece) = case.draft.piece_at(cited.span.start) else { continue };
        let sentence = case.draft.sentence(cited.span.start);
        let before = case.draft.words(&(sentence.start..cited.span.start));
        let after_end = sentence.end.max(cited.span.end);
        let after = case.draft.words(&(cited.span.end..after_end));
        let claim: HashSet<String> = pairs(tail(before, 24))
            .into_iter()
            .chain(pairs(head(after, 10)))
            .filter(|pair| {
                !EMPTY.contains(&pair.as_str()) && !pair.chars().any(|c| c.is_ascii_digit())
            })
            .collect();
        let heading: HashSet<String> = pairs(&piece.heading)
            .into_iter()
            .filter(|pair| !EMPTY.contains(&pair.as_str()))
            .collect();
        // A reference that stands for several places speaks of all of them.
        let several = case.cited.iter().filter(|it| it.span == cited.span).count() > 1;
        if several || claim.len() < 4 {
            continue;
        }
        let of_document = pool
            .provisions
            .iter()
            .filter(|it| it.at.document == document.id && it.at.place.part.is_none());
        let mut articles: BTreeMap<String, (HashSet<String>, &Provision, f32)> = BTreeMap::new();
        for provision in of_document {
            let named: HashSet<String> = pairs(&provision.heading).into_iter().collect();
            let words: HashSet<String> = provision.words.union(&named).cloned().collect();
            let score = score(pool, &claim, &heading, &words);
            let key = provision.at.place.article.clone().unwrap_or_default();
            let slot = articles.entry(key).or_insert_with(|| (HashSet::new(), provision, 0.0));
            slot.0.extend(words);
            if score > slot.2 {
                (slot.1, slot.2) = (provision, score);
            }
        }
        let target = place.article.clone().unwrap_or_default();
        let scored: Vec<(f32, &String, &Provision)> = articles
            .iter()
            .map(|(article, (words, provision, _))| {
                // What an article is called says best what it is about.
                let named: HashSet<String> =
                    pairs(&provision.heading).into_iter().filter(|it| claim.contains(it)).collect();
                let named = pool.sum(named.iter()) / pool.sum(claim.iter()).max(1.0);
                (self::score(pool, &claim, &heading, words) + 0.5 * named, article, *provision)
            })
            .collect();
        let own = scored.iter().find(|(_, article, _)| **article == target).map_or(0.0, |it| it.0);
        let Some(best) = scored.iter().max_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
        if best.0 >= LIKE && own <= FAR * best.0 && *best.1 != target {
            let cited_words = case.evidence(&cited.citation);
            let other = case.against(&best.2.at, cut(&best.2.text, 500));
            let span = claim_span(case, &sentence, cited.span.clone());
            let new =
                case.find(11, "other", span).value("at", crate::check::cited::in_words(place));
            let new =
                new.value("better", crate::check::cited::in_words(&best.2.at.place.to_article()));
            new.against(cited_words).against([other]).suspected().put(found);
        }
    }
}

/// How like a claim the best provision must be, and how unlike the cited one beside it.
const LIKE: f32 = 0.36;
const FAR: f32 = 0.42;

/// Share of the claim's weight that a provision has, with a little of the heading's.
fn score(
    pool: &Pool,
    claim: &HashSet<String>,
    heading: &HashSet<String>,
    words: &HashSet<String>,
) -> f32 {
    let all = pool.sum(claim.iter()).max(1.0);
    let own = pool.sum(claim.iter().filter(|pair| words.contains(*pair)));
    let all_heading = pool.sum(heading.iter()).max(1.0);
    let head = pool.sum(heading.iter().filter(|pair| words.contains(*pair)));
    0.85 * own / all + 0.15 * head / all_heading
}

fn claim_span(case: &Case<'_>, sentence: &Range<usize>, cited: Range<usize>) -> Range<usize> {
    let before = case.draft.words(&(sentence.start..cited.start));
    let kept = tail(before, 8);
    cited.start - kept.len()..cited.end
}

fn tail(text: &str, most: usize) -> &str {
    let mut seen = 0;
    for (at, c) in text.char_indices().rev() {
        if c == ' ' && at + 1 < text.len() {
            seen += 1;
            if seen == most {
                return &text[at + 1..];
            }
        }
    }
    text
}

fn head(text: &str, most: usize) -> &str {
    let end = text.match_indices(' ').nth(most).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Check 22: numbers that stand in like sentences and differ.
fn contradictions(case: &Case<'_>, pool: &Pool, found: &mut Found) {
    let law: Vec<(usize, String, Vec<Amount>)> = pool
        .provisions
        .iter()
        .enumerate()
        .flat_map(|(i, provision)| {
            amounts::sentences(&provision.text).into_iter().map(move |sentence| (i, sentence))
        })
        .filter_map(|(i, sentence)| {
            let amounts = amounts::amounts(&sentence);
            (!amounts.is_empty()).then_some((i, sentence, amounts))
        })
        .collect();
    let law: Vec<(usize, HashSet<String>, String, Vec<Amount>)> = law
        .into_iter()
        .flat_map(|(i, sentence, amounts)| {
            // Long sentences give several amounts, each with the words round it.
            let each = amounts.iter().map(|amount| {
                (
                    i,
                    amounts::near(&sentence, amount, &amounts),
                    sentence.clone(),
                    vec![amount.clone()],
                )
            });
            each.collect::<Vec<_>>()
        })
        .collect();
    for unit in case.draft.units() {
        let zone = case.draft.recipients.clone();
        if case.draft.is_quoted(unit.span.start)
            || zone.is_some_and(|zone| zone.contains(&unit.span.start))
        {
            continue;
        }
        compare(case, pool, &law, &unit, found);
    }
}

/// How like two sentences must be for their numbers to be held against each other.
const ALIKE: f32 = 0.4;

fn compare(
    case: &Case<'_>,
    pool: &Pool,
    law: &[(usize, HashSet<String>, String, Vec<Amount>)],
    unit: &Unit,
    found: &mut Found,
) {
    let words = case.draft.words(&unit.span).to_owned();
    let heading =
        case.draft.piece_at(unit.span.start).map(|piece| piece.heading.clone()).unwrap_or_default();
    let heading: HashSet<String> = pairs(&heading).into_iter().collect();
    let named: Vec<&Citation> = case
        .cited
        .iter()
        .filter(|cited| unit.span.contains(&cited.span.start) && cited.document.is_some())
        .map(|cited| &cited.citation)
        .collect();
    for sentence in amounts::sentences(&words) {
        let own = amounts::amounts(&sentence);
        if own.is_empty() {
            continue;
        }
        let Some(start) = words.find(sentence.as_str()) else { continue };
        if case.draft.is_quoted(unit.span.start + start) {
            continue;
        }
        for amount in &own {
            let context = amounts::near(&sentence, amount, &own);
            if context.len() < 4 {
                continue;
            }
            let total = pool.sum(context.iter());
            let mut best: Option<(f32, usize)> = None;
            let mut agrees = 0.0_f32;
            for (k, (i, there, _, theirs)) in law.iter().enumerate() {
                let same: Vec<&Amount> =
                    theirs.iter().filter(|it| it.measure == amount.measure).collect();
                if same.is_empty() {
                    continue;
                }
                let common = pool.sum(context.intersection(there));
                let all = pool.sum(there.iter());
                let mut like = common / (0.6 * total + 0.4 * all.min(2.0 * total)).max(4.0);
                let provision = &pool.provisions[*i];
                let head: f32 =
                    pool.sum(heading.iter().filter(|pair| provision.words.contains(*pair)));
                like += 0.08 * (head / pool.sum(heading.iter()).max(1.0));
                if named.iter().any(|at| {
                    at.document == provision.at.document
                        && at.place.article == provision.at.place.article
                        && (at.place.clause.is_none()
                            || at.place.clause == provision.at.place.clause)
                }) {
                    like += 0.15;
                }
                if same.iter().any(|it| it.agrees(amount)) {
                    agrees = agrees.max(like);
                } else if best.is_none_or(|(score, _)| like > score) {
                    best = Some((like, k));
                }
            }
            let Some((_, k)) = best.filter(|(like, _)| *like >= ALIKE && agrees <= 0.65 * *like)
            else {
                continue;
            };
            let (i, _, there, theirs) = &law[k];
            let theirs = theirs.iter().find(|it| it.measure == amount.measure);
            let provision = &pool.provisions[*i];
            let from = unit.span.start + start;
            let line = crate::draft::line_at(case.draft.clean(), from + amount.span.start);
            let span = from.max(line.start)..(from + sentence.len()).min(line.end);
            let against = case.against(&provision.at, there.trim().to_owned());
            // Local bodies may set amounts of money where the law gives no cap.
            let money = amount.measure == amounts::Measure::Money
                && theirs.is_none_or(|it| it.bound != Bound::AtMost);
            let severity = if money { Severity::Q } else { Severity::A };
            let new = case
                .find(22, if money { "money" } else { "amount" }, span)
                .value("own", &amount.words)
                .severity(severity);
            let new = new.value("theirs", theirs.map_or(String::new(), |it| it.words.clone()));
            new.value("at", &provision.at).against([against]).suspected().put(found);
        }
    }
}

/// Check 20: rules of the same issuer on the same matter that the draft does not name.
fn own(case: &Case<'_>, found: &mut Found) {
    let Some(title) = case.draft.head.title.clone() else {
        return found.not_applicable(&[20], "không thấy tên văn bản");
    };
    let own = pairs(case.draft.words(&title));
    if own.len() < 6 {
        return;
    }
    let number = law::canonical(&case.identity.number);
    let text = case.draft.clean();
    let body = if case.issuer.council { "HĐND" } else { "UBND" };
    let place = viet::fold(&case.issuer.name);
    for document in case.library.documents() {
        let running = document.id.split(" [").next().unwrap_or(&document.id);
        if !running.contains(body) || running == number || document.guide {
            continue;
        }
        let issuer = viet::fold(&document.issuer);
        let same_place = !issuer.is_empty()
            && place
                .split("nhan dan")
                .last()
                .is_some_and(|name| !name.trim().is_empty() && issuer.contains(name.trim()));
        if !same_place || !case.status(document).holds() || document.issued >= Some(case.signed) {
            continue;
        }
        let there = pairs(&document.title);
        let common = own.intersection(&there).count() as f32;
        if common / own.union(&there).count().max(1) as f32 >= 0.65 && !text.contains(running) {
            let against = crate::check::basis::title_of(case, document);
            let new = case
                .find(20, "same_matter", title.clone())
                .value("number", running)
                .value("title", &document.title);
            new.severity(Severity::Q).against(against).suspected().put(found);
        }
    }
}
