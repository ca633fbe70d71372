//! Uploads: an entry with a link to the storage, metadata for it, and the check that makes an asset of it.
//!
//! | Step | Operation |
//! |---|---|
//! | 1 create the entry | `createUpload`; in the older form `createAsset` |
//! | 2 put the file | the blob storage |
//! | 3 describe it | `updateUpload` |
//! | 4 add metadata | `addCategoriesToUpload`, `addKeywordsToUpload`, `addAttributesToUpload` |
//! | 5 finish | `patchUpload` with status 1; in the older form `completeAssetUpload` |
//!
//! Step 5 needs the file, the size that the client specified if it did, every required attribute and, except in
//! the older form, a category. Repeating it changes nothing; other changes to the upload are then refused. The
//! new asset is processed, see `assets::get`.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asset_metadata::{read_attributes, read_keywords};
use crate::choices::mediavalet as choices;
use crate::mediavalet::events;
use crate::mediavalet::json_patch::{self, Change, UNKNOWN_MEMBER};
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::shared_access::Permissions;
use crate::mediavalet::state::{Asset, MediaFile, Store, Upload};

/// The status that a client sets to finish an upload.
const READY_FOR_PROCESSING: i64 = 1;

/// The members of an upload that the response to its creation lacks.
const DETAILS: [&str; 3] = ["title", "description", "fileSizeInBytes"];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    #[serde(alias = "fileName")]
    filename: Option<String>,
    title: Option<String>,
    description: Option<String>,
    file_size_in_bytes: Option<u64>,
}

/// `POST /uploads`.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    create_entry(store, request, StatusCode::CREATED)
}

/// `POST /assets`, the older form of [`create`].
pub(crate) fn create_asset(store: &mut Store, request: &ApiRequest) -> ApiResult {
    create_entry(store, request, StatusCode::ACCEPTED)
}

fn create_entry(store: &mut Store, request: &ApiRequest, status: StatusCode) -> ApiResult {
    let details: Details = request.json()?;
    let name = details.filename.filter(|name| is_file_name(name));
    let name = name.ok_or_else(|| {
        ApiError::bad_request("`filename` is not a file name").with_message_body()
    })?;
    let id = store.uploads.next_id();
    let upload = Upload {
        file_id: store.next_file_id(),
        upload_name: Upload::new_upload_name(&id, &name),
        title: name.clone(),
        file_name: name,
        size: details.file_size_in_bytes,
        ..Upload::default()
    };
    let mut payload = upload_payload(&id, &upload, request);
    if let Some(members) = payload.as_object_mut() {
        members.retain(|name, _| !DETAILS.contains(&name.as_str()));
    }
    store.uploads.insert(&id, upload);
    Ok(ApiResponse::new(status, payload))
}

pub(super) fn is_file_name(name: &str) -> bool {
    !name.trim().is_empty() && !name.contains(['/', '\\', '\0'])
}

/// The payload of responses with an upload.
pub(super) fn upload_payload(id: &str, upload: &Upload, request: &ApiRequest) -> Value {
    json!({
        "id": id,
        "uploadUrl": request.links.signed_url(&upload.blob_name(), Permissions::ReadCreateWrite),
        "uploadFilename": upload.upload_name,
        "mediaFileId": upload.file_id,
        "title": upload.title,
        "description": upload.description,
        "fileSizeInBytes": upload.size,
    })
}

/// `POST /assets/{assetId}/uploads`: returns a new link for an unfinished upload.
pub(crate) fn renew_link(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let upload = unfinished(store, &id)?;
    Ok(ApiResponse::new(StatusCode::ACCEPTED, upload_payload(&id, upload, request)))
}

/// The upload with this id, if it is not finished.
fn unfinished<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Upload, ApiError> {
    let found = store.uploads.get_mut(id).filter(|upload| !upload.finished);
    found.ok_or_else(|| ApiError::not_found("upload", id).with_message_body())
}

pub(crate) fn validate(_: &Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct File {
        file_name: Option<String>,
    }
    let files: Vec<File> = request.json()?;
    let results = files.into_iter().map(|File { file_name }| {
        let name = file_name.unwrap_or_default();
        let valid = is_file_name(&name);
        let message = if valid { "" } else { "This is not a file name" };
        json!({ "fileName": name, "validationStatus": i32::from(!valid), "message": message })
    });
    request.list(results.collect())
}

/// `PUT /uploads/{assetId}`.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let details: Details = request.json()?;
    let upload = unfinished(store, &id)?;
    set_details(upload, details)?;
    Ok(ApiResponse::ok(upload_payload(&id, upload, request)))
}

fn set_details(upload: &mut Upload, details: Details) -> Result<(), ApiError> {
    if let Some(name) = details.filename {
        if !is_file_name(&name) {
            return Err(ApiError::bad_request("`filename` is not a file name").with_message_body());
        }
        // The vendor's own client sends `upload_name` here, which is not a new name.
        if name != upload.upload_name {
            upload.file_name = name;
        }
    }
    upload.title = details.title.unwrap_or_else(|| upload.title.clone());
    upload.description = details.description.unwrap_or_else(|| upload.description.clone());
    upload.size = details.file_size_in_bytes.or(upload.size);
    Ok(())
}

/// `PUT /assets/{assetId}`, the older form: sets the details of an upload and finishes it, or sets the details
/// of an asset.
pub(crate) fn complete_asset(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let details: Details = request.json()?;
    if store.uploads.get(&id).is_some_and(|upload| !upload.finished) {
        set_details(unfinished(store, &id)?, details)?;
        finish(store, request, &id, false)?;
    } else {
        let asset = store.change_asset(&id, request.version)?;
        if let Some(name) = details.filename.filter(|name| is_file_name(name)) {
            asset.rename_file(&name);
        }
        asset.title = details.title.unwrap_or_else(|| asset.title.clone());
        asset.description = details.description.unwrap_or_else(|| asset.description.clone());
    }
    Ok(ApiResponse::empty(StatusCode::ACCEPTED))
}

pub(crate) fn add_categories(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let ids: Vec<String> = request.json()?;
    let categories = store.existing_categories(&ids)?;
    let upload = unfinished(store, &request.path_id("assetId"))?;
    for id in &categories {
        if !upload.categories.contains(id) {
            upload.categories.push(id.clone());
        }
    }
    Ok(ApiResponse::new(StatusCode::CREATED, json!(upload.categories)))
}

pub(crate) fn add_keywords(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let keywords = read_keywords(request)?;
    let upload = unfinished(store, &request.path_id("assetId"))?;
    upload.keywords.extend(keywords);
    Ok(ApiResponse::new(StatusCode::CREATED, json!(upload.keywords)))
}

pub(crate) fn add_attributes(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let values = read_attributes(store, request)?;
    let upload = unfinished(store, &request.path_id("assetId"))?;
    upload.attributes.extend(values);
    Ok(ApiResponse::new(StatusCode::CREATED, json!([upload.attributes])))
}

/// `PATCH /uploads/{assetId}`: sets details, and finishes the upload if the status is set.
pub(crate) fn patch(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let not_found = || ApiError::not_found("upload", &id).with_message_body();
    let response = ApiResponse::ok(json!({ "_links": { "self": format!("/uploads/{id}") } }));
    let upload = store.uploads.get_mut(&id).ok_or_else(not_found)?;
    if upload.finished {
        return Ok(response.unchanged());
    }
    // The upload, and whether the patch makes it ready.
    let mut patched = (upload, false);
    let skipped = json_patch::apply(
        request,
        &mut patched,
        |_, _, _| None,
        |patched, change| apply(patched.0, change).map(|ready| patched.1 |= ready),
    )?;
    if patched.1 {
        finish(store, request, &id, true)?;
    }
    Ok(response.with_errors(skipped))
}

/// Whether the change makes the upload ready for processing.
fn apply(upload: &mut Upload, change: &Change) -> Result<bool, String> {
    match change.member.as_str() {
        "title" => upload.title = change.string()?,
        "description" => upload.description = change.string()?,
        "filename" => upload.file_name = change.string()?,
        "filesizeinbytes" => {
            let size = u64::try_from(change.integer()?);
            upload.size = Some(size.map_err(|_| "a size must not be negative")?);
        }
        "status" if change.integer()? == READY_FOR_PROCESSING => return Ok(true),
        "status" => return Err("the status must be 1".into()),
        _ => return Err(UNKNOWN_MEMBER.into()),
    }
    Ok(false)
}

/// Checks an upload and makes an asset of it.
fn finish(
    store: &mut Store,
    request: &ApiRequest,
    id: &str,
    needs_category: bool,
) -> Result<(), ApiError> {
    let refused = |reason: &str| ApiError::bad_request(reason).with_message_body();
    let required: Vec<String> = store
        .attributes
        .iter()
        .filter(|(_, attribute)| attribute.required)
        .map(|(id, _)| id.to_owned())
        .collect();
    let upload = unfinished(store, id)?;
    if needs_category && upload.categories.is_empty() {
        return Err(refused("The upload has no category"));
    }
    if !is_file_name(&upload.file_name) {
        return Err(refused("The upload has no valid file name"));
    }
    if required.iter().any(|id| upload.attributes.get(id).is_none_or(String::is_empty)) {
        return Err(refused("A required attribute is missing"));
    }
    let (blob_name, size) = (upload.blob_name(), upload.size);
    // Without a size from the client there is nothing to check.
    let fits = |length: u64| size.is_none_or(|size| size == length);
    let blob = store.blobs.get(&blob_name).filter(|blob| fits(blob.length));
    let blob = blob.ok_or_else(|| {
        let message = "The file is not in the storage, or has a different size";
        ApiError::new(StatusCode::NOT_FOUND, message).with_message_body()
    })?;
    let at = store.tick();
    let upload = unfinished(store, id)?;
    upload.finished = true;
    let upload = std::mem::take(upload);
    let file = MediaFile::new(upload.file_id, &upload.file_name, &blob_name, blob, at);
    let mut asset = Asset::new(id.to_owned(), file, upload.title, at);
    asset.description = upload.description;
    asset.attributes = upload.attributes;
    asset.categories = upload.categories;
    asset.add_keywords(&upload.keywords);
    // A subscriber learns of the asset without polling, so it must be able to read it then.
    let announced = choices::SUBSCRIBED_ASSETS_READY.get()
        && events::is_subscribed(store, "Asset.MediaFileAdded");
    asset.polls_until_ready = if announced { 0 } else { request.processing_polls };
    store.extend_vocabulary(&upload.keywords);
    let categories = asset.categories.clone();
    store.assets.insert(id, asset);
    events::media_file_added(store, id, request);
    events::assigned(store, id, &categories);
    // What stays is only the fact that this id was an upload.
    store.uploads.insert(id, Upload { finished: true, ..Upload::default() });
    Ok(())
}
