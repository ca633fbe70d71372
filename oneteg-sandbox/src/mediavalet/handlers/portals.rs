//! Branded portals: their settings, their publication, and the assets in their sections.
//!
//! A section exists once assets were added to it, since the vendor documents no call that creates one.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Asset, Portal, PortalStatus, Rendition, Store, kinds};

fn not_found(id: &str) -> ApiError {
    ApiError::not_found("branded portal", id)
}

fn conflict(message: &str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, message)
}

fn find<'a>(store: &'a Store, request: &ApiRequest) -> Result<(String, &'a Portal), ApiError> {
    let id = request.path_id("brandedPortalId");
    let portal = store.portals.get(&id).ok_or_else(|| not_found(&id))?;
    Ok((id, portal))
}

/// The portal in the path, for a change.
fn find_mut<'a>(
    store: &'a mut Store,
    request: &ApiRequest,
) -> Result<(String, &'a mut Portal), ApiError> {
    let id = request.path_id("brandedPortalId");
    let now = store.tick();
    let portal = store.portals.get_mut(&id).ok_or_else(|| not_found(&id))?;
    portal.modified = now;
    Ok((id, portal))
}

/// The id of a version: the number of the portal with the version's time.
fn version_id(id: &str, at: i64) -> String {
    let number = id.rsplit('-').next().unwrap_or_default();
    format!("{:08x}-{:04x}-4000-8000-{number}", kinds::PORTAL, at & 0xffff)
}

fn render(store: &Store, id: &str, portal: &Portal, request: &ApiRequest) -> Value {
    let mut members = portal.settings.clone();
    let (live_host, live_path) = portal.live.clone().unzip();
    let other = json!({
        "id": id,
        "liveVersion": portal.published.map(|at| version_id(id, at)),
        "draftVersion": version_id(id, portal.modified),
        "name": portal.name,
        "status": portal.status.name(),
        "createdAt": render::date(portal.created),
        "host": portal.host,
        "path": portal.path,
        "liveHost": live_host,
        "livePath": live_path,
        "pageLayout": portal.layout,
        "lastPublishedAt": portal.published.map(render::date),
        "draftModifiedAt": render::date(portal.modified),
        "lastModifiedBy": render::caller(store),
        "skinColors": store.org_unit.skin_colors,
        "pageViews": 0,
        "downloads": "0",
    });
    if let Value::Object(other) = other {
        members.extend(other);
    }
    render::resource(Value::Object(members), &format!("/brandedportals/{id}"), request.version)
}

/// The shorter form of a portal.
fn summary(store: &Store, id: &str, portal: &Portal, request: &ApiRequest) -> Value {
    let live = portal.live.as_ref().filter(|_| portal.status == PortalStatus::Live);
    let object = json!({
        "id": id,
        "name": portal.name,
        "publicLiveUrl": live.map(|(host, path)| format!("https://{host}/{path}")),
        "status": portal.status.name(),
        "createdAt": render::date(portal.created),
        "draftModifiedAt": render::date(portal.modified),
        "lastModifiedBy": render::caller(store),
        "hasUnpublishedChanges": portal.has_unpublished_changes(),
        "pageViews": 0,
        "downloads": "0",
        "sharedBy": render::caller(store),
        "viewAccessGroupCount": 0,
    });
    render::resource(object, &format!("/brandedportals/{id}"), request.version)
}

fn respond(store: &Store, id: &str, request: &ApiRequest) -> ApiResult {
    let portal = store.portals.get(id).ok_or_else(|| not_found(id))?;
    Ok(ApiResponse::ok(render(store, id, portal, request)))
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    request.list(store.portals.iter().map(|(id, it)| summary(store, id, it, request)).collect())
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, portal) = find(store, request)?;
    Ok(ApiResponse::ok(render(store, &id, portal, request)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPortal {
    name: Option<String>,
    host: Option<String>,
    path: Option<String>,
    page_layout: Option<String>,
    language: Option<String>,
}

impl NewPortal {
    /// Name, host and path, if none of them is missing or taken.
    fn check(&self, store: &Store) -> Result<(&str, &str, &str), ApiError> {
        fn present(value: &Option<String>) -> Option<&str> {
            value.as_deref().filter(|value| !value.trim().is_empty())
        }
        let parts = (present(&self.name), present(&self.host), present(&self.path));
        let (Some(name), Some(host), Some(path)) = parts else {
            return Err(ApiError::bad_request("A portal needs `name`, `host` and `path`"));
        };
        check_name(store, name, None)?;
        check_address(store, host, path, None)?;
        Ok((name, host, path))
    }
}

fn others<'a>(store: &'a Store, id: Option<&'a str>) -> impl Iterator<Item = &'a Portal> {
    store.portals.iter().filter(move |(other, _)| Some(*other) != id).map(|(_, portal)| portal)
}

fn check_name(store: &Store, name: &str, id: Option<&str>) -> Result<(), ApiError> {
    match others(store, id).any(|other| other.name.eq_ignore_ascii_case(name)) {
        true => Err(conflict("A portal with this name exists already")),
        false => Ok(()),
    }
}

fn check_address(store: &Store, host: &str, path: &str, id: Option<&str>) -> Result<(), ApiError> {
    let taken = |other: &Portal| {
        other.host.eq_ignore_ascii_case(host) && other.path.eq_ignore_ascii_case(path)
    };
    match others(store, id).any(taken) {
        true => Err(conflict("A portal with this address exists already")),
        false => Ok(()),
    }
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let new: NewPortal = request.json()?;
    let (name, host, path) = new.check(store)?;
    let language = new.language.as_deref().unwrap_or("EN");
    let at = store.now() + 1;
    let mut portal = Portal::new(name, host, path, language, at);
    portal.layout = new.page_layout.clone().unwrap_or_default();
    store.tick();
    let id = store.portals.add(portal);
    let portal = store.portals.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::new(StatusCode::CREATED, render(store, &id, portal, request)))
}

/// Copies a portal, with its settings and sections, to a draft with another name and address.
pub(crate) fn duplicate(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (_, original) = find(store, request)?;
    let new: NewPortal = request.json()?;
    let (name, host, path) = new.check(store)?;
    let at = store.now() + 1;
    let copy = Portal {
        name: name.to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
        status: PortalStatus::Draft,
        live: None,
        published: None,
        created: at,
        modified: at,
        ..original.clone()
    };
    store.tick();
    let id = store.portals.add(copy);
    let portal = store.portals.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::new(StatusCode::CREATED, render(store, &id, portal, request)))
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("brandedPortalId");
    store.portals.remove(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(crate) fn rename(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = find(store, request)?;
    let name = Some(request.string()?).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::bad_request("The name must not be empty"))?;
    check_name(store, &name, Some(&id))?;
    find_mut(store, request)?.1.name = name;
    let (id, portal) = find(store, request)?;
    Ok(ApiResponse::ok(summary(store, &id, portal, request)))
}

pub(crate) fn set_layout(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let layout = request.string()?;
    let (id, portal) = find_mut(store, request)?;
    portal.layout = layout;
    respond(store, &id, request)
}

pub(crate) fn set_address(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    struct Address {
        host: Option<String>,
        path: Option<String>,
    }
    let (id, portal) = find(store, request)?;
    let new: Address = request.json()?;
    let host = new.host.unwrap_or_else(|| portal.host.clone());
    let path = new.path.unwrap_or_else(|| portal.path.clone());
    check_address(store, &host, &path, Some(&id))?;
    let (_, portal) = find_mut(store, request)?;
    (portal.host, portal.path) = (host, path);
    respond(store, &id, request)
}

/// Sets the members of one of the structured settings that it has already, to values of the same type.
fn set(store: &mut Store, request: &ApiRequest, setting: &str) -> ApiResult {
    let body: Map<String, Value> = request.json()?;
    let (id, portal) = find_mut(store, request)?;
    if let Some(Value::Object(members)) = portal.settings.get_mut(setting) {
        for (name, value) in body {
            let Some(known) = members.get_mut(&name) else { continue };
            if std::mem::discriminant(known) != std::mem::discriminant(&value) {
                return Err(ApiError::bad_request(format!("`{name}` has another type")));
            }
            *known = value;
        }
    }
    respond(store, &id, request)
}

pub(crate) fn set_search(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set(store, request, "searchSettings")
}

pub(crate) fn set_download(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set(store, request, "downloadSettings")
}

pub(crate) fn set_language(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set(store, request, "languageSettings")
}

pub(crate) fn set_navigation(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set(store, request, "navigationSettings")
}

pub(crate) fn set_access(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set(store, request, "restrictAccessSettings")
}

pub(crate) fn set_highlight_colour(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set(store, request, "highlightColourSettings")
}

/// The access key as a string.
pub(crate) fn access_key(store: &Store, request: &ApiRequest) -> ApiResult {
    let (_, portal) = find(store, request)?;
    Ok(ApiResponse::ok(portal.settings["restrictAccessSettings"]["accessKey"].clone()))
}

/// Publishes the draft. One without changes since the last publication is a conflict.
pub(crate) fn publish(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, portal) = find(store, request)?;
    if portal.status == PortalStatus::Live && !portal.has_unpublished_changes() {
        return Err(conflict("The portal has no unpublished changes"));
    }
    let (_, portal) = find_mut(store, request)?;
    portal.status = PortalStatus::Live;
    portal.published = Some(portal.modified);
    portal.live = Some((portal.host.clone(), portal.path.clone()));
    respond(store, &id, request)
}

pub(crate) fn disable(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, portal) = find_mut(store, request)?;
    portal.status = PortalStatus::Disabled;
    respond(store, &id, request)
}

fn render_asset(asset: &Asset, sections: &[&str], version: &str, request: &ApiRequest) -> Value {
    let link = |kind| render::rendition_link(asset, kind, request);
    json!({
        "id": asset.id,
        "title": asset.title,
        "media": {
            "type": asset.file().asset_type(), "thumb": link(Rendition::Thumb),
            "small": link(Rendition::Small), "medium": link(Rendition::Medium),
            "large": link(Rendition::Large), "sasExpiry": request.links.lifetime_ms(), "sasRenewal": 0,
        },
        "file": file(asset),
        "visible": true,
        "brandedPortalVersionSections": { version: sections },
        "permissions": [],
    })
}

fn file(asset: &Asset) -> Value {
    let file = asset.file();
    json!({ "title": asset.title, "fileName": file.name, "fileType": file.extension() })
}

pub(crate) fn section_assets(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, portal) = find(store, request)?;
    let section = request.path_id("sectionId");
    let ids = portal.sections.get(&section).map(Vec::as_slice).unwrap_or_default();
    let assets = ids.iter().filter_map(|id| store.asset(id, request.version).ok());
    let (assets, records) = request.asset_page()?.slice(assets.collect());
    let version = version_id(&id, portal.modified);
    let assets: Vec<Value> = assets
        .iter()
        .map(|asset| render_asset(asset, &[section.as_str()], &version, request))
        .collect();
    let payload = json!({ "assetCount": records.total, "assets": assets });
    Ok(ApiResponse::ok(payload).with_records(records))
}

/// The ids in the body, in lower case.
fn asset_ids(request: &ApiRequest) -> Result<Vec<String>, ApiError> {
    Ok(request.json::<Vec<String>>()?.iter().map(|id| id.to_lowercase()).collect())
}

pub(crate) fn add_section_assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let ids = asset_ids(request)?;
    for id in &ids {
        store.asset(id, request.version)?;
    }
    let section = request.path_id("sectionId");
    let (_, portal) = find_mut(store, request)?;
    let assets = portal.sections.entry(section).or_default();
    for id in ids {
        if !assets.contains(&id) {
            assets.push(id);
        }
    }
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

/// A DELETE with a body, as is the next one.
pub(crate) fn remove_section_assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (ids, section) = (asset_ids(request)?, request.path_id("sectionId"));
    find_mut(store, request)?.1.remove_assets(Some(&section), &ids);
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

pub(crate) fn remove_assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let ids = asset_ids(request)?;
    find_mut(store, request)?.1.remove_assets(None, &ids);
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

/// Moves the assets of the body that are in its source section.
pub(crate) fn move_assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Move {
        asset_ids: Vec<String>,
        source_section_id: String,
        destination_section_id: String,
    }
    let order: Move = request.json()?;
    let ids: Vec<String> = order.asset_ids.iter().map(|id| id.to_lowercase()).collect();
    let (_, portal) = find_mut(store, request)?;
    let source = order.source_section_id.to_lowercase();
    let found = portal.sections.get(&source).map(Vec::as_slice).unwrap_or_default();
    let moved: Vec<String> = found.iter().filter(|id| ids.contains(id)).cloned().collect();
    portal.remove_assets(Some(&source), &moved);
    let target = portal.sections.entry(order.destination_section_id.to_lowercase()).or_default();
    for id in moved {
        if !target.contains(&id) {
            target.push(id);
        }
    }
    Ok(ApiResponse::empty(StatusCode::NO_CONTENT))
}

/// The assets in the body that are in some portal.
pub(crate) fn validate_in_all(store: &Store, request: &ApiRequest) -> ApiResult {
    let used = |id: &String| {
        let mut sections = store.portals.iter().flat_map(|(_, portal)| portal.sections.values());
        sections.any(|assets| assets.contains(id))
    };
    let used: Vec<String> = asset_ids(request)?.into_iter().filter(used).collect();
    Ok(ApiResponse::ok(json!(used)))
}

/// Where in the portal the assets in the body are.
pub(crate) fn validate_in_one(store: &Store, request: &ApiRequest) -> ApiResult {
    let (_, portal) = find(store, request)?;
    let mut places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for id in asset_ids(request)? {
        let sections = portal.sections.iter().filter(|(_, assets)| assets.contains(&id));
        let sections: Vec<&str> = sections.map(|(section, _)| section.as_str()).collect();
        if !sections.is_empty() {
            places.insert(id, sections);
        }
    }
    let render = |(id, sections): (String, Vec<&str>)| {
        let asset = store.asset(&id, request.version).ok()?;
        let object = json!({ "assetId": id, "assetFile": file(&asset), "sectionIds": sections });
        Some(render::resource(object, "brandedPortalAsset", request.version))
    };
    Ok(ApiResponse::ok(places.into_iter().filter_map(render).collect()))
}
