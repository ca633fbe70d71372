//! What happens during a command, as programs read it: one JSON object per line.

use oneteg_http::Error;
use serde::Serialize;

use crate::{
    error::{CliError, Exit},
    transfer::failure::may_pass,
};

/// An event. The member `event` has its name.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event<'a> {
    /// What a sync will do.
    Plan {
        folders: usize,
        transfers: usize,
        bytes: u64,
        same: usize,
        deletions: usize,
        failed: usize,
    },
    /// One step of a plan that is only shown.
    Planned {
        action: &'static str,
        path: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(skip_serializing_if = "str::is_empty")]
        reason: &'a str,
    },
    /// A transfer begins, or is resumed.
    Started {
        path: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        resumed: bool,
    },
    /// Bytes that need not be sent again; at most once a second for each file.
    Progress {
        path: &'a str,
        done: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
    /// A transfer is complete; the id is the one at the vendor.
    Done {
        path: &'a str,
        bytes: u64,
        id: &'a str,
        /// The path on disk, if it does not follow from the other one.
        #[serde(skip_serializing_if = "Option::is_none")]
        saved_as: Option<&'a str>,
    },
    /// A folder was created.
    Created { path: &'a str },
    /// A file or folder was deleted.
    Deleted { path: &'a str },
    /// Something was left as it is, on purpose.
    Skipped { path: &'a str, reason: &'a str },
    /// Something to know about a file.
    Note { path: &'a str, note: &'a str },
    /// Something could not be done. `kind` is the kind of the error.
    Failed {
        path: &'a str,
        error: String,
        kind: String,
        #[serde(skip)]
        exit: Exit,
        /// Whether the failure may go away.
        #[serde(skip)]
        may_pass: bool,
    },
    /// The last event.
    End {
        #[serde(flatten)]
        totals: Totals,
        /// Why the command failed, also if that is not the failure of any file; absent if everything was done.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    },
}

impl<'a> Event<'a> {
    pub(crate) fn failed(path: &'a str, error: &Error) -> Self {
        let exit = CliError::from(Error::new(error.kind(), "")).exit();
        let (kind, may_pass) = (format!("{:?}", error.kind()), may_pass(error));
        Self::Failed { path, error: error.to_string(), kind, exit, may_pass }
    }
}

/// What a command did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    /// Complete transfers.
    pub(crate) transferred: usize,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Files that are the same on both sides.
    pub(crate) same: usize,
    /// Of these, those that were found to be so by size and date, because the vendor gives no checksum.
    pub(crate) same_by_date: usize,
    pub(crate) created: usize,
    pub(crate) deleted: usize,
    pub(crate) skipped: usize,
    pub(crate) failed: usize,
}
