//! The 24 breakages that tools for comparing OpenAPI documents are tried with: each is breaking or risky, and a change
//! of documentation is not.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};
use support::{changed, spec};
use xtask::change::{self, Class};

/// A library: one operation that reads, and one that writes.
fn library() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Library", "version": "1" },
        "security": [{ "card": [] }],
        "paths": {
            "/books/{isbn}": { "get": {
                "operationId": "getBook",
                "parameters": [{
                    "name": "isbn", "in": "path", "required": true,
                    "schema": { "type": "integer", "format": "int64", "minimum": 1 }
                }],
                "responses": { "200": {
                    "description": "The book.",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Book" } } }
                } }
            } },
            "/books": { "post": {
                "operationId": "addBook",
                "parameters": [
                    { "name": "shelf", "in": "query", "schema": { "type": "string", "maxLength": 40 } },
                    { "name": "order", "in": "query", "schema": { "type": "string", "enum": ["title", "year"] } }
                ],
                "requestBody": { "content": { "application/json": { "schema": {
                    "type": "object",
                    "required": ["title"],
                    "properties": {
                        "title": { "type": "string", "maxLength": 200 },
                        "topics": { "type": "array", "maxItems": 8, "items": { "type": "string" } },
                        "cover": { "type": "string", "enum": ["hard", "soft"] }
                    }
                } } } },
                "responses": { "201": {
                    "description": "The new book.",
                    "headers": { "Location": { "required": true, "schema": { "type": "string" } } },
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Book" } } }
                } }
            } }
        },
        "components": {
            "securitySchemes": { "card": { "type": "apiKey", "in": "header", "name": "X-Card" } },
            "schemas": { "Book": {
                "type": "object",
                "required": ["isbn", "title"],
                "properties": {
                    "isbn": { "type": "integer", "format": "int64" },
                    "title": { "type": "string" },
                    "state": { "type": "string", "enum": ["here", "lent"] }
                }
            } }
        }
    })
}

/// A place of the library by its short name.
fn expanded(edits: &Value) -> Value {
    let places = [
        ("#get", "/paths/~1books~1{isbn}/get"),
        ("#add", "/paths/~1books/post"),
        ("#body", "/paths/~1books/post/requestBody/content/application~1json/schema"),
        ("#book", "/components/schemas/Book"),
    ];
    let members = edits.as_object().unwrap().iter().map(|(place, value)| {
        let place =
            places.iter().fold(place.clone(), |place, (short, long)| place.replace(short, long));
        (place, value.clone())
    });
    Value::Object(members.collect())
}

// rustfmt would spread each over eight lines.
#[rustfmt::skip]
fn breakages() -> Vec<(&'static str, Value, Class)> {
    use Class::{Breaking, Risky};
    let content = |schema: Value| json!({ "application/xml": { "schema": schema } });
    let book = || json!({ "$ref": "#/components/schemas/Book" });
    vec![
        ("a path is removed", json!({ "/paths/~1books~1{isbn}": null }), Breaking),
        ("a method is removed", json!({ "#add": null }), Breaking),
        ("a new required parameter", json!({ "#add/parameters/-": { "name": "branch", "in": "query", "required": true, "schema": { "type": "string" } } }), Breaking),
        ("a parameter becomes required", json!({ "#add/parameters/0/required": true }), Breaking),
        ("a parameter has another type", json!({ "#add/parameters/0/schema": { "type": "integer" } }), Breaking),
        ("a parameter may be shorter only", json!({ "#add/parameters/0/schema/maxLength": 9 }), Risky),
        ("a value of a parameter is removed", json!({ "#add/parameters/1/schema/enum": ["title"] }), Breaking),
        ("a placeholder has a higher minimum", json!({ "#get/parameters/0/schema/minimum": 1000 }), Risky),
        ("the body becomes required", json!({ "#add/requestBody/required": true }), Breaking),
        ("a member of the body becomes required", json!({ "#body/required": ["title", "topics"] }), Breaking),
        ("a member of the body has another type", json!({ "#body/properties/title": { "type": "integer" } }), Breaking),
        ("a member of the body may be shorter only", json!({ "#body/properties/title/maxLength": 20 }), Risky),
        ("a list of the body may be shorter only", json!({ "#body/properties/topics/maxItems": 1 }), Risky),
        ("a value of the body is removed", json!({ "#body/properties/cover/enum": ["hard"] }), Breaking),
        ("the body has another media type", json!({ "#add/requestBody/content": content(json!({ "type": "object" })) }), Breaking),
        ("a member of a response becomes optional", json!({ "#book/required": ["isbn"] }), Breaking),
        ("a member of a response is removed", json!({ "#book/required": ["isbn"], "#book/properties/title": null }), Breaking),
        ("a member of a response has another type", json!({ "#book/properties/isbn": { "type": "string" } }), Breaking),
        ("a response has a new value", json!({ "#book/properties/state/enum": ["here", "lent", "lost"] }), Risky),
        ("a member of a response may be null", json!({ "#book/properties/title/nullable": true }), Breaking),
        ("a success has another status", json!({ "#get/responses": { "202": { "description": "The book.", "content": { "application/json": { "schema": book() } } } } }), Risky),
        ("a response has another media type", json!({ "#get/responses/200/content": content(book()) }), Breaking),
        ("a header of a response is removed", json!({ "#add/responses/201/headers": null }), Risky),
        ("another credential", json!({ "/security": [{ "oauth": ["read"] }], "/components/securitySchemes/oauth": { "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "https://library.example/token", "scopes": { "read": "Reads." } } } } }), Risky),
    ]
}

#[test]
fn twenty_four_breakages_are_found() {
    let old = spec(&library());
    let breakages = breakages();
    assert_eq!(breakages.len(), 24);
    for (name, edits, expected) in breakages {
        let new = spec(&changed(library(), &expanded(&edits)));
        let changes = change::compare(&old, &new);
        assert_eq!(
            changes.first().map(|change| change.class),
            Some(expected),
            "{name}: {changes:#?}"
        );
    }
}

#[test]
fn documentation_and_order_are_safe() {
    let old = spec(&library());
    assert_eq!(change::compare(&old, &old), []);
    let edits = json!({ "#get/summary": "Gets a book.", "#book/description": "A book.", "/info/version": "2" });
    let new = spec(&changed(library(), &expanded(&edits)));
    let changes = change::compare(&old, &new);
    assert!(changes.iter().all(|change| change.rule == "documentation-changed"), "{changes:#?}");
    assert_eq!(changes.len(), 3);
}
