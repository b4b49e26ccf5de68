//! Two documents, or two versions of a law, side by side: the provision of each that answers the question.

use std::sync::Arc;

use jiff::civil::Date;
use law::{Citation, Document, Library, Place};
use search::{Filter, Hit, Kind, Named, Typed};

use crate::answer::{Answer, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::error::Result;
use crate::sources::source;
use crate::{render, route};

/// Words that ask for a comparison, folded.
const COMPARE: &[&str] = &[
    "so sanh",
    "khac gi",
    "khac nhau",
    "khac cho nao",
    "khac biet",
    "giong nhau",
    "thay doi gi",
    "doi the nao",
];
/// Provisions that are searched for one of each document.
const DEPTH: usize = 120;
/// Most documents that are compared.
const MOST: usize = 3;

impl Assistant {
    /// The comparison that a question asks for; `None` if it asks for none, or if fewer than two documents are known.
    pub(crate) async fn compare(
        &self,
        text: &str,
        typed: &Arc<Typed>,
        named: &Named,
        on: Date,
    ) -> Result<Option<Answer>> {
        let asked = route::spaced(text);
        if !COMPARE.iter().any(|words| route::holds(&asked, words)) {
            return Ok(None);
        }
        let library = self.search.library();
        let mut wanted: Vec<Citation> = Vec::new();
        for at in named.places.iter().filter(|at| !at.is_procedure()).chain(&named.documents) {
            if wanted.iter().all(|known| known.document != at.document) {
                wanted.push(at.clone());
            }
        }
        if wanted.len() < 2 {
            wanted = versions(library, text);
        }
        wanted.truncate(MOST);
        if wanted.len() < 2 {
            return Ok(None);
        }
        let filter = Filter { in_force_on: None, ..self.filter(Some(Kind::Provision), None) };
        let found =
            self.search.find_typed(typed, &[(filter, DEPTH)]).await?.pop().unwrap_or_default();
        let mut sources: Vec<Source> = Vec::new();
        for at in wanted {
            let hit = match at.place.article {
                Some(_) => Some(whole(at)),
                None => best(&found, &at.document),
            };
            sources.extend(hit.and_then(|hit| source(library, sources.len() + 1, &hit, on)));
        }
        if sources.len() < 2 {
            return Ok(None);
        }
        let mut answer = self.prompts.say("compare_lead", &[]);
        for source in &sources {
            answer.push_str(&render::quoted(&self.prompts, source));
        }
        Ok(Some(Answer { text: answer, sources, ..self.blank(Route::Law, Verdict::Answered) }))
    }
}

/// The best hit of a document; that it is named proves nothing of the article.
fn best(found: &[Hit], document: &str) -> Option<Hit> {
    let of = found.iter().filter(|hit| hit.citation.document == document);
    of.max_by(|a, b| a.score.total_cmp(&b.score)).cloned()
}

fn whole(at: Citation) -> Hit {
    Hit {
        clause: at.place.clause.is_some().then(|| at.clone()),
        citation: at.to_article(),
        kind: Kind::Provision,
        score: 1.0,
        ranks: search::Ranks { named: true, ..search::Ranks::default() },
        signals: search::Signals::default(),
    }
}

/// "Điều 60 luật cũ và Điều 70 luật mới" of a law that the question names by its subject: the law of that title that
/// ended last, and the one after it.
fn versions(library: &Library, text: &str) -> Vec<Citation> {
    let asked = route::spaced(text);
    if !route::holds(&asked, "luat cu") && !route::holds(&asked, "luat moi") {
        return Vec::new();
    }
    let subject = |document: &Document| -> Option<usize> {
        let title = route::spaced(&document.title);
        let subject = title
            .trim()
            .strip_prefix("bo luat ")
            .or_else(|| title.trim().strip_prefix("luat "))?
            .to_owned();
        (document.kind.contains("uật") && route::holds(&asked, &subject)).then_some(subject.len())
    };
    let longest = library.documents().iter().filter_map(subject).max();
    let mut of: Vec<&Document> = library
        .documents()
        .iter()
        .filter(|it| longest.is_some() && subject(it) == longest)
        .collect();
    of.sort_by_key(|document| document.effective.or(document.issued));
    let [.., old, new] = of.as_slice() else { return Vec::new() };
    let words: Vec<&str> = asked.split_whitespace().collect();
    // "dieu 60 luat cu": the article that stands before the words, or none.
    let article = |which: &str| {
        words
            .windows(4)
            .find(|window| window[0] == "dieu" && window[2] == "luat" && window[3] == which)
            .map(|it| it[1].to_owned())
    };
    [(old, "cu"), (new, "moi")]
        .into_iter()
        .map(|(document, which)| {
            let at = Place { article: article(which), ..Place::default() };
            Citation { document: document.id.clone(), place: at }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::collections::HashMap;

    #[test]
    fn old_and_new_law_are_told_by_their_subject() {
        let law = |id: &str, year| Document {
            id: id.into(),
            kind: "Luật".into(),
            title: "Luật Bảo hiểm xã hội".into(),
            effective: Some(date(year, 1, 1)),
            ..Document::default()
        };
        let documents = vec![law("41/2024/QH15", 2025), law("58/2014/QH13", 2016)];
        let library = Library::new(documents, vec![], Arc::new(HashMap::new()));
        for (text, expect) in [
            (
                "BHXH bảo hiểm xã hội một lần: Điều 60 luật cũ và Điều 70 luật mới khác gì",
                "58/2014/QH13 điều 60; 41/2024/QH15 điều 70",
            ),
            ("bảo hiểm xã hội luật cũ luật mới khác gì", "58/2014/QH13; 41/2024/QH15"),
            ("bảo hiểm xã hội khác gì", ""),
        ] {
            let found: Vec<String> =
                versions(&library, text).iter().map(ToString::to_string).collect();
            assert_eq!(found.join("; "), expect, "{text}");
        }
    }
}
