//! Every route. Handlers turn wire to domain, call once, and turn domain to wire.

mod api;
mod ask;
mod problem;

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::app::App;

/// Nothing but the page's own script, style and API.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                   font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The routes over an app.
pub(crate) fn router(app: App) -> Router {
    let serve = &app.setup.config.serve;
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let api = Router::new()
        .route("/api/v1/ask", post(ask::ask))
        .route("/api/v1/drafts", post(ask::draft))
        .route("/api/v1/find", post(api::find))
        .route("/api/v1/provisions/{citation}", get(api::provision))
        .route("/api/v1/procedures/{code}", get(api::procedure))
        .route("/api/v1/places", get(api::places))
        .layer(axum::extract::DefaultBodyLimit::max(serve.body_bytes))
        .layer(
            ServiceBuilder::new()
                .layer(axum::error_handling::HandleErrorLayer::new(problem::shed))
                .layer(LoadShedLayer::new())
                .layer(GlobalConcurrencyLimitLayer::new(serve.requests)),
        );
    Router::new()
        .route("/", get(|| async { page("text/html; charset=utf-8", include_str!("../../page/index.html")) }))
        .route("/page.css", get(|| async { page("text/css; charset=utf-8", include_str!("../../page/page.css")) }))
        .route("/page.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("../../page/page.js")) }))
        .route("/parse.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("../../page/parse.js")) }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(api::ready))
        .merge(api)
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(header(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"))
        .layer(CatchPanicLayer::custom(problem::panicked))
        // The path only: what people ask stands in bodies, which are never logged.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &axum::http::Request<_>| {
            tracing::info_span!("http", method = %request.method(), path = request.uri().path())
        }))
        .with_state(app)
}

/// The assistant for a caller who names a profile, or a citizen's.
fn caller(app: &App, profile: Option<&str>) -> Result<answer::Assistant, problem::Problem> {
    let corpus = app.corpus().map_err(|_| problem::Problem::loading(&app.prompts))?;
    let profile = profile.unwrap_or("citizen");
    let assistant = corpus.callers.get(profile);
    let unknown = || problem::Problem::bad(format!("Không có nhóm người dùng {profile:?}."));
    Ok(app.steered(assistant.ok_or_else(unknown)?))
}

fn page(kind: &'static str, text: &'static str) -> impl IntoResponse {
    (StatusCode::OK, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}

/// Serves until `stop` resolves; requests that run then are finished, within a limit.
pub(crate) async fn serve(
    listener: tokio::net::TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (told, tell) = tokio::sync::oneshot::channel();
    let running = axum::serve(listener, router(app)).with_graceful_shutdown(async move {
        stop.await;
        let _ = told.send(());
    });
    let limit = async move {
        let _ = tell.await;
        tokio::time::sleep(Duration::from_secs(20)).await;
    };
    tokio::select! {
        ended = running => ended,
        () = limit => Ok(()),
    }
}
