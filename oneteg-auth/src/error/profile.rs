#[cfg(feature = "profiles")]
use std::path::Path;
use std::{io, path::PathBuf, sync::Arc};

use crate::{AuthError, ConnectionError, StoreError, Vendor};

/// Why a profile or its credential cannot be used. No variant can carry a secret.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The user has no configuration folder.
    #[error(
        "the user has no home folder to keep connections in; set ONETEG_CONFIG_DIR to a folder"
    )]
    NoFolder,
    /// The name cannot be the name of a file on every platform.
    #[error(
        "the profile name {found}; use 1 to 64 letters, digits, '-', '_' and '.', and begin with a letter or digit"
    )]
    InvalidName {
        /// What is wrong with the name (`has '/'`).
        found: String,
    },
    /// There is no profile of this name.
    #[error("there is no profile {name} in {}{}", folder.display(), advice(nearest, known))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// Where profiles are looked for.
        folder: PathBuf,
        /// The profile with the most similar name.
        nearest: Option<String>,
        /// The names of all profiles.
        known: Vec<String>,
    },
    /// The name is taken.
    #[error("the profile {name} exists; choose another name, or replace or remove it first")]
    Exists {
        /// The name.
        name: String,
    },
    /// The profile is a connection to another vendor.
    #[error("the profile {name} is a {found} connection; use one with a {expected} connector")]
    OtherVendor {
        /// The name of the profile.
        name: String,
        /// The vendor that the caller needs.
        expected: Vendor,
        /// The vendor of the profile.
        found: Vendor,
    },
    /// The settings in the profile, or those to be written, are faulty.
    #[error("the profile {name}: {source}")]
    Settings {
        /// The name of the profile.
        name: String,
        /// Every faulty setting.
        source: ConnectionError,
    },
    /// Other users of the machine can read or change the file (Unix).
    #[error(
        "other users can read or change {} (mode {mode:03o}); run chmod 600 on it, and replace its secrets if others may have read them",
        path.display()
    )]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Other users of the machine can put files into the folder (Unix).
    #[error("other users can write to {} (mode {mode:03o}); run chmod 700 on it", path.display())]
    FolderWritableByOthers {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is something else than a file of at most 64 KiB.
    #[error("{} is not a file of at most 64 KiB; remove it or choose another name", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file is not UTF-8 text.
    #[error("{} is not UTF-8 text; save it as UTF-8, or remove the profile and add it again", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file does not hold the key of stored sessions.
    #[error("{} does not hold a key of 64 hexadecimal digits; restore it, or remove it and sign in again", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
    },
    /// A file operation failed: a full disk, a read-only folder, a missing permission.
    #[error("{action} {} failed ({}); check space and permissions", path.display(), source.kind())]
    File {
        /// What was being done.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Arc<io::Error>,
    },
    /// The store of sessions cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The credential cannot be used.
    #[error(transparent)]
    Auth(#[from] AuthError),
}

#[cfg(feature = "profiles")]
impl ProfileError {
    /// A failed file operation.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path: path.clone(), source: Arc::new(source) }
    }
}

/// The number of names that an error lists.
const LISTED: usize = 8;

fn advice(nearest: &Option<String>, known: &[String]) -> String {
    match (nearest, known.len()) {
        (Some(nearest), _) => format!("; did you mean {nearest}?"),
        (None, 0) => "; add it first".to_owned(),
        (None, count) if count <= LISTED => format!("; use one of {}", known.join(", ")),
        (None, count) => {
            format!("; use one of {} and {} more", known[..LISTED].join(", "), count - LISTED)
        }
    }
}
