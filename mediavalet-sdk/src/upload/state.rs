use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use oneteg_http::{Error, ErrorKind, Runtime, SourceIdentity, TransferState};
use serde::{Deserialize, Serialize};

use crate::storage::Link;

/// The form of the state, so that a later version of this crate can tell.
const VERSION: u32 = 1;

/// What another process needs to go on with an upload: as JSON, a kilobyte or two, whatever the file's
/// size.
///
/// **It is a secret for 24 hours**: it has the signed link that the bytes go to. It has no credential of
/// MediaValet. `Debug` shows nothing of the link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UploadState {
    version: u32,
    #[serde(flatten)]
    pub(super) session: Session,
    block_size: u64,
    length: Option<u64>,
    /// The blocks that are done, as ranges with both ends included.
    done: Vec<(u64, u64)>,
    /// Whether MediaValet has accepted the upload.
    #[serde(default)]
    finished: bool,
}

/// What was agreed with MediaValet about an upload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Session {
    /// Of the asset.
    pub(super) id: String,
    pub(super) kind: Kind,
    /// The name that MediaValet gave the bytes.
    pub(super) upload_filename: Option<String>,
    pub(super) link: SavedLink,
    /// Whether the bytes go in one request.
    pub(super) single: bool,
    /// When the file was last changed, in nanoseconds since 1970.
    pub(super) modified: Option<u64>,
    /// The name of the file on disk, which need not be the one it is uploaded under.
    #[serde(default)]
    pub(super) source_name: Option<String>,
    /// The base URL of the API at which the upload was begun.
    #[serde(default)]
    pub(super) target: Option<String>,
    pub(super) details: Details,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    New,
    Version { asset_id: String },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Details {
    pub(super) file_name: String,
    pub(super) title: Option<String>,
    pub(super) description: String,
    pub(super) categories: Vec<String>,
    pub(super) keywords: Vec<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) comment: String,
    pub(super) own_file_name: bool,
}

impl Details {
    /// The title, or the file's name without its extension.
    pub(super) fn title(&self) -> String {
        let stem = || match self.file_name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
            _ => self.file_name.clone(),
        };
        self.title.clone().unwrap_or_else(stem)
    }
}

/// A link as it is kept in a state.
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

impl std::fmt::Debug for SavedLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

pub(super) fn nanoseconds(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos()).ok()
}

impl UploadState {
    pub(super) fn new(session: &Session, transfer: &TransferState, finished: bool) -> Self {
        let mut done: Vec<(u64, u64)> = Vec::new();
        for (part, _) in transfer.parts() {
            match done.last_mut() {
                Some((_, last)) if *last + 1 == part => *last = part,
                _ => done.push((part, part)),
            }
        }
        Self {
            version: VERSION,
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

    /// The id of the asset that the upload is for.
    pub fn asset_id(&self) -> &str {
        &self.session.id
    }

    /// How many blocks are done, as far as the state knows.
    pub fn blocks_done(&self) -> u64 {
        let blocks = |(first, last): &(u64, u64)| last.saturating_sub(*first).saturating_add(1);
        // What a state that somebody made up adds up to is nobody's business, but it must not panic.
        self.done.iter().map(blocks).fold(0, u64::saturating_add)
    }

    /// The same, for the transfer that goes on.
    pub(super) fn transfer(&self) -> TransferState {
        let state = self.empty();
        let parts = self.done.iter().flat_map(|(first, last)| *first..=*last);
        // A state that somebody made up must not fill the memory.
        parts.take(super::MOST_BLOCKS as usize).fold(state, |state, part| state.with_part(part, ""))
    }

    /// The same with nothing done.
    pub(super) fn empty(&self) -> TransferState {
        TransferState::new(self.block_size, self.length)
    }

    /// Whether the state belongs to this source, and to an upload to this server.
    pub(super) fn fits(&self, source: &SourceIdentity, target: &str) -> Result<(), Error> {
        let refused = |message: String| Err(Error::new(ErrorKind::InvalidRequest, message));
        if self.version != VERSION {
            let message = "the state of the upload was written by another version; begin anew";
            return refused(message.to_owned());
        }
        if let Some(begun) = self.session.target.as_deref().filter(|begun| *begun != target) {
            return refused(format!(
                "the upload was begun at {begun} and this client is of {target}; resume it with a \
                 client of that server"
            ));
        }
        let Session { source_name, modified, .. } = &self.session;
        let modified = modified
            .and_then(|after| SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(after)));
        SourceIdentity::new(source_name.clone(), self.length, modified).check(source)
    }
}
