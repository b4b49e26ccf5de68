//! Where a caller comes from.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

/// Whether it was told that a proxy is not listed.
static TOLD: AtomicBool = AtomicBool::new(false);

/// The address of who called, through the proxies that are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller(pub(crate) IpAddr);

/// Notes the caller's address on the request.
pub(crate) async fn note(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
    if let Some(peer) = peer {
        let from = through(peer, request.headers(), &app.setup.config.serve.proxies);
        request.extensions_mut().insert(Caller(from));
    }
    next.run(request).await
}

/// The last address in `X-Forwarded-For` that is no known proxy's; nobody else's word is believed.
fn through(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.contains(&peer) {
        if headers.contains_key("x-forwarded-for") && !TOLD.swap(true, Ordering::Relaxed) {
            tracing::error!(
                %peer,
                "a proxy that serve.proxies does not list stands in front: everybody behind it counts as one address"
            );
        }
        return peer;
    }
    let told = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok());
    let told: Vec<&str> = told.flat_map(|it| it.split(',')).map(str::trim).collect();
    for text in told.into_iter().rev() {
        // What cannot be read was not written by a proxy of ours, nor is anything before it to be believed.
        match text.parse::<IpAddr>().map(|it| it.to_canonical()) {
            Ok(address) if proxies.contains(&address) => {}
            Ok(address) => return address,
            Err(_) => break,
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (peer, told, expect) in [
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "gì đó", "10.0.0.1"),
            ("10.0.0.1", "6.6.6.6, 1.2.3.4:5678", "10.0.0.1"),
            ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(
                "x-forwarded-for",
                axum::http::HeaderValue::from_bytes(told.as_bytes()).unwrap(),
            );
            assert_eq!(through(ip(peer), &headers, &proxies), ip(expect), "{told}");
        }
    }
}
