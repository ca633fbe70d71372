//! Drafts of changelog entries from the changes of a specification.

use std::collections::BTreeMap;

use super::{Entry, file_name};
use crate::{
    change::{Change, Class},
    impact::Impact,
};

/// An entry for each change that users may notice, by the name of its file.
pub fn drafts(impact: &Impact) -> BTreeMap<String, Entry> {
    let noticed = impact.changes.iter().filter(|(change, _)| is_noticed(change));
    noticed
        .map(|(change, items)| {
            let mut text =
                format!("{}: {}", capitalised(&change.subject.to_string()), change.message);
            if !change.also.is_empty() {
                text.push_str(&format!("; {} others too", change.also.len()));
            }
            text.push('.');
            let items: Vec<String> = items
                .iter()
                .filter(|finding| finding.error.is_some())
                .map(|finding| {
                    format!("`{}` ({})", finding.item, finding.error.unwrap_or_default())
                })
                .collect();
            if !items.is_empty() {
                text.push_str(&format!(" In Rust: {}.", items.join(", ")));
            }
            let entry = Entry {
                package: format!("{}-sdk", impact.vendor),
                kind: kind(change).to_owned(),
                is_breaking: change.class == Class::Breaking,
                text,
            };
            let subject = change.subject.to_string();
            // Several values of one enum have the same rule and member.
            let value =
                if change.rule.starts_with("enum-value") { change.message.as_str() } else { "" };
            (file_name(&[&impact.vendor, &subject, &change.member, change.rule, value]), entry)
        })
        .collect()
}

fn is_noticed(change: &Change) -> bool {
    let is_internal =
        ["documentation-changed", "unused-schema-changed", "errors-changed", "schema-added"];
    !is_internal.contains(&change.rule)
}

fn kind(change: &Change) -> &'static str {
    match change.rule {
        "deprecation-changed" | "lifecycle-changed" => "Deprecated",
        rule if rule.ends_with("-added") => "Added",
        rule if rule.ends_with("-removed") => "Removed",
        _ => "Changed",
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
