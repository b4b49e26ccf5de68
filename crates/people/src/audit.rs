//! The audit log: each line has a keyed hash over itself and the one before, so that none before the last can be changed,
//! added or taken out unseen by whoever has the database alone; that its end was cut off shows beside the log of the
//! program, where each line is told with its mark. Nothing that it should hold is done before its line is written.

use jiff::Timestamp;
use keep::{millis, text, time};
use serde::Serialize;
use sqlx::Row;

use crate::people::People;
use crate::session::Person;
use crate::{Error, Result};

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// From 1, without gaps.
    pub n: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub name: String,
    /// From where.
    pub host: String,
    /// What they did: `sign_in`, `account.add`, `off`.
    pub did: String,
    /// To what or whom.
    pub what: String,
    /// Why, in their words.
    pub reason: String,
    #[serde(skip)]
    hash: String,
}

/// Where the log was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The first line that does not follow from the one before.
    pub n: i64,
}

/// Who asks without an account.
const CITIZEN: &str = "(citizen)";
/// Two who write at once: one tries again, so often at most.
const TRIES: usize = 50;

impl People {
    /// Writes a line.
    ///
    /// # Errors
    /// When it cannot be written: then what it tells of must not be done.
    pub async fn audit(&self, by: &Person, did: &str, what: &str, reason: &str) -> Result<()> {
        self.audit_name(&by.name, &by.host, did, what, reason).await
    }

    /// Notes what was done for a person who has no account: in which conversation, with what.
    ///
    /// # Errors
    /// When it cannot be kept; then it is not to be done.
    pub async fn audit_citizen(&self, did: &str, talk: &str, what: &str) -> Result<()> {
        self.audit_name(CITIZEN, "", did, talk, what).await
    }

    pub(crate) async fn audit_name(
        &self,
        name: &str,
        host: &str,
        did: &str,
        what: &str,
        reason: &str,
    ) -> Result<()> {
        let mut tried = 0;
        loop {
            let last = sqlx::query("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")
                .fetch_optional(&self.inner.pool)
                .await?;
            let (n, before) = match last {
                Some(row) => (row.try_get::<i64, _>("n")?, text(&row, "hash")?),
                None => (0, String::new()),
            };
            let at = Timestamp::from_millisecond(millis(self.now())).unwrap_or_default();
            let (name, host, did) = (name.to_owned(), host.to_owned(), did.to_owned());
            let (what, reason) = (what.to_owned(), reason.to_owned());
            let entry = Entry { n: n + 1, at, name, host, did, what, reason, hash: String::new() };
            let hash = self.inner.chain.hash(&chained(&entry, &before));
            let told = (entry.name.clone(), entry.did.clone(), entry.what.clone(), hash.clone());
            let n = entry.n;
            let done = sqlx::query("INSERT INTO audit (n, at, name, host, did, what, reason, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING")
                .bind(entry.n)
                .bind(millis(entry.at))
                .bind(entry.name)
                .bind(entry.host)
                .bind(entry.did)
                .bind(entry.what)
                .bind(entry.reason)
                .bind(hash)
                .execute(&self.inner.pool)
                .await?;
            if done.rows_affected() == 1 {
                // A copy that whoever has the database does not have: a cut-off end shows beside it.
                tracing::info!(target: "khue::audit", n, name = told.0, did = told.1, what = told.2, mark = told.3, "audit");
                return Ok(());
            }
            tried += 1;
            if tried == TRIES {
                return Err(Error::Kept(sqlx::Error::PoolTimedOut.into()));
            }
        }
    }

    /// Lines before a number, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn trail(&self, before: i64, most: i64) -> Result<Vec<Entry>> {
        let rows = sqlx::query("SELECT n, at, name, host, did, what, reason, hash FROM audit WHERE n < $1 ORDER BY n DESC LIMIT $2")
            .bind(before)
            .bind(most)
            .fetch_all(&self.inner.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Checks the whole log; gives how many lines it has and the hash of the last one, which may be kept elsewhere to
    /// see that the end was not cut off.
    ///
    /// # Errors
    /// When it cannot be read; the inner one where it was changed.
    pub async fn check_trail(&self) -> Result<std::result::Result<(i64, String), Broken>> {
        let (mut n, mut before) = (0, String::new());
        loop {
            let rows = sqlx::query("SELECT n, at, name, host, did, what, reason, hash FROM audit WHERE n > $1 ORDER BY n LIMIT 1000")
                .bind(n)
                .fetch_all(&self.inner.pool)
                .await?;
            if rows.is_empty() {
                return Ok(Ok((n, before)));
            }
            for row in &rows {
                let entry = read(row)?;
                if entry.n != n + 1
                    || !self.inner.chain.hashes(&chained(&entry, &before), &entry.hash)
                {
                    return Ok(Err(Broken { n: n + 1 }));
                }
                (n, before) = (entry.n, entry.hash);
            }
        }
    }
}

/// What a hash is over: the line as JSON, and the hash before.
fn chained(entry: &Entry, before: &str) -> String {
    serde_json::json!([before, entry]).to_string()
}

fn read(row: &sqlx::any::AnyRow) -> Result<Entry> {
    Ok(Entry {
        n: row.try_get("n")?,
        at: time(row, "at")?,
        name: text(row, "name")?,
        host: text(row, "host")?,
        did: text(row, "did")?,
        what: text(row, "what")?,
        reason: text(row, "reason")?,
        hash: text(row, "hash")?,
    })
}
