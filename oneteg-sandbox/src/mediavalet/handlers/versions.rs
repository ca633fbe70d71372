//! Versions: a new one is checked out, uploaded and checked in.
//!
//! | State | Entered by | Allows |
//! |---|---|---|
//! | checked in | creation, `complete_check_in` | `check_out` |
//! | checked out | `check_out` | `start_check_in` |
//! | check-in started | `start_check_in` | `start_check_in` (returns the same upload), `complete_check_in` |

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::uploads::{is_file_name, upload_payload};
use crate::mediavalet::events;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::shared_access::Permissions;
use crate::mediavalet::state::{CheckOut, MediaFile, Store, Upload};

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let numbers = 1..=asset.files.len();
    request.list(numbers.map(|n| render::version(store, &asset, n, request)).collect())
}

/// Checks an asset out, and returns a link to its current file.
pub(crate) fn check_out(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let comments: Vec<String> = request.json()?;
    let asset = store.change_asset(&request.path_id("assetId"), request.version)?;
    if asset.checked_out.is_some() {
        return Err(ApiError::bad_request("The asset is checked out already").with_message_body());
    }
    let (comment, at) = (comments.join("\n"), asset.modified);
    asset.remember("CheckedOut", Some(&comment), at);
    asset.checked_out = Some(CheckOut { comment, at, upload: None });
    let link = request.links.signed_url(&asset.file().blob_name, Permissions::Read);
    Ok(ApiResponse::new(StatusCode::ACCEPTED, link.into()))
}

/// Validates the file name in the body, or the current one if the body is empty.
pub(crate) fn validate(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("id"), request.version)?;
    if asset.checked_out.is_none() {
        return Err(not_checked_out());
    }
    let name = Some(request.string()?).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| asset.file().name.clone());
    if is_file_name(&name) {
        Ok(ApiResponse::ok(name.into()))
    } else {
        Err(ApiError::bad_request("This is not a file name").with_message_body())
    }
}

fn not_checked_out() -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "The asset is not checked out").with_message_body()
}

/// A GET with a side effect: creates the upload of the new version. Further calls return the same one.
pub(crate) fn start_check_in(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let file_id = store.next_file_id();
    let asset = store.change_asset(&id, request.version)?;
    let name = asset.file().name.clone();
    let title = asset.title.clone();
    let check_out = asset.checked_out.as_mut().ok_or_else(not_checked_out)?;
    let upload = check_out.upload.get_or_insert_with(|| Upload {
        upload_name: Upload::new_upload_name(&file_id, &name),
        file_id,
        file_name: name,
        title,
        ..Upload::default()
    });
    Ok(ApiResponse::new(StatusCode::ACCEPTED, upload_payload(&id, upload, request)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckIn {
    comment: Option<String>,
    file_size_in_bytes: Option<u64>,
    #[serde(alias = "filename")]
    file_name: Option<String>,
    #[serde(alias = "uploadFileName")]
    upload_filename: Option<String>,
}

pub(crate) fn complete_check_in(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let refused = |reason: &str| ApiError::bad_request(reason).with_message_body();
    let check_in: CheckIn = request.json()?;
    let asset = store.asset(&id, request.version)?;
    let check_out = asset.checked_out.as_ref().ok_or_else(not_checked_out)?;
    let upload =
        check_out.upload.as_ref().ok_or_else(|| refused("The check-in has not been started"))?;
    if check_in.upload_filename.is_some_and(|name| name != upload.upload_name) {
        return Err(refused("`uploadFilename` is not that of the check-in"));
    }
    let name = check_in.file_name.unwrap_or_else(|| upload.file_name.clone());
    if !is_file_name(&name) {
        return Err(refused("`fileName` is not a file name"));
    }
    let (blob_name, file_id) = (upload.blob_name(), upload.file_id.clone());
    let blob = store.blobs.get(&blob_name);
    let blob =
        blob.filter(|blob| check_in.file_size_in_bytes.is_none_or(|size| size == blob.length));
    let blob =
        blob.ok_or_else(|| refused("The file is not in the storage, or has a different size"))?;
    let at = store.tick();
    let file = MediaFile::new(file_id, &name, &blob_name, blob, at);
    let asset = store.change_asset(&id, request.version)?;
    asset.files.push(file.into());
    asset.checked_out = None;
    asset.remember("CheckedIn", check_in.comment.as_deref(), at);
    asset.check_in_comment = check_in.comment;
    events::media_file_added(store, &id, request);
    let payload: Value = render::asset(store, &*store.asset(&id, request.version)?, request);
    Ok(ApiResponse::new(StatusCode::ACCEPTED, payload))
}
