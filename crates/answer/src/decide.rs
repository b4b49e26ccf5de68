//! Which of the things that a question may be about it is answered by: a procedure, a choice of several, the law, or
//! nothing.

use jiff::civil::Date;
use law::{Citation, Library, Procedure};
use search::{Hit, Named};

use crate::answer::{Answer, Choice, Route, Verdict};
use crate::assistant::Assistant;
use crate::choose::{self, Candidate, What};
use crate::place::Told;
use crate::settle::{Read, Settled};
use crate::{referred, route, topic};

/// How near the second must come to the best for it to be asked back.
const CLOSE: f32 = 0.85;
/// From this likelihood on a message within a talk asks the law, not the procedure at hand.
const LAW: f32 = 0.7;
/// From this likelihood on it is about nothing that we have.
const NOTHING: f32 = 0.8;
/// Least share of a procedure that is offered when it is asked back.
const OFFERED: f32 = 0.08;
/// Most choices that are offered (reference of the channels: more buttons are not read).
const OPTIONS: usize = 4;

/// A question that was read and searched.
pub(crate) struct Found {
    pub(crate) read: Read,
    pub(crate) provisions: Vec<Hit>,
    pub(crate) candidates: Vec<Candidate>,
}

/// How much likelier a procedure of the same field (lĩnh vực) is after another one of it was turned down.
const SAME_FIELD: f32 = 4.0;

/// Somebody who corrects us means a procedure, and most often one like the one that they turn down; unless they say
/// that it is the law they ask for.
pub(crate) fn after_correction(
    library: &Library,
    mut candidates: Vec<Candidate>,
    rejected: &Procedure,
    of_law: bool,
) -> Vec<Candidate> {
    candidates.retain_mut(|it| match it.what {
        What::Procedure(i) => {
            if library.procedures()[i].field == rejected.field {
                it.likely *= SAME_FIELD;
            }
            true
        }
        What::Law | What::Nothing => of_law,
    });
    let all: f32 = candidates.iter().map(|it| it.likely).sum::<f32>().max(f32::MIN_POSITIVE);
    candidates.iter_mut().for_each(|it| it.likely /= all);
    candidates.sort_by(|a, b| b.likely.total_cmp(&a.likely));
    candidates
}

impl Assistant {
    /// Chooses between the procedures, the law and nothing.
    pub(crate) fn decide(&self, found: &Found) -> Settled {
        let mut settled = self.decided(found);
        // What was weighed and not answered counts too.
        if let Settled::Whole(answer) = &mut settled
            && answer.certainty.is_none()
            && answer.verdict != Verdict::Answered
        {
            answer.certainty = found.candidates.first().map(|it| it.likely);
        }
        settled
    }

    fn decided(&self, found: &Found) -> Settled {
        let (library, read) = (self.search.library(), &found.read);
        if let Some(procedure) =
            read.named.places.iter().find_map(|at| self.sight().procedure(&at.document))
        {
            return self.procedure(procedure, read.asks(), &found.provisions, read.on).into();
        }
        if self.about_law(&read.text, &read.named) {
            return self.of_law(found, None);
        }
        // Who corrects us has been asked enough.
        let vague = match read.not.is_some() {
            true => None,
            false => topic::vague(library, self.search.names(), &read.typed.text),
        };
        if let Some(topic) = vague {
            let options = topic.options.iter().filter_map(|option| {
                let procedure = self.sight().procedure(&option.code)?;
                Some(Choice { label: option.label.clone(), value: procedure.code.clone() })
            });
            let options: Vec<Choice> = options.collect();
            if options.len() > 1 {
                return self.ask_back(&topic.topic, options).into();
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
        let show = |procedure| self.procedure(procedure, read.asks(), &found.provisions, read.on);
        match procedures.as_slice() {
            [(best, likely), rest @ ..] if all >= law && all >= nothing => {
                let close = rest.first().is_some_and(|(_, second)| *second > CLOSE * likely);
                // Who corrects us says what is meant; who only turns it down is asked.
                let asks = read.denied && read.not.is_some() && !rest.is_empty();
                if (!close || read.not.is_some()) && !asks {
                    return Answer { certainty: Some(*likely), ..show(best) }.into();
                }
                let offered = procedures.iter().filter(|(it, likely)| {
                    *likely >= OFFERED * all && self.control.hidden(&it.code).is_none()
                });
                let offered = offered.take(OPTIONS);
                self.ask_back("", offered.map(|(it, _)| Choice::of(it)).collect()).into()
            }
            _ => {
                // What says too little alone is asked of the procedure at hand.
                let at_hand = read.at_hand.as_ref().and_then(|code| self.sight().procedure(code));
                match at_hand {
                    Some(at_hand)
                        if law < LAW && nothing < NOTHING && !choose::asks_law(&read.text) =>
                    {
                        show(at_hand).into()
                    }
                    _ if law >= nothing => self.of_law(found, Some(law)),
                    _ => self.nothing(),
                }
            }
        }
    }

    /// Clauses of the law, or what is known of the documents that are named, or nothing.
    fn of_law(&self, found: &Found, certainty: Option<f32>) -> Settled {
        let read = &found.read;
        if let Some(answer) = self.only_recorded(&read.named, read.on) {
            return answer.into();
        }
        if let Some(answer) = self.best_is_off(&found.provisions) {
            return answer.into();
        }
        let places: Vec<Hit> =
            found.provisions.iter().filter(|hit| hit.ranks.named).cloned().collect();
        let route = if places.is_empty() { Route::Law } else { Route::Citation };
        let sources = match route {
            Route::Citation => self.sources(&places, read.on),
            _ => self.fitting(&read.typed, &found.provisions, read.on),
        };
        let mut sources = sources;
        // A citizen who asks for a provision gets it; else what the best sources refer to is shown beside them.
        let most = match (self.profile.name.as_str(), route) {
            ("citizen", Route::Citation) => 0,
            ("citizen", _) => 1,
            _ => 2,
        };
        referred::follow(self.search.library(), &mut sources, most, read.on);
        if sources.is_empty() {
            return self.refuse(route, Verdict::NoBasis, "not_found", &[], "not_found_next").into();
        }
        Settled::Clauses { route, sources, lead: String::new(), certainty }
    }

    fn nothing(&self) -> Settled {
        self.refuse(Route::Law, Verdict::NoBasis, "not_found", &[], "not_found_next").into()
    }

    /// What no longer is, is put right before anything else is read.
    pub(crate) fn tell_place(&self, settled: &mut Settled, told: Told, on: Date) {
        let lines = told.lines.join("\n");
        match settled {
            Settled::Clauses { lead, .. } => *lead = format!("{lines}\n\n{lead}"),
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
            // Clauses that are given with a doubt.
            Settled::Whole(answer)
                if answer.route == Route::Law && answer.verdict == Verdict::Partial =>
            {
                answer.text = format!("{lines}\n\n{}", answer.text);
                answer.places = told.places;
            }
            Settled::Whole(_) => {}
        }
    }

    /// Asks which of several procedures is meant.
    fn ask_back(&self, subject: &str, options: Vec<Choice>) -> Answer {
        let lead = match subject {
            "" => self.prompts.say("ask_back", &[]),
            subject => self.prompts.say("ask_back_subject", &[("subject", subject)]),
        };
        let text = format!("{lead}{}", Choice::numbered(&options));
        Answer { text, options, ..self.blank(Route::Clarify, Verdict::AskBack) }
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
    pub(crate) fn holds_words(&self, at: &Citation) -> bool {
        let document = self.sight().document(&at.document);
        document.is_some_and(|document| !document.articles.is_empty())
    }
}
