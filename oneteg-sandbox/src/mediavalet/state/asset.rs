//! An asset: its metadata, its versions, and its processing and check-out states.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::file::MediaFile;
use super::objects::Upload;

/// The status of a checked-out asset.
const STATUS_CHECKED_OUT: i64 = 9;

#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) alt_text: String,
    /// 0 approved, 2 pending approval, 5 rejected, 7 expired.
    pub(crate) status: i64,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) comments: Vec<Comment>,
    /// Ids of the assets that are derived from this one.
    pub(crate) derived: Vec<String>,
    pub(crate) autotags: Vec<Autotag>,
    pub(crate) history: Vec<HistoryEntry>,
    /// The number of reported views.
    pub(crate) views: u64,
    /// Whether the caller follows it.
    pub(crate) followed: bool,
    pub(crate) rating: Option<i64>,
    /// The versions, oldest first; there is at least one.
    pub(crate) files: Vec<Arc<MediaFile>>,
    pub(crate) checked_out: Option<CheckOut>,
    pub(crate) check_in_comment: Option<String>,
    /// Seconds since the epoch, like the next two.
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) soft_deleted: Option<i64>,
    /// The number of polls until it is ready.
    pub(crate) polls_until_ready: u32,
    /// Whether the caller may not see it.
    pub(crate) restricted: bool,
}

#[derive(Debug)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) version: usize,
    pub(crate) at: i64,
}

/// A tag that an image recognition has found.
#[derive(Debug, Clone)]
pub(crate) struct Autotag {
    pub(crate) id: String,
    pub(crate) name: String,
    /// From 0 to 1.
    pub(crate) confidence: f64,
}

/// Something that happened to an asset.
#[derive(Debug)]
pub(crate) struct HistoryEntry {
    pub(crate) kind: &'static str,
    pub(crate) comment: Option<String>,
    pub(crate) at: i64,
}

/// The check-out of an asset that somebody is editing.
#[derive(Debug)]
pub(crate) struct CheckOut {
    pub(crate) comment: String,
    pub(crate) at: i64,
    /// The upload of the new version, once it has started.
    pub(crate) upload: Option<Upload>,
}

impl Asset {
    pub(crate) fn new(id: String, file: MediaFile, title: String, at: i64) -> Self {
        Self {
            id,
            title,
            description: String::new(),
            alt_text: String::new(),
            status: 0,
            attributes: BTreeMap::new(),
            keywords: Vec::new(),
            categories: Vec::new(),
            comments: Vec::new(),
            derived: Vec::new(),
            autotags: Vec::new(),
            history: vec![HistoryEntry { kind: "Uploaded", comment: None, at }],
            views: 0,
            followed: false,
            rating: None,
            files: vec![Arc::new(file)],
            checked_out: None,
            check_in_comment: None,
            created: at,
            modified: at,
            soft_deleted: None,
            polls_until_ready: 0,
            restricted: false,
        }
    }

    /// The file of the current version.
    pub(crate) fn file(&self) -> &Arc<MediaFile> {
        // `new` adds the first file, and files are never removed.
        self.files.last().unwrap_or(&self.files[0])
    }

    /// The status that responses show.
    pub(crate) fn effective_status(&self) -> i64 {
        if self.checked_out.is_some() { STATUS_CHECKED_OUT } else { self.status }
    }

    /// Whether lists contain it.
    pub(crate) fn is_listed(&self, include_deleted: bool) -> bool {
        self.polls_until_ready == 0
            && !self.restricted
            && (include_deleted || self.soft_deleted.is_none())
    }

    /// Renames the file of the current version.
    pub(crate) fn rename_file(&mut self, name: &str) {
        let renamed = Arc::new(self.file().renamed(name));
        if let Some(last) = self.files.last_mut() {
            *last = renamed;
        }
    }

    /// Adds an entry to the history.
    pub(crate) fn remember(&mut self, kind: &'static str, comment: Option<&str>, at: i64) {
        self.history.push(HistoryEntry { kind, comment: comment.map(str::to_owned), at });
    }

    pub(crate) fn add_keywords(&mut self, keywords: &[String]) {
        for keyword in keywords {
            if !self.keywords.iter().any(|known| known.eq_ignore_ascii_case(keyword)) {
                self.keywords.push(keyword.clone());
            }
        }
    }

    pub(crate) fn add_categories(&mut self, ids: &[String]) {
        for id in ids {
            if !self.categories.contains(id) {
                self.categories.push(id.clone());
            }
        }
    }
}
