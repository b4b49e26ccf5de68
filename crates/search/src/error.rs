//! What can go wrong with finding, seen by the caller: wait, rebuild, or report.

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Failures of search.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index was made by another embedding model.
    #[error(
        "the index was made by {index}, the loaded embedder is {loaded}; run `khue ingest` again, or configure the other model"
    )]
    OtherModel {
        /// Model of the index.
        index: String,
        /// Model in memory.
        loaded: String,
    },
    /// An index is missing or damaged.
    #[error(
        "the {which} index cannot be used: {why}; run `khue corpus verify`, then `khue ingest` or `khue corpus rollback`"
    )]
    Index {
        /// `lexical` or `vector`.
        which: &'static str,
        /// The reason.
        why: String,
    },
    /// The vector server is away or refuses.
    #[error("the vector server {url} {why}")]
    Server {
        /// Its address.
        url: String,
        /// What happened and what to do.
        why: String,
    },
    /// The stores of a version do not hold the same.
    #[error("the new version does not agree with itself: {0}")]
    Counts(String),
    /// The model failed or is busy.
    #[error(transparent)]
    Model(#[from] infer::Error),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Error {
    pub(crate) fn cache(error: impl Into<redb::Error>) -> Error {
        let error: redb::Error = error.into();
        Error::Io(std::io::Error::other(format!(
            "vector cache: {error}; it may be removed, it is made anew"
        )))
    }

    pub(crate) fn lexical(error: impl std::fmt::Display) -> Error {
        Error::Index { which: "lexical", why: error.to_string() }
    }

    pub(crate) fn vector(error: impl std::fmt::Display) -> Error {
        Error::Index { which: "vector", why: error.to_string() }
    }
}
