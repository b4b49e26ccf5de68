//! Prompts to text, on another machine, piece by piece.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::Agent;

use super::RemoteOptions;
use super::fault::{Fault, in_stream};
use super::http::Server;
use super::served::served;
use super::sse::Events;
use crate::error::Result;
use crate::prompts::Prompt;

const PATH: &str = "/v1/chat/completions";

/// How often, while the server is silent, the caller is asked whether it still waits.
const TICK: Duration = Duration::from_millis(50);

/// Pieces that may lie between the thread that reads and the caller.
const PIECES: usize = 64;

/// Most bytes of one stream, whatever it holds: 4096 pieces with 16 KiB around each.
const STREAM: usize = 64 << 20;

/// A generating model on another machine. Threads may share it.
pub(crate) struct RemoteGenerator {
    server: Server,
    name: String,
    context: usize,
}

/// llama.cpp's description of itself.
#[derive(Deserialize)]
struct Props {
    default_generation_settings: Settings,
}

#[derive(Deserialize)]
struct Settings {
    n_ctx: usize,
}

/// From the thread that reads.
enum News {
    Piece(String),
    /// An event without text.
    Alive,
    End(Result<(), Fault>),
}

impl RemoteGenerator {
    /// Asks the server what it runs. `context` is how many tokens prompt and answer may have together
    /// where the server does not say.
    ///
    /// # Errors
    /// [`crate::Error::Failed`] when it cannot be reached or does not serve the model, and
    /// [`crate::Error::Overloaded`] when it is busy, which some are while they load.
    pub(crate) fn connect(options: &RemoteOptions, context: usize) -> Result<RemoteGenerator> {
        let server = Server::new(options)?;
        let model = server.ask(|| served(&server))?;
        let context = model.context.or_else(|| slot(&server)).unwrap_or(context);
        tracing::info!(url = server.url(""), model.name, context, "answers come from a server");
        Ok(RemoteGenerator { server, name: model.name, context })
    }

    /// Names the model.
    pub(crate) fn id(&self) -> String {
        format!("remote:{}", self.name)
    }

    /// Most tokens of prompt and answer together.
    pub(crate) fn context(&self) -> usize {
        self.context
    }

    /// Whether the server is there; asks it, for at most 2 s.
    pub(crate) fn healthy(&self) -> bool {
        self.server.healthy(&["/health", "/v1/models"])
    }

    /// Writes at most `tokens` pieces, the likeliest token each time, and hands each on as it comes.
    /// `on_piece` says whether to go on; while the server is silent it is asked with an empty text.
    /// Once it says no, the connection is closed at once, so that the server stops too.
    ///
    /// # Errors
    /// [`crate::Error::Overloaded`] when the server is busy, [`crate::Error::Failed`] when it fails;
    /// after the first piece nothing is tried again.
    pub(crate) fn write(
        &self,
        prompt: &Prompt,
        tokens: usize,
        on_piece: &mut dyn FnMut(&str) -> bool,
    ) -> Result<()> {
        if tokens == 0 {
            return Ok(());
        }
        let messages: Vec<Value> = [("system", &prompt.system), ("user", &prompt.user)]
            .into_iter()
            .filter(|(role, text)| *role == "user" || !text.is_empty())
            .map(|(role, text)| json!({"role": role, "content": text}))
            .collect();
        let body = json!({
            "model": self.name,
            "messages": messages,
            "max_tokens": tokens,
            "temperature": 0,
            "stream": true,
        });
        let body = body.to_string();
        match self.server.ask(|| self.once(&body, &prompt.user, tokens, on_piece)) {
            Err(Fault::Left) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// One try. The socket is read on a thread of its own, because a read that blocks cannot notice
    /// that the caller has left; closing the connection from here ends it.
    fn once(
        &self,
        body: &str,
        private: &str,
        tokens: usize,
        on_piece: &mut dyn FnMut(&str) -> bool,
    ) -> Result<(), Fault> {
        if !on_piece("") {
            return Err(Fault::Left);
        }
        let agent = self.server.agent_for_a_stream();
        let (send, receive) = sync_channel(PIECES);
        std::thread::scope(|scope| {
            let agent_that_reads = agent.clone();
            let reader =
                std::thread::Builder::new().name("remote".into()).spawn_scoped(scope, move || {
                    let tell = |news| send.send(news).is_ok();
                    let end = self.read(&agent_that_reads, body, private, tell);
                    // Who left does not want to know.
                    let _ = send.send(News::End(end));
                });
            let reader =
                reader.map_err(|error| Fault::Broke(format!("cannot start a thread: {error}")))?;
            let outcome = self.listen(receive, tokens, on_piece);
            agent.shutdown();
            // If it panicked, that has been seen as an end without news.
            let _ = reader.join();
            outcome
        })
    }

    fn listen(
        &self,
        receive: Receiver<News>,
        tokens: usize,
        on_piece: &mut dyn FnMut(&str) -> bool,
    ) -> Result<(), Fault> {
        let patience = self.server.options().timeout;
        let mut written = 0;
        let mut heard = Instant::now();
        // A caller that left after something was written has seen the server work.
        let left = |written| if written > 0 { Ok(()) } else { Err(Fault::Left) };
        loop {
            let fault = match receive.recv_timeout(TICK) {
                Ok(News::Piece(piece)) => {
                    written += 1;
                    // More pieces than tokens were asked for: the caller has no room for them.
                    if !on_piece(&piece) || written >= tokens {
                        return Ok(());
                    }
                    heard = Instant::now();
                    continue;
                }
                Ok(News::Alive) => {
                    heard = Instant::now();
                    continue;
                }
                Err(RecvTimeoutError::Timeout) if !on_piece("") => return left(written),
                Err(RecvTimeoutError::Timeout) if heard.elapsed() < patience => continue,
                Ok(News::End(Ok(()))) => return Ok(()),
                Ok(News::End(Err(fault))) => fault,
                Err(RecvTimeoutError::Timeout) => {
                    Fault::Down(format!("{} was silent for {patience:?}", self.server.url(PATH)))
                }
                Err(RecvTimeoutError::Disconnected) => {
                    Fault::Broke("the thread that reads an answer has ended".into())
                }
            };
            return Err(if written > 0 { fault.midway() } else { fault });
        }
    }

    /// Reads one answer and tells what comes, until it ends or nobody listens.
    fn read(
        &self,
        agent: &Agent,
        body: &str,
        private: &str,
        tell: impl Fn(News) -> bool,
    ) -> Result<(), Fault> {
        let url = self.server.url(PATH);
        let response = self.server.post_with(agent, PATH, body, &[private])?;
        let mut reader = response.into_body().into_reader();
        let mut events = Events::default();
        let mut buffer = [0; 8192];
        let mut total = 0;
        loop {
            let count =
                reader.read(&mut buffer).map_err(|error| self.server.lost(PATH, error.into()))?;
            total += count;
            let too_long = |_| Fault::Broke(format!("{url} sent more than an answer can be"));
            let whole = match count {
                0 => events.finish().into_iter().collect(),
                _ if total > STREAM => return Err(too_long(())),
                count => events.push(&buffer[..count]).map_err(|_| too_long(()))?,
            };
            for event in whole {
                let Some(part) = Part::read(&event, count == 0, &url, private)? else {
                    return Ok(());
                };
                let news = if part.text.is_empty() { News::Alive } else { News::Piece(part.text) };
                if !tell(news) || part.last {
                    return Ok(());
                }
            }
            if count == 0 {
                return Err(Fault::Down(format!("the answer of {url} broke off")));
            }
        }
    }
}

/// What one event of a stream brings.
#[derive(Debug, PartialEq)]
struct Part {
    text: String,
    /// The model has finished. What may follow are counts.
    last: bool,
}

impl Part {
    /// `None` for the mark at the end.
    fn read(event: &[u8], cut: bool, url: &str, private: &str) -> Result<Option<Part>, Fault> {
        if event.trim_ascii() == b"[DONE]" {
            return Ok(None);
        }
        let value: Value = serde_json::from_slice(event).map_err(|_| match cut {
            true => Fault::Down(format!("the answer of {url} broke off")),
            false => Fault::Broke(format!("{url} sent a piece that is not JSON")),
        })?;
        if let Some((status, words)) = in_stream(&value, &[private]) {
            return Err(Fault::of_status(status, url, &words, None));
        }
        let choice = &value["choices"][0];
        Ok(Some(Part {
            text: choice["delta"]["content"].as_str().unwrap_or_default().to_owned(),
            last: choice["finish_reason"].as_str().is_some_and(|reason| !reason.is_empty()),
        }))
    }
}

/// The room that llama.cpp gives one conversation; other servers do not know the question.
fn slot(server: &Server) -> Option<usize> {
    let props: Props = server.get("/props").ok()?;
    Some(props.default_generation_settings.n_ctx).filter(|tokens| *tokens > 0)
}
