//! Vectors on a Qdrant server or cluster: one collection for each corpus version, and an alias that
//! names the current one.

use std::time::Duration;

use infer::Vector;
use law::Citation;
use qdrant_client::qdrant::{
    Condition, CountPointsBuilder, CreateAliasBuilder, CreateCollectionBuilder,
    CreateFieldIndexCollectionBuilder, Distance, FieldType, PointStruct, QueryPointsBuilder, Range,
    SearchParamsBuilder, UpsertPointsBuilder, VectorParamsBuilder, value::Kind as ValueKind,
};
use qdrant_client::{Payload, Qdrant, QdrantError};

use super::Point;
use crate::error::{Error, Result};
use crate::filter::{Filter, day};
use crate::fuse::{Scored, group};
use crate::options::SearchOptions;

const BATCH: usize = 256;
/// Tries of one write, with a pause that doubles from the first.
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

pub(crate) struct Server {
    client: Qdrant,
    url: String,
    collection: String,
    alias: String,
}

impl Server {
    pub(crate) fn new(options: &SearchOptions, version: &str) -> Result<Server> {
        let timeout = Duration::from_millis(options.timeout_ms);
        let mut config = Qdrant::from_url(&options.url)
            .timeout(timeout)
            .connect_timeout(timeout)
            .skip_compatibility_check();
        if !options.api_key.is_empty() {
            config = config.api_key(options.api_key.clone());
        }
        let server = |why: String| Error::Server { url: options.url.clone(), why };
        let client = config.build().map_err(|error| server(format!("cannot be used: {error}")))?;
        Ok(Server {
            client,
            url: options.url.clone(),
            collection: format!("{}-{version}", options.collection),
            alias: options.collection.clone(),
        })
    }

    /// Fills the version's collection anew and checks its count.
    pub(crate) async fn build(&self, dims: usize, points: Vec<Point>) -> Result<u64> {
        let name = self.collection.as_str();
        // What an interrupted ingest left is of no use.
        self.remove().await?;
        let create = CreateCollectionBuilder::new(name)
            .vectors_config(VectorParamsBuilder::new(dims as u64, Distance::Cosine));
        self.retry(|| self.client.create_collection(create.clone())).await?;
        for (field, kind) in [
            ("corpus", FieldType::Keyword),
            ("kind", FieldType::Keyword),
            ("from", FieldType::Integer),
            ("to", FieldType::Integer),
        ] {
            let index = CreateFieldIndexCollectionBuilder::new(name, field, kind).wait(true);
            self.retry(|| self.client.create_field_index(index.clone())).await?;
        }
        let expected = points.len() as u64;
        let mut points = points.into_iter().map(structure).peekable();
        while points.peek().is_some() {
            let batch: Vec<PointStruct> = points.by_ref().take(BATCH).collect();
            let upsert = UpsertPointsBuilder::new(name, batch).wait(true);
            self.retry(|| self.client.upsert_points(upsert.clone())).await?;
        }
        let count = self.count().await?;
        if count != expected {
            return Err(Error::Counts(format!(
                "{expected} vectors were sent to {}, it holds {count}",
                self.url
            )));
        }
        Ok(count)
    }

    /// Removes the version's collection, if it is there.
    pub(crate) async fn remove(&self) -> Result<()> {
        let name = self.collection.as_str();
        if self.retry(|| self.client.collection_exists(name)).await? {
            self.retry(|| self.client.delete_collection(name)).await?;
        }
        Ok(())
    }

    /// Makes the alias name this version's collection.
    pub(crate) async fn publish(&self) -> Result<()> {
        let alias = CreateAliasBuilder::new(&self.collection, &self.alias);
        self.retry(|| self.client.create_alias(alias.clone())).await?;
        Ok(())
    }

    pub(crate) async fn count(&self) -> Result<u64> {
        let count = CountPointsBuilder::new(&self.collection).exact(true);
        let response = self.retry(|| self.client.count(count.clone())).await?;
        Ok(response.result.map_or(0, |result| result.count))
    }

    pub(crate) async fn search(
        &self,
        vector: Vector,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Scored<Citation>>> {
        let mut query = QueryPointsBuilder::new(&self.collection)
            .query(vector)
            .limit(limit as u64)
            .params(SearchParamsBuilder::default().exact(true))
            .with_payload(true);
        let must = conditions(filter);
        if !must.is_empty() {
            query = query.filter(qdrant_client::qdrant::Filter::must(must));
        }
        // A question is not tried again: the person is told, and words alone may answer.
        let response = self.client.query(query).await.map_err(|error| self.explain(error))?;
        let mut list = Vec::with_capacity(response.result.len());
        for point in response.result {
            let citation = match point.payload.get("citation").and_then(|value| value.kind.as_ref())
            {
                Some(ValueKind::StringValue(text)) => {
                    text.parse::<Citation>().map_err(Error::vector)?
                }
                _ => return Err(Error::vector("a point has no citation")),
            };
            list.push((citation, point.score));
        }
        Ok(group(list))
    }

    async fn retry<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match call().await {
                Err(error) if passes(&error) => {
                    let asked = match &error {
                        QdrantError::ResourceExhaustedError { retry_after_seconds, .. } => {
                            Some(Duration::from_secs(*retry_after_seconds))
                        }
                        _ => None,
                    };
                    tokio::time::sleep(asked.unwrap_or(pause).min(Duration::from_secs(10))).await;
                    pause *= 2;
                }
                done => return done.map_err(|error| self.explain(error)),
            }
        }
        call().await.map_err(|error| self.explain(error))
    }

    fn explain(&self, error: QdrantError) -> Error {
        use tonic::Code;
        let why = match &error {
            QdrantError::ResponseError { status } if away(status) => {
                "is away; start it, or set [search] store = \"edge\"".to_owned()
            }
            QdrantError::ResponseError { status } => match status.code() {
                Code::Unavailable => {
                    "is away; start it, or set [search] store = \"edge\"".to_owned()
                }
                Code::DeadlineExceeded | Code::Cancelled => {
                    "did not answer in time; see its load, or raise [search] timeout_ms".to_owned()
                }
                Code::NotFound => {
                    format!("has no collection {}; run `khue ingest` again", self.collection)
                }
                Code::Unauthenticated | Code::PermissionDenied => {
                    "refuses the key; set KHUE_QDRANT_API_KEY".to_owned()
                }
                code => format!("refused: {code:?}: {}", status.message()),
            },
            QdrantError::ResourceExhaustedError { retry_after_seconds, .. } => {
                format!("is overloaded; it asks to wait {retry_after_seconds} s")
            }
            other => format!("failed: {other}"),
        };
        Error::Server { url: self.url.clone(), why }
    }
}

/// Whether the client could not reach the server: it reports that as an internal error.
fn away(status: &tonic::Status) -> bool {
    status.code() == tonic::Code::Internal && status.message().starts_with("Failed to connect")
}

/// Whether trying again may help.
fn passes(error: &QdrantError) -> bool {
    use tonic::Code;
    match error {
        QdrantError::ResponseError { status } => {
            away(status)
                || matches!(
                    status.code(),
                    Code::Cancelled
                        | Code::Unavailable
                        | Code::ResourceExhausted
                        | Code::DeadlineExceeded
                        | Code::Aborted
                )
        }
        QdrantError::ResourceExhaustedError { .. } => true,
        _ => false,
    }
}

fn structure(point: Point) -> PointStruct {
    let Point { id, citation, facts, vector } = point;
    let mut payload = Payload::new();
    payload.insert("citation", citation.to_string());
    payload.insert("corpus", facts.corpus);
    payload.insert("kind", facts.kind.name());
    payload.insert("from", facts.from);
    payload.insert("to", facts.to);
    PointStruct::new(id, vector, payload)
}

fn conditions(filter: &Filter) -> Vec<Condition> {
    let mut must = Vec::new();
    if !filter.corpora.is_empty() {
        must.push(Condition::matches("corpus", filter.corpora.clone()));
    }
    if let Some(kind) = filter.kind {
        must.push(Condition::matches("kind", kind.name().to_owned()));
    }
    if let Some(on) = filter.in_force_on {
        let on = Some(day(on) as f64);
        must.push(Condition::range("from", Range { lte: on, ..Range::default() }));
        must.push(Condition::range("to", Range { gt: on, ..Range::default() }));
    }
    must
}
