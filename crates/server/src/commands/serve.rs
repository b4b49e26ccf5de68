//! `khue serve`: HTTP on one address, the corpus followed as it changes.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use zalo::{Renew, TokenError};

use super::out::Out;
use super::{Done, vectors};
use crate::app::{App, Setup};
use crate::channels;
use crate::clock::today;
use crate::http;
use crate::keys::Keys;

/// How often the pointer to the current version is looked at.
const FOLLOW: Duration = Duration::from_secs(2);
/// How often the decisions over answers are looked at: they hold within a second.
const DECISIONS: Duration = Duration::from_millis(500);
/// How often is looked for conversations whose time is over.
const SWEEP: Duration = Duration::from_secs(60);
/// How often is looked for texts without a vector.
const REST: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct ServeArgs {
    /// Address and port [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address and port of the administration [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,
}

pub(crate) async fn run(setup: Setup, args: ServeArgs, out: &Out) -> anyhow::Result<Done> {
    let began = Instant::now();
    let address = args.listen.unwrap_or_else(|| setup.config.serve.listen.clone());
    // Taken before the models are loaded, so that a wrong port is said at once.
    let listener = tokio::net::TcpListener::bind(&address).await.with_context(|| {
        format!("cannot listen on {address}; is another one running? choose another with --listen")
    })?;
    let admin = args.admin.unwrap_or_else(|| setup.config.serve.admin.clone());
    let admin = match admin.is_empty() {
        true => None,
        false => Some(tokio::net::TcpListener::bind(&admin).await.with_context(|| {
            format!("cannot listen on {admin} (serve.admin); set another address, or \"\" for no pages of administration")
        })?),
    };
    setup.current()?;
    out.note("loading models and corpus …");
    let app = tokio::task::spawn_blocking(move || -> anyhow::Result<App> {
        let app = App::load(setup, true)?;
        app.refresh()?;
        Ok(app)
    })
    .await??
    .with_chat()
    .await?
    .with_people(&channels::environment)
    .await?;
    let renew = renewing(app.clone());
    let mut app = app.with_channels(renew, &channels::environment)?;
    let keys = channels::environment("KHUE_API_KEYS").unwrap_or_default();
    app.keys = Keys::read(&keys, app.setup.config.serve.per_key)?;
    app.channels.resume().await?;
    app.channels.ask(&app.setup.config);
    app.channels.serve_desk();
    let version = app.corpus()?.manifest.id.clone();
    out.note(format!(
        "ready in {:.1} s: corpus {version}; open http://{}",
        began.elapsed().as_secs_f64(),
        listener.local_addr()?
    ));
    let (records, day) = (app.records.clone(), today());
    if let Err(error) = tokio::task::spawn_blocking(move || records.sweep(day)).await? {
        tracing::error!("old records of answers are not removed: {error}");
    }
    sweep(app.clone());
    follow(app.clone());
    follow_decisions(app.clone());
    embed(app.clone());
    let public = http::serve(listener, http::router(app.clone()), stopped());
    match admin {
        Some(admin) => {
            out.note(format!("administration: http://{}/admin", admin.local_addr()?));
            let admin = http::serve(admin, http::admin_router(app), stopped());
            tokio::try_join!(public, admin)?;
        }
        None => public.await?,
    }
    Ok(Done::Well)
}

/// Renews the tokens of Zalo in a process of its own, which goes on if this one ends: the pair that it gets works once.
fn renewing(app: App) -> Renew {
    Arc::new(move |seen| {
        let app = app.clone();
        Box::pin(async move {
            let away = |why: String| TokenError::Away(why);
            let chat = app.chat.clone().ok_or_else(|| away("no conversations are open".into()))?;
            let program = std::env::current_exe().map_err(|error| away(error.to_string()))?;
            let mut child = tokio::process::Command::new(program);
            if let Some(file) = &app.setup.file {
                child.arg("--config").arg(file);
            }
            child.arg("--data").arg(&app.setup.config.paths.data).args(["zalo", "renew"]);
            child.env("KHUE_ZALO_SEEN", &seen).stdin(Stdio::null()).process_group(0);
            let done = child.output().await.map_err(|error| away(error.to_string()))?;
            let tokens = channels::tokens(&app.setup.config, chat, &channels::environment);
            let kept = tokens.map_err(|error| away(error.to_string()))?.kept().await?;
            match kept.access == seen {
                false => Ok(kept),
                true => {
                    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
                    match said.contains("consent") {
                        true => Err(TokenError::Consent(said)),
                        false => Err(away(said)),
                    }
                }
            }
        })
    })
}

/// Erases conversations whose time is over, beside the requests.
#[expect(clippy::disallowed_methods, reason = "conversations are swept beside the requests")]
fn sweep(app: App) {
    tokio::spawn(async move {
        loop {
            if let Some(chat) = &app.chat
                && let Err(error) = chat.sweep().await
            {
                tracing::error!("old conversations are not erased: {error}");
            }
            if let Some(people) = &app.people
                && let Err(error) = people.sweep().await
            {
                tracing::error!("old sessions are not ended: {error}");
            }
            app.channels.mend().await;
            tokio::time::sleep(SWEEP).await;
        }
    });
}

/// Opens a new version as soon as an ingest has switched to it; one that cannot be opened is said in
/// the log, and the old one goes on serving.
#[expect(clippy::disallowed_methods, reason = "the server follows the corpus beside its requests")]
fn follow(app: App) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FOLLOW).await;
            let fresh = app.clone();
            match tokio::task::spawn_blocking(move || fresh.refresh()).await {
                Ok(Ok(true)) => tracing::info!("a new corpus version serves"),
                Ok(Ok(false)) => {}
                Ok(Err(error)) => tracing::error!("the new corpus version is not used: {error:#}"),
                Err(error) => tracing::error!(%error, "opening a corpus version panicked"),
            }
        }
    });
}

/// Takes up what people decide within a second; a file that cannot be read is said once in the log.
#[expect(clippy::disallowed_methods, reason = "decisions are followed beside the requests")]
fn follow_decisions(app: App) {
    tokio::spawn(async move {
        let (mut told, mut first) = (String::new(), true);
        loop {
            let decisions = app.decisions.clone();
            let seen = tokio::task::spawn_blocking(move || {
                let changed = decisions.refresh()?;
                if changed || first {
                    decisions.log_if_by_hand()?;
                }
                anyhow::Ok(changed)
            });
            let error = match seen.await {
                Ok(Ok(changed)) => {
                    if changed {
                        tracing::info!("new decisions over answers hold");
                    }
                    String::new()
                }
                Ok(Err(error)) => format!("{error:#}"),
                Err(error) => error.to_string(),
            };
            if error != told && !error.is_empty() {
                tracing::error!("the decisions over answers are not taken up: {error}");
            }
            (told, first) = (error, false);
            tokio::time::sleep(DECISIONS).await;
        }
    });
}

/// Gives texts that are found by words alone their vectors, beside the requests, which come first.
#[expect(clippy::disallowed_methods, reason = "vectors are made beside the requests")]
fn embed(app: App) {
    tokio::spawn(async move {
        loop {
            match vectors::follow(&app.setup, &app.embedder).await {
                Ok(Some(manifest)) => {
                    tracing::info!(version = manifest.id, "all texts have vectors")
                }
                Ok(None) => {}
                Err(error) => tracing::error!("vectors are not made: {error:#}"),
            }
            tokio::time::sleep(REST).await;
        }
    });
}

/// Resolves on Ctrl-C or SIGTERM.
async fn stopped() {
    let term = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = term => {}
    }
    tracing::info!("stopping: running requests are finished first");
}
