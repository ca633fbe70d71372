use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::CredentialVersion;

/// What is being done when a record is read from its file.
pub(crate) const READING: &str = "reading";

/// Why a store refused or failed. No variant can carry a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The lease ran out or went to somebody else: the write was refused.
    #[error("the lease on this session was lost to another process; read the session again")]
    LeaseLost,
    /// The tokens changed since they were read: the write was refused.
    #[error("the session moved to version {}; read it again", found.0)]
    VersionConflict {
        /// The version that is stored now.
        found: CredentialVersion,
    },
    /// Another process kept the store's lock for too long.
    #[error("the token store stayed locked by another process; try again")]
    Busy,
    /// The store could not be reached or written for now.
    #[error("the token store is not available while {action}; try again when it is")]
    Unavailable {
        /// What was being done.
        action: &'static str,
        /// The cause.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A file operation failed: a full disk, a read-only folder, a missing permission.
    #[error("{action} {} failed ({}); check space and permissions", path.display(), source.kind())]
    File {
        /// What was being done.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Arc<io::Error>,
    },
    /// The folder of sessions can be written by other users, and cannot be closed to them.
    #[error("other users can write to {} (mode {mode:o}); run chmod 700 on it or choose a folder of its own", path.display())]
    FolderNotPrivate {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The record was changed by somebody without the key, or is another session's record.
    #[error("the stored session was altered or damaged; restore it or sign in again")]
    Tampered,
    /// The record is no session record at all.
    #[error(
        "the file is no token store of ours; point the store at a folder of its own, or sign in again to replace it"
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
    /// The record was sealed with a key that was not given.
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
    /// Whether the same call may succeed later without anybody's doing.
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
            // Somebody else's file, perhaps since the program once ran as another user.
            Self::File { action, source, .. } => {
                *action == READING && source.kind() == io::ErrorKind::PermissionDenied
            }
            _ => false,
        }
    }

    /// A failed file operation.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path: path.clone(), source: Arc::new(source) }
    }

    /// Wraps a store's own error as [`StoreError::Unavailable`]. Its text must be free of secrets.
    pub fn unavailable(
        action: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable { action, source: Arc::from(source.into()) }
    }
}
