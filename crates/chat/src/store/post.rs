//! Rows of messages of channels on their way in and out, of buttons, and of tokens of platforms.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

use super::{Store, millis, text};
use crate::error::{Error, Result};
use crate::post::{Part, What};

/// A message of a channel that waits for its answer.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) name: String,
    pub(crate) what: What,
}

/// A part of an answer that waits for being sent.
#[derive(Clone, Debug)]
pub(crate) struct Going {
    pub(crate) id: Uuid,
    pub(crate) out: Out,
}

/// What is sent, and under which state of its conversation it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Out {
    pub(crate) part: Part,
    /// The version of the conversation; `None` for what is sent whoever speaks.
    pub(crate) version: Option<i64>,
}

impl Store {
    /// Keeps a delivery; `false` for one that was there before.
    pub(crate) async fn receive(
        &self,
        name: &str,
        talk: Option<&Uuid>,
        what: &What,
        now: Timestamp,
    ) -> Result<bool> {
        let sealed = match talk {
            Some(talk) => {
                let key = self.keys.get(&talk.to_string()).await?;
                let what = serde_json::to_string(what).map_err(std::io::Error::from)?;
                Some(key.seal(&inbox(name), &what))
            }
            None => None,
        };
        let state = if talk.is_some() { "new" } else { "done" };
        let done = sqlx::query("INSERT INTO inbox (name, talk, at, state, sealed) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
            .bind(name.to_owned())
            .bind(talk.map(Uuid::to_string))
            .bind(millis(now))
            .bind(state)
            .bind(sealed)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether a delivery is known.
    pub(crate) async fn received(&self, name: &str) -> Result<bool> {
        let row = sqlx::query("SELECT name FROM inbox WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// The oldest message of a conversation that waits for its answer.
    pub(crate) async fn next_waiting(&self, talk: &Uuid) -> Result<Option<Waiting>> {
        let row = sqlx::query("SELECT name, sealed FROM inbox WHERE talk = $1 AND state = 'new' ORDER BY at, name LIMIT 1")
            .bind(talk.to_string())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let name = text(&row, "name")?;
        let key = self.keys.get(&talk.to_string()).await?;
        let what = key.open(&inbox(&name), &text(&row, "sealed")?)?;
        Ok(Some(Waiting { name, what: serde_json::from_str(&what).map_err(|_| Error::Sealed)? }))
    }

    /// Conversations of a channel with something to answer or to send.
    pub(crate) async fn unfinished(&self, channel: &str) -> Result<Vec<Uuid>> {
        let sql = "SELECT DISTINCT t.id AS id FROM talk t WHERE t.channel = $1 AND (\
                   EXISTS (SELECT 1 FROM inbox i WHERE i.talk = t.id AND i.state = 'new') OR \
                   EXISTS (SELECT 1 FROM outbox o WHERE o.talk = t.id AND o.state = 'pending'))";
        let rows = sqlx::query(sql).bind(channel.to_owned()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| text(row, "id")?.parse().map_err(|_| Error::Sealed)).collect()
    }

    /// Marks a message as answered, and keeps the answer's parts for sending: both or neither.
    pub(crate) async fn answered(
        &self,
        talk: &Uuid,
        name: Option<&str>,
        parts: &[Out],
        now: Timestamp,
    ) -> Result<()> {
        let key = self.keys.get(&talk.to_string()).await?;
        let mut rows = self.pool.begin().await?;
        let row = sqlx::query("SELECT COALESCE(MAX(n), 0) AS n FROM outbox WHERE talk = $1")
            .bind(talk.to_string())
            .fetch_one(&mut *rows)
            .await?;
        let mut n: i64 = row.try_get("n")?;
        for out in parts {
            let id = Uuid::new_v4();
            n += 1;
            let out = serde_json::to_string(out).map_err(std::io::Error::from)?;
            sqlx::query("INSERT INTO outbox (id, talk, n, at, state, why, sealed) VALUES ($1, $2, $3, $4, 'pending', '', $5)")
                .bind(id.to_string())
                .bind(talk.to_string())
                .bind(n)
                .bind(millis(now))
                .bind(key.seal(&outbox(&id), &out))
                .execute(&mut *rows)
                .await?;
        }
        if let Some(name) = name {
            sqlx::query("UPDATE inbox SET state = 'done', sealed = NULL WHERE name = $1")
                .bind(name.to_owned())
                .execute(&mut *rows)
                .await?;
        }
        Ok(rows.commit().await?)
    }

    /// The next part of a conversation to be sent.
    pub(crate) async fn next_going(&self, talk: &Uuid) -> Result<Option<Going>> {
        let row = sqlx::query("SELECT id, sealed FROM outbox WHERE talk = $1 AND state = 'pending' ORDER BY n LIMIT 1")
            .bind(talk.to_string())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let id: Uuid = text(&row, "id")?.parse().map_err(|_| Error::Sealed)?;
        let key = self.keys.get(&talk.to_string()).await?;
        let out = key.open(&outbox(&id), &text(&row, "sealed")?)?;
        Ok(Some(Going { id, out: serde_json::from_str(&out).map_err(|_| Error::Sealed)? }))
    }

    /// Notes how far a part is; what is over is not kept in words.
    pub(crate) async fn going(
        &self,
        id: &Uuid,
        state: &str,
        why: &str,
        remote: Option<&str>,
    ) -> Result<()> {
        let over = !matches!(state, "pending" | "sending");
        let sql = match over {
            true => {
                "UPDATE outbox SET state = $1, why = $2, remote = $3, sealed = NULL WHERE id = $4"
            }
            false => "UPDATE outbox SET state = $1, why = $2, remote = $3 WHERE id = $4",
        };
        sqlx::query(sql)
            .bind(state.to_owned())
            .bind(why.to_owned())
            .bind(remote.map(str::to_owned))
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// After a crash nobody knows whether what was being sent has arrived: it is not sent again by itself.
    pub(crate) async fn lost(&self, channel: &str) -> Result<u64> {
        let sql = "UPDATE outbox SET state = 'unknown', sealed = NULL, \
                   why = 'the program ended while it was being sent' WHERE state = 'sending' \
                   AND talk IN (SELECT id FROM talk WHERE channel = $1)";
        Ok(sqlx::query(sql).bind(channel.to_owned()).execute(&self.pool).await?.rows_affected())
    }

    /// How many parts are in each state.
    pub(crate) async fn states(&self) -> Result<Vec<(String, i64)>> {
        let rows =
            sqlx::query("SELECT state, COUNT(*) AS n FROM outbox GROUP BY state ORDER BY state")
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|row| Ok((text(row, "state")?, row.try_get("n")?))).collect()
    }

    /// Whether the program itself sent a message of the platform.
    pub(crate) async fn sent(&self, remote: &str) -> Result<bool> {
        let row = sqlx::query("SELECT id FROM outbox WHERE remote = $1")
            .bind(remote.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Keeps a button of a conversation.
    pub(crate) async fn button(
        &self,
        id: &str,
        talk: &Uuid,
        act: &str,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("INSERT INTO button (id, talk, act, at) VALUES ($1, $2, $3, $4)")
            .bind(id.to_owned())
            .bind(talk.to_string())
            .bind(act.to_owned())
            .bind(millis(now))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What a button of this conversation does.
    pub(crate) async fn pressed(&self, id: &str, talk: &Uuid) -> Result<Option<String>> {
        let row = sqlx::query("SELECT act FROM button WHERE id = $1 AND talk = $2")
            .bind(id.to_owned())
            .bind(talk.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| text(&row, "act")).transpose()
    }

    /// Forgets deliveries that can come no more, before a moment.
    pub(crate) async fn sweep_inbox(&self, before: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM inbox WHERE state = 'done' AND at < $1")
            .bind(millis(before))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What a vault holds.
    pub(crate) async fn vault(&self, name: &str, now: Timestamp) -> Result<Option<String>> {
        let row = sqlx::query("SELECT sealed FROM vault WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let key = self.keys.secret("vault", now).await?;
        Ok(Some(key.open(&format!("vault/{name}"), &text(&row, "sealed")?)?))
    }

    /// Puts something into a vault; what was there is kept beside it, once.
    pub(crate) async fn put_vault(&self, name: &str, value: &str, now: Timestamp) -> Result<()> {
        let key = self.keys.secret("vault", now).await?;
        let sql = "INSERT INTO vault (name, sealed, at, lease) VALUES ($1, $2, $3, 0) ON CONFLICT (name) DO UPDATE \
                   SET previous = vault.sealed, sealed = excluded.sealed, at = excluded.at, lease = 0";
        sqlx::query(sql)
            .bind(name.to_owned())
            .bind(key.seal(&format!("vault/{name}"), value))
            .bind(millis(now))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes a vault for changing it, if no other process has it.
    pub(crate) async fn lease_vault(
        &self,
        name: &str,
        now: Timestamp,
        long: SignedDuration,
    ) -> Result<bool> {
        let until = now.checked_add(long).map_err(|_| Error::Gone)?;
        let done = sqlx::query("UPDATE vault SET lease = $1 WHERE name = $2 AND lease < $3")
            .bind(millis(until))
            .bind(name.to_owned())
            .bind(millis(now))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives it back unchanged.
    pub(crate) async fn free_vault(&self, name: &str) -> Result<()> {
        sqlx::query("UPDATE vault SET lease = 0 WHERE name = $1")
            .bind(name.to_owned())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn inbox(name: &str) -> String {
    format!("inbox/{name}")
}

fn outbox(id: &Uuid) -> String {
    format!("outbox/{id}")
}
