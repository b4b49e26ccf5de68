//! Records around the codification (pháp điển): articles in two snapshots, and its links between
//! articles.

use std::collections::HashMap;

use law::{Article, Citation, Document, Earlier, Edition, ParsedDocument, Place};
use serde::Deserialize;

use crate::lines::{SNAPSHOT, SNAPSHOT_BEFORE, each_line, tidy, words};
use crate::read::Refused;

#[derive(Deserialize)]
struct Changed {
    doc: String,
    article: String,
    heading_old: String,
    heading_new: String,
    text_2024: String,
    text_2026: String,
    #[serde(default)]
    amended_2026: Option<String>,
}

/// Articles whose words differ between the two snapshots: today's words, and those of before. Returns
/// the documents and the lines that could not be read.
pub(crate) fn changed(bytes: &[u8]) -> Result<(Vec<ParsedDocument>, Vec<String>), Refused> {
    let (mut documents, mut warnings): (Vec<ParsedDocument>, _) = (Vec::new(), Vec::new());
    let mut by_number: HashMap<String, usize> = HashMap::new();
    each_line(bytes, |number, line| {
        let line: Changed = match serde_json::from_slice(line) {
            Ok(line) => line,
            Err(error) => {
                warnings.push(format!("line {number} is refused: {error}"));
                return;
            }
        };
        let id = law::canonical(&tidy(&line.doc));
        let i = *by_number.entry(id.clone()).or_insert_with(|| {
            let kind = law::kind_of(&id).to_owned();
            let edition = Edition::Codified(Some(SNAPSHOT));
            let document = Document { id, kind, edition, ..Document::default() };
            documents.push(ParsedDocument { document, ..ParsedDocument::default() });
            documents.len() - 1
        });
        let ParsedDocument { document, texts } = &mut documents[i];
        let (text, old) = (
            words(&line.text_2026, number, &mut warnings),
            words(&line.text_2024, number, &mut warnings),
        );
        let place = Place { article: Some(line.article.to_lowercase()), ..Place::default() };
        let cited = Citation { document: document.id.clone(), place: place.clone() };
        let note = tidy(line.amended_2026.as_deref().unwrap_or_default());
        document.changes.extend(law::remark(&cited, &note));
        let (clauses, _) = law::split_article(&text);
        let earlier =
            Earlier { seen: SNAPSHOT_BEFORE, heading: tidy(&line.heading_old), text: old };
        let article = Article {
            place,
            heading: tidy(&line.heading_new),
            clauses,
            note,
            earlier: Some(Box::new(earlier)),
            ..Article::default()
        };
        document.articles.push(article);
        texts.push(text);
    })?;
    if documents.is_empty() {
        return Err(Refused::Damaged { why: "no line could be read".into() });
    }
    Ok((documents, warnings))
}

#[derive(Deserialize)]
struct Link {
    text_id: String,
    related: Vec<String>,
}

/// Pairs of an article and those that the codification calls related.
pub(crate) type Links = Vec<(Citation, Vec<Citation>)>;

/// Official links from article to article: `60/2014/QH13#15`.
pub(crate) fn links(bytes: &[u8]) -> Result<(Links, Vec<String>), Refused> {
    let (mut links, mut warnings) = (Vec::new(), Vec::new());
    each_line(bytes, |number, line| match serde_json::from_slice::<Link>(line) {
        Ok(Link { text_id, related }) => match cited(&text_id) {
            Some(from) => links.push((from, related.iter().filter_map(|to| cited(to)).collect())),
            None => {
                warnings.push(format!("line {number} is refused: {text_id:?} names no article"))
            }
        },
        Err(error) => warnings.push(format!("line {number} is refused: {error}")),
    })?;
    if links.is_empty() {
        return Err(Refused::Damaged { why: "no line could be read".into() });
    }
    Ok((links, warnings))
}

fn cited(text_id: &str) -> Option<Citation> {
    let (document, article) = text_id.rsplit_once('#')?;
    let plain = !article.is_empty() && article.chars().all(char::is_alphanumeric);
    plain.then(|| Citation::article(law::canonical(document), article.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_states_of_an_article_are_kept() {
        let line = r#"{"text_id":"39/2019/TT-BGTVT#4","doc":"39/2019/TT-BGTVT","article":"4","heading_old":"Cũ","heading_new":"Mới","text_2024":"1. Một.","text_2026":"1. Hai.","amended_2026":"có nội dung được sửa đổi bởi Điều 1 Thông tư số 5/2025/TT-BXD có hiệu lực thi hành kể từ ngày 01/07/2025"}"#;
        let (documents, warnings) = changed(format!("{line}\nnothing\n").as_bytes()).unwrap();
        let ParsedDocument { document, texts } = &documents[0];
        assert_eq!((document.id.as_str(), texts[0].as_str()), ("39/2019/TT-BGTVT", "1. Hai."));
        assert_eq!(document.articles[0].earlier.as_ref().unwrap().text, "1. Một.");
        assert_eq!(document.changes[0].by.to_string(), "05/2025/TT-BXD điều 1");
        assert_eq!(document.changes[0].from, Some(jiff::civil::date(2025, 7, 1)));
        assert!(warnings[0].starts_with("line 2 is refused"), "{warnings:?}");
    }

    #[test]
    fn links_go_from_article_to_article() {
        let lines = r##"{"text_id": "13/2021/NĐ-CP#3", "related": ["83/2015/QH13#1", "x"]}"##;
        let (links, _) = links(lines.as_bytes()).unwrap();
        let (from, to) = &links[0];
        assert_eq!(from.to_string(), "13/2021/NĐ-CP điều 3");
        assert_eq!(to.iter().map(ToString::to_string).collect::<Vec<_>>(), ["83/2015/QH13 điều 1"]);
    }
}
