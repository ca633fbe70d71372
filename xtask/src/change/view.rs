//! A schema as its values see it: references followed, the parts of an `allOf` merged, and the spellings of OpenAPI 3.0
//! and 3.1 made equal.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::usage::schema_name;
use crate::model::resolve;

/// Keys that only describe.
pub(super) const DOCUMENTATION: [&str; 9] = [
    "description",
    "title",
    "summary",
    "example",
    "examples",
    "externalDocs",
    "x-evidence",
    "x-enum-descriptions",
    "$comment",
];

/// A schema without its structure.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// The type; `None` if any is allowed.
    pub(super) ty: Option<String>,
    pub(super) nullable: bool,
    pub(super) properties: BTreeMap<String, Value>,
    pub(super) required: BTreeSet<String>,
    pub(super) items: Option<Value>,
    /// The alternatives, and the key that lists them.
    pub(super) alternatives: Vec<Value>,
    pub(super) alternatives_key: String,
    /// All other keys, such as limits.
    pub(super) rest: Map<String, Value>,
    /// The named schemas that an `allOf` combines.
    pub(super) parts: BTreeSet<String>,
    /// The descriptions.
    pub(super) documentation: Map<String, Value>,
}

const MAX_DEPTH: usize = 16;

impl View {
    pub(super) fn of(root: &Value, schema: &Value) -> Self {
        let mut view = Self::default();
        view.add(root, schema, 0);
        view.ty = view.ty.take().or_else(|| view.implied_type());
        // `nullable` and an alternative that is null are the same.
        let is_null = |alternative: &Value| resolve(root, alternative)["type"] == "null";
        if view.alternatives.iter().any(is_null) {
            view.alternatives.retain(|alternative| !is_null(alternative));
            view.nullable = true;
        }
        view
    }

    fn add(&mut self, root: &Value, schema: &Value, depth: usize) {
        let schema = resolve(root, schema);
        let Some(members) = schema.as_object().filter(|_| depth < MAX_DEPTH) else { return };
        for (key, value) in members {
            match key.as_str() {
                "type" => self.add_type(value),
                "nullable" | "x-nullable" => self.nullable |= *value == true,
                "properties" => {
                    for (name, property) in value.as_object().into_iter().flatten() {
                        self.properties.insert(name.clone(), property.clone());
                    }
                }
                "required" => {
                    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                    self.required.extend(names.map(str::to_owned));
                }
                "items" => self.items = Some(value.clone()),
                "oneOf" | "anyOf" => {
                    self.alternatives.extend(value.as_array().into_iter().flatten().cloned());
                    self.alternatives_key.clone_from(key);
                }
                "allOf" => {
                    for part in value.as_array().into_iter().flatten() {
                        if let Some(name) = part["$ref"].as_str().and_then(schema_name) {
                            self.parts.insert(name.to_owned());
                        }
                        self.add(root, part, depth + 1);
                    }
                }
                "const" => {
                    self.rest.insert("enum".to_owned(), Value::Array(vec![value.clone()]));
                }
                key if DOCUMENTATION.contains(&key) => {
                    // Outer descriptions win.
                    if depth == 0 || !self.documentation.contains_key(key) {
                        self.documentation.insert(key.to_owned(), value.clone());
                    }
                }
                _ => {
                    self.rest.insert(key.clone(), value.clone());
                }
            }
        }
    }

    fn add_type(&mut self, ty: &Value) {
        match ty {
            Value::String(ty) if ty == "null" => self.nullable = true,
            Value::String(ty) => self.ty = Some(ty.clone()),
            Value::Array(all) => {
                let names: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                self.nullable |= names.contains(&"null");
                let rest: Vec<&str> = names.into_iter().filter(|ty| *ty != "null").collect();
                if !rest.is_empty() {
                    self.ty = Some(rest.join(" or "));
                }
            }
            _ => {}
        }
    }

    fn implied_type(&self) -> Option<String> {
        let is_object =
            !self.properties.is_empty() || self.rest.contains_key("additionalProperties");
        let values = self.rest.get("enum").and_then(Value::as_array);
        let are_strings = values.is_some_and(|values| values.iter().all(Value::is_string));
        let implied = match () {
            () if is_object => "object",
            () if self.items.is_some() => "array",
            () if are_strings => "string",
            () => return None,
        };
        Some(implied.to_owned())
    }

    /// The values of an enum.
    pub(super) fn values(&self) -> Option<&Vec<Value>> {
        self.rest.get("enum").and_then(Value::as_array)
    }
}

/// The named schema that a schema is: a reference, or an `allOf` of one reference that only describes it.
pub(super) fn name_of(schema: &Value) -> Option<&str> {
    if let Some(reference) = schema["$ref"].as_str() {
        return schema_name(reference);
    }
    let [part] = schema["allOf"].as_array()?.as_slice() else { return None };
    let is_structural = |key: &&String| {
        matches!(
            key.as_str(),
            "type" | "properties" | "items" | "oneOf" | "anyOf" | "enum" | "format"
        )
    };
    if schema.as_object()?.keys().any(|key| is_structural(&key)) {
        return None;
    }
    part["$ref"].as_str().and_then(schema_name)
}

/// A schema without what only describes it, to find equal ones.
pub(super) fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| !DOCUMENTATION.contains(&key.as_str()))
            .map(|(key, value)| {
                // The members of `properties` may have the names of keys.
                let value = match (key.as_str(), value) {
                    ("properties", Value::Object(all)) => {
                        all.iter().map(|(name, schema)| (name.clone(), bare(schema))).collect()
                    }
                    _ => bare(value),
                };
                (key.clone(), value)
            })
            .collect(),
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spellings_of_a_nullable_string_are_equal() {
        for schema in [
            json!({ "type": "string", "nullable": true }),
            json!({ "type": ["string", "null"] }),
            json!({ "allOf": [{ "type": "string" }, { "nullable": true }] }),
            json!({ "allOf": [{ "$ref": "#/components/schemas/A" }], "nullable": true }),
        ] {
            let root = json!({ "components": { "schemas": { "A": { "type": "string" } } } });
            let view = View::of(&root, &schema);
            assert_eq!((view.ty.as_deref(), view.nullable), (Some("string"), true), "{schema}");
        }
    }

    #[test]
    fn members_named_like_keys_are_members() {
        let schema = json!({ "properties": { "title": { "type": "string", "title": "T" } } });
        assert_eq!(bare(&schema), json!({ "properties": { "title": { "type": "string" } } }));
    }
}
