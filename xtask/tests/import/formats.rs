//! OpenAPI 2.0 and 3.1 become 3.0, and YAML is read as it was written.

use serde_json::json;

use crate::support::{converted, imported, vendor};

#[test]
fn openapi_2_becomes_3() {
    let document = converted(&json!({
        "swagger": "2.0",
        "info": { "title": "Acme", "version": "1" },
        "host": "api.acme.example", "basePath": "/v1/", "schemes": ["http", "https"],
        "consumes": ["application/json"], "produces": ["application/json"],
        "securityDefinitions": {
            "login": { "type": "basic" },
            "oauth": { "type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://a.example/a",
                "tokenUrl": "https://a.example/t", "scopes": { "read": "Read." } }
        },
        "security": [{ "oauth": ["read"] }],
        "parameters": {
            "Limit": { "name": "limit", "in": "query", "type": "integer", "maximum": 100 },
            "Thing": { "name": "body", "in": "body", "required": true, "schema": { "$ref": "#/definitions/Thing" } }
        },
        "responses": { "Thing": { "description": "OK", "schema": { "$ref": "#/definitions/Thing" } } },
        "paths": {
            "/things": {
                "get": {
                    "operationId": "listThings", "tags": ["things"],
                    "parameters": [
                        { "$ref": "#/parameters/Limit" },
                        { "name": "ids", "in": "query", "type": "array", "items": { "type": "string" } },
                        { "name": "kinds", "in": "query", "type": "array", "items": { "type": "string" },
                            "collectionFormat": "multi" }
                    ],
                    "responses": { "200": { "$ref": "#/responses/Thing" } }
                },
                "post": {
                    "operationId": "createThing", "tags": ["things"],
                    "parameters": [{ "$ref": "#/parameters/Thing" }],
                    "responses": { "201": { "$ref": "#/responses/Thing" } }
                }
            },
            "/things/{id}/file": {
                "parameters": [{ "name": "id", "in": "path", "required": true, "type": "string" }],
                "post": {
                    "operationId": "sendFile", "tags": ["things"], "consumes": ["multipart/form-data"],
                    "parameters": [
                        { "name": "file", "in": "formData", "type": "file", "required": true },
                        { "name": "note", "in": "formData", "type": "string", "description": "A note." }
                    ],
                    "responses": { "204": { "description": "Done" } }
                },
                "get": {
                    "operationId": "getFile", "tags": ["things"], "produces": ["image/png"],
                    "responses": { "200": { "description": "OK", "schema": { "type": "file" } } }
                }
            }
        },
        "definitions": { "Thing": { "type": "object", "properties": {
            "name": { "type": "string", "x-nullable": true }
        } } }
    }));
    assert_eq!(document["servers"], json!([{ "url": "https://api.acme.example/v1" }]));
    let things = &document["paths"]["/things"];
    assert_eq!(things["get"]["parameters"][0]["$ref"], "#/components/parameters/Limit");
    assert_eq!(things["get"]["parameters"][1]["explode"], json!(false));
    assert_eq!(things["get"]["parameters"][2]["explode"], json!(true));
    assert_eq!(things["post"]["requestBody"]["$ref"], "#/components/requestBodies/Thing");
    let file = &document["paths"]["/things/{id}/file"];
    let form = &file["post"]["requestBody"]["content"]["multipart/form-data"]["schema"];
    assert_eq!(form["properties"]["file"], json!({ "type": "string", "format": "binary" }));
    assert_eq!(form["required"], json!(["file"]));
    assert_eq!(form["properties"]["note"]["description"], "A note.");
    let content = &file["get"]["responses"]["200"]["content"]["image/png"]["schema"];
    assert_eq!(content, &json!({ "type": "string", "format": "binary" }));
    let components = &document["components"];
    assert_eq!(components["schemas"]["Thing"]["properties"]["name"]["nullable"], json!(true));
    assert_eq!(
        components["parameters"]["Limit"]["schema"],
        json!({ "type": "integer", "maximum": 100 })
    );
    assert_eq!(
        components["securitySchemes"]["login"],
        json!({ "type": "http", "scheme": "basic" })
    );
    let flow = &components["securitySchemes"]["oauth"]["flows"]["authorizationCode"];
    assert_eq!(flow["tokenUrl"], "https://a.example/t");
}

#[test]
fn schemas_of_openapi_3_1_become_those_of_3_0() {
    for (before, after) in [
        (json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
        (
            json!({ "type": ["string", "integer"], "minLength": 1, "minimum": 2 }),
            json!({ "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "integer", "minimum": 2 }] }),
        ),
        (
            json!({ "anyOf": [{ "type": "string", "format": "date" }, { "type": "null" }], "title": "T" }),
            json!({ "type": "string", "format": "date", "nullable": true, "title": "T" }),
        ),
        (
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }, { "const": null }] }),
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }], "nullable": true }),
        ),
        (json!({ "const": "a" }), json!({ "type": "string", "enum": ["a"] })),
        (
            json!({ "type": ["string", "null"], "enum": ["a", null] }),
            json!({ "type": "string", "enum": ["a"], "nullable": true }),
        ),
        (
            json!({ "type": "integer", "examples": [1, 2] }),
            json!({ "type": "integer", "example": 1 }),
        ),
        (
            json!({ "type": "integer", "exclusiveMinimum": 0 }),
            json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": true }),
        ),
        (
            json!({ "type": "string", "contentEncoding": "base64" }),
            json!({ "type": "string", "format": "byte" }),
        ),
        (
            json!({ "type": "array", "prefixItems": [{ "type": "number" }, { "type": "number" }] }),
            json!({ "type": "array", "items": { "type": "number" } }),
        ),
        (
            json!({ "type": "object", "patternProperties": { "^x": { "type": "string" } } }),
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        ),
        (
            json!({ "type": "object", "properties": { "a": true }, "unevaluatedProperties": false }),
            json!({ "type": "object", "properties": { "a": {} }, "additionalProperties": false }),
        ),
        (
            json!({ "$ref": "#/components/schemas/Other", "description": "D", "deprecated": true }),
            json!({ "allOf": [{ "$ref": "#/components/schemas/Other" }], "description": "D", "deprecated": true }),
        ),
        (
            json!({ "anyOf": [{ "$ref": "#/components/schemas/Other" }, { "type": "null" }] }),
            json!({ "allOf": [{ "$ref": "#/components/schemas/Other" }], "nullable": true }),
        ),
    ] {
        let mut file = vendor();
        file["openapi"] = json!("3.1.0");
        file["components"]["schemas"]["Other"] = json!({ "type": "object" });
        file["components"]["schemas"]["Album"]["properties"]["probe"] = before.clone();
        let album = &converted(&file)["components"]["schemas"]["Album"];
        assert_eq!(album["properties"]["probe"], after, "{before}");
    }
}

#[test]
fn strings_are_written_so_that_they_are_read_again() {
    for text in [
        "",
        " ",
        "a: b",
        "a #b",
        "- a",
        "'a'",
        "\"a\"",
        "yes",
        "1.0",
        "0x1f",
        "~",
        "null",
        "2020-01-01",
        "a\nb",
        "a\n\n  b\n",
        "\n\na",
        "a \n b",
        "tab\there",
        "ends with:",
        "[a",
        "{a}",
        "a, b",
        "é",
        "\u{2028}",
        "\u{1f600}",
        "%a",
        "@a",
        "`a`",
        "!a",
        "&a",
        "*a",
        "? a",
        "| a",
        "> a",
        "a\\b",
        "# a",
        "--- a",
        "...",
        "<<",
        "=",
        "1_000",
        "12:30:45",
        "on",
        "a  b",
        "a\r\nb",
        "\u{feff}a",
        "trailing ",
        "ends\n\n",
        "line one\n# not a comment\n  indented\n",
    ] {
        for long in [text.to_owned(), format!("{text}{}{text}", " word".repeat(40))] {
            let mut file = vendor();
            file["info"]["description"] = json!(long);
            file["components"]["schemas"]["Album"]["properties"]["title"]["example"] =
                json!({ long.as_str(): [long] });
            file["components"]["schemas"]["Album"]["properties"]["kind"]["enum"] =
                json!([long, "x"]);
            file["components"]["schemas"]["Cover"] = json!({ "description": long });
            // The import itself compares what it wrote with what is read again.
            imported(&file);
        }
    }
}
