//! Operations, lists and errors.

use std::fs;

use oneteg_test_kit::recorder::{CANARY, json_response};
use serde_json::{Value, json};

use crate::{
    common::{Cli, Vendors},
    server::{Server, connected, netx, parsed},
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

#[test]
fn a_query_that_does_not_fit_loses_no_result_of_a_call_that_was_made() {
    let server = netx(json!({ "id": 7, "name": "Spring" }));
    let cli = connected(&server);
    let create = ["nx", "create-collection", "--json", "{\"collection\":{},\"assetIds\":[]}"];
    for arguments in [&create[..], &["api", "nx", "RPC", "createCollection"]] {
        for output in [&[][..], &["-o", "csv"], &["-o", "table"], &["-o", "ndjson"]] {
            let done = cli.run(&[arguments, &["--query", ".name[].first"], output].concat());
            assert_eq!(done.code, 5, "{done:?}");
            assert_eq!(parsed(&done.out), json!({ "id": 7, "name": "Spring" }));
            let expected = "error: the call was made, but the query does not fit the result: ";
            assert!(done.err.contains(expected), "{}", done.err);
            assert!(!done.err.contains("without --query"), "{}", done.err);
            assert_eq!(server.requests().len(), 1);
        }
    }
    let done = cli.run(&[&create[..], &["--query", ".id"]].concat());
    assert_eq!((done.code, done.out.as_str()), (0, "7\n"), "{done:?}");
    server.requests();
    // What is wrong with a query alone is found before anything is sent.
    for arguments in [&create[..], &["api", "nx", "RPC", "createCollection"]] {
        let error = cli.fails(2, &[arguments, &["--query", ".["]].concat());
        assert!(error.contains("is not a jq filter"), "{error}");
    }
    // So is what does not fit a request that is not sent.
    cli.fails(2, &[&create[..], &["--query", ".body[].x.y", "--dry-run"]].concat());
    assert!(server.requests().is_empty());
}

#[test]
fn a_query_that_does_not_fit_a_page_loses_no_item() {
    let server = Server::start(|request| {
        let start = request.json()["params"][2]["page"]["startIndex"].as_u64().unwrap_or(0);
        let items = match start {
            0 => json!([{ "id": 1, "name": "a" }, { "id": 2, "name": "b" }]),
            2 => json!([{ "id": 3, "name": "c" }, 4]),
            _ => json!([{ "id": 5, "name": "e" }]),
        };
        let result = json!({ "results": items, "size": 5 });
        let id = &request.json()["id"];
        json_response(json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string())
    });
    let cli = connected(&server);
    let list = ["nx", "get-assets-by-folder", "1", "true", "--all", "--page-size", "2"];
    let done = cli.run(&[&list[..], &["--query", ".[].name"]].concat());
    assert_eq!(done.code, 5, "{done:?}");
    let (fitting, rest) = done.out.split_once('[').unwrap();
    assert_eq!(fitting, "a\nb\n");
    let expected = json!([{ "id": 3, "name": "c" }, 4, { "id": 5, "name": "e" }]);
    assert_eq!(parsed(&format!("[{rest}")), expected);
    assert!(done.err.contains("the call was made, but the query"), "{}", done.err);
    // Rows have no columns for what the query would have left out.
    let done = cli.run(&[&list[..], &["--query", ".[] | {name}", "-o", "csv"]].concat());
    assert_eq!(done.code, 5, "{done:?}");
    assert!(done.out.starts_with("name\r\na\r\nb\r\n["), "{}", done.out);
    assert!(done.out.contains("\"id\": 5"), "{}", done.out);
}

#[test]
fn a_query_for_what_is_no_json_is_refused_before_anything_is_sent() {
    let server = netx(json!({}));
    let cli = connected(&server);
    let to = cli.folder().join("a.jpg");
    let file = ["nx", "get-asset-original", "7", "--to", to.to_str().unwrap()];
    let error = cli.fails(2, &[&file[..], &["--query", ".a"]].concat());
    assert!(error.contains("--query is for JSON"), "{error}");
    assert!(server.requests().is_empty() && !to.exists());
    // The request of a dry run is JSON.
    let method = cli.ok(&[&file[..], &["--query", ".method", "--dry-run"]].concat());
    assert_eq!(method, "GET\n");
}

#[test]
fn a_word_that_may_be_a_secret_without_its_flag_is_not_repeated() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let error = cli.fails(2, &["ne", "update-share-link", "7", "s3cr3t-canary"]);
    assert!(!error.contains("canary"), "{error}");
    assert!(error.contains("unexpected argument 2 (not shown"), "{error}");
}

#[test]
fn a_file_with_arguments_that_is_missing_is_not_found() {
    let server = netx(json!({}));
    let cli = connected(&server);
    let error = cli.fails(4, &["nx", "create-collection", "--json", "@nope.json"]);
    assert!(error.contains("--json: there is no file nope.json"), "{error}");
    assert!(server.requests().is_empty());
}

#[test]
fn a_number_is_described_as_people_write_it() {
    let server = netx(json!({}));
    let cli = connected(&server);
    for (value, expected) in [
        ("-1", "it takes a whole number, which is not negative"),
        ("x", "it takes a whole number, which is not negative"),
        ("99999999999999999999", "the number is too large"),
    ] {
        let limit = format!("--limit={value}");
        let error = cli.fails(2, &["nx", "get-assets-by-folder", "1", "true", &limit]);
        assert!(error.contains(expected) && error.contains("'--limit <ITEMS>'"), "{error}");
        let error = cli.fails(2, &["api", "nx", "GET", "/x", &format!("--timeout={value}")]);
        assert!(error.contains(expected) && error.contains("'--timeout <SECONDS>'"), "{error}");
    }
    assert!(server.requests().is_empty());
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
