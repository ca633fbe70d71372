//! The objects of a platform beside files and folders, as far as the stand-in needs them.

use std::collections::BTreeSet;

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
    /// From an external directory, and so read-only.
    pub(crate) ldap: bool,
}

/// Who keeps others from writing to a file.
#[derive(Debug, Clone)]
pub(crate) struct Lock {
    pub(crate) owner: u64,
    pub(crate) date: DateTime<Utc>,
}

/// What a tag can be on. The words `file` and `folder` are the sandbox's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// A version's id.
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
    /// First to third colour, in hexadecimal.
    pub(crate) colors: [String; 3],
}

impl TagCategory {
    pub(crate) fn named(name: &str) -> Self {
        let colors = ["#1c6fb8", "#d9e9f7", "#0b3c66"].map(str::to_owned);
        Self { name: name.to_owned(), color: "blue".to_owned(), colors }
    }
}

/// A share of files and folders by a key.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    pub(crate) key: String,
    pub(crate) flags: i64,
    pub(crate) roots: Vec<Element>,
    pub(crate) owner: u64,
    pub(crate) password: Option<String>,
}

/// A link to files by a key.
#[derive(Debug, Clone)]
pub(crate) struct ShareLink {
    pub(crate) key: String,
    pub(crate) owner: u64,
    /// Ids of versions.
    pub(crate) files: Vec<u64>,
    pub(crate) autoupdate: bool,
    pub(crate) expiration: Option<DateTime<Utc>>,
    pub(crate) max_downloads: Option<i64>,
    pub(crate) downloads: i64,
    pub(crate) notify: bool,
    pub(crate) only_preview: bool,
    pub(crate) kind: i64,
    pub(crate) password: Option<String>,
}

/// What a file token opens a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Preview,
    Edit,
    Download,
}

impl Purpose {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "preview" => Some(Self::Preview),
            "edit" => Some(Self::Edit),
            "download" => Some(Self::Download),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct FileToken {
    /// A version's id.
    pub(crate) file: u64,
    pub(crate) purpose: Purpose,
}
