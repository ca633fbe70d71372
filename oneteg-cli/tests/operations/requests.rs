//! What is sent, and what is shown of it.

use std::fs;

use axum::{body::Body, http::Response};
use oneteg_test_kit::recorder::{CANARY, json_response};
use serde_json::json;

use crate::{
    common::Cli,
    server::{Server, connected, netx, parsed},
};

#[test]
fn a_dry_run_sends_nothing_and_shows_no_secret() {
    let server = netx(json!({}));
    let cli = connected(&server);
    let dry = cli.ok(&[
        "nx",
        "get-assets-by-folder",
        "7",
        "true",
        "--dry-run",
        "--all",
        "--page-size",
        "50",
    ]);
    assert!(dry.starts_with(&format!("POST {}/api/rpc\n", server.url)), "{dry}");
    assert!(dry.contains("authorization: [secret]\n") && dry.contains("\"size\": 50"), "{dry}");
    let as_json = cli.ok(&["nx", "get-assets-by-folder", "7", "true", "--dry-run", "-o", "json"]);
    assert_eq!(parsed(&as_json)["body"]["params"], json!([7, true, null]));
    let query = &["api", "nx", "GET", "/x?a=1", "--param", "token=canary", "--dry-run"];
    let dry = cli.ok(query);
    assert!(dry.starts_with(&format!("GET {}/x?a=1&token=[secret]\n", server.url)), "{dry}");
    let body = r#"{"name":"a","password":"canary","nested":[{"clientSecret":"canary"}]}"#;
    let dry = cli.ok(&[
        "api",
        "nx",
        "POST",
        "/x",
        "--json",
        body,
        "--header",
        "x-api-key: canary",
        "--dry-run",
    ]);
    assert!(!dry.contains("canary") && dry.contains("\"password\": \"[secret]\""), "{dry}");
    let file = cli.write("a.jpg", "some bytes");
    let part = format!("{};type=image/jpeg", file.display());
    let form = ["nx", "import-asset", "--folder-id", "7", "--file-name", "b.jpg", "--file", &part];
    let dry = cli.ok(&[&form[..], &["--dry-run"]].concat());
    assert!(
        dry.contains("as \"a.jpg\", image/jpeg, 10 bytes]\nfolderId: 7\nfileName: b.jpg\n"),
        "{dry}"
    );
    assert!(server.requests().is_empty());
    // Not even a session is opened: nobody is signed in, and no folder of sessions is made.
    let url = server.url.as_str();
    cli.ok(&[
        "connection",
        "add",
        "mv",
        "--vendor",
        "mediavalet",
        "--sign-in",
        "browser",
        "--url",
        url,
        "--client-id",
        "app",
        "--client-secret",
        "inline:canary",
        "--subscription-key",
        "inline:canary",
        "--token-url",
        &format!("{url}/token"),
        "--authorization-url",
        &format!("{url}/authorize"),
    ]);
    let dry = cli.ok(&["mv", "list-categories", "--dry-run"]);
    assert!(dry.contains("/categories") && !dry.contains("canary"), "{dry}");
    assert!(!cli.folder().join("sessions").exists() && !cli.folder().join("sessions.key").exists());
}

#[test]
fn the_wire_log_is_redacted_and_apart_from_the_result() {
    let server = netx(json!({ "id": 7, "password": CANARY }));
    let cli = connected(&server);
    let done = cli.run(&["nx", "get-self", "-vv"]);
    assert_eq!(parsed(&done.out)["id"], 7, "{done:?}");
    assert!(
        done.err.contains("--> POST http://127.0.0.1:") && done.err.contains("<-- 200"),
        "{}",
        done.err
    );
    assert!(done.err.contains("getSelf") && !done.err.contains(CANARY), "{}", done.err);
    let without_bodies = cli.run(&["-v", "nx", "get-self"]);
    assert!(without_bodies.err.contains("--> POST") && !without_bodies.err.contains("getSelf"));
}

#[test]
fn api_reaches_what_no_operation_is_known_for() {
    let server = Server::start(|request| match request.uri.path() {
        "/api/rpc" => {
            let request = request.json();
            let result = json!({ "method": request["method"], "params": request["params"] });
            json_response(
                json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string(),
            )
        }
        "/text" => Response::new("plain\n".into()),
        "/bytes" => Response::new(b"\xff\xd8\xff".to_vec().into()),
        "/nothing" => Response::builder().status(204).body(Body::empty()).unwrap(),
        "/missing" => Response::builder().status(404).body(Body::empty()).unwrap(),
        "/refused" => Response::builder().status(403).body(Body::empty()).unwrap(),
        _ => json_response(r#"{"results":[{"id":1},{"id":2}]}"#),
    });
    let cli = connected(&server);
    let get = [
        "api",
        "nx",
        "get",
        "things?a=1",
        "-p",
        "b=x y",
        "-H",
        "x-tenant: 7",
        "--query",
        ".results[].id",
    ];
    assert_eq!(cli.ok(&get), "1\n2\n");
    let request = server.only();
    assert_eq!(
        (request.method.as_str(), request.uri.to_string().as_str()),
        ("GET", "/things?a=1&b=x+y")
    );
    assert_eq!(request.headers["x-tenant"], "7");
    assert!(request.headers["authorization"].to_str().unwrap().contains(CANARY));
    cli.ok(&["api", "nx", "PATCH", "/things/7", "--json", r#"{"a":null}"#]);
    let request = server.only();
    assert_eq!((request.method.as_str(), request.json()), ("PATCH", json!({ "a": null })));
    let file = cli.write("a.bin", "some bytes");
    cli.ok(&["api", "nx", "PUT", "/x", "--file", &format!("{};type=image/png", file.display())]);
    let request = server.only();
    assert_eq!(
        (&request.headers["content-type"], &request.body[..]),
        (&"image/png".parse().unwrap(), &b"some bytes"[..])
    );
    let done = cli.run_with_input(&["api", "nx", "POST", "/x", "--file", "-"], "from a pipe");
    assert_eq!((done.code, &server.only().body[..]), (0, &b"from a pipe"[..]), "{done:?}");
    let rpc = parsed(&cli.ok(&["api", "nx", "rpc", "newProcedure", "--json", "[null,7]"]));
    assert_eq!(rpc, json!({ "method": "newProcedure", "params": [null, 7] }));
    assert_eq!(cli.ok(&["api", "nx", "GET", &format!("{}/text", server.url)]), "plain\n");
    let nothing = cli.run(&["api", "nx", "DELETE", "/nothing"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""), "{nothing:?}");
    assert_eq!(cli.run(&["api", "nx", "GET", "/missing"]).code, 4);
    assert_eq!(cli.run(&["api", "nx", "GET", "/refused"]).code, 3);
    let output = cli.command(&["api", "nx", "GET", "/bytes"]).output().unwrap();
    assert_eq!(output.stdout, b"\xff\xd8\xff");
    let to = cli.folder().join("b.jpg");
    cli.ok(&["api", "nx", "GET", "/bytes", "--to", to.to_str().unwrap()]);
    assert_eq!(fs::read(&to).unwrap(), b"\xff\xd8\xff");
}

#[test]
fn secret_arguments_are_references_and_never_shown() {
    let server = netx(json!({}));
    let cli = Cli::new();
    let add =
        ["connection", "add", "ne", "--vendor", "netexplorer", "--sign-in", "client-credentials"];
    let app = ["--url", &server.url, "--client-id", "app", "--client-secret", "inline:canary"];
    cli.ok(&[&add[..], &app].concat());
    let update = ["ne", "update-share-link", "7", "--dry-run", "--password-protected"];
    let error = cli.fails(2, &[&update[..], &["canary"]].concat());
    assert!(error.contains("other users of this machine could read"), "{error}");
    let done = cli.run_with_input(&[&update[..], &["-"]].concat(), "canary\nnext line\n");
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("\"password_protected\": \"[secret]\""), "{}", done.out);
    assert!(!format!("{error}{done:?}").contains("canary"));
    assert!(server.requests().is_empty());
}
