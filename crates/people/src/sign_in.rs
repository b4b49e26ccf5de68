//! Signing in with a name and a password, step by step.

use jiff::{SignedDuration, Timestamp};
use keep::millis;

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

/// Who is named in the log where the name that was typed is nobody's: people type passwords into the wrong field.
const NOBODY: &str = "(nobody)";

impl People {
    /// The first step: a name and a password.
    ///
    /// # Errors
    /// See [`Refused`].
    pub async fn sign_in(&self, name: &str, password: &str, host: &str) -> Result<Opened, Refused> {
        if let Some(wait) = self.source_waits(host) {
            return Err(Refused::TooOften(wait));
        }
        let name = name.trim().to_lowercase();
        let account = self.by_subject(LOCAL, &name).await?;
        let now = self.now();
        let locked = account.as_ref().is_some_and(|it| it.locked.is_some_and(|until| until > now));
        // Takes as long whether or not there is such an account.
        let kept = account.as_ref().filter(|_| !locked).and_then(|it| it.password.clone());
        let right = self.is_password(password, kept).await?;
        let Some(account) = account.filter(|_| right) else {
            self.source_failed(host);
            let known = self.by_subject(LOCAL, &name).await?;
            match known {
                Some(account) => self.fail(&account, host).await?,
                None => self.audit_name(NOBODY, host, "sign_in.failed", "", "").await?,
            }
            return Err(Refused::Wrong);
        };
        self.may_enter(&account, host).await?;
        Ok(self.enter(&account, false, host, None).await?)
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
        let Claimed { subject, name, full_name, roles, groups, id_token } = claimed;
        if roles.is_empty() {
            self.audit_name(&name, host, "sign_in.no_role", "", "").await?;
            return Err(Refused::NoRole { name });
        }
        let account = match self.by_subject(origin, &subject).await? {
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
        if account.locked.is_some_and(|until| until > self.now()) {
            self.end(&person.session).await?;
            return Err(Refused::Wrong);
        }
        let sealed = account.sealed.as_deref().ok_or(Error::Stage)?;
        let secret = self.inner.key.open("second", sealed)?;
        match self.used(&account, &secret, code).await {
            Ok(()) => Ok(self.move_on(person).await?),
            Err(Error::Code) => {
                self.source_failed(&person.host);
                self.fail(&account, &person.host).await?;
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
        if person.stage == Stage::In && !self.is_password(old, account.password.clone()).await? {
            self.fail(&account, &person.host).await?;
            return Err(Error::Code);
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
        sqlx::query("UPDATE account SET second = $1 WHERE id = $2")
            .bind(self.inner.key.seal("second", &secret))
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
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

    /// Counts a failure; the last of too many locks the account.
    async fn fail(&self, account: &Account, host: &str) -> Result<()> {
        let options = self.options();
        let locks = account.failed + 1 >= options.failures;
        let (failed, until) = match locks {
            true => (0, self.now().checked_add(options.locked).unwrap_or(Timestamp::MAX)),
            false => (account.failed + 1, account.locked.unwrap_or(Timestamp::UNIX_EPOCH)),
        };
        sqlx::query("UPDATE account SET failed = $1, locked = $2 WHERE id = $3")
            .bind(failed)
            .bind(millis(until))
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
        self.audit_name(
            &account.name,
            host,
            if locks { "sign_in.locked" } else { "sign_in.failed" },
            "",
            "",
        )
        .await
    }

    async fn may_enter(&self, account: &Account, host: &str) -> Result<(), Refused> {
        let unused = self.now().duration_since(account.active) > self.options().dormant;
        if unused && !account.closed {
            sqlx::query("UPDATE account SET closed = 1 WHERE id = $1")
                .bind(account.id.clone())
                .execute(&self.inner.pool)
                .await
                .map_err(Error::from)?;
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
        }
        self.open_session(&account.id, stage, host, sealed).await
    }
}
