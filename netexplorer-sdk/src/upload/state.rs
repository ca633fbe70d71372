use std::{fmt, time::SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use oneteg_http::{Error, ErrorKind, SourceIdentity};
use serde::{Deserialize, Serialize};

use super::UploadMethod;

/// What a process needs to resume an upload. A few hundred bytes as JSON.
///
/// It contains no credential, but identifies the upload on the server: store it like other private data of the
/// program. The bytes are not in it; resuming reads them from the same source again.
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
    /// Modification time of the source file, in states saved before `source` existed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source_modified: Option<DateTime<Utc>>,
    /// Identifies the source, to detect a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<SourceIdentity>,
    /// Base URL of the platform the upload was started on. It is only compared; nothing is sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tus: Option<TusSession>,
}

/// A TUS upload that is open on the server.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TusSession {
    /// The session key, which opens and closes the upload.
    pub(super) token: String,
    /// Path and query of the upload. Never a host: a modified state must not send the credential to another
    /// server.
    pub(super) location: String,
}

impl UploadState {
    /// How the file is sent.
    pub fn method(&self) -> UploadMethod {
        self.method
    }

    /// ID of the folder that receives the file.
    pub fn folder_id(&self) -> i64 {
        self.folder_id
    }

    /// The name requested for the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The dates to give the file, by the names of the API, in its format (RFC 3339, whole seconds).
    pub(super) fn formatted_dates(&self) -> impl Iterator<Item = (&'static str, String)> {
        let dates = [("creation", self.created), ("modification", self.modified)];
        dates.into_iter().filter_map(|(name, date)| {
            Some((name, date?.to_rfc3339_opts(SecondsFormat::Secs, true)))
        })
    }

    /// Checks that the state belongs to this source and to an upload on this platform.
    pub(super) fn check_matches(&self, source: &SourceIdentity, target: &str) -> Result<(), Error> {
        if let Some(started) = self.target.as_deref().filter(|started| *started != target) {
            let message = format!(
                "the upload was started on {started}, but this client is for {target}; resume it with a \
                 client for that platform"
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(members: serde_json::Value) -> UploadState {
        let mut state =
            json!({"method": "tus", "folder_id": 1, "name": "a", "size": 7, "piece_size": 3});
        let members = members.as_object().unwrap().clone();
        state.as_object_mut().unwrap().extend(members);
        serde_json::from_value(state).unwrap()
    }

    #[test]
    fn a_state_matches_its_source_and_its_platform() {
        let platform = "https://c.example/api";
        let of_length = |length| SourceIdentity::new(None, Some(length), None);
        let saved = state(json!({"target": platform}));
        saved.check_matches(&of_length(7), platform).unwrap();
        let kind = |result: Result<(), Error>| result.unwrap_err().kind();
        assert_eq!(kind(saved.check_matches(&of_length(8), platform)), ErrorKind::Integrity);
        let other = "https://d.example/api";
        assert_eq!(kind(saved.check_matches(&of_length(7), other)), ErrorKind::InvalidRequest);
        // States saved by older versions have no target.
        state(json!({})).check_matches(&of_length(7), other).unwrap();
    }

    #[test]
    fn dates_are_sent_in_whole_seconds() {
        let dated = state(json!({"created": "2020-01-02T03:04:05.999Z"}));
        let dates: Vec<_> = dated.formatted_dates().collect();
        assert_eq!(dates, [("creation", "2020-01-02T03:04:05Z".to_owned())]);
        assert_eq!(state(json!({})).formatted_dates().count(), 0);
    }

    #[test]
    fn the_session_key_is_not_shown() {
        let open = state(json!({"tus": {"token": "canary", "location": "/api/tus/canary"}}));
        let shown = format!("{open:?}");
        assert!(shown.contains("opened: true") && !shown.contains("canary"), "{shown}");
    }
}
