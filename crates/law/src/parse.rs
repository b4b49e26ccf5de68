//! From plain text to a document: articles, clauses, points, and what the text says of itself.

mod articles;
mod clauses;
mod consolidated;
mod effect;
mod layout;
mod lines;
mod metadata;
mod relations;

use crate::document::{Document, Parsed, ParsedDocument, Problem};

pub use clauses::split_article;
pub(crate) use clauses::{clause_mark, point_mark};
pub(crate) use layout::{Opens, opens};
pub(crate) use lines::{lines, stripped};

impl Document {
    /// Reads a document from plain text, one paragraph on each line (Markdown emphasis is passed
    /// over). The text is cleaned first (see [`viet::clean`]).
    ///
    /// Fields of `metadata` that are empty are filled from the text where it is plain about them;
    /// number and dates are never guessed. What stands before the first article is article `0`; an
    /// attached regulation counts its articles anew ([`Part::Attached`](crate::Part)); an annex, a
    /// form after the signature, and the notes of a consolidated text are each one article `0` of a
    /// [`Part::Annex`](crate::Part).
    pub fn parse(metadata: Document, text: &str) -> Parsed<ParsedDocument> {
        let mut problems = Vec::new();
        let text = viet::clean(text);
        let notes = consolidated::notes(&text);
        let noted = notes.as_ref().map(|notes| notes.numbers()).unwrap_or_default();
        let body = notes.as_ref().map_or(text.as_str(), |notes| notes.body());
        let pieces = articles::cut(body, &noted, &mut problems);
        let mut document = metadata;
        if let Some(notes) = &notes {
            consolidated::fill(&mut document, notes, &pieces, &mut problems);
        }
        metadata::fill(&mut document, &pieces, &mut problems);
        describe(&mut document, &pieces);
        if !pieces.iter().any(|piece| piece.article.place.article.as_deref() != Some("0")) {
            problems.push(Problem { at: String::new(), what: "không thấy điều nào".into() });
        }
        let (articles, texts) = pieces.into_iter().map(|piece| (piece.article, piece.text)).unzip();
        document.articles = articles;
        Parsed { value: ParsedDocument { document, texts }, problems }
    }
}

impl ParsedDocument {
    /// Fills what the document's articles say of it and its metadata leaves out: dates, places that come
    /// into force on another day, what it does to other documents.
    pub fn complete(&mut self) {
        let articles = self.document.articles.drain(..).zip(self.texts.drain(..));
        let pieces: Vec<articles::Piece> = articles
            .map(|(article, text)| articles::Piece { article, text, ..articles::Piece::default() })
            .collect();
        metadata::dates(&mut self.document, &pieces);
        describe(&mut self.document, &pieces);
        (self.document.articles, self.texts) =
            pieces.into_iter().map(|piece| (piece.article, piece.text)).unzip();
    }
}

/// Relations and special days that the words state.
fn describe(document: &mut Document, pieces: &[articles::Piece]) {
    for relation in relations::find(document, pieces) {
        let known = |there: &crate::document::Relation| {
            there.kind == relation.kind && there.to == relation.to
        };
        if !document.relations.iter().any(known) {
            document.relations.push(relation);
        }
    }
    effect::read(document, pieces);
}

#[cfg(test)]
mod tests;
