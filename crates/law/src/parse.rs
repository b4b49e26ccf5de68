//! From plain text to a document: articles, clauses, points, and what the text says of itself.

mod articles;
mod clauses;
mod layout;
mod lines;
mod metadata;
mod relations;

use crate::document::{Document, Parsed, ParsedDocument, Problem};

pub use clauses::split_article;

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
        let pieces = articles::cut(&viet::clean(text), &mut problems);
        let mut document = metadata;
        metadata::fill(&mut document, &pieces, &mut problems);
        for relation in relations::find(&document, &pieces) {
            let known = |there: &crate::document::Relation| {
                there.kind == relation.kind && there.to == relation.to
            };
            if !document.relations.iter().any(known) {
                document.relations.push(relation);
            }
        }
        if !pieces.iter().any(|piece| piece.article.place.article.as_deref() != Some("0")) {
            problems.push(Problem { at: String::new(), what: "không thấy điều nào".into() });
        }
        let (articles, texts) = pieces.into_iter().map(|piece| (piece.article, piece.text)).unzip();
        document.articles = articles;
        Parsed { value: ParsedDocument { document, texts }, problems }
    }
}

#[cfg(test)]
mod tests;
