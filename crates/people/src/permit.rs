//! Permits: what one person may do only with a second one's word, for a while (Nghị định 356/2025/NĐ-CP điều 4 khoản 2:
//! sensitive data are read by a rule and a procedure).

use jiff::{SignedDuration, Timestamp};
use keep::{millis, text, time};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use crate::people::People;
use crate::session::Person;
use crate::{Error, Result};

/// Leave that somebody asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Permit {
    /// Its name.
    pub id: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// Who asked.
    pub name: String,
    /// For what.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Who gave it, once somebody has.
    pub giver: Option<String>,
}

/// It holds for so long after it was given, and is asked for no longer than that.
const HOLDS: SignedDuration = SignedDuration::from_hours(8);

impl People {
    /// Asks for leave.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn ask_permit(&self, by: &Person, what: &str, reason: &str) -> Result<()> {
        self.audit(by, "permit.ask", what, reason).await?;
        sqlx::query("INSERT INTO permit (id, at, name, what, reason) VALUES ($1, $2, $3, $4, $5)")
            .bind(Uuid::now_v7().to_string())
            .bind(millis(self.now()))
            .bind(by.name.clone())
            .bind(what.to_owned())
            .bind(reason.to_owned())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    /// Gives it.
    ///
    /// # Errors
    /// [`Error::Yourself`]; [`Error::Unknown`] when it is over; when it cannot be kept.
    pub async fn give_permit(&self, by: &Person, id: &str) -> Result<()> {
        let permit = self.permits().await?.into_iter().find(|it| it.id == id);
        let permit = permit.ok_or_else(|| Error::Unknown(id.to_owned()))?;
        if permit.name == by.name {
            return Err(Error::Yourself);
        }
        self.audit(by, "permit.give", &permit.what, &permit.name).await?;
        sqlx::query("UPDATE permit SET giver = $1, given = $2 WHERE id = $3 AND giver IS NULL")
            .bind(by.name.clone())
            .bind(millis(self.now()))
            .bind(id.to_owned())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    /// Those that are asked for or hold, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn permits(&self) -> Result<Vec<Permit>> {
        let since = self.now().checked_sub(HOLDS).unwrap_or(Timestamp::MIN);
        let rows = sqlx::query("SELECT id, at, name, what, reason, giver FROM permit WHERE COALESCE(given, at) > $1 ORDER BY at DESC LIMIT 200")
            .bind(millis(since))
            .fetch_all(&self.inner.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Whether somebody has leave for something now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn permitted(&self, who: &Person, what: &str) -> Result<bool> {
        let holds = |it: &Permit| it.name == who.name && it.what == what && it.giver.is_some();
        Ok(self.permits().await?.iter().any(holds))
    }
}

fn read(row: &AnyRow) -> Result<Permit> {
    Ok(Permit {
        id: text(row, "id")?,
        at: time(row, "at")?,
        name: text(row, "name")?,
        what: text(row, "what")?,
        reason: text(row, "reason")?,
        giver: row.try_get("giver")?,
    })
}
