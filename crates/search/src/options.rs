//! How search runs. Plain data; the server's configuration fills it.

/// Settings of building and finding.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOptions {
    /// Where vectors are kept.
    pub store: Store,
    /// Address of the vector server (`store = "server"`): `http://localhost:6334`.
    pub url: String,
    /// Its key; empty for none.
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
}

/// Where vectors are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
            dense: 0.5,
            articles: 0.3,
            clauses: 0.2,
            dense_unmarked: 0.3,
            marked: 0.5,
            title: 0.3,
        }
    }
}
