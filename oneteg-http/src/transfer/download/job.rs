//! What the two ways of a download share: where the bytes come from and go to.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use super::super::{
    handle::TransferControl,
    partial_file::PartialFile,
    range_response::{FetchRange, RangeResponse},
};
use crate::Error;

/// One download. Clones share everything: each range under way has one.
#[derive(Clone)]
pub(super) struct DownloadJob {
    pub(super) fetch: FetchRange,
    pub(super) file: Arc<PartialFile>,
    pub(super) target: PathBuf,
    pub(super) control: TransferControl,
    /// Whether a checksum will detect mixed versions.
    pub(super) has_checksum: bool,
    /// Whether the server sends the whole file for `If-Range` although the file is the same.
    pub(super) skip_if_range: Arc<AtomicBool>,
}

/// Why a download in ranges ended early.
pub(super) enum RangesError {
    Failed(Error),
    /// The file must be read in one piece: from this response, if there is one.
    NeedsOnePiece(Option<Box<RangeResponse>>),
}

impl From<Error> for RangesError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl DownloadJob {
    pub(super) fn new(
        fetch: FetchRange,
        file: PartialFile,
        target: PathBuf,
        control: TransferControl,
        has_checksum: bool,
    ) -> Self {
        let (file, skip_if_range) = (Arc::new(file), Arc::default());
        Self { fetch, file, target, control, has_checksum, skip_if_range }
    }

    pub(super) fn replace_file(&mut self, file: PartialFile) {
        self.control.with_state(|state| state.partial = Some(file.token().to_owned()));
        self.file = Arc::new(file);
    }
}

const CHECKSUM_PREFIX: &str = "crc32:";

/// What the state records of a part: the checksum of its bytes.
pub(super) fn part_receipt(checksum: u32) -> String {
    format!("{CHECKSUM_PREFIX}{checksum:08x}")
}

/// The checksum in a part's receipt; `None` for the receipt of an upload.
pub(super) fn receipt_checksum(receipt: &str) -> Option<u32> {
    u32::from_str_radix(receipt.strip_prefix(CHECKSUM_PREFIX)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_of_uploads_are_not_checksums() {
        assert_eq!(receipt_checksum(&part_receipt(0xab)), Some(0xab));
        for receipt in ["", "crc32:", "crc32:xyz", "\"etag\"", "000000ab"] {
            assert_eq!(receipt_checksum(receipt), None, "{receipt}");
        }
    }
}
