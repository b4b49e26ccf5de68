//! The face: everybody who signs in here.

use std::collections::{HashMap, HashSet};
use std::net::Ipv6Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use keep::{Key, Keys, Step, connect, migrate};
use sqlx::AnyPool;
use tokio::sync::Semaphore;

use crate::Result;

const TABLES: &[Step] = &[
    (1, "people", include_str!("../migrations/0001_people.sql")),
    (2, "keys", include_str!("../migrations/0002_keys.sql")),
];

/// How people sign in.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where accounts are kept: `postgres://…`, or `sqlite:` with a path.
    pub place: String,
    /// The same for the keys; another database.
    pub keys: String,
    /// After so long without work a session ends.
    pub idle: SignedDuration,
    /// The same for those who administer.
    pub idle_admin: SignedDuration,
    /// After so long it ends whatever is done in it.
    pub longest: SignedDuration,
    /// So many failures in a row lock an account.
    pub failures: i64,
    /// For so long.
    pub locked: SignedDuration,
    /// An account that nobody used for so long is closed.
    pub dormant: SignedDuration,
    /// Those who administer choose a new password after so long.
    pub password_age: SignedDuration,
    /// Whether everybody needs a second factor, not only those who administer and those with a short password.
    pub second_for_all: bool,
    /// The clock of the program.
    pub now: fn() -> Timestamp,
}

/// Everybody who signs in here; cheap to clone.
#[derive(Clone)]
pub struct People {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) pool: AnyPool,
    /// Seals second factors and tokens of providers.
    pub(crate) key: Key,
    /// Hashes lines of the audit log.
    pub(crate) chain: Key,
    pub(crate) options: Options,
    sources: Mutex<Sources>,
    /// Passwords that are hashed at a time: each takes memory and a core.
    pub(crate) hashing: Semaphore,
}

/// What is known of addresses since the program began.
#[derive(Default)]
struct Sources {
    /// Attempts that failed or still run, since when.
    failed: HashMap<String, (Timestamp, u32)>,
    /// Who has signed in from there.
    known: HashSet<(String, String)>,
}

/// An address as it is counted: of IPv6 the half that one line is given.
fn network(from: &str) -> String {
    match from.parse::<Ipv6Addr>() {
        Ok(it) => format!(
            "{:x}:{:x}:{:x}:{:x}::/64",
            it.segments()[0],
            it.segments()[1],
            it.segments()[2],
            it.segments()[3]
        ),
        Err(_) => from.to_owned(),
    }
}

/// So many failures from one address in an hour, whatever the names, and it waits: it cannot lock more accounts.
const FROM_ONE: u32 = 20;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

impl People {
    /// Opens the accounts of an installation.
    ///
    /// # Errors
    /// When the databases cannot be opened or their tables not be brought up to date.
    pub async fn open(options: Options) -> Result<People> {
        let pool = connect(&options.place, "WAL").await?;
        migrate(&pool, TABLES, "_sqlx_migrations_people").await?;
        let keys = Keys::open(&options.keys).await?;
        let now = (options.now)();
        let (key, chain) = (keys.secret("people", now).await?, keys.secret("audit", now).await?);
        let (sources, hashing) = (Mutex::default(), Semaphore::new(2));
        Ok(People { inner: Arc::new(Inner { pool, key, chain, options, sources, hashing }) })
    }

    /// How people sign in.
    pub fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.options.now)()
    }

    fn sources(&self) -> MutexGuard<'_, Sources> {
        self.inner.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt from an address before it is made, so that many at once are no way around; `Err` with how long
    /// to wait, and whether that is the first time.
    pub(crate) fn source_tries(&self, from: &str) -> Result<(), (SignedDuration, bool)> {
        let now = self.now();
        let mut sources = self.sources();
        let (since, tries) = sources.failed.entry(network(from)).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *tries) = (now, 0);
        }
        *tries += 1;
        match *tries > FROM_ONE {
            true => Err((WINDOW - now.duration_since(*since), *tries == FROM_ONE + 1)),
            false => Ok(()),
        }
    }

    /// Takes back an attempt that did not fail.
    pub(crate) fn source_forgiven(&self, from: &str) {
        if let Some((_, tries)) = self.sources().failed.get_mut(&network(from)) {
            *tries = tries.saturating_sub(1);
        }
    }

    /// Whether somebody has signed in from an address before: who is known there does not wait for the failures of
    /// others behind the same proxy.
    pub(crate) fn source_knows(&self, from: &str, account: &str) -> bool {
        self.sources().known.contains(&(network(from), account.to_owned()))
    }

    pub(crate) fn source_learns(&self, from: &str, account: &str) {
        self.sources().known.insert((network(from), account.to_owned()));
    }

    /// Ends sessions whose time is over, and what was begun and not finished. To be called every few minutes.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sweep(&self) -> Result<()> {
        let before = |long: SignedDuration| {
            keep::millis(self.now().checked_sub(long).unwrap_or(Timestamp::MIN))
        };
        let now = self.now();
        self.sources().failed.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        self.close_unused().await?;
        let options = self.options();
        let idle = options.idle.max(options.idle_admin);
        for (sql, before) in [
            ("DELETE FROM session WHERE seen < $1", before(idle)),
            ("DELETE FROM session WHERE made < $1", before(options.longest)),
            ("DELETE FROM pending WHERE at < $1", before(crate::oidc::AWAY)),
        ] {
            sqlx::query(sql).bind(before).execute(&self.inner.pool).await?;
        }
        Ok(())
    }
}
