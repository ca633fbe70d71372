//! The root file and the inventory: new tags, schemes, sources, and what differs.

use serde_json::{Value, json};

use super::Update;
use crate::{
    diagnostic::Diagnostics,
    import::{
        draft::{Draft, Origin},
        edit::{Place, Text},
        folder::Existing,
        names::Names,
        render,
        write::yaml::{self, Style},
    },
    spec::{self, INVENTORY_FILE, Source, child},
};

const RULE: &str = "update";

/// Chooses the keys of the sources: the known one of a file with this name, else the next free number.
pub fn name_sources(draft: &Draft, existing: &Existing, names: &mut Names) {
    let listed = existing.document["x-sources"].as_object();
    let mut next = 1;
    for Origin { name, format, hash } in &draft.origins {
        let mention = format!(": {name} (");
        let known =
            existing.map.sources.iter().find(|(_, description)| description.contains(&mention));
        let key = match known {
            Some((key, _)) => key.clone(),
            None => loop {
                let key = format!("v{next}");
                next += 1;
                let is_free = listed.is_none_or(|listed| !listed.contains_key(&key))
                    && !existing.map.sources.contains_key(&key);
                if is_free {
                    break key;
                }
            },
        };
        names.sources.push((key, super::super::description(draft, name, format, hash)));
    }
}

/// Adds what is new to the root file and the inventory.
pub fn apply(update: &mut Update<'_>) -> Result<(), Diagnostics> {
    let current = update.folder.read_again(update.vendor, &update.parts)?;
    let Some(part) = current.parts.get(&current.root) else { return Ok(()) };
    let content = update.folder.files.get(&current.root).cloned().unwrap_or_default();
    let mut text = Text::new(&content, &part.parsed);
    let root = &current.document;
    sources(update, root, &mut text);
    tags(update, root, &mut text);
    schemes(update, root, &mut text);
    sections(update, root, &mut text);
    let edited = text.edited();
    update.folder.files.insert(current.root.clone(), edited);
    inventory(update);
    for (written, tag) in update.draft.chosen.tags.clone() {
        update.map.tags.insert(written, tag);
    }
    Ok(())
}

fn sources(update: &mut Update<'_>, root: &Value, text: &mut Text<'_>) {
    for (key, description) in update.names.sources.clone() {
        let before = update.map.sources.insert(key.clone(), description.clone());
        let written = root["x-sources"][&key].as_str();
        let pointer = child("/x-sources", &key);
        let order = &update.draft.order;
        match written {
            Some(written) if written == description => {}
            Some(written) if before.as_deref() == Some(written) => {
                let indent = text.indent(&pointer).unwrap_or(2);
                let member = yaml::member(&key, &json!(description), Style::Names, indent, order);
                text.replace(&pointer, member);
            }
            // Written by a person; the map has the new description.
            Some(_) => {}
            None => insert(text, "/x-sources", "x-sources", &key, &json!(description), order),
        }
    }
}

/// Servers and the default requirement: replaced where the folder has what was imported, else to decide.
fn sections(update: &mut Update<'_>, root: &Value, text: &mut Text<'_>) {
    let ours = render::root_hashes(root);
    for (key, theirs) in render::root_hashes(&update.draft.document) {
        let before = update.map.root.insert(key.clone(), theirs.clone());
        let is_new = before.as_ref() != Some(&theirs) && ours.get(&key) != Some(&theirs);
        let value = update.draft.document[&key].clone();
        if !is_new || !update.is_tracked || value.is_null() {
            continue;
        }
        if ours.get(&key) == before.as_ref() {
            let order = &update.draft.order;
            text.replace(&child("", &key), yaml::member(&key, &value, Style::Object, 0, order));
            let message = "sections of the root that the vendor changed";
            update.draft.report.changed(RULE, message, &key, "");
        } else {
            let message = "the vendor changed a section of the root that was edited here";
            update.draft.report.to_decide(RULE, message, &key, &value.to_string());
        }
    }
}

fn tags(update: &mut Update<'_>, root: &Value, text: &mut Text<'_>) {
    let known: Vec<&str> = root["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut used: Vec<&str> = Vec::new();
    for (_, item) in root["paths"].as_object().into_iter().flatten() {
        for (_, operation) in item.as_object().into_iter().flatten() {
            used.extend(operation["tags"][0].as_str());
        }
    }
    for tag in update.draft.document["tags"].as_array().cloned().unwrap_or_default() {
        let name = tag["name"].as_str().unwrap_or_default();
        if known.contains(&name) || !used.contains(&name) {
            continue;
        }
        update.draft.report.changed(RULE, "tags were added", name, "");
        let order = &update.draft.order;
        match text.place("/tags") {
            Some(at @ Place::Lines { indent, .. }) => {
                text.insert(&at, yaml::item(&tag, Style::Object, indent, order));
            }
            Some(at @ Place::Flow { is_empty, .. }) => {
                let separator = if is_empty { "" } else { ", " };
                text.insert(&at, format!("{separator}{}", yaml::flow(&tag, Style::Object, order)));
            }
            None => insert(text, "", "", "tags", &json!([tag]), order),
        }
    }
}

/// The schemes that requirements name and the folder does not define.
fn schemes(update: &mut Update<'_>, root: &Value, text: &mut Text<'_>) {
    let mut named: Vec<String> = Vec::new();
    for (_, item) in root["paths"].as_object().into_iter().flatten() {
        for (_, operation) in item.as_object().into_iter().flatten() {
            for requirement in operation["security"].as_array().into_iter().flatten() {
                named.extend(
                    requirement.as_object().into_iter().flatten().map(|(name, _)| name.clone()),
                );
            }
        }
    }
    named.sort();
    named.dedup();
    for name in named {
        let known = &root["components"]["securitySchemes"];
        let Some(scheme) =
            update.draft.document["components"]["securitySchemes"].get(&name).cloned()
        else {
            continue;
        };
        if known.get(&name).is_some() {
            continue;
        }
        update.draft.report.changed(RULE, "security schemes were added", &name, "");
        let order = &update.draft.order;
        if known.is_object() {
            insert(text, "/components/securitySchemes", "", &name, &scheme, order);
        } else if root["components"].as_object().is_some_and(|components| !components.is_empty()) {
            insert(
                text,
                "/components",
                "components",
                "securitySchemes",
                &json!({ name: scheme }),
                order,
            );
        }
    }
}

/// Inserts a member into the object at a pointer; the object is added to the root if it is not there.
fn insert(
    text: &mut Text<'_>,
    pointer: &str,
    section: &str,
    name: &str,
    value: &Value,
    order: &crate::import::draft::Order,
) {
    match text.place(pointer) {
        Some(at @ Place::Lines { indent, .. }) => {
            text.insert(&at, yaml::member(name, value, Style::Names, indent, order));
        }
        Some(at @ Place::Flow { is_empty, .. }) => {
            let separator = if is_empty { "" } else { ", " };
            let value = yaml::flow(value, Style::Object, order);
            text.insert(&at, format!("{separator}{}: {value}", yaml::key(name)));
        }
        None => {
            if let Some(at) = text.place("").filter(|_| !section.is_empty()) {
                let member =
                    yaml::member(section, &json!({ name: value }), Style::Object, 0, order);
                text.insert(&at, format!("\n{member}"));
            }
        }
    }
}

/// Lists new operations in the inventory, and takes removed ones out.
fn inventory(update: &mut Update<'_>) {
    let Some(content) = update.folder.files.get(INVENTORY_FILE).cloned() else { return };
    let source = Source { path: INVENTORY_FILE.into(), text: content.clone() };
    let Ok(parsed) = spec::parse(&source) else { return };
    let Ok(current) = update.folder.read_again(update.vendor, &update.parts) else { return };
    let mut text = Text::new(&content, &parsed);
    let order = &update.draft.order;
    let operations = &parsed.value["operations"];
    let mut specified: Vec<(String, String)> = Vec::new();
    for (_, item) in current.document["paths"].as_object().into_iter().flatten() {
        for (_, operation) in item.as_object().into_iter().flatten() {
            if let (Some(tag), Some(id)) =
                (operation["tags"][0].as_str(), operation["operationId"].as_str())
            {
                specified.push((tag.to_owned(), id.to_owned()));
            }
        }
    }
    let mut listed: Vec<&str> = Vec::new();
    for (tag, ids) in operations.as_object().into_iter().flatten() {
        for (index, id) in ids.as_array().into_iter().flatten().enumerate() {
            let id = id.as_str().unwrap_or_default();
            listed.push(id);
            let is_removed = update.removed.iter().any(|removed| removed == id);
            if is_removed && !text.remove(&format!("{}/{index}", child("/operations", tag))) {
                let message = "the inventory lists operations that were removed";
                update.draft.report.to_decide(RULE, message, INVENTORY_FILE, id);
            }
        }
    }
    let mut new_tags: std::collections::BTreeMap<String, Vec<String>> =
        std::collections::BTreeMap::new();
    for (tag, id) in specified {
        if listed.contains(&id.as_str()) || !update.added.contains(&id) {
            continue;
        }
        let pointer = child("/operations", &tag);
        match text.place(&pointer) {
            Some(at @ Place::Lines { indent, .. }) => {
                text.insert(&at, yaml::item(&json!(id), Style::Object, indent, order));
            }
            Some(at @ Place::Flow { is_empty, .. }) => {
                let separator = if is_empty { "" } else { ", " };
                text.insert(&at, format!("{separator}{}", yaml::string(&id, true)));
            }
            None => new_tags.entry(tag).or_default().push(id),
        }
    }
    for (tag, ids) in new_tags {
        insert(&mut text, "/operations", "operations", &tag, &json!(ids), order);
    }
    let edited = text.edited();
    update.folder.files.insert(INVENTORY_FILE.to_owned(), edited);
}
