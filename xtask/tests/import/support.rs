//! What the tests of the import share.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::{
    commands::{generate::pipeline, import::run_in},
    import::{self, Folder, Imported},
    spec::Spec,
};

/// A folder with vendors' files and one for specifications.
pub(crate) struct Workspace {
    pub folder: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn json(&self, name: &str, value: &Value) -> PathBuf {
        self.file(name, &value.to_string())
    }

    /// The text of a file of the specification.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("specs/acme").join(name)).unwrap()
    }

    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{from} is not in {text}");
        fs::write(self.folder.path().join("specs/acme").join(name), text.replace(from, to))
            .unwrap();
    }

    /// Imports files, and returns the report.
    pub(crate) fn import(&self, files: &[PathBuf]) -> String {
        run_in(&self.folder.path().join("specs"), "acme", files, false)
            .unwrap_or_else(|error| panic!("{error:#}"))
            .text
    }

    pub(crate) fn spec(&self) -> Value {
        let folder = Folder::read(&self.folder.path().join("specs/acme")).unwrap();
        Spec::from_sources(&folder.sources("acme")).unwrap().root
    }
}

pub(crate) fn imported(value: &Value) -> Imported {
    let workspace = Workspace::new();
    let file = workspace.json("acme.json", value);
    import::import("acme", &[file]).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn document(imported: &Imported) -> Value {
    Spec::from_sources(&imported.sources("acme")).unwrap().root
}

/// What the generator makes of an imported file.
pub(crate) fn generates(imported: &Imported) {
    pipeline(&imported.sources("acme")).unwrap_or_else(|errors| panic!("{errors}"));
}

/// A small API as vendors write them: no evidence, no usable tags, two ids.
pub(crate) fn vendor() -> Value {
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

/// The document of a file, converted and with conventions.
pub(crate) fn converted(value: &Value) -> Value {
    document(&imported(value))
}
