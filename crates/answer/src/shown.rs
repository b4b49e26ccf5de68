//! What is shown of a procedure, of provisions and of places.

use jiff::civil::Date;
use law::{Citation, Procedure, Status};
use search::{Hit, Typed};

use crate::answer::{Answer, Choice, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::card::Card;
use crate::place::{self, Told};
use crate::sources::source;
use crate::{render, route};

impl Assistant {
    /// The card of a procedure with what was asked of it.
    pub(crate) fn procedure(
        &self,
        procedure: &Procedure,
        text: &str,
        provisions: &[Hit],
        on: Date,
    ) -> Answer {
        let library = self.search.library();
        let card = Card::of(library, &self.prompts, procedure, on);
        let card = card.open_to(library, |corpus| self.profile.sees(corpus));
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
            if let Some(document) = self.sight().document(number)
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
            text: render::procedure(&self.prompts, &card, &route::fields(text)),
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
            let choice =
                |it: &&Procedure| Choice { label: it.short_name().into(), value: it.code.clone() };
            answer.options.extend(others.iter().map(choice));
        }
        answer
    }

    /// Provisions that say something on the question, in force on the day.
    pub(crate) fn fitting(&self, typed: &Typed, hits: &[Hit], on: Date) -> Vec<Source> {
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

    pub(crate) fn sources(&self, hits: &[Hit], on: Date) -> Vec<Source> {
        let library = self.search.library();
        let source = |(n, hit): (usize, &Hit)| source(library, n + 1, hit, on);
        hits.iter().enumerate().filter_map(source).collect()
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
