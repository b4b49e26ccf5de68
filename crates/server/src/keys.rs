//! Keys of the API of OpenAI: each is for one profile and has a quota. They come from the environment
//! (`KHUE_API_KEYS`), as `name:profile:key` with commas between; without any nobody is let in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// The SHA-256 of a key.
type Hash = [u8; 32];

/// The keys of a server. Only hashes are held: a key is found by its hash, which tells nothing about how near a guess is.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    by_hash: Arc<HashMap<Hash, String>>,
    per_minute: u32,
    /// Calls in the minute that began at a second.
    counts: Arc<Mutex<Counts>>,
}

/// Since which second, and how many.
type Counts = HashMap<Hash, (i64, u32)>;

/// Shorter ones can be guessed.
const SHORTEST: usize = 20;

impl Keys {
    /// Reads a list of keys.
    ///
    /// # Errors
    /// The entry that is none, by its name or number; never its key.
    pub(crate) fn read(list: &str, per_minute: u32) -> anyhow::Result<Keys> {
        let mut by_hash = HashMap::new();
        for (n, entry) in list.split(',').map(str::trim).filter(|it| !it.is_empty()).enumerate() {
            let mut parts = entry.splitn(3, ':');
            let (Some(name), Some(profile), Some(key)) = (parts.next(), parts.next(), parts.next())
            else {
                anyhow::bail!("KHUE_API_KEYS: entry {} is not name:profile:key", n + 1);
            };
            anyhow::ensure!(
                key.len() >= SHORTEST,
                "KHUE_API_KEYS: the key of {name:?} has less than {SHORTEST} characters"
            );
            by_hash.insert(hash(key), profile.to_owned());
        }
        Ok(Keys { by_hash: Arc::new(by_hash), per_minute, counts: Arc::default() })
    }

    /// Whom a key is for.
    pub(crate) fn profile(&self, key: &str) -> Option<String> {
        self.by_hash.get(&hash(key)).cloned()
    }

    /// Counts a call at a second; `Err` with the seconds to wait.
    pub(crate) fn count(&self, key: &str, second: i64) -> Result<(), u64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, calls) = counts.entry(hash(key)).or_insert((second, 0));
        if second - *since >= 60 || second < *since {
            (*since, *calls) = (second, 0);
        }
        if *calls >= self.per_minute {
            return Err((*since + 60 - second).unsigned_abs());
        }
        *calls += 1;
        Ok(())
    }
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_for_its_profile_and_has_its_quota() {
        let keys = Keys::read("a:citizen:0123456789abcdefghij, b:staff:a:key:with:colons:in:it", 2)
            .unwrap();
        for (key, expect) in [
            ("0123456789abcdefghij", Some("citizen")),
            ("a:key:with:colons:in:it", Some("staff")),
            ("0123456789abcdefghi", None),
            ("", None),
        ] {
            assert_eq!(keys.profile(key).as_deref(), expect);
        }
        assert_eq!(
            (keys.count("x", 100), keys.count("x", 130), keys.count("x", 140)),
            (Ok(()), Ok(()), Err(20))
        );
        assert_eq!((keys.count("y", 140), keys.count("x", 160)), (Ok(()), Ok(())));
        for (wrong, expect) in [("a:citizen:short", "\"a\""), ("a:0123456789abcdefghij", "entry 1")]
        {
            assert!(Keys::read(wrong, 2).err().unwrap().to_string().contains(expect));
        }
        assert_eq!(Keys::read("", 2).unwrap().profile(""), None);
    }
}
