//! Links to files: originals, several originals at once, and renditions.
//!
//! An original is downloaded in two steps: `validate` returns the path of `create`, which returns the link.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::shared_access::Permissions;
use crate::mediavalet::state::{Rendition, Store};

/// `POST /downloads/validate`. The sandbox has neither preconditions nor settings.
pub(crate) fn validate(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let _: serde_json::Map<String, Value> = request.json()?;
    let id = store.downloads.add(());
    Ok(ApiResponse::ok(json!({
        "downloadId": id,
        "downloadLink": format!("downloads/{id}/asset"),
        "preconditions": [],
        "settings": [],
    })))
}

/// `POST /downloads/{id}/asset`, with the id of a validated download.
pub(crate) fn create(store: &Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Download {
        asset_id: String,
    }
    let id = request.path_id("id");
    store.downloads.get(&id).ok_or_else(|| ApiError::not_found("download", &id))?;
    let Download { asset_id } = request.json()?;
    let asset = store.asset(&asset_id.to_lowercase(), request.version)?;
    let link = request.links.signed_url(&asset.file().blob_name, Permissions::Read);
    Ok(ApiResponse::new(StatusCode::ACCEPTED, json!({ "id": id, "sasUrl": link, "errors": [] })))
}

/// `POST /assets/{assetId}/downloaded`, which the history of the asset shows.
pub(crate) fn report(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let now = store.now();
    let asset = store.assets.get_mut(&id).ok_or_else(|| ApiError::not_found("asset", &id))?;
    asset.remember("Downloaded", None, now);
    Ok(ApiResponse::empty(StatusCode::OK))
}

/// Links to the current files of several assets.
pub(crate) fn urls(store: &Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Selection {
        asset_ids: Vec<String>,
    }
    let selection: Selection = request.json()?;
    let link = |id: &String| {
        let asset = store.asset(&id.to_lowercase(), request.version)?;
        Ok(request.links.signed_url(&asset.file().blob_name, Permissions::Read))
    };
    let urls: Vec<String> =
        selection.asset_ids.iter().map(link).collect::<Result<_, ApiError>>()?;
    Ok(ApiResponse::ok(json!({ "fileName": "download", "assetDownloadUrls": urls })))
}

pub(crate) fn rendition_kinds(_: &Store, request: &ApiRequest) -> ApiResult {
    let render = |kind: Rendition| {
        json!({
            "renditionKindId": kind.id(), "code": kind as u32, "name": kind.name(),
            "description": format!("At most {} pixels", kind.longest_edge()), "isDefault": false,
            "mimeType": "image/png", "targetFileExtension": "png",
            "width": kind.longest_edge(), "height": kind.longest_edge(),
        })
    };
    request.list(Rendition::ALL.into_iter().map(render).collect())
}

pub(crate) fn renditions(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let render = |kind: Rendition| -> Option<Value> {
        let size = asset.file().picture?.within(kind.longest_edge());
        Some(json!({
            "id": kind.id(), "renditionTypeId": kind.id(), "width": size.width, "height": size.height,
            "mimeType": "image/png", "watermarked": false,
        }))
    };
    request.list(Rendition::ALL.into_iter().filter_map(render).collect())
}

pub(crate) fn rendition(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let kind_id = request.path_id("renditionKindId");
    let kind = Rendition::ALL.into_iter().find(|kind| kind.id() == kind_id);
    let file = asset.file();
    let name = kind.and_then(|kind| file.rendition_blob_name(kind));
    let name = name.ok_or_else(|| ApiError::not_found("rendition", &kind_id))?;
    let thumb = file.rendition_blob_name(Rendition::Thumb);
    let link = |name: &str| request.links.signed_url(name, Permissions::Read);
    Ok(ApiResponse::ok(json!({
        "renditionUrl": link(&name),
        "thumbnailUrl": thumb.map(|name| link(&name)),
        "sasExpiry": request.links.lifetime_ms(),
        "sasRenewal": 0,
    })))
}
