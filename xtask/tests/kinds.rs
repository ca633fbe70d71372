//! Every way in which other authors describe a type, as a response and as a body: the crate is generated, and with
//! `ONETEG_TEST_FULL=1` compiled with its mocks; its calls and samples run.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use serde_json::{Map, Value, json};

fn to(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn object(properties: Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

fn constant(value: Value) -> Value {
    json!({ "enum": [value] })
}

/// A shape with a tag, which it requires.
fn shape(tag: Value, more: Value) -> Value {
    let mut properties = more;
    properties["kind"] = constant(tag);
    json!({ "type": "object", "required": ["kind"], "properties": properties })
}

/// The schemas by name.
fn schemas() -> Map<String, Value> {
    let string = || json!({ "type": "string" });
    let number = || json!({ "type": "number" });
    let list = |items: Value| json!({ "type": "array", "items": items });
    let schemas = json!({
        // Unions.
        "Tagged": { "oneOf": [to("Circle"), to("Square")] },
        "Circle": shape(json!("circle"), json!({ "size": number() })),
        "Square": shape(json!("square"), json!({ "size": number(), "at": { "type": "string", "format": "date-time" } })),
        "Numbered": { "oneOf": [shape(json!(1), json!({ "a": string() })), shape(json!(2), json!({ "b": string() }))] },
        "Flagged": { "oneOf": [shape(json!(true), json!({ "a": string() })), shape(json!(false), json!({ "b": string() }))] },
        "Mapped": {
            "oneOf": [to("Cat"), to("Dog")],
            "discriminator": { "propertyName": "pet", "mapping": { "c": "#/components/schemas/Cat", "d": "Dog" } }
        },
        "Cat": object(json!({ "pet": string(), "lives": { "type": "integer" } })),
        "Dog": object(json!({ "pet": string(), "tricks": list(string()) })),
        "Alike": { "anyOf": [object(json!({ "a": string() })), object(json!({ "b": string() })), list(to("Cat")), string()] },
        "Recursive": { "oneOf": [to("Branch"), to("Circle"), { "type": "integer" }] },
        "Branch": shape(json!("branch"), json!({ "left": to("Recursive"), "right": to("Recursive") })),
        "Nested": { "oneOf": [to("Tagged"), shape(json!("line"), json!({})), list(to("Tagged"))] },
        "MaybeUnion": { "nullable": true, "oneOf": [string(), list(string())] },
        "AnyOrCat": { "oneOf": [to("Cat"), {}] },
        "Limited": { "anyOf": [{ "type": "string", "enum": ["inf"] }, { "type": "integer" }] },
        "Arrays": { "oneOf": [list(string()), list(to("Cat"))] },
        "Shared": {
            "type": "object", "properties": { "id": string() },
            "oneOf": [shape(json!("one"), json!({ "a": string() })), shape(json!("two"), json!({ "b": string() }))]
        },
        "Conditions": {
            "type": "object", "properties": { "a": string(), "b": string() },
            "anyOf": [{ "required": ["a"] }, { "required": ["b"] }]
        },
        "Holder": object(json!({
            "bar": { "oneOf": [string(), { "type": "integer" }] }, "other": to("HolderBar"),
            "tagged": { "nullable": true, "allOf": [to("Tagged")] }, "all": list(to("MaybeUnion")),
            "lock": { "allOf": [to("HolderLock"), { "description": "The lock." }] },
            "by": { "allOf": [to("Cat"), { "nullable": true }] }
        })),
        "HolderBar": object(json!({ "z": { "type": "integer" } })),
        "HolderLock": object(json!({ "a": string() })),
        // Enums.
        "Described": { "oneOf": [
            { "enum": ["a"], "description": "An a." }, { "enum": ["b"], "description": "A b." }
        ] },
        "OpenEnum": { "anyOf": [string(), { "type": "string", "enum": ["a", "b"] }] },
        "Untyped": { "enum": ["a", "½", "", "a", null] },
        "MaybeEnum": { "type": "string", "nullable": true, "enum": ["x", null] },
        "EnumHolder": object(json!({ "kind": to("MaybeEnum"), "mixed": { "enum": [1, "a"] }, "ten": { "enum": [10, 20] } })),
        // Objects.
        "Reactions": object(json!({ "+1": { "type": "integer" }, "-1": { "type": "integer" }, "Id": string(), "id": string(), "default": string(), "type": string(), "new": string() })),
        "Defaults": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" }, "default": string() } },
        "Mixed": { "type": "object", "properties": { "id": string() }, "additionalProperties": { "type": "integer" } },
        "Anything": { "allOf": [{}, { "description": "Anything." }] },
        "Refined": { "allOf": [to("Cat"), object(json!({ "pet": constant(json!("cat")), "lives": string() }))] },
        "Extended": { "allOf": [to("Cat")], "properties": { "owner": object(json!({ "born": { "type": "string", "format": "date-time" } })) } },
        "Formats": object(json!({
            "flag": { "type": "boolean", "format": "boolean" }, "list": { "type": "array", "format": "uri", "items": string() },
            "map": { "additionalProperties": to("Cat") }, "words": { "items": string() }, "yes": { "format": "boolean" }
        })),
        "Inside": object(json!({ "owner": object(json!({ "name": string() })), "reviewer": { "$ref": "#/components/schemas/Inside/properties/owner" } })),
        "Endless": { "type": "object", "required": ["next"], "properties": { "next": to("Endless") } }
    });
    schemas.as_object().cloned().unwrap()
}

fn document() -> (Value, usize) {
    let schemas = schemas();
    let mut paths = Map::new();
    for name in schemas.keys() {
        let content = json!({ "application/json": { "schema": to(name) } });
        let described = |id: String, more: Value| {
            let mut operation = json!({
                "operationId": id, "summary": "Probes.", "tags": ["probes"],
                "x-evidence": { "confidence": "inferred", "sources": ["probe"] },
                "responses": { "204": { "description": "Done." } }
            });
            operation.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            operation
        };
        let response = json!({ "200": { "description": "It.", "content": content } });
        let get = described(format!("get{name}"), json!({ "responses": response }));
        let body = json!({ "required": true, "content": content });
        let post = described(format!("send{name}"), json!({ "requestBody": body }));
        paths.insert(format!("/{name}"), json!({ "get": get, "post": post }));
    }
    let count = 2 * schemas.len();
    let document = json!({
        "openapi": "3.0.3",
        "x-sources": { "probe": "This test" },
        "info": { "title": "Types of other authors", "version": "1" },
        "tags": [{ "name": "probes" }],
        "paths": paths,
        "components": { "schemas": schemas }
    });
    (document, count)
}

#[test]
fn types_of_other_authors() {
    let (document, count) = document();
    let folder = support::crates::write("kinds", &document);
    let calls = std::fs::read_to_string(folder.join("tests/generated/calls.rs")).unwrap();
    assert_eq!(calls.matches("operation: \"").count(), count);
    let types = std::fs::read_to_string(folder.join("src/generated/types/probes.rs")).unwrap();
    for expected in
        ["pub enum Tagged {", "pub enum Nested {", "Other(serde_json::Value)", "forms! {"]
    {
        assert!(types.contains(expected), "{expected}");
    }
    if std::env::var_os("ONETEG_TEST_FULL").is_some() {
        support::crates::test(&folder);
    }
}
