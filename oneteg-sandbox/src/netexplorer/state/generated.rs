//! Generated files: a platform with many of them costs no memory, because a folder is filled when a request looks at it.
//!
//! ```text
//! Généré              the top folder, below the first root
//!   Lot 0001          100 series each
//!     Série 001       100 files each
//!       Fichier 0000001.txt
//! ```
//! A folder that is still to be filled is *unfilled*. Ids follow from the position in the tree, so they do not depend on
//! the order in which folders are filled.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::content::StoredContent;

/// The number of entries of a batch, and of a series.
pub(super) const FANOUT: u64 = 100;

/// The number of files in a batch.
pub(super) const BATCH: u64 = FANOUT * FANOUT;

/// The first ids of generated folders, and of the versions of generated files.
pub(super) const FIRST_FOLDER: u64 = 1_000_001;
pub(super) const FIRST_FILE: u64 = 100_000_001;

/// The largest number of generated files. The ids of their folders stay below those of the files, and the top folder has
/// at most 10,000 batches.
pub(super) const MAX_FILES: u64 = 100_000_000;

/// The length of every generated file, in bytes.
pub(super) const FILE_LENGTH: u64 = 64;

/// The date of the first generated file: 13 September 2020, 12:26:40 UTC, in seconds. Each is a second younger.
const FIRST_DATE: i64 = 1_600_000_000;

/// An unfilled folder, with the files that belong below it, counted from 0.
#[derive(Debug, Clone)]
pub(super) enum Unfilled {
    Top(Range<u64>),
    Batch(Range<u64>),
    Series(Range<u64>),
}

impl Unfilled {
    pub(super) fn files(&self) -> &Range<u64> {
        match self {
            Self::Top(files) | Self::Batch(files) | Self::Series(files) => files,
        }
    }
}

/// How much is in unfilled folders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UnfilledTotals {
    pub(crate) folders: u64,
    pub(crate) files: u64,
    /// Bytes.
    pub(crate) size: u64,
}

/// The generated files of a platform.
#[derive(Debug, Default)]
pub(crate) struct GeneratedFiles {
    pub(super) count: u64,
    pub(super) top: u64,
    pub(super) unfilled: BTreeMap<u64, Unfilled>,
}

/// The date of a file or folder, by the number of its first file.
pub(super) fn date(file: u64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(FIRST_DATE, 0).unwrap_or_default();
    start + TimeDelta::seconds(i64::try_from(file).unwrap_or(0))
}

pub(super) fn batch_id(file: u64) -> u64 {
    FIRST_FOLDER + file / BATCH * (FANOUT + 1)
}

pub(super) fn series_id(file: u64) -> u64 {
    batch_id(file) + 1 + file % BATCH / FANOUT
}

pub(super) fn file_content(file: u64) -> StoredContent {
    let text = format!("Fichier {:0>1$}\n", file + 1, FILE_LENGTH as usize - 9);
    StoredContent::new(text.into())
}

/// `files` in parts of `size`.
pub(super) fn parts(files: &Range<u64>, size: u64) -> impl Iterator<Item = Range<u64>> {
    let (start, end) = (files.start, files.end);
    (start..end)
        .step_by(usize::try_from(size).unwrap_or(usize::MAX))
        .map(move |first| first..(first + size).min(end))
}
