//! Groups.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::choices::netexplorer as choices;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Group, Store};

fn render(id: u64, group: &Group) -> Value {
    let members = choices::GROUP_MEMBERS_MEMBER.get();
    json!({ "id": id.to_string(), "login": group.name, members: group.members, "ldap": group.ldap })
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Group), ApiError> {
    let id = request.path_id("groupId")?;
    store.groups.get(id).map(|group| (id, group)).ok_or_else(ApiError::not_found)
}

fn apply_fields(
    store: &Store,
    id: Option<u64>,
    group: &mut Group,
    fields: &RequestFields,
) -> Result<(), ApiError> {
    if let Some(name) = fields.string("login")? {
        name.trim().clone_into(&mut group.name);
    }
    if let Some(members) = fields.ids(choices::GROUP_MEMBERS_MEMBER.get())? {
        for member in &members {
            store.user(*member)?;
        }
        group.members = BTreeSet::from_iter(members);
    }
    if group.name.is_empty() {
        return Err(ApiError::invalid_name());
    }
    let taken = |(other, known): (u64, &Group)| Some(other) != id && known.name == group.name;
    if store.groups.iter().any(taken) { Err(ApiError::name_taken()) } else { Ok(()) }
}

/// In the list, groups come without their members.
pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let groups = store.groups.iter();
    let groups = groups.map(|(id, group)| json!({ "id": id.to_string(), "login": group.name }));
    ApiResponse::page(request.page()?, groups.collect())
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, group) = lookup(store, request)?;
    ApiResponse::ok(render(id, group))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let mut group = Group { name: String::new(), members: BTreeSet::new(), ldap: false };
    apply_fields(store, None, &mut group, &request.fields)?;
    store.advance_clock();
    let id = store.groups.add(|_| group.clone());
    ApiResponse::ok(render(id, &group))
}

/// The group in the path, if it may be changed. Groups from a directory are read-only.
fn lookup_writable<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> Result<(u64, &'a Group), ApiError> {
    request.caller.require_admin()?;
    let (id, group) = lookup(store, request)?;
    if group.ldap { Err(ApiError::forbidden()) } else { Ok((id, group)) }
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, group) = lookup_writable(store, request)?;
    let mut group = group.clone();
    apply_fields(store, Some(id), &mut group, &request.fields)?;
    let rendered = render(id, &group);
    store.groups.insert(id, group);
    store.apply_rights();
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup_writable(store, request)?;
    store.groups.remove(id);
    store.apply_rights();
    Ok(ApiResponse::Empty)
}
