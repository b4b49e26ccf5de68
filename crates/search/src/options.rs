//! How search runs. Plain data; the server's configuration fills it.

use serde::{Deserialize, Serialize};

/// Settings of building and finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchOptions {
    /// Where vectors are kept.
    pub store: Store,
    /// Address of the vector server (`store = "server"`): `http://localhost:6334`.
    pub url: String,
    /// Its key; empty for none. Not a setting: a secret does not stand in a file.
    #[serde(skip)]
    pub api_key: String,
    /// Prefix of its collections, and name of the alias that points to the current one.
    pub collection: String,
    /// Milliseconds after which a call to it is given up.
    pub timeout_ms: u64,
    /// Windows of an article that get a vector, from its beginning; 0 for all. The lexical index
    /// always holds every clause.
    pub windows: usize,
    /// Entries taken from each list before fusion.
    pub depth: usize,
    /// Weight of the vectors.
    pub dense: f32,
    /// Weight of words over whole articles.
    pub articles: f32,
    /// Weight of words over single clauses.
    pub clauses: f32,
    /// Weight of the vectors for a question without diacritics, which they understand less well.
    pub dense_unmarked: f32,
    /// Share of the fields with diacritics, where the question has some.
    pub marked: f32,
    /// Weight of titles beside text in the lexical index.
    pub title: f32,
    /// Weight of law's words for everyday ones ("sổ đỏ": Giấy chứng nhận …) beside what was typed.
    pub in_law: f32,
    /// Whether the provisions that are found are put in order by the fitted trees.
    pub rank: bool,
    /// Collections whose texts get their vectors before all others, in this order.
    pub hot: Vec<String>,
}

/// Where vectors are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// In process.
    Edge,
    /// A Qdrant server or cluster.
    Server,
}

impl Default for SearchOptions {
    fn default() -> SearchOptions {
        SearchOptions {
            store: Store::Edge,
            url: "http://127.0.0.1:6334".into(),
            api_key: String::new(),
            collection: "khue".into(),
            timeout_ms: 5_000,
            windows: 1,
            depth: 200,
            dense: 0.35,
            articles: 0.15,
            clauses: 0.5,
            dense_unmarked: 0.15,
            marked: 0.7,
            title: 0.15,
            in_law: 0.35,
            rank: true,
            hot: vec!["khue".into()],
        }
    }
}
