//! The two interfaces of Chatwoot: that of an inbox's clients, and that of an application by its token.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use crate::receive::hmac;

/// An API inbox of a Chatwoot server.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// `https://chatwoot.hanoi.gov.vn`
    pub base: String,
    /// Names the inbox to its clients.
    pub ident: String,
    /// The account, a number.
    pub account: u64,
    /// `api_access_token` of an agent bot.
    pub token: String,
    /// Proves who a contact is; empty where the inbox asks for no proof.
    pub hmac: String,
}

/// Why a call has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such conversation any more.
    Gone,
    /// It will not take this, however often.
    Refused(String),
    /// Anything else: it is tried again later.
    Later(String),
}

/// Calls an inbox; for threads that may wait.
#[derive(Clone)]
pub(crate) struct Client {
    agent: Agent,
    inbox: Inbox,
}

impl Client {
    pub(crate) fn new(inbox: Inbox) -> Client {
        let agent = Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_global(Some(Duration::from_secs(15)))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .into();
        let base = inbox.base.trim_end_matches('/').to_owned();
        Client { agent, inbox: Inbox { base, ..inbox } }
    }

    /// Makes a contact; gives its name there.
    pub(crate) fn contact(&self, identifier: &str, channel: &str) -> Result<String, Trouble> {
        // Nothing is told of the person but the channel.
        let mut body = json!({
            "identifier": identifier, "name": "Công dân", "custom_attributes": {"channel": channel},
        });
        if !self.inbox.hmac.is_empty() {
            body["identifier_hash"] = json!(hmac(&self.inbox.hmac, &[identifier.as_bytes()]));
        }
        let made = self.client("", body)?;
        let name = made["source_id"].as_str();
        name.map(str::to_owned).ok_or_else(|| Trouble::Later("a contact without a name".into()))
    }

    /// Opens a conversation of a contact; gives its number.
    pub(crate) fn conversation(&self, contact: &str, profile: &str) -> Result<String, Trouble> {
        let body = json!({"custom_attributes": {"profile": profile}});
        let made = self.client(&format!("/{contact}/conversations"), body)?;
        let number = made["id"].as_i64().map(|id| id.to_string());
        number.ok_or_else(|| Trouble::Later("a conversation without a number".into()))
    }

    /// Brings words of the person.
    pub(crate) fn bring(
        &self,
        contact: &str,
        conversation: &str,
        text: &str,
        echo: &str,
    ) -> Result<(), Trouble> {
        let path = format!("/{contact}/conversations/{conversation}/messages");
        self.client(&path, json!({"content": text, "echo_id": echo})).map(|_| ())
    }

    /// Leaves a note that the person does not see.
    pub(crate) fn note(&self, conversation: &str, text: &str) -> Result<(), Trouble> {
        let body = json!({"content": text, "message_type": "outgoing", "private": true});
        self.application(&format!("{conversation}/messages"), body).map(|_| ())
    }

    /// Gives a conversation another state: `open`, `resolved`.
    pub(crate) fn state(&self, conversation: &str, state: &str) -> Result<(), Trouble> {
        let body = json!({"status": state});
        self.application(&format!("{conversation}/toggle_status"), body).map(|_| ())
    }

    fn client(&self, path: &str, body: Value) -> Result<Value, Trouble> {
        let Inbox { base, ident, .. } = &self.inbox;
        let url = format!("{base}/public/api/v1/inboxes/{ident}/contacts{path}");
        self.post(&url, None, &body)
    }

    fn application(&self, path: &str, body: Value) -> Result<Value, Trouble> {
        let Inbox { base, account, .. } = &self.inbox;
        let url = format!("{base}/api/v1/accounts/{account}/conversations/{path}");
        self.post(&url, Some(&self.inbox.token), &body)
    }

    fn post(&self, url: &str, token: Option<&str>, body: &Value) -> Result<Value, Trouble> {
        let mut request = self.agent.post(url).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("api_access_token", token);
        }
        let later = |error: ureq::Error| Trouble::Later(error.to_string());
        let mut answer = request.send(body.to_string()).map_err(later)?;
        let text = answer.body_mut().read_to_string().map_err(later)?;
        match answer.status().as_u16() {
            200..=299 => Ok(serde_json::from_str(&text).unwrap_or(Value::Null)),
            404 => Err(Trouble::Gone),
            // What it says may hold words of the person: only the status is told.
            status @ (400 | 413 | 415 | 422) => {
                Err(Trouble::Refused(format!("Chatwoot answers {status}")))
            }
            status => Err(Trouble::Later(format!("Chatwoot answers {status}"))),
        }
    }
}
