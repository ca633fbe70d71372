//! Vendors' files that become specifications, and specifications that are updated from later files.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::{
    commands::{generate::pipeline, import::run_in},
    import::{self, Folder, Imported, report::Kind},
    spec::Spec,
};

/// A folder with vendors' files and one for specifications.
struct Workspace {
    folder: TempDir,
}

impl Workspace {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn json(&self, name: &str, value: &Value) -> PathBuf {
        self.file(name, &value.to_string())
    }

    /// The text of a file of the specification.
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("specs/acme").join(name)).unwrap()
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from} is not in {text}");
        fs::write(self.folder.path().join("specs/acme").join(name), text.replace(from, to))
            .unwrap();
    }

    /// Imports files, and returns the report.
    fn import(&self, files: &[PathBuf]) -> String {
        run_in(&self.folder.path().join("specs"), "acme", files, false)
            .unwrap_or_else(|error| panic!("{error:#}"))
            .text
    }

    fn spec(&self) -> Value {
        let folder = Folder::read(&self.folder.path().join("specs/acme")).unwrap();
        Spec::from_sources(&folder.sources("acme")).unwrap().root
    }
}

fn imported(value: &Value) -> Imported {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", value);
    import::import("acme", &[file]).unwrap_or_else(|errors| panic!("{errors}"))
}

fn document(imported: &Imported) -> Value {
    Spec::from_sources(&imported.sources("acme")).unwrap().root
}

/// What the generator makes of an imported file.
fn generates(imported: &Imported) {
    pipeline(&imported.sources("acme")).unwrap_or_else(|errors| panic!("{errors}"));
}

/// A small API as vendors write them: no evidence, no usable tags, two ids.
fn vendor() -> Value {
    json!({
        "openapi": "3.0.1",
        "info": { "title": "Acme API", "version": "1.0" },
        "servers": [{ "url": "https://api.acme.example/v1" }],
        "tags": [{ "name": "Photo Albums", "description": "Albums of photos." }],
        "paths": {
            "/albums": {
                "parameters": [{ "name": "team", "in": "query", "schema": { "type": "string" } }],
                "get": {
                    "tags": ["Photo Albums", "Other"],
                    "description": "Lists the albums of a team. Sorted by name.",
                    "responses": { "200": { "description": "OK", "content": { "application/json": {
                        "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Album" } }
                    } } } }
                },
                "post": {
                    "operationId": "createAlbum",
                    "tags": ["Photo Albums"],
                    "summary": "Creates an album",
                    "requestBody": { "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Album" }
                    } } },
                    "responses": { "200": { "description": "OK", "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Album" }
                    } } } }
                }
            },
            "/types/{id}": {
                "get": {
                    "operationId": "new",
                    "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
                    "responses": { "200": { "description": "OK", "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Error" }
                    } } } }
                }
            }
        },
        "components": { "schemas": {
            "Album": { "type": "object", "properties": {
                "title": { "type": "string" },
                "kind": { "type": "string", "enum": ["open", "closed"] },
                "cover": { "$ref": "#/components/schemas/Cover" }
            } },
            "Cover": { "type": "object", "properties": { "url": { "type": "string" } } },
            "Error": { "type": "object", "properties": { "message": { "type": "string" } } },
            "Unused": { "type": "string" }
        } }
    })
}

#[test]
fn a_vendors_file_gets_the_house_conventions_and_generates() {
    let imported = imported(&vendor());
    generates(&imported);
    let document = document(&imported);
    let list = &document["paths"]["/albums"]["get"];
    assert_eq!(list["operationId"], "listAlbums");
    assert_eq!(list["tags"], json!(["photo-albums"]));
    assert_eq!(list["summary"], "Lists the albums of a team.");
    assert_eq!(list["parameters"][0]["name"], "team");
    assert_eq!(list["x-evidence"], json!({ "confidence": "documented", "sources": ["v1"] }));
    let types = &document["paths"]["/types/{id}"]["get"];
    assert_eq!(types["operationId"], "newTypesOperation", "`new` is reserved");
    assert_eq!(types["tags"], json!(["types-operations"]), "`types` is reserved");
    let target = &types["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(target, "#/components/schemas/AcmeError", "`Error` is reserved");
    assert!(document["components"]["schemas"].get("Unused").is_none());
    assert_eq!(imported.report.count(Kind::LeftOut), 1, "{}", imported.report.text());
    let files: Vec<&String> = imported.files.keys().collect();
    let expected = [
        "README.md",
        "import.map.yaml",
        "inventory.yaml",
        "openapi.yaml",
        "photo-albums.yaml",
        "types-operations.yaml",
    ];
    assert_eq!(files, expected);
}

#[test]
fn the_same_file_gives_the_same_bytes_and_a_second_import_changes_nothing() {
    assert_eq!(imported(&vendor()).files, imported(&vendor()).files);
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    workspace.import(std::slice::from_ref(&file));
    let report = workspace.import(&[file]);
    assert!(report.starts_with("specs/acme: 3 operations in 6 files, 0 changed"), "{report}");
}

#[test]
fn what_was_edited_stays_and_what_is_new_is_added() {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    workspace.import(std::slice::from_ref(&file));
    // A person renames an operation and a schema, corrects a type, and writes a comment.
    workspace.edit(
        "photo-albums.yaml",
        "operationId: createAlbum",
        "operationId: addAlbum # Ours.",
    );
    workspace.edit("photo-albums.yaml", "Album:", "PhotoAlbum: # Renamed.");
    workspace.edit("photo-albums.yaml", "schemas/Album'", "schemas/PhotoAlbum'");
    let edited = workspace.read("photo-albums.yaml");
    let report = workspace.import(std::slice::from_ref(&file));
    assert_eq!(workspace.read("photo-albums.yaml"), edited, "{report}");

    // The vendor's next version.
    let mut next = vendor();
    next["info"]["version"] = json!("1.1");
    let album = &mut next["components"]["schemas"]["Album"]["properties"];
    album["rating"] = json!({ "$ref": "#/components/schemas/Rating" });
    album["kind"]["enum"] = json!(["open", "closed", "shared"]);
    next["components"]["schemas"]["Rating"] =
        json!({ "type": "object", "properties": { "stars": { "type": "integer" } } });
    next["components"]["schemas"]["Cover"]["properties"]["width"] = json!({ "type": "integer" });
    next["paths"]["/albums/{id}"] = json!({ "delete": {
        "operationId": "deleteAlbum",
        "tags": ["Photo Albums"],
        "summary": "Deletes an album",
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": { "204": { "description": "Gone" } }
    } });
    next["paths"]["/albums"]["post"]["parameters"] =
        json!([{ "name": "notify", "in": "query", "schema": { "type": "boolean" } }]);
    next["paths"].as_object_mut().unwrap().remove("/types/{id}");
    let file = workspace.json("acme.json", &next);
    let report = workspace.import(std::slice::from_ref(&file));

    let document = workspace.spec();
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["PhotoAlbum"]["properties"]["kind"]["enum"],
        json!(["open", "closed", "shared"])
    );
    let rating = &schemas["PhotoAlbum"]["properties"]["rating"]["$ref"];
    assert_eq!(rating, "#/components/schemas/Rating", "{report}");
    assert!(schemas.get("Rating").is_some() && schemas.get("Album").is_none(), "{report}");
    assert!(schemas["Cover"]["properties"].get("width").is_some(), "{report}");
    assert_eq!(document["paths"]["/albums/{id}"]["delete"]["operationId"], "deleteAlbum");
    let post = &document["paths"]["/albums"]["post"];
    assert_eq!(
        (&post["operationId"], &post["parameters"][1]["name"]),
        (&json!("addAlbum"), &json!("notify"))
    );
    assert!(document["paths"].get("/types/{id}").is_none(), "{report}");
    let text = workspace.read("photo-albums.yaml");
    assert!(
        text.contains("operationId: addAlbum # Ours.") && text.contains("PhotoAlbum: # Renamed."),
        "{text}"
    );
    // Every other line of before is still there.
    let kept: Vec<&str> = edited.lines().filter(|line| !text.contains(line)).collect();
    assert_eq!(kept, ["          enum: [open, closed]"], "{text}");
    assert!(workspace.read("openapi.yaml").contains("Acme API 1.1: acme.json"), "{report}");
    assert!(workspace.read("inventory.yaml").contains("- deleteAlbum"));

    let folder = Folder::read(&workspace.folder.path().join("specs/acme")).unwrap();
    pipeline(&folder.sources("acme")).unwrap_or_else(|errors| panic!("{errors}\n{text}\n{report}"));
    let report = workspace.import(&[file]);
    assert!(report.contains(", 0 changed"), "{report}");
}

#[test]
fn what_was_removed_or_left_out_does_not_come_back() {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", &vendor());
    workspace.import(std::slice::from_ref(&file));
    let text = workspace.read("photo-albums.yaml");
    let start = text.find("    post:").unwrap();
    let end = text[start..].find("\ncomponents:").unwrap() + start;
    workspace.edit("photo-albums.yaml", &text[start..end], "");
    fs::write(
        workspace.folder.path().join("specs/acme/inventory.yaml"),
        "operations: {}\nleft_out:\n  - {name: shareAlbum, reason: Not for clients.}\n",
    )
    .unwrap();
    let mut next = vendor();
    next["paths"]["/albums"]["post"]["summary"] = json!("Makes an album");
    next["paths"]["/share"] = json!({ "post": {
        "operationId": "shareAlbum", "responses": { "204": { "description": "Done" } }
    } });
    let file = workspace.json("acme.json", &next);
    let report = workspace.import(&[file]);
    let document = workspace.spec();
    assert!(document["paths"]["/albums"].get("post").is_none(), "{report}");
    assert!(document["paths"].get("/share").is_none(), "{report}");
}

#[test]
fn several_files_are_one_document() {
    let workspace = Workspace::new();
    let root = workspace.file(
        "api/openapi.yml",
        "openapi: 3.0.0\ninfo: {title: Acme, version: '1'}\npaths:\n  /things:\n    $ref: paths/things.yml\n  \
         /boxes:\n    get:\n      $ref: 'paths/things.yml#/get'\ncomponents:\n  schemas:\n    Thing: {$ref: \
         schemas/Thing.yml}\n",
    );
    workspace.file(
        "api/paths/things.yml",
        "get:\n  summary: {$ref: '../words.yml#/things'}\n  parameters:\n    - $ref: '../shared.yml#/Page'\n  \
         responses:\n    '200':\n      description: OK\n      content:\n        application/json:\n          schema: \
         {$ref: ../schemas/Thing.yml}\n",
    );
    workspace.file("api/words.yml", "things: Lists the things.\n");
    workspace.file("api/shared.yml", "Page: {name: page, in: query, schema: {type: integer}}\n");
    workspace.file(
        "api/schemas/Thing.yml",
        "type: object\nproperties:\n  parent: {$ref: Thing.yml}\n  owner: {$ref: 'people.yml#/Owner'}\n",
    );
    workspace.file(
        "api/schemas/people.yml",
        "Owner: {type: object, properties: {name: {$ref: '#/Name'}}}\nName: {type: string}\n",
    );
    let imported = import::import("acme", &[root]).unwrap_or_else(|errors| panic!("{errors}"));
    generates(&imported);
    let document = document(&imported);
    assert_eq!(document["paths"]["/things"]["get"]["summary"], "Lists the things.");
    assert_eq!(
        document["paths"]["/boxes"]["get"]["parameters"][0]["$ref"],
        "#/components/parameters/Page"
    );
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Thing"]["properties"]["parent"]["$ref"], "#/components/schemas/Thing");
    assert_eq!(schemas["Owner"]["properties"]["name"]["$ref"], "#/components/schemas/Name");
}

#[test]
fn bad_files_are_refused_with_place_and_help() {
    let workspace = Workspace::new();
    let root = "openapi: 3.0.0\ninfo: {title: A, version: '1'}\npaths:\n  /x:\n";
    for (name, text, message) in [
        ("a.json", "{\"openapi\": \"3.0.0\", \"paths\": {", "this is not valid JSON"),
        ("b.yaml", "a: [1\n", "this is not valid YAML"),
        ("c.yaml", "a: 1\n", "the format of the file is not known"),
        ("d.yaml", "", "the file is empty"),
        ("e.yaml", "openapi: 3.0.0\npaths: {}\n", "the file describes no operations"),
        (
            "f.yaml",
            &format!("{root}    $ref: missing.yaml\n"),
            "leads to a file that does not exist",
        ),
        ("h.yaml", &format!("{root}    $ref: https://x.example/y.yaml\n"), "leads to the network"),
        ("i.yaml", &format!("{root}    $ref: 'e.yaml#/nowhere'\n"), "leads to nothing"),
        ("j.yaml", &format!("{root}    $ref: k.yaml\n"), "refers to itself"),
    ] {
        workspace.file("k.yaml", "$ref: l.yaml\n");
        workspace.file("l.yaml", "$ref: k.yaml\n");
        let file = workspace.file(name, text);
        let result = run_in(&workspace.folder.path().join("specs"), "acme", &[file], false);
        let error = format!("{:#}", result.unwrap_err());
        assert!(error.contains(message), "{name}: {error}");
        assert!(error.contains(name) || name == "j.yaml", "{name}: {error}");
        assert!(!workspace.folder.path().join("specs").exists(), "{name} changed the folder");
    }
}

/// The document of a file, converted and with conventions.
fn converted(value: &Value) -> Value {
    document(&imported(value))
}

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
        "line one\n# not a comment\n  indented\n",
    ] {
        for long in [text.to_owned(), format!("{text}{}{text}", " word".repeat(40))] {
            let mut file = vendor();
            file["info"]["description"] = json!(long);
            file["components"]["schemas"]["Album"]["properties"]["title"]["example"] =
                json!({ long.as_str(): [long] });
            file["components"]["schemas"]["Album"]["properties"]["kind"]["enum"] =
                json!([long, "x"]);
            // The import itself compares what it wrote with what is read again.
            imported(&file);
        }
    }
}

#[test]
fn extensions_of_others_that_mean_something_else_here_are_left_out() {
    let mut file = vendor();
    file["paths"]["/albums"]["get"]["x-pagination"] = json!("cursor");
    file["components"]["schemas"]["Album"]["x-secret"] = json!("no");
    let imported = imported(&file);
    let document = document(&imported);
    assert!(document["paths"]["/albums"]["get"].get("x-pagination").is_none());
    assert!(document["components"]["schemas"]["Album"].get("x-secret").is_none());
    assert!(imported.report.text().contains("extensions whose names mean something else"));
}
