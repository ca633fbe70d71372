//! The metadata of an asset: its categories, attributes and keywords.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::json;

use crate::mediavalet::events;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::Store;

pub(crate) fn categories(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let counts = store.category_counts();
    let categories = asset.categories.iter().filter_map(|id| {
        let category = store.categories.get(id)?;
        Some(render::category(store, &counts, id, category, request))
    });
    request.list(categories.collect())
}

pub(crate) fn add_categories(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_categories(store, request, false, StatusCode::ACCEPTED)
}

pub(crate) fn replace_categories(store: &mut Store, request: &ApiRequest) -> ApiResult {
    set_categories(store, request, true, StatusCode::OK)
}

fn set_categories(
    store: &mut Store,
    request: &ApiRequest,
    replace: bool,
    status: StatusCode,
) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let ids: Vec<String> = request.json()?;
    let categories = store.existing_categories(&ids)?;
    if replace && categories.is_empty() {
        return Err(ApiError::bad_request("An asset must be in at least one category"));
    }
    let asset = store.change_asset(&id, request.version)?;
    let before = asset.categories.clone();
    if replace {
        asset.categories.clear();
    }
    asset.add_categories(&categories);
    let after = asset.categories.clone();
    let difference = |of: &[String], other: &[String]| -> Vec<String> {
        of.iter().filter(|id| !other.contains(id)).cloned().collect()
    };
    events::assigned(store, &id, &difference(&after, &before));
    events::unassigned(store, &id, &difference(&before, &after));
    let payload = json!({ "assetId": id, "categoryIds": after });
    Ok(ApiResponse::new(status, payload))
}

pub(crate) fn remove_category(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, category) = (request.path_id("assetId"), request.path_id("categoryId"));
    let asset = store.change_asset(&id, request.version)?;
    if !asset.categories.contains(&category) {
        return Err(ApiError::not_found("category of this asset", &category));
    }
    asset.categories.retain(|id| *id != category);
    events::unassigned(store, &id, &[category]);
    Ok(ApiResponse::empty(StatusCode::ACCEPTED))
}

pub(crate) fn attributes(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    Ok(ApiResponse::ok(json!({ "attributes": asset.attributes })))
}

/// Sets the given attributes and leaves the others. The body is a list of maps.
pub(crate) fn set_attributes(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let values = read_attributes(store, request)?;
    events::attributes_added(store, &id, &values);
    store.change_asset(&id, request.version)?.attributes.extend(values);
    let asset = store.asset(&id, request.version)?;
    Ok(ApiResponse::ok(render::asset(store, &asset, request)))
}

/// The values in the body, by the ids of existing attributes.
pub(super) fn read_attributes(
    store: &Store,
    request: &ApiRequest,
) -> Result<BTreeMap<String, String>, ApiError> {
    let lists: Vec<BTreeMap<String, String>> = request.json()?;
    let values = lists.into_iter().flatten().map(|(id, value)| {
        let id = id.to_lowercase();
        match store.attributes.get(&id) {
            Some(_) => Ok((id, value)),
            None => Err(ApiError::bad_request(format!("There is no attribute {id}"))),
        }
    });
    values.collect()
}

pub(crate) fn keywords(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let ids = asset.keywords.iter().filter_map(|name| store.lookup_keyword(name));
    let keywords = ids.filter_map(|id| {
        let keyword = store.keywords.get(&id)?;
        Some(render::keyword(store, &id, keyword, request))
    });
    request.list(keywords.collect())
}

pub(crate) fn add_keywords(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    store.asset(&id, request.version)?;
    let keywords = read_keywords(request)?;
    store.extend_vocabulary(&keywords);
    let asset = store.change_asset(&id, request.version)?;
    let before = asset.keywords.len();
    asset.add_keywords(&keywords);
    let (all, new) = (asset.keywords.clone(), asset.keywords[before..].to_vec());
    events::keywords_added(store, &id, &new);
    let payload = json!({ "assetId": id, "keywords": all });
    Ok(ApiResponse::new(StatusCode::ACCEPTED, payload))
}

/// The keywords in the body, none of which may be empty.
pub(super) fn read_keywords(request: &ApiRequest) -> Result<Vec<String>, ApiError> {
    let keywords: Vec<String> = request.json()?;
    if keywords.iter().any(|keyword| keyword.trim().is_empty()) {
        return Err(ApiError::bad_request("A keyword must not be empty"));
    }
    Ok(keywords)
}

pub(crate) fn remove_keyword(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("assetId");
    let asset = store.change_asset(&id, request.version)?;
    let name = request.path_param("keyword");
    let place = asset.keywords.iter().position(|keyword| keyword.eq_ignore_ascii_case(name));
    let response = ApiResponse::empty(StatusCode::ACCEPTED);
    let Some(place) = place else { return Ok(response.unchanged()) };
    let removed = asset.keywords.remove(place);
    events::keyword_removed(store, &id, &removed);
    Ok(response)
}
