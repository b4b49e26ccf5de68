//! Texts to vectors, on another machine.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::http::Server;
use super::served::{name, served};
use super::{Api, RemoteOptions};
use crate::error::Result;

/// Embedded when connecting, and again to see that it is still the same model.
const PROBE: &str = "luật";

/// How alike two vectors of the probe are at least if one model made both. Half precision and other
/// batches change the fourth digit; another model changes the first.
const SAME: f32 = 0.99;

/// After so long, and after every failure, the server is asked anew what it runs: it may have been
/// restarted with another model, and vectors of two models must not meet in one index.
const TRUST: Duration = Duration::from_secs(60);

/// Most numbers in a vector.
const DIMS: usize = 16_384;

/// Most bytes of one number in JSON, with its comma and white space.
const NUMBER: usize = 40;

/// An embedding model on another machine. Threads may share it.
pub(crate) struct RemoteEmbedder {
    server: Server,
    model: Model,
    checked: Mutex<Option<Instant>>,
}

/// What a server was found to run.
struct Model {
    /// As the server calls it.
    name: String,
    id: String,
    probe: Vec<f32>,
    /// Most texts that it takes at once.
    batch: usize,
}

#[derive(Deserialize)]
struct Info {
    model_id: String,
    model_sha: Option<String>,
    #[serde(default)]
    model_type: Value,
    max_client_batch_size: Option<usize>,
}

#[derive(Deserialize)]
struct OpenAi {
    data: Vec<Embedding>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Embedding {
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<usize>,
}

impl RemoteEmbedder {
    /// Asks the server what it runs and embeds one word.
    ///
    /// # Errors
    /// [`crate::Error::Failed`] when it cannot be reached or is no embedder, and
    /// [`crate::Error::Overloaded`] when it is busy, which some are while they load.
    pub(crate) fn connect(options: &RemoteOptions) -> Result<RemoteEmbedder> {
        let server = Server::new(options)?;
        let model = server.ask(|| ask_model(&server))?;
        tracing::info!(url = server.url(""), id = model.id, "embeddings come from a server");
        Ok(RemoteEmbedder { server, model, checked: Mutex::new(Some(Instant::now())) })
    }

    /// Names model and weights, as far as the server tells them; an index made by another one is not
    /// searched with this.
    pub(crate) fn id(&self) -> String {
        self.model.id.clone()
    }

    /// Length of a vector.
    pub(crate) fn dims(&self) -> usize {
        self.model.probe.len()
    }

    /// Most texts that go into one request: who gives no more at once can do other work in between.
    pub(crate) fn batch(&self) -> usize {
        self.model.batch
    }

    /// The vectors of texts as they are, in order and of length 1, and the tokens that were read for
    /// them: 0 if the server does not say.
    ///
    /// # Errors
    /// [`crate::Error::Overloaded`] when the server is busy, [`crate::Error::Failed`] when it fails or
    /// runs another model by now.
    pub(crate) fn embed(&self, texts: &[String]) -> Result<(Vec<Vec<f32>>, usize)> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut tokens = 0;
        for batch in texts.chunks(self.model.batch) {
            let (some, read) = self.server.ask(|| self.once(batch))?;
            vectors.extend(some);
            tokens += read;
        }
        Ok((vectors, tokens))
    }

    /// Whether the server is there; asks it, for at most 2 s.
    pub(crate) fn healthy(&self) -> bool {
        self.server.healthy(match self.server.options().api {
            Api::Tei => &["/health"],
            Api::OpenAi => &["/health", "/v1/models"],
        })
    }

    fn once(&self, texts: &[String]) -> Result<(Vec<Vec<f32>>, usize), Fault> {
        let trusted = self.checked().is_some_and(|at| at.elapsed() < TRUST);
        if !trusted {
            *self.checked() = None;
            let now = ask_model(&self.server)?;
            if now.id != self.model.id || alike(&now.probe, &self.model.probe) < SAME {
                return Err(Fault::Refused(
                    200,
                    format!(
                        "{} runs {} now, or other weights under its name; it ran {} before: \
                         start that model there again, or rebuild the index with the new one",
                        self.server.url(""),
                        now.id,
                        self.model.id
                    ),
                ));
            }
            *self.checked() = Some(Instant::now());
        }
        let outcome = request(&self.server, &self.model.name, texts, Some(self.dims()));
        if matches!(outcome, Err(Fault::Down(_) | Fault::Broke(_))) {
            *self.checked() = None;
        }
        outcome
    }

    fn checked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ask_model(server: &Server) -> Result<Model, Fault> {
    let batch = server.options().batch.max(1);
    let probe = |name: &str| -> Result<Vec<f32>, Fault> {
        let (mut vectors, _) = request(server, name, &[PROBE.to_owned()], None)?;
        vectors.pop().ok_or_else(|| Fault::Broke(format!("{} gave no vector", server.url(""))))
    };
    match server.options().api {
        Api::Tei => {
            let info: Info = server.get("/info")?;
            let kinds = info.model_type.as_object();
            if kinds.is_some_and(|kinds| !kinds.contains_key("embedding")) {
                let why = format!("{} runs {}, no embedder", server.url(""), info.model_id);
                return Err(Fault::Refused(200, why));
            }
            let probe = probe("")?;
            let version = info.model_sha.unwrap_or_else(|| probe.len().to_string());
            let id = name(server, &format!("remote:{}@{version}", info.model_id))?;
            let batch = batch.min(info.max_client_batch_size.unwrap_or(batch).max(1));
            Ok(Model { name: String::new(), id, probe, batch })
        }
        Api::OpenAi => {
            let name = served(server)?.name;
            let probe = probe(&name)?;
            Ok(Model { id: format!("remote:{name}@{}", probe.len()), name, probe, batch })
        }
    }
}

/// One request; the vectors are checked and of length 1.
fn request(
    server: &Server,
    model: &str,
    texts: &[String],
    dims: Option<usize>,
) -> Result<(Vec<Vec<f32>>, usize), Fault> {
    let private: Vec<&str> = texts.iter().map(String::as_str).collect();
    let limit = 4096 + texts.len() * (256 + dims.unwrap_or(DIMS) * NUMBER);
    let (path, vectors, tokens) = match server.options().api {
        Api::Tei => {
            let path = "/embed";
            let body = json!({"inputs": texts, "normalize": true, "truncate": true}).to_string();
            let response = server.post(path, &body, &private)?;
            let tokens = response.headers().get("x-compute-tokens").and_then(|value| {
                value.to_str().ok().and_then(|tokens| tokens.parse::<usize>().ok())
            });
            (path, server.read(path, response, limit)?, tokens)
        }
        Api::OpenAi => {
            let path = "/v1/embeddings";
            let body = json!({"model": model, "input": texts, "encoding_format": "float"});
            let response = server.post(path, &body.to_string(), &private)?;
            let OpenAi { mut data, usage } = server.read(path, response, limit)?;
            data.sort_by_key(|item| item.index);
            if data.iter().enumerate().any(|(at, item)| item.index != at) {
                let url = server.url(path);
                return Err(Fault::Broke(format!("{url} numbered its vectors wrongly")));
            }
            let vectors = data.into_iter().map(|item| item.embedding).collect();
            (path, vectors, usage.and_then(|usage| usage.prompt_tokens))
        }
    };
    let vectors = checked(vectors, texts.len(), dims)
        .map_err(|why| Fault::Broke(format!("{} {why}", server.url(path))))?;
    Ok((vectors, tokens.unwrap_or(0)))
}

/// Vectors that can be searched. They are scaled to length 1 here because similarity is a dot product
/// everywhere above, while not every server scales, and half precision leaves what does a little off.
fn checked(
    mut vectors: Vec<Vec<f32>>,
    count: usize,
    dims: Option<usize>,
) -> Result<Vec<Vec<f32>>, String> {
    if vectors.len() != count {
        return Err(format!("gave {} vectors for {count} texts", vectors.len()));
    }
    let dims = dims.unwrap_or_else(|| vectors.first().map_or(0, Vec::len));
    if dims == 0 || dims > DIMS {
        return Err(format!("gave a vector of {dims} numbers"));
    }
    for vector in &mut vectors {
        if vector.len() != dims {
            return Err(format!("gave a vector of {} numbers instead of {dims}", vector.len()));
        }
        let square: f64 = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
        if !square.is_finite() || square <= 0.0 {
            return Err("gave a vector that has no direction".into());
        }
        let scale = square.sqrt().recip();
        for x in vector {
            *x = (f64::from(*x) * scale) as f32;
        }
    }
    Ok(vectors)
}

/// Cosine of two vectors of length 1.
fn alike(a: &[f32], b: &[f32]) -> f32 {
    if a.len() == b.len() { a.iter().zip(b).map(|(a, b)| a * b).sum() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_checked_and_scaled() {
        let nan = f32::NAN;
        for (vectors, count, dims, expect) in [
            (vec![vec![3.0, 4.0]], 1, None, Ok(vec![vec![0.6, 0.8]])),
            (vec![vec![0.0, 1e-30]], 1, Some(2), Ok(vec![vec![0.0, 1.0]])),
            (vec![vec![1e30, 0.0]], 1, Some(2), Ok(vec![vec![1.0, 0.0]])),
            (vec![], 1, None, Err("gave 0 vectors for 1 texts")),
            (vec![vec![1.0], vec![1.0]], 1, None, Err("gave 2 vectors for 1 texts")),
            (vec![vec![]], 1, None, Err("gave a vector of 0 numbers")),
            (vec![vec![1.0]], 1, Some(2), Err("gave a vector of 1 numbers instead of 2")),
            (
                vec![vec![1.0], vec![1.0, 0.0]],
                2,
                None,
                Err("gave a vector of 2 numbers instead of 1"),
            ),
            (vec![vec![0.0, 0.0]], 1, Some(2), Err("gave a vector that has no direction")),
            (vec![vec![nan, 0.0]], 1, Some(2), Err("gave a vector that has no direction")),
            (vec![vec![f32::INFINITY]], 1, None, Err("gave a vector that has no direction")),
        ] {
            assert_eq!(checked(vectors, count, dims), expect.map_err(str::to_owned));
        }
    }
}
