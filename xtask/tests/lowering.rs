//! A document before and after each lowering rule, applied alone.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::fmt::Write as _;

use serde_json::{Value, json};
use support::spec;
use xtask::lower::{Lowered, RULES};

/// An operation of a document that has nothing else.
fn operation(operation: Value) -> Value {
    json!({ "paths": { "/x": { "post": operation } } })
}

fn schemas(schemas: Value) -> Value {
    json!({ "components": { "schemas": schemas } })
}

fn responses(responses: Value) -> Value {
    operation(json!({ "operationId": "get", "responses": responses }))
}

/// A small document for each rule.
fn examples() -> Vec<(&'static str, Value)> {
    let string = || json!({ "type": "string" });
    vec![
        (
            "inlined_components",
            json!({
                "paths": { "/x/{id}": {
                    "parameters": [{ "$ref": "#/components/parameters/Id" }],
                    "put": {
                        "operationId": "put",
                        "parameters": [{ "name": "q", "in": "query", "schema": string() }],
                        "requestBody": { "$ref": "#/components/requestBodies/Any" }
                    }
                } },
                "components": {
                    "parameters": { "Id": { "name": "id", "in": "path", "required": true, "schema": string() } },
                    "requestBodies": { "Any": { "content": { "application/json": {} } } }
                }
            }),
        ),
        (
            "argument_names",
            json!({ "paths": { "/x/{new}/{id}": {
                "get": { "operationId": "get", "parameters": [
                    { "name": "new", "in": "path", "required": true, "schema": string() },
                    { "name": "id", "in": "path", "required": true, "schema": string() },
                    { "name": "ID", "in": "query", "schema": string() },
                    { "name": "body", "in": "header", "schema": string() }
                ] },
                "put": { "operationId": "put", "parameters": [{ "name": "type", "in": "query", "schema": string() }] }
            } } }),
        ),
        (
            "merged_objects",
            schemas(json!({
                "Base": { "type": "object", "additionalProperties": true, "properties": { "id": string() } },
                "A": {
                    "description": "An A.",
                    "allOf": [
                        { "$ref": "#/components/schemas/Base" },
                        { "type": "object", "required": ["b"], "properties": { "b": string() } }
                    ]
                },
                "Contradiction": {
                    "allOf": [
                        { "$ref": "#/components/schemas/Base" },
                        { "type": "object", "properties": { "id": { "type": "integer" } } }
                    ]
                }
            })),
        ),
        (
            "doubts_in_descriptions",
            schemas(json!({
                "A": { "type": "string", "description": "An A.", "x-evidence": { "confidence": "inferred", "doubt": "May be a number." } }
            })),
        ),
        (
            "aliases",
            schemas(json!({
                "A": { "type": "object", "properties": { "fileName": { "type": "string", "x-aliases": ["filename"] } } }
            })),
        ),
        (
            "lenient_members",
            schemas(json!({
                "A": { "type": "object", "properties": {
                    "owner": { "type": "string", "x-lenient": true },
                    "pages": { "type": "integer", "x-lenient": false }
                } }
            })),
        ),
        (
            "secret_members",
            schemas(json!({
                "A": { "type": "object", "properties": {
                    "link": { "type": "string", "x-secret": true },
                    "pages": { "type": "integer", "x-secret": false }
                } }
            })),
        ),
        (
            "internal_extensions",
            schemas(json!({
                "A": {
                    "type": "object", "example": { "example": 1 }, "x-evidence": { "confidence": "inferred" },
                    "properties": { "example": string(), "x-rate": { "type": "integer", "x-unit": "s" } }
                }
            })),
        ),
        (
            "plain_descriptions",
            schemas(json!({
                "A": { "type": "string", "description": "See [b] <i>or</i> `Vec<u8>`:\n\n    let code = 1;" }
            })),
        ),
        (
            "rpc_params",
            json!({ "paths": { "/rpc#getAsset": { "post": {
            "operationId": "getAsset",
            "x-rpc-params": ["id"],
            "requestBody": { "content": { "application/json": { "schema": {
                "type": "object", "properties": { "id": { "type": "integer" } }
            } } } }
        } } } }),
        ),
        (
            "multipart_forms",
            operation(json!({
                "operationId": "upload",
                "requestBody": { "content": { "multipart/form-data": { "schema": {
                    "type": "object",
                    "required": ["zip"],
                    "properties": {
                        "zip": { "type": "string", "format": "binary" },
                        "more": { "type": "array", "items": { "type": "string", "format": "binary" } },
                        "name": string()
                    }
                } } } }
            })),
        ),
        (
            "one_request_media_type",
            json!({ "paths": {
            "/json": { "patch": { "operationId": "a", "requestBody": {
                "content": { "application/merge-patch+json": { "schema": string() } } } } },
            "/bytes": { "put": { "operationId": "b", "requestBody": { "content": { "image/png": {} } } } },
            "/text": { "put": { "operationId": "c", "requestBody": { "content": { "text/plain": {} } } } }
        } }),
        ),
        (
            "one_success",
            responses(json!({
                "200": { "description": "A.", "content": { "application/json": { "schema": string() } } },
                "201": { "description": "B.", "content": { "application/json": { "schema": { "type": "integer" } } } },
                "204": { "description": "Nothing." }
            })),
        ),
        (
            "no_error_responses",
            responses(json!({
                "2XX": { "description": "Success." },
                "404": { "description": "Not there." },
                "default": { "description": "Anything else." }
            })),
        ),
        (
            "missing_schemas",
            responses(json!({
                "2XX": { "description": "Success.", "content": { "application/json": {} } }
            })),
        ),
        (
            "plain_parameters",
            operation(json!({
                "operationId": "list",
                "parameters": [
                    { "name": "filter", "in": "query", "style": "deepObject", "explode": true, "schema": { "type": "object" } },
                    { "name": "q", "in": "query", "allowEmptyValue": true }
                ]
            })),
        ),
        (
            "open_enums",
            json!({
                "paths": { "/x": { "get": {
                    "operationId": "listItems",
                    "parameters": [{ "name": "sort", "in": "query", "schema": { "type": "string", "enum": ["asc", "ASC", "-name"] } }]
                } } },
                "components": { "schemas": {
                    "Kind": { "type": "string", "enum": ["film", "other"], "x-enum-descriptions": ["A film.", "Something else."] },
                    "Item": { "type": "object", "properties": {
                        "state": { "type": "string", "nullable": true, "enum": ["new", "old", null] }
                    } }
                } }
            }),
        ),
        (
            "flags",
            json!({
                "paths": { "/x": { "get": { "operationId": "get", "parameters": [
                    { "name": "full", "in": "query", "schema": { "type": "integer", "enum": [1] } },
                    { "name": "depth", "in": "query", "schema": { "type": "integer", "enum": [0, 1, 2] } }
                ] } } },
                "components": { "schemas": { "Item": { "type": "object", "properties": {
                    "ordered": { "type": "integer", "format": "int64", "nullable": true, "enum": [0, 1] }
                } } } }
            }),
        ),
        (
            "integer_enums",
            schemas(json!({
                "Level": { "type": "integer", "enum": [1, 2], "x-enum-names": ["Low", "High"] }
            })),
        ),
        (
            "plain_strings",
            schemas(json!({ "A": { "type": "string", "format": "uuid", "description": "An A." } })),
        ),
        (
            "times",
            schemas(json!({
                "Item": { "type": "object", "properties": {
                    "created": { "type": "integer", "format": "unix-ms", "description": "When." },
                    "changed": { "type": "string", "format": "date-time" },
                    "seen": { "type": "array", "items": { "type": "integer", "format": "unix-ms" } }
                } }
            })),
        ),
        (
            "nullable_collections",
            schemas(json!({
                "Item": { "type": "object", "required": ["ids"], "properties": {
                    "ids": { "type": "array" }, "tags": { "type": "array" }, "data": { "type": "object" }, "name": string()
                } }
            })),
        ),
        (
            "no_constraints",
            schemas(json!({
                "Name": { "type": "string", "minLength": 1, "maxLength": 4294967296_u64, "pattern": "^(?=.*[A-Z])" }
            })),
        ),
        (
            "no_defaults",
            schemas(json!({
                "Page": { "type": "object", "properties": { "size": { "type": "integer", "default": 20 } } }
            })),
        ),
        (
            "no_titles",
            schemas(json!({
                "Item": { "title": "The item", "type": "object", "properties": { "title": string() } }
            })),
        ),
        (
            "open_bodies",
            json!({
                "paths": { "/x": { "post": { "operationId": "post", "requestBody": { "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Body" } }
                } } } } },
                "components": { "schemas": {
                    "Body": { "type": "object", "properties": {
                        "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Part" } }
                    } },
                    "Part": { "oneOf": [{ "$ref": "#/components/schemas/Closed" }, { "$ref": "#/components/schemas/Taken" }] },
                    "Closed": { "type": "object", "additionalProperties": false, "properties": { "a": string() } },
                    "Taken": { "type": "object", "properties": { "extra": string() } },
                    "Response": { "type": "object", "properties": { "a": string() } }
                } }
            }),
        ),
        (
            "open_objects",
            schemas(json!({
                "Open": { "type": "object", "additionalProperties": true },
                "Closed": { "type": "object", "additionalProperties": false },
                "Map": { "type": "object", "additionalProperties": string() },
                "Mixed": {
                    "type": "object", "properties": { "id": string() }, "additionalProperties": { "type": "integer" }
                },
                "Holder": { "type": "object", "properties": {
                    "open": { "$ref": "#/components/schemas/Open", "description": "Why it is open." }
                } }
            })),
        ),
        (
            "unions",
            schemas(json!({
                "Shape": {
                    "description": "A shape.",
                    "oneOf": [{ "$ref": "#/components/schemas/Circle" }, { "$ref": "#/components/schemas/Group" }],
                    "x-forms": { "tags": ["kind"], "values": { "#/components/schemas/Group": ["group"] } }
                },
                "Circle": { "type": "object", "required": ["kind"], "properties": {
                    "kind": { "type": "string", "enum": ["circle"] }, "size": { "type": "number" }
                } },
                "Group": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Shape" } } },
                "OneOrMany": { "oneOf": [{ "type": "array", "items": string() }, string()] }
            })),
        ),
        (
            "unset_version",
            json!({
                "info": { "title": "T", "version": "2.7" },
                "paths": { "/x": { "get": { "operationId": "x", "security": [], "servers": [] } } }
            }),
        ),
    ]
}

/// A document before and after a rule.
fn shown(name: &str, before: &Value) -> String {
    let spec = spec(before);
    let (_, rule) = RULES.iter().find(|(known, _)| *known == name).unwrap();
    let mut lowered = Lowered { document: spec.root.clone(), ..Lowered::default() };
    rule(&spec, &mut lowered);
    assert_ne!(lowered.document, spec.root, "{name} changes nothing in its example");
    let mut shown = format!("before: {before:#}\n\nafter: {:#}\n", lowered.document);
    for (name, open) in &lowered.enums {
        let _ = writeln!(shown, "\nenum {name}: {open:#?}");
    }
    for (name, union) in &lowered.unions {
        let _ = writeln!(shown, "\nunion {name}: {union:#?}");
    }
    for ((owner, member), module) in &lowered.times {
        let _ = writeln!(shown, "\ntime {owner}.{member}: {module}");
    }
    for ((owner, member), aliases) in &lowered.aliases {
        let _ = writeln!(shown, "\naliases {owner}.{member}: {aliases:?}");
    }
    for (owner, member) in &lowered.lenient {
        let _ = writeln!(shown, "\nlenient {owner}.{member}");
    }
    for (name, members) in &lowered.forms {
        let _ = writeln!(shown, "\nform {name}: {members:#?}");
    }
    shown
}

#[test]
fn every_rule_has_a_snapshot() {
    let examples = examples();
    let rules: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
    let with_example: Vec<&str> = examples.iter().map(|(name, _)| *name).collect();
    assert_eq!(rules, with_example, "each rule has one example, in the order of the rules");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    for name in rules {
        let file = folder.join(format!("lowering__{name}.snap"));
        assert!(file.is_file(), "{} is missing", file.display());
    }
}

#[test]
fn before_and_after() {
    for (name, before) in examples() {
        insta::assert_snapshot!(name, shown(name, &before));
    }
}

#[test]
fn lowering_twice_changes_nothing_more() {
    // Lowering is idempotent: no rule depends on what another one leaves behind.
    let once = xtask::lower::lower(&spec(&support::base())).document;
    let twice = xtask::lower::lower(&spec(&once)).document;
    assert_eq!(once, twice);
}

#[test]
fn forms_and_enums_of_shared_components_are_kept() {
    let mut document = support::base();
    let body = document.pointer_mut(&support::expanded("@upload/requestBody")).unwrap().take();
    document["components"]["requestBodies"]["Form"] = body;
    *document.pointer_mut(&support::expanded("@upload/requestBody")).unwrap() =
        json!({ "$ref": "#/components/requestBodies/Form" });
    let lowered = xtask::lower::lower(&spec(&document));
    let members: Vec<&str> =
        lowered.forms["UploadForm"].iter().map(|member| member.name.as_str()).collect();
    assert_eq!(members, ["file", "name"]);
    let values: Vec<&str> =
        lowered.enums["GetItemFields"].values.iter().map(|(value, ..)| value.as_str()).collect();
    assert_eq!(values, ["id", "name"]);
}
