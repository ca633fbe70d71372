//! Operations as other authors write them: on other servers, with a query or a fragment in their path, with parameters of
//! one name, with JSON in a query. The generated crate compiles with its mocks, and its generated calls pass.
//!
//! Compiling takes a minute, so it is done with `ONETEG_TEST_FULL=1` only.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use serde_json::{Value, json};

/// A specification, whose operations get what the house requires.
fn document() -> Value {
    let string = || json!({ "type": "string" });
    let parameter = |name: &str, place: &str, schema: Value| json!({ "name": name, "in": place, "schema": schema });
    let filter = json!({ "type": "object", "properties": { "tags": { "type": "array", "items": string() } } });
    let mut document = json!({
        "openapi": "3.0.3",
        "info": { "title": "Operations", "version": "1" },
        "servers": [{ "url": "https://{company}.acme.example/api/v4", "variables": { "company": { "default": "www" } } }],
        "security": [{ "token": [] }],
        "tags": [{ "name": "probes" }],
        "x-sources": { "probe": "This test" },
        "paths": {
            "/files": { "post": {
                "operationId": "upload",
                "servers": [{ "url": "https://upload.acme.example" }],
                "requestBody": { "content": { "application/octet-stream": {} } },
                "responses": { "201": { "description": "Stored." } }
            } },
            "/archive": { "servers": [{ "url": "https://www.acme.example/api/v1" }], "get": {
                "operationId": "oldArchive", "responses": { "302": { "description": "To the file." } }
            } },
            "/part": { "put": {
                "operationId": "putPart", "servers": [{ "url": "upload_url" }], "responses": {}
            } },
            "/rest?method=photos.get&format=json": { "get": {
                "operationId": "getPhoto",
                "parameters": [parameter("id", "query", string())],
                "responses": { "default": { "description": "The photo.", "content": { "application/json": { "schema": string() } } } }
            } },
            "/rest?method=people.get&user={user}": { "get": {
                "operationId": "getPerson",
                "parameters": [{ "name": "user", "in": "path", "required": true, "schema": string() }],
                "responses": { "200": { "description": "The person.", "content": { "application/json": { "schema": string() } } } }
            } },
            "/items/{new}/{id}": { "get": {
                "operationId": "getItem",
                "parameters": [
                    parameter("new", "path", string()), parameter("id", "path", json!({ "type": "integer" })),
                    parameter("id", "query", json!({ "type": "integer" })), parameter("id", "header", string()),
                    parameter("body", "query", string()), parameter("params", "header", string()),
                    parameter("*", "query", string()), parameter("client", "query", string()),
                    parameter("request", "query", string()), parameter("Authorization", "header", string())
                ],
                "requestBody": { "content": { "application/json": { "schema": string() } } },
                "responses": { "200": { "description": "It." }, "400": { "description": "No.", "content": { "application/json": {
                    "schema": { "not": {} }
                } } } }
            } },
            "/items/{id}#lock": { "put": { "operationId": "lock", "parameters": [parameter("id", "path", string())], "responses": {} } },
            "/items/{id}#unlock": { "put": { "operationId": "unlock", "responses": {} } },
            "/search": {
                "get": {
                    "operationId": "search",
                    "parameters": [
                        { "name": "filter", "in": "query", "content": { "application/json": { "schema": filter.clone() } } },
                        { "name": "nested", "in": "query", "style": "deepObject", "schema": filter },
                        parameter("rows", "query", json!({ "type": "array", "items": { "$ref": "#/components/schemas/Row" } }))
                    ],
                    "responses": { "2xx": { "description": "Found." } }
                },
                "options": { "operationId": "searchOptions", "responses": {} }
            }
        },
        "components": {
            "schemas": { "Row": { "type": "object", "properties": { "a": string() } } },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } }
        }
    });
    let items = document["paths"].as_object_mut().unwrap().values_mut();
    for operation in items.flat_map(|item| item.as_object_mut().unwrap().values_mut()) {
        if let Some(operation) = operation.as_object_mut() {
            operation.insert("tags".to_owned(), json!(["probes"]));
            operation.insert("summary".to_owned(), "Does it.".into());
            operation.insert(
                "x-evidence".to_owned(),
                json!({ "confidence": "inferred", "sources": ["probe"] }),
            );
        }
    }
    document
}

#[test]
fn operations_of_every_kind() {
    let document = document();
    let folder = support::crates::write("operations", &document);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("tests/generated/calls.rs").matches("operation: \"").count(), 10);
    let table = read("src/generated/operations.rs");
    for (words, count) in [
        (
            r#"Server::new("https://upload.acme.example", &["https://{company}.acme.example/api/v4"])"#,
            1,
        ),
        (r#"Server::new("/api/v1""#, 1),
        (r#"Server::new("""#, 1),
        (r#".with_query(&[("method", "photos.get"), ("format", "json")])"#, 1),
    ] {
        let flat = table
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("( ", "(")
            .replace(", )", ")");
        assert_eq!(flat.matches(words).count(), count, "{words}: {table}");
    }
    if std::env::var_os("ONETEG_TEST_FULL").is_some() {
        support::crates::test(&folder);
        insta::assert_snapshot!("operations_as_sent", read("sent.txt"));
    }
}
