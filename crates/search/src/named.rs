//! Provisions, documents and procedures that a question names: "điều 15 luật hộ tịch", "nghị định
//! 123/2015", "1.001193". They are looked up, not searched.

use law::{Citation, Document, Library, Place};

use crate::filter::{Filter, Kind};

/// Most places that one question can name.
const MOST: usize = 10;

/// What a question names, each in the order in which it is named and only what the filter lets
/// through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Articles, clauses, points and procedures that the library holds.
    pub places: Vec<Citation>,
    /// Documents named without an article, or whose words the library does not hold.
    pub documents: Vec<Citation>,
    /// Places that are not held of a document that is: "khoản 9 Điều 15" of eight clauses.
    pub missing: Vec<Citation>,
    /// Documents that are not held, in the question's own words: "nghị định 999/2099".
    pub unknown: Vec<String>,
    /// The question without the names of documents and places.
    pub rest: String,
}

/// Looks up what a question names. Of several laws of one name that is meant which is in force on the
/// filter's day.
pub fn named(library: &Library, text: &str, filter: &Filter) -> Named {
    let mut named = Named::default();
    if filter.kind != Some(Kind::Provision) {
        let known = law::codes(text).filter(|code| {
            library.procedure(code).is_some_and(|procedure| filter.sees(&procedure.corpus))
        });
        named.places.extend(known.map(Citation::whole));
    }
    let mut at = 0;
    for mention in law::mentions(text) {
        let words = text.get(mention.span.clone()).unwrap_or_default();
        let document = match meant(library, &mention, words, filter).as_slice() {
            [document] => *document,
            [] if names_one(&mention) => {
                named.unknown.push(words.trim().to_owned());
                continue;
            }
            // Nothing is named, or too little to tell which.
            _ => continue,
        };
        // Members of a list share one span.
        named.rest.push_str(text.get(at..mention.span.start).unwrap_or_default());
        at = mention.span.end.max(at);
        if filter.kind == Some(Kind::Procedure) {
            continue;
        }
        if mention.citation.place.article.is_none() || document.articles.is_empty() {
            named.documents.push(Citation::whole(&document.id));
            continue;
        }
        let place = placed(document, mention.citation.place.clone());
        let place = Citation { document: document.id.clone(), place };
        match library.text(&place) {
            Some(_) => named.places.push(place),
            None => named.missing.push(place),
        }
    }
    named.rest.push_str(text.get(at..).unwrap_or_default());
    for list in [&mut named.places, &mut named.documents, &mut named.missing] {
        let mut seen = std::collections::HashSet::new();
        list.retain(|at| seen.insert(at.clone()));
        list.truncate(MOST);
    }
    named
}

/// Whether a mention names one document, so that it can be said that it is not held: by number, or an
/// article of a law by name.
fn names_one(mention: &law::Mention) -> bool {
    mention.citation.document.contains('/')
        || mention.name.is_some() && mention.citation.place.article.is_some()
}

/// An article that stands in one attached regulation (quy chế ban hành kèm theo) only is meant there.
fn placed(document: &Document, place: Place) -> Place {
    if place.part.is_some() || document.article(&place).is_some() {
        return place;
    }
    let same = |article: &&law::Article| article.place.article == place.article;
    let mut parts = document.articles.iter().filter(same).map(|article| &article.place.part);
    match (parts.next(), parts.next()) {
        (Some(part), None) => Place { part: part.clone(), ..place },
        _ => place,
    }
}

/// Kinds of documents that people name, folded.
const KINDS: &[&str] =
    &["nghi dinh", "thong tu", "nghi quyet", "quyet dinh", "phap lenh", "chi thi", "luat"];

/// The documents that a mention may mean: by number, by the beginning of a number and the kind, or by
/// name.
fn meant<'a>(
    library: &'a Library,
    mention: &law::Mention,
    words: &str,
    filter: &Filter,
) -> Vec<&'a Document> {
    let open = |document: &&Document| filter.sees(&document.corpus);
    let number = mention.citation.document.as_str();
    if !number.is_empty() {
        if let Some(document) = library.document(number).filter(open) {
            return vec![document];
        }
        let prefix = format!("{number}/");
        let words = viet::fold(words);
        let kind = KINDS.iter().find(|kind| words.contains(*kind));
        return library
            .documents()
            .iter()
            .filter(open)
            .filter(|document| document.id.starts_with(&prefix))
            .filter(|it| kind.is_none_or(|kind| viet::fold(&it.kind).starts_with(kind)))
            .collect();
    }
    let Some(name) = mention.name.as_deref().map(viet::fold) else { return Vec::new() };
    // "Luật Đất đai 2024": the year is part of the name, and of the number.
    let (plain, year) = match name.rsplit_once(' ') {
        Some((plain, year)) if year.len() == 4 && year.bytes().all(|c| c.is_ascii_digit()) => {
            (plain, Some(year))
        }
        _ => (name.as_str(), None),
    };
    let holds = |document: &Document| {
        filter.in_force_on.is_none_or(|on| law::Standing::of(document, on).status.holds())
    };
    library
        .titled(plain)
        .filter(open)
        .filter(|document| year.is_none_or(|year| document.id.contains(&format!("/{year}/"))))
        .max_by_key(|it| (holds(it), !it.articles.is_empty(), it.effective, it.issued))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::sync::Arc;

    fn library() -> Library {
        let article = |n: &str, part: Option<u16>| law::Article {
            place: Place {
                article: Some(n.into()),
                part: part.map(law::Part::Attached),
                ..Place::default()
            },
            ..law::Article::default()
        };
        let document = |id: &str, kind: &str, title: &str, corpus: &str, articles| Document {
            id: id.into(),
            kind: kind.into(),
            title: title.into(),
            corpus: corpus.into(),
            articles,
            ..Document::default()
        };
        let date = jiff::civil::date;
        let mut old =
            document("60/2014/QH13", "Luật", "Luật Hộ tịch", "a", vec![article("15", None)]);
        (old.effective, old.ended) = (Some(date(2016, 1, 1)), Some(date(2027, 3, 1)));
        let mut new =
            document("03/2026/QH16", "Luật", "Luật Hộ tịch", "a", vec![article("15", None)]);
        new.effective = Some(date(2027, 3, 1));
        let attached = vec![article("1", None), article("12", Some(1))];
        let documents = vec![
            old,
            new,
            document("158/2005/NĐ-CP", "Nghị định", "Hộ tịch", "a", vec![]),
            document("15/2024/QĐ-UBND", "Quyết định", "Quy chế", "a", attached),
            document("7/2020/TT-BTP", "Thông tư", "Nội bộ", "closed", vec![article("1", None)]),
        ];
        let mut texts = HashMap::new();
        for document in &documents {
            for article in &document.articles {
                texts.insert(document.cite(article), "Nội dung.".to_owned());
            }
        }
        Library::new(documents, vec![], Arc::new(texts))
    }

    #[test]
    fn what_is_named_is_held_or_said_to_be_missing() {
        let filter = Filter {
            corpora: vec!["a".into()],
            in_force_on: Some(jiff::civil::date(2026, 11, 20)),
            kind: None,
        };
        for (text, places, documents, missing, unknown) in [
            ("điều 15 luật hộ tịch", "60/2014/QH13 điều 15", "", "", ""),
            ("điều 16 luật hộ tịch", "", "", "60/2014/QH13 điều 16", ""),
            ("luật hộ tịch còn hiệu lực không", "", "60/2014/QH13", "", ""),
            ("nghị định 158/2005 còn hiệu lực không", "", "158/2005/NĐ-CP", "", ""),
            ("điều 3 nghị định 158/2005", "", "158/2005/NĐ-CP", "", ""),
            ("thông tư 158/2005", "", "", "", "thông tư 158/2005"),
            ("nghị định 999/2099 quy định gì", "", "", "", "nghị định 999/2099"),
            ("điều 5 luật cạnh tranh", "", "", "", "điều 5 luật cạnh tranh"),
            ("theo luật cạnh tranh thì sao", "", "", "", ""),
            ("Thông tư 7/2020/TT-BTP", "", "", "", "Thông tư 7/2020/TT-BTP"),
            ("đăng ký khai sinh cần gì", "", "", "", ""),
        ] {
            let named = named(&library(), text, &filter);
            let join = |list: &[Citation]| {
                list.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            };
            assert_eq!(join(&named.places), places, "{text}");
            assert_eq!(join(&named.documents), documents, "{text}");
            assert_eq!(join(&named.missing), missing, "{text}");
            assert_eq!(named.unknown.join("; "), unknown, "{text}");
        }
        let attached = named(&library(), "điều 12 quyết định 15/2024/QĐ-UBND", &filter);
        assert_eq!(attached.places.len(), 1, "{attached:?}");
        let rest = named(&library(), "nghị định 158/2005 còn hiệu lực không", &filter).rest;
        assert_eq!(rest.trim(), "còn hiệu lực không");
    }
}
