//! Who answers whom: an assistant of one profile over one corpus version.

use std::sync::Arc;

use infer::{Generator, Prompts};
use jiff::civil::Date;
use search::{Filter, Hit, Kind, Search, Typed};

use crate::answer::{Answer, Route, Verdict, Versions};
use crate::choose::Weighed;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::phrases::Phrases;
use crate::redact::redact;
use crate::sight::Sight;
use crate::trace::Trace;

/// Who is served, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// `citizen`, `staff` or `review`: names the prompt.
    pub name: String,
    /// Collections it may see; empty means all.
    pub corpora: Vec<String>,
    /// Most provisions in an answer.
    pub sources: usize,
    /// Share of the question's telling syllables that the best source must hold.
    pub coverage: f32,
    /// Most tokens of prose.
    pub tokens: usize,
    /// Most characters of a question.
    pub characters: usize,
}

impl Profile {
    /// The defaults of a profile.
    pub fn new(name: &str) -> Profile {
        Profile {
            name: name.into(),
            corpora: Vec::new(),
            sources: 3,
            coverage: 0.5,
            tokens: 160,
            characters: 4000,
        }
    }

    /// Whether it may see a collection.
    pub fn sees(&self, corpus: &str) -> bool {
        self.corpora.is_empty() || self.corpora.iter().any(|name| name == corpus)
    }
}

/// Answers questions of one profile over one corpus version; cheap to clone.
#[derive(Clone)]
pub struct Assistant {
    pub(crate) profile: Arc<Profile>,
    pub(crate) search: Search,
    pub(crate) generator: Option<Generator>,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) phrases: Arc<Phrases>,
    pub(crate) control: Arc<Control>,
    pub(crate) versions: Versions,
}

impl Assistant {
    /// Puts an assistant together; without a generator it answers with verbatim clauses.
    pub fn new(
        profile: Profile,
        search: Search,
        corpus_version: &str,
        generator: Option<Generator>,
        prompts: Arc<Prompts>,
    ) -> Assistant {
        let versions = Versions {
            corpus: corpus_version.to_owned(),
            embedder: search.embedder().id().to_owned(),
            generator: generator
                .as_ref()
                .map_or_else(String::new, |generator| generator.id().to_owned()),
            prompts: prompts.id().to_owned(),
            ..Versions::default()
        };
        let phrases = Arc::new(Phrases::new(&prompts));
        let (profile, control) = (Arc::new(profile), Arc::default());
        Assistant { profile, search, generator, prompts, phrases, control, versions }
    }

    /// The same, with a name for the settings that it was made with.
    pub fn with_settings(mut self, id: &str) -> Assistant {
        self.versions.settings = id.to_owned();
        self
    }

    /// The same, for somebody who sees other collections.
    pub fn seeing(&self, profile: Profile) -> Assistant {
        Assistant { profile: Arc::new(profile), ..self.clone() }
    }

    /// What it searches.
    pub fn search(&self) -> &Search {
        &self.search
    }

    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight::new(self.search.library(), &self.profile, &self.control)
    }

    /// What a question may be about, with what speaks for each: for fitting weights. `None` for a question that is
    /// settled before anything is weighed.
    ///
    /// # Errors
    /// As [`Search::find`].
    pub async fn weighed(&self, text: &str) -> Result<Option<Weighed>> {
        let text = redact(&viet::clean(text)).plain();
        let me = self.clone();
        let read = move || {
            let typed = me.search.typed(&text);
            (!me.settled_early(&text, &typed)).then(|| Arc::new(typed))
        };
        let Some(typed) = self.search.work(read).await? else { return Ok(None) };
        let (procedures, provisions) = self.found(&typed, None, 6).await?;
        Ok(Some(self.weigh(&typed, &procedures, &provisions)))
    }

    /// The procedures and, at most so many, the provisions in force on a day that are found for a question.
    pub(crate) async fn found(
        &self,
        typed: &Arc<Typed>,
        on: Option<Date>,
        provisions: usize,
    ) -> Result<(Vec<Hit>, Vec<Hit>)> {
        let filters = [
            (self.filter(Some(Kind::Procedure), None), PROCEDURES),
            (self.filter(Some(Kind::Provision), on), provisions),
        ];
        let mut found = self.search.find_typed(typed, &filters).await?.into_iter();
        // What is switched off is found, so that its reason can be told; it is not shown.
        Ok((found.next().unwrap_or_default(), found.next().unwrap_or_default()))
    }

    /// What an error says to the person who asked, as an answer, when the question is at fault; `None`
    /// when the machine is.
    pub fn refusal(&self, error: &Error) -> Option<Answer> {
        let limit = self.profile.characters.to_string();
        let (reason, values) = match error {
            Error::Empty => ("empty_question", vec![]),
            Error::TooLong { .. } => ("too_long", vec![("limit", limit.as_str())]),
            Error::Search(_) | Error::Model(_) => return None,
        };
        let verdict = Verdict::Refused;
        Some(self.refuse(Route::OutOfScope, verdict, reason, &values, "not_found_next"))
    }

    /// A fixed answer: a sentence of `prompts/say.toml`, with its gaps filled; without a key no words at all.
    pub fn say(&self, route: Route, key: &str, values: &[(&str, &str)]) -> Answer {
        let text = if key.is_empty() { String::new() } else { self.prompts.say(key, values) };
        Answer { text, ..self.blank(route, Verdict::Answered) }
    }

    /// The words of a fixed sentence.
    pub fn words(&self, key: &str) -> Option<&str> {
        self.prompts.sentence(key)
    }

    /// Most characters of a question.
    pub fn longest(&self) -> usize {
        self.profile.characters
    }

    pub(crate) fn filter(&self, kind: Option<Kind>, in_force_on: Option<Date>) -> Filter {
        Filter { corpora: self.profile.corpora.clone(), in_force_on, kind }
    }

    pub(crate) fn blank(&self, route: Route, verdict: Verdict) -> Answer {
        Answer {
            route,
            on: None,
            verdict,
            text: String::new(),
            card: None,
            options: Vec::new(),
            draft: None,
            places: Vec::new(),
            sources: Vec::new(),
            reason: None,
            next: None,
            certainty: None,
            curated: None,
            notices: Vec::new(),
            generated: false,
            removed: 0,
            versions: self.versions.clone(),
            trace: Trace::default(),
        }
    }

    pub(crate) fn refuse(
        &self,
        route: Route,
        verdict: Verdict,
        reason: &str,
        values: &[(&str, &str)],
        next: &str,
    ) -> Answer {
        let (reason, next) = (self.prompts.say(reason, values), self.prompts.say(next, &[]));
        Answer {
            text: format!("{reason}\n\n{next}"),
            reason: Some(reason),
            next: Some(next),
            ..self.blank(route, verdict)
        }
    }
}

/// Procedures that are found for one question.
const PROCEDURES: usize = 24;
