//! Rules about paths, parameters, responses and keys.

use serde_json::{Value, json};

fn at(path: &str, item: Value) -> Value {
    json!({ "paths": { path: item } })
}

fn get(operation: Value) -> Value {
    at("/x", json!({ "get": operation }))
}

fn parameter(name: &str, place: &str, schema: Value) -> Value {
    json!({ "name": name, "in": place, "schema": schema })
}

/// An example for each rule.
pub(crate) fn examples() -> Vec<(&'static str, Value)> {
    let string = || json!({ "type": "string" });
    let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let body = |schema: Value| json!({ "application/json": { "schema": schema } });
    let shared = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    vec![
        (
            "referenced_paths",
            json!({
                "paths": { "/x": { "$ref": "#/x-paths/x", "summary": "An x." } },
                "x-paths": { "x": { "get": { "operationId": "getX" } } }
            }),
        ),
        (
            "unsupported_methods",
            json!({
                "paths": { "/x": {
                    "get": {},
                    "options": {},
                    "trace": { "responses": { "200": { "content": body(named("Preflight")) } } }
                } },
                "components": { "schemas": { "Preflight": string(), "Unused": string() } }
            }),
        ),
        ("callbacks", get(json!({ "callbacks": { "done": { "{$request.body#/url}": {} } } }))),
        (
            "success",
            json!({ "paths": {
                "/default": { "get": { "responses": { "default": { "description": "The item." } } } },
                "/error": { "get": { "responses": {
                    "default": { "description": "Anything else.", "content": body(named("ApiError")) }
                } } },
                "/redirect": { "get": { "responses": { "302": { "description": "To the file." } } } },
                "/range": { "get": { "responses": { "2xx": { "description": "Any success." } } } },
                "/none": { "get": {}, "delete": {} }
            } }),
        ),
        (
            "error_responses",
            json!({
                "paths": { "/x": { "get": { "responses": {
                    "200": { "description": "It.", "content": body(named("Item")) },
                    "404": { "$ref": "#/components/responses/NotFound" },
                    "4XX": { "description": "Refused.", "content": body(json!({ "enum": [1, "a"] })) },
                    "default": { "description": "Error.", "content": body(named("Problem")) },
                    "soon": { "description": "Not a status." }
                } } } },
                "components": {
                    "responses": { "NotFound": { "description": "None.", "content": body(named("Problem")) } },
                    "schemas": { "Item": string(), "Problem": { "properties": { "code": named("Code") } }, "Code": string(),
                        "Unused": string() }
                }
            }),
        ),
        (
            "response_headers",
            json!({
                "paths": { "/x": { "get": { "responses": { "200": {
                    "description": "It.",
                    "headers": { "X-Rate": { "$ref": "#/components/headers/Rate" } },
                    "links": { "next": {} }
                } } } } },
                "components": { "headers": { "Rate": { "schema": string() } } }
            }),
        ),
        (
            "ignored_headers",
            json!({
                "paths": { "/x": {
                    "parameters": [parameter("Authorization", "header", string())],
                    "get": { "parameters": [
                        shared("Accept"),
                        parameter("accept", "query", string()),
                        parameter("content-TYPE", "header", string())
                    ] }
                } },
                "components": { "parameters": { "Accept": parameter("Accept", "header", string()) } }
            }),
        ),
        (
            "cookies",
            get(json!({ "parameters": [
                parameter("first", "cookie", string()),
                parameter("id", "query", string()),
                parameter("session", "cookie", string())
            ] })),
        ),
        (
            "reference_siblings",
            json!({
                "paths": { "/x": { "get": { "parameters": [
                    { "$ref": "#/components/parameters/Id", "description": "The id.", "required": true }
                ] } } },
                "components": {
                    "parameters": { "Id": parameter("id", "query", string()) },
                    "schemas": {
                        "A": { "type": "string", "maxLength": 9 },
                        "B": { "type": "object", "properties": { "a": {
                            "$ref": "#/components/schemas/A", "description": "An A.", "nullable": true, "type": "string",
                            "example": "a", "x-b": 1, "maxLength": 5, "format": "uuid"
                        } } }
                    }
                }
            }),
        ),
        (
            "enum_extensions",
            json!({ "components": { "schemas": {
                "A": { "enum": ["1", "2"], "x-enum-varnames": ["ONE_THING", "twoThings"] },
                "B": { "enum": ["1", "2"], "x-enumNames": ["Same", "SAME"], "x-enumDescriptions": { "2": "Two.", "1": "One." } },
                "C": { "enum": ["1"], "x-enum-varnames": ["Foreign"], "x-enum-names": ["Own"] }
            } } }),
        ),
        (
            "unknown_keys",
            json!({
                "paths": { "/x": { "get": { "operatonId": "x", "x-idempotant": true, "x-other": 1 } } },
                "components": { "schemas": { "A": {
                    "type": "object", "requried": ["a"], "$defs": {}, "properties": { "a": { "const": "fixed" } }
                } } }
            }),
        ),
        (
            "slashes",
            json!({ "paths": { "x/y": { "get": {} }, "//z": { "get": {} }, "/a b": { "get": {} } } }),
        ),
        (
            "path_expressions",
            at(
                "/files/{path*}/{id:[0-9]{2}}/{a b}{?size,page}",
                json!({ "get": { "parameters": [parameter("path*", "path", string()), parameter("a b", "path", string())] } }),
            ),
        ),
        (
            "path_queries",
            json!({ "paths": {
                "/rest?method=photos.get&format=json": { "get": { "operationId": "getPhoto" } },
                "/rest?method=people.get&user={user}": {
                    "parameters": [parameter("user", "path", string())],
                    "get": { "operationId": "getPerson" }
                },
                "/search?q={q}": { "get": { "operationId": "search", "parameters": [parameter("q", "path", string())] } },
                "/search": { "get": { "operationId": "searchAll" } }
            } }),
        ),
        (
            "path_parameters",
            json!({
                "paths": {
                    "/optional/{id}": { "get": { "parameters": [parameter("id", "path", string())] } },
                    "/renamed/{itemId}": { "get": { "parameters": [shared("Id")] } },
                    "/moved/{id}": { "get": { "parameters": [parameter("id", "query", string())] } },
                    "/missing/{id}/{part}": { "get": {}, "put": { "parameters": [] } },
                    "/unused": {
                        "parameters": [shared("Id")],
                        "get": { "parameters": [parameter("other", "path", string()), parameter("q", "query", string())] }
                    }
                },
                "components": { "parameters": { "Id": parameter("id", "path", json!({ "type": "integer" })) } }
            }),
        ),
        (
            "parameter_content",
            get(json!({ "parameters": [
                { "name": "filter", "in": "query", "content": body(json!({ "type": "object" })) },
                { "name": "X-Filter", "in": "header", "content": body(json!({ "type": "object" })) },
                { "name": "text", "in": "query", "content": { "text/plain": { "schema": string() } } },
                { "name": "old", "in": "query", "type": "array", "items": string() }
            ] })),
        ),
        (
            "parameter_styles",
            get(json!({ "parameters": [
                { "name": "a", "in": "query", "style": "simple", "schema": { "type": "array", "items": string() } },
                { "name": "b", "in": "header", "style": "form", "schema": string() },
                { "name": "c", "in": "path", "style": "matrix", "schema": string() }
            ] })),
        ),
        (
            "parameter_types",
            json!({
                "paths": { "/x": { "get": { "parameters": [
                    parameter("a", "header", named("Item")),
                    parameter("b", "query", json!({ "type": "array", "items": named("Other") })),
                    { "name": "c", "in": "query", "style": "deepObject", "schema": { "type": "array", "items": named("Other") } },
                    parameter("d", "query", named("Other"))
                ] } } },
                "components": { "schemas": { "Item": { "type": "object" }, "Other": { "properties": { "a": string() } } } }
            }),
        ),
        (
            "response_descriptions",
            json!({
                "paths": { "/x": { "get": { "responses": { "200": { "$ref": "#/components/responses/A" }, "204": {} } } } },
                "components": { "responses": { "A": {} } }
            }),
        ),
        (
            "security_schemes",
            json!({
                "security": [{ "token": [] }, { "gone": [] }],
                "paths": { "/x": {
                    "get": { "security": [{ "gone": [] }] },
                    "put": { "security": [] },
                    "post": { "security": [{ "token": null }] }
                } },
                "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" }, "odd": { "type": "cookie" } } }
            }),
        ),
        (
            "servers",
            json!({
                "servers": [{ "url": "https://{company}.acme.example/api/v4/", "variables": { "company": { "default": "www" } } }],
                "paths": {
                    "/old": { "servers": [{ "url": "https://www.acme.example/api/v1" }], "get": {}, "put": { "servers": [] } },
                    "/same": { "get": { "servers": [{ "url": "https://other.example" }, { "url": "https://www.acme.example/api/v4" }] } },
                    "/upload": { "post": { "servers": [{
                        "url": "https://{host}/files", "variables": { "host": { "default": "upload.acme.example" } }
                    }] } },
                    "/variable": { "get": { "servers": [{
                        "url": "https://{company}-files.acme.example", "variables": { "company": { "default": "www" } }
                    }] } },
                    "/foreign": {
                        "get": { "servers": [{ "url": "https://cdn.example" }] },
                        "put": { "servers": [{ "url": "https://cdn.example" }], "security": [{ "token": [] }] }
                    },
                    "/signed": { "put": { "servers": [{ "url": "upload_url" }] } }
                }
            }),
        ),
        (
            "equal_paths",
            json!({ "paths": {
                "/x/{id}": { "get": {} }, "/x/{name}": { "get": {}, "put": {} }, "/x/{id}#again": { "get": {} }
            } }),
        ),
    ]
}
