//! One call of a platform, and what its failure means for sending again.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

/// What came back, or how the call failed.
#[derive(Debug)]
pub(crate) enum Called {
    /// A document, with the status it came with.
    Answer(u16, Value),
    /// Nothing was written: it can be sent again.
    NotSent(String),
    /// It was written and nothing came back: it may have been done.
    Unknown(String),
}

/// How long a call may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A client that follows no redirect and tells statuses as they are.
pub(crate) fn agent(patience: Duration) -> Agent {
    Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(5)))
        .timeout_global(Some(patience))
        .max_redirects(0)
        .http_status_as_error(false)
        .build()
        .into()
}

/// Posts a body.
pub(crate) fn post(
    agent: &Agent,
    url: &str,
    headers: &[(&str, &str)],
    kind: &str,
    body: &str,
) -> Called {
    let mut request = agent.post(url).header("content-type", kind);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match request.send(body) {
        Ok(mut answer) => {
            let status = answer.status().as_u16();
            let text = match answer.body_mut().read_to_string() {
                Ok(text) => text,
                Err(error) => return Called::Unknown(error.to_string()),
            };
            match serde_json::from_str(&text) {
                Ok(value) => Called::Answer(status, value),
                // Refused before anything was done, by something that speaks no JSON.
                Err(_) if (400..500).contains(&status) => Called::Answer(status, Value::Null),
                Err(error) => Called::Unknown(error.to_string()),
            }
        }
        Err(error) => {
            let before = match &error {
                ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => true,
                ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => true,
                ureq::Error::Io(io) => unreachable(io.kind()),
                _ => false,
            };
            if before {
                Called::NotSent(error.to_string())
            } else {
                Called::Unknown(error.to_string())
            }
        }
    }
}

/// Kinds of a connection that never was.
fn unreachable(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
    )
}
