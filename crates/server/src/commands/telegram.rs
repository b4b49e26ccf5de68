//! `khue telegram`: what is set at the platform for the bot.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Done;
use super::out::Out;
use crate::app::Setup;
use crate::channels;

#[derive(Args)]
pub(crate) struct TelegramArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Have the platform deliver to an address, with the secret of KHUE_TELEGRAM_SECRET, and show the commands in the
    /// bot's menu
    Deliver {
        #[arg(help = "Port 443, 80, 88 or 8443: https://khue.hanoi.gov.vn/webhooks/telegram")]
        url: String,
    },
    /// Have it deliver nowhere, so that `telegram.polling` can ask for messages
    Keep,
    /// Tell how the platform sees the bot: its name, where it delivers, what waits, why a delivery failed
    Status,
}

pub(crate) async fn run(setup: Setup, args: TelegramArgs, out: &Out) -> anyhow::Result<Done> {
    let account = channels::telegram(&setup.config, &channels::environment)?;
    match args.act {
        Act::Deliver { url } => {
            let secret = channels::telegram_secret(&channels::environment)?;
            let prompts = setup.prompts()?;
            let menu: Vec<(String, String)> = ["start", "help", "xoa"]
                .map(|name| (name.to_owned(), prompts.say(&format!("telegram_menu_{name}"), &[])))
                .into();
            let menu: Vec<(&str, &str)> =
                menu.iter().map(|(name, what)| (name.as_str(), what.as_str())).collect();
            account.deliver(&url, &secret, &menu).await.map_err(anyhow::Error::msg)?;
            out.line(format!("Telegram delivers to {url}."));
            out.document(&json!({"url": url}))?;
        }
        Act::Keep => {
            account.keep_back().await?;
            out.line("Telegram delivers nowhere; with telegram.polling `khue serve` asks it.");
            out.document(&json!({"url": ""}))?;
        }
        Act::Status => {
            let hook = account.hook().await?;
            out.line(format!("bot       @{}", hook.username));
            let url = if hook.url.is_empty() { "nowhere" } else { &hook.url };
            out.line(format!("delivers  {url}"));
            out.line(format!("waiting   {}", hook.waiting));
            if let Some(trouble) = &hook.trouble {
                out.line(format!("failed    {trouble}"));
            }
            out.document(&json!({
                "username": hook.username, "url": hook.url, "waiting": hook.waiting, "trouble": hook.trouble,
            }))?;
        }
    }
    Ok(Done::Well)
}
