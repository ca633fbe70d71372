//! Every type in every place: as a response, as a body, in a query, and in a header, required and optional, plain and
//! nullable; and as a field or a part of a form. The generated crates compile with their mocks, and their generated calls
//! and samples pass.
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
    (document(paths, Map::new()), count)
}

/// A specification with an operation for each type as a part of a form, of both kinds, and the oddities of bodies that
/// other authors write. Returns it with the number of operations.
fn forms() -> (Value, usize) {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    let mut add = |id: String, media_type: &str, body: Value, responses: Value| {
        let operation = json!({
            "operationId": id, "summary": "Probes.", "tags": ["probes"],
            "x-evidence": { "confidence": "inferred", "sources": ["probe"] },
            "requestBody": { "required": true, "content": { media_type: body } },
            "responses": responses
        });
        paths.insert(format!("/{id}"), json!({ "post": operation }));
    };
    let done = || json!({ "204": { "description": "Done." } });
    let file = json!({ "type": "string", "format": "binary" });
    let mut all = types();
    all.push(("rawFile", file.clone(), false, false));
    all.push(("rawFiles", json!({ "type": "array", "items": file }), false, false));
    all.push(("anyList", json!({ "type": "array" }), false, false));
    all.push(("wordName", json!({ "$ref": "#/components/schemas/Word" }), false, false));
    all.push(("wordNames", json!({ "$ref": "#/components/schemas/Words" }), false, false));
    for (name, schema, ..) in all {
        let form = json!({
            "type": "object",
            "required": ["must", "never"],
            "properties": { "must": schema, "may": schema, "never": nullable(&schema), "ever": nullable(&schema) }
        });
        let pascal = names::pascal(name);
        add(format!("part{pascal}"), "multipart/form-data", json!({ "schema": form }), done());
        if !name.starts_with("raw") {
            schemas.insert(format!("{pascal}Fields"), form);
            let form = json!({ "$ref": format!("#/components/schemas/{pascal}Fields") });
            let body = json!({ "schema": form });
            add(format!("field{pascal}"), "application/x-www-form-urlencoded", body, done());
        }
    }
    let thing = json!({ "$ref": "#/components/schemas/Thing" });
    let body = json!({ "schema": { "allOf": [
        thing, { "type": "object", "required": ["data"], "properties": { "data": thing } }
    ] } });
    add("composed".into(), "multipart/form-data", body.clone(), done());
    add("composedFields".into(), "application/x-www-form-urlencoded", body, done());
    add("anyParts".into(), "multipart/form-data", json!({}), done());
    add("anyFields".into(), "application/x-www-form-urlencoded", json!({}), done());
    let open = json!({ "schema": {
        "type": "object", "properties": { "size": { "type": "integer" } }, "additionalProperties": true
    } });
    add("moreParts".into(), "multipart/form-data", open.clone(), done());
    add("moreFields".into(), "application/x-www-form-urlencoded", open, done());
    let styled = json!({
        "schema": { "type": "object", "properties": {
            "expand": { "type": "array", "items": { "type": "string" } },
            "lines": { "type": "array", "items": thing },
            "filter": thing,
            "sort": { "type": "array", "items": { "type": "string" } }
        } },
        "encoding": {
            "expand": { "style": "deepObject", "explode": true },
            "lines": { "style": "deepObject", "explode": true },
            "filter": { "contentType": "application/json" },
            "sort": { "style": "form", "explode": false }
        }
    });
    add("styled".into(), "application/x-www-form-urlencoded", styled.clone(), done());
    add("styledParts".into(), "multipart/form-data", styled, done());
    let successes = json!({
        "200": { "description": "It.", "content": { "*/*": { "schema": thing } } },
        "201": { "description": "It.", "content": { "application/json": { "schema": {
            "type": "object", "required": ["size"], "properties": { "size": { "type": "integer" }, "at": {} }
        } } } },
        "202": { "description": "It.", "content": { "text/csv": {} } }
    });
    add("star".into(), "*/*", json!({ "schema": thing }), successes);
    let count = paths.len();
    schemas.insert("Word".to_owned(), json!({ "type": "string", "enum": ["one", "two"] }));
    let words = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Word" } });
    schemas.insert("Words".to_owned(), words);
    (document(paths, schemas), count)
}

fn document(paths: Map<String, Value>, mut schemas: Map<String, Value>) -> Value {
    let thing = json!({ "type": "object", "properties": { "size": { "type": "integer" } } });
    schemas.insert("Thing".to_owned(), thing);
    json!({
        "openapi": "3.0.3",
        "x-sources": { "probe": "This test" },
        "info": { "title": "Every type in every place", "version": "1" },
        "tags": [{ "name": "probes" }],
        "paths": paths,
        "components": { "schemas": schemas }
    })
}

/// Writes the crate of a specification, and with `ONETEG_TEST_FULL=1` compiles and tests it. Returns the requests that
/// its calls sent.
fn checked(name: &str, document: &Value, count: usize) -> Option<String> {
    let folder = support::crates::write(name, document);
    let calls = std::fs::read_to_string(folder.join("tests/generated/calls.rs")).unwrap();
    assert_eq!(calls.matches("operation: \"").count(), count);
    std::env::var_os("ONETEG_TEST_FULL")?;
    support::crates::test(&folder);
    Some(std::fs::read_to_string(folder.join("sent.txt")).unwrap())
}

#[test]
fn every_type_in_every_place() {
    let (document, count) = matrix();
    checked("matrix", &document, count);
}

#[test]
fn every_type_in_every_form() {
    let (document, count) = forms();
    if let Some(sent) = checked("forms", &document, count) {
        insta::assert_snapshot!("forms_as_sent", sent);
    }
}
