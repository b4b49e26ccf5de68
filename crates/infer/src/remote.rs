//! Engines on other machines, behind HTTP: embeddings from a text-embeddings-inference server or any
//! OpenAI-compatible one, answers from any OpenAI-compatible one (vLLM, llama.cpp).
//!
//! Everything here blocks; the threads that own an engine call it. A failure of the network or of the
//! server is tried again after a random pause ([`tries`]), a server that keeps failing is left alone for
//! a while ([`breaker`]), and a server that is busy says when to come back. What a server sends is
//! bounded and checked before it is believed, and no text of a person or a document gets into a log or
//! an error: not even when the server's own message repeats it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;

mod breaker;
mod chat;
mod embed;
mod fault;
mod handles;
mod http;
mod served;
mod sse;
mod tries;

#[cfg(test)]
mod tests;

use chat::RemoteGenerator;
use embed::RemoteEmbedder;

/// Where a remote engine is and how patiently it is asked.
#[derive(Clone, PartialEq)]
pub struct RemoteOptions {
    /// Base address, such as `http://10.0.0.5:8081`; a `/v1` at its end is ignored. It is shown in
    /// errors and logs, so it holds no password: that is what `key` is for.
    pub url: String,
    /// How embeddings are asked for. Answers are always asked for the OpenAI way.
    pub api: Api,
    /// The model's name at an OpenAI-compatible server; may be empty where it serves only one.
    pub model: String,
    /// Sent as bearer token; shown nowhere.
    pub key: Option<String>,
    /// Longest wait for a whole embedding request; in an answer, for its first piece and from each
    /// piece to the next. Every try has this long.
    pub timeout: Duration,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// How often a request that failed is tried again.
    pub retries: u32,
    /// Most texts in one embedding request; a server that takes fewer is sent fewer.
    pub batch: usize,
}

/// How a server is asked for embeddings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// `POST /embed` of a text-embeddings-inference server.
    #[default]
    Tei,
    /// `POST /v1/embeddings` as defined by OpenAI.
    OpenAi,
}

impl Default for RemoteOptions {
    fn default() -> RemoteOptions {
        RemoteOptions {
            url: String::new(),
            api: Api::Tei,
            model: String::new(),
            key: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(3),
            retries: 2,
            batch: 32,
        }
    }
}

impl fmt::Debug for RemoteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RemoteOptions { url, api, model, key, timeout, connect_timeout, retries, batch } = self;
        f.debug_struct("RemoteOptions")
            .field("url", url)
            .field("api", api)
            .field("model", model)
            .field("key", &key.as_ref().map(|_| "hidden"))
            .field("timeout", timeout)
            .field("connect_timeout", connect_timeout)
            .field("retries", retries)
            .field("batch", batch)
            .finish()
    }
}

/// The server is busy and wants to be asked again after so many seconds.
fn overloaded(seconds: u32) -> Error {
    Error::Overloaded { waiting: 0, seconds }
}
