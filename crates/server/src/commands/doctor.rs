//! `khue doctor`: what is wrong, and how to mend it.

use std::net::TcpListener;

use serde_json::json;

use super::Done;
use super::out::Out;
use crate::app::Setup;
use crate::clock::today;

struct Finding {
    what: &'static str,
    problem: Option<String>,
    said: String,
}

pub(crate) fn run(setup: &Setup, out: &Out) -> anyhow::Result<Done> {
    let findings =
        [models(setup), corpus(setup), prompts(setup), reader(), disk(setup), port(setup), clock()];
    if out.json {
        let list: Vec<_> = findings.iter().map(|f| json!({"what": f.what, "ok": f.problem.is_none(), "said": f.problem.as_ref().unwrap_or(&f.said)})).collect();
        out.document(&json!({"findings": list}))?;
    }
    for finding in &findings {
        match &finding.problem {
            None => out.line(format!("ok     {:8} {}", finding.what, finding.said)),
            Some(problem) => out.line(format!("WRONG  {:8} {problem}", finding.what)),
        }
    }
    Ok(if findings.iter().all(|finding| finding.problem.is_none()) {
        Done::Well
    } else {
        Done::Partly
    })
}

fn finding(what: &'static str, result: anyhow::Result<String>) -> Finding {
    match result {
        Ok(said) => Finding { what, problem: None, said },
        Err(error) => Finding { what, problem: Some(format!("{error:#}")), said: String::new() },
    }
}

fn models(setup: &Setup) -> Finding {
    let check = || {
        let config = &setup.config;
        let mut names = Vec::new();
        for (name, remote) in [
            (&config.models.embed, config.remote_embedder()),
            (&config.models.generate, config.remote_generator()),
        ] {
            if let Some(remote) = remote {
                names.push(format!("{name} at {}", remote.url));
            } else if !name.is_empty() {
                let model = setup.model(name)?;
                model.require(&setup.cache)?;
                names.push(format!("{} in {}", model.name, setup.cache.display()));
            }
        }
        // A server has to answer before it is believed.
        if config.remote_generator().is_some() {
            setup.generator()?;
        }
        Ok(names.join(", "))
    };
    finding("models", check())
}

fn corpus(setup: &Setup) -> Finding {
    let check = || {
        let id = setup.current()?;
        let manifest = setup.versions.manifest(&id)?;
        let damaged = setup.versions.damaged(&manifest)?;
        anyhow::ensure!(
            damaged.is_empty(),
            "{id}: {}; run `khue corpus rollback`",
            damaged.join("; ")
        );
        let loaded = setup.embedder_id()?;
        anyhow::ensure!(
            manifest.counts.embedder == loaded,
            "{id} was made by {}, configured is {loaded}; run `khue ingest` again",
            manifest.counts.embedder
        );
        Ok(format!("{id}, {} documents, {} procedures", manifest.documents, manifest.procedures))
    };
    finding("corpus", check())
}

fn prompts(setup: &Setup) -> Finding {
    finding("prompts", setup.prompts().map(|prompts| format!("version {}", prompts.id())))
}

/// The fence round strangers' files, and the programs that read what we do not. Without a program its
/// files are refused with the reason, so that is no fault.
fn reader() -> Finding {
    let check = || {
        let held = ::ingest::read::fence_holds(&std::env::current_exe()?);
        anyhow::ensure!(
            held.network,
            "files are read without seccomp: a hostile one could reach the network; use a Linux kernel with seccomp"
        );
        let files =
            if held.files { "without network and files" } else { "without network (no Landlock)" };
        let helpers = ::ingest::read::helpers().into_iter().map(|(what, path)| match path {
            Some(path) => format!("{what} at {}", path.display()),
            None => format!("{what} is missing"),
        });
        Ok(format!("reads {files}; {}", helpers.collect::<Vec<_>>().join("; ")))
    };
    finding("reader", check())
}

fn disk(setup: &Setup) -> Finding {
    let check = || {
        let folder = &setup.config.paths.data;
        fs_err::create_dir_all(folder)?;
        let probe = folder.join(".doctor");
        fs_err::write(&probe, b"1")?;
        fs_err::remove_file(&probe)?;
        Ok(format!("{} can be written", folder.display()))
    };
    finding("disk", check())
}

fn port(setup: &Setup) -> Finding {
    let serve = &setup.config.serve;
    let check = || {
        let addresses = [(&serve.listen, "--listen"), (&serve.admin, "--admin")];
        for (address, flag) in addresses.iter().filter(|(address, _)| !address.is_empty()) {
            TcpListener::bind(address).map_err(|error| {
                anyhow::anyhow!(
                    "{address}: {error}; Khuê may be running already, or choose another with {flag}"
                )
            })?;
        }
        Ok(format!("{} and, for the administration, {:?} are free", serve.listen, serve.admin))
    };
    finding("port", check())
}

/// Before the program was written, states on a day would be wrong.
fn clock() -> Finding {
    let now = today();
    let first = jiff::civil::date(2026, 11, 1);
    let result = if now >= first {
        Ok(format!("{now}"))
    } else {
        Err(anyhow::anyhow!("the clock says {now}; set it"))
    };
    finding("clock", result)
}
