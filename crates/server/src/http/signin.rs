//! Signing in and out.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use people::{Error, Opened, Person, Refused, Stage, Weak};
use web::house::Note;
use web::signin;

use super::address::Caller;
use super::gate::{self, AWAY, AdminSide, COOKIE, Fields, text};
use super::problem::Problem;
use crate::app::App;

/// Seconds that somebody may be away at the provider.
const AWAY_S: u32 = 600;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/signin", get(page).post(password))
        .route("/signin/code", post(step))
        .route("/signin/password", post(step))
        .route("/signin/enrol", post(step))
        .route("/signin/account", get(account))
        .route("/signin/key", post(key))
        .route("/signin/key/drop", post(key))
        .route("/signin/keep", post(keep))
        .route("/signin/left", get(left))
        .route("/signin/provider", get(provider))
        .route("/signin/callback", get(callback))
        .route("/signout", post(out))
}

async fn page(
    State(app): State<App>,
    from: Option<Extension<Caller>>,
    side: Option<Extension<AdminSide>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let then = text(&query, "then");
    match gate::person(&app, &headers, from).await? {
        Some(person) if person.stage == Stage::In => {
            Ok(Redirect::to(onward(then, &person, side.is_some())).into_response())
        }
        Some(person) => at_step(&app, &person, &Note::None).await,
        None => Ok(first(&app, Note::None, then, StatusCode::OK)),
    }
}

fn first(app: &App, note: Note, then: &str, status: StatusCode) -> Response {
    let config = &app.setup.config;
    let provider = app.provider.as_ref().map(|_| config.oidc.name.as_str());
    let page =
        signin::page(&note, then, provider, config.signin.local, &|key| app.prompts.say(key, &[]));
    ([("cache-control", "no-store")], (status, Html(page))).into_response()
}

async fn at_step(app: &App, person: &Person, note: &Note) -> Result<Response, Problem> {
    let enrolment = match person.stage {
        Stage::Enrol => Some(
            gate::people(app)?
                .begin_second(person)
                .await
                .map_err(|error| gate::away(app, &error))?,
        ),
        _ => None,
    };
    let page = signin::step(person, note, enrolment.as_ref(), &|key| app.prompts.say(key, &[]));
    Ok(private(page))
}

/// A page that stays in no cache.
fn private(page: impl Into<String>) -> Response {
    ([("cache-control", "no-store")], Html(page.into())).into_response()
}

/// A page of ours, and nothing else.
fn onward<'a>(then: &'a str, person: &Person, admin: bool) -> &'a str {
    let page = |it: &&str| {
        let rest = then.strip_prefix(*it);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    // Browsers leave some characters out of an address and read others as a slash.
    let plain = !then.contains('\\') && !then.contains(char::is_control);
    match plain && ["/staff", "/desk", "/admin"].iter().any(page) {
        true => then,
        false if admin => "/admin",
        false if person.may(people::Right::LookUp) => "/staff",
        // The administration is not on this address.
        false => "/signin/account",
    }
}

async fn password(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    // Nobody is signed in by another site's form.
    let site = headers.get("sec-fetch-site").and_then(|it| it.to_str().ok());
    if !app.setup.config.signin.local || site.is_some_and(|it| it != "same-origin") {
        return Err(Problem::origin(&app.prompts));
    }
    let (name, password, then) = (
        text(&fields, "name"),
        fields.get("password").map_or("", String::as_str),
        text(&fields, "then"),
    );
    let people = gate::people(&app)?;
    match people.sign_in(name, password, &gate::host(from)).await {
        Ok(opened) => {
            // Whoever was signed in here before is so no longer.
            if let Some(old) = gate::cookie(&headers, COOKIE) {
                people.forget(old).await.map_err(|error| gate::away(&app, &error))?;
            }
            Ok(entered(&opened, then))
        }
        Err(refused) => refusal(&app, refused, then),
    }
}

/// The token goes to the browser; the next step is asked for, or the page that was wanted shown.
fn entered(opened: &Opened, then: &str) -> Response {
    let mut response =
        Redirect::to(&web::house::address("/signin", &[("then", then)])).into_response();
    gate::set_cookie(&mut response, COOKIE, &opened.token, None);
    response
}

fn refusal(app: &App, refused: Refused, then: &str) -> Result<Response, Problem> {
    let say = |key: &str, values: &[(&str, &str)]| Note::Wrong(app.prompts.say(key, values));
    let (note, status) = match refused {
        Refused::Wrong => (say("signin_wrong", &[]), StatusCode::UNAUTHORIZED),
        Refused::Closed => (say("signin_closed", &[]), StatusCode::FORBIDDEN),
        Refused::NoRole { name } => {
            (say("signin_no_role", &[("name", &name)]), StatusCode::FORBIDDEN)
        }
        Refused::TooOften(wait) => {
            let minutes = (wait.as_mins() + 1).to_string();
            (say("signin_too_often", &[("minutes", &minutes)]), StatusCode::TOO_MANY_REQUESTS)
        }
        Refused::Provider(error) => {
            tracing::warn!("{error}");
            (say("signin_provider", &[]), StatusCode::BAD_GATEWAY)
        }
        Refused::Failed(error) => return Err(gate::away(app, &error)),
    };
    Ok(first(app, note, then, status))
}

/// A code, a new password, a second factor: whichever the session is at.
async fn step(
    State(app): State<App>,
    from: Option<Extension<Caller>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let Some(person) = gate::person(&app, &headers, from).await? else {
        return Ok(first(
            &app,
            Note::Wrong(app.prompts.say("signin_over", &[])),
            "",
            StatusCode::UNAUTHORIZED,
        ));
    };
    if let Err(refused) = gate::ours(&person, &method, &headers, uri.query()) {
        return Ok(gate::refusal(refused, &app, &person).await);
    }
    let people = gate::people(&app)?;
    let code = text(&fields, "code");
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let done = match (uri.path(), person.stage) {
        ("/signin/code", Stage::Code) => match people.code(&person, code).await {
            Err(Refused::Failed(error)) => Err(error),
            Err(_) => Err(Error::Code),
            Ok(opened) => Ok(opened),
        },
        ("/signin/enrol", Stage::Enrol) => people.set_second(&person, code).await,
        ("/signin/password", Stage::Password | Stage::In) if field("new") != field("again") => {
            return told(&app, &person, "signin_differ").await;
        }
        ("/signin/password", Stage::Password | Stage::In) => {
            people.set_password(&person, field("old"), field("new")).await
        }
        _ => return Ok(Redirect::to("/signin").into_response()),
    };
    match done {
        Ok(opened) => Ok(entered(&opened, "")),
        Err(Error::Code) if uri.path() == "/signin/password" => {
            told(&app, &person, "signin_old_wrong").await
        }
        Err(Error::Code) => told(&app, &person, "signin_code_wrong").await,
        Err(Error::Weak(why)) => told(&app, &person, weak(why)).await,
        Err(error) => Err(gate::away(&app, &error)),
    }
}

fn weak(why: Weak) -> &'static str {
    match why {
        Weak::Short => "password_short",
        Weak::Long => "password_long",
        Weak::Name => "password_name",
        Weak::Old => "password_old",
        Weak::Plain => "password_plain",
    }
}

async fn told(app: &App, person: &Person, key: &str) -> Result<Response, Problem> {
    // A session that a last failure has ended is asked for anew.
    let note = Note::Wrong(app.prompts.say(key, &[]));
    let mut response = match person.stage {
        Stage::In => Html(own(app, person, &note, None).await?).into_response(),
        _ => at_step(app, person, &note).await?,
    };
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

async fn account(
    State(app): State<App>,
    from: Option<Extension<Caller>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match gate::person(&app, &headers, from).await? {
        Some(person) if person.stage == Stage::In => {
            let page = own(&app, &person, &Note::None, None).await?;
            Ok(private(page))
        }
        _ => Ok(Redirect::to("/signin").into_response()),
    }
}

async fn own(
    app: &App,
    person: &Person,
    note: &Note,
    fresh: Option<&str>,
) -> Result<String, Problem> {
    let failed = |error| gate::away(app, &error);
    let people = gate::people(app)?;
    let account = people.account(&person.name).await.map_err(failed)?;
    let keys = people.keys(person).await.map_err(failed)?;
    let say = |key: &str| app.prompts.say(key, &[]);
    Ok(signin::account(person, note, account.local(), &keys, fresh, &say))
}

/// Makes a key for a program, or takes one away.
async fn key(
    State(app): State<App>,
    from: Option<Extension<Caller>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let person =
        gate::person(&app, &headers, from).await?.filter(|it| it.may(people::Right::LookUp));
    let Some(person) = person else { return Ok(Redirect::to("/signin").into_response()) };
    if let Err(refused) = gate::ours(&person, &method, &headers, uri.query()) {
        return Ok(gate::refusal(refused, &app, &person).await);
    }
    let people = gate::people(&app)?;
    let name = text(&fields, "name");
    let done = match uri.path() {
        "/signin/key/drop" => people.drop_key(&person, text(&fields, "id")).await.map(|()| None),
        _ if name.is_empty() || name.chars().count() > 60 => {
            return told(&app, &person, "key_name").await;
        }
        _ => people.make_key(&person, name).await.map(Some),
    };
    match done {
        Ok(Some(fresh)) => {
            let page = own(&app, &person, &Note::None, Some(&fresh)).await?;
            Ok(private(page))
        }
        Ok(None) | Err(Error::Unknown(_)) => Ok(Redirect::to("/signin/account").into_response()),
        Err(Error::Many) => told(&app, &person, "key_many").await,
        Err(error) => Err(gate::away(&app, &error)),
    }
}

/// Somebody is at work on a page that sends nothing.
async fn keep(
    State(app): State<App>,
    from: Option<Extension<Caller>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    match gate::person(&app, &headers, from).await? {
        Some(person) => {
            gate::ours(&person, &method, &headers, uri.query()).map(|()| StatusCode::NO_CONTENT)
        }
        None => Ok(StatusCode::UNAUTHORIZED),
    }
}

/// The address that people know this side of the server by.
fn public(app: &App, admin: bool) -> &str {
    let serve = &app.setup.config.serve;
    let base = if admin { &serve.admin_public } else { &serve.public };
    base.trim_end_matches('/')
}

/// Asks how long the session goes on, which is no work.
async fn left(
    State(app): State<App>,
    from: Option<Extension<Caller>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let person = gate::person(&app, &headers, from).await?.filter(|it| it.stage == Stage::In);
    Ok(match person {
        Some(person) => ([("cache-control", "no-store")], person.left.to_string()).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    })
}

async fn provider(
    State(app): State<App>,
    side: Option<Extension<AdminSide>>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let Some(provider) = &app.provider else { return Ok(Redirect::to("/signin").into_response()) };
    let then = text(&query, "then");
    match gate::people(&app)?
        .begin_provider(
            provider,
            &format!("{}/signin/callback", public(&app, side.is_some())),
            then,
        )
        .await
    {
        Ok((url, token)) => {
            let mut response = Redirect::to(&url).into_response();
            gate::set_cookie(&mut response, AWAY, &token, Some(AWAY_S));
            Ok(response)
        }
        Err(refused) => refusal(&app, refused, then),
    }
}

async fn callback(
    State(app): State<App>,
    headers: HeaderMap,
    from: Option<Extension<Caller>>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let Some(provider) = &app.provider else { return Ok(Redirect::to("/signin").into_response()) };
    let token = gate::cookie(&headers, AWAY).unwrap_or_default();
    let (state, code) = (text(&query, "state"), text(&query, "code"));
    let done =
        gate::people(&app)?.finish_provider(provider, token, state, code, &gate::host(from)).await;
    let mut response = match done {
        Ok((opened, then)) => entered(&opened, &then),
        Err(refused) => refusal(&app, refused, "")?,
    };
    gate::set_cookie(&mut response, AWAY, "", Some(0));
    Ok(response)
}

async fn out(
    State(app): State<App>,
    side: Option<Extension<AdminSide>>,
    from: Option<Extension<Caller>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut response = Redirect::to("/signin").into_response();
    if let Some(person) = gate::person(&app, &headers, from).await? {
        if let Err(refused) = gate::ours(&person, &method, &headers, uri.query()) {
            return Ok(gate::refusal(refused, &app, &person).await);
        }
        match gate::people(&app)?.sign_out(&person).await {
            Ok(Some(token)) => {
                // A page that leads there: a form may not be sent on to another host.
                if let Some(provider) = &app.provider
                    && let Ok(Some(url)) =
                        provider.logout(&token, public(&app, side.is_some())).await
                {
                    let page = signin::left(&url, &|key| app.prompts.say(key, &[]));
                    response = private(page);
                }
            }
            Ok(None) => {}
            // Gone all the same; the log has the reason.
            Err(error) => {
                tracing::error!("somebody signed out and it is not in the audit log: {error}")
            }
        }
    }
    gate::set_cookie(&mut response, COOKIE, "", Some(0));
    Ok(response)
}
