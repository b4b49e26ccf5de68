//! Requests to one server: where they go, and their limits of time and size.

use std::io::Read;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::http::{HeaderValue, Request, Response, Uri};
use ureq::{Agent, AsSendBody, Body};

use super::RemoteOptions;
use super::fault::{Fault, words};
use super::tries::Tries;
use crate::error::{Error, Result};

/// Longest wait for a sign of life.
const HEALTH: Duration = Duration::from_secs(2);

/// Most bytes of an answer that only describes the server.
pub(super) const DESCRIPTION: usize = 4 << 20;

/// Most bytes of a refusal that are read for its message.
const REFUSAL: u64 = 16 << 10;

/// One server, how it is asked, and how it has been doing. Several threads may ask at once.
pub(super) struct Server {
    base: String,
    options: RemoteOptions,
    bearer: Option<HeaderValue>,
    agent: Agent,
    tries: Tries,
}

impl Server {
    /// Checks the address and the key; asks nothing yet.
    pub(super) fn new(options: &RemoteOptions) -> Result<Server> {
        let base = base(&options.url)?;
        let bearer =
            options.key.as_ref().map(|key| HeaderValue::from_str(&format!("Bearer {key}")));
        let mut bearer = bearer.transpose().map_err(|_| {
            Error::Failed(format!("the key for {base} has letters that no header may hold"))
        })?;
        if let Some(bearer) = &mut bearer {
            bearer.set_sensitive(true);
        }
        Ok(Server {
            bearer,
            agent: agent(options, Some(options.timeout)),
            tries: Tries::new(options.retries),
            options: options.clone(),
            base,
        })
    }

    pub(super) fn options(&self) -> &RemoteOptions {
        &self.options
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// For one answer that comes in pieces: its whole length has no limit, and closing all connections
    /// of this agent closes no other's.
    pub(super) fn agent_for_a_stream(&self) -> Agent {
        agent(&self.options, None)
    }

    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let request = Request::get(self.url(path));
        let response = self.send(&self.agent, path, request, (), &[])?;
        self.read(path, response, DESCRIPTION)
    }

    /// Sends a JSON body; a server's message that quotes any of `private` is not shown.
    pub(super) fn post(
        &self,
        path: &str,
        body: &str,
        private: &[&str],
    ) -> Result<Response<Body>, Fault> {
        self.post_with(&self.agent, path, body, private)
    }

    pub(super) fn post_with(
        &self,
        agent: &Agent,
        path: &str,
        body: &str,
        private: &[&str],
    ) -> Result<Response<Body>, Fault> {
        let request = Request::post(self.url(path)).header("Content-Type", "application/json");
        self.send(agent, path, request, body, private)
    }

    fn send(
        &self,
        agent: &Agent,
        path: &str,
        mut request: ureq::http::request::Builder,
        body: impl AsSendBody,
        private: &[&str],
    ) -> Result<Response<Body>, Fault> {
        if let Some(bearer) = &self.bearer {
            request = request.header("Authorization", bearer);
        }
        let request =
            request.body(body).map_err(|error| self.lost(path, ureq::Error::Http(error)))?;
        let mut response = agent.run(request).map_err(|error| self.lost(path, error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let mut said = Vec::new();
        // The status says enough if the message does not come.
        let _ = response.body_mut().as_reader().take(REFUSAL).read_to_end(&mut said);
        let key = self.options.key.as_deref();
        let private: Vec<&str> = private.iter().copied().chain(key).collect();
        let again = response.headers().get("Retry-After").and_then(|value| value.to_str().ok());
        let status = response.status().as_u16();
        Err(Fault::of_status(status, &self.url(path), &words(&said, &private), again))
    }

    /// Reads a JSON body of at most `limit` bytes.
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        response: Response<Body>,
        limit: usize,
    ) -> Result<T, Fault> {
        let url = self.url(path);
        let mut bytes = Vec::new();
        let mut reader = response.into_body().into_reader().take(limit as u64 + 1);
        reader.read_to_end(&mut bytes).map_err(|error| self.lost(path, error.into()))?;
        if bytes.len() > limit {
            return Err(Fault::Broke(format!("{url} sent more than {limit} bytes")));
        }
        serde_json::from_slice(&bytes).map_err(|error| match error.is_eof() {
            // Without a length in its head, an answer that was cut looks like one that has ended.
            true => Fault::Down(format!("the answer of {url} broke off")),
            // Only the place: the error's own words may quote what came.
            false => Fault::Broke(format!(
                "{url} answered with something else than the API says, at line {} column {}",
                error.line(),
                error.column()
            )),
        })
    }

    /// What follows from a connection that failed.
    pub(super) fn lost(&self, path: &str, error: ureq::Error) -> Fault {
        let url = self.url(path);
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => Fault::Down(
                format!("{url} cannot be reached within {:?}", self.options.connect_timeout),
            ),
            ureq::Error::Timeout(_) => {
                Fault::Down(format!("{url} did not answer within {:?}", self.options.timeout))
            }
            ureq::Error::Io(_)
            | ureq::Error::Protocol(_)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed => Fault::Down(format!("{url}: {error}")),
            // Certificates, malformed heads and the like stay as they are.
            error => Fault::Broke(format!("{url}: {error}")),
        }
    }

    /// Tries until there is an answer, as [`Tries::run`] says.
    pub(super) fn ask<T>(&self, once: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        self.tries.run(&self.base, once)
    }

    /// Whether the server is there and not being left alone. One short request; the first of `paths`
    /// that the server knows decides.
    pub(super) fn healthy(&self, paths: &[&str]) -> bool {
        if self.tries.rest() {
            return false;
        }
        let agent = agent(&self.options, Some(HEALTH.min(self.options.timeout)));
        for path in paths {
            match self.send(&agent, path, Request::get(self.url(path)), (), &[]) {
                Err(Fault::Refused(404 | 405, _)) => {}
                outcome => return outcome.is_ok(),
            }
        }
        false
    }
}

fn agent(options: &RemoteOptions, whole: Option<Duration>) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        // Texts and key go to the configured address and nowhere else: not through a proxy that the
        // environment names, not to where a redirect points.
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // Packed answers would make sizes hard to bound and hold back pieces.
        .accept_encoding("identity")
        .user_agent("khue")
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        .timeout_global(whole)
        .build()
        .into()
}

/// The address without a slash or `/v1` at its end. What is refused is not repeated: it may hold a
/// password.
fn base(url: &str) -> Result<String> {
    let fail = |why: &str| Err(Error::Failed(format!("the url of a remote engine {why}")));
    let url = url.trim().trim_end_matches('/');
    let url = url.strip_suffix("/v1").unwrap_or(url).trim_end_matches('/');
    let Ok(uri) = url.parse::<Uri>() else {
        return fail("cannot be read; write it like http://10.0.0.5:8081");
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return fail("must begin with http:// or https:// and name a host");
    }
    if url.contains(['@', '?', '#']) {
        return fail("may not hold a user, a query or a fragment; a password goes into `key`");
    }
    Ok(url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (url, expect) in [
            ("http://10.0.0.5:8081", Some("http://10.0.0.5:8081")),
            (" https://tei.local/ ", Some("https://tei.local")),
            ("http://a:1/v1/", Some("http://a:1")),
            ("http://a/llm/v1", Some("http://a/llm")),
            ("http://[::1]:80", Some("http://[::1]:80")),
            ("", None),
            ("10.0.0.5:8081", None),
            ("ftp://a", None),
            ("http://", None),
            ("http://u:secret@a", None),
            ("http://a?key=secret", None),
            ("http://a b", None),
        ] {
            let found = base(url);
            if let Err(error) = &found {
                assert!(!error.to_string().contains("secret"), "{error}");
            }
            assert_eq!(found.ok().as_deref(), expect, "{url}");
        }
    }
}
