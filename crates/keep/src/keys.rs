//! Keys, in a database of their own.

use jiff::Timestamp;
use sqlx::{AnyPool, Row};

use crate::database::{Step, connect, migrate, millis};
use crate::seal::Key;
use crate::{Error, Result};

const KEYS: &[Step] = &[(1, "keys", include_str!("../migrations/keys.sql"))];

/// Keys by name.
#[derive(Clone)]
pub struct Keys(AnyPool);

impl Keys {
    /// Opens them and brings their table up to date.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn open(url: &str) -> Result<Keys> {
        // What is deleted must be gone from every file, so there is no log of writes.
        let pool = connect(url, "TRUNCATE").await?;
        // A table of its own, so that keys may lie in one server's database with rows where that is wanted.
        migrate(&pool, KEYS, "_sqlx_migrations_keys").await?;
        Ok(Keys(pool))
    }

    /// The key of a name; [`Error::Gone`] once it is deleted.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn get(&self, name: &str) -> Result<Key> {
        self.find(name).await?.ok_or(Error::Gone)
    }

    async fn find(&self, name: &str) -> Result<Option<Key>> {
        let row = sqlx::query("SELECT value FROM key WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(&self.0)
            .await?;
        row.map(|row| Key::read(&row.try_get::<String, _>("value")?)).transpose()
    }

    /// A new key under a name.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn make(&self, name: &str, now: Timestamp) -> Result<Key> {
        let key = Key::fresh();
        self.put(name, &key, now).await?;
        Ok(key)
    }

    async fn put(&self, name: &str, key: &Key, now: Timestamp) -> Result<()> {
        sqlx::query(
            "INSERT INTO key (name, value, made) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(name.to_owned())
        .bind(key.text())
        .bind(millis(now))
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// A secret of the installation: made once, whoever comes first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn secret(&self, name: &str, now: Timestamp) -> Result<Key> {
        let name = format!("secret/{name}");
        if let Some(key) = self.find(&name).await? {
            return Ok(key);
        }
        self.put(&name, &Key::fresh(), now).await?;
        self.get(&name).await
    }

    /// Names of keys of conversations and feedback that were made before a moment.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn older(&self, before: Timestamp) -> Result<Vec<String>> {
        let rows = sqlx::query("SELECT name FROM key WHERE made < $1 AND name NOT LIKE 'secret/%'")
            .bind(millis(before))
            .fetch_all(&self.0)
            .await?;
        rows.iter().map(|row| Ok(row.try_get("name")?)).collect()
    }

    /// Erases what is sealed under a key, everywhere.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn delete(&self, name: &str) -> Result<()> {
        sqlx::query("DELETE FROM key WHERE name = $1")
            .bind(name.to_owned())
            .execute(&self.0)
            .await?;
        Ok(())
    }
}
