//! Sources to one library: articles of one document that stand in several files, catalogue entries,
//! documents that share a number.

use std::collections::HashMap;

use jiff::civil::Date;
use law::{
    Article, Body, Change, Citation, Conflict, Document, Edition, Place, Places, Problem,
    Procedure, Topic, Unit, Warning, WarningKind, Worded,
};
use viet::Word;

use crate::contents::Contents;
use crate::facts::{Asked, Facts};
use crate::lines::{RESOLUTION, is_resolution};

/// Everything of a library, words included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembled {
    /// Documents, each with one text an article.
    pub documents: Vec<(Document, Vec<String>)>,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// Communes and wards.
    pub units: Vec<Unit>,
    /// Bodies that are gone.
    pub bodies: Vec<Body>,
    /// Subjects that several procedures fit.
    pub topics: Vec<Topic>,
    /// Short forms and everyday words.
    pub words: Vec<Word>,
    /// Words of earlier and later versions of articles: article, index among its versions, words.
    pub versions: Vec<(Citation, usize, String)>,
    /// What did not fit together, for an editor.
    pub warnings: Vec<String>,
    /// What amendments, notes and effect clauses left unread or unapplied, by document.
    pub problems: Vec<(String, Problem)>,
}

/// What one file gave, with the collection it goes to and the profiles that may see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// The collection.
    pub corpus: String,
    /// Profiles that may see it; empty for all.
    pub profiles: Vec<String>,
    /// What the file holds.
    pub contents: Contents,
}

/// Puts sources together in their order, those open to all first: of two texts at one place the first
/// is kept. A document or procedure in two collections that are open to different profiles is taken
/// from the first only, so that nobody sees through the one what is closed in the other.
pub fn assemble(sources: impl IntoIterator<Item = Given>) -> Assembled {
    let mut sources: Vec<Given> = sources.into_iter().collect();
    sources.sort_by_key(|given| !given.profiles.is_empty());
    let mut twice = 0;
    let mut all = Assembled::default();
    // Texts of a document in another edition than the one that is kept.
    let mut issued: HashMap<String, Worded> = HashMap::new();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    let mut codes: HashMap<String, usize> = HashMap::new();
    let mut catalogue = Vec::new();
    let mut links = Vec::new();
    let mut facts = Facts::default();
    let mut profiles_of: HashMap<String, Vec<String>> = HashMap::new();
    for Given { corpus, profiles, contents } in sources {
        profiles_of.entry(corpus.clone()).or_insert_with(|| profiles.clone());
        for (mut document, texts) in contents.documents {
            document.corpus.clone_from(&corpus);
            if let Some(&i) = by_id.get(&document.id)
                && other_issuer(&all.documents[i].0, &document)
            {
                document.id = format!("{} [{}]", document.id, document.issuer);
            }
            if let Some(&i) = by_id.get(&document.id) {
                let kinds = (resolution(&all.documents[i].0), resolution(&document));
                match kinds {
                    (false, true) => document.id.push_str(RESOLUTION),
                    // The law takes the plain number, whichever file comes first.
                    (true, false) => {
                        by_id.remove(&document.id);
                        let there = &mut all.documents[i].0;
                        there.id.push_str(RESOLUTION);
                        by_id.insert(there.id.clone(), i);
                    }
                    _ => {}
                }
            }
            match by_id.get(&document.id) {
                Some(&i) if profiles_of.get(&all.documents[i].0.corpus) != Some(&profiles) => {
                    all.warnings.push(format!(
                        "{}: stands in the collections {} and {corpus}, which are open to different profiles; only the words of the first are used. Put both files in one collection",
                        document.id, all.documents[i].0.corpus
                    ));
                }
                Some(&i) => {
                    let other = (document, texts);
                    meet(&mut all.documents[i], other, &mut issued, &mut all.warnings);
                }
                None => {
                    by_id.insert(document.id.clone(), all.documents.len());
                    all.documents.push((document, texts));
                }
            }
        }
        for mut procedure in contents.procedures {
            procedure.corpus.clone_from(&corpus);
            match codes.get(&procedure.code) {
                // Our own record is written for Hà Nội and checked; a portal record only fills gaps.
                Some(&i)
                    if !procedure.aliases.is_empty()
                        && all.procedures[i].aliases.is_empty()
                        && profiles_of.get(&all.procedures[i].corpus) == Some(&profiles) =>
                {
                    twice += 1;
                    all.procedures[i] = procedure;
                }
                Some(_) => twice += 1,
                None => {
                    codes.insert(procedure.code.clone(), all.procedures.len());
                    all.procedures.push(procedure);
                }
            }
        }
        links.extend(contents.links);
        if profiles.is_empty() {
            facts.join(contents.facts);
        } else if !contents.facts.is_empty() {
            all.warnings.push(format!(
                "{corpus}: places, bodies, events, rules and words are told to everyone, so those of a collection that is open to {} only are not used",
                profiles.join(", ")
            ));
        }
        catalogue.extend(contents.catalogue.into_iter().map(|entry| (corpus.clone(), entry)));
    }
    if twice > 0 {
        all.warnings.push(format!(
            "{twice} procedures stand in two records; our own record, else the first, is kept"
        ));
    }
    for (corpus, mut entry) in catalogue {
        if let Some(&i) = by_id.get(&entry.id)
            && other_issuer(&all.documents[i].0, &entry)
        {
            entry.id = format!("{} [{}]", entry.id, entry.issuer);
        }
        match by_id.get(&entry.id) {
            Some(&i) if profiles_of.get(&all.documents[i].0.corpus) != profiles_of.get(&corpus) => {
                all.warnings.push(format!(
                    "{}: its catalogue entry in {corpus} is not used, for {} is open to other profiles",
                    entry.id, all.documents[i].0.corpus
                ));
            }
            Some(&i) => describe(&mut all.documents[i].0, entry),
            None => {
                entry.corpus = corpus;
                by_id.insert(entry.id.clone(), all.documents.len());
                all.documents.push((entry, Vec::new()));
            }
        }
    }
    for (id, other) in &issued {
        // Articles that one edition leaves out (effect clauses, annexes) come from the other.
        if let Some(&i) = by_id.get(id) {
            join(&mut all.documents[i], other.0.clone(), other.1.clone(), &mut Vec::new());
        }
    }
    for (from, to) in links {
        let document = by_id.get(&from.document).map(|&i| &mut all.documents[i].0);
        let article = document
            .and_then(|it| it.articles.iter_mut().find(|article| article.place == from.place));
        if let Some(article) = article {
            article.related.extend(to);
        }
    }
    for (document, _) in &all.documents {
        let told = document.conflicts.iter().map(|conflict| {
            let Conflict { field, kept: (kept, whose), other: (other, theirs) } = conflict;
            let what = format!("{field}: {kept} theo {whose}, {other} theo {theirs}; giữ {kept}");
            (document.id.clone(), Problem { at: "siêu dữ liệu".into(), what })
        });
        all.problems.extend(told);
    }
    complete(&mut all, facts);
    let revised = law::revise(&mut all.documents, &issued);
    all.versions = revised.texts;
    all.problems.extend(revised.problems);
    all
}

/// Gives the records what other sources know of them: life events, the city's rules, bodies that are gone,
/// records that are easily taken for them.
fn complete(all: &mut Assembled, facts: Facts) {
    let places = Places::new(Vec::new(), facts.bodies.clone());
    let mut asked: HashMap<&str, Vec<&Asked>> = HashMap::new();
    for one in &facts.asked {
        asked.entry(&one.asked).or_default().push(one);
    }
    for procedure in &mut all.procedures {
        for one in asked.get(procedure.code.as_str()).into_iter().flatten() {
            procedure.said.extend(one.said.iter().cloned());
            if procedure.short.is_empty() {
                procedure.short.clone_from(&one.short);
            }
        }
        procedure.events.extend(facts.events.iter().filter_map(|event| {
            let at = event.codes.iter().position(|code| *code == procedure.code)?;
            let (name, said) = (event.event.clone(), event.said.clone());
            Some(law::Event { name, said, step: at + 1 })
        }));
        // An editor's overlay of the same resolution says it better.
        let written = procedure.overlays.len();
        for rule in &facts.overlays {
            let same = |it: &law::Overlay| {
                it.field == rule.overlay.field && it.document() == rule.overlay.document()
            };
            if rule.fits(procedure) && !procedure.overlays[..written].iter().any(same) {
                procedure.overlays.push(rule.overlay.clone());
            }
        }
        if procedure.own() {
            continue;
        }
        let papers = procedure.cases.iter().flat_map(|case| &case.papers).map(|paper| &paper.text);
        let texts = [&procedure.authority, &procedure.place].into_iter();
        let notes = procedure.channels.iter().flat_map(|it| [&it.note, &it.fee_note]);
        let texts = texts.chain(&procedure.steps).chain(papers).chain(&procedure.conditions);
        let texts = texts.chain(notes).chain([&procedure.result]);
        let texts: Vec<&str> = texts.map(String::as_str).collect();
        let gone = places.gone(&texts.join("\n"));
        let warnings = gone.into_iter().map(|(body, _)| Warning {
            kind: WarningKind::OldBody,
            what: format!("{}; nay: {}", body.body, body.now),
        });
        procedure.warnings.extend(warnings);
    }
    law::name_siblings(&mut all.procedures);
    (all.units, all.bodies) = (facts.units, facts.bodies);
    (all.topics, all.words) = (facts.topics, facts.words);
}

/// Two texts of one document: of the same edition they are joined; of two, the one that is amended
/// further is kept, and the text as issued stays at hand for what was before.
fn meet(
    kept: &mut Worded,
    other: Worded,
    issued: &mut HashMap<String, Worded>,
    warnings: &mut Vec<String>,
) {
    if kept.0.edition == other.0.edition {
        let changes = other.0.changes.clone();
        join(kept, other.0, other.1, warnings);
        extend(&mut kept.0.changes, changes);
        return;
    }
    let id = kept.0.id.clone();
    let (newer, older) = match newness(&kept.0) >= newness(&other.0) {
        true => (None, other),
        false => (Some(other), std::mem::take(kept)),
    };
    if let Some(newer) = newer {
        *kept = newer;
    }
    fill(&mut kept.0, &older.0);
    let corpus = kept.0.corpus.clone();
    let ((document, _), changes) = (&mut *kept, older.0.changes.clone());
    extend(&mut document.changes, changes);
    for start in &older.0.starts {
        if !document.starts.contains(start) {
            document.starts.push(start.clone());
        }
    }
    let plain = older.0.edition == Edition::Plain;
    match issued.get_mut(&id) {
        Some(there) if there.0.edition == older.0.edition => {
            join(there, older.0, older.1, warnings)
        }
        Some(_) if !plain => {}
        _ => {
            let document = Document { corpus, ..older.0 };
            issued.insert(id, (document, older.1));
        }
    }
}

fn extend(changes: &mut Vec<Change>, more: Vec<Change>) {
    for change in more {
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
}

/// Until which day a text is amended, as far as it shows; a plain text not at all.
fn newness(document: &Document) -> (Option<Date>, u8) {
    let last = document.changes.iter().filter_map(|change| change.from).max();
    match &document.edition {
        Edition::Plain => (None, 0),
        Edition::Codified(day) => (last.or(*day).max(*day), 1),
        Edition::Consolidated(number) => {
            // "108/VBHN-VPQH (2025)": signed in that year, so amended at least until its first day.
            let year = number
                .rsplit_once('(')
                .and_then(|(_, year)| year.trim_end_matches(')').parse().ok());
            let signed = year.and_then(|year| Date::new(year, 1, 1).ok());
            (last.max(signed), 2)
        }
    }
}

fn resolution(document: &Document) -> bool {
    is_resolution(&document.id, Some(&document.kind), Some(&document.title))
}

/// Whether two documents of one number are two: only councils and committees (HĐND, UBND) share
/// numbers, each place counting its own. All others bear their issuer in the number.
fn other_issuer(a: &Document, b: &Document) -> bool {
    let issuer = |document: &Document| {
        viet::fold(&document.issuer)
            .replace("uy ban nhan dan", "ubnd")
            .replace("hoi dong nhan dan", "hdnd")
            .replace("thanh pho", "tp")
    };
    ["UBND", "HĐND"].iter().any(|code| a.id.contains(code))
        && !a.issuer.is_empty()
        && !b.issuer.is_empty()
        && issuer(a) != issuer(b)
        && viet::fold(&a.title) != viet::fold(&b.title)
}

fn join(
    (document, texts): &mut (Document, Vec<String>),
    other: Document,
    other_texts: Vec<String>,
    warnings: &mut Vec<String>,
) {
    fill(document, &other);
    let same_edition = document.edition == other.edition;
    let mut known: HashMap<Place, usize> = document
        .articles
        .iter()
        .enumerate()
        .map(|(i, article)| (article.place.clone(), i))
        .collect();
    let mut twice = 0;
    for (article, text) in other.articles.into_iter().zip(other_texts) {
        match known.get(&article.place) {
            Some(&i) => {
                twice += usize::from(texts[i] != text);
                let there = &mut document.articles[i];
                there.earlier = there.earlier.take().or(article.earlier);
                // What another edition prints, the codification has not dropped.
                there.dropped = there.dropped.or(article.dropped.filter(|_| same_edition));
            }
            None => {
                known.insert(article.place.clone(), document.articles.len());
                document.articles.push(article);
                texts.push(text);
            }
        }
    }
    if twice > 0 {
        warnings.push(format!(
            "{}: {twice} articles stand in two files with different words; the first is kept",
            document.id
        ));
    }
    let mut pairs: Vec<(Article, String)> =
        document.articles.drain(..).zip(texts.drain(..)).collect();
    pairs.sort_by_key(|(article, _)| law::order(&article.place));
    (document.articles, *texts) = pairs.into_iter().unzip();
}

/// What to call the source of a document's facts.
fn source(document: &Document) -> String {
    if document.source.is_empty() { document.corpus.clone() } else { document.source.clone() }
}

/// Takes what is missing from another source of the same document; where both give a date and they
/// differ, both are kept.
fn fill(document: &mut Document, other: &Document) {
    for (mine, theirs) in [
        (&mut document.kind, &other.kind),
        (&mut document.title, &other.title),
        (&mut document.issuer, &other.issuer),
        (&mut document.source, &other.source),
    ] {
        if mine.is_empty() {
            mine.clone_from(theirs);
        }
    }
    let sources = (source(document), source(other));
    let mut conflicts = Vec::new();
    for (field, mine, theirs) in [
        ("issued", &mut document.issued, other.issued),
        ("effective", &mut document.effective, other.effective),
        ("ended", &mut document.ended, other.ended),
    ] {
        match (*mine, theirs) {
            (Some(kept), Some(there)) if kept != there => conflicts.push(Conflict {
                field: field.to_owned(),
                kept: (kept, sources.0.clone()),
                other: (there, sources.1.clone()),
            }),
            _ => *mine = mine.or(theirs),
        }
    }
    for conflict in conflicts.into_iter().chain(other.conflicts.iter().cloned()) {
        if !document.conflicts.contains(&conflict) {
            document.conflicts.push(conflict);
        }
    }
    document.checked = document.checked.or(other.checked);
    for topic in &other.topics {
        if !document.topics.contains(topic) {
            document.topics.push(topic.clone());
        }
    }
    document.dropped = document.dropped.or(other.dropped);
    for relation in &other.relations {
        if !document.relations.contains(relation) {
            document.relations.push(relation.clone());
        }
    }
}

/// A catalogue entry was checked by people, so its dates and titles win over those read from a copy.
fn describe(document: &mut Document, mut entry: Document) {
    let articles = std::mem::take(&mut document.articles);
    let corpus = std::mem::take(&mut document.corpus);
    let source = std::mem::take(&mut document.source);
    fill(&mut entry, document);
    *document = Document {
        articles,
        corpus,
        source,
        guide: document.guide,
        edition: std::mem::take(&mut document.edition),
        starts: std::mem::take(&mut document.starts),
        changes: std::mem::take(&mut document.changes),
        notes: document.notes,
        dropped: document.dropped,
        ..entry
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str, issuer: &str, articles: &[(&str, &str)]) -> (Document, Vec<String>) {
        let place = |n: &str| Place { article: Some(n.to_owned()), ..Place::default() };
        let articles_of = articles
            .iter()
            .map(|(n, _)| Article { place: place(n), ..Article::default() })
            .collect();
        let document = Document {
            id: id.into(),
            issuer: issuer.into(),
            title: format!("Quy định của {issuer}"),
            articles: articles_of,
            ..Document::default()
        };
        (document, articles.iter().map(|(_, text)| (*text).to_owned()).collect())
    }

    fn source(documents: Vec<(Document, Vec<String>)>) -> Given {
        given("khue", &[], Contents { documents, ..Contents::default() })
    }

    fn given(corpus: &str, profiles: &[&str], contents: Contents) -> Given {
        let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
        Given { corpus: corpus.into(), profiles, contents }
    }

    #[test]
    fn a_closed_collection_is_not_seen_through_an_open_one() {
        let open = source(vec![document("1/2020/TT-BTP", "", &[("1", "một")])]);
        let documents = vec![document("1/2020/TT-BTP", "", &[("2", "nội bộ")])];
        let closed = given("noibo", &["staff"], Contents { documents, ..Contents::default() });
        // Whichever comes first by its path.
        for sources in [[open.clone(), closed.clone()], [closed, open]] {
            let all = assemble(sources);
            assert_eq!(all.documents.len(), 1);
            assert_eq!(all.documents[0].1, ["một"]);
            assert!(all.warnings[0].contains("noibo"), "{:?}", all.warnings);
        }
    }

    #[test]
    fn an_amendment_holds_from_the_day_of_its_document() {
        let (mut old, _) = document("123/2015/NĐ-CP", "Chính phủ", &[]);
        let to = law::Citation::whole("87/2020/NĐ-CP");
        let kind = law::RelationKind::AmendedBy;
        old.relations = vec![law::Relation { kind, to, from: None }];
        let (mut new, _) = document("87/2020/NĐ-CP", "Chính phủ", &[]);
        new.effective = Some(jiff::civil::date(2020, 9, 15));
        let catalogue = Contents { catalogue: vec![old, new], ..Contents::default() };
        let all = assemble([given("khue", &[], catalogue)]);
        assert_eq!(all.documents[0].0.relations[0].from, Some(jiff::civil::date(2020, 9, 15)));
    }

    #[test]
    fn a_catalogue_entry_of_another_issuer_is_another_document() {
        let (entry, _) = document("5/2024/QĐ-UBND", "UBND Huế", &[]);
        let catalogue = Contents { catalogue: vec![entry], ..Contents::default() };
        let all = assemble([
            source(vec![document("5/2024/QĐ-UBND", "UBND Hà Nội", &[("1", "a")])]),
            given("khue", &[], catalogue),
        ]);
        let ids: Vec<_> = all.documents.iter().map(|(d, _)| d.id.as_str()).collect();
        assert_eq!(ids, ["5/2024/QĐ-UBND", "5/2024/QĐ-UBND [UBND Huế]"]);
        assert_eq!(all.documents[0].0.issuer, "UBND Hà Nội");
    }

    #[test]
    fn articles_of_two_files_are_joined_in_order() {
        let all = assemble([
            source(vec![document("1/2020/TT-BTP", "", &[("10", "mười"), ("2", "hai")])]),
            source(vec![document(
                "1/2020/TT-BTP",
                "",
                &[("2", "khác"), ("12a", "a"), ("12", "b")],
            )]),
        ]);
        let (document, texts) = &all.documents[0];
        let numbers: Vec<_> =
            document.articles.iter().map(|a| a.place.article.clone().unwrap()).collect();
        assert_eq!(numbers, ["2", "10", "12", "12a"]);
        assert_eq!(texts, &["hai", "mười", "b", "a"]);
        assert_eq!(all.warnings.len(), 1);
    }

    #[test]
    fn two_issuers_of_one_number_stay_apart() {
        let all = assemble([
            source(vec![document("5/2024/QĐ-UBND", "UBND Hà Nội", &[("1", "a")])]),
            source(vec![document("5/2024/QĐ-UBND", "UBND Huế", &[("1", "b")])]),
        ]);
        let ids: Vec<_> = all.documents.iter().map(|(d, _)| d.id.as_str()).collect();
        assert_eq!(ids, ["5/2024/QĐ-UBND", "5/2024/QĐ-UBND [UBND Huế]"]);
    }

    #[test]
    fn a_catalogue_entry_gives_the_dates() {
        let (mut entry, _) = document("60/2014/QH13", "Quốc hội", &[]);
        entry.ended = Some(jiff::civil::date(2027, 3, 1));
        let catalogue = Contents { catalogue: vec![entry], ..Contents::default() };
        let all = assemble([
            source(vec![document("60/2014/QH13", "", &[("1", "a")])]),
            given("khue", &[], catalogue),
        ]);
        assert_eq!(all.documents.len(), 1);
        assert_eq!(all.documents[0].0.ended, Some(jiff::civil::date(2027, 3, 1)));
        assert_eq!(all.documents[0].0.articles.len(), 1);
    }
}
