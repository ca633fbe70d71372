//! `oneteg <connection> <operation>` and `oneteg api`.

mod common;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
    sync::mpsc,
    thread,
};

use axum::{body::Body, http::Response};
use common::{Cli, Done, Vendors, done};
use oneteg_test_kit::recorder::{CANARY, RecordedRequest, RequestRecorder, json_response};
use serde_json::{Value, json};

/// A server in a thread, which records requests.
struct Server {
    url: String,
    requests: mpsc::Receiver<RecordedRequest>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start<F>(respond: F) -> Self
    where
        F: Fn(&RecordedRequest) -> Response<Body> + Clone + Send + Sync + 'static,
    {
        let (record, requests) = mpsc::channel();
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let server = RequestRecorder::start(move |request| {
                    let _ = record.send(request.clone());
                    respond(request)
                });
                started.send(server.await.url).unwrap();
                let _ = stopped.await;
            });
        });
        let (stop, thread) = (Some(stop), Some(thread));
        Self { url: starting.recv().unwrap(), requests, stop, thread }
    }

    /// The requests since the last call.
    fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.try_iter().collect()
    }

    /// The only request since the last call.
    fn only(&self) -> RecordedRequest {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A user with the connection `nx` to a server; the key is a canary.
fn connected(server: &Server) -> Cli {
    let cli = Cli::new();
    let key = format!("inline:{CANARY}");
    let add = ["connection", "add", "nx", "--vendor", "netx", "--url", &server.url];
    cli.ok(&[&add[..], &["--api-key", &key]].concat());
    cli
}

/// A server of NetX whose procedures return this.
fn netx(result: Value) -> Server {
    Server::start(move |request| {
        let id = &request.json()["id"];
        json_response(json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string())
    })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

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
fn a_file_is_written_whole_or_not_at_all() {
    let server = Server::start(|request| match request.uri.path().contains("/8") {
        // Announces more than it sends.
        true => {
            Response::builder().header("content-length", "1000").body(Body::from("short")).unwrap()
        }
        false => Response::new("some bytes".into()),
    });
    let cli = connected(&server);
    assert_eq!(cli.ok(&["nx", "get-asset-original", "7"]), "some bytes");
    assert_eq!(cli.ok(&["nx", "get-asset-original", "7", "--to", "-"]), "some bytes");
    let to = cli.folder().join("a.jpg");
    let path = to.to_str().unwrap();
    let done = cli.run(&["nx", "get-asset-original", "7", "--to", path]);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{done:?}");
    assert_eq!(fs::read(&to).unwrap(), b"some bytes");
    let refused = cli.fails(2, &["nx", "get-asset-original", "7", "--to", path]);
    assert!(refused.contains("exists") && refused.contains("--overwrite"), "{refused}");
    fs::write(&to, "old").unwrap();
    server.requests();
    let failed = cli.run(&["nx", "get-asset-original", "8", "--to", path, "--overwrite"]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert_eq!(fs::read(&to).unwrap(), b"old", "the file is as it was");
    cli.ok(&["nx", "get-asset-original", "7", "--to", path, "--overwrite"]);
    assert_eq!(fs::read(&to).unwrap(), b"some bytes");
    let names: Vec<String> = fs::read_dir(cli.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("partial"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn a_reader_that_has_gone_ends_a_long_list_silently() {
    let items: Vec<Value> =
        (0..5000).map(|id| json!({ "id": id, "name": "x".repeat(50) })).collect();
    let server = netx(json!({ "results": items, "size": 5000 }));
    let cli = connected(&server);
    for format in ["ndjson", "json", "csv", "table"] {
        let mut child = cli.start(&[
            "nx",
            "get-assets-by-folder",
            "1",
            "true",
            "--limit",
            "5000",
            "-o",
            format,
        ]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let done: Done = done(child.wait_with_output().unwrap());
        assert_eq!((done.code, done.err.as_str()), (141, ""), "{format}");
    }
    // The list of operations, too.
    let mut child = cli.start(&["nx", "--help"]);
    drop(child.stdout.take());
    let done = done(child.wait_with_output().unwrap());
    assert_eq!((done.code, done.err.as_str()), (141, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let server = netx(json!({ "id": 7 }));
    let cli = connected(&server);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = cli.command(&["nx", "get-self"]).stdout(full).stderr(Stdio::piped()).output();
    let done = done(output.unwrap());
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("No space left") || done.err.contains("disk is full"),
        "{}",
        done.err
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_of_a_file_leaves_none() {
    // Sends the beginning of a file, and then nothing.
    let (began, begun) = mpsc::channel();
    let server = Server::start(move |_| {
        let began = began.clone();
        let beginning = futures_util::stream::once(async move {
            let _ = began.send(());
            Ok::<_, std::io::Error>(bytes::Bytes::from(vec![0_u8; 100_000]))
        });
        let endless = futures_util::StreamExt::chain(beginning, futures_util::stream::pending());
        Response::new(Body::from_stream(endless))
    });
    let cli = connected(&server);
    let to = cli.folder().join("a.jpg");
    let mut child = cli.start(&["nx", "get-asset-original", "7", "--to", to.to_str().unwrap()]);
    begun.recv().unwrap();
    // Until the temporary file is there.
    let partial = || {
        let names = fs::read_dir(cli.folder()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains("partial")).count()
    };
    while partial() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it waits for the rest");
        thread::yield_now();
    }
    let killed =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let done = done(child.wait_with_output().unwrap());
    assert_eq!((done.code, err.as_str()), (130, "error: interrupted\n"));
    assert_eq!((partial(), to.exists()), (0, false));
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
