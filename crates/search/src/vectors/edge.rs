//! Vectors in this process: qdrant-edge 0.7.2.
//!
//! Its write-ahead log is never replayed on load and its flush panics on a full disk, so a shard is
//! built once in a new folder and never written again; a crash leaves an unfinished folder that no
//! pointer names. Opening a shard locks it and may write to it, so each opener works on a copy of its
//! own: several processes can serve one version, and the version's checksums stay true.

use std::path::Path;

use law::Citation;
use qdrant_edge::external::ordered_float::OrderedFloat;
use qdrant_edge::external::serde_json::{Value, json};
use qdrant_edge::{
    AnyVariants, Condition, CountRequest, Distance, EdgeConfigBuilder, EdgeOptimizersConfig,
    EdgeShard, EdgeVectorParams, FieldCondition, JsonPath, Match, NamedQuery,
    PointInsertOperations, PointOperations, PointStruct, QueryEnum, QueryRequest, Range,
    ScoringQuery, SearchParams, UpdateOperation, WithPayloadInterface, WithVector,
};

use infer::Vector;
use tempfile::TempDir;

use super::Point;
use crate::error::{Error, Result};
use crate::filter::{Filter, day};
use crate::fuse::{Scored, group};

/// Below this many kilobytes of vectors a segment is scanned whole, which is exact: 200 MB are about
/// 65,000 vectors of 768 numbers, some 25 ms on one core.
const SCAN_KB: usize = 200_000;
const BATCH: usize = 256;

pub(crate) struct Edge {
    // Dropped before its folder is: dropping flushes.
    shard: EdgeShard,
    _copy: TempDir,
}

pub(crate) fn build(folder: &Path, dims: usize, points: Vec<Point>) -> Result<u64> {
    fs_err::create_dir_all(folder)?;
    let optimizers = EdgeOptimizersConfig {
        indexing_threshold: Some(SCAN_KB),
        ..EdgeOptimizersConfig::default()
    };
    let config = EdgeConfigBuilder::new()
        .vector(
            qdrant_edge::DEFAULT_VECTOR_NAME,
            EdgeVectorParams::builder(dims, Distance::Cosine).build(),
        )
        .optimizers(optimizers)
        .build();
    let shard = EdgeShard::new(folder, config).map_err(Error::vector)?;
    let count = points.len() as u64;
    let mut points = points.into_iter().map(structure).peekable();
    while points.peek().is_some() {
        let batch: Vec<_> = points.by_ref().take(BATCH).map(Into::into).collect();
        let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(batch));
        shard.update(UpdateOperation::PointOperation(insert)).map_err(Error::vector)?;
    }
    shard.flush();
    shard.optimize().map_err(Error::vector)?;
    shard.flush();
    drop(shard);
    // Loading may add an empty segment; done here once, so that the checksums written next hold.
    let shard = EdgeShard::load(folder, None).map_err(Error::vector)?;
    let kept =
        shard.count(CountRequest { filter: None, exact: true }).map_err(Error::vector)? as u64;
    if kept != count {
        return Err(Error::Counts(format!("{count} vectors were written, {kept} can be read")));
    }
    Ok(kept)
}

fn structure(point: Point) -> PointStruct {
    let Point { id, citation, facts, vector } = point;
    let payload = json!({
        "citation": citation.to_string(), "corpus": facts.corpus, "kind": facts.kind.name(),
        "from": facts.from, "to": facts.to,
    });
    PointStruct::new(id, vector, payload)
}

impl Edge {
    pub(crate) fn open(folder: &Path) -> Result<Edge> {
        let copy = TempDir::with_prefix("khue-vectors-")?;
        // The write-ahead log is left behind: everything was flushed when the version was built.
        for part in ["edge_config.json", "segments"] {
            let from = folder.join(part);
            if !from.exists() {
                return Err(Error::vector(format!("{} is missing", from.display())));
            }
            copy_tree(&from, &copy.path().join(part))?;
        }
        let shard = EdgeShard::load(copy.path(), None).map_err(Error::vector)?;
        Ok(Edge { shard, _copy: copy })
    }

    pub(crate) fn count(&self) -> Result<u64> {
        Ok(self.shard.count(CountRequest { filter: None, exact: true }).map_err(Error::vector)?
            as u64)
    }

    pub(crate) fn search(
        &self,
        vector: Vector,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Scored<Citation>>> {
        let request = QueryRequest {
            prefetches: Vec::new(),
            query: Some(ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery::default_dense(
                vector,
            )))),
            filter: conditions(filter)?,
            score_threshold: None,
            limit,
            offset: 0,
            params: Some(SearchParams { exact: true, ..SearchParams::default() }),
            with_vector: WithVector::Bool(false),
            with_payload: WithPayloadInterface::Bool(true),
        };
        let found = self.shard.query(request).map_err(Error::vector)?;
        let mut list = Vec::with_capacity(found.len());
        for point in found {
            let citation = point
                .payload
                .as_ref()
                .and_then(|payload| payload.0.get("citation"))
                .and_then(Value::as_str);
            let citation = citation.ok_or_else(|| Error::vector("a point has no citation"))?;
            list.push((citation.parse::<Citation>().map_err(Error::vector)?, point.score));
        }
        Ok(group(list))
    }
}

fn conditions(filter: &Filter) -> Result<Option<qdrant_edge::Filter>> {
    let path = |name: &str| {
        name.parse::<JsonPath>().map_err(|()| Error::vector(format!("{name} is no payload path")))
    };
    let mut must = Vec::new();
    if !filter.corpora.is_empty() {
        let any =
            AnyVariants::Strings(filter.corpora.iter().map(|name| name.as_str().into()).collect());
        must.push(FieldCondition::new_match(path("corpus")?, Match::new_any(any)));
    }
    if let Some(kind) = filter.kind {
        must.push(FieldCondition::new_match(path("kind")?, Match::from(kind.name().to_owned())));
    }
    if let Some(on) = filter.in_force_on {
        let on = Some(OrderedFloat(day(on) as f64));
        must.push(FieldCondition::new_range(
            path("from")?,
            Range { lt: None, gt: None, gte: None, lte: on },
        ));
        must.push(FieldCondition::new_range(
            path("to")?,
            Range { lt: None, gt: on, gte: None, lte: None },
        ));
    }
    if must.is_empty() {
        return Ok(None);
    }
    let must = must.into_iter().map(Condition::Field).collect();
    Ok(Some(qdrant_edge::Filter {
        should: None,
        min_should: None,
        must: Some(must),
        must_not: None,
    }))
}

fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return fs_err::copy(from, to).map(|_| ());
    }
    fs_err::create_dir_all(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        copy_tree(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
