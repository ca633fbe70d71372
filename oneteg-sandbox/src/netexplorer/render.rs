//! Folders and files as JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::request::Caller;
use super::state::{Folder, Lock, Node, Store, VersionRef};

/// A date as the vendor writes it: `2026-10-01T16:35:17+00:00`.
pub(crate) fn date(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// How much of a folder or file is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detail {
    /// Levels of content to embed: 0 is none, -1 is all.
    pub(crate) depth: i64,
    /// Whether to include every member rather than the usual ones. Which ones are usual is the sandbox's own
    /// choice.
    pub(crate) full: bool,
}

impl Detail {
    pub(crate) const SHORT: Self = Self { depth: 0, full: false };
    pub(crate) const FULL: Self = Self { depth: 0, full: true };

    fn one_level_down(self) -> Self {
        Self { depth: if self.depth > 0 { self.depth - 1 } else { self.depth }, ..self }
    }
}

fn set(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    object.insert(name.to_owned(), value.into());
}

/// Ids joined by slashes.
fn join_ids(lineage: &[u64]) -> String {
    lineage.iter().map(u64::to_string).collect::<Vec<_>>().join("/")
}

/// A folder that the caller may see.
pub(crate) fn folder(
    store: &Store,
    caller: Caller,
    id: u64,
    folder: &Folder,
    detail: Detail,
) -> Value {
    let mut object = Map::new();
    set(&mut object, "id", id);
    set(&mut object, "name", folder.name.as_str());
    set(&mut object, "parent_id", folder.parent);
    set(&mut object, "creation", date(folder.creation));
    set(&mut object, "modification", date(folder.modification));
    if detail.full {
        set_full_folder_members(store, caller, id, folder, &mut object);
    }
    // The content of a folder that no request has looked at is not known yet.
    if detail.depth != 0 && !store.tree.is_unfilled(id) {
        set(&mut object, "content", content(store, caller, id, detail.one_level_down()));
    }
    Value::Object(object)
}

fn set_full_folder_members(
    store: &Store,
    caller: Caller,
    id: u64,
    folder: &Folder,
    object: &mut Map<String, Value>,
) {
    let totals = FolderTotals::of(store, caller, id);
    let direct: Vec<_> = store.tree.children(id).collect();
    let (direct_folders, direct_files) = count_kinds(&direct);
    let (unfilled_folders, unfilled_files) = store.tree.unfilled_entries(id);
    let lineage = store.tree.lineage(id);
    let names: Vec<_> = lineage
        .iter()
        .filter_map(|id| store.tree.folders.get(*id))
        .map(|folder| folder.name.as_str())
        .collect();
    set(object, "owner", store.display_name(folder.owner));
    set(object, "owner_id", folder.owner.to_string());
    set(object, "path", join_ids(&lineage));
    set(object, "path_name", names.join("/"));
    set(object, "quota", folder.quota);
    set(object, "purge_frequency", 0);
    set(object, "shared", false);
    set(object, "nb_folders", totals.folders);
    set(object, "nb_files", totals.files);
    set(object, "nb_d_folders", direct_folders + unfilled_folders);
    set(object, "nb_d_files", direct_files + unfilled_files);
    set(object, "size", totals.size);
    let right = store.right_of(caller, id);
    for permission in ["read", "download", "write", "edit", "delete", "share"] {
        let permitted = right.is_none_or(|right| right.permits(permission));
        set(object, &format!("can_{permission}"), permitted);
    }
    // Links are what the vendor calls sharing.
    let may_share = right.is_none_or(|right| right.permits("share"));
    for kind_of_link in ["dlink", "ulink"] {
        set(object, &format!("can_{kind_of_link}"), may_share);
    }
    set(object, "can_admin_rights", caller.admin);
    set(object, "can_admin_alerts", caller.admin);
}

/// The numbers of folders and of files among these nodes.
fn count_kinds(nodes: &[Node]) -> (u64, u64) {
    let folders = nodes.iter().filter(|node| matches!(node, Node::Folder(_))).count();
    (folders as u64, (nodes.len() - folders) as u64)
}

/// How much is below a folder, except what the caller may not see.
pub(crate) struct FolderTotals {
    folders: u64,
    files: u64,
    /// Of the newest versions, in bytes.
    pub(crate) size: u64,
}

impl FolderTotals {
    pub(crate) fn of(store: &Store, caller: Caller, folder: u64) -> Self {
        let nodes = store.tree.descendants(folder, caller);
        let size = |node: &Node| match node {
            Node::File(key) => {
                store.tree.newest_version(*key).map(|found| found.version.content.bytes.len())
            }
            Node::Folder(_) => None,
        };
        let size = nodes.iter().filter_map(size).sum::<usize>() as u64;
        let (folders, files) = count_kinds(&nodes);
        let below = nodes.iter().filter_map(|node| match node {
            Node::Folder(id) => Some(*id),
            Node::File(_) => None,
        });
        let unfilled = store.tree.unfilled_totals(below.chain([folder]));
        Self {
            folders: folders + unfilled.folders,
            files: files + unfilled.files,
            size: size + unfilled.size,
        }
    }
}

/// The entries of a folder, except those the caller may not see. Listing files needs the right to read.
pub(crate) fn content(store: &Store, caller: Caller, id: u64, detail: Detail) -> Value {
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    let lists_files = store.permits(caller, id, "read");
    for node in store.tree.children(id) {
        match node {
            Node::Folder(id) => {
                if let Ok(found) = store.tree.visible_folder(id, caller) {
                    folders.push(folder(store, caller, id, found, detail));
                }
            }
            Node::File(key) => {
                if let Some(found) = store.tree.newest_version(key).filter(|_| lists_files) {
                    files.push(file(store, caller, found, detail.full));
                }
            }
        }
    }
    json!({ "files": files, "folders": folders })
}

/// A version of a file.
pub(crate) fn file(store: &Store, caller: Caller, found: VersionRef<'_>, full: bool) -> Value {
    let (file, version) = (found.file, found.version);
    let newest = store.tree.newest_version(found.key).map_or(version.modification, |newest| {
        // Older versions are shown with this date as well.
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
        set(&mut object, "path", join_ids(&store.tree.lineage(file.parent)));
        let right = store.right_of(caller, file.parent);
        let permits = |permission| right.is_none_or(|right| right.permits(permission));
        // The token needs no credential, so it is for those who may download.
        if permits("download") {
            set(&mut object, "download_token", download_token(found.id));
        }
        if let Some(kind) = preview_kind(&file.name) {
            set(&mut object, "file_type", kind);
        }
        if file.versions.len() > 1 {
            set(&mut object, "nb_versions", file.versions.len());
        }
        for permission in ["download", "write", "edit", "delete", "share"] {
            set(&mut object, &format!("can_{permission}"), permits(permission));
        }
        if file.lock.is_some() {
            set(&mut object, "lock", lock(store, found, None));
        }
    }
    Value::Object(object)
}

/// A file's lock, or the lack of one. `writeable` is included only for a caller.
pub(crate) fn lock(store: &Store, found: VersionRef<'_>, caller: Option<Caller>) -> Value {
    let lock = found.file.lock.as_ref();
    let mut object = Map::new();
    set(&mut object, "file", found.file.guid.as_str());
    set(&mut object, "locked", lock.is_some());
    if let Some(Lock { owner, date: since }) = lock {
        set(&mut object, "date", date(*since));
        set(&mut object, "owner", store.display_name(*owner));
        set(&mut object, "owner_id", owner.to_string());
    }
    if let Some(caller) = caller {
        set(&mut object, "writeable", found.check_writable(caller).is_ok());
    }
    Value::Object(object)
}

/// The download token in the JSON of a file. As far as is known, it does not expire.
pub(crate) fn download_token(version: u64) -> String {
    format!("sandbox-download-{version}")
}

/// The kind of preview, if the vendor has one for this kind of file.
pub(crate) fn preview_kind(name: &str) -> Option<&'static str> {
    let kind = mime_guess::from_path(name).first()?;
    match (kind.type_().as_str(), kind.essence_str()) {
        ("image", _) => Some("image"),
        ("video", _) => Some("video"),
        ("text", _) | (_, "application/pdf") => Some("document"),
        _ => None,
    }
}
