//! Accounts: who there is, and what administrators change. Every change stands in the audit log before it holds.

use jiff::Timestamp;
use keep::{millis, text, time};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use crate::people::People;
use crate::role::Role;
use crate::session::Person;
use crate::{Error, Result, password};

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub(crate) id: String,
    /// `local`, or the issuer of the identity provider.
    pub origin: String,
    /// As it stands in the audit log.
    pub name: String,
    /// As people know them.
    pub full_name: String,
    /// What they are here.
    pub roles: Vec<Role>,
    /// Whose internal documents they read.
    pub groups: Vec<String>,
    /// Whether they have a second factor.
    pub second: bool,
    /// When they last signed in, or were let in again.
    pub active: Timestamp,
    /// Until when they are locked out after failures.
    pub locked: Option<Timestamp>,
    /// Whether an administrator has closed it.
    pub closed: bool,
    pub(crate) password: Option<String>,
    pub(crate) short: bool,
    pub(crate) fresh: bool,
    pub(crate) password_at: Timestamp,
    pub(crate) sealed: Option<String>,
    pub(crate) step: i64,
    pub(crate) failed: i64,
}

/// Accounts with a password here.
pub(crate) const LOCAL: &str = "local";

const COLUMNS: &str = "id, origin, name, full_name, roles, groups, password, short, fresh, password_at, second, step, active, failed, locked, closed";

/// The last so many passwords are not chosen again (TCVN 14423:2026 5.6).
pub(crate) const REMEMBERED: i64 = 10;

impl Account {
    /// Whether it has a role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether it has a password here.
    pub fn local(&self) -> bool {
        self.origin == LOCAL
    }
}

impl People {
    /// Everybody, by name.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = sqlx::query(sql("ORDER BY name")).fetch_all(&self.inner.pool).await?;
        rows.iter().map(read).collect()
    }

    /// Somebody by the name in the audit log.
    ///
    /// # Errors
    /// [`Error::Unknown`]; when they cannot be read.
    pub async fn account(&self, name: &str) -> Result<Account> {
        let row = sqlx::query(sql("WHERE name = $1"))
            .bind(name.to_owned())
            .fetch_optional(&self.inner.pool)
            .await?;
        row.as_ref().map(read).transpose()?.ok_or_else(|| Error::Unknown(name.to_owned()))
    }

    pub(crate) async fn by_id(&self, id: &str) -> Result<Option<Account>> {
        let row = sqlx::query(sql("WHERE id = $1"))
            .bind(id.to_owned())
            .fetch_optional(&self.inner.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    pub(crate) async fn by_subject(&self, origin: &str, subject: &str) -> Result<Option<Account>> {
        let row = sqlx::query(sql("WHERE origin = $1 AND subject = $2"))
            .bind(origin.to_owned())
            .bind(subject.to_owned())
            .fetch_optional(&self.inner.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// Adds an account of our own; gives the password for the first sign-in, which asks for another one.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Taken`]; when it cannot be kept.
    pub async fn add(
        &self,
        by: &Person,
        name: &str,
        full_name: &str,
        roles: &[Role],
        groups: &[String],
    ) -> Result<String> {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        if !(2..=40).contains(&name.len()) || !name.chars().all(fine) {
            return Err(Error::Name(name.to_owned()));
        }
        group_names(groups)?;
        apart(roles)?;
        let taken = sqlx::query("SELECT id FROM account WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.inner.pool)
            .await?;
        if taken.is_some() {
            return Err(Error::Taken(name.to_owned()));
        }
        let first = first_password();
        let hash = self.hash(&first).await?;
        self.audit(by, "account.add", name, &told(roles, groups)).await?;
        self.insert(LOCAL, name, name, full_name, roles, groups, Some(&hash)).await?;
        Ok(first)
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of a new row")]
    pub(crate) async fn insert(
        &self,
        origin: &str,
        subject: &str,
        name: &str,
        full_name: &str,
        roles: &[Role],
        groups: &[String],
        password: Option<&str>,
    ) -> Result<()> {
        let now = millis(self.now());
        sqlx::query("INSERT INTO account (id, origin, subject, name, full_name, roles, groups, password, short, fresh, password_at, step, made, active, failed, locked, closed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1, $9, 0, $9, $9, 0, 0, 0)")
            .bind(Uuid::now_v7().to_string())
            .bind(origin.to_owned())
            .bind(subject.to_owned())
            .bind(name.to_owned())
            .bind(full_name.to_owned())
            .bind(names(roles))
            .bind(groups.join(","))
            .bind(password.map(str::to_owned))
            .bind(now)
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    /// Gives somebody other roles and groups; who has fewer rights afterwards is signed out.
    ///
    /// # Errors
    /// [`Error::LastAdmin`]; when it cannot be kept.
    pub async fn set_roles(
        &self,
        by: &Person,
        name: &str,
        roles: &[Role],
        groups: &[String],
    ) -> Result<()> {
        group_names(groups)?;
        apart(roles)?;
        if by.name == name {
            return Err(Error::Yourself);
        }
        let account = self.account(name).await?;
        if account.is(Role::Admin) && !roles.contains(&Role::Admin) {
            self.others_administer(&account).await?;
        }
        self.audit(by, "account.roles", name, &told(roles, groups)).await?;
        self.write_roles(&account.id, roles, groups).await?;
        self.sign_out_all(&account.id).await
    }

    pub(crate) async fn write_roles(
        &self,
        id: &str,
        roles: &[Role],
        groups: &[String],
    ) -> Result<()> {
        sqlx::query("UPDATE account SET roles = $1, groups = $2 WHERE id = $3")
            .bind(names(roles))
            .bind(groups.join(","))
            .bind(id.to_owned())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    /// Closes an account, or opens it again: then also one that nobody used for long, or that failures have locked.
    ///
    /// # Errors
    /// [`Error::LastAdmin`]; when it cannot be kept.
    pub async fn set_open(&self, by: &Person, name: &str, open: bool, reason: &str) -> Result<()> {
        let account = self.account(name).await?;
        if !open && account.is(Role::Admin) {
            self.others_administer(&account).await?;
        }
        self.audit(by, if open { "account.open" } else { "account.close" }, name, reason).await?;
        let active = if open { self.now() } else { account.active };
        sqlx::query(
            "UPDATE account SET closed = $1, active = $2, failed = 0, locked = 0 WHERE id = $3",
        )
        .bind(i64::from(!open))
        .bind(millis(active))
        .bind(account.id.clone())
        .execute(&self.inner.pool)
        .await?;
        if open { Ok(()) } else { self.sign_out_all(&account.id).await }
    }

    /// A new first password for somebody who has forgotten theirs, or lost what makes the codes; both are set up anew.
    ///
    /// # Errors
    /// When there is no such account here, or it cannot be kept.
    pub async fn reset(&self, by: &Person, name: &str) -> Result<String> {
        let account = self.account(name).await?;
        if !account.local() {
            return Err(Error::Unknown(name.to_owned()));
        }
        let first = first_password();
        let hash = self.hash(&first).await?;
        self.audit(by, "account.reset", name, "").await?;
        self.remember(&account).await?;
        sqlx::query("UPDATE account SET password = $1, fresh = 1, short = 0, password_at = $2, second = NULL, step = 0, failed = 0, locked = 0 WHERE id = $3")
            .bind(hash)
            .bind(millis(self.now()))
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
        self.sign_out_all(&account.id).await?;
        Ok(first)
    }

    /// Keeps the present password among the old ones.
    pub(crate) async fn remember(&self, account: &Account) -> Result<()> {
        let Some(kept) = &account.password else { return Ok(()) };
        sqlx::query("INSERT INTO old_password (account, at, password) VALUES ($1, $2, $3)")
            .bind(account.id.clone())
            .bind(millis(self.now()))
            .bind(kept.clone())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    /// Closes accounts that nobody used for long.
    pub(crate) async fn close_unused(&self) -> Result<()> {
        let now = self.now();
        for it in self.accounts().await? {
            if !it.closed && now.duration_since(it.active) > self.options().dormant {
                self.close(&it, "local").await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn close(&self, account: &Account, host: &str) -> Result<()> {
        self.audit_name("(system)", host, "account.unused", &account.name, "").await?;
        sqlx::query("UPDATE account SET closed = 1 WHERE id = $1")
            .bind(account.id.clone())
            .execute(&self.inner.pool)
            .await?;
        self.sign_out_all(&account.id).await
    }

    async fn others_administer(&self, but: &Account) -> Result<()> {
        let others = self.accounts().await?;
        let now = self.now();
        let able = |it: &Account| {
            let unused = now.duration_since(it.active) > self.options().dormant;
            let locked = it.locked.is_some_and(|until| until > now);
            it.id != but.id && it.is(Role::Admin) && !it.closed && !unused && !locked
        };
        if others.iter().any(able) { Ok(()) } else { Err(Error::LastAdmin) }
    }

    /// Hashing takes a core for a while: beside the requests, and not many at a time.
    pub(crate) async fn hash(&self, text: &str) -> Result<String> {
        let _place = self.inner.hashing.acquire().await.map_err(|_| Error::Hashing)?;
        let text = text.to_owned();
        tokio::task::spawn_blocking(move || password::hash(&text))
            .await
            .map_err(|_| Error::Hashing)?
    }

    pub(crate) async fn is_password(&self, text: &str, kept: Option<String>) -> Result<bool> {
        let _place = self.inner.hashing.acquire().await.map_err(|_| Error::Hashing)?;
        let text = text.to_owned();
        let checked = tokio::task::spawn_blocking(move || password::is(&text, kept.as_deref()));
        checked.await.map_err(|_| Error::Hashing)
    }
}

/// Who runs the system does not read conversations.
fn apart(roles: &[Role]) -> Result<()> {
    let both = roles.contains(&Role::Admin) && roles.contains(&Role::Auditor);
    if both { Err(Error::Apart) } else { Ok(()) }
}

/// Names of groups stand in lists and in names of profiles.
fn group_names(groups: &[String]) -> Result<()> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match groups.iter().find(|it| it.is_empty() || it.len() > 40 || !it.chars().all(fine)) {
        Some(wrong) => Err(Error::Name(wrong.clone())),
        None => Ok(()),
    }
}

/// Four groups that can be read out; 80 bits.
fn first_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes = Uuid::new_v4().into_bytes();
    let more = Uuid::new_v4().into_bytes();
    let letters = bytes.iter().chain(&more).filter(|it| **it != bytes[6] && **it != bytes[8]);
    let letters: Vec<char> =
        letters.take(16).map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(",")
}

/// Roles and groups, for the log.
pub(crate) fn told(roles: &[Role], groups: &[String]) -> String {
    format!("{} / {}", names(roles), groups.join(","))
}

/// Entries of a list with commas.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|it| !it.is_empty())
}

fn sql(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM account {rest}"))
}

fn read(row: &AnyRow) -> Result<Account> {
    let number = |column: &str| -> Result<i64> { Ok(row.try_get(column)?) };
    let sealed: Option<String> = row.try_get("second")?;
    let locked = number("locked")?;
    Ok(Account {
        id: text(row, "id")?,
        origin: text(row, "origin")?,
        name: text(row, "name")?,
        full_name: text(row, "full_name")?,
        roles: list(&text(row, "roles")?).filter_map(Role::read).collect(),
        groups: list(&text(row, "groups")?).map(str::to_owned).collect(),
        second: sealed.is_some(),
        active: time(row, "active")?,
        locked: (locked > 0).then(|| Timestamp::from_millisecond(locked).ok()).flatten(),
        closed: number("closed")? == 1,
        password: row.try_get("password")?,
        short: number("short")? == 1,
        fresh: number("fresh")? == 1,
        password_at: time(row, "password_at")?,
        sealed,
        step: number("step")?,
        failed: number("failed")?,
    })
}
