//! Rules about tags, which become modules and Cargo features.

use std::collections::BTreeMap;

use super::context::{Context, Report};
use crate::{names, spec::child};

/// Modules, files and features that every SDK already has.
pub const RESERVED: [&str; 30] = [
    "types",
    "operations",
    "wire",
    "mock",
    "shared",
    "auth",
    "client",
    "connection",
    "error",
    "httpmock",
    "profile",
    "reqwest",
    "options",
    "generated",
    "lib",
    "default",
    "full",
    "rustls",
    "native_tls",
    "oauth",
    "tracing",
    "blocking",
    "gzip",
    "keyring",
    "middleware",
    "redis",
    "postgres",
    "std",
    "core",
    "serde",
];

/// Operations have declared tags.
pub fn declared(context: &Context<'_>, report: &mut Report<'_>) {
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
            report.error(
                &format!("{}/{index}", child(&operation.pointer, "tags")),
                format!("the tag `{tag}` is not declared"),
                format!("add it to `tags` of the root, or use one of: {}", declared.join(", ")),
            );
        }
    }
}

/// Every tag has a valid, unique module name that is not reserved.
pub fn names(context: &Context<'_>, report: &mut Report<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let tags = context.spec.root["tags"].as_array().into_iter().flatten();
    for (index, tag) in tags.enumerate() {
        let pointer = format!("/tags/{index}");
        let Some(name) = tag["name"].as_str() else {
            report.error(&pointer, "this tag has no name", "add `name: ...`");
            continue;
        };
        let feature = names::feature(name);
        let is_plain = feature.starts_with(|c: char| c.is_ascii_lowercase())
            && feature.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_plain || names::snake(name) != feature {
            report.error(
                &pointer,
                format!("the tag `{name}` is not a valid module name in Rust"),
                "use English words that are not Rust keywords, beginning with a letter",
            );
        } else if RESERVED.contains(&feature.as_str()) {
            report.error(
                &pointer,
                format!("the tag `{name}` has the name of a module or feature of every SDK"),
                "use another word, such as its plural",
            );
        }
        if let Some(first) = taken.insert(feature.clone(), pointer.clone()) {
            report.conflict(
                [&pointer, &first],
                format!("two tags become the feature `{feature}`"),
                "rename one of them, or merge them",
            );
        }
    }
}
