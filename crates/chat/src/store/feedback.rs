//! Rows of feedback: ratings and reports of errors.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row;
use uuid::Uuid;

use keep::{millis, text, time};

use super::{Store, hold};
use crate::error::{Error, Result};

/// What sort of feedback it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Good or bad, with reasons.
    Rating,
    /// An error that somebody should mend.
    Report,
}

/// What a person thinks of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feedback {
    /// Its name.
    pub id: Uuid,
    /// The answer.
    pub answer: Uuid,
    /// The conversation, where there is one.
    pub talk: Option<Uuid>,
    /// When it was given.
    pub at: Timestamp,
    /// What sort it is.
    pub kind: Kind,
    /// 1 good, -1 bad, 0 not said.
    pub value: i64,
    /// Names of reasons.
    pub reasons: Vec<String>,
    /// What was written beside it, without identifiers.
    pub note: String,
    /// How far it is looked after: `new`, `taken`, `mended`, `fine`.
    pub state: String,
    /// Who looks after it.
    pub owner: Option<String>,
    /// What came of it.
    pub outcome: String,
}

impl Feedback {
    /// What somebody thinks of an answer at a moment; nobody has looked at it yet.
    pub fn new(answer: Uuid, at: Timestamp, kind: Kind, value: i64) -> Feedback {
        Feedback {
            id: Uuid::new_v4(),
            answer,
            talk: None,
            at,
            kind,
            value,
            reasons: Vec::new(),
            note: String::new(),
            state: STATES[0].to_owned(),
            owner: None,
            outcome: String::new(),
        }
    }
}

/// States of feedback that is looked after.
pub(crate) const STATES: [&str; 4] = ["new", "taken", "mended", "fine"];

impl Store {
    /// Keeps feedback; a second rating of an answer takes the place of the first.
    pub(crate) async fn feedback(&self, it: &Feedback, now: Timestamp) -> Result<()> {
        // Beside a conversation it is erased with it; alone it has a key of its own.
        let key = match &it.talk {
            Some(talk) => self.keys.get(&talk.to_string()).await?,
            None => self.keys.make(&it.id.to_string(), now).await?,
        };
        let kind = name(it.kind);
        let mut rows = self.pool.begin().await?;
        if let Some(talk) = &it.talk {
            hold(&mut rows, talk).await?;
        }
        if it.kind == Kind::Rating {
            sqlx::query("DELETE FROM feedback WHERE answer = $1 AND kind = 'rating'")
                .bind(it.answer.to_string())
                .execute(&mut *rows)
                .await?;
        }
        sqlx::query("INSERT INTO feedback (id, answer, talk, at, kind, value, reasons, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(it.id.to_string())
            .bind(it.answer.to_string())
            .bind(it.talk.map(|talk| talk.to_string()))
            .bind(millis(it.at))
            .bind(kind)
            .bind(it.value)
            .bind(it.reasons.join(","))
            .bind(key.seal(&format!("feedback/{}", it.id), &it.note))
            .execute(&mut *rows)
            .await?;
        Ok(rows.commit().await?)
    }

    /// The latest feedback, the newest first.
    pub(crate) async fn feedbacks(&self, most: i64, open: bool) -> Result<Vec<Feedback>> {
        let rows = sqlx::query("SELECT id, answer, talk, at, kind, value, reasons, sealed, state, owner, outcome FROM feedback WHERE $2 = 0 OR state IN ('new', 'taken') ORDER BY at DESC LIMIT $1")
            .bind(most)
            .bind(i64::from(open))
            .fetch_all(&self.pool)
            .await?;
        let mut list = Vec::with_capacity(rows.len());
        for row in &rows {
            let uuid = |text: String| text.parse::<Uuid>().map_err(|_| Error::Sealed);
            let id = uuid(text(row, "id")?)?;
            let talk: Option<String> = row.try_get("talk")?;
            let talk = talk.map(uuid).transpose()?;
            let key = match self.keys.get(&talk.unwrap_or(id).to_string()).await {
                // Erased meanwhile.
                Err(keep::Error::Gone) => continue,
                key => key?,
            };
            let reasons = text(row, "reasons")?;
            list.push(Feedback {
                id,
                answer: uuid(text(row, "answer")?)?,
                talk,
                at: time(row, "at")?,
                kind: if text(row, "kind")? == "report" { Kind::Report } else { Kind::Rating },
                value: row.try_get("value")?,
                reasons: reasons
                    .split(',')
                    .filter(|it| !it.is_empty())
                    .map(str::to_owned)
                    .collect(),
                note: key.open(&format!("feedback/{id}"), &text(row, "sealed")?)?,
                state: text(row, "state")?,
                owner: row.try_get("owner")?,
                outcome: text(row, "outcome")?,
            });
        }
        Ok(list)
    }

    /// Notes who looks after feedback and what came of it.
    pub(crate) async fn settle(
        &self,
        id: &Uuid,
        state: &str,
        owner: &str,
        outcome: &str,
    ) -> Result<()> {
        let done =
            sqlx::query("UPDATE feedback SET state = $1, owner = $2, outcome = $3 WHERE id = $4")
                .bind(state.to_owned())
                .bind(Some(owner.to_owned()).filter(|it| !it.is_empty()))
                .bind(outcome.to_owned())
                .bind(id.to_string())
                .execute(&self.pool)
                .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Gone) }
    }

    /// Removes feedback that belongs to no conversation and is older than a moment.
    pub(crate) async fn sweep_feedback(&self, before: Timestamp) -> Result<()> {
        let alone = "SELECT id FROM feedback WHERE talk IS NULL AND at < $1";
        self.forget(alone, "DELETE FROM feedback WHERE id = $1", before).await
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Rating => "rating",
        Kind::Report => "report",
    }
}
