//! What an upload needs to be resumed, and how it is saved.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    time::{Duration, SystemTime},
};

use oneteg_http::{Error, ErrorKind, Runtime, SourceIdentity, TransferState};
use serde::{Deserialize, Serialize};

use super::plan::MAX_BLOCKS;
use crate::storage::Link;

/// The version of the saved format. Increase it if older versions of this crate would misread a state.
const FORMAT_VERSION: u32 = 1;

/// What another process needs to resume an upload. As JSON it has one or two kilobytes, whatever the size of the
/// file.
///
/// **It is a secret for 24 hours**, since it contains the signed link that the bytes are sent to. It contains no
/// MediaValet credential. `Debug` does not show the link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadState {
    version: u32,
    #[serde(flatten)]
    pub(super) session: UploadSession,
    block_size: u64,
    length: Option<u64>,
    /// The blocks that are done, as ranges that include both ends.
    done: Vec<(u64, u64)>,
    /// Whether MediaValet has accepted the upload. Missing in older states.
    #[serde(default)]
    finished: bool,
}

/// What identifies an upload at MediaValet and at the storage host, and what is sent with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct UploadSession {
    /// The id of the asset.
    pub(super) id: String,
    pub(super) kind: UploadKind,
    /// The name that MediaValet gave the upload.
    pub(super) upload_filename: Option<String>,
    pub(super) link: SavedLink,
    /// Whether the file is sent in one request.
    pub(super) single: bool,
    /// When the file was last modified, in nanoseconds since 1970.
    pub(super) modified: Option<u64>,
    /// The name of the file on disk, which may differ from the name it is uploaded under. Missing in older states.
    #[serde(default)]
    pub(super) source_name: Option<String>,
    /// The base URL of the API at which the upload was started. Missing in older states.
    #[serde(default)]
    pub(super) target: Option<String>,
    pub(super) details: AssetDetails,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UploadKind {
    /// A new asset.
    New,
    /// A new version of an asset.
    Version { asset_id: String },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct AssetDetails {
    pub(super) file_name: String,
    pub(super) title: Option<String>,
    pub(super) description: String,
    pub(super) categories: Vec<String>,
    pub(super) keywords: Vec<String>,
    /// Missing in older states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lightboxes: Vec<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) comment: String,
    pub(super) own_file_name: bool,
}

impl AssetDetails {
    /// The title, or the file name without its extension.
    pub(super) fn title(&self) -> String {
        let stem = || match self.file_name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
            _ => self.file_name.clone(),
        };
        self.title.clone().unwrap_or_else(stem)
    }
}

/// A link in a saved state. It is validated when it is opened, since a state may have been changed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct SavedLink(String);

impl SavedLink {
    pub(super) fn new(link: &Link) -> Self {
        Self(link.as_str().to_owned())
    }

    pub(super) fn open(&self, runtime: &Runtime) -> Result<Link, Error> {
        Link::parse(&self.0, runtime)
    }
}

impl fmt::Debug for SavedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A time in nanoseconds since 1970; `None` for an earlier one.
pub(super) fn nanoseconds(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos()).ok()
}

impl UploadState {
    pub(super) fn new(session: &UploadSession, transfer: &TransferState, finished: bool) -> Self {
        let mut done: Vec<(u64, u64)> = Vec::new();
        for (part, _) in transfer.parts() {
            match done.last_mut() {
                Some((_, last)) if *last + 1 == part => *last = part,
                _ => done.push((part, part)),
            }
        }
        Self {
            version: FORMAT_VERSION,
            session: session.clone(),
            block_size: transfer.part_size(),
            length: transfer.total(),
            done,
            finished,
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// The length of the file in bytes, if known.
    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    /// Returns the id of the asset.
    pub fn asset_id(&self) -> &str {
        &self.session.id
    }

    /// Returns the number of blocks that were done when the state was saved.
    pub fn blocks_done(&self) -> u64 {
        let blocks = |(first, last): &(u64, u64)| last.saturating_sub(*first).saturating_add(1);
        // Saturates, so that an edited state causes no panic.
        self.done.iter().map(blocks).fold(0, u64::saturating_add)
    }

    /// The state for a transfer that skips the blocks that are done.
    pub(super) fn transfer_state(&self) -> TransferState {
        let state = self.empty_transfer_state();
        let parts = self.done.iter().flat_map(|(first, last)| *first..=*last);
        // Limited, so that an edited state cannot exhaust the memory.
        parts.take(MAX_BLOCKS as usize).fold(state, |state, part| state.with_part(part, ""))
    }

    /// The state for a transfer from the start.
    pub(super) fn empty_transfer_state(&self) -> TransferState {
        TransferState::new(self.block_size, self.length)
    }

    /// Checks that the state of a state file belongs to this upload, and not to another one.
    pub(super) fn check_belongs_to(
        &self,
        kind: &UploadKind,
        file_name: &str,
        path: &Path,
    ) -> Result<(), Error> {
        let UploadSession { kind: saved, details, .. } = &self.session;
        if saved == kind && details.file_name == file_name {
            return Ok(());
        }
        let message = format!(
            "the state file {} belongs to another upload; use one for each upload",
            path.display()
        );
        Err(Error::new(ErrorKind::InvalidRequest, message))
    }

    /// Checks that the state belongs to this source, and to an upload to this server.
    pub(super) fn check_matches(&self, source: &SourceIdentity, target: &str) -> Result<(), Error> {
        let refused = |message: String| Err(Error::new(ErrorKind::InvalidRequest, message));
        if self.version != FORMAT_VERSION {
            let message =
                "the state was saved by another version of this crate; start the upload again";
            return refused(message.to_owned());
        }
        if let Some(started) = self.session.target.as_deref().filter(|url| *url != target) {
            return refused(format!(
                "the upload was started at {started}, but this client is for {target}; resume it with a \
                 client for that server"
            ));
        }
        let UploadSession { source_name, modified, .. } = &self.session;
        let modified = modified
            .and_then(|after| SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(after)));
        SourceIdentity::new(source_name.clone(), self.length, modified).check(source)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A state as saved by the first version of this crate.
    fn saved() -> Value {
        json!({
            "version": 1, "id": "a", "kind": "new", "upload_filename": null,
            "link": "https://h/c/b?sig=canary", "single": false, "modified": 1_500_000_000,
            "block_size": 10, "length": 95, "done": [[0, 2], [4, 4]],
            "details": {"file_name": "harbour.jpg", "title": null, "description": "", "categories": ["c"],
                "keywords": [], "attributes": {}, "comment": "", "own_file_name": true},
        })
    }

    fn state(change: impl FnOnce(&mut Value)) -> UploadState {
        let mut saved = saved();
        change(&mut saved);
        serde_json::from_value(saved).unwrap()
    }

    fn source(name: Option<&str>, length: u64) -> SourceIdentity {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_500_000_000);
        SourceIdentity::new(name.map(str::to_owned), Some(length), Some(modified))
    }

    #[test]
    fn a_state_round_trips_and_does_not_show_its_link() {
        let state = state(|_| {});
        assert!(!format!("{state:?}").contains("canary"));
        assert_eq!((state.asset_id(), state.blocks_done(), state.is_finished()), ("a", 4, false));
        let written = serde_json::to_value(&state).unwrap();
        for (name, value) in saved().as_object().unwrap() {
            assert_eq!(&written[name], value, "{name}");
        }
        let again = UploadState::new(&state.session, &state.transfer_state(), false);
        assert_eq!(again, state);
        assert_eq!(UploadState::new(&state.session, &state.empty_transfer_state(), true).done, []);
        let version = self::state(|saved| saved["kind"] = json!({"version": {"asset_id": "b"}}));
        assert_eq!(version.session.kind, UploadKind::Version { asset_id: "b".to_owned() });
    }

    #[test]
    fn a_state_belongs_to_one_file_and_one_server() {
        let check = |state: &UploadState, source: &SourceIdentity| {
            state.check_matches(source, "https://api/").map_err(|error| error.kind())
        };
        let named = state(|saved| {
            saved["source_name"] = "harbour.jpg".into();
            saved["target"] = "https://api/".into();
        });
        assert_eq!(check(&named, &source(Some("harbour.jpg"), 95)), Ok(()));
        assert_eq!(check(&named, &source(Some("other.jpg"), 95)), Err(ErrorKind::Integrity));
        assert_eq!(check(&named, &source(Some("harbour.jpg"), 96)), Err(ErrorKind::Integrity));
        // States of older versions have neither name nor server.
        assert_eq!(check(&state(|_| {}), &source(Some("other.jpg"), 95)), Ok(()));
        let elsewhere = state(|saved| saved["target"] = "https://other/".into());
        assert_eq!(check(&elsewhere, &source(None, 95)), Err(ErrorKind::InvalidRequest));
        let newer = state(|saved| saved["version"] = 2.into());
        assert_eq!(check(&newer, &source(None, 95)), Err(ErrorKind::InvalidRequest));
    }

    #[test]
    fn an_edited_state_neither_panics_nor_fills_the_memory() {
        let all = state(|saved| saved["done"] = json!([[0, u64::MAX], [0, u64::MAX], [7, 2]]));
        assert_eq!(all.blocks_done(), u64::MAX);
        assert!(all.transfer_state().parts().count() <= MAX_BLOCKS as usize);
    }

    #[test]
    fn the_title_defaults_to_the_file_name_without_its_extension() {
        for (file_name, expected) in [
            ("harbour at dawn.jpg", "harbour at dawn"),
            ("a.tar.gz", "a.tar"),
            (".profile", ".profile"),
            ("README", "README"),
        ] {
            let details =
                AssetDetails { file_name: file_name.to_owned(), ..AssetDetails::default() };
            assert_eq!(details.title(), expected);
        }
        let details = AssetDetails { title: Some("T".to_owned()), ..AssetDetails::default() };
        assert_eq!(details.title(), "T");
    }
}
