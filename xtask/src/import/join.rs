//! Joins what several files describe.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use serde_json::{Map, Value};

use super::{
    draft::{Draft, METHODS, operation_place},
    references,
};
use crate::spec::child;

const RULE: &str = "several_files";

/// Adds what another file describes. What both describe is taken from the first.
pub fn join(all: &mut Draft, mut other: Draft) {
    let file = other.origins.first().map(|origin| origin.name.clone()).unwrap_or_default();
    components(all, &mut other, &file);
    paths(all, &mut other, &file);
    for key in ["tags", "servers"] {
        let Some(items) = other.document.get_mut(key).and_then(Value::as_array_mut) else {
            continue;
        };
        let items = std::mem::take(items);
        let known = all.document.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let is_new = |item: &Value| match key {
            "tags" => !known.iter().any(|tag| tag["name"] == item["name"]),
            _ => !known.iter().any(|server| server["url"] == item["url"]),
        };
        let new: Vec<Value> = items.into_iter().filter(is_new).collect();
        if key == "servers" && !known.is_empty() && !new.is_empty() {
            let urls: Vec<&str> = new.iter().filter_map(|server| server["url"].as_str()).collect();
            let message = "files with other servers; the servers of the first file count";
            all.report.to_decide(RULE, message, &file, &urls.join(", "));
            continue;
        }
        if !new.is_empty() {
            all.document[key] = known.into_iter().chain(new).collect();
        }
    }
    all.order.extend(other.order);
    all.origins.extend(other.origins);
    all.report.entries.extend(other.report.entries);
    all.left_out.extend(other.left_out);
    for (target, location) in other.dangling {
        all.dangling.entry(target).or_insert(location);
    }
}

/// Components with the same name and another content get a name with that of their file.
fn components(all: &mut Draft, other: &mut Draft, file: &str) {
    let stem = file.split('.').next().unwrap_or_default().to_pascal_case();
    let mut moved: BTreeMap<String, String> = BTreeMap::new();
    let groups = other.document["components"].as_object().cloned().unwrap_or_default();
    for (group, named) in &groups {
        let Some(named) = named.as_object() else { continue };
        let known = all.document["components"][group].as_object().cloned().unwrap_or_default();
        for (name, value) in named {
            if known.get(name).is_none_or(|known| known == value) {
                continue;
            }
            let candidates = std::iter::once(format!("{name}{stem}"))
                .chain((2..u32::MAX).map(|number| format!("{name}{stem}{number}")));
            let is_free = |name: &String| !known.contains_key(name) && !named.contains_key(name);
            let Some(to) = candidates.into_iter().find(is_free) else { continue };
            let at = |name: &str| child(&format!("#/components/{group}"), name);
            let place = format!("components.{group}.{name} of {file}");
            all.report.changed(RULE, "components of the same name were renamed", &place, &to);
            moved.insert(at(name), at(&to));
        }
    }
    references::rename(&mut other.document, &moved);
    for group in groups.keys() {
        let Some(named) = other.document["components"][group].as_object().cloned() else {
            continue;
        };
        let own = all.components(group);
        for (name, value) in named {
            let at = child(&format!("#/components/{group}"), &name);
            let to = moved.get(&at).and_then(|to| to.rsplit('/').next()).unwrap_or(&name);
            own.entry(to).or_insert(value);
        }
    }
}

fn paths(all: &mut Draft, other: &mut Draft, file: &str) {
    let paths: Map<String, Value> = std::mem::take(other.section("paths"));
    for (path, item) in paths {
        let Some(known) = all.section("paths").get_mut(&path).and_then(Value::as_object_mut) else {
            all.section("paths").insert(path, item);
            continue;
        };
        let mut twice = Vec::new();
        for (key, value) in item.as_object().cloned().unwrap_or_default() {
            match known.get(&key) {
                None => {
                    known.insert(key, value);
                }
                Some(own) if *own != value && METHODS.contains(&key.as_str()) => twice.push(key),
                Some(_) => {}
            }
        }
        for method in twice {
            let place = operation_place(&path, &method);
            let message = "operations that two files describe; the first file counts";
            all.report.left_out(RULE, message, &place, file);
        }
    }
}
