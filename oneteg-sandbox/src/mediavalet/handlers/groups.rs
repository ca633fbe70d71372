//! User groups. To change a group, a client sends the whole object back.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::choices::mediavalet as choices;
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Group, Store};

/// The members of a group that a client can set, spelt as in responses.
const MEMBERS: [&str; 5] =
    ["roleName", "roleDescription", "inheritedFrom", "permissions", "isDefaultGroup"];

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let groups = store.groups.iter().map(|(id, group)| render::group(id, group, request));
    request.list(groups.collect())
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userGroupId");
    let group = store.groups.get(&id).ok_or_else(|| ApiError::not_found("user group", &id))?;
    Ok(ApiResponse::ok(render::group(&id, group, request)))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let group = Group { members: read_members(request)? };
    check_name(store, &group, None)?;
    store.groups.add(group);
    Ok(ApiResponse::empty(StatusCode::ACCEPTED))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userGroupId");
    let not_found = || ApiError::not_found("user group", &id);
    let mut members = store.groups.get(&id).ok_or_else(not_found)?.members.clone();
    members.extend(read_members(request)?);
    let group = Group { members };
    check_name(store, &group, Some(&id))?;
    store.groups.insert(&id, group);
    let group = store.groups.get(&id).ok_or_else(not_found)?;
    Ok(ApiResponse::new(StatusCode::ACCEPTED, render::group(&id, group, request)))
}

fn read_members(request: &ApiRequest) -> Result<Map<String, Value>, ApiError> {
    let body: Map<String, Value> = request.json()?;
    let known = |name: &str| MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(name));
    Ok(body
        .into_iter()
        .filter_map(|(name, value)| Some(((*known(&name)?).to_owned(), value)))
        .collect())
}

/// Refuses an empty name, and one that another group has. `id` is that of the group itself.
fn check_name(store: &Store, group: &Group, id: Option<&str>) -> Result<(), ApiError> {
    let name = group.name();
    if name.trim().is_empty() {
        return Err(ApiError::bad_request("`roleName` is missing"));
    }
    let mut others = store.groups.iter().filter(|(other, _)| Some(*other) != id);
    match others.any(|(_, other)| other.name().eq_ignore_ascii_case(name)) {
        true => Err(ApiError::new(
            choices::TAKEN_NAME_STATUS.get(),
            "A group with this name exists already",
        )),
        false => Ok(()),
    }
}
