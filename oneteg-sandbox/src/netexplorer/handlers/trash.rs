//! Deletion, and the trash.

use serde_json::{Map, Value, json};

use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::render::{self, Wanted, date};
use crate::netexplorer::state::{Node, Store, TrashItem, Trashed};

fn render(store: &Store, id: u64, item: &TrashItem) -> Value {
    let mut object = Map::from_iter(
        [
            ("id", json!(id)),
            ("name", json!(item.name)),
            ("deletion", json!(date(item.deletion))),
            ("modification", json!(date(item.modification))),
            ("owner", json!(store.display_name(item.owner))),
            ("owner_id", json!(item.owner.to_string())),
            ("size", json!(item.size)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let folder = match &item.what {
        Trashed::Nodes { top: Node::Folder(_), folders, files } => {
            Some((folders.len(), files.len()))
        }
        _ => None,
    };
    object.insert("is_file".into(), folder.is_none().into());
    if let Some((folders, files)) = folder {
        object.insert("nb_folders".into(), (folders - 1).into());
        object.insert("nb_files".into(), files.into());
    }
    Value::Object(object)
}

/// Deletes a node, as the query says: for good with `trash=0`.
pub(super) fn discard(store: &mut Store, call: &Call, node: Node) -> Outcome {
    let (name, parent, size) = match node {
        Node::Folder(id) => {
            let folder = store.tree.folder(id, call.caller)?;
            let size = render::size_of(store, &store.tree.below(id, call.caller));
            (folder.name.clone(), folder.parent, size)
        }
        Node::File(key) => {
            let found = store.tree.newest(key).ok_or_else(Failure::missing)?;
            let size = found.version.content.bytes.len() as u64;
            (found.file.name.clone(), Some(found.file.parent), size)
        }
    };
    let for_good = for_good(call)?;
    let what = store.tree.take(node).ok_or_else(Failure::missing)?;
    let now = store.tick();
    if let Some(parent) = parent {
        store.tree.touch(parent, now);
    }
    finish(store, call, for_good, (name, size, what))
}

/// Deletes some versions of a file that keeps others.
pub(super) fn discard_versions(store: &mut Store, call: &Call, key: u64, ids: Vec<u64>) -> Outcome {
    let name = store.tree.files.get(key).map(|file| file.name.clone()).unwrap_or_default();
    let versions = ids.iter().filter_map(|id| store.tree.versions.get(*id));
    let size = versions.map(|version| version.content.bytes.len()).sum::<usize>() as u64;
    let for_good = for_good(call)?;
    let what = store.tree.take_versions(key, ids).ok_or_else(Failure::missing)?;
    store.tick();
    finish(store, call, for_good, (name, size, what))
}

fn for_good(call: &Call) -> Result<bool, Failure> {
    match call.query.text("trash") {
        None | Some("1") => Ok(false),
        Some("0") => Ok(true),
        Some(_) => Err(Failure::invalid("« trash » doit être 0 ou 1")),
    }
}

fn finish(
    store: &mut Store,
    call: &Call,
    for_good: bool,
    (name, size, what): (String, u64, Trashed),
) -> Outcome {
    if for_good {
        store.tree.purge(&what);
        return Ok(Answer::Empty);
    }
    let now = store.now();
    let owner = call.caller.user;
    let item = TrashItem { name, owner, deletion: now, modification: now, size, what };
    let id = store.trash.add(|_| item);
    let item = store.trash.get(id).ok_or_else(Failure::missing)?;
    Answer::ok(render(store, id, item))
}

/// The entry that the path names: the caller's own; of an administrator, any.
fn named<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a TrashItem), Failure> {
    let id = call.id("trashId")?;
    let item = store.trash.get(id).ok_or_else(Failure::missing)?;
    if may(call, item) { Ok((id, item)) } else { Err(Failure::forbidden()) }
}

fn may(call: &Call, item: &TrashItem) -> bool {
    call.caller.admin || item.owner == call.caller.user
}

pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    let items = store.trash.iter().filter(|(_, item)| may(call, item));
    Answer::list(items.map(|(id, item)| render(store, id, item)))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, item) = named(store, call)?;
    Answer::ok(render(store, id, item))
}

/// Puts it back where it was; refused when that place is gone (409) or the name taken (403).
pub(crate) fn restore(store: &mut Store, call: &Call) -> Outcome {
    let (id, item) = named(store, call)?;
    store.tree.check_restorable(&item.what)?;
    let item = store.trash.remove(id).ok_or_else(Failure::missing)?;
    store.tick();
    let restored = match store.tree.put_back(item.what) {
        Node::Folder(id) => {
            let folder = store.tree.folder(id, call.caller)?;
            render::folder(store, call.caller, id, folder, Wanted::SHORT)
        }
        Node::File(key) => {
            let found = store.tree.newest(key).ok_or_else(Failure::missing)?;
            render::file(store, found, true)
        }
    };
    Answer::ok(restored)
}

pub(crate) fn purge(store: &mut Store, call: &Call) -> Outcome {
    let (id, _) = named(store, call)?;
    let item = store.trash.remove(id).ok_or_else(Failure::missing)?;
    store.tree.purge(&item.what);
    Ok(Answer::Empty)
}

pub(crate) fn purge_all(store: &mut Store, call: &Call) -> Outcome {
    let items = store.trash.iter().filter(|(_, item)| may(call, item));
    let ids: Vec<u64> = items.map(|(id, _)| id).collect();
    for item in ids.into_iter().filter_map(|id| store.trash.remove(id)).collect::<Vec<_>>() {
        store.tree.purge(&item.what);
    }
    Ok(Answer::Empty)
}
