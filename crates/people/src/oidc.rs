//! Signing in at an identity provider (OpenID Connect 1.0): code flow with PKCE, state and nonce, which are bound to
//! the browser by a short-lived token. Works with Keycloak, ADFS and WSO2, by discovery or by addresses in the settings.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use keep::millis;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AsyncHttpClient, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl, Scope, StandardErrorResponse,
    StandardTokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::people::People;
use crate::role::Role;
use crate::session::{self, Opened};
use crate::sign_in::NOBODY;
use crate::{Refused, Result};

/// How long somebody may be away at the provider.
pub(crate) const AWAY: SignedDuration = SignedDuration::from_mins(10);
/// Clocks may differ by so much.
const SKEW: Duration = Duration::from_secs(60);
/// Longest answer that is read, in bytes.
const MOST: u64 = 1 << 20;

/// How an identity provider is reached, and what its claims mean here.
#[derive(Clone, Debug)]
pub struct ProviderOptions {
    /// Must be the issuer of every token.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub secret: Option<String>,
    /// Beside `openid`.
    pub scopes: Vec<String>,
    /// The claims that hold the name, the full name and the groups.
    pub name_claim: String,
    /// See `name_claim`.
    pub full_name_claim: String,
    /// See `name_claim`.
    pub groups_claim: String,
    /// What each of its groups makes somebody here.
    pub roles: BTreeMap<String, Vec<Role>>,
    /// Which of its groups open internal documents, and how they are called here.
    pub groups: BTreeMap<String, String>,
    /// Algorithms that tokens may be signed with: `RS256`.
    pub algorithms: Vec<String>,
    /// Addresses where the provider tells none itself.
    pub addresses: Option<Addresses>,
}

/// Addresses of a provider without discovery.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// Where people sign in.
    pub authorization: String,
    /// Where codes become tokens.
    pub token: String,
    /// Where more is told of somebody; may be empty.
    pub userinfo: String,
    /// Its public keys.
    pub jwks: String,
    /// Where people sign out; may be empty.
    pub logout: String,
}

/// Why somebody could not be signed in at the provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It cannot be reached, or tells of itself what it should not.
    #[error("the identity provider: {0}")]
    Away(String),
    /// What came back does not belong to what was begun, or took too long.
    #[error("this sign-in was not begun here, or too long ago")]
    Foreign,
    /// Its token is not what it has to be.
    #[error("the identity provider's token: {0}")]
    Token(String),
}

/// What the provider says of somebody; nothing else of it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// Its name for them, which never changes.
    pub subject: String,
    /// For the audit log.
    pub name: String,
    /// As people know them.
    pub full_name: String,
    /// What its groups make them here.
    pub roles: Vec<Role>,
    /// Whose internal documents they read.
    pub groups: Vec<String>,
    /// For signing out there.
    pub id_token: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rest(Map<String, Value>);
impl AdditionalClaims for Rest {}

type Fields = IdTokenFields<
    Rest,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Ours = Client<
    Rest,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// An identity provider; what it tells of itself is asked for at the first use.
pub struct Provider {
    options: ProviderOptions,
    http: Http,
    found: Mutex<Option<Arc<ProviderMetadataWithLogout>>>,
}

/// What has to come back with somebody.
#[derive(Serialize, Deserialize)]
struct Begun {
    state: String,
    nonce: String,
    verifier: String,
    /// Where the provider sends them back to.
    redirect: String,
    /// Where they wanted to go.
    then: String,
}

impl Provider {
    /// A provider as the settings name it. Nothing is called yet.
    pub fn new(options: ProviderOptions) -> Provider {
        let http = ureq::Agent::config_builder()
            // Where it sends us is not where we go.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        Provider { options, http: Http(http.into()), found: Mutex::new(None) }
    }

    /// What the provider tells of itself, asked anew with `again`.
    async fn metadata(
        &self,
        again: bool,
    ) -> Result<Arc<ProviderMetadataWithLogout>, ProviderError> {
        let mut found = self.found.lock().await;
        if let Some(metadata) = found.as_ref().filter(|_| !again) {
            return Ok(Arc::clone(metadata));
        }
        let away = |why: String| ProviderError::Away(why);
        let issuer =
            IssuerUrl::new(self.options.issuer.clone()).map_err(|error| away(error.to_string()))?;
        let metadata = match &self.options.addresses {
            None => ProviderMetadataWithLogout::discover_async(issuer, &self.http)
                .await
                .map_err(|error| away(told(&error)))?,
            Some(addresses) => {
                let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
                let stated = json!({
                    "issuer": self.options.issuer, "authorization_endpoint": addresses.authorization,
                    "token_endpoint": addresses.token, "userinfo_endpoint": some(&addresses.userinfo),
                    "jwks_uri": addresses.jwks, "end_session_endpoint": some(&addresses.logout),
                    "response_types_supported": ["code"], "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": self.options.algorithms,
                });
                let stated: ProviderMetadataWithLogout =
                    serde_json::from_value(stated).map_err(|error| away(error.to_string()))?;
                let keys = CoreJsonWebKeySet::fetch_async(stated.jwks_uri(), &self.http)
                    .await
                    .map_err(|error| away(told(&error)))?;
                stated.set_jwks(keys)
            }
        };
        let metadata = Arc::new(metadata);
        *found = Some(Arc::clone(&metadata));
        Ok(metadata)
    }

    fn client(
        &self,
        metadata: &ProviderMetadataWithLogout,
        redirect: &str,
    ) -> Result<Ours, ProviderError> {
        let redirect = RedirectUrl::new(redirect.to_owned())
            .map_err(|error| ProviderError::Away(error.to_string()))?;
        let secret = self.options.secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.options.client_id.clone());
        Ok(Client::from_provider_metadata(metadata.clone(), id, secret).set_redirect_uri(redirect))
    }

    fn algorithms(&self) -> Vec<CoreJwsSigningAlgorithm> {
        let read = |name: &String| serde_json::from_value(json!(name)).ok();
        self.options.algorithms.iter().filter_map(read).collect()
    }

    async fn claims(
        &self,
        code: &str,
        begun: Begun,
        now: jiff::Timestamp,
    ) -> Result<Claimed, ProviderError> {
        let wrong = |why: String| ProviderError::Token(why);
        let metadata = self.metadata(false).await?;
        let client = self.client(&metadata, &begun.redirect)?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| wrong(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| wrong(told(&error)))?;
        let token =
            answer.extra_fields().id_token().ok_or_else(|| wrong("there is none".into()))?;
        let nonce = Nonce::new(begun.nonce.clone());
        let verify = |client: &Ours| {
            let second = now.as_second();

            let skew = SKEW.as_secs().cast_signed();
            let verifier = client
                .id_token_verifier()
                .set_allowed_algs(self.algorithms())
                .set_time_fn(move || moment(second - skew))
                .set_issue_time_verifier_fn(move |issued| match issued <= moment(second + skew) {
                    true => Ok(()),
                    false => Err("issued in the future".to_owned()),
                });
            token.claims(&verifier, &nonce).cloned()
        };
        let claims = match verify(&client) {
            // It may have new keys: they are asked for once.
            Err(openidconnect::ClaimsVerificationError::SignatureVerification(_)) => {
                let metadata = self.metadata(true).await?;
                verify(&self.client(&metadata, &begun.redirect)?)
            }
            claims => claims,
        };
        let claims = claims.map_err(|error| wrong(told(&error)))?;
        // A token that was made for another program is none of ours (OpenID Connect Core 3.1.3.7, 5).
        if claims.authorized_party().is_some_and(|it| it.as_str() != self.options.client_id) {
            return Err(wrong("it was made for another program".into()));
        }
        let mut all = serde_json::to_value(&claims).map_err(|error| wrong(error.to_string()))?;
        if all[&self.options.groups_claim].is_null()
            && let Ok(request) =
                client.user_info(answer.access_token().clone(), Some(claims.subject().clone()))
        {
            let more: UserInfoClaims<Rest, CoreGenderClaim> =
                request.request_async(&self.http).await.map_err(|error| wrong(told(&error)))?;
            let more = serde_json::to_value(&more).map_err(|error| wrong(error.to_string()))?;
            if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
                for (key, value) in more {
                    all.entry(key).or_insert(value);
                }
            }
        }
        Ok(claimed(&self.options, &all, Some(token.to_string())))
    }

    /// Where somebody signs out there as well, if it has such a place.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn logout(
        &self,
        id_token: &str,
        then: &str,
    ) -> Result<Option<String>, ProviderError> {
        let metadata = self.metadata(false).await?;
        let Some(at) = &metadata.additional_metadata().end_session_endpoint else {
            return Ok(None);
        };
        let mut url = at.url().clone();
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("post_logout_redirect_uri", then)
            .append_pair("client_id", &self.options.client_id);
        Ok(Some(url.into()))
    }
}

/// Calls of a provider.
struct Http(ureq::Agent);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, std::io::Error>> + Send + 'c>>;

    /// One call; its answer is read to a limit.
    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let http = self.0.clone();
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || {
                let answer = http.run(request).map_err(std::io::Error::other)?;
                let (parts, mut body) = answer.into_parts();
                let body = body.with_config().limit(MOST).read_to_vec();
                Ok(HttpResponse::from_parts(parts, body.map_err(std::io::Error::other)?))
            });
            done.await.map_err(std::io::Error::other)?
        })
    }
}

impl People {
    /// Sends somebody to the provider: the address, and the token that their browser has to bring back. `redirect`: where
    /// the provider sends them to, `https://…/signin/callback`; `then`: where they wanted to go.
    ///
    /// # Errors
    /// When the provider or the database is away.
    pub async fn begin_provider(
        &self,
        provider: &Provider,
        redirect: &str,
        then: &str,
    ) -> Result<(String, String), Refused> {
        let metadata = provider.metadata(false).await?;
        let client = provider.client(&metadata, redirect)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = provider.options.scopes.iter().cloned().map(Scope::new);
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        let begun = Begun {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            redirect: redirect.to_owned(),
            then: then.chars().take(500).collect(),
        };
        let token = session::token();
        sqlx::query("INSERT INTO pending (hash, at, sealed) VALUES ($1, $2, $3)")
            .bind(session::hash(&token))
            .bind(millis(self.now()))
            .bind(self.inner.key.seal("pending", &json!(begun).to_string()))
            .execute(&self.inner.pool)
            .await
            .map_err(crate::Error::from)?;
        Ok((url.into(), token))
    }

    /// Takes somebody who comes back; gives where they wanted to go.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn finish_provider(
        &self,
        provider: &Provider,
        token: &str,
        state: &str,
        code: &str,
        host: &str,
    ) -> Result<(Opened, String), Refused> {
        let begun = self.begun(token).await?.filter(|it| it.state == state && !code.is_empty());
        let Some(begun) = begun else {
            self.audit_name(NOBODY, host, "sign_in.foreign", "", "").await?;
            return Err(ProviderError::Foreign.into());
        };
        let then = begun.then.clone();
        let claimed = match provider.claims(code, begun, self.now()).await {
            Ok(claimed) => claimed,
            Err(error) => {
                self.audit_name(NOBODY, host, "sign_in.provider", "", &error.to_string()).await?;
                return Err(error.into());
            }
        };
        Ok((self.let_in(&provider.options.issuer, claimed, host).await?, then))
    }

    /// What was begun under a token: once, and not too long ago.
    async fn begun(&self, token: &str) -> Result<Option<Begun>> {
        let name = session::hash(token);
        let row = sqlx::query("SELECT at, sealed FROM pending WHERE hash = $1")
            .bind(name.clone())
            .fetch_optional(&self.inner.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let done = sqlx::query("DELETE FROM pending WHERE hash = $1")
            .bind(name)
            .execute(&self.inner.pool)
            .await?;
        let late = self.now().duration_since(keep::time(&row, "at")?) > AWAY;
        if late || done.rows_affected() == 0 {
            return Ok(None);
        }
        let opened = self.inner.key.open("pending", &keep::text(&row, "sealed")?)?;
        Ok(serde_json::from_str(&opened).ok())
    }
}

/// What claims mean here.
pub(crate) fn claimed(options: &ProviderOptions, all: &Value, id_token: Option<String>) -> Claimed {
    let text = |key: &str| all[key].as_str().unwrap_or_default().to_owned();
    let theirs: Vec<&str> = match &all[&options.groups_claim] {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let mut roles: Vec<Role> =
        theirs.iter().filter_map(|it| options.roles.get(*it)).flatten().copied().collect();
    roles.sort();
    roles.dedup();
    let groups = theirs.iter().filter_map(|it| options.groups.get(*it)).cloned().collect();
    let subject = text("sub");
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    let name = or(text(&options.name_claim), &subject);
    let full_name = or(text(&options.full_name_claim), &name);
    Claimed { subject, name, full_name, roles, groups, id_token }
}

fn moment(second: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(second, 0).unwrap_or_default()
}

/// An error with what caused it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
