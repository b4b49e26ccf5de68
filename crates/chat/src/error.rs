//! What can go wrong with keeping, by what is to be done about it.

/// With [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written; the message names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// A line of a file is damaged.
    #[error("{path} line {line}: {why}")]
    Damaged {
        /// Which file.
        path: String,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: serde_json::Error,
    },
    /// The database is away, full or refuses.
    #[error("the database of conversations: {0}")]
    Store(#[from] sqlx::Error),
    /// The tables cannot be brought up to date.
    #[error("the tables of conversations: {0}")]
    Tables(#[from] sqlx::migrate::MigrateError),
    /// What is sealed cannot be opened: damaged, or of another key.
    #[error("a sealed text cannot be opened: it is damaged or its key is another one")]
    Sealed,
    /// The conversation was erased, or never was.
    #[error("there is no such conversation")]
    Gone,
    /// It cannot be done now, and will be tried again.
    #[error("not now: the corpus is being opened, or what was kept cannot be read")]
    Later,
    /// The conversation is in another state by now.
    #[error("the conversation has been taken over or given back in the meantime")]
    Changed,
}

impl From<keep::Error> for Error {
    fn from(error: keep::Error) -> Error {
        match error {
            keep::Error::File(error) => Error::File(error),
            keep::Error::Store(error) => Error::Store(error),
            keep::Error::Tables(error) => Error::Tables(error),
            keep::Error::Sealed => Error::Sealed,
            // The key of a conversation is deleted with it.
            keep::Error::Gone => Error::Gone,
        }
    }
}
