//! What went wrong with one request, and what follows from it.

use serde_json::Value;

use super::overloaded;
use crate::error::Error;

/// Most letters of a server's own words in an error.
const WORDS: usize = 200;

/// Seconds to wait where a busy server does not say.
const AGAIN: u32 = 5;

/// Why a request came to nothing. Texts are for operators and name the address.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// The server has too much to do; come back after so many seconds. It works.
    Busy(u32),
    /// The server answered with this status that it will not, or it is not what was asked for. It
    /// works; asking again is no use.
    Refused(u16, String),
    /// Network or server failed; asking again may help.
    Down(String),
    /// What came makes no sense, or a part of it has been used already; asking again is no use.
    Broke(String),
    /// The caller does not want the answer any more.
    Left,
}

impl Fault {
    /// What follows from a status; `why` is put behind it.
    pub(super) fn of_status(status: u16, url: &str, why: &str, again: Option<&str>) -> Fault {
        let text = match why {
            "" => format!("{url} answered {status}"),
            why => format!("{url} answered {status}: {why}"),
        };
        match status {
            429 | 503 => {
                // The header may also hold a date, which needs a clock that both sides share.
                let seconds = again.and_then(|again| again.trim().parse().ok()).unwrap_or(AGAIN);
                tracing::debug!(%text, seconds, "a remote engine is busy");
                Fault::Busy(seconds.clamp(1, 3600))
            }
            // 424 is how text-embeddings-inference says that its backend has failed.
            424 | 500..=599 => Fault::Down(text),
            301..=308 => Fault::Refused(status, format!("{text}; set the url to where it moved")),
            _ => Fault::Refused(status, text),
        }
    }

    /// The same after a part of the answer was handed on: nothing may be written twice.
    pub(super) fn midway(self) -> Fault {
        match self {
            Fault::Down(why) | Fault::Refused(_, why) => Fault::Broke(why),
            Fault::Busy(_) => Fault::Broke("the server became too busy to finish".into()),
            other => other,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        match fault {
            Fault::Busy(seconds) => overloaded(seconds),
            Fault::Refused(_, why) | Fault::Down(why) | Fault::Broke(why) => Error::Failed(why),
            Fault::Left => Error::Failed("the caller has left".into()),
        }
    }
}

/// A server's own words on what is wrong, in one line of at most [`WORDS`] letters. Servers like to
/// repeat the request in their messages; one that quotes any of `private` is left out, since errors are
/// logged and those texts must not be.
pub(super) fn words(body: &[u8], private: &[&str]) -> String {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value) => message(&value).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    // A quotation cannot be told from other words for certain, so where the request held anybody's
    // words the server's are not repeated.
    if private.iter().any(|text| !text.trim().is_empty()) {
        return "its message is left out, it may repeat the request".into();
    }
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(WORDS).collect()
}

/// The message of an error object. The shapes: OpenAI `{"error":{"message":…}}`, vLLM
/// `{"object":"error","message":…}`, text-embeddings-inference `{"error":"…"}`, FastAPI `{"detail":…}`.
fn message(value: &Value) -> Option<String> {
    let error = value.get("error").unwrap_or(value);
    [Some(error), error.get("message"), value.get("message"), value.get("detail")]
        .into_iter()
        .flatten()
        .find_map(Value::as_str)
        .map(str::to_owned)
}

/// The error object in a piece of a stream: its status and words.
pub(super) fn in_stream(value: &Value, private: &[&str]) -> Option<(u16, String)> {
    let error = value.get("error").filter(|error| !error.is_null());
    if error.is_none() && (value.get("choices").is_some() || message(value).is_none()) {
        return None;
    }
    let code = error.unwrap_or(value).get("code").and_then(Value::as_u64);
    let status = code.and_then(|code| u16::try_from(code).ok()).filter(|code| *code >= 400);
    Some((status.unwrap_or(500), words(value.to_string().as_bytes(), private)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        let of = |status, again| Fault::of_status(status, "http://a/embed", "why", again);
        for (status, again, expect) in [
            (429, Some("7"), Fault::Busy(7)),
            (503, Some(" 0 "), Fault::Busy(1)),
            (503, Some("99999"), Fault::Busy(3600)),
            (429, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Fault::Busy(5)),
            (429, None, Fault::Busy(5)),
            (500, None, Fault::Down("http://a/embed answered 500: why".into())),
            (502, Some("7"), Fault::Down("http://a/embed answered 502: why".into())),
            (424, None, Fault::Down("http://a/embed answered 424: why".into())),
            (401, None, Fault::Refused(401, "http://a/embed answered 401: why".into())),
        ] {
            assert_eq!(of(status, again), expect);
        }
    }

    #[test]
    fn words_are_short_and_repeat_nothing() {
        let long = "x".repeat(1000);
        for (body, expect) in [
            (r#"{"error":{"message":"no such\n  model","code":404}}"#, "no such model"),
            (r#"{"object":"error","message":"too long"}"#, "too long"),
            (r#"{"error":"Backend","error_type":"Backend"}"#, "Backend"),
            (r#"{"error":null,"message":"m"}"#, "m"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            (r#"{"detail":[{"msg":"Field required","input":"Tôi muốn đăng ký"}]}"#, ""),
            ("<h1>Bad\u{7} Gateway</h1>\r\n", "<h1>Bad Gateway</h1>"),
            (&long, &long[..WORDS]),
            ("", ""),
        ] {
            assert_eq!(words(body.as_bytes(), &[" "]), expect, "{body}");
            // Where anybody's words were sent, the server's are left out: even a short one of theirs.
            let kept = words(body.as_bytes(), &["HIV"]);
            assert_eq!(kept, "its message is left out, it may repeat the request");
        }
    }

    #[test]
    fn errors_in_a_stream() {
        for (chunk, expect) in [
            (r#"{"choices":[],"error":null}"#, None),
            (r#"{"choices":[{"delta":{"content":"a"}}],"message":"b"}"#, None),
            (r#"{"id":"1"}"#, None),
            (r#"{"error":{"message":"m","code":400}}"#, Some((400, "m"))),
            (r#"{"error":{"message":"m","code":"engine_dead"}}"#, Some((500, "m"))),
            (r#"{"choices":[],"error":{"message":"m"}}"#, Some((500, "m"))),
            (r#"{"object":"error","message":"m","code":503}"#, Some((503, "m"))),
            (r#"{"code":400,"message":"m","type":"invalid_request_error"}"#, Some((400, "m"))),
            (r#"{"error":"m"}"#, Some((500, "m"))),
        ] {
            let found = in_stream(&serde_json::from_str(chunk).unwrap(), &[]);
            let expect = expect.map(|(status, words): (u16, &str)| (status, words.to_owned()));
            assert_eq!(found, expect, "{chunk}");
        }
        let quoting = serde_json::json!({"error": {"message": "cannot read muốn đăng ký kết"}});
        let (_, words) = in_stream(&quoting, &["Tôi muốn đăng ký kết hôn"]).unwrap();
        assert_eq!(words, "its message is left out, it may repeat the request");
    }
}
