//! Components: replaced, merged, added where something refers to them, removed where nothing does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Update,
    merge::Merge,
    operations::{add_section, is_written},
};
use crate::{
    diagnostic::Diagnostics,
    import::{
        edit::Place,
        folder::Existing,
        map,
        render::{self, INDENT, SCHEMES},
        write::{
            COMMON_FILE,
            division::{self, DIVIDED},
        },
    },
    spec::child,
};

const RULE: &str = "update";

/// Applies the changes of the components that are in both.
pub fn merge(update: &mut Update<'_>, existing: &Existing) {
    let folder = update.folder.clone();
    // The operations were edited in the text; the places of the components have moved.
    let Ok(current) = folder.read_again(update.vendor, &update.parts) else { return };
    let mut edits = current.texts(&folder);
    let source = update.names.sources.first().map(|(key, _)| key.clone()).unwrap_or_default();
    for group in DIVIDED.into_iter().chain([SCHEMES]) {
        let named =
            update.draft.document["components"][group].as_object().cloned().unwrap_or_default();
        for (name, theirs) in named {
            let Some(ours) = existing.document["components"][group].get(&name) else { continue };
            let (key, mut item) =
                render::component_item(&update.draft, group, &name, &theirs, &source);
            let known = update.map.components.get(&key).cloned();
            if known.as_ref().is_some_and(|known| known.seen == item.seen) {
                continue;
            }
            let pointer = child(&child("/components", group), &name);
            let Some(text) = current.file_of(&pointer).and_then(|name| edits.get_mut(&name)) else {
                continue;
            };
            if is_written(text, &pointer, known.as_ref()) {
                text.replace(
                    &pointer,
                    render::component(&name, &theirs, INDENT, &update.draft.order),
                );
                let place = format!("components.{group}.{name}");
                update.draft.report.changed(RULE, "components that the vendor changed", &place, "");
            } else {
                item.written = String::new();
                if group != "schemas" && known.is_some() {
                    let message = "components that the vendor changed, and that were edited here";
                    let place = format!("components.{group}.{name}");
                    update.draft.report.to_decide(RULE, message, &place, "");
                }
                if group == "schemas" {
                    let mut merge = Merge {
                        text,
                        order: &update.draft.order,
                        report: &mut update.draft.report,
                        written: known.as_ref().map(|known| known.members.as_slice()),
                        is_tracked: update.is_tracked,
                    };
                    merge.schema(ours, &theirs, &pointer, 0);
                }
            }
            update.map.components.insert(key, item);
        }
    }
    update.edit(edits);
}

/// Adds the components that references lead to and the folder does not have.
pub fn add_missing(update: &mut Update<'_>) -> Result<(), Diagnostics> {
    update.write_pending();
    let current = update.folder.read_again(update.vendor, &update.parts)?;
    update.parts.clone_from(&current.parts);
    let mut pending: Vec<String> = dangling(&current.document).into_keys().collect();
    let files = files_of_components(update);
    let source = update.names.sources.first().map(|(key, _)| key.clone()).unwrap_or_default();
    let order = update.draft.order.clone();
    let mut added: BTreeSet<String> = BTreeSet::new();
    let mut by_place: BTreeMap<(String, String), BTreeMap<String, Value>> = BTreeMap::new();
    while let Some(target) = pending.pop() {
        let Some(value) = update.draft.document.pointer(target.trim_start_matches('#')).cloned()
        else {
            continue;
        };
        let Some((group, name)) = target.trim_start_matches("#/components/").split_once('/') else {
            continue;
        };
        if !added.insert(target.clone()) {
            continue;
        }
        let name = name.replace("~1", "/").replace("~0", "~");
        for inner in references(&value) {
            if current.document.pointer(inner.trim_start_matches('#')).is_none() {
                pending.push(inner);
            }
        }
        let (key, item) = render::component_item(&update.draft, group, &name, &value, &source);
        update.map.components.insert(key, item);
        let place = format!("components.{group}.{name}");
        update.draft.report.changed(RULE, "components were added", &place, "");
        let file = files.get(&target).cloned().unwrap_or_else(|| COMMON_FILE.to_owned());
        by_place.entry((file, group.to_owned())).or_default().insert(name, value);
    }
    let folder = update.folder.clone();
    let mut edits = current.texts(&folder);
    for ((file, group), named) in by_place {
        let pointer = child("/components", &group);
        let at = edits.get(&file).and_then(|text| text.place(&pointer));
        let lines = |indent: usize| -> String {
            let all: Vec<String> = named
                .iter()
                .map(|(name, value)| render::component(name, value, indent, &order))
                .collect();
            all.join("\n")
        };
        match (at, edits.get_mut(&file)) {
            (Some(at @ Place::Lines { indent, .. }), Some(text)) => {
                text.insert(&at, format!("\n{}", lines(indent)));
            }
            _ => add_section(update, &file, &group, &lines(INDENT)),
        }
    }
    update.edit(edits);
    update.write_pending();
    Ok(())
}

/// The files for the components of the draft: that of their tag if there is one, else the common one.
fn files_of_components(update: &Update<'_>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (file, part) in division::divide(&update.draft) {
        for (group, named) in part.components {
            for name in named.into_keys() {
                let exists = update.folder.files.contains_key(&file);
                let file = if exists { file.clone() } else { COMMON_FILE.to_owned() };
                files.insert(child(&format!("#/components/{group}"), &name), file);
            }
        }
    }
    files
}

/// Removes what an import wrote and nothing refers to any more.
pub fn remove_unused(update: &mut Update<'_>) -> Result<(), Diagnostics> {
    for _ in 0..100 {
        let current = update.folder.read_again(update.vendor, &update.parts)?;
        update.parts.clone_from(&current.parts);
        let reached = reached(&current.document);
        let folder = update.folder.clone();
        let mut edits = current.texts(&folder);
        let tracked: Vec<(String, map::Item)> =
            update.map.components.iter().map(|(key, item)| (key.clone(), item.clone())).collect();
        let mut is_done = true;
        for (key, item) in tracked {
            let group = key.split('/').next().unwrap_or_default();
            // Nothing refers to a security scheme.
            if group == SCHEMES {
                continue;
            }
            let pointer = child(&child("/components", group), &item.name);
            if reached.contains(&format!("#{pointer}"))
                || current.document.pointer(&pointer).is_none()
            {
                continue;
            }
            let Some(text) = current.file_of(&pointer).and_then(|name| edits.get_mut(&name)) else {
                continue;
            };
            let place = format!("components.{group}.{}", item.name);
            if is_written(text, &pointer, Some(&item)) {
                text.remove(&pointer);
                update.map.components.remove(&key);
                let message = "components that nothing refers to any more were removed";
                update.draft.report.left_out(RULE, message, &place, "");
                // What it refers to may be unused now.
                is_done = false;
                continue;
            }
            let message =
                "nothing refers to these components any more; remove them, or refer to them";
            if !update
                .draft
                .report
                .entries
                .iter()
                .any(|entry| entry.message == message && entry.place == place)
            {
                update.draft.report.to_decide(RULE, message, &place, "");
            }
        }
        update.edit(edits);
        if is_done {
            break;
        }
    }
    Ok(())
}

/// The targets of all references in a value.
fn references(value: &Value) -> Vec<String> {
    let mut targets = Vec::new();
    crate::spec::walk(value, "", &mut |value, _| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            targets.push(target.to_owned());
        }
    });
    targets
}

/// The references of a document that lead to nothing, with the pointer of the first place of each.
pub fn dangling(document: &Value) -> BTreeMap<String, String> {
    let mut targets = BTreeMap::new();
    crate::spec::walk(document, "", &mut |value, at| {
        let Some(target) = value.get("$ref").and_then(Value::as_str) else { return };
        if target.strip_prefix('#').is_some_and(|at| document.pointer(at).is_none()) {
            targets.entry(target.to_owned()).or_insert_with(|| child(at, "$ref"));
        }
    });
    targets
}

/// The components that operations reach.
fn reached(document: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut pending = references(&document["paths"]);
    while let Some(target) = pending.pop() {
        let component: Vec<&str> = target.splitn(5, '/').take(4).collect();
        let target = component.join("/");
        if let Some(found) = target.strip_prefix('#').and_then(|at| document.pointer(at))
            && reached.insert(target)
        {
            pending.extend(references(found));
        }
    }
    reached
}
