//! User groups. To change a group, a client sends the whole object back.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::choices::mediavalet as choices;
use crate::mediavalet::json_patch::{self, UNKNOWN_MEMBER};
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
    let group = Group { members: read_members(request)?, categories: Vec::new() };
    check_name(store, &group, None)?;
    store.groups.add(group);
    Ok(ApiResponse::empty(StatusCode::ACCEPTED))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userGroupId");
    let not_found = || ApiError::not_found("user group", &id);
    let before = store.groups.get(&id).ok_or_else(not_found)?;
    let mut members = before.members.clone();
    members.extend(read_members(request)?);
    let group = Group { members, categories: before.categories.clone() };
    check_name(store, &group, Some(&id))?;
    store.groups.insert(&id, group);
    let group = store.groups.get(&id).ok_or_else(not_found)?;
    Ok(ApiResponse::new(StatusCode::ACCEPTED, render::group(&id, group, request)))
}

/// Deletes a group. Its users move to the default group.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userGroupId");
    let group = store.groups.get(&id).ok_or_else(|| ApiError::not_found("user group", &id))?;
    let default = store.groups.iter().find(|(other, group)| *other != id && group.is_default());
    if group.is_default() && !choices::DEFAULT_GROUP_DELETABLE.get() {
        return Err(ApiError::bad_request("The default group cannot be deleted"));
    }
    let (default, name) = default
        .map(|(default, group)| (default.to_owned(), group.name().to_owned()))
        .unwrap_or_default();
    for (_, user) in store.users.iter_mut() {
        if user.members.get("roleId").and_then(Value::as_str) == Some(&id) {
            user.members.insert("roleId".into(), default.clone().into());
            user.members.insert("defaultGroup".into(), name.clone().into());
        }
    }
    store.groups.remove(&id);
    Ok(ApiResponse::empty(StatusCode::ACCEPTED))
}

pub(crate) fn categories(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userGroupId");
    Ok(ApiResponse::ok(render_categories(store, &id, request)?))
}

fn render_categories(store: &Store, id: &str, request: &ApiRequest) -> Result<Value, ApiError> {
    let group = store.groups.get(id).ok_or_else(|| ApiError::not_found("user group", id))?;
    let counts = store.category_counts();
    let render = |id: &String| {
        let whole = render::category(store, &counts, id, store.categories.get(id)?, request);
        Some(json!({
            "id": id, "name": whole["name"], "parentId": whole["parentId"], "tree": whole["tree"],
            "subfolderCount": whole["subfolderCount"], "hasDirectAccess": true, "inherited": false,
        }))
    };
    let categories: Vec<Value> = group.categories.iter().filter_map(render).collect();
    let object = json!({
        "categories": categories, "watermarkedCategories": [], "permissionRestrictedCategories": [],
    });
    Ok(render::resource(object, &format!("/groups/{id}/categories"), request.version))
}

/// Patches `/categoryIds`: `replace` sets the whole list, `add` extends it, and `remove` with an id in the path
/// removes one.
pub(crate) fn update_categories(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userGroupId");
    let not_found = || ApiError::not_found("user group", &id);
    let mut categories = store.groups.get(&id).ok_or_else(not_found)?.categories.clone();
    let known = |category: &String| store.categories.contains(category);
    let skipped = json_patch::apply(
        request,
        &mut categories,
        |_, _, _| None,
        |categories, change| {
            if change.member != "categoryids" {
                return Err(UNKNOWN_MEMBER.into());
            }
            let given = json_patch::strings(change.value.as_ref())?;
            let given: Vec<String> = given.iter().map(|id| id.to_lowercase()).collect();
            if !given.iter().all(known) {
                return Err("there is no such category".into());
            }
            match (change.key.as_deref(), &change.value) {
                (None, _) => *categories = given,
                (Some("-"), Some(_)) => {
                    let new: Vec<_> =
                        given.into_iter().filter(|id| !categories.contains(id)).collect();
                    categories.extend(new);
                }
                (Some(key), None) => categories.retain(|id| !id.eq_ignore_ascii_case(key)),
                (Some(_), Some(_)) => return Err(UNKNOWN_MEMBER.into()),
            }
            Ok(())
        },
    )?;
    store.groups.get_mut(&id).ok_or_else(not_found)?.categories = categories;
    let payload = render_categories(store, &id, request)?;
    Ok(ApiResponse::new(StatusCode::ACCEPTED, payload).with_errors(skipped))
}

/// `POST /categories/{categoryId}/userGroups`: gives a group access to a category.
pub(crate) fn add_to_category(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Access {
        #[serde(alias = "userGroupId")]
        user_group_id: String,
    }
    let category = request.path_id("categoryId");
    store.category(&category)?;
    let id = request.json::<Access>()?.user_group_id.to_lowercase();
    let unknown = || ApiError::bad_request(format!("There is no user group {id}"));
    let group = store.groups.get_mut(&id).ok_or_else(unknown)?;
    let response = ApiResponse::empty(StatusCode::ACCEPTED);
    if group.categories.contains(&category) {
        return Ok(response.unchanged());
    }
    group.categories.push(category);
    Ok(response)
}

pub(crate) fn remove_from_category(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (category, id) = (request.path_id("categoryId"), request.path_id("userGroupId"));
    store.category(&category)?;
    let group = store.groups.get_mut(&id).ok_or_else(|| ApiError::not_found("user group", &id))?;
    if !group.categories.contains(&category) {
        return Err(ApiError::not_found("user group of this category", &id));
    }
    group.categories.retain(|one| *one != category);
    Ok(ApiResponse::empty(StatusCode::ACCEPTED))
}

fn read_members(request: &ApiRequest) -> Result<Map<String, Value>, ApiError> {
    let body: Map<String, Value> = request.json()?;
    let mut members = Map::new();
    for (name, value) in body {
        let Some(known) = MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(&name)) else {
            continue;
        };
        // Stored values come back in responses, so they must have the documented type.
        let fits = match *known {
            "inheritedFrom" | "permissions" => {
                value.as_array().is_some_and(|all| all.iter().all(Value::is_string))
            }
            "isDefaultGroup" => value.is_boolean(),
            _ => value.is_string() || value.is_null(),
        };
        if !fits {
            return Err(ApiError::bad_request(format!("`{known}` has another type")));
        }
        members.insert((*known).to_owned(), value);
    }
    Ok(members)
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
