//! Settings of channels and of systems that the conversations reach.

use serde::{Deserialize, Serialize};

use super::Config;

/// A Zalo Official Account. Secrets: `KHUE_ZALO_OA_SECRET`, `KHUE_ZALO_APP_SECRET`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ZaloConfig {
    pub(crate) enabled: bool,
    pub(crate) app_id: String,
    pub(crate) oa_id: String,
    pub(crate) openapi: String,
    pub(crate) oauth: String,
    pub(crate) signature_prefix: zalo::oa::Prefix,
    pub(crate) bad_signature: BadSignature,
    pub(crate) buttons: bool,
    /// Code of the file that proves the domain.
    pub(crate) verifier: String,
}

/// What a delivery with a wrong signature is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BadSignature {
    #[serde(rename = "drop_200")]
    Drop200,
    #[serde(rename = "reject_403")]
    Reject403,
}

/// A bot of Zalo's Bot Platform. Secrets: `KHUE_ZALO_BOT_TOKEN`, `KHUE_ZALO_BOT_SECRET`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ZaloBotConfig {
    pub(crate) enabled: bool,
    pub(crate) api: String,
    /// Asks for messages instead of being called.
    pub(crate) polling: bool,
}

/// A bot of Telegram. Secrets: `KHUE_TELEGRAM_TOKEN`, `KHUE_TELEGRAM_SECRET`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TelegramConfig {
    pub(crate) enabled: bool,
    pub(crate) api: String,
    /// By which people mention the bot in groups.
    pub(crate) username: String,
    /// Asks for messages instead of being called.
    pub(crate) polling: bool,
    /// Shows answers as they are written.
    pub(crate) stream: bool,
}

/// An API inbox of Chatwoot. Secrets: `KHUE_CHATWOOT_TOKEN`, `KHUE_CHATWOOT_SECRET`, `KHUE_CHATWOOT_HMAC`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChatwootConfig {
    pub(crate) enabled: bool,
    pub(crate) base: String,
    pub(crate) inbox: String,
    pub(crate) account: u64,
    /// Takes deliveries without a signature.
    pub(crate) unsigned: bool,
}

/// The exchange of the national portal, for states of cases. Secret: `KHUE_CASE_PASSWORD`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CaseConfig {
    pub(crate) enabled: bool,
    pub(crate) auth: String,
    pub(crate) integration: String,
    pub(crate) unit: String,
    pub(crate) username: String,
}

impl Default for ZaloConfig {
    fn default() -> ZaloConfig {
        ZaloConfig {
            enabled: false,
            app_id: String::new(),
            oa_id: String::new(),
            openapi: "https://openapi.zalo.me".into(),
            oauth: "https://oauth.zaloapp.com".into(),
            signature_prefix: zalo::oa::Prefix::AppId,
            bad_signature: BadSignature::Drop200,
            buttons: true,
            verifier: String::new(),
        }
    }
}

impl Default for ZaloBotConfig {
    fn default() -> ZaloBotConfig {
        ZaloBotConfig {
            enabled: false,
            api: "https://bot-api.zaloplatforms.com".into(),
            polling: false,
        }
    }
}

impl Default for TelegramConfig {
    fn default() -> TelegramConfig {
        TelegramConfig {
            enabled: false,
            api: "https://api.telegram.org".into(),
            username: String::new(),
            polling: false,
            stream: true,
        }
    }
}

impl Default for ChatwootConfig {
    fn default() -> ChatwootConfig {
        ChatwootConfig {
            enabled: false,
            base: String::new(),
            inbox: String::new(),
            account: 1,
            unsigned: false,
        }
    }
}

impl Default for CaseConfig {
    fn default() -> CaseConfig {
        CaseConfig {
            enabled: false,
            auth: String::new(),
            integration: String::new(),
            unit: "000.00.00.H26".into(),
            username: String::new(),
        }
    }
}

impl Config {
    /// What an open channel needs.
    pub(super) fn check_channels(&self) -> anyhow::Result<()> {
        let zalo = &self.zalo;
        let named = !zalo.enabled || !(zalo.app_id.is_empty() || zalo.oa_id.is_empty());
        anyhow::ensure!(named, "zalo.enabled needs zalo.app_id and zalo.oa_id");
        let code =
            zalo.verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        anyhow::ensure!(code, "zalo.verifier is the code alone, without zalo_verifier and .html");
        let Config { chatwoot, case, handoff, .. } = self;
        for (key, fine) in [
            (
                "chatwoot.enabled needs chatwoot.base and chatwoot.inbox",
                !chatwoot.enabled || !(chatwoot.base.is_empty() || chatwoot.inbox.is_empty()),
            ),
            (
                "chatwoot.enabled needs handoff.desk = true: nobody waits for an officer otherwise",
                !chatwoot.enabled || handoff.desk,
            ),
            (
                "case.enabled needs case.auth, case.integration and case.username",
                !case.enabled
                    || ![&case.auth, &case.integration, &case.username]
                        .iter()
                        .any(|it| it.is_empty()),
            ),
        ] {
            anyhow::ensure!(fine, "{key}");
        }
        Ok(())
    }
}
