//! The channels that push messages: what is set up, how it is reached, what its state is.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use chat::{Asking, CaseStatus, Chat, Looked, Post};
use chatwoot::Desk;
use futures::future::BoxFuture;
use people::People;
use serde_json::{Value, json};
use zalo::{Account, Sender, Tokens};

use crate::clock::now;
use crate::config::{ChatwootConfig, Config};

/// The open channels.
#[derive(Clone, Default)]
pub(crate) struct Channels {
    pub(crate) zalo: Option<Arc<Zalo>>,
    pub(crate) zalo_bot: Option<Arc<ZaloBot>>,
    pub(crate) telegram: Option<Arc<Telegram>>,
    pub(crate) chatwoot: Option<Arc<Chatwoot>>,
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
    token: String,
    pub(crate) dropped: Drops,
}

/// A bot of Telegram.
pub(crate) struct Telegram {
    pub(crate) receiver: telegram::Receiver,
    pub(crate) post: Arc<Post>,
    account: telegram::Account,
    pub(crate) dropped: Drops,
}

/// A desk at Chatwoot.
pub(crate) struct Chatwoot {
    pub(crate) receiver: chatwoot::Receiver,
    pub(crate) desk: Desk,
    pub(crate) dropped: Drops,
    /// Why not everything was brought the last time.
    trouble: Mutex<Option<String>>,
}

impl Chatwoot {
    /// Notes why not everything was brought; a reason is logged once.
    fn tell(&self, trouble: Option<String>) {
        let mut told = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = trouble.as_ref().filter(|_| *told != trouble) {
            tracing::error!("not everything is brought to Chatwoot: {why}");
        }
        *told = trouble;
    }
}

/// Deliveries that were not taken. Several wrong signatures in a short time are told in the log: somebody forges, or
/// the secret in the settings is wrong.
#[derive(Default)]
pub(crate) struct Drops {
    all: AtomicU64,
    forged: Mutex<VecDeque<Instant>>,
}

/// How often the desk at Chatwoot is looked after, and how seldom while it is away.
const ROUND: Duration = Duration::from_secs(2);
const ROUND_AT_MOST: Duration = Duration::from_secs(10);
/// So many in so long are an alarm.
const ALARM: (usize, Duration) = (5, Duration::from_secs(300));

impl Drops {
    /// Counts one, by its reason; `forged`: it may be a forgery.
    pub(crate) fn count(&self, channel: &str, reason: &str, forged: bool) {
        self.all.fetch_add(1, Ordering::Relaxed);
        tracing::info!(channel, reason, "a delivery is not taken");
        if !forged {
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
pub(crate) type Secrets<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

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

/// A bot of Telegram at its platform.
pub(crate) fn telegram(config: &Config, secrets: Secrets<'_>) -> anyhow::Result<telegram::Account> {
    let token = secret("KHUE_TELEGRAM_TOKEN", secrets)?;
    telegram::Account::new(&config.telegram.api, &token).map_err(anyhow::Error::msg)
}

/// The secret of its webhook.
pub(crate) fn telegram_secret(secrets: Secrets<'_>) -> anyhow::Result<String> {
    let secret = secret("KHUE_TELEGRAM_SECRET", secrets)?;
    let fine = secret.len() <= 256
        && secret.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-');
    anyhow::ensure!(fine, "KHUE_TELEGRAM_SECRET: at most 256 letters of A-Z, a-z, 0-9, _ and -");
    Ok(secret)
}

/// A sentence of `say.toml` with its values.
pub(crate) type Say = chatwoot::Say;

impl Channels {
    /// Opens what the settings name. `renew` renews the tokens of Zalo.
    pub(crate) fn open(
        config: &Config,
        chat: &Chat,
        say: &Say,
        renew: zalo::Renew,
        secrets: Secrets<'_>,
    ) -> anyhow::Result<Channels> {
        let titles = || [say("rating_good", &[]), say("rating_bad", &[])];
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
                titles: titles(),
            };
            let sender = Sender::new(&config.zalo.openapi, account);
            let sender = Arc::new(sender);
            let post = Post::new(chat.clone(), Arc::<Sender>::clone(&sender));
            let dropped = Drops::default();
            channels.zalo = Some(Arc::new(Zalo { receiver, post, sender, dropped }));
        }
        if config.zalo_bot.enabled {
            let token = secret("KHUE_ZALO_BOT_TOKEN", secrets)?;
            // Who asks needs no secret; without one no delivery is taken.
            let receiver = match config.zalo_bot.polling {
                true => zalo::bot::Receiver::default(),
                false => zalo::bot::Receiver { secret: secret("KHUE_ZALO_BOT_SECRET", secrets)? },
            };
            let sender = Sender::new(&config.zalo_bot.api, Account::Bot(token.clone()));
            let post = Post::new(chat.clone(), Arc::new(sender));
            channels.zalo_bot =
                Some(Arc::new(ZaloBot { receiver, post, token, dropped: Drops::default() }));
        }
        if config.telegram.enabled {
            let account = telegram(config, secrets)?;
            let secret = match config.telegram.polling {
                true => String::new(),
                false => telegram_secret(secrets)?,
            };
            let username = config.telegram.username.trim_start_matches('@').to_owned();
            let receiver = telegram::Receiver { bot: account.number(), username, secret };
            let words = telegram::Words { titles: titles(), thanks: say("rating_thanks", &[]) };
            let sender = telegram::Sender::new(account.bot(), words, config.telegram.stream);
            let post = Post::new(chat.clone(), Arc::new(sender));
            let dropped = Drops::default();
            channels.telegram = Some(Arc::new(Telegram { receiver, post, account, dropped }));
        }
        if config.chatwoot.enabled {
            let ChatwootConfig { base, inbox, account, unsigned, .. } = &config.chatwoot;
            let secret_of_hook = match unsigned {
                true => secrets("KHUE_CHATWOOT_SECRET").unwrap_or_default(),
                false => secret("KHUE_CHATWOOT_SECRET", secrets)?,
            };
            let receiver = chatwoot::Receiver { secret: secret_of_hook, unsigned: *unsigned };
            let inbox = chatwoot::Inbox {
                base: base.clone(),
                ident: inbox.clone(),
                account: *account,
                token: secret("KHUE_CHATWOOT_TOKEN", secrets)?,
                hmac: secrets("KHUE_CHATWOOT_HMAC").unwrap_or_default(),
            };
            let desk = Desk::new(chat.clone(), inbox, Arc::clone(say));
            let dropped = Drops::default();
            channels.chatwoot =
                Some(Arc::new(Chatwoot { receiver, desk, dropped, trouble: Mutex::default() }));
        }
        Ok(channels)
    }

    /// Asks platforms for messages where the settings say so, beside the requests.
    #[expect(clippy::disallowed_methods, reason = "platforms are asked beside the requests")]
    pub(crate) fn ask(&self, config: &Config) {
        if let Some(bot) = self.zalo_bot.clone().filter(|_| config.zalo_bot.polling) {
            let base = config.zalo_bot.api.clone();
            tokio::spawn(async move { zalo::poll(&base, &bot.token, &bot.post).await });
        }
        if let Some(bot) = self.telegram.clone().filter(|_| config.telegram.polling) {
            tokio::spawn(async move { bot.account.poll(&bot.receiver, &bot.post).await });
        }
    }

    /// Brings conversations to the desk at Chatwoot for ever, beside the requests.
    #[expect(clippy::disallowed_methods, reason = "the desk is served beside the requests")]
    pub(crate) fn serve_desk(&self) {
        let Some(chatwoot) = self.chatwoot.clone() else { return };
        tokio::spawn(async move {
            let mut wait = ROUND;
            loop {
                let trouble = chatwoot.desk.round().await.err();
                wait = if trouble.is_some() { (wait * 2).min(ROUND_AT_MOST) } else { ROUND };
                chatwoot.tell(trouble);
                tokio::time::sleep(wait).await;
            }
        });
    }

    fn posts(&self) -> impl Iterator<Item = (&'static str, &Arc<Post>)> {
        let zalo = self.zalo.iter().map(|it| ("zalo", &it.post));
        let bot = self.zalo_bot.iter().map(|it| ("zalo_bot", &it.post));
        let telegram = self.telegram.iter().map(|it| ("telegram", &it.post));
        zalo.chain(bot).chain(telegram)
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
        let mut states: serde_json::Map<String, Value> =
            self.posts().map(|(name, post)| (name.to_owned(), state(post))).collect();
        if let Some(chatwoot) = &self.chatwoot {
            let trouble = chatwoot.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            states.insert("chatwoot".into(), json!({"waiting": 0, "broken": *trouble}));
        }
        Value::Object(states)
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

/// The system of cases that the settings name, of which every question stands in the audit log.
pub(crate) fn cases(
    config: &Config,
    people: People,
    secrets: Secrets<'_>,
) -> anyhow::Result<Option<Arc<dyn CaseStatus>>> {
    let case = &config.case;
    if !case.enabled {
        return Ok(None);
    }
    let portal = dvcqg::Portal::new(dvcqg::Account {
        auth: case.auth.clone(),
        integration: case.integration.clone(),
        unit: case.unit.clone(),
        username: case.username.clone(),
        password: secret("KHUE_CASE_PASSWORD", secrets)?,
    });
    Ok(Some(Arc::new(Audited { portal, people })))
}

struct Audited {
    portal: dvcqg::Portal,
    people: People,
}

impl CaseStatus for Audited {
    fn status<'a>(&'a self, asked: &'a Asking) -> BoxFuture<'a, Looked> {
        Box::pin(async move {
            // Before it is asked: a question that cannot be noted is not put.
            let (talk, name) = (asked.talk.to_string(), &asked.name);
            if let Err(error) = self.people.audit_citizen("case.asked", &talk, name).await {
                tracing::error!("the state of a case is not looked up: {error}");
                return Looked::Away;
            }
            let looked = self.portal.status(asked).await;
            let did = match &looked {
                Looked::Found(_) => "case.shown",
                Looked::NotFound => "case.not_found",
                Looked::Away => "case.away",
            };
            match self.people.audit_citizen(did, &talk, name).await {
                Ok(()) => looked,
                Err(error) => {
                    tracing::error!("the state of a case is not shown: {error}");
                    Looked::Away
                }
            }
        })
    }
}
