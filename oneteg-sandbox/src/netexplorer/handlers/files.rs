//! Files and their versions, without their content.

use serde_json::{Value, json};

use super::trash;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::render;
use crate::netexplorer::state::{Found, Node, Store};

/// The version that the path names.
pub(crate) fn named<'a>(store: &'a Store, call: &Call) -> Result<Found<'a>, Failure> {
    store.tree.file(call.id("fileId")?, call.caller)
}

/// A file with everything.
pub(crate) fn whole(store: &Store, call: &Call, id: u64) -> Result<Value, Failure> {
    let found = store.tree.file(id, call.caller)?;
    Ok(render::file(store, found, true))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    Answer::ok(render::file(store, named(store, call)?, call.query.flag("full")))
}

/// A file whose content follows.
pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let parent = Members::needed("parent_id", call.body.id("parent_id")?)?;
    let name = Members::needed("name", call.body.text("name")?)?;
    let hash = call.body.text("hash")?.map(str::to_lowercase);
    let now = store.tick();
    let id = store.tree.reserve(parent, name, hash, (call.caller, now))?;
    Answer::created(whole(store, call, id)?)
}

/// Renames and moves the file, and re-dates the version.
pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let found = named(store, call)?;
    found.must_be_writable(call.caller)?;
    let (id, key, stays) = (found.id, found.key, found.file.parent);
    let (name, parent) = (call.body.text("name")?, call.body.id("parent_id")?);
    let (creation, modification) = (call.body.date("creation")?, call.body.date("modification")?);
    let moved = parent.filter(|parent| *parent != stays);
    store.tree.relocate(Node::File(key), moved, name, call.caller)?;
    store.tick();
    let version = store.tree.versions.get_mut(id).ok_or_else(Failure::missing)?;
    version.creation = creation.unwrap_or(version.creation);
    version.modification = modification.unwrap_or(version.modification);
    Answer::ok(whole(store, call, id)?)
}

/// All versions unless told, to the trash unless told.
pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let found = named(store, call)?;
    found.must_be_writable(call.caller)?;
    let (id, key) = (found.id, found.key);
    let versions = &found.file.versions;
    let gone: Vec<u64> = match call.query.text("versions").unwrap_or("all") {
        "all" => versions.clone(),
        "none" => vec![id],
        "previous" => versions.iter().copied().filter(|version| *version <= id).collect(),
        _ => return Err(Failure::invalid("« versions » doit être all, none ou previous")),
    };
    if gone.len() == versions.len() {
        return trash::discard(store, call, Node::File(key));
    }
    trash::discard_versions(store, call, key, gone)
}

/// The number of pages, which for the sandbox is always one.
pub(crate) fn info(store: &Store, call: &Call) -> Outcome {
    named(store, call)?;
    Answer::ok(json!({ "length": 1 }))
}

/// Every version, newest first.
pub(crate) fn versions(store: &Store, call: &Call) -> Outcome {
    let ids = &named(store, call)?.file.versions;
    let versions = ids.iter().rev().filter_map(|id| store.tree.live(*id));
    Answer::list(versions.map(|found| render::file(store, found, true)))
}
