//! Shares: files and folders that whoever has the key may see.

use serde_json::{Value, json};

use super::{content, pages};
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::{Call, Caller};
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::{Members, as_id};
use crate::netexplorer::render::{self, Wanted};
use crate::netexplorer::state::{Element, Share, Store};

/// An entry: `entity_type` 0 is a folder, as is known, and 1 a file, as is presumed.
fn entry(store: &Store, element: Element) -> Value {
    match element {
        Element::Folder(id) => json!({ "entity_type": 0, "id": id }),
        Element::File(id) => {
            let guid = store.tree.live(id).map(|found| found.file.guid.as_str());
            json!({ "entity_type": 1, "id": id, "guid": guid })
        }
    }
}

fn render(store: &Store, id: u64, share: &Share) -> Value {
    let roots: Vec<_> = share.roots.iter().map(|root| entry(store, *root)).collect();
    json!({ "id": id, "key": share.key, "flags": share.flags, "roots": roots })
}

fn roots(store: &Store, call: &Call) -> Result<Option<Vec<Element>>, Failure> {
    let Some(entries) = call.body.list("roots")? else { return Ok(None) };
    let read = |entry: &Value| -> Result<Element, Failure> {
        let id = entry.get("id").and_then(as_id);
        let id = id.ok_or_else(|| Failure::invalid("« roots » doit donner des identifiants"))?;
        match entry.get("entity_type").and_then(Value::as_i64) {
            Some(0) => store.tree.folder(id, call.caller).map(|_| Element::Folder(id)),
            Some(1) => store.tree.file(id, call.caller).map(|_| Element::File(id)),
            _ => Err(Failure::invalid("« entity_type » doit être 0 ou 1")),
        }
    };
    entries.iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn may(call: &Call, share: &Share) -> bool {
    call.caller.admin || share.owner == call.caller.user
}

fn named<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a Share), Failure> {
    let id = call.id("shareId")?;
    let share = store.shares.get(id).ok_or_else(Failure::missing)?;
    if may(call, share) { Ok((id, share)) } else { Err(Failure::forbidden()) }
}

fn keyed<'a>(store: &'a Store, key: &str) -> Result<(u64, &'a Share), Failure> {
    store.shares.iter().find(|(_, share)| share.key == key).ok_or_else(Failure::missing)
}

pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    let shares = store.shares.iter().filter(|(_, share)| may(call, share));
    Answer::list(shares.map(|(id, share)| render(store, id, share)))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, share) = named(store, call)?;
    Answer::ok(render(store, id, share))
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let roots = Members::needed("roots", roots(store, call)?)?;
    if roots.is_empty() {
        return Err(Failure::invalid("« roots » est vide"));
    }
    let flags = call.body.number("flags")?.unwrap_or(0);
    let password = call.body.text("password")?.map(str::to_owned);
    store.tick();
    let share =
        Share { key: store.fresh("share"), flags, roots, owner: call.caller.user, password };
    let id = store.shares.add(|_| share);
    let share = store.shares.get(id).ok_or_else(Failure::missing)?;
    Answer::ok(render(store, id, share))
}

/// Members that are left out keep their value.
pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let (id, share) = named(store, call)?;
    let mut share = share.clone();
    share.roots = roots(store, call)?.unwrap_or(share.roots);
    share.flags = call.body.number("flags")?.unwrap_or(share.flags);
    share.password = call.body.text("password")?.map(str::to_owned).or(share.password);
    let answer = render(store, id, &share);
    store.shares.insert(id, share);
    Answer::ok(answer)
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let (id, _) = named(store, call)?;
    store.shares.remove(id);
    Ok(Answer::Empty)
}

/// A page of the files of the share; the sandbox keeps no events.
pub(crate) fn activities(store: &Store, call: &Call) -> Outcome {
    let (_, share) = named(store, call)?;
    let files = share.roots.iter().filter_map(|root| match root {
        Element::File(id) => store.tree.live(*id),
        Element::Folder(_) => None,
    });
    let entries =
        files.map(|found| json!({ "id": found.id, "name": found.file.name, "events": [] }));
    pages::page(call, entries.collect())
}

pub(crate) fn by_key(store: &mut Store, call: &Call) -> Outcome {
    let (id, share) = keyed(store, call.segment("shareKey"))?;
    Answer::ok(render(store, id, share))
}

/// The member `password`; 403 for a wrong one.
pub(crate) fn check_password(store: &mut Store, call: &Call) -> Outcome {
    let (_, share) = keyed(store, call.segment("shareKey"))?;
    let given = call.body.text("password")?;
    let right = share.password.is_none() || share.password.as_deref() == given;
    if right { Ok(Answer::Empty) } else { Err(Failure::forbidden()) }
}

/// The first root as one entry, as the answer is described, with all roots in `content`.
pub(crate) fn content(store: &mut Store, call: &Call) -> Outcome {
    let (_, share) = keyed(store, call.segment("shareKey"))?;
    let first = share.roots.first().ok_or_else(Failure::missing)?;
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for root in &share.roots {
        match root {
            Element::Folder(id) => {
                if let Some(folder) = store.tree.folders.get(*id) {
                    let key = Caller::KEY_HOLDER;
                    folders.push(render::folder(store, key, *id, folder, Wanted::SHORT));
                }
            }
            Element::File(id) => {
                files.extend(store.tree.live(*id).map(|found| render::file(store, found, false)));
            }
        }
    }
    let mut answer = entry(store, *first);
    answer["content"] = json!({ "files": files, "folders": folders });
    Answer::ok(answer)
}

/// A folder of the share, or below one.
pub(crate) fn folder_content(store: &mut Store, call: &Call) -> Outcome {
    let (_, share) = keyed(store, call.segment("shareKey"))?;
    let id = call.id("folderId")?;
    let inside =
        store.tree.lineage(id).iter().any(|id| share.roots.contains(&Element::Folder(*id)));
    if !inside || store.tree.folders.get(id).is_none() {
        return Err(Failure::missing());
    }
    let mut answer = entry(store, Element::Folder(id));
    answer["content"] = render::content(store, Caller::KEY_HOLDER, id, Wanted::SHORT);
    Answer::ok(answer)
}

/// A token for a file of the share, by its `guid`.
pub(crate) fn file_token(store: &mut Store, call: &Call) -> Outcome {
    let (_, share) = keyed(store, call.segment("key"))?;
    let key = store.tree.with_guid(call.segment("guId")).ok_or_else(Failure::missing)?;
    let found = store.tree.newest(key).ok_or_else(Failure::missing)?;
    let inside = share.roots.iter().any(|root| match root {
        Element::File(id) => found.file.versions.contains(id),
        Element::Folder(id) => store.tree.lineage(found.file.parent).contains(id),
    });
    let id = found.id;
    if !inside {
        return Err(Failure::missing());
    }
    content::issue(store, id, call.segment("type"))
}
