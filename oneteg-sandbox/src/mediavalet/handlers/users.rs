//! Users: the caller and others. Their members are stored as the client sends them.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::choices::mediavalet as choices;
use crate::mediavalet::json_patch::{self, UNKNOWN_MEMBER};
use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Store, User};

/// The members of a user that a client can set, spelt as in responses.
const MEMBERS: [&str; 24] = [
    "userName",
    "address",
    "defaultGroup",
    "userDomain",
    "firstName",
    "lastName",
    "department",
    "position",
    "title",
    "officeNumber",
    "cellularNumber",
    "faxNumber",
    "emailAddress",
    "comment",
    "additionalMessage",
    "adminNotes",
    "expiresAt",
    "website",
    "alertsEnabled",
    "newUserNotification",
    "organizationName",
    "isSuspended",
    "isApproved",
    "roleId",
];

/// Those of them that are booleans; the others are strings.
const BOOLEANS: [&str; 4] = ["alertsEnabled", "newUserNotification", "isSuspended", "isApproved"];

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let users: Vec<Value> =
        store.users.iter().map(|(id, user)| render::user(store, id, user, request)).collect();
    let (users, records) = request.list_page()?.slice(users);
    Ok(ApiResponse::ok(json!({ "users": users, "userCount": records.total })).with_records(records))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    respond(store, &request.path_id("userId"), request)
}

pub(crate) fn current(store: &Store, request: &ApiRequest) -> ApiResult {
    respond(store, &store.caller_id(), request)
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let members = read_members(store, request)?;
    let name = string(&members, "userName")
        .ok_or_else(|| ApiError::bad_request("`userName` is missing"))?;
    check_name(store, name, None)?;
    let user = User { members, created: store.tick() };
    let id = store.users.add(user);
    respond(store, &id, request)
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userId");
    let members = read_members(store, request)?;
    if let Some(name) = string(&members, "userName") {
        check_name(store, name, Some(&id))?;
    }
    let user = store.users.get_mut(&id).ok_or_else(|| ApiError::not_found("user", &id))?;
    user.members.extend(members);
    respond(store, &id, request)
}

fn respond(store: &Store, id: &str, request: &ApiRequest) -> ApiResult {
    let user = store.users.get(id).ok_or_else(|| ApiError::not_found("user", id))?;
    Ok(ApiResponse::ok(render::user(store, id, user, request)))
}

/// Users who may approve uploads: those of the caller's group, which is that of the administrators.
pub(crate) fn approvers(store: &Store, request: &ApiRequest) -> ApiResult {
    let group = caller_group(store);
    let approves = |user: &User| string(&user.members, "roleId") == group.as_deref();
    let users = store.users.iter().filter(|(_, user)| approves(user));
    let users: Vec<Value> =
        users.map(|(id, user)| render::user(store, id, user, request)).collect();
    Ok(ApiResponse::ok(json!({ "userCount": users.len(), "users": users })))
}

/// The names of the permissions of the caller's group.
pub(crate) fn current_permissions(store: &Store, request: &ApiRequest) -> ApiResult {
    if !choices::CURRENT_PERMISSIONS_AS_LIST.get() {
        return current(store, request);
    }
    let group = caller_group(store).and_then(|id| store.groups.get(&id));
    let permissions = group.and_then(|group| group.members.get("permissions")).cloned();
    Ok(ApiResponse::ok(permissions.unwrap_or_else(|| json!([]))))
}

fn caller_group(store: &Store) -> Option<String> {
    let caller = store.users.get(&store.caller_id())?;
    string(&caller.members, "roleId").map(str::to_owned)
}

pub(crate) fn patch_current(store: &mut Store, request: &ApiRequest) -> ApiResult {
    patch_user(store, request, &store.caller_id())
}

pub(crate) fn patch(store: &mut Store, request: &ApiRequest) -> ApiResult {
    patch_user(store, request, &request.path_id("userId"))
}

/// Patches the members that [`update`] sets too, at the path of their name.
fn patch_user(store: &mut Store, request: &ApiRequest, id: &str) -> ApiResult {
    store.users.get(id).ok_or_else(|| ApiError::not_found("user", id))?;
    let skipped = json_patch::apply(
        request,
        store,
        |store, member, _| {
            let name = MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(member))?;
            string(&store.users.get(id)?.members, name).map(str::to_owned)
        },
        |store, change| {
            let name = MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(&change.member));
            let name = name.filter(|_| change.key.is_none()).ok_or(UNKNOWN_MEMBER)?;
            let value = change.value.clone().unwrap_or_default();
            let flag = BOOLEANS.contains(name);
            if !value.is_null() && flag != value.is_boolean() || !flag && !is_string(&value) {
                return Err("the value has another type".into());
            }
            let body = Map::from_iter([((*name).to_owned(), value)]);
            let members = known_members(store, body).map_err(ApiError::into_message)?;
            if *name == "userName" {
                let name = string(&members, name).ok_or("a user needs a name")?;
                check_name(store, name, Some(id)).map_err(ApiError::into_message)?;
            }
            store.users.get_mut(id).ok_or("the user is gone")?.members.extend(members);
            Ok(())
        },
    )?;
    Ok(respond(store, id, request)?.with_errors(skipped))
}

fn is_string(value: &Value) -> bool {
    value.is_null() || value.is_string()
}

/// Deletes a user.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("userId");
    store.users.get(&id).ok_or_else(|| ApiError::not_found("user", &id))?;
    if id == store.caller_id() && !choices::CALLER_DELETABLE.get() {
        return Err(ApiError::bad_request("The caller cannot be deleted"));
    }
    store.users.remove(&id);
    Ok(ApiResponse::empty(StatusCode::OK))
}

/// The known members of the body, in any letter case. Others are ignored, including the password. A group's id
/// also sets the group's name.
fn read_members(store: &Store, request: &ApiRequest) -> Result<Map<String, Value>, ApiError> {
    known_members(store, request.json()?)
}

fn known_members(store: &Store, body: Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let mut members = Map::new();
    for (name, value) in body {
        if let Some(known) = MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
            // Stored values come back in responses, so they must have the documented type.
            let flag = BOOLEANS.contains(known);
            let value = match value {
                Value::String(text) if flag => text.to_lowercase().parse().map(Value::Bool).ok(),
                Value::Number(number) if !flag => Some(number.to_string().into()),
                Value::Null => Some(Value::Null),
                value if flag == value.is_boolean() && (flag || value.is_string()) => Some(value),
                _ => None,
            };
            let refused = || ApiError::bad_request(format!("`{known}` has another type"));
            members.insert((*known).to_owned(), value.ok_or_else(refused)?);
        }
    }
    if let Some(id) = string(&members, "roleId").map(str::to_lowercase) {
        let unknown = || ApiError::bad_request(format!("There is no group {id}"));
        let group = store.groups.get(&id).ok_or_else(unknown)?;
        members.insert("roleId".into(), id.into());
        members.insert("defaultGroup".into(), group.name().into());
    }
    Ok(members)
}

/// A member that is a string and not empty.
fn string<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|string| !string.is_empty())
}

/// Refuses a name that another user has. `id` is that of the user itself.
fn check_name(store: &Store, name: &str, id: Option<&str>) -> Result<(), ApiError> {
    let taken = store.users.iter().any(|(other, user)| {
        Some(other) != id
            && string(&user.members, "userName")
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
    });
    match taken {
        true => Err(ApiError::new(
            choices::TAKEN_NAME_STATUS.get(),
            "A user with this name exists already",
        )),
        false => Ok(()),
    }
}
