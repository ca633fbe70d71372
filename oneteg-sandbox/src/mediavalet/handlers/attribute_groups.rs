//! Groups of attributes. Deleting one keeps its attributes.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::json_patch::{self, Change, UNKNOWN_MEMBER};
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{AttributeGroup, Store};

fn not_found(id: &str) -> ApiError {
    ApiError::not_found("attribute group", id)
}

fn render(id: &str, group: &AttributeGroup, request: &ApiRequest) -> Value {
    let object = json!({
        "attributeGroupId": id,
        "name": group.name,
        "description": group.description,
        "attributeIds": group.attributes,
    });
    render::resource(object, &format!("/attributeGroups/{id}"), request.version)
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    request.list(store.attribute_groups.iter().map(|(id, it)| render(id, it, request)).collect())
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("attributeGroupId");
    let group = store.attribute_groups.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::ok(render(&id, group, request)))
}

pub(crate) fn attributes(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("attributeGroupId");
    let group = store.attribute_groups.get(&id).ok_or_else(|| not_found(&id))?;
    let attributes = group
        .attributes
        .iter()
        .filter_map(|id| Some(render::attribute(store, id, store.attributes.get(id)?, request)));
    request.list(attributes.collect())
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct New {
        name: Option<String>,
        description: Option<String>,
        attribute_ids: Option<Vec<String>>,
    }
    let new: New = request.json()?;
    let name = new.name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| ApiError::bad_request("`name` is missing"))?;
    if is_taken(store, &name, None) {
        return Err(ApiError::bad_request("A group with this name exists already"));
    }
    let attributes = existing(store, new.attribute_ids.unwrap_or_default());
    let attributes = attributes.map_err(ApiError::bad_request)?;
    store.tick();
    let description = new.description.unwrap_or_default();
    let id = store.attribute_groups.add(AttributeGroup { name, description, attributes });
    let group = store.attribute_groups.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::new(StatusCode::CREATED, render(&id, group, request)))
}

fn is_taken(store: &Store, name: &str, id: Option<&str>) -> bool {
    let mut others = store.attribute_groups.iter().filter(|(other, _)| Some(*other) != id);
    others.any(|(_, other)| other.name.eq_ignore_ascii_case(name))
}

/// The ids in lower case without repetitions, if there is an attribute for each.
fn existing(store: &Store, ids: Vec<String>) -> Result<Vec<String>, String> {
    let mut existing = Vec::new();
    for id in ids {
        let id = id.to_lowercase();
        if !store.attributes.contains(&id) {
            return Err(format!("There is no attribute {id}"));
        }
        if !existing.contains(&id) {
            existing.push(id);
        }
    }
    Ok(existing)
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("attributeGroupId");
    store.attribute_groups.get(&id).ok_or_else(|| not_found(&id))?;
    let skipped = json_patch::apply(
        request,
        store,
        |store, member, _| {
            let group = store.attribute_groups.get(&id)?;
            match member {
                "name" => Some(group.name.clone()),
                "description" => Some(group.description.clone()),
                _ => None,
            }
        },
        |store, change| apply(store, &id, change),
    )?;
    let group = store.attribute_groups.get(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::ok(render(&id, group, request)).with_errors(skipped))
}

/// `/attributeIds` is the whole list, `/attributeIds/-` its end, and `/attributeIds/{id}` one of its entries.
fn apply(store: &mut Store, id: &str, change: &Change) -> Result<(), String> {
    let given = match change.member.as_str() {
        "attributeids" => existing(store, json_patch::strings(change.value.as_ref())?)?,
        _ => Vec::new(),
    };
    if change.member == "name" && is_taken(store, &change.string()?, Some(id)) {
        return Err("a group with this name exists already".into());
    }
    let group = store.attribute_groups.get_mut(id).ok_or("the group is gone")?;
    match (change.member.as_str(), change.key.as_deref()) {
        ("name", None) if !change.string()?.trim().is_empty() => group.name = change.string()?,
        ("description", None) => group.description = change.string()?,
        ("attributeids", None) => group.attributes = given,
        ("attributeids", Some("-")) => {
            let new: Vec<_> =
                given.into_iter().filter(|id| !group.attributes.contains(id)).collect();
            group.attributes.extend(new);
        }
        ("attributeids", Some(key)) if change.value.is_none() => {
            group.attributes.retain(|id| !id.eq_ignore_ascii_case(key));
        }
        _ => return Err(UNKNOWN_MEMBER.into()),
    }
    Ok(())
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("attributeGroupId");
    store.attribute_groups.remove(&id).ok_or_else(|| not_found(&id))?;
    Ok(ApiResponse::empty(StatusCode::OK))
}
