//! Operations: replaced, merged, added or removed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Update, merge::Merge};
use crate::{
    import::{
        draft::operation_place,
        edit::{Place, Text},
        folder::Existing,
        map::{self, Item},
        render::{self, INDENT},
        write::{
            division,
            yaml::{self, Style},
        },
    },
    spec::child,
};

const RULE: &str = "update";

/// Applies the changes of all operations.
pub fn apply(update: &mut Update<'_>, existing: &Existing) {
    let folder = update.folder.clone();
    let mut edits = existing.texts(&folder);
    let mut new = Vec::new();
    let source = update.names.sources.first().map(|(key, _)| key.clone()).unwrap_or_default();
    let mut present: BTreeSet<String> = BTreeSet::new();
    for (path, method) in update.draft.operations() {
        let place = operation_place(&path, &method);
        present.insert(place.clone());
        let seen = update.draft.seen.get(&place).cloned().unwrap_or_default();
        let known = update.map.operations.get(&place).cloned();
        let Some((at, as_method)) = update.places.get(&place).cloned() else {
            new.push((path, method));
            continue;
        };
        if known.as_ref().is_some_and(|item| item.seen == seen) {
            continue;
        }
        let pointer = child(&child("/paths", &at), &as_method);
        let theirs = update.draft.document["paths"][&path][&method].clone();
        let ours = &existing.document["paths"][&at][&as_method];
        let Some(text) = existing.file_of(&pointer).and_then(|name| edits.get_mut(&name)) else {
            continue;
        };
        let rendered = render::operation(&method, &theirs, INDENT, &update.draft.order);
        let is_untouched = is_written(text, &pointer, known.as_ref());
        if is_untouched && at == path {
            text.replace(&pointer, rendered.clone());
            update.draft.report.changed(RULE, "operations that the vendor changed", &place, "");
        } else {
            let mut merge = Merge {
                text,
                order: &update.draft.order,
                report: &mut update.draft.report,
                written: None,
                is_tracked: update.is_tracked,
            };
            merge.operation(ours, &theirs, &pointer, [&existing.document, &update.draft.document]);
        }
        let item = Item {
            name: ours["operationId"].as_str().unwrap_or_default().to_owned(),
            seen,
            written: if is_untouched { map::hash(&rendered) } else { String::new() },
            source: source.clone(),
            members: Vec::new(),
        };
        update.map.operations.insert(place, item);
    }
    add(update, existing, &mut edits, &new, &source);
    remove(update, existing, &mut edits, &present);
    update.edit(edits);
}

/// Whether the text of a member is as the last import wrote it.
pub fn is_written(text: &Text<'_>, pointer: &str, known: Option<&Item>) -> bool {
    let block = text.block(pointer).map(map::hash);
    known.is_some_and(|item| block.as_ref() == Some(&item.written))
}

/// Adds operations: to their path if it exists, else to the file of their tag.
fn add(
    update: &mut Update<'_>,
    existing: &Existing,
    edits: &mut BTreeMap<String, Text<'_>>,
    new: &[(String, String)],
    source: &str,
) {
    let order = update.draft.order.clone();
    let mut paths: BTreeMap<String, (String, serde_json::Map<String, Value>)> = BTreeMap::new();
    for (path, method) in new {
        let place = operation_place(path, method);
        let value = update.draft.document["paths"][path][method].clone();
        let id = value["operationId"].as_str().unwrap_or_default().to_owned();
        update.draft.report.changed(RULE, "operations were added", &place, &id);
        update.added.push(id.clone());
        let rendered = render::operation(method, &value, INDENT, &order);
        let item = Item {
            name: id,
            seen: update.draft.seen.get(&place).cloned().unwrap_or_default(),
            written: map::hash(&rendered),
            source: source.to_owned(),
            members: Vec::new(),
        };
        update.map.operations.insert(place, item);
        let pointer = child("/paths", path);
        let text = existing.file_of(&pointer).and_then(|name| edits.get_mut(&name));
        if let Some(text) = text {
            if let Some(at @ Place::Lines { indent, .. }) = text.place(&pointer) {
                text.insert(&at, render::operation(method, &value, indent, &order));
            } else if let Some(at) = text.place(&pointer) {
                text.insert(
                    &at,
                    format!(", {method}: {}", yaml::flow(&value, Style::Object, &order)),
                );
            }
            continue;
        }
        // All operations of a path are in one file: that of the first one's tag.
        let tag = value["tags"][0].as_str().unwrap_or_default();
        let (_, item) = paths
            .entry(path.clone())
            .or_insert_with(|| (file_of_tag(existing, tag), serde_json::Map::new()));
        item.insert(method.clone(), value);
    }
    for (path, (file, item)) in paths {
        let rendered = yaml::member(&path, &Value::Object(item), Style::Names, 2, &order);
        match edits.get_mut(&file).and_then(|text| Some((text.place("/paths")?, text))) {
            Some((at @ Place::Lines { .. }, text)) => text.insert(&at, format!("\n{rendered}")),
            Some((Place::Flow { .. }, _)) => add_section(update, &file, "paths", &rendered),
            None => add_section(update, &file, "paths", &rendered),
        }
    }
}

/// Adds lines to a section of a file that is new, or has no such section in block style yet.
pub fn add_section(update: &mut Update<'_>, file: &str, section: &str, lines: &str) {
    update.pending.entry(file.to_owned()).or_default().push((section.to_owned(), lines.to_owned()));
}

/// The file that most operations of a tag are in; that of its name if it has none.
fn file_of_tag(existing: &Existing, tag: &str) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (name, part) in &existing.parts {
        let paths = part.parsed.value["paths"].as_object().into_iter().flatten();
        for operation in paths.flat_map(|(_, item)| item.as_object().into_iter().flatten()) {
            if operation.1["tags"][0] == json!(tag) {
                *counts.entry(name.clone()).or_default() += 1;
            }
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map_or_else(|| division::file_of_tag(tag), |(name, _)| name)
}

/// Removes operations that the same source had and no longer has, unless they were edited.
fn remove(
    update: &mut Update<'_>,
    existing: &Existing,
    edits: &mut BTreeMap<String, Text<'_>>,
    present: &BTreeSet<String>,
) {
    let sources: Vec<&String> = update.names.sources.iter().map(|(key, _)| key).collect();
    let gone: Vec<(String, Item)> = update
        .map
        .operations
        .iter()
        .filter(|(place, item)| !present.contains(*place) && sources.contains(&&item.source))
        .map(|(place, item)| (place.clone(), item.clone()))
        .collect();
    for (place, item) in gone {
        // Left out by a decision of the folder, not by the vendor.
        if update.names.left_out.contains(&place) {
            continue;
        }
        update.map.operations.remove(&place);
        let found = existing.document["paths"].as_object().into_iter().flatten().find_map(
            |(path, value)| {
                let (method, _) = value
                    .as_object()?
                    .iter()
                    .find(|(_, op)| op["operationId"] == json!(item.name))?;
                Some((path.clone(), method.clone(), value.as_object()?.len()))
            },
        );
        let Some((path, method, count)) = found else { continue };
        let path_pointer = child("/paths", &path);
        let pointer = child(&path_pointer, &method);
        let Some(text) = existing.file_of(&pointer).and_then(|name| edits.get_mut(&name)) else {
            continue;
        };
        if is_written(text, &pointer, Some(&item)) {
            let whole = if count == 1 { &path_pointer } else { &pointer };
            text.remove(whole);
            update.removed.push(item.name.clone());
            let message = "operations that the vendor's file no longer has were removed";
            update.draft.report.left_out(RULE, message, &place, &item.name);
        } else {
            let message =
                "the vendor's file no longer has these operations, which were edited here";
            update.draft.report.to_decide(RULE, message, &place, &item.name);
        }
    }
}
