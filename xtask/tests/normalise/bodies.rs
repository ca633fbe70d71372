//! Rules about bodies, forms and successes.

use serde_json::{Value, json};

fn request(content: Value) -> Value {
    json!({ "operationId": "send", "requestBody": { "content": content }, "responses": {} })
}

fn only(operation: Value) -> Value {
    json!({ "paths": { "/x": { "post": operation } } })
}

/// An example for each rule.
pub(crate) fn examples() -> Vec<(&'static str, Value)> {
    let string = || json!({ "type": "string" });
    let file = || json!({ "type": "string", "format": "binary" });
    let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    vec![
        (
            "empty_bodies",
            json!({
                "paths": {
                    "/x": { "post": request(json!({})) },
                    "/y": { "post": { "requestBody": { "$ref": "#/components/requestBodies/None" } } }
                },
                "components": { "requestBodies": { "None": { "description": "Nothing." } } }
            }),
        ),
        (
            "exact_media_types",
            json!({ "paths": {
                "/json": { "post": request(json!({ "*/*": { "schema": named("Item") } })) },
                "/bytes": { "post": request(json!({ "*/*": { "schema": file() } })) },
                "/word": { "post": request(json!({ "json": { "schema": string() } })) },
                "/none": { "post": request(json!({ "": { "schema": { "type": "integer" } } })) },
                "/image": { "post": request(json!({ "image/*": {} })) },
                "/form": { "post": request(json!({ "Multipart/Form-Data; boundary=x": {} })) },
                "/read": { "get": { "responses": {
                    "200": { "description": "It.", "content": { "*/*": { "schema": { "type": "boolean" } } } },
                    "201": { "description": "It.", "content": { "*/*": { "schema": string() } } },
                    "203": { "description": "A picture.", "content": { "application/json": { "schema": file() } } },
                    "404": { "description": "None.", "content": { "*/*": { "schema": named("Item") } } }
                } } }
            }, "components": { "schemas": { "Item": { "properties": { "id": string() } } } } }),
        ),
        (
            "one_request_media_type",
            json!({
                "paths": {
                    "/same": { "post": request(json!({
                        "text/json": { "schema": named("Item") },
                        "application/json": { "schema": named("Item") },
                        "application/vnd.x+json": { "schema": named("Item") }
                    })) },
                    "/json": { "post": request(json!({
                        "application/x-www-form-urlencoded": { "schema": named("Fields") },
                        "application/json": { "schema": named("Item") }
                    })) },
                    "/file": { "post": request(json!({
                        "application/json": { "schema": named("Item") },
                        "multipart/form-data": { "schema": { "allOf": [named("Item"), { "properties": { "files": {
                            "type": "array", "items": file()
                        } } }] } }
                    })) },
                    "/other": { "post": request(json!({ "application/xml": {}, "text/csv": {} })) }
                },
                "components": { "schemas": {
                    "Item": { "type": "object", "properties": { "id": string() } },
                    "Fields": { "type": "object", "properties": { "id": string() } }
                } }
            }),
        ),
        (
            "multipart_forms",
            json!({
                "paths": {
                    "/parts": { "post": request(json!({ "multipart/form-data": { "schema": { "allOf": [
                        named("Base"),
                        { "type": "object", "required": ["file"], "properties": { "file": file() } }
                    ] } } })) },
                    "/either": { "post": request(json!({ "multipart/form-data": { "schema": { "oneOf": [
                        { "type": "object", "required": ["file"], "properties": { "file": file() } },
                        { "type": "object", "required": ["url"], "properties": { "url": string() } }
                    ] } } })) },
                    "/any": { "post": request(json!({ "multipart/form-data": { "schema": { "type": "object" } } })) },
                    "/none": { "post": request(json!({ "multipart/form-data": {} })) },
                    "/list": { "post": request(json!({ "multipart/form-data": { "schema": {
                        "type": "array", "items": file()
                    } } })) }
                },
                "components": { "schemas": {
                    "Base": { "type": "object", "required": ["name"], "properties": { "name": string() } }
                } }
            }),
        ),
        (
            "url_encoded_forms",
            json!({ "paths": {
                "/fields": { "post": request(json!({ "application/x-www-form-urlencoded": { "schema": {
                    "type": "object",
                    "properties": {
                        "name": string(),
                        "tags": { "type": "array", "items": string() },
                        "address": { "type": "object", "properties": { "city": string() } },
                        "lines": { "type": "array", "items": { "type": "object" } },
                        "filter": { "type": "object" }
                    }
                }, "encoding": { "filter": { "contentType": "application/json" } } } })) },
                "/any": { "post": request(json!({ "application/x-www-form-urlencoded": {} })) },
                "/text": { "post": request(json!({ "application/x-www-form-urlencoded": { "schema": string() } })) }
            } }),
        ),
        (
            "one_kind_of_success",
            only(json!({ "responses": {
                "200": { "description": "The file.", "content": { "application/pdf": { "schema": file() } } },
                "202": { "description": "Not yet.", "content": { "application/json": { "schema": named("State") } } },
                "204": { "description": "Empty." }
            } })),
        ),
        (
            "one_object_of_successes",
            json!({
                "paths": { "/x": { "post": { "operationId": "save", "responses": {
                    "200": { "$ref": "#/components/responses/Known" },
                    "201": { "description": "Created.", "content": { "application/json": { "schema": {
                        "type": "object", "required": ["id", "size"],
                        "properties": { "id": string(), "size": { "type": "integer" }, "state": { "type": "integer" } }
                    } } } }
                } } } },
                "components": {
                    "responses": { "Known": { "description": "Known.", "content": { "application/json": { "schema": {
                        "type": "object", "required": ["id"],
                        "properties": { "id": { "type": "string", "description": "Its id." }, "state": string() }
                    } } } } }
                }
            }),
        ),
    ]
}
