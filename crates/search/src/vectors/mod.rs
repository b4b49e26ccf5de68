//! Meaning: nearest vectors, in process or on a server, behind one enum.

pub(crate) mod cache;
mod edge;
pub(crate) mod server;

use std::path::Path;

use infer::Vector;
use law::Citation;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::filter::Facts;
use crate::options::{SearchOptions, Store};

/// A window of text with its vector.
pub(crate) struct Point {
    pub(crate) id: u64,
    pub(crate) citation: Citation,
    pub(crate) facts: Facts,
    pub(crate) vector: Vector,
}

/// Where the vectors of one corpus version are.
pub(crate) enum Vectors {
    /// In this process, in the version's folder.
    Edge(Box<edge::Edge>),
    /// On a Qdrant server or cluster, in the version's collection.
    Server(Box<server::Server>),
}

impl Vectors {
    /// Writes the vectors of a new version.
    pub(crate) async fn build(
        options: &SearchOptions,
        folder: &Path,
        version: &str,
        dims: usize,
        points: Vec<Point>,
    ) -> Result<u64> {
        match options.store {
            Store::Edge => edge::build(folder, dims, points),
            Store::Server => server::Server::new(options, version)?.build(dims, points).await,
        }
    }

    /// Opens the vectors of a version for reading.
    pub(crate) fn open(options: &SearchOptions, folder: &Path, version: &str) -> Result<Vectors> {
        Ok(match options.store {
            Store::Edge => Vectors::Edge(Box::new(edge::Edge::open(folder)?)),
            Store::Server => Vectors::Server(Box::new(server::Server::new(options, version)?)),
        })
    }

    pub(crate) async fn count(&self) -> Result<u64> {
        match self {
            Vectors::Edge(edge) => edge.count(),
            Vectors::Server(server) => server.count().await,
        }
    }
}

/// The id of the n-th window at a citation: the same in every version and store.
pub(crate) fn point_id(citation: &Citation, n: usize) -> u64 {
    let hash = Sha256::digest(format!("{citation}\n{n}"));
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(bytes)
}
