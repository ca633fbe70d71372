//! The rule about `allOf`.

use serde_json::{Map, Value};

use super::{Lowered, each_schema};
use crate::{model::resolve, spec::Spec};

/// Parts of parts are merged to this depth; a cyclic `allOf` must end somewhere.
const MAX_DEPTH: usize = 12;

/// Merges the parts of an `allOf` into one object if they are plain objects that do not contradict each
/// other. typify would merge them too, but it drops the descriptions of members and generates their types
/// twice. The rest is left to typify.
pub(super) fn merged_objects(_: &Spec, lowered: &mut Lowered) {
    let root = lowered.document.clone();
    each_schema(&mut lowered.document, |_, schema| {
        let has_members = schema.get("properties").is_some();
        let has_parts =
            schema["allOf"].as_array().is_some_and(|parts| parts.len() > 1 || has_members);
        let mut merged = MergedObject::default();
        if !has_parts || merged.add(&root, schema, 0).is_none() {
            return;
        }
        let Some(schema) = schema.as_object_mut() else { return };
        schema.remove("allOf");
        schema.insert("type".to_owned(), "object".into());
        let known = &merged.properties;
        merged.required.retain(|name| name.as_str().is_some_and(|name| known.contains_key(name)));
        schema.insert("properties".to_owned(), merged.properties.into());
        if !merged.required.is_empty() {
            schema.insert("required".to_owned(), merged.required.into());
        }
        if let Some(additional) = merged.additional {
            schema.insert("additionalProperties".to_owned(), additional);
        }
    });
}

/// The members of all parts.
#[derive(Default)]
struct MergedObject {
    properties: Map<String, Value>,
    required: Vec<Value>,
    additional: Option<Value>,
}

impl MergedObject {
    /// Adds a part and the parts of that; `None` if it cannot be merged.
    fn add(&mut self, root: &Value, part: &Value, depth: usize) -> Option<()> {
        let part = resolve(root, part).as_object().filter(|_| depth < MAX_DEPTH)?;
        for (key, value) in part {
            match key.as_str() {
                "type" if value == "object" => {}
                "description" | "title" | "nullable" => {}
                key if key.starts_with("x-") => {}
                "properties" => {
                    for (name, member) in value.as_object()? {
                        let before = self.properties.insert(name.clone(), member.clone());
                        if before.is_some_and(|before| before != *member) {
                            return None;
                        }
                    }
                }
                "required" => {
                    for name in value.as_array()? {
                        if !self.required.contains(name) {
                            self.required.push(name.clone());
                        }
                    }
                }
                "additionalProperties" => match &self.additional {
                    Some(additional) if additional != value => return None,
                    _ => self.additional = Some(value.clone()),
                },
                "allOf" => {
                    value
                        .as_array()?
                        .iter()
                        .try_for_each(|part| self.add(root, part, depth + 1))?;
                }
                _ => return None,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(schema: Value) -> Option<MergedObject> {
        let root = json!({ "components": { "schemas": {
            "Base": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } },
            "Loop": { "allOf": [{ "$ref": "#/components/schemas/Loop" }] }
        } } });
        let mut object = MergedObject::default();
        object.add(&root, &schema, 0).map(|()| object)
    }

    #[test]
    fn parts_become_one_object() {
        let object = merged(json!({ "allOf": [
            { "$ref": "#/components/schemas/Base" },
            { "type": "object", "required": ["id", "b"], "properties": { "b": {} }, "additionalProperties": true }
        ] }))
        .unwrap();
        assert_eq!(object.properties.keys().collect::<Vec<_>>(), ["b", "id"]);
        assert_eq!(object.required, ["id", "b"]);
        assert_eq!(object.additional, Some(true.into()));
    }

    #[test]
    fn what_is_not_a_plain_object_is_left_alone() {
        for part in [
            json!({ "type": "string" }),
            json!({ "oneOf": [{}] }),
            json!({ "properties": { "id": { "type": "integer" } } }),
            json!({ "$ref": "#/components/schemas/Loop" }),
        ] {
            let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Base" }, part] });
            assert!(merged(schema.clone()).is_none(), "{schema}");
        }
    }
}
