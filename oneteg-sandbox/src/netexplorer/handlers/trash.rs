//! Deletion, and the trash.

use serde_json::{Map, Value, json};

use crate::netexplorer::render::{self, Detail, FolderTotals, date};
use crate::netexplorer::request::ApiRequest;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Node, Store, TrashContents, TrashItem};

fn render(store: &Store, id: u64, item: &TrashItem) -> Value {
    let mut object = Map::from_iter(
        [
            ("id", json!(id)),
            ("name", json!(item.name)),
            ("deletion", json!(date(item.deletion))),
            ("modification", json!(date(item.modification))),
            ("owner", json!(store.display_name(item.owner))),
            ("owner_id", json!(item.owner.to_string())),
            ("size", json!(item.size)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let folder = match &item.contents {
        TrashContents::Nodes { top: Node::Folder(_), folders, files } => {
            Some((folders.len(), files.len()))
        }
        _ => None,
    };
    object.insert("is_file".into(), folder.is_none().into());
    if let Some((folders, files)) = folder {
        object.insert("nb_folders".into(), (folders - 1).into());
        object.insert("nb_files".into(), files.into());
    }
    Value::Object(object)
}

/// Moves a node to the trash or, with `trash=0`, deletes it permanently.
pub(super) fn discard(store: &mut Store, request: &ApiRequest, node: Node) -> ApiResult {
    let (name, parent, size) = match node {
        Node::Folder(id) => {
            let folder = store.tree.visible_folder(id, request.caller)?;
            let size = FolderTotals::of(store, request.caller, id).size;
            (folder.name.clone(), folder.parent, size)
        }
        Node::File(key) => {
            let found = store.tree.newest_version(key).ok_or_else(ApiError::not_found)?;
            let size = found.version.content.bytes.len() as u64;
            (found.file.name.clone(), Some(found.file.parent), size)
        }
    };
    let permanent = is_permanent(request)?;
    let contents = store.tree.detach(node).ok_or_else(ApiError::not_found)?;
    let now = store.advance_clock();
    if let Some(parent) = parent {
        store.tree.touch(parent, now);
    }
    finish(store, request, permanent, (name, size, contents))
}

/// The same for some versions of a file that keeps others.
pub(super) fn discard_versions(
    store: &mut Store,
    request: &ApiRequest,
    key: u64,
    ids: Vec<u64>,
) -> ApiResult {
    let name = store.tree.files.get(key).map(|file| file.name.clone()).unwrap_or_default();
    let versions = ids.iter().filter_map(|id| store.tree.versions.get(*id));
    let size = versions.map(|version| version.content.bytes.len()).sum::<usize>() as u64;
    let permanent = is_permanent(request)?;
    let contents = store.tree.detach_versions(key, ids).ok_or_else(ApiError::not_found)?;
    store.advance_clock();
    finish(store, request, permanent, (name, size, contents))
}

fn is_permanent(request: &ApiRequest) -> Result<bool, ApiError> {
    match request.query.get("trash") {
        None | Some("1") => Ok(false),
        Some("0") => Ok(true),
        Some(_) => Err(ApiError::bad_request("« trash » doit être 0 ou 1")),
    }
}

fn finish(
    store: &mut Store,
    request: &ApiRequest,
    permanent: bool,
    (name, size, contents): (String, u64, TrashContents),
) -> ApiResult {
    if permanent {
        store.tree.purge(&contents);
        return Ok(ApiResponse::Empty);
    }
    let now = store.now();
    let owner = request.caller.user;
    let item = TrashItem { name, owner, deletion: now, modification: now, size, contents };
    let id = store.trash.add(|_| item);
    let item = store.trash.get(id).ok_or_else(ApiError::not_found)?;
    ApiResponse::ok(render(store, id, item))
}

/// The item in the path. Only its owner and administrators may access it.
fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a TrashItem), ApiError> {
    let id = request.path_id("trashId")?;
    let item = store.trash.get(id).ok_or_else(ApiError::not_found)?;
    if may_access(request, item) { Ok((id, item)) } else { Err(ApiError::forbidden()) }
}

fn may_access(request: &ApiRequest, item: &TrashItem) -> bool {
    request.caller.admin || item.owner == request.caller.user
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let items = store.trash.iter().filter(|(_, item)| may_access(request, item));
    ApiResponse::list(items.map(|(id, item)| render(store, id, item)))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, item) = lookup(store, request)?;
    ApiResponse::ok(render(store, id, item))
}

/// Puts an item back where it was. Refused if its folder or file no longer exists (409), or if the name is
/// taken (403).
pub(crate) fn restore(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, item) = lookup(store, request)?;
    store.tree.check_restorable(&item.contents)?;
    let item = store.trash.remove(id).ok_or_else(ApiError::not_found)?;
    store.advance_clock();
    let restored = store.tree.reattach(item.contents);
    // Rights and groups may have changed meanwhile.
    store.apply_rights();
    let restored = match restored {
        Node::Folder(id) => {
            let folder = store.tree.visible_folder(id, request.caller)?;
            render::folder(store, request.caller, id, folder, Detail::SHORT)
        }
        Node::File(key) => {
            let found = store.tree.newest_version(key).ok_or_else(ApiError::not_found)?;
            render::file(store, request.caller, found, true)
        }
    };
    ApiResponse::ok(restored)
}

pub(crate) fn purge(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    let item = store.trash.remove(id).ok_or_else(ApiError::not_found)?;
    store.tree.purge(&item.contents);
    Ok(ApiResponse::Empty)
}

pub(crate) fn purge_all(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let items = store.trash.iter().filter(|(_, item)| may_access(request, item));
    let ids: Vec<u64> = items.map(|(id, _)| id).collect();
    for item in ids.into_iter().filter_map(|id| store.trash.remove(id)).collect::<Vec<_>>() {
        store.tree.purge(&item.contents);
    }
    Ok(ApiResponse::Empty)
}
