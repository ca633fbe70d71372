//! Users: the caller and others. Their members are stored as the client sends them.

use serde_json::{Map, Value, json};

use crate::choices::mediavalet as choices;
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

/// The known members of the body, in any letter case. Others are ignored, including the password. A group's id
/// also sets the group's name.
fn read_members(store: &Store, request: &ApiRequest) -> Result<Map<String, Value>, ApiError> {
    let body: Map<String, Value> = request.json()?;
    let mut members = Map::new();
    for (name, value) in body {
        if let Some(known) = MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
            members.insert((*known).to_owned(), value);
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
