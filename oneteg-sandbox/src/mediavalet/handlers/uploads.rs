//! Uploads: an entry with a place in the storage, what is said of the file, and the check that makes an
//! asset of it.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::blobs::Permissions;
use super::super::call::Call;
use super::super::patch::{self, Change};
use super::super::state::{Asset, MediaFile, Store, Upload};
use super::asset_words::{given_attributes, given_keywords};

/// The status that a client gives an upload which is complete.
const READY_FOR_PROCESSING: i64 = 1;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Given {
    #[serde(alias = "fileName")]
    filename: Option<String>,
    title: Option<String>,
    description: Option<String>,
    file_size_in_bytes: Option<u64>,
}

/// `POST /uploads`.
pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    begin(store, call, StatusCode::CREATED)
}

/// `POST /assets`, the older form.
pub(crate) fn create_asset(store: &mut Store, call: &Call) -> Outcome {
    begin(store, call, StatusCode::ACCEPTED)
}

fn begin(store: &mut Store, call: &Call, status: StatusCode) -> Outcome {
    let given: Given = call.json()?;
    let name = given.filename.filter(|name| is_file_name(name));
    let name =
        name.ok_or_else(|| Failure::bad_request("`filename` is no file name").in_message())?;
    let id = store.uploads.next_id();
    let upload = Upload {
        file_id: store.next_file_id(),
        upload_name: upload_name(&id, &name),
        title: name.clone(),
        file_name: name,
        size: given.file_size_in_bytes,
        ..Upload::default()
    };
    let payload = shown(&id, &upload, call);
    store.uploads.insert(&id, upload);
    Ok(Answer::new(status, payload))
}

/// The name in the storage: an id and the file's extension.
pub(crate) fn upload_name(id: &str, file_name: &str) -> String {
    let extension = file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let plain = (1..=10).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    format!("{id}.{}", if plain { extension } else { "bin" })
}

pub(super) fn is_file_name(name: &str) -> bool {
    !name.trim().is_empty() && !name.contains(['/', '\\', '\0'])
}

pub(super) fn shown(id: &str, upload: &Upload, call: &Call) -> Value {
    json!({
        "id": id,
        "uploadUrl": call.links.to(&upload.blob_name(), Permissions::ReadCreateWrite),
        "uploadFilename": upload.upload_name,
        "mediaFileId": upload.file_id,
        "title": upload.title,
        "description": upload.description,
        "fileSizeInBytes": upload.size,
    })
}

/// `POST /assets/{assetId}/uploads`: a new link for an upload that is not finished.
pub(crate) fn link(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let upload = open(store, &id)?;
    Ok(Answer::new(StatusCode::ACCEPTED, shown(&id, upload, call)))
}

/// The upload with this id, unless it is finished.
fn open<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Upload, Failure> {
    let found = store.uploads.get_mut(id).filter(|upload| !upload.finished);
    found.ok_or_else(|| Failure::missing("upload", id).in_message())
}

pub(crate) fn validate(_: &mut Store, call: &Call) -> Outcome {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct File {
        file_name: Option<String>,
    }
    let files: Vec<File> = call.json()?;
    let results = files.into_iter().map(|File { file_name }| {
        let name = file_name.unwrap_or_default();
        let good = is_file_name(&name);
        let message = if good { "" } else { "This is no file name" };
        json!({ "fileName": name, "validationStatus": i32::from(!good), "message": message })
    });
    call.list(results.collect())
}

/// `PUT /uploads/{assetId}`.
pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let given: Given = call.json()?;
    let upload = open(store, &id)?;
    describe(upload, given)?;
    Ok(Answer::ok(shown(&id, upload, call)))
}

fn describe(upload: &mut Upload, given: Given) -> Result<(), Failure> {
    if let Some(name) = given.filename {
        if !is_file_name(&name) {
            return Err(Failure::bad_request("`filename` is no file name").in_message());
        }
        // Running code of the vendor sends the storage's name here, and that says nothing new.
        if name != upload.upload_name {
            upload.file_name = name;
        }
    }
    upload.title = given.title.unwrap_or_else(|| upload.title.clone());
    upload.description = given.description.unwrap_or_else(|| upload.description.clone());
    upload.size = given.file_size_in_bytes.or(upload.size);
    Ok(())
}

/// `PUT /assets/{assetId}`, the older form: describes an upload and finishes it, or describes an asset.
pub(crate) fn complete_asset(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let given: Given = call.json()?;
    if store.uploads.get(&id).is_some_and(|upload| !upload.finished) {
        describe(open(store, &id)?, given)?;
        finish(store, call, &id, false)?;
    } else {
        let asset = store.change_asset(&id, call.version)?;
        if let Some(name) = given.filename.filter(|name| is_file_name(name)) {
            asset.rename_file(&name);
        }
        asset.title = given.title.unwrap_or_else(|| asset.title.clone());
        asset.description = given.description.unwrap_or_else(|| asset.description.clone());
    }
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

pub(crate) fn add_categories(store: &mut Store, call: &Call) -> Outcome {
    let given: Vec<String> = call.json()?;
    let known = store.known_categories(&given)?;
    let upload = open(store, &call.id("assetId"))?;
    for id in &known {
        if !upload.categories.contains(id) {
            upload.categories.push(id.clone());
        }
    }
    Ok(Answer::new(StatusCode::CREATED, json!(upload.categories)))
}

pub(crate) fn add_keywords(store: &mut Store, call: &Call) -> Outcome {
    let keywords = given_keywords(call)?;
    let upload = open(store, &call.id("assetId"))?;
    upload.keywords.extend(keywords);
    Ok(Answer::new(StatusCode::CREATED, json!(upload.keywords)))
}

pub(crate) fn add_attributes(store: &mut Store, call: &Call) -> Outcome {
    let values = given_attributes(store, call)?;
    let upload = open(store, &call.id("assetId"))?;
    upload.attributes.extend(values);
    Ok(Answer::new(StatusCode::CREATED, json!([upload.attributes])))
}

/// `PATCH /uploads/{assetId}`: details, and the status that finishes it. A repetition changes nothing.
pub(crate) fn patch(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let missing = || Failure::missing("upload", &id).in_message();
    let answer = Answer::ok(json!({ "_links": { "self": format!("/uploads/{id}") } }));
    let upload = store.uploads.get_mut(&id).ok_or_else(missing)?;
    if upload.finished {
        return Ok(answer.unchanged());
    }
    let mut patched = (upload, false);
    let skipped = patch::apply(
        call,
        &mut patched,
        |_, _, _| None,
        |patched, change| apply(patched.0, change).map(|ready| patched.1 |= ready),
    )?;
    if patched.1 {
        finish(store, call, &id, true)?;
    }
    Ok(answer.skipped(skipped))
}

/// Whether the change makes the upload ready for processing.
fn apply(upload: &mut Upload, change: &Change) -> Result<bool, String> {
    match change.member.as_str() {
        "title" => upload.title = change.text()?,
        "description" => upload.description = change.text()?,
        "filename" => upload.file_name = change.text()?,
        "filesizeinbytes" => {
            let size = u64::try_from(change.number()?);
            upload.size = Some(size.map_err(|_| "a size is not below 0")?);
        }
        "status" if change.number()? == READY_FOR_PROCESSING => return Ok(true),
        "status" => return Err("the only status is 1".into()),
        _ => return Err("there is no such member, or it cannot be changed".into()),
    }
    Ok(false)
}

/// Checks an upload and makes an asset of it.
fn finish(store: &mut Store, call: &Call, id: &str, in_category: bool) -> Result<(), Failure> {
    let refused = |why: &str| Failure::bad_request(why).in_message();
    let required: Vec<String> = store
        .attributes
        .iter()
        .filter(|(_, attribute)| attribute.required)
        .map(|(id, _)| id.to_owned())
        .collect();
    let upload = open(store, id)?;
    if in_category && upload.categories.is_empty() {
        return Err(refused("The upload has no category"));
    }
    if !is_file_name(&upload.file_name) {
        return Err(refused("The upload has no good file name"));
    }
    if required.iter().any(|id| upload.attributes.get(id).is_none_or(String::is_empty)) {
        return Err(refused("A required attribute is missing"));
    }
    let (blob_name, size) = (upload.blob_name(), upload.size);
    // Who gives no size asks for no check.
    let fits = |length: u64| size.is_none_or(|size| size == length);
    let blob = store.blobs.get(&blob_name).filter(|blob| fits(blob.length));
    let blob = blob.ok_or_else(|| {
        let message = "The file in the storage is not there or has another size";
        Failure::new(StatusCode::NOT_FOUND, message).in_message()
    })?;
    let at = store.tick();
    let upload = open(store, id)?;
    upload.finished = true;
    let upload = std::mem::take(upload);
    let file = MediaFile::new(upload.file_id, &upload.file_name, &blob_name, blob, at);
    let mut asset = Asset::new(id.to_owned(), file, upload.title, at);
    asset.description = upload.description;
    asset.attributes = upload.attributes;
    asset.categories = upload.categories;
    asset.add_keywords(&upload.keywords);
    asset.pending = call.processing_polls;
    store.learn(&upload.keywords);
    store.assets.insert(id, asset);
    // What is left says that there was one.
    store.uploads.insert(id, Upload { finished: true, ..Upload::default() });
    Ok(())
}
