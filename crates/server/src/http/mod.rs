//! Every route. Handlers turn wire to domain, call once, and turn domain to wire.

mod address;
mod admin;
mod api;
mod ask;
mod desk;
mod feedback;
mod gate;
mod metrics;
mod openai;
mod openapi;
mod pages;
mod problem;
mod signin;
mod staff;
mod talk;
mod visit;
mod webhooks;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_http::trace::TraceLayer;

use people::Right;
use web::assets;

use crate::app::App;
pub(crate) use metrics::Counts;

/// Nothing but a page's own script, style and API; who may show it in a frame.
fn policy(ancestors: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
}

/// Signing in: few at a time, for each hashes a password; a slow sender is cut off.
fn entrance() -> Router<App> {
    signin::routes().layer(axum::extract::DefaultBodyLimit::max(16 << 10)).layer(
        ServiceBuilder::new()
            .layer(axum::error_handling::HandleErrorLayer::new(problem::shed))
            .layer(LoadShedLayer::new())
            .layer(GlobalConcurrencyLimitLayer::new(32))
            .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(10))),
    )
}

/// The pages of those who sign in, but for the administration.
fn inside(app: &App) -> Router<App> {
    Router::new()
        .route("/page.css", get(|| async { pages::asset(assets::PAGE_STYLE) }))
        .route("/house.css", get(|| async { pages::asset(assets::HOUSE_STYLE) }))
        .route("/house.js", get(|| async { pages::asset(assets::HOUSE_SCRIPT) }))
        .merge(entrance())
        .merge(gate::open(app, Right::LookUp, staff::routes()))
        .merge(gate::open(app, Right::Desk, desk::routes()))
}

/// The routes of those who run this, for an address of their own: the pages of officers are there too, so that a source
/// can be opened.
pub(crate) fn admin_router(app: App) -> Router {
    let routes = inside(&app)
        .merge(admin::routes(&app))
        .route("/", get(|| async { axum::response::Redirect::to("/admin") }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(metrics::metrics))
        .layer(axum::Extension(gate::AdminSide))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(from_fn_with_state(app.clone(), address::note));
    dressed(routes, &app).with_state(app)
}

/// Headers, logs and panics, the same everywhere.
fn dressed(routes: Router<App>, app: &App) -> Router<App> {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let closed = HeaderValue::from_str(&policy("'none'")).ok();
    routes
        .layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, closed))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn_with_state(app.clone(), metrics::count))
        // The path only: what people ask stands in bodies, which are never logged.
        .layer(TraceLayer::new_for_http().make_span_with(|request: &axum::http::Request<_>| {
            tracing::info_span!("http", method = %request.method(), path = request.uri().path())
        }))
}

/// The routes over an app.
pub(crate) fn router(app: App) -> Router {
    let serve = &app.setup.config.serve;
    // Requests that are worked on at a time, the same places for both; more are told to come again.
    let places = GlobalConcurrencyLimitLayer::new(serve.requests);
    let limited = |routes: Router<App>| {
        routes.layer(axum::extract::DefaultBodyLimit::max(serve.body_bytes)).layer(
            ServiceBuilder::new()
                .layer(axum::error_handling::HandleErrorLayer::new(problem::shed))
                .layer(LoadShedLayer::new())
                .layer(places.clone()),
        )
    };
    let api = Router::new()
        .route("/api/v1/ask", post(ask::ask))
        .route("/api/v1/drafts", post(ask::draft))
        .route("/api/v1/find", post(api::find))
        .route("/api/v1/provisions/{citation}", get(api::provision))
        .route("/api/v1/procedures/{code}", get(api::procedure))
        .route("/api/v1/places", get(api::places))
        .route("/api/v1/widget/session", post(talk::session))
        .route("/api/v1/widget/conversation", get(talk::conversation).delete(talk::erase))
        .route("/api/v1/widget/export", get(talk::export))
        .route("/api/v1/widget/stop", post(talk::stop))
        .route("/api/v1/widget/handoff", post(talk::handoff).delete(talk::back))
        .route("/api/v1/answers/{id}/rating", post(feedback::rating))
        .route("/api/v1/answers/{id}/report", post(feedback::report));
    let api = limited(api).layer(from_fn_with_state(app.clone(), visit::guard));
    // A form names no site where pages keep theirs to themselves, so it is not asked for one.
    let form = Router::new().route("/hoi", get(pages::form).post(pages::form_asked));
    let form = limited(form);
    // Programs with a key; texts to embed are longer than questions.
    let programs = Router::new()
        .route("/v1/models", get(openai::models))
        .route("/v1/chat/completions", post(openai::chat))
        .route("/v1/embeddings", post(openai::embeddings));
    let programs = limited(programs).layer(axum::extract::DefaultBodyLimit::max(4 << 20));
    // Acknowledged at once, so never behind questions; a slow sender is cut off.
    let webhooks = Router::new()
        .route("/webhooks/zalo", post(webhooks::zalo))
        .route("/webhooks/zalo-bot", post(webhooks::zalo_bot))
        .route("/webhooks/telegram", post(webhooks::telegram))
        .route("/webhooks/chatwoot", post(webhooks::chatwoot))
        .layer(axum::extract::DefaultBodyLimit::max(1 << 20))
        .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(10)));
    let routes = Router::new()
        .route("/", get(|| async { pages::asset(assets::PORTAL) }))
        .route("/widget.js", get(pages::loader))
        .route("/widget/{name}", get(pages::widget))
        .route("/frame", get(pages::frame))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(api::ready))
        .route("/api/openapi.json", get(openapi::document))
        .route("/{verifier}", get(webhooks::verifier))
        .merge(inside(&app))
        .merge(webhooks)
        .merge(form)
        .merge(programs)
        .merge(api)
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(from_fn_with_state(app.clone(), address::note))
        // Around everything, for a browser asks with OPTIONS first, which no route takes.
        .layer(cors(app.clone()));
    dressed(routes, &app).with_state(app)
}

/// The assistant for a caller who names a profile, or a citizen's.
fn caller(app: &App, profile: Option<&str>) -> Result<answer::Assistant, problem::Problem> {
    let corpus = app.corpus().map_err(|_| problem::Problem::loading(&app.prompts))?;
    let profile = profile.unwrap_or("citizen");
    let assistant = corpus.callers.get(profile);
    let unknown = || problem::Problem::bad(format!("Không có nhóm người dùng {profile:?}."));
    Ok(app.steered(assistant.ok_or_else(unknown)?))
}

/// Which pages of other sites may call, and how.
fn cors(app: App) -> CorsLayer {
    let allowed = AllowOrigin::predicate(move |_, request| visit::site_may(&app, &request.headers));
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([header::RETRY_AFTER])
        .max_age(Duration::from_secs(600))
}

/// Serves routes until `stop` resolves; requests that run then are finished, within a limit.
pub(crate) async fn serve(
    listener: tokio::net::TcpListener,
    routes: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (told, tell) = tokio::sync::oneshot::channel();
    let running = axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
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
