//! The child process that reads one file and answers with one line of JSON.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::annotate::{Remarked, Remarks, annotate};
use super::{Limits, Refused, Text, read, sandbox};

/// What the child says, and the most memory it held, in KiB.
#[derive(Serialize, Deserialize)]
struct Told {
    said: Said,
    peak_kib: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Ok(Text),
    Remarked(Remarked),
    Refused(Refused),
}

/// Limits that the shell sets before the child starts: memory, processor time, no files, no core.
/// A limit that the system does not let us set is left as it is.
const FENCE: &str = "ulimit -c 0; ulimit -f 0; ulimit -n 16; ulimit -v 1048576; ulimit -t \"$1\"; shift; exec \"$@\"";

/// Reads a stranger's file in a child process: `exe __read NAME`, the file on its input. A child
/// that hangs is killed, one that dies is [`Refused::Crashed`].
///
/// # Errors
/// Why the file is not read.
pub fn read_in_child(
    exe: &Path,
    name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Text, Refused> {
    read_measured(exe, name, bytes, limits).0
}

/// As [`read_in_child`], with the most memory that the child held, in KiB, if it lived to tell.
pub fn read_measured(
    exe: &Path,
    name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> (Result<Text, Refused>, Option<u64>) {
    let mut arguments = vec!["__read", name];
    arguments.extend(limits.as_typed.then_some("--as-typed"));
    match told(exe, &arguments, &[], bytes, limits) {
        Ok(Told { said: Said::Ok(text), peak_kib }) => (Ok(text), peak_kib),
        Ok(Told { said: Said::Refused(refused), peak_kib }) => (Err(refused), peak_kib),
        Ok(Told { said: Said::Remarked(_), peak_kib }) => (Err(another()), peak_kib),
        Err(refused) => (Err(refused), None),
    }
}

/// Writes remarks into a stranger's Word file in a child process: `exe __remark`, the remarks as one line of JSON and
/// the file on its input.
///
/// # Errors
/// Why it cannot be done.
pub fn remark_in_child(
    exe: &Path,
    bytes: &[u8],
    remarks: &Remarks,
    limits: &Limits,
) -> Result<Remarked, Refused> {
    let mut before =
        serde_json::to_vec(remarks).map_err(|error| Refused::Crashed { why: error.to_string() })?;
    before.push(b'\n');
    match told(exe, &["__remark"], &before, bytes, limits)?.said {
        Said::Remarked(remarked) => Ok(remarked),
        Said::Refused(refused) => Err(refused),
        Said::Ok(_) => Err(another()),
    }
}

fn another() -> Refused {
    Refused::Crashed { why: "it answered another question".to_owned() }
}

fn told(
    exe: &Path,
    arguments: &[&str],
    before: &[u8],
    bytes: &[u8],
    limits: &Limits,
) -> Result<Told, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() as u64 > limits.file_bytes {
        return Err(Refused::TooLarge { bytes: bytes.len() as u64, limit: limits.file_bytes });
    }
    let crashed = |why: String| Refused::Crashed { why };
    let mut child =
        spawn(exe, arguments, limits).map_err(|error| crashed(format!("cannot start: {error}")))?;
    let (Some(mut input), Some(output), Some(errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(ended(child, "", "no pipes"));
    };
    // Quoting and escapes can double a text; of a file with remarks, base64 makes four of three.
    let most = limits.text_bytes as u64 * 2 + bytes.len() as u64 * 2 + (1 << 20);
    let (said, hear) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that refuses early closes its input; that is no error.
            let _ = input.write_all(before).and_then(|()| input.write_all(bytes));
        });
        let words = scope.spawn(move || drained(errors, 4096));
        scope.spawn(move || {
            let _ = said.send(drained(output, most));
        });
        let heard = hear.recv_timeout(Duration::from_secs(limits.seconds));
        let late = heard.is_err();
        let answer = heard.unwrap_or_default();
        let parsed = serde_json::from_slice::<Told>(&answer).ok();
        // Dead already, or done; the kill also ends the threads that wait for its pipes.
        let _ = child.kill();
        match (late, parsed) {
            (true, _) => {
                let _ = child.wait();
                Err(Refused::TimedOut { seconds: limits.seconds })
            }
            (false, Some(told)) => {
                let _ = child.wait();
                Ok(told)
            }
            (false, None) if answer.len() as u64 > most => {
                let _ = child.wait();
                Err(crashed("it wrote more than its limit".to_owned()))
            }
            (false, None) => {
                let words = words.join().unwrap_or_default();
                Err(ended(child, &String::from_utf8_lossy(&words), "no answer"))
            }
        }
    })
}

fn spawn(exe: &Path, arguments: &[&str], limits: &Limits) -> std::io::Result<Child> {
    let shell = Path::new("/bin/sh");
    let mut command = match shell.exists() {
        true => {
            let mut command = Command::new(shell);
            command.args(["-c", FENCE, "sh", &limits.seconds.max(1).to_string()]).arg(exe);
            command
        }
        false => Command::new(exe),
    };
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Nothing of the parent's settings and secrets; few threads, so that memory stays within the limit.
    command.env_clear().env("RAYON_NUM_THREADS", "1").env("MALLOC_ARENA_MAX", "2");
    command.spawn()
}

/// Everything a pipe gives, up to one byte more than `most`.
fn drained(pipe: impl Read, most: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let _ = pipe.take(most + 1).read_to_end(&mut out);
    out
}

fn ended(mut child: Child, words: &str, otherwise: &str) -> Refused {
    let _ = child.kill();
    let status = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    let last = words
        .lines()
        .rfind(|line| !line.trim().is_empty() && !line.starts_with("note:"))
        .unwrap_or(otherwise);
    Refused::Crashed { why: format!("{status}, {}", last.trim()) }
}

/// What the hidden command `__read NAME` runs: the file on standard input, one JSON document on
/// standard output.
pub fn child(name: &str, limits: &Limits) -> ExitCode {
    answering(limits.file_bytes, |bytes| read(name, bytes, limits).map(Said::Ok))
}

/// What the hidden command `__remark` runs.
pub fn remark_child(limits: &Limits) -> ExitCode {
    let damaged = |why: &str| Refused::Damaged { why: why.to_owned() };
    answering(limits.file_bytes + limits.text_bytes as u64, |input| {
        let end = input.iter().position(|byte| *byte == b'\n');
        let (remarks, bytes) = input.split_at(end.ok_or_else(|| damaged("no remarks"))?);
        let remarks: Remarks =
            serde_json::from_slice(remarks).map_err(|error| damaged(&error.to_string()))?;
        annotate(&bytes[1..], &remarks, limits).map(Said::Remarked)
    })
}

fn answering(most: u64, answer: impl Fn(&[u8]) -> Result<Said, Refused>) -> ExitCode {
    // Opened before files are closed to this process.
    let status = std::fs::File::open("/proc/self/status");
    sandbox::shut_in();
    let mut bytes = Vec::new();
    let said = match std::io::stdin().lock().take(most + 1).read_to_end(&mut bytes) {
        Err(error) => {
            Said::Refused(Refused::Damaged { why: format!("cannot read the input: {error}") })
        }
        Ok(_) => match catch_unwind(AssertUnwindSafe(|| answer(&bytes))) {
            Ok(Ok(said)) => said,
            Ok(Err(refused)) => Said::Refused(refused),
            Err(panic) => {
                let why = panic.downcast_ref::<String>().map(String::as_str);
                let why =
                    why.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned();
                Said::Refused(Refused::Crashed { why })
            }
        },
    };
    let peak_kib = status.ok().and_then(peak);
    let Ok(json) = serde_json::to_vec(&Told { said, peak_kib }) else { return ExitCode::FAILURE };
    let mut output = std::io::stdout().lock();
    match output.write_all(&json).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// `VmHWM` of Linux: the most resident memory so far, in KiB.
fn peak(mut status: std::fs::File) -> Option<u64> {
    let mut text = String::new();
    status.read_to_string(&mut text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
