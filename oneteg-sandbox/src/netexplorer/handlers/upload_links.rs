//! Upload links: a folder in which anyone who has the key may deposit files. No known operation deposits one.

use axum::http::header::HOST;
use serde_json::{Value, json};

use crate::choices::netexplorer as choices;
use crate::netexplorer::render::FolderTotals;
use crate::netexplorer::request::{ApiRequest, Caller, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Store, UploadLink};

/// No source shows the form of the URL.
fn render(store: &Store, request: &ApiRequest, id: u64, link: &UploadLink) -> Value {
    let host = request.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let folder = store.tree.folders.get(link.folder);
    let size = folder.map(|_| FolderTotals::of(store, Caller::KEY_HOLDER, link.folder).size);
    json!({
        "id": id,
        "key": link.key,
        "url": format!("http://{host}/ulink/{}", link.key),
        "flags": link.flags,
        "folder": folder.map(|folder| folder.name.as_str()),
        "folder_id": folder.map(|_| link.folder),
        "folder_size": size,
        "is_valid": folder.is_some(),
        "owner": store.display_name(link.owner),
        "owner_id": link.owner.to_string(),
    })
}

fn may_access(request: &ApiRequest, link: &UploadLink) -> bool {
    request.caller.admin || link.owner == request.caller.user
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a UploadLink), ApiError> {
    let id = request.path_id("ulinkId")?;
    let link = store.upload_links.get(id).ok_or_else(ApiError::not_found)?;
    if may_access(request, link) { Ok((id, link)) } else { Err(ApiError::forbidden()) }
}

fn lookup_by_key<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> Result<(u64, &'a UploadLink), ApiError> {
    let key = request.path_param("ulinkKey");
    store.upload_links.iter().find(|(_, link)| link.key == key).ok_or_else(ApiError::not_found)
}

fn apply_fields(
    store: &Store,
    request: &ApiRequest,
    link: &mut UploadLink,
) -> Result<(), ApiError> {
    let fields = &request.fields;
    link.folder = fields.id("folder_id")?.unwrap_or(link.folder);
    store.tree.visible_folder(link.folder, request.caller)?;
    store.check_permission(request.caller, link.folder, "share")?;
    link.flags = fields.integer("flags")?.unwrap_or(link.flags);
    link.password =
        fields.string(choices::PASSWORD_MEMBER.get())?.map(str::to_owned).or(link.password.take());
    Ok(())
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let links = store.upload_links.iter().filter(|(_, link)| may_access(request, link));
    ApiResponse::list(links.map(|(id, link)| render(store, request, id, link)))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, link) = lookup(store, request)?;
    ApiResponse::ok(render(store, request, id, link))
}

pub(crate) fn by_key(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, link) = lookup_by_key(store, request)?;
    ApiResponse::ok(render(store, request, id, link))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let mut link = UploadLink {
        key: String::new(),
        owner: request.caller.user,
        folder: RequestFields::required("folder_id", request.fields.id("folder_id")?)?,
        flags: 0,
        password: None,
    };
    apply_fields(store, request, &mut link)?;
    store.advance_clock();
    link.key = store.unique_name("ulink");
    let id = store.upload_links.add(|_| link.clone());
    ApiResponse::ok(render(store, request, id, &link))
}

/// Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, link) = lookup(store, request)?;
    let mut link = link.clone();
    apply_fields(store, request, &mut link)?;
    let rendered = render(store, request, id, &link);
    store.advance_clock();
    store.upload_links.insert(id, link);
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    store.upload_links.remove(id);
    Ok(ApiResponse::Empty)
}

pub(crate) fn check_password(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, link) = lookup_by_key(store, request)?;
    let given = request.fields.string(choices::PASSWORD_MEMBER.get())?;
    let correct = link.password.is_none() || link.password.as_deref() == given;
    if correct { Ok(ApiResponse::Empty) } else { Err(ApiError::wrong_password()) }
}
