//! The part of the library that a profile may see and that nobody has switched off. Answers are made from it alone.

use law::{Document, Library, Procedure};

use crate::assistant::Profile;
use crate::control::Control;

/// A library through the eyes of a profile.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// All of it: for words of documents and procedures that are in sight.
    pub(crate) library: &'a Library,
    profile: &'a Profile,
    control: &'a Control,
}

impl<'a> Sight<'a> {
    pub(crate) fn new(
        library: &'a Library,
        profile: &'a Profile,
        control: &'a Control,
    ) -> Sight<'a> {
        Sight { library, profile, control }
    }

    /// Whether a document or procedure of a collection may be shown.
    pub(crate) fn shows(&self, corpus: &str, number: &str) -> bool {
        self.profile.sees(corpus) && self.control.hidden(number).is_none()
    }

    /// A document by its number.
    pub(crate) fn document(&self, number: &str) -> Option<&'a Document> {
        self.library.document(number).filter(|it| self.shows(&it.corpus, &it.id))
    }

    /// Whether a document is held and may not be seen.
    pub(crate) fn hides(&self, number: &str) -> bool {
        self.library.document(number).is_some_and(|it| !self.shows(&it.corpus, &it.id))
    }

    /// A procedure by its code.
    pub(crate) fn procedure(&self, code: &str) -> Option<&'a Procedure> {
        self.library.procedure(code).filter(|it| self.shows(&it.corpus, &it.code))
    }

    pub(crate) fn documents(self) -> impl Iterator<Item = &'a Document> {
        self.library.documents().iter().filter(move |it| self.shows(&it.corpus, &it.id))
    }

    pub(crate) fn procedures(self) -> impl Iterator<Item = &'a Procedure> {
        self.library.procedures().iter().filter(move |it| self.shows(&it.corpus, &it.code))
    }
}
