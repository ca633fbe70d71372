//! Tags, and what they are on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::state::{DEFAULT_CATEGORY, Element, Store, Tag};

/// The colours a tag may have; which there are is the sandbox's own choice.
const COLORS: [&str; 5] = ["blue", "green", "orange", "purple", "red"];

pub(super) fn render(id: u64, tag: &Tag) -> Value {
    json!({
        "id": id,
        "name": tag.name,
        "key": tag.name.to_lowercase(),
        "color": tag.color,
        "category_id": tag.category,
        "owner_id": tag.owner,
        "private": tag.private,
    })
}

/// The tag that the path names. Private ones are their owner's.
fn named<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a Tag), Failure> {
    visible(store, call, call.id("tagId")?)
}

fn visible<'a>(store: &'a Store, call: &Call, id: u64) -> Result<(u64, &'a Tag), Failure> {
    let tag = store.tags.get(id).ok_or_else(Failure::missing)?;
    if may(call, tag) { Ok((id, tag)) } else { Err(Failure::forbidden()) }
}

pub(super) fn may(call: &Call, tag: &Tag) -> bool {
    !tag.private || call.caller.admin || tag.owner == call.caller.user
}

pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    let tags = store.tags.iter().filter(|(_, tag)| may(call, tag));
    Answer::list(tags.map(|(id, tag)| render(id, tag)))
}

pub(crate) fn colors(_: &Store, _: &Call) -> Outcome {
    let colors = COLORS.into_iter().map(|name| (name.to_owned(), name.into()));
    Answer::ok(json!({ "colors": Value::Object(colors.collect()) }))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, tag) = named(store, call)?;
    Answer::ok(render(id, tag))
}

/// A name is there once in a category.
pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let name = Members::needed("name", call.body.text("name")?)?.trim().to_owned();
    let category = call.body.id("category_id")?.unwrap_or(DEFAULT_CATEGORY);
    let color = call.body.text("color")?.unwrap_or("blue").to_owned();
    let private = call.body.flag("private")?.unwrap_or(false);
    if name.is_empty() {
        return Err(Failure::name());
    }
    store.categories.get(category).ok_or_else(Failure::missing)?;
    if store.tags.iter().any(|(_, tag)| tag.category == category && tag.name == name) {
        return Err(Failure::duplicate());
    }
    store.tick();
    let tag = Tag { name, color, category, private, owner: call.caller.user };
    let answer = tag.clone();
    let id = store.tags.add(|_| tag);
    Answer::ok(render(id, &answer))
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let (id, _) = named(store, call)?;
    forget(store, id);
    Ok(Answer::Empty)
}

/// Removes a tag, and takes it off everything.
pub(super) fn forget(store: &mut Store, id: u64) {
    store.tags.remove(id);
    for (_, folder) in store.tree.folders.iter_mut() {
        folder.tags.remove(&id);
    }
    for (_, file) in store.tree.files.iter_mut() {
        file.tags.remove(&id);
    }
}

/// The element that the path names, if the caller may see it.
fn element(store: &Store, call: &Call) -> Result<Element, Failure> {
    let id = call.id("elementId")?;
    match call.segment("type") {
        "file" => store.tree.file(id, call.caller).map(|_| Element::File(id)),
        "folder" => store.tree.folder(id, call.caller).map(|_| Element::Folder(id)),
        _ => Err(Failure::invalid("le type doit être file ou folder")),
    }
}

fn on_mut(store: &mut Store, element: Element) -> Option<&mut BTreeSet<u64>> {
    match element {
        Element::Folder(id) => Some(&mut store.tree.folders.get_mut(id)?.tags),
        Element::File(id) => {
            let key = store.tree.live(id)?.key;
            Some(&mut store.tree.files.get_mut(key)?.tags)
        }
    }
}

/// The tags on the element that the path names.
pub(super) fn on(store: &Store, call: &Call) -> Result<BTreeSet<u64>, Failure> {
    let tags = match element(store, call)? {
        Element::Folder(id) => store.tree.folders.get(id).map(|folder| folder.tags.clone()),
        Element::File(id) => store.tree.live(id).map(|found| found.file.tags.clone()),
    };
    tags.ok_or_else(Failure::missing)
}

/// A tag that is there already may be put on again.
pub(crate) fn add(store: &mut Store, call: &Call) -> Outcome {
    let (id, _) = named(store, call)?;
    let element = element(store, call)?;
    on_mut(store, element).ok_or_else(Failure::missing)?.insert(id);
    Ok(Answer::Empty)
}

pub(crate) fn remove(store: &mut Store, call: &Call) -> Outcome {
    let (id, _) = named(store, call)?;
    let element = element(store, call)?;
    let removed = on_mut(store, element).ok_or_else(Failure::missing)?.remove(&id);
    if removed { Ok(Answer::Empty) } else { Err(Failure::missing()) }
}

/// Puts the tags in `add` on the folder and takes those in `remove` off: the members are the sandbox's own
/// choice.
pub(crate) fn of_folder(store: &mut Store, call: &Call) -> Outcome {
    let folder = call.id("folderId")?;
    let add = call.body.ids("add")?.unwrap_or_default();
    let remove = call.body.ids("remove")?.unwrap_or_default();
    for id in &add {
        visible(store, call, *id)?;
    }
    let tags = &mut store.tree.folder_mut(folder, call.caller)?.tags;
    tags.extend(add);
    tags.retain(|tag| !remove.contains(tag));
    Ok(Answer::Empty)
}
