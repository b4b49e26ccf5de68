//! A question to a grounded answer, as a stream of events.

use std::sync::Arc;

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;
use infer::{Generator, Limits, Prompts, Tokens};
use jiff::civil::Date;
use search::{Filter, Hit, Kind, Search, Typed};

use crate::answer::{Answer, Event, Question, Route, Source, Verdict, Versions};
use crate::choose::Weighed;
use crate::error::{Error, Result};
use crate::guard::Guarded;
use crate::phrases::Phrases;
use crate::prose::{Sentences, hold};
use crate::redact::{Redacted, redact};
use crate::render;
use crate::settle::Settled;
use crate::sight::Sight;
use crate::talk;
use crate::words::{head, tail};

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
    generator: Option<Generator>,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) phrases: Arc<Phrases>,
    versions: Versions,
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
        };
        let phrases = Arc::new(Phrases::new(&prompts));
        Assistant { profile: Arc::new(profile), search, generator, prompts, phrases, versions }
    }

    /// What it searches.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Answers. The pieces of `Text` together are the text of `Done`; dropping the stream stops the
    /// work within a token.
    pub fn ask(&self, question: Question) -> BoxStream<'static, Result<Event>> {
        let me = self.clone();
        try_stream! {
            yield Event::Working { stage: "find", seconds: 0 };
            let (today, generate) = (question.today, question.generate);
            let (settled, guarded, on, redacted) = me.settled(question).await?;
            let text = redacted.plain();
            let (mut answer, prose) = match settled {
                Settled::Whole(answer) => (*answer, false),
                Settled::Clauses { route, sources, lead, certainty } => {
                    let text = format!("{lead}{}", render::verbatim(&me.prompts, route, &sources));
                    let blank = me.blank(route, Verdict::Answered);
                    (Answer { text, sources, certainty, ..blank }, true)
                }
            };
            answer.on = Some(on);
            // A day that is not today is said before what holds on it, but not before a refusal. A record is of
            // today.
            let of_law = answer.card.is_none() && !answer.sources.is_empty();
            if on != today && of_law {
                let lead = me.prompts.say("as_of_lead", &[("on", &render::date(on))]);
                answer.text = format!("{lead}\n\n{}", answer.text);
            }
            if redacted.secrets.iter().any(|secret| secret.is_dangerous()) {
                let warning = me.prompts.say("secrets", &[]);
                // Nothing goes before the number to call.
                answer.text = match answer.route {
                    Route::Emergency => format!("{}\n\n{warning}", answer.text),
                    _ => format!("{warning}\n\n{}", answer.text),
                };
            }
            // The numbers to call are the first thing that is read.
            let caution = guarded.caution && answer.route != Route::Emergency;
            let caution = caution.then(|| format!("{}\n\n", me.prompts.say("emergency_caution", &[])));
            if let Some(caution) = &caution {
                yield Event::Text(caution.clone());
            }
            if let Some(card) = &answer.card {
                yield Event::Card(Box::new(card.clone()));
            }
            let sources = answer.sources.clone();
            if !sources.is_empty() {
                yield Event::Sources(sources.clone());
            }
            yield Event::Text(answer.text.clone());
            answer.text.insert_str(0, caution.as_deref().unwrap_or_default());
            if !prose {
                yield Event::Done(Box::new(answer));
                return;
            }
            if let Some(generator) = me.generator.as_ref().filter(|_| generate)
                && sources.iter().any(|source| source.status.holds())
            {
                yield Event::Working { stage: "generate", seconds: generator.wait_seconds() };
                // Trouble of the model costs the prose, never the clauses that are already there.
                let mut tokens = me.write(generator, &sources, &text);
                let mut prose = Sentences::default();
                while let Some(writing) = &mut tokens {
                    match writing.next().await {
                        Some(Ok(piece)) => prose.push(&piece),
                        Some(Err(_)) | None => tokens = None,
                    }
                    for sentence in prose.whole(tokens.is_none()) {
                        match hold(&sentence, &sources) {
                            Some(sentence) => {
                                let piece = format!("{}{sentence}", if answer.generated { " " } else { "\n\n" });
                                answer.generated = true;
                                answer.text.push_str(&piece);
                                yield Event::Text(piece);
                            }
                            None => answer.removed += 1,
                        }
                    }
                }
            }
            yield Event::Done(Box::new(answer));
        }
        .boxed()
    }

    /// Settles a question as far as no model is needed. Emergencies are heard first, in the words as typed; what
    /// belongs to the person alone goes no further than this.
    async fn settled(&self, question: Question) -> Result<(Settled, Guarded, Date, Redacted)> {
        let me = self.clone();
        let heard = self.search.work(move || me.heard(&question)).await??;
        let Heard { settled, guarded, on, redacted, history } = heard;
        match settled {
            Some(settled) => Ok((settled, guarded, on, redacted)),
            None => {
                let text = redacted.plain();
                let (settled, guarded) = self.settle(&text, guarded, history, on).await?;
                Ok((settled, guarded, on, redacted))
            }
        }
    }

    fn heard(&self, question: &Question) -> Result<Heard> {
        let (raw, today) = (viet::clean(&question.text), question.today);
        let in_talk = question.history.iter().any(|said| said.by_assistant);
        // Of what is too long to be read, the beginning and the end are heard.
        let most = self.profile.characters;
        let ends = [head(&raw, most), tail(&raw, most)];
        let guarded = self.guard(if ends[0] == raw { &ends[..1] } else { &ends }, in_talk);
        let urgent = guarded.settled.filter(|it| it.route == Route::Emergency && !it.weak);
        // What is no emergency is decided on what may be read.
        let guarded = Guarded { settled: urgent, ..guarded };
        if let Some(urgent) = urgent {
            let (on, redacted) = (question.on.unwrap_or(today), redact(ends[0]));
            let settled = Some(self.guarded(urgent).into());
            return Ok(Heard { settled, guarded, on, redacted, history: Vec::new() });
        }
        self.readable(&raw)?;
        let redacted = redact(&raw);
        let on = question.on.or_else(|| law::as_of(&redacted.plain(), today)).unwrap_or(today);
        let latest = question.history.len().saturating_sub(talk::MOST);
        let history = question.history[latest..].iter().map(|said| said.redacted(most)).collect();
        Ok(Heard { settled: None, guarded, on, redacted, history })
    }

    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight::new(self.search.library(), &self.profile)
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

    /// Starts the prose over as many sources as fit; `None` when the model is busy or broken.
    fn write(&self, generator: &Generator, sources: &[Source], question: &str) -> Option<Tokens> {
        for count in (1..=sources.len()).rev() {
            let shown = render::for_model(&sources[..count]);
            // Without a source in force there is nothing to write from.
            if shown.is_empty() {
                return None;
            }
            let prompt = self.prompts.ask(&self.profile.name, &shown, question).ok()?;
            let room = generator.context().saturating_sub(self.profile.tokens + FRAME);
            if generator.count(&prompt.system) + generator.count(&prompt.user) <= room {
                return generator.generate(prompt, Limits { tokens: self.profile.tokens }).ok();
            }
        }
        None
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
            places: Vec::new(),
            sources: Vec::new(),
            reason: None,
            next: None,
            certainty: None,
            generated: false,
            removed: 0,
            versions: self.versions.clone(),
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

/// Tokens that frame the turns of a chat.
const FRAME: usize = 32;

/// A message before it is searched for.
struct Heard {
    /// How it is settled, if it is an emergency.
    settled: Option<Settled>,
    guarded: Guarded,
    on: Date,
    redacted: Redacted,
    history: Vec<talk::Said>,
}
