//! Deliveries of platforms: checked over the bytes as received, kept, acknowledged; answered afterwards.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chat::{Incoming, Post};
use zalo::Dropped;

use super::problem;
use crate::app::App;
use crate::clock::now;
use crate::config::BadSignature;

fn header_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|it| it.to_str().ok())
}

/// Keeps a delivery. One that cannot be kept is refused, so that the platform brings it again.
async fn keep(post: &std::sync::Arc<Post>, incoming: &Incoming) -> StatusCode {
    match post.receive(incoming).await {
        Ok(_) => StatusCode::OK,
        Err(error) => {
            tracing::error!("a delivery is not kept: {error}");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Zalo Official Account.
pub(crate) async fn zalo(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(zalo) = &app.channels.zalo else { return problem::not_found().await.into_response() };
    let signature = header_of(&headers, "x-zevent-signature");
    match zalo.receiver.read(&body, signature, now().as_millisecond()) {
        Ok(incoming) => keep(&zalo.post, &incoming).await.into_response(),
        Err(why) => {
            zalo.dropped.count("zalo", why);
            let rejects = app.setup.config.zalo.bad_signature == BadSignature::Reject403;
            // A refusal would make the console refuse the address, and redeliveries of what is not ours go on.
            let status =
                if why.forged() && rejects { StatusCode::FORBIDDEN } else { StatusCode::OK };
            status.into_response()
        }
    }
}

/// Zalo Bot Platform.
pub(crate) async fn zalo_bot(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(bot) = &app.channels.zalo_bot else {
        return problem::not_found().await.into_response();
    };
    match bot.receiver.read(&body, header_of(&headers, "x-bot-api-secret-token")) {
        Ok(Some(incoming)) => keep(&bot.post, &incoming).await.into_response(),
        Ok(None) => StatusCode::OK.into_response(),
        Err(why) => {
            bot.dropped.count("zalo_bot", why);
            let status = match why {
                Dropped::Malformed => StatusCode::BAD_REQUEST,
                _ => StatusCode::FORBIDDEN,
            };
            status.into_response()
        }
    }
}

/// The file that proves to Zalo that the domain is ours.
pub(crate) async fn verifier(State(app): State<App>, Path(name): Path<String>) -> Response {
    let code = &app.setup.config.zalo.verifier;
    if code.is_empty() || name != format!("zalo_verifier{code}.html") {
        return problem::not_found().await.into_response();
    }
    let page = format!(
        "<!doctype html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Zalo</title>\
         <meta name=\"zalo-platform-site-verification\" content=\"{code}\"></head><body></body></html>"
    );
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
