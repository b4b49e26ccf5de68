//! Records of answers: one file a day, one line an answer, removed after some days.
//!
//! ```text
//! data/answers/2026-11-30.jsonl    readable by the owner of the process alone
//! ```

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use answer::Trace;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::{NoContext, Uuid};

use crate::error::{Error, Result};

/// An answer with how it came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name; holds the moment of the answer.
    pub id: Uuid,
    /// When it was given.
    pub at: Timestamp,
    /// How it came about.
    pub trace: Trace,
    /// The answer as it went out.
    pub answer: Value,
    /// Whether it was asked over HTTP, where nobody sees more than they may without signing in.
    #[serde(default)]
    pub called: bool,
}

/// The records of a data folder.
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
    days: u32,
}

impl Records {
    /// The records in a folder; they are kept for so many days, the day of the answer among them.
    pub fn new(folder: &Path, days: u32) -> Records {
        Records { folder: folder.to_owned(), days }
    }

    /// A name for an answer that is given at a moment; nobody can guess it.
    pub fn name(at: Timestamp) -> Uuid {
        let (seconds, nanos) = (at.as_second().max(0), at.subsec_nanosecond().max(0));
        let (seconds, nanos) = (seconds.cast_unsigned(), nanos.cast_unsigned());
        Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
    }

    /// Keeps a record, and on the first of a day removes those whose time is over.
    ///
    /// # Errors
    /// When the folder cannot be written; nothing is half-written that a reader would take for a record.
    pub fn keep(&self, record: &Record) -> Result<()> {
        if self.days == 0 {
            return Ok(());
        }
        let Some(day) = day(&record.id) else { return Ok(()) };
        let path = self.file(day);
        if !path.exists() {
            fs_err::create_dir_all(&self.folder)?;
            self.sweep(day)?;
        }
        let mut line = serde_json::to_vec(record).map_err(std::io::Error::from)?;
        line.push(b'\n');
        let mut options = fs_err::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        {
            use fs_err::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        // One call, so that lines of two writers do not run into each other.
        Ok(options.open(path)?.write_all(&line)?)
    }

    /// The record of a name, if it is still kept.
    ///
    /// # Errors
    /// When its day's file cannot be read.
    pub fn get(&self, id: &Uuid) -> Result<Option<Record>> {
        let Some(day) = day(id) else { return Ok(None) };
        let wanted = format!("\"{id}\"");
        for (n, line) in self.lines(day)?.into_iter().enumerate() {
            if line.get(..64).unwrap_or(&line).contains(&wanted) {
                let record: Record = serde_json::from_str(&line).map_err(|why| Error::Damaged {
                    path: self.file(day).display().to_string(),
                    line: n + 1,
                    why,
                })?;
                return Ok((record.id == *id).then_some(record));
            }
        }
        Ok(None)
    }

    /// The latest records, the newest first; damaged lines are left out.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn latest(&self, most: usize) -> Result<Vec<Record>> {
        let mut latest = Vec::new();
        for day in self.days()?.into_iter().rev() {
            let lines = self.lines(day)?;
            let records = lines.iter().rev().filter_map(|line| serde_json::from_str(line).ok());
            latest.extend(records.take(most - latest.len()));
            if latest.len() == most {
                break;
            }
        }
        Ok(latest)
    }

    /// Removes records whose time is over on a day; all of them for 0 days.
    ///
    /// # Errors
    /// When the folder cannot be read or a file not be removed.
    pub fn sweep(&self, today: Date) -> Result<()> {
        let first = today.saturating_sub((i64::from(self.days) - 1).days());
        for day in self.days()?.into_iter().filter(|day| *day < first) {
            match fs_err::remove_file(self.file(day)) {
                // Another process was first.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    }

    fn days(&self) -> Result<Vec<Date>> {
        if !self.folder.exists() {
            return Ok(Vec::new());
        }
        let mut days = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            days.extend(name.strip_suffix(".jsonl").and_then(|day| day.parse::<Date>().ok()));
        }
        days.sort_unstable();
        Ok(days)
    }

    fn lines(&self, day: Date) -> Result<Vec<String>> {
        match fs_err::File::open(self.file(day)) {
            Ok(file) => Ok(BufReader::new(file).lines().collect::<std::io::Result<_>>()?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn file(&self, day: Date) -> PathBuf {
        self.folder.join(format!("{day}.jsonl"))
    }
}

/// The day of a name, in Universal Time.
fn day(id: &Uuid) -> Option<Date> {
    let (seconds, _) = id.get_timestamp()?.to_unix();
    let at = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(TimeZone::UTC.to_datetime(at).date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(day: i64, text: &str) -> Record {
        let at = Timestamp::from_second(1_790_000_000 + day * 86_400).unwrap();
        let trace = Trace { question: text.into(), ..Trace::default() };
        Record { id: Records::name(at), at, trace, answer: json!({"text": text}), called: false }
    }

    #[test]
    fn records_are_kept_found_and_removed_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::new(folder.path(), 2);
        let all: Vec<Record> =
            (0..5).flat_map(|day| [record(day, "một"), record(day, "hai")]).collect();
        assert_eq!(records.get(&all[0].id).unwrap(), None);
        for it in &all {
            records.keep(it).unwrap();
            assert_eq!(records.get(&it.id).unwrap().as_ref(), Some(it));
        }
        let latest = records.latest(3).unwrap();
        let expect: Vec<&Record> = all.iter().rev().take(3).collect();
        assert_eq!(latest.iter().collect::<Vec<_>>(), expect);
        // Of days 0 to 4 the last two are left.
        assert_eq!(records.get(&all[5].id).unwrap(), None);
        assert_eq!(records.get(&all[6].id).unwrap().as_ref(), Some(&all[6]));
        // Nor do they stay where no answer is given any more, or none is to be kept.
        let today = day(&all[9].id).unwrap();
        records.sweep(today.saturating_add(1.days())).unwrap();
        assert_eq!(records.get(&all[7].id).unwrap(), None);
        assert!(records.get(&all[9].id).unwrap().is_some());
        Records::new(folder.path(), 0).sweep(today).unwrap();
        assert_eq!(records.latest(9).unwrap(), []);
        // A name that holds no moment is nobody's.
        assert_eq!(records.get(&Uuid::nil()).unwrap(), None);
    }

    #[test]
    fn nothing_is_kept_for_no_days_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let one = record(0, "một");
        Records::new(&folder.path().join("none"), 0).keep(&one).unwrap();
        assert!(!folder.path().join("none").exists());
        let records = Records::new(folder.path(), 2);
        records.keep(&one).unwrap();
        let path = records.file(day(&one.id).unwrap());
        let text = fs_err::read_to_string(&path).unwrap();
        fs_err::write(&path, &text[..text.len() / 2]).unwrap();
        let error = records.get(&one.id).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
        assert_eq!(records.latest(5).unwrap(), []);
    }
}
