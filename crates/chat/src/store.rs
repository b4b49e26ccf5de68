//! Conversations in a database: SQLite, or PostgreSQL where several instances run. One set of statements for both.

mod feedback;
mod keys;
mod messages;
pub(crate) mod post;
mod talks;
mod vault;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Executor, Row};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::seal::Key;
use keys::Keys;

pub use feedback::{Feedback, Kind};
pub use messages::{Author, Message};
pub use talks::{Channel, Known, Mode, Talk};

pub(crate) use messages::New;
pub(crate) use talks::Switch;

const TALKS: &[(i64, &str, &str)] = &[
    (1, "talks", include_str!("../migrations/0001_talks.sql")),
    (2, "channels", include_str!("../migrations/0002_channels.sql")),
];
const KEYS: &[(i64, &str, &str)] = &[(1, "keys", include_str!("../migrations/keys.sql"))];

/// Longest wait for a connection: who chats is not kept waiting for a database that is away.
const PATIENCE: Duration = Duration::from_secs(3);

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
        // What is deleted from the keys must be gone from every file, so they have no log of writes.
        let pool = connect(&place.talks, "WAL").await?;
        let keys = connect(&place.keys, "TRUNCATE").await?;
        migrate(&pool, TALKS, "_sqlx_migrations").await?;
        // A table of its own, so that both may lie in one server's database where that is wanted.
        migrate(&keys, KEYS, "_sqlx_migrations_keys").await?;
        let keys = Keys(keys);
        let pepper = keys.secret("pepper", now).await?;
        Ok(Store { pool, keys, pepper })
    }

    /// A secret of this installation, made at the first use.
    pub(crate) async fn secret(&self, name: &str, now: Timestamp) -> Result<Key> {
        self.keys.secret(name, now).await
    }
}

async fn connect(url: &str, journal: &'static str) -> Result<AnyPool> {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(sqlx::any::install_default_drivers);
    let sqlite = url.starts_with("sqlite:");
    let url: Cow<'_, str> = match sqlite {
        true => {
            if let Some(folder) = Path::new(&url["sqlite:".len()..]).parent() {
                fs_err::create_dir_all(folder)?;
            }
            format!("{url}?mode=rwc").into()
        }
        false => url.into(),
    };
    let pool = AnyPoolOptions::new()
        // SQLite has one writer; one connection keeps everybody in line instead of failing as busy.
        .max_connections(if sqlite { 1 } else { 8 })
        .acquire_timeout(PATIENCE)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if sqlite {
                    // Deleted rows are overwritten, and a commit is on the disk when it is told.
                    let set = format!(
                        "PRAGMA secure_delete = ON; PRAGMA busy_timeout = 3000; \
                         PRAGMA journal_mode = {journal}; PRAGMA synchronous = FULL;"
                    );
                    connection.execute(sqlx::AssertSqlSafe(set)).await?;
                }
                Ok(())
            })
        })
        .connect(&url)
        .await?;
    if sqlite {
        private(Path::new(url["sqlite:".len()..].trim_end_matches("?mode=rwc")))?;
    }
    Ok(pool)
}

/// For the owner of the process alone.
fn private(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

async fn migrate(
    pool: &AnyPool,
    list: &[(i64, &'static str, &'static str)],
    table: &'static str,
) -> Result<()> {
    let step = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        let sql = sqlx::SqlStr::from_static(sql);
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    };
    let mut migrator = Migrator::with_migrations(list.iter().map(step).collect());
    migrator.dangerous_set_table_name(table);
    Ok(migrator.run(pool).await?)
}

/// Holds a conversation for the rest of a transaction: nothing is added to one that is being erased.
async fn hold(rows: &mut sqlx::Transaction<'_, sqlx::Any>, talk: &Uuid) -> Result<()> {
    let held = sqlx::query("UPDATE talk SET touched = touched WHERE id = $1")
        .bind(talk.to_string())
        .execute(&mut **rows)
        .await?;
    if held.rows_affected() == 1 { Ok(()) } else { Err(Error::Gone) }
}

/// Milliseconds since 1970, as times are kept.
pub(crate) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

pub(crate) fn time(row: &AnyRow, column: &str) -> Result<Timestamp> {
    let millis: i64 = row.try_get(column)?;
    Timestamp::from_millisecond(millis).map_err(|_| Error::Sealed)
}

fn text(row: &AnyRow, column: &str) -> Result<String> {
    Ok(row.try_get(column)?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sqlx::any::AnyConnectOptions;
    use std::str::FromStr;

    impl Store {
        /// A key as it is kept, to look for it in files.
        pub(crate) async fn key_text(&self, talk: &Uuid) -> Option<String> {
            self.keys.get(&talk.to_string()).await.ok().map(|key| key.text())
        }
    }

    /// Databases to run a test on: SQLite in a folder, and the PostgreSQL server of `KHUE_TEST_POSTGRES`, a fresh
    /// database each time. Without one the test fails: `cargo xtask test` starts one.
    pub(crate) async fn places(folder: &Path) -> Vec<Place> {
        let server = std::env::var("KHUE_TEST_POSTGRES").expect(
            "KHUE_TEST_POSTGRES names no PostgreSQL server; `cargo xtask postgres -- COMMAND` starts one",
        );
        let admin = connect(&server, "").await.unwrap();
        let mut fresh = Vec::new();
        for _ in 0..2 {
            let name = format!("khue_{}", Uuid::new_v4().simple());
            let sql = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
            sqlx::query(sql).execute(&admin).await.unwrap();
            let options = AnyConnectOptions::from_str(&server).unwrap();
            let mut url = options.database_url;
            url.set_path(&format!("/{name}"));
            fresh.push(url.to_string());
        }
        let [talks, keys]: [String; 2] = fresh.try_into().unwrap();
        vec![Place::folder(folder), Place { talks, keys }]
    }
}
