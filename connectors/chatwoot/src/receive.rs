//! Deliveries, pure: signed over the time and the bytes as received.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Why a delivery is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// No signature.
    MissingSignature,
    /// A wrong signature.
    BadSignature,
    /// Older than five minutes, or from the future.
    Stale,
    /// No event.
    Malformed,
}

impl Dropped {
    /// For counters and logs.
    pub fn name(self) -> &'static str {
        match self {
            Dropped::MissingSignature => "missing_signature",
            Dropped::BadSignature => "bad_signature",
            Dropped::Stale => "stale",
            Dropped::Malformed => "malformed",
        }
    }

    /// Whether it may be a forgery.
    pub fn forged(self) -> bool {
        matches!(self, Dropped::MissingSignature | Dropped::BadSignature)
    }
}

/// What stands beside a delivery.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    /// `X-Chatwoot-Timestamp`, in seconds.
    pub timestamp: Option<&'a str>,
    /// `X-Chatwoot-Signature`
    pub signature: Option<&'a str>,
    /// `X-Chatwoot-Delivery`
    pub delivery: Option<&'a str>,
}

/// What a delivery says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its names; one that is known means that it came before.
    pub names: Vec<String>,
    /// What happened.
    pub what: What,
}

/// What happened on the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An officer wrote to the person.
    Said {
        /// The conversation there.
        remote: String,
        /// The person there.
        contact: String,
        /// The words; empty for a file alone.
        text: String,
        /// Whether there was more than words.
        files: bool,
    },
    /// An officer has the conversation in hand.
    Opened {
        /// The conversation there.
        remote: String,
        /// Nothing but its state has changed: what our own opening of it is told as.
        state_alone: bool,
    },
    /// An officer has ended it.
    Closed {
        /// The conversation there.
        remote: String,
    },
    /// Our own words, notes among officers, anything else.
    Nothing,
}

/// No delivery is taken so long after it was signed.
const FRESH: i64 = 300_000;

/// The inbox whose deliveries are taken.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    /// The secret of its webhook.
    pub secret: String,
    /// Takes deliveries without a signature: older versions sign none. Only where nobody but Chatwoot reaches the route.
    pub unsigned: bool,
}

impl Receiver {
    /// Reads a delivery at a moment, in milliseconds.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read(&self, body: &[u8], headers: Headers<'_>, now: i64) -> Result<Delivery, Dropped> {
        if !(self.unsigned && headers.signature.is_none()) {
            self.check(body, headers, now)?;
        }
        let event: Value = serde_json::from_slice(body).map_err(|_| Dropped::Malformed)?;
        let name = event["event"].as_str().ok_or(Dropped::Malformed)?;
        let mut names = Vec::new();
        // The same bytes under another name of a delivery, which nobody has signed.
        let signed = headers.signature.and_then(|it| it.strip_prefix("sha256="));
        names.extend(signed.and_then(|it| it.get(..40)).map(|it| format!("chatwoot:signed:{it}")));
        names.extend(headers.delivery.map(|it| format!("chatwoot:{}", it.get(..64).unwrap_or(it))));
        // The same message under another delivery; a state comes again rightly.
        if let ("message_created", Some(id)) = (name, event["id"].as_i64()) {
            names.push(format!("chatwoot:{name}:{id}"));
        }
        Ok(Delivery { names, what: what(name, &event) })
    }

    fn check(&self, body: &[u8], headers: Headers<'_>, now: i64) -> Result<(), Dropped> {
        let (Some(timestamp), Some(signature)) = (headers.timestamp, headers.signature) else {
            return Err(Dropped::MissingSignature);
        };
        let mac = hmac(&self.secret, &[timestamp.as_bytes(), b".", body]);
        let expect = format!("sha256={mac}");
        let same = bool::from(expect.as_bytes().ct_eq(signature.as_bytes()));
        if !same || self.secret.is_empty() {
            return Err(Dropped::BadSignature);
        }
        let at = timestamp.parse::<i64>().map_err(|_| Dropped::BadSignature)?.saturating_mul(1000);
        if now.saturating_sub(at).abs() > FRESH { Err(Dropped::Stale) } else { Ok(()) }
    }
}

fn what(name: &str, event: &Value) -> What {
    let number = |it: &Value| it.as_i64().map(|id| id.to_string());
    match name {
        "message_created" => {
            let conversation = &event["conversation"];
            // Loop guard: what the person or we wrote comes back too.
            let officer = event["message_type"] == "outgoing"
                && event["private"] == false
                && event["sender"]["type"] == "user";
            let Some(remote) = number(&conversation["id"]).filter(|_| officer) else {
                return What::Nothing;
            };
            let contact = conversation["contact_inbox"]["source_id"].as_str().unwrap_or_default();
            let text = event["content"].as_str().unwrap_or_default().trim();
            let files = event["attachments"].as_array().is_some_and(|it| !it.is_empty());
            What::Said { remote, contact: contact.to_owned(), text: text.to_owned(), files }
        }
        "conversation_updated" | "conversation_status_changed" => {
            let Some(remote) = number(&event["id"]) else { return What::Nothing };
            match event["status"].as_str() {
                Some("open") => {
                    let changed = event["changed_attributes"].as_array();
                    let named = changed.into_iter().flatten().filter_map(Value::as_object);
                    let mut keys = named.flat_map(|it| it.keys()).peekable();
                    let told = keys.peek().is_some();
                    let known = ["status", "waiting_since", "updated_at"];
                    let state_alone = name == "conversation_status_changed"
                        || told && keys.all(|it| known.contains(&it.as_str()));
                    What::Opened { remote, state_alone }
                }
                Some("resolved") => What::Closed { remote },
                _ => What::Nothing,
            }
        }
        _ => What::Nothing,
    }
}

/// HMAC-SHA256 in hex.
pub(crate) fn hmac(key: &str, parts: &[&[u8]]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_delivery_of_the_fixtures_is_read_as_it_expects() {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/channels");
        let mut seen = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let fixture: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if !name.starts_with("chatwoot-") || fixture["direction"] != "inbound" {
                continue;
            }
            seen += 1;
            let header = |name: &str| fixture["headers"][name].as_str();
            let headers = Headers {
                timestamp: header("X-Chatwoot-Timestamp"),
                signature: header("X-Chatwoot-Signature"),
                delivery: header("X-Chatwoot-Delivery"),
            };
            let secret = fixture["secret"].as_str().unwrap().to_owned();
            let receiver = Receiver { secret, unsigned: false };
            let body = fixture["raw_body"].as_str().unwrap();
            let now = fixture["now_ms"].as_i64().unwrap();
            let expect = &fixture["expect"];
            let delivery = match receiver.read(body.as_bytes(), headers, now) {
                Ok(delivery) => delivery,
                Err(dropped) => {
                    assert_eq!(expect["reason"], dropped.name(), "{name}");
                    assert_eq!(expect["http_status"], 403, "{name}");
                    continue;
                }
            };
            let key = expect["dedup_key"].as_str().unwrap();
            assert!(delivery.names.iter().any(|it| it == key), "{name}: {:?}", delivery.names);
            let action = expect["action"].as_str().unwrap_or("deliver_to_channel");
            match &delivery.what {
                What::Said { remote, contact, text, .. } => {
                    // That nobody here is known by that name is found out later.
                    let fits = matches!(action, "deliver_to_channel") || expect["alert"] == true;
                    assert!(fits, "{name}");
                    assert_eq!(remote, "42");
                    if let Some(target) = expect["target"].as_str() {
                        assert_eq!(contact, target, "{name}");
                    }
                    if let Some(expected) = expect["text"].as_str() {
                        assert_eq!(text, expected, "{name}");
                    }
                }
                What::Opened { remote, state_alone } => {
                    assert_eq!(
                        (action, remote.as_str(), *state_alone),
                        ("set_mode_human", "42", false)
                    );
                }
                What::Closed { remote } => {
                    assert_eq!((action, remote.as_str()), ("end_handoff", "42"), "{name}");
                }
                What::Nothing => assert_eq!(action, "ignore", "{name}"),
            }
        }
        assert!(seen >= 12, "only {seen} fixtures");
    }

    #[test]
    fn without_a_secret_nothing_signed_is_taken() {
        let receiver = Receiver::default();
        let signature = format!("sha256={}", hmac("", &[b"1", b".", b"{}"]));
        let headers = Headers { timestamp: Some("1"), signature: Some(&signature), delivery: None };
        assert_eq!(receiver.read(b"{}", headers, 1000), Err(Dropped::BadSignature));
        let open = Receiver { unsigned: true, ..receiver };
        let taken = open.read(br#"{"event":"message_created"}"#, Headers::default(), 0);
        assert_eq!(taken.unwrap().what, What::Nothing);
        assert_eq!(open.read(b"{}", headers, 1000), Err(Dropped::BadSignature));
    }
}
