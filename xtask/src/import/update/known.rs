//! Which operation and component of a folder is which of the vendor's file, and the names that they have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    import::{
        draft::{Draft, METHODS, operation_place},
        folder::{Existing, Folder},
        names::Names,
    },
    names,
    spec::{INVENTORY_FILE, Source, parse_yaml},
};

/// Where the operations of the vendor's file are in the folder: the path and the method, by the vendor's method and path.
pub type Places = BTreeMap<String, (String, String)>;

/// Finds the operations of a draft in the folder: by method and path, by the map, or by their id.
pub fn places(draft: &Draft, existing: &Existing) -> Places {
    let mut by_path: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut by_id: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (path, item) in existing.document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let at = (path.clone(), method.to_owned());
            by_path.insert(anonymous(path, method), at.clone());
            if let Some(id) = operation["operationId"].as_str() {
                by_id.insert(names::snake(id), at);
            }
        }
    }
    let mut places = Places::new();
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    let mut rest = Vec::new();
    // Exact paths first: two paths may differ in the names of their placeholders only.
    for (path, method) in draft.operations() {
        if existing.document["paths"][&path].get(&method).is_some() {
            found.insert((path.clone(), method.clone()));
            places.insert(operation_place(&path, &method), (path, method));
        } else {
            rest.push((path, method));
        }
    }
    for (path, method) in rest {
        let place = operation_place(&path, &method);
        let mapped = existing.map.operations.get(&place).map(|item| names::snake(&item.name));
        let id = draft.document["paths"][&path][&method]["operationId"].as_str().map(names::snake);
        let at = by_path
            .get(&anonymous(&path, &method))
            .or_else(|| by_id.get(&mapped?))
            .or_else(|| by_id.get(&id?).filter(|(_, other)| *other == method));
        if let Some(at) = at.filter(|at| found.insert((*at).clone())) {
            places.insert(place, at.clone());
        }
    }
    places
}

/// A method and a path without the names of its placeholders.
fn anonymous(path: &str, method: &str) -> String {
    let mut bare = format!("{method} ");
    let mut is_inside = false;
    for c in path.chars() {
        match c {
            '{' => is_inside = true,
            '}' => is_inside = false,
            _ if is_inside => continue,
            _ => {}
        }
        bare.push(c);
    }
    bare
}

/// The names that the folder has for what is in the draft.
pub fn names(
    vendor: &str,
    draft: &Draft,
    existing: &Existing,
    folder: &Folder,
    places: &Places,
) -> Names {
    let root = &existing.document;
    let mut names = Names {
        vendor: vendor.to_owned(),
        confidence: "documented".to_owned(),
        tags: existing.map.tags.clone(),
        ..Names::default()
    };
    for (place, (path, method)) in places {
        let operation = &root["paths"][path][method];
        if let Some(id) = operation["operationId"].as_str() {
            names.operations.insert(place.clone(), id.to_owned());
        }
    }
    let ids: BTreeSet<&str> = root["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(_, item)| item.as_object().into_iter().flatten())
        .filter_map(|(_, operation)| operation["operationId"].as_str())
        .collect();
    for (place, item) in &existing.map.operations {
        // Removed from the folder since.
        if !places.contains_key(place) && !ids.contains(item.name.as_str()) {
            names.left_out.insert(place.clone());
        }
    }
    names.left_out.extend(inventory_left_out(folder));
    tags(draft, root, places, &mut names);
    for (key, item) in &existing.map.components {
        names.components.insert(key.clone(), item.name.clone());
    }
    renamed(draft, root, places, &mut names);
    names
}

/// The names that `inventory.yaml` leaves out, as functions.
fn inventory_left_out(folder: &Folder) -> Vec<String> {
    let Some(text) = folder.files.get(INVENTORY_FILE) else { return Vec::new() };
    let source = Source { path: INVENTORY_FILE.into(), text: text.clone() };
    let Ok(value) = parse_yaml(&source) else { return Vec::new() };
    let entries = value["left_out"].as_array().into_iter().flatten();
    entries.filter_map(|entry| entry["name"].as_str().map(names::snake)).collect()
}

/// A tag of the vendor stands for the tag that most of its operations have in the folder.
fn tags(draft: &Draft, root: &Value, places: &Places, names: &mut Names) {
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (path, method) in draft.operations() {
        let Some((at, as_method)) = places.get(&operation_place(&path, &method)) else { continue };
        let written = draft.document["paths"][&path][&method]["tags"][0].as_str();
        let ours = root["paths"][at][as_method]["tags"][0].as_str();
        if let (Some(written), Some(ours)) = (written, ours) {
            *counts.entry(written.to_owned()).or_default().entry(ours.to_owned()).or_default() += 1;
        }
    }
    for (written, ours) in counts {
        if let Some((ours, _)) = ours.into_iter().max_by_key(|(_, count)| *count) {
            names.tags.insert(written, ours);
        }
    }
}

/// Components that were renamed in the folder: where the vendor's file refers to one that does not exist here, the folder
/// refers to another one.
fn renamed(draft: &Draft, root: &Value, places: &Places, names: &mut Names) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (path, method) in draft.operations() {
        let Some((at, as_method)) = places.get(&operation_place(&path, &method)) else { continue };
        pair(&draft.document["paths"][&path][&method], &root["paths"][at][as_method], &mut pairs);
    }
    // What a pair of components contains gives further pairs.
    let mut next = 0;
    while let Some((theirs, ours)) = pairs.get(next).cloned() {
        next += 1;
        if next > 100_000 {
            break;
        }
        let (Some(key), Some(our_key)) = (key_of(&theirs), key_of(&ours)) else { continue };
        let our_name = our_key.split_once('/').map_or("", |(_, name)| name).to_owned();
        let exists = |key: &str| {
            let (group, name) = key.split_once('/').unwrap_or_default();
            root["components"][group].get(name).is_some()
        };
        let current = names.components.get(&key).cloned();
        let group = key.split_once('/').map_or("", |(group, _)| group).to_owned();
        let expected =
            current.unwrap_or_else(|| key.split_once('/').map_or("", |(_, name)| name).to_owned());
        let is_same_group = our_key.starts_with(&format!("{group}/"));
        if is_same_group && expected != our_name && !exists(&format!("{group}/{expected}")) {
            names.components.insert(key.clone(), our_name.clone());
        }
        let is_known = names.components.get(&key).map_or(&expected, |name| name) == &our_name;
        if is_known {
            let theirs = draft.document.pointer(theirs.trim_start_matches('#'));
            let ours = root.pointer(ours.trim_start_matches('#'));
            if let (Some(theirs), Some(ours)) = (theirs, ours) {
                pair(theirs, ours, &mut pairs);
            }
        }
    }
}

/// The references at the same places of two values.
fn pair(theirs: &Value, ours: &Value, pairs: &mut Vec<(String, String)>) {
    let (theirs, ours) = (bare(theirs), bare(ours));
    if let (Some(a), Some(b)) = (theirs["$ref"].as_str(), ours["$ref"].as_str()) {
        let new = (a.to_owned(), b.to_owned());
        if !pairs.contains(&new) {
            pairs.push(new);
        }
        return;
    }
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (key, value) in theirs {
                if let Some(other) = ours.get(key) {
                    pair(value, other, pairs);
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            for (value, other) in theirs.iter().zip(ours) {
                pair(value, other, pairs);
            }
        }
        _ => {}
    }
}

/// A schema without an `allOf` of one part around it.
pub fn bare(value: &Value) -> &Value {
    match value["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) if value.get("properties").is_none() => only,
        _ => value,
    }
}

/// `group/name` of a reference to a component.
fn key_of(target: &str) -> Option<String> {
    let (group, name) = target.strip_prefix("#/components/")?.split_once('/')?;
    (!name.contains('/')).then(|| format!("{group}/{}", name.replace("~1", "/").replace("~0", "~")))
}
