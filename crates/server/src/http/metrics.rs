//! Measures for Prometheus, in its text format 0.0.4; on the address of the administration alone.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// Responses by the first digit of their status.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<[AtomicU64; 6]>);

/// Counts a response.
pub(super) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let class = usize::from(response.status().as_u16() / 100).min(5);
    app.counts.0[class].fetch_add(1, Ordering::Relaxed);
    response
}

/// Everything that is measured.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let mut text = String::new();
    let mut tell = |name: &str, kind: &str, help: &str, values: &[(String, u64)]| {
        // Writing to a string does not fail.
        let _ = write!(text, "# HELP khue_{name} {help}\n# TYPE khue_{name} {kind}\n");
        for (labels, value) in values {
            let _ = writeln!(text, "khue_{name}{labels} {value}");
        }
    };
    let one = |value: u64| vec![(String::new(), value)];
    let classes: Vec<(String, u64)> = (1..6)
        .map(|class| {
            (format!("{{class=\"{class}xx\"}}"), app.counts.0[class].load(Ordering::Relaxed))
        })
        .collect();
    tell("http_responses_total", "counter", "Responses by class of status.", &classes);
    let free = app.streams.available_permits() as u64;
    tell("answer_places_free", "gauge", "Answers that could be begun now.", &one(free));
    tell(
        "embedder_up",
        "gauge",
        "Whether the embedding model runs.",
        &one(app.embedder.runs().into()),
    );
    if let Some(corpus) = app.corpus.load_full() {
        let manifest = &corpus.manifest;
        let kind = |name: &str, value: usize| (format!("{{kind=\"{name}\"}}"), value as u64);
        let held = [
            kind("documents", manifest.documents),
            kind("provisions", manifest.provisions),
            kind("procedures", manifest.procedures),
        ];
        tell("corpus_held", "gauge", "What the corpus that serves holds.", &held);
        let made = u64::try_from(manifest.created.as_second()).unwrap_or_default();
        tell("corpus_created_seconds", "gauge", "When it was made, since 1970.", &one(made));
        let waiting = manifest.counts.waiting;
        tell("corpus_vectors_waiting", "gauge", "Texts without a vector.", &one(waiting));
    }
    if let Some(chat) = &app.chat
        && let Ok((waiting, held)) = chat.queue().await
    {
        let state = |name: &str, value: usize| (format!("{{state=\"{name}\"}}"), value as u64);
        let talks = [state("waiting", waiting.len()), state("held", held.len())];
        tell("desk_conversations", "gauge", "Conversations on the desk.", &talks);
    }
    let states = app.channels.states();
    let channels = || states.as_object().into_iter().flatten();
    let label = |name: &str| format!("{{channel=\"{name}\"}}");
    let waiting: Vec<(String, u64)> = channels()
        .map(|(name, it)| (label(name), it["waiting"].as_u64().unwrap_or_default()))
        .collect();
    let broken: Vec<(String, u64)> =
        channels().map(|(name, it)| (label(name), u64::from(!it["broken"].is_null()))).collect();
    tell("channel_waiting", "gauge", "Messages of a channel that wait.", &waiting);
    tell("channel_broken", "gauge", "Whether a channel is out of order.", &broken);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
