//! Settings of signing in.

use std::collections::BTreeMap;

use people::{Addresses, ProviderOptions, Role};
use serde::{Deserialize, Serialize};

use super::Config;

/// How people sign in (TCVN 14423:2026 5.5.2.2, 5.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SigninConfig {
    /// Whether there are accounts with a password here.
    pub(crate) local: bool,
    pub(crate) idle_minutes: u32,
    pub(crate) admin_idle_minutes: u32,
    pub(crate) hours: u32,
    pub(crate) failures: u32,
    pub(crate) locked_hours: u32,
    pub(crate) dormant_days: u32,
    pub(crate) password_days: u32,
    pub(crate) second_for_all: bool,
}

/// An identity provider. Secret: `KHUE_OIDC_SECRET`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OidcConfig {
    /// Empty: there is none.
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// What the button says.
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) name_claim: String,
    pub(crate) full_name_claim: String,
    pub(crate) groups_claim: String,
    /// Group there to roles here.
    pub(crate) roles: BTreeMap<String, Vec<Role>>,
    /// Group there to group of internal documents here.
    pub(crate) groups: BTreeMap<String, String>,
    pub(crate) algorithms: Vec<String>,
    /// Addresses of a provider that tells none itself.
    pub(crate) authorization: String,
    pub(crate) token: String,
    pub(crate) userinfo: String,
    pub(crate) jwks: String,
    pub(crate) logout: String,
}

impl Default for SigninConfig {
    fn default() -> SigninConfig {
        SigninConfig {
            local: true,
            idle_minutes: 15,
            admin_idle_minutes: 5,
            hours: 12,
            failures: 5,
            locked_hours: 12,
            dormant_days: 45,
            password_days: 60,
            second_for_all: true,
        }
    }
}

impl Default for OidcConfig {
    fn default() -> OidcConfig {
        OidcConfig {
            issuer: String::new(),
            client_id: String::new(),
            name: "tài khoản cơ quan".into(),
            scopes: vec!["profile".into()],
            name_claim: "preferred_username".into(),
            full_name_claim: "name".into(),
            groups_claim: "groups".into(),
            roles: BTreeMap::new(),
            groups: BTreeMap::new(),
            algorithms: vec!["RS256".into(), "ES256".into()],
            authorization: String::new(),
            token: String::new(),
            userinfo: String::new(),
            jwks: String::new(),
            logout: String::new(),
        }
    }
}

impl Config {
    /// Values that the rules of signing in do not leave open, or that prove nothing.
    pub(super) fn check_signin(&self) -> anyhow::Result<()> {
        let signin = &self.signin;
        // The most, and the least, that TCVN 14423:2026 5.5.2.2 and 5.6 leave open.
        for (key, value, least, most) in [
            ("signin.idle_minutes", signin.idle_minutes, 1, 15),
            ("signin.admin_idle_minutes", signin.admin_idle_minutes, 1, 5),
            ("signin.hours", signin.hours, 1, 24),
            ("signin.failures", signin.failures, 1, 5),
            ("signin.locked_hours", signin.locked_hours, 12, 720),
            ("signin.dormant_days", signin.dormant_days, 1, 45),
            ("signin.password_days", signin.password_days, 1, 62),
        ] {
            anyhow::ensure!(
                (least..=most).contains(&value),
                "{key} must be between {least} and {most}"
            );
        }
        let oidc = &self.oidc;
        anyhow::ensure!(
            oidc.issuer.is_empty() || !(oidc.client_id.is_empty() || self.serve.public.is_empty()),
            "oidc.issuer needs oidc.client_id and serve.public, the address that people are sent back to"
        );
        let signed = |it: &String| {
            ["RS", "ES", "PS"].iter().any(|kind| it.starts_with(kind)) && it.len() == 5
        };
        anyhow::ensure!(
            !oidc.algorithms.is_empty() && oidc.algorithms.iter().all(signed),
            "oidc.algorithms holds RS256, ES256 and their like; others prove nothing"
        );
        let both =
            |roles: &&Vec<Role>| roles.contains(&Role::Admin) && roles.contains(&Role::Auditor);
        anyhow::ensure!(
            oidc.roles.values().filter(both).count() == 0,
            "oidc.roles: whoever administers must not be an auditor as well"
        );
        let named = |it: &String| {
            it.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        anyhow::ensure!(
            oidc.groups.values().all(named),
            "oidc.groups: names here are letters a-z, digits and dashes"
        );
        for (key, url) in
            [("oidc.issuer", &oidc.issuer), ("oidc.token", &oidc.token), ("oidc.jwks", &oidc.jwks)]
        {
            let near = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
            let safe = url.is_empty()
                || url.starts_with("https://")
                || near.iter().any(|it| url.starts_with(it));
            anyhow::ensure!(safe, "{key} must begin with https://");
        }
        anyhow::ensure!(
            oidc.issuer.is_empty()
                || self.serve.admin.is_empty()
                || !self.serve.admin_public.is_empty(),
            "oidc.issuer needs serve.admin_public as well, the address of the administration"
        );
        anyhow::ensure!(
            oidc.authorization.is_empty() || !(oidc.token.is_empty() || oidc.jwks.is_empty()),
            "oidc.authorization needs oidc.token and oidc.jwks"
        );
        Ok(())
    }

    /// How people sign in; accounts are kept where conversations are.
    pub(crate) fn people_options(&self) -> anyhow::Result<people::Options> {
        let chat::Place { talks, keys } = self.chat_options()?.place;
        let place = match talks.starts_with("sqlite:") {
            true => format!("sqlite:{}", self.paths.data.join("people.db").display()),
            false => talks,
        };
        let signin = &self.signin;
        let minutes = |it: u32| jiff::SignedDuration::from_mins(i64::from(it));
        let hours = |it: u32| jiff::SignedDuration::from_hours(i64::from(it));
        Ok(people::Options {
            place,
            keys,
            idle: minutes(signin.idle_minutes),
            idle_admin: minutes(signin.admin_idle_minutes),
            longest: hours(signin.hours),
            failures: i64::from(signin.failures),
            locked: hours(signin.locked_hours),
            dormant: hours(24 * signin.dormant_days),
            password_age: hours(24 * signin.password_days),
            second_for_all: signin.second_for_all,
            now: crate::clock::now,
        })
    }

    /// The identity provider, if there is one.
    pub(crate) fn provider(&self, secret: Option<String>) -> Option<ProviderOptions> {
        let it = self.oidc.clone();
        let stated = !it.authorization.is_empty();
        (!it.issuer.is_empty()).then(|| ProviderOptions {
            issuer: it.issuer,
            client_id: it.client_id,
            secret,
            scopes: it.scopes,
            name_claim: it.name_claim,
            full_name_claim: it.full_name_claim,
            groups_claim: it.groups_claim,
            roles: it.roles,
            groups: it.groups,
            algorithms: it.algorithms,
            addresses: stated.then_some(Addresses {
                authorization: it.authorization,
                token: it.token,
                userinfo: it.userinfo,
                jwks: it.jwks,
                logout: it.logout,
            }),
        })
    }
}
