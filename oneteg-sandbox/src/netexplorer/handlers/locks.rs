//! Locks, which keep other users from writing to a file.

use super::files;
use crate::netexplorer::render;
use crate::netexplorer::request::ApiRequest;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Lock, Node, Store};

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    ApiResponse::ok(render::lock(store, files::lookup(store, request)?, Some(request.caller)))
}

/// Locks the file for the caller or, with `locked: false`, unlocks it. Refused with 423 while another user
/// holds the lock.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = files::lookup(store, request)?;
    found.check_writable(request.caller)?;
    let (key, id) = (found.key, found.id);
    let locked = request.fields.bool("locked")?.unwrap_or(true);
    let lock = Lock { owner: request.caller.user, date: store.advance_clock() };
    if let Some(file) = store.tree.files.get_mut(key) {
        file.lock = locked.then_some(lock);
    }
    let found = store.tree.version(id).ok_or_else(ApiError::not_found)?;
    ApiResponse::ok(render::lock(store, found, Some(request.caller)))
}

/// An administrator may remove the locks of other users.
pub(crate) fn remove(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let found = files::lookup(store, request)?;
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
pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    store.tree.visible_folder(folder, request.caller)?;
    let files = store.tree.children(folder).filter_map(|node| match node {
        Node::File(key) => store.tree.newest_version(key),
        Node::Folder(_) => None,
    });
    let locked = files.filter(|found| found.file.lock.is_some());
    ApiResponse::list(locked.map(|found| render::lock(store, found, Some(request.caller))))
}
