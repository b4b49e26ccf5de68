//! Rows of gaps: each question is sealed under a key of its own.

use keep::{millis, text, time};
use uuid::Uuid;

use super::Store;
use crate::error::{Error, Result};
use crate::gaps::Kept;

impl Store {
    /// All that is kept.
    pub(crate) async fn gaps(&self) -> Result<Vec<Kept>> {
        let rows = sqlx::query(
            "SELECT id, state, owner, note, at, sealed FROM gap ORDER BY at DESC LIMIT 1000",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut list = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: Uuid = text(row, "id")?.parse().map_err(|_| Error::Sealed)?;
            let key = match self.keys.get(&id.to_string()).await {
                Err(keep::Error::Gone) => continue,
                key => key?,
            };
            list.push(Kept {
                id,
                question: key.open(&place(&id), &text(row, "sealed")?)?,
                state: text(row, "state")?,
                owner: text(row, "owner")?,
                note: text(row, "note")?,
                at: time(row, "at")?,
            });
        }
        Ok(list)
    }

    /// Keeps one, in the place of what was kept of it before.
    pub(crate) async fn keep_gap(&self, it: &Kept) -> Result<()> {
        let name = it.id.to_string();
        let key = match self.keys.get(&name).await {
            Err(keep::Error::Gone) => self.keys.make(&name, it.at).await?,
            key => key?,
        };
        sqlx::query("INSERT INTO gap (id, state, owner, note, at, sealed) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET state = $2, owner = $3, note = $4, at = $5, sealed = $6")
            .bind(name)
            .bind(it.state.clone())
            .bind(it.owner.clone())
            .bind(it.note.clone())
            .bind(millis(it.at))
            .bind(key.seal(&place(&it.id), &it.question))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets closed ones that were closed before a moment.
    pub(crate) async fn sweep_gaps(&self, before: jiff::Timestamp) -> Result<()> {
        let closed = "SELECT id FROM gap WHERE state = 'closed' AND at < $1";
        self.forget(closed, "DELETE FROM gap WHERE id = $1", before).await
    }
}

fn place(id: &Uuid) -> String {
    format!("gap/{id}")
}
