//! What a channel's connector and the conversations say to each other.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::store::Channel;

/// A message of a channel, translated.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Of the delivery: a second one with this name is not taken.
    pub name: String,
    /// Who, as the channel reaches them; empty where it concerns nobody.
    pub address: String,
    /// When it happened, if the platform tells; deliveries come in any order.
    pub at: Option<Timestamp>,
    /// What it is.
    pub what: What,
}

/// What a message of a channel is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Words.
    Text(String),
    /// A picture with words beside it, a link: the words are answered, with the remark that no more was looked at.
    TextOnly(String),
    /// A file, a voice, a place.
    Unsupported,
    /// Somebody is there for the first time.
    Welcome,
    /// A button below an answer.
    Rated {
        /// The button.
        button: String,
        /// Whether it is for good.
        good: bool,
        /// By what the channel shows that the press was seen; empty where it shows nothing.
        #[serde(default)]
        press: String,
    },
    /// A person of the agency wrote on the channel itself, in the platform's message of this name.
    Human {
        /// The platform's name of the message.
        remote: String,
    },
    /// Somebody cannot be reached any more: they have blocked or left us.
    Left,
    /// Nothing to do but to remember that it came.
    Nothing,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is kept and will be answered.
    New,
    /// It was there before.
    Duplicate,
}

/// One part of an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its words, within the channel's limit.
    pub text: String,
    /// The button by which the answer is rated, on its last part.
    pub button: Option<String>,
    /// The platform's name of the message that it takes the place of: the one that showed its words as they came.
    #[serde(default)]
    pub over: Option<String>,
}

/// What came of sending a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is there, under the platform's name.
    There(String),
    /// Not now; again after so long.
    Again(Duration),
    /// Never: the reason for the operator.
    Failed(String),
    /// The connection broke after it was written: it may be there.
    Unknown(String),
    /// The channel as a whole is out of order until somebody mends it.
    Broken(String),
}

/// How a platform is reached.
pub trait Carrier: Send + Sync + 'static {
    /// Which channel it is.
    fn channel(&self) -> Channel;
    /// UTF-16 units of a part.
    fn limit(&self) -> usize;
    /// How long somebody is not to be written to yet, by the rates that the platform wants kept; each `None` is one
    /// message.
    fn wait(&self, _to: &str) -> Option<Duration> {
        None
    }

    /// Sends a part.
    fn send<'a>(&'a self, to: &'a str, part: &'a Part) -> BoxFuture<'a, Sent>;

    /// Shows that an answer is being made, and its words so far as they grow, until their sender is gone. Gives the
    /// platform's name of the message in which they stand, if there is one; the answer's first part takes its place.
    fn preview<'a>(
        &'a self,
        _to: &'a str,
        _words: watch::Receiver<String>,
    ) -> BoxFuture<'a, Option<String>> {
        Box::pin(async { None })
    }

    /// Takes back a message of [`Carrier::preview`] whose answer is not said.
    fn withdraw<'a>(&'a self, _to: &'a str, _message: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    /// Shows that the press of a button was seen, and whether it has rated something.
    fn pressed<'a>(&'a self, _to: &'a str, _press: &'a str, _rated: bool) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}
