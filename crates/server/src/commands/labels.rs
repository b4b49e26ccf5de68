//! Files of labelled questions: one JSON object a line.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Usage;

/// The lines of a file; one that cannot be read is told with its number.
pub(crate) fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = fs_err::read_to_string(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let line = |(i, line): (usize, &str)| {
        let at = |error| Usage(format!("{} line {}: {error}", path.display(), i + 1));
        Ok(serde_json::from_str(line).map_err(at)?)
    };
    lines.map(line).collect()
}

/// A provision that answers a question.
#[derive(Clone, Deserialize)]
pub(crate) struct Relevant {
    doc: String,
    #[serde(default)]
    article: Value,
}

impl Relevant {
    /// Document and article, as [`eval::Gold`] has them.
    pub(crate) fn pair(&self) -> (String, String) {
        (self.doc.clone(), self.article.as_str().unwrap_or_default().to_owned())
    }
}
