//! Operations, lists and errors.

use std::fs;

use oneteg_test_kit::recorder::CANARY;
use serde_json::{Value, json};

use crate::{
    common::{Cli, Vendors},
    server::{connected, netx, parsed},
};

#[test]
fn operations_of_the_three_vendors_by_name_position_and_flag() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    // Snake and camel case are the same name.
    for name in ["get-self", "get_self", "getSelf"] {
        assert_eq!(parsed(&cli.ok(&["nx", name]))["userId"], 1, "{name}");
    }
    let folders = parsed(&cli.ok(&["ne", "list-folders"]));
    let root = folders[0]["id"].as_i64().unwrap().to_string();
    let created =
        parsed(&cli.ok(&["ne", "create-folder", "--parent-id", &root, "--name", "Harbour"]));
    assert_eq!(created["name"], "Harbour");
    let id = created["id"].to_string();
    for arguments in [
        &["ne", "get-folder", &id][..],
        &["ne", "get-folder", "--folder-id", &id],
        &["ne", "get-folder", "--folderId", &id, "--full"],
        // Options may precede the operation.
        &["ne", "-o", "json", "get-folder", &id, "--full=false"],
    ] {
        assert_eq!(parsed(&cli.ok(arguments))["name"], "Harbour", "{arguments:?}");
    }
    let body = cli.write(
        "body.json",
        &json!({ "parent_id": root.parse::<i64>().unwrap(), "name": "a" }).to_string(),
    );
    let at = format!("@{}", body.display());
    let named = parsed(&cli.ok(&["ne", "create-folder", "--json", &at, "--name", "Quay"]));
    assert_eq!(named["name"], "Quay", "a flag sets a member of the body");
    let input = fs::read_to_string(&body).unwrap();
    let done =
        cli.run_with_input(&["ne", "create-folder", "--json", "-", "--name", "Pier"], &input);
    assert_eq!((done.code, parsed(&done.out)["name"].as_str()), (0, Some("Pier")), "{done:?}");
    let deleted = cli.run(&["ne", "delete-folder", &id]);
    assert_eq!(deleted.code, 0, "{deleted:?}");
    assert_eq!(cli.run(&["ne", "get-folder", &id]).code, 4);
}

#[test]
fn lists_are_printed_in_every_format() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let folders = &["nx", "get-folders-by-parent", "1", "--all", "--page-size", "2"];
    let json = parsed(&cli.ok(&[&folders[..], &["--output", "json"]].concat()));
    let count = json.as_array().unwrap().len();
    assert!(count > 2, "more than one page: {json}");
    let lines = cli.ok(&[&folders[..], &["--output", "ndjson"]].concat());
    let items: Vec<Value> = lines.lines().map(parsed).collect();
    assert_eq!(Value::Array(items), json);
    let csv = cli.ok(&[&folders[..], &["--output", "csv"]].concat());
    assert!(csv.lines().count() > count && csv.lines().next().unwrap().contains("name"), "{csv}");
    let table = cli.ok(&[&folders[..], &["--output", "table"]].concat());
    assert!(table.to_lowercase().contains("name"), "{table}");
    let names = cli.ok(&[&folders[..], &["--query", ".[].name"]].concat());
    assert_eq!(names.lines().next(), json[0]["name"].as_str());
    let two = parsed(&cli.ok(&["nx", "get-folders-by-parent", "1", "--limit", "2", "-o", "json"]));
    assert_eq!(two, json!([json[0], json[1]]));
    // Without --all: the response of one request.
    let page = parsed(&cli.ok(&["nx", "get-folders-by-parent", "1"]));
    assert!(page["results"].is_array(), "{page}");
    // Rows are its items.
    let one = cli.run(&[
        "nx",
        "get-folders-by-parent",
        "1",
        "--options",
        r#"{"page":{"startIndex":0,"size":1},"data":["folder.id"]}"#,
        "-o",
        "csv",
    ]);
    assert_eq!((one.code, one.out.lines().count()), (0, 2), "{one:?}");
    assert!(one.err.contains(&format!("1 of {count} items; --all")), "{}", one.err);
}

/// Each line is a command line, and what it prints to standard error follows.
#[test]
fn errors_name_what_was_meant() {
    let server = netx(json!({}));
    let cli = connected(&server);
    let mut shown = String::new();
    for line in [
        "nx get-asset-by-folder 1 true",
        "nx zzzzzz",
        "nx foldrs",
        "nx --output xml",
        "nx get-assets-by-folder",
        "nx get-assets-by-folder 1",
        "nx get-assets-by-folder 1 true 3",
        "nx get-assets-by-folder one true",
        "nx get-assets-by-folder 1 true --option {}",
        "nx get-assets-by-folder 1 true --options {\"page\":",
        "nx get-assets-by-folder --json {\"folderID\":1,\"recursive\":true}",
        "nx get-assets-by-folder --json [1,true]",
        "nx get-assets-by-folder 1 true --limit 0",
        "nx get-assets-by-folder 1 true --header secret",
        "nx import-asset --folder-id 1 --file-name a",
        "nx import-asset --folder-id 1 --file-name a --file missing.jpg",
        "nx get-asset-original 7 --to missing/a.jpg",
        "api nx FETCH /x",
        "api nx GET /x --param a",
        "api nx GET http://example.com/x",
        "api nx RPC getSelf --json {}",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let done = cli.run(&arguments);
        assert!(done.out.is_empty(), "{line}: {}", done.out);
        shown.push_str(&format!("$ oneteg {line}\n{}[{}]\n\n", done.err, done.code));
    }
    assert!(server.requests().is_empty(), "nothing is sent");
    assert!(!shown.contains(CANARY));
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(shown));
}

#[test]
fn the_operations_of_a_connection_are_listed_for_people_and_programs() {
    let server = netx(json!({}));
    let cli = connected(&server);
    let page = cli.ok(&["nx"]);
    assert_eq!(page, cli.ok(&["nx", "--help"]));
    assert!(page.contains("\nfolders:\n") && page.contains("34 operations with"), "{page}");
    let tag = cli.ok(&["nx", "folders"]);
    assert!(tag.contains("get-folders-by-parent") && !tag.contains("get-self"), "{tag}");
    let rows = parsed(&cli.ok(&["nx", "folders", "-o", "json"]));
    let names: Vec<&str> =
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"get-folders-by-parent"), "{names:?}");
    let reading = cli.ok(&["nx", "--query", ".[] | select(.writes | not) | .name"]);
    assert!(reading.contains("get-self\n") && !reading.contains("delete-asset\n"), "{reading}");
    let help = cli.ok(&["nx", "get-assets-by-folder", "--help"]);
    assert!(help.contains("Evidence:") && help.contains("Example:"), "{help}");
    assert!(server.requests().is_empty());
}

/// The folder of connections may be named after the connection as well.
#[test]
fn global_options_may_follow_the_operation() {
    let server = netx(json!({ "id": 7 }));
    let cli = connected(&server);
    let elsewhere = Cli::new();
    let folder = cli.folder().to_str().unwrap();
    assert_eq!(elsewhere.run(&["nx", "get-self"]).code, 4);
    assert_eq!(parsed(&elsewhere.ok(&["nx", "get-self", "--config-dir", folder]))["id"], 7);
    let equals = format!("--config-dir={folder}");
    assert_eq!(parsed(&elsewhere.ok(&["nx", &equals, "get-self", "-q"]))["id"], 7);
}
