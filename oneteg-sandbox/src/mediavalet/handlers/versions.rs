//! New versions: check-out, an upload, check-in.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::blobs::Permissions;
use super::super::call::Call;
use super::super::render;
use super::super::state::{CheckOut, MediaFile, Store, Upload};
use super::uploads::{is_file_name, shown, upload_name};

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("assetId"), call.version)?;
    let numbers = 1..=asset.files.len();
    call.list(numbers.map(|n| render::version(store, asset, n, call)).collect())
}

/// Answers a link to the current file.
pub(crate) fn check_out(store: &mut Store, call: &Call) -> Outcome {
    let comments: Vec<String> = call.json()?;
    let asset = store.change_asset(&call.id("assetId"), call.version)?;
    if asset.checked_out.is_some() {
        return Err(Failure::bad_request("The asset is checked out already").in_message());
    }
    let (comment, at) = (comments.join("\n"), asset.modified);
    asset.checked_out = Some(CheckOut { comment, at, upload: None });
    let link = call.links.to(&asset.file().blob_name, Permissions::Read);
    Ok(Answer::new(StatusCode::ACCEPTED, link.into()))
}

/// The body is a file name; without one the current name is taken.
pub(crate) fn validate(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("id"), call.version)?;
    if asset.checked_out.is_none() {
        return Err(not_checked_out());
    }
    let name = Some(call.text()?).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| asset.file().name.clone());
    if is_file_name(&name) {
        Ok(Answer::ok(name.into()))
    } else {
        Err(Failure::bad_request("This is no file name").in_message())
    }
}

fn not_checked_out() -> Failure {
    Failure::new(StatusCode::CONFLICT, "The asset is not checked out").in_message()
}

/// A GET that makes something: the entry of the new version's file, the same one at each call.
pub(crate) fn start_check_in(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    store.asset(&id, call.version)?;
    let file_id = store.next_file_id();
    let asset = store.change_asset(&id, call.version)?;
    let name = asset.file().name.clone();
    let title = asset.title.clone();
    let out = asset.checked_out.as_mut().ok_or_else(not_checked_out)?;
    let upload = out.upload.get_or_insert_with(|| Upload {
        upload_name: upload_name(&file_id, &name),
        file_id,
        file_name: name,
        title,
        ..Upload::default()
    });
    Ok(Answer::new(StatusCode::ACCEPTED, shown(&id, upload, call)))
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

pub(crate) fn complete_check_in(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let refused = |why: &str| Failure::bad_request(why).in_message();
    let given: CheckIn = call.json()?;
    let asset = store.asset(&id, call.version)?;
    let out = asset.checked_out.as_ref().ok_or_else(not_checked_out)?;
    let upload = out.upload.as_ref().ok_or_else(|| refused("The check-in was not started"))?;
    if given.upload_filename.is_some_and(|name| name != upload.upload_name) {
        return Err(refused("`uploadFilename` is not that of the check-in"));
    }
    let name = given.file_name.unwrap_or_else(|| upload.file_name.clone());
    if !is_file_name(&name) {
        return Err(refused("`fileName` is no file name"));
    }
    let (blob_name, file_id) = (upload.blob_name(), upload.file_id.clone());
    let blob = store.blobs.get(&blob_name);
    let blob = blob.filter(|blob| given.file_size_in_bytes.is_none_or(|size| size == blob.length));
    let blob =
        blob.ok_or_else(|| refused("The file in the storage is not there or has another size"))?;
    let at = store.tick();
    let file = MediaFile::new(file_id, &name, &blob_name, blob, at);
    let asset = store.change_asset(&id, call.version)?;
    asset.files.push(file.into());
    asset.checked_out = None;
    asset.check_in_comment = given.comment;
    let payload: Value = render::asset(store, store.asset(&id, call.version)?, call);
    Ok(Answer::new(StatusCode::ACCEPTED, payload))
}

/// Links to the current files of several assets.
pub(crate) fn download_urls(store: &mut Store, call: &Call) -> Outcome {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Asked {
        asset_ids: Vec<String>,
    }
    let asked: Asked = call.json()?;
    let link = |id: &String| {
        let asset = store.asset(&id.to_lowercase(), call.version)?;
        Ok(call.links.to(&asset.file().blob_name, Permissions::Read))
    };
    let urls: Vec<String> = asked.asset_ids.iter().map(link).collect::<Result<_, Failure>>()?;
    Ok(Answer::ok(json!({ "fileName": "download", "assetDownloadUrls": urls })))
}
