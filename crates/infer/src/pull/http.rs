//! One file from a model hub, resumed where it broke off.

use std::io::{self, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use super::copy;

/// Where models come from, unless `HF_ENDPOINT` names a mirror.
const HUB: &str = "https://huggingface.co";

/// How long one connection may bring bytes. What is missing then is asked for anew, as long as the
/// last one brought any: a connection that has gone silent ends, a slow one does not fail.
const CONNECTION: Duration = Duration::from_secs(180);

/// Fetches `path` of the hub into `part`, after the bytes that are there. `progress` is told how many
/// are there by now.
pub(super) fn fetch(
    path: &str,
    part: &Path,
    licence: &str,
    progress: impl FnMut(u64),
) -> io::Result<()> {
    let hub = std::env::var("HF_ENDPOINT").unwrap_or_else(|_| HUB.into());
    resumed(&format!("{}/{path}", hub.trim_end_matches('/')), part, licence, CONNECTION, progress)
}

fn resumed(
    url: &str,
    part: &Path,
    licence: &str,
    limit: Duration,
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    let have = || fs_err::metadata(part).map_or(0, |meta| meta.len());
    loop {
        let before = have();
        match once(url, part, licence, before, limit, &mut progress) {
            // A server that gives the whole again from its beginning does not get further either.
            Err(Failed::Midway(_)) if have() > before => {}
            Err(Failed::Midway(error)) => {
                return Err(io::Error::other(format!("{url} broke off: {error}")));
            }
            Err(Failed::Refused(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
}

enum Failed {
    /// Nothing to gain from trying again.
    Refused(io::Error),
    /// The bytes stopped coming.
    Midway(io::Error),
}

fn once(
    url: &str,
    part: &Path,
    licence: &str,
    mut have: u64,
    limit: Duration,
    progress: &mut impl FnMut(u64),
) -> Result<(), Failed> {
    let refused = |why: String| Failed::Refused(io::Error::other(why));
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_recv_body(Some(limit))
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = agent.get(url);
    if let Ok(token) = std::env::var("HF_TOKEN") {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    if have > 0 {
        request = request.header("Range", format!("bytes={have}-"));
    }
    let mut response = request.call().map_err(|error| refused(error.to_string()))?;
    let anew = response.status() == 200 && have > 0;
    match response.status().as_u16() {
        206 => {}
        200 => have = 0,
        // The part is whole already, or longer than the file: the hash decides.
        416 => return Ok(()),
        status @ (401 | 403) => {
            return Err(refused(format!(
                "{status} for {url}: accept the licence ({licence}) there and set HF_TOKEN"
            )));
        }
        status => return Err(refused(format!("{status} for {url}"))),
    }
    let open = || -> io::Result<fs_err::File> {
        let mut out =
            fs_err::OpenOptions::new().create(true).write(true).truncate(false).open(part)?;
        out.set_len(have)?;
        out.seek(SeekFrom::Start(have))?;
        Ok(out)
    };
    let mut out = open().map_err(Failed::Refused)?;
    copy(&mut response.body_mut().as_reader(), &mut out, |n| {
        have += n;
        progress(have);
    })
    .map_err(|error| match error.kind() {
        io::ErrorKind::StorageFull => Failed::Refused(error),
        // Such a server begins anew each time and would never come to the end.
        _ if anew => Failed::Refused(error),
        _ => Failed::Midway(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// A server that gives each request so many bytes of the alphabet from where it was asked to go on,
    /// then goes silent or, at the end, closes.
    fn server(pieces: &'static [usize]) -> String {
        const WHOLE: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut silent = Vec::new();
            for piece in pieces {
                let (mut stream, _) = listener.accept().unwrap();
                let mut from = 0;
                for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                    let line = line.unwrap().to_lowercase();
                    if let Some(range) = line.strip_prefix("range: bytes=") {
                        from = range.trim_end_matches('-').parse().unwrap();
                    }
                    if line.is_empty() {
                        break;
                    }
                }
                let rest = &WHOLE[from..];
                let head = if from > 0 { "206 Partial Content" } else { "200 OK" };
                write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", rest.len())
                    .unwrap();
                stream.write_all(&rest[..(*piece).min(rest.len())]).unwrap();
                silent.push(stream);
            }
            // Kept open until the test ends.
            loop {
                std::thread::park();
            }
        });
        url
    }

    #[test]
    fn what_breaks_off_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("part");
        let url = server(&[10, 10, 100]);
        let mut told = Vec::new();
        resumed(&url, &part, "", Duration::from_millis(300), |n| told.push(n)).unwrap();
        assert_eq!(std::fs::read(&part).unwrap(), b"abcdefghijklmnopqrstuvwxyz");
        assert_eq!(told.last(), Some(&26));
    }

    #[test]
    fn a_silent_server_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("part");
        let url = server(&[10, 0]);
        let error = resumed(&url, &part, "", Duration::from_millis(300), |_| {}).unwrap_err();
        assert!(error.to_string().contains("broke off"), "{error}");
        assert_eq!(std::fs::read(&part).unwrap().len(), 10, "what came is kept");
    }
}
