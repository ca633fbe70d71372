//! Every type in every place: as a response, as a body, in a query, and in a header, required and optional, plain and
//! nullable. The generated crate compiles with its mocks, and its generated calls and samples pass.
//!
//! Compiling takes a minute, so it is done with `ONETEG_TEST_FULL=1` only.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use serde_json::{Map, Value, json};
use xtask::names;

/// The types by name, and whether they fit into a query and into a header.
fn types() -> Vec<(&'static str, Value, bool, bool)> {
    let list = |items: Value| json!({ "type": "array", "items": items });
    let map = |values: Value| json!({ "type": "object", "additionalProperties": values });
    let string = |format: &str| json!({ "type": "string", "format": format });
    let word = json!({ "type": "string", "enum": ["one", "two"] });
    vec![
        ("flag", json!({ "type": "boolean" }), true, true),
        ("whole", json!({ "type": "integer" }), true, true),
        ("small", json!({ "type": "integer", "format": "int32" }), true, true),
        ("real", json!({ "type": "number" }), true, true),
        ("text", json!({ "type": "string" }), true, true),
        ("day", string("date"), true, true),
        ("moment", string("date-time"), true, true),
        ("uuid", string("uuid"), true, true),
        ("encoded", string("byte"), true, true),
        ("word", word.clone(), true, true),
        ("level", json!({ "type": "integer", "enum": [1, 2] }), true, true),
        ("flags", list(json!({ "type": "boolean" })), true, false),
        ("words", list(word), true, false),
        ("rows", list(list(json!({ "type": "string" }))), false, false),
        ("labels", map(json!({ "type": "string" })), false, false),
        ("series", map(list(json!({ "type": "integer" }))), false, false),
        (
            "inline",
            json!({ "type": "object", "properties": { "size": { "type": "integer" } } }),
            false,
            false,
        ),
        ("named", json!({ "$ref": "#/components/schemas/Thing" }), false, false),
        ("nameds", list(json!({ "$ref": "#/components/schemas/Thing" })), false, false),
        ("either", json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }), true, false),
        ("any", json!({}), false, false),
    ]
}

fn nullable(schema: &Value) -> Value {
    match schema {
        Value::Object(members) if members.contains_key("$ref") => {
            json!({ "nullable": true, "allOf": [schema] })
        }
        Value::Object(members) => {
            let mut members = members.clone();
            members.insert("nullable".to_owned(), true.into());
            Value::Object(members)
        }
        other => other.clone(),
    }
}

/// A specification with an operation for each type and place. Returns it with the number of operations.
fn matrix() -> (Value, usize) {
    let mut paths = Map::new();
    let mut add = |id: String, part: Value| {
        let mut operation = json!({
            "operationId": id, "summary": "Probes.", "tags": ["probes"],
            "x-evidence": { "confidence": "inferred", "sources": ["probe"] },
            "responses": { "200": { "description": "Done." } }
        });
        for (key, value) in part.as_object().unwrap() {
            operation[key] = value.clone();
        }
        paths.insert(
            format!("/{}", operation["operationId"].as_str().unwrap()),
            json!({ "post": operation }),
        );
    };
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    for (name, schema, in_queries, in_headers) in types() {
        let pascal = names::pascal(name);
        let both = [(String::new(), schema.clone()), ("Nullable".to_owned(), nullable(&schema))];
        for (prefix, schema) in both.into_iter().take(if name == "any" { 1 } else { 2 }) {
            let named = |place: &str| format!("{place}{prefix}{pascal}");
            let response = json!({ "200": { "description": "It.", "content": content(&schema) } });
            add(named("get"), json!({ "responses": response }));
            let body = json!({ "required": true, "content": content(&schema) });
            add(named("send"), json!({ "requestBody": body }));
            add(named("maySend"), json!({ "requestBody": { "content": content(&schema) } }));
            let parameters = |location: &str| {
                json!([
                    { "name": "x-may", "in": location, "schema": schema },
                    { "name": "x-must", "in": location, "required": true, "schema": schema }
                ])
            };
            if in_queries {
                add(named("query"), json!({ "parameters": parameters("query") }));
            }
            if in_headers {
                add(named("head"), json!({ "parameters": parameters("header") }));
            }
        }
    }
    let count = paths.len();
    let document = json!({
        "openapi": "3.0.3",
        "x-sources": { "probe": "This test" },
        "info": { "title": "Every type in every place", "version": "1" },
        "tags": [{ "name": "probes" }],
        "paths": paths,
        "components": { "schemas": {
            "Thing": { "type": "object", "properties": { "size": { "type": "integer" } } }
        } }
    });
    (document, count)
}

#[test]
fn every_type_in_every_place() {
    let (document, count) = matrix();
    let folder = support::crates::write("matrix", &document);
    let calls = std::fs::read_to_string(folder.join("tests/generated/calls.rs")).unwrap();
    assert_eq!(calls.matches("operation: \"").count(), count);
    println!("{count} operations");
    if std::env::var_os("ONETEG_TEST_FULL").is_some() {
        support::crates::test(&folder);
    }
}
