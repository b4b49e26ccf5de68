//! Rows of conversations that stand on a desk elsewhere, and of attempts to look a case up.

use jiff::Timestamp;
use keep::{millis, text};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::{Store, hold};
use crate::error::{Error, Result};
use crate::links::{Link, LinkState};

const COLUMNS: &str = "SELECT talk, remote, contact, state, sent FROM link";

impl Store {
    /// Keeps where a conversation stands, in the place of what was kept of it.
    pub(crate) async fn link(&self, it: &Link) -> Result<()> {
        let key = self.keys.get(&it.talk.to_string()).await?;
        let mut rows = self.pool.begin().await?;
        hold(&mut rows, &it.talk).await?;
        sqlx::query("INSERT INTO link (talk, remote, contact, state, sent) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (talk) DO UPDATE SET remote = $2, contact = $3, state = $4, sent = $5")
            .bind(it.talk.to_string())
            .bind(it.remote.clone())
            .bind(key.seal(&place(&it.talk), &it.contact))
            .bind(it.state.name())
            .bind(it.sent)
            .execute(&mut *rows)
            .await?;
        Ok(rows.commit().await?)
    }

    /// Notes how far it is, if it is as it was seen.
    pub(crate) async fn link_goes(&self, it: &Link, state: LinkState, sent: i64) -> Result<bool> {
        let sql =
            "UPDATE link SET state = $1, sent = $2 WHERE talk = $3 AND remote = $4 AND state = $5";
        let done = sqlx::query(sql)
            .bind(state.name())
            .bind(sent.max(it.sent))
            .bind(it.talk.to_string())
            .bind(it.remote.clone())
            .bind(it.state.name())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Where a conversation stands.
    pub(crate) async fn link_of(&self, talk: &Uuid) -> Result<Option<Link>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE talk = $1")))
            .bind(talk.to_string())
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => self.read_link(&row).await,
            None => Ok(None),
        }
    }

    /// The conversation that stands there under a name.
    pub(crate) async fn linked(&self, remote: &str) -> Result<Option<Link>> {
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE remote = $1")))
            .bind(remote.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => self.read_link(&row).await,
            None => Ok(None),
        }
    }

    /// All that are not closed.
    pub(crate) async fn open_links(&self) -> Result<Vec<Link>> {
        let sql = format!("{COLUMNS} WHERE state <> 'closed' ORDER BY talk LIMIT 1000");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await?;
        let mut links = Vec::with_capacity(rows.len());
        for row in &rows {
            links.extend(self.read_link(row).await?);
        }
        Ok(links)
    }

    /// `None` for one that is being erased.
    async fn read_link(&self, row: &AnyRow) -> Result<Option<Link>> {
        let name = text(row, "talk")?;
        let talk: Uuid = name.parse().map_err(|_| Error::Sealed)?;
        let key = match self.keys.get(&name).await {
            Err(keep::Error::Gone) => return Ok(None),
            key => key?,
        };
        let state = text(row, "state")?;
        Ok(Some(Link {
            talk,
            remote: text(row, "remote")?,
            contact: key.open(&place(&talk), &text(row, "contact")?)?,
            state: LinkState::ALL.into_iter().find(|it| it.name() == state).ok_or(Error::Sealed)?,
            sent: row.try_get("sent")?,
        }))
    }

    /// Notes an attempt of several; gives its name.
    pub(crate) async fn attempt(&self, who: &[&str], now: Timestamp) -> Result<String> {
        let name = Uuid::new_v4().to_string();
        for (n, who) in who.iter().enumerate() {
            sqlx::query("INSERT INTO attempt (id, who, at) VALUES ($1, $2, $3)")
                .bind(format!("{name}/{n}"))
                .bind((*who).to_owned())
                .bind(millis(now))
                .execute(&self.pool)
                .await?;
        }
        Ok(name)
    }

    /// How many attempts were made since a moment.
    pub(crate) async fn attempts(&self, who: &str, since: Timestamp) -> Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM attempt WHERE who = $1 AND at >= $2")
            .bind(who.to_owned())
            .bind(millis(since))
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get("n")?)
    }

    /// An attempt that did not fail does not count.
    pub(crate) async fn forgive(&self, attempt: &str) -> Result<()> {
        sqlx::query("DELETE FROM attempt WHERE id LIKE $1")
            .bind(format!("{attempt}/%"))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets attempts before a moment.
    pub(crate) async fn sweep_attempts(&self, before: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM attempt WHERE at < $1")
            .bind(millis(before))
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn place(talk: &Uuid) -> String {
    format!("link/{talk}")
}
