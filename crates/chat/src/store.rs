//! Conversations in a database: SQLite, or PostgreSQL where several instances run. One set of statements for both.

mod feedback;
mod gaps;
mod links;
mod messages;
pub(crate) mod post;
mod talks;
mod vault;

use std::path::Path;

use jiff::Timestamp;
use keep::{Key, Keys, Step, connect, migrate, millis, text};
use sqlx::AnyPool;
use uuid::Uuid;

use crate::error::{Error, Result};

pub use feedback::{Feedback, Kind};
pub use messages::{Author, Message};
pub use talks::{Channel, Known, Mode, Talk};

pub(crate) use feedback::STATES;
pub(crate) use messages::New;
pub(crate) use talks::Switch;

const TALKS: &[Step] = &[
    (1, "talks", include_str!("../migrations/0001_talks.sql")),
    (2, "channels", include_str!("../migrations/0002_channels.sql")),
    (3, "feedback", include_str!("../migrations/0003_feedback.sql")),
    (4, "gaps", include_str!("../migrations/0004_gaps.sql")),
    (5, "desks", include_str!("../migrations/0005_desks.sql")),
];

/// Where conversations are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `postgres://…`, or `sqlite:` with a path.
    pub talks: String,
    /// The same for the keys; another database.
    pub keys: String,
}

impl Place {
    /// Two files of SQLite in a folder.
    pub fn folder(folder: &Path) -> Place {
        let file = |name: &str| format!("sqlite:{}", folder.join(name).display());
        Place { talks: file("talks.db"), keys: file("keys.db") }
    }
}

/// An open database with its keys.
#[derive(Clone)]
pub(crate) struct Store {
    pool: AnyPool,
    keys: Keys,
    /// For addresses.
    pepper: Key,
}

impl Store {
    /// Opens the databases and brings their tables up to date.
    pub(crate) async fn open(place: &Place, now: Timestamp) -> Result<Store> {
        let pool = connect(&place.talks, "WAL").await?;
        let keys = Keys::open(&place.keys).await?;
        migrate(&pool, TALKS, "_sqlx_migrations").await?;
        let pepper = keys.secret("pepper", now).await?;
        Ok(Store { pool, keys, pepper })
    }

    /// A secret of this installation, made at the first use.
    pub(crate) async fn secret(&self, name: &str, now: Timestamp) -> Result<Key> {
        Ok(self.keys.secret(name, now).await?)
    }

    /// Forgets rows with keys of their own, by the names that a statement gives for a moment: keys first.
    async fn forget(
        &self,
        names: &'static str,
        row: &'static str,
        before: Timestamp,
    ) -> Result<()> {
        let found = sqlx::query(names).bind(millis(before)).fetch_all(&self.pool).await?;
        for found in &found {
            let id = text(found, "id")?;
            self.keys.delete(&id).await?;
            sqlx::query(row).bind(id).execute(&self.pool).await?;
        }
        Ok(())
    }
}

/// Holds a conversation for the rest of a transaction: nothing is added to one that is being erased.
async fn hold(rows: &mut sqlx::Transaction<'_, sqlx::Any>, talk: &Uuid) -> Result<()> {
    let held = sqlx::query("UPDATE talk SET touched = touched WHERE id = $1")
        .bind(talk.to_string())
        .execute(&mut **rows)
        .await?;
    if held.rows_affected() == 1 { Ok(()) } else { Err(Error::Gone) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    impl Store {
        /// A key as it is kept, to look for it in files.
        pub(crate) async fn key_text(&self, talk: &Uuid) -> Option<String> {
            self.keys.get(&talk.to_string()).await.ok().map(|key| key.text())
        }
    }

    /// Databases to run a test on: SQLite in a folder, and PostgreSQL.
    pub(crate) async fn places(folder: &Path) -> Vec<Place> {
        let [talks, keys] = keep::testing::postgres().await;
        vec![Place::folder(folder), Place { talks, keys }]
    }
}
