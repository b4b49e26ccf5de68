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
use crate::listing::{self, Listing};
use crate::place::{self, Told};
use crate::shown::Asks;
use crate::sure::{Signs, Sure};
use crate::talk::{self, Meant, Said};
use crate::trace::{Likelihood, Passage, Trace};
use crate::{compare, memory, route, topic};

/// Most candidates that a trace holds.
const LIKELY: usize = 8;

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

/// A message to be settled.
pub(crate) struct Asked {
    /// Its words, without what belongs to a person alone.
    pub(crate) text: String,
    /// What was said before it, the same.
    pub(crate) history: Vec<Said>,
    /// The same with marks in their places.
    pub(crate) masked: String,
    /// The day that it is about.
    pub(crate) on: Date,
    /// Whether it names that day.
    pub(crate) dated: bool,
    pub(crate) today: Date,
}

/// A question that was read: what it means in its conversation, and what it names.
pub(crate) struct Read {
    /// As typed, with what it leaves out, short forms written out.
    pub(crate) text: String,
    pub(crate) typed: Arc<Typed>,
    pub(crate) named: Named,
    /// The places that it tells of.
    pub(crate) told: Option<Told>,
    /// What the person said so far, this question last.
    said: String,
    /// Where the commune that was named before has its seat, in a sentence.
    pub(crate) seat: Option<String>,
    /// The provisions that it wants listed.
    lists: Option<Listing>,
    /// Documents that it wants compared.
    compares: Vec<Citation>,
    /// A procedure that the person has just turned down.
    pub(crate) not: Option<String>,
    /// Whether they said no more than that.
    pub(crate) denied: bool,
    /// The procedure at hand, of which it may be asked if nothing else answers.
    pub(crate) at_hand: Option<String>,
    pub(crate) on: Date,
}

impl Read {
    /// What it asks of a procedure.
    pub(crate) fn asks(&self) -> Asks<'_> {
        Asks { text: &self.typed.text, said: &self.said }
    }
}

impl Assistant {
    /// What is answered, before any prose: by a record, a choice, a refusal, or clauses. `guarded` is what the
    /// words as typed have decided.
    pub(crate) async fn settle(
        &self,
        asked: Asked,
        guarded: Guarded,
        trace: &mut Trace,
    ) -> Result<(Settled, Guarded, Date)> {
        let me = self.clone();
        let (guarded, on, read) = self.search.work(move || me.read(&asked, guarded)).await?;
        let read = match read {
            Ok(read) => read,
            Err(settled) => return Ok((settled, guarded, on)),
        };
        let read = match self.compare(read).await? {
            Ok(read) => read,
            Err(settled) => return Ok((settled, guarded, on)),
        };
        let (typed, depth) = match &read.lists {
            Some(lists) => (Arc::new(self.search.typed(&lists.subject)), listing::DEPTH),
            None => (Arc::clone(&read.typed), 2 * self.profile.sources),
        };
        let (procedures, provisions) = self.found(&typed, Some(on), depth).await?;
        trace.passages = procedures.iter().chain(&provisions).map(Passage::from).collect();
        let me = self.clone();
        let chosen = move || me.chosen(read, &procedures, provisions);
        let settled;
        (settled, trace.candidates, trace.signs) = self.search.work(chosen).await?;
        Ok((settled, guarded, on))
    }

    /// Reads a question; or settles it, where nothing need be searched. Tells what its words decide, and the day.
    fn read(
        &self,
        asked: &Asked,
        guarded: Guarded,
    ) -> (Guarded, Date, std::result::Result<Read, Settled>) {
        let Asked { text, masked, history, on, dated, today } = asked;
        let (text, on) = (text.as_str(), *on);
        if !route::readable(text) {
            let (route, verdict) = (Route::OutOfScope, Verdict::OutOfScope);
            let answer = self.refuse(route, verdict, "unreadable", &[], "not_found_next");
            return (guarded, on, Err(answer.into()));
        }
        let typed = self.search.typed(text);
        let in_talk = history.iter().any(|said| said.by_assistant);
        let guarded = guarded.or(self.guard(&[text, &typed.text], in_talk));
        let firm = self.firm(guarded, &typed);
        let urgent = firm.is_some_and(|it| it.route == Route::Emergency);
        let by_people = || self.steered(&[text, &typed.text], on, *today);
        let early = match firm.filter(|_| urgent) {
            Some(urgent) => Some(self.guarded(urgent)),
            None => by_people()
                .or_else(|| self.drafted(masked, &typed, on))
                .or_else(|| firm.map(|settled| self.guarded(settled))),
        };
        if let Some(answer) = early {
            return (guarded, on, Err(answer.into()));
        }
        let meant = talk::meant(self.search.library(), self.search.names(), history, &typed.text);
        // "còn lệ phí?" is asked of the day that was asked about before.
        let before = || memory::day_before(history, text, *today);
        let on = match meant.follows && !dated {
            true => before().unwrap_or(on),
            false => on,
        };
        let read = self.understood(text, typed, meant, history, on);
        (guarded, on, read)
    }

    /// A question in its conversation, or its answer where what it names or stands on is enough.
    fn understood(
        &self,
        text: &str,
        typed: Typed,
        meant: Meant,
        history: &[Said],
        on: Date,
    ) -> std::result::Result<Read, Settled> {
        let library = self.search.library();
        let said = history.iter().filter(|it| !it.by_assistant).map(|it| it.text.as_str());
        let said = said.chain([typed.text.as_str()]).collect::<Vec<_>>().join("\n");
        let seat = place::seat_before(&self.prompts, library.places(), history);
        // One that is switched off says so.
        let seen =
            |code: &String| library.procedure(code).filter(|it| self.profile.sees(&it.corpus));
        if let Some(procedure) = meant.code.as_ref().and_then(seen) {
            let asks = Asks { text: &typed.text, said: &said };
            let mut answer = self.procedure(procedure, asks, &[], on);
            tell_seat(&mut answer, seat.as_deref(), &typed.text);
            return Err(answer.into());
        }
        let denied = talk::denies(text);
        let typed = if meant.follows { self.search.typed(&meant.text) } else { typed };
        let text = if meant.follows { meant.text.as_str() } else { text };
        // "Luật BHXH 2014" is named by what it is written out as.
        let text = library.lexicon().spell_out(text);
        // What it stands on may be what nothing is said on.
        if let Some(answer) = self.closed(&[&text, &typed.text]) {
            return Err(answer.into());
        }
        let named = self.search.named(&text, &self.filter(None, Some(on)));
        if let Some(answer) = self.document_off(named.places.iter().chain(&named.documents)) {
            return Err(answer.into());
        }
        if let Some(answer) = self.summary(&text, &named, on) {
            return Err(answer.into());
        }
        let lists = (self.profile.name != "citizen").then(|| listing::wanted(&typed.text, &named));
        let lists = lists.flatten();
        let compares = compare::wanted(self.sight(), &text, &named);
        if compares.is_empty()
            && lists.is_none()
            && let Some(answer) = self.looked_up(&text, &named, on)
        {
            return Err(answer.into());
        }
        let told = place::told(&self.prompts, library.places(), &text);
        let seat = seat.filter(|_| told.is_none());
        if let Some(told) = told.as_ref().filter(|told| place::asks_place(told)) {
            return Err(self.place(told, on).into());
        }
        let typed = Arc::new(typed);
        let Meant { not, at_hand, .. } = meant;
        Ok(Read { text, typed, named, told, said, seat, lists, compares, not, denied, at_hand, on })
    }

    /// The comparison that a question asks for, if what it compares is found.
    async fn compare(&self, read: Read) -> Result<std::result::Result<Read, Settled>> {
        if read.compares.is_empty() {
            return Ok(Ok(read));
        }
        let filter = Filter { in_force_on: None, ..self.filter(Some(Kind::Provision), None) };
        let depth = compare::DEPTH;
        let found = self.search.find_typed(&read.typed, &[(filter, depth)]).await?.pop();
        let found = found.unwrap_or_default();
        let me = self.clone();
        let compared = move || {
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
    fn chosen(
        &self,
        read: Read,
        procedures: &[Hit],
        provisions: Vec<Hit>,
    ) -> (Settled, Vec<Likelihood>, Signs) {
        if let Some(lists) = &read.lists
            && let Some(answer) = self.listed(lists, &provisions, read.on)
        {
            return (answer.into(), Vec::new(), Signs::default());
        }
        let library = self.search.library();
        let (told, seat) = (read.told.clone(), read.seat.clone());
        let text = read.typed.text.clone();
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
        let likely = candidates.iter().take(LIKELY).map(|it| Likelihood {
            what: match it.what {
                What::Procedure(i) => library.procedures()[i].code.clone(),
                What::Law => "law".into(),
                What::Nothing => "nothing".into(),
            },
            likely: it.likely,
        });
        let likely = likely.collect();
        let found = Found { read, provisions, candidates };
        let (mut settled, signs) = self.unsure(self.decide(&found), &found, Sure::shipped());
        if let Some(told) = told {
            self.tell_place(&mut settled, told, on);
        }
        if let Settled::Whole(answer) = &mut settled {
            tell_seat(answer, seat.as_deref(), &text);
        }
        (settled, likely, signs)
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

/// Tells where to go, of a card that says so, in the commune that was named before.
fn tell_seat(answer: &mut Answer, seat: Option<&str>, asked: &str) {
    let fields = route::fields(asked);
    let of_place = fields.is_empty() || fields.contains(&route::Field::Place);
    if let Some(seat) = seat.filter(|_| answer.card.is_some() && of_place) {
        answer.text.push_str(&format!("\n\n{seat}"));
    }
}
