//! The channels that push messages: what is set up, how it is reached, what its state is.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use chat::{Chat, Post};
use serde_json::{Value, json};
use zalo::{Account, Dropped, Sender, Tokens};

use crate::clock::now;
use crate::config::Config;

/// The open channels.
#[derive(Clone, Default)]
pub(crate) struct Channels {
    pub(crate) zalo: Option<Arc<Zalo>>,
    pub(crate) zalo_bot: Option<Arc<ZaloBot>>,
}

/// A Zalo Official Account.
pub(crate) struct Zalo {
    pub(crate) receiver: zalo::oa::Receiver,
    pub(crate) post: Arc<Post>,
    sender: Arc<Sender>,
    pub(crate) dropped: Drops,
}

/// A bot of Zalo's Bot Platform.
pub(crate) struct ZaloBot {
    pub(crate) receiver: zalo::bot::Receiver,
    pub(crate) post: Arc<Post>,
    pub(crate) dropped: Drops,
}

/// Deliveries that were not taken. Several wrong signatures in a short time are told in the log: somebody forges, or
/// the secret in the settings is wrong.
#[derive(Default)]
pub(crate) struct Drops {
    all: AtomicU64,
    forged: Mutex<VecDeque<Instant>>,
}

/// So many in so long are an alarm.
const ALARM: (usize, Duration) = (5, Duration::from_secs(300));

impl Drops {
    pub(crate) fn count(&self, channel: &str, why: Dropped) {
        self.all.fetch_add(1, Ordering::Relaxed);
        tracing::info!(channel, reason = why.name(), "a delivery is not taken");
        if !why.forged() {
            return;
        }
        let mut forged = self.forged.lock().unwrap_or_else(PoisonError::into_inner);
        forged.retain(|at| at.elapsed() < ALARM.1);
        forged.push_back(Instant::now());
        if forged.len() >= ALARM.0 {
            tracing::error!(
                channel,
                "{} deliveries with a wrong signature in five minutes: forged, or the secret in the settings is wrong",
                forged.len()
            );
            forged.clear();
        }
    }
}

/// Where secrets come from: the environment.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// Gives a secret by its name.
pub(crate) type Secrets<'a> = &'a dyn Fn(&str) -> Option<String>;

fn secret(name: &str, secrets: Secrets<'_>) -> anyhow::Result<String> {
    secrets(name)
        .with_context(|| format!("{name} is not set; the channel cannot be opened without it"))
}

/// The tokens of the Official Account of the settings.
pub(crate) fn tokens(config: &Config, chat: Chat, secrets: Secrets<'_>) -> anyhow::Result<Tokens> {
    let zalo = &config.zalo;
    let app_secret = secret("KHUE_ZALO_APP_SECRET", secrets)?;
    Ok(Tokens::new(chat, &zalo.oauth, &zalo.app_id, &app_secret, &zalo.oa_id))
}

impl Channels {
    /// Opens what the settings name. `renew` renews the tokens of Zalo.
    pub(crate) fn open(
        config: &Config,
        chat: &Chat,
        say: impl Fn(&str) -> String,
        renew: zalo::Renew,
        secrets: Secrets<'_>,
    ) -> anyhow::Result<Channels> {
        let mut channels = Channels::default();
        if config.zalo.enabled {
            let receiver = zalo::oa::Receiver {
                app_id: config.zalo.app_id.clone(),
                oa_id: config.zalo.oa_id.clone(),
                secret: secret("KHUE_ZALO_OA_SECRET", secrets)?,
                prefix: config.zalo.signature_prefix,
            };
            let account = Account::Oa {
                tokens: Box::new(tokens(config, chat.clone(), secrets)?),
                renew,
                now,
                buttons: config.zalo.buttons,
                titles: [say("rating_good"), say("rating_bad")],
            };
            let sender = Sender::new(&config.zalo.openapi, account);
            let sender = Arc::new(sender);
            let post = Post::new(chat.clone(), Arc::<Sender>::clone(&sender));
            let dropped = Drops::default();
            channels.zalo = Some(Arc::new(Zalo { receiver, post, sender, dropped }));
        }
        if config.zalo_bot.enabled {
            let token = secret("KHUE_ZALO_BOT_TOKEN", secrets)?;
            let receiver = zalo::bot::Receiver { secret: secret("KHUE_ZALO_BOT_SECRET", secrets)? };
            let sender = Sender::new(&config.zalo_bot.api, Account::Bot(token));
            let post = Post::new(chat.clone(), Arc::new(sender));
            channels.zalo_bot =
                Some(Arc::new(ZaloBot { receiver, post, dropped: Drops::default() }));
        }
        Ok(channels)
    }

    fn posts(&self) -> impl Iterator<Item = (&'static str, &Arc<Post>)> {
        let zalo = self.zalo.iter().map(|it| ("zalo", &it.post));
        zalo.chain(self.zalo_bot.iter().map(|it| ("zalo_bot", &it.post)))
    }

    /// Takes up what an earlier run left.
    pub(crate) async fn resume(&self) -> chat::Result<()> {
        for (name, post) in self.posts() {
            let lost = post.resume().await?;
            if lost > 0 {
                tracing::warn!(
                    channel = name,
                    "{lost} messages were being sent when the program ended and may not have arrived"
                );
            }
        }
        Ok(())
    }

    /// The state of each, for readiness and operators.
    pub(crate) fn states(&self) -> Value {
        let state = |post: &Arc<Post>| json!({"waiting": post.waiting(), "broken": post.broken()});
        Value::Object(self.posts().map(|(name, post)| (name.to_owned(), state(post))).collect())
    }

    /// Tries again what is out of order: an operator may have mended it.
    pub(crate) async fn mend(&self) {
        if let Some(zalo) = &self.zalo
            && let Err(error) = zalo.sender.look_after().await
        {
            tracing::error!("the tokens of Zalo: {error}");
        }
        for (name, post) in self.posts() {
            if post.broken().is_some()
                && let Err(error) = post.mended().await
            {
                tracing::error!(channel = name, "the channel is not taken up again: {error}");
            }
        }
    }
}
