//! Moving files: `upload`, `download` and `sync`, for every vendor.
//!
//! | Module | Holds |
//! |---|---|
//! | `remote` | what transfers need of a vendor, one file per vendor |
//! | `state` | the state of uploads on disk, and locks |
//! | `journal` | what a sync knows of the files it has put in place |
//! | `local`, `tree` | what is in the folder on disk, and at the vendor |
//! | `compare` | whether two files are the same, and what to do if they are not |
//! | `staging` | where a download is until it is complete |
//! | `send`, `fetch` | one upload, one download, with their states |
//! | `report` | progress for people, events for programs |
//! | `sync` | the plan of a sync, and carrying it out |
//!
//! # What is kept, and when
//! | Transfer | State | Written | Removed |
//! |---|---|---|---|
//! | upload | `transfers/uploads/<key>.json` in the folder of connections, for its owner only | before the second part, and while parts are completed | after the result is in the journal |
//! | download | `.oneteg-partial/<key>` next to the file, or in the root of the synced folder | after each part | when the file is moved to its name |
//! | sync | `transfers/pairs/<key>/journal.ndjson` | after each file | never |
//!
//! A process that is killed at any moment leaves these files as they are; the same command resumes from them. A file
//! gets its name when it is complete and of one version.

mod compare;
mod failure;
mod fetch;
mod journal;
mod local;
mod remote;
mod report;
mod send;
mod session;
mod staging;
mod state;
mod sync;
mod tree;

pub(crate) use failure::local_error;
pub(crate) use fetch::{Fetching, fetch};
pub(crate) use local::PARTIAL;
pub(crate) use remote::{Folder, Place, RemoteFile};
pub(crate) use report::Event;
pub(crate) use send::{Outgoing, forget, send};
pub(crate) use session::{Session, with_session};
pub(crate) use staging::Placement;
pub(crate) use sync::{Direction, SyncOptions, sync};
pub(crate) use tree::safe_name;
