//! Opening a database, and what every statement needs.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Executor, Row};

use crate::{Error, Result};

/// Longest wait for a connection: who chats is not kept waiting for a database that is away.
const PATIENCE: Duration = Duration::from_secs(3);

/// A step of tables: its number from 1, its name, its statements for both databases.
pub type Step = (i64, &'static str, &'static str);

/// Opens `postgres://…` or `sqlite:` with a path, which is made if it is not there and is its owner's alone.
/// `journal`: of SQLite, `WAL` or `TRUNCATE`.
///
/// # Errors
/// When it cannot be opened.
pub async fn connect(url: &str, journal: &'static str) -> Result<AnyPool> {
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

/// Brings tables up to date; `table` notes which steps are done.
///
/// # Errors
/// When a step fails; it is as if it had not been tried.
pub async fn migrate(pool: &AnyPool, list: &[Step], table: &'static str) -> Result<()> {
    let step = |&(version, name, sql): &Step| {
        let sql = sqlx::SqlStr::from_static(sql);
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    };
    let mut migrator = Migrator::with_migrations(list.iter().map(step).collect());
    migrator.dangerous_set_table_name(table);
    Ok(migrator.run(pool).await?)
}

/// Milliseconds since 1970, as times are kept.
pub fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A time of a row.
///
/// # Errors
/// When there is none in the column.
pub fn time(row: &AnyRow, column: &str) -> Result<Timestamp> {
    let millis: i64 = row.try_get(column)?;
    Timestamp::from_millisecond(millis).map_err(|_| Error::Sealed)
}

/// A text of a row.
///
/// # Errors
/// When there is none in the column.
pub fn text(row: &AnyRow, column: &str) -> Result<String> {
    Ok(row.try_get(column)?)
}
