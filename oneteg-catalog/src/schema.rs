//! The schemas that parameters and bodies refer to: OpenAPI 3.0, in which `nullable` stands next to `type`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

const REFERENCE: &str = "#/components/schemas/";
/// Deeper than any specification; a limit against circles.
const MAX_DEPTH: usize = 32;
/// Keys that readers of a schema do not need.
const ONLY_FOR_CHECKS: [&str; 3] = ["x-evidence", "x-lenient", "x-aliases"];

/// Schemas by name. They are parsed when they are asked for: most commands need none.
#[derive(Debug, Deserialize)]
pub struct Schemas(BTreeMap<String, Box<RawValue>>);

impl Schemas {
    /// The schema of a name; it may refer to others.
    pub fn get(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    /// The names of all members, and all strings of enums: the words of the vendor.
    pub fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        let schemas = self.0.values().filter_map(|schema| serde_json::from_str(schema.get()).ok());
        let mut open: Vec<Value> = schemas.collect();
        while let Some(schema) = open.pop() {
            match schema {
                Value::Object(schema) => {
                    for (key, value) in schema {
                        match (key.as_str(), &value) {
                            ("properties", Value::Object(members)) => {
                                words.extend(members.keys().cloned());
                            }
                            ("enum" | "x-aliases", Value::Array(values)) => {
                                let values = values.iter().filter_map(Value::as_str);
                                words.extend(values.map(str::to_owned));
                            }
                            _ => {}
                        }
                        open.push(value);
                    }
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        words
    }

    /// The name of the schema that `schema` is a reference to.
    pub fn name(schema: &Value) -> Option<&str> {
        schema["$ref"].as_str()?.strip_prefix(REFERENCE)
    }

    /// Follows references at the top of a schema, and joins the members of its `allOf`. A description next to a
    /// reference wins over the one behind it.
    pub fn resolve(&self, schema: &Value) -> Value {
        self.resolved(schema, 0)
    }

    fn resolved(&self, schema: &Value, depth: usize) -> Value {
        let schema = match Self::name(schema).filter(|_| depth < MAX_DEPTH) {
            Some(name) => return self.resolved(&self.get(name).unwrap_or_default(), depth + 1),
            None => schema,
        };
        let (Some(all), Some(own)) = (schema["allOf"].as_array(), schema.as_object()) else {
            return schema.clone();
        };
        let mut joined = Map::new();
        for part in all.iter().take_while(|_| depth < MAX_DEPTH) {
            if let Value::Object(part) = self.resolved(part, depth + 1) {
                join(&mut joined, part);
            }
        }
        let mut own = own.clone();
        own.remove("allOf");
        join(&mut joined, own);
        Value::Object(joined)
    }

    /// A schema with every reference replaced by its target, for readers that have only this one. References deeper
    /// than `depth` and circles become `{}` with the name as title. How well members are known is left out.
    pub fn inlined(&self, schema: &Value, depth: usize) -> Value {
        self.inline(schema, depth, &mut Vec::new())
    }

    fn inline(&self, schema: &Value, depth: usize, path: &mut Vec<String>) -> Value {
        if let Some(name) = Self::name(schema) {
            if path.len() >= depth || path.iter().any(|above| above == name) {
                return serde_json::json!({ "title": name });
            }
            path.push(name.to_owned());
            let inlined = self.inline(&self.get(name).unwrap_or_default(), depth, path);
            path.pop();
            return inlined;
        }
        match schema {
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| !ONLY_FOR_CHECKS.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), self.inline(value, depth, path)))
                .collect::<Map<_, _>>()
                .into(),
            Value::Array(items) => {
                items.iter().map(|item| self.inline(item, depth, path)).collect()
            }
            other => other.clone(),
        }
    }
}

/// Adds the members of a schema to another: properties and required names are joined, others replaced.
fn join(joined: &mut Map<String, Value>, part: Map<String, Value>) {
    for (name, value) in part {
        match (joined.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if name == "properties" => {
                old.extend(new);
            }
            (Some(Value::Array(old)), Value::Array(new)) if name == "required" => old.extend(new),
            (_, value) => {
                joined.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schemas() -> Schemas {
        let text = json!({
            "Base": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } },
            "Asset": { "allOf": [
                { "$ref": "#/components/schemas/Base" },
                { "required": ["name"], "properties": {
                    "name": { "type": "string" },
                    "parent": { "$ref": "#/components/schemas/Asset" },
                    "base": { "$ref": "#/components/schemas/Base" }
                } }
            ] }
        });
        serde_json::from_str(&text.to_string()).unwrap()
    }

    #[test]
    fn compositions_are_joined() {
        let schema = json!({
            "description": "Mine.", "allOf": [{ "$ref": "#/components/schemas/Asset" }]
        });
        let resolved = schemas().resolve(&schema);
        assert_eq!(resolved["description"], "Mine.");
        assert_eq!(resolved["type"], "object");
        assert_eq!(resolved["required"], json!(["id", "name"]));
        assert_eq!(resolved["properties"]["id"], json!({ "type": "integer" }));
        assert_eq!(Schemas::name(&resolved["properties"]["parent"]), Some("Asset"));
    }

    #[test]
    fn the_words_of_a_vendor_are_its_members_and_values() {
        let schemas: Schemas = serde_json::from_value(json!({ "Asset": {
            "description": "Not a word.",
            "properties": { "state": { "type": "string", "enum": ["new", "old"], "x-aliases": ["status"] } },
        } }))
        .unwrap();
        let words: Vec<String> = schemas.words().into_iter().collect();
        assert_eq!(words, ["new", "old", "state", "status"]);
    }

    #[test]
    fn references_are_inlined_without_circles() {
        let reference = json!({ "$ref": "#/components/schemas/Asset" });
        let inlined = schemas().inlined(&reference, 4);
        let properties = &inlined["allOf"][1]["properties"];
        assert_eq!(properties["parent"], json!({ "title": "Asset" }));
        assert_eq!(properties["base"]["required"], json!(["id"]));
        assert_eq!(schemas().inlined(&reference, 0), json!({ "title": "Asset" }));
    }
}
