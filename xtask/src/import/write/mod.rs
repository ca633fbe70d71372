//! Writes an imported API as the files of a new specification: `openapi.yaml`, a file for each tag, `common.yaml`,
//! `inventory.yaml` and a README.

pub mod division;
mod inventory;
mod readme;
mod scalars;
pub mod yaml;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::draft::{Draft, Order};
use crate::spec::{INVENTORY_FILE, ROOT_FILE};
use yaml::Style;

/// The file of the components that several tags use.
pub const COMMON_FILE: &str = "common.yaml";

/// The files of a specification, by name.
pub fn files(vendor: &str, draft: &Draft) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let parts = division::divide(draft);
    for (name, part) in &parts {
        files.insert(name.clone(), part_text(part, &draft.order));
    }
    files.insert(ROOT_FILE.to_owned(), root_text(vendor, draft));
    files.insert(INVENTORY_FILE.to_owned(), inventory::text(vendor, draft));
    files.insert("README.md".to_owned(), readme::text(vendor, draft, &files));
    files
}

fn root_text(vendor: &str, draft: &Draft) -> String {
    let title = draft.document["info"]["title"].as_str().unwrap_or(vendor).replace('\n', " ");
    let mut text = format!(
        "# {title}: the root document, into which the other files in this folder are merged (see README.md).\n"
    );
    let Some(document) = draft.document.as_object() else { return text };
    let mut root = Map::new();
    let mut components = Map::new();
    for (key, value) in document {
        match key.as_str() {
            "paths" => {}
            "components" => {
                for (group, named) in value.as_object().into_iter().flatten() {
                    if !division::DIVIDED.contains(&group.as_str()) {
                        components.insert(group.clone(), named.clone());
                    }
                }
            }
            _ => {
                root.insert(key.clone(), value.clone());
            }
        }
    }
    if !components.is_empty() {
        root.insert("components".to_owned(), Value::Object(components));
    }
    let sections = yaml::members(&root, Style::Object, 0, &draft.order);
    // An empty line between the sections.
    let mut is_first = true;
    for line in sections.lines() {
        if is_first || line.starts_with(|c: char| c.is_alphabetic() || c == '"') {
            text.push('\n');
            is_first = false;
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A file with paths and components, an empty line between two of them.
fn part_text(part: &division::Part, order: &Order) -> String {
    let mut text = String::from("paths:");
    if part.paths.is_empty() {
        text.push_str(" {}");
    }
    text.push('\n');
    let mut is_first = true;
    for (path, item) in &part.paths {
        if !std::mem::take(&mut is_first) {
            text.push('\n');
        }
        text.push_str(&yaml::member(path, item, Style::Names, 2, order));
    }
    if part.components.is_empty() {
        return text;
    }
    text.push_str("\ncomponents:\n");
    for (group, named) in &part.components {
        text.push_str(&format!("  {}:\n", yaml::key(group)));
        let mut is_first = true;
        for (name, value) in named {
            if !std::mem::take(&mut is_first) {
                text.push('\n');
            }
            text.push_str(&yaml::member(name, value, Style::Names, 4, order));
        }
    }
    text
}
