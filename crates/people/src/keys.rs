//! Keys with which programs call in somebody's name: they carry the rights that their owner has at the time of the call,
//! and end with the account.

use jiff::{SignedDuration, Timestamp};
use keep::{millis, text, time};
use sqlx::Row;

use crate::people::People;
use crate::session::{Person, hash, token};
use crate::{Error, Result};

/// A key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// By which it is taken away; tells nothing about the key.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// When it was last used, to the hour; when it was made, if it never was.
    pub used: Timestamp,
}

/// Most keys of one account.
const MOST: usize = 10;
/// The time of the last call is written when it is so much later.
const USED: SignedDuration = SignedDuration::from_hours(1);
/// Before every key, so that one that lies about is known for what it is.
const MARK: &str = "khue-";

impl People {
    /// Makes a key; told this once.
    ///
    /// # Errors
    /// [`Error::Many`]; when it cannot be kept.
    pub async fn make_key(&self, person: &Person, name: &str) -> Result<String> {
        if self.keys(person).await?.len() >= MOST {
            return Err(Error::Many);
        }
        let key = format!("{MARK}{}", token());
        self.audit(person, "key.make", name, "").await?;
        sqlx::query(
            "INSERT INTO api_key (hash, account, name, made, used) VALUES ($1, $2, $3, $4, $4)",
        )
        .bind(hash(&key))
        .bind(person.account.clone())
        .bind(name.to_owned())
        .bind(millis(self.now()))
        .execute(&self.inner.pool)
        .await?;
        Ok(key)
    }

    /// The keys of somebody, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn keys(&self, person: &Person) -> Result<Vec<ApiKey>> {
        let rows = sqlx::query(
            "SELECT hash, name, made, used FROM api_key WHERE account = $1 ORDER BY made DESC",
        )
        .bind(person.account.clone())
        .fetch_all(&self.inner.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ApiKey {
                    id: text(row, "hash")?,
                    name: text(row, "name")?,
                    made: time(row, "made")?,
                    used: time(row, "used")?,
                })
            })
            .collect()
    }

    /// Takes a key away; it works no more from then on.
    ///
    /// # Errors
    /// [`Error::Unknown`] for one that is not theirs; when it cannot be written.
    pub async fn drop_key(&self, person: &Person, id: &str) -> Result<()> {
        let known = self.keys(person).await?.into_iter().find(|it| it.id == id);
        let known = known.ok_or_else(|| Error::Unknown(id.to_owned()))?;
        self.audit(person, "key.drop", &known.name, "").await?;
        sqlx::query("DELETE FROM api_key WHERE hash = $1 AND account = $2")
            .bind(id.to_owned())
            .bind(person.account.clone())
            .execute(&self.inner.pool)
            .await?;
        Ok(())
    }

    /// Whose key it is, with the rights that they have now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn of_key(&self, key: &str, host: &str) -> Result<Option<Person>> {
        if !key.starts_with(MARK) {
            return Ok(None);
        }
        let name = hash(key);
        let row = sqlx::query("SELECT account, used FROM api_key WHERE hash = $1")
            .bind(name.clone())
            .fetch_optional(&self.inner.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let account: String = row.try_get("account")?;
        let now = self.now();
        let account = self.by_id(&account).await?.filter(|it| !it.closed);
        let Some(account) = account else { return Ok(None) };
        if now.duration_since(time(&row, "used")?) >= USED {
            sqlx::query("UPDATE api_key SET used = $1 WHERE hash = $2")
                .bind(millis(now))
                .bind(name)
                .execute(&self.inner.pool)
                .await?;
        }
        Ok(Some(Person::of(account, host)))
    }
}
