//! Direct links: created, listed, deactivated and activated. Their URLs lead nowhere.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::choices::mediavalet as choices;
use crate::common::zip;
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

/// The members that the list of all links shares with the links of one asset.
const LISTED_MEMBERS: [&str; 10] = [
    "assetId",
    "cdnLink",
    "createdAt",
    "directLinkId",
    "linkName",
    "modifiedDateTime",
    "state",
    "totalViews",
    "uniqueViews",
    "totalBandwidth",
];

/// Those of them that the response to the creation has.
const CREATED_MEMBERS: [&str; 2] = ["cdnLink", "directLinkId"];

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
    let links = visible(store).filter(|(_, link)| link.asset == asset);
    request.list(links.map(|(id, link)| render::direct_link(store, id, link, request)).collect())
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let asset = store.asset(&id, request.version)?;
    let new: NewDirectLink = request.json()?;
    check_rendition(&asset, &new.rendition_settings)?;
    let name = new.link_settings.link_name.unwrap_or_default();
    let taken = |(_, link): (&str, &DirectLink)| link.name.eq_ignore_ascii_case(&name);
    if new.link_settings.is_unique_link && visible(store).any(taken) {
        return Err(ApiError::new(
            choices::TAKEN_NAME_STATUS.get(),
            "A link with this name exists already",
        ));
    }
    let created = store.tick();
    let link =
        DirectLink { asset: id, name, active: true, archived: false, created, modified: created };
    let id = store.direct_links.add(link);
    let link = store.direct_links.get(&id).ok_or_else(|| ApiError::not_found("link", &id))?;
    let mut created = render::direct_link(store, &id, link, request);
    if let Some(members) = created.as_object_mut() {
        members.retain(|name, _| {
            !LISTED_MEMBERS.contains(&name.as_str()) || CREATED_MEMBERS.contains(&name.as_str())
        });
        members.remove("user");
    }
    Ok(ApiResponse::new(StatusCode::CREATED, created))
}

pub(crate) fn activate(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_active(store, request, true)
}

pub(crate) fn deactivate(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_active(store, request, false)
}

fn set_active(store: &mut Store, request: &ApiRequest, active: bool) -> ApiResult {
    let (id, link) = link_mut(store, request)?;
    link.active = active;
    respond(store, &id, request)
}

/// The link in the path, for a change.
fn link_mut<'a>(
    store: &'a mut Store,
    request: &ApiRequest,
) -> Result<(String, &'a mut DirectLink), ApiError> {
    let (id, asset) = (request.path_id("directLinkId"), request.path_id("assetId"));
    let now = store.tick();
    let found = store.direct_links.get_mut(&id);
    let found = found.filter(|link| link.asset == asset && !link.archived);
    let link = found.ok_or_else(|| ApiError::not_found("direct link", &id))?;
    link.modified = now;
    Ok((id, link))
}

/// Deactivates a link and removes it from all lists.
pub(crate) fn archive(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, link) = link_mut(store, request)?;
    (link.active, link.archived) = (false, true);
    let link = store.direct_links.get(&id).ok_or_else(|| ApiError::not_found("link", &id))?;
    Ok(ApiResponse::ok(render::direct_link(store, &id, link, request)))
}

pub(crate) fn activate_all(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_all_active(store, request, true)
}

pub(crate) fn deactivate_all(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_all_active(store, request, false)
}

/// Changes the links with the ids in the body.
fn set_all_active(store: &mut Store, request: &ApiRequest, active: bool) -> ApiResult {
    let asset = request.path_id("assetId");
    store.asset(&asset, request.version)?;
    let ids: Vec<String> = request.json()?;
    let ids: Vec<String> = ids.iter().map(|id| id.to_lowercase()).collect();
    let of_asset = |link: &DirectLink| link.asset == asset && !link.archived;
    let unknown = ids.iter().find(|id| !store.direct_links.get(id).is_some_and(of_asset));
    if let Some(unknown) = unknown {
        return Err(ApiError::not_found("direct link", unknown));
    }
    let now = store.tick();
    let mut changed = Vec::new();
    for (id, link) in store.direct_links.iter_mut() {
        let all = ids.is_empty() && choices::NO_LINKS_MEANS_ALL.get();
        if of_asset(link) && (all || ids.iter().any(|one| one == id)) {
            (link.active, link.modified) = (active, now);
            changed.push(id.to_owned());
        }
    }
    let links = changed.iter().filter_map(|id| Some((id, store.direct_links.get(id)?)));
    let links = links.map(|(id, link)| render::direct_link(store, id, link, request));
    Ok(ApiResponse::new(StatusCode::CREATED, links.collect()))
}

/// The links of the whole account.
pub(crate) fn list_all(store: &Store, request: &ApiRequest) -> ApiResult {
    let render = |(id, link): (&str, &DirectLink)| {
        let asset = store.assets.get(&link.asset);
        let names = asset.iter().flat_map(|asset| &asset.categories);
        let names = names.filter_map(|id| Some(store.categories.get(id)?.name.as_str()));
        let names: Vec<&str> = names.collect();
        let file_name = asset.as_ref().map(|asset| asset.file().name.as_str());
        let mut entry = render::direct_link(store, id, link, request);
        if let Some(members) = entry.as_object_mut() {
            members.retain(|name, _| LISTED_MEMBERS.contains(&name.as_str()));
            members.insert("assetFileName".into(), json!(file_name));
            members.insert("assetCategoryNames".into(), json!(names));
        }
        entry
    };
    let (links, records) =
        request.page(choices::ASSET_PAGE_SIZE.get())?.slice(visible(store).collect());
    let links: Vec<Value> = links.into_iter().map(render).collect();
    Ok(ApiResponse::ok(Value::Array(links)).with_records(records))
}

/// All links as a table in a ZIP archive; 204 if there are none.
pub(crate) fn export(store: &Store, _: &ApiRequest) -> ApiResult {
    let mut table = String::from("directLinkId,assetId,linkName,state,createdAt\n");
    let header = table.len();
    for (id, link) in visible(store) {
        let name = link.name.replace('"', "\"\"");
        let state = if link.active { "Active" } else { "Deactivated" };
        let date = render::date(link.created);
        table.push_str(&format!("{id},{},\"{name}\",{state},{date}\n", link.asset));
    }
    if table.len() == header {
        return Ok(ApiResponse::empty(StatusCode::NO_CONTENT));
    }
    let archive = zip::archive(&[("directlinks.csv", table.as_bytes())]);
    let too_large = || ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "There are too many links");
    Ok(ApiResponse::file(archive.ok_or_else(too_large)?))
}

/// The assets in the body that have a link.
pub(crate) fn validate_assets(store: &Store, request: &ApiRequest) -> ApiResult {
    let ids: Vec<String> = request.json()?;
    let linked = |id: &String| visible(store).any(|(_, link)| link.asset.eq_ignore_ascii_case(id));
    let linked: Vec<String> = ids.into_iter().filter(linked).collect();
    Ok(ApiResponse::ok(json!(linked)))
}

/// Whether a name is free, among all links.
pub(crate) fn validate_name(store: &Store, request: &ApiRequest) -> ApiResult {
    store.asset(&request.path_id("assetId"), request.version)?;
    let name = request.query_param("linkname").filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::bad_request("`linkName` must not be empty"))?;
    match visible(store).any(|(_, link)| link.name.eq_ignore_ascii_case(name)) {
        // Unlike that of `create`, this status is documented.
        true => Err(ApiError::new(StatusCode::CONFLICT, "A link with this name exists already")),
        false => Ok(ApiResponse::empty(StatusCode::OK)),
    }
}

fn visible(store: &Store) -> impl Iterator<Item = (&str, &DirectLink)> {
    let all = choices::ARCHIVED_LINKS_LISTED.get();
    store.direct_links.iter().filter(move |(_, link)| all || !link.archived)
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
