//! The reading child, in real processes: this binary is its own child. It has no test harness, so
//! that `__read NAME` reaches it as it reaches the product.

#![allow(clippy::print_stdout, reason = "the table is what it shows")]

mod files;

use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use files::Expect;
use ingest::read::{
    Limits, Refused, Remark, Remarks, child, fence_holds, fenced, helpers, probe, read, read_file,
    read_in_child, read_measured, remark_child,
};
use ingest::{read_draft, remark_draft};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == "__read") {
        return as_child(&arguments[2]);
    }
    if arguments.get(1).is_some_and(|first| first == "__remark") {
        return remark_child(&Limits { as_typed: true, ..Limits::default() });
    }
    if arguments.get(1).is_some_and(|first| first == "__fence") {
        return match arguments.get(2..) {
            Some([folder, program, rest @ ..]) => {
                fenced(Path::new(folder), Path::new(program), rest)
            }
            _ => {
                println!("{}", probe());
                ExitCode::SUCCESS
            }
        };
    }
    if arguments.iter().any(|argument| argument == "--list") {
        // What a test runner asks of a test binary.
        if !arguments.iter().any(|argument| argument == "--ignored") {
            println!("strangers_files_end_in_text_or_a_reason: test");
        }
        return ExitCode::SUCCESS;
    }
    let exe = std::env::current_exe().expect("own path");
    ends(&exe);
    remarked(&exe);
    shut_in(&exe);
    fenced_in(&exe);
    hostile(&exe);
    cut_and_flipped(&exe);
    other_programs(&exe);
    ExitCode::SUCCESS
}

/// However a child ends, the parent is told why.
fn ends(exe: &Path) {
    let limits = Limits { seconds: 20, ..Limits::default() };
    let text = "Điều 1. Phạm vi\n".repeat(100_000);
    let read = read_in_child(exe, "a.txt", text.as_bytes(), &limits).expect("text is read");
    assert_eq!(read.text.lines().count(), 100_000);
    assert_eq!(read_in_child(exe, "a.txt", b"", &limits), Err(Refused::Empty));
    assert_eq!(
        read_in_child(exe, "a.pdf", b"<html>", &limits),
        Err(Refused::WrongFormat { named: "pdf".into(), found: "html".into() })
    );
    for (name, part) in
        [("abort", "signal"), ("panic", "panicked"), ("silent", "no answer"), ("deep", "signal")]
    {
        // More input than a pipe holds, which such a child never reads.
        match read_in_child(exe, name, &vec![b'a'; 1 << 20], &limits) {
            Err(Refused::Crashed { why }) => assert!(why.contains(part), "{name}: {why}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let begun = Instant::now();
    let hung = read_in_child(exe, "hang", b"a", &Limits { seconds: 1, ..Limits::default() });
    assert_eq!(hung, Err(Refused::TimedOut { seconds: 1 }));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let flood =
        read_in_child(exe, "flood", b"a", &Limits { text_bytes: 1 << 20, ..limits.clone() });
    assert!(matches!(flood, Err(Refused::Crashed { .. })), "{flood:?}");
    if std::path::Path::new("/bin/sh").exists() {
        let greedy = read_in_child(exe, "greedy", b"a", &limits);
        assert!(matches!(greedy, Err(Refused::Crashed { .. })), "{greedy:?}");
    }
    let missing = read_in_child(Path::new("/no/such/khue"), "a.txt", b"a", &limits);
    assert!(matches!(missing, Err(Refused::Crashed { .. })), "{missing:?}");
}

/// Remarks on a draft that is no Word file stand in its text, at their words; what is no file of Word's is refused.
fn remarked(exe: &Path) {
    let text = "QUYẾT ĐỊNH\n\n  Về việc \tquản lý  sân chơi & vườn <hoa>\nĐiều 1. Phạm vi\n";
    let read = read_draft(exe, "a.txt", text.as_bytes(), &Limits::default()).expect("it is read");
    let at = read.text.find("vườn").map(|at| read.text[..at].chars().count()).expect("its word");
    let remarks = Remarks {
        author: "Khuê".into(),
        date: "2026-01-02T03:04:05Z".into(),
        remarks: vec![Remark { spans: vec![[at, at + 10]], lines: vec!["xem lại".into()] }],
        ..Remarks::default()
    };
    let (done, of_text) = remark_draft(exe, "a.txt", text.as_bytes(), &read.text, None, &remarks)
        .expect("it is written");
    assert!(of_text && done.unplaced.is_empty(), "{:?}", done.unplaced);
    let again =
        read_draft(exe, "a.docx", &done.bytes, &Limits::default()).expect("it is read again");
    assert_eq!(again.text, read.text);
    // The file itself is remarked when it is one of Word's.
    let (twice, of_text) =
        remark_draft(exe, "a.docx", &done.bytes, &again.text, again.look.as_ref(), &remarks)
            .expect("it is written");
    assert!(!of_text && twice.unplaced.is_empty() && twice.bytes != done.bytes);
    let broken = remark_draft(
        exe,
        "a.docx",
        &done.bytes[..done.bytes.len() / 2],
        &again.text,
        again.look.as_ref(),
        &remarks,
    );
    assert!(matches!(broken, Err(Refused::Truncated { .. })), "{broken:?}");
}

/// A reader can open no file, reach no network and start no program.
fn shut_in(exe: &Path) {
    let held = fence_holds(exe);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let tried = Command::new(exe).args(["__read", "escape", &port.to_string()]).output();
    let said = String::from_utf8_lossy(&tried.expect("it runs").stdout).into_owned();
    println!("shut in: network {}, files {}; tried: {}", held.network, held.files, said.trim());
    // Whether it holds is not taken from the code that is tested: Linux has had seccomp since 2012.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    assert_eq!(held.network, status.contains("Seccomp:"), "seccomp is here, but not used");
    for (what, holds) in
        [("connected", held.network), ("started", held.network), ("opened", held.files)]
    {
        match holds {
            true => assert!(!said.contains(what), "{said}"),
            false => println!("skipped 1: this system cannot keep a reader from: {what}"),
        }
    }
}

/// Another program can write its own folder and read what is installed; not what this machine keeps.
fn fenced_in(exe: &Path) {
    let own = tempfile::tempdir().expect("a folder");
    let other = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("another one");
    let secret = other.path().join("secret");
    std::fs::write(&secret, "bí mật").expect("it is written");
    let script = format!(
        "cat {0}; echo x > {0}; rm -f {0}; echo written > {1}/mine; cat {1}/mine",
        secret.display(),
        own.path().display()
    );
    let mut command = Command::new(exe);
    command.arg("__fence").arg(own.path()).args(["/bin/sh", "-c", &script]);
    let run = run_output(&mut command);
    println!("fenced in: {}", run.trim());
    assert!(run.contains("written"), "{run}");
    if fence_holds(exe).files {
        assert!(!run.contains("bí mật"), "{run}");
        assert_eq!(std::fs::read_to_string(&secret).ok().as_deref(), Some("bí mật"));
    } else {
        println!("skipped 1: this system has no Landlock");
    }
}

fn run_output(command: &mut Command) -> String {
    let run = command.output().expect("it runs");
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// Each hostile file ends as it must, within time and memory, and the parent lives on.
fn hostile(exe: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = Limits::default();
    println!("{:22} {:>10}  {:>7} {:>9}  outcome", "file", "bytes", "ms", "peak MiB");
    for file in files::all() {
        let path = folder.path().join(file.name);
        std::fs::write(&path, &file.bytes).expect("it is written");
        let begun = Instant::now();
        let (alone, peak) = read_measured(exe, file.name, &file.bytes, &limits);
        // With what lies inside it, as an ingest reads it.
        let whole = ingest::contents(&path, exe, &limits);
        let ms = begun.elapsed().as_millis();
        let outcome = match (&alone, &whole) {
            (Err(refused), _) => refused.to_string(),
            (Ok(_), Err(why)) => why.clone(),
            (Ok(text), Ok(_)) => {
                format!("read: {} letters, {} inside", text.text.len(), text.members.len())
            }
        };
        let peak = peak.map_or("killed".to_owned(), |kib| (kib >> 10).to_string());
        println!("{:22} {:>10}  {ms:>7} {peak:>9}  {outcome}", file.name, file.bytes.len());
        let name = file.name;
        match (file.expect, &alone, &whole) {
            (Expect::Read, Ok(_), Ok(_)) | (Expect::Either, _, _) => {}
            (Expect::AnyRefusal, _, Err(_)) => {}
            (Expect::Refused(kind), Err(refused), Err(_)) => {
                let told = serde_json::to_value(refused).expect("json").to_string();
                assert!(told.contains(kind), "{name}: {told}");
            }
            (Expect::Refused("bomb"), Ok(_), Err(why)) => assert!(why.contains("bomb"), "{why}"),
            (expect, ..) => panic!("{name}: {expect:?}, but {outcome}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(70), "{name} took {ms} ms");
    }
    assert!(!Path::new("/tmp/khue-climbed.txt").exists());
    // A file too large is not even opened.
    let large = folder.path().join("large.pdf");
    File::create(&large).and_then(|file| file.set_len(200 << 20)).expect("a sparse file");
    let why = ingest::contents(&large, exe, &limits).expect_err("too large");
    assert!(why.contains("209715200 bytes are more than the limit of 67108864"), "{why}");
    println!("{:22} {:>10}  {:>7} {:>9}  {why}", "large.pdf", 200 << 20, 0, "-");
}

/// Every sample cut at each percent, in a child each; then ten thousand flipped bytes, many a child.
fn cut_and_flipped(exe: &Path) {
    let limits = Limits::default();
    let (mut whole, mut refused) = (0, 0);
    for (name, bytes) in files::samples() {
        read_in_child(exe, name, &bytes, &limits).expect("the sample is read");
        for percent in 0..100 {
            match read_in_child(exe, name, &bytes[..bytes.len() * percent / 100], &limits) {
                Ok(_) => whole += 1,
                Err(Refused::Crashed { why }) => panic!("{name} at {percent} %: {why}"),
                Err(_) => refused += 1,
            }
        }
    }
    println!("cut at each percent: {whole} read in part, {refused} refused, none crashed");
    let mut counts = [0usize; 2];
    for sample in 0..files::samples().len() {
        let run = Command::new(exe).args(["__read", "flips", &sample.to_string()]).output();
        let run = run.expect("it runs");
        let said = String::from_utf8_lossy(&run.stdout).into_owned();
        let mut numbers = said.split(' ').filter_map(|word| word.trim().parse::<usize>().ok());
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        for count in &mut counts {
            *count += numbers.next().expect("a count");
        }
    }
    println!("flipped bytes: {} read, {} refused, none crashed", counts[0], counts[1]);
    assert!(counts.iter().sum::<usize>() >= 10_000);
}

/// Old Office files and pictures, where the programs for them are installed; else the refusal that says so.
fn other_programs(exe: &Path) {
    let there = |part: &str| {
        helpers().into_iter().any(|(what, path)| what.contains(part) && path.is_some())
    };
    let rtf = b"{\\rtf1\\ansi {\\b \\u272?i\\u7873?u 1.} Ph\\u7841?m vi\\par}";
    let read = read_file(exe, "a.rtf", rtf, &Limits::default());
    match there("LibreOffice") {
        true => {
            assert!(read.as_ref().is_ok_and(|it| it.text.contains("Điều 1. Phạm vi")), "{read:?}")
        }
        false => {
            println!("skipped 1: LibreOffice is not installed");
            assert!(matches!(read, Err(Refused::Unsupported { .. })), "{read:?}");
        }
    }
    let png = [b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; 64]].concat();
    let read = read_file(exe, "a.png", &png, &Limits::default());
    match there("tesseract") {
        true => assert!(matches!(read, Err(Refused::Damaged { .. })), "{read:?}"),
        false => {
            println!("skipped 1: tesseract with vie is not installed");
            assert_eq!(read, Err(Refused::NoText));
        }
    }
}

fn as_child(name: &str) -> ExitCode {
    let number = || std::env::args().nth(3).and_then(|it| it.parse().ok()).unwrap_or(0);
    match name {
        "escape" => {
            probe();
            let port = u16::try_from(number()).unwrap_or(0);
            let tries = [
                ("connected", TcpStream::connect(("127.0.0.1", port)).is_ok()),
                ("opened", File::open("/etc/passwd").is_ok()),
                ("started", Command::new("/bin/true").spawn().is_ok()),
            ];
            let done: Vec<&str> = tries.iter().filter(|it| it.1).map(|it| it.0).collect();
            println!("{}.", done.join(" "));
            ExitCode::SUCCESS
        }
        "flips" => {
            let (name, sample) = files::samples().swap_remove(number());
            let limits = Limits::default();
            let (mut counts, mut random) = ([0, 0], 88_172_645_463_325_252_u64);
            for _ in 0..1_700 {
                let mut bytes = sample.clone();
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let at = usize::try_from(random >> 20).unwrap_or(0) % bytes.len();
                bytes[at] = (random & 0xFF) as u8;
                counts[usize::from(read(name, &bytes, &limits).is_err())] += 1;
            }
            println!("{} {}", counts[0], counts[1]);
            ExitCode::SUCCESS
        }
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
        name => {
            let as_typed = std::env::args().any(|it| it == "--as-typed");
            child(name, &Limits { as_typed, ..Limits::default() })
        }
    }
}

/// A stack that ends.
#[expect(unconditional_recursion, reason = "that is what it is for")]
fn deep(n: u8) -> u8 {
    let room = std::hint::black_box([n; 4096]);
    deep(room[0].wrapping_add(1)).wrapping_add(room[1])
}
