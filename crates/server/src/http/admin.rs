//! Pages of those who run this: on an address of their own.

mod accounts;
mod control;
mod corpus;
mod eval;
mod feedback;
mod gaps;
mod home;
mod lab;
mod talks;

use axum::Router;
use people::{Error, Right};

use super::gate;
use super::gate::noted;
use crate::app::App;

/// The pages, each behind its right.
pub(super) fn routes(app: &App) -> Router<App> {
    let (figures, content) = corpus::routes();
    let (seen, switches, answers) = control::routes();
    let (runs, run) = eval::routes();
    Router::new()
        .merge(gate::open(
            app,
            Right::Figures,
            home::routes().merge(figures).merge(seen).merge(lab::routes()).merge(runs),
        ))
        .merge(gate::open(
            app,
            Right::Content,
            content.merge(answers).merge(feedback::routes()).merge(gaps::routes()).merge(run),
        ))
        .merge(gate::open(app, Right::Switches, switches))
        .merge(gate::open(app, Right::Talks, talks::routes()))
        .merge(gate::open(app, Right::Users, accounts::routes()))
        .merge(gate::open(app, Right::Audit, accounts::trail_routes()))
}

/// Something about people that could not be done, as a page tells it.
fn told(app: &App, error: &Error) -> String {
    let say = |key: &str, name: &str| app.prompts.say(key, &[("name", name)]);
    match error {
        Error::Unknown(name) => say("people_unknown", name),
        Error::Taken(name) => say("people_taken", name),
        Error::Name(name) => say("people_name", name),
        Error::LastAdmin => say("people_last_admin", ""),
        Error::Yourself => say("people_yourself", ""),
        Error::Apart => say("people_apart", ""),
        error => gate::away(app, error).detail().to_owned(),
    }
}
