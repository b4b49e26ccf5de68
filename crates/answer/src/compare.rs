//! Two documents, or two versions of a law, side by side: the provision of each that answers the question.

use jiff::civil::Date;
use law::{Citation, Document, Place};
use search::{Hit, Kind, Named};

use crate::answer::{Answer, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::route;
use crate::sight::Sight;
use crate::sources::source;

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
pub(crate) const DEPTH: usize = 120;
/// Most documents that are compared.
const MOST: usize = 3;

/// The documents or places that a question wants compared, at least two; none if it wants nothing compared.
pub(crate) fn wanted(sight: Sight<'_>, text: &str, named: &Named) -> Vec<Citation> {
    let asked = route::spaced(text);
    if !COMPARE.iter().any(|words| route::holds(&asked, words)) {
        return Vec::new();
    }
    let mut wanted: Vec<Citation> = Vec::new();
    for at in named.places.iter().filter(|at| !at.is_procedure()).chain(&named.documents) {
        if wanted.iter().all(|known| known.document != at.document) {
            wanted.push(at.clone());
        }
    }
    if wanted.len() < 2 {
        wanted = versions(sight, text);
    }
    wanted.truncate(MOST);
    if wanted.len() < 2 { Vec::new() } else { wanted }
}

impl Assistant {
    /// The provision of each of some documents that answers the question; `None` if fewer than two have one.
    pub(crate) fn compared(&self, wanted: &[Citation], found: &[Hit], on: Date) -> Option<Answer> {
        let mut sources: Vec<Source> = Vec::new();
        for at in wanted {
            let hit = match at.place.article {
                Some(_) => Some(whole(at.clone())),
                None => best(found, &at.document),
            };
            let n = sources.len() + 1;
            sources.extend(hit.and_then(|hit| source(self.search.library(), n, &hit, on)));
        }
        if sources.len() < 2 {
            return None;
        }
        let mut text = self.prompts.say("compare_lead", &[]);
        text.push_str(&self.quoted(&sources));
        Some(Answer { text, sources, ..self.blank(Route::Law, Verdict::Answered) })
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
fn versions(sight: Sight<'_>, text: &str) -> Vec<Citation> {
    let asked = route::spaced(text);
    if !route::holds(&asked, "luat cu") && !route::holds(&asked, "luat moi") {
        return Vec::new();
    }
    let subject = |document: &Document| -> Option<String> {
        let title = route::spaced(&document.title);
        let title = title.trim();
        let subject = title.strip_prefix("bo luat ").or_else(|| title.strip_prefix("luat "))?;
        let asks = document.kind.contains("uật") && route::holds(&asked, subject);
        asks.then(|| subject.to_owned())
    };
    let longest = sight.documents().filter_map(subject).max_by_key(String::len);
    let Some(longest) = longest else { return Vec::new() };
    let mut of: Vec<&Document> =
        sight.documents().filter(|it| subject(it).as_ref() == Some(&longest)).collect();
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
    use crate::assistant::Profile;
    use crate::control::Control;
    use jiff::civil::date;
    use law::Library;
    use std::collections::HashMap;
    use std::sync::Arc;

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
                versions(Sight::new(&library, &Profile::new("citizen"), &Control::default()), text)
                    .iter()
                    .map(ToString::to_string)
                    .collect();
            assert_eq!(found.join("; "), expect, "{text}");
        }
    }
}
