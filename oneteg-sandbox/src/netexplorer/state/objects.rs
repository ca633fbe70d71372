//! The objects of a platform other than files and folders, with the members that the stand-in needs.

use std::collections::BTreeSet;

use bytes::Bytes;
use chrono::{DateTime, Utc};

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) login: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) language: String,
    pub(crate) organization: String,
    pub(crate) phone: String,
    pub(crate) active: bool,
    pub(crate) roots: Vec<u64>,
    pub(crate) admin: bool,
    pub(crate) picture: Option<Picture>,
}

/// The picture of a user, which is sent back as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) file_name: String,
    pub(crate) bytes: Bytes,
}

impl User {
    pub(crate) fn new(login: &str, first_name: &str, last_name: &str, admin: bool) -> Self {
        Self {
            login: login.into(),
            first_name: first_name.into(),
            last_name: last_name.into(),
            email: format!("{login}@sandbox.example"),
            language: "auto".into(),
            organization: String::new(),
            phone: String::new(),
            active: true,
            roots: Vec::new(),
            admin,
            picture: None,
        }
    }

    pub(crate) fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) members: BTreeSet<u64>,
    /// Whether the group comes from an external directory, which makes it read-only.
    pub(crate) ldap: bool,
}

/// What can carry a tag or be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// The id of a version.
    File(u64),
    Folder(u64),
}

#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) category: u64,
    pub(crate) private: bool,
    pub(crate) owner: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct TagCategory {
    pub(crate) name: String,
    pub(crate) color: String,
    /// The primary, secondary and tertiary colours, in hexadecimal.
    pub(crate) colors: [String; 3],
}

impl TagCategory {
    pub(crate) fn named(name: &str) -> Self {
        let colors = ["#1c6fb8", "#d9e9f7", "#0b3c66"].map(str::to_owned);
        Self { name: name.to_owned(), color: "blue".to_owned(), colors }
    }
}

/// Files and folders that anyone who has the key may see.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) key: String,
    pub(crate) flags: i64,
    pub(crate) roots: Vec<Element>,
    pub(crate) owner: u64,
    pub(crate) password: Option<String>,
}

/// Files that anyone who has the key may download.
#[derive(Debug, Clone)]
pub(crate) struct ShareLink {
    pub(crate) key: String,
    pub(crate) owner: u64,
    /// The ids of versions.
    pub(crate) files: Vec<u64>,
    /// Whether the link leads to the newest version of a file rather than to the one it was created for.
    pub(crate) autoupdate: bool,
    pub(crate) expiration: Option<DateTime<Utc>>,
    pub(crate) max_downloads: Option<i64>,
    pub(crate) downloads: i64,
    pub(crate) notify: bool,
    pub(crate) only_preview: bool,
    pub(crate) kind: i64,
    pub(crate) password: Option<String>,
}

/// What a file token permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenPurpose {
    Preview,
    Edit,
    Download,
}

impl TokenPurpose {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "preview" => Some(Self::Preview),
            "edit" => Some(Self::Edit),
            "download" => Some(Self::Download),
            _ => None,
        }
    }
}

/// A token that opens a file without a bearer token.
#[derive(Debug, Clone)]
pub(crate) struct FileToken {
    /// The id of a version.
    pub(crate) file: u64,
    pub(crate) purpose: TokenPurpose,
}
