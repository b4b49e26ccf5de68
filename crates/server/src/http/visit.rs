//! Who may call, and in which conversation a caller proves to be.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chat::{Chat, Uuid};
use web::{Denied, Origin};

use super::address::Caller;
use super::problem::Problem;
use crate::app::App;
use crate::clock::now;

/// A checked token, with the app's conversations.
pub(crate) struct Visit {
    pub(crate) chat: Chat,
    pub(crate) talk: Uuid,
    pub(crate) profile: String,
    /// Whether it could be kept when it began.
    pub(crate) kept: bool,
    visit: web::Visit,
}

impl Visit {
    /// The conversation that a caller proves to be in.
    pub(crate) fn read(app: &App, headers: &HeaderMap) -> Result<Visit, Problem> {
        let token = bearer(headers);
        let origin = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok());
        Visit::of(app, token, origin)
    }

    /// The same for what everybody may do with their own words at any time: have them, and have them erased.
    pub(crate) fn read_late(app: &App, headers: &HeaderMap) -> Result<Visit, Problem> {
        let token = bearer(headers);
        let origin = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok());
        match Visit::known(app, token)? {
            (visit, Ok(()) | Err(Denied::Over))
                if origin.is_none_or(|it| it == visit.visit.origin) =>
            {
                Ok(visit)
            }
            _ => Err(denied(Denied::Origin, app)),
        }
    }

    /// The conversation of a token.
    pub(crate) fn of(app: &App, token: &str, origin: Option<&str>) -> Result<Visit, Problem> {
        let (visit, _) = Visit::known(app, token)?;
        visit.visit.holds(origin, now()).map_err(|why| denied(why, app))?;
        Ok(visit)
    }

    /// The conversation of a token that is ours, and whether its time is not over.
    fn known(app: &App, token: &str) -> Result<(Visit, Result<(), Denied>), Problem> {
        let chat = conversations(app)?;
        let payload = chat.signed(token.trim()).and_then(web::Visit::read);
        let visit = payload.ok_or_else(|| denied(Denied::Token, app))?;
        let holds = visit.holds(None, now());
        let (talk, profile, kept) = (visit.talk, visit.profile.clone(), visit.kept);
        Ok((Visit { chat, talk, profile, kept, visit }, holds))
    }

    /// Whether it is for what the caller names.
    pub(crate) fn check(&self, talk: Option<&str>, profile: Option<&str>) -> Result<(), Problem> {
        // A name that is none of ours is another conversation.
        let talk = talk.map(|it| it.parse().unwrap_or(Uuid::nil()));
        self.visit.check(talk, profile).map_err(|why| match why {
            Denied::Profile => Problem::new(
                StatusCode::FORBIDDEN,
                "profile",
                "Chưa được phép",
                "Cuộc trò chuyện này dành cho người dân. Cán bộ vui lòng đăng nhập.",
            ),
            _ => Problem::new(
                StatusCode::FORBIDDEN,
                "conversation",
                "Chưa được phép",
                "Mã phiên này thuộc một cuộc trò chuyện khác.",
            ),
        })
    }
}

/// What a caller proves who they are with; empty without it.
pub(super) fn bearer(headers: &HeaderMap) -> &str {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    bearer.and_then(|it| it.strip_prefix("Bearer ")).unwrap_or_default()
}

/// The conversations of this server.
pub(crate) fn conversations(app: &App) -> Result<Chat, Problem> {
    app.chat.clone().ok_or_else(|| Problem::loading(&app.prompts))
}

fn denied(why: Denied, app: &App) -> Problem {
    match why {
        Denied::Origin => Problem::origin(&app.prompts),
        Denied::Over => {
            let detail = app.prompts.say("session_over", &[]);
            Problem::new(StatusCode::UNAUTHORIZED, "session", "Phiên đã hết hạn", detail)
        }
        Denied::Token | Denied::Profile | Denied::Talk => {
            let detail = app.prompts.say("session_missing", &[]);
            Problem::new(StatusCode::UNAUTHORIZED, "session", "Chưa có phiên", detail)
        }
    }
}

/// Whether a page of this site may call at all: callers that name no site are no pages.
pub(crate) fn site_may(app: &App, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let origin = origin.to_str().ok().and_then(Origin::read);
    origin.is_some_and(|origin| app.origins.allow(&origin, host))
}

/// Refuses pages of sites that are not listed, whatever their browser does, and callers who call too often.
pub(crate) async fn guard(
    State(app): State<App>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let from = request.extensions().get::<Caller>().copied();
    if let (Some(chat), Some(Caller(from))) = (&app.chat, from)
        && let Err(wait) = chat.count(from)
    {
        return Problem::rate(&app.prompts, wait).into_response();
    }
    match site_may(&app, request.headers()) {
        true => next.run(request).await,
        false => {
            let mut response = Problem::origin(&app.prompts).into_response();
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
            response
        }
    }
}
