//! An asset: its files, what is said of it, and whether it is ready.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{MediaFile, Upload};

/// The status of an asset that is checked out.
const CHECKED_OUT: i64 = 9;

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
    /// The versions, oldest first; there is always one.
    pub(crate) files: Vec<Arc<MediaFile>>,
    pub(crate) checked_out: Option<CheckOut>,
    pub(crate) check_in_comment: Option<String>,
    /// Seconds since the epoch, as the two below.
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) soft_deleted: Option<i64>,
    /// How many looks it takes until it is ready.
    pub(crate) pending: u32,
    /// The caller may not see it.
    pub(crate) restricted: bool,
}

#[derive(Debug)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) version: usize,
    pub(crate) at: i64,
}

/// An asset that somebody works on.
#[derive(Debug)]
pub(crate) struct CheckOut {
    pub(crate) comment: String,
    pub(crate) at: i64,
    /// The new version on its way.
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
            pending: 0,
            restricted: false,
        }
    }

    /// The current version.
    pub(crate) fn file(&self) -> &Arc<MediaFile> {
        // The first is there from the start on and none is ever taken away.
        self.files.last().unwrap_or(&self.files[0])
    }

    pub(crate) fn shown_status(&self) -> i64 {
        if self.checked_out.is_some() { CHECKED_OUT } else { self.status }
    }

    /// Gives the current version another name.
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
