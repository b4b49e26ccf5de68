//! The file of what people have decided over answers, `data/control.toml`, and the log of who did what.
//!
//! A change by command is written to the file and to the log; a change by hand is seen by whoever serves, taken up
//! within a second, and logged as such. A file that cannot be read changes nothing: the last good one stays.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use answer::Control;
use anyhow::{Context, bail};
use arc_swap::ArcSwap;
use infer::hex;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::now;

/// What holds at present, with a short name for it.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) control: Arc<Control>,
    /// Empty where nothing is decided.
    pub(crate) id: String,
    /// Text of the file it was read from.
    text: String,
}

/// The decisions of a data folder.
#[derive(Clone)]
pub(crate) struct Decisions {
    data: PathBuf,
    now: Arc<ArcSwap<Decided>>,
}

/// A line of the log. Each holds the hash of the one before, so that none but the last can be changed or taken out
/// unseen; whoever keeps the hash of the last ([`Log::head`]) elsewhere sees that too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
    pub(crate) did: String,
    pub(crate) reason: String,
    /// Name of the decisions after it.
    pub(crate) control: String,
    /// Hash of the line before; empty in the first.
    pub(crate) before: String,
}

/// The log as it was read.
#[derive(Default)]
pub(crate) struct Log {
    /// Oldest first.
    pub(crate) entries: Vec<Entry>,
    /// Hash of the last line; empty for an empty log.
    pub(crate) head: String,
    /// A last line that was cut off, and the bytes before it.
    torn: String,
    bytes: u64,
}

/// Who is named where the file was changed by hand.
const BY_HAND: &str = "(by hand)";

impl Decisions {
    pub(crate) fn new(data: &Path) -> Decisions {
        Decisions { data: data.to_owned(), now: Arc::default() }
    }

    /// What holds at present.
    pub(crate) fn now(&self) -> Arc<Decided> {
        self.now.load_full()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.data.join("control.toml")
    }

    fn log_file(&self) -> PathBuf {
        self.data.join("audit").join("control.jsonl")
    }

    /// Reads the file if it is another one than before. Returns whether something changed.
    ///
    /// # Errors
    /// When it cannot be read or means nothing; what held before goes on holding.
    pub(crate) fn refresh(&self) -> anyhow::Result<bool> {
        let text = self.text()?;
        if text == self.now.load().text {
            return Ok(false);
        }
        self.now.store(Arc::new(decided(&self.file(), text)?));
        Ok(true)
    }

    /// Takes up a file that was changed by hand and logs that it was, if nobody has logged it.
    pub(crate) fn log_if_by_hand(&self) -> anyhow::Result<()> {
        let _lock = self.lock()?;
        // Read under the lock: a command writes its line before the file.
        self.refresh()?;
        let id = self.now().id.clone();
        let log = self.log()?;
        let known = log.entries.last().map_or("", |last| &last.control);
        if known == id {
            return Ok(());
        }
        self.write_log(log, BY_HAND, "changed the file", "", &id)
    }

    /// Changes the decisions for somebody who says why.
    ///
    /// # Errors
    /// When the change leaves something that means nothing, or the file cannot be written; then all is as before.
    pub(crate) fn change(
        &self,
        by: &str,
        did: &str,
        reason: &str,
        change: impl FnOnce(&mut Control) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let _lock = self.lock()?;
        self.refresh()?;
        let mut control = Control::clone(&self.now().control);
        change(&mut control)?;
        let text = match control == Control::default() {
            true => String::new(),
            false => toml::to_string_pretty(&control)?,
        };
        let decided = decided(&self.file(), text)?;
        // The log first: what holds is never without its line.
        self.write_log(self.log()?, by, did, reason, &decided.id)?;
        let part = self.data.join("control.toml.part");
        let mut file = fs_err::File::create(&part)?;
        file.write_all(decided.text.as_bytes())?;
        file.sync_all()?;
        fs_err::rename(&part, self.file())?;
        self.now.store(Arc::new(decided));
        Ok(())
    }

    /// All that was done. A last line that was cut off by a crash is none of it.
    ///
    /// # Errors
    /// At the first line that does not follow from the one before.
    pub(crate) fn log(&self) -> anyhow::Result<Log> {
        let path = self.log_file();
        let text = read(&path)?;
        let (lines, torn) = text.split_at(text.rfind('\n').map_or(0, |end| end + 1));
        let mut log = Log { torn: torn.to_owned(), bytes: lines.len() as u64, ..Log::default() };
        for (i, line) in lines.lines().enumerate() {
            let at = || format!("{} line {}", path.display(), i + 1);
            let entry: Entry = serde_json::from_str(line).with_context(at)?;
            if entry.before != log.head {
                bail!(
                    "{}: the log was changed: this line does not follow from the one before",
                    at()
                );
            }
            log.head = hash(line);
            log.entries.push(entry);
        }
        Ok(log)
    }

    /// Adds a line to the log that was read.
    fn write_log(
        &self,
        log: Log,
        by: &str,
        did: &str,
        reason: &str,
        id: &str,
    ) -> anyhow::Result<()> {
        let path = self.log_file();
        fs_err::create_dir_all(self.data.join("audit"))?;
        if !log.torn.is_empty() {
            // A line that was cut off must not stop a switch from being thrown; it is kept beside.
            let torn = path.with_extension("torn");
            let mut file = fs_err::OpenOptions::new().create(true).append(true).open(torn)?;
            file.write_all(format!("{}\n", log.torn).as_bytes())?;
            fs_err::OpenOptions::new().write(true).open(&path)?.set_len(log.bytes)?;
        }
        let entry = Entry {
            at: now(),
            by: by.to_owned(),
            did: did.to_owned(),
            reason: reason.to_owned(),
            control: id.to_owned(),
            before: log.head,
        };
        let mut file = fs_err::OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(format!("{}\n", serde_json::to_string(&entry)?).as_bytes())?;
        Ok(file.sync_all()?)
    }

    fn text(&self) -> anyhow::Result<String> {
        read(&self.file())
    }

    /// Held while the file and its log are changed; the system frees it with the process.
    fn lock(&self) -> anyhow::Result<std::fs::File> {
        fs_err::create_dir_all(&self.data)?;
        let path = self.data.join("control.lock");
        let file =
            std::fs::OpenOptions::new().create(true).write(true).truncate(false).open(path)?;
        file.lock().context("cannot lock the decisions")?;
        Ok(file)
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    match fs_err::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        text => Ok(text?),
    }
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn decided(path: &Path, text: String) -> anyhow::Result<Decided> {
    let control: Control = toml::from_str(&text).with_context(|| path.display().to_string())?;
    let problems = control.problems();
    if !problems.is_empty() {
        bail!("{}: {}", path.display(), problems.join("; "));
    }
    let id = match control == Control::default() {
        true => String::new(),
        false => hash(&text)[..12].to_owned(),
    };
    Ok(Decided { control: Arc::new(control), id, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use answer::Forbidden;

    fn forbid(control: &mut Control) -> anyhow::Result<()> {
        let (phrase, reason) = ("chắc chắn".to_owned(), "no promises".to_owned());
        let since = Timestamp::from_second(1_790_000_000)?;
        control.forbidden.push(Forbidden { phrase, reason, by: "an".into(), since });
        Ok(())
    }

    #[test]
    fn what_is_decided_is_kept_taken_up_and_logged() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, others) = (Decisions::new(folder.path()), Decisions::new(folder.path()));
        assert!(!mine.refresh().unwrap(), "no file, nothing decided");
        mine.change("an", "forbid", "no promises", forbid).unwrap();
        assert!(others.refresh().unwrap() && !others.refresh().unwrap());
        assert_eq!(others.now().control.forbidden.len(), 1);
        assert_eq!(others.now().id, mine.log().unwrap().entries[0].control);
        // A change that means nothing leaves all as it was.
        let empty = |control: &mut Control| {
            control.forbidden[0].phrase.clear();
            Ok(())
        };
        mine.change("an", "spoil", "", empty).unwrap_err();
        assert_eq!((mine.log().unwrap().entries.len(), mine.now().control.forbidden.len()), (1, 1));
        // By hand: taken up, and logged once.
        fs_err::write(mine.file(), "").unwrap();
        assert!(others.refresh().unwrap() && others.now().id.is_empty());
        others.log_if_by_hand().unwrap();
        others.log_if_by_hand().unwrap();
        let log = mine.log().unwrap().entries;
        assert_eq!((log.len(), log[1].by.as_str()), (2, BY_HAND));
        // A file that cannot be read: the last good one stays, and the error names it.
        fs_err::write(mine.file(), "[[off]]\nwhat = \"all\"").unwrap();
        let error = format!("{:#}", others.refresh().unwrap_err());
        assert!(error.contains("control.toml") && error.contains("all"), "{error}");
        assert!(others.now().control.forbidden.is_empty());
    }

    #[test]
    fn a_log_that_was_changed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let decisions = Decisions::new(folder.path());
        for by in ["an", "binh", "chi"] {
            decisions.change(by, "forbid", "no promises", forbid).unwrap();
        }
        let text = read(&decisions.log_file()).unwrap();
        fs_err::write(decisions.log_file(), text.replace("binh", "dung")).unwrap();
        let error = format!("{:#}", decisions.log().err().unwrap());
        assert!(error.contains("line 3"), "{error}");
        // Nothing is decided that cannot be logged.
        decisions.change("an", "forbid", "", forbid).unwrap_err();
        assert_eq!(decisions.now().control.forbidden.len(), 3);
        // A line that a crash cut off is set aside, and stops nothing.
        fs_err::write(decisions.log_file(), format!("{text}{{\"at\": \"20")).unwrap();
        let log = decisions.log().unwrap();
        let last = text.lines().last().unwrap();
        assert_eq!((log.entries.len(), log.head), (3, hash(last)));
        decisions.change("an", "forbid", "", forbid).unwrap();
        assert_eq!(decisions.log().unwrap().entries.len(), 4);
        let torn = fs_err::read_to_string(decisions.log_file().with_extension("torn")).unwrap();
        assert!(torn.contains("20"), "{torn}");
    }
}
