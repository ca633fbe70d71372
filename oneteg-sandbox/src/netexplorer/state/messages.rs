//! What users leave for each other: alerts, annotations, e-mails, invitations, upload links and file templates.

use chrono::{DateTime, Utc};

use super::access::Target;
use super::objects::Element;

/// An e-mail alert about a folder. The sandbox sends no e-mails.
#[derive(Debug, Clone)]
pub(crate) struct Alert {
    pub(crate) folder: u64,
    pub(crate) owner: u64,
    pub(crate) target: Target,
    /// The id of the e-mail to send.
    pub(crate) email: Option<u64>,
    pub(crate) expiration: Option<DateTime<Utc>>,
}

/// A comment on a file or folder, or a reply to one.
#[derive(Debug, Clone)]
pub(crate) struct Annotation {
    pub(crate) target: Element,
    pub(crate) text: String,
    pub(crate) owner: u64,
    pub(crate) date: DateTime<Utc>,
    /// The annotation that this one replies to.
    pub(crate) conversation: Option<u64>,
}

/// An e-mail that is kept, and never sent.
#[derive(Debug, Clone)]
pub(crate) struct Email {
    pub(crate) owner: u64,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) content: String,
    pub(crate) recipient: String,
}

/// An invitation of a person to a folder.
#[derive(Debug, Clone)]
pub(crate) struct Invite {
    pub(crate) key: String,
    pub(crate) folder: u64,
    pub(crate) owner: u64,
    /// The user that the invitation created.
    pub(crate) invited: Option<u64>,
    pub(crate) rights: i64,
    pub(crate) expiration: Option<DateTime<Utc>>,
}

/// A link for depositing files in a folder.
#[derive(Debug, Clone)]
pub(crate) struct UploadLink {
    pub(crate) key: String,
    pub(crate) owner: u64,
    pub(crate) folder: u64,
    pub(crate) flags: i64,
    pub(crate) password: Option<String>,
}

/// A template for new files.
#[derive(Debug, Clone)]
pub(crate) struct FileTemplate {
    pub(crate) guid: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) folder: u64,
    pub(crate) date: DateTime<Utc>,
}
