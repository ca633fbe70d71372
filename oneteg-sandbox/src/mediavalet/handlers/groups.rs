//! User groups. A list of them is a list; one of them is an object, which is sent back whole to change it.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::render;
use super::super::state::{Group, Store};

/// The members of a group that a client can set, as spelled in responses.
const MEMBERS: [&str; 5] =
    ["roleName", "roleDescription", "inheritedFrom", "permissions", "isDefaultGroup"];

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let groups = store.groups.iter().map(|(id, group)| render::group(id, group, call));
    call.list(groups.collect())
}

pub(crate) fn get(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("userGroupId");
    let group = store.groups.get(&id).ok_or_else(|| Failure::missing("user group", &id))?;
    Ok(Answer::ok(render::group(&id, group, call)))
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let group = Group { members: given(call)? };
    check(store, &group, None)?;
    store.groups.add(group);
    Ok(Answer::empty(StatusCode::ACCEPTED))
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("userGroupId");
    let missing = || Failure::missing("user group", &id);
    let mut members = store.groups.get(&id).ok_or_else(missing)?.members.clone();
    members.extend(given(call)?);
    let group = Group { members };
    check(store, &group, Some(&id))?;
    store.groups.insert(&id, group);
    let group = store.groups.get(&id).ok_or_else(missing)?;
    Ok(Answer::new(StatusCode::ACCEPTED, render::group(&id, group, call)))
}

fn given(call: &Call) -> Result<Map<String, Value>, Failure> {
    let body: Map<String, Value> = call.json()?;
    let known = |name: &str| MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(name));
    Ok(body
        .into_iter()
        .filter_map(|(name, value)| Some(((*known(&name)?).to_owned(), value)))
        .collect())
}

fn check(store: &Store, group: &Group, own: Option<&str>) -> Result<(), Failure> {
    let name = group.name();
    if name.trim().is_empty() {
        return Err(Failure::bad_request("`roleName` is missing"));
    }
    let mut others = store.groups.iter().filter(|(id, _)| Some(*id) != own);
    match others.any(|(_, other)| other.name().eq_ignore_ascii_case(name)) {
        true => Err(Failure::new(StatusCode::CONFLICT, "There is a group of this name")),
        false => Ok(()),
    }
}
