//! Errors of cassettes.

use std::{io, path::PathBuf};

/// Why a cassette cannot be read, written or replayed to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CassetteError {
    /// The file cannot be read or written. Check the path and its permissions.
    #[error("the cassette {path} cannot be {action}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        action: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// A line is not what the format requires. Record the cassette again, or restore the file.
    #[error("line {line} of the cassette is not valid: {reason}")]
    Format {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A newer version wrote the cassette. Update this crate, or record the cassette again.
    #[error(
        "the cassette has format {found}, and this version reads up to {newest}; update or record it again"
    )]
    Version {
        /// The format of the file.
        found: u64,
        /// The newest format that this version reads.
        newest: u64,
    },
    /// Calls of the cassette were not made. The message names them.
    #[error("{count} of the calls in the cassette were not made, first {first}")]
    Unused {
        /// The number of calls.
        count: usize,
        /// The first of them.
        first: String,
    },
}

impl CassetteError {
    pub(super) fn format(line: usize, reason: impl Into<String>) -> Self {
        Self::Format { line, reason: reason.into() }
    }
}
