//! Documents as a whole: their records, with what others say of their state, and those that are not held.

use jiff::civil::Date;
use law::{Citation, Document};
use search::Named;

use crate::answer::{Answer, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::sources::cited;
use crate::{evidence, render, route};

impl Assistant {
    /// A document or place that is not there, or a document as a whole: there is nothing to search.
    pub(crate) fn looked_up(&self, text: &str, named: &Named, on: Date) -> Option<Answer> {
        if !named.places.is_empty() {
            return None;
        }
        if let Some(name) = route::unknown(self.sight(), text, named) {
            return Some(self.not_held_but_told_of(&name, on));
        }
        if let Some(code) = route::unknown_code(self.sight(), text) {
            let values = [("code", code.as_str())];
            return Some(self.refuse(
                Route::Procedure,
                Verdict::NoBasis,
                "unknown_code",
                &values,
                "not_found_next",
            ));
        }
        if let Some(at) = named.missing.first() {
            return Some(self.not_held("unknown_place", &at.to_string()));
        }
        let whole = !named.documents.is_empty() && route::asks_no_more(&named.rest);
        whole.then(|| self.records(named, on))
    }

    /// The records of documents whose words the library does not hold, where no procedure answers:
    /// other law would be another answer.
    pub(crate) fn only_recorded(&self, named: &Named, on: Date) -> Option<Answer> {
        let held = |at: &Citation| self.holds_words(at);
        let only = !named.documents.is_empty() && !named.documents.iter().any(held);
        (named.places.is_empty() && only).then(|| self.records(named, on))
    }

    /// What is known of the documents that are named.
    fn records(&self, named: &Named, on: Date) -> Answer {
        let sight = self.sight();
        let about: Vec<&Document> =
            named.documents.iter().filter_map(|at| sight.document(&at.document)).collect();
        let without_words = about.iter().any(|document| document.articles.is_empty());
        let mut sources: Vec<Source> = about
            .into_iter()
            .enumerate()
            .map(|(i, document)| self.record(document, i + 1, on))
            .collect();
        let verdict = if without_words { Verdict::Partial } else { Verdict::Answered };
        let mut text = render::documents(&self.prompts, &sources, without_words);
        let evidence = match named.documents.as_slice() {
            [only] => sight
                .document(&only.document)
                .map_or_else(Vec::new, |it| evidence::of_state(sight, it, sources.len() + 1, on)),
            _ => Vec::new(),
        };
        text.push_str(&self.quoted(&evidence));
        sources.extend(evidence);
        Answer { text, sources, ..self.blank(Route::Citation, verdict) }
    }

    /// What is known of a document as a whole, as a source.
    pub(crate) fn record(&self, document: &Document, n: usize, on: Date) -> Source {
        let at = Citation::whole(&document.id);
        let quote = render::record(&self.prompts, self.sight(), document);
        let title = render::document_name(document);
        cited(self.search.library(), document, at, title, quote, n, on)
    }

    /// What a question names and the library does not hold.
    fn not_held(&self, reason: &str, name: &str) -> Answer {
        let (verdict, values) = (Verdict::NoBasis, [("citation", name)]);
        self.refuse(Route::Citation, verdict, reason, &values, "not_found_next")
    }

    /// A document that is not held: what the documents that are held say of its state, if any does.
    fn not_held_but_told_of(&self, name: &str, on: Date) -> Answer {
        let number =
            law::mentions(name).first().map(|it| it.citation.document.clone()).unwrap_or_default();
        let full = number.matches('/').count() >= 2;
        let sources = match full {
            true => evidence::mentioning(self.sight(), &number, on),
            false => Vec::new(),
        };
        if sources.is_empty() {
            return self.not_held("unknown_citation", name);
        }
        let mut text = self.prompts.say("mentioned_lead", &[("citation", name)]);
        text.push_str(&self.quoted(&sources));
        Answer { text, sources, ..self.blank(Route::Citation, Verdict::Partial) }
    }
}
