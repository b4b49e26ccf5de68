//! Rows of conversations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use keep::{millis, text, time};

use super::Store;
use crate::error::{Error, Result};
use crate::handoff::Contact;

/// Where a conversation is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The widget on a page, or the page without script.
    Web,
    /// Zalo Official Account.
    Zalo,
    /// Zalo Bot Platform.
    ZaloBot,
    /// Telegram.
    Telegram,
    /// The pages of officers: the address is the account.
    Staff,
}

impl Channel {
    const ALL: [Channel; 5] =
        [Channel::Web, Channel::Zalo, Channel::ZaloBot, Channel::Telegram, Channel::Staff];

    /// Its name in settings and tables.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Web => "web",
            Channel::Zalo => "zalo",
            Channel::ZaloBot => "zalo_bot",
            Channel::Telegram => "telegram",
            Channel::Staff => "staff",
        }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The assistant answers.
    Bot,
    /// An officer was asked for and has not come yet; the assistant is silent.
    Waiting,
    /// An officer has taken over; the assistant is silent.
    Human,
}

impl Mode {
    const ALL: [Mode; 3] = [Mode::Bot, Mode::Waiting, Mode::Human];

    /// Its name on the wire and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Bot => "bot",
            Mode::Waiting => "waiting",
            Mode::Human => "human",
        }
    }
}

/// A conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Talk {
    /// Nobody can guess it.
    pub id: Uuid,
    /// Where it is held.
    pub channel: Channel,
    /// For whom answers are made.
    pub profile: String,
    /// Who speaks.
    pub mode: Mode,
    /// Counts the changes of mode: an answer that began under another one is not said.
    pub version: i64,
    /// When it began.
    pub opened: Timestamp,
    /// When something was last said.
    pub touched: Timestamp,
    /// Since when an officer is waited for.
    pub waiting: Option<Timestamp>,
    /// The officer who has taken it over.
    pub officer: Option<String>,
    /// When that officer last said something.
    pub officer_at: Option<Timestamp>,
    /// What is known of the person.
    pub known: Known,
}

impl Talk {
    /// A conversation that begins on the web.
    pub(crate) fn new(id: Uuid, profile: &str, now: Timestamp) -> Talk {
        Talk {
            id,
            channel: Channel::Web,
            profile: profile.to_owned(),
            mode: Mode::Bot,
            version: 0,
            opened: now,
            touched: now,
            waiting: None,
            officer: None,
            officer_at: None,
            known: Known::default(),
        }
    }
}

/// How a conversation is to go on.
pub(crate) struct Switch<'a> {
    pub(crate) mode: Mode,
    /// Since when an officer is waited for.
    pub(crate) waiting: Option<Timestamp>,
    pub(crate) officer: Option<&'a str>,
}

/// What is known of the person: sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Known {
    /// How the channel reaches them; empty for the web.
    pub address: String,
    /// How an officer may reach them, if they said so.
    pub contact: Option<Contact>,
}

const COLUMNS: &str =
    "id, channel, profile, mode, version, opened, touched, waiting, officer, officer_at, sealed";

impl Store {
    /// Begins a conversation.
    pub(crate) async fn begin(
        &self,
        channel: Channel,
        address: &str,
        profile: &str,
        now: Timestamp,
    ) -> Result<Talk> {
        let talk = Talk {
            channel,
            known: Known { address: address.to_owned(), contact: None },
            ..Talk::new(Uuid::new_v4(), profile, now)
        };
        // The key first: without it nothing can be read, and a key without a conversation is swept.
        let key = self.keys.make(&talk.id.to_string(), now).await?;
        sqlx::query("INSERT INTO talk (id, channel, who, profile, mode, version, opened, touched, sealed) VALUES ($1, $2, $3, $4, 'bot', 0, $5, $5, $6)")
            .bind(talk.id.to_string())
            .bind(channel.name())
            .bind(self.who(channel, address))
            .bind(profile.to_owned())
            .bind(millis(now))
            .bind(key.seal(&place(&talk.id), &json(&talk.known)))
            .execute(&self.pool)
            .await?;
        Ok(talk)
    }

    /// The latest conversation with an address that was touched since a moment.
    pub(crate) async fn latest(
        &self,
        channel: Channel,
        address: &str,
        since: Timestamp,
    ) -> Result<Option<Talk>> {
        let row = sqlx::query(sql(
            "WHERE channel = $1 AND who = $2 AND touched >= $3 ORDER BY touched DESC LIMIT 1",
        ))
        .bind(channel.name())
        .bind(self.who(channel, address))
        .bind(millis(since))
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        match self.read_talk(&row).await {
            // Its erasing was interrupted: it is finished, and a new one begins.
            Err(Error::Gone | Error::Sealed) => {
                let id: Uuid = text(&row, "id")?.parse().map_err(|_| Error::Sealed)?;
                self.erase(&id).await?;
                Ok(None)
            }
            talk => talk.map(Some),
        }
    }

    /// Conversations with an address, the latest first.
    pub(crate) async fn talks_of(&self, channel: Channel, address: &str) -> Result<Vec<Talk>> {
        let rows =
            sqlx::query(sql("WHERE channel = $1 AND who = $2 ORDER BY touched DESC LIMIT 200"))
                .bind(channel.name())
                .bind(self.who(channel, address))
                .fetch_all(&self.pool)
                .await?;
        self.readable(&rows).await
    }

    /// The latest conversations with people, not those of officers with the assistant.
    pub(crate) async fn latest_talks(&self, most: i64) -> Result<Vec<Talk>> {
        let rows = sqlx::query(sql("WHERE channel <> 'staff' ORDER BY touched DESC LIMIT $1"))
            .bind(most)
            .fetch_all(&self.pool)
            .await?;
        self.readable(&rows).await
    }

    /// One that cannot be read stands in nobody's way.
    async fn readable(&self, rows: &[AnyRow]) -> Result<Vec<Talk>> {
        let mut talks = Vec::with_capacity(rows.len());
        for row in rows {
            match self.read_talk(row).await {
                Err(Error::Gone | Error::Sealed) => {}
                talk => talks.push(talk?),
            }
        }
        Ok(talks)
    }

    /// A conversation by its name.
    pub(crate) async fn talk(&self, id: &Uuid) -> Result<Talk> {
        let row = sqlx::query(sql("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        self.read_talk(&row.ok_or(Error::Gone)?).await
    }

    /// Conversations that wait for an officer, who waits longest first, or that officers hold.
    pub(crate) async fn of_desk(&self, held: bool) -> Result<Vec<Talk>> {
        let rest = match held {
            true => "WHERE mode = 'human' ORDER BY touched LIMIT 500",
            false => "WHERE waiting IS NOT NULL AND mode <> 'human' ORDER BY waiting LIMIT 500",
        };
        let rows = sqlx::query(sql(rest)).fetch_all(&self.pool).await?;
        self.readable(&rows).await
    }

    /// How many wait for an officer longer than since a moment, or all.
    pub(crate) async fn waiting_before(&self, since: Option<Timestamp>) -> Result<u64> {
        let row =
            sqlx::query("SELECT COUNT(*) AS n FROM talk WHERE mode = 'waiting' AND waiting < $1")
                .bind(since.map_or(i64::MAX, millis))
                .fetch_one(&self.pool)
                .await?;
        Ok(row.try_get::<i64, _>("n")?.unsigned_abs())
    }

    /// Gives a conversation another mode, if it is still the version that was seen.
    pub(crate) async fn switch(&self, talk: &Talk, to: &Switch<'_>, now: Timestamp) -> Result<()> {
        let done = sqlx::query("UPDATE talk SET mode = $1, version = version + 1, waiting = $2, officer = $3, officer_at = $4, touched = $5 WHERE id = $6 AND version = $7")
            .bind(to.mode.name())
            .bind(to.waiting.map(millis))
            .bind(to.officer.map(str::to_owned))
            .bind(to.officer.map(|_| millis(now)))
            .bind(millis(now))
            .bind(talk.id.to_string())
            .bind(talk.version)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Error::Changed) }
    }

    /// Notes that somebody waits to be called back, whoever speaks meanwhile.
    pub(crate) async fn wait(&self, id: &Uuid, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE talk SET waiting = $1 WHERE id = $2 AND waiting IS NULL")
            .bind(millis(now))
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that nobody waits any more.
    pub(crate) async fn waits_no_more(&self, id: &Uuid) -> Result<()> {
        sqlx::query("UPDATE talk SET waiting = NULL WHERE id = $1")
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that the officer has said something.
    pub(crate) async fn officer_spoke(&self, id: &Uuid, now: Timestamp) -> Result<()> {
        sqlx::query("UPDATE talk SET officer_at = $1 WHERE id = $2")
            .bind(millis(now))
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Deletes keys that nothing is left of, which were made before a moment.
    pub(crate) async fn sweep_keys(&self, before: Timestamp) -> Result<()> {
        for name in self.keys.older(before).await? {
            let row = sqlx::query(
                "SELECT id FROM talk WHERE id = $1 UNION SELECT id FROM feedback WHERE id = $1 UNION SELECT id FROM gap WHERE id = $1",
            )
            .bind(name.clone())
            .fetch_optional(&self.pool)
            .await?;
            if row.is_none() {
                self.keys.delete(&name).await?;
            }
        }
        Ok(())
    }

    /// Keeps what is known of the person.
    pub(crate) async fn know(&self, id: &Uuid, known: &Known) -> Result<()> {
        let key = self.keys.get(&id.to_string()).await?;
        sqlx::query("UPDATE talk SET sealed = $1 WHERE id = $2")
            .bind(key.seal(&place(id), &json(known)))
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Erases a conversation: its key first, so that even copies of the rows say nothing any more.
    pub(crate) async fn erase(&self, id: &Uuid) -> Result<()> {
        self.keys.delete(&id.to_string()).await?;
        let mut rows = self.pool.begin().await?;
        for sql in [
            "DELETE FROM message WHERE talk = $1",
            "DELETE FROM feedback WHERE talk = $1",
            "DELETE FROM outbox WHERE talk = $1",
            "DELETE FROM button WHERE talk = $1",
            "DELETE FROM link WHERE talk = $1",
            // Its names stay, so that a late delivery is not answered.
            "UPDATE inbox SET state = 'done', sealed = NULL, talk = NULL WHERE talk = $1",
            "DELETE FROM talk WHERE id = $1",
        ] {
            sqlx::query(sql).bind(id.to_string()).execute(&mut *rows).await?;
        }
        Ok(rows.commit().await?)
    }

    /// Names of conversations that were last touched before a moment.
    pub(crate) async fn untouched(&self, before: Timestamp) -> Result<Vec<Uuid>> {
        let rows = sqlx::query("SELECT id FROM talk WHERE touched < $1")
            .bind(millis(before))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| text(row, "id")?.parse().map_err(|_| Error::Sealed)).collect()
    }

    fn who(&self, channel: Channel, address: &str) -> String {
        self.pepper.hash(&format!("{}:{address}", channel.name()))
    }

    async fn read_talk(&self, row: &AnyRow) -> Result<Talk> {
        let id: Uuid = text(row, "id")?.parse().map_err(|_| Error::Sealed)?;
        let key = self.keys.get(&id.to_string()).await?;
        let known = key.open(&place(&id), &text(row, "sealed")?)?;
        let (channel, mode) = (text(row, "channel")?, text(row, "mode")?);
        let moment = |column: &str| -> Result<Option<Timestamp>> {
            let at: Option<i64> = row.try_get(column)?;
            Ok(at.and_then(|at| Timestamp::from_millisecond(at).ok()))
        };
        Ok(Talk {
            id,
            channel: Channel::ALL
                .into_iter()
                .find(|it| it.name() == channel)
                .ok_or(Error::Sealed)?,
            profile: text(row, "profile")?,
            mode: Mode::ALL.into_iter().find(|it| it.name() == mode).ok_or(Error::Sealed)?,
            version: row.try_get("version")?,
            opened: time(row, "opened")?,
            touched: time(row, "touched")?,
            waiting: moment("waiting")?,
            officer: row.try_get("officer")?,
            officer_at: moment("officer_at")?,
            known: serde_json::from_str(&known).map_err(|_| Error::Sealed)?,
        })
    }
}

fn sql(rest: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM talk {rest}"))
}

fn place(id: &Uuid) -> String {
    format!("talk/{id}")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
