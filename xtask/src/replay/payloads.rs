//! Stored payloads: JSON files named after the operation, such as `get_asset.2.json` or `getAsset.2.json`. A name with
//! `request` after the operation, such as `addAsset.request.json`, is that of a request body.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::{model::Operation, names};

/// A stored payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// The name of the file.
    pub name: String,
    /// The operation by its name in Rust.
    pub operation: String,
    /// Whether it is the body of a request, not of a response.
    pub is_request: bool,
    /// The JSON without the envelope of the vendor.
    pub json: String,
}

/// Reads the payloads in a folder, sorted by name.
///
/// # Errors
/// If there is none, or one is not JSON or of no operation.
pub fn read(folder: &Path, operations: &[Operation]) -> anyhow::Result<Vec<Payload>> {
    let by_name: BTreeMap<String, &Operation> =
        operations.iter().map(|operation| (names::snake(&operation.id), operation)).collect();
    let entries =
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".json"))
        .collect();
    files.sort();
    ensure!(
        !files.is_empty(),
        "{} has no payloads; store each as a JSON file named after its operation, such as `getAsset.1.json`",
        folder.display()
    );
    files.into_iter().map(|name| payload(folder, name, &by_name)).collect()
}

fn payload(
    folder: &Path,
    name: String,
    operations: &BTreeMap<String, &Operation>,
) -> anyhow::Result<Payload> {
    let (operation, rest) = name.split_once('.').unwrap_or((&name, ""));
    let operation = names::snake(operation);
    let is_request = rest.split('.').any(|part| part == "request");
    let Some(described) = operations.get(&operation) else {
        let close = operations.keys().max_by(|a, b| {
            let similarity = |name: &str| strsim::jaro_winkler(name, &operation);
            similarity(a).total_cmp(&similarity(b))
        });
        bail!(
            "{name}: there is no operation `{operation}`; did you mean `{}`?",
            close.map_or("", String::as_str)
        );
    };
    let text =
        fs::read_to_string(folder.join(&name)).with_context(|| format!("{name} cannot be read"))?;
    let value: Value = serde_json::from_str(&text).with_context(|| {
        format!("{name} is not JSON; store the body of the response or request alone")
    })?;
    let envelope = if is_request { "none" } else { &described.envelope };
    let json = match unwrapped(envelope, &value) {
        Some(inner) => inner.to_string(),
        // Unchanged, with numbers as they were sent.
        None => text,
    };
    Ok(Payload { name, operation, is_request, json })
}

/// The value in an envelope, if there is one.
fn unwrapped<'a>(envelope: &str, value: &'a Value) -> Option<&'a Value> {
    match envelope {
        "json-rpc" if value.get("jsonrpc").is_some() || value.get("id").is_some() => {
            value.get("result")
        }
        "payload" if value.get("apiVersion").is_some() || value.get("errors").is_some() => {
            value.get("payload")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn envelopes_are_removed_where_they_are() {
        let rpc = json!({ "jsonrpc": "2.0", "id": "1", "result": [1] });
        assert_eq!(unwrapped("json-rpc", &rpc), Some(&json!([1])));
        assert_eq!(unwrapped("json-rpc", &json!({ "result": [1] })), None);
        let payload = json!({ "apiVersion": "1.2", "payload": { "id": 1 }, "errors": [] });
        assert_eq!(unwrapped("payload", &payload), Some(&json!({ "id": 1 })));
        assert_eq!(unwrapped("payload", &json!({ "payload": 1 })), None);
        assert_eq!(unwrapped("none", &payload), None);
    }
}
