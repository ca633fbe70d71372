//! How a file is divided into requests to the storage host.
//!
//! | File | Requests |
//! |---|---|
//! | length known, up to [`MAX_SINGLE_REQUEST`] | one |
//! | longer, or of unknown length | one per block, then one with the list of blocks |

/// The largest file that is sent in one request, in bytes. The vendor documents 64 MB; this is the smaller reading
/// of that.
pub const MAX_SINGLE_REQUEST: u64 = 64_000_000;
/// The largest file, in bytes. The vendor documents 200 GB; this is the larger reading, so that MediaValet
/// decides about sizes in between.
pub const MAX_FILE_SIZE: u64 = 200 << 30;
/// The largest number of blocks in a blob, a limit of Azure's protocol.
pub(super) const MAX_BLOCKS: u64 = 50_000;
/// 8 MiB.
pub(super) const DEFAULT_BLOCK_SIZE: u64 = 8 << 20;

/// How a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UploadPlan {
    /// Whether the whole file is sent in one request.
    pub(super) single_request: bool,
    /// The length of all parts but the last, in bytes.
    pub(super) part_size: u64,
}

impl UploadPlan {
    pub(super) fn new(requested_block_size: u64, file_length: Option<u64>) -> Self {
        match file_length {
            Some(length) if length <= MAX_SINGLE_REQUEST => {
                // An empty file is sent without a part, but a part size may not be 0.
                Self { single_request: true, part_size: length.max(1) }
            }
            _ => Self {
                single_request: false,
                part_size: block_size(requested_block_size, file_length),
            },
        }
    }
}

/// Returns the requested block size, or a larger one if the file would have too many blocks. A file of unknown
/// length may be as large as any.
fn block_size(requested: u64, file_length: Option<u64>) -> u64 {
    let smallest = file_length.unwrap_or(MAX_FILE_SIZE).div_ceil(MAX_BLOCKS);
    requested.max(smallest).clamp(1, MAX_SINGLE_REQUEST)
}

/// Returns the length of a part; `None` if the file does not have that part.
pub(super) fn part_length(part_size: u64, file_length: Option<u64>, part: u64) -> Option<u64> {
    let start = part.checked_mul(part_size)?;
    match file_length {
        Some(total) => Some(total.checked_sub(start)?.min(part_size)).filter(|length| *length > 0),
        None => Some(part_size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_grow_so_that_every_file_fits() {
        let default = DEFAULT_BLOCK_SIZE;
        assert_eq!(block_size(default, Some(64 << 20)), default);
        assert_eq!(block_size(default, Some(MAX_FILE_SIZE)), default);
        for requested in [0, 1, 1 << 20] {
            for length in [Some(200_000_000_000), Some(MAX_FILE_SIZE), None] {
                let block = block_size(requested, length);
                assert!(length.unwrap_or(MAX_FILE_SIZE).div_ceil(block) <= MAX_BLOCKS);
                assert!(block < 5_000_000, "{block}");
            }
        }
        assert_eq!(block_size(u64::MAX, None), MAX_SINGLE_REQUEST);
        assert_eq!(block_size(0, Some(70_000_000)), 1_400);
    }

    #[test]
    fn small_files_are_sent_in_one_request() {
        let plan = |length| UploadPlan::new(1 << 20, length);
        let single = |part_size| UploadPlan { single_request: true, part_size };
        assert_eq!(plan(Some(0)), single(1));
        assert_eq!(plan(Some(7)), single(7));
        assert_eq!(plan(Some(MAX_SINGLE_REQUEST)), single(MAX_SINGLE_REQUEST));
        let blocks = |part_size| UploadPlan { single_request: false, part_size };
        assert_eq!(plan(Some(MAX_SINGLE_REQUEST + 1)), blocks(1 << 20));
        assert_eq!(plan(None), blocks(MAX_FILE_SIZE.div_ceil(MAX_BLOCKS)));
    }

    #[test]
    fn the_last_part_is_shorter_and_none_follows_it() {
        let length = |total, part| part_length(10, total, part);
        assert_eq!(
            [0, 1, 2, 3].map(|part| length(Some(25), part)),
            [Some(10), Some(10), Some(5), None]
        );
        assert_eq!((length(Some(20), 1), length(Some(20), 2)), (Some(10), None));
        assert_eq!((length(Some(0), 0), length(Some(25), u64::MAX)), (None, None));
        assert_eq!((length(None, 7), length(None, u64::MAX)), (Some(10), None));
    }
}
