//! Direct links: created, listed, deactivated and activated. Their URLs lead nowhere.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::choices::mediavalet as choices;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Asset, DirectLink, Store};

// The sizes and formats by type of asset. All assets other than images, videos and audio count as documents.
const IMAGE_SIZES: [&str; 9] = [
    "XLarge",
    "Widescreen",
    "Fullscreen",
    "Large",
    "Medium",
    "Small",
    "Thumbnail",
    "Original",
    "Custom",
];
const VIDEO_SIZES: [&str; 6] =
    ["Widescreen360p", "Widescreen480p", "Widescreen720p", "Widescreen1080p", "Original", "Custom"];
const IMAGE_FORMATS: [&str; 5] = ["GIF", "JPG", "PDF", "PNG", "TIFF"];
const VIDEO_FORMATS: [&str; 7] = ["AVI", "FLV", "MKV", "MOV", "MPEG", "MP4", "WMV"];
const AUDIO_FORMATS: [&str; 3] = ["MP3", "MP4", "MWA"];
const DOCUMENT_FORMATS: [&str; 1] = ["PDF"];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NewDirectLink {
    rendition_settings: RenditionSettings,
    link_settings: LinkSettings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RenditionSettings {
    size: Size,
    format: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Size {
    r#type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LinkSettings {
    link_name: Option<String>,
    is_unique_link: bool,
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = request.path_id("assetId");
    store.asset(&asset, request.version)?;
    let links = store.direct_links.iter().filter(|(_, link)| link.asset == asset);
    request.list(links.map(|(id, link)| render::direct_link(store, id, link, request)).collect())
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let asset = store.asset(&id, request.version)?;
    let new: NewDirectLink = request.json()?;
    check_rendition(asset, &new.rendition_settings)?;
    let name = new.link_settings.link_name.unwrap_or_default();
    let taken = |(_, link): (&str, &DirectLink)| link.name.eq_ignore_ascii_case(&name);
    if new.link_settings.is_unique_link && store.direct_links.iter().any(taken) {
        return Err(ApiError::new(
            choices::TAKEN_NAME_STATUS.get(),
            "A link with this name exists already",
        ));
    }
    let created = store.tick();
    let link = DirectLink { asset: id, name, active: true, created };
    let id = store.direct_links.add(link);
    respond(store, &id, request)
}

pub(crate) fn activate(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_active(store, request, true)
}

pub(crate) fn deactivate(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_active(store, request, false)
}

fn set_active(store: &mut Store, request: &ApiRequest, active: bool) -> ApiResult {
    let (id, asset) = (request.path_id("directLinkId"), request.path_id("assetId"));
    let found = store.direct_links.get_mut(&id).filter(|link| link.asset == asset);
    found.ok_or_else(|| ApiError::not_found("direct link", &id))?.active = active;
    respond(store, &id, request)
}

fn respond(store: &Store, id: &str, request: &ApiRequest) -> ApiResult {
    let link: Option<Value> =
        store.direct_links.get(id).map(|link| render::direct_link(store, id, link, request));
    let link = link.ok_or_else(|| ApiError::not_found("direct link", id))?;
    Ok(ApiResponse::new(StatusCode::CREATED, link))
}

fn check_rendition(asset: &Asset, settings: &RenditionSettings) -> Result<(), ApiError> {
    let (sizes, formats): (&[&str], &[&str]) = match asset.file().asset_type() {
        "Image" => (&IMAGE_SIZES, &IMAGE_FORMATS),
        "Video" => (&VIDEO_SIZES, &VIDEO_FORMATS),
        "Audio" => (&[], &AUDIO_FORMATS),
        _ => (&[], &DOCUMENT_FORMATS),
    };
    let refused = |what: &str, given: &str| {
        let asset_type = asset.file().asset_type();
        let message = format!("There is no {what} {given:?} for assets of the type {asset_type}");
        Err(ApiError::new(choices::UNKNOWN_RENDITION_STATUS.get(), message))
    };
    if let Some(format) = &settings.format
        && !formats.contains(&format.as_str())
    {
        return refused("format", format);
    }
    match settings.size.r#type.as_deref() {
        Some(size) if !sizes.contains(&size) => refused("size", size),
        Some("Custom") if settings.size.width.is_none() || settings.size.height.is_none() => {
            Err(ApiError::bad_request("The size \"Custom\" needs `Width` and `Height`"))
        }
        _ => Ok(()),
    }
}
