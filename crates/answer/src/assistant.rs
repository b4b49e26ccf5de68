//! A question to a grounded answer, as a stream of events.

use std::sync::Arc;

use async_stream::try_stream;
use futures::StreamExt;
use futures::stream::BoxStream;
use infer::{Generator, Limits, Prompts, Tokens};
use jiff::civil::Date;
use law::{Citation, Document, Library, Procedure, Status};
use search::{Filter, Hit, Kind, Named, Search};

use crate::answer::{Answer, Choice, Event, Question, Route, Source, Verdict, Versions};
use crate::card::Card;
use crate::check::{check, cited, without_marks};
use crate::error::{Error, Result};
use crate::place::{self, Told};
use crate::render;
use crate::route;

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
    profile: Arc<Profile>,
    search: Search,
    generator: Option<Generator>,
    prompts: Arc<Prompts>,
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
        Assistant { profile: Arc::new(profile), search, generator, prompts, versions }
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
            let text = viet::clean(&question.text);
            let on = question.on.or_else(|| law::as_of(&text, question.today)).unwrap_or(question.today);
            let settled = me.settle(&text, on).await?;
            let (mut answer, prose) = match settled {
                Settled::Whole(answer) => (*answer, false),
                Settled::Clauses(route, sources, lead) => {
                    let text = format!("{lead}{}", render::verbatim(&me.prompts, route, &sources));
                    (Answer { text, sources, ..me.blank(route, Verdict::Answered) }, true)
                }
            };
            answer.on = Some(on);
            // A day that is not today is said before anything else, but not before a refusal.
            // A record is of today.
            let of_law = answer.card.is_none() && !answer.sources.is_empty();
            if on != question.today && of_law {
                let lead = me.prompts.say("as_of_lead", &[("on", &render::date(on))]);
                answer.text = format!("{lead}\n\n{}", answer.text);
            }
            if let Some(card) = &answer.card {
                yield Event::Card(Box::new(card.clone()));
            }
            let sources = answer.sources.clone();
            if !sources.is_empty() {
                yield Event::Sources(sources.clone());
            }
            yield Event::Text(answer.text.clone());
            if !prose {
                yield Event::Done(Box::new(answer));
                return;
            }
            if let Some(generator) = me.generator.as_ref().filter(|_| question.generate)
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

    /// What is answered, before any prose: by a record, a refusal, or clauses.
    async fn settle(&self, text: &str, on: Date) -> Result<Settled> {
        if let Some(answer) = self.without_search(text)? {
            return Ok(Settled::Whole(Box::new(answer)));
        }
        let named = self.search.named(text, &self.filter(None, Some(on)));
        if let Some(answer) = self.looked_up(text, &named, on) {
            return Ok(Settled::Whole(Box::new(answer)));
        }
        let told = place::told(&self.prompts, self.search.library().places(), text);
        if let Some(told) = told.as_ref().filter(|told| place::asks_place(told)) {
            return Ok(Settled::Whole(Box::new(self.place(told, on))));
        }
        let filters = [
            (self.filter(Some(Kind::Procedure), None), 8),
            (self.filter(Some(Kind::Provision), Some(on)), 2 * self.profile.sources),
        ];
        let mut found = self.search.find_each(text, &filters).await?.into_iter();
        let (procedures, provisions) =
            (found.next().unwrap_or_default(), found.next().unwrap_or_default());
        let places: Vec<Hit> = provisions.iter().filter(|hit| hit.ranks.named).cloned().collect();
        let library = self.search.library();
        let mut steps = Vec::new();
        let meant = (!self.about_law(text, &named)).then(|| {
            route::procedure(library, text, &procedures).or_else(|| {
                steps = route::event(library, text);
                steps.retain(|procedure| self.profile.sees(&procedure.corpus));
                steps.first().copied()
            })
        });
        if let Some(procedure) = meant.flatten() {
            let card = Card::of(library, &self.prompts, procedure, on);
            let mut answer = self.procedure(procedure, &card, text, &provisions, on);
            if let [first, others @ ..] = steps.as_slice()
                && !others.is_empty()
            {
                let names: Vec<&str> = others.iter().map(|other| other.short_name()).collect();
                let values = [("first", first.short_name()), ("others", &names.join("; "))];
                let lead = self.prompts.say("event_steps", &values);
                answer.text = format!("{lead}\n\n{}", answer.text);
                let choice = |name: &&str| Choice { label: (*name).into(), value: (*name).into() };
                answer.options.extend(names.iter().map(choice));
            }
            if let Some(told) = told {
                // What no longer is, is put right before the record is read.
                answer.text = format!("{}\n\n{}", told.lines.join("\n"), answer.text);
                answer.places = told.places;
                answer.options.splice(0..0, told.options);
            }
            return Ok(Settled::Whole(Box::new(answer)));
        }
        if let Some(answer) = self.only_recorded(&named, on) {
            return Ok(Settled::Whole(Box::new(answer)));
        }
        let route = if places.is_empty() { Route::Law } else { Route::Citation };
        let sources = match route {
            Route::Citation => self.sources(&places, on),
            _ => self.fitting(text, &provisions, on),
        };
        if sources.is_empty() {
            if let Some(told) = told {
                let verdict = Verdict::Partial;
                let answer = Answer { verdict, ..self.place(&told, on) };
                return Ok(Settled::Whole(Box::new(answer)));
            }
            let verdict = Verdict::NoBasis;
            let answer = self.refuse(route, verdict, "not_found", &[], "not_found_next");
            return Ok(Settled::Whole(Box::new(answer)));
        }
        let lead = told.map_or_else(String::new, |told| told.lines.join("\n") + "\n\n");
        Ok(Settled::Clauses(route, sources, lead))
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

    /// Greetings, what cannot be read, and documents that do not exist need no search.
    fn without_search(&self, text: &str) -> Result<Option<Answer>> {
        let characters = text.chars().count();
        if text.trim().is_empty() {
            return Err(Error::Empty);
        }
        if characters > self.profile.characters {
            return Err(Error::TooLong { characters, limit: self.profile.characters });
        }
        if !route::readable(text) {
            return Ok(Some(self.refuse(
                Route::OutOfScope,
                Verdict::OutOfScope,
                "unreadable",
                &[],
                "not_found_next",
            )));
        }
        if let Some(key) = route::greeting(text) {
            let text = self.prompts.say(key, &[]);
            return Ok(Some(Answer { text, ..self.blank(Route::Greeting, Verdict::Answered) }));
        }
        Ok(None)
    }

    /// What a question names and the library does not hold.
    fn not_held(&self, reason: &str, name: &str) -> Answer {
        let (verdict, values) = (Verdict::NoBasis, [("citation", name)]);
        self.refuse(Route::Citation, verdict, reason, &values, "not_found_next")
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
            return Some(self.not_held("unknown_citation", &name));
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
        let sources: Vec<Source> = about
            .into_iter()
            .enumerate()
            .map(|(i, document)| {
                let at = Citation::whole(&document.id);
                let standing = library.standing(&at, on);
                Source {
                    n: i + 1,
                    title: render::document_name(document),
                    quote: render::record(&self.prompts, document),
                    citation: at,
                    status: standing.status,
                    from: standing.from,
                    to: standing.to,
                    checked: document.checked,
                }
            })
            .collect();
        let verdict = if without_words { Verdict::Partial } else { Verdict::Answered };
        let text = render::documents(&self.prompts, &sources, without_words);
        Answer { text, sources, ..self.blank(Route::Citation, verdict) }
    }

    fn filter(&self, kind: Option<Kind>, in_force_on: Option<Date>) -> Filter {
        Filter { corpora: self.profile.corpora.clone(), in_force_on, kind }
    }

    fn procedure(
        &self,
        procedure: &Procedure,
        card: &Card,
        text: &str,
        provisions: &[Hit],
        on: Date,
    ) -> Answer {
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
        for mut source in self.fitting(text, provisions, on).into_iter().take(2) {
            source.n = sources.len() + 1;
            sources.push(source);
        }
        let text = render::procedure(&self.prompts, card, &route::fields(text));
        Answer {
            text,
            card: Some(card.clone()),
            sources,
            ..self.blank(Route::Procedure, Verdict::Answered)
        }
    }

    /// Provisions that say something on the question, in force on the day.
    fn fitting(&self, text: &str, hits: &[Hit], on: Date) -> Vec<Source> {
        let mut sources: Vec<Source> = self
            .sources(hits, on)
            .into_iter()
            .filter(|source| {
                let words = format!("{}\n{}", source.title, source.quote);
                source.status.holds() && route::coverage(text, &words) >= self.profile.coverage
            })
            .take(self.profile.sources)
            .collect();
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

    fn blank(&self, route: Route, verdict: Verdict) -> Answer {
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
            generated: false,
            removed: 0,
            versions: self.versions.clone(),
        }
    }

    fn refuse(
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

/// How far a question is answered without a model.
enum Settled {
    /// Wholly.
    Whole(Box<Answer>),
    /// By clauses, which prose may explain, and what is said before them.
    Clauses(Route, Vec<Source>, String),
}

/// A sentence that holds, with the number of its source; `None` for one that does not.
fn hold(sentence: &str, sources: &[Source]) -> Option<String> {
    let numbers = check(sentence, sources).ok()?;
    if cited(sentence).is_empty() {
        let bare = without_marks(sentence);
        let marks: String = numbers.iter().map(|n| format!("[{n}]")).collect();
        let end = bare.trim_end().trim_end_matches(['.', '!', '?', ';']);
        return Some(format!("{end} {marks}."));
    }
    Some(sentence.trim().to_owned())
}

/// Tokens that frame the turns of a chat.
const FRAME: usize = 32;

/// Longest quotation of a whole article; longer ones are quoted by their best clause.
const QUOTE: usize = 1500;

fn source(library: &Library, n: usize, hit: &Hit, on: Date) -> Option<Source> {
    let (document, article) = library.article(&hit.citation)?;
    // On a day whose words we do not have, the words that we have are shown, and the status says so.
    let words = |at: &Citation| library.text_on(at, on).or_else(|| library.text_in_context(at));
    let whole = words(&hit.citation)?;
    // A clause that was asked for is quoted; else the article, unless it is long.
    let clause = hit.clause.as_ref().filter(|_| hit.ranks.named || whole.chars().count() > QUOTE);
    let citation = clause.unwrap_or(&hit.citation).clone();
    let quote = match clause {
        Some(clause) => words(clause)?,
        None => whole,
    };
    if quote.trim().is_empty() {
        return None;
    }
    let standing = library.standing(&citation, on);
    Some(Source {
        n,
        title: render::title(document, article),
        citation,
        quote: render::shorten(&quote, 2 * QUOTE).to_owned(),
        status: standing.status,
        from: standing.from,
        to: standing.to,
        checked: document.checked,
    })
}

/// Prose as it comes in, cut into sentences.
#[derive(Default)]
struct Sentences {
    text: String,
    given: usize,
}

impl Sentences {
    fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Sentences that are whole by now; at the end the rest, unless it was cut off by the token limit.
    fn whole(&mut self, ended: bool) -> Vec<String> {
        let rest = &self.text[self.given..];
        let mut sentences: Vec<&str> = viet::sentences(rest);
        let finished = |sentence: &str| sentence.ends_with(['.', '!', '?', ';', ']']);
        if !ended || sentences.last().is_some_and(|last| !finished(last)) {
            sentences.pop();
        }
        let Some(last) = sentences.last() else { return Vec::new() };
        // Each sentence is a slice of the text, so its end tells how far the text is used up.
        let end = last.as_ptr() as usize + last.len() - rest.as_ptr() as usize;
        let whole: Vec<String> = sentences.iter().map(|sentence| (*sentence).to_owned()).collect();
        self.given += end;
        whole.into_iter().filter(|sentence| viet::syllables(sentence).len() > 2).collect()
    }
}
