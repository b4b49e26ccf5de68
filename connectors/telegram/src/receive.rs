//! Updates, pure. They are read from text: the library does not read them from a parsed document.

use chat::{Incoming, What};
use jiff::Timestamp;
use subtle::ConstantTimeEq;
use teloxide::types::{
    CallbackQuery, ChatMemberUpdated, Message, MessageKind, Update, UpdateKind, User,
};

/// Why an update is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// No secret.
    MissingSecret,
    /// A wrong secret.
    BadSecret,
    /// No update.
    Malformed,
}

impl Dropped {
    /// For counters and logs.
    pub fn name(self) -> &'static str {
        match self {
            Dropped::MissingSecret => "missing_secret",
            Dropped::BadSecret => "bad_secret",
            Dropped::Malformed => "malformed",
        }
    }

    /// Whether it may be a forgery.
    pub fn forged(self) -> bool {
        self != Dropped::Malformed
    }
}

/// The bot whose updates are taken.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    /// Its number, the first part of its token.
    pub bot: u64,
    /// By which people mention it in groups, without `@`; empty: it answers in groups only where it is replied to.
    pub username: String,
    /// The secret of its webhook; without one no delivery is taken.
    pub secret: String,
}

impl Receiver {
    /// Reads a delivery. `secret` is the header `X-Telegram-Bot-Api-Secret-Token`.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn read(&self, body: &[u8], secret: Option<&str>) -> Result<Incoming, Dropped> {
        let secret = secret.filter(|it| !it.is_empty()).ok_or(Dropped::MissingSecret)?;
        let same = bool::from(secret.as_bytes().ct_eq(self.secret.as_bytes()));
        if !same || self.secret.is_empty() {
            return Err(Dropped::BadSecret);
        }
        let update: Update = serde_json::from_slice(body).map_err(|_| Dropped::Malformed)?;
        Ok(self.incoming(&update))
    }

    /// What an update is to us. Kinds that are not known are remembered by name alone.
    pub fn incoming(&self, update: &Update) -> Incoming {
        let name = format!("telegram:{}:{}", self.bot, update.id.0);
        let nothing = (String::new(), None, What::Nothing);
        let (address, at, what) = match &update.kind {
            UpdateKind::Message(message) => self.message(message).unwrap_or(nothing),
            UpdateKind::CallbackQuery(query) => press(query),
            UpdateKind::MyChatMember(change) if is_left(change) => {
                (change.chat.id.to_string(), None, What::Left)
            }
            UpdateKind::Error(_) => {
                tracing::warn!(update = update.id.0, "an update that the library cannot read");
                nothing
            }
            // An edited question is not answered again.
            _ => nothing,
        };
        Incoming { name, address, at, what }
    }

    fn message(&self, message: &Message) -> Option<(String, Option<Timestamp>, What)> {
        if message.from.as_ref().is_none_or(|from| from.is_bot) {
            return None;
        }
        let text = message.text().or(message.caption()).unwrap_or_default();
        let at = self.username.as_str();
        let (words, mentioned) = without_mention(text, at);
        if !message.chat.is_private() {
            let group = message.chat.is_group() || message.chat.is_supergroup();
            let replied = message.reply_to_message().and_then(|it| it.from.as_ref());
            let replied = replied.is_some_and(|from| self.is_us(from));
            if !group || !(mentioned || replied) {
                return None;
            }
        }
        let what = match &message.kind {
            MessageKind::Common(_) if message.text().is_some() => What::Text(command(words)),
            // With words beside it they are answered.
            MessageKind::Common(_) => What::TextOnly(words),
            // Somebody joins, a title changes.
            _ => return None,
        };
        let at = Timestamp::from_second(message.date.timestamp()).ok();
        Some((message.chat.id.to_string(), at, what))
    }

    fn is_us(&self, user: &User) -> bool {
        user.id.0 == self.bot
    }
}

/// Takes `@name` out of a text, also at the end of a command; whether it was there.
fn without_mention(text: &str, name: &str) -> (String, bool) {
    if name.is_empty() {
        return (text.to_owned(), false);
    }
    let mention = format!("@{}", name.to_lowercase());
    let (mut rest, mut mentioned) = (String::with_capacity(text.len()), false);
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let bare = word.trim_end_matches([',', '.', '?', '!', ':', ';']).to_lowercase();
        match bare.strip_suffix(&mention) {
            Some(before) if before.is_empty() || before.starts_with('/') => {
                mentioned = true;
                rest.push_str(word.get(..before.len()).unwrap_or_default());
                rest.push(' ');
            }
            _ => rest.push_str(piece),
        }
    }
    (rest.trim().to_owned(), mentioned)
}

/// What stands behind `/start` in a link to the bot chooses nothing here: people on Telegram are citizens.
fn command(text: String) -> String {
    match text.split_whitespace().next() {
        Some(first @ "/start") => first.to_owned(),
        _ => text,
    }
}

/// A button: `fb:<its name>:<1 good, 0 bad>`.
fn press(query: &CallbackQuery) -> (String, Option<Timestamp>, What) {
    let data = query.data.as_deref().and_then(|it| it.strip_prefix("fb:"));
    let (button, good) = data.and_then(|it| it.rsplit_once(':')).unwrap_or_default();
    let message = query.message.as_ref();
    let press = match message {
        Some(message) => format!("{} {}", query.id.0, message.id().0),
        None => query.id.0.clone(),
    };
    let known = matches!(good, "0" | "1") && button.len() <= 64;
    let button = if known { button.to_owned() } else { String::new() };
    let address = message.map_or(query.from.id.to_string(), |it| it.chat().id.to_string());
    (address, None, What::Rated { button, good: good == "1", press })
}

fn is_left(change: &ChatMemberUpdated) -> bool {
    !change.new_chat_member.kind.is_present()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::path::Path;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn every_delivery_of_the_fixtures_is_read_as_it_expects() {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/channels");
        let mut seen = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let fixture: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if !name.starts_with("telegram-") || fixture["direction"] != "inbound" {
                continue;
            }
            seen += 1;
            let secret = fixture["headers"]["X-Telegram-Bot-Api-Secret-Token"].as_str();
            let receiver = Receiver {
                bot: 123_456,
                username: "hn_test_bot".into(),
                secret: fixture["secret"].as_str().unwrap().into(),
            };
            let body = fixture["raw_body"]
                .as_str()
                .map_or_else(|| fixture["body"].to_string(), str::to_owned);
            let expect = &fixture["expect"];
            let incoming = match receiver.read(body.as_bytes(), secret) {
                Ok(incoming) => incoming,
                Err(dropped) => {
                    assert_eq!(expect["reason"], dropped.name(), "{name}");
                    continue;
                }
            };
            assert_ne!(expect["http_status"], 403, "{name}");
            assert_eq!(expect["dedup_key"], incoming.name.as_str(), "{name}");
            let action = expect["action"].as_str().unwrap_or("answer");
            match &incoming.what {
                What::Text(text) if text == "/start" => assert_eq!(action, "welcome"),
                What::Text(text) => {
                    assert!(matches!(action, "answer" | "reply_too_long"), "{name}: {action}");
                    if let Some(expected) = expect["text"].as_str() {
                        // Composed by whoever reads it: a signature is over the bytes as sent.
                        assert_eq!(text.nfc().collect::<String>(), expected, "{name}");
                    }
                }
                What::Rated { button, good, press } => {
                    assert!(matches!(action, "record_feedback" | "ignore"), "{name}");
                    assert!(press.starts_with("4382bfdwdsb323b2d") && press.ends_with(" 103"));
                    if let Some(id) = expect["feedback_id"].as_str() {
                        assert_eq!((button.as_str(), *good), (id, expect["value"] == "1"));
                    }
                }
                What::Left => assert_eq!(action, "mark_unreachable", "{name}"),
                What::Nothing => assert_eq!(action, "ignore", "{name}"),
                other => panic!("{name}: {other:?}"),
            }
            if let (false, Some(chat)) = (action == "ignore", expect["chat"].as_i64()) {
                assert_eq!(incoming.address, chat.to_string(), "{name}");
            }
        }
        assert!(seen >= 14, "only {seen} fixtures");
    }

    #[test]
    fn groups_are_answered_where_we_are_meant_and_files_are_not_read() {
        let receiver =
            Receiver { bot: 123_456, username: "hn_test_bot".into(), ..Receiver::default() };
        let read = |chat: &str, more: Value| {
            let chat = match chat {
                "private" => json!({"id": 7, "type": "private", "first_name": "Thử"}),
                kind => json!({"id": -100_700, "title": "Nhóm", "type": kind}),
            };
            let mut message = json!({"message_id": 1, "date": 1_795_591_200, "chat": chat,
                "from": {"id": 7, "is_bot": false, "first_name": "Thử"}});
            for (key, value) in more.as_object().unwrap() {
                message[key] = value.clone();
            }
            let update = json!({"update_id": 1, "message": message}).to_string();
            receiver.incoming(&serde_json::from_str(&update).unwrap()).what
        };
        let text = |text: &str| What::Text(text.to_owned());
        let ours = json!({"message_id": 9, "date": 1, "text": "…",
            "chat": {"id": -100_700, "title": "Nhóm", "type": "supergroup"},
            "from": {"id": 123_456, "is_bot": true, "first_name": "Khuê"}});
        for (chat, more, expect) in [
            ("supergroup", json!({"text": "khai sinh ở đâu"}), What::Nothing),
            (
                "supergroup",
                json!({"text": "@HN_test_bot, khai sinh ở đâu"}),
                text("khai sinh ở đâu"),
            ),
            ("group", json!({"text": "khai sinh @hn_test_bot?"}), text("khai sinh")),
            ("group", json!({"text": "a@hn_test_bot.vn"}), What::Nothing),
            (
                "supergroup",
                json!({"text": "còn lệ phí?", "reply_to_message": ours}),
                text("còn lệ phí?"),
            ),
            ("group", json!({"text": "/xoa@hn_test_bot"}), text("/xoa")),
            ("private", json!({"text": "/start abc"}), text("/start")),
            ("private", json!({"text": "/help"}), text("/help")),
            ("private", json!({"text": "/xoa@hn_test_bot"}), text("/xoa")),
            (
                "private",
                json!({"location": {"latitude": 21.0, "longitude": 105.8}}),
                What::TextOnly(String::new()),
            ),
            (
                "private",
                json!({"caption": "giấy này làm gì", "photo": [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1, "file_size": 9}]}),
                What::TextOnly("giấy này làm gì".into()),
            ),
        ] {
            assert_eq!(read(chat, more.clone()), expect, "{chat} {more}");
        }
    }
}
