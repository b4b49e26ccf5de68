//! Local models: texts to vectors, prompts to text.
//!
//! [`Embedder`] and [`Generator`] are handles; each model is owned by one thread with a bounded
//! queue, and full means [`Error::Overloaded`] at once. [`Models`] declares, fetches and verifies the
//! files; [`Prompts`] holds every text that a model or a person is shown.
//!
//! ```
//! use infer::{Limits, Prompt, fake};
//!
//! let generator = fake::generator(|prompt| format!("{} là câu hỏi", prompt.user));
//! let prompt = Prompt { user: "Xin chào".into(), ..Prompt::default() };
//! let mut tokens = generator.generate(prompt, Limits { tokens: 10 }).expect("the queue is empty");
//! let mut text = String::new();
//! while let Some(piece) = tokens.next_blocking() {
//!     text += &piece.expect("the fake does not fail");
//! }
//! assert_eq!(text, "Xin chào là câu hỏi");
//! ```
//!
//! Not here: what is asked and whether the answer holds (`answer`).

mod embed;
mod error;
pub mod fake;
mod gemma;
mod generate;
mod kernels;
mod lookup;
mod models;
mod packed;
mod pool;
mod prompts;
mod pull;
mod queue;
mod qwen;
mod remote;
mod rope;
mod utf8;
mod verbatim;

pub use embed::{EmbedOptions, Embedded, Embedder, Passage, Precision, Vector};
pub use error::{Error, Result};
pub use generate::{Engine, GenerateOptions, Generator, Limits, Plan, Speeds, Tokens, Written};
pub use models::{FileState, HfSource, Model, ModelFile, Models, RegistrySource, hash_file, hex};
pub use prompts::{Prompt, Prompts, Shown};
pub use pull::{PullError, Step};
pub use remote::{Api, RemoteOptions};
