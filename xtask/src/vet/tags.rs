//! Rules about tags, which become modules and Cargo features.

use std::collections::BTreeMap;

use super::{Context, Faults};
use crate::{names, spec::child};

/// Module, file and feature names that an SDK has anyway.
const RESERVED: [&str; 16] = [
    "types",
    "wire",
    "mock",
    "shared",
    "client",
    "error",
    "options",
    "generated",
    "lib",
    "default",
    "full",
    "rustls",
    "native_tls",
    "std",
    "core",
    "serde",
];

/// Every operation's tag is one of the declared ones.
pub fn declared(context: &Context<'_>, faults: &mut Faults<'_>) {
    let declared: Vec<&str> = context.spec.root["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    for operation in &context.operations {
        let tags = operation.value["tags"].as_array().into_iter().flatten();
        for (index, tag) in tags.enumerate() {
            let Some(tag) = tag.as_str().filter(|tag| !declared.contains(tag)) else { continue };
            faults.add(
                &format!("{}/{index}", child(&operation.pointer, "tags")),
                format!("the tag `{tag}` is not declared"),
                format!("add it to `tags` of the root, or use one of: {}", declared.join(", ")),
            );
        }
    }
}

/// Tags are told apart as features, and can be the name of a module.
pub fn names(context: &Context<'_>, faults: &mut Faults<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let tags = context.spec.root["tags"].as_array().into_iter().flatten();
    for (index, tag) in tags.enumerate() {
        let pointer = format!("/tags/{index}");
        let Some(name) = tag["name"].as_str() else {
            faults.add(&pointer, "this tag has no name", "write `name: ...` below it");
            continue;
        };
        let feature = names::feature(name);
        let is_plain = feature.starts_with(|c: char| c.is_ascii_lowercase())
            && feature.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_plain || names::snake(name) != feature {
            faults.add(
                &pointer,
                format!("the tag `{name}` cannot be the name of a Rust module"),
                "use English words that are not Rust keywords, beginning with a letter",
            );
        } else if RESERVED.contains(&feature.as_str()) {
            faults.add(
                &pointer,
                format!("the tag `{name}` has the name of a module or feature of every SDK"),
                "use another word, such as its plural",
            );
        }
        if let Some(first) = taken.insert(feature.clone(), pointer.clone()) {
            faults.clash(
                [&pointer, &first],
                format!("two tags become the feature `{feature}`"),
                "rename one of them, or merge them",
            );
        }
    }
}
