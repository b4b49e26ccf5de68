//! Rows of messages of channels on their way in and out, of buttons.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use uuid::Uuid;

use keep::{Key, millis, text};

use super::{Store, hold};
use crate::carrier::{Part, What};
use crate::error::{Error, Result};

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
    /// The answer that it is a part of.
    pub(crate) answer: String,
    /// How often it was tried.
    pub(crate) tries: i64,
    /// Not to be sent before.
    pub(crate) due: Timestamp,
    pub(crate) out: Out,
}

/// What is sent, and under which state of its conversation it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Out {
    pub(crate) part: Part,
    /// The version of the conversation; `None` for what is sent whoever speaks.
    pub(crate) version: Option<i64>,
    /// Whether an officer wrote it, who is to know if it does not arrive.
    #[serde(default)]
    pub(crate) officer: bool,
}

impl Store {
    /// Keeps a delivery of a moment; `false` for one that was there before.
    pub(crate) async fn receive(
        &self,
        name: &str,
        talk: Option<&Uuid>,
        what: &What,
        at: Timestamp,
    ) -> Result<bool> {
        let sealed = match talk {
            Some(talk) => {
                let key = self.keys.get(&talk.to_string()).await?;
                let what = serde_json::to_string(what).map_err(std::io::Error::from)?;
                Some(key.seal(&inbox(name), &what))
            }
            None => None,
        };
        let mut rows = self.pool.begin().await?;
        if let Some(talk) = talk {
            hold(&mut rows, talk).await?;
        }
        let state = if talk.is_some() { "new" } else { "done" };
        let done = sqlx::query("INSERT INTO inbox (name, talk, at, state, sealed) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
            .bind(name.to_owned())
            .bind(talk.map(Uuid::to_string))
            .bind(millis(at))
            .bind(state)
            .bind(sealed)
            .execute(&mut *rows)
            .await?;
        rows.commit().await?;
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
        let sealed: Option<String> = row.try_get("sealed")?;
        let what = sealed.and_then(|it| key.open(&inbox(&name), &it).ok());
        match what.and_then(|it| serde_json::from_str(&it).ok()) {
            Some(what) => Ok(Some(Waiting { name, what })),
            // One that cannot be read stands in nobody's way.
            None => {
                let sql = "UPDATE inbox SET state = 'failed', sealed = NULL WHERE name = $1";
                sqlx::query(sql).bind(name).execute(&self.pool).await?;
                Err(Error::Sealed)
            }
        }
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
        name: &str,
        parts: &[Out],
        now: Timestamp,
    ) -> Result<()> {
        let key = self.keys.get(&talk.to_string()).await?;
        let mut rows = self.pool.begin().await?;
        hold(&mut rows, talk).await?;
        let sql =
            "UPDATE inbox SET state = 'done', sealed = NULL WHERE name = $1 AND state = 'new'";
        let done = sqlx::query(sql).bind(name.to_owned()).execute(&mut *rows).await?;
        // Another instance was faster.
        if done.rows_affected() == 0 {
            return Ok(());
        }
        send_in(&mut rows, &key, talk, parts, now).await?;
        Ok(rows.commit().await?)
    }

    /// The next part of a conversation to be sent.
    pub(crate) async fn next_going(&self, talk: &Uuid) -> Result<Option<Going>> {
        let row = sqlx::query("SELECT id, answer, tries, due, sealed FROM outbox WHERE talk = $1 AND state = 'pending' ORDER BY n LIMIT 1")
            .bind(talk.to_string())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let id: Uuid = text(&row, "id")?.parse().map_err(|_| Error::Sealed)?;
        let key = self.keys.get(&talk.to_string()).await?;
        let sealed: Option<String> = row.try_get("sealed")?;
        let out = sealed.and_then(|it| key.open(&outbox(&id), &it).ok());
        let Some(out) = out.and_then(|it| serde_json::from_str(&it).ok()) else {
            self.over(&id, "failed", "it cannot be read any more", None).await?;
            return Err(Error::Sealed);
        };
        let due = Timestamp::from_millisecond(row.try_get("due")?).unwrap_or_default();
        Ok(Some(Going {
            id,
            answer: text(&row, "answer")?,
            tries: row.try_get("tries")?,
            due,
            out,
        }))
    }

    /// Takes a part for sending: `false` if another has it, or its conversation is no longer the one it was written in.
    pub(crate) async fn claim(
        &self,
        part: &Uuid,
        talk: &Uuid,
        version: Option<i64>,
    ) -> Result<bool> {
        let sql = "UPDATE outbox SET state = 'sending', tries = tries + 1 WHERE id = $1 AND state = 'pending' AND EXISTS \
                   (SELECT 1 FROM talk WHERE id = $2 AND ($3 < 0 OR version = $3 OR mode <> 'human'))";
        let done = sqlx::query(sql)
            .bind(part.to_string())
            .bind(talk.to_string())
            .bind(version.unwrap_or(-1))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Puts a part that was not sent back, to be tried from a moment on.
    pub(crate) async fn again(&self, part: &Uuid, why: &str, due: Timestamp) -> Result<()> {
        sqlx::query("UPDATE outbox SET state = 'pending', why = $1, due = $2 WHERE id = $3 AND state = 'sending'")
            .bind(why.to_owned())
            .bind(millis(due))
            .bind(part.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes how a part ended; its words are not kept.
    pub(crate) async fn over(
        &self,
        part: &Uuid,
        state: &str,
        why: &str,
        remote: Option<&str>,
    ) -> Result<()> {
        sqlx::query("UPDATE outbox SET state = $1, why = $2, remote = $3, sealed = NULL WHERE id = $4 AND state IN ('pending', 'sending')")
            .bind(state.to_owned())
            .bind(why.to_owned())
            .bind(remote.map(str::to_owned))
            .bind(part.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A part that was written under another state of its conversation is not sent; `false` if another process has it.
    pub(crate) async fn suppress(&self, part: &Uuid) -> Result<bool> {
        let done = sqlx::query("UPDATE outbox SET state = 'suppressed', why = 'an officer has taken over', sealed = NULL WHERE id = $1 AND state = 'pending'")
            .bind(part.to_string())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Half an answer is none: what of it was not sent yet is not sent.
    pub(crate) async fn rest_over(&self, answer: &str, state: &str) -> Result<()> {
        sqlx::query("UPDATE outbox SET state = $1, why = 'an earlier part was not sent', sealed = NULL WHERE answer = $2 AND state = 'pending'")
            .bind(state.to_owned())
            .bind(answer.to_owned())
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

    /// The conversation of a button, and what it does.
    pub(crate) async fn pressed(&self, id: &str) -> Result<Option<(Uuid, String)>> {
        let row = sqlx::query("SELECT talk, act FROM button WHERE id = $1")
            .bind(id.to_owned())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((text(&row, "talk")?.parse().map_err(|_| Error::Sealed)?, text(&row, "act")?)))
    }

    /// Nothing more of a conversation is sent.
    pub(crate) async fn all_over(&self, talk: &Uuid, why: &str) -> Result<()> {
        sqlx::query("UPDATE outbox SET state = 'failed', why = $1, sealed = NULL WHERE talk = $2 AND state = 'pending'")
            .bind(why.to_owned())
            .bind(talk.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets deliveries that can come no more, before a moment.
    pub(crate) async fn sweep_inbox(&self, before: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM inbox WHERE state = 'done' AND at < $1")
            .bind(millis(before))
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Keeps the parts of an answer for sending, after those that wait.
pub(crate) async fn send_in(
    rows: &mut sqlx::Transaction<'_, sqlx::Any>,
    key: &Key,
    talk: &Uuid,
    parts: &[Out],
    now: Timestamp,
) -> Result<()> {
    let answer = Uuid::new_v4().to_string();
    let row = sqlx::query("SELECT COALESCE(MAX(n), 0) AS n FROM outbox WHERE talk = $1")
        .bind(talk.to_string())
        .fetch_one(&mut **rows)
        .await?;
    let mut n: i64 = row.try_get("n")?;
    for out in parts {
        let id = Uuid::new_v4();
        n += 1;
        let out = serde_json::to_string(out).map_err(std::io::Error::from)?;
        sqlx::query("INSERT INTO outbox (id, talk, answer, n, at, tries, due, state, why, sealed) VALUES ($1, $2, $3, $4, $5, 0, 0, 'pending', '', $6)")
            .bind(id.to_string())
            .bind(talk.to_string())
            .bind(answer.clone())
            .bind(n)
            .bind(millis(now))
            .bind(key.seal(&outbox(&id), &out))
            .execute(&mut **rows)
            .await?;
    }
    Ok(())
}

fn inbox(name: &str) -> String {
    format!("inbox/{name}")
}

fn outbox(id: &Uuid) -> String {
    format!("outbox/{id}")
}
