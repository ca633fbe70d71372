//! The ways in which content comes: as one form, in chunks, as a stream, by TUS, and in place of other
//! content.

mod chunks;
pub(super) mod form;
mod parts;
pub(super) mod replace;
pub(super) mod stream;
pub(super) mod tus;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::{Body, to_bytes};
use bytes::Bytes;

use super::call::{Caller, Query};
use super::errors::Failure;
use super::members::Members;
use super::room::NetexplorerSettings;
use super::state::{Dates, Gathering};
use chunks::{ChunkKey, Chunked};

/// Where content is to go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    pub(crate) user: u64,
    pub(crate) folder: u64,
    pub(crate) name: String,
}

/// An upload that was opened under a session key.
#[derive(Debug)]
struct Session {
    target: Target,
    caller: Caller,
    /// Bytes.
    size: u64,
    /// How often the end still answers 423.
    polls_left: u32,
    /// The TUS upload of it, once there is one.
    upload: Option<String>,
    /// The version it became.
    done: Option<u64>,
}

/// A TUS upload under way.
#[derive(Debug)]
struct TusUpload {
    user: u64,
    size: u64,
    gathering: Gathering,
}

/// Every upload under way.
#[derive(Debug)]
pub(crate) struct Uploads {
    polls: u32,
    sessions: BTreeMap<String, Session>,
    tus: BTreeMap<String, TusUpload>,
    chunked: BTreeMap<ChunkKey, Chunked>,
    /// Session keys and TUS uploads that were good once.
    expired: BTreeSet<String>,
}

impl Uploads {
    pub(crate) fn new(settings: &NetexplorerSettings) -> Self {
        Self {
            polls: settings.assembling_polls,
            sessions: BTreeMap::new(),
            tus: BTreeMap::new(),
            chunked: BTreeMap::new(),
            expired: BTreeSet::new(),
        }
    }

    pub(crate) fn expire(&mut self) {
        self.expired.extend(std::mem::take(&mut self.sessions).into_keys());
        self.expired.extend(std::mem::take(&mut self.tus).into_keys());
        self.chunked.clear();
    }

    /// Why there is no upload of this name.
    fn absent(&self, name: &str) -> Failure {
        if self.expired.contains(name) { Failure::expired() } else { Failure::missing() }
    }
}

/// The dates in a form; those in the query go first.
fn dates(query: &Query, form: &Members) -> Result<Dates, Failure> {
    let date = |name| -> Result<_, Failure> { Ok(query.date(name)?.or(form.date(name)?)) };
    Ok(Dates { creation: date("creation")?, modification: date("modification")? })
}

/// A whole body that is a file's content.
async fn content(body: Body, limit: usize) -> Result<Bytes, Failure> {
    to_bytes(body, limit).await.map_err(|_| Failure::too_large(limit))
}
