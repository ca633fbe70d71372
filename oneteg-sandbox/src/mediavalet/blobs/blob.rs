//! Stored bytes.

use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};

/// A blob. Never changed once stored: a new state is a new `Blob`.
#[derive(Debug)]
pub(crate) struct Blob {
    blocks: Vec<Block>,
    pub(crate) length: u64,
    pub(crate) etag: String,
    pub(crate) content_type: Option<String>,
    /// What the client said of the whole, in Base64.
    pub(crate) content_md5: Option<String>,
    md5: OnceLock<[u8; 16]>,
}

/// A part of a blob. A blob that was put at once is one block without an id.
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

    pub(crate) fn of(bytes: impl Into<Bytes>, etag: impl Into<String>) -> Self {
        Self::new(vec![Block { id: None, bytes: bytes.into() }], etag.into())
    }

    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The MD5 of the whole, computed once.
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
        self.md5().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The whole as one piece.
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

    /// The pieces from `first` up to and without `after`; nothing is copied.
    pub(crate) fn slices(&self, first: u64, after: u64) -> Vec<Bytes> {
        let mut at = 0;
        let mut slices = Vec::new();
        for block in &self.blocks {
            let length = block.bytes.len() as u64;
            let from = first.clamp(at, at + length) - at;
            let to = after.clamp(at, at + length) - at;
            if let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to))
                && from < to
            {
                slices.push(block.bytes.slice(from..to));
            }
            at += length;
        }
        slices
    }
}

#[cfg(test)]
mod tests {
    use super::{Blob, Block};

    #[test]
    fn every_range_of_blocks_is_that_of_the_whole() {
        let parts: [&[u8]; 4] = [b"ab", b"", b"cdefg", b"h"];
        let blocks = parts.map(|bytes| Block { id: None, bytes: bytes.into() });
        let blob = Blob::new(blocks.to_vec(), String::new());
        let whole = b"abcdefgh";
        assert_eq!((blob.length, &blob.bytes()[..]), (8, &whole[..]));
        for first in 0..=8 {
            for after in first..=8 {
                let joined = blob.slices(first as u64, after as u64).concat();
                assert_eq!(joined, whole[first..after], "{first}..{after}");
            }
        }
    }
}
