//! The clients against a server that plays a script.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::Value;

use super::RemoteOptions;

mod chat;
mod embed;
mod handles;

/// What the server does with one connection.
enum Act {
    /// Answers with a status, more lines of the head, and a body.
    Say(u16, &'static str, String),
    /// Answers with a stream in these pieces and closes.
    Stream(Vec<&'static str>),
    /// Answers with exactly these bytes, head and all, and closes.
    Raw(Vec<&'static [u8]>),
    /// Announces more than it sends, then closes.
    Cut(&'static str),
    /// Sends these pieces of a stream, then nothing until the client closes.
    Hang(Vec<&'static str>),
    /// Reads the request and answers nothing until the client closes.
    Silence,
    /// Closes before it has read the request, so that the client's side is reset.
    Reset,
}

impl Act {
    /// A time limit: short where the test waits for its end, else long enough for a busy machine.
    fn patience(&self) -> Duration {
        match self {
            Act::Silence | Act::Hang(_) => Duration::from_millis(500),
            _ => Duration::from_secs(10),
        }
    }
}

fn json(body: &str) -> Act {
    Act::Say(200, "", body.into())
}

struct Asked {
    /// Method and path.
    what: String,
    /// Names in small letters.
    head: Vec<String>,
    body: Value,
}

struct Fake {
    url: String,
    asked: Receiver<Asked>,
    /// Told when a client closed a connection that was left open.
    closed: Receiver<()>,
}

impl Fake {
    /// Plays an act for each connection in turn; after the last one, connections are refused.
    fn start(acts: Vec<Act>) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = channel();
        let (tell_closed, closed) = channel();
        std::thread::spawn(move || {
            for act in acts {
                let (stream, _) = listener.accept().unwrap();
                play(stream, act, &tell, &tell_closed);
            }
        });
        Fake { url, asked, closed }
    }

    fn options(&self) -> RemoteOptions {
        RemoteOptions {
            url: self.url.clone(),
            timeout: Duration::from_secs(10),
            retries: 0,
            ..RemoteOptions::default()
        }
    }

    fn next(&self) -> Asked {
        self.asked.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    /// What was asked so far, in short.
    fn all(&self) -> Vec<String> {
        self.asked.try_iter().map(|asked| asked.what).collect()
    }
}

fn play(mut stream: TcpStream, act: Act, tell: &Sender<Asked>, tell_closed: &Sender<()>) {
    if let Act::Reset = act {
        // What lies unread when the socket closes is answered with a reset.
        let _ = stream.read(&mut [0]);
        return;
    }
    let asked = request(&mut stream);
    // The test may have ended.
    let _ = tell.send(asked);
    let begin = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    // A client that leaves makes writes fail.
    let _ = match act {
        Act::Say(status, head, body) => write!(
            stream,
            "HTTP/1.1 {status} X\r\n{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
        Act::Stream(pieces) => send(&mut stream, begin, &pieces),
        Act::Raw(pieces) => pieces.iter().try_for_each(|piece| stream.write_all(piece)),
        Act::Cut(piece) => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{piece}"),
        Act::Hang(pieces) => {
            let _ = send(&mut stream, begin, &pieces);
            wait_for_close(&mut stream, tell_closed)
        }
        Act::Silence => wait_for_close(&mut stream, tell_closed),
        Act::Reset => Ok(()),
    };
}

fn send(stream: &mut TcpStream, begin: &str, pieces: &[&str]) -> std::io::Result<()> {
    stream.write_all(begin.as_bytes())?;
    pieces.iter().try_for_each(|piece| stream.write_all(piece.as_bytes()))
}

fn wait_for_close(stream: &mut TcpStream, tell: &Sender<()>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    if !matches!(stream.read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    {
        let _ = tell.send(());
    }
    Ok(())
}

fn request(stream: &mut TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let what = lines.remove(0).trim_end_matches(" HTTP/1.1").to_owned();
    let head: Vec<String> = lines
        .iter()
        .map(|line| match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
            None => line.clone(),
        })
        .collect();
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    Asked { what, head, body: serde_json::from_slice(&body).unwrap_or_default() }
}

#[test]
fn the_key_is_sent_and_shown_nowhere() {
    let mut options = RemoteOptions { key: Some("khoá".into()), ..RemoteOptions::default() };
    assert!(!format!("{options:?}").contains("khoá"));
    assert!(format!("{options:?}").contains("hidden"));
    let fake =
        Fake::start(vec![Act::Say(401, "", r#"{"error":"bad key very-secret-key"}"#.into())]);
    options = RemoteOptions { key: Some("very-secret-key".into()), ..fake.options() };
    let error = super::RemoteEmbedder::connect(&options).err().unwrap().to_string();
    assert!(error.contains("/info answered 401"), "{error}");
    assert!(!error.contains("secret"), "{error}");
    assert!(fake.next().head.contains(&"authorization: Bearer very-secret-key".into()));
    options.key = Some("two\nlines".into());
    let error = super::RemoteEmbedder::connect(&options).err().unwrap().to_string();
    assert!(error.contains("key for") && !error.contains("two"), "{error}");
}
