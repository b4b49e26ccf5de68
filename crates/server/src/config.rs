//! Settings: `deploy/config.toml` holds every key with its default, and this file is their only
//! reader. Secrets come from the environment.

mod channels;
mod signin;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use answer::Profile;
use anyhow::Context;
use infer::{Api, EmbedOptions, GenerateOptions, Precision, RemoteOptions, hex};
use jiff::civil::Date;
use search::SearchOptions;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(crate) use channels::{BadSignature, ChatwootConfig};
use channels::{CaseConfig, TelegramConfig, ZaloBotConfig, ZaloConfig};
use signin::{OidcConfig, SigninConfig};

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) paths: Paths,
    pub(crate) models: ModelsConfig,
    pub(crate) search: SearchOptions,
    pub(crate) answer: AnswerConfig,
    pub(crate) profiles: BTreeMap<String, ProfileConfig>,
    pub(crate) serve: ServeConfig,
    pub(crate) chat: ChatConfig,
    pub(crate) widget: WidgetConfig,
    pub(crate) handoff: HandoffConfig,
    pub(crate) signin: SigninConfig,
    pub(crate) oidc: OidcConfig,
    pub(crate) zalo: ZaloConfig,
    pub(crate) zalo_bot: ZaloBotConfig,
    pub(crate) telegram: TelegramConfig,
    pub(crate) chatwoot: ChatwootConfig,
    pub(crate) case: CaseConfig,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Paths {
    pub(crate) data: PathBuf,
    pub(crate) prompts: PathBuf,
    pub(crate) models: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ModelsConfig {
    pub(crate) embed: String,
    pub(crate) generate: String,
    pub(crate) embed_queue: usize,
    pub(crate) embed_max_tokens: usize,
    pub(crate) generate_queue: usize,
    pub(crate) generate_context: usize,
    pub(crate) generate_together: usize,
    pub(crate) generate_prefix_mib: usize,
    pub(crate) embed_precision: Precision,
    pub(crate) embed_url: String,
    pub(crate) embed_api: Api,
    pub(crate) embed_model: String,
    pub(crate) generate_url: String,
    pub(crate) generate_model: String,
    pub(crate) remote_timeout_ms: u64,
    pub(crate) remote_retries: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AnswerConfig {
    pub(crate) generate: bool,
    pub(crate) sources: usize,
    pub(crate) coverage: f32,
    pub(crate) tokens: usize,
    pub(crate) characters: usize,
    pub(crate) keep_days: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProfileConfig {
    pub(crate) corpora: Vec<String>,
    /// In place of those of `[answer]`; 0: those.
    pub(crate) sources: usize,
    pub(crate) tokens: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServeConfig {
    pub(crate) listen: String,
    pub(crate) body_bytes: usize,
    pub(crate) requests: usize,
    pub(crate) timeout_s: u64,
    pub(crate) trust_profile: bool,
    /// Proxies whose word on where a caller comes from is believed.
    pub(crate) proxies: Vec<IpAddr>,
    /// Calls a minute of one key of `KHUE_API_KEYS`.
    pub(crate) per_key: u32,
    /// The address by which people know this server: `https://khue.hanoi.gov.vn`.
    pub(crate) public: String,
    /// Where the pages of those who run this are served; empty: nowhere.
    pub(crate) admin: String,
    /// The address by which they know it.
    pub(crate) admin_public: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ChatConfig {
    pub(crate) keep_days: u32,
    pub(crate) idle_hours: u32,
    pub(crate) per_minute: NonZeroU32,
    pub(crate) per_minute_address: NonZeroU32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WidgetConfig {
    /// Sites that may embed it: `https://phuong.hanoi.gov.vn`.
    pub(crate) origins: Vec<String>,
    pub(crate) session_hours: u32,
    pub(crate) complaints: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HandoffConfig {
    pub(crate) desk: bool,
    pub(crate) hours: Vec<String>,
    pub(crate) closed: Vec<Date>,
    pub(crate) phone: String,
    pub(crate) return_hours: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            paths: Paths::default(),
            models: ModelsConfig::default(),
            search: SearchOptions::default(),
            answer: AnswerConfig::default(),
            profiles: [("citizen", 0, 0), ("staff", 5, 240), ("review", 5, 240)]
                .map(|(name, sources, tokens)| {
                    (name.into(), ProfileConfig { corpora: Vec::new(), sources, tokens })
                })
                .into(),
            serve: ServeConfig::default(),
            chat: ChatConfig::default(),
            widget: WidgetConfig::default(),
            handoff: HandoffConfig::default(),
            signin: SigninConfig::default(),
            oidc: OidcConfig::default(),
            zalo: ZaloConfig::default(),
            zalo_bot: ZaloBotConfig::default(),
            telegram: TelegramConfig::default(),
            chatwoot: ChatwootConfig::default(),
            case: CaseConfig::default(),
        }
    }
}

impl Default for Paths {
    fn default() -> Paths {
        Paths {
            data: "data".into(),
            prompts: "prompts".into(),
            models: "models/models.toml".into(),
        }
    }
}

impl Default for ModelsConfig {
    fn default() -> ModelsConfig {
        let (embed, generate) = (EmbedOptions::default(), GenerateOptions::default());
        let remote = RemoteOptions::default();
        ModelsConfig {
            embed: "embed".into(),
            generate: "generate".into(),
            embed_queue: embed.queue,
            embed_max_tokens: embed.max_tokens,
            generate_queue: generate.queue,
            generate_context: generate.context,
            generate_together: generate.together,
            generate_prefix_mib: generate.prefix_mib,
            embed_precision: embed.precision,
            embed_url: String::new(),
            embed_api: Api::default(),
            embed_model: String::new(),
            generate_url: String::new(),
            generate_model: String::new(),
            remote_timeout_ms: remote.timeout.as_millis() as u64,
            remote_retries: remote.retries,
        }
    }
}

impl Default for AnswerConfig {
    fn default() -> AnswerConfig {
        let profile = Profile::new("citizen");
        AnswerConfig {
            generate: true,
            sources: profile.sources,
            coverage: profile.coverage,
            tokens: profile.tokens,
            characters: profile.characters,
            keep_days: 30,
        }
    }
}

impl Default for ServeConfig {
    fn default() -> ServeConfig {
        ServeConfig {
            listen: "127.0.0.1:8080".into(),
            body_bytes: 64 << 10,
            requests: 64,
            timeout_s: 120,
            trust_profile: false,
            proxies: Vec::new(),
            per_key: 60,
            public: String::new(),
            admin: "127.0.0.1:8081".into(),
            admin_public: String::new(),
        }
    }
}

impl Default for ChatConfig {
    fn default() -> ChatConfig {
        ChatConfig {
            keep_days: 30,
            idle_hours: 12,
            per_minute: NonZeroU32::MIN.saturating_add(9),
            per_minute_address: NonZeroU32::MIN.saturating_add(29),
        }
    }
}

impl Default for WidgetConfig {
    fn default() -> WidgetConfig {
        WidgetConfig { origins: Vec::new(), session_hours: 12, complaints: "1022".into() }
    }
}

impl Default for HandoffConfig {
    fn default() -> HandoffConfig {
        let hours = ["mon-fri 08:00-11:30", "mon-fri 13:30-17:00"];
        HandoffConfig {
            desk: false,
            hours: hours.map(str::to_owned).into(),
            closed: Vec::new(),
            phone: "1022".into(),
            return_hours: 12,
        }
    }
}

impl Config {
    /// Reads a file over the defaults; without one the defaults hold.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Config> {
        let Some(file) = file else { return Ok(Config::default()) };
        let text = fs_err::read_to_string(file)?;
        let wrong = || format!("{} is not a valid configuration", file.display());
        let config: Config = toml::from_str(&text).with_context(wrong)?;
        config.check().with_context(wrong)?;
        Ok(config)
    }

    /// A short hash of all settings, so that an answer tells what it was made with. Secrets are not among them.
    pub(crate) fn id(&self) -> String {
        let text = toml::to_string(self).unwrap_or_default();
        hex(&Sha256::digest(text.as_bytes()))[..12].to_owned()
    }

    /// Values that would stop the program later.
    fn check(&self) -> anyhow::Result<()> {
        let search = &self.search;
        for (key, fine) in [
            ("search.depth must be at least 1", search.depth >= 1),
            ("search.dense must be at least 0 and below 1", (0.0..1.0).contains(&search.dense)),
            (
                "search.dense_unmarked must be between 0 and 1",
                (0.0..=1.0).contains(&search.dense_unmarked),
            ),
            ("search.marked must be between 0 and 1", (0.0..=1.0).contains(&search.marked)),
            ("models.embed_queue must be at least 1", self.models.embed_queue >= 1),
            ("models.generate_queue must be at least 1", self.models.generate_queue >= 1),
            ("models.generate_context must be at least 256", self.models.generate_context >= 256),
            ("models.generate_together must be at least 1", self.models.generate_together >= 1),
            ("models.remote_timeout_ms must be at least 1", self.models.remote_timeout_ms >= 1),
            ("serve.requests must be at least 1", self.serve.requests >= 1),
            (
                "widget.session_hours must be between 1 and 12",
                (1..=12).contains(&self.widget.session_hours),
            ),
        ] {
            anyhow::ensure!(fine, "{key}");
        }
        self.check_signin()?;
        self.check_channels()?;
        self.hours().map_err(|why| anyhow::anyhow!("handoff.hours: {why}"))?;
        self.origins().map_err(|why| anyhow::anyhow!("serve.public, widget.origins: {why}"))?;
        Ok(())
    }

    /// The sites that may embed the widget: those listed, and this server under its public name.
    pub(crate) fn origins(&self) -> Result<web::Origins, String> {
        let public = Some(self.serve.public.clone()).filter(|it| !it.is_empty());
        let listed = self.widget.origins.iter().cloned();
        web::Origins::read(&listed.chain(public).collect::<Vec<_>>())
    }

    fn hours(&self) -> Result<chat::Hours, String> {
        chat::Hours::read(&self.handoff.hours, &self.handoff.closed)
    }

    /// How conversations are held. Where they are kept is a secret: `KHUE_DATABASE_URL` with `KHUE_KEYS_URL`, else two
    /// files in the data folder.
    pub(crate) fn chat_options(&self) -> anyhow::Result<chat::Options> {
        let url = |name: &str| std::env::var(name).ok().filter(|url| !url.is_empty());
        let place = match (url("KHUE_DATABASE_URL"), url("KHUE_KEYS_URL")) {
            (None, None) => chat::Place::folder(&self.paths.data),
            (Some(talks), Some(keys)) if talks != keys => chat::Place { talks, keys },
            _ => anyhow::bail!(
                "set both KHUE_DATABASE_URL and KHUE_KEYS_URL, to two databases: a copy of the first one must not hold \
                 the keys of what was erased"
            ),
        };
        let hours = |hours: u32| jiff::SignedDuration::from_hours(i64::from(hours));
        let handoff = chat::Handoff {
            desk: self.handoff.desk,
            hours: self.hours().map_err(|why| anyhow::anyhow!("handoff.hours: {why}"))?,
            told: self.handoff.hours.clone(),
            phone: self.handoff.phone.clone(),
            back_after: hours(self.handoff.return_hours),
        };
        Ok(chat::Options {
            place,
            keep_days: self.chat.keep_days,
            idle: hours(self.chat.idle_hours),
            per_minute: self.chat.per_minute,
            per_minute_address: self.chat.per_minute_address,
            limit: Duration::from_secs(self.serve.timeout_s),
            handoff,
            now: crate::clock::now,
        })
    }

    pub(crate) fn search_options(&self) -> SearchOptions {
        let api_key = std::env::var("KHUE_QDRANT_API_KEY").unwrap_or_default();
        SearchOptions { api_key, ..self.search.clone() }
    }

    pub(crate) fn embed_options(&self) -> EmbedOptions {
        EmbedOptions {
            precision: self.models.embed_precision,
            queue: self.models.embed_queue,
            max_tokens: self.models.embed_max_tokens,
        }
    }

    pub(crate) fn generate_options(&self) -> GenerateOptions {
        GenerateOptions {
            queue: self.models.generate_queue,
            context: self.models.generate_context,
            together: self.models.generate_together,
            prefix_mib: self.models.generate_prefix_mib,
        }
    }

    /// The server that embeds, if it is not this process.
    pub(crate) fn remote_embedder(&self) -> Option<RemoteOptions> {
        let models = &self.models;
        let remote = self.remote(&models.embed_url, &models.embed_model, "KHUE_EMBED_API_KEY")?;
        Some(RemoteOptions { api: models.embed_api, ..remote })
    }

    /// The server that generates, if it is not this process.
    pub(crate) fn remote_generator(&self) -> Option<RemoteOptions> {
        self.remote(&self.models.generate_url, &self.models.generate_model, "KHUE_GENERATE_API_KEY")
    }

    fn remote(&self, url: &str, model: &str, key: &str) -> Option<RemoteOptions> {
        (!url.is_empty()).then(|| RemoteOptions {
            url: url.to_owned(),
            model: model.to_owned(),
            key: std::env::var(key).ok().filter(|key| !key.is_empty()),
            timeout: Duration::from_millis(self.models.remote_timeout_ms),
            retries: self.models.remote_retries,
            ..RemoteOptions::default()
        })
    }

    /// Profiles as `answer` wants them, with the collections that the corpus opens to each.
    pub(crate) fn profile(&self, name: &str, open: Option<Vec<String>>) -> Option<Profile> {
        let ProfileConfig { corpora, sources, tokens } = self.profiles.get(name)?;
        let corpora = match (corpora.is_empty(), open) {
            (true, open) => open.unwrap_or_default(),
            (false, None) => corpora.clone(),
            (false, Some(open)) => {
                let both: Vec<String> =
                    corpora.iter().filter(|corpus| open.contains(corpus)).cloned().collect();
                // Empty would mean all: a name that no collection has lets nothing through.
                if both.is_empty() { vec![String::new()] } else { both }
            }
        };
        let AnswerConfig { coverage, characters, .. } = self.answer;
        let or = |own: usize, all: usize| if own == 0 { all } else { own };
        let sources = or(*sources, self.answer.sources);
        let tokens = or(*tokens, self.answer.tokens);
        Some(Profile { name: name.into(), corpora, sources, coverage, tokens, characters })
    }
}

impl Config {
    /// The profile that a caller over HTTP names. Until callers sign in, anybody may name any, so its
    /// manner is the named one's and what it sees is a citizen's, unless `serve.trust_profile` says
    /// that only signed-in people reach this server.
    pub(crate) fn caller(
        &self,
        name: &str,
        open_to: impl Fn(&str) -> Option<Vec<String>>,
    ) -> Option<Profile> {
        if self.serve.trust_profile {
            return self.profile(name, open_to(name));
        }
        let citizen = self.profile("citizen", open_to("citizen"))?;
        let named = self.profile(name, None)?;
        Some(Profile { corpora: citizen.corpora, ..named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_in_deploy_holds_every_key_and_its_default() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config.toml");
        let text = fs_err::read_to_string(file).unwrap();
        let config: Config = toml::from_str(&text).unwrap();
        assert_eq!(config, Config::default());
        let keys = |value: &toml::Value| -> Vec<String> {
            let mut keys = Vec::new();
            for (section, table) in value.as_table().unwrap() {
                for key in table.as_table().into_iter().flatten().map(|(key, _)| key) {
                    keys.push(format!("{section}.{key}"));
                }
            }
            keys.sort();
            keys
        };
        let written: toml::Value = toml::from_str(&text).unwrap();
        assert_eq!(keys(&written), keys(&toml::Value::try_from(Config::default()).unwrap()));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = toml::from_str::<Config>("[search]\nwindow = 3\n").unwrap_err().to_string();
        assert!(error.contains("window"), "{error}");
    }
}
