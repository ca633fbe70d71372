//! Users and groups.

use serde_json::{Value, json};

use crate::choices::netx as choices;
use crate::netx::render;
use crate::netx::request::Params;
use crate::netx::response::{RpcError, RpcResult};
use crate::netx::state::{Store, User};

fn user(id: u64, user: &User) -> Value {
    let user = json!({ "userId": id, "level": user.level, "name": user.name });
    render::only(user, choices::USER_MEMBERS.get())
}

pub(crate) fn get_self(store: &Store, params: &Params) -> RpcResult {
    params.nothing(0)?;
    let id = store.caller;
    let caller = store.users.get(id).ok_or_else(|| RpcError::not_found("user", id))?;
    Ok(user(id, caller))
}

pub(crate) fn get_users_by_group(store: &Store, params: &Params) -> RpcResult {
    let id = params.id(0)?;
    let options = params.options(1)?;
    let group = store.groups.get(id).ok_or_else(|| RpcError::not_found("group", id))?;
    let users = group.users.iter().filter_map(|id| Some((*id, store.users.get(*id)?)));
    Ok(options.page_of(users.collect(), |(id, found)| user(id, found)))
}

/// The groups that the user is in.
pub(crate) fn get_groups_by_user(store: &Store, params: &Params) -> RpcResult {
    let id = params.id(0)?;
    let options = params.options(1)?;
    store.users.get(id).ok_or_else(|| RpcError::not_found("user", id))?;
    let groups = store.groups.iter().filter(|(_, group)| group.users.contains(&id));
    Ok(options
        .page_of(groups.collect(), |(id, group)| json!({ "groupId": id, "name": group.name })))
}
