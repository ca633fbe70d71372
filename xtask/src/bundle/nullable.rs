//! `nullable` next to a `type`. OpenAPI 3.0.3 defines it only there; a specification may also write it next to a
//! composition.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{
    model::resolve,
    spec::{child, walk},
};

/// Compositions of which one entry applies.
const ALTERNATIVES: [&str; 2] = ["oneOf", "anyOf"];

/// Adds the type next to every `nullable`, or moves `nullable` to where there is one.
pub(super) fn add_types(root: &mut Value) {
    let document = root.clone();
    visit(root, &document);
    remove_unused(root);
}

/// Removes the schemas whose only references were replaced by what they refer to.
fn remove_unused(root: &mut Value) {
    loop {
        let mut used = BTreeSet::new();
        walk(root, "", &mut |value, _| {
            used.extend(value.get("$ref").and_then(Value::as_str).map(str::to_owned));
        });
        let schemas = root.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
        let Some(schemas) = schemas else { return };
        let before = schemas.len();
        schemas
            .retain(|name, _| used.contains(&format!("#{}", child("/components/schemas", name))));
        if schemas.len() == before {
            return;
        }
    }
}

fn visit(value: &mut Value, document: &Value) {
    match value {
        Value::Object(members) => {
            if members.get("nullable") == Some(&json!(true)) && !members.contains_key("type") {
                add_type(members, document);
            }
            members.values_mut().for_each(|member| visit(member, document));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, document)),
        _ => {}
    }
}

fn add_type(schema: &mut Map<String, Value>, document: &Value) {
    let kind = type_of(&Value::Object(schema.clone()), document, 0);
    if let Some(kind) = kind {
        schema.insert("type".to_owned(), kind.into());
        return;
    }
    // A schema without a type accepts `null` anyway.
    schema.remove("nullable");
    // Alternatives of several types are behind a reference, where others refer to them too.
    if let Some([single]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        let target = resolve(document, single);
        let found = ALTERNATIVES.iter().find_map(|key| Some((*key, target.get(*key)?.clone())));
        if let Some((key, alternatives)) = found {
            schema.remove("allOf");
            schema.insert(key.to_owned(), alternatives);
        }
    }
    let alternatives = ALTERNATIVES
        .iter()
        .find_map(|key| schema.get(*key)?.as_array().map(|_| *key))
        .and_then(|key| schema.get_mut(key)?.as_array_mut());
    for alternative in alternatives.into_iter().flatten() {
        let Some(kind) = type_of(alternative, document, 0) else { continue };
        if alternative.get("$ref").is_some() {
            *alternative = json!({ "allOf": [alternative.take()] });
        }
        alternative["type"] = kind.into();
        alternative["nullable"] = true.into();
        break;
    }
}

/// The one type that a schema allows.
fn type_of(schema: &Value, document: &Value, depth: usize) -> Option<String> {
    // Compositions may be cyclic in a specification that was not vetted.
    if depth > 16 {
        return None;
    }
    let schema = resolve(document, schema);
    if let Some(kind) = schema["type"].as_str() {
        return Some(kind.to_owned());
    }
    let of = |schema| type_of(schema, document, depth + 1);
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().find_map(of);
    }
    let alternatives = ALTERNATIVES.iter().find_map(|key| schema[key].as_array())?;
    let mut kinds = alternatives.iter().map(of);
    let first = kinds.next()??;
    kinds.all(|kind| kind.as_deref() == Some(first.as_str())).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_gets_a_type_or_moves_to_one() {
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        let after = |schema: Value| {
            let mut root = json!({
                "components": { "schemas": { "A": { "type": "object" }, "B": { "type": "string" },
                    "C": { "oneOf": [{ "type": "string" }, { "type": "integer" }] },
                } },
                "schema": schema,
                "used": [reference("A"), reference("B"), reference("C")],
            });
            add_types(&mut root);
            root["schema"].take()
        };
        let (a, b) = (reference("A"), reference("B"));
        assert_eq!(
            after(json!({ "nullable": true, "allOf": [a] })),
            json!({ "type": "object", "nullable": true, "allOf": [a] })
        );
        assert_eq!(
            after(json!({ "nullable": true, "oneOf": [a, a] })),
            json!({ "type": "object", "nullable": true, "oneOf": [a, a] })
        );
        assert_eq!(
            after(json!({ "nullable": true, "oneOf": [a, b] })),
            json!({ "oneOf": [{ "allOf": [a], "type": "object", "nullable": true }, b] })
        );
        assert_eq!(
            after(json!({ "nullable": true, "allOf": [reference("C")] })),
            json!({ "oneOf": [{ "type": "string", "nullable": true }, { "type": "integer" }] })
        );
        assert_eq!(
            after(json!({ "nullable": true, "description": "Any." })),
            json!({ "description": "Any." })
        );
        let typed = json!({ "type": "string", "nullable": true });
        assert_eq!(after(typed.clone()), typed);
        let member = json!({ "properties": { "nullable": { "type": "boolean" } } });
        assert_eq!(after(member.clone()), member);
    }
}
