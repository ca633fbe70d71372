//! A small specification that the tests modify.
// Every test program uses a part of it.
#![allow(dead_code, unreachable_pub)]

pub mod crates;
pub mod formats;
pub mod mutations;
pub mod violations;

use serde_json::{Value, json};
use xtask::spec::{ROOT_FILE, Source, Spec};

/// A root file with this content.
pub fn source(content: &str) -> Vec<Source> {
    vec![Source { path: format!("specs/test/{ROOT_FILE}").into(), text: content.to_owned() }]
}

/// A specification of one file; JSON is also YAML.
pub fn sources(document: &Value) -> Vec<Source> {
    source(&serde_json::to_string_pretty(document).unwrap())
}

/// A specification of one file, of a vendor.
pub fn sources_of(vendor: &str, document: &Value) -> Vec<Source> {
    let text = serde_json::to_string_pretty(document).unwrap();
    vec![Source { path: format!("specs/{vendor}/{ROOT_FILE}").into(), text }]
}

pub fn spec(document: &Value) -> Spec {
    Spec::from_sources(&sources(document)).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The files of the committed NetX specification.
pub fn netx() -> Vec<Source> {
    let root = xtask::workspace::root();
    Spec::read(&root, "specs/netx".as_ref()).unwrap_or_else(|errors| panic!("{errors}")).1
}

/// A valid specification with one of everything.
pub fn base() -> Value {
    let evidence = json!({ "confidence": "inferred", "sources": ["s1"] });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "Base", "version": "1.0" },
        "x-sources": { "s1": "A source" },
        "tags": [{ "name": "items" }, { "name": "folders" }],
        "security": [{ "key": [] }],
        "paths": {
            "/items/{id}": {
                "get": {
                    "operationId": "getItem",
                    "tags": ["items"],
                    "summary": "Gets an item.",
                    "x-evidence": evidence,
                    "parameters": [
                        { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                        { "$ref": "#/components/parameters/Fields" },
                        { "name": "X-Trace", "in": "header", "schema": { "type": "string" } }
                    ],
                    "responses": { "200": { "$ref": "#/components/responses/Item" } }
                }
            },
            "/items": {
                "get": {
                    "operationId": "listItems",
                    "tags": ["items"],
                    "summary": "Lists items.",
                    "x-evidence": evidence,
                    "x-idempotent": true,
                    "x-pagination": {
                        "style": "offset", "start": "start", "size": "size", "items": "results", "total": "total"
                    },
                    "parameters": [
                        { "name": "start", "in": "query", "schema": { "type": "integer" } },
                        { "name": "size", "in": "query", "schema": { "type": "integer" } },
                        { "name": "sort", "in": "query", "schema": { "type": "string", "enum": ["asc", "desc"] } }
                    ],
                    "responses": { "200": {
                        "description": "A page.",
                        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ItemPage" } } }
                    } }
                },
                "post": {
                    "operationId": "addItem",
                    "tags": ["items"],
                    "summary": "Adds an item.",
                    "x-evidence": evidence,
                    "requestBody": { "$ref": "#/components/requestBodies/Item" },
                    "responses": { "201": { "$ref": "#/components/responses/Item" } }
                }
            },
            "/files": {
                "post": {
                    "operationId": "upload",
                    "tags": ["items"],
                    "summary": "Uploads a file.",
                    "x-evidence": evidence,
                    "requestBody": { "required": true, "content": { "multipart/form-data": { "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": { "type": "string", "format": "binary" },
                            "name": { "type": "string" }
                        }
                    } } } },
                    "responses": { "204": { "description": "Stored." } }
                }
            },
            "/api/rpc#getFolder": {
                "post": {
                    "operationId": "getFolder",
                    "tags": ["folders"],
                    "summary": "Gets a folder.",
                    "x-evidence": evidence,
                    "x-envelope": "json-rpc",
                    "x-rpc-params": ["id", null, "deep"],
                    "requestBody": { "required": true, "content": { "application/json": { "schema": {
                        "type": "object",
                        "required": ["id"],
                        "properties": { "id": { "type": "integer" }, "deep": { "type": "boolean" } }
                    } } } },
                    "responses": { "200": {
                        "description": "The folder.",
                        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Folder" } } }
                    } }
                }
            }
        },
        "components": {
            "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
            "parameters": {
                "Fields": {
                    "name": "fields", "in": "query", "style": "form", "explode": false,
                    "schema": { "type": "array", "items": { "type": "string", "enum": ["id", "name"] } }
                }
            },
            "requestBodies": {
                "Item": { "required": true, "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Item" }
                } } }
            },
            "responses": {
                "Item": { "description": "The item.", "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Item" }
                } } }
            },
            "schemas": {
                "Item": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": { "type": "string" },
                        "kind": { "$ref": "#/components/schemas/Kind" },
                        "state": { "type": "string", "enum": ["new", "old"] },
                        "created": { "type": "integer", "format": "unix-ms" },
                        "parent": { "$ref": "#/components/schemas/Folder" }
                    }
                },
                "Kind": {
                    "type": "string",
                    "enum": ["picture", "film"],
                    "x-enum-descriptions": ["A picture.", "A film."]
                },
                "Folder": {
                    "type": "object",
                    "additionalProperties": true,
                    "properties": {
                        "name": { "type": "string" },
                        "children": { "type": "array", "items": { "$ref": "#/components/schemas/Folder" } }
                    }
                },
                "ItemPage": {
                    "type": "object",
                    "required": ["results"],
                    "properties": {
                        "results": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } },
                        "total": { "type": "integer" }
                    }
                }
            }
        }
    })
}

/// The document with the values at these JSON pointers replaced, or removed if they are `null`.
pub fn changed(mut document: Value, edits: &Value) -> Value {
    for (pointer, value) in edits.as_object().unwrap() {
        let pointer = &expanded(pointer);
        let (parent, key) = pointer.rsplit_once('/').unwrap_or_else(|| panic!("{pointer}"));
        let key = key.replace("~1", "/").replace("~0", "~");
        let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("there is no {parent}"));
        match parent {
            Value::Object(members) if value.is_null() => {
                members.remove(&key).unwrap_or_else(|| panic!("there is no {pointer}"));
            }
            Value::Object(members) => {
                members.insert(key, value.clone());
            }
            Value::Array(items) if key == "-" => items.push(value.clone()),
            Value::Array(items) => items[key.parse::<usize>().unwrap()] = value.clone(),
            other => panic!("{pointer} is in {other}"),
        }
    }
    document
}

/// Expands the short names for parts of the base.
pub fn expanded(pointer: &str) -> String {
    [
        ("@get", "/paths/~1items~1{id}/get"),
        ("@list", "/paths/~1items/get"),
        ("@add", "/paths/~1items/post"),
        ("@upload", "/paths/~1files/post"),
        ("@rpc", "/paths/~1api~1rpc#getFolder/post"),
        ("@form", "/paths/~1files/post/requestBody/content/multipart~1form-data/schema"),
        ("@schemas", "/components/schemas"),
    ]
    .iter()
    .fold(pointer.to_owned(), |pointer, (short, long)| pointer.replace(short, long))
}
