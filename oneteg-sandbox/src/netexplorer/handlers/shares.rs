//! Shares: files and folders that anyone who has the key may see.

use serde_json::{Value, json};

use super::downloads;
use crate::choices::netexplorer as choices;
use crate::netexplorer::render::{self, Detail};
use crate::netexplorer::request::{ApiRequest, Caller, RequestFields, as_id};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Element, Share, Store};

/// An entry of a share. An `entity_type` of 0 is known to be a folder; 1 is presumed to be a file.
fn render_entry(store: &Store, element: Element) -> Value {
    match element {
        Element::Folder(id) => json!({ "entity_type": 0, "id": id }),
        Element::File(id) => {
            let guid = store.tree.version(id).map(|found| found.file.guid.as_str());
            json!({ "entity_type": 1, "id": id, "guid": guid })
        }
    }
}

fn render(store: &Store, id: u64, share: &Share) -> Value {
    let roots: Vec<_> = share.roots.iter().map(|root| render_entry(store, *root)).collect();
    json!({ "id": id, "key": share.key, "flags": share.flags, "roots": roots })
}

fn requested_roots(store: &Store, request: &ApiRequest) -> Result<Option<Vec<Element>>, ApiError> {
    let Some(entries) = request.fields.list("roots")? else { return Ok(None) };
    let read = |entry: &Value| -> Result<Element, ApiError> {
        let id = entry.get("id").and_then(as_id);
        let id =
            id.ok_or_else(|| ApiError::bad_request("« roots » doit donner des identifiants"))?;
        let (element, folder) = match entry.get("entity_type").and_then(Value::as_i64) {
            Some(0) => {
                store.tree.visible_folder(id, request.caller)?;
                (Element::Folder(id), id)
            }
            Some(1) => {
                let found = store.tree.visible_version(id, request.caller)?;
                (Element::File(id), found.file.parent)
            }
            _ => return Err(ApiError::bad_request("« entity_type » doit être 0 ou 1")),
        };
        store.check_permission(request.caller, folder, "share").map(|()| element)
    };
    entries.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn may_access(request: &ApiRequest, share: &Share) -> bool {
    request.caller.admin || share.owner == request.caller.user
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Share), ApiError> {
    let id = request.path_id("shareId")?;
    let share = store.shares.get(id).ok_or_else(ApiError::not_found)?;
    if may_access(request, share) { Ok((id, share)) } else { Err(ApiError::forbidden()) }
}

fn lookup_by_key<'a>(store: &'a Store, key: &str) -> Result<(u64, &'a Share), ApiError> {
    store.shares.iter().find(|(_, share)| share.key == key).ok_or_else(ApiError::not_found)
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let shares = store.shares.iter().filter(|(_, share)| may_access(request, share));
    ApiResponse::list(shares.map(|(id, share)| render(store, id, share)))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, share) = lookup(store, request)?;
    ApiResponse::ok(render(store, id, share))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let roots = RequestFields::required("roots", requested_roots(store, request)?)?;
    if roots.is_empty() {
        return Err(ApiError::bad_request("« roots » est vide"));
    }
    let flags = request.fields.integer("flags")?.unwrap_or(0);
    let password = request.fields.string(choices::PASSWORD_MEMBER.get())?.map(str::to_owned);
    store.advance_clock();
    let share = Share {
        key: store.unique_name("share"),
        flags,
        roots,
        owner: request.caller.user,
        password,
    };
    let id = store.shares.add(|_| share);
    let share = store.shares.get(id).ok_or_else(ApiError::not_found)?;
    ApiResponse::ok(render(store, id, share))
}

/// Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, share) = lookup(store, request)?;
    let mut share = share.clone();
    share.roots = requested_roots(store, request)?.unwrap_or(share.roots);
    share.flags = request.fields.integer("flags")?.unwrap_or(share.flags);
    share.password = request
        .fields
        .string(choices::PASSWORD_MEMBER.get())?
        .map(str::to_owned)
        .or(share.password);
    let rendered = render(store, id, &share);
    store.shares.insert(id, share);
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    store.shares.remove(id);
    Ok(ApiResponse::Empty)
}

/// A page of the files in the share. The sandbox records no events for them.
pub(crate) fn activities(store: &Store, request: &ApiRequest) -> ApiResult {
    let (_, share) = lookup(store, request)?;
    let files = share.roots.iter().filter_map(|root| match root {
        Element::File(id) => store.tree.version(*id),
        Element::Folder(_) => None,
    });
    let entries =
        files.map(|found| json!({ "id": found.id, "name": found.file.name, "events": [] }));
    ApiResponse::page(request.page()?, entries.collect())
}

pub(crate) fn by_key(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, share) = lookup_by_key(store, request.path_param("shareKey"))?;
    ApiResponse::ok(render(store, id, share))
}

pub(crate) fn check_password(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, share) = lookup_by_key(store, request.path_param("shareKey"))?;
    let given = request.fields.string(choices::PASSWORD_MEMBER.get())?;
    let correct = share.password.is_none() || share.password.as_deref() == given;
    if correct { Ok(ApiResponse::Empty) } else { Err(ApiError::wrong_password()) }
}

/// The first root as an entry, as the vendor documents, with all roots in `content`.
pub(crate) fn content(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, share) = lookup_by_key(store, request.path_param("shareKey"))?;
    let first = share.roots.first().ok_or_else(ApiError::not_found)?;
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for root in &share.roots {
        match root {
            Element::Folder(id) => {
                if let Some(folder) = store.tree.folders.get(*id) {
                    let key = Caller::KEY_HOLDER;
                    folders.push(render::folder(store, key, *id, folder, Detail::SHORT));
                }
            }
            Element::File(id) => {
                files.extend(
                    store
                        .tree
                        .version(*id)
                        .map(|found| render::file(store, Caller::KEY_HOLDER, found, false)),
                );
            }
        }
    }
    let mut rendered = render_entry(store, *first);
    rendered["content"] = json!({ "files": files, "folders": folders });
    ApiResponse::ok(rendered)
}

/// A folder that the share contains, at any depth.
pub(crate) fn folder_content(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, share) = lookup_by_key(store, request.path_param("shareKey"))?;
    let id = request.path_id("folderId")?;
    let inside =
        store.tree.lineage(id).iter().any(|id| share.roots.contains(&Element::Folder(*id)));
    if !inside || store.tree.folders.get(id).is_none() {
        return Err(ApiError::not_found());
    }
    let mut rendered = render_entry(store, Element::Folder(id));
    rendered["content"] = render::content(store, Caller::KEY_HOLDER, id, Detail::SHORT);
    ApiResponse::ok(rendered)
}

/// A token for a file that the share contains, by its `guid`.
pub(crate) fn file_token(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, share) = lookup_by_key(store, request.path_param("key"))?;
    let key = store.tree.file_key(request.path_param("guId")).ok_or_else(ApiError::not_found)?;
    let found = store.tree.newest_version(key).ok_or_else(ApiError::not_found)?;
    let inside = share.roots.iter().any(|root| match root {
        Element::File(id) => found.file.versions.contains(id),
        Element::Folder(id) => store.tree.lineage(found.file.parent).contains(id),
    });
    let id = found.id;
    if !inside {
        return Err(ApiError::not_found());
    }
    downloads::issue_file_token(store, id, request.path_param("type"))
}

/// A token for a share of one file. The vendor packs anything else; the sandbox responds with 400.
pub(crate) fn download_token(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, share) = lookup_by_key(store, request.path_param("key"))?;
    let [Element::File(file)] = share.roots.as_slice() else {
        return Err(ApiError::bad_request("le partage n'est pas un seul fichier"));
    };
    let file = store.tree.version(*file).ok_or_else(ApiError::not_found)?.id;
    downloads::issue_file_token(store, file, "download")
}
