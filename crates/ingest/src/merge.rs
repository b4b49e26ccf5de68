//! Sources to one library: articles of one document that stand in several files, catalogue entries,
//! documents that share a number.

use std::collections::HashMap;

use law::{Article, Document, Place, Procedure};

use crate::sources::Contents;

/// Everything of a library, words included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assembled {
    /// Documents, each with one text an article.
    pub documents: Vec<(Document, Vec<String>)>,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// What did not fit together, for an editor.
    pub warnings: Vec<String>,
}

/// Puts sources together in their order: of two texts at one place the first is kept.
pub fn assemble(sources: impl IntoIterator<Item = (String, Contents)>) -> Assembled {
    let mut all = Assembled::default();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    let mut codes: HashMap<String, usize> = HashMap::new();
    let mut catalogue = Vec::new();
    for (corpus, contents) in sources {
        for (mut document, texts) in contents.documents {
            document.corpus.clone_from(&corpus);
            if let Some(&i) = by_id.get(&document.id)
                && other_issuer(&all.documents[i].0, &document)
            {
                document.id = format!("{} [{}]", document.id, document.issuer);
            }
            match by_id.get(&document.id) {
                Some(&i) => join(&mut all.documents[i], document, texts, &mut all.warnings),
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
                    if !procedure.aliases.is_empty() && all.procedures[i].aliases.is_empty() =>
                {
                    all.procedures[i] = procedure;
                }
                Some(_) => {}
                None => {
                    codes.insert(procedure.code.clone(), all.procedures.len());
                    all.procedures.push(procedure);
                }
            }
        }
        catalogue.extend(contents.catalogue.into_iter().map(|entry| (corpus.clone(), entry)));
    }
    for (corpus, mut entry) in catalogue {
        match by_id.get(&entry.id) {
            Some(&i) => describe(&mut all.documents[i].0, entry),
            None => {
                entry.corpus = corpus;
                by_id.insert(entry.id.clone(), all.documents.len());
                all.documents.push((entry, Vec::new()));
            }
        }
    }
    all
}

fn other_issuer(a: &Document, b: &Document) -> bool {
    !a.issuer.is_empty()
        && !b.issuer.is_empty()
        && viet::fold(&a.issuer) != viet::fold(&b.issuer)
        && viet::fold(&a.title) != viet::fold(&b.title)
}

fn join(
    (document, texts): &mut (Document, Vec<String>),
    other: Document,
    other_texts: Vec<String>,
    warnings: &mut Vec<String>,
) {
    fill(document, &other);
    let mut known: HashMap<Place, usize> = document
        .articles
        .iter()
        .enumerate()
        .map(|(i, article)| (article.place.clone(), i))
        .collect();
    let mut twice = 0;
    for (article, text) in other.articles.into_iter().zip(other_texts) {
        match known.get(&article.place) {
            Some(&i) => twice += usize::from(texts[i] != text),
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
    pairs.sort_by_key(|(article, _)| order(&article.place));
    (document.articles, *texts) = pairs.into_iter().unzip();
}

/// Main text before attached parts, 2 before 10, 12 before 12a.
fn order(place: &Place) -> (Option<law::Part>, u32, String) {
    let article = place.article.clone().unwrap_or_default();
    let digits = article.find(|c: char| !c.is_ascii_digit()).unwrap_or(article.len());
    (place.part.clone(), article[..digits].parse().unwrap_or(0), article[digits..].to_owned())
}

/// Takes what is missing from another source of the same document.
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
    document.issued = document.issued.or(other.issued);
    document.effective = document.effective.or(other.effective);
    document.ended = document.ended.or(other.ended);
    document.checked = document.checked.or(other.checked);
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
    let guide = document.guide;
    *document = Document { articles, corpus, source, guide, ..entry };
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

    fn source(documents: Vec<(Document, Vec<String>)>) -> (String, Contents) {
        ("khue".into(), Contents { documents, ..Contents::default() })
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
            ("khue".into(), catalogue),
        ]);
        assert_eq!(all.documents.len(), 1);
        assert_eq!(all.documents[0].0.ended, Some(jiff::civil::date(2027, 3, 1)));
        assert_eq!(all.documents[0].0.articles.len(), 1);
    }
}
