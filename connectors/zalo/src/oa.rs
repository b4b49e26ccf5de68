//! Deliveries of an Official Account: signature over the bytes as received, then what the event means. Pure.

use chat::{Incoming, What};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Dropped;

/// The account whose deliveries are taken.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    /// The app's id.
    pub app_id: String,
    /// The account's id.
    pub oa_id: String,
    /// The secret key of the account (its own value in the console, other than the app's secret).
    pub secret: String,
    /// What the signature begins with.
    pub prefix: Prefix,
}

/// The first term of the signature; public sources differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefix {
    /// The app's id.
    #[default]
    AppId,
    /// The account's id.
    OaId,
    /// Either.
    Either,
}

/// Longest name of a message that is kept.
const LONGEST: usize = 128;
/// How old a delivery may be: the platform tries again for hours and keeps the time of the event.
const OLDEST_MS: i64 = 24 * 3600 * 1000;
/// How far its clock may be ahead.
const AHEAD_MS: i64 = 5 * 60 * 1000;
/// Payloads of our buttons begin so.
pub const MARK: &str = "#khue:";
/// What the platform writes by itself after a form was sent.
const FORM_SENT: &str = "Bạn đã gởi thông tin cho OA";

impl Receiver {
    /// Reads a delivery at a moment (milliseconds since 1970). `signature` is the header `X-ZEvent-Signature`.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read(
        &self,
        body: &[u8],
        signature: Option<&str>,
        now_ms: i64,
    ) -> Result<Incoming, Dropped> {
        let signature = signature.filter(|it| !it.is_empty()).ok_or(Dropped::MissingMac)?;
        let event: Value = serde_json::from_slice(body).map_err(|_| Dropped::Malformed)?;
        // A string or a number; its text as it stands is signed.
        let timestamp = match &event["timestamp"] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(Dropped::Malformed),
        };
        let app = text(&event, "/app_id");
        if !self.signed(app, body, &timestamp, signature) {
            return Err(Dropped::BadMac);
        }
        if app != self.app_id {
            return Err(Dropped::OtherApp);
        }
        let ids = ["/oa_id", "/sender/id", "/recipient/id"].map(|at| text(&event, at));
        if !ids.contains(&self.oa_id.as_str()) {
            return Err(Dropped::OtherOa);
        }
        let at: i64 = timestamp.parse().map_err(|_| Dropped::Malformed)?;
        if at > now_ms + AHEAD_MS {
            return Err(Dropped::Future);
        }
        if at < now_ms - OLDEST_MS {
            return Err(Dropped::Stale);
        }
        Ok(self.event(&event, body, Timestamp::from_millisecond(at).ok()))
    }

    /// Plain SHA-256 of the terms one after the other, not HMAC; with or without `mac=`.
    fn signed(&self, app: &str, body: &[u8], timestamp: &str, signature: &str) -> bool {
        let told = signature.strip_prefix("mac=").unwrap_or(signature).to_ascii_lowercase();
        let of = |first: &str| {
            let mut hash = Sha256::new();
            for term in [first.as_bytes(), body, timestamp.as_bytes(), self.secret.as_bytes()] {
                hash.update(term);
            }
            let ours = hex(&hash.finalize());
            bool::from(ours.as_bytes().ct_eq(told.as_bytes()))
        };
        !self.secret.is_empty()
            && match self.prefix {
                Prefix::AppId => of(app),
                Prefix::OaId => of(&self.oa_id),
                Prefix::Either => of(app) | of(&self.oa_id),
            }
    }

    fn event(&self, event: &Value, body: &[u8], at: Option<Timestamp>) -> Incoming {
        let name = text(event, "/event_name");
        let message = text(event, "/message/msg_id");
        // Receipts and reactions carry the name of an older message, so the event's name is part of the key; others
        // have no name of their own.
        let messages = ["user_send_", "oa_send_", "anonymous_send_"];
        let key = match messages.iter().any(|it| name.starts_with(it))
            && !message.is_empty()
            && message.len() <= LONGEST
        {
            true => format!("zalo-oa:{}:{name}:{message}", self.oa_id),
            false => format!("zalo-oa:{}:sha256:{}", self.oa_id, hex(&Sha256::digest(body))),
        };
        let what = what(name, event);
        let address = match &what {
            What::Nothing => String::new(),
            What::Human { .. } if name.contains("anonymous") => anonymous_of(event, "/recipient"),
            What::Human { .. } => text(event, "/recipient/id").to_owned(),
            What::Welcome => text(event, "/follower/id").to_owned(),
            _ if name.starts_with("anonymous_") => anonymous_of(event, "/sender"),
            _ => text(event, "/sender/id").to_owned(),
        };
        Incoming { name: key, address, at, what }
    }
}

fn what(name: &str, event: &Value) -> What {
    let words = text(event, "/message/text");
    match name {
        "user_send_text" | "anonymous_send_text" => match pressed(words) {
            _ if words.starts_with(FORM_SENT) => What::Nothing,
            Some(what) => what,
            // A payload of ours that is none we know.
            None if words.starts_with(MARK) => What::Nothing,
            None => What::Text(words.to_owned()),
        },
        "user_send_image" | "user_send_link" | "anonymous_send_image"
            if !words.trim().is_empty() =>
        {
            What::TextOnly(words.to_owned())
        }
        "user_send_image"
        | "user_send_file"
        | "user_send_audio"
        | "user_send_video"
        | "user_send_sticker"
        | "user_send_link"
        | "user_send_location"
        | "user_send_business_card"
        | "anonymous_send_image"
        | "anonymous_send_file"
        | "anonymous_send_sticker" => What::Unsupported,
        "follow" | "user_click_chatnow" => What::Welcome,
        // Written by a person of the agency in the account's manager; an echo without `admin_id` may be our own,
        // come before the answer to our call.
        _ if name.starts_with("oa_send_") && !text(event, "/sender/admin_id").is_empty() => {
            What::Human { remote: text(event, "/message/msg_id").to_owned() }
        }
        _ => What::Nothing,
    }
}

/// `#khue:fb:<button>:up`
fn pressed(words: &str) -> Option<What> {
    let (button, value) = words.strip_prefix(MARK)?.strip_prefix("fb:")?.split_once(':')?;
    let good = match value {
        "up" => true,
        "down" => false,
        _ => return None,
    };
    Some(What::Rated { button: button.to_owned(), good, press: String::new() })
}

/// Whoever has not followed the account: both ids are needed for an answer. Their nesting is disputed.
fn anonymous_of(event: &Value, person: &str) -> String {
    let first = |places: &[String]| {
        let told = places.iter().map(|at| text(event, at)).find(|it| !it.is_empty());
        told.unwrap_or_default().to_owned()
    };
    let id =
        first(&["/anonymous_id".into(), format!("{person}/anonymous_id"), format!("{person}/id")]);
    let conversation = first(&[
        "/message/conversation_id".into(),
        "/conversation_id".into(),
        format!("{person}/conversation_id"),
    ]);
    format!("anonymous:{id}:{conversation}")
}

fn text<'a>(event: &'a Value, at: &str) -> &'a str {
    event.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
