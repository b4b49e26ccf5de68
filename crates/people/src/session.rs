//! Sessions: what a browser holds is a token that nobody can guess; what is kept is its hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use keep::{millis, text, time};
use sha2::{Digest, Sha256};
use sqlx::Row;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::accounts::Account;
use crate::people::People;
use crate::role::{Right, Role};
use crate::{Error, Result};

/// How far somebody has come with signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The code of the second factor is asked for.
    Code,
    /// A new password is asked for.
    Password,
    /// A second factor has to be set up.
    Enrol,
    /// Signed in.
    In,
}

impl Stage {
    const ALL: [Stage; 4] = [Stage::Code, Stage::Password, Stage::Enrol, Stage::In];

    /// Its name in tables and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Code => "code",
            Stage::Password => "password",
            Stage::Enrol => "enrol",
            Stage::In => "in",
        }
    }
}

/// A session that was opened or has come further: its browser gets this token.
#[derive(Clone, Debug)]
pub struct Opened {
    /// For the cookie.
    pub token: String,
    /// How far it is.
    pub stage: Stage,
}

/// Somebody at work: who, with which rights, from where.
#[derive(Clone, Debug)]
pub struct Person {
    pub(crate) account: String,
    /// As it stands in the audit log.
    pub name: String,
    /// As people know them.
    pub full_name: String,
    /// What they are here.
    pub roles: Vec<Role>,
    /// Whose internal documents they read.
    pub groups: Vec<String>,
    /// How far they have come with signing in.
    pub stage: Stage,
    /// The address they work from.
    pub host: String,
    /// Stands in every form that they get, and in no other.
    pub form: String,
    /// Seconds after which the session ends if nothing is done.
    pub idle: i64,
    /// Seconds that are left of them.
    pub left: i64,
    pub(crate) session: String,
    pub(crate) sealed: Option<String>,
}

impl Person {
    /// Whoever works at the machine itself.
    pub fn operator(name: &str) -> Person {
        Person {
            account: String::new(),
            name: name.to_owned(),
            full_name: name.to_owned(),
            roles: vec![Role::Admin],
            groups: Vec::new(),
            stage: Stage::In,
            host: "local".into(),
            form: String::new(),
            idle: 0,
            left: 0,
            session: String::new(),
            sealed: None,
        }
    }

    /// Whose an account is, without a session.
    pub(crate) fn of(account: Account, host: &str) -> Person {
        Person {
            account: account.id,
            full_name: account.full_name,
            roles: account.roles,
            groups: account.groups,
            host: host.to_owned(),
            ..Person::operator(&account.name)
        }
    }

    /// Whether they are signed in and allowed to.
    pub fn may(&self, right: Right) -> bool {
        self.stage == Stage::In && self.roles.iter().any(|role| role.may(right))
    }

    /// Whether a form is one of theirs; takes as long for a wrong one.
    pub fn is_form(&self, form: &str) -> bool {
        !form.is_empty() && bool::from(form.as_bytes().ct_eq(self.form.as_bytes()))
    }

    /// A name for what is theirs that does not change with their name.
    pub fn own(&self) -> &str {
        &self.account
    }
}

/// Whoever is not through with signing in after so long begins anew.
const HALFWAY: SignedDuration = SignedDuration::from_mins(10);
/// The time of the last work is written when it is so much later.
const SEEN: SignedDuration = SignedDuration::from_secs(10);

impl People {
    /// Opens a session, or moves one on; the old token is worth nothing from then on.
    pub(crate) async fn open_session(
        &self,
        account: &str,
        stage: Stage,
        host: &str,
        sealed: Option<String>,
    ) -> Result<Opened> {
        let token = token();
        let now = millis(self.now());
        sqlx::query("INSERT INTO session (hash, account, stage, made, seen, host, sealed) VALUES ($1, $2, $3, $4, $4, $5, $6)")
            .bind(hash(&token))
            .bind(account.to_owned())
            .bind(stage.name())
            .bind(now)
            .bind(host.to_owned())
            .bind(sealed)
            .execute(&self.inner.pool)
            .await?;
        Ok(Opened { token, stage })
    }

    /// Whose token it is; `None` once it has ended. `works`: somebody does something, so its time begins anew.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn session(&self, token: &str, works: bool) -> Result<Option<Person>> {
        let name = hash(token);
        let row = sqlx::query(
            "SELECT account, stage, made, seen, host, sealed FROM session WHERE hash = $1",
        )
        .bind(name.clone())
        .fetch_optional(&self.inner.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (made, seen) = (time(&row, "made")?, time(&row, "seen")?);
        let account = self.by_id(&text(&row, "account")?).await?;
        let now = self.now();
        let stage = text(&row, "stage")?;
        let stage = Stage::ALL.into_iter().find(|it| it.name() == stage).ok_or(Error::Stage)?;
        let Some(account) = account.filter(|it| self.holds(it, stage, made, seen, now)) else {
            self.end(&name).await?;
            return Ok(None);
        };
        if works && now.duration_since(seen) >= SEEN {
            sqlx::query("UPDATE session SET seen = $1 WHERE hash = $2")
                .bind(millis(now))
                .bind(name.clone())
                .execute(&self.inner.pool)
                .await?;
        }
        let idle = self.idle(&account).as_secs();
        let left = if works { idle } else { idle - now.duration_since(seen).as_secs() };
        let host = text(&row, "host")?;
        Ok(Some(Person {
            stage,
            form: self.inner.key.hash(&format!("form/{name}")),
            idle,
            left,
            session: name,
            sealed: row.try_get("sealed")?,
            ..Person::of(account, &host)
        }))
    }

    fn idle(&self, account: &Account) -> SignedDuration {
        let options = self.options();
        if account.is(Role::Admin) { options.idle_admin } else { options.idle }
    }

    fn holds(
        &self,
        account: &Account,
        stage: Stage,
        made: Timestamp,
        seen: Timestamp,
        now: Timestamp,
    ) -> bool {
        let halfway = stage != Stage::In && now.duration_since(made) > HALFWAY;
        !account.closed
            && !halfway
            && now.duration_since(seen) <= self.idle(account)
            && now.duration_since(made) <= self.options().longest
    }

    /// Signs out; gives the token of the identity provider, where one was signed in at.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sign_out(&self, person: &Person) -> Result<Option<String>> {
        // Whoever leaves is gone, also while the log cannot be written.
        self.end(&person.session).await?;
        self.audit(person, "sign_out", "", "").await?;
        let sealed = person.sealed.as_deref();
        Ok(sealed.and_then(|it| self.inner.key.open("provider", it).ok()))
    }

    /// Ends the session of a token, for somebody who signs in anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forget(&self, token: &str) -> Result<()> {
        self.end(&hash(token)).await
    }

    pub(crate) async fn end(&self, session: &str) -> Result<()> {
        sqlx::query("DELETE FROM session WHERE hash = $1")
            .bind(session.to_owned())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    pub(crate) async fn sign_out_all(&self, account: &str) -> Result<()> {
        sqlx::query("DELETE FROM session WHERE account = $1")
            .bind(account.to_owned())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    /// Names of those who are signed in, with since when, when they last did something, and from where.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn signed_in(&self) -> Result<Vec<(String, Timestamp, Timestamp, String)>> {
        let rows = sqlx::query("SELECT account.name AS name, session.made AS made, session.seen AS seen, session.host AS host FROM session JOIN account ON account.id = session.account WHERE session.stage = 'in' ORDER BY session.seen DESC LIMIT 500")
            .fetch_all(&self.inner.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok((text(row, "name")?, time(row, "made")?, time(row, "seen")?, text(row, "host")?))
            })
            .collect()
    }
}

/// 244 bits at random.
pub(crate) fn token() -> String {
    let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}
