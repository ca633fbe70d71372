//! Users, and the caller's own account. Every user may read them; only administrators may change them.

use serde_json::{Value, json};

use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::settings::ADMINISTRATOR;
use crate::netexplorer::state::{Store, User};

/// The id is a string, as in the vendor's documentation.
fn render(id: u64, user: &User) -> Value {
    json!({
        "id": id.to_string(),
        "login": user.login,
        "firstname": user.first_name,
        "lastname": user.last_name,
        "email": user.email,
        "language": user.language,
        "organization": user.organization,
        "phone": user.phone,
        "active": user.active,
        "roots": user.roots,
    })
}

/// Sets the members that the request contains.
fn apply_fields(user: &mut User, fields: &RequestFields) -> Result<(), ApiError> {
    let strings = [
        ("login", &mut user.login),
        ("firstname", &mut user.first_name),
        ("lastname", &mut user.last_name),
        ("email", &mut user.email),
        ("language", &mut user.language),
        ("organization", &mut user.organization),
        ("phone", &mut user.phone),
    ];
    for (name, member) in strings {
        if let Some(value) = fields.string(name)? {
            value.clone_into(member);
        }
    }
    user.active = fields.bool("active")?.unwrap_or(user.active);
    if let Some(roots) = fields.ids("roots")? {
        user.roots = roots;
    }
    Ok(())
}

/// Refuses a login that is empty or taken, and roots that do not exist.
fn check(store: &Store, id: Option<u64>, user: &User) -> Result<(), ApiError> {
    if user.login.trim().is_empty() {
        return Err(ApiError::invalid_name());
    }
    let taken = |(other, known): (u64, &User)| Some(other) != id && known.login == user.login;
    if store.users.iter().any(taken) {
        return Err(ApiError::name_taken());
    }
    let exists = |id: &u64| store.tree.roots().any(|root| root == *id);
    if user.roots.iter().all(exists) { Ok(()) } else { Err(ApiError::not_found()) }
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a User), ApiError> {
    let id = request.path_id("userId")?;
    Ok((id, store.user(id)?))
}

pub(crate) fn list(store: &Store, _: &ApiRequest) -> ApiResult {
    ApiResponse::list(store.users.iter().map(|(id, user)| render(id, user)))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, user) = lookup(store, request)?;
    ApiResponse::ok(render(id, user))
}

/// Users have no individual quota: 0 means unlimited.
pub(crate) fn quota(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    ApiResponse::ok(json!({ "user": id.to_string(), "quota": 0 }))
}

/// By default, a new user is active and has all roots. New users are never administrators.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let login = RequestFields::required("login", request.fields.string("login")?)?;
    let mut user = User::new(login, "", "", false);
    user.roots = store.tree.roots().collect();
    apply_fields(&mut user, &request.fields)?;
    check(store, None, &user)?;
    store.advance_clock();
    let id = store.users.add(|_| user.clone());
    ApiResponse::ok(render(id, &user))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, user) = lookup(store, request)?;
    let mut user = user.clone();
    apply_fields(&mut user, &request.fields)?;
    check(store, Some(id), &user)?;
    let rendered = render(id, &user);
    store.users.insert(id, user);
    ApiResponse::ok(rendered)
}

/// The administrator cannot be deleted, because server applications act as this user.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, _) = lookup(store, request)?;
    if id == ADMINISTRATOR {
        return Err(ApiError::forbidden());
    }
    store.users.remove(id);
    store.sign_in_restrictions.remove(&id);
    for (_, group) in store.groups.iter_mut() {
        group.members.remove(&id);
    }
    Ok(ApiResponse::Empty)
}

pub(crate) fn own_account(store: &Store, request: &ApiRequest) -> ApiResult {
    let id = request.caller.user;
    ApiResponse::ok(render(id, store.user(id)?))
}

/// Only administrators may change their own roots, and whether they are active.
pub(crate) fn update_own_account(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.caller.user;
    let user = store.user(id)?;
    let mut updated = user.clone();
    apply_fields(&mut updated, &request.fields)?;
    let changes_rights = (updated.active, &updated.roots) != (user.active, &user.roots);
    if changes_rights && !request.caller.admin {
        return Err(ApiError::forbidden());
    }
    check(store, Some(id), &updated)?;
    let rendered = render(id, &updated);
    store.users.insert(id, updated);
    ApiResponse::ok(rendered)
}
