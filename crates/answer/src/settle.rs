//! What is answered before any prose: a record, a choice, a refusal, or clauses.

use std::sync::Arc;

use jiff::civil::Date;
use law::{Citation, Document, Library, Procedure, Status};
use search::{Hit, Kind, Named, Typed};

use crate::answer::{Answer, Choice, Route, Source, Verdict};
use crate::assistant::{Assistant, PROCEDURES};
use crate::card::Card;
use crate::choose::{self, Candidate, What};
use crate::error::{Error, Result};
use crate::place::{self, Told};
use crate::sources::source;
use crate::talk::{self, Said};
use crate::{evidence, guard, render, route, topic};

/// How far a question is answered without a model.
pub(crate) enum Settled {
    /// Wholly.
    Whole(Box<Answer>),
    /// By clauses, which prose may explain, and what is said before them.
    Clauses(Route, Vec<Source>, String),
}

impl From<Answer> for Settled {
    fn from(answer: Answer) -> Settled {
        Settled::Whole(Box::new(answer))
    }
}

/// Share of the procedures' likelihood with which the best is shown without asking back.
const SURE: f32 = 0.4;
/// How near the second must come to the best for it to be asked back.
const CLOSE: f32 = 0.7;
/// Least share of a procedure that is offered when it is asked back.
const OFFERED: f32 = 0.08;
/// Most choices that are offered (reference of the channels: more buttons are not read).
const OPTIONS: usize = 4;

/// A question that was read and searched.
struct Found {
    typed: Arc<Typed>,
    named: Named,
    provisions: Vec<Hit>,
    candidates: Vec<Candidate>,
    /// Whether the person turned down what we understood.
    corrects: bool,
    on: Date,
}

/// How much likelier a procedure of the same field (lĩnh vực) is after another one of it was turned down.
const SAME_FIELD: f32 = 4.0;

/// Somebody who corrects us means a procedure, and most often one like the one that they turn down.
fn corrected(
    library: &Library,
    candidates: Vec<Candidate>,
    rejected: &Procedure,
) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = candidates
        .into_iter()
        .filter_map(|mut it| match it.what {
            What::Procedure(i) => {
                if library.procedures()[i].field == rejected.field {
                    it.likely *= SAME_FIELD;
                }
                Some(it)
            }
            What::Law | What::Nothing => None,
        })
        .collect();
    let all: f32 = kept.iter().map(|it| it.likely).sum::<f32>().max(f32::MIN_POSITIVE);
    kept.iter_mut().for_each(|it| it.likely /= all);
    kept.sort_by(|a, b| b.likely.total_cmp(&a.likely));
    kept
}

impl Assistant {
    /// What is answered, before any prose: by a record, a choice, a refusal, or clauses.
    pub(crate) async fn settle(&self, text: &str, history: &[Said], on: Date) -> Result<Settled> {
        self.readable(text)?;
        if !route::readable(text) {
            let (route, verdict) = (Route::OutOfScope, Verdict::OutOfScope);
            return Ok(self.refuse(route, verdict, "unreadable", &[], "not_found_next").into());
        }
        let typed = self.search.read(text.to_owned()).await?;
        if let Some(settled) = guard::settled(&self.phrases, &[text, &typed.text]) {
            return Ok(self.guarded(settled).into());
        }
        let library = self.search.library();
        let meant = talk::meant(library, self.search.names(), history, &typed.text);
        if let Some(procedure) = meant.code.as_ref().and_then(|code| self.visible(code)) {
            return Ok(self.procedure(procedure, text, &typed.text, &[], on).into());
        }
        let typed = match meant.follows {
            true => self.search.read(meant.text.clone()).await?,
            false => typed,
        };
        let text = if meant.follows { meant.text.as_str() } else { text };
        // "Luật BHXH 2014" is named by what it is written out as.
        let text = self.search.library().lexicon().spell_out(text);
        let text = text.as_str();
        let named = self.search.named(text, &self.filter(None, Some(on)));
        let typed = Arc::new(typed);
        if let Some(answer) = self.compare(text, &typed, &named, on).await? {
            return Ok(answer.into());
        }
        if let Some(answer) = self.looked_up(text, &named, on) {
            return Ok(answer.into());
        }
        let told = place::told(&self.prompts, library.places(), text);
        if let Some(told) = told.as_ref().filter(|told| place::asks_place(told)) {
            return Ok(self.place(told, on).into());
        }
        let filters = [
            (self.filter(Some(Kind::Procedure), None), PROCEDURES),
            (self.filter(Some(Kind::Provision), Some(on)), 2 * self.profile.sources),
        ];
        let mut found = self.search.find_typed(&typed, &filters).await?.into_iter();
        let (procedures, provisions) =
            (found.next().unwrap_or_default(), found.next().unwrap_or_default());
        let staff = self.profile.name != "citizen";
        let candidates = choose::weigh(
            &self.search,
            &typed,
            &procedures,
            &provisions,
            staff,
            meant.not.as_deref(),
        )
        .candidates;
        let candidates = match meant.not.as_ref().and_then(|code| library.procedure(code)) {
            Some(rejected) => corrected(library, candidates, rejected),
            None => candidates,
        };
        let corrects = meant.not.is_some();
        let found = Found { typed, named, provisions, candidates, corrects, on };
        let mut settled = self.decide(text, &found);
        if let Some(told) = told {
            self.tell_place(&mut settled, told, on);
        }
        Ok(settled)
    }

    /// Whether a question is settled before anything is weighed: by its words, or by what it names.
    pub(crate) fn settled_early(&self, text: &str, typed: &Typed) -> bool {
        let named = self.search.named(text, &self.filter(None, None));
        guard::settled(&self.phrases, &[text, &typed.text]).is_some()
            || !named.places.is_empty()
            || !named.missing.is_empty()
            || !named.documents.is_empty()
            || route::unknown(self.search.library(), text, &named).is_some()
            || topic::vague(self.search.library(), self.search.names(), &typed.text).is_some()
    }

    /// Chooses between the procedures, the law and nothing.
    fn decide(&self, text: &str, found: &Found) -> Settled {
        let library = self.search.library();
        if let Some(procedure) = found.named.places.iter().find_map(|at| self.visible(&at.document))
        {
            return self
                .procedure(procedure, text, &found.typed.text, &found.provisions, found.on)
                .into();
        }
        if self.about_law(text, &found.named) {
            return self.of_law(found);
        }
        // Who corrects us has been asked enough.
        let vague = match found.corrects {
            true => None,
            false => topic::vague(library, self.search.names(), &found.typed.text),
        };
        if let Some(topic) = vague {
            let options = topic.options.iter().filter_map(|option| {
                let procedure = self.visible(&option.code)?;
                Some((option.label.clone(), procedure))
            });
            let options: Vec<(String, &Procedure)> = options.collect();
            if options.len() > 1 {
                return self.ask_back(&topic.topic, &options).into();
            }
        }
        let procedures: Vec<(&Procedure, f32)> = found
            .candidates
            .iter()
            .filter_map(|it| match it.what {
                What::Procedure(i) => Some((&library.procedures()[i], it.likely)),
                What::Law | What::Nothing => None,
            })
            .collect();
        let all: f32 = procedures.iter().map(|(_, likely)| likely).sum();
        let likely =
            |what| found.candidates.iter().find(|it| it.what == what).map_or(0.0, |it| it.likely);
        let (law, nothing) = (likely(What::Law), likely(What::Nothing));
        let show = |procedure| {
            self.procedure(procedure, text, &found.typed.text, &found.provisions, found.on)
        };
        match procedures.as_slice() {
            [(best, likely), rest @ ..] if all >= law && all >= nothing => {
                let close = rest.first().is_some_and(|(_, second)| *second > CLOSE * likely);
                if *likely >= SURE * all || !close || found.corrects {
                    return show(best).into();
                }
                let offered =
                    procedures.iter().filter(|(_, it)| *it >= OFFERED * all).take(OPTIONS);
                let offered: Vec<(String, &Procedure)> =
                    offered.map(|(it, _)| (it.short_name().to_owned(), *it)).collect();
                self.ask_back("", &offered).into()
            }
            _ if law >= nothing => self.of_law(found),
            _ => self.nothing(),
        }
    }

    /// Clauses of the law, or what is known of the documents that are named, or nothing.
    fn of_law(&self, found: &Found) -> Settled {
        if let Some(answer) = self.only_recorded(&found.named, found.on) {
            return answer.into();
        }
        let places: Vec<Hit> =
            found.provisions.iter().filter(|hit| hit.ranks.named).cloned().collect();
        let route = if places.is_empty() { Route::Law } else { Route::Citation };
        let sources = match route {
            Route::Citation => self.sources(&places, found.on),
            _ => self.fitting(&found.typed, &found.provisions, found.on),
        };
        if sources.is_empty() {
            return self.refuse(route, Verdict::NoBasis, "not_found", &[], "not_found_next").into();
        }
        Settled::Clauses(route, sources, String::new())
    }

    fn nothing(&self) -> Settled {
        self.refuse(Route::Law, Verdict::NoBasis, "not_found", &[], "not_found_next").into()
    }

    /// What no longer is, is put right before anything else is read.
    fn tell_place(&self, settled: &mut Settled, told: Told, on: Date) {
        let lines = told.lines.join("\n");
        match settled {
            Settled::Clauses(_, _, lead) => *lead = format!("{lines}\n\n{lead}"),
            Settled::Whole(answer)
                if answer.verdict == Verdict::NoBasis && answer.route == Route::Law =>
            {
                **answer = Answer { verdict: Verdict::Partial, ..self.place(&told, on) };
            }
            Settled::Whole(answer) if answer.card.is_some() => {
                answer.text = format!("{lines}\n\n{}", answer.text);
                answer.places = told.places;
                answer.options.splice(0..0, told.options);
            }
            Settled::Whole(_) => {}
        }
    }

    fn readable(&self, text: &str) -> Result<()> {
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
    fn guarded(&self, settled: guard::Settled) -> Answer {
        let guard::Settled { route, verdict, say, next } = settled;
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

    /// A procedure that the profile may see.
    fn visible(&self, code: &str) -> Option<&Procedure> {
        self.search.library().procedure(code).filter(|it| self.profile.sees(&it.corpus))
    }

    /// Asks which of several procedures is meant.
    fn ask_back(&self, subject: &str, options: &[(String, &Procedure)]) -> Answer {
        let lead = match subject {
            "" => self.prompts.say("ask_back", &[]),
            subject => self.prompts.say("ask_back_subject", &[("subject", subject)]),
        };
        let mut text = lead;
        let mut choices = Vec::new();
        for (n, (label, procedure)) in options.iter().enumerate() {
            text.push_str(&format!("\n{}. {label} ({})", n + 1, procedure.code));
            choices.push(Choice { label: label.clone(), value: procedure.code.clone() });
        }
        Answer { text, options: choices, ..self.blank(Route::Clarify, Verdict::AskBack) }
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
            true => evidence::mentioning(self.search.library(), &number, on),
            false => Vec::new(),
        };
        if sources.is_empty() {
            return self.not_held("unknown_citation", name);
        }
        let mut text = self.prompts.say("mentioned_lead", &[("citation", name)]);
        for source in &sources {
            text.push_str(&render::quoted(&self.prompts, source));
        }
        Answer { text, sources, ..self.blank(Route::Citation, Verdict::Partial) }
    }

    /// What is known of the places and bodies that a question names, and a choice where an old unit was
    /// divided.
    fn place(&self, told: &Told, on: Date) -> Answer {
        let ask_back = !told.options.is_empty();
        let (route, verdict) = match ask_back {
            true => (Route::Clarify, Verdict::AskBack),
            false => (Route::Law, Verdict::Answered),
        };
        let sources = match ask_back {
            // Nothing is settled yet.
            true => Vec::new(),
            false => place::sources(self.search.library(), &self.prompts, &told.at, on),
        };
        let mut text = told.lines.join("\n");
        if !told.places.is_empty() {
            text = format!("{text}\n\n{}", self.prompts.say("place_basis", &[]));
        } else if sources.is_empty() {
            text = format!("{text}\n\n{}", self.prompts.say("not_found_next", &[]));
        }
        let (options, places) = (told.options.clone(), told.places.clone());
        Answer { text, sources, options, places, ..self.blank(route, verdict) }
    }

    /// Whether a question is about the law it names, though it may also hold a procedure's name.
    fn about_law(&self, text: &str, named: &Named) -> bool {
        let (codes, provisions): (Vec<&Citation>, Vec<&Citation>) =
            named.places.iter().partition(|at| at.is_procedure());
        let by_number =
            route::names_a_number(text) && named.documents.iter().any(|at| self.holds_words(at));
        codes.is_empty() && (!provisions.is_empty() || by_number)
    }

    /// Whether the library holds a document's words, not its record alone.
    fn holds_words(&self, at: &Citation) -> bool {
        let document = self.search.library().document(&at.document);
        document.is_some_and(|document| !document.articles.is_empty())
    }

    /// A document or place that is not there, or a document as a whole: there is nothing to search.
    fn looked_up(&self, text: &str, named: &Named, on: Date) -> Option<Answer> {
        if !named.places.is_empty() {
            return None;
        }
        if let Some(name) = route::unknown(self.search.library(), text, named) {
            return Some(self.not_held_but_told_of(&name, on));
        }
        if let Some(code) = route::unknown_code(self.search.library(), text) {
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
    fn only_recorded(&self, named: &Named, on: Date) -> Option<Answer> {
        let held = |at: &Citation| self.holds_words(at);
        let only = !named.documents.is_empty() && !named.documents.iter().any(held);
        (named.places.is_empty() && only).then(|| self.records(named, on))
    }

    /// What is known of the documents that are named.
    fn records(&self, named: &Named, on: Date) -> Answer {
        let library = self.search.library();
        let about: Vec<&Document> =
            named.documents.iter().filter_map(|at| library.document(&at.document)).collect();
        let without_words = about.iter().any(|document| document.articles.is_empty());
        let mut sources: Vec<Source> = about
            .into_iter()
            .enumerate()
            .map(|(i, document)| self.record(document, i + 1, on))
            .collect();
        let verdict = if without_words { Verdict::Partial } else { Verdict::Answered };
        let mut text = render::documents(&self.prompts, &sources, without_words);
        let evidence = match named.documents.as_slice() {
            [only] => library
                .document(&only.document)
                .map_or_else(Vec::new, |it| evidence::of_state(library, it, sources.len() + 1, on)),
            _ => Vec::new(),
        };
        for source in &evidence {
            text.push_str(&render::quoted(&self.prompts, source));
        }
        sources.extend(evidence);
        Answer { text, sources, ..self.blank(Route::Citation, verdict) }
    }

    /// What is known of a document as a whole, as a source.
    fn record(&self, document: &Document, n: usize, on: Date) -> Source {
        let at = Citation::whole(&document.id);
        let standing = self.search.library().standing(&at, on);
        Source {
            n,
            title: render::document_name(document),
            quote: render::record(&self.prompts, document),
            citation: at,
            status: standing.status,
            from: standing.from,
            to: standing.to,
            checked: document.checked,
        }
    }

    /// The card of a procedure with what was asked of it.
    fn procedure(
        &self,
        procedure: &Procedure,
        raw: &str,
        text: &str,
        provisions: &[Hit],
        on: Date,
    ) -> Answer {
        let library = self.search.library();
        let card = Card::of(library, &self.prompts, procedure, on);
        let mut sources = vec![Source {
            n: 1,
            citation: Citation::whole(&procedure.code),
            title: card.name.clone(),
            quote: card.words(),
            status: Status::InForce,
            from: None,
            to: None,
            checked: procedure.as_of,
        }];
        for at in procedure.overlays.iter().filter(|it| it.applies(on)).map(|it| &it.basis) {
            let number = at.split(' ').next().unwrap_or_default();
            if let Some(document) = library.document(number)
                && sources.iter().all(|source| source.citation.document != document.id)
            {
                sources.push(self.record(document, sources.len() + 1, on));
            }
        }
        let typed = Typed { raw: raw.to_owned(), text: text.to_owned(), ..Typed::default() };
        for mut source in self.fitting(&typed, provisions, on).into_iter().take(2) {
            source.n = sources.len() + 1;
            sources.push(source);
        }
        let mut answer = Answer {
            text: render::procedure(&self.prompts, &card, &route::fields(text)),
            card: Some(card),
            sources,
            ..self.blank(Route::Procedure, Verdict::Answered)
        };
        // A life event asks for several, in order.
        let mut steps = route::event(library, text);
        steps.retain(|it| self.profile.sees(&it.corpus));
        if let [first, others @ ..] = steps.as_slice()
            && first.code == procedure.code
            && !others.is_empty()
        {
            let names: Vec<&str> = others.iter().map(|other| other.short_name()).collect();
            let values = [("first", first.short_name()), ("others", &names.join("; "))];
            let lead = self.prompts.say("event_steps", &values);
            answer.text = format!("{lead}\n\n{}", answer.text);
            let choice =
                |it: &&Procedure| Choice { label: it.short_name().into(), value: it.code.clone() };
            answer.options.extend(others.iter().map(choice));
        }
        answer
    }

    /// Provisions that say something on the question, in force on the day.
    fn fitting(&self, typed: &Typed, hits: &[Hit], on: Date) -> Vec<Source> {
        let asked = format!("{} {}", typed.text, typed.in_law.join(" "));
        let fits = |source: &Source| {
            let words = format!("{}\n{}", source.title, source.quote);
            let coverage =
                route::coverage(&typed.text, &words).max(route::coverage(&asked, &words));
            source.status.holds() && coverage >= self.profile.coverage
        };
        let mut sources: Vec<Source> = self.sources(hits, on).into_iter().filter(fits).collect();
        sources.truncate(self.profile.sources);
        for (i, source) in sources.iter_mut().enumerate() {
            source.n = i + 1;
        }
        sources
    }

    fn sources(&self, hits: &[Hit], on: Date) -> Vec<Source> {
        let library = self.search.library();
        let source = |(n, hit): (usize, &Hit)| source(library, n + 1, hit, on);
        hits.iter().enumerate().filter_map(source).collect()
    }
}
