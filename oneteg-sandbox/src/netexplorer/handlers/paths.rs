//! Paths, ancestry and quotas.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::render::{self, Wanted};
use crate::netexplorer::state::{Node, Store};

/// `GET /path`. A slash at the end asks for a folder; without it a folder may match as well. `/` alone is
/// 404.
pub(crate) fn object(store: &Store, call: &Call) -> Outcome {
    let root = call.query.id("root")?;
    store.tree.folder(root, call.caller)?;
    let path = call.query.text("path").unwrap_or_default();
    let path = path.strip_prefix('/').unwrap_or(path);
    let (path, folder_only) = match path.strip_suffix('/') {
        Some(path) => (path, true),
        None => (path, false),
    };
    if path.is_empty() {
        return Err(Failure::missing());
    }
    let found = match store.tree.at(root, path.split('/')).ok_or_else(Failure::missing)? {
        Node::File(_) if folder_only => return Err(Failure::missing()),
        Node::File(key) => {
            let found = store.tree.newest(key).ok_or_else(Failure::missing)?;
            store.tree.file(found.id, call.caller)?;
            render::file(store, found, true)
        }
        Node::Folder(id) => {
            let folder = store.tree.folder(id, call.caller)?;
            render::folder(store, call.caller, id, folder, Wanted::FULL)
        }
    };
    Answer::ok(if store.wrap_paths { json!({ "object": found }) } else { found })
}

/// `GET /objectpath`, with the vendor's French words for the kinds.
pub(crate) fn path_of(store: &Store, call: &Call) -> Outcome {
    let (root, id) = (call.query.id("root")?, call.query.id("object_id")?);
    store.tree.folder(root, call.caller)?;
    let (folder, file_name) = match call.query.text("object_type") {
        Some("Dossier") => {
            store.tree.folder(id, call.caller)?;
            (id, None)
        }
        Some("Fichier") => {
            let found = store.tree.file(id, call.caller)?;
            (found.file.parent, Some(found.file.name.as_str()))
        }
        _ => return Err(Failure::invalid("« object_type » doit être Fichier ou Dossier")),
    };
    let lineage = store.tree.lineage(folder);
    let from = lineage.iter().position(|id| *id == root).ok_or_else(Failure::missing)?;
    let names = lineage.iter().skip(from + 1).filter_map(|id| store.tree.folders.get(*id));
    let names: Vec<&str> = names.map(|folder| folder.name.as_str()).chain(file_name).collect();
    Answer::ok(json!({ "object": names.join("/") }))
}

/// `GET /ischildof`: 200 is yes, 404 no, 403 yes but without access.
pub(crate) fn is_child_of(store: &Store, call: &Call) -> Outcome {
    let (root, folder) = (call.query.id("root")?, call.query.id("folder")?);
    let below = root != folder && store.tree.lineage(folder).contains(&root);
    if !below {
        return Err(Failure::missing());
    }
    store.tree.folder(folder, call.caller)?;
    Ok(Answer::Text("true"))
}

/// `GET /quotas`. Only folders have one that can be set.
pub(crate) fn quotas(store: &Store, call: &Call) -> Outcome {
    let used = |user: Option<u64>| -> usize {
        let versions = store.tree.versions.iter().map(|(_, version)| version);
        let own = versions.filter(|version| user.is_none_or(|user| version.owner == user));
        own.map(|version| version.content.bytes.len()).sum()
    };
    let mut quotas = json!({
        "platform": { "quota": null, "used": used(None) },
        "user": { "quota": null, "used": used(Some(call.caller.user)) },
    });
    if call.query.text("folder").is_some() {
        let id = call.query.id("folder")?;
        let quota = store.tree.folder(id, call.caller)?.quota;
        let used = render::size_of(store, &store.tree.below(id, call.caller));
        let quota = if quota > 0 { quota.into() } else { Value::Null };
        quotas["folder"] = json!({ "folder": id, "quota": quota, "used": used });
    }
    Ok(Answer::Json(StatusCode::OK, quotas))
}
