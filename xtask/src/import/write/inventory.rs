//! Writes `inventory.yaml`: the operations by tag, and those that are left out with the reason.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use super::yaml::{self, Style};
use crate::import::draft::Draft;

/// The content of the file.
pub fn text(vendor: &str, draft: &Draft) -> String {
    let title = draft.document["info"]["title"].as_str().unwrap_or(vendor).replace('\n', " ");
    let mut text = format!(
        "# Every known operation of the API ({title}): included in this description, or left out with the reason.\nvendor: {vendor}\n\noperations:\n"
    );
    let mut by_tag: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, method) in draft.operations() {
        let operation = &draft.document["paths"][&path][&method];
        let (tag, id) = (operation["tags"][0].as_str(), operation["operationId"].as_str());
        by_tag.entry(tag.unwrap_or_default()).or_default().push(id.unwrap_or_default());
    }
    for (tag, ids) in by_tag {
        let _ = writeln!(text, "  {}:", yaml::key(tag));
        for id in ids {
            let _ = writeln!(text, "    - {}", yaml::string(id, false));
        }
    }
    if !draft.left_out.is_empty() {
        text.push_str("\nleft_out:\n");
        for (name, reason) in &draft.left_out {
            let entry: Value = json!({ "name": name, "reason": reason });
            let _ = writeln!(text, "  - {}", yaml::flow(&entry, Style::Object, &draft.order));
        }
    }
    text
}
