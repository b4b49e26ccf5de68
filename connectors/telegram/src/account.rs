//! What an operator sets at the platform: where it delivers, and what its menu of commands holds.

use teloxide::payloads::SetWebhookSetters;
use teloxide::requests::Requester;
use teloxide::types::BotCommand;
use teloxide::{Bot, RequestError};

use crate::poll::KINDS;

/// A bot at the platform.
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) bot: Bot,
}

/// How the platform sees the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// By which people find it.
    pub username: String,
    /// Where it delivers; empty: nowhere, it is asked.
    pub url: String,
    /// Updates that wait for being delivered.
    pub waiting: u32,
    /// Why the last delivery failed.
    pub trouble: Option<String>,
}

/// Deliveries at a time; each is only kept, so few suffice.
const TOGETHER: u8 = 20;

impl Account {
    /// A bot of a server, `https://api.telegram.org` or one of one's own.
    ///
    /// # Errors
    /// What is wrong with the address or the token.
    pub fn new(api: &str, token: &str) -> Result<Account, String> {
        let host = ["https://", "http://"].iter().find_map(|it| api.strip_prefix(it));
        let wrong = || format!("telegram.api {api:?} is no address; write https://…");
        host.filter(|it| !it.is_empty()).ok_or_else(wrong)?;
        let url = api.parse().map_err(|_| wrong())?;
        number(token).ok_or("KHUE_TELEGRAM_TOKEN is no token of a bot: 123456:ABC…")?;
        Ok(Account { bot: Bot::new(token).set_api_url(url) })
    }

    /// The client of the platform, to send with.
    pub fn bot(&self) -> Bot {
        self.bot.clone()
    }

    /// The number of the bot.
    pub fn number(&self) -> u64 {
        number(self.bot.token()).unwrap_or_default()
    }

    /// How the platform sees it.
    ///
    /// # Errors
    /// When the platform is away or refuses the token.
    pub async fn hook(&self) -> Result<Hook, RequestError> {
        let me = self.bot.get_me().await?;
        let hook = self.bot.get_webhook_info().await?;
        Ok(Hook {
            username: me.username().to_owned(),
            url: hook.url.map_or_else(String::new, |it| it.to_string()),
            waiting: hook.pending_update_count,
            trouble: hook.last_error_message,
        })
    }

    /// Has it deliver to an address, with a secret, and shows commands in its menu (name, what it does).
    ///
    /// # Errors
    /// What is wrong with the address; when the platform refuses.
    pub async fn deliver(
        &self,
        url: &str,
        secret: &str,
        commands: &[(&str, &str)],
    ) -> Result<(), String> {
        let wrong = || format!("{url:?} is no address; give https://…/webhooks/telegram");
        let url = url.parse().map_err(|_| wrong())?;
        let call = self.bot.set_webhook(url).secret_token(secret.to_owned());
        let call = call.max_connections(TOGETHER).allowed_updates(KINDS);
        call.await.map_err(|error| error.to_string())?;
        let commands = commands.iter().map(|(name, what)| BotCommand::new(*name, *what));
        self.bot.set_my_commands(commands).await.map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Has it deliver nowhere, so that it can be asked.
    ///
    /// # Errors
    /// When the platform refuses.
    pub async fn keep_back(&self) -> Result<(), RequestError> {
        self.bot.delete_webhook().await?;
        Ok(())
    }
}

/// The number at the beginning of a token.
fn number(token: &str) -> Option<u64> {
    token.split_once(':').filter(|(_, secret)| !secret.is_empty())?.0.parse().ok()
}
