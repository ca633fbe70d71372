//! The data of the blob storage: blobs by name, and blocks that are not part of one yet.
//!
//! ```text
//! put        -> blob of one block without an id; drops uncommitted blocks
//! put_block  -> uncommitted block, replacing one with the same id
//! commit     -> blob of the listed blocks, which may be committed or uncommitted; `put` then stores it
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};

use crate::common::content::hex;

/// The maximum number of blocks in a blob.
const MAX_BLOCKS: usize = 50_000;

/// A blob. It is immutable: a new state is a new `Blob`.
#[derive(Debug)]
pub(crate) struct Blob {
    blocks: Vec<Block>,
    pub(crate) length: u64,
    pub(crate) etag: String,
    pub(crate) content_type: Option<String>,
    /// The hash of the whole blob that the client specified, in Base64.
    pub(crate) content_md5: Option<String>,
    md5: OnceLock<[u8; 16]>,
}

/// A part of a blob. A blob that was put in one request has a single block without an id.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) id: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Blob {
    pub(crate) fn new(blocks: Vec<Block>, etag: String) -> Self {
        let length = blocks.iter().map(|block| block.bytes.len() as u64).sum();
        Self { blocks, length, etag, content_type: None, content_md5: None, md5: OnceLock::new() }
    }

    /// A blob of one block.
    pub(crate) fn from_bytes(bytes: impl Into<Bytes>, etag: impl Into<String>) -> Self {
        Self::new(vec![Block { id: None, bytes: bytes.into() }], etag.into())
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The MD5 of the whole blob, computed once.
    pub(crate) fn md5(&self) -> [u8; 16] {
        *self.md5.get_or_init(|| {
            let mut hash = Md5::new();
            for block in &self.blocks {
                hash.update(&block.bytes);
            }
            hash.finalize().into()
        })
    }

    /// The MD5 in lower-case hexadecimal.
    pub(crate) fn md5_hex(&self) -> String {
        hex(self.md5())
    }

    /// The whole blob in one piece.
    pub(crate) fn bytes(&self) -> Bytes {
        if let [block] = self.blocks.as_slice() {
            return block.bytes.clone();
        }
        let mut all = BytesMut::new();
        for block in &self.blocks {
            all.extend_from_slice(&block.bytes);
        }
        all.freeze()
    }

    /// The bytes from `start` to `end` (exclusive), in pieces. Nothing is copied.
    pub(crate) fn slices(&self, start: u64, end: u64) -> Vec<Bytes> {
        let mut offset = 0;
        let mut slices = Vec::new();
        for block in &self.blocks {
            let length = block.bytes.len() as u64;
            let from = start.clamp(offset, offset + length) - offset;
            let to = end.clamp(offset, offset + length) - offset;
            if let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to))
                && from < to
            {
                slices.push(block.bytes.slice(from..to));
            }
            offset += length;
        }
        slices
    }
}

/// Where a block of a list is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockSource {
    Committed,
    Uncommitted,
    /// Uncommitted if there is such a block, otherwise committed.
    Latest,
}

/// An entry of a block list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BlockReference {
    pub(crate) source: BlockSource,
    pub(crate) id: String,
}

/// Why a block or a block list is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BlockError {
    /// All block ids of a blob must have the same length.
    IdLength,
    ListTooLong,
    UnknownBlock,
}

/// All blobs, by container and name (such as `assets/name.png`).
#[derive(Debug, Default)]
pub(crate) struct BlobStore {
    blobs: BTreeMap<String, Arc<Blob>>,
    uncommitted: BTreeMap<String, BTreeMap<String, Bytes>>,
    changes: u64,
}

impl BlobStore {
    /// A unique entity tag.
    pub(crate) fn next_etag(&mut self) -> String {
        self.changes += 1;
        format!("\"0x8D{:012X}\"", self.changes)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Blob>> {
        self.blobs.get(name).cloned()
    }

    /// Stores a whole blob and drops the uncommitted blocks of this name.
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

    /// Keeps a block until a list commits it.
    pub(crate) fn put_block(
        &mut self,
        name: &str,
        id: &str,
        bytes: Bytes,
    ) -> Result<(), BlockError> {
        let committed = self.blobs.get(name).map(|blob| blob.blocks());
        let committed_ids =
            committed.unwrap_or_default().iter().filter_map(|block| block.id.as_deref());
        let uncommitted = self.uncommitted.get(name);
        let uncommitted_ids =
            uncommitted.into_iter().flat_map(|blocks| blocks.keys().map(String::as_str));
        if committed_ids.chain(uncommitted_ids).any(|other| other.len() != id.len()) {
            return Err(BlockError::IdLength);
        }
        self.uncommitted.entry(name.to_owned()).or_default().insert(id.to_owned(), bytes);
        Ok(())
    }

    /// Builds a blob of the listed blocks. [`BlobStore::put`] stores it and drops the other blocks.
    pub(crate) fn commit(
        &mut self,
        name: &str,
        list: &[BlockReference],
    ) -> Result<Blob, BlockError> {
        if list.len() > MAX_BLOCKS {
            return Err(BlockError::ListTooLong);
        }
        let blob = self.blobs.get(name);
        let uncommitted = self.uncommitted.get(name);
        let mut blocks = Vec::with_capacity(list.len());
        for BlockReference { source, id } in list {
            let new = || uncommitted.and_then(|blocks| blocks.get(id)).cloned();
            let old = || {
                let blocks = blob.map(|blob| blob.blocks()).unwrap_or_default();
                let found = blocks.iter().find(|block| block.id.as_deref() == Some(id));
                found.map(|block| block.bytes.clone())
            };
            let bytes = match source {
                BlockSource::Committed => old(),
                BlockSource::Uncommitted => new(),
                BlockSource::Latest => new().or_else(old),
            };
            let bytes = bytes.ok_or(BlockError::UnknownBlock)?;
            blocks.push(Block { id: Some(id.clone()), bytes });
        }
        let etag = self.next_etag();
        Ok(Blob::new(blocks, etag))
    }

    /// The uncommitted blocks with their lengths; `None` if neither a blob nor a block has this name.
    pub(crate) fn uncommitted(&self, name: &str) -> Option<Vec<(String, usize)>> {
        let uncommitted = self.uncommitted.get(name);
        if uncommitted.is_none() && !self.blobs.contains_key(name) {
            return None;
        }
        let blocks = uncommitted.into_iter().flatten();
        Some(blocks.map(|(id, bytes)| (id.clone(), bytes.len())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_of_blocks_is_that_of_the_whole() {
        let parts: [&[u8]; 4] = [b"ab", b"", b"cdefg", b"h"];
        let blocks = parts.map(|bytes| Block { id: None, bytes: bytes.into() });
        let blob = Blob::new(blocks.to_vec(), String::new());
        let whole = b"abcdefgh";
        assert_eq!((blob.length, &blob.bytes()[..]), (8, &whole[..]));
        for start in 0..=8 {
            for end in start..=8 {
                let joined = blob.slices(start as u64, end as u64).concat();
                assert_eq!(joined, whole[start..end], "{start}..{end}");
            }
        }
    }

    #[test]
    fn a_list_commits_blocks_of_either_kind_and_drops_the_rest() {
        let reference = |source, id: &str| BlockReference { source, id: id.into() };
        let mut blobs = BlobStore::default();
        assert_eq!(blobs.uncommitted("a"), None);
        blobs.put_block("a", "QQ==", "old".into()).unwrap();
        let blob = blobs.commit("a", &[reference(BlockSource::Latest, "QQ==")]).unwrap();
        blobs.put("a", blob);
        blobs.put_block("a", "QQ==", "new".into()).unwrap();
        blobs.put_block("a", "Qg==", "rest".into()).unwrap();
        assert_eq!(blobs.put_block("a", "QUFBQQ==", "x".into()), Err(BlockError::IdLength));
        let list = [BlockSource::Committed, BlockSource::Uncommitted, BlockSource::Latest]
            .map(|source| reference(source, "QQ=="));
        let blob = blobs.commit("a", &list).unwrap();
        assert_eq!(&blob.bytes()[..], b"oldnewnew");
        blobs.put("a", blob);
        assert_eq!(blobs.uncommitted("a"), Some(Vec::new()));
        let gone = blobs.commit("a", &[reference(BlockSource::Latest, "Qg==")]);
        assert_eq!(gone.unwrap_err(), BlockError::UnknownBlock);
        let long = vec![reference(BlockSource::Latest, "QQ=="); MAX_BLOCKS + 1];
        assert_eq!(blobs.commit("a", &long).unwrap_err(), BlockError::ListTooLong);
    }
}
