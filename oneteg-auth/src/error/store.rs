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
    /// The server of a shared store refused a step.
    #[error("{server} refused {action}: {fault}")]
    Server {
        /// The kind of server.
        server: &'static str,
        /// What the store was doing.
        action: &'static str,
        /// Why.
        fault: ServerFault,
        /// The cause, as the server or its client reports it.
        #[source]
        source: Option<Arc<dyn std::error::Error + Send + Sync>>,
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

/// Why the server of a shared store (Redis, PostgreSQL) refused a step. No stored session is changed by any of
/// these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerFault {
    /// The URL is not one of this kind of server, or an option in it is unknown.
    #[error("its URL cannot be used ({reason})")]
    Url {
        /// What is wrong with it; never the URL itself, which may hold a password.
        reason: String,
    },
    /// A setting of the store cannot be used.
    #[error("a setting cannot be used ({reason})")]
    Setting {
        /// Which, and why.
        reason: String,
    },
    /// The password or the user name is wrong or missing.
    #[error("the user name or the password is wrong; check the URL of the store")]
    Credentials,
    /// The user may not do what a token store does.
    #[error("the user lacks a permission; grant what the documentation of the store lists")]
    Permission,
    /// No TLS connection: the server has none, or its certificate is not trusted.
    #[error(
        "no TLS connection; enable TLS on the server and trust its certificate, or turn TLS off in the URL"
    )]
    Tls,
    /// The server has no memory or disk left.
    #[error("it has no space left; free some, nothing was changed")]
    Full,
    /// The server may delete sessions to free memory.
    #[error("its memory policy {policy:?} may delete sessions; set `maxmemory-policy noeviction`")]
    Evicting {
        /// The policy.
        policy: String,
    },
    /// Fewer replicas than demanded have confirmed the write. It is on the primary, and a fail-over may lose it.
    #[error("{confirmed} of {needed} replicas have confirmed it; check the replicas, then retry")]
    NotReplicated {
        /// How many have.
        confirmed: u32,
        /// How many should have.
        needed: u32,
    },
    /// The server is older than the store supports.
    #[error("it is too old; use {needed} or later")]
    TooOld {
        /// The oldest that is supported.
        needed: &'static str,
    },
    /// The server is a replica, or starting, or about to become the new primary.
    #[error("it accepts no writes at the moment; retry, or connect to the primary")]
    ReadOnly,
    /// The server has no connection left.
    #[error(
        "it has no connection left; raise its limit, or lower the number that each program uses"
    )]
    TooManyConnections,
    /// The tables of the store are missing or old.
    #[error("its tables have version {found} of {needed}; run the store's `migrate` once")]
    NotMigrated {
        /// The version of the tables; 0 if there are none.
        found: u32,
        /// The version that this release needs.
        needed: u32,
    },
    /// The tables are those of a newer release that this one cannot use.
    #[error(
        "its tables have version {found}, this release knows up to {known}; update this program"
    )]
    NewerSchema {
        /// The version of the tables.
        found: u32,
        /// The newest version that this release knows.
        known: u32,
    },
    /// Data of the store was not written by it.
    #[error("{what} is not as this store writes it; restore it, or sign in again")]
    Altered {
        /// What it is.
        what: String,
    },
    /// The server refused for another reason.
    #[error("see the cause")]
    Other,
}

impl StoreError {
    /// Whether the same call may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable { .. } | Self::File { .. } | Self::LeaseLost)
            || matches!(self, Self::VersionConflict { .. })
            || matches!(
                self,
                Self::Server {
                    fault: ServerFault::Full
                        | ServerFault::ReadOnly
                        | ServerFault::NotReplicated { .. }
                        | ServerFault::TooManyConnections,
                    ..
                }
            )
    }

    /// Whether there is a record that this store cannot read. A sign-out or a sign-in replaces it.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Tampered
            | Self::NotASessionRecord
            | Self::NewerSchema { .. }
            | Self::UnknownKey { .. }
            | Self::Server { fault: ServerFault::Altered { .. }, .. } => true,
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
