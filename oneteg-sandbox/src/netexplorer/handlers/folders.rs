//! Folders.

use serde_json::Value;

use super::trash;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::render::{self, Wanted};
use crate::netexplorer::state::{Node, Store};

fn wanted(call: &Call) -> Result<Wanted, Failure> {
    let depth = call.query.number("depth")?.unwrap_or(0);
    Ok(Wanted { depth, full: call.query.flag("full") })
}

fn whole(store: &Store, call: &Call, id: u64) -> Result<Value, Failure> {
    let folder = store.tree.folder(id, call.caller)?;
    Ok(render::folder(store, call.caller, id, folder, Wanted::FULL))
}

/// The roots of the caller; of an administrator, all.
pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    let wanted = wanted(call)?;
    let own = store.users.get(call.caller.user).map(|user| user.roots.clone()).unwrap_or_default();
    let open = |id: &u64| call.caller.admin || own.contains(id);
    Answer::list(store.tree.roots().filter(open).filter_map(|id| {
        let folder = store.tree.folder(id, call.caller).ok()?;
        Some(render::folder(store, call.caller, id, folder, wanted))
    }))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, wanted) = (call.id("folderId")?, wanted(call)?);
    let folder = store.tree.folder(id, call.caller)?;
    Answer::ok(render::folder(store, call.caller, id, folder, wanted))
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let parent = Members::needed("parent_id", call.body.id("parent_id")?)?;
    let name = Members::needed("name", call.body.text("name")?)?;
    let (creation, modification) = (call.body.date("creation")?, call.body.date("modification")?);
    store.tree.folder(parent, call.caller)?;
    store.tree.check_free(parent, name)?;
    let now = store.tick();
    let id = store.tree.add_folder(parent, name, call.caller.user, now)?;
    store.tree.touch(parent, now);
    let folder = store.tree.folder_mut(id, call.caller)?;
    folder.creation = creation.unwrap_or(now);
    folder.modification = modification.unwrap_or(now);
    Answer::created(whole(store, call, id)?)
}

/// Renames, moves, re-dates, and sets the quota. Members that are left out keep their value.
pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("folderId")?;
    store.tree.folder(id, call.caller)?;
    let (name, parent) = (call.body.text("name")?, call.body.id("parent_id")?);
    let (creation, modification) = (call.body.date("creation")?, call.body.date("modification")?);
    let quota = call.body.number("quota")?;
    let stays = store.tree.folder(id, call.caller)?.parent == parent;
    let moved = parent.filter(|_| !stays);
    store.tree.relocate(Node::Folder(id), moved, name, call.caller)?;
    let now = store.tick();
    let folder = store.tree.folder_mut(id, call.caller)?;
    folder.creation = creation.unwrap_or(folder.creation);
    folder.modification = modification.unwrap_or(now);
    folder.quota = quota.unwrap_or(folder.quota);
    Answer::ok(whole(store, call, id)?)
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("folderId")?;
    if store.tree.folder(id, call.caller)?.parent.is_none() && !call.caller.admin {
        return Err(Failure::forbidden());
    }
    for node in store.tree.below(id, call.caller) {
        if let Node::File(key) = node
            && let Some(found) = store.tree.newest(key)
        {
            found.must_be_writable(call.caller)?;
        }
    }
    trash::discard(store, call, Node::Folder(id))
}
