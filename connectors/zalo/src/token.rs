//! Tokens of an Official Account (OAuth v4): an access token of 25 hours, and a refresh token that works once and
//! brings the next one. A pair that is lost needs a person to consent again, so it is on the disk before it is used.
//!
//! Renewing is done by a process of its own (`khue zalo renew`): whoever kills the server does not kill it between the
//! platform's answer and the disk.

use std::time::Duration;

use chat::Chat;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ureq::Agent;

use crate::call::{Called, PATIENCE, agent, post};

/// A pair as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// For calls.
    pub access: String,
    /// For the next pair, once.
    pub refresh: String,
    /// When it was given.
    pub given: Timestamp,
    /// When the access token ends.
    pub until: Timestamp,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nobody has consented yet.
    #[error("there is no token yet: consent in Zalo's console, then `khue zalo token`")]
    None,
    /// The refresh token is used or ended: a person must consent again.
    #[error("Zalo wants a new consent ({0}): consent in its console, then `khue zalo token`")]
    Consent(String),
    /// Not now.
    #[error("a token cannot be had now: {0}")]
    Away(String),
}

/// The tokens of an account.
#[derive(Clone)]
pub struct Tokens {
    chat: Chat,
    agent: Agent,
    /// `https://oauth.zaloapp.com`
    base: String,
    app_id: String,
    app_secret: String,
    oa_id: String,
}

/// Renewed when it is this old, also when nobody writes.
const OLD: SignedDuration = SignedDuration::from_hours(20);
/// Or when so little is left.
const LEFT: SignedDuration = SignedDuration::from_mins(5);
/// How long a process may take to renew.
const LEASE: SignedDuration = SignedDuration::from_secs(40);

impl Tokens {
    /// The tokens of an account, kept with the conversations.
    pub fn new(chat: Chat, base: &str, app_id: &str, app_secret: &str, oa_id: &str) -> Tokens {
        Tokens {
            chat,
            agent: agent(PATIENCE),
            base: base.trim_end_matches('/').to_owned(),
            app_id: app_id.to_owned(),
            app_secret: app_secret.to_owned(),
            oa_id: oa_id.to_owned(),
        }
    }

    fn vault(&self) -> String {
        format!("zalo-oa/{}", self.oa_id)
    }

    /// The pair that is kept.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn kept(&self) -> Result<Pair, TokenError> {
        let away = |error: chat::Error| TokenError::Away(error.to_string());
        let text = self.chat.vault(&self.vault()).await.map_err(away)?.ok_or(TokenError::None)?;
        serde_json::from_str(&text).map_err(|_| TokenError::None)
    }

    /// Keeps a pair that a person brought.
    ///
    /// # Errors
    /// [`TokenError::Away`].
    pub async fn keep(&self, pair: &Pair) -> Result<(), TokenError> {
        let text =
            serde_json::to_string(pair).map_err(|error| TokenError::Away(error.to_string()))?;
        self.chat
            .put_vault(&self.vault(), &text)
            .await
            .map_err(|error| TokenError::Away(error.to_string()))
    }

    /// Whether a pair should be renewed at a moment.
    pub fn is_due(pair: &Pair, now: Timestamp) -> bool {
        now.duration_since(pair.given) >= OLD || pair.until.duration_since(now) <= LEFT
    }

    /// Renews the pair, unless another process has done so since `seen` was read. Whoever comes second waits for the
    /// first.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn renew(&self, seen: &str, now: fn() -> Timestamp) -> Result<Pair, TokenError> {
        let away = |error: chat::Error| TokenError::Away(error.to_string());
        let mut tries = 0;
        while !self.chat.lease_vault(&self.vault(), LEASE).await.map_err(away)? {
            let kept = self.kept().await?;
            if kept.access != seen {
                return Ok(kept);
            }
            tries += 1;
            if tries > 200 {
                return Err(TokenError::Away("another process holds the token".into()));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        // Looked at again now that nobody else may change it.
        let kept = self.kept().await?;
        if kept.access != seen {
            self.chat.free_vault(&self.vault()).await.map_err(away)?;
            return Ok(kept);
        }
        let fresh = self.exchange(&kept.refresh, now).await;
        match fresh {
            Ok(pair) => {
                // The old one is used up: this one is kept, however long that takes.
                let mut tries = 0;
                while let Err(error) = self.keep(&pair).await {
                    tries += 1;
                    tracing::error!("the new tokens of Zalo are not kept yet: {error}");
                    if tries > 150 {
                        return Err(error);
                    }
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                Ok(pair)
            }
            Err(error) => {
                self.chat.free_vault(&self.vault()).await.map_err(away)?;
                Err(error)
            }
        }
    }

    async fn exchange(&self, refresh: &str, now: fn() -> Timestamp) -> Result<Pair, TokenError> {
        let body = form(&[
            ("refresh_token", refresh),
            ("app_id", &self.app_id),
            ("grant_type", "refresh_token"),
        ]);
        let (agent, secret) = (self.agent.clone(), self.app_secret.clone());
        let url = format!("{}/v4/oa/access_token", self.base);
        let kind = "application/x-www-form-urlencoded";
        let called = tokio::task::spawn_blocking(move || {
            post(&agent, &url, &[("secret_key", &secret)], kind, &body)
        });
        match called.await.map_err(|error| TokenError::Away(error.to_string()))? {
            Called::Answer(_, value) => pair(&value, now()),
            Called::NotSent(why) | Called::Unknown(why) => Err(TokenError::Away(why)),
        }
    }
}

/// A pair from the platform's answer; failures come with status 200 too.
fn pair(value: &Value, now: Timestamp) -> Result<Pair, TokenError> {
    let text = |key: &str| value[key].as_str().filter(|it| !it.is_empty());
    let error = value["error"].as_i64().unwrap_or(0);
    if let (Some(access), Some(refresh)) = (text("access_token"), text("refresh_token")) {
        // A string, in seconds.
        let seconds =
            text("expires_in").and_then(|it| it.parse().ok()).or(value["expires_in"].as_i64());
        let until = now.checked_add(SignedDuration::from_secs(seconds.unwrap_or(3600)));
        return Ok(Pair {
            access: access.into(),
            refresh: refresh.into(),
            given: now,
            until: until.unwrap_or(now),
        });
    }
    match error {
        // App inactive, redirect mismatch, token already used: a person has to look.
        -14002 | -14003 | -14020 => Err(TokenError::Consent(format!("code {error}"))),
        _ => Err(TokenError::Away(format!("code {error}"))),
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    out.push(char::from(byte))
                }
                byte => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    };
    fields
        .iter()
        .map(|(name, value)| format!("{name}={}", escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_of_the_platform_are_read_as_they_come() {
        let now = Timestamp::from_second(1_796_000_000).unwrap();
        let got =
            pair(&json!({"access_token": "a", "refresh_token": "r", "expires_in": "90000"}), now)
                .unwrap();
        assert_eq!((got.access.as_str(), got.refresh.as_str()), ("a", "r"));
        assert_eq!(got.until.duration_since(now), SignedDuration::from_secs(90_000));
        assert!(!Tokens::is_due(&got, now) && Tokens::is_due(&got, now.checked_add(OLD).unwrap()));
        let late = now.checked_add(SignedDuration::from_secs(89_800)).unwrap();
        assert!(Tokens::is_due(&Pair { given: late, ..got }, late));
        for (value, expect) in [
            (
                json!({"error": -14020, "error_name": "x"}),
                TokenError::Consent("code -14020".into()),
            ),
            (json!({"error": -1}), TokenError::Away("code -1".into())),
            (json!(null), TokenError::Away("code 0".into())),
        ] {
            assert_eq!(pair(&value, now), Err(expect));
        }
        assert_eq!(form(&[("a", "x y+z/=")]), "a=x%20y%2Bz%2F%3D");
    }
}
