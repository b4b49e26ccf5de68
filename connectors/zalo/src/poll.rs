//! Asking a bot's platform for messages, where no address can be reached from outside. The platform gives one at a time
//! and forgets it with that: one that is under way when the program ends is lost, unlike a delivery.

use std::sync::Arc;
use std::time::Duration;

use chat::Post;
use serde_json::json;

use crate::bot::event_of;
use crate::call::{Called, agent, post};

/// How long the platform holds a call on which nothing comes (as a library of the platform writes it).
const HOLD: &str = "30";
/// How long a call may take.
const HELD: Duration = Duration::from_secs(45);

/// Asks for messages of a bot for ever.
pub async fn poll(base: &str, token: &str, inbox: &Arc<Post>) {
    let url = format!("{}/bot{token}/getUpdates", base.trim_end_matches('/'));
    let agent = agent(HELD);
    let mut told = String::new();
    loop {
        let (agent, url) = (agent.clone(), url.clone());
        let body = json!({"timeout": HOLD}).to_string();
        let asked = move || post(&agent, &url, &[], "application/json", &body);
        let why = match tokio::task::spawn_blocking(asked).await {
            Ok(Called::Answer(_, answer)) if answer["ok"] == true => {
                told.clear();
                let Some(incoming) = event_of(&answer) else {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                };
                while let Err(error) = inbox.receive(&incoming).await {
                    tracing::error!("a message of a bot is not kept: {error}");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                continue;
            }
            // Nothing has come.
            Ok(Called::Answer(status, answer)) if answer["error_code"] == 408 || status == 408 => {
                told.clear();
                continue;
            }
            Ok(Called::Answer(status, answer)) => {
                format!("it answers {status}, code {}", answer["error_code"])
            }
            Ok(Called::NotSent(why) | Called::Unknown(why)) => why,
            Err(error) => error.to_string(),
        };
        // The address holds the token.
        let why = why.replace(token, "…");
        if why != told {
            tracing::error!("no messages from the bot's platform: {why}");
            told = why;
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}
