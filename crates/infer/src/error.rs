//! What can go wrong with a model, seen by the caller: wait, shorten, mend or report.

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Failures of inference.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The queue is full; try again later.
    #[error("the model is busy, {waiting} requests are waiting; try again in {seconds} s")]
    Overloaded {
        /// Requests ahead.
        waiting: usize,
        /// Seconds after which there is likely to be room, from measured speed.
        seconds: u32,
    },
    /// The input does not fit; shorten it.
    #[error("the input has {tokens} tokens, the model reads at most {limit}; shorten it")]
    TooLong {
        /// Tokens of the input.
        tokens: usize,
        /// Most that fit.
        limit: usize,
    },
    /// A model cannot be loaded; mend it.
    #[error("cannot load model {model}: {why}; run `khue models pull` and `khue models verify`")]
    Load {
        /// Name in `models/models.toml`.
        model: String,
        /// The reason.
        why: String,
    },
    /// The engine failed; report it.
    #[error("the model failed: {0}")]
    Failed(String),
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Error {
        // What follows the first line is a trace for developers.
        Error::Failed(error.to_string().lines().next().unwrap_or_default().to_owned())
    }
}
