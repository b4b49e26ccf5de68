//! How rows are kept: databases that are SQLite or PostgreSQL behind one set of statements ([`connect`], [`migrate`]),
//! texts that are sealed under a key ([`Key`]), and keys in a database of their own ([`Keys`]), so that whoever deletes
//! a key erases what it sealed, in every copy of the other database.
//!
//! Not here: what is kept (`chat`, `people`).

#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod database;
mod keys;
mod seal;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use database::{Step, connect, migrate, millis, text, time};
pub use keys::Keys;
pub use seal::Key;

/// With [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written; the message names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The database is away, full or refuses.
    #[error("the database: {0}")]
    Store(#[from] sqlx::Error),
    /// The tables cannot be brought up to date.
    #[error("the tables of the database: {0}")]
    Tables(#[from] sqlx::migrate::MigrateError),
    /// What is sealed cannot be opened: damaged, or of another key.
    #[error("a sealed text cannot be opened: it is damaged or its key is another one")]
    Sealed,
    /// The key was deleted, or never was.
    #[error("there is no such key")]
    Gone,
}
