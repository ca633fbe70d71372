//! Blobs by name, and blocks that are not yet part of one.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::blob::{Blob, Block};
use super::block_list::{Entry, Source};
use super::errors::BlobFailure;

/// The most blocks that a blob may have.
const MOST_BLOCKS: usize = 50_000;

/// All blobs, by container and name (`assets/name.png`).
#[derive(Debug, Default)]
pub(crate) struct Blobs {
    blobs: BTreeMap<String, Arc<Blob>>,
    uncommitted: BTreeMap<String, BTreeMap<String, Bytes>>,
    changes: u64,
}

impl Blobs {
    /// An entity tag that no other state has.
    pub(crate) fn next_etag(&mut self) -> String {
        self.changes += 1;
        format!("\"0x8D{:012X}\"", self.changes)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Blob>> {
        self.blobs.get(name).cloned()
    }

    /// Stores a whole blob. Blocks that wait for a list are gone then.
    pub(crate) fn put(&mut self, name: &str, blob: Blob) -> Arc<Blob> {
        self.uncommitted.remove(name);
        let blob = Arc::new(blob);
        self.blobs.insert(name.to_owned(), blob.clone());
        blob
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.blobs.remove(name);
        self.uncommitted.remove(name);
    }

    /// Keeps a block until a list names it. All ids of a blob have the same length.
    pub(super) fn put_block(
        &mut self,
        name: &str,
        id: &str,
        bytes: Bytes,
    ) -> Result<(), BlobFailure> {
        let committed = self.blobs.get(name).map(|blob| blob.blocks());
        let committed =
            committed.unwrap_or_default().iter().filter_map(|block| block.id.as_deref());
        let waiting = self.uncommitted.get(name);
        let waiting_ids = waiting.into_iter().flat_map(|blocks| blocks.keys().map(String::as_str));
        if committed.chain(waiting_ids).any(|other| other.len() != id.len()) {
            return Err(BlobFailure::block_id_length());
        }
        self.uncommitted.entry(name.to_owned()).or_default().insert(id.to_owned(), bytes);
        Ok(())
    }

    /// Makes a blob of the blocks listed; the others are gone then.
    pub(super) fn commit(&mut self, name: &str, list: &[Entry]) -> Result<Blob, BlobFailure> {
        if list.len() > MOST_BLOCKS {
            return Err(BlobFailure::block_list_too_long());
        }
        let committed = self.blobs.get(name);
        let waiting = self.uncommitted.get(name);
        let mut blocks = Vec::with_capacity(list.len());
        for Entry { source, id } in list {
            let new = || waiting.and_then(|blocks| blocks.get(id)).cloned();
            let old = || {
                let blocks = committed.map(|blob| blob.blocks()).unwrap_or_default();
                let found = blocks.iter().find(|block| block.id.as_deref() == Some(id));
                found.map(|block| block.bytes.clone())
            };
            let bytes = match source {
                Source::Committed => old(),
                Source::Uncommitted => new(),
                Source::Latest => new().or_else(old),
            };
            let bytes = bytes.ok_or_else(BlobFailure::unknown_block)?;
            blocks.push(Block { id: Some(id.clone()), bytes });
        }
        let etag = self.next_etag();
        Ok(Blob::new(blocks, etag))
    }

    /// The blocks that wait for a list, with their lengths. `None`: there is no such name at all.
    pub(super) fn uncommitted(&self, name: &str) -> Option<Vec<(String, usize)>> {
        let waiting = self.uncommitted.get(name);
        if waiting.is_none() && !self.blobs.contains_key(name) {
            return None;
        }
        let blocks = waiting.into_iter().flatten();
        Some(blocks.map(|(id, bytes)| (id.clone(), bytes.len())).collect())
    }
}
