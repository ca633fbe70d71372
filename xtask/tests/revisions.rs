//! What can be compared: git revisions, folders, and files of several formats.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use support::{base, changed};
use tempfile::TempDir;
use xtask::{
    change::Class,
    commands::{diff, interface},
    impact::{Impact, pairs},
    revision::{Kind, Part, Revision},
};

fn write(path: &Path, document: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, serde_json::to_string_pretty(document).unwrap()).unwrap();
}

fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.org",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        status.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&status.stderr)
    );
}

/// The rules and classes of all changes between two revisions.
fn found(old: &Revision, new: &Revision) -> Vec<(String, Class, &'static str)> {
    let mut found = Vec::new();
    for (vendor, before, after) in pairs(old, new, &[]).unwrap() {
        let (before, after) = (before.unwrap(), after.unwrap());
        let impact = Impact::of(&vendor, &before, &after, interface::generated).unwrap();
        assert!(impact.notes.is_empty(), "{:?}", impact.notes);
        found.extend(
            impact.changes.iter().map(|(change, _)| (vendor.clone(), change.class, change.rule)),
        );
    }
    found
}

#[test]
fn git_revisions_folders_and_files_are_compared() {
    let workspace = TempDir::new().unwrap();
    let root = workspace.path();
    let file = root.join("specs/test/openapi.yaml");
    let newer = changed(base(), &json!({ "@get/parameters/2": null_free_header() }));
    write(&file, &base());
    git(root, &["init", "-q"]);
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "first"]);
    write(&file, &newer);
    git(root, &["commit", "-q", "-a", "-m", "second"]);
    let elsewhere = TempDir::new().unwrap();
    write(&elsewhere.path().join("openapi.yaml"), &base());
    let single = elsewhere.path().join("vendor.json");
    write(&single, &base());
    fs::rename(elsewhere.path().join("openapi.yaml"), elsewhere.path().join("kept")).unwrap();
    let folder = elsewhere.path().join("folder");
    write(&folder.join("openapi.yaml"), &base());

    let open = |name: &str| Revision::open(root, name, Part::Specs).unwrap();
    let tree = Revision::working_tree(root);
    let expected = vec![("test".to_owned(), Class::Breaking, "parameter-became-required")];
    assert_eq!(found(&open("HEAD~1"), &tree), expected);
    assert_eq!(found(&open("HEAD~1"), &open("HEAD")), expected);
    assert_eq!(found(&open("HEAD"), &tree), []);
    let folder = open(folder.to_str().unwrap());
    let single = open(single.to_str().unwrap());
    assert_eq!((folder.kind, single.kind), (Kind::Folder, Kind::File));
    // Neither names a vendor that the workspace has.
    for revision in [&folder, &single] {
        let error = pairs(revision, &tree, &[]).unwrap_err().to_string();
        assert!(error.contains("--vendor"), "{error}");
    }
    let chosen = pairs(&folder, &tree, &["test".to_owned()]).unwrap();
    assert_eq!(chosen.len(), 1);
    assert_eq!(found(&folder, &single), []);
}

fn null_free_header() -> Value {
    json!({ "name": "X-Trace", "in": "header", "required": true, "schema": { "type": "string" } })
}

#[test]
fn files_of_other_formats_are_imported_first() {
    let folder = TempDir::new().unwrap();
    let older = json!({
        "swagger": "2.0", "info": { "title": "Shelf", "version": "1" }, "host": "shelf.example",
        "paths": { "/books": { "get": {
            "operationId": "listBooks", "produces": ["application/json"],
            "parameters": [{ "name": "author", "in": "query", "type": "string" }],
            "responses": { "200": { "description": "Books.", "schema": { "type": "array", "items": { "type": "string" } } } }
        } } }
    });
    let newer =
        changed(older.clone(), &json!({ "/paths/~1books/get/parameters/0/type": "integer" }));
    let (before, after) = (folder.path().join("a.json"), folder.path().join("b.json"));
    write(&before, &older);
    write(&after, &newer);
    let open =
        |path: &Path| Revision::open(folder.path(), path.to_str().unwrap(), Part::Specs).unwrap();
    let changes = found(&open(&before), &open(&after));
    let is_type = |(_, class, rule): &(String, Class, &str)| {
        (*class, *rule) == (Class::Breaking, "type-changed")
    };
    assert!(changes.iter().any(is_type), "{changes:?}");
}

#[test]
fn a_name_that_is_nothing_is_refused() {
    let folder = TempDir::new().unwrap();
    for name in ["no-such-revision", "--upload-pack=x", "HEAD..main"] {
        let error = Revision::open(folder.path(), name, Part::Specs).unwrap_err().to_string();
        assert!(error.contains("neither a git revision nor a path"), "{error}");
    }
}

#[test]
fn the_impact_of_a_vendors_file_has_its_rust_items() {
    let folder = TempDir::new().unwrap();
    let older = json!({
        "openapi": "3.0.3", "info": { "title": "Shelf", "version": "1" },
        "servers": [{ "url": "https://shelf.example" }],
        "paths": { "/books": { "get": {
            "operationId": "listBooks", "tags": ["books"], "summary": "Lists books.",
            "parameters": [{ "name": "author", "in": "query", "schema": { "type": "string" } }],
            "responses": { "200": { "description": "Books.", "content": { "application/json": { "schema": {
                "type": "array", "items": { "type": "string" }
            } } } } }
        } } }
    });
    let newer =
        changed(older.clone(), &json!({ "/paths/~1books/get/parameters/0/required": true }));
    let (before, after) = (folder.path().join("a.json"), folder.path().join("b.json"));
    write(&before, &older);
    write(&after, &newer);
    let output = diff::run(before.to_str(), after.to_str(), &[], true).unwrap();
    assert!(
        output.text.contains("`Client::list_books` takes `author` too (E0061)"),
        "{}",
        output.text
    );
    assert!(output.text.contains("b.json:"), "{}", output.text);
    assert_eq!(output.json["vendors"][0]["counts"]["breaking"], 1);
}
