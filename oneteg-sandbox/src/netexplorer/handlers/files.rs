//! Files, their versions and their locks, except their content. A lock keeps other users from writing to a
//! file.

use serde_json::{Value, json};

use super::trash;
use crate::choices::netexplorer as choices;
use crate::netexplorer::render;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Lock, Node, Store, VersionRef};

/// The version in the path.
pub(crate) fn lookup<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> Result<VersionRef<'a>, ApiError> {
    store.tree.visible_version(request.path_id("fileId")?, request.caller)
}

/// A version with all its members.
fn render_full(store: &Store, request: &ApiRequest, id: u64) -> Result<Value, ApiError> {
    let found = store.tree.visible_version(id, request.caller)?;
    Ok(render::file(store, request.caller, found, true))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let found = lookup(store, request)?;
    ApiResponse::ok(render::file(store, request.caller, found, request.query.flag("full")))
}

/// Creates an empty file, whose content is uploaded later.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let parent = RequestFields::required("parent_id", request.fields.id("parent_id")?)?;
    let name = RequestFields::required("name", request.fields.string("name")?)?;
    let hash = request.fields.string("hash")?.map(str::to_lowercase);
    store.check_permission(request.caller, parent, "write")?;
    let now = store.advance_clock();
    let id = store.tree.reserve_file(parent, name, hash, (request.caller, now))?;
    ApiResponse::created(render_full(store, request, id)?)
}

/// Renames and moves the file, and sets the dates of the version.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = lookup(store, request)?;
    found.check_writable(request.caller)?;
    let (id, key, old_parent) = (found.id, found.key, found.file.parent);
    let (name, parent) = (request.fields.string("name")?, request.fields.id("parent_id")?);
    let (creation, modification) =
        (request.fields.date("creation")?, request.fields.date("modification")?);
    let new_parent = parent.filter(|parent| *parent != old_parent);
    if let Some(parent) = new_parent {
        store.check_permission(request.caller, parent, "write")?;
    }
    store.tree.relocate(Node::File(key), new_parent, name, request.caller)?;
    store.advance_clock();
    let version = store.tree.versions.get_mut(id).ok_or_else(ApiError::not_found)?;
    version.creation = creation.unwrap_or(version.creation);
    version.modification = modification.unwrap_or(version.modification);
    ApiResponse::ok(render_full(store, request, id)?)
}

/// By default, all versions go to the trash.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = lookup(store, request)?;
    found.check_writable(request.caller)?;
    store.check_permission(request.caller, found.file.parent, "delete")?;
    let (id, key) = (found.id, found.key);
    let versions = &found.file.versions;
    let deleted: Vec<u64> = match request.query.get("versions").unwrap_or("all") {
        "all" => versions.clone(),
        "none" => vec![id],
        "previous" => versions.iter().copied().filter(|version| *version <= id).collect(),
        _ => return Err(ApiError::bad_request("« versions » doit être all, none ou previous")),
    };
    if deleted.len() == versions.len() {
        return trash::discard(store, request, Node::File(key));
    }
    trash::discard_versions(store, request, key, deleted)
}

/// The number of pages, which is always 1 in the sandbox.
pub(crate) fn info(store: &Store, request: &ApiRequest) -> ApiResult {
    lookup(store, request)?;
    ApiResponse::ok(json!({ "length": 1 }))
}

/// All versions, newest first.
pub(crate) fn versions(store: &Store, request: &ApiRequest) -> ApiResult {
    let ids = &lookup(store, request)?.file.versions;
    let versions = ids.iter().rev().filter_map(|id| store.tree.version(*id));
    ApiResponse::list(versions.map(|found| render::file(store, request.caller, found, true)))
}

pub(crate) fn lock(store: &Store, request: &ApiRequest) -> ApiResult {
    ApiResponse::ok(render::lock(store, lookup(store, request)?, Some(request.caller)))
}

/// Locks the file for the caller or, with `locked: false`, unlocks it. Refused with 423 while another user
/// holds the lock.
pub(crate) fn update_lock(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = lookup(store, request)?;
    found.check_writable(request.caller)?;
    let (key, id) = (found.key, found.id);
    let locked = request.fields.bool(choices::LOCKED_MEMBER.get())?.unwrap_or(true);
    let lock = Lock { owner: request.caller.user, date: store.advance_clock() };
    if let Some(file) = store.tree.files.get_mut(key) {
        file.lock = locked.then_some(lock);
    }
    let found = store.tree.version(id).ok_or_else(ApiError::not_found)?;
    ApiResponse::ok(render::lock(store, found, Some(request.caller)))
}

/// An administrator may remove the locks of other users.
pub(crate) fn remove_lock(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = lookup(store, request)?;
    if !request.caller.admin {
        found.check_writable(request.caller)?;
    }
    let key = found.key;
    if let Some(file) = store.tree.files.get_mut(key) {
        file.lock = None;
    }
    Ok(ApiResponse::Empty)
}

/// The locks directly in a folder.
pub(crate) fn folder_locks(store: &Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    store.tree.visible_folder(folder, request.caller)?;
    let files = store.tree.children(folder).filter_map(|node| match node {
        Node::File(key) => store.tree.newest_version(key),
        Node::Folder(_) => None,
    });
    let locked = files.filter(|found| found.file.lock.is_some());
    ApiResponse::list(locked.map(|found| render::lock(store, found, Some(request.caller))))
}
