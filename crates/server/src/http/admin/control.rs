//! What people decide over answers.

use answer::{Matter, Suspended};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use law::Citation;
use people::Person;
use web::admin::{self, Curated, Held};
use web::house::Note;

use super::super::gate::{Fields, Page, text};
use super::super::problem::Problem;
use super::super::staff::day;
use super::noted;
use crate::app::App;
use crate::decide::{self, Decision, Kept, Told, Undecided, Written};

const HERE: &str = "/admin/control";

/// Seeing, switching, writing answers.
pub(super) fn routes() -> (Router<App>, Router<App>, Router<App>) {
    let seen = Router::new().route(HERE, get(all));
    let switches = Router::new()
        .route("/admin/control/off", post(off))
        .route("/admin/control/undo", post(undo))
        .route("/admin/control/notice", post(notice))
        .route("/admin/control/forbid", post(forbid));
    let answers = Router::new()
        .route("/admin/control/answer", post(answer))
        .route("/admin/control/renew", post(renew))
        .route("/admin/control/drop", post(drop_answer));
    (seen, switches, answers)
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    page(&app, &me, Note::None)
}

fn page(app: &App, me: &Person, note: Note) -> Result<Response, Problem> {
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    let control = app.control();
    let mut held: Vec<Held> = Vec::new();
    for it in &control.off {
        let what = matter_name(it.what).to_owned();
        held.push(Held {
            kind: "off",
            what,
            value: it.value.clone(),
            text: it.reason.clone(),
            by: it.by.clone(),
            since: it.since,
        });
    }
    for it in &control.notice {
        held.push(Held {
            kind: "notice",
            what: String::new(),
            value: it.id.clone(),
            text: it.text.clone(),
            by: it.by.clone(),
            since: it.since,
        });
    }
    for it in &control.forbidden {
        held.push(Held {
            kind: "forbidden",
            what: String::new(),
            value: it.phrase.clone(),
            text: it.reason.clone(),
            by: it.by.clone(),
            since: it.since,
        });
    }
    let suspended = decide::suspended(&corpus.library, &control);
    let curated: Vec<Curated> = control
        .answer
        .iter()
        .map(|it| Curated {
            id: it.id.clone(),
            questions: it.questions.clone(),
            text: it.text.clone(),
            rests_on: it.rests_on.iter().map(|bond| bond.at.to_string()).collect(),
            by: it.by.clone(),
            since: it.since,
            suspended: suspended.iter().find(|(id, _)| *id == it.id).map(|(_, why)| held_back(why)),
        })
        .collect();
    Ok(Page { title: "Công tắc và câu trả lời do người viết", here: HERE, note }
        .run(me, &admin::control(&held, &curated, me)))
}

const MATTERS: [(&str, Matter); 4] = [
    ("generation", Matter::Generation),
    ("topic", Matter::Topic),
    ("procedure", Matter::Procedure),
    ("document", Matter::Document),
];

fn matter_name(what: Matter) -> &'static str {
    MATTERS.iter().find(|(_, it)| *it == what).map_or("", |(name, _)| name)
}

fn matter(fields: &Fields) -> Result<Matter, Problem> {
    let known = MATTERS.iter().find(|(name, _)| *name == text(fields, "what"));
    known.map(|(_, it)| *it).ok_or_else(|| Problem::bad("Không rõ tắt cái gì."))
}

/// Decides beside the requests, and shows what holds then.
async fn decided(
    app: App,
    me: Person,
    decision: Decision,
    did: &str,
    what: &str,
    reason: &str,
) -> Result<Response, Problem> {
    noted(&app, &me, did, what, reason).await?;
    let corpus = app.corpus().map_err(|_| Problem::loading(&app.prompts))?;
    let (decisions, by) = (app.decisions.clone(), me.name.clone());
    let done = tokio::task::spawn_blocking(move || {
        decide::decide(&|| Ok(&corpus.library), &decisions, &by, decision)
    })
    .await;
    let error = match done {
        Ok(Ok(())) => return Ok(Redirect::to(HERE).into_response()),
        Ok(Err(error)) => error,
        Err(error) => error.into(),
    };
    let say = |key: &str, value: &str| app.prompts.say(key, &[("value", value)]);
    let words = match error.downcast_ref::<Undecided>() {
        Some(Undecided::Unnamed) => say("control_unnamed", ""),
        Some(Undecided::NotHeld { value, .. }) => say("control_not_held", value),
        Some(Undecided::NotOff | Undecided::NoSuch) => say("control_no_such", ""),
        Some(Undecided::Unbound(at)) => say("control_unbound", &at.to_string()),
        Some(Undecided::Held { why, .. }) => held_back(why),
        None => {
            tracing::warn!("a decision is not taken: {error:#}");
            say("control_failed", &format!("{error:#}"))
        }
    };
    page(&app, &me, Note::Wrong(words))
}

fn held_back(why: &Suspended) -> String {
    match why {
        Suspended::Missing(at) => format!("{at} không có trong thư viện, hoặc đang bị tắt"),
        Suspended::Ended(at) => format!("{at} không còn hiệu lực"),
        Suspended::Changed(at) => format!("{at} đã đổi lời văn; hãy xem lại rồi duyệt tiếp"),
    }
}

async fn off(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (what, value, reason) =
        (matter(&fields)?, text(&fields, "value").to_owned(), text(&fields, "reason").to_owned());
    if reason.is_empty() {
        return page(&app, &me, Note::Wrong(app.prompts.say("reason_missing", &[])));
    }
    let decision = Decision::Off { what, value: value.clone(), reason: reason.clone() };
    decided(app, me, decision, "control.off", &format!("{} {value}", matter_name(what)), &reason)
        .await
}

async fn undo(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let value = text(&fields, "value").to_owned();
    let decision = match text(&fields, "kind") {
        "off" => Decision::On { what: matter(&fields)?, value: value.clone() },
        "notice" => Decision::Drop { what: Some(Kept::Notice), id: value.clone() },
        _ => Decision::Drop { what: Some(Kept::Forbidden), id: value.clone() },
    };
    let reason = text(&fields, "reason").to_owned();
    if reason.is_empty() {
        return page(&app, &me, Note::Wrong(app.prompts.say("reason_missing", &[])));
    }
    decided(app, me, decision, "control.on", &value, &reason).await
}

async fn notice(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (from, until) = (day(&fields, "from")?, day(&fields, "until")?);
    let (id, words) = (text(&fields, "id").to_owned(), text(&fields, "text").to_owned());
    let told = Told { id: id.clone(), text: words.clone(), from, until, ..Told::default() };
    decided(app, me, Decision::Notice(told), "control.notice", &id, &words).await
}

async fn forbid(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (phrase, reason) = (text(&fields, "phrase").to_owned(), text(&fields, "reason").to_owned());
    if reason.is_empty() {
        return page(&app, &me, Note::Wrong(app.prompts.say("reason_missing", &[])));
    }
    let decision = Decision::Forbid { phrase: phrase.clone(), reason: reason.clone() };
    decided(app, me, decision, "control.forbid", &phrase, &reason).await
}

async fn answer(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let lines = |name: &str| {
        let lines = text(&fields, name).lines().map(str::trim).filter(|it| !it.is_empty());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut rests_on = Vec::new();
    for line in lines("rests_on") {
        match line.parse::<Citation>() {
            Ok(at) => rests_on.push(at),
            Err(_) => {
                return page(
                    &app,
                    &me,
                    Note::Wrong(app.prompts.say("control_unbound", &[("value", &line)])),
                );
            }
        }
    }
    let id = text(&fields, "id").to_owned();
    let written = Written {
        id: id.clone(),
        questions: lines("questions"),
        text: text(&fields, "text").to_owned(),
        profiles: Vec::new(),
        rests_on,
    };
    decided(app, me, Decision::Answer(written), "answer.write", &id, "").await
}

async fn renew(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let id = text(&fields, "value").to_owned();
    decided(app, me, Decision::Renew { id: id.clone() }, "answer.renew", &id, "").await
}

async fn drop_answer(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let id = text(&fields, "value").to_owned();
    decided(
        app,
        me,
        Decision::Drop { what: Some(Kept::Answer), id: id.clone() },
        "answer.drop",
        &id,
        "",
    )
    .await
}
