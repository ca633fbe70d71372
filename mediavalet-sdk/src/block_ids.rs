//! The ids of the blocks of an upload.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

/// Returns the id of a block. All ids have the same length, which the protocol requires within a blob.
pub(crate) fn block_id(part: u64) -> String {
    BASE64.encode(format!("part-{part:010}"))
}

/// Returns the number of the block with this id; `None` if this crate did not make the id.
pub(crate) fn part_number(block_id: &str) -> Option<u64> {
    let id = BASE64.decode(block_id).ok()?;
    let digits = std::str::from_utf8(&id).ok()?.strip_prefix("part-")?;
    digits.parse().ok().filter(|_| digits.len() == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_ids_have_one_length_and_round_trip() {
        for part in [0, 1, 49_999, 9_999_999_999] {
            let id = block_id(part);
            assert_eq!((id.len(), part_number(&id)), (20, Some(part)));
        }
        for other in ["", "AAAA", "cGFydC0x", "not base64!", "MDAwMDAx"] {
            assert_eq!(part_number(other), None, "{other}");
        }
    }
}
