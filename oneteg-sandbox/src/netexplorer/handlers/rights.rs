//! Rights on folders. Every right is shown in the `can_…` members of folders and files, and enforced as far as the vendor
//! describes it:
//!
//! | Without | Refused, or not shown |
//! |---|---|
//! | `browse` | the folder and everything in it |
//! | `read` | the files in lists of the folder's content; tokens for previews |
//! | `download` | the content of files, and tokens for it |
//! | `write` | new files and new versions, also by moving a file into the folder |
//! | `edit` | other content for an existing version |
//! | `delete` | the deletion of files and folders |
//! | `share` | shares, links and invitations |
//!
//! Nothing is known of creating, renaming and moving folders, or of renaming files: no right is needed for them.

use serde_json::{Map, Value, json};

use super::targets;
use crate::choices::netexplorer as choices;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{PERMISSIONS, Right, Store};

fn render(store: &Store, id: u64, right: &Right) -> Value {
    let mut object =
        Map::from_iter(PERMISSIONS.map(|name| (name.to_owned(), right.permits(name).into())));
    let rest = json!({
        "id": id,
        "folder_id": right.folder,
        "target": store.target_name(right.target),
        "target_id": right.target.id().to_string(),
    });
    if let Value::Object(rest) = rest {
        object.extend(rest);
    }
    Value::Object(object)
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Right), ApiError> {
    let id = request.path_id("rightId")?;
    let right = store.rights.get(id).ok_or_else(ApiError::not_found)?;
    store.tree.visible_folder(right.folder, request.caller)?;
    Ok((id, right))
}

fn apply_fields(store: &Store, fields: &RequestFields, right: &mut Right) -> Result<(), ApiError> {
    for (name, permitted) in PERMISSIONS.iter().zip(&mut right.permissions) {
        *permitted = fields.bool(name)?.unwrap_or(*permitted);
    }
    right.folder = fields.id("folder_id")?.unwrap_or(right.folder);
    if store.tree.folders.get(right.folder).is_none() {
        return Err(ApiError::not_found());
    }
    Ok(())
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let mut right = Right {
        folder: RequestFields::required("folder_id", request.fields.id("folder_id")?)?,
        target: targets::requested(store, &request.fields, None)?,
        permissions: PERMISSIONS.map(|name| choices::NEW_RIGHT_PERMITS.get().contains(name)),
    };
    apply_fields(store, &request.fields, &mut right)?;
    store.advance_clock();
    let id = store.rights.add(|_| right.clone());
    store.apply_rights();
    ApiResponse::ok(render(store, id, &right))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, right) = lookup(store, request)?;
    ApiResponse::ok(render(store, id, right))
}

/// Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, right) = lookup(store, request)?;
    let mut right = right.clone();
    right.target = targets::requested(store, &request.fields, Some(right.target))?;
    apply_fields(store, &request.fields, &mut right)?;
    let rendered = render(store, id, &right);
    store.advance_clock();
    store.rights.insert(id, right);
    store.apply_rights();
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, _) = lookup(store, request)?;
    store.rights.remove(id);
    store.apply_rights();
    Ok(ApiResponse::Empty)
}

/// The rights on the folder itself, without those on the folders above it.
pub(crate) fn of_folder(store: &Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    store.tree.visible_folder(folder, request.caller)?;
    let rights = store.rights.iter().filter(|(_, right)| right.folder == folder);
    ApiResponse::list(rights.map(|(id, right)| render(store, id, right)))
}
