//! Documents for the rules about schemas.

use serde_json::{Value, json};

fn to(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn object(properties: Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

/// A document with these schemas, of which an operation reaches the one called `A`.
fn schemas(schemas: Value) -> Value {
    json!({
        "paths": { "/a": { "get": {
            "operationId": "getA",
            "responses": { "200": {
                "description": "An A.", "content": { "application/json": { "schema": to("A") } }
            } }
        } } },
        "components": { "schemas": schemas }
    })
}

/// The document with a shared response, to which some tools refer as if it were a schema.
fn with_status(mut document: Value) -> Value {
    document["components"]["responses"] = json!({ "Status": {
        "description": "A status.",
        "content": { "application/json": { "schema": object(json!({ "ok": { "type": "boolean" } })) } }
    } });
    document
}

pub(crate) fn examples() -> Vec<(&'static str, Value)> {
    let string = || json!({ "type": "string" });
    let one = |value: &str, description: &str| json!({ "type": "string", "enum": [value], "description": description });
    let tagged = |tag: &str| {
        json!({ "type": "object", "required": ["kind"], "properties": {
            "kind": { "type": "string", "enum": [tag] }, "size": { "type": "number" }
        } })
    };
    vec![
        (
            "followed_references",
            with_status(schemas(json!({
                "A": object(json!({
                    "id": string(),
                    "owner": object(json!({ "name": string() })),
                    "parent": { "$ref": "#/components/schemas/A/properties/id" },
                    "reviewer": { "$ref": "#/components/schemas/A/properties/owner" },
                    "status": { "$ref": "#/components/responses/Status" }
                }))
            }))),
        ),
        (
            "key_types",
            schemas(json!({
                "A": {
                    "type": "object",
                    "nullable": "false",
                    "required": "id",
                    "maxProperties": [],
                    "properties": { "id": true, "name": { "type": "string", "required": true, "description": null } }
                }
            })),
        ),
        (
            "foreign_keywords",
            schemas(json!({
                "A": {
                    "type": "object", "xml": { "name": "a" }, "discriminator": { "propertyName": "kind" },
                    "properties": { "kind": string(), "name": { "not": string() } }
                }
            })),
        ),
        (
            "schema_types",
            schemas(json!({
                "A": { "properties": {
                    "list": { "items": string() },
                    "map": { "additionalProperties": string() },
                    "file": { "type": "file" },
                    "flag": { "type": "bool", "format": "boolean" },
                    "name": { "format": "string" },
                    "day": { "format": "date" },
                    "any": { "format": "vendor's own" },
                    "yes": { "format": "boolean" },
                    "text": { "type": "string", "items": { "type": "integer" } }
                } }
            })),
        ),
        (
            "enum_values",
            schemas(json!({
                "A": object(json!({
                    "text": { "enum": ["a", "b", null, "a"], "x-enum-descriptions": ["An a.", "A b.", "", "An a."] },
                    "nothing": { "anyOf": [string(), { "type": "object", "nullable": true, "enum": [null] }] },
                    "number": { "enum": [1, 2] },
                    "yes": { "type": "string", "enum": [true, 1.5, "no"] },
                    "only": { "type": "boolean", "enum": [true] },
                    "none": { "type": "string", "enum": [] },
                    "mixed": { "enum": ["a", 1] },
                    "list": { "type": "array", "items": string(), "enum": ["x", "y"] },
                    "odd": { "type": "string", "enum": ["½", "b"] }
                }))
            })),
        ),
        (
            "member_names",
            schemas(json!({
                "A": {
                    "type": "object", "required": ["ID", "id"],
                    "properties": { "ID": string(), "id": string(), "-": string(), "+1": { "type": "integer" } }
                }
            })),
        ),
        (
            "free_names",
            json!({
                "paths": { "/a": { "post": {
                    "operationId": "upload",
                    "requestBody": { "content": { "multipart/form-data": { "schema": object(json!({ "name": string() })) } } },
                    "responses": { "200": {
                        "description": "It.", "content": { "application/json": { "schema": to("UploadForm") } }
                    } }
                } } },
                "components": { "schemas": { "UploadForm": object(json!({ "id": string() })) } }
            }),
        ),
        (
            "nullable_types",
            schemas(json!({
                "A": object(json!({ "b": to("B"), "all": { "type": "array", "items": to("B") } })),
                "B": { "type": "string", "nullable": true, "enum": ["x"] }
            })),
        ),
        (
            "compositions",
            schemas(json!({
                "A": object(json!({
                    "described": { "allOf": [to("Base"), { "description": "Why.", "nullable": true }] },
                    "refined": { "allOf": [to("Base"), object(json!({ "kind": one("a", "An a.") }))] },
                    "contradictory": { "allOf": [to("Base"), object(json!({ "kind": { "type": "integer" } }))] },
                    "conditions": {
                        "type": "object", "properties": { "x": string(), "y": string() },
                        "anyOf": [{ "required": ["x"] }, { "required": ["y"] }]
                    },
                    "members": {
                        "type": "object", "properties": { "x": string() },
                        "oneOf": [object(json!({ "y": string() })), to("Base")]
                    },
                    "text": { "allOf": [string(), { "maxLength": 5 }] },
                    "any": { "allOf": [{}, { "description": "Anything." }] }
                })),
                "Base": object(json!({ "kind": string(), "id": string() }))
            })),
        ),
        (
            "required_members",
            schemas(json!({
                "A": { "type": "object", "required": ["id", "idd", "id"], "properties": { "id": string() } },
                "B": { "allOf": [
                    to("A"),
                    {
                        "type": "object",
                        "required": ["id", "naem"],
                        "properties": {
                            "name": string(),
                            "link": { "type": "object", "required": ["ulr"], "properties": { "url": string() } }
                        }
                    }
                ] },
                "C": { "required": ["maybe"], "allOf": [to("A"), { "oneOf": [to("A"), to("B")] }] }
            })),
        ),
        (
            "merged_alternatives",
            schemas(json!({
                "A": object(json!({
                    "values": { "oneOf": [one("a", "An a."), one("b", "A b.")] },
                    "open": { "anyOf": [string(), { "type": "string", "enum": ["a", "b"] }] },
                    "named": { "anyOf": [to("Kind"), string()] },
                    "texts": { "oneOf": [{ "type": "string", "format": "ipv4" }, { "type": "string", "format": "ipv6" }] },
                    "nullable": { "oneOf": [to("Kind"), { "nullable": true }], "description": "A kind or nothing." },
                    "numbers": { "oneOf": [{ "type": "integer" }, { "type": "number" }] },
                    "equal": { "anyOf": [object(json!({ "x": string() })), object(json!({ "x": string() }))] },
                    "nested": { "oneOf": [{ "oneOf": [string(), { "type": "boolean" }] }, { "type": "boolean" }] }
                })),
                "Kind": { "type": "string", "enum": ["x", "y"] }
            })),
        ),
        (
            "named_types",
            schemas(json!({
                "A": object(json!({
                    "owner": { "type": "object", "description": "The owner.", "nullable": true, "properties": { "at": { "type": "string", "format": "date-time" } } },
                    "parts": { "type": "array", "items": object(json!({ "state": { "type": "string", "enum": ["new"] } })) },
                    "shape": { "oneOf": [tagged("circle"), tagged("square"), { "type": "integer" }] },
                    "b": to("AOwner")
                })),
                "AOwner": object(json!({ "x": string() }))
            })),
        ),
        (
            "distinguished_alternatives",
            schemas(json!({
                "A": object(json!({ "tagged": to("Tagged"), "mapped": to("Mapped"), "alike": to("Alike"), "clear": to("Clear") })),
                "Tagged": { "oneOf": [to("Circle"), to("Square")] },
                "Mapped": {
                    "oneOf": [to("One"), to("Two")],
                    "discriminator": { "propertyName": "kind", "mapping": { "1": "#/components/schemas/One", "2": "Two" } }
                },
                "Alike": { "oneOf": [to("One"), to("Two")] },
                "Clear": { "oneOf": [to("One"), { "type": "array", "items": to("One") }] },
                "Circle": tagged("circle"),
                "Square": tagged("square"),
                "One": object(json!({ "kind": string(), "a": string() })),
                "Two": object(json!({ "kind": string(), "b": string() }))
            })),
        ),
        (
            "finite_types",
            schemas(json!({
                "A": { "type": "object", "required": ["b"], "properties": { "b": to("B") } },
                "B": { "type": "object", "required": ["a"], "properties": { "a": to("A") } }
            })),
        ),
    ]
}
