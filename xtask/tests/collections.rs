//! Collections of Postman and recordings (HAR) as specifications: what is described, what is removed, and what is
//! refused.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xtask::{
    import::{self, Folder, report::Kind},
    workspace,
};

/// The credential that no output may contain.
const CANARY: &str = "canary-5fd1c0de-token";

fn imported(files: &[(&str, &Value)]) -> (Value, import::Report) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, document)| {
            let path = folder.path().join(name);
            std::fs::write(&path, document.to_string()).unwrap();
            path
        })
        .collect();
    let draft = import::read(&paths).unwrap_or_else(|errors| panic!("{errors}"));
    let document = draft.document.clone();
    let imported = import::import_draft("acme", draft).unwrap_or_else(|errors| panic!("{errors}"));
    for (name, text) in &imported.files {
        assert!(!text.contains(CANARY), "{name}: {text}");
    }
    assert!(!imported.report.text().contains(CANARY));
    (document, imported.report)
}

fn refusal(name: &str, content: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    import::read(&[path]).unwrap_err().to_string()
}

/// A collection of these items.
fn collection(items: &Value) -> Value {
    json!({
        "info": {
            "name": "Acme",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
        },
        "item": items,
    })
}

fn request(name: &str, method: &str, url: &str, body: &str) -> Value {
    let body = if body.is_empty() { json!({}) } else { json!({ "mode": "raw", "raw": body }) };
    json!({ "name": name, "request": { "method": method, "url": url, "body": body, "header": [] } })
}

fn messages(report: &import::Report, kind: Kind) -> Vec<String> {
    let mut found: Vec<String> = report
        .entries
        .iter()
        .filter(|entry| entry.kind == kind)
        .map(|entry| format!("{}: {} [{}]", entry.place, entry.message, entry.detail))
        .collect();
    found.sort();
    found
}

#[test]
fn a_collection_becomes_operations_with_types() {
    let mut get =
        request("get one", "GET", "{{base}}/v1/assets/:assetId?fields=id,name&deep=true", "");
    get["response"] = json!([
        { "name": "One asset", "code": 200, "header": [{ "key": "Content-Type", "value": "application/json" }],
          "body": "{\"id\": 7, \"title\": null}" },
        { "name": "Another", "code": 200, "header": [], "body": "{\"id\": 8, \"title\": \"a\", \"size\": 1.5}" },
        { "name": "None", "code": 404, "header": [], "body": "{\"error\": \"x\"}" },
    ]);
    let create = request(
        "create",
        "POST",
        "{{base}}/v1/assets",
        "{\n  \"name\": \"<string>\", // shown to users\n  \"folderId\": {{folderId}}\n  // \"hidden\": true\n}",
    );
    let document = collection(&json!([
        { "name": "Assets", "description": "Files.", "item": [get, create] },
        { "name": "Other", "item": [request("ping", "GET", "{{base}}/v1/ping", "")] },
    ]));
    let environment = json!({ "name": "e", "values": [{ "key": "base", "value": "https://{{tenant}}.example.com" }] });
    let (spec, report) =
        imported(&[("acme.json", &document), ("e.postman_environment.json", &environment)]);
    assert_eq!(spec["servers"][0]["url"], "https://{tenant}.example.com");
    assert_eq!(spec["tags"], json!([{ "name": "Assets", "description": "Files." }]));
    let get = &spec["paths"]["/v1/assets/{assetId}"]["get"];
    assert_eq!(get["summary"], "Get one.");
    assert_eq!(
        get["parameters"],
        json!([
            { "name": "assetId", "in": "path", "required": true, "schema": { "type": "string" } },
            { "name": "fields", "in": "query", "schema": { "type": "string" } },
            { "name": "deep", "in": "query", "schema": { "type": "boolean" } },
        ])
    );
    let schema = &get["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(schema["properties"]["title"], json!({ "type": "string", "nullable": true }));
    assert_eq!(schema["properties"]["size"]["type"], "number");
    let create = &spec["paths"]["/v1/assets"]["post"];
    let schema = &create["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(
        schema["properties"]["name"],
        json!({ "type": "string", "description": "shown to users" })
    );
    assert_eq!(schema["properties"]["folderId"]["type"], "integer");
    assert_eq!(schema["properties"]["hidden"]["type"], "boolean");
    assert_eq!(schema.get("required"), None);
    assert_eq!(
        messages(&report, Kind::LeftOut),
        ["GET /v1/assets/{assetId}: examples of error responses []"]
    );
}

#[test]
fn requests_of_one_operation_are_its_examples() {
    let rpc = |params: &str| {
        format!("{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"Find\", \"params\": {params}}}")
    };
    let url = "https://example.com/rpc.php?protocol=JSON";
    let document = collection(&json!([{ "name": "All", "item": [
        { "name": "Search", "item": [
            request("Find by name", "POST", url, &rpc("[{\"Ticket\": \"{{ticket}}\", \"Name\": \"x\"}]")),
            request("Find by size", "POST", url, &rpc("[{\"Ticket\": \"{{ticket}}\", \"Size\": 5}]")),
            request("Find", "POST", url, &rpc("{\"req\": {\"Ticket\": \"{{ticket}}\"}}")),
        ] },
        { "name": "Admin", "item": [
            request("Find", "POST", "https://example.com/admin.php", &rpc("[12, {\"a\": 1}]")),
        ] },
    ] }]));
    let (spec, report) = imported(&[("acme.json", &document)]);
    let paths: Vec<&String> = spec["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/admin.php#Find", "/rpc.php?protocol=JSON#Find"]);
    let find = &spec["paths"]["/rpc.php?protocol=JSON#Find"]["post"];
    assert_eq!((&find["operationId"], &find["tags"]), (&json!("find"), &json!(["Search"])));
    assert_eq!(find["x-rpc-params"], json!(["req"]));
    let params = &spec["components"]["schemas"]["FindParamsReq"];
    assert_eq!(params["properties"]["Ticket"], json!({ "type": "string", "x-secret": true }));
    assert_eq!(params["properties"]["Size"]["type"], "integer");
    let other = &spec["paths"]["/admin.php#Find"]["post"];
    assert_eq!(
        (&other["operationId"], &other["x-rpc-params"]),
        (&json!("findAdmin"), &json!(["param1", "options"]))
    );
    assert_eq!(spec["x-envelope"], "json-rpc");
    let decide = messages(&report, Kind::ToDecide);
    assert_eq!(decide.len(), 2, "{decide:#?}");
}

#[test]
fn credentials_are_removed_and_reported() {
    let mut one = request(
        "one",
        "POST",
        &format!("https://me:{CANARY}@example.com/a?api_key={CANARY}"),
        &format!("{{\"password\": \"{CANARY}\"}}"),
    );
    one["request"]["header"] = json!([
        { "key": "Authorization", "value": format!("Bearer {CANARY}") },
        { "key": "X-Api-Token", "value": CANARY },
        { "key": "X-Trace", "value": "1" },
    ]);
    one["request"]["description"] = json!(format!("Send `{CANARY}` as the key."));
    one["request"]["auth"] =
        json!({ "type": "bearer", "bearer": [{ "key": "token", "value": CANARY }] });
    one["response"] = json!([{ "name": "x", "code": 200, "header": [], "body": format!("{{\"access_token\": \"{CANARY}\"}}") }]);
    let mut document = collection(&json!([one]));
    document["variable"] = json!([{ "key": "clientSecret", "value": CANARY }]);
    let environment = json!({ "values": [{ "key": "x", "value": CANARY, "type": "secret" }] });
    let (spec, report) =
        imported(&[("acme.json", &document), ("e.postman_environment.json", &environment)]);
    let removed =
        report.entries.iter().filter(|entry| entry.message == "credentials were removed").count();
    assert_eq!(removed, 8, "{:#?}", messages(&report, Kind::LeftOut));
    assert!(spec.to_string().contains("Send `[removed]` as the key."));
    assert_eq!(spec["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

#[test]
fn forms_files_and_other_bodies() {
    let with_body = |name: &str, body: Value| json!({ "name": name, "request": { "method": "POST", "url": format!("https://example.com/{name}"), "body": body } });
    let document = collection(&json!([
        with_body(
            "form",
            json!({ "mode": "urlencoded", "urlencoded": [
            { "key": "count", "value": "<number>", "description": { "content": "How many." } }, { "key": "on", "value": "true" },
        ] })
        ),
        with_body(
            "upload",
            json!({ "mode": "formdata", "formdata": [
            { "key": "file", "type": "file", "src": "/home/me/a.png" }, { "key": "name", "value": "x", "disabled": true },
        ] })
        ),
        with_body("bytes", json!({ "mode": "file", "file": { "src": "a.bin" } })),
        with_body("query", json!({ "mode": "graphql", "graphql": { "query": "{ a }" } })),
        with_body("none", json!({ "mode": "raw", "raw": "  " })),
        with_body(
            "broken",
            json!({ "mode": "raw", "raw": "{\"a\": ", "options": { "raw": { "language": "json" } } })
        ),
        with_body(
            "xml",
            json!({ "mode": "raw", "raw": "<a/>", "options": { "raw": { "language": "xml" } } })
        ),
    ]));
    let (spec, report) = imported(&[("acme.json", &document)]);
    let body = |name: &str| {
        spec["paths"][format!("/{name}")]["post"].get("requestBody").cloned().unwrap_or_default()
    };
    let form =
        &body("form")["content"]["application/x-www-form-urlencoded"]["schema"]["properties"];
    assert_eq!(
        *form,
        json!({
            "count": { "type": "number", "description": "How many." }, "on": { "type": "boolean" },
        })
    );
    let upload = &body("upload")["content"]["multipart/form-data"]["schema"];
    assert_eq!(
        (&upload["properties"]["file"]["format"], &upload["required"]),
        (&json!("binary"), &json!(["file"]))
    );
    assert!(body("bytes")["content"]["application/octet-stream"].is_object());
    assert_eq!((body("query"), body("none")), (Value::Null, Value::Null));
    assert_eq!(body("broken")["content"]["application/json"]["schema"], json!({}));
    assert_eq!(body("xml")["content"]["application/xml"]["schema"]["type"], "string");
    assert_eq!(
        messages(&report, Kind::LeftOut),
        [
            "broken: bodies that are not JSON; the body is any value [the end instead of a value in line 1]",
            "query: GraphQL bodies []",
        ]
    );
}

#[test]
fn a_recording_becomes_operations() {
    let entry = |method: &str, url: &str, kind: &str, response: &str| {
        json!({
            "request": { "method": method, "url": url, "queryString": [], "cookies": [{ "name": "sid", "value": CANARY }],
                "headers": [{ "name": "Authorization", "value": format!("Bearer {CANARY}") }, { "name": "X-Tenant", "value": "a" },
                            { "name": "User-Agent", "value": "x" }] },
            "response": { "status": 200, "headers": [{ "name": "Set-Cookie", "value": format!("sid={CANARY}") }],
                "content": { "mimeType": kind, "text": response, "size": response.len() } },
        })
    };
    let json = "application/json; charset=utf-8";
    let mut encoded = entry(
        "GET",
        "https://api.example.com/v2/assets/8?fields=id",
        json,
        "eyJpZCI6IDgsICJuYW1lIjogbnVsbH0=",
    );
    encoded["response"]["content"]["encoding"] = json!("base64");
    encoded["request"]["queryString"] = json!([{ "name": "fields", "value": "id" }]);
    let mut create = entry("POST", "https://api.example.com/v2/assets", json, "{\"id\": 9}");
    create["request"]["postData"] =
        json!({ "mimeType": "application/json", "text": "{\"name\": \"a\"}" });
    let document = json!({ "log": { "version": "1.2", "entries": [
        entry("GET", "https://api.example.com/v2/assets/7", json, "{\"id\": 7, \"name\": \"a\"}"),
        encoded,
        create,
        entry("OPTIONS", "https://api.example.com/v2/assets", "", ""),
        entry("GET", "https://api.example.com/app/main.js", "application/javascript", "x"),
        entry("GET", "https://api.example.com/", "text/html", "<html>"),
        entry("GET", "https://cdn.example.net/x", json, "{}"),
    ] } });
    let (spec, report) = imported(&[("session.har", &document)]);
    assert_eq!(spec["servers"][0]["url"], "https://api.example.com");
    let paths: Vec<&String> = spec["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/v2/assets", "/v2/assets/{assetId}"]);
    let get = &spec["paths"]["/v2/assets/{assetId}"]["get"];
    assert_eq!(get["x-evidence"]["confidence"], "corroborated");
    let names: Vec<_> = get["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["assetId", "X-Tenant", "fields"]);
    let schema = &get["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(schema["properties"]["name"], json!({ "type": "string", "nullable": true }));
    assert_eq!(spec["security"], json!([{ "bearer": [] }]));
    let left_out = messages(&report, Kind::LeftOut);
    for message in [
        "preflights and tunnels",
        "pages and static files",
        "requests to other hosts",
        "credentials were removed",
    ] {
        assert!(left_out.iter().any(|entry| entry.contains(message)), "{message}: {left_out:#?}");
    }
}

#[test]
fn what_cannot_be_imported_is_refused() {
    let empty = collection(&json!([{ "name": "Folder", "item": [] }])).to_string();
    for (name, content, message) in [
        ("empty.json", empty.as_str(), "the collection has no requests"),
        (
            "old.json",
            r#"{"id": "1", "requests": [], "order": []}"#,
            "collections in the schema 1.0 are not supported",
        ),
        (
            "empty.har",
            r#"{"log": {"version": "1.2", "entries": []}}"#,
            "the recording has no entries",
        ),
        (
            "page.har",
            r#"{"log": {"entries": [{"request": {"method": "GET", "url": "https://a/b.css"}, "response": {}}]}}"#,
            "only pages and static files",
        ),
        (
            "env.json",
            r#"{"id": "1", "values": [{"key": "a", "value": "b"}]}"#,
            "an environment has no requests",
        ),
        ("other.json", r#"{"a": 1}"#, "the format of the file is not known"),
        ("cut.json", r#"{"info": {"name": "x"}, "item": ["#, "not valid"),
    ] {
        let refusal = refusal(name, content);
        assert!(refusal.contains(message), "{name}: {refusal}");
        assert!(refusal.contains("help:") && refusal.contains(name), "{refusal}");
    }
}

/// A collection of the published form, in which 25 methods are in `specs/netx` and 35 are not.
#[test]
fn a_collection_of_netx_adds_to_the_specification_and_changes_nothing_else() {
    let root = workspace::root();
    let file = root.join("xtask/tests/data/netx-collection.json");
    let before = Folder::read(&root.join("specs/netx")).unwrap();
    let read =
        || import::read(std::slice::from_ref(&file)).unwrap_or_else(|errors| panic!("{errors}"));
    let first =
        import::import_into("netx", read(), &before).unwrap_or_else(|errors| panic!("{errors}"));
    for (name, text) in &before.files {
        let after = &first.files[name];
        let kept = text.lines().filter(|line| !is_list_of_the_inventory(name, line));
        let mut lines = after.lines();
        for line in kept {
            assert!(lines.any(|own| own == line), "{name} has lost, or moved: {line}");
        }
        assert!(!after.contains(CANARY), "{name}");
    }
    let added = first
        .report
        .entries
        .iter()
        .filter(|entry| entry.message == "operations were added")
        .count();
    assert_eq!(added, 35);
    let twice =
        import::import_into("netx", read(), &Folder { files: first.files.clone() }).unwrap();
    assert_eq!(twice.files, first.files);
}

/// Whether a line is a list of names in brackets, which becomes longer.
fn is_list_of_the_inventory(file: &str, line: &str) -> bool {
    Path::new(file) == Path::new("inventory.yaml") && line.contains(": [")
}
