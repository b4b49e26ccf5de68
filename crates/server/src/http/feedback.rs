//! What people think of answers: ratings with reasons, reports of errors.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chat::{Feedback, Kind, Uuid};
use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use super::visit::conversations;
use crate::app::App;
use crate::clock::now;

/// Reasons that a person may give; their words stand in the faces.
pub(super) const REASONS: &[&str] =
    &["wrong", "missing", "unclear", "outdated", "authority", "place", "other"];

/// Longest note beside a rating or report, in characters.
pub(super) const LONGEST: usize = 2000;

#[derive(Deserialize)]
pub(crate) struct RatingBody {
    /// 1 or "up", -1 or "down".
    value: Value,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
pub(crate) struct ReportBody {
    text: String,
    #[serde(default)]
    reasons: Vec<String>,
}

pub(crate) async fn rating(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<RatingBody>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(body)) = (id?, body?);
    let value = match (&body.value, body.value.as_i64()) {
        (Value::String(it), _) if it == "up" => 1,
        (Value::String(it), _) if it == "down" => -1,
        (_, Some(it @ (1 | -1))) => it,
        _ => return Err(Problem::bad("Đánh giá là 1 (tốt) hoặc -1 (chưa tốt).")),
    };
    keep(&app, &id, Kind::Rating, value, body.reasons, body.note).await
}

pub(crate) async fn report(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    body: Result<Json<ReportBody>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (Path(id), Json(body)) = (id?, body?);
    if body.text.trim().is_empty() {
        return Err(Problem::bad("Hãy viết nội dung báo lỗi."));
    }
    keep(&app, &id, Kind::Report, 0, body.reasons, body.text).await
}

async fn keep(
    app: &App,
    id: &str,
    kind: Kind,
    value: i64,
    reasons: Vec<String>,
    note: String,
) -> Result<StatusCode, Problem> {
    let unknown =
        || Problem::unknown(&format!("câu trả lời {:?}", id.chars().take(40).collect::<String>()));
    let answer: Uuid = id.parse().map_err(|_| unknown())?;
    if let Some(wrong) = reasons.iter().find(|it| !REASONS.contains(&it.as_str())) {
        return Err(Problem::bad(format!(
            "Không có lý do {wrong:?}; các lý do: {}.",
            REASONS.join(", ")
        )));
    }
    if note.chars().count() > LONGEST {
        return Err(Problem::bad(format!("Phần viết thêm dài quá {LONGEST} ký tự.")));
    }
    let chat = conversations(app)?;
    let away = |error: chat::Error| {
        tracing::error!("feedback is not kept: {error}");
        Problem::busy(app.prompts.say("chat_away", &[]))
    };
    if chat.answer(&answer).await.map_err(away)?.is_none() {
        let records = app.records.clone();
        let recorded = tokio::task::spawn_blocking(move || records.get(&answer)).await;
        if !matches!(recorded, Ok(Ok(Some(_)))) {
            return Err(unknown());
        }
    }
    let it = Feedback { reasons, note, ..Feedback::new(answer, now(), kind, value) };
    chat.feedback(it).await.map_err(away)?;
    Ok(StatusCode::NO_CONTENT)
}
