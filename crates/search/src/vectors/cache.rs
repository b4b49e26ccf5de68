//! Vectors of texts that were embedded before, by content and model, so that an unchanged text is
//! never embedded twice. Losing the file costs time, nothing else.

use std::path::Path;

use infer::{Passage, Vector};
use redb::{Database, ReadableDatabase, TableDefinition};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

const VECTORS: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("vectors");

/// Text and model in one key.
pub(crate) type Key = [u8; 16];

pub(crate) struct Cache {
    database: Database,
}

/// The key of a text under a model.
pub(crate) fn key(model: &str, passage: &Passage) -> Key {
    let mut hash = Sha256::new();
    for part in [model, &passage.title, &passage.text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

impl Cache {
    /// Opens the file, or makes it.
    pub(crate) fn open(path: &Path) -> Result<Cache> {
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let open = || {
            let database = Database::create(path).map_err(Error::cache)?;
            let begin = database.begin_write().map_err(Error::cache)?;
            begin.open_table(VECTORS).map_err(Error::cache)?;
            begin.commit().map_err(Error::cache)?;
            Ok(Cache { database })
        };
        open()
    }

    /// The vectors of these keys, where known.
    pub(crate) fn get(&self, keys: &[Key]) -> Result<Vec<Option<Vector>>> {
        let read = self.database.begin_read().map_err(Error::cache)?;
        let table = read.open_table(VECTORS).map_err(Error::cache)?;
        keys.iter()
            .map(|key| {
                let found = table.get(key).map_err(Error::cache)?;
                Ok(found.map(|bytes| {
                    bytes
                        .value()
                        .as_chunks::<4>()
                        .0
                        .iter()
                        .map(|bytes| f32::from_le_bytes(*bytes))
                        .collect()
                }))
            })
            .collect()
    }

    /// Keeps vectors; they are on the disk when this returns.
    pub(crate) fn put(&self, vectors: &[(Key, &Vector)]) -> Result<()> {
        let write = self.database.begin_write().map_err(Error::cache)?;
        {
            let mut table = write.open_table(VECTORS).map_err(Error::cache)?;
            for (key, vector) in vectors {
                let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
                table.insert(key, bytes.as_slice()).map_err(Error::cache)?;
            }
        }
        write.commit().map_err(Error::cache)
    }
}
