//! Folders.

use serde_json::Value;

use super::trash;
use crate::choices::netexplorer as choices;
use crate::netexplorer::render::{self, Detail};
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Node, Store};

fn requested_detail(request: &ApiRequest) -> Result<Detail, ApiError> {
    let depth = request.query.integer("depth")?.unwrap_or(0);
    Ok(Detail { depth, full: request.query.flag("full") })
}

fn render_full(store: &Store, request: &ApiRequest, id: u64) -> Result<Value, ApiError> {
    let folder = store.tree.visible_folder(id, request.caller)?;
    Ok(render::folder(store, request.caller, id, folder, Detail::FULL))
}

/// The roots of the caller. For an administrator, all roots.
pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let detail = requested_detail(request)?;
    let own =
        store.users.get(request.caller.user).map(|user| user.roots.clone()).unwrap_or_default();
    let accessible = |id: &u64| request.caller.admin || own.contains(id);
    ApiResponse::list(store.tree.roots().filter(accessible).filter_map(|id| {
        let folder = store.tree.visible_folder(id, request.caller).ok()?;
        Some(render::folder(store, request.caller, id, folder, detail))
    }))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, detail) = (request.path_id("folderId")?, requested_detail(request)?);
    let folder = store.tree.visible_folder(id, request.caller)?;
    ApiResponse::ok(render::folder(store, request.caller, id, folder, detail))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let parent = RequestFields::required("parent_id", request.fields.id("parent_id")?)?;
    let name = RequestFields::required("name", request.fields.string("name")?)?;
    let (creation, modification) =
        (request.fields.date("creation")?, request.fields.date("modification")?);
    store.tree.visible_folder(parent, request.caller)?;
    store.tree.check_name_free(parent, name)?;
    let now = store.advance_clock();
    let id = store.tree.add_folder(parent, name, request.caller.user, now)?;
    store.tree.touch(parent, now);
    let folder = store.tree.visible_folder_mut(id, request.caller)?;
    folder.creation = creation.unwrap_or(now);
    folder.modification = modification.unwrap_or(now);
    ApiResponse::created(render_full(store, request, id)?)
}

/// Renames and moves the folder, and sets its dates and quota. Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("folderId")?;
    store.tree.visible_folder(id, request.caller)?;
    let (name, parent) = (request.fields.string("name")?, request.fields.id("parent_id")?);
    let (creation, modification) =
        (request.fields.date("creation")?, request.fields.date("modification")?);
    let quota = request.fields.integer(choices::FOLDER_QUOTA_MEMBER.get())?;
    let unmoved = store.tree.visible_folder(id, request.caller)?.parent == parent;
    let new_parent = parent.filter(|_| !unmoved);
    store.tree.relocate(Node::Folder(id), new_parent, name, request.caller)?;
    let now = store.advance_clock();
    let folder = store.tree.visible_folder_mut(id, request.caller)?;
    folder.creation = creation.unwrap_or(folder.creation);
    folder.modification = modification.unwrap_or(now);
    folder.quota = quota.unwrap_or(folder.quota);
    ApiResponse::ok(render_full(store, request, id)?)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("folderId")?;
    if store.tree.visible_folder(id, request.caller)?.parent.is_none() && !request.caller.admin {
        return Err(ApiError::forbidden());
    }
    store.check_permission(request.caller, id, "delete")?;
    for node in store.tree.descendants(id, request.caller) {
        match node {
            Node::File(key) => {
                if let Some(found) = store.tree.newest_version(key) {
                    found.check_writable(request.caller)?;
                }
            }
            Node::Folder(below) => store.check_permission(request.caller, below, "delete")?,
        }
    }
    trash::discard(store, request, Node::Folder(id))
}
