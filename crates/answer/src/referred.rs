//! One step along the references of a source: "theo quy định tại khoản 2 Điều 5" is shown beside what says it.

use jiff::civil::Date;
use law::{Citation, Library, Place};

use crate::answer::Source;
use crate::sources::quoted;

/// Sources whose references are followed: the best ones.
const FOLLOWED: usize = 2;

/// Adds at most so many provisions of the same documents that the best sources refer to, in force on the day.
pub(crate) fn follow(library: &Library, sources: &mut Vec<Source>, most: usize, on: Date) {
    let from = sources.len();
    let wanted: Vec<Citation> = sources.iter().take(FOLLOWED).flat_map(references).collect();
    for at in wanted {
        let article = at.to_article();
        let known = |source: &Source| source.citation.to_article() == article;
        if sources.len() >= from + most || sources.iter().any(known) {
            continue;
        }
        let n = sources.len() + 1;
        let found = quoted(library, &at, n, on).or_else(|| quoted(library, &article, n, on));
        sources.extend(found.filter(|source| source.status.holds()));
    }
}

/// Places of the same document that a source refers to, in their order.
fn references(source: &Source) -> Vec<Citation> {
    let own = &source.citation;
    let of_own = law::mentions(&source.quote).into_iter().filter(|it| {
        it.citation.document.is_empty() && it.name.is_none() && it.citation.place.article.is_some()
    });
    let at = of_own.map(|it| {
        // Of a point its clause is shown: alone it says little.
        let place = Place { point: None, part: own.place.part.clone(), ..it.citation.place };
        Citation { document: own.document.clone(), place }
    });
    at.filter(|at| at.place.article != own.place.article).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use law::{Article, Document, Status};
    use std::collections::HashMap;
    use std::sync::Arc;

    #[test]
    fn references_within_a_document_are_followed_one_step() {
        let words = [
            (
                "1",
                "Người quy định tại khoản 2 Điều 3 và Điều 2 của Luật này; theo Điều 5 Luật Hộ tịch.",
            ),
            ("2", "Xem Điều 4."),
            ("3", "1. Một.\n2. Hai."),
            ("4", "Bốn."),
            ("5", "Năm."),
        ];
        let mut document = Document { id: "1/2020/QH14".into(), ..Document::default() };
        let mut texts = HashMap::new();
        for (number, text) in words {
            let place = Place { article: Some(number.into()), ..Place::default() };
            let article = Article { place, ..Article::default() };
            texts.insert(document.cite(&article), text.to_owned());
            document.articles.push(article);
        }
        document.effective = Some(date(2021, 1, 1));
        let library = Library::new(vec![document], vec![], Arc::new(texts));
        let on = date(2026, 1, 1);
        let first = quoted(&library, &Citation::article("1/2020/QH14", "1"), 1, on).unwrap();
        assert_eq!(first.status, Status::InForce);
        for (most, expect) in [(0, vec!["1"]), (1, vec!["1", "3"]), (5, vec!["1", "3", "2"])] {
            let mut sources = vec![first.clone()];
            follow(&library, &mut sources, most, on);
            let found: Vec<&str> =
                sources.iter().filter_map(|it| it.citation.place.article.as_deref()).collect();
            assert_eq!(found, expect, "{most}");
        }
    }
}
