//! Overlays: what each kind of action does to a document, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::{
    diagnostic::Diagnostics,
    import::{draft::Order, input::Input},
    overlay::{self, Applied},
};

fn input(folder: &Path, text: &str) -> Input {
    let path = folder.join("overlay.yaml");
    fs::write(&path, text).unwrap();
    Input::read(&path, &mut Order::default()).unwrap()
}

fn overlaid(text: &str, document: &Value) -> Result<(Value, Vec<Applied>), Diagnostics> {
    let folder = TempDir::new().unwrap();
    overlay::apply(&overlay::read(&input(folder.path(), text))?, document)
}

/// The document after these actions, which are written in flow style.
fn after(version: &str, actions: &str) -> Result<Value, String> {
    let text =
        format!("overlay: {version}\ninfo: {{title: t, version: '1'}}\nactions: [{actions}]");
    overlaid(&text, &document()).map(|(document, _)| document).map_err(|error| error.to_string())
}

fn document() -> Value {
    json!({
        "info": { "title": "Old", "x-owner": "a" },
        "servers": [{ "url": "https://a.example", "description": "Test" }, { "url": "https://b.example" }],
        "tags": ["a", "b", "a"],
        "paths": {
            "/a": { "get": { "summary": "A.", "tags": ["a"] } },
            "/b": { "get": { "deprecated": true }, "post": {} },
        },
    })
}

/// The document with some values replaced.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut document = document();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => parent.remove(&name.replace("~1", "/")),
            value => parent.insert(name.replace("~1", "/"), value.clone()),
        };
    }
    document
}

#[test]
fn actions_change_what_their_target_selects() {
    let cases = [
        // Objects are merged, and members of both recursively.
        (
            "$.info",
            "update: {title: New, license: {name: MIT}}",
            with(&[("/info/title", json!("New")), ("/info/license", json!({ "name": "MIT" }))]),
        ),
        (
            "$",
            "update: {info: {title: New}, tags: [c]}",
            with(&[("/info/title", json!("New")), ("/tags", json!(["a", "b", "a", "c"]))]),
        ),
        (
            "$.paths['/a']",
            "update: {get: {tags: [b], summary: null}}",
            with(&[("/paths/~1a", json!({ "get": { "summary": null, "tags": ["a", "b"] } }))]),
        ),
        // An item is appended to a list.
        (
            "$.servers",
            "update: {url: c}",
            with(&[(
                "/servers",
                json!([{ "url": "https://a.example", "description": "Test" }, { "url": "https://b.example" }, { "url": "c" }]),
            )]),
        ),
        // Several nodes, by wildcard and by filter.
        (
            "$.paths.*.get",
            "update: {x-safe: true}",
            with(&[
                (
                    "/paths/~1a",
                    json!({ "get": { "summary": "A.", "tags": ["a"], "x-safe": true } }),
                ),
                (
                    "/paths/~1b",
                    json!({ "get": { "deprecated": true, "x-safe": true }, "post": {} }),
                ),
            ]),
        ),
        (
            "$.paths.*[?@.deprecated == true]",
            "remove: true",
            with(&[("/paths/~1b", json!({ "post": {} }))]),
        ),
        (
            "$.servers[?@.description == 'Test']",
            "remove: true",
            with(&[("/servers", json!([{ "url": "https://b.example" }]))]),
        ),
        ("$.servers[*]", "remove: true", with(&[("/servers", json!([]))])),
        ("$.servers", "remove: true", with(&[("/servers", Value::Null)])),
        // `remove` takes precedence; nothing selected, and nothing to do, change nothing.
        ("$.info.title", "remove: true, update: {a: b}", with(&[("/info/title", Value::Null)])),
        ("$.absent", "update: {a: b}", document()),
        ("$.info", "description: Only words.", document()),
        ("$.info", "remove: false, x-why: none", document()),
        ("$.info.x-owner", "remove: true", with(&[("/info/x-owner", Value::Null)])),
    ];
    for (target, action, expected) in cases {
        let action = format!("{{target: \"{target}\", {action}}}");
        for version in ["1.0.0", "1.1.0"] {
            assert_eq!(after(version, &action), Ok(expected.clone()), "{version} {action}");
        }
    }
}

#[test]
fn version_1_1_also_changes_plain_values_and_lists_and_copies() {
    let cases = [
        ("$.info.title", "update: New", with(&[("/info/title", json!("New"))])),
        ("$.tags", "update: [c, d]", with(&[("/tags", json!(["a", "b", "a", "c", "d"]))])),
        ("$.tags[?@ == 'a']", "remove: true", with(&[("/tags", json!(["b"]))])),
        ("$.tags[*]", "update: c", with(&[("/tags", json!(["c", "c", "c"]))])),
        (
            "$.paths['/b']",
            "copy: \"$.paths['/a']\"",
            with(&[(
                "/paths/~1b",
                json!({ "get": { "deprecated": true, "summary": "A.", "tags": ["a"] }, "post": {} }),
            )]),
        ),
        (
            "$.info.title",
            "copy: \"$.paths['/a'].get.summary\"",
            with(&[("/info/title", json!("A."))]),
        ),
        (
            "$.tags",
            "copy: \"$.paths['/a'].get.tags\"",
            with(&[("/tags", json!(["a", "b", "a", "a"]))]),
        ),
    ];
    for (target, action, expected) in cases {
        let action = format!("{{target: \"{target}\", {action}}}");
        assert_eq!(after("1.1.0", &action), Ok(expected), "{action}");
    }
    // In version 1.0, the value is always one entry.
    let appended = after("1.0.0", "{target: $.tags, update: [c]}").unwrap();
    assert_eq!(appended["tags"], json!(["a", "b", "a", ["c"]]));
}

#[test]
fn actions_see_the_result_of_those_before_them() {
    let moved = after(
        "1.1.0",
        "{target: $.paths, update: {/c: {}}}, {target: \"$.paths['/c']\", copy: \"$.paths['/a']\"}, \
         {target: \"$.paths['/a']\", remove: true}",
    );
    let a = document()["paths"]["/a"].clone();
    assert_eq!(moved, Ok(with(&[("/paths/~1a", Value::Null), ("/paths/~1c", a)])));
    let replaced = after(
        "1.0.0",
        "{target: $.servers, remove: true}, {target: $, update: {servers: [{url: c}]}}",
    );
    assert_eq!(replaced, Ok(with(&[("/servers", json!([{ "url": "c" }]))])));
}

#[test]
fn actions_that_do_not_fit_are_refused_with_their_place() {
    for (version, action, expected) in [
        (
            "1.1.0",
            "{target: $.info, update: text}",
            "a plain value cannot be merged into an object",
        ),
        ("1.0.0", "{target: $.info, update: {title: [a]}}", "`title` is a plain value"),
        ("1.1.0", "{target: $, update: {tags: {a: b}}}", "`tags` is a list"),
        ("1.1.0", "{target: '$.*', update: {a: b}}", "different kinds of nodes"),
        ("1.0.0", "{target: $.info.title, update: New}", "version 1.0 cannot update"),
        ("1.0.0", "{target: '$.tags[0]', remove: true}", "version 1.0 cannot remove"),
        ("1.1.0", "{target: $, remove: true}", "the root of the document"),
        ("1.1.0", "{target: $.info, copy: '$.servers[*]'}", "selects 2"),
        ("1.1.0", "{target: $.info, copy: $.absent}", "selects 0"),
    ] {
        let error = after(version, action).unwrap_err();
        assert!(error.contains(expected), "{action}: {error}");
        assert!(error.contains("overlay.yaml:3:11"), "{error}");
    }
}

#[test]
fn overlays_that_are_not_valid_are_refused() {
    let valid = json!({
        "overlay": "1.1.0",
        "info": { "title": "t", "version": "1" },
        "extends": "openapi.yaml",
        "actions": [{ "target": "$.info", "update": { "title": "New" }, "description": "Why.", "x-a": 1 }],
        "x-b": 1,
    });
    let folder = TempDir::new().unwrap();
    let read = |overlay: &Value| overlay::read(&input(folder.path(), &overlay.to_string()));
    assert_eq!(read(&valid).unwrap().extends.as_deref(), Some("openapi.yaml"));
    let action = |value: Value| ("/actions", json!([value]));
    for (pointer, value) in [
        ("", json!(["a"])),
        ("", json!("overlay")),
        ("/overlay", json!("1.1")),
        ("/overlay", json!("2.0.0")),
        ("/overlay", json!(1)),
        ("/overlay", json!("1.1.x")),
        ("/info", json!("t")),
        ("/info", json!({ "title": "t" })),
        ("/info", json!({ "version": "1" })),
        ("/info/title", json!(1)),
        ("/info/version", json!(false)),
        ("/info/description", json!(1)),
        ("/info/other", json!("a")),
        ("/extends", json!({})),
        ("/other", json!(true)),
        ("/actions", json!([])),
        ("/actions", json!({})),
        ("/actions", json!([{ "target": "$" }, { "target": "$" }])),
        action(json!(1)),
        action(json!({})),
        action(json!({ "update": {} })),
        action(json!({ "target": 1 })),
        action(json!({ "target": "info" })),
        action(json!({ "target": "$.[" })),
        action(json!({ "target": "$", "remove": "yes" })),
        action(json!({ "target": "$", "copy": 1 })),
        action(json!({ "target": "$", "copy": "info" })),
        action(json!({ "target": "$", "description": 1 })),
        action(json!({ "target": "$", "other": 1 })),
        action(json!({ "target": "$", "update": {}, "copy": "$.info" })),
    ] {
        let mut overlay = valid.clone();
        match pointer.rsplit_once('/') {
            Some((parent, name)) => overlay.pointer_mut(parent).unwrap()[name] = value,
            None => overlay = value,
        }
        assert!(read(&overlay).is_err(), "{overlay}");
    }
    // What version 1.1 added is not a part of version 1.0.
    let mut old = valid;
    old["overlay"] = json!("1.0.0");
    assert!(read(&old).is_ok());
    old["actions"] = json!([{ "target": "$", "copy": "$.info" }]);
    let error = read(&old).unwrap_err().to_string();
    assert!(error.contains("`copy` is not a key"), "{error}");
    assert!(error.contains("overlay.yaml:1:"), "{error}");
}
