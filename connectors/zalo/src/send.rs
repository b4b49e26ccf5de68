//! Sending on an Official Account or as a bot, and what each code of the platform asks for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chat::{Carrier, Channel, Part, Sent};
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use ureq::Agent;

use crate::LIMIT;
use crate::call::{Called, PATIENCE, agent, post};
use crate::oa::MARK;
use crate::token::{Pair, TokenError, Tokens};

/// Renews the tokens of an account, seen the access token that no longer works: in a process of its own.
pub type Renew = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Pair, TokenError>> + Send + Sync>;

/// Who sends.
pub enum Account {
    /// An Official Account.
    Oa {
        /// Its tokens.
        tokens: Box<Tokens>,
        /// How they are renewed.
        renew: Renew,
        /// The clock.
        now: fn() -> Timestamp,
        /// Whether ratings are buttons below an answer; the form of buttons is disputed.
        buttons: bool,
        /// Their titles, good and bad.
        titles: [String; 2],
    },
    /// A bot, by its token.
    Bot(String),
}

/// Sends parts of answers.
pub struct Sender {
    agent: Agent,
    /// `https://openapi.zalo.me`, `https://bot-api.zaloplatforms.com`
    base: String,
    account: Account,
    /// One renewal at a time; when the last one failed.
    renewing: Mutex<Option<Instant>>,
    /// The platform has refused buttons as we write them.
    plain: AtomicBool,
}

/// After a renewal has failed while the old token lives, the next one is tried so much later.
const LATER: Duration = Duration::from_secs(600);

impl Sender {
    /// Sends to a platform's address.
    pub fn new(base: &str, account: Account) -> Sender {
        Sender {
            agent: agent(PATIENCE),
            base: base.trim_end_matches('/').to_owned(),
            account,
            renewing: Mutex::default(),
            plain: AtomicBool::default(),
        }
    }

    async fn call(&self, path: &str, headers: Vec<(&'static str, String)>, body: Value) -> Called {
        let (agent, url) = (self.agent.clone(), format!("{}{path}", self.base));
        let done = tokio::task::spawn_blocking(move || {
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            post(&agent, &url, &headers, "application/json", &body.to_string())
        });
        done.await.unwrap_or_else(|error| Called::Unknown(error.to_string()))
    }

    async fn by_oa(&self, to: &str, part: &Part) -> Sent {
        let Account::Oa { tokens, renew, now, buttons, titles } = &self.account else {
            return Sent::Failed("not an Official Account".into());
        };
        let mut message = json!({"text": part.text});
        let buttons = *buttons && !self.plain.load(Ordering::Relaxed);
        if let (true, Some(button)) = (buttons, &part.button) {
            let button = |(title, value): (&String, &str)| json!({"title": title, "type": "oa.query.hide", "payload": format!("{MARK}fb:{button}:{value}")});
            let buttons: Vec<Value> = titles.iter().zip(["up", "down"]).map(button).collect();
            message["attachment"] = json!({"type": "template", "payload": {"buttons": buttons}});
        }
        let (path, recipient) =
            match to.strip_prefix("anonymous:").and_then(|it| it.split_once(':')) {
                Some((id, conversation)) => (
                    "/v2.0/oa/message",
                    json!({"anonymous_id": id, "conversation_id": conversation}),
                ),
                None => ("/v3.0/oa/message/cs", json!({"user_id": to})),
            };
        let mut body = json!({"recipient": recipient, "message": message});
        let mut pair = match self.fresh(tokens, renew, *now).await {
            Ok(pair) => pair,
            Err(error) => return refused(error),
        };
        let mut again = true;
        loop {
            let headers = vec![("access_token", pair.access.clone())];
            let (status, answer) = match self.call(path, headers, body.clone()).await {
                Called::Answer(status, answer) => (status, answer),
                Called::NotSent(_) => return Sent::Again(Duration::from_secs(3)),
                Called::Unknown(why) => return Sent::Unknown(why),
            };
            match judged(code(status, &answer), &answer) {
                Judged::Sent(sent) => return sent,
                Judged::Form if body["message"]["attachment"].is_object() => {
                    tracing::error!(
                        "Zalo refuses buttons; answers go without them until the next start"
                    );
                    self.plain.store(true, Ordering::Relaxed);
                    if let Some(message) = body["message"].as_object_mut() {
                        message.remove("attachment");
                    }
                }
                Judged::Form => return Sent::Failed("Zalo refuses the form of the message".into()),
                Judged::Renew if again => {
                    again = false;
                    match self.renewed(tokens, renew, &pair.access).await {
                        Ok(fresh) => pair = fresh,
                        Err(error) => return refused(error),
                    }
                }
                Judged::Renew => return Sent::Broken("Zalo refuses a fresh token".into()),
            }
        }
    }

    /// The pair to use: renewed when it is due, one at a time.
    async fn fresh(
        &self,
        tokens: &Tokens,
        renew: &Renew,
        now: fn() -> Timestamp,
    ) -> Result<Pair, TokenError> {
        let pair = tokens.kept().await?;
        if !Tokens::is_due(&pair, now()) {
            return Ok(pair);
        }
        let failed = *self.renewing.lock().await;
        let alive = pair.until > now();
        if alive && failed.is_some_and(|at| at.elapsed() < LATER) {
            return Ok(pair);
        }
        match self.renewed(tokens, renew, &pair.access).await {
            // While the old one lives it is used.
            Err(error) if alive => {
                tracing::error!("the tokens of Zalo are not renewed: {error}");
                Ok(pair)
            }
            done => done,
        }
    }

    async fn renewed(
        &self,
        tokens: &Tokens,
        renew: &Renew,
        seen: &str,
    ) -> Result<Pair, TokenError> {
        let mut failed = self.renewing.lock().await;
        // Somebody may have done it while we waited.
        let kept = tokens.kept().await?;
        if kept.access != seen {
            return Ok(kept);
        }
        let done = renew(seen.to_owned()).await;
        *failed = done.is_err().then(Instant::now);
        done
    }

    /// Renews what is due, also while nobody writes.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn look_after(&self) -> Result<(), TokenError> {
        match &self.account {
            Account::Oa { tokens, renew, now, .. } => {
                self.fresh(tokens, renew, *now).await.map(|_| ())
            }
            Account::Bot(_) => Ok(()),
        }
    }

    async fn by_bot(&self, token: &str, to: &str, part: &Part) -> Sent {
        let body = json!({"chat_id": to, "text": part.text});
        match self.call(&format!("/bot{token}/sendMessage"), Vec::new(), body).await {
            Called::NotSent(_) => Sent::Again(Duration::from_secs(3)),
            Called::Unknown(why) => Sent::Unknown(why),
            Called::Answer(_, answer) if answer["ok"] == true => {
                let id = &answer["result"]["message_id"];
                Sent::There(id.as_str().map_or_else(|| id.to_string(), str::to_owned))
            }
            Called::Answer(status, answer) => {
                match answer["error_code"].as_i64().unwrap_or(i64::from(status)) {
                    401 | 404 => Sent::Broken("Zalo does not know the bot's token".into()),
                    429 => Sent::Again(Duration::from_secs(30)),
                    code @ 500..=599 => Sent::Unknown(format!("Zalo Bot answered {code}")),
                    code => Sent::Failed(format!("Zalo Bot answered {code}")),
                }
            }
        }
    }
}

fn refused(error: TokenError) -> Sent {
    match error {
        TokenError::Away(_) => Sent::Again(Duration::from_secs(10)),
        error => Sent::Broken(error.to_string()),
    }
}

enum Judged {
    Sent(Sent),
    Renew,
    /// The form of the message is refused.
    Form,
}

/// The platform's code, or one for a status without any: the token is refused with 401, a gateway speaks for itself.
fn code(status: u16, answer: &Value) -> i64 {
    let told = answer["error"].as_i64().or_else(|| answer["error"].as_str()?.parse().ok());
    match (told, status) {
        (Some(code), _) => code,
        (None, 401) => -220,
        (None, 429) => -32,
        (None, 400..=499) => -201,
        (None, _) => i64::MIN,
    }
}

/// What a code asks for (channels: public integration notes of 2026).
fn judged(code: i64, answer: &Value) -> Judged {
    let failed = |why: &str| Judged::Sent(Sent::Failed(format!("Zalo {code}: {why}")));
    let broken = |why: &str| Judged::Sent(Sent::Broken(format!("Zalo {code}: {why}")));
    match code {
        0 => {
            let id = answer["data"]["message_id"].as_str().unwrap_or_default();
            Judged::Sent(Sent::There(id.to_owned()))
        }
        -216 | -220 => Judged::Renew,
        // Over the rate of a minute: the next one.
        -32 => Judged::Sent(Sent::Again(Duration::from_secs(62))),
        -211 | -218 => broken("the quota is used up"),
        -209 | -212 | -219 | -223 => broken("the app or its permission is gone"),
        -221 | -224 => broken("the account must be verified or its package changed"),
        -320 | -321 => broken("the Zalo Cloud Account is missing or empty"),
        -213 => failed("the person does not follow the account"),
        -227 => failed("the person is banned or long away"),
        -230 | -232 => failed("the window of seven days is over"),
        -200 | -201 | -233 => Judged::Form,
        -210 => failed("too long: the splitter is wrong"),
        i64::MIN => Judged::Sent(Sent::Unknown("an answer without a code".into())),
        _ => failed("not sent"),
    }
}

impl Carrier for Sender {
    fn channel(&self) -> Channel {
        match self.account {
            Account::Oa { .. } => Channel::Zalo,
            Account::Bot(_) => Channel::ZaloBot,
        }
    }

    fn limit(&self) -> usize {
        LIMIT
    }

    fn send<'a>(&'a self, to: &'a str, part: &'a Part) -> BoxFuture<'a, Sent> {
        match &self.account {
            Account::Oa { .. } => Box::pin(self.by_oa(to, part)),
            Account::Bot(token) => Box::pin(self.by_bot(token, to, part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_without_a_code_burns_no_token() {
        for (status, answer, expect) in [
            (401, json!(null), -220),
            (403, json!(null), -201),
            (429, json!({}), -32),
            (500, json!({}), i64::MIN),
            (200, json!({"error": "-216"}), -216),
            (200, json!({"error": 0}), 0),
        ] {
            assert_eq!(code(status, &answer), expect, "{status} {answer}");
        }
    }

    #[test]
    fn codes_ask_for_what_can_be_done() {
        let of = |code: i64| match judged(code, &json!({"data": {"message_id": "m"}})) {
            Judged::Renew => "renew",
            Judged::Form => "form",
            Judged::Sent(Sent::There(_)) => "sent",
            Judged::Sent(Sent::Again(_)) => "again",
            Judged::Sent(Sent::Failed(_)) => "failed",
            Judged::Sent(Sent::Broken(_)) => "broken",
            Judged::Sent(Sent::Unknown(_)) => "unknown",
        };
        for (code, expect) in [
            (0, "sent"),
            (-216, "renew"),
            (-220, "renew"),
            (-32, "again"),
            (-211, "broken"),
            (-213, "failed"),
            (-230, "failed"),
            (-210, "failed"),
            (-201, "form"),
            (-248, "failed"),
            (-320, "broken"),
            (i64::MIN, "unknown"),
        ] {
            assert_eq!(of(code), expect, "{code}");
        }
    }
}
