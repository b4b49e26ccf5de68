//! Accounts and the audit log.

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use people::{Person, Role};
use web::admin;
use web::house::Note;

use super::super::gate::{self, Fields, Page, text};
use super::super::problem::Problem;
use super::told;
use crate::app::App;
use crate::clock::now;

const HERE: &str = "/admin/people";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(HERE, get(all))
        .route("/admin/people/add", post(add))
        .route("/admin/people/one", get(one))
        .route("/admin/people/roles", post(roles))
        .route("/admin/people/open", post(open))
        .route("/admin/people/close", post(close))
        .route("/admin/people/reset", post(reset))
}

pub(super) fn trail_routes() -> Router<App> {
    Router::new().route("/admin/audit", get(trail)).route("/admin/audit.csv", get(table))
}

async fn all(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    list(&app, &me, Note::None).await
}

async fn list(app: &App, me: &Person, note: Note) -> Result<Response, Problem> {
    let people = gate::people(app)?;
    let failed = |error| gate::away(app, &error);
    let (accounts, signed_in) =
        (people.accounts().await.map_err(failed)?, people.signed_in().await.map_err(failed)?);
    let body = admin::accounts(&accounts, &signed_in, now(), me);
    Ok(Page { title: "Tài khoản", here: HERE, note }.run(me, &body))
}

async fn one(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let note = if text(&query, "done").is_empty() {
        Note::None
    } else {
        Note::Done(app.prompts.say("saved", &[]))
    };
    shown(&app, &me, text(&query, "name"), note).await
}

async fn shown(app: &App, me: &Person, name: &str, note: Note) -> Result<Response, Problem> {
    match gate::people(app)?.account(name).await {
        Ok(account) => {
            let body = admin::account(&account, now(), me);
            Ok(Page { title: "Tài khoản", here: HERE, note }.run(me, &body))
        }
        Err(error) => list(app, me, Note::Wrong(told(app, &error))).await,
    }
}

fn chosen(fields: &Fields) -> (Vec<Role>, Vec<String>) {
    let roles = Role::ALL.into_iter().filter(|role| fields.contains_key(role.name())).collect();
    let groups = text(fields, "groups").split(',').map(str::trim).filter(|it| !it.is_empty());
    (roles, groups.map(str::to_owned).collect())
}

async fn add(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (name, (roles, groups)) = (text(&fields, "name"), chosen(&fields));
    match gate::people(&app)?.add(&me, name, text(&fields, "full_name"), &roles, &groups).await {
        Ok(password) => Ok(first(&me, name, &password)),
        Err(error) => list(&app, &me, Note::Wrong(told(&app, &error))).await,
    }
}

fn first(me: &Person, name: &str, password: &str) -> Response {
    Page { title: "Mật khẩu lần đầu", here: HERE, note: Note::None }
        .run(me, &admin::first_password(name, password))
}

async fn roles(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let (name, (roles, groups)) = (text(&fields, "name"), chosen(&fields));
    let done = gate::people(&app)?.set_roles(&me, name, &roles, &groups).await;
    changed(&app, &me, name, done).await
}

async fn open(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let done = gate::people(&app)?
        .set_open(&me, text(&fields, "name"), true, text(&fields, "reason"))
        .await;
    changed(&app, &me, text(&fields, "name"), done).await
}

async fn close(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let done = gate::people(&app)?
        .set_open(&me, text(&fields, "name"), false, text(&fields, "reason"))
        .await;
    changed(&app, &me, text(&fields, "name"), done).await
}

async fn changed(
    app: &App,
    me: &Person,
    name: &str,
    done: people::Result<()>,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(Redirect::to(&web::house::address(
            "/admin/people/one",
            &[("name", name), ("done", "1")],
        ))
        .into_response()),
        Err(error) => shown(app, me, name, Note::Wrong(told(app, &error))).await,
    }
}

async fn reset(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let name = text(&fields, "name");
    match gate::people(&app)?.reset(&me, name).await {
        Ok(password) => Ok(first(&me, name, &password)),
        Err(error) => shown(&app, &me, name, Note::Wrong(told(&app, &error))).await,
    }
}

/// Lines on a page.
const LINES: i64 = 100;

async fn trail(
    State(app): State<App>,
    Extension(me): Extension<Person>,
    Query(query): Query<Fields>,
) -> Result<Response, Problem> {
    let people = gate::people(&app)?;
    let failed = |error| gate::away(&app, &error);
    let before = text(&query, "before").parse().unwrap_or(i64::MAX);
    let entries = people.trail(before, LINES).await.map_err(failed)?;
    let checked = people.check_trail().await.map_err(failed)?;
    let decisions = app.decisions.clone();
    let decided = tokio::task::spawn_blocking(move || decisions.log().map(|log| log.entries.len()));
    let decided = decided.await.map_err(|error| error.to_string());
    let decided = decided.and_then(|it| it.map_err(|error| format!("{error:#}")));
    let body = admin::trail(&entries, &checked, &decided);
    Ok(Page { title: "Nhật ký", here: "/admin/audit", note: Note::None }.run(&me, &body))
}

/// The log as a table for other programs.
async fn table(
    State(app): State<App>,
    Extension(me): Extension<Person>,
) -> Result<Response, Problem> {
    super::noted(&app, &me, "audit.export", "", "").await?;
    let entries = gate::people(&app)?
        .trail(i64::MAX, 100_000)
        .await
        .map_err(|error| gate::away(&app, &error))?;
    // The mark tells spreadsheets that letters are UTF-8.
    let mut text = String::from("\u{feff}n,at,name,host,did,what,reason\r\n");
    for it in entries {
        let cells =
            [it.n.to_string(), it.at.to_string(), it.name, it.host, it.did, it.what, it.reason];
        text.push_str(&cells.iter().map(|it| cell(it)).collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"nhat-ky.csv\""),
    ];
    Ok((headers, text).into_response())
}

/// A cell (RFC 4180); what a spreadsheet would run as a formula is text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expect) in [
            ("=1+1", "\"'=1+1\""),
            ("-2", "\"'-2\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("", "\"\""),
            ("@x", "\"'@x\""),
        ] {
            assert_eq!(cell(text), expect);
        }
    }
}
