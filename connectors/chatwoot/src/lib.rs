//! Chatwoot as the desk at which officers sit: conversations that wait for a person are copied into an API inbox of it,
//! officers' words come back; nothing else. The person stays on their own channel.
//!
//! Reading order: `receive` (its deliveries, pure), `call` (its two interfaces), `desk` (what is brought when).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod call;
mod desk;
mod receive;

pub use call::{Inbox, Trouble};
pub use desk::{Desk, OFFICER, Say, Taken};
pub use receive::{Delivery, Dropped, Headers, Receiver};
