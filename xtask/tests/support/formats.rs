//! A small API in each format that vendors publish.

use serde_json::{Value, json};

/// OpenAPI 3.1.
pub fn openapi_31() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Albums", "version": "2" },
        "servers": [{ "url": "https://api.albums.example/v2" }],
        "security": [{ "token": [] }],
        "paths": {
            "/albums/{albumId}": {
                "parameters": [{ "name": "albumId", "in": "path", "required": true, "schema": { "type": "string" } }],
                "get": {
                    "summary": "Read an album",
                    "tags": ["Albums"],
                    "responses": {
                        "200": { "description": "ok", "content": { "application/json": {
                            "schema": { "$ref": "#/components/schemas/Album" }
                        } } },
                        "404": { "description": "gone", "content": { "application/json": {
                            "schema": { "type": "object", "properties": { "code": { "const": 404 } } }
                        } } }
                    }
                },
                "patch": {
                    "operationId": "album.update",
                    "requestBody": { "content": { "application/json": { "schema": {
                        "type": "object",
                        "properties": {
                            "title": { "type": ["string", "null"], "examples": ["Summer"] },
                            "order": { "type": "string", "enum": ["date", "name"] }
                        }
                    } } } },
                    "responses": { "204": { "description": "done" } }
                }
            }
        },
        "webhooks": { "albumAdded": { "post": { "responses": { "200": { "description": "ok" } } } } },
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Album": {
                    "type": "object",
                    "required": ["id"],
                    "properties": {
                        "id": { "type": "string" },
                        "cover": { "anyOf": [{ "$ref": "#/components/schemas/Picture" }, { "type": "null" }] },
                        "pictures": { "type": "array", "items": { "$ref": "#/components/schemas/Picture" } },
                        "size": { "type": "integer", "exclusiveMinimum": 0 }
                    }
                },
                "Picture": {
                    "type": "object",
                    "properties": {
                        "url": { "type": "string", "format": "uri" },
                        "taken": { "type": "string", "format": "date-time" },
                        "place": { "type": "object", "properties": { "lat": { "type": "number" } } }
                    }
                }
            }
        }
    })
}

/// OpenAPI 2.0.
pub fn openapi_2() -> Value {
    json!({
        "swagger": "2.0",
        "info": { "title": "Boxes", "version": "1" },
        "host": "boxes.example",
        "basePath": "/api",
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
        "security": [{ "key": [] }],
        "paths": {
            "/boxes": {
                "get": {
                    "operationId": "BoxesList",
                    "tags": ["box"],
                    "description": "All boxes. Sorted.",
                    "parameters": [
                        { "name": "ids", "in": "query", "type": "array", "items": { "type": "integer" }, "collectionFormat": "csv" },
                        { "$ref": "#/parameters/Page" }
                    ],
                    "responses": { "200": { "description": "ok", "schema": {
                        "type": "array", "items": { "$ref": "#/definitions/Box" }
                    } } }
                },
                "post": {
                    "tags": ["box"],
                    "parameters": [{ "name": "box", "in": "body", "required": true, "schema": { "$ref": "#/definitions/Box" } }],
                    "responses": { "201": { "$ref": "#/responses/Box" }, "default": { "description": "error" } }
                }
            },
            "/boxes/{id}/file": {
                "post": {
                    "consumes": ["multipart/form-data"],
                    "parameters": [
                        { "name": "id", "in": "path", "required": true, "type": "integer", "format": "int64" },
                        { "name": "file", "in": "formData", "type": "file", "required": true },
                        { "name": "note", "in": "formData", "type": "string" }
                    ],
                    "responses": { "204": { "description": "ok" } }
                }
            }
        },
        "parameters": { "Page": { "name": "page", "in": "query", "type": "integer", "default": 1 } },
        "responses": { "Box": { "description": "a box", "schema": { "$ref": "#/definitions/Box" } } },
        "definitions": {
            "Box": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": { "type": "integer", "format": "int64", "readOnly": true },
                    "label": { "type": "string", "x-nullable": true },
                    "kind": { "type": "string", "enum": ["small", "large"] }
                }
            }
        }
    })
}

/// A collection of Postman.
pub fn postman() -> Value {
    json!({
        "info": {
            "name": "Notes",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
        },
        "auth": { "type": "bearer", "bearer": [{ "key": "token", "value": "{{token}}" }] },
        "variable": [{ "key": "host", "value": "https://notes.example" }],
        "item": [{
            "name": "Notes",
            "item": [
                {
                    "name": "Get a note",
                    "request": {
                        "method": "GET",
                        "url": {
                            "raw": "{{host}}/notes/:id?deep=true",
                            "host": ["{{host}}"],
                            "path": ["notes", ":id"],
                            "query": [{ "key": "deep", "value": "true", "disabled": true }],
                            "variable": [{ "key": "id", "value": "7" }]
                        }
                    },
                    "response": [{ "name": "ok", "code": 200, "body": "{\"id\": 7, \"text\": \"a\", \"tags\": [\"b\"]}" }]
                },
                {
                    "name": "Add a note",
                    "request": {
                        "method": "POST",
                        "url": "{{host}}/notes",
                        "description": "Adds one.",
                        "body": { "mode": "raw", "raw": "{\n  // the text\n  \"text\": \"{{text}}\",\n  \"size\": 1\n}" }
                    },
                    "response": []
                },
                {
                    "name": "Find notes",
                    "request": {
                        "method": "POST",
                        "url": "{{host}}/rpc",
                        "body": {
                            "mode": "raw",
                            "raw": "{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"findNotes\", \"params\": [\"a\", {\"size\": 5}]}"
                        }
                    }
                }
            ]
        }]
    })
}

/// A recording of a browser.
pub fn har() -> Value {
    let entry = |method: &str, url: &str, body: Value, response: &str| {
        json!({
            "startedDateTime": "2026-01-01T00:00:00Z",
            "request": {
                "method": method,
                "url": url,
                "headers": [{ "name": "Authorization", "value": "Bearer abc" }],
                "queryString": [],
                "postData": body,
            },
            "response": {
                "status": 200,
                "content": { "mimeType": "application/json", "text": response },
            },
        })
    };
    let sent = json!({ "mimeType": "application/json", "text": "{\"name\": \"a\"}" });
    json!({ "log": {
        "version": "1.2",
        "creator": { "name": "test", "version": "1" },
        "entries": [
            entry("GET", "https://api.example/v1/files/17?deep=1", json!(null), "{\"id\": 17, \"name\": \"a\"}"),
            entry("GET", "https://api.example/v1/files/18", json!(null), "{\"id\": 18, \"name\": null}"),
            entry("POST", "https://api.example/v1/files", sent, "{\"id\": 19}"),
            entry("GET", "https://cdn.example/logo.png", json!(null), ""),
        ],
    } })
}
