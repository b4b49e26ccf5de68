//! Telegram: translates updates of the Bot API to [`chat::Incoming`], and parts of answers to its calls; nothing else.
//!
//! Messages pass through servers abroad, so the channel is off unless the settings open it (NĐ 356/2025/NĐ-CP on
//! personal data; the platform's legal state in Việt Nam is for the agency to settle first).
//!
//! Reading order: `receive` (updates, pure), `send` (answers), `pace` (rates), `poll` (asking for updates), `account` (what an
//! operator sets at the platform).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod pace;
mod poll;
mod receive;
mod send;

pub use account::{Account, Hook};
pub use receive::{Dropped, Receiver};
pub use send::{Sender, Words};

/// Most UTF-16 units of a message, after its marks are read (Bot API, `sendMessage`).
pub const LIMIT: usize = 4096;
