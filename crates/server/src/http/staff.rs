//! Pages for officers.

use std::sync::Arc;

use answer::Profile;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chat::{Asked, Author, Channel, Chat, Feedback, Kind, Talk, Told, Uuid};
use jiff::civil::Date;
use law::Citation;
use maud::html;
use people::Person;
use search::Filter;
use serde_json::{Value, json};
use web::house::{self, Frame, Note};
use web::staff::{self, Compared, Listed};

use super::ask::DOCX;
use super::gate::{Fields, Page, text};
use super::problem::Problem;
use super::talk::{self, kept};
use super::visit::conversations;
use crate::app::{App, Corpus, signed_name};
use crate::clock::{now, today};
use crate::{provision, wire};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/staff", get(first).post(ask))
        .route("/staff/talks/{id}", get(answer))
        .route("/staff/new", post(anew))
        .route("/staff/rate", post(rate))
        .route("/staff/law", get(law))
        .route("/staff/procedures", get(procedures))
        .route("/staff/procedures/{code}", get(procedure))
        .route("/staff/draft", get(draft_form).post(draft))
        .route("/staff/draft.docx", post(draft_file))
        .route("/staff/history", get(history))
        .route("/staff/history/{id}", get(past))
        .route("/staff/history/{id}/erase", post(erase))
}

/// A day as a form gives it; an empty one is none.
pub(super) fn day(fields: &Fields, name: &str) -> Result<Option<Date>, Problem> {
    match text(fields, name) {
        "" => Ok(None),
        it => it.parse().map(Some).map_err(|_| {
            Problem::bad(format!("Không hiểu ngày {it:?}; ngày viết như 2026-01-31."))
        }),
    }
}

/// The corpus, and what somebody sees of it.
fn seen(app: &App, me: &Person) -> Result<(Arc<Corpus>, Profile), Problem> {
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    let profile = app.signed_profile(&corpus, &groups(me));
    Ok((
        corpus,
        profile.ok_or_else(|| Problem::bad("Cấu hình không có nhóm người dùng \"staff\"."))?,
    ))
}

fn groups(me: &Person) -> Vec<&str> {
    me.groups.iter().map(String::as_str).collect()
}

/// The conversation that the next question goes on with, if there is one.
async fn going(chat: &Chat, me: &Person, app: &App) -> Result<Option<Talk>, Problem> {
    let last = chat.last_of(Channel::Staff, me.own()).await.map_err(|error| kept(error, app))?;
    let profile = signed_name(me);
    Ok(last.filter(|it| it.profile == profile))
}

async fn first(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let asked = staff::Asked {
        question: text(&query, "q").to_owned(),
        on: text(&query, "on").to_owned(),
        prose: false,
    };
    let going = going(&conversations(&app)?, &me, &app).await?.is_some();
    let thanks = if text(&query, "done").is_empty() {
        Note::None
    } else {
        Note::Done(app.prompts.say("staff_thanks", &[]))
    };
    Ok(Page { title: "Hỏi đáp", here: "/staff", note: thanks }
        .work(&me, &staff::ask(&me, &asked, going)))
}

async fn anew(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Redirect, Problem> {
    let chat = conversations(&app)?;
    chat.begin(Channel::Staff, me.own(), &signed_name(&me))
        .await
        .map_err(|error| kept(error, &app))?;
    Ok(Redirect::to("/staff"))
}

/// Takes a question, and leads to its answer: a page that can be looked at again.
async fn ask(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let on = day(&fields, "on")?;
    let asked = staff::Asked {
        question: text(&fields, "question").to_owned(),
        on: text(&fields, "on").to_owned(),
        prose: !text(&fields, "prose").is_empty(),
    };
    let chat = conversations(&app)?;
    let talk = match going(&chat, &me, &app).await? {
        Some(talk) => talk,
        None => chat
            .begin(Channel::Staff, me.own(), &signed_name(&me))
            .await
            .map_err(|error| kept(error, &app))?,
    };
    let question = Asked {
        talk: talk.id,
        profile: talk.profile.clone(),
        client: Some(Uuid::new_v4().to_string()),
        text: asked.question.clone(),
        on,
        from: None,
        generate: asked.prose,
        kept: true,
        strict: false,
    };
    match talk::taken(&app, &chat, question).await {
        Ok(_) => {
            let prose = if asked.prose { "1" } else { "" };
            let to = format!("/staff/talks/{}", talk.id);
            let to = house::address(&to, &[("on", &asked.on), ("prose", prose)]);
            Ok(Redirect::to(&to).into_response())
        }
        Err(problem) => {
            let note = Note::Wrong(problem.detail().to_owned());
            let body = staff::ask(&me, &asked, true);
            Ok(Page { title: "Hỏi đáp", here: "/staff", note }.work(&me, &body))
        }
    }
}

/// The last question of a conversation with its answer. While that is being made the page comes in two parts: what was
/// asked at once, the answer when it is there. Works without script.
async fn answer(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    // One that was erased leads to a new question.
    let Ok(talk) = own(&app, &me, &id).await else {
        return Ok(Redirect::to("/staff").into_response());
    };
    let chat = conversations(&app)?;
    let messages = chat.messages(&talk.id, 0).await.map_err(|error| kept(error, &app))?;
    let question = messages.iter().rfind(|it| it.author == Author::Person);
    let question = question.map(|it| it.text.clone()).unwrap_or_default();
    let known = messages.last().and_then(|it| it.answer.clone());
    let live = if known.is_some() { None } else { chat.live(&talk.id) };
    let (corpus, profile) = seen(&app, &me)?;
    let searched = searched(&corpus, &profile);
    let on = text(&query, "on").to_owned();
    let next = staff::Asked {
        question: String::new(),
        on: on.clone(),
        prose: !text(&query, "prose").is_empty(),
    };
    let note = Note::None;
    let frame =
        Frame { title: "Hỏi đáp", here: "/staff", person: &me, admin: false, note: &note };
    let (before, after) = house::halves(&frame);
    let begun = html! { (staff::ask(&me, &next, true)) (staff::working(&question)) }.into_string();
    let parts = async_stream::stream! {
        yield Ok::<_, std::convert::Infallible>(Bytes::from(before + &begun));
        let told = match (known, live) {
            (Some(data), _) => Ok(data),
            (None, Some(live)) => match live.last().await {
                Some(Told { name: "done", data, .. }) => Ok(data),
                last => Err(talk::trouble(last, &app).detail().to_owned()),
            },
            // Another instance makes it.
            (None, None) => elsewhere(&app, &talk.id).await,
        };
        let body = match told {
            Ok(data) => staff::answered(&data, &on, &searched, &me, &|key| app.prompts.say(key, &[])),
            Err(trouble) => html! { p class="error" role="alert" { (trouble) } },
        };
        yield Ok(Bytes::from(body.into_string() + &after));
    };
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (headers, Body::from_stream(parts)).into_response();
    super::ask::unbuffered(&mut response);
    Ok(response)
}

/// Waits for an answer that another instance makes.
async fn elsewhere(app: &App, talk: &Uuid) -> Result<Value, String> {
    let failed = || app.prompts.say("failed", &[]);
    let chat = conversations(app).map_err(|_| failed())?;
    for _ in 0..60 {
        let messages = chat.messages(talk, 0).await.map_err(|_| failed())?;
        if let Some(answer) = messages.last().and_then(|it| it.answer.clone()) {
            return Ok(answer);
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    Err(failed())
}

/// Names of the collections that were searched.
fn searched(corpus: &Corpus, profile: &Profile) -> String {
    let mut names: Vec<&str> =
        corpus.manifest.sources.iter().map(|it| it.corpus.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|it| profile.sees(it));
    names.join(", ")
}

async fn rate(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Problem> {
    let chat = conversations(&app)?;
    let failed = |error| kept(error, &app);
    let unknown = || Problem::unknown("câu trả lời này");
    let answer: Uuid = text(&fields, "answer").parse().map_err(|_| unknown())?;
    // Of one's own answers alone: what a person thinks of theirs is not written over.
    let talk = chat.talk_of(&answer).await.map_err(failed)?.ok_or_else(unknown)?;
    own(&app, &me, &talk.to_string()).await?;
    let value = if text(&fields, "value") == "1" { 1 } else { -1 };
    let reasons = super::feedback::REASONS
        .iter()
        .filter(|it| fields.contains_key(**it))
        .map(|it| (*it).to_owned());
    let note: String = text(&fields, "note").chars().take(super::feedback::LONGEST).collect();
    let it = Feedback {
        note,
        reasons: reasons.collect(),
        ..Feedback::new(answer, now(), Kind::Rating, value)
    };
    chat.feedback(it).await.map_err(failed)?;
    Ok(Redirect::to("/staff?done=1"))
}

async fn law(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let on = day(&query, "on")?;
    let with = day(&query, "with")?;
    // What leads here names a place; what is typed may.
    let typed = match text(&query, "at") {
        "" => text(&query, "q"),
        at => at,
    };
    let (corpus, profile) = seen(&app, &me)?;
    let say = |key: &str| app.prompts.say(key, &[]);
    let form = |title: &str, note: Note, hits: Option<&[Value]>| {
        let body = staff::law(typed, text(&query, "on"), hits, &say);
        Page { title, here: "/staff/law", note }.work(&me, &body)
    };
    if typed.is_empty() {
        return Ok(form("Văn bản", Note::None, None));
    }
    let on_day = on.unwrap_or_else(today);
    let filter = Filter { corpora: profile.corpora.clone(), in_force_on: None, kind: None };
    let at = match typed.parse::<Citation>() {
        Ok(at) if corpus.library.document(&law::canonical(&at.document)).is_some() => {
            Some(Citation { document: law::canonical(&at.document), ..at })
        }
        // "điều 15 luật hộ tịch", as people say it: of several laws of one name the one of that day.
        _ => {
            let filter = Filter { in_force_on: Some(on_day), ..filter.clone() };
            let named = corpus.search.named(typed, &filter);
            if let (true, Some(missing)) = (named.places.is_empty(), named.missing.first()) {
                let note = Note::Wrong(format!("Thư viện không có {missing}; văn bản thì có."));
                return Ok(form("Văn bản", note, None));
            }
            named.places.into_iter().chain(named.documents).next()
        }
    };
    if let Some(at) = at {
        if corpus.library.procedure(&at.document).is_some() {
            let to = format!("/staff/procedures/{}", at.document);
            let to = house::address(&to, &[("on", text(&query, "on"))]);
            return Ok(Redirect::to(&to).into_response());
        }
        if let Some(off) = app.control().hidden(&at.document) {
            let note = Note::Wrong(format!("{} đang tạm tắt: {}", at.document, off.reason));
            return Ok(form("Văn bản", note, None));
        }
        // Comparing takes a while.
        let (held, hidden, place) =
            (Arc::clone(&corpus), hides(&app, Arc::clone(&corpus), profile), at.clone());
        let look = move || {
            let library = &held.library;
            let shown = provision::shown(library, &place, on_day, today())
                .filter(|_| !hidden(&place.document))?;
            let compared =
                with.map(|with| (with, provision::between(library, &place, on_day, with)));
            Some((provision::open_to(shown, &hidden), compared))
        };
        let looked = tokio::task::spawn_blocking(look).await;
        let looked = looked.map_err(|error| {
            Problem::of(&infer::Error::Failed(error.to_string()).into(), &app.prompts)
        })?;
        let Some((shown, compared)) = looked else {
            return Ok(form("Văn bản", Note::Wrong(format!("Thư viện không có {typed}.")), None));
        };
        let name = |status: law::Status| json!(status).as_str().unwrap_or_default().to_owned();
        let compared = compared.map(|(with, (days, pieces))| Compared {
            with: with.to_string(),
            days: days.into_iter().map(|(on, status)| (on.to_string(), name(status))).collect(),
            pieces,
        });
        let body = staff::provision(&shown, text(&query, "on"), compared.as_ref(), &me, &say);
        let title = at.to_string();
        return Ok(Page { title: &title, here: "/staff/law", note: Note::None }.work(&me, &body));
    }
    let filter = Filter { kind: Some(search::Kind::Provision), ..filter };
    let find = search::Query { text: typed.to_owned(), filter, limit: 20 };
    let hits = corpus.search.find(&find).await;
    let hits = hits.map_err(|error| Problem::of(&error.into(), &app.prompts))?;
    let control = app.control();
    let shown = hits.iter().filter(|hit| control.hidden(&hit.citation.document).is_none());
    let hits: Vec<Value> = shown.map(|hit| wire::hit(&corpus.library, hit, on_day)).collect();
    Ok(form("Văn bản", Note::None, Some(&hits)))
}

/// Documents that somebody must not see.
fn hides(app: &App, corpus: Arc<Corpus>, profile: Profile) -> impl Fn(&str) -> bool + Send + use<> {
    let control = app.control();
    move |number: &str| {
        let closed = |it: &law::Document| !profile.sees(&it.corpus);
        control.hidden(number).is_some() || corpus.library.document(number).is_some_and(closed)
    }
}

/// Most procedures on a page.
const MOST: usize = 200;

async fn procedures(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let (typed, field) = (text(&query, "q"), text(&query, "field"));
    let (corpus, profile) = seen(&app, &me)?;
    let seen: Vec<&law::Procedure> =
        corpus.library.procedures().iter().filter(|it| profile.sees(&it.corpus)).collect();
    let mut fields: Vec<(String, usize)> = Vec::new();
    for it in &seen {
        match fields.iter_mut().find(|(name, _)| *name == it.field) {
            Some((_, count)) => *count += 1,
            None => fields.push((it.field.clone(), 1)),
        }
    }
    fields.sort();
    let mut list: Vec<&law::Procedure> = match typed {
        "" => seen.clone(),
        typed => {
            let filter = Filter {
                corpora: profile.corpora.clone(),
                in_force_on: None,
                kind: Some(search::Kind::Procedure),
            };
            let find = search::Query { text: typed.to_owned(), filter, limit: 50 };
            let hits = corpus
                .search
                .find(&find)
                .await
                .map_err(|error| Problem::of(&error.into(), &app.prompts))?;
            hits.iter().filter_map(|hit| corpus.library.procedure(&hit.citation.document)).collect()
        }
    };
    let control = app.control();
    list.retain(|it| (field.is_empty() || it.field == field) && control.hidden(&it.code).is_none());
    let all = seen.len();
    let list: Vec<Listed> = list
        .into_iter()
        .take(MOST)
        .map(|it| Listed {
            code: it.code.clone(),
            name: it.name.clone(),
            field: it.field.clone(),
            levels: it.levels.join(", "),
        })
        .collect();
    let body = staff::procedures(typed, field, &fields, &list, all);
    Ok(Page { title: "Thủ tục", here: "/staff/procedures", note: Note::None }.work(&me, &body))
}

async fn procedure(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(code): Path<String>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let on = day(&query, "on")?.unwrap_or_else(today);
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    let assistant = app.signed(&corpus, &groups(&me));
    let card = assistant
        .and_then(|it| it.card(&code, on))
        .ok_or_else(|| Problem::unknown(&format!("thủ tục {code}")))?;
    let card = json!(card);
    let title = card["name"].as_str().unwrap_or(&code);
    Ok(Page { title, here: "/staff/procedures", note: Note::None }
        .work(&me, &staff::card(&card, text(&query, "on"))))
}

async fn draft_form(Extension(me): Extension<Person>) -> Response {
    Page { title: "Soạn thảo", here: "/staff/draft", note: Note::None }
        .work(&me, &staff::draft(&me, "", None))
}

/// The draft of a request, if it is one.
async fn drafted(app: &App, me: &Person, request: &str) -> Result<Option<answer::Draft>, Problem> {
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    let Some(assistant) = app.signed(&corpus, &groups(me)) else { return Ok(None) };
    let request = request.to_owned();
    let done = tokio::task::spawn_blocking(move || assistant.draft(&request)).await;
    done.map_err(|error| Problem::of(&infer::Error::Failed(error.to_string()).into(), &app.prompts))
}

async fn draft(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let request = text(&fields, "request");
    let page = |note: Note, text: Option<(&str, &[&str])>| {
        Page { title: "Soạn thảo", here: "/staff/draft", note }
            .work(&me, &staff::draft(&me, request, text))
    };
    Ok(match drafted(&app, &me, request).await? {
        Some(draft) => page(Note::None, Some((&draft.text(), &draft.missing))),
        None => page(Note::Wrong(app.prompts.say("draft_none", &[])), None),
    })
}

async fn draft_file(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let draft = drafted(&app, &me, text(&fields, "request")).await?;
    let draft = draft.ok_or_else(|| Problem::bad(app.prompts.say("draft_none", &[])))?;
    let file =
        tokio::task::spawn_blocking(move || draft.docx()).await.map_err(|error| error.to_string());
    let file = file
        .and_then(|it| it)
        .map_err(|error| Problem::of(&infer::Error::Failed(error).into(), &app.prompts))?;
    let headers = [
        (header::CONTENT_TYPE, DOCX),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"du-thao.docx\""),
    ];
    Ok((headers, file).into_response())
}

async fn history(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    let chat = conversations(&app)?;
    let failed = |error| kept(error, &app);
    let mut list = Vec::new();
    for talk in chat.talks_of(Channel::Staff, me.own()).await.map_err(failed)? {
        // One that was begun and not used is nothing to look back on.
        if let Some(first) = chat.first_words(&talk.id).await.map_err(failed)? {
            list.push((talk, first.chars().take(120).collect()));
        }
    }
    Ok(Page { title: "Lịch sử của tôi", here: "/staff/history", note: Note::None }
        .work(&me, &staff::history(&me, &list)))
}

/// A conversation of one's own: no other is shown.
async fn own(app: &App, me: &Person, id: &str) -> Result<Talk, Problem> {
    let unknown = || Problem::unknown("cuộc trò chuyện này trong lịch sử của anh/chị");
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let talk = match conversations(app)?.talk(&id).await {
        Err(chat::Error::Gone) => return Err(unknown()),
        talk => talk.map_err(|error| kept(error, app))?,
    };
    let mine = talk.channel == Channel::Staff && talk.known.address == me.own();
    if mine { Ok(talk) } else { Err(unknown()) }
}

async fn past(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let talk = own(&app, &me, &id).await?;
    let messages =
        conversations(&app)?.messages(&talk.id, 0).await.map_err(|error| kept(error, &app))?;
    let body = staff::past(&me, &talk, &messages, &|key| app.prompts.say(key, &[]));
    Ok(Page { title: "Cuộc trò chuyện", here: "/staff/history", note: Note::None }.work(&me, &body))
}

async fn erase(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let talk = own(&app, &me, &id).await?;
    conversations(&app)?.erase(&talk.id).await.map_err(|error| kept(error, &app))?;
    Ok(Redirect::to("/staff/history"))
}
