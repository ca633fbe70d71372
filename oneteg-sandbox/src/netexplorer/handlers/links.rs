//! Share links: files that anyone who has the key may download.

use serde_json::{Value, json};

use super::downloads;
use crate::choices::netexplorer as choices;
use crate::netexplorer::render::{self, date};
use crate::netexplorer::request::{ApiRequest, Caller, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Node, ShareLink, Store, VersionRef};

/// The version that a link leads to: with `autoupdate`, the newest one of the file.
fn target<'a>(store: &'a Store, link: &ShareLink, id: u64) -> Option<VersionRef<'a>> {
    let found = store.tree.version(id)?;
    if link.autoupdate { store.tree.newest_version(found.key) } else { Some(found) }
}

fn is_valid(store: &Store, link: &ShareLink) -> bool {
    link.expiration.is_none_or(|end| store.now() < end)
        && link.max_downloads.is_none_or(|limit| link.downloads < limit)
}

fn render(store: &Store, id: u64, link: &ShareLink) -> Value {
    let files = link.files.iter().filter_map(|id| target(store, link, *id));
    let files: Vec<_> =
        files.map(|found| render::file(store, Caller::KEY_HOLDER, found, false)).collect();
    json!({
        "id": id,
        "key": link.key,
        "owner": store.display_name(link.owner),
        "owner_id": link.owner.to_string(),
        "files": files,
        "autoupdate": link.autoupdate,
        "expiration_date": link.expiration.map(date),
        "max_downloads": link.max_downloads,
        "nb_downloads": link.downloads,
        "remaining_downloads": link.max_downloads.map(|limit| limit - link.downloads),
        "notify": link.notify,
        "only_preview": link.only_preview,
        "type": link.kind,
        "password_protected": password_mark(store, link),
        "is_valid": is_valid(store, link),
    })
}

/// A mark that does not reveal the password, but is the same for all links that have the same one.
fn password_mark(store: &Store, link: &ShareLink) -> Option<String> {
    let password = link.password.as_ref()?;
    let mut links = store.share_links.iter().map(|(_, link)| link);
    let first = links.position(|other| other.password.as_ref() == Some(password));
    Some(format!("password-{}", first.unwrap_or_else(|| store.share_links.iter().count())))
}

/// Refuses ids of versions that the caller may not see or share.
fn check_shareable(store: &Store, request: &ApiRequest, ids: &[u64]) -> Result<(), ApiError> {
    for id in ids {
        let found = store.tree.visible_version(*id, request.caller)?;
        store.check_permission(request.caller, found.file.parent, "share")?;
    }
    Ok(())
}

fn apply_fields(store: &Store, request: &ApiRequest, link: &mut ShareLink) -> Result<(), ApiError> {
    let fields = &request.fields;
    if let Some(ids) = fields.ids(choices::LINK_FILES_MEMBER.get())? {
        check_shareable(store, request, &ids)?;
        link.files = ids;
    }
    link.autoupdate = fields.bool("autoupdate")?.unwrap_or(link.autoupdate);
    link.expiration = fields.date("expiration_date")?.or(link.expiration);
    link.max_downloads = fields.integer("max_downloads")?.or(link.max_downloads);
    link.notify = fields.bool("notify")?.unwrap_or(link.notify);
    link.only_preview = fields.bool("only_preview")?.unwrap_or(link.only_preview);
    link.kind = fields.integer("type")?.unwrap_or(link.kind);
    link.password =
        fields.string(choices::PASSWORD_MEMBER.get())?.map(str::to_owned).or(link.password.take());
    Ok(())
}

fn may_access(request: &ApiRequest, link: &ShareLink) -> bool {
    request.caller.admin || link.owner == request.caller.user
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a ShareLink), ApiError> {
    let id = request.path_id("sharelinkId")?;
    let link = store.share_links.get(id).ok_or_else(ApiError::not_found)?;
    if may_access(request, link) { Ok((id, link)) } else { Err(ApiError::forbidden()) }
}

fn lookup_by_key<'a>(store: &'a Store, key: &str) -> Result<(u64, &'a ShareLink), ApiError> {
    store.share_links.iter().find(|(_, link)| link.key == key).ok_or_else(ApiError::not_found)
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let links = store.share_links.iter().filter(|(_, link)| may_access(request, link));
    ApiResponse::list(links.map(|(id, link)| render(store, id, link)))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, link) = lookup(store, request)?;
    ApiResponse::ok(render(store, id, link))
}

pub(crate) fn by_key(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, link) = lookup_by_key(store, request.path_param("sharelinkKey"))?;
    ApiResponse::ok(render(store, id, link))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    RequestFields::required(
        choices::LINK_FILES_MEMBER.get(),
        request.fields.ids(choices::LINK_FILES_MEMBER.get())?,
    )?;
    let mut link = ShareLink {
        key: String::new(),
        owner: request.caller.user,
        files: Vec::new(),
        autoupdate: false,
        expiration: None,
        max_downloads: None,
        downloads: 0,
        notify: false,
        only_preview: false,
        kind: 0,
        password: None,
    };
    apply_fields(store, request, &mut link)?;
    store.advance_clock();
    link.key = store.unique_name("link");
    let id = store.share_links.add(|_| link);
    let link = store.share_links.get(id).ok_or_else(ApiError::not_found)?;
    ApiResponse::ok(render(store, id, link))
}

/// Changes the link in the path, completely or not at all.
fn modify(
    store: &mut Store,
    request: &ApiRequest,
    change: impl FnOnce(&Store, &mut ShareLink) -> Result<(), ApiError>,
) -> ApiResult {
    let (id, link) = lookup(store, request)?;
    let mut link = link.clone();
    change(store, &mut link)?;
    let rendered = render(store, id, &link);
    store.share_links.insert(id, link);
    ApiResponse::ok(rendered)
}

/// Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    modify(store, request, |store, link| apply_fields(store, request, link))
}

/// Adds files.
pub(crate) fn add_file(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let ids = RequestFields::required(
        choices::LINK_FILES_MEMBER.get(),
        request.fields.ids(choices::LINK_FILES_MEMBER.get())?,
    )?;
    modify(store, request, |store, link| {
        check_shareable(store, request, &ids)?;
        link.files.extend(ids);
        Ok(())
    })
}

/// Adds the files that are directly in the folders.
pub(crate) fn add_folder(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let folders = RequestFields::required(
        choices::LINK_FOLDERS_MEMBER.get(),
        request.fields.ids(choices::LINK_FOLDERS_MEMBER.get())?,
    )?;
    modify(store, request, |store, link| {
        for folder in folders {
            store.tree.visible_folder(folder, request.caller)?;
            store.check_permission(request.caller, folder, "share")?;
            link.files.extend(store.tree.children(folder).filter_map(|node| match node {
                Node::File(key) => store.tree.newest_version(key).map(|found| found.id),
                Node::Folder(_) => None,
            }));
        }
        Ok(())
    })
}

pub(crate) fn remove_file(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let file = request.path_id("fileId")?;
    modify(store, request, |_, link| {
        let position =
            link.files.iter().position(|id| *id == file).ok_or_else(ApiError::not_found)?;
        link.files.remove(position);
        Ok(())
    })?;
    Ok(ApiResponse::Empty)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    store.share_links.remove(id);
    Ok(ApiResponse::Empty)
}

/// The link is given by id or by key.
pub(crate) fn check_password(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let link = match request.path_param("sharelinkKey") {
        "" => {
            let id = request.path_id("sharelinkId")?;
            store.share_links.get(id).ok_or_else(ApiError::not_found)?
        }
        key => lookup_by_key(store, key)?.1,
    };
    let given = request.fields.string(choices::PASSWORD_MEMBER.get())?;
    let correct = link.password.is_none() || link.password.as_deref() == given;
    if correct { Ok(ApiResponse::Empty) } else { Err(ApiError::wrong_password()) }
}

/// The only file of a link. If a link has several files, the vendor packs them; the sandbox responds with 400,
/// and each file can be downloaded with a token.
pub(crate) fn download(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, link) = lookup_by_key(store, request.path_param("sharelinkKey"))?;
    if !is_valid(store, link) || link.only_preview {
        return Err(ApiError::forbidden());
    }
    let response = match link.files.as_slice() {
        [file] => {
            downloads::content_of(target(store, link, *file).ok_or_else(ApiError::not_found)?, true)
        }
        _ => return Err(ApiError::bad_request("le lien porte plusieurs fichiers")),
    };
    if let Some(link) = store.share_links.get_mut(id) {
        link.downloads += 1;
    }
    Ok(response)
}

/// A token for the only file of a link, as [`download`] sends it.
pub(crate) fn download_token(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, link) = lookup_by_key(store, request.path_param("key"))?;
    if !is_valid(store, link) || link.only_preview {
        return Err(ApiError::forbidden());
    }
    let file = match link.files.as_slice() {
        [file] => target(store, link, *file).ok_or_else(ApiError::not_found)?.id,
        _ => return Err(ApiError::bad_request("le lien porte plusieurs fichiers")),
    };
    downloads::issue_file_token(store, file, "download")
}

pub(crate) fn file_token(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, link) = lookup_by_key(store, request.path_param("key"))?;
    let file = request.path_id("dataId")?;
    if !is_valid(store, link) || (link.only_preview && request.path_param("type") != "preview") {
        return Err(ApiError::forbidden());
    }
    let linked = link
        .files
        .iter()
        .any(|id| *id == file || target(store, link, *id).is_some_and(|found| found.id == file));
    if linked {
        downloads::issue_file_token(store, file, request.path_param("type"))
    } else {
        Err(ApiError::not_found())
    }
}
