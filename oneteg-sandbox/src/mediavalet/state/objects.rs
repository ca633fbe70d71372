//! What there is besides assets.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

#[derive(Debug)]
pub(crate) struct Category {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parent: Option<String>,
    pub(crate) created: i64,
    pub(crate) modified: i64,
}

impl Category {
    pub(crate) fn new(name: &str, parent: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            description: String::new(),
            parent,
            created: super::EPOCH,
            modified: super::EPOCH,
        }
    }
}

/// An attribute's definition.
#[derive(Debug, Default)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) required: bool,
    /// The other members, as the client gave them.
    pub(crate) rest: Map<String, Value>,
}

impl Attribute {
    /// The name without what is no letter or digit.
    pub(crate) fn search_name(&self) -> String {
        self.name.chars().filter(char::is_ascii_alphanumeric).collect()
    }

    /// Only from version 1.1 on there are these.
    pub(crate) fn is_status(&self) -> bool {
        self.kind.eq_ignore_ascii_case("Status")
    }
}

#[derive(Debug)]
pub(crate) struct Keyword {
    pub(crate) name: String,
    pub(crate) at: i64,
}

#[derive(Debug)]
pub(crate) struct Lightbox {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) assets: Vec<String>,
    pub(crate) created: i64,
}

#[derive(Debug)]
pub(crate) struct SavedSearch {
    pub(crate) name: String,
    pub(crate) query: String,
}

/// A user, by the members of responses.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) members: Map<String, Value>,
    pub(crate) created: i64,
}

/// A user group, by the members of responses.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) members: Map<String, Value>,
}

impl Group {
    pub(crate) fn name(&self) -> &str {
        self.members.get("roleName").and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) struct DirectLink {
    pub(crate) asset: String,
    pub(crate) name: String,
    pub(crate) active: bool,
    pub(crate) created: i64,
}

/// A file on its way: what becomes an asset, or a new version of one.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) file_id: String,
    /// The name in the library.
    pub(crate) file_name: String,
    /// The name in the storage, without the container.
    pub(crate) upload_name: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) size: Option<u64>,
    pub(crate) categories: Vec<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    /// It has become an asset.
    pub(crate) finished: bool,
}

impl Upload {
    /// The name in the storage.
    pub(crate) fn blob_name(&self) -> String {
        format!("assets/{}", self.upload_name)
    }
}
