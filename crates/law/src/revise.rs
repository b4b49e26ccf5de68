//! A whole library in time: what each document does to the others, worked into versions of their
//! articles.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use crate::amend::{self, Change, Deed, Proof, Spot};
use crate::citation::{Citation, Place};
use crate::document::{Article, Document, Edition, Problem, Relation, RelationKind};
use crate::rank::rank;
use crate::timeline::{Known, State, Version, article, overlaps, timeline};
use crate::wording::Wording;

/// A document with the words of its articles, one text an article.
pub type Worded = (Document, Vec<String>);

/// What came of [`revise`] besides the documents.
#[derive(Debug, Default)]
pub struct Revised {
    /// Words of versions other than the one in the article's own text: article, index among its
    /// versions, words.
    pub texts: Vec<(Citation, usize, String)>,
    /// What could not be read or applied, by document.
    pub problems: Vec<(String, Problem)>,
    /// Changes that were read from instructions, notes and remarks.
    pub changes: usize,
}

/// Works all changes into the documents: their articles get versions, their relations and ends are
/// filled. `issued` holds, for a document whose main text is amended, its text as issued.
///
/// A document ends when an act of its issuer or a higher one replaces or repeals it (Luật
/// 64/2025/QH15 điều 57); one that details a replaced law does not end by that.
pub fn revise(documents: &mut [Worded], issued: &HashMap<String, Worded>) -> Revised {
    let mut out = Revised::default();
    let titles = titles(documents);
    let mut by_target: HashMap<String, Vec<Change>> = HashMap::new();
    for change in read_orders(documents, &titles, &mut out.problems) {
        by_target.entry(change.at.document.clone()).or_default().push(change);
    }
    let facts: HashMap<String, Facts> =
        documents.iter().map(|(document, _)| (document.id.clone(), Facts::of(document))).collect();
    details(documents, &titles);
    relate(documents, &by_target, &facts);
    close(documents, &facts, &mut out.problems);
    for (document, texts) in documents.iter_mut() {
        let orders = by_target.remove(&document.id).unwrap_or_default();
        out.changes += orders.len() + document.changes.len();
        let snapshots = document.articles.iter().any(|article| article.earlier.is_some());
        if orders.is_empty() && document.changes.is_empty() && !snapshots {
            trace(document, &HashSet::new());
            drop_out(document);
            continue;
        }
        let changes = merge(document, orders, &facts, &mut out.problems);
        // An act that also changes an annex or a chapter, which have no versions, is not traced.
        let lost = |change: &&Change| {
            change.at.place.article.is_none() && !matches!(change.deed, Deed::Phrase { .. })
        };
        let untraced: HashSet<&str> =
            changes.iter().filter(lost).map(|change| change.by.document.as_str()).collect();
        let acts = changes.iter().map(|change| change.by.document.as_str());
        let traced: HashSet<String> =
            acts.filter(|act| !untraced.contains(act)).map(str::to_owned).collect();
        let original = issued.get(&document.id);
        date(document, texts, original, &changes, &mut out);
        trace(document, &traced);
        drop_out(document);
    }
    out
}

/// Articles that the codification no longer has end on a day that nobody gives, unless an act is known
/// to have repealed them.
fn drop_out(document: &mut Document) {
    let effective = document.effective;
    for article in &mut document.articles {
        let Some(day) = article.dropped else { continue };
        if article.versions.is_empty() {
            let (heading, clauses) = (article.heading.clone(), article.clauses.clone());
            article.versions.push(Version {
                from: effective,
                heading,
                clauses,
                ..Version::default()
            });
        }
        let last = article.versions.last().map(|version| version.state);
        if last != Some(State::Gone) {
            let (seen, not_before) = (Some(day.by), Some(day.after));
            let gone = Version { seen, not_before, state: State::Gone, ..Version::default() };
            article.versions.push(gone);
        }
    }
}

/// The changes that the acts among some documents order.
pub fn orders(documents: &[Worded]) -> Vec<Change> {
    read_orders(documents, &titles(documents), &mut Vec::new())
}

fn read_orders(
    documents: &[Worded],
    titles: &HashMap<String, Vec<(String, Option<Date>)>>,
    problems: &mut Vec<(String, Problem)>,
) -> Vec<Change> {
    let mut orders = Vec::new();
    for (document, texts) in documents.iter().filter(|(document, _)| !document.guide) {
        let resolve = |name: &str| resolve(titles, name, document);
        let read = amend::changes(document, texts, &resolve);
        problems.extend(read.problems.into_iter().map(|problem| (document.id.clone(), problem)));
        orders.extend(read.value);
    }
    orders
}

/// What other documents need to know of one.
struct Facts {
    issued: Option<Date>,
    effective: Option<Date>,
    /// Documents that it ends but for a part.
    excepts: Vec<String>,
}

impl Facts {
    fn of(document: &Document) -> Facts {
        let excepts = document.excepts.clone();
        Facts { issued: document.issued, effective: document.effective, excepts }
    }
}

/// Numbers of laws by folded name: from titles, and from texts that give a name with its number ("Luật
/// Trẻ em số 102/2016/QH13").
fn titles(documents: &[Worded]) -> HashMap<String, Vec<(String, Option<Date>)>> {
    let mut titles: HashMap<String, Vec<(String, Option<Date>)>> = HashMap::new();
    let mut known: HashSet<(String, String)> = HashSet::new();
    let mut add = |title: String, id: &str, issued: Option<Date>| {
        let law = ["luat ", "bo luat ", "phap lenh "].iter().any(|kind| title.starts_with(kind));
        if law && known.insert((title.clone(), id.to_owned())) {
            titles.entry(title).or_default().push((id.to_owned(), issued));
        }
    };
    // A law that only amends another one is not meant by the other one's name.
    let amends = |(document, _): &&Worded| {
        let first =
            document.articles.iter().find(|article| article.place.article.as_deref() == Some("1"));
        let heading = first.map_or("", |article| article.heading.as_str());
        [heading, document.title.as_str()]
            .iter()
            .any(|text| viet::fold(text).contains("sua doi, bo sung"))
    };
    let amending: HashSet<&str> =
        documents.iter().filter(amends).map(|(document, _)| document.id.as_str()).collect();
    let laws =
        |(document, _): &&Worded| !document.guide && !amending.contains(document.id.as_str());
    for (document, _) in documents.iter().filter(laws) {
        add(viet::fold(&document.title), &document.id, document.issued.or(document.effective));
    }
    let issued: HashMap<&str, Option<Date>> =
        documents.iter().map(|(it, _)| (it.id.as_str(), it.issued.or(it.effective))).collect();
    for (document, texts) in documents.iter().filter(|(document, _)| !document.guide) {
        for (article, text) in document.articles.iter().zip(texts) {
            let opening =
                article.place.article.as_deref() == Some("0") && article.place.part.is_none();
            if !opening && !article.heading.contains("ửa đổi") {
                continue;
            }
            for mention in crate::mention::mentions(text) {
                // "Luật sửa đổi, bổ sung một số điều của Luật A và Luật B số 56/2024/QH15": the number is
                // that of the amending law, or of B; nobody can tell.
                let before = &text[..mention.span.start];
                let clause = before.rfind(['\n', ';']).map_or(before, |at| &before[at..]);
                if clause.contains("ửa đổi") {
                    continue;
                }
                let id = mention.citation.document;
                // Names that a text cuts short ("Luật Thuế") would stand for many laws.
                let (Some(name), true) = (mention.name, id.matches('/').count() == 2) else {
                    continue;
                };
                if amending.contains(id.as_str()) {
                    continue;
                }
                let year = name
                    .rsplit(' ')
                    .next()
                    .is_some_and(|word| word.bytes().all(|c| c.is_ascii_digit()));
                if name.split_whitespace().count() > 2 && !year {
                    let day = issued.get(id.as_str()).copied().flatten().or_else(|| year_of(&id));
                    add(viet::fold(&name), &id, day);
                }
            }
        }
    }
    titles
}

/// The first day of the year in a number.
fn year_of(number: &str) -> Option<Date> {
    let year = number.split('/').nth(1)?.parse().ok()?;
    Date::new(year, 1, 1).ok()
}

/// The law of a name that an act of its date means: the latest issued before it; `None` where two could
/// be meant.
fn resolve(
    titles: &HashMap<String, Vec<(String, Option<Date>)>>,
    name: &str,
    act: &Document,
) -> Option<String> {
    let found = titles.get(&viet::fold(name))?;
    let day = act.issued.or(act.effective);
    let before = |issued: &Option<Date>| match (issued, day) {
        (Some(issued), Some(day)) => *issued < day,
        _ => true,
    };
    let mut earlier: Vec<_> =
        found.iter().filter(|(id, issued)| *id != act.id && before(issued)).collect();
    if earlier.len() > 1 && earlier.iter().any(|(_, issued)| issued.is_none()) {
        return None;
    }
    earlier.sort_by_key(|(_, issued)| *issued);
    earlier.last().map(|(id, _)| id.clone())
}

/// "Quy định chi tiết một số điều của Luật Hộ tịch" in a title: what the document depends on.
fn details(documents: &mut [Worded], titles: &HashMap<String, Vec<(String, Option<Date>)>>) {
    for (document, _) in documents.iter_mut().filter(|(document, _)| !document.guide) {
        let title = document.title.to_lowercase();
        if !["quy định chi tiết", "hướng dẫn", "biện pháp thi hành"]
            .iter()
            .any(|words| title.contains(words))
        {
            continue;
        }
        for mention in crate::mention::mentions(&document.title.clone()) {
            let number = mention.citation.document;
            let named = || resolve(titles, &mention.name.clone()?, document);
            let to = if number.matches('/').count() == 2 { Some(number) } else { named() };
            let Some(to) = to.filter(|to| *to != document.id && rank(to) < rank(&document.id))
            else {
                continue;
            };
            let relation =
                Relation { kind: RelationKind::Guides, to: Citation::whole(to), from: None };
            if !document.relations.contains(&relation) {
                document.relations.push(relation);
            }
        }
    }
}

/// Gives amended documents the relation seen from their side.
fn relate(
    documents: &mut [Worded],
    by_target: &HashMap<String, Vec<Change>>,
    facts: &HashMap<String, Facts>,
) {
    let mut back: HashMap<String, Vec<Relation>> = HashMap::new();
    for (document, _) in documents.iter() {
        for there in &document.relations {
            // A lower act neither replaces nor repeals a higher one, whatever its sentence seems to say.
            let ends = matches!(there.kind, RelationKind::Replaces | RelationKind::Repeals);
            if ends && rank(&document.id) > rank(&there.to.document) {
                continue;
            }
            if let Some(kind) = seen_from_there(there) {
                let from = there.from.or(document.effective);
                let relation = Relation { kind, to: Citation::whole(&document.id), from };
                back.entry(there.to.document.clone()).or_default().push(relation);
            }
        }
    }
    for (target, changes) in by_target {
        let acts: HashSet<&str> =
            changes.iter().map(|change| change.by.document.as_str()).collect();
        for act in acts {
            let from = facts.get(act).and_then(|facts| facts.effective);
            let relation =
                Relation { kind: RelationKind::AmendedBy, to: Citation::whole(act), from };
            back.entry(target.clone()).or_default().push(relation);
        }
    }
    for (document, _) in documents.iter_mut() {
        for relation in back.remove(&document.id).unwrap_or_default() {
            let known = document.relations.iter_mut().find(|there| {
                there.kind == relation.kind && there.to.document == relation.to.document
            });
            match known {
                Some(known) => known.from = known.from.or(relation.from),
                None => document.relations.push(relation),
            }
        }
        for relation in &mut document.relations {
            if relation.kind == RelationKind::AmendedBy && relation.from.is_none() {
                relation.from = facts.get(&relation.to.document).and_then(|facts| facts.effective);
            }
        }
    }
}

/// The kind of a relation from the other side; `None` where that side does not need it.
fn seen_from_there(relation: &Relation) -> Option<RelationKind> {
    let whole = relation.to.place == Place::default();
    match relation.kind {
        RelationKind::Amends => Some(RelationKind::AmendedBy),
        RelationKind::Replaces if whole => Some(RelationKind::ReplacedBy),
        RelationKind::Repeals if whole => Some(RelationKind::RepealedBy),
        RelationKind::Suspends if whole => Some(RelationKind::SuspendedBy),
        // A part that is replaced or repealed is an amendment of the whole.
        RelationKind::Replaces | RelationKind::Repeals | RelationKind::Suspends => {
            Some(RelationKind::AmendedBy)
        }
        _ => None,
    }
}

/// Ends documents that others replace or repeal.
fn close(
    documents: &mut [Worded],
    facts: &HashMap<String, Facts>,
    problems: &mut Vec<(String, Problem)>,
) {
    let ends = |relation: &&Relation| {
        matches!(relation.kind, RelationKind::ReplacedBy | RelationKind::RepealedBy)
            && relation.to.place == Place::default()
    };
    let enders: HashMap<String, HashSet<String>> = documents
        .iter()
        .map(|(document, _)| {
            let by =
                document.relations.iter().filter(ends).map(|relation| relation.to.document.clone());
            (document.id.clone(), by.collect())
        })
        .collect();
    for (document, _) in documents.iter_mut() {
        let mut tell = |what: String| {
            problems.push((document.id.clone(), Problem { at: "hiệu lực".into(), what }));
        };
        if let (Some(issued), Some(effective)) = (document.issued, document.effective)
            && effective < issued
        {
            tell(format!(
                "ngày có hiệu lực {effective} trước ngày ban hành {issued}; hãy kiểm tra"
            ));
        }
        if document.ended.is_some() {
            continue;
        }
        let (mut day, mut doubted): (Option<Date>, Option<Date>) = (None, None);
        for relation in document.relations.iter().filter(ends) {
            let by = &relation.to.document;
            if enders.get(by).is_some_and(|there| there.contains(&document.id)) {
                tell(format!(
                    "{} và {by} thay thế lẫn nhau; không văn bản nào được coi là hết hiệu lực vì thế",
                    document.id
                ));
                doubted = doubted.or(relation.from);
                continue;
            }
            if facts.get(by).is_some_and(|by| by.excepts.contains(&document.id)) {
                tell(format!(
                    "{by} làm hết hiệu lực, trừ một phần; phần nào còn hiệu lực phải xem văn bản đó"
                ));
                doubted = doubted.or(relation.from).or(facts.get(by).and_then(|by| by.effective));
                continue;
            }
            // A lower act cannot end a higher one; another issuer's act of the same rank is doubtful.
            if rank(by) > rank(&document.id) {
                tell(format!(
                    "{by} không thể thay thế văn bản có cấp hiệu lực cao hơn {}",
                    document.id
                ));
                continue;
            }
            let Some(from) =
                relation.from.or_else(|| facts.get(by).and_then(|facts| facts.effective))
            else {
                continue;
            };
            let begins = facts.get(&document.id).and_then(|facts| facts.effective.or(facts.issued));
            if begins.is_some_and(|begins| from < begins) {
                tell(format!(
                    "{by} có hiệu lực {from}, trước khi văn bản này có hiệu lực; không coi là hết hiệu lực"
                ));
                continue;
            }
            day = Some(day.map_or(from, |day| day.min(from)));
        }
        // What is amended later has not ended before: one of the two is misread, and a human must look.
        let amended =
            document.relations.iter().filter(|relation| relation.kind == RelationKind::AmendedBy);
        let later = amended.filter(|relation| relation.from > day && day.is_some());
        if let Some(relation) = later.max_by_key(|relation| relation.from) {
            let what = format!(
                "được coi là hết hiệu lực từ {} nhưng còn được {} sửa đổi sau đó; không coi là hết hiệu lực",
                day.unwrap_or_default(),
                relation.to
            );
            problems.push((document.id.clone(), Problem { at: "hiệu lực".into(), what }));
            document.doubted = day;
            continue;
        }
        document.ended = day;
        document.doubted = doubted.filter(|_| day.is_none());
    }
}

/// One list of changes of a document: notes with the words that the acts give, remarks only where no act
/// is at hand, acts in the order in which they count.
fn merge(
    document: &Document,
    orders: Vec<Change>,
    facts: &HashMap<String, Facts>,
    problems: &mut Vec<(String, Problem)>,
) -> Vec<Change> {
    let mut changes = document.changes.clone();
    // A lower act changes nothing in a higher one: such an order is a sentence that was misread.
    let (orders, low): (Vec<Change>, Vec<Change>) =
        orders.into_iter().partition(|order| rank(&order.by.document) <= rank(&document.id));
    for order in low {
        let what =
            format!("{} không thể sửa văn bản có cấp hiệu lực cao hơn; không áp dụng", order.by);
        problems.push((document.id.clone(), Problem { at: order.at.place.to_string(), what }));
    }
    let is_remark = |change: &Change| matches!(change.proof, Proof::Remark(_));
    let same = |note: &Change, order: &Change| {
        note.by.document == order.by.document && overlaps(&note.at.place, &order.at.place)
    };
    // A remark says no more than that an act changed something in the article; its instruction says what.
    changes.retain(|told| !is_remark(told) || !orders.iter().any(|order| same(told, order)));
    let consolidated = matches!(document.edition, Edition::Consolidated(_));
    let listed: HashSet<&str> = document
        .changes
        .iter()
        .filter(|change| !is_remark(change))
        .map(|change| change.by.document.as_str())
        .collect();
    for order in orders {
        let note = changes.iter_mut().find(|note| {
            !is_remark(note)
                && note.by.document == order.by.document
                && note.at.place == order.at.place
                && note.spot == order.spot
                && std::mem::discriminant(&note.deed) == std::mem::discriminant(&order.deed)
        });
        match note {
            Some(note) => {
                if matches!(note.deed, Deed::Replace(None) | Deed::Insert(None)) {
                    note.deed = order.deed;
                }
            }
            // The notes of a consolidated text are complete for the acts that it names.
            None if consolidated && listed.contains(order.by.document.as_str()) => {}
            None => changes.push(order),
        }
    }
    let issued = |change: &Change| facts.get(&change.by.document).and_then(|facts| facts.issued);
    changes.sort_by_cached_key(|change| {
        let narrow = usize::from(change.at.place.clause.is_some())
            + usize::from(change.at.place.point.is_some());
        // Applied last wins: the higher act, the later act, the narrower place.
        (change.from, std::cmp::Reverse(rank(&change.by.document)), issued(change), narrow)
    });
    changes
}

/// Gives each article its versions.
fn date(
    document: &mut Document,
    texts: &mut Vec<String>,
    original: Option<&Worded>,
    changes: &[Change],
    out: &mut Revised,
) {
    let mut by_article: HashMap<Place, Vec<&Change>> = HashMap::new();
    let mut everywhere: Vec<&Change> = Vec::new();
    for change in changes {
        match change.at.place.article {
            Some(_) => by_article.entry(change.at.place.to_article()).or_default().push(change),
            // Words that are replaced throughout the document.
            None if change.at.place.part.is_none()
                && matches!(change.deed, Deed::Phrase { .. })
                && change.proof == Proof::Instruction =>
            {
                everywhere.push(change)
            }
            None => {}
        }
    }
    twice(document, changes, out);
    let cite = |place: &Place| Citation { document: document.id.clone(), place: place.clone() };
    let edition = document.edition.clone();
    let holds = |change: &Change| match (&change.proof, &edition) {
        (Proof::Note { .. } | Proof::Remark(_), _) => Some(true),
        (Proof::Instruction, Edition::Codified(Some(day)))
            if change.from.is_some_and(|from| from <= *day) =>
        {
            Some(true)
        }
        _ => None,
    };
    let mut problems = Vec::new();
    for (i, article) in document.articles.iter_mut().enumerate() {
        let mut own = by_article.remove(&article.place).unwrap_or_default();
        own.extend(everywhere.iter().filter(|change| {
            matches!(&change.deed, Deed::Phrase { old, new } if article.place.part.is_none() && (texts[i].contains(old.as_str()) || !new.is_empty() && texts[i].contains(new.as_str())))
        }));
        if own.is_empty() && article.earlier.is_none() {
            continue;
        }
        own.sort_by_key(|change| change.from);
        let words = Wording { heading: article.heading.clone(), text: texts[i].clone() };
        let earlier = article.earlier.as_ref().map(|earlier| {
            let words = Wording { heading: earlier.heading.clone(), text: earlier.text.clone() };
            (earlier.seen, words)
        });
        // An article that the notes call repealed and that still has words came from another text.
        let printed = words.text.is_empty() || crate::wording::is_repealed(&words.text);
        let holds = |change: &Change| match (&change.deed, change.at.place.clause.is_none()) {
            (Deed::Repeal, true) if !printed && change.spot == Spot::Whole => Some(false),
            _ => holds(change),
        };
        let issued = original.and_then(|(document, texts)| {
            let i = document.articles.iter().position(|there| there.place == article.place)?;
            Some(Wording { heading: document.articles[i].heading.clone(), text: texts[i].clone() })
        });
        let known = Known {
            place: &article.place,
            effective: start(&document.starts, &article.place).or(document.effective),
            words: &words,
            issued: issued.as_ref(),
            seen: match &edition {
                Edition::Codified(day) => *day,
                _ => None,
            },
            earlier: earlier.as_ref().map(|(day, words)| (*day, words)),
            holds: &holds,
        };
        let dated = timeline(known, &own, &mut problems);
        put(article, &mut texts[i], dated, &cite(&article.place), out);
    }
    // Articles that an act adds, or that a consolidated text no longer prints.
    let mut rest: Vec<(Place, Vec<&Change>)> = by_article.into_iter().collect();
    rest.sort_by(|a, b| a.0.cmp(&b.0));
    for (place, own) in rest {
        let issued = original.and_then(|(document, texts)| {
            let i = document.articles.iter().position(|there| there.place == place)?;
            Some((document.articles[i].clone(), texts[i].clone()))
        });
        let added = own.iter().find_map(|change| match &change.deed {
            Deed::Insert(Some(words)) if change.at.place == place && change.spot == Spot::Whole => {
                Some(article(words))
            }
            _ => None,
        });
        let Some((mut article, mut text)) = issued.or_else(|| {
            let added = added?;
            let above = above(document, &place);
            Some((
                Article {
                    place: place.clone(),
                    heading: added.heading,
                    above,
                    ..Article::default()
                },
                added.text,
            ))
        }) else {
            if document.articles.is_empty() {
                continue;
            }
            let acts: Vec<String> = own.iter().map(|change| change.by.to_string()).collect();
            let what = format!("bị sửa bởi {} nhưng không có trong thư viện", acts.join(", "));
            problems.push(Problem { at: place.to_string(), what });
            continue;
        };
        let words = Wording { heading: article.heading.clone(), text: text.clone() };
        // The text is that of before the changes, but for an article that its own insertion gave.
        let holds = |change: &Change| match &change.deed {
            Deed::Insert(_) if change.at.place == place => Some(true),
            _ => Some(false),
        };
        let known = Known {
            place: &place,
            effective: document.effective,
            words: &words,
            issued: None,
            seen: None,
            earlier: None,
            holds: &holds,
        };
        let dated = timeline(known, &own, &mut problems);
        let at = Citation { document: document.id.clone(), place: place.clone() };
        put(&mut article, &mut text, dated, &at, out);
        let next = document.articles.iter().position(|there| order(&there.place) > order(&place));
        let next = next.unwrap_or(document.articles.len());
        document.articles.insert(next, article);
        texts.insert(next, text);
    }
    out.problems.extend(problems.into_iter().map(|problem| (document.id.clone(), problem)));
}

/// Tells of a place that two acts change on one day.
fn twice(document: &Document, changes: &[Change], out: &mut Revised) {
    let mut seen: HashMap<(&Place, Spot, Date), &Change> = HashMap::new();
    for change in changes.iter().filter(|change| !matches!(change.deed, Deed::Phrase { .. })) {
        let (Some(from), Some(_)) = (change.from, &change.at.place.article) else { continue };
        if matches!(change.proof, Proof::Remark(_)) {
            continue;
        }
        if let Some(first) = seen.insert((&change.at.place, change.spot, from), change)
            && first.by.document != change.by.document
        {
            let what = format!(
                "{} và {} cùng sửa trong ngày {from}; bản sau được áp dụng",
                first.by, change.by
            );
            out.problems
                .push((document.id.clone(), Problem { at: change.at.place.to_string(), what }));
        }
    }
}

/// Puts versions into an article; its own words become those of the last version that has words.
fn put(
    article: &mut Article,
    text: &mut String,
    dated: Vec<(Version, String)>,
    at: &Citation,
    out: &mut Revised,
) {
    if dated.len() < 2 && dated.first().is_none_or(|(version, _)| version.acts.is_empty()) {
        return;
    }
    let last = dated.iter().rposition(|(version, _)| version.state != State::Gone).unwrap_or(0);
    for (i, (version, words)) in dated.into_iter().enumerate() {
        if i == last {
            article.heading.clone_from(&version.heading);
            article.clauses.clone_from(&version.clauses);
            *text = words;
        } else if version.state != State::Gone {
            out.texts.push((at.clone(), i, words));
        }
        article.versions.push(version);
    }
}

/// The day of its own that a document gives a place.
pub(crate) fn start(starts: &[(Place, Date)], place: &Place) -> Option<Date> {
    let covers = |outer: &Place| {
        outer.article == place.article
            && outer.part == place.part
            && (outer.clause.is_none() || outer.clause == place.clause)
            && (outer.point.is_none() || outer.point == place.point)
    };
    let narrow =
        |outer: &Place| usize::from(outer.clause.is_some()) + usize::from(outer.point.is_some());
    let found =
        starts.iter().filter(|(outer, _)| covers(outer)).max_by_key(|(outer, _)| narrow(outer));
    found.map(|(_, day)| *day)
}

/// Headings above an article, from the one before it.
fn above(document: &Document, place: &Place) -> Vec<String> {
    let before = document.articles.iter().rfind(|there| order(&there.place) < order(place));
    before.map(|article| article.above.clone()).unwrap_or_default()
}

/// Main text before attached parts, 2 before 10, 12 before 12a.
pub fn order(place: &Place) -> (Option<crate::Part>, u32, usize, String) {
    let (number, letter, rest) =
        crate::wording::number_order(place.article.as_deref().unwrap_or("0"));
    (place.part.clone(), number, letter, rest)
}

/// Which of its amending acts are not known place by place.
fn trace(document: &mut Document, traced: &HashSet<String>) {
    document.untraced = document
        .relations
        .iter()
        .filter(|relation| {
            relation.kind == RelationKind::AmendedBy && !traced.contains(&relation.to.document)
        })
        .map(|relation| Citation::whole(&relation.to.document))
        .collect();
}

#[cfg(test)]
mod tests;
