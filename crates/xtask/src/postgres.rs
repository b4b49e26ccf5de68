//! A PostgreSQL server for the tests: in a folder of its own, on a free port, gone afterwards. Installed where it is
//! missing.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps;

/// Where tests look for it.
pub(crate) const VARIABLE: &str = "KHUE_TEST_POSTGRES";

/// A running server; it is stopped and removed when this is dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    /// `postgres://…`
    pub(crate) url: String,
}

/// Installs the server if the machine has none.
pub(crate) fn install() -> Result<(), String> {
    if programs().is_some() {
        return Ok(());
    }
    println!("installing PostgreSQL, once for this machine");
    steps::apt(&["postgresql"])?;
    programs().map(|_| ()).ok_or_else(|| {
        "PostgreSQL is missing; install the package postgresql, or put initdb and pg_ctl on the PATH".to_string()
    })
}

impl Postgres {
    /// Starts one.
    pub(crate) fn start() -> Result<Postgres, String> {
        let programs = programs().ok_or("PostgreSQL is missing")?;
        let folder = std::env::temp_dir().join(format!("khue-postgres-{}", std::process::id()));
        let told = |why: std::io::Error| format!("{}: {why}", folder.display());
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(told)?;
        // It refuses to run as root, so there it runs as the owner that its package made.
        if root() {
            let mut own = Command::new("chown");
            quiet(own.arg("postgres").arg(&folder))?;
        }
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|it| it.local_addr())
            .map_err(|why| format!("no free port: {why}"))?
            .port();
        let url = format!("postgres://khue@127.0.0.1:{port}/postgres");
        let server = Postgres { programs, folder, url };
        let data = server.folder.join("data");
        quiet(server.run("initdb").arg("--pgdata").arg(&data).args([
            "--username=khue",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]))?;
        let socket = server.folder.display();
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{socket}' \
             -c fsync=off -c max_connections=200"
        );
        let log = server.folder.join("log");
        quiet(server.run("pg_ctl").arg("--pgdata").arg(&data).arg("--log").arg(&log).args([
            "--wait",
            "--options",
            &options,
            "start",
        ]))
        .map_err(|why| format!("{why}\n{}", fs::read_to_string(&log).unwrap_or_default()))?;
        Ok(server)
    }

    fn run(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match root() {
            true => {
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                    .arg(program);
                command
            }
            false => Command::new(program),
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let stop =
            quiet(self.run("pg_ctl").arg("--pgdata").arg(data).args(["--mode=immediate", "stop"]));
        if let Err(why) = stop {
            println!("the PostgreSQL server of the tests is not stopped: {why}");
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of initdb and pg_ctl: the newest that a package brought, or one on the PATH.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    let version = |path: &PathBuf| {
        let name = path.parent().and_then(Path::file_name).and_then(OsStr::to_str);
        name.and_then(|name| name.parse::<u32>().ok())
    };
    found.sort_by_key(version);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let others = std::env::split_paths(&path).collect::<Vec<_>>();
    found
        .into_iter()
        .rev()
        .chain(others)
        .find(|it| it.join("initdb").is_file() && it.join("pg_ctl").is_file())
}

fn root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn quiet(command: &mut Command) -> Result<(), String> {
    // Not a pipe: the server would inherit and hold it.
    let output = std::env::temp_dir().join(format!("khue-postgres-{}.out", std::process::id()));
    let file = fs::File::create(&output).map_err(|why| format!("{}: {why}", output.display()))?;
    let errors = file.try_clone().map_err(|why| why.to_string())?;
    let status = command.stdin(std::process::Stdio::null()).stdout(file).stderr(errors).status();
    let said = fs::read_to_string(&output).unwrap_or_default();
    let _ = fs::remove_file(&output);
    let program = command.get_program().to_string_lossy().into_owned();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program}: {status}\n{said}")),
        Err(why) => Err(format!("cannot run {program}: {why}")),
    }
}
