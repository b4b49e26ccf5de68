//! The reading child, in real processes: this binary is its own child. It has no test harness, so
//! that `__read NAME` reaches it as it reaches the product.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ingest::read::{Limits, Refused, child, read_in_child};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == "__read") {
        return as_child(&arguments[2]);
    }
    let exe = std::env::current_exe().expect("own path");
    let limits = Limits { seconds: 20, ..Limits::default() };
    let text = "Điều 1. Phạm vi\n".repeat(100_000);
    let read = read_in_child(&exe, "a.txt", text.as_bytes(), &limits).expect("text is read");
    assert_eq!(read.text.lines().count(), 100_000);
    assert_eq!(read_in_child(&exe, "a.txt", b"", &limits), Err(Refused::Empty));
    assert_eq!(
        read_in_child(&exe, "a.pdf", b"<html>", &limits),
        Err(Refused::WrongFormat { named: "pdf".into(), found: "html".into() })
    );
    for (name, part) in
        [("abort", "signal"), ("panic", "panicked"), ("silent", "no answer"), ("deep", "signal")]
    {
        // More input than a pipe holds, which such a child never reads.
        match read_in_child(&exe, name, &vec![b'a'; 1 << 20], &limits) {
            Err(Refused::Crashed { why }) => assert!(why.contains(part), "{name}: {why}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let begun = Instant::now();
    let hung = read_in_child(&exe, "hang", b"a", &Limits { seconds: 1, ..Limits::default() });
    assert_eq!(hung, Err(Refused::TimedOut { seconds: 1 }));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let flood =
        read_in_child(&exe, "flood", b"a", &Limits { text_bytes: 1 << 20, ..limits.clone() });
    assert!(matches!(flood, Err(Refused::Crashed { .. })), "{flood:?}");
    if std::path::Path::new("/bin/sh").exists() {
        let greedy = read_in_child(&exe, "greedy", b"a", &limits);
        assert!(matches!(greedy, Err(Refused::Crashed { .. })), "{greedy:?}");
    }
    let missing = read_in_child(std::path::Path::new("/no/such/khue"), "a.txt", b"a", &limits);
    assert!(matches!(missing, Err(Refused::Crashed { .. })), "{missing:?}");
    ExitCode::SUCCESS
}

fn as_child(name: &str) -> ExitCode {
    match name {
        "abort" => std::process::abort(),
        "panic" => panic!("panicked on purpose"),
        "silent" => ExitCode::SUCCESS,
        "deep" => ExitCode::from(deep(0)),
        "hang" => loop {
            std::thread::park();
        },
        "flood" => loop {
            if std::io::stdout().write_all(&[b'a'; 1 << 16]).is_err() {
                return ExitCode::FAILURE;
            }
        },
        "greedy" => {
            let all = vec![1u8; 3 << 30];
            ExitCode::from(all[all.len() / 2])
        }
        name => child(name, &Limits::default()),
    }
}

/// A stack that ends.
#[expect(unconditional_recursion, reason = "that is what it is for")]
fn deep(n: u8) -> u8 {
    let room = std::hint::black_box([n; 4096]);
    deep(room[0].wrapping_add(1)).wrapping_add(room[1])
}
