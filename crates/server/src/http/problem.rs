//! Errors as `application/problem+json` (RFC 9457), in words for the person who asked.

use std::any::Any;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use infer::Prompts;
use serde_json::json;

/// Seconds after which a busy server is worth another try.
const RETRY_S: u32 = 5;
/// The same after a failure: somebody has to mend it first.
const FAILED_RETRY_S: u32 = 60;

/// An error that a client is told.
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    retry_after: Option<u32>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Problem {
        Problem { status, kind, title, detail: detail.into(), retry_after: None }
    }

    pub(crate) fn unknown(what: &str) -> Problem {
        let detail = format!("Không tìm thấy {what} trong thư viện văn bản.");
        Problem::new(StatusCode::NOT_FOUND, "not-found", "Không tìm thấy", detail)
    }

    pub(crate) fn bad(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-request", "Yêu cầu chưa đúng", detail)
    }

    pub(crate) fn busy(detail: String) -> Problem {
        let problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "Hệ thống đang bận",
            detail,
        );
        Problem { retry_after: Some(RETRY_S), ..problem }
    }

    /// Before the first corpus version is open.
    pub(crate) fn loading(prompts: &Prompts) -> Problem {
        Problem::busy(prompts.say("loading", &[]))
    }

    /// More people ask than are served at once; `seconds` is when there is likely to be room, where
    /// that has been measured.
    pub(crate) fn many(prompts: &Prompts, seconds: Option<u32>) -> Problem {
        let seconds = seconds.unwrap_or(RETRY_S).max(1);
        let problem =
            Problem::busy(prompts.say("overloaded", &[("seconds", &seconds.to_string())]));
        Problem { retry_after: Some(seconds), ..problem }
    }

    /// Somebody asks too often.
    pub(crate) fn rate(prompts: &Prompts, wait: Duration) -> Problem {
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        let detail = prompts.say("too_often", &[("seconds", &seconds.to_string())]);
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate", "Gửi quá nhanh", detail);
        Problem { retry_after: Some(seconds), ..problem }
    }

    /// Another question of the conversation is being answered.
    pub(crate) fn running(prompts: &Prompts) -> Problem {
        let detail = prompts.say("chat_running", &[]);
        let problem =
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "running", "Đang trả lời", detail);
        Problem { retry_after: Some(RETRY_S), ..problem }
    }

    /// The page that asks may not.
    pub(crate) fn origin(prompts: &Prompts) -> Problem {
        let detail = prompts.say("origin_denied", &[]);
        Problem::new(StatusCode::FORBIDDEN, "origin", "Trang này chưa được phép", detail)
    }

    /// An answer that failed, in the words that it failed with.
    pub(crate) fn told(status: u16, detail: String, retry_after: Option<u32>) -> Problem {
        let (status, kind, title) = match status {
            413 => (StatusCode::PAYLOAD_TOO_LARGE, "too-long", "Câu hỏi quá dài"),
            422 => (StatusCode::UNPROCESSABLE_ENTITY, "bad-request", "Yêu cầu chưa đúng"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "failed", "Tạm thời chưa trả lời được"),
        };
        Problem { retry_after, ..Problem::new(status, kind, title, detail) }
    }

    /// The words for the person, for places that carry nothing else.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// What a failed answer is to the person. The cause goes to the log, without their words.
    pub(crate) fn of(error: &answer::Error, prompts: &Prompts) -> Problem {
        match error {
            answer::Error::Empty => Problem::bad(prompts.say("empty_question", &[])),
            answer::Error::TooLong { limit, .. } => {
                let detail = prompts.say("too_long", &[("limit", &limit.to_string())]);
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", "Câu hỏi quá dài", detail)
            }
            error if error.overloaded().is_some() => Problem::many(prompts, error.overloaded()),
            error => {
                tracing::error!(%error, "a question could not be answered");
                let detail = prompts.say("failed", &[]);
                let title = "Tạm thời chưa trả lời được";
                let problem =
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "failed", title, detail);
                Problem { retry_after: Some(FAILED_RETRY_S), ..problem }
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem { status, kind, title, detail, retry_after } = self;
        let body = json!({"type": format!("/problems/{kind}"), "title": title, "status": status.as_u16(), "detail": detail});
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json; charset=utf-8"),
        );
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-long",
                "Yêu cầu quá lớn",
                "Yêu cầu quá lớn. Hãy rút gọn câu hỏi.",
            ),
            _ => Problem::bad(format!(
                "Nội dung gửi lên chưa đúng dạng JSON: {}",
                rejection.body_text()
            )),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Problem {
        Problem::bad(format!(
            "Tham số trên địa chỉ chưa đúng (ngày viết như 2026-01-31): {}",
            rejection.body_text()
        ))
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Problem {
        Problem::bad(format!("Địa chỉ chưa đúng: {}", rejection.body_text()))
    }
}

pub(crate) async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong-method",
        "Sai phương thức",
        "Địa chỉ này không nhận phương thức đó; hỏi đáp và tìm kiếm dùng POST, các địa chỉ khác dùng GET.",
    )
}

pub(crate) async fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-route",
        "Không có địa chỉ này",
        "Địa chỉ này không có. Trang hỏi đáp ở /.",
    )
}

pub(crate) async fn shed(_: tower::BoxError) -> Problem {
    Problem::busy("Hiện có nhiều người cùng hỏi. Vui lòng thử lại sau ít giây.".into())
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over by value")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let what = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    tracing::error!(what = what.unwrap_or_default(), "a handler panicked");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "failed",
        "Lỗi hệ thống",
        "Hệ thống gặp lỗi. Vui lòng thử lại sau.",
    )
    .into_response()
}
