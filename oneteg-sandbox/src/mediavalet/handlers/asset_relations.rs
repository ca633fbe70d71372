//! What belongs to an asset besides its metadata: related assets, history, views, ratings, autotags and faces.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asset_metadata;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Asset, Person, Rendition, Store, kinds};

fn render_related(store: &Store, id: &str, request: &ApiRequest) -> Result<Value, ApiError> {
    let asset = store.asset(id, request.version)?;
    let render = |id: &str| {
        let asset = store.asset(id, request.version).ok()?;
        Some(render::asset(store, &asset, request))
    };
    let derived: Vec<Value> = asset.derived.iter().filter_map(|id| render(id)).collect();
    let composite =
        store.assets.stored().filter(|(_, other)| other.derived.iter().any(|it| it == id));
    let composite: Vec<Value> = composite.filter_map(|(id, _)| render(id)).collect();
    Ok(json!({ "composite": composite, "derived": derived }))
}

pub(crate) fn related(store: &Store, request: &ApiRequest) -> ApiResult {
    Ok(ApiResponse::ok(render_related(store, &request.path_id("assetId"), request)?))
}

/// Adds derived assets. This asset is then one of the composite assets of each.
pub(crate) fn add_related(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    struct New {
        #[serde(default)]
        derived: Vec<String>,
    }
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let mut new = request.json::<New>()?.derived;
    for other in &mut new {
        *other = other.to_lowercase();
        store.asset(other, request.version)?;
        if *other == id {
            return Err(ApiError::bad_request("An asset cannot be related to itself"));
        }
    }
    let asset = store.change_asset(&id, request.version)?;
    for other in new {
        if !asset.derived.contains(&other) {
            asset.derived.push(other);
        }
    }
    Ok(ApiResponse::new(StatusCode::ACCEPTED, render_related(store, &id, request)?))
}

/// Removes the relation in whichever direction it exists.
pub(crate) fn remove_related(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, other) = (request.path_id("assetId"), request.path_id("relatedAssetId"));
    let derived = store.asset(&id, request.version)?.derived.contains(&other);
    let composite = store.assets.get(&other).is_some_and(|asset| asset.derived.contains(&id));
    let (from, removed) = match (derived, composite) {
        (true, _) => (&id, &other),
        (false, true) => (&other, &id),
        (false, false) => return Err(ApiError::not_found("related asset", &other)),
    };
    store.change_asset(from, request.version)?.derived.retain(|it| it != removed);
    Ok(ApiResponse::empty(StatusCode::ACCEPTED))
}

/// A list with the one history of the asset.
pub(crate) fn history(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let asset = match request.flag("includesoftdeleted") {
        true => store.assets.get(&id).filter(|asset| !asset.restricted),
        false => Some(store.asset(&id, request.version)?),
    };
    let asset = asset.ok_or_else(|| ApiError::not_found("asset", &id))?;
    let tail = id.rsplit('-').next().unwrap_or_default();
    let entry = |(n, entry): (usize, &crate::mediavalet::state::HistoryEntry)| {
        let item = json!({
            "id": format!("{:08x}-{n:04x}-4000-8000-{tail}", kinds::HISTORY),
            "date": render::date(entry.at), "user": render::caller(store), "type": entry.kind,
            "assetId": asset.id, "comment": entry.comment,
        });
        render::resource(item, "assetHistory", request.version)
    };
    let entries: Vec<Value> = asset.history.iter().enumerate().map(entry).collect();
    let approved = (asset.status == 0).then(|| render::date(asset.created));
    let summary = json!({
        "uploadedBy": store.caller_name(), "uploadedAt": render::date(asset.created),
        "approvedDisapprovedBy": store.caller_name(), "approvedAt": approved, "disapprovedAt": null,
    });
    let summary = render::resource(summary, "assetHistorySummary", request.version);
    let history = json!({ "assetHistoryDetail": entries, "summary": summary });
    Ok(ApiResponse::ok(json!([render::resource(history, "assetHistory", request.version)])))
}

/// Counts a view.
pub(crate) fn report_view(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let now = store.now();
    let asset = store.assets.get_mut(&id).ok_or_else(|| ApiError::not_found("asset", &id))?;
    asset.views += 1;
    asset.remember("Viewed", None, now);
    Ok(ApiResponse::empty(StatusCode::OK))
}

/// The assets that have been viewed, most viewed first.
pub(crate) fn most_viewed(store: &Store, request: &ApiRequest) -> ApiResult {
    let viewed =
        store.assets.stored().filter(|(_, asset)| asset.views > 0 && asset.is_listed(false));
    let mut viewed: Vec<&Asset> = viewed.map(|(_, asset)| asset).collect();
    viewed.sort_by_key(|asset| std::cmp::Reverse(asset.views));
    let (assets, records) = request.asset_page()?.slice(viewed);
    let assets: Vec<Value> =
        assets.into_iter().map(|asset| render::asset(store, asset, request)).collect();
    Ok(ApiResponse::ok(json!({ "assetCount": records.total, "assets": assets }))
        .with_records(records))
}

/// Deletes the caller's rating, which is the only one.
pub(crate) fn delete_rating(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.change_asset(&id, request.version)?.rating = None;
    let asset = store.asset(&id, request.version)?;
    Ok(ApiResponse::new(StatusCode::ACCEPTED, render::asset(store, &asset, request)))
}

pub(crate) fn autotags(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let tags = asset.autotags.iter();
    let tags: Vec<Value> = tags
        .map(|tag| json!({ "id": tag.id, "name": tag.name, "confidence": tag.confidence }))
        .collect();
    Ok(ApiResponse::ok(json!({ "tags": tags })))
}

/// Removes a tag, given by its id or its name.
pub(crate) fn remove_autotag(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let given = request.path_param("autotag").to_owned();
    let asset = store.change_asset(&request.path_id("assetId"), request.version)?;
    let before = asset.autotags.len();
    let is_given = |name: &str| name.eq_ignore_ascii_case(&given);
    asset.autotags.retain(|tag| !is_given(&tag.id) && !is_given(&tag.name));
    let response = ApiResponse::empty(StatusCode::ACCEPTED);
    Ok(if asset.autotags.len() == before { response.unchanged() } else { response })
}

/// Makes keywords of tags. The response has all keywords of the asset.
pub(crate) fn add_autotag_keywords(store: &mut Store, request: &ApiRequest) -> ApiResult {
    asset_metadata::add_keywords(store, request)?;
    asset_metadata::keywords(store, request)
}

/// The persons in an asset. There is no recognition, so all faces have the same place.
pub(crate) fn faces(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let shown = store.persons.iter().filter(|(_, person)| person.assets.contains(&asset.id));
    let face = |(id, person): (&str, &Person)| {
        json!({
            "id": format!("{id}-face"), "personId": id, "personName": person.name,
            "identified": person.name.is_some(),
            "faceRectangle": { "top": 0.25, "left": 0.25, "width": 0.5, "height": 0.5 },
            "thumbnailUrl": render::rendition_link(&asset, Rendition::Thumb, request),
        })
    };
    let faces: Vec<Value> = shown.map(face).collect();
    Ok(ApiResponse::ok(json!({ "faces": faces })))
}

/// No asset is a video, so none has been analysed.
pub(crate) fn video_status(store: &Store, request: &ApiRequest) -> ApiResult {
    store.asset(&request.path_id("assetId"), request.version)?;
    Ok(ApiResponse::ok(json!({ "Status": "NotSubmitted" })))
}
