//! Locks of files: they keep others from writing.

use serde_json::{Value, json};

use super::files;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::{Call, Caller};
use crate::netexplorer::errors::Failure;
use crate::netexplorer::render::date;
use crate::netexplorer::state::{Found, Lock, Node, Store};

/// A lock, or its absence. Who it is for decides `writeable`, which is left out for nobody.
pub(crate) fn render(
    store: &Store,
    found: Found<'_>,
    lock: Option<&Lock>,
    caller: Option<Caller>,
) -> Value {
    let mut object = json!({ "file": found.file.guid, "locked": lock.is_some() });
    if let Value::Object(members) = &mut object {
        if let Some(lock) = lock {
            members.insert("date".into(), date(lock.date).into());
            members.insert("owner".into(), store.display_name(lock.owner).into());
            members.insert("owner_id".into(), lock.owner.to_string().into());
        }
        if let Some(caller) = caller {
            let writable = found.must_be_writable(caller).is_ok();
            members.insert("writeable".into(), writable.into());
        }
    }
    object
}

fn rendered(store: &Store, found: Found<'_>, caller: Caller) -> Value {
    render(store, found, found.file.lock.as_ref(), Some(caller))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    Answer::ok(rendered(store, files::named(store, call)?, call.caller))
}

/// Locks for the caller, or unlocks with `locked: false`; refused with 423 while another one holds it.
pub(crate) fn set(store: &mut Store, call: &Call) -> Outcome {
    let found = files::named(store, call)?;
    found.must_be_writable(call.caller)?;
    let (key, id) = (found.key, found.id);
    let locked = call.body.flag("locked")?.unwrap_or(true);
    let lock = Lock { owner: call.caller.user, date: store.tick() };
    if let Some(file) = store.tree.files.get_mut(key) {
        file.lock = locked.then_some(lock);
    }
    let found = store.tree.live(id).ok_or_else(Failure::missing)?;
    Answer::ok(rendered(store, found, call.caller))
}

/// An administrator may remove the locks of others.
pub(crate) fn remove(store: &mut Store, call: &Call) -> Outcome {
    let found = files::named(store, call)?;
    if !call.caller.admin {
        found.must_be_writable(call.caller)?;
    }
    let key = found.key;
    if let Some(file) = store.tree.files.get_mut(key) {
        file.lock = None;
    }
    Ok(Answer::Empty)
}

/// The locks in a folder, without those in folders below.
pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    let folder = call.id("folderId")?;
    store.tree.folder(folder, call.caller)?;
    let files = store.tree.children(folder).filter_map(|node| match node {
        Node::File(key) => store.tree.newest(key),
        Node::Folder(_) => None,
    });
    let locked = files.filter(|found| found.file.lock.is_some());
    Answer::list(locked.map(|found| rendered(store, found, call.caller)))
}
