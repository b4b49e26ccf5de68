//! Other programs that read what we do not: LibreOffice for old Office files, poppler and tesseract for
//! pictures of pages. None of them is part of the product; without them such files are refused.
//!
//! A program runs in a folder of its own behind [`super::sandbox`], with limits on memory, time and size.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use super::{Limits, Refused, sandbox};

/// As for the reader, but files may be written, up to half a gigabyte each (in blocks of 512 bytes).
const FENCE: &str = "ulimit -c 0; ulimit -f 1048576; ulimit -n 512; ulimit -v 6291456; ulimit -t \"$1\"; shift; exec \"$@\"";
/// Where programs are looked for besides `PATH`.
const PLACES: &str = "/usr/bin:/usr/local/bin:/opt/libreoffice/program";

/// The path of an installed program, by the first of its names that is there.
pub(super) fn installed(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> =
        std::env::split_paths(&path).chain(std::env::split_paths(PLACES)).collect();
    let mut all = names.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
    all.find(|program| program.is_file())
}

/// A folder for one use of programs, gone when this is dropped.
pub(super) struct Workshop<'a> {
    folder: TempDir,
    exe: &'a Path,
    limits: &'a Limits,
}

impl<'a> Workshop<'a> {
    pub(super) fn new(exe: &'a Path, limits: &'a Limits) -> Result<Workshop<'a>, Refused> {
        sweep();
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir().map_err(failed)?;
        Ok(Workshop { folder, exe, limits })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Refused> {
        let path = self.path(name);
        fs_err::write(&path, bytes).map_err(failed)?;
        Ok(path)
    }

    /// What a program left in a file; `None` when it left none.
    pub(super) fn take(&self, name: &str) -> Result<Option<Vec<u8>>, Refused> {
        let path = self.path(name);
        let Ok(meta) = fs_err::metadata(&path) else { return Ok(None) };
        if meta.len() > self.limits.file_bytes {
            return Err(Refused::TooLarge { bytes: meta.len(), limit: self.limits.file_bytes });
        }
        let bytes = fs_err::read(&path).map_err(failed)?;
        fs_err::remove_file(&path).map_err(failed)?;
        Ok(Some(bytes))
    }

    /// Runs a program to its end; its last words when it fails.
    pub(super) fn run<S: AsRef<OsStr>>(
        &self,
        program: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Result<(), String>, Refused> {
        let seconds = self.limits.tool_seconds;
        let folder = self.folder.path();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", FENCE, "sh", &seconds.to_string()]).arg(self.exe);
        command.arg("__fence").arg(folder).arg(program).args(arguments);
        command.env_clear().env("PATH", PLACES).env("HOME", folder).env("TMPDIR", folder);
        // Two cores are shared with those who ask; a page is no faster with more threads.
        command
            .env("OMP_THREAD_LIMIT", "1")
            .env("LC_ALL", "C.UTF-8")
            .env("SAL_USE_VCLPLUGIN", "svp");
        command.current_dir(folder).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let errors = child.stderr.take();
        let group = rustix::process::Pid::from_child(&child);
        let (said, hear) = mpsc::channel();
        // Not waited for: a process that left the group may hold the pipe open for ever.
        std::thread::spawn(move || {
            let mut words = Vec::new();
            if let Some(errors) = errors {
                let mut head = errors.take(4096);
                let _ = head.read_to_end(&mut words);
                let _ = std::io::copy(&mut head.into_inner(), &mut std::io::sink());
            }
            let _ = said.send(words);
        });
        // The pipe closes when the last process of the group is gone.
        let heard = hear.recv_timeout(Duration::from_secs(seconds));
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let status = child.wait().map_err(failed)?;
        match heard {
            Err(_) => Err(Refused::TimedOut { seconds }),
            Ok(_) if status.success() => Ok(Ok(())),
            Ok(words) => {
                let words = String::from_utf8_lossy(&words).into_owned();
                let last = words.lines().rfind(|line| !line.trim().is_empty());
                Ok(Err(format!("{status}, {}", last.unwrap_or("no word").trim())))
            }
        }
    }
}

fn failed(error: std::io::Error) -> Refused {
    let folder = std::env::temp_dir();
    Refused::NoRoom { why: format!("{}: {error}", folder.display()) }
}

/// Removes sockets of LibreOffice to which nobody listens any more: one that was killed leaves its own.
pub(super) fn clear_sockets() {
    let Ok(entries) = fs_err::read_dir("/tmp") else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with("OSL_PIPE_") {
            continue;
        }
        let answer = std::os::unix::net::UnixStream::connect(entry.path());
        if answer.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused) {
            let _ = fs_err::remove_file(entry.path());
        }
    }
}

const PREFIX: &str = "khue-read";

/// Removes what a run that was killed left behind: a stranger's file must not stay. No use of a folder lasts
/// a day.
fn sweep() {
    let Ok(entries) = fs_err::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let old = entry
            .metadata()
            .ok()
            .filter(|meta| meta.is_dir())
            .and_then(|meta| meta.modified().ok()?.elapsed().ok())
            .is_some_and(|age| age > Duration::from_secs(86_400));
        if old && entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = fs_err::remove_dir_all(entry.path());
        }
    }
}

/// What the hidden command `__fence FOLDER PROGRAM ARGUMENT…` runs: the program, fenced in.
pub fn fenced(folder: &Path, program: &Path, arguments: &[String]) -> ExitCode {
    // It ends with the one who waits for it.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    sandbox::for_program(folder);
    let error = Command::new(program).args(arguments).exec();
    // Only reached when it did not start; the parent shows these words.
    let _ = std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("{}: {error}\n", program.display()).as_bytes(),
    );
    ExitCode::FAILURE
}

/// Whether the fence holds on this system, tried in a process of its own: `exe __fence` without a
/// program prints it.
pub fn fence_holds(exe: &Path) -> sandbox::Fenced {
    let said = Command::new(exe).arg("__fence").output();
    let said = said.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default();
    sandbox::Fenced { network: said.contains("network"), files: said.contains("files") }
}

/// What `__fence` without a program prints.
pub fn probe() -> String {
    let fenced = sandbox::shut_in();
    let words = [("network", fenced.network), ("files", fenced.files)];
    let held: Vec<&str> =
        words.into_iter().filter(|(_, held)| *held).map(|(word, _)| word).collect();
    held.join(" ")
}
