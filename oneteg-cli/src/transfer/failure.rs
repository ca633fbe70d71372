//! What a failure of one file means for the others.

use std::{error::Error as StdError, io, path::Path};

use oneteg_http::{Error, ErrorKind};

/// The end of the message of a local error if the disk is full.
const DISK_FULL: &str = ": the disk is full";

/// An error of the disk, with the path.
pub(crate) fn local_error(what: &str, path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Io,
    };
    let reason = if is_full(&error) { DISK_FULL.to_owned() } else { format!(": {error}") };
    Error::new(kind, format!("cannot {what} {}{reason}", path.display()))
}

/// Whether an error is that of a disk without space. Further downloads would fail as well.
fn is_disk_full(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref::<io::Error>().is_some_and(is_full) {
            return true;
        }
        source = cause.source();
    }
    error.kind() == ErrorKind::Io && error.message().ends_with(DISK_FULL)
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether the same failure awaits every other file: the run stops.
pub(super) fn concerns_all(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Authentication | ErrorKind::Configuration | ErrorKind::Cancelled
    ) || is_disk_full(error)
}

/// Whether a failure may go away, so that the same command may succeed later.
pub(super) fn may_pass(error: &Error) -> bool {
    // The file has changed during its transfer.
    error.is_retryable() || error.kind() == ErrorKind::Integrity
}

/// Whether a resumed transfer may succeed from the same state later. Otherwise the state is of no more use.
pub(super) fn keeps_state(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Connect
            | ErrorKind::Transport
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::RateLimited
            | ErrorKind::Locked
            | ErrorKind::Authentication
            | ErrorKind::PermissionDenied
            | ErrorKind::Configuration
            | ErrorKind::Cancelled
            | ErrorKind::Io
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_found_among_the_sources() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = local_error("write", Path::new("a"), full);
        assert!(is_disk_full(&error) && concerns_all(&error));
        assert_eq!(error.message(), "cannot write a: the disk is full");
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let error = local_error("write", Path::new("a"), denied);
        assert!(!is_disk_full(&error) && !concerns_all(&error));
        assert_eq!(error.kind(), ErrorKind::Io);
    }
}
