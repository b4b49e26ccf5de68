//! Who may do what, and who did it: accounts with roles ([`Role`], [`Right`]), signing in with a password and a second
//! factor or at an identity provider ([`Provider`]), sessions that end when nobody works in them, permits that a second
//! person gives, and an audit log in which no line can be changed unseen.
//!
//! Rules and their sources: TCVN 14423:2026 5.6 (passwords, second factors, accounts that nobody uses) and 5.5.2.2
//! (idle sessions, failures), as they are told in `deploy/runbook.md`.
//!
//! Not here: pages and cookies (`web`, `server`), what the rights open.

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accounts;
mod audit;
mod keys;
mod oidc;
mod password;
mod people;
mod permit;
mod role;
mod second;
mod session;
mod sign_in;
#[cfg(test)]
mod tests;

pub use accounts::Account;
pub use audit::{Broken, Entry};
pub use keys::ApiKey;
pub use oidc::{Addresses, Claimed, Provider, ProviderError, ProviderOptions};
pub use password::{Weak, strength};
pub use people::{Options, People};
pub use permit::Permit;
pub use role::{Right, Role};
pub use second::Enrolment;
#[cfg(any(test, feature = "testing"))]
pub use second::code;
pub use session::{Opened, Person, Stage};
pub use sign_in::Refused;

/// With [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something about people cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is away, full or refuses.
    #[error(transparent)]
    Kept(#[from] keep::Error),
    /// There is no such account.
    #[error("there is no account {0:?}")]
    Unknown(String),
    /// The name is taken.
    #[error("there is an account {0:?} already")]
    Taken(String),
    /// The name cannot be one.
    #[error("{0:?} cannot be a name: 2 to 40 letters a-z, digits, dots, dashes")]
    Name(String),
    /// A password that the rules do not allow.
    #[error("the password is not allowed: {0:?}")]
    Weak(Weak),
    /// A wrong code, or one that was used.
    #[error("the code is wrong, or was used already")]
    Code,
    /// Whoever signs in must be signed in at this stage.
    #[error("not at this stage of signing in")]
    Stage,
    /// Nobody may give a permit to themselves.
    #[error("a second person has to give it")]
    Yourself,
    /// Roles that one person must not have together.
    #[error("whoever administers must not be an auditor as well")]
    Apart,
    /// Too many keys.
    #[error("there are too many keys; take one away first")]
    Many,
    /// The last administrator.
    #[error("somebody must be left who administers")]
    LastAdmin,
    /// A password cannot be hashed.
    #[error("a password cannot be hashed")]
    Hashing,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        Error::Kept(error.into())
    }
}
