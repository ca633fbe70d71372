//! The bytes of files, whole and on their way in.

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};

/// The content of a version. Never changed: other content is another `Stored`.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) bytes: Bytes,
    /// MD5, in lower-case hexadecimal.
    pub(crate) hash: String,
}

impl Stored {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { hash: hexadecimal(Md5::digest(&bytes)), bytes }
    }
}

/// Content that comes in pieces. Its checksum grows along, so that the last piece costs no more than
/// the others.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    bytes: BytesMut,
    md5: Md5,
}

impl Gathering {
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        self.md5.update(piece);
    }

    pub(crate) fn finish(self) -> Stored {
        Stored { bytes: self.bytes.freeze(), hash: hexadecimal(self.md5.finalize()) }
    }
}

fn hexadecimal(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
