//! Assets: listed, searched, read, changed and deleted, with their comments and ratings.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::mediavalet::events;
use crate::mediavalet::json_patch::{self, Change, UNKNOWN_MEMBER};
use crate::mediavalet::query::{AssetQuery, Order, Selection};
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Asset, Comment, Store};

pub(crate) fn list(store: &mut Store, request: &ApiRequest) -> ApiResult {
    matching(store, request, &AssetQuery::from_url(request)?)
}

pub(crate) fn search(store: &mut Store, request: &ApiRequest) -> ApiResult {
    matching(store, request, &AssetQuery::from_body(request)?)
}

fn matching(store: &mut Store, request: &ApiRequest, query: &AssetQuery) -> ApiResult {
    store.advance_processing();
    let (found, records) = query.run(store)?;
    let assets: Vec<Value> =
        found.iter().map(|asset| render::asset(store, asset, request)).collect();
    let payload = json!({ "assetCount": records.total, "assets": assets, "staleAssets": false });
    Ok(ApiResponse::ok(payload).with_records(records))
}

/// The assets, newest first.
pub(crate) fn recently_uploaded(store: &mut Store, request: &ApiRequest) -> ApiResult {
    store.advance_processing();
    let order = Order { compare: &|a, b| a.created.cmp(&b.created), descending: true };
    let page = request.asset_page()?;
    let (found, records) = Selection::of_all(store).page(&store.assets, page, Some(&order));
    let assets: Vec<Value> =
        found.iter().map(|asset| render::asset(store, asset, request)).collect();
    Ok(ApiResponse::ok(json!({ "assetCount": records.total, "assets": assets }))
        .with_records(records))
}

/// The file extensions in use by group, and the number of assets with each.
pub(crate) fn facets(store: &Store, request: &ApiRequest) -> ApiResult {
    let mut facets: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    let all = Selection::of_all(store);
    // All generated assets are of the same type.
    let first = all.generated.nth(0).map(|number| store.assets.generated(number));
    let generated = first.as_deref().map(|asset| (asset, all.generated.len()));
    for (asset, count) in all.stored.into_iter().map(|asset| (asset, 1)).chain(generated) {
        let extension = asset.file().extension();
        let group = match (asset.file().asset_type(), extension.as_str()) {
            ("Image", _) => "imageFileExtension",
            ("Video", _) => "videoFileExtension",
            ("Audio", _) => "audioFileExtension",
            ("Adobe", _) => "adobeFileExtension",
            (_, "doc" | "docx") => "wordFileExtension",
            (_, "xls" | "xlsx") => "excelFileExtension",
            (_, "ppt" | "pptx") => "powerpointFileExtension",
            (_, "pdf") => "pdfFileExtension",
            _ => "otherFileExtension",
        };
        *facets.entry(group).or_default().entry(extension).or_default() += count;
    }
    let render = |(name, counts): (&str, BTreeMap<String, u64>)| -> Value {
        json!({ "facetName": name, "facets": counts })
    };
    request.list(facets.into_iter().map(render).collect())
}

/// Reads an asset. This is also a poll of its processing:
///
/// | Polls left before | Response |
/// |---|---|
/// | all of them (`processing_polls`) | 404 |
/// | some | the asset without media |
/// | none | the asset |
pub(crate) fn get(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let not_found = || ApiError::not_found("asset", &id);
    let asset = store.assets.get(&id).ok_or_else(not_found)?;
    if asset.restricted {
        return Err(ApiError::no_access(request.version));
    }
    let before = asset.polls_until_ready;
    if before > 0
        && let Some(asset) = store.assets.get_mut(&id)
    {
        asset.polls_until_ready = before - 1;
    }
    let asset = store.assets.get(&id).ok_or_else(not_found)?;
    let first_poll = before > 0 && before == request.processing_polls;
    let deleted = asset.soft_deleted.is_some() && !request.flag("includesoftdeleted");
    if first_poll || deleted {
        return Err(not_found());
    }
    let asset = store.assets.get(&id).ok_or_else(not_found)?;
    let mut payload = render::asset(store, &asset, request);
    if let (true, Some(members)) = (before > 0, payload.as_object_mut()) {
        members.insert("media".into(), Value::Null);
    }
    Ok(ApiResponse::ok(payload))
}

pub(crate) fn patch(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let attributes: Vec<String> = store.attributes.iter().map(|(id, _)| id.to_owned()).collect();
    let asset = store.change_asset(&id, request.version)?;
    let (status, before) = (asset.status, asset.attributes.clone());
    let skipped = json_patch::apply(request, asset, read_member, |asset, change| {
        apply(asset, change, &attributes)
    })?;
    let (status, mut after) = (asset.status != status, asset.attributes.clone());
    after.retain(|id, value| before.get(id) != Some(value));
    events::attributes_added(store, &id, &after);
    if status {
        events::status_updated(store, &id);
    }
    let asset = store.asset(&id, request.version)?;
    Ok(ApiResponse::ok(render::asset(store, &asset, request)).with_errors(skipped))
}

fn read_member(asset: &Asset, member: &str, key: Option<&str>) -> Option<String> {
    Some(match (member, key) {
        ("title", None) => asset.title.clone(),
        ("description", None) => asset.description.clone(),
        ("alttext", None) => asset.alt_text.clone(),
        ("filename", None) => asset.file().name.clone(),
        ("status", None) => asset.effective_status().to_string(),
        ("attributes", Some(key)) => asset.attributes.get(&key.to_lowercase())?.clone(),
        _ => return None,
    })
}

fn apply(asset: &mut Asset, change: &Change, attributes: &[String]) -> Result<(), String> {
    match (change.member.as_str(), change.key.as_deref()) {
        ("title", None) => asset.title = change.string()?,
        ("description", None) => asset.description = change.string()?,
        ("alttext", None) => asset.alt_text = change.string()?,
        ("filename", None) => {
            let name = Some(change.string()?).filter(|name| !name.is_empty());
            asset.rename_file(&name.ok_or("an asset needs a file name")?);
        }
        ("status", None) => asset.status = change.integer()?,
        ("attributes", Some(key)) => {
            let key = key.to_lowercase();
            if !attributes.contains(&key) {
                return Err("there is no such attribute".into());
            }
            match change.value {
                None => asset.attributes.remove(&key),
                Some(_) => asset.attributes.insert(key, change.string()?),
            };
        }
        _ => return Err(UNKNOWN_MEMBER.into()),
    }
    Ok(())
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let asset = store.change_asset(&id, request.version)?;
    asset.soft_deleted = Some(asset.modified);
    if request.flag("isharddelete")
        && let Some(asset) = store.assets.remove(&id)
    {
        for file in &asset.files {
            store.blobs.remove(&file.blob_name);
        }
    }
    for (_, lightbox) in store.lightboxes.iter_mut() {
        lightbox.assets.retain(|asset| *asset != id);
    }
    Ok(ApiResponse::empty(StatusCode::OK))
}

pub(crate) fn comments(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let render = |comment: &Comment| {
        json!({
            "id": comment.id, "assetId": asset.id, "comment": comment.text,
            "versionNumber": comment.version, "addedAt": render::date(comment.at),
            "addedBy": { "id": store.caller_id(), "username": store.caller_name() },
        })
    };
    request.list(asset.comments.iter().map(render).collect())
}

pub(crate) fn add_comments(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let comments: Vec<String> = request.json()?;
    for text in comments {
        let comment_id = store.next_comment_id();
        let asset = store.change_asset(&id, request.version)?;
        let (version, at) = (asset.files.len(), asset.modified);
        asset.remember("Commented", Some(&text), at);
        asset.comments.push(Comment { id: comment_id, text, version, at });
    }
    Ok(ApiResponse::empty(StatusCode::CREATED))
}

pub(crate) fn rate(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let body: Value = request.json()?;
    let rating = body.get("Rating").or_else(|| body.get("rating")).and_then(Value::as_i64);
    let rating = rating.filter(|rating| (0..=5).contains(rating));
    let rating =
        rating.ok_or_else(|| ApiError::bad_request("`Rating` must be a number from 0 to 5"))?;
    let id = request.path_id("assetId");
    store.change_asset(&id, request.version)?.rating = Some(rating);
    let asset = store.asset(&id, request.version)?;
    Ok(ApiResponse::new(StatusCode::ACCEPTED, render::asset(store, &asset, request)))
}
