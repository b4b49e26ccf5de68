//! Deliveries of platforms: checked over the bytes as received, kept, acknowledged; answered afterwards.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chat::{Incoming, Post};

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
            zalo.dropped.count("zalo", why.name(), why.forged());
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
            bot.dropped.count("zalo_bot", why.name(), why.forged());
            refused(why == zalo::Dropped::Malformed).into_response()
        }
    }
}

/// What is told of a delivery that is not taken.
fn refused(malformed: bool) -> StatusCode {
    if malformed { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN }
}

/// Telegram.
pub(crate) async fn telegram(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(bot) = &app.channels.telegram else {
        return problem::not_found().await.into_response();
    };
    match bot.receiver.read(&body, header_of(&headers, "x-telegram-bot-api-secret-token")) {
        Ok(incoming) => keep(&bot.post, &incoming).await.into_response(),
        Err(why) => {
            bot.dropped.count("telegram", why.name(), why.forged());
            refused(why == telegram::Dropped::Malformed).into_response()
        }
    }
}

/// Chatwoot: what officers say there.
#[expect(
    clippy::disallowed_methods,
    reason = "a delivery that is half done when its caller leaves is finished"
)]
pub(crate) async fn chatwoot(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(chatwoot) = &app.channels.chatwoot else {
        return problem::not_found().await.into_response();
    };
    let beside = chatwoot::Headers {
        timestamp: header_of(&headers, "x-chatwoot-timestamp"),
        signature: header_of(&headers, "x-chatwoot-signature"),
        delivery: header_of(&headers, "x-chatwoot-delivery"),
    };
    let delivery = match chatwoot.receiver.read(&body, beside, now().as_millisecond()) {
        Ok(delivery) => delivery,
        Err(why) => {
            chatwoot.dropped.count("chatwoot", why.name(), why.forged());
            return refused(why == chatwoot::Dropped::Malformed).into_response();
        }
    };
    // It is done to its end also where nobody waits for it any more.
    let desk = std::sync::Arc::clone(chatwoot);
    let taken = tokio::spawn(async move { desk.desk.take(&delivery).await });
    let taken = match taken.await {
        Ok(taken) => taken,
        Err(error) => {
            tracing::error!("what an officer at Chatwoot said is not delivered: {error}");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    match taken {
        Ok(chatwoot::Taken::Done | chatwoot::Taken::Duplicate) => StatusCode::OK.into_response(),
        Ok(chatwoot::Taken::Unknown) => {
            tracing::error!("a delivery of Chatwoot is about nobody whom we know");
            StatusCode::OK.into_response()
        }
        Err(error) => {
            tracing::error!("what an officer at Chatwoot said is not delivered: {error}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
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
