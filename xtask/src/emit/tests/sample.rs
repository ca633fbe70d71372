//! Samples: a value of a schema with all its members, which the generated tests send, receive and read.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{model::resolve, names};

/// The depth to which references are followed.
const DEEPEST: usize = 8;

/// Creates samples.
///
/// A sample does not repeat the objects of named types inside it. It contains a reference such as `"$Asset"`,
/// which the test replaces by the sample of that type. Recursion ends there: inside a type that is being
/// replaced, the test omits members of the same type. `"$Asset!"` is a required member; if it has to be
/// omitted, the object that contains it is omitted as a whole.
pub struct Sampler<'a> {
    root: &'a Value,
    named: BTreeSet<String>,
}

impl<'a> Sampler<'a> {
    /// A sampler for a specification, whose samples may refer to the `named` types.
    pub fn new(root: &'a Value, named: BTreeSet<String>) -> Self {
        Self { root, named }
    }

    /// The names of the types that samples may refer to.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.named
    }

    /// A sample of a schema. Strings in it are derived from the name.
    pub fn sample(&self, schema: &Value, name: &str) -> Value {
        self.value(schema, name, &mut Vec::new()).unwrap_or(Value::Null)
    }

    /// A sample of a parameter, which a URL or a header can hold: any value is a string there.
    pub fn parameter(&self, schema: &Value, name: &str) -> Value {
        fn plain(value: Value, name: &str) -> Value {
            match value {
                value if value == any() => string(&Value::Null, name).into(),
                Value::Array(items) => items.into_iter().map(|item| plain(item, name)).collect(),
                Value::Object(members) => {
                    members.into_iter().map(|(key, member)| (key, plain(member, name))).collect()
                }
                value => value,
            }
        }
        plain(self.sample(schema, name), name)
    }

    /// `None` if the schema contains itself; the member is then omitted.
    fn value(&self, schema: &Value, name: &str, inside: &mut Vec<String>) -> Option<Value> {
        if let Some(target) = schema["$ref"].as_str() {
            if let Some(ty) = self.object_type(schema) {
                return Some(format!("${ty}").into());
            }
            return self.resolved(target, schema, name, inside);
        }
        if let Some(values) = schema["enum"].as_array()
            && let Some(first) = values.iter().find(|value| **value != "").or(values.first())
        {
            // An empty string cannot be sent in a path.
            return Some(first.clone());
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.merged(schema, parts, name, inside);
        }
        if let Some(first) = first_alternative(schema) {
            return self.value(first, name, inside);
        }
        Some(match schema["type"].as_str() {
            Some("string") => string(schema, name).into(),
            Some("integer") if schema["format"] == "unix-ms" => 1_714_979_289_000_i64.into(),
            Some("integer") => 7.into(),
            Some("number") => 1.5.into(),
            Some("boolean") => true.into(),
            Some("array") => match self.value(&schema["items"], name, inside) {
                Some(item) => json!([item]),
                None => json!([]),
            },
            _ if is_plain_object(schema) => Value::Object(self.object(schema, inside)?),
            _ => any(),
        })
    }

    /// A sample of the schema that a reference leads to.
    fn resolved(
        &self,
        target: &str,
        schema: &Value,
        name: &str,
        inside: &mut Vec<String>,
    ) -> Option<Value> {
        if inside.iter().any(|outer| outer == target) || inside.len() >= DEEPEST {
            return None;
        }
        inside.push(target.to_owned());
        let found = self.value(resolve(self.root, schema), name, inside);
        inside.pop();
        found
    }

    fn merged(
        &self,
        schema: &Value,
        parts: &[Value],
        name: &str,
        inside: &mut Vec<String>,
    ) -> Option<Value> {
        // OpenAPI 3.0 wraps a reference in `allOf` to add a description.
        if let [part] = parts
            && !is_plain_object(schema)
        {
            return self.value(part, name, inside);
        }
        let mut all = self.object(schema, inside)?;
        for part in parts {
            // The parts are merged into one object, so they are needed as values, not as references.
            let value = match part["$ref"].as_str() {
                Some(target) => self.resolved(target, part, name, inside)?,
                None => self.value(part, name, inside)?,
            };
            let Value::Object(members) = value else { return Some(value) };
            all.extend(members);
        }
        Some(Value::Object(all))
    }

    fn object(&self, schema: &Value, inside: &mut Vec<String>) -> Option<Map<String, Value>> {
        let required = schema["required"].as_array();
        let is_required = |name: &str| required.is_some_and(|list| list.iter().any(|r| r == name));
        let mut members = Map::new();
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            match self.value(member, name, inside) {
                Some(Value::String(reference)) if is_required(name) && self.refers(&reference) => {
                    members.insert(name.clone(), format!("{reference}!").into());
                }
                Some(value) => {
                    members.insert(name.clone(), value);
                }
                None if is_required(name) => return None,
                None => {}
            }
        }
        match &schema["additionalProperties"] {
            // An unknown member, which must be kept.
            Value::Bool(true) => {
                members.insert("notYetKnown".to_owned(), json!({ "kept": [true] }));
            }
            further @ Value::Object(_) => {
                if let Some(value) = self.value(further, "value", inside) {
                    members.insert("key".to_owned(), value);
                }
            }
            _ => {}
        }
        Some(members)
    }

    /// The named type that a reference leads to, if its samples are objects.
    fn object_type(&self, reference: &Value) -> Option<String> {
        let target = reference["$ref"].as_str()?;
        let ty = names::pascal(target.rsplit('/').next()?);
        (self.named.contains(&ty) && self.is_object(reference, DEEPEST)).then_some(ty)
    }

    fn refers(&self, string: &str) -> bool {
        string.strip_prefix('$').is_some_and(|name| self.named.contains(name))
    }

    fn is_object(&self, schema: &Value, depth: usize) -> bool {
        let schema = resolve(self.root, schema);
        if depth == 0 || schema.get("enum").is_some() {
            return false;
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return parts.iter().all(|part| self.is_object(part, depth - 1));
        }
        match first_alternative(schema) {
            Some(first) => self.is_object(first, depth - 1),
            None => is_plain_object(schema),
        }
    }
}

/// The sample of any value at all.
fn any() -> Value {
    json!({ "any": [1, "two"] })
}

fn first_alternative(schema: &Value) -> Option<&Value> {
    ["oneOf", "anyOf"].into_iter().find_map(|key| schema[key].as_array()?.first())
}

fn is_plain_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema["type"].is_null() && schema.get("properties").is_some()
}

fn string(schema: &Value, name: &str) -> String {
    match schema["format"].as_str() {
        Some("date-time") => "2024-05-06T07:08:09Z".to_owned(),
        Some("date") => "2024-05-06".to_owned(),
        Some("uuid") => "6f1a2b3c-0d4e-4f5a-8b6c-7d8e9fa0b1c2".to_owned(),
        // Characters that paths, queries and JSON must encode.
        _ => format!("{name} & \"more\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Value {
        json!({ "components": { "schemas": {
            "Node": { "type": "object", "additionalProperties": true, "required": ["owner"], "properties": {
                "id": { "type": "integer" },
                "kind": { "type": "string", "enum": ["leaf", "branch"] },
                "at": { "type": "string", "format": "date-time" },
                "parent": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Node" }] },
                "children": { "$ref": "#/components/schemas/Nodes" },
                "owner": { "$ref": "#/components/schemas/Owner" },
                "names": { "type": "object", "additionalProperties": { "type": "string" } },
                "any": {}
            } },
            "Nodes": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
            "Owner": { "allOf": [
                { "$ref": "#/components/schemas/Base" },
                { "properties": { "name": { "type": "string" } } }
            ] },
            "Base": { "type": "object", "properties": { "id": { "type": "integer" } } }
        } } })
    }

    #[test]
    fn every_member_has_a_value_and_named_objects_are_referred_to() {
        let root = root();
        let named = ["Node", "Nodes", "Owner", "Base"].map(str::to_owned);
        let sampler = Sampler::new(&root, named.into());
        let schemas = &root["components"]["schemas"];
        let expected = json!({
            "id": 7, "kind": "leaf", "at": "2024-05-06T07:08:09Z", "parent": "$Node",
            "children": ["$Node"], "owner": "$Owner!", "names": { "key": "value & \"more\"" },
            "any": { "any": [1, "two"] }, "notYetKnown": { "kept": [true] }
        });
        assert_eq!(sampler.sample(&schemas["Node"], "node"), expected);
        let owner = json!({ "id": 7, "name": "name & \"more\"" });
        assert_eq!(sampler.sample(&schemas["Owner"], "owner"), owner);
    }

    #[test]
    fn parameters_hold_plain_values() {
        let root = json!({});
        let sampler = Sampler::new(&root, BTreeSet::new());
        let sample = |schema: Value| sampler.parameter(&schema, "id");
        assert_eq!(sample(json!({})), "id & \"more\"");
        assert_eq!(sample(json!({ "type": "array", "items": {} })), json!(["id & \"more\""]));
        let object =
            json!({ "type": "object", "properties": { "a": {}, "b": { "type": "integer" } } });
        assert_eq!(sample(object), json!({ "a": "id & \"more\"", "b": 7 }));
        assert_eq!(sample(json!({ "type": "string", "enum": ["", "new"] })), "new");
    }

    #[test]
    fn recursion_ends_without_named_types() {
        let root = root();
        let sampler = Sampler::new(&root, BTreeSet::new());
        let node = sampler.sample(&json!({ "$ref": "#/components/schemas/Node" }), "node");
        assert_eq!((&node["children"], node.get("parent")), (&json!([]), None));
        assert_eq!(node["owner"]["id"], 7);
    }
}
