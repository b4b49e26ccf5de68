//! Deliveries of the Bot Platform: a shared secret beside the body, flat or wrapped events. Pure.

use chat::{Incoming, What};
use jiff::Timestamp;
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::Dropped;

/// The bot whose deliveries are taken.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    /// The secret of its webhook; without one nothing is taken.
    pub secret: String,
}

impl Receiver {
    /// Reads a delivery. `secret` is the header `X-Bot-Api-Secret-Token`. `None`: an event without a message.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read(&self, body: &[u8], secret: Option<&str>) -> Result<Option<Incoming>, Dropped> {
        let secret = secret.filter(|it| !it.is_empty()).ok_or(Dropped::MissingSecret)?;
        let same = bool::from(secret.as_bytes().ct_eq(self.secret.as_bytes()));
        if !same || self.secret.is_empty() {
            return Err(Dropped::BadSecret);
        }
        let event: Value = serde_json::from_slice(body).map_err(|_| Dropped::Malformed)?;
        Ok(event_of(&event))
    }
}

/// An event of a webhook or of polling; real traffic is flat, a library of the platform shows it wrapped.
pub fn event_of(event: &Value) -> Option<Incoming> {
    let event = if event["result"].is_object() { &event["result"] } else { event };
    let text = |at: &str| event.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text("/message/message_id");
    if name.is_empty() || name.len() > 128 {
        return None;
    }
    let group = text("/message/chat/chat_type") == "GROUP";
    let what = match text("/event_name").as_str() {
        _ if event.pointer("/message/from/is_bot") == Some(&Value::Bool(true)) || group => {
            What::Nothing
        }
        "message.text.received" => What::Text(text("/message/text")),
        "message.image.received" => What::TextOnly(text("/message/caption")),
        "message.sticker.received" | "message.voice.received" | "message.link.received" => {
            What::Unsupported
        }
        _ => What::Nothing,
    };
    let address = if what == What::Nothing { String::new() } else { text("/message/chat/id") };
    // In milliseconds; smaller values are seconds.
    let date = event.pointer("/message/date").and_then(Value::as_i64);
    let date = date.map(|it| if it < 1_000_000_000_000 { it.saturating_mul(1000) } else { it });
    let at = date.and_then(|it| Timestamp::from_millisecond(it).ok());
    Some(Incoming { name: format!("zalo-bot:{name}"), address, at, what })
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
            if !name.starts_with("zalo-bot-") || fixture["direction"] != "inbound" {
                continue;
            }
            seen += 1;
            let secret = fixture["headers"].as_object().unwrap().iter();
            let secret = secret.filter(|(it, _)| it.eq_ignore_ascii_case("x-bot-api-secret-token"));
            let secret = secret.map(|(_, value)| value.as_str().unwrap()).next();
            let receiver =
                Receiver { secret: fixture["secret"].as_str().unwrap_or("bot-secret-1").into() };
            let body = fixture["raw_body"]
                .as_str()
                .map_or_else(|| fixture["body"].to_string(), str::to_owned);
            let expect = &fixture["expect"];
            match receiver.read(body.as_bytes(), secret) {
                Err(dropped) => assert_eq!(expect["reason"], dropped.name(), "{name}"),
                Ok(None) => assert_eq!(expect["action"], "ignore", "{name}"),
                Ok(Some(incoming)) => {
                    assert_eq!(expect["dedup_key"], incoming.name.as_str(), "{name}");
                    if let Some(text) = expect["text"].as_str() {
                        let (What::Text(said) | What::TextOnly(said)) = &incoming.what else {
                            panic!("{name}")
                        };
                        assert_eq!(said, text, "{name}");
                    }
                    if expect["action"] == "ignore" {
                        assert_eq!(incoming.what, What::Nothing, "{name}");
                    } else if let Some(chat) = expect["chat"].as_str() {
                        assert_eq!(incoming.address, chat, "{name}");
                    }
                }
            }
        }
        assert!(seen >= 9, "only {seen} fixtures");
    }
}
