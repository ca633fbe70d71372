//! The completed part of a transfer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::version::FileVersion;
use crate::{Error, ErrorKind, SourceIdentity};

/// The completed part of a transfer: serialised, it is enough to resume the transfer in another process.
///
/// It contains neither the server's address nor a credential; the program keeps those. It belongs to one source
/// and one target: the state of an upload also identifies its source, so that it is not used with another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferState {
    pub(super) part_size: u64,
    pub(super) total: Option<u64>,
    /// For downloads: the version of the file.
    #[serde(default, skip_serializing_if = "FileVersion::is_empty")]
    pub(super) version: FileVersion,
    /// For downloads: the token in the name of the partial file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) partial: Option<String>,
    /// For uploads: the source. States of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<SourceIdentity>,
    /// The completed parts, by number from 0. Uploads store the server's receipt of each, downloads the checksum
    /// of its bytes.
    pub(super) parts: BTreeMap<u64, String>,
}

impl TransferState {
    /// The state of a transfer that has not begun: the size of its parts in bytes (0 counts as 1), and the length
    /// of the file, if known. For protocols that can ask the server which parts it has.
    pub fn new(part_size: u64, total: Option<u64>) -> Self {
        Self { part_size: part_size.max(1), total, ..Self::default() }
    }

    /// The same state with one more completed part: its number from 0, and the server's receipt.
    #[must_use]
    pub fn with_part(mut self, part: u64, receipt: impl Into<String>) -> Self {
        self.parts.insert(part, receipt.into());
        self
    }

    /// The size of every part but the last, in bytes.
    pub fn part_size(&self) -> u64 {
        self.part_size
    }

    /// The length of the file in bytes, if known.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The completed parts, by number from 0, with the server's receipt of each.
    pub fn parts(&self) -> impl Iterator<Item = (u64, &str)> {
        self.parts.iter().map(|(part, receipt)| (*part, receipt.as_str()))
    }

    /// The number of completed parts.
    pub fn parts_done(&self) -> usize {
        self.parts.len()
    }

    /// The length of a part in bytes.
    pub(super) fn part_length(&self, part: u64) -> u64 {
        let start = part.saturating_mul(self.part_size);
        self.total.map_or(self.part_size, |total| total.saturating_sub(start).min(self.part_size))
    }

    /// The number of bytes in completed parts.
    pub(super) fn bytes_done(&self) -> u64 {
        self.parts.keys().fold(0, |done, part| done.saturating_add(self.part_length(*part)))
    }

    /// Checks that a file can have these parts. A state comes from storage that anyone may have edited.
    pub(super) fn check(&self) -> Result<(), Error> {
        let exists = |part: &u64| {
            let start = part.checked_mul(self.part_size);
            let end = start.and_then(|start| start.checked_add(self.part_size));
            // An empty file may have a first part, which is empty.
            let within = |total: u64| *part == 0 || start.is_some_and(|start| start < total);
            self.part_size > 0
                && (self.total.is_some() || end.is_some())
                && self.total.is_none_or(within)
        };
        match self.parts.keys().find(|part| !exists(part)) {
            None => Ok(()),
            Some(part) => {
                let message = format!(
                    "the state has a part {part}, which does not exist in a file of {} with parts of {} \
                     bytes; start over",
                    self.total.map_or("any length".to_owned(), |total| format!("{total} bytes")),
                    self.part_size,
                );
                Err(Error::new(ErrorKind::Integrity, message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_part_is_shorter() {
        let state = TransferState::new(10, Some(25));
        assert_eq!([0, 1, 2, 3].map(|part| state.part_length(part)), [10, 10, 5, 0]);
        let unknown = TransferState::new(10, None);
        assert_eq!(unknown.part_length(7), 10);
        let state = state.with_part(0, "a").with_part(2, "c");
        assert_eq!((state.bytes_done(), state.parts_done()), (15, 2));
        // No state overflows, whatever it contains.
        let huge = TransferState::new(u64::MAX, None).with_part(0, "").with_part(u64::MAX, "");
        assert_eq!(huge.bytes_done(), u64::MAX);
    }

    #[test]
    fn a_state_with_a_part_that_cannot_exist_is_rejected() {
        let check = |part_size, total, part| {
            let state = TransferState { part_size, ..TransferState::new(1, total) };
            state.with_part(part, "").check().map_err(|error| error.kind())
        };
        let rejected = Err(ErrorKind::Integrity);
        assert_eq!(check(10, Some(25), 2), Ok(()));
        assert_eq!(check(10, Some(25), 3), rejected);
        assert_eq!(check(10, Some(0), 0), Ok(()), "an empty file may have an empty part");
        assert_eq!(check(10, Some(0), 1), rejected);
        assert_eq!(check(0, Some(25), 0), rejected, "parts without bytes");
        assert_eq!(check(10, None, 1 << 40), Ok(()));
        assert_eq!(check(10, None, u64::MAX / 10), rejected, "its end is beyond any file");
        assert_eq!(check(u64::MAX, Some(5), u64::MAX), rejected);
    }

    #[test]
    fn the_stored_form_stays_readable() {
        let state = TransferState::new(10, Some(25)).with_part(1, "receipt");
        let stored = r#"{"part_size":10,"total":25,"parts":{"1":"receipt"}}"#;
        assert_eq!(serde_json::to_string(&state).unwrap(), stored);
        assert_eq!(serde_json::from_str::<TransferState>(stored).unwrap(), state);
    }
}
