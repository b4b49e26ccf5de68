//! Who is at work: the cookie of a session, the right that a page needs, and forms that are ours.
//!
//! The cookie is `__Host-`, `Secure`, `HttpOnly`, `SameSite=Lax`; browsers take it over HTTPS and from this machine
//! itself. A form is ours if the browser says that it comes from our page and its address carries what stands in this
//! session's forms alone.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Router};
use people::{People, Person, Right, Stage};
use web::house::{self, Note};
use web::signin;

use super::address::Caller;
use super::problem::Problem;
use crate::app::App;

/// The cookie of a session.
pub(super) const COOKIE: &str = "__Host-khue";
/// The cookie of somebody who is away at the identity provider.
pub(super) const AWAY: &str = "__Host-khue-away";
/// A page asks for news: that is no work.
const LOOKS: &str = "x-khue-look";

/// Routes for those who have a right.
pub(super) fn open(app: &App, right: Right, routes: Router<App>) -> Router<App> {
    routes.route_layer(from_fn_with_state((app.clone(), right), gate))
}

async fn gate(
    State((app, right)): State<(App, Right)>,
    mut request: Request,
    next: Next,
) -> Response {
    let from = request.extensions().get::<Caller>().copied().map(Extension);
    let person = match person(&app, request.headers(), from).await {
        Ok(Some(person)) if person.stage == Stage::In => person,
        Ok(_) => return to_sign_in(&request),
        Err(problem) => return problem.into_response(),
    };
    if !person.may(right) {
        let page = signin::forbidden(&person, &|key| app.prompts.say(key, &[]));
        return (StatusCode::FORBIDDEN, Html(page)).into_response();
    }
    if let Err(refused) = ours(&person, request.method(), request.headers(), request.uri().query())
    {
        return refusal(refused, &app, &person).await;
    }
    request.extensions_mut().insert(person.clone());
    let mut response = told(next.run(request).await, &app, &person).await;
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// What is told of a form that is not ours, or of a session before: a page, as everything that people send.
pub(super) async fn refusal(problem: Problem, app: &App, person: &Person) -> Response {
    told(problem.into_response(), app, person).await
}

/// A refusal as a page, for people.
async fn told(response: Response, app: &App, person: &Person) -> Response {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let problem = kind.starts_with("application/problem+json");
    let unread = response.status().is_client_error() && kind.starts_with("text/plain");
    if !(problem || unread) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 64 << 10).await.unwrap_or_default();
    let detail = match problem {
        true => serde_json::from_slice::<serde_json::Value>(&bytes)
            .ok()
            .and_then(|it| it["detail"].as_str().map(str::to_owned)),
        // What the framework says of a form or an address that cannot be read.
        false => Some(app.prompts.say("form_unread", &[])),
    };
    let detail = detail.unwrap_or_else(|| app.prompts.say("failed", &[]));
    let body = signin::trouble(person, &detail);
    let mut response = (parts.status, Html(body)).into_response();
    if let Some(after) = parts.headers.get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    response
}

/// What was wanted is shown after signing in, if looking at it changes nothing.
fn to_sign_in(request: &Request) -> Response {
    let then = match *request.method() {
        Method::GET => request.uri().path_and_query().map_or("", |it| it.as_str()),
        _ => "",
    };
    Redirect::to(&house::address("/signin", &[("then", then)])).into_response()
}

/// Whoever the cookie is of, from where they call now.
pub(super) async fn person(
    app: &App,
    headers: &HeaderMap,
    from: Option<Extension<Caller>>,
) -> Result<Option<Person>, Problem> {
    let Some(token) = cookie(headers, COOKIE) else { return Ok(None) };
    let works = !headers.contains_key(LOOKS);
    let person = people(app)?.session(token, works).await.map_err(|error| away(app, &error))?;
    Ok(person.map(|mut it| {
        it.host = host(from);
        it
    }))
}

pub(super) fn people(app: &App) -> Result<&People, Problem> {
    app.people.as_ref().ok_or_else(|| Problem::loading(&app.prompts))
}

pub(super) fn away(app: &App, error: &people::Error) -> Problem {
    tracing::error!("accounts: {error}");
    Problem::busy(app.prompts.say("people_away", &[]))
}

/// Refuses what other sites make a browser send.
pub(super) fn ours(
    person: &Person,
    method: &Method,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<(), Problem> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let site = headers.get("sec-fetch-site").and_then(|it| it.to_str().ok());
    let form = query.unwrap_or_default().split('&').find_map(|it| it.strip_prefix("form="));
    let same = form.is_some_and(|it| person.is_form(it));
    match same && site.is_none_or(|it| it == "same-origin") {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "form",
            "Biểu mẫu đã cũ",
            "Biểu mẫu này không còn dùng được hoặc đến từ một trang khác. Hãy tải lại trang rồi gửi lại.",
        )),
    }
}

/// The value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(it, _)| *it == name).map(|(_, value)| value)
}

/// Sets a cookie; `seconds` of 0 takes it away, none leaves it until the browser is closed.
pub(super) fn set_cookie(response: &mut Response, name: &str, value: &str, seconds: Option<u32>) {
    let age = seconds.map_or_else(String::new, |it| format!("; Max-Age={it}"));
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// From where somebody signs in, for the log.
pub(super) fn host(from: Option<Extension<Caller>>) -> String {
    from.map_or_else(|| "local".to_owned(), |Extension(Caller(from))| from.to_string())
}

/// Marks requests to the address of the administration.
#[derive(Clone, Copy)]
pub(super) struct AdminSide;

/// Writes to the log before something is done; without it nothing is.
pub(super) async fn noted(
    app: &App,
    me: &Person,
    did: &str,
    what: &str,
    reason: &str,
) -> Result<(), Problem> {
    people(app)?.audit(me, did, what, reason).await.map_err(|error| away(app, &error))
}

/// A page in the frame of those who sign in.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    pub(super) here: &'a str,
    pub(super) note: Note,
}

impl Page<'_> {
    /// The page of officers.
    pub(super) fn work(self, person: &Person, body: &maud::Markup) -> Response {
        self.shown(person, false, body)
    }

    /// The page of those who run this.
    pub(super) fn run(self, person: &Person, body: &maud::Markup) -> Response {
        self.shown(person, true, body)
    }

    fn shown(self, person: &Person, admin: bool, body: &maud::Markup) -> Response {
        let Page { title, here, note } = self;
        let page = house::page(&house::Frame { title, here, person, admin, note: &note }, body);
        let wrong = matches!(note, Note::Wrong(_));
        let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        (status, Html(page)).into_response()
    }
}

/// What a form brought, by name.
pub(super) type Fields = std::collections::BTreeMap<String, String>;

/// One of them, trimmed.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", |it| it.trim())
}
