//! The vocabulary: keywords, and the definitions of attributes.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::mediavalet::envelope::ApiVersion;
use crate::mediavalet::json_patch::{self, UNKNOWN_MEMBER};
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Attribute, Store};

pub(crate) fn keywords(store: &Store, request: &ApiRequest) -> ApiResult {
    let keywords = store.keywords.iter().map(|(id, it)| render::keyword(store, id, it, request));
    request.list(keywords.collect())
}

/// Creates a keyword. The body is the keyword itself, or an object with `keywordName`.
pub(crate) fn create_keyword(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct New {
        keyword_name: String,
    }
    let name = match request.json::<New>() {
        Ok(new) => new.keyword_name,
        Err(_) => request.string()?,
    };
    if name.trim().is_empty() {
        return Err(ApiError::bad_request("A keyword must not be empty"));
    }
    let response = ApiResponse::empty(StatusCode::ACCEPTED);
    if store.lookup_keyword(&name).is_some() {
        return Ok(response.unchanged());
    }
    store.tick();
    store.extend_vocabulary(&[name]);
    Ok(response)
}

/// Renames a keyword, also on assets.
pub(crate) fn update_keyword(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let old = request.path_param("keyword").to_owned();
    let id = store.lookup_keyword(&old).ok_or_else(|| ApiError::not_found("keyword", &old))?;
    let skipped = json_patch::apply(
        request,
        store,
        |store, _, _| store.keywords.get(&id).map(|keyword| keyword.name.clone()),
        |store, change| {
            let name = change.string()?;
            if !matches!(change.member.as_str(), "keywordname" | "name") || name.is_empty() {
                return Err(UNKNOWN_MEMBER.into());
            }
            let keyword = store.keywords.get_mut(&id).ok_or("the keyword is gone")?;
            let before = std::mem::replace(&mut keyword.name, name.clone());
            let used = store.assets.stored_mut().flat_map(|(_, asset)| &mut asset.keywords);
            for used in used.filter(|used| used.eq_ignore_ascii_case(&before)) {
                used.clone_from(&name);
            }
            Ok(())
        },
    )?;
    let keyword = store.keywords.get(&id).ok_or_else(|| ApiError::not_found("keyword", &old))?;
    let payload = render::keyword(store, &id, keyword, request);
    Ok(ApiResponse::new(StatusCode::ACCEPTED, payload).with_errors(skipped))
}

pub(crate) fn attributes(store: &Store, request: &ApiRequest) -> ApiResult {
    let visible =
        |attribute: &Attribute| request.version > ApiVersion::V1_0 || !attribute.is_status();
    let attributes = store.attributes.iter().filter(|(_, attribute)| visible(attribute));
    request.list(
        attributes
            .map(|(id, attribute)| render::attribute(store, id, attribute, request))
            .collect(),
    )
}

pub(crate) fn attribute(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("attributeId");
    let found = store.attributes.get(&id).ok_or_else(|| ApiError::not_found("attribute", &id))?;
    Ok(ApiResponse::ok(render::attribute(store, &id, found, request)))
}

/// The attribute in the body.
fn read_attribute(request: &ApiRequest) -> Result<Attribute, ApiError> {
    let mut other: Map<String, Value> = request.json()?;
    let mut string = |name: &str| match other.remove(name) {
        Some(Value::String(string)) if !string.is_empty() => Some(string),
        _ => None,
    };
    let name = string("name").ok_or_else(|| ApiError::bad_request("`name` is missing"))?;
    let kind = string("attributeType").unwrap_or_else(|| "Text".into());
    let required = other.remove("isRequired").and_then(|value| value.as_bool()).unwrap_or(false);
    let attribute = Attribute { name, kind, required, other };
    if attribute.is_status() && request.version == ApiVersion::V1_0 {
        return Err(ApiError::bad_request("Status attributes need version 1.1 of the API"));
    }
    Ok(attribute)
}

pub(crate) fn create_attribute(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = store.attributes.add(read_attribute(request)?);
    let created = store.attributes.get(&id).ok_or_else(|| ApiError::not_found("attribute", &id))?;
    Ok(ApiResponse::new(StatusCode::CREATED, render::attribute(store, &id, created, request)))
}

pub(crate) fn update_attribute(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("attributeId");
    let not_found = || ApiError::not_found("attribute", &id);
    *store.attributes.get_mut(&id).ok_or_else(not_found)? = read_attribute(request)?;
    let attribute = store.attributes.get(&id).ok_or_else(not_found)?;
    Ok(ApiResponse::ok(render::attribute(store, &id, attribute, request)))
}

/// Deletes an attribute, and its values on all assets.
pub(crate) fn delete_attribute(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("attributeId");
    store.attributes.remove(&id).ok_or_else(|| ApiError::not_found("attribute", &id))?;
    for (_, asset) in store.assets.stored_mut() {
        asset.attributes.remove(&id);
    }
    for (_, group) in store.attribute_groups.iter_mut() {
        group.attributes.retain(|attribute| *attribute != id);
    }
    Ok(ApiResponse::empty(StatusCode::OK))
}
