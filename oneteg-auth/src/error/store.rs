#[cfg(feature = "oauth")]
use std::path::Path;
use std::{io, path::PathBuf, sync::Arc};

use crate::CredentialVersion;

/// The action of an error while a record is read from its file.
pub(crate) const READING: &str = "reading";

/// Why a store rejected a change or failed. No variant can carry a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The lease has run out or belongs to somebody else; nothing was written.
    #[error("the lease on this session was lost to another process; load the session again")]
    LeaseLost,
    /// The tokens have changed since they were loaded; nothing was written.
    #[error("the session has changed to version {}; load it again", found.0)]
    VersionConflict {
        /// The version that is stored now.
        found: CredentialVersion,
    },
    /// Another process held the lock or the lease for too long.
    #[error("the token store stayed locked by another process; retry")]
    Busy,
    /// The store could not be reached or written at the moment.
    #[error("the token store was not available while {action}; retry when it is")]
    Unavailable {
        /// What the store was doing.
        action: &'static str,
        /// The cause.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A file operation failed: a full disk, a read-only folder, a missing permission.
    #[error("{action} {} failed ({}); check space and permissions", path.display(), source.kind())]
    File {
        /// What the store was doing.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Arc<io::Error>,
    },
    /// Other users can write to the folder of sessions, and its mode cannot be changed.
    #[error("other users can write to {} (mode {mode:o}); run chmod 700 on it or choose a separate folder", path.display())]
    FolderNotPrivate {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The record was changed by somebody without the key, or belongs to another session.
    #[error("the stored session was altered or damaged; restore it or sign in again")]
    Tampered,
    /// The file is not a session record.
    #[error(
        "the file is not a session record; choose a separate folder for the store, or sign in again to replace it"
    )]
    NotASessionRecord,
    /// The record was written by a newer release.
    #[error(
        "the stored session has schema {found}, this release reads up to {known}; update this program, or sign in again to replace it"
    )]
    NewerSchema {
        /// The schema of the record.
        found: u32,
        /// The newest schema this release knows.
        known: u32,
    },
    /// The record was sealed with a key that the store does not have.
    #[error(
        "the stored session is sealed with key {key_id:?}; add that key as an old key, or sign in again"
    )]
    UnknownKey {
        /// The identifier of the missing key.
        key_id: String,
    },
    /// A sealing key or its identifier cannot be used.
    #[error("the sealing key cannot be used: {reason}")]
    InvalidKey {
        /// Why.
        reason: &'static str,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable { .. } | Self::File { .. } | Self::LeaseLost)
            || matches!(self, Self::VersionConflict { .. })
    }

    /// Whether there is a record that this store cannot read. A sign-out or a sign-in replaces it.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Tampered
            | Self::NotASessionRecord
            | Self::NewerSchema { .. }
            | Self::UnknownKey { .. } => true,
            // Another user's file, perhaps because the program once ran as that user.
            Self::File { action, source, .. } => {
                *action == READING && source.kind() == io::ErrorKind::PermissionDenied
            }
            _ => false,
        }
    }

    /// A failed file operation.
    #[cfg(feature = "oauth")]
    pub(crate) fn file(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path: path.clone(), source: Arc::new(source) }
    }

    /// Wraps the error of a store's backend as [`StoreError::Unavailable`]. Its message must contain no secret.
    pub fn unavailable(
        action: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { action, source: Arc::from(source.into()) }
    }
}
