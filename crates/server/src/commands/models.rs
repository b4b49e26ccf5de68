//! `khue models`: list, pull, verify.

use clap::{Args, Subcommand};
use infer::{FileState, Model};
use serde_json::json;

use super::out::{Out, table};
use super::{Done, Usage};
use crate::app::Setup;

#[derive(Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(Subcommand)]
enum ModelsCommand {
    /// Declared models and whether they are here
    List,
    /// Fetch what is missing; roles or names [default: embed generate]
    Pull { which: Vec<String> },
    /// Read every file and compare its hash; roles or names [default: all that are here]
    Verify { which: Vec<String> },
}

pub(crate) fn run(setup: &Setup, args: ModelsArgs, out: &Out) -> anyhow::Result<Done> {
    match args.command {
        ModelsCommand::List => list(setup, out),
        ModelsCommand::Pull { which } => pull(setup, &which, out),
        ModelsCommand::Verify { which } => verify(setup, &which, out),
    }
}

fn list(setup: &Setup, out: &Out) -> anyhow::Result<Done> {
    let models: Vec<(&Model, &str)> =
        setup.models.models.iter().map(|model| (model, word(setup, model))).collect();
    if out.json {
        let list: Vec<_> = models
            .iter()
            .map(|(model, state)| json!({"name": model.name, "role": model.role, "state": state, "licence": model.licence, "folder": model.folder(&setup.cache)}))
            .collect();
        out.document(&json!({"models": list}))?;
    }
    let rows: Vec<Vec<String>> = models
        .iter()
        .map(|(model, state)| {
            [&model.name, &model.role, *state, &model.licence, &model.title]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    out.line(table(&["name", "role", "state", "licence", "title"], &rows));
    Ok(Done::Well)
}

fn word(setup: &Setup, model: &Model) -> &'static str {
    let states = model.state(&setup.cache);
    if states.iter().all(|(_, state)| matches!(state, FileState::Here { .. })) {
        "here"
    } else if states.iter().any(|(_, state)| matches!(state, FileState::Damaged { .. })) {
        "damaged"
    } else {
        "missing"
    }
}

fn chosen<'a>(
    setup: &'a Setup,
    which: &[String],
    default: &[&str],
) -> anyhow::Result<Vec<&'a Model>> {
    let names: Vec<&str> = if which.is_empty() {
        default.to_vec()
    } else {
        which.iter().map(String::as_str).collect()
    };
    names
        .into_iter()
        .map(|name| {
            setup.models.get(name).ok_or_else(|| {
                Usage(format!("no model or role {name:?} is declared; see `khue models list`"))
                    .into()
            })
        })
        .collect()
}

fn pull(setup: &Setup, which: &[String], out: &Out) -> anyhow::Result<Done> {
    let mut done = Vec::new();
    for model in chosen(setup, which, &["embed", "generate"])? {
        let bar = out.bar(&model.name, 0, true);
        let fetched = model.pull(&setup.cache, |step| {
            bar.set_length(step.total.max(step.done));
            bar.set_position(step.done);
        });
        bar.finish_and_clear();
        let fetched = fetched?;
        // Start-up then maps what it needs instead of converting it.
        let wait = out.bar(&format!("{}: packing", model.name), 0, true);
        let packed = model.pack(&setup.cache);
        wait.finish_and_clear();
        packed?;
        let state = if fetched { "fetched" } else { "here" };
        out.line(format!(
            "{}: {state}, licence {} ({})",
            model.name, model.licence, model.licence_url
        ));
        for file in model.files.iter().filter(|file| file.sha256.is_none()) {
            out.note(format!(
                "{}/{}: no hash is declared, taken as it came; write its sha256 down",
                model.name, file.path
            ));
        }
        done.push(json!({"name": model.name, "state": state}));
    }
    out.document(&json!({"models": done}))?;
    Ok(Done::Well)
}

fn verify(setup: &Setup, which: &[String], out: &Out) -> anyhow::Result<Done> {
    let here: Vec<&str> = setup
        .models
        .models
        .iter()
        .filter(|model| word(setup, model) != "missing")
        .map(|m| m.name.as_str())
        .collect();
    let (mut files, mut bad) = (Vec::new(), Vec::new());
    for model in chosen(setup, which, &here)? {
        let bar = out.bar(&model.name, model.files.iter().filter_map(|file| file.size).sum(), true);
        for (file, state) in model.verify(&setup.cache, |read| bar.set_position(read)) {
            let word = match &state {
                FileState::Here { .. } => "right".to_owned(),
                FileState::Missing => "missing".to_owned(),
                FileState::Damaged { why } => why.clone(),
            };
            if word != "right" {
                bad.push(format!("{}/{} {word}", model.name, file.path));
            }
            out.line(format!("{}/{}: {word}", model.name, file.path));
            files.push(json!({"model": model.name, "file": file.path, "state": word}));
        }
        bar.finish_and_clear();
        if let Some((path, why)) = model.verify_packed(&setup.cache) {
            let word = why.unwrap_or_else(|| "right".to_owned());
            if word != "right" {
                bad.push(format!("{} {word}", path.display()));
            }
            out.line(format!("{}/{}: {word}", model.name, "packed.khue"));
            files.push(json!({"model": model.name, "file": "packed.khue", "state": word}));
        }
    }
    out.document(&json!({"files": files}))?;
    if bad.is_empty() {
        return Ok(Done::Well);
    }
    anyhow::bail!("{}; remove the files and run `khue models pull`", bad.join("; "))
}
