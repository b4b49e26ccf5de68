//! Calls of the exchange: one session for all, renewed once when it is refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chat::{Asking, CaseStatus, Looked};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use ureq::Agent;

use crate::read::{self, Read};

/// The agency's account at the exchange.
#[derive(Clone)]
pub struct Account {
    /// Where a session is got.
    pub auth: String,
    /// Where services are called.
    pub integration: String,
    /// The code of the agency: `000.00.00.H26`.
    pub unit: String,
    /// Its name there.
    pub username: String,
    /// Its password there; in no log.
    pub password: String,
}

/// The exchange.
pub struct Portal {
    inner: Arc<Inner>,
}

struct Inner {
    agent: Agent,
    account: Account,
    session: Mutex<String>,
}

impl Portal {
    /// The exchange as an account calls it.
    pub fn new(account: Account) -> Portal {
        let agent = Agent::config_builder()
            .timeout_connect(Some(Duration::from_secs(3)))
            // Somebody waits for the answer.
            .timeout_global(Some(Duration::from_secs(8)))
            .max_redirects(0)
            .build()
            .into();
        Portal { inner: Arc::new(Inner { agent, account, session: Mutex::default() }) }
    }
}

/// Why a service has given nothing.
struct Failed {
    why: String,
    /// The service itself said so, of an account that is good.
    refused: bool,
}

impl From<String> for Failed {
    fn from(why: String) -> Failed {
        Failed { why, refused: false }
    }
}

impl CaseStatus for Portal {
    fn status<'a>(&'a self, asked: &'a Asking) -> BoxFuture<'a, Looked> {
        let (inner, asked) = (Arc::clone(&self.inner), asked.clone());
        Box::pin(async move {
            let looked = tokio::task::spawn_blocking(move || inner.look(&asked)).await;
            looked.unwrap_or(Looked::Away)
        })
    }
}

impl Inner {
    fn look(&self, asked: &Asking) -> Looked {
        let service = json!({"service": "TraCuuHoSo", "mahoso": asked.code});
        let answer = match self.service(&service) {
            Ok(answer) => answer,
            Err(failed) => {
                let why = &failed.why;
                tracing::error!(case = asked.name, "the state of a case is not looked up: {why}");
                // How it tells that there is no such case is not known: it must not be told apart.
                return if failed.refused { Looked::NotFound } else { Looked::Away };
            }
        };
        match read::case(&answer, &asked.code, &asked.proof) {
            Read::Case(mut state, procedure) => {
                if state.procedure.is_empty() && !procedure.is_empty() {
                    let service = json!({"service": "LayThuTuc", "maTTHC": procedure});
                    let named = self.service(&service).ok();
                    state.procedure = named.and_then(|it| read::procedure(&it)).unwrap_or_default();
                }
                Looked::Found(state)
            }
            Read::Nothing | Read::Refused => Looked::NotFound,
        }
    }

    /// Calls a service; a session that is over is renewed once.
    fn service(&self, what: &Value) -> Result<Value, Failed> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut fresh = session.is_empty();
        loop {
            if fresh {
                session = self.login()?;
            }
            let mut body = json!({"session": session, "madonvi": self.account.unit});
            for (key, value) in what.as_object().into_iter().flatten() {
                body[key] = value.clone();
            }
            let answer = self.post(&self.account.integration, &body)?;
            if read::done(&answer) {
                return Ok(answer);
            }
            if fresh {
                let why = format!("the exchange answers {}", answer["error_code"]);
                return Err(Failed { why, refused: true });
            }
            fresh = true;
        }
    }

    fn login(&self) -> Result<String, String> {
        let Account { username, password, auth, .. } = &self.account;
        let answer = self.post(auth, &json!({"username": username, "password": password}))?;
        let session = answer["session"].as_str().filter(|it| read::done(&answer) && !it.is_empty());
        let session = session.ok_or("the exchange refuses the account (KHUE_CASE_PASSWORD)")?;
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.clone_into(&mut kept);
        Ok(kept.clone())
    }

    fn post(&self, url: &str, body: &Value) -> Result<Value, String> {
        let request = self.agent.post(url).header("content-type", "application/json");
        let mut answer = request.send(body.to_string()).map_err(|error| error.to_string())?;
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|_| "the exchange answers no document".to_owned())
    }
}
