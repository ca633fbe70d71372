//! Folders and files as JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::call::Caller;
use super::state::{Folder, Found, Node, Store};

/// A moment, as the vendor writes it: `2026-10-01T16:35:17+00:00`.
pub(crate) fn date(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// How much of a folder or file is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Levels of content to embed: 0 none, -1 all.
    pub(crate) depth: i64,
    /// Every member, and not just the usual ones. Which these are is the sandbox's own choice.
    pub(crate) full: bool,
}

impl Wanted {
    pub(crate) const SHORT: Self = Self { depth: 0, full: false };
    pub(crate) const FULL: Self = Self { depth: 0, full: true };

    fn below(self) -> Self {
        Self { depth: if self.depth > 0 { self.depth - 1 } else { self.depth }, ..self }
    }
}

fn set(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

/// Ids from the root down, joined by slashes.
fn ids(lineage: &[u64]) -> String {
    lineage.iter().map(u64::to_string).collect::<Vec<_>>().join("/")
}

/// A folder that the caller may see.
pub(crate) fn folder(
    store: &Store,
    caller: Caller,
    id: u64,
    folder: &Folder,
    wanted: Wanted,
) -> Value {
    let mut object = Map::new();
    set(&mut object, "id", id);
    set(&mut object, "name", folder.name.as_str());
    set(&mut object, "parent_id", folder.parent);
    set(&mut object, "creation", date(folder.creation));
    set(&mut object, "modification", date(folder.modification));
    if wanted.full {
        every_member_of_folder(store, caller, id, folder, &mut object);
    }
    if wanted.depth != 0 {
        set(&mut object, "content", content(store, caller, id, wanted.below()));
    }
    Value::Object(object)
}

fn every_member_of_folder(
    store: &Store,
    caller: Caller,
    id: u64,
    folder: &Folder,
    object: &mut Map<String, Value>,
) {
    let count = |nodes: &[Node]| {
        let folders = nodes.iter().filter(|node| matches!(node, Node::Folder(_))).count();
        (folders, nodes.len() - folders)
    };
    let below = store.tree.below(id, caller);
    let (folders, files) = count(&below);
    let direct: Vec<_> = store.tree.children(id).collect();
    let (direct_folders, direct_files) = count(&direct);
    let lineage = store.tree.lineage(id);
    let names: Vec<_> = lineage
        .iter()
        .filter_map(|id| store.tree.folders.get(*id))
        .map(|folder| folder.name.as_str())
        .collect();
    set(object, "owner", store.display_name(folder.owner));
    set(object, "owner_id", folder.owner.to_string());
    set(object, "path", ids(&lineage));
    set(object, "path_name", names.join("/"));
    set(object, "quota", folder.quota);
    set(object, "purge_frequency", 0);
    set(object, "shared", false);
    set(object, "nb_folders", folders);
    set(object, "nb_files", files);
    set(object, "nb_d_folders", direct_folders);
    set(object, "nb_d_files", direct_files);
    set(object, "size", size_of(store, &below));
    for right in ["read", "download", "write", "edit", "delete", "share", "dlink", "ulink"] {
        set(object, &format!("can_{right}"), true);
    }
    set(object, "can_admin_rights", caller.admin);
    set(object, "can_admin_alerts", caller.admin);
}

/// The bytes of the newest versions of the files among these.
pub(crate) fn size_of(store: &Store, nodes: &[Node]) -> u64 {
    let size = |node: &Node| match node {
        Node::File(key) => store.tree.newest(*key).map(|found| found.version.content.bytes.len()),
        Node::Folder(_) => None,
    };
    nodes.iter().filter_map(size).sum::<usize>() as u64
}

/// What stands in a folder, without what the caller may not see.
pub(crate) fn content(store: &Store, caller: Caller, id: u64, wanted: Wanted) -> Value {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for node in store.tree.children(id) {
        match node {
            Node::Folder(id) => {
                if let Ok(found) = store.tree.folder(id, caller) {
                    folders.push(folder(store, caller, id, found, wanted));
                }
            }
            Node::File(key) => {
                if let Some(found) = store.tree.newest(key) {
                    files.push(file(store, found, wanted.full));
                }
            }
        }
    }
    json!({ "files": files, "folders": folders })
}

/// A version of a file.
pub(crate) fn file(store: &Store, found: Found<'_>, full: bool) -> Value {
    let (file, version) = (found.file, found.version);
    let newest = store.tree.newest(found.key).map_or(version.modification, |newest| {
        // Of an older version it is still the date of the newest one.
        newest.version.modification
    });
    let mut object = Map::new();
    set(&mut object, "id", found.id);
    set(&mut object, "guid", file.guid.as_str());
    set(&mut object, "name", file.name.as_str());
    set(&mut object, "parent_id", file.parent);
    set(&mut object, "size", version.content.bytes.len());
    set(&mut object, "hash", version.content.hash.as_str());
    set(&mut object, "creation", date(version.creation));
    set(&mut object, "modification", date(newest));
    if full {
        set(&mut object, "owner", store.display_name(version.owner));
        set(&mut object, "owner_id", version.owner.to_string());
        set(&mut object, "path", ids(&store.tree.lineage(file.parent)));
        set(&mut object, "download_token", download_token(found.id));
        if let Some(kind) = preview_kind(&file.name) {
            set(&mut object, "file_type", kind);
        }
        if file.versions.len() > 1 {
            set(&mut object, "nb_versions", file.versions.len());
        }
        for right in ["download", "write", "edit", "delete", "share"] {
            set(&mut object, &format!("can_{right}"), true);
        }
        if let Some(lock) = &file.lock {
            set(
                &mut object,
                "lock",
                super::handlers::locks::render(store, found, Some(lock), None),
            );
        }
    }
    Value::Object(object)
}

/// The token in a file's description: good for ever, as far as is known.
pub(crate) fn download_token(version: u64) -> String {
    format!("sandbox-download-{version}")
}

/// The kind of preview, where there is one.
fn preview_kind(name: &str) -> Option<&'static str> {
    let kind = mime_guess::from_path(name).first()?;
    match (kind.type_().as_str(), kind.essence_str()) {
        ("image", _) => Some("image"),
        ("video", _) => Some("video"),
        ("text", _) | (_, "application/pdf") => Some("document"),
        _ => None,
    }
}
