use std::{fmt, time::SystemTime};

use chrono::{DateTime, Utc};
use oneteg_http::{Error, ErrorKind, SourceIdentity};
use serde::{Deserialize, Serialize};

use super::UploadMethod;

/// What another process needs to go on with an upload: as JSON, some hundred bytes.
///
/// It has no credential, but names the upload on the server: keep it where the program keeps its own data.
/// The bytes themselves come from the same source again.
#[derive(Clone, Serialize, Deserialize)]
pub struct UploadState {
    pub(super) method: UploadMethod,
    pub(super) folder_id: i64,
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) piece_size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<DateTime<Utc>>,
    /// When the file on disk was last changed, in states of versions without `source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source_modified: Option<DateTime<Utc>>,
    /// What identifies the source, to notice a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<SourceIdentity>,
    /// The platform at which the upload was begun. Only compared; nothing is sent there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tus: Option<TusSession>,
}

/// An upload that was opened on the server.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TusSession {
    /// The session key, which opens and closes the upload.
    pub(super) token: String,
    /// Path and query of the upload. Never a host: a state that somebody changed must not lead the
    /// credential elsewhere.
    pub(super) location: String,
}

impl UploadState {
    /// How the file is sent.
    pub fn method(&self) -> UploadMethod {
        self.method
    }

    /// The folder it goes to.
    pub fn folder_id(&self) -> i64 {
        self.folder_id
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether the state belongs to this source, and to an upload to this platform.
    pub(super) fn fits(&self, source: &SourceIdentity, target: &str) -> Result<(), Error> {
        if let Some(begun) = self.target.as_deref().filter(|begun| *begun != target) {
            let message = format!(
                "the upload was begun at {begun} and this client is of {target}; resume it with a \
                 client of that platform"
            );
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let saved = self.source.clone();
        let saved = saved.unwrap_or_else(|| {
            SourceIdentity::new(None, None, self.source_modified.map(SystemTime::from))
        });
        saved.check(source)?;
        SourceIdentity::new(None, Some(self.size), None).check(source)
    }
}

impl fmt::Debug for UploadState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadState")
            .field("method", &self.method)
            .field("folder_id", &self.folder_id)
            .field("name", &self.name)
            .field("size", &self.size)
            .field("opened", &self.tus.is_some())
            .finish_non_exhaustive()
    }
}
