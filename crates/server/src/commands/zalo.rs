//! `khue zalo`: tokens of the Official Account, kept sealed with the conversations.

use std::sync::Arc;

use anyhow::Context;
use chat::Chat;
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use serde_json::json;
use zalo::{Pair, Tokens};

use super::Done;
use super::out::Out;
use crate::app::Setup;
use crate::channels;
use crate::clock::now;

#[derive(Args)]
pub(crate) struct ZaloArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Keep the pair of tokens that the console gave after a consent; they are read from KHUE_ZALO_ACCESS_TOKEN and
    /// KHUE_ZALO_REFRESH_TOKEN, so that they stand in no list of processes
    Token,
    /// Renew the pair now; `khue serve` does so by itself
    Renew {
        /// The access token that no longer works: nothing is done if another process has renewed it
        #[arg(long, env = "KHUE_ZALO_SEEN", hide_env_values = true, value_name = "TOKEN")]
        seen: Option<String>,
    },
    /// Tell how old the pair is and when it ends
    Status,
}

pub(crate) async fn run(setup: Setup, args: ZaloArgs, out: &Out) -> anyhow::Result<Done> {
    let chat = Chat::open(setup.config.chat_options()?, Arc::new(|_| None)).await?;
    let tokens = channels::tokens(&setup.config, chat, &channels::environment)?;
    match args.act {
        Act::Token => {
            let read = |name: &str| {
                channels::environment(name).with_context(|| format!("{name} is not set"))
            };
            let until = now().checked_add(SignedDuration::from_hours(24))?;
            let pair = Pair {
                access: read("KHUE_ZALO_ACCESS_TOKEN")?,
                refresh: read("KHUE_ZALO_REFRESH_TOKEN")?,
                given: now(),
                until,
            };
            tokens.keep(&pair).await?;
            out.line("The pair is kept. `khue serve` takes the channel up within a minute.");
            out.document(&json!({"kept": true}))?;
        }
        Act::Renew { seen } => {
            // Between the platform's answer and the disk nobody ends this: the pair that is used up works once.
            let kind = tokio::signal::unix::SignalKind::terminate();
            let _deaf = tokio::signal::unix::signal(kind)?;
            let seen = match seen {
                Some(seen) => seen,
                None => tokens.kept().await?.access,
            };
            let pair = tokens.renew(&seen, now).await?;
            out.line(format!("Renewed; the access token ends {}.", pair.until));
            out.document(&json!({"until": pair.until}))?;
        }
        Act::Status => {
            let pair = tokens.kept().await?;
            let due = Tokens::is_due(&pair, now());
            out.line(format!(
                "given {}, ends {}{}",
                pair.given,
                pair.until,
                if due { ", due" } else { "" }
            ));
            out.document(&json!({"given": pair.given, "until": pair.until, "due": due}))?;
        }
    }
    Ok(Done::Well)
}
