//! The bytes of files, complete or still arriving.

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};

use crate::common::content::{hex, md5_hex};

/// The content of a version. It is immutable: new content is another `StoredContent`.
#[derive(Debug, Clone)]
pub(crate) struct StoredContent {
    pub(crate) bytes: Bytes,
    /// MD5, in lower-case hexadecimal.
    pub(crate) hash: String,
}

impl StoredContent {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { hash: md5_hex(&bytes), bytes }
    }
}

/// Content that arrives in pieces.
///
/// Each piece is hashed on arrival. Hashing everything at the end would make the last request of a large
/// upload slow, while it holds the lock.
#[derive(Debug, Default)]
pub(crate) struct ContentBuffer {
    bytes: BytesMut,
    md5: Md5,
}

impl ContentBuffer {
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn append(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        self.md5.update(piece);
    }

    pub(crate) fn finish(self) -> StoredContent {
        StoredContent { bytes: self.bytes.freeze(), hash: hex(self.md5.finalize()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_pieces_is_the_hash_of_the_whole() {
        let mut buffer = ContentBuffer::default();
        buffer.append(b"Lampe ");
        buffer.append(b"");
        buffer.append(b"de bureau");
        assert_eq!(buffer.len(), 15);
        let (pieces, whole) = (buffer.finish(), StoredContent::new("Lampe de bureau".into()));
        assert_eq!((pieces.bytes, pieces.hash), (whole.bytes, whole.hash));
    }
}
