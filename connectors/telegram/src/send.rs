//! Sending parts of answers, showing them as they come, and what each error of the platform asks for.
//!
//! Messages keep to the rates of [`Pace`]; edits and signs of typing are free at the platform and paced here: an edit at
//! most every 1.2 s, typing every 4 s for it fades after 5 s. What only shows an answer never holds it up for long.

use std::future::IntoFuture;
use std::time::Duration;

use chat::{Carrier, Channel, Part, Sent};
use futures::future::BoxFuture;
use teloxide::payloads::{AnswerCallbackQuerySetters, EditMessageTextSetters, SendMessageSetters};
use teloxide::requests::Requester;
use teloxide::types::{
    CallbackQueryId, ChatAction, ChatId, InlineKeyboardButton, InlineKeyboardMarkup,
    LinkPreviewOptions, MessageId, ParseMode,
};
use teloxide::{ApiError, Bot, RequestError};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::LIMIT;
use crate::pace::Pace;

/// What stands on buttons and in short notes.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Buttons of an answer, good and bad.
    pub titles: [String; 2],
    /// To who has pressed one, at most 200 letters.
    pub thanks: String,
}

/// Sends parts of answers.
pub struct Sender {
    bot: Bot,
    pace: Pace,
    words: Words,
    /// Whether answers are shown as they are written.
    stream: bool,
}

/// Shortest time between two edits of a message.
const EDITS: Duration = Duration::from_millis(1200);
/// An edit is worth it from so many new letters on.
const GROWN: usize = 40;
/// How often typing is shown, and from when on: what is answered at once needs no sign.
const TYPING: Duration = Duration::from_secs(4);
const FIRST: Duration = Duration::from_millis(300);
/// How long something that only shows an answer may take.
const BRIEF: Duration = Duration::from_secs(4);

impl Sender {
    /// Sends as a bot.
    pub fn new(bot: Bot, words: Words, stream: bool) -> Sender {
        Sender { bot, pace: Pace::new(), words, stream }
    }

    async fn post(&self, to: ChatId, part: &Part) -> Sent {
        let over = part.over.as_deref().and_then(|it| it.parse().ok()).map(MessageId);
        let (mut over, mut marked) = (over, true);
        loop {
            let done = self.once(to, part, over, marked).await;
            match done {
                Ok(id) => return Sent::There(id.to_string()),
                // It stands there already.
                Err(RequestError::Api(ApiError::MessageNotModified)) if over.is_some() => {
                    return Sent::There(over.map_or(0, |it| it.0).to_string());
                }
                Err(RequestError::Api(
                    ApiError::MessageToEditNotFound
                    | ApiError::MessageIdInvalid
                    | ApiError::MessageCantBeEdited,
                )) if over.is_some() => over = None,
                Err(RequestError::Api(ApiError::CantParseEntities(why))) if marked => {
                    tracing::error!("Telegram cannot read the marks of an answer: {why}");
                    marked = false;
                }
                Err(error) => {
                    if let RequestError::RetryAfter(seconds) = &error {
                        self.pace.hush(seconds.duration());
                    }
                    return match judged(&error) {
                        // An edit that may have been done is done again.
                        Sent::Unknown(_) if over.is_some() => Sent::Again(Duration::from_secs(3)),
                        sent => sent,
                    };
                }
            }
        }
    }

    async fn once(
        &self,
        to: ChatId,
        part: &Part,
        over: Option<MessageId>,
        marked: bool,
    ) -> Result<i32, RequestError> {
        let text = if marked { dressed(&part.text) } else { part.text.clone() };
        let buttons = part.button.as_deref().map(|it| self.buttons(it));
        if let Some(message) = over {
            let mut call =
                self.bot.edit_message_text(to, message, text).link_preview_options(NO_PREVIEW);
            call = if marked { call.parse_mode(ParseMode::Html) } else { call };
            call = match buttons {
                Some(buttons) => call.reply_markup(buttons),
                None => call,
            };
            return Ok(call.await?.id.0);
        }
        let mut call = self.bot.send_message(to, text).link_preview_options(NO_PREVIEW);
        call = if marked { call.parse_mode(ParseMode::Html) } else { call };
        call = match buttons {
            Some(buttons) => call.reply_markup(buttons),
            None => call,
        };
        Ok(call.await?.id.0)
    }

    fn buttons(&self, button: &str) -> InlineKeyboardMarkup {
        let titles = self.words.titles.iter().zip(["1", "0"]);
        let row = titles.map(|(title, value)| {
            InlineKeyboardButton::callback(title.clone(), format!("fb:{button}:{value}"))
        });
        InlineKeyboardMarkup::new([row.collect::<Vec<_>>()])
    }

    /// Shows typing, then the words as they grow.
    async fn show(&self, to: ChatId, mut words: watch::Receiver<String>) -> Option<String> {
        let mut message: Option<MessageId> = None;
        let (mut shown, mut next) = (0, Instant::now() + EDITS);
        let (mut typing, mut stream) = (Instant::now() + FIRST, self.stream);
        loop {
            let text = visible(&words.borrow_and_update());
            let letters = text.chars().count();
            let worth = stream && letters >= shown + GROWN && letters < LIMIT;
            tokio::select! {
                // Its writer is done: the answer itself comes.
                gone = words.changed() => if gone.is_err() {
                    return message.map(|it| it.0.to_string());
                },
                () = sleep_until(typing), if message.is_none() => {
                    typing = Instant::now() + TYPING;
                    let typed = self.bot.send_chat_action(to, ChatAction::Typing).into_future();
                    if let Ok(Err(error)) = timeout(BRIEF, typed).await {
                        typing += wait_of(&error);
                    }
                }
                () = sleep_until(next), if worth => {
                    match self.show_words(to, message, format!("{text} …")).await {
                        Shown::There(id) => (message, shown) = (Some(id), letters),
                        Shown::Later(wait) => next = Instant::now() + wait,
                        // It may stand there: another one would stand beside it for ever.
                        Shown::Unknown => stream = message.is_some(),
                    }
                    next = next.max(Instant::now() + EDITS);
                }
            }
        }
    }

    async fn show_words(&self, to: ChatId, over: Option<MessageId>, text: String) -> Shown {
        let done = match over {
            None => {
                if let Some(wait) = self.pace.wait(to) {
                    return Shown::Later(wait);
                }
                timeout(BRIEF, self.bot.send_message(to, text).into_future()).await
            }
            Some(id) => {
                timeout(BRIEF, self.bot.edit_message_text(to, id, text).into_future()).await
            }
        };
        match done {
            Ok(Ok(message)) => Shown::There(message.id),
            Ok(Err(error)) if !matches!(judged(&error), Sent::Unknown(_)) => {
                Shown::Later(wait_of(&error))
            }
            Ok(Err(_)) | Err(_) => Shown::Unknown,
        }
    }

    async fn see(&self, to: ChatId, press: &str, rated: bool) {
        let (query, message) = press.split_once(' ').unwrap_or((press, ""));
        let mut call = self.bot.answer_callback_query(CallbackQueryId(query.to_owned()));
        if rated {
            call = call.text(&self.words.thanks);
        }
        // Too late or seen already: nobody waits for it.
        if let Err(error) = call.await {
            tracing::debug!("a press of a button is not acknowledged: {}", worded(&error));
        }
        if let (true, Ok(message)) = (rated, message.parse()) {
            let bare = self.bot.edit_message_reply_markup(to, MessageId(message));
            if let Err(error) = bare.await {
                tracing::debug!("the buttons of an answer stay: {}", worded(&error));
            }
        }
    }
}

/// What came of showing words.
enum Shown {
    There(MessageId),
    Later(Duration),
    Unknown,
}

/// Addresses in answers are not fetched by the platform.
const NO_PREVIEW: LinkPreviewOptions = LinkPreviewOptions {
    is_disabled: true,
    url: None,
    prefer_small_media: false,
    prefer_large_media: false,
    show_above_text: false,
};

impl Carrier for Sender {
    fn channel(&self) -> Channel {
        Channel::Telegram
    }

    fn limit(&self) -> usize {
        LIMIT
    }

    fn wait(&self, to: &str) -> Option<Duration> {
        self.pace.wait(chat(to)?)
    }

    fn send<'a>(&'a self, to: &'a str, part: &'a Part) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            match chat(to) {
                Some(to) => self.post(to, part).await,
                None => Sent::Failed("no chat of Telegram".into()),
            }
        })
    }

    fn preview<'a>(
        &'a self,
        to: &'a str,
        words: watch::Receiver<String>,
    ) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move { self.show(chat(to)?, words).await })
    }

    fn withdraw<'a>(&'a self, to: &'a str, message: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let (Some(to), Ok(message)) = (chat(to), message.parse()) else { return };
            if let Err(error) = self.bot.delete_message(to, MessageId(message)).await {
                let why = worded(&error);
                tracing::warn!("the beginning of an answer that is not said stays: {why}");
            }
        })
    }

    fn pressed<'a>(&'a self, to: &'a str, press: &'a str, rated: bool) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Some(to) = chat(to) {
                self.see(to, press, rated).await;
            }
        })
    }
}

fn chat(address: &str) -> Option<ChatId> {
    address.parse().ok().map(ChatId)
}

/// The words of an answer that is being written, without marks.
fn visible(text: &str) -> String {
    text.replace("**", "").trim().to_owned()
}

/// A text in the platform's HTML: nothing in it is a mark but the headings of lists, which are bold.
fn dressed(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let safe = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let heading =
            line.ends_with(':') && line.chars().count() <= 60 && !line.starts_with(['-', '[', '+']);
        if heading { format!("<b>{safe}</b>") } else { safe }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How long an error asks to wait.
fn wait_of(error: &RequestError) -> Duration {
    match error {
        RequestError::RetryAfter(seconds) => seconds.duration(),
        // It may be away: not again at once.
        _ => Duration::from_secs(5),
    }
}

/// What an error means for sending again.
fn judged(error: &RequestError) -> Sent {
    match error {
        RequestError::RetryAfter(seconds) => Sent::Again(seconds.duration()),
        RequestError::Api(ApiError::InvalidToken) => {
            Sent::Broken("Telegram refuses the token of the bot (KHUE_TELEGRAM_TOKEN)".into())
        }
        // The platform has failed itself, before or after.
        RequestError::Api(ApiError::Unknown(why))
            if why.starts_with("Internal Server Error") || why.starts_with("Bad Gateway") =>
        {
            Sent::Unknown(why.clone())
        }
        RequestError::Api(
            error @ (ApiError::MessageIsTooLong | ApiError::EditedMessageIsTooLong),
        ) => {
            tracing::error!("an answer is cut wrongly for Telegram: {error}");
            Sent::Failed(error.to_string())
        }
        RequestError::Api(error) => Sent::Failed(error.to_string()),
        RequestError::MigrateToChatId(_) => Sent::Failed("the group has another number now".into()),
        RequestError::Network(why) if why.is_connect() => Sent::Again(Duration::from_secs(3)),
        error => Sent::Unknown(worded(error)),
    }
}

/// An error in words, without what the platform sent: that holds people's own.
pub(crate) fn worded(error: &RequestError) -> String {
    match error {
        RequestError::InvalidJson { source, .. } => format!("no answer of the Bot API: {source}"),
        error => error.to_string(),
    }
}

/// Waits as long as an error of asking for updates wants.
pub(crate) async fn after(error: &RequestError) {
    sleep(wait_of(error)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_answer_is_a_mark() {
        for (text, expect) in [
            ("Giấy tờ cần có:\n- Tờ khai", "<b>Giấy tờ cần có:</b>\n- Tờ khai"),
            ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
            ("<b>x</b>:", "<b>&lt;b&gt;x&lt;/b&gt;:</b>"),
            ("<a href=\"tg://user?id=1\">x</a>", "&lt;a href=\"tg://user?id=1\"&gt;x&lt;/a&gt;"),
            ("- trong nước:", "- trong nước:"),
        ] {
            assert_eq!(dressed(text), expect);
        }
    }

    #[test]
    fn errors_ask_for_what_can_be_done() {
        let api = |text: &str| {
            RequestError::Api(serde_json::from_value(serde_json::json!(text)).unwrap())
        };
        for (error, expect) in [
            (api("Forbidden: bot was blocked by the user"), "failed"),
            (api("Bad Request: message is too long"), "failed"),
            (api("Bad Request: chat not found"), "failed"),
            (api("Unauthorized"), "broken"),
            (api("Internal Server Error: restart"), "unknown"),
            (RequestError::RetryAfter(teloxide::types::Seconds::from_seconds(1)), "again"),
        ] {
            let found = match judged(&error) {
                Sent::Failed(_) => "failed",
                Sent::Broken(_) => "broken",
                Sent::Again(_) => "again",
                Sent::Unknown(_) => "unknown",
                Sent::There(_) => "there",
            };
            assert_eq!(found, expect, "{error}");
        }
    }
}
