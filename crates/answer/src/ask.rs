//! A question to a grounded answer, as a stream of events.

use std::sync::Arc;

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;
use infer::{Generator, Limits, Tokens};
use jiff::civil::Date;

use crate::answer::{Answer, Event, Question, Route, Source, Verdict};
use crate::assistant::Assistant;
use crate::error::Result;
use crate::guard::Guarded;
use crate::prose::{Sentences, hold};
use crate::redact::{Redacted, redact};
use crate::settle::{Asked, Settled};
use crate::trace::{Removed, Trace};
use crate::words::{head, tail};
use crate::{memory, render, talk};

impl Assistant {
    /// Answers. The pieces of `Text` together are the text of `Done`; dropping the stream stops the
    /// work within a token.
    pub fn ask(&self, question: Question) -> BoxStream<'static, Result<Event>> {
        let me = self.clone();
        try_stream! {
            yield Event::Working { stage: "find", seconds: 0 };
            let Reached { mut answer, caution, question } = me.reached(question).await?;
            if let Some(caution) = &caution {
                yield Event::Text(caution.clone());
            }
            if let Some(card) = &answer.card {
                yield Event::Card(Box::new(card.clone()));
            }
            if !answer.sources.is_empty() {
                yield Event::Sources(answer.sources.clone());
            }
            yield Event::Text(answer.text.clone());
            answer.text.insert_str(0, caution.as_deref().unwrap_or_default());
            if let (Some(generator), Some(question)) = (&me.generator, question) {
                yield Event::Working { stage: "generate", seconds: generator.wait_seconds() };
                let (sources, question) = (Arc::new(answer.sources.clone()), Arc::new(question));
                // Trouble of the model costs the prose, never the clauses that are already there.
                let mut tokens = me.write(generator, &sources, &question);
                let mut prose = Sentences::default();
                while let Some(writing) = &mut tokens {
                    match writing.next().await {
                        Some(Ok(piece)) => prose.push(&piece),
                        Some(Err(_)) | None => tokens = None,
                    }
                    for sentence in prose.whole(tokens.is_none()) {
                        match me.held(sentence, &question, &sources).await? {
                            // Models say things twice.
                            Ok(sentence) if answer.text.contains(&sentence) => {}
                            Ok(sentence) => {
                                let gap = if answer.generated { " " } else { "\n\n" };
                                let piece = format!("{gap}{sentence}");
                                answer.generated = true;
                                answer.text.push_str(&piece);
                                yield Event::Text(piece);
                            }
                            Err(removed) => {
                                answer.removed += 1;
                                answer.trace.removed.push(removed);
                            }
                        }
                    }
                }
            }
            yield Event::Done(Box::new(answer));
        }
        .boxed()
    }

    /// A sentence of the model as it may be said, or why it is left out.
    async fn held(
        &self,
        sentence: String,
        question: &Arc<String>,
        sources: &Arc<Vec<Source>>,
    ) -> Result<std::result::Result<String, Removed>> {
        let (me, question, sources) = (self.clone(), Arc::clone(question), Arc::clone(sources));
        let held = move || {
            let why = match me.control.forbids(&sentence) {
                Some(forbidden) => format!("forbidden phrase {:?}", forbidden.phrase),
                None => match hold(&sentence, &question, &sources) {
                    Ok(sentence) => return Ok(sentence),
                    Err(fault) => fault.to_string(),
                },
            };
            Err(Removed { sentence, why })
        };
        Ok(self.search.work(held).await?)
    }

    /// Settles a question as far as no model is needed. Emergencies are heard first, in the words as typed; what
    /// belongs to the person alone goes no further than this.
    async fn reached(&self, question: Question) -> Result<Reached> {
        let me = self.clone();
        let mut trace = Trace {
            profile: self.profile.name.clone(),
            today: question.today,
            asked_on: question.on,
            generate: question.generate,
            ..Trace::default()
        };
        let heard = self.search.work(move || me.heard(&question)).await??;
        let Heard { settled, guarded, on, dated, redacted, history } = heard;
        trace.question = redacted.plain();
        trace.masked = redacted.secrets.len();
        trace.history.clone_from(&history);
        let (settled, guarded, on) = match settled {
            Some(settled) => (settled, guarded, on),
            None => {
                let (text, masked) = (redacted.plain(), redacted.text.clone());
                let asked = Asked { text, masked, history, on, dated, today: trace.today };
                self.settle(asked, guarded, &mut trace).await?
            }
        };
        let me = self.clone();
        let dressed = move || me.dressed(settled, guarded, on, &redacted, trace);
        Ok(self.search.work(dressed).await?)
    }

    /// An answer as it goes out before any prose: with its day, what must be told beside it, and as people have decided.
    fn dressed(
        &self,
        settled: Settled,
        guarded: Guarded,
        on: Date,
        redacted: &Redacted,
        trace: Trace,
    ) -> Reached {
        let (mut answer, clauses) = match settled {
            Settled::Whole(answer) => (*answer, false),
            Settled::Clauses { route, sources, lead, certainty } => {
                let before = render::verbatim_lead(&self.prompts, route, &sources);
                let text = format!("{lead}{before}{}", self.quoted(&sources));
                let blank = self.blank(route, Verdict::Answered);
                (Answer { text, sources, certainty, ..blank }, true)
            }
        };
        let (today, generate) = (trace.today, trace.generate);
        // A day that is not today is said before what holds on it, but not before a refusal. A record is of today.
        let of_law = answer.card.is_none() && answer.draft.is_none() && !answer.sources.is_empty();
        if on != today && of_law {
            let lead = self.prompts.say("as_of_lead", &[("on", &render::date(on))]);
            answer.text = format!("{lead}\n\n{}", answer.text);
        }
        let mut answer = self.steer(answer, today);
        if redacted.secrets.iter().any(|secret| secret.is_dangerous()) {
            let warning = self.prompts.say("secrets", &[]);
            // Nothing goes before the number to call.
            answer.text = match answer.route {
                Route::Emergency => format!("{}\n\n{warning}", answer.text),
                _ => format!("{warning}\n\n{}", answer.text),
            };
        }
        let silenced = self.control.silenced().is_some();
        let of_clauses = clauses && answer.sources.iter().any(|source| source.status.holds());
        if of_clauses && generate && silenced {
            answer.text.push_str(&format!("\n\n{}", self.prompts.say("generation_off", &[])));
        }
        answer.on = Some(on);
        answer.trace = trace;
        // The numbers to call are the first thing that is read.
        let caution = guarded.caution && answer.route != Route::Emergency;
        let caution =
            caution.then(|| format!("{}\n\n", self.prompts.say("emergency_caution", &[])));
        let question = (of_clauses && generate && !silenced).then(|| redacted.plain());
        Reached { answer, caution, question }
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
            let history = Vec::new();
            return Ok(Heard { settled, guarded, on, dated: true, redacted, history });
        }
        self.readable(&raw)?;
        let redacted = redact(&raw);
        let latest = question.history.len().saturating_sub(talk::MOST);
        let forget = self.prompts.phrases("forget");
        let history = memory::remembered(&question.history[latest..], forget);
        let history: Vec<talk::Said> = history.iter().map(|said| said.redacted(most)).collect();
        let text = redacted.plain();
        let on = question.on.or_else(|| law::as_of(&text, today));
        let settled = memory::forgets(&text, forget).then(|| {
            let text = self.prompts.say("forgotten", &[]);
            Answer { text, ..self.blank(Route::Greeting, Verdict::Answered) }.into()
        });
        let settled = settled.or_else(|| self.case(&raw).map(|_| self.case_guide().into()));
        let (dated, on) = (on.is_some(), on.unwrap_or(today));
        Ok(Heard { settled, guarded, on, dated, redacted, history })
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
}

/// Tokens that frame the turns of a chat.
const FRAME: usize = 32;

/// A message before it is searched for.
struct Heard {
    /// How it is settled, if its words alone settle it.
    settled: Option<Settled>,
    guarded: Guarded,
    on: Date,
    /// Whether the message or its sender names that day.
    dated: bool,
    redacted: Redacted,
    history: Vec<talk::Said>,
}

/// A message as far as it is answered without a model.
struct Reached {
    answer: Answer,
    /// The numbers to call, where it may be an emergency.
    caution: Option<String>,
    /// What a model is asked to explain; `None` where none is to write.
    question: Option<String>,
}
