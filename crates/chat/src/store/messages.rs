//! Rows of messages.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use keep::{Key, millis, text, time};

use super::Store;
use super::post::{Out, send_in};
use crate::error::{Error, Result};
use crate::records::Record;

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The person.
    Person,
    /// The assistant.
    Assistant,
    /// An officer.
    Officer,
    /// The program, on the conversation itself: taken over, given back.
    Notice,
}

impl Author {
    const ALL: [Author; 4] = [Author::Person, Author::Assistant, Author::Officer, Author::Notice];

    fn name(self) -> &'static str {
        match self {
            Author::Person => "person",
            Author::Assistant => "assistant",
            Author::Officer => "officer",
            Author::Notice => "notice",
        }
    }
}

/// One message, as it is kept: what a person typed is without identifiers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Its name; of an answer: its `answer_id`.
    pub id: Uuid,
    /// From 1 within its conversation.
    pub n: i64,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it.
    pub author: Author,
    /// Its words.
    pub text: String,
    /// The whole answer as it went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
    /// How the answer came about. Not shown to the person.
    #[serde(skip)]
    pub record: Option<Box<Record>>,
}

/// A message that is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct New {
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) author: Author,
    pub(crate) client: Option<String>,
    pub(crate) text: String,
    pub(crate) record: Option<Box<Record>>,
    /// The version of the conversation under which it was made; under another one it is not kept.
    pub(crate) version: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Box<Record>>,
}

/// Most messages that are read at a time.
const PAGE: i64 = 500;

impl Store {
    /// Keeps a message at the end of its conversation; gives its number there. One that the person's program sends
    /// again under the same name is kept once, and `None` given.
    ///
    /// # Errors
    /// [`Error::Gone`] if the conversation is erased, [`Error::Changed`] if it is another version.
    pub(crate) async fn say(&self, talk: &Uuid, new: &New) -> Result<Option<i64>> {
        let key = self.keys.get(&talk.to_string()).await?;
        let mut rows = self.pool.begin().await?;
        match self.say_in(&mut rows, &key, talk, new).await {
            Ok(Some(n)) => {
                rows.commit().await?;
                Ok(Some(n))
            }
            Err(Error::Changed) => {
                drop(rows);
                self.talk(talk).await?;
                Err(Error::Changed)
            }
            other => other,
        }
    }

    /// Keeps an officer's words, with the parts that are sent to the person and the names of the delivery that brought
    /// them: all or nothing. `false` if one of the names was there before.
    pub(crate) async fn officer_says(
        &self,
        talk: &Uuid,
        new: &New,
        parts: &[Out],
        names: &[String],
    ) -> Result<bool> {
        let key = self.keys.get(&talk.to_string()).await?;
        let mut rows = self.pool.begin().await?;
        if self.say_in(&mut rows, &key, talk, new).await?.is_none() {
            return Ok(false);
        }
        for name in names {
            let done = sqlx::query("INSERT INTO inbox (name, at, state) VALUES ($1, $2, 'done') ON CONFLICT DO NOTHING")
                .bind(name.clone())
                .bind(millis(new.at))
                .execute(&mut *rows)
                .await?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
        }
        send_in(&mut rows, &key, talk, parts, new.at).await?;
        sqlx::query("UPDATE talk SET officer_at = $1 WHERE id = $2")
            .bind(millis(new.at))
            .bind(talk.to_string())
            .execute(&mut *rows)
            .await?;
        rows.commit().await?;
        Ok(true)
    }

    async fn say_in(
        &self,
        rows: &mut sqlx::Transaction<'_, sqlx::Any>,
        key: &Key,
        talk: &Uuid,
        new: &New,
    ) -> Result<Option<i64>> {
        let sealed = Sealed { text: new.text.clone(), record: new.record.clone() };
        let sealed = serde_json::to_string(&sealed).map_err(std::io::Error::from)?;
        // Holds the conversation, so that numbers stay apart and nothing is added to one that is being erased.
        let held = sqlx::query("UPDATE talk SET touched = CASE WHEN touched < $1 THEN $1 ELSE touched END WHERE id = $2 AND (version = $3 OR $3 < 0)")
            .bind(millis(new.at))
            .bind(talk.to_string())
            .bind(new.version.unwrap_or(-1))
            .execute(&mut **rows)
            .await?;
        if held.rows_affected() == 0 {
            return Err(Error::Changed);
        }
        let done = sqlx::query("INSERT INTO message (id, talk, n, at, author, client, sealed) SELECT $1, $2, COALESCE(MAX(n), 0) + 1, $3, $4, $5, $6 FROM message WHERE talk = $2 ON CONFLICT DO NOTHING")
            .bind(new.id.to_string())
            .bind(talk.to_string())
            .bind(millis(new.at))
            .bind(new.author.name())
            .bind(new.client.as_deref().map(|client| self.pepper.hash(client)))
            .bind(key.seal(&place(talk, &new.id), &sealed))
            .execute(&mut **rows)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let row = sqlx::query("SELECT n FROM message WHERE id = $1")
            .bind(new.id.to_string())
            .fetch_one(&mut **rows)
            .await?;
        Ok(Some(row.try_get("n")?))
    }

    /// The last messages of a conversation, in order.
    pub(crate) async fn last_messages(&self, talk: &Uuid, most: i64) -> Result<Vec<Message>> {
        let rows = sqlx::query("SELECT id, talk, n, at, author, sealed FROM message WHERE talk = $1 ORDER BY n DESC LIMIT $2")
            .bind(talk.to_string())
            .bind(most)
            .fetch_all(&self.pool)
            .await?;
        let mut messages = self.read_all(talk, &rows).await?;
        messages.reverse();
        Ok(messages)
    }

    /// Messages of a conversation after a number, in order: the last ones of many.
    pub(crate) async fn messages(&self, talk: &Uuid, after: i64) -> Result<Vec<Message>> {
        let rows = sqlx::query("SELECT id, talk, n, at, author, sealed FROM message WHERE talk = $1 AND n > $2 ORDER BY n DESC LIMIT $3")
            .bind(talk.to_string())
            .bind(after)
            .bind(PAGE)
            .fetch_all(&self.pool)
            .await?;
        let mut messages = self.read_all(talk, &rows).await?;
        messages.reverse();
        Ok(messages)
    }

    async fn read_all(&self, talk: &Uuid, rows: &[AnyRow]) -> Result<Vec<Message>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.keys.get(&talk.to_string()).await?;
        rows.iter().map(|row| read(row, &key)).collect()
    }

    /// What a person said first.
    pub(crate) async fn first_words(&self, talk: &Uuid) -> Result<Option<String>> {
        let row = sqlx::query("SELECT id, talk, n, at, author, sealed FROM message WHERE talk = $1 AND author = 'person' ORDER BY n LIMIT 1")
            .bind(talk.to_string())
            .fetch_optional(&self.pool)
            .await?;
        Ok(self.opened(row).await?.map(|it| it.text))
    }

    /// The conversation of an answer.
    pub(crate) async fn talk_of(&self, answer: &Uuid) -> Result<Option<Uuid>> {
        let row = sqlx::query("SELECT talk FROM message WHERE id = $1")
            .bind(answer.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| text(&row, "talk")?.parse().map_err(|_| Error::Sealed)).transpose()
    }

    /// The message of an author that the person's program named so.
    pub(crate) async fn by_client(
        &self,
        talk: &Uuid,
        client: &str,
        author: Author,
    ) -> Result<Option<Message>> {
        let row = sqlx::query("SELECT id, talk, n, at, author, sealed FROM message WHERE talk = $1 AND client = $2 AND author = $3")
            .bind(talk.to_string())
            .bind(self.pepper.hash(client))
            .bind(author.name())
            .fetch_optional(&self.pool)
            .await?;
        self.opened(row).await
    }

    /// A message by its name, and the conversation that it stands in.
    pub(crate) async fn message(&self, id: &Uuid) -> Result<Option<(Uuid, Message)>> {
        let row = sqlx::query("SELECT id, talk, n, at, author, sealed FROM message WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        let talk = row.as_ref().map(|row| text(row, "talk")).transpose()?;
        let message = self.opened(row).await?;
        Ok(talk.and_then(|talk| talk.parse().ok()).zip(message))
    }

    /// The latest answers, the newest first.
    pub(crate) async fn latest_answers(&self, most: i64) -> Result<Vec<Message>> {
        let rows = sqlx::query("SELECT id, talk, n, at, author, sealed FROM message WHERE author = 'assistant' AND talk NOT IN (SELECT id FROM talk WHERE channel = 'staff') ORDER BY at DESC, id DESC LIMIT $1")
            .bind(most)
            .fetch_all(&self.pool)
            .await?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            match self.opened(Some(row)).await {
                // Erased meanwhile.
                Err(Error::Gone) => {}
                message => messages.extend(message?),
            }
        }
        Ok(messages)
    }

    async fn opened(&self, row: Option<AnyRow>) -> Result<Option<Message>> {
        let Some(row) = row else { return Ok(None) };
        let key = self.keys.get(&text(&row, "talk")?).await?;
        Ok(Some(read(&row, &key)?))
    }
}

fn read(row: &AnyRow, key: &keep::Key) -> Result<Message> {
    let uuid = |column: &str| text(row, column)?.parse().map_err(|_| Error::Sealed);
    let (id, talk): (Uuid, Uuid) = (uuid("id")?, uuid("talk")?);
    let author = text(row, "author")?;
    let sealed = key.open(&place(&talk, &id), &text(row, "sealed")?)?;
    let Sealed { text, record } = serde_json::from_str(&sealed).map_err(|_| Error::Sealed)?;
    Ok(Message {
        id,
        n: row.try_get("n")?,
        at: time(row, "at")?,
        author: Author::ALL.into_iter().find(|it| it.name() == author).ok_or(Error::Sealed)?,
        text,
        answer: record.as_ref().map(|record| record.answer.clone()),
        record,
    })
}

fn place(talk: &Uuid, id: &Uuid) -> String {
    format!("message/{talk}/{id}")
}
