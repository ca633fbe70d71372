//! Lightboxes: lists of assets that a user puts together.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::json_patch::{self, UNKNOWN_MEMBER};
use crate::mediavalet::pages::ASSET_PAGE_SIZE;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Lightbox, Store};

fn not_found(id: &str) -> ApiError {
    ApiError::not_found("lightbox", id)
}

fn respond(store: &Store, request: &ApiRequest, id: &str) -> ApiResult {
    let lightbox = store.lightboxes.get(id).ok_or_else(|| not_found(id))?;
    Ok(ApiResponse::ok(render::lightbox(store, id, lightbox, request)))
}

fn lightbox_mut<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Lightbox, ApiError> {
    store.lightboxes.get_mut(id).ok_or_else(|| not_found(id))
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let lightboxes =
        store.lightboxes.iter().map(|(id, it)| render::lightbox(store, id, it, request));
    request.list(lightboxes.collect())
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    respond(store, request, &request.path_id("lightboxId"))
}

#[derive(Debug, Deserialize)]
struct Details {
    name: Option<String>,
    description: Option<String>,
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let details: Details = request.json()?;
    let name = details.name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::bad_request("`name` is missing"))?;
    let created = store.tick();
    let description = details.description.unwrap_or_default();
    let id = store.lightboxes.add(Lightbox { name, description, assets: Vec::new(), created });
    respond(store, request, &id)
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("lightboxId");
    let details: Details = request.json()?;
    let lightbox = lightbox_mut(store, &id)?;
    lightbox.name = details.name.unwrap_or_else(|| lightbox.name.clone());
    lightbox.description = details.description.unwrap_or_else(|| lightbox.description.clone());
    respond(store, request, &id)
}

pub(crate) fn patch(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("lightboxId");
    let skipped = json_patch::apply(
        request,
        lightbox_mut(store, &id)?,
        |lightbox, member, _| match member {
            "name" => Some(lightbox.name.clone()),
            "description" => Some(lightbox.description.clone()),
            _ => None,
        },
        |lightbox, change| {
            match change.member.as_str() {
                "name" => lightbox.name = change.string()?,
                "description" => lightbox.description = change.string()?,
                _ => return Err(UNKNOWN_MEMBER.into()),
            }
            Ok(())
        },
    )?;
    Ok(respond(store, request, &id)?.with_errors(skipped))
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("lightboxId");
    store.lightboxes.remove(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::empty(StatusCode::OK))
}

pub(crate) fn assets(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("lightboxId");
    let lightbox = store.lightboxes.get(&id).ok_or_else(|| not_found(&id))?;
    let visible = lightbox.assets.iter().filter_map(|id| store.asset(id, request.version).ok());
    let (assets, records) = request.page(ASSET_PAGE_SIZE)?.slice(visible.collect());
    let assets: Vec<Value> =
        assets.iter().map(|asset| render::asset(store, asset, request)).collect();
    Ok(ApiResponse::ok(json!({ "assetCount": records.total, "assets": assets }))
        .with_records(records))
}

fn read_asset_ids(store: &Store, request: &ApiRequest) -> Result<Vec<String>, ApiError> {
    let ids: Vec<String> = request.json()?;
    let existing = |id: String| {
        let id = id.to_lowercase();
        store.asset(&id, request.version).map(|_| id)
    };
    ids.into_iter().map(existing).collect()
}

pub(crate) fn add_assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let ids = read_asset_ids(store, request)?;
    let lightbox = lightbox_mut(store, &request.path_id("lightboxId"))?;
    for id in &ids {
        if !lightbox.assets.contains(id) {
            lightbox.assets.push(id.clone());
        }
    }
    Ok(ApiResponse::ok(json!(ids)))
}

/// A DELETE with a body.
pub(crate) fn remove_assets(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let ids = read_asset_ids(store, request)?;
    let lightbox = lightbox_mut(store, &request.path_id("lightboxId"))?;
    lightbox.assets.retain(|id| !ids.contains(id));
    Ok(ApiResponse::ok(json!(ids)))
}

pub(crate) fn remove_asset(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let asset = request.path_id("assetId");
    let lightbox = lightbox_mut(store, &request.path_id("lightboxId"))?;
    if !lightbox.assets.contains(&asset) {
        return Err(ApiError::not_found("asset of this lightbox", &asset));
    }
    lightbox.assets.retain(|id| *id != asset);
    Ok(ApiResponse::empty(StatusCode::OK))
}
