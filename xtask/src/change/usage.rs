//! Where named schemas occur: in what callers send, or in what they receive.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{METHODS, resolve};

/// Where a schema occurs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) sent: bool,
    pub(super) received: bool,
}

impl Usage {
    pub(super) const SENT: Self = Self { sent: true, received: false };
    pub(super) const RECEIVED: Self = Self { sent: false, received: true };

    pub(super) fn or(self, other: Self) -> Self {
        Self { sent: self.sent || other.sent, received: self.received || other.received }
    }

    /// Whether an operation reaches it at all.
    pub(super) fn is_any(self) -> bool {
        self.sent || self.received
    }
}

/// The usage of every named schema that an operation reaches.
pub(super) fn of(root: &Value) -> BTreeMap<String, Usage> {
    let mut found = BTreeMap::new();
    for item in root["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        let item = resolve(root, item);
        parameters(root, &item["parameters"], &mut found);
        for operation in METHODS.iter().filter_map(|method| item.get(*method)) {
            parameters(root, &operation["parameters"], &mut found);
            content(root, resolve(root, &operation["requestBody"]), Usage::SENT, &mut found);
            for response in successes(operation).values() {
                let response = resolve(root, response);
                content(root, response, Usage::RECEIVED, &mut found);
                for header in
                    response["headers"].as_object().into_iter().flat_map(|all| all.values())
                {
                    reach(root, &resolve(root, header)["schema"], Usage::RECEIVED, &mut found);
                }
            }
        }
    }
    found
}

/// The successful responses of an operation by status: those with a status of 200 to 399, or the default.
pub(super) fn successes(operation: &Value) -> BTreeMap<String, &Value> {
    let all = operation["responses"].as_object();
    let all = || all.into_iter().flatten().map(|(status, response)| (status.clone(), response));
    let found: BTreeMap<String, &Value> =
        all().filter(|(status, _)| status.starts_with(['2', '3'])).collect();
    if found.is_empty() { all().filter(|(status, _)| status == "default").collect() } else { found }
}

fn parameters(root: &Value, list: &Value, found: &mut BTreeMap<String, Usage>) {
    for parameter in list.as_array().into_iter().flatten() {
        let parameter = resolve(root, parameter);
        reach(root, &parameter["schema"], Usage::SENT, found);
        content(root, parameter, Usage::SENT, found);
    }
}

fn content(root: &Value, part: &Value, usage: Usage, found: &mut BTreeMap<String, Usage>) {
    for media_type in part["content"].as_object().into_iter().flat_map(|all| all.values()) {
        reach(root, &media_type["schema"], usage, found);
    }
}

fn reach(root: &Value, schema: &Value, usage: Usage, found: &mut BTreeMap<String, Usage>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = schema["$ref"].as_str().and_then(schema_name) {
                let known = found.get(name).copied();
                let all = known.unwrap_or_default().or(usage);
                if known != Some(all) {
                    found.insert(name.to_owned(), all);
                    reach(root, &root["components"]["schemas"][name], usage, found);
                }
                return;
            }
            for (key, member) in members {
                if !matches!(key.as_str(), "example" | "examples" | "default" | "enum") {
                    reach(root, member, usage, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| reach(root, item, usage, found)),
        _ => {}
    }
}

/// The name of the schema that a reference leads to.
pub(super) fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/").filter(|name| !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_is_sent_received_both_or_neither() {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let json = |schema: Value| json!({ "application/json": { "schema": schema } });
        let root = json!({
            "paths": { "/a": { "post": {
                "requestBody": { "content": json(reference("Sent")) },
                "responses": {
                    "200": { "content": json(json!({ "type": "array", "items": reference("Received") })) },
                    "400": { "content": json(reference("Problem")) }
                }
            } } },
            "components": { "schemas": {
                "Sent": { "properties": { "both": reference("Both") } },
                "Received": { "allOf": [reference("Both"), reference("Received")] },
                "Both": {}, "Problem": {}
            } }
        });
        let found = of(&root);
        assert_eq!(found["Sent"], Usage::SENT);
        assert_eq!(found["Received"], Usage::RECEIVED);
        assert_eq!(found["Both"], Usage::SENT.or(Usage::RECEIVED));
        assert!(!found.contains_key("Problem"));
    }
}
