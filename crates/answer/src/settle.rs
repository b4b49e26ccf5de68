//! What is answered before any prose: a record, a choice, a refusal, or clauses.

use std::sync::Arc;

use jiff::civil::Date;
use law::{Citation, Procedure};
use search::{Filter, Hit, Kind, Named, Typed};

use crate::answer::{Answer, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::choose::{self, What};
use crate::decide::{Found, after_correction};
use crate::error::{Error, Result};
use crate::guard::{self, Guarded};
use crate::listen::Listener;
use crate::place::{self, Told};
use crate::talk::{self, Said};
use crate::{compare, route, topic};

/// How far a question is answered without a model.
pub(crate) enum Settled {
    /// Wholly.
    Whole(Box<Answer>),
    /// By clauses, which prose may explain.
    Clauses {
        route: Route,
        sources: Vec<Source>,
        /// What is said before them.
        lead: String,
        /// As [`Answer::certainty`].
        certainty: Option<f32>,
    },
}

impl From<Answer> for Settled {
    fn from(answer: Answer) -> Settled {
        Settled::Whole(Box::new(answer))
    }
}

/// How well a name must fit and cover a question for it to be our business whatever else its words say.
const FITS: f32 = 0.5;

/// A question that was read: what it means in its conversation, and what it names.
pub(crate) struct Read {
    /// As typed, with what it leaves out, short forms written out.
    pub(crate) text: String,
    pub(crate) typed: Arc<Typed>,
    pub(crate) named: Named,
    /// The places that it tells of.
    pub(crate) told: Option<Told>,
    /// Documents that it wants compared.
    compares: Vec<Citation>,
    /// A procedure that the person has just turned down.
    pub(crate) not: Option<String>,
    /// The procedure at hand, of which it may be asked if nothing else answers.
    pub(crate) at_hand: Option<String>,
    pub(crate) on: Date,
}

impl Assistant {
    /// What is answered, before any prose: by a record, a choice, a refusal, or clauses. `guarded` is what the
    /// words as typed have decided.
    pub(crate) async fn settle(
        &self,
        text: &str,
        guarded: Guarded,
        history: Vec<Said>,
        on: Date,
    ) -> Result<(Settled, Guarded)> {
        let (me, text) = (self.clone(), text.to_owned());
        let (guarded, read) =
            self.search.work(move || me.read(&text, guarded, &history, on)).await?;
        let read = match read {
            Ok(read) => read,
            Err(settled) => return Ok((settled, guarded)),
        };
        let read = match self.compare(read).await? {
            Ok(read) => read,
            Err(settled) => return Ok((settled, guarded)),
        };
        let (procedures, provisions) =
            self.found(&read.typed, Some(on), 2 * self.profile.sources).await?;
        let me = self.clone();
        let settled = self.search.work(move || me.chosen(read, &procedures, provisions)).await?;
        Ok((settled, guarded))
    }

    /// Reads a question; or settles it, where nothing need be searched.
    fn read(
        &self,
        text: &str,
        guarded: Guarded,
        history: &[Said],
        on: Date,
    ) -> (Guarded, std::result::Result<Read, Settled>) {
        if !route::readable(text) {
            let (route, verdict) = (Route::OutOfScope, Verdict::OutOfScope);
            let answer = self.refuse(route, verdict, "unreadable", &[], "not_found_next");
            return (guarded, Err(answer.into()));
        }
        let library = self.search.library();
        let typed = self.search.typed(text);
        let in_talk = history.iter().any(|said| said.by_assistant);
        let guarded = guarded.or(self.guard(&[text, &typed.text], in_talk));
        if let Some(settled) = self.firm(guarded, &typed) {
            return (guarded, Err(self.guarded(settled).into()));
        }
        let meant = talk::meant(library, self.search.names(), history, &typed.text);
        if let Some(procedure) = meant.code.as_ref().and_then(|code| self.sight().procedure(code)) {
            let answer = self.procedure(procedure, &typed.text, &[], on);
            return (guarded, Err(answer.into()));
        }
        let typed = if meant.follows { self.search.typed(&meant.text) } else { typed };
        let text = if meant.follows { meant.text.as_str() } else { text };
        // "Luật BHXH 2014" is named by what it is written out as.
        let text = library.lexicon().spell_out(text);
        let named = self.search.named(&text, &self.filter(None, Some(on)));
        let compares = compare::wanted(self.sight(), &text, &named);
        if compares.is_empty()
            && let Some(answer) = self.looked_up(&text, &named, on)
        {
            return (guarded, Err(answer.into()));
        }
        let told = place::told(&self.prompts, library.places(), &text);
        if let Some(told) = told.as_ref().filter(|told| place::asks_place(told)) {
            return (guarded, Err(self.place(told, on).into()));
        }
        let typed = Arc::new(typed);
        let (not, at_hand) = (meant.not, meant.at_hand);
        (guarded, Ok(Read { text, typed, named, told, compares, not, at_hand, on }))
    }

    /// The comparison that a question asks for, if what it compares is found.
    async fn compare(&self, read: Read) -> Result<std::result::Result<Read, Settled>> {
        if read.compares.is_empty() {
            return Ok(Ok(read));
        }
        let filter = Filter { in_force_on: None, ..self.filter(Some(Kind::Provision), None) };
        let depth = compare::DEPTH;
        let found = self.search.find_typed(&read.typed, &[(filter, depth)]).await?.pop();
        let me = self.clone();
        let compared = move || {
            let found = found.unwrap_or_default();
            let compared = me.compared(&read.compares, &found, read.on);
            // What cannot be compared may still be looked up.
            match compared.or_else(|| me.looked_up(&read.text, &read.named, read.on)) {
                Some(answer) => Err(Settled::from(answer)),
                None => Ok(read),
            }
        };
        Ok(self.search.work(compared).await?)
    }

    /// Weighs what was found and answers.
    fn chosen(&self, read: Read, procedures: &[Hit], provisions: Vec<Hit>) -> Settled {
        let library = self.search.library();
        let told = read.told.clone();
        let mut candidates = self.weigh(&read.typed, procedures, &provisions).candidates;
        if let Some(code) = &read.not {
            candidates.retain(|it| match it.what {
                What::Procedure(i) => library.procedures()[i].code != *code,
                What::Law | What::Nothing => true,
            });
            if let Some(rejected) = library.procedure(code) {
                let of_law = choose::asks_law(&read.text);
                candidates = after_correction(library, candidates, rejected, of_law);
            }
        }
        let on = read.on;
        let mut settled = self.decide(&Found { read, provisions, candidates });
        if let Some(told) = told {
            self.tell_place(&mut settled, told, on);
        }
        settled
    }

    /// What the words of a message decide, in its readings.
    pub(crate) fn guard(&self, readings: &[&str], in_talk: bool) -> Guarded {
        guard::decide(&self.phrases, Listener::shipped(), readings, in_talk)
    }

    /// What a question may be about.
    pub(crate) fn weigh(
        &self,
        typed: &Typed,
        procedures: &[Hit],
        provisions: &[Hit],
    ) -> choose::Weighed {
        let staff = self.profile.name != "citizen";
        let sees = |procedure: &Procedure| self.profile.sees(&procedure.corpus);
        choose::weigh(&self.search, typed, procedures, provisions, staff, &sees)
    }

    /// What the words of a message settle, unless it is a guess and a fitting name overrules it.
    fn firm(&self, guarded: Guarded, typed: &Typed) -> Option<guard::Settled> {
        guarded.settled.filter(|it| !it.weak || !self.fits(typed))
    }

    /// Whether the names of procedures or subjects fit a question so well that it is our business.
    fn fits(&self, typed: &Typed) -> bool {
        let (library, names) = (self.search.library(), self.search.names());
        // A code, a document or a provision is our business.
        let named = self.search.named(&typed.raw, &self.filter(None, None));
        let counts = [named.places.len(), named.documents.len(), named.missing.len()];
        counts != [0, 0, 0]
            || route::unknown_code(self.sight(), &typed.raw).is_some()
            || names.best(&route::telling(&typed.text)) >= FITS
            || topic::vague(library, self.search.names(), &typed.text).is_some()
    }

    /// Whether a question is settled before anything is weighed: by its words, or by what it names.
    pub(crate) fn settled_early(&self, text: &str, typed: &Typed) -> bool {
        let named = self.search.named(text, &self.filter(None, None));
        self.firm(self.guard(&[text, &typed.text], false), typed).is_some()
            || !named.places.is_empty()
            || !named.missing.is_empty()
            || !named.documents.is_empty()
            || route::unknown(self.sight(), text, &named).is_some()
            || topic::vague(self.search.library(), self.search.names(), &typed.text).is_some()
    }

    pub(crate) fn readable(&self, text: &str) -> Result<()> {
        let characters = text.chars().count();
        if text.trim().is_empty() {
            return Err(Error::Empty);
        }
        if characters > self.profile.characters {
            return Err(Error::TooLong { characters, limit: self.profile.characters });
        }
        Ok(())
    }

    /// An answer of fixed sentences.
    pub(crate) fn guarded(&self, settled: guard::Settled) -> Answer {
        let guard::Settled { route, verdict, say, next, .. } = settled;
        match verdict {
            Verdict::Answered if route == Route::Handoff => {
                let next = self.prompts.say("handoff_next", &[]);
                let text = format!("{}\n\n{next}", self.prompts.say(say, &[]));
                Answer { text, next: Some(next), ..self.blank(route, verdict) }
            }
            Verdict::Answered => {
                Answer { text: self.prompts.say(say, &[]), ..self.blank(route, verdict) }
            }
            _ => self.refuse(route, verdict, say, &[], next),
        }
    }
}
