//! Groups. `members` takes and answers users' ids, the sandbox's own choice.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::pages;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::state::{Group, Store};

fn render(id: u64, group: &Group) -> Value {
    json!({ "id": id, "login": group.name, "members": group.members, "ldap": group.ldap })
}

fn named<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a Group), Failure> {
    let id = call.id("groupId")?;
    store.groups.get(id).map(|group| (id, group)).ok_or_else(Failure::missing)
}

fn set(store: &Store, id: Option<u64>, group: &mut Group, body: &Members) -> Result<(), Failure> {
    if let Some(name) = body.text("login")? {
        name.trim().clone_into(&mut group.name);
    }
    if let Some(members) = body.ids("members")? {
        for member in &members {
            store.user(*member)?;
        }
        group.members = BTreeSet::from_iter(members);
    }
    if group.name.is_empty() {
        return Err(Failure::name());
    }
    let taken = |(other, known): (u64, &Group)| Some(other) != id && known.name == group.name;
    if store.groups.iter().any(taken) { Err(Failure::duplicate()) } else { Ok(()) }
}

pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    pages::page(call, store.groups.iter().map(|(id, group)| render(id, group)).collect())
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, group) = named(store, call)?;
    Answer::ok(render(id, group))
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let mut group = Group { name: String::new(), members: BTreeSet::new(), ldap: false };
    set(store, None, &mut group, &call.body)?;
    store.tick();
    let answer = group.clone();
    let id = store.groups.add(|_| group);
    Answer::ok(render(id, &answer))
}

/// The group that the path names, to be changed: not one from a directory.
fn changeable<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a Group), Failure> {
    call.caller.must_be_admin()?;
    let (id, group) = named(store, call)?;
    if group.ldap { Err(Failure::forbidden()) } else { Ok((id, group)) }
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let (id, group) = changeable(store, call)?;
    let mut group = group.clone();
    set(store, Some(id), &mut group, &call.body)?;
    let answer = render(id, &group);
    store.groups.insert(id, group);
    Answer::ok(answer)
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let (id, _) = changeable(store, call)?;
    store.groups.remove(id);
    Ok(Answer::Empty)
}
