//! What is shown of a procedure, of provisions and of places.

use jiff::civil::Date;
use law::{Citation, Procedure, Status};
use search::{Hit, Typed};

use crate::answer::{Answer, Choice, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::card::Card;
use crate::draft::{self, Draft};
use crate::place::{self, Told};
use crate::sources::source;
use crate::{render, route};

/// What is asked of a procedure.
#[derive(Clone, Copy)]
pub(crate) struct Asks<'a> {
    /// The question.
    pub(crate) text: &'a str,
    /// The question with what the person said before, which may tell the case.
    pub(crate) said: &'a str,
}

/// Most provisions of one document in an answer.
const OF_ONE: usize = 3;

/// The rule on the form of administrative documents.
const FORM_RULE: &str = "30/2020/NĐ-CP";

impl Assistant {
    /// The card of a procedure with what was asked of it.
    pub(crate) fn procedure(
        &self,
        procedure: &Procedure,
        asked: Asks<'_>,
        provisions: &[Hit],
        on: Date,
    ) -> Answer {
        let Asks { text, said } = asked;
        if let Some(answer) = self.procedure_off(procedure) {
            return answer;
        }
        let (card, source) = self.of_record(procedure, 1, on);
        let mut sources = vec![source];
        for overlay in procedure.overlays.iter().filter(|it| it.applies(on)) {
            if let Some(document) = self.sight().document(overlay.document())
                && sources.iter().all(|source| source.citation.document != document.id)
            {
                sources.push(self.record(document, sources.len() + 1, on));
            }
        }
        let typed = Typed { text: text.to_owned(), ..Typed::default() };
        for mut source in self.fitting(&typed, provisions, on).into_iter().take(2) {
            source.n = sources.len() + 1;
            sources.push(source);
        }
        let mut answer = Answer {
            text: render::procedure(&self.prompts, &card, &route::fields(text), said),
            card: Some(card),
            sources,
            ..self.blank(Route::Procedure, Verdict::Answered)
        };
        // A life event asks for several, in order.
        let steps = route::event(self.sight(), text);
        if let [first, others @ ..] = steps.as_slice()
            && first.code == procedure.code
            && !others.is_empty()
        {
            let names: Vec<&str> = others.iter().map(|other| other.short_name()).collect();
            let values = [("first", first.short_name()), ("others", &names.join("; "))];
            let lead = self.prompts.say("event_steps", &values);
            answer.text = format!("{lead}\n\n{}", answer.text);
            answer.options.extend(others.iter().map(|it| Choice::of(it)));
        }
        answer
    }

    /// The card of a procedure for somebody who asks by its code; `None` for what is not in sight.
    pub fn card(&self, code: &str, on: Date) -> Option<Card> {
        Some(self.of_record(self.sight().procedure(code)?, 1, on).0)
    }

    /// The card of a procedure, and its record as source number `n`.
    pub(crate) fn of_record(&self, procedure: &Procedure, n: usize, on: Date) -> (Card, Source) {
        let library = self.search.library();
        // A rule of the city that may not be shown is not told by the card either.
        let mut open = procedure.clone();
        open.overlays.retain(|overlay| !self.sight().hides(overlay.document()));
        let card = Card::of(library, &self.prompts, &open, on).open_to(self.sight());
        let source = Source {
            n,
            citation: Citation::whole(&procedure.code),
            title: card.name.clone(),
            quote: card.words(),
            status: Status::InForce,
            from: None,
            to: None,
            checked: procedure.as_of,
            opened_by: None,
            closed_by: None,
        };
        (card, source)
    }

    /// Provisions with their words, and for people who work with the law with what changed them.
    pub(crate) fn quoted(&self, sources: &[Source]) -> String {
        let (notes, sight) = (self.profile.name != "citizen", self.sight());
        let told = |by: &Citation| notes && !sight.hides(&by.document);
        sources.iter().map(|source| render::quoted(&self.prompts, source, told)).collect()
    }

    /// Provisions that say something on the question, in force on the day.
    pub(crate) fn fitting(&self, typed: &Typed, hits: &[Hit], on: Date) -> Vec<Source> {
        // Of one document a few places only, so that others are heard.
        let mut few: Vec<Hit> = Vec::new();
        for hit in hits {
            let same = |it: &&Hit| it.citation.document == hit.citation.document;
            if few.iter().filter(same).count() < OF_ONE {
                few.push(hit.clone());
            }
        }
        self.fitting_at_most(typed, &few, on, self.profile.sources)
    }

    /// The same, at most so many.
    pub(crate) fn fitting_at_most(
        &self,
        typed: &Typed,
        hits: &[Hit],
        on: Date,
        most: usize,
    ) -> Vec<Source> {
        let asked = format!("{} {}", typed.text, typed.in_law.join(" "));
        let fits = |source: &Source| {
            let words = format!("{}\n{}", source.title, source.quote);
            let coverage =
                route::coverage(&typed.text, &words).max(route::coverage(&asked, &words));
            // "lấy vợ" is asked and "Điều kiện kết hôn" answers: a heading in law's words for what was asked fits.
            let title = route::spaced(&source.title);
            let named = typed.in_law.iter().any(|words| {
                let words = route::spaced(words);
                route::holds(&title, words.trim())
            });
            source.status.holds() && (coverage >= self.profile.coverage || named)
        };
        let mut sources: Vec<Source> = self.sources(hits, on).into_iter().filter(fits).collect();
        sources.truncate(most);
        for (i, source) in sources.iter_mut().enumerate() {
            source.n = i + 1;
        }
        sources
    }

    pub(crate) fn sources(&self, hits: &[Hit], on: Date) -> Vec<Source> {
        let library = self.search.library();
        let shown = hits.iter().filter(|it| self.control.hidden(&it.citation.document).is_none());
        let source = |(n, hit): (usize, &Hit)| source(library, n + 1, hit, on);
        shown.enumerate().filter_map(source).collect()
    }

    /// The draft of an administrative document that a request asks for; `None` for what asks for none, and for
    /// citizens.
    ///
    /// It keeps the names in the request: it is for the person who asks and is stored nowhere.
    pub fn draft(&self, request: &str) -> Option<Draft> {
        let request = viet::clean(request);
        let stopped = self.control.closed_topic(&[&request]).is_some()
            || self.control.forbids(&request).is_some();
        if stopped || request.chars().count() > self.profile.characters {
            return None;
        }
        self.draft_of(&request, &Typed::default())
    }

    /// What was typed with marks is taken as it is: an office's own abbreviations and names stay. `typed` is what may
    /// have been read of the same text already.
    fn draft_of(&self, text: &str, typed: &Typed) -> Option<Draft> {
        if self.profile.name == "citizen" {
            return None;
        }
        let restored = || {
            let spelled = text.replace("v/v", "ve viec").replace("V/v", "ve viec");
            match spelled == typed.raw {
                true => draft::read(&typed.text),
                false => draft::read(&self.search.typed(&spelled).text),
            }
        };
        match viet::has_marks(text) {
            true => draft::read(text),
            false => restored().or_else(|| draft::read(text)),
        }
    }

    /// The draft that a civil servant asks for, as an answer.
    pub(crate) fn drafted(&self, text: &str, typed: &Typed, on: Date) -> Option<Answer> {
        let draft = self.draft_of(text, typed)?;
        let values = [("form", draft.form.name()), ("model", draft.form.model())];
        let mut text = self.prompts.say("draft_lead", &values);
        if !draft.missing.is_empty() {
            let values = [("missing", draft.missing.join(", "))];
            let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
            text = format!("{text} {}", self.prompts.say("draft_missing", &values));
        }
        text = format!("{text}\n\n{}", draft.text());
        let rule = self.sight().document(FORM_RULE);
        let sources = rule.map(|rule| self.record(rule, 1, on)).into_iter().collect();
        let verdict = match draft.missing.is_empty() {
            true => Verdict::Answered,
            false => Verdict::Partial,
        };
        Some(Answer { text, sources, draft: Some(draft), ..self.blank(Route::Law, verdict) })
    }

    /// What is known of the places and bodies that a question names, and a choice where an old unit was
    /// divided.
    pub(crate) fn place(&self, told: &Told, on: Date) -> Answer {
        let ask_back = !told.options.is_empty();
        let (route, verdict) = match ask_back {
            true => (Route::Clarify, Verdict::AskBack),
            false => (Route::Law, Verdict::Answered),
        };
        let sources = match ask_back {
            // Nothing is settled yet.
            true => Vec::new(),
            false => place::sources(self.sight(), &self.prompts, &told.at, on),
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
}
