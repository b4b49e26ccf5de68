//! Signing in with a name and a password, step by step.

use jiff::{SignedDuration, Timestamp};
use keep::millis;
use sqlx::Row;

use crate::accounts::{Account, LOCAL, REMEMBERED};
use crate::oidc::{Claimed, ProviderError};
use crate::people::People;
use crate::role::Role;
use crate::second::{self, Enrolment};
use crate::session::{Opened, Person, Stage};
use crate::{Error, Result, Weak, strength};

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No such name, a wrong password or code, or an account that is locked: nobody is told which.
    #[error("name or password are wrong, or the account is locked")]
    Wrong,
    /// The password is right and the account closed, by an administrator or because nobody used it for long.
    #[error("the account is closed")]
    Closed,
    /// Too many failures from this address; how long to wait.
    #[error("too many failures from this address")]
    TooOften(SignedDuration),
    /// The identity provider knows them, and nothing here is for them.
    #[error("{name:?} has none of the groups that open something here")]
    NoRole {
        /// As the provider calls them.
        name: String,
    },
    /// The identity provider, or what came back from it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// It cannot be done now.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<keep::Error> for Refused {
    fn from(error: keep::Error) -> Refused {
        Refused::Failed(error.into())
    }
}

/// What an attempt at an account is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    /// It may fail, and others after it.
    Again,
    /// If it fails, the account is locked.
    Last,
    /// It is locked already.
    Locked,
}

impl Tried {
    /// How its failure stands in the log.
    fn did(self, known: bool) -> &'static str {
        match self {
            _ if !known => "sign_in.failed",
            Tried::Again => "sign_in.failed",
            Tried::Last => "sign_in.locked",
            Tried::Locked => "sign_in.while_locked",
        }
    }
}

/// Who is named in the log where the name that was typed is nobody's: people type passwords into the wrong field.
pub(crate) const NOBODY: &str = "(nobody)";

impl People {
    /// The first step: a name and a password.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn sign_in(&self, name: &str, password: &str, host: &str) -> Result<Opened, Refused> {
        let name = name.trim().to_lowercase();
        let account = self.by_subject(LOCAL, &name).await?;
        let id = account.as_ref().map_or("", |it| it.id.as_str());
        if let Err((wait, first)) = self.source_tries(host)
            && !self.source_knows(host, id)
        {
            if first {
                self.audit_name(NOBODY, host, "sign_in.too_often", "", "").await?;
            }
            return Err(Refused::TooOften(wait));
        }
        // The attempt is counted before it is made, so that many at once are no way around the lock.
        let tried = match &account {
            Some(account) => self.tries(account).await?,
            None => Tried::Locked,
        };
        // Takes as long whether or not there is such an account.
        let may = tried != Tried::Locked;
        let kept = account.as_ref().filter(|_| may).and_then(|it| it.password.clone());
        let right = self.is_password(password, kept.clone()).await?;
        // Somebody may have changed it meanwhile.
        let now = self.by_subject(LOCAL, &name).await?;
        let now = now.filter(|it| right && it.password == kept);
        let Some(now) = now else {
            let who = account.as_ref().map_or(NOBODY, |it| it.name.as_str());
            self.audit_name(who, host, tried.did(account.is_some()), "", "").await?;
            return Err(Refused::Wrong);
        };
        self.forgive(&now, host).await?;
        self.may_enter(&now, host).await?;
        Ok(self.enter(&now, false, host, None).await?)
    }

    /// Somebody whom the identity provider vouches for. Roles and groups are what it says today.
    ///
    /// # Errors
    /// See [`Refused`].
    pub(crate) async fn let_in(
        &self,
        origin: &str,
        claimed: Claimed,
        host: &str,
    ) -> Result<Opened, Refused> {
        let Claimed { subject, name, full_name, mut roles, groups, id_token } = claimed;
        // Who runs the system does not read conversations, whatever groups say.
        if roles.contains(&Role::Admin) {
            roles.retain(|role| *role != Role::Auditor);
        }
        let known = self.by_subject(origin, &subject).await?;
        if roles.is_empty() {
            let told: String = name.chars().take(80).collect();
            self.audit_name(&format!("{told}@sso"), host, "sign_in.no_role", "", "").await?;
            if let Some(account) = known {
                // What they had before they have no longer.
                self.write_roles(&account.id, &[], &[]).await?;
                self.sign_out_all(&account.id).await?;
            }
            return Err(Refused::NoRole { name });
        }
        let account = match known {
            Some(account) => account,
            None => {
                // A name of ours is not taken by one of theirs.
                let mut free = format!("{name}@sso");
                if self.account(&free).await.is_ok() {
                    free = format!("{name}.{}@sso", &crate::session::hash(&subject)[..6]);
                }
                self.audit_name(
                    &free,
                    host,
                    "account.first",
                    "",
                    &crate::accounts::told(&roles, &groups),
                )
                .await?;
                self.insert(origin, &subject, &free, &full_name, &roles, &groups, None).await?;
                self.by_subject(origin, &subject).await?.ok_or(Error::Stage)?
            }
        };
        self.may_enter(&account, host).await?;
        if account.roles != roles || account.groups != groups {
            let told = crate::accounts::told(&roles, &groups);
            self.audit_name(&account.name, host, "account.roles", &account.name, &told).await?;
            self.write_roles(&account.id, &roles, &groups).await?;
        }
        let sealed = id_token.map(|token| self.inner.key.seal("provider", &token));
        Ok(self.enter(&account, true, host, sealed).await?)
    }

    /// The code of the second factor.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn code(&self, person: &Person, code: &str) -> Result<Opened, Refused> {
        let account = self.at(person, &[Stage::Code]).await?;
        // Counted, not refused: the account's own lock is near enough.
        let _ = self.source_tries(&person.host);
        let tried = self.tries(&account).await?;
        if tried == Tried::Locked {
            self.audit_name(&account.name, &person.host, tried.did(true), "", "").await?;
            self.end(&person.session).await?;
            return Err(Refused::Wrong);
        }
        let sealed = account.sealed.as_deref().ok_or(Error::Stage)?;
        let secret = self.inner.key.open("second", sealed)?;
        match self.used(&account, &secret, code).await {
            Ok(()) => {
                self.forgive(&account, &person.host).await?;
                Ok(self.move_on(person).await?)
            }
            Err(Error::Code) => {
                self.audit_name(&account.name, &person.host, tried.did(true), "", "").await?;
                Err(Refused::Wrong)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A password of one's own. `old` is asked for of who is signed in already.
    ///
    /// # Errors
    /// [`Error::Weak`]; [`Error::Code`] for a wrong old one; when it cannot be kept.
    pub async fn set_password(&self, person: &Person, old: &str, new: &str) -> Result<Opened> {
        let account = self.at(person, &[Stage::Password, Stage::In]).await?;
        if person.stage == Stage::In {
            let _ = self.source_tries(&person.host);
            let tried = self.tries(&account).await?;
            let may = tried != Tried::Locked;
            if !(may && self.is_password(old, account.password.clone()).await?) {
                self.audit_name(&account.name, &person.host, tried.did(true), "", "").await?;
                if tried != Tried::Again {
                    // Whoever guesses in somebody's session has it no longer.
                    self.sign_out_all(&account.id).await?;
                }
                return Err(Error::Code);
            }
            self.forgive(&account, &person.host).await?;
        }
        let alone = strength(new, &account.name).map_err(Error::Weak)?;
        for kept in self.old_passwords(&account).await? {
            if self.is_password(new, Some(kept)).await? {
                return Err(Error::Weak(Weak::Old));
            }
        }
        let hash = self.hash(new).await?;
        self.audit(person, "password", "", "").await?;
        self.remember(&account).await?;
        sqlx::query("UPDATE account SET password = $1, fresh = 0, short = $2, password_at = $3 WHERE id = $4")
            .bind(hash)
            .bind(i64::from(!alone))
            .bind(millis(self.now()))
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
        // Whoever else has a session of this account has it no longer.
        self.sign_out_all(&account.id).await?;
        self.move_on(person).await
    }

    /// Begins to set up a second factor: the same until it is done.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn begin_second(&self, person: &Person) -> Result<Enrolment> {
        let account = self.at(person, &[Stage::Enrol]).await?;
        let begun = person.sealed.as_deref().and_then(|it| self.inner.key.open("enrol", it).ok());
        let secret = match begun {
            Some(secret) => secret,
            None => {
                let secret = second::fresh();
                sqlx::query("UPDATE session SET sealed = $1 WHERE hash = $2")
                    .bind(self.inner.key.seal("enrol", &secret))
                    .bind(person.session.clone())
                    .execute(&self.inner.pool)
                    .await?;
                secret
            }
        };
        second::enrolment(&secret, &account.name)
    }

    /// Sets it up, once a code proves that the app has it.
    ///
    /// # Errors
    /// [`Error::Code`]; when it cannot be kept.
    pub async fn set_second(&self, person: &Person, code: &str) -> Result<Opened> {
        let account = self.at(person, &[Stage::Enrol]).await?;
        let sealed = person.sealed.as_deref().ok_or(Error::Stage)?;
        let secret = self.inner.key.open("enrol", sealed)?;
        self.used(&account, &secret, code).await?;
        self.audit(person, "second_factor", "", "").await?;
        let done = sqlx::query("UPDATE account SET second = $1 WHERE id = $2 AND second IS NULL")
            .bind(self.inner.key.seal("second", &secret))
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
        // Set up elsewhere meanwhile.
        if done.rows_affected() == 0 {
            return Err(Error::Stage);
        }
        self.sign_out_all(&account.id).await?;
        self.move_on(person).await
    }

    /// Takes a code, which is worth nothing from then on.
    async fn used(&self, account: &Account, secret: &str, code: &str) -> Result<()> {
        let step = second::step(secret, code, self.now().as_second(), account.step)?;
        let done = sqlx::query("UPDATE account SET step = $1 WHERE id = $2 AND step < $1")
            .bind(step)
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Code) }
    }

    /// The account of somebody who is at one of these stages.
    async fn at(&self, person: &Person, stages: &[Stage]) -> Result<Account> {
        let account = self.by_id(&person.account).await?.filter(Account::local);
        account.filter(|_| stages.contains(&person.stage)).ok_or(Error::Stage)
    }

    async fn old_passwords(&self, account: &Account) -> Result<Vec<String>> {
        let rows = sqlx::query(
            "SELECT password FROM old_password WHERE account = $1 ORDER BY at DESC LIMIT $2",
        )
        .bind(account.id.clone())
        .bind(REMEMBERED)
        .fetch_all(&self.inner.pool)
        .await?;
        let old = rows.iter().map(|row| keep::text(row, "password"));
        Ok(account.password.clone().map(Ok).into_iter().chain(old).collect::<keep::Result<_>>()?)
    }

    /// Counts an attempt at an account before it is made: the last of too many locks it, should it fail.
    async fn tries(&self, account: &Account) -> Result<Tried> {
        let (options, now) = (self.options(), self.now());
        let until = now.checked_add(options.locked).unwrap_or(Timestamp::MAX);
        let row = sqlx::query("UPDATE account SET locked = CASE WHEN failed + 1 >= $1 THEN $2 ELSE locked END, failed = CASE WHEN failed + 1 >= $1 THEN 0 ELSE failed + 1 END WHERE id = $3 AND locked <= $4 RETURNING failed")
            .bind(options.failures)
            .bind(millis(until))
            .bind(account.id.clone())
            .bind(millis(now))
            .fetch_optional(&self.inner.pool)
            .await?;
        let Some(row) = row else { return Ok(Tried::Locked) };
        let failed: i64 = row.try_get("failed")?;
        Ok(if failed == 0 { Tried::Last } else { Tried::Again })
    }

    /// Takes back an attempt that did not fail.
    async fn forgive(&self, account: &Account, host: &str) -> Result<()> {
        self.source_forgiven(host);
        sqlx::query("UPDATE account SET failed = CASE WHEN failed > 0 THEN failed - 1 ELSE 0 END, locked = 0 WHERE id = $1")
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    async fn may_enter(&self, account: &Account, host: &str) -> Result<(), Refused> {
        let unused = self.now().duration_since(account.active) > self.options().dormant;
        if unused && !account.closed {
            self.close(account, host).await?;
        }
        if unused || account.closed {
            self.audit_name(&account.name, host, "sign_in.closed", "", "").await?;
            return Err(Refused::Closed);
        }
        Ok(())
    }

    /// What is still asked of somebody whose password is right. `proved`: the second factor was shown, or is the
    /// provider's matter.
    fn next(&self, account: &Account, proved: bool) -> Stage {
        let options = self.options();
        let admin = account.is(Role::Admin);
        let aged = admin && self.now().duration_since(account.password_at) > options.password_age;
        let needs = admin || account.short || options.second_for_all;
        match account {
            it if !it.local() => Stage::In,
            it if it.second && !proved => Stage::Code,
            it if it.fresh || aged => Stage::Password,
            it if needs && !it.second => Stage::Enrol,
            _ => Stage::In,
        }
    }

    async fn move_on(&self, person: &Person) -> Result<Opened> {
        let account = self.by_id(&person.account).await?.ok_or(Error::Stage)?;
        self.end(&person.session).await?;
        self.enter(&account, true, &person.host, None).await
    }

    async fn enter(
        &self,
        account: &Account,
        proved: bool,
        host: &str,
        sealed: Option<String>,
    ) -> Result<Opened> {
        let stage = self.next(account, proved);
        if stage == Stage::In {
            self.audit_name(&account.name, host, "sign_in", "", "").await?;
            sqlx::query("UPDATE account SET failed = 0, locked = 0, active = $1 WHERE id = $2")
                .bind(millis(self.now()))
                .bind(account.id.clone())
                .execute(&self.inner.pool)
                .await?;
            self.source_learns(host, &account.id);
        }
        self.open_session(&account.id, stage, host, sealed).await
    }
}
