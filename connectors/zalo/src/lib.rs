//! Zalo: Official Accounts ([`oa`]) and the Bot Platform ([`bot`]). Translates deliveries to [`chat::Incoming`] and
//! parts of answers to calls of the platform; nothing else.
//!
//! Facts about the platform carry their source in a comment; what sources dispute is a setting.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bot;
mod call;
pub mod oa;
mod poll;
mod send;
mod token;

pub use poll::poll;
pub use send::{Account, Renew, Sender};
pub use token::{Pair, TokenError, Tokens};

/// Most UTF-16 units of a message. The platform allows 2000 of an unknown kind; this is never too many.
pub const LIMIT: usize = 1900;

/// Why a delivery is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// No signature.
    MissingMac,
    /// A wrong signature.
    BadMac,
    /// Of another app.
    OtherApp,
    /// Of another account.
    OtherOa,
    /// Older than a day.
    Stale,
    /// From the future.
    Future,
    /// No JSON, or without what every event has.
    Malformed,
    /// No secret.
    MissingSecret,
    /// A wrong secret.
    BadSecret,
}

impl Dropped {
    /// For counters and logs.
    pub fn name(self) -> &'static str {
        match self {
            Dropped::MissingMac => "missing_mac",
            Dropped::BadMac => "bad_mac",
            Dropped::OtherApp => "other_app",
            Dropped::OtherOa => "other_oa",
            Dropped::Stale => "stale",
            Dropped::Future => "future",
            Dropped::Malformed => "malformed",
            Dropped::MissingSecret => "missing_secret",
            Dropped::BadSecret => "bad_secret",
        }
    }

    /// Whether it may be a forgery.
    pub fn forged(self) -> bool {
        matches!(
            self,
            Dropped::MissingMac | Dropped::BadMac | Dropped::MissingSecret | Dropped::BadSecret
        )
    }
}
