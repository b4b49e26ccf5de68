//! Why a question gets no answer at all; what cannot be answered from the sources is no error.

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Failures of answering.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing was asked.
    #[error("the question is empty")]
    Empty,
    /// The question is too long.
    #[error("the question has {characters} characters, {limit} are read at most")]
    TooLong {
        /// Its characters.
        characters: usize,
        /// Most that are read.
        limit: usize,
    },
    /// Finding failed.
    #[error(transparent)]
    Search(#[from] search::Error),
    /// The model failed or is busy.
    #[error(transparent)]
    Model(#[from] infer::Error),
}

impl Error {
    /// A stream of events that ended without an answer.
    pub fn ended() -> Error {
        Error::Model(infer::Error::Failed("the answer ended early".into()))
    }

    /// Seconds after which there is likely to be room, if the models are busy.
    pub fn overloaded(&self) -> Option<u32> {
        match self {
            Error::Model(infer::Error::Overloaded { seconds, .. })
            | Error::Search(search::Error::Model(infer::Error::Overloaded { seconds, .. })) => {
                Some(*seconds)
            }
            _ => None,
        }
    }
}
