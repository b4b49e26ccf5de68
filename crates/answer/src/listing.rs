//! A list of provisions on a subject, and a document in short: for people who work with the law.

use jiff::civil::Date;
use law::{Article, Document};
use search::{Hit, Named, Typed};

use crate::answer::{Answer, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::sources::quoted;
use crate::words::words;
use crate::{render, route};

/// Words that ask for a list, folded; they begin the message.
const LISTS: &[&str] = &["liet ke", "lap danh sach", "danh sach", "thong ke", "tong hop"];
/// What a list is of: only the law is listed.
const OF_LAW: &[&str] = &[
    "cac quy dinh phap luat",
    "quy dinh phap luat",
    "cac quy dinh",
    "quy dinh",
    "cac dieu khoan",
    "dieu khoan",
    "cac dieu luat",
    "dieu luat",
    "cac dieu",
];
/// Words that lead from what is listed to its subject, folded.
const ABOUT: &[&str] = &["lien quan den", "lien quan toi", "ve viec", "ve", "cua", "trong"];

/// A list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Its subject, as typed.
    pub(crate) subject: String,
    /// The document that it is limited to.
    pub(crate) within: Option<String>,
}

/// Provisions that are searched for a list.
pub(crate) const DEPTH: usize = 60;
/// Most rows of a list.
const ROWS: usize = 20;
/// Least score of a row, as a share of the best one's.
const NEAR: f32 = 0.3;

/// Words that ask for a document in short, folded.
const SHORT: &[&str] = &["tom tat", "tom luoc", "noi dung chinh", "nhung diem chinh"];

/// The list that a message asks for; `None` if it asks for none.
pub(crate) fn wanted(text: &str, named: &Named) -> Option<Listing> {
    // Of a law that is named the rest is the subject.
    let within = match named.documents.as_slice() {
        [only] if named.places.is_empty() => Some(only.document.clone()),
        _ => None,
    };
    let all = words(if within.is_some() { &named.rest } else { text });
    let mut rest = all.as_slice();
    let mut take = |phrases: &[&str]| {
        let begins = |phrase: &&&str| {
            let mut words = phrase.split(' ');
            let count = phrase.split(' ').count();
            count <= rest.len()
                && rest.iter().take(count).all(|it| words.next() == Some(&it.folded))
        };
        let longest = phrases.iter().filter(begins).max_by_key(|phrase| phrase.len());
        let found = longest.map(|phrase| phrase.split(' ').count());
        rest = &rest[found.unwrap_or(0)..];
        found.is_some()
    };
    take(POLITE);
    if !take(LISTS) {
        return None;
    }
    take(&["tat ca", "toan bo", "giup toi", "giup em", "cho toi", "cho em", "ra"]);
    if !take(OF_LAW) {
        return None;
    }
    while take(ABOUT) {}
    let subject: Vec<&str> = rest.iter().map(|word| word.marked.as_str()).collect();
    (!subject.is_empty()).then(|| Listing { subject: subject.join(" "), within })
}

/// What may stand before it, folded.
const POLITE: &[&str] =
    &["hay", "xin", "em can", "toi can", "giup toi", "giup em", "cho toi", "cho em"];

/// Whether a document in short is asked for.
fn in_short(text: &str) -> bool {
    let asked = route::spaced(text);
    SHORT.iter().any(|words| route::holds(&asked, words))
}

/// Whether a document as a whole is asked for in short, and nothing in particular of it.
fn whole_in_short(text: &str, named: &Named) -> bool {
    let phrases: Vec<&str> =
        SHORT.iter().chain(&["van ban nay", "van ban", "cho toi", "cua"]).copied().collect();
    in_short(text) && route::only(&named.rest, &phrases)
}

impl Assistant {
    /// The provisions in force on a subject as a table; `None` if there are none.
    pub(crate) fn listed(&self, wanted: &Listing, hits: &[Hit], on: Date) -> Option<Answer> {
        let (library, prompts) = (self.search.library(), &self.prompts);
        let subject = wanted.subject.as_str();
        let best = hits.first().map_or(0.0, |hit| hit.score);
        // Guides tell of the law and are none.
        let guide = |hit: &&Hit| {
            let document = library.document(&hit.citation.document);
            document.is_some_and(|document| document.guide)
        };
        let within = |hit: &&Hit| match &wanted.within {
            Some(document) => hit.citation.document == *document,
            None => hit.score >= NEAR * best,
        };
        let near = hits.iter().filter(within).filter(|it| !guide(it));
        let near: Vec<Hit> = near.cloned().collect();
        let typed = Typed { text: subject.to_owned(), ..Typed::default() };
        let sources = self.fitting_at_most(&typed, &near, on, ROWS);
        if sources.is_empty() {
            return None;
        }
        let mut rows = Vec::new();
        for source in &sources {
            let (document, article) = library.article(&source.citation)?;
            let place = match article.heading.is_empty() {
                true => render::place(&source.citation),
                false => format!("{}. {}", render::place(&source.citation), article.heading),
            };
            let status = prompts.say(&format!("label_status_{}", source.status.name()), &[]);
            let status = match source.from.map(render::date) {
                Some(on) => prompts.say("list_since", &[("status", &status), ("on", &on)]),
                None => status,
            };
            let row = [format!("[{}]", source.n), place, render::document_name(document), status];
            rows.push(row.map(|cell| cell.replace('|', "/")));
        }
        let lead = prompts.say("list_lead", &[("subject", subject), ("on", &render::date(on))]);
        let head = prompts.say("list_head", &[]);
        let lines = rows.iter().map(|row| format!("\n| {} |", row.join(" | ")));
        let text = format!("{lead}\n\n{head}\n|---|---|---|---|{}", lines.collect::<String>());
        let glance = |source: Source| {
            let quote = render::shorten(&source.quote, GLANCE).to_owned();
            Source { quote, ..source }
        };
        let sources = sources.into_iter().map(glance).collect();
        Some(Answer { text, sources, ..self.blank(Route::Law, Verdict::Answered) })
    }

    /// A document in short: what it governs and for whom, its chapters and articles by name, from when it holds and
    /// what it ended. Nothing is retold: its own words, cited.
    pub(crate) fn summary(&self, text: &str, named: &Named, on: Date) -> Option<Answer> {
        let [only] = named.documents.as_slice() else { return None };
        let document = self.sight().document(&only.document)?;
        if !whole_in_short(text, named) || document.articles.is_empty() || !named.places.is_empty()
        {
            return None;
        }
        let (library, prompts) = (self.search.library(), &self.prompts);
        let mut sources = vec![self.record(document, 1, on)];
        let told = document.articles.iter().filter(|article| telling(article));
        for at in told.map(|article| document.cite(article)) {
            if sources.len() <= TOLD {
                sources.extend(quoted(library, &at, sources.len() + 1, on));
            }
        }
        let mut text = render::documents(prompts, &sources[..1], false);
        text.push_str(&self.quoted(&sources[1..]));
        text.push_str(&format!("\n\n{}", prompts.say("summary_contents", &[])));
        text.push_str(&contents(document));
        Some(Answer { text, sources, ..self.blank(Route::Law, Verdict::Answered) })
    }
}

/// Most articles of a document in short that are quoted.
const TOLD: usize = 4;

/// Whether an article tells what a document is for, for whom, or from when.
fn telling(article: &Article) -> bool {
    let heading = viet::fold(&article.heading);
    article.place.part.is_none()
        && ["pham vi dieu chinh", "doi tuong ap dung", "hieu luc", "quy dinh chuyen tiep"]
            .iter()
            .any(|words| heading.contains(words))
}

/// Chapters (chương) with the articles in them, a line each.
fn contents(document: &Document) -> String {
    let mut lines = String::new();
    let mut chapter = "";
    for article in &document.articles {
        let Some(number) = article.place.article.as_deref().filter(|it| *it != "0") else {
            continue;
        };
        if article.place.part.is_some() {
            continue;
        }
        if let Some(above) = article.above.first().filter(|above| *above != chapter) {
            chapter = above;
            lines.push_str(&format!("\n\n**{chapter}**"));
        }
        let gap = if article.heading.is_empty() { "" } else { ". " };
        lines.push_str(&format!("\n- Điều {number}{gap}{}", article.heading));
    }
    lines
}

/// What a list's sources are cut to: the words that a reader needs to know whether to open it.
const GLANCE: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_asked_for_in_words_of_law() {
        for (text, expect) in [
            ("Liệt kê các quy định về đăng ký tạm trú", Some("đăng ký tạm trú")),
            (
                "danh sách các điều khoản liên quan đến xử phạt nồng độ cồn",
                Some("xử phạt nồng độ cồn"),
            ),
            (
                "tổng hợp các quy định xử phạt vi phạm lĩnh vực đất đai",
                Some("xử phạt vi phạm lĩnh vực đất đai"),
            ),
            ("liet ke cac quy dinh ve dang ky tam tru", Some("dang ky tam tru")),
            ("liệt kê giấy tờ đăng ký tạm trú", None),
            ("quy định về đăng ký tạm trú", None),
            ("Theo quy định thì tất cả cán bộ có phải kê khai tài sản không?", None),
            ("liệt kê các quy định", None),
        ] {
            let found = wanted(text, &Named::default()).map(|list| list.subject);
            assert_eq!(found.as_deref(), expect, "{text}");
        }
        let named = Named {
            documents: vec![law::Citation::whole("31/2024/QH15")],
            rest: "liệt kê các quy định của  về thu hồi đất".into(),
            ..Named::default()
        };
        let list = wanted("liệt kê các quy định của Luật Đất đai về thu hồi đất", &named).unwrap();
        assert_eq!(
            (list.subject.as_str(), list.within.as_deref()),
            ("thu hồi đất", Some("31/2024/QH15"))
        );
        assert!(whole_in_short(
            "tóm tắt Luật Đất đai",
            &Named { rest: "tóm tắt ".into(), ..Named::default() }
        ));
        let more = Named { rest: "tóm tắt  về bồi thường".into(), ..Named::default() };
        assert!(!whole_in_short("tóm tắt Luật Đất đai về bồi thường", &more));
    }
}
