//! Paths, ancestry and quotas.

use serde_json::{Value, json};

use crate::netexplorer::render::{self, Detail, FolderTotals};
use crate::netexplorer::request::ApiRequest;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::settings::ADMINISTRATOR;
use crate::netexplorer::state::{Node, Store};

/// `GET /path`. With a trailing slash, only a folder matches; without one, a file or a folder. `/` alone gets
/// 404.
pub(crate) fn object(store: &Store, request: &ApiRequest) -> ApiResult {
    let root = request.query.id("root")?;
    store.tree.visible_folder(root, request.caller)?;
    let path = request.query.get("path").unwrap_or_default();
    let path = path.strip_prefix('/').unwrap_or(path);
    let (path, folder_only) = match path.strip_suffix('/') {
        Some(path) => (path, true),
        None => (path, false),
    };
    if path.is_empty() {
        return Err(ApiError::not_found());
    }
    let found =
        match store.tree.resolve_path(root, path.split('/')).ok_or_else(ApiError::not_found)? {
            Node::File(_) if folder_only => return Err(ApiError::not_found()),
            Node::File(key) => {
                let found = store.tree.newest_version(key).ok_or_else(ApiError::not_found)?;
                store.tree.visible_version(found.id, request.caller)?;
                render::file(store, request.caller, found, true)
            }
            Node::Folder(id) => {
                let folder = store.tree.visible_folder(id, request.caller)?;
                render::folder(store, request.caller, id, folder, Detail::FULL)
            }
        };
    ApiResponse::ok(if store.wrap_path_responses { json!({ "object": found }) } else { found })
}

/// `GET /objectpath`. The vendor's names for the object types are French.
pub(crate) fn object_path(store: &Store, request: &ApiRequest) -> ApiResult {
    let (root, id) = (request.query.id("root")?, request.query.id("object_id")?);
    store.tree.visible_folder(root, request.caller)?;
    let (folder, file_name) = match request.query.get("object_type") {
        Some("Dossier") => {
            store.tree.visible_folder(id, request.caller)?;
            (id, None)
        }
        Some("Fichier") => {
            let found = store.tree.visible_version(id, request.caller)?;
            (found.file.parent, Some(found.file.name.as_str()))
        }
        _ => return Err(ApiError::bad_request("« object_type » doit être Fichier ou Dossier")),
    };
    let lineage = store.tree.lineage(folder);
    let from = lineage.iter().position(|id| *id == root).ok_or_else(ApiError::not_found)?;
    let names = lineage.iter().skip(from + 1).filter_map(|id| store.tree.folders.get(*id));
    let names: Vec<&str> = names.map(|folder| folder.name.as_str()).chain(file_name).collect();
    ApiResponse::ok(json!({ "object": names.join("/") }))
}

/// `GET /ischildof`: 200 for yes, 404 for no, 403 for yes if the caller may not see the folder.
pub(crate) fn is_child_of(store: &Store, request: &ApiRequest) -> ApiResult {
    let (root, folder) = (request.query.id("root")?, request.query.id("folder")?);
    let is_child = root != folder && store.tree.lineage(folder).contains(&root);
    if !is_child {
        return Err(ApiError::not_found());
    }
    store.tree.visible_folder(folder, request.caller)?;
    Ok(ApiResponse::Text("true"))
}

/// `GET /quotas`. Only the quotas of folders can be set.
pub(crate) fn quotas(store: &Store, request: &ApiRequest) -> ApiResult {
    let used = |user: Option<u64>| {
        let is_counted = |owner| user.is_none_or(|user| owner == user);
        let versions = store.tree.versions.iter().map(|(_, version)| version);
        let owned = versions.filter(|version| is_counted(version.owner));
        let used = owned.map(|version| version.content.bytes.len()).sum::<usize>() as u64;
        // Generated files are the administrator's.
        let unfilled =
            if is_counted(ADMINISTRATOR) { store.tree.all_unfilled_totals().size } else { 0 };
        used + unfilled
    };
    let mut quotas = json!({
        "platform": { "quota": null, "used": used(None) },
        "user": { "quota": null, "used": used(Some(request.caller.user)) },
    });
    if request.query.get("folder").is_some() {
        let id = request.query.id("folder")?;
        let quota = store.tree.visible_folder(id, request.caller)?.quota;
        let used = FolderTotals::of(store, request.caller, id).size;
        let quota = if quota > 0 { quota.into() } else { Value::Null };
        quotas["folder"] = json!({ "folder": id, "quota": quota, "used": used });
    }
    ApiResponse::ok(quotas)
}
