//! The objects of a library other than assets.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::clock::EPOCH;

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
            created: EPOCH,
            modified: EPOCH,
        }
    }
}

/// The definition of an attribute.
#[derive(Debug, Default)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) required: bool,
    /// The other members, as the client sent them.
    pub(crate) other: Map<String, Value>,
}

impl Attribute {
    /// The name in searches: without the characters other than letters and digits.
    pub(crate) fn search_name(&self) -> String {
        self.name.chars().filter(char::is_ascii_alphanumeric).collect()
    }

    /// Whether it is a status attribute, which exist from API version 1.1.
    pub(crate) fn is_status(&self) -> bool {
        self.kind.eq_ignore_ascii_case("Status")
    }
}

#[derive(Debug)]
pub(crate) struct Keyword {
    pub(crate) name: String,
    /// The id of its keyword group.
    pub(crate) group: Option<String>,
    pub(crate) at: i64,
}

#[derive(Debug)]
pub(crate) struct Lightbox {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) assets: Vec<String>,
    pub(crate) created: i64,
}

#[derive(Debug, Default)]
pub(crate) struct SavedSearch {
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) pinned: bool,
    /// Ids of the users and of the groups that it is shared with.
    pub(crate) shared_users: Vec<String>,
    pub(crate) shared_groups: Vec<String>,
}

/// A user, with the members that responses have.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) members: Map<String, Value>,
    pub(crate) created: i64,
}

/// A user group, with the members that responses have.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) members: Map<String, Value>,
    /// Ids of the categories that it has direct access to.
    pub(crate) categories: Vec<String>,
}

impl User {
    pub(crate) fn new(name: &str, first_name: &str, group: &str, group_id: &str) -> Self {
        let members = json!({
            "userName": name, "firstName": first_name, "lastName": "User",
            "emailAddress": format!("{name}@example.com"),
            "termsConditionsAcceptanceStatus": "Accepted", "userType": "MediaValet",
            "isApproved": true, "isLockedOut": false, "defaultGroup": group, "roleId": group_id,
        });
        Self { members: object(members), created: EPOCH }
    }
}

impl Group {
    pub(crate) fn new(name: &str, permissions: &[&str], default: bool) -> Self {
        let members = json!({
            "roleName": name, "roleDescription": "", "inheritedFrom": [],
            "permissions": permissions, "isDefaultGroup": default,
        });
        Self { members: object(members), categories: Vec::new() }
    }

    pub(crate) fn is_default(&self) -> bool {
        self.members.get("isDefaultGroup").and_then(Value::as_bool).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.members.get("roleName").and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) struct DirectLink {
    pub(crate) asset: String,
    pub(crate) name: String,
    pub(crate) active: bool,
    /// Whether it has left the lists for good.
    pub(crate) archived: bool,
    pub(crate) created: i64,
    pub(crate) modified: i64,
}

/// A ratio or a size to crop pictures to.
#[derive(Debug, Clone)]
pub(crate) struct CropTemplate {
    pub(crate) name: String,
    /// `Ratio` or `Dimension`.
    pub(crate) kind: String,
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// An upload in progress, which becomes an asset or a new version of one.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) file_id: String,
    /// The name in the library.
    pub(crate) file_name: String,
    /// The name in the blob storage, without the container.
    pub(crate) upload_name: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) size: Option<u64>,
    pub(crate) categories: Vec<String>,
    pub(crate) keywords: Vec<String>,
    pub(crate) attributes: BTreeMap<String, String>,
    /// Whether it has become an asset.
    pub(crate) finished: bool,
}

impl Upload {
    /// The name in the blob storage.
    pub(crate) fn blob_name(&self) -> String {
        format!("assets/{}", self.upload_name)
    }

    /// The `upload_name` for a new file: an id with the extension of the file.
    pub(crate) fn new_upload_name(id: &str, file_name: &str) -> String {
        let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let usable = (1..=10).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        format!("{id}.{}", if usable { extension } else { "bin" })
    }
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::Upload;

    #[test]
    fn an_upload_keeps_a_plain_extension_only() {
        for (file_name, upload_name) in [
            ("a.PNG", "id.PNG"),
            ("a.tar.gz", "id.gz"),
            ("a", "id.bin"),
            ("a.", "id.bin"),
            ("a.p?g", "id.bin"),
            ("a.elevenchars", "id.bin"),
        ] {
            assert_eq!(Upload::new_upload_name("id", file_name), upload_name, "{file_name}");
        }
    }
}
