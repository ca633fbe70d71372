//! Rules about responses.

use serde_json::{Map, Value, json};

use super::{Lowered, each_operation};
use crate::{
    model::{is_json, resolve},
    spec::Spec,
};

/// Merges all successes into one `2XX` response: progenitor panics on several success types, and takes an
/// undeclared 201 for an error. Different JSON schemas become alternatives. If one success has content and
/// another has none, the value is nullable.
pub(super) fn one_success(_: &Spec, lowered: &mut Lowered) {
    let root = lowered.document.clone();
    each_operation(&mut lowered.document, |_, operation| {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else {
            return;
        };
        let mut schemas: Vec<Value> = Vec::new();
        let (mut empty, mut binary) = (false, false);
        for (_, response) in responses.iter().filter(|(status, _)| status.starts_with('2')) {
            let response = resolve(&root, response);
            let content = response["content"].as_object().filter(|content| !content.is_empty());
            let Some(content) = content else {
                empty = true;
                continue;
            };
            match content.iter().find(|(media_type, _)| is_json(media_type)) {
                Some((_, body)) => {
                    let schema = body.get("schema").cloned().unwrap_or_else(|| json!({}));
                    if !schemas.contains(&schema) {
                        schemas.push(schema);
                    }
                }
                None => binary = true,
            }
        }
        responses.retain(|status, _| !status.starts_with('2'));
        responses.insert("2XX".to_owned(), success(schemas, empty, binary));
    });
}

fn success(mut schemas: Vec<Value>, empty: bool, binary: bool) -> Value {
    let content = match (schemas.len(), binary) {
        (0, false) => return json!({ "description": "Success." }),
        (0, true) => json!({
            "application/octet-stream": { "schema": { "type": "string", "format": "binary" } }
        }),
        (count, _) => {
            let mut schema =
                if count == 1 { schemas.remove(0) } else { json!({ "oneOf": schemas }) };
            if empty && schema != json!({}) {
                schema = json!({ "nullable": true, "allOf": [schema] });
            }
            json!({ "application/json": { "schema": schema } })
        }
    };
    json!({ "description": "Success.", "content": content })
}

/// Removes error responses: the runtime turns all failures into one error type. In the specification they
/// document the API.
pub(super) fn no_error_responses(_: &Spec, lowered: &mut Lowered) {
    each_operation(&mut lowered.document, |_, operation| {
        if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
            responses.retain(|status, _| status == "2XX");
        }
    });
    if let Some(components) = lowered.document.get_mut("components").and_then(Value::as_object_mut)
    {
        components.retain(|group, _| group == "schemas");
        components.entry("schemas").or_insert_with(|| Value::Object(Map::new()));
    }
}

/// Adds the schema of any value to bodies without a schema, on which progenitor panics, and to lists without
/// `items`.
pub(super) fn missing_schemas(_: &Spec, lowered: &mut Lowered) {
    each_operation(&mut lowered.document, |_, operation| {
        for pointer in ["/requestBody/content", "/responses/2XX/content"] {
            for body in
                operation.pointer_mut(pointer).and_then(Value::as_object_mut).into_iter().flatten()
            {
                if body.1.get("schema").is_none() {
                    body.1["schema"] = json!({});
                }
            }
        }
    });
    super::each_schema(&mut lowered.document, |_, schema| {
        if schema["type"] == "array" && schema.get("items").is_none() {
            schema["items"] = json!({});
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successes_become_one_response() {
        let string = json!({ "type": "string" });
        let schema = |response: &Value| response["content"]["application/json"]["schema"].clone();
        assert_eq!(success(vec![], true, false).get("content"), None);
        assert!(success(vec![], true, true)["content"]["application/octet-stream"].is_object());
        assert_eq!(schema(&success(vec![string.clone()], false, false)), string);
        let nullable = json!({ "nullable": true, "allOf": [string.clone()] });
        assert_eq!(schema(&success(vec![string.clone()], true, false)), nullable);
        assert_eq!(
            schema(&success(vec![json!({})], true, false)),
            json!({}),
            "any value may be null"
        );
        let alternatives = success(vec![string, json!({ "type": "integer" })], false, false);
        assert_eq!(schema(&alternatives)["oneOf"].as_array().map(Vec::len), Some(2));
    }
}
