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

    /// Renames the file of the current version.
    pub(crate) fn rename_file(&mut self, name: &str) {
        let renamed = Arc::new(self.file().renamed(name));
        if let Some(last) = self.files.last_mut() {
            *last = renamed;
        }
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
