//! Tags, and the elements that carry them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::choices::netexplorer as choices;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{DEFAULT_CATEGORY, Element, Store, Tag};

pub(super) fn render(id: u64, tag: &Tag) -> Value {
    json!({
        "id": id,
        "name": tag.name,
        "key": tag.name.to_lowercase(),
        "color": tag.color,
        "category_id": tag.category,
        "owner_id": tag.owner.to_string(),
        "private": tag.private,
    })
}

/// The tag in the path. Only its owner and administrators may see a private tag.
fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Tag), ApiError> {
    visible_tag(store, request, request.path_id("tagId")?)
}

fn visible_tag<'a>(
    store: &'a Store,
    request: &ApiRequest,
    id: u64,
) -> Result<(u64, &'a Tag), ApiError> {
    let tag = store.tags.get(id).ok_or_else(ApiError::not_found)?;
    if may_access(request, tag) { Ok((id, tag)) } else { Err(ApiError::forbidden()) }
}

pub(super) fn may_access(request: &ApiRequest, tag: &Tag) -> bool {
    !tag.private || request.caller.admin || tag.owner == request.caller.user
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let tags = store.tags.iter().filter(|(_, tag)| may_access(request, tag));
    ApiResponse::list(tags.map(|(id, tag)| render(id, tag)))
}

pub(crate) fn colors(_: &Store, _: &ApiRequest) -> ApiResult {
    let colors = choices::TAG_COLORS.get().iter().map(|name| (name.to_owned(), name.into()));
    ApiResponse::ok(json!({ "colors": Value::Object(colors.collect()) }))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, tag) = lookup(store, request)?;
    ApiResponse::ok(render(id, tag))
}

/// Names are unique within a category.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let name = RequestFields::required("name", request.fields.string("name")?)?.trim().to_owned();
    let category = request.fields.id("category_id")?.unwrap_or(DEFAULT_CATEGORY);
    let color = request.fields.string("color")?.unwrap_or("blue").to_owned();
    let private = request.fields.bool("private")?.unwrap_or(false);
    if name.is_empty() {
        return Err(ApiError::invalid_name());
    }
    store.tag_categories.get(category).ok_or_else(ApiError::not_found)?;
    if store.tags.iter().any(|(_, tag)| tag.category == category && tag.name == name) {
        return Err(ApiError::name_taken());
    }
    store.advance_clock();
    let tag = Tag { name, color, category, private, owner: request.caller.user };
    let id = store.tags.add(|_| tag.clone());
    ApiResponse::ok(render(id, &tag))
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    delete_everywhere(store, id);
    Ok(ApiResponse::Empty)
}

/// Deletes a tag, and removes it from all elements.
pub(super) fn delete_everywhere(store: &mut Store, id: u64) {
    store.tags.remove(id);
    for (_, folder) in store.tree.folders.iter_mut() {
        folder.tags.remove(&id);
    }
    for (_, file) in store.tree.files.iter_mut() {
        file.tags.remove(&id);
    }
}

/// The element in the path, if the caller may see it.
fn lookup_element(store: &Store, request: &ApiRequest) -> Result<Element, ApiError> {
    let id = request.path_id("elementId")?;
    let (file, folder) = (choices::FILE_ELEMENT_TYPE.get(), choices::FOLDER_ELEMENT_TYPE.get());
    match request.path_param("type") {
        kind if kind == file => {
            store.tree.visible_version(id, request.caller).map(|_| Element::File(id))
        }
        kind if kind == folder => {
            store.tree.visible_folder(id, request.caller).map(|_| Element::Folder(id))
        }
        _ => Err(ApiError::bad_request(format!("le type doit être {file} ou {folder}"))),
    }
}

fn tags_mut(store: &mut Store, element: Element) -> Option<&mut BTreeSet<u64>> {
    match element {
        Element::Folder(id) => Some(&mut store.tree.folders.get_mut(id)?.tags),
        Element::File(id) => {
            let key = store.tree.version(id)?.key;
            Some(&mut store.tree.files.get_mut(key)?.tags)
        }
    }
}

/// The tags on the element in the path.
pub(super) fn on_element(store: &Store, request: &ApiRequest) -> Result<BTreeSet<u64>, ApiError> {
    let tags = match lookup_element(store, request)? {
        Element::Folder(id) => store.tree.folders.get(id).map(|folder| folder.tags.clone()),
        Element::File(id) => store.tree.version(id).map(|found| found.file.tags.clone()),
    };
    tags.ok_or_else(ApiError::not_found)
}

/// Adding a tag that the element already has changes nothing.
pub(crate) fn add(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    let element = lookup_element(store, request)?;
    tags_mut(store, element).ok_or_else(ApiError::not_found)?.insert(id);
    Ok(ApiResponse::Empty)
}

pub(crate) fn remove(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    let element = lookup_element(store, request)?;
    let removed = tags_mut(store, element).ok_or_else(ApiError::not_found)?.remove(&id);
    if removed { Ok(ApiResponse::Empty) } else { Err(ApiError::not_found()) }
}

/// Adds tags to the folder, and removes others.
pub(crate) fn update_folder(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    let add = request.fields.ids(choices::ADD_TAGS_MEMBER.get())?.unwrap_or_default();
    let remove = request.fields.ids(choices::REMOVE_TAGS_MEMBER.get())?.unwrap_or_default();
    for id in &add {
        visible_tag(store, request, *id)?;
    }
    let tags = &mut store.tree.visible_folder_mut(folder, request.caller)?.tags;
    tags.extend(add);
    tags.retain(|tag| !remove.contains(tag));
    Ok(ApiResponse::Empty)
}
