//! The MCP server, driven by a client of the same protocol crate. `mcp_peer` drives it with another implementation.

use std::process::Stdio;

use oneteg_auth::Connection;
use oneteg_sandbox::Sandbox;
use rmcp::{
    RoleClient, ServiceExt as _,
    model::{CallToolRequest, CallToolRequestParams, CallToolResult, ClientRequest, ContentBlock},
    service::{PeerRequestOptions, RunningService},
    transport::TokioChildProcess,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::oneshot,
};

use crate::support::{Home, at, mediavalet, netexplorer, netx, netx_at};

type Client = RunningService<RoleClient, ()>;

/// Starts `oneteg mcp` and a client for it.
async fn client(home: &Home, options: &[&str]) -> Client {
    let arguments: Vec<&str> = ["mcp"].iter().chain(options).copied().collect();
    let command = tokio::process::Command::from(home.oneteg(&arguments));
    ().serve(TokioChildProcess::new(command).unwrap()).await.unwrap()
}

/// Calls a tool: the strings of the result, and whether it is an error.
async fn call(client: &Client, tool: &'static str, arguments: Value) -> (bool, Vec<String>) {
    texts(client.call_tool(request(tool, arguments)).await.unwrap())
}

fn request(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("{arguments}") };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

fn texts(result: CallToolResult) -> (bool, Vec<String>) {
    let texts = result.content.into_iter().map(|block| match block {
        ContentBlock::Text(text) => text.text,
        other => panic!("{other:?}"),
    });
    (result.is_error == Some(true), texts.collect())
}

/// The value of a call that succeeds, and its note.
async fn value(client: &Client, tool: &'static str, arguments: Value) -> (Value, String) {
    let (is_error, mut texts) = call(client, tool, arguments).await;
    assert!(!is_error, "{texts:?}");
    let value = serde_json::from_str(&texts.remove(0)).unwrap();
    (value, texts.join(" "))
}

/// The message of a call that fails.
async fn error(client: &Client, tool: &'static str, arguments: Value) -> String {
    let (is_error, texts) = call(client, tool, arguments).await;
    assert!(is_error, "{texts:?}");
    texts.join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_searched_described_and_called() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    home.add("files", &netexplorer(&sandbox));
    let client = client(&home, &[]).await;

    let info = client.peer_info().unwrap();
    let instructions = info.instructions.clone().unwrap();
    assert!(instructions.contains("`dam` (NetX), `files` (NetExplorer)"), "{instructions}");
    let tools = client.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
    assert_eq!(names, ["search_operations", "describe_operation", "call_operation"]);
    assert!(
        tools.iter().all(|tool| tool.annotations.as_ref().unwrap().read_only_hint == Some(true))
    );

    let (found, _) =
        value(&client, "search_operations", json!({"query": "list folders", "connection": "dam"}))
            .await;
    assert_eq!(found["operations"][0]["operation"], "get-folders-by-parent", "{found:#}");
    let about = json!({"connection": "dam", "operation": "get-folders-by-parent"});
    let (described, _) = value(&client, "describe_operation", about).await;
    let arguments = described["arguments"]["properties"].as_object().unwrap();
    let name = described["arguments"]["required"][0].as_str().unwrap();
    assert!(arguments[name]["description"].is_string(), "{described:#}");
    let wanted =
        json!({"connection": "dam", "operation": "getFoldersByParent", "arguments": {name: 1}});
    let (folders, _) = value(&client, "call_operation", wanted.clone()).await;
    assert!(
        folders["results"].as_array().unwrap().iter().any(|folder| folder["id"].is_number()),
        "{folders:#}"
    );

    // The other connection; a filter.
    let wanted =
        json!({"connection": "files", "operation": "get-account", "select": "{login: .login}"});
    let (account, _) = value(&client, "call_operation", wanted).await;
    assert!(account["login"].is_string(), "{account:#}");
    client.cancel().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_is_refused_and_not_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    let delete = json!({"operation": "delete-asset", "arguments": {"assetId": 201}});

    let reader = client(&home, &[]).await;
    for tool in ["call_operation", "call_changing_operation"] {
        let message = error(&reader, tool, delete.clone()).await;
        assert!(message.contains("not allowed") && message.contains("--allow-writes"), "{message}");
    }
    let (found, note) = value(&reader, "search_operations", json!({"query": "delete asset"})).await;
    assert!(!found.to_string().contains("delete-asset"), "{found:#}");
    assert!(note.contains("operations that match are not allowed"), "{note}");
    assert_eq!(sandbox.netx().counters().requests, 0);

    let tagged = client(&home, &["--allow-writes", "--tags", "folders,collections"]).await;
    let message = error(&tagged, "call_changing_operation", delete.clone()).await;
    assert!(
        message.contains("its tag is `assets`") && message.contains("folders, collections"),
        "{message}"
    );
    assert_eq!(sandbox.netx().counters().requests, 0);

    let writer = client(&home, &["--allow-writes"]).await;
    let tools = writer.list_all_tools().await.unwrap();
    let change = tools.iter().find(|tool| tool.name == "call_changing_operation").unwrap();
    let annotations = change.annotations.as_ref().unwrap();
    assert_eq!(
        (annotations.read_only_hint, annotations.destructive_hint),
        (Some(false), Some(true))
    );
    // The tool that only reads does not write even now: people may have approved it once for all.
    let message = error(&writer, "call_operation", delete.clone()).await;
    assert!(message.contains("`call_changing_operation`"), "{message}");
    assert_eq!(sandbox.netx().counters().writes, 0);
    value(&writer, "call_changing_operation", delete).await;
    assert_eq!(sandbox.netx().counters().writes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_make_no_sense_are_refused() {
    let home = Home::new();
    let ran = home.run(&["mcp"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("oneteg connection add NAME"), "{ran:?}");
    home.add("dam", &netx_at("http://127.0.0.1:9"));
    let ran = home.run(&["mcp", "--tags", "asets"]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("Did you mean `assets`?"), "{ran:?}");
    let ran = home.run(&["mcp", "dma"]).await;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert_eq!(ran.stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_bounded_and_the_rest_can_be_had() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    let client = client(&home, &["--max-result", "1000"]).await;
    let list = |select: &str| {
        let mut list = json!({"operation": "get-assets-by-folder", "arguments": {
            "folderId": 1, "recursive": true, "options": {"page": {"startIndex": 0, "size": 100}},
        }});
        if !select.is_empty() {
            list["select"] = select.into();
        }
        list
    };
    let ids = |assets: &Value| -> Vec<i64> {
        assets.as_array().unwrap().iter().map(|asset| asset["id"].as_i64().unwrap()).collect()
    };
    let (all, _) = value(&client, "call_operation", list(".results | map(.id)")).await;
    let (first, mut note) = value(&client, "call_operation", list("")).await;
    let mut shown = ids(&first["results"]);
    let calls = 20;
    for _ in 0..calls {
        let Some(filter) = note.split("`select`: `").nth(1).map(str::to_owned) else { break };
        let filter = filter.split('`').next().unwrap();
        // The filter of the note is for the whole result, and each result has another part of it.
        let filter = if filter.starts_with(".results") {
            filter.to_owned()
        } else {
            format!(".results[{}:]", shown.len())
        };
        let (rest, next) = value(&client, "call_operation", list(&filter)).await;
        assert!(rest.to_string().len() <= 1000, "{rest:#}");
        shown.extend(ids(&rest));
        note = next;
    }
    assert_eq!(json!(shown), all);
    // A description is bounded too.
    let about = json!({"operation": "update-asset"});
    let (described, _) = value(&client, "describe_operation", about).await;
    assert!(described.to_string().len() <= 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_collected_on_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    let client = client(&home, &[]).await;
    let page = json!({"operation": "get-assets-by-folder", "arguments": {"folderId": 1, "recursive": true, "options": {"page": {"startIndex": 0, "size": 2}}}});
    let (result, note) = value(&client, "call_operation", page.clone()).await;
    assert_eq!(result["results"].as_array().unwrap().len(), 2, "{result:#}");
    assert!(note.contains("raise `options.page.startIndex` by 2, or set `max_items`"), "{note}");
    let mut all = page;
    all["max_items"] = 1000.into();
    all["select"] = "length".into();
    let (count, _) = value(&client, "call_operation", all.clone()).await;
    assert_eq!(count, 13, "the assets of the seed that the caller may see");
    all["max_items"] = 5.into();
    let (count, note) = value(&client, "call_operation", all).await;
    assert_eq!(count, 5);
    assert!(note.contains("there are more than these 5 items"), "{note}");
}

/// Responds to every request with the secrets that it got.
async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = String::new();
            let mut part = [0; 8192];
            // The body ends the request.
            while !request.trim_end().ends_with('}') {
                let read = stream.read(&mut part).await.unwrap();
                request.push_str(std::str::from_utf8(&part[..read]).unwrap());
            }
            let key =
                request.lines().find_map(|line| line.split_once("apiToken ")).unwrap().1.trim();
            let id = &serde_json::from_str::<Value>(request.split("\r\n\r\n").nth(1).unwrap())
                .unwrap()["id"];
            let body = match request.contains("getSelf") {
                true => json!({"jsonrpc": "2.0", "id": id, "result": {
                    "userId": 7, "name": format!("key {key}"), "password": "canary-a",
                    "link": "https://h/c?sig=canary-b&x=1",
                }}),
                false => {
                    json!({"jsonrpc": "2.0", "id": id, "error": {"code": 3004, "message": format!("no {key}")}})
                }
            };
            let body = body.to_string();
            let response = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(response.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_result() {
    let home = Home::new();
    home.add("dam", &netx_at(&echo().await));
    let client = client(&home, &[]).await;
    let wanted = json!({"operation": "get-self"});
    let (result, note) = value(&client, "call_operation", wanted.clone()).await;
    let shown = json!({
        "userId": 7, "name": "key [secret]", "password": "[secret]", "link": "https://h/c?sig=[secret]&x=1",
    });
    assert_eq!(result, shown);
    assert!(note.contains("secrets are shown as [secret]"), "{note}");
    // A filter sees what was masked before.
    for filter in [".password", "[.. | strings] | join(\" \")", "to_entries"] {
        let mut wanted = wanted.clone();
        wanted["select"] = filter.into();
        let (result, _) = value(&client, "call_operation", wanted).await;
        assert!(!result.to_string().contains("canary"), "{filter}: {result}");
    }
    let message = error(&client, "call_operation", json!({"operation": "get-attributes"})).await;
    assert!(!message.contains("canary") && message.contains("[secret]"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_tell_what_to_do() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    home.add("media", &mediavalet(&sandbox));
    let client = client(&home, &[]).await;
    for (tool, arguments, expected) in [
        ("call_operation", json!({"operation": "get-self"}), "`connection` is missing"),
        (
            "call_operation",
            json!({"connection": "dma", "operation": "get-self"}),
            "The connections are: dam, media",
        ),
        (
            "call_operation",
            json!({"connection": "dam", "operation": "get-selv"}),
            "Similar names: get-self",
        ),
        (
            "call_operation",
            json!({"connection": "dam", "operation": "get-assets-by-folder"}),
            "describe_operation",
        ),
        ("call_operation", json!({"connection": "dam"}), "missing field `operation`"),
        (
            "call_operation",
            json!({"connection": "dam", "operation": "get-self", "select": ".["}),
            "not a jq filter",
        ),
        (
            "call_operation",
            json!({"connection": "dam", "operation": "get-self", "max_items": 5}),
            "not a list of pages",
        ),
        (
            "call_operation",
            json!({"connection": "media", "operation": "get-current-user"}),
            "oneteg auth login media",
        ),
        (
            "call_operation",
            json!({"connection": "dam", "operation": "get-asset-original"}),
            "a person can run",
        ),
        (
            "describe_operation",
            json!({"connection": "dam", "operation": "nothing"}),
            "search_operations",
        ),
    ] {
        let message = error(&client, tool, arguments.clone()).await;
        assert!(message.contains(expected), "{arguments}: {message}");
    }
    // A key that was replaced in the settings is used by the next call, without a restart.
    sandbox.netx().revoke_token(sandbox.netx_api_key());
    let wanted = json!({"connection": "dam", "operation": "get-self"});
    let message = error(&client, "call_operation", wanted.clone()).await;
    assert!(message.contains("oneteg doctor dam"), "{message}");
    sandbox.netx().accept_token("a-new-token").unwrap();
    let key = oneteg_auth::Authentication::api_key("a-new-token");
    let connection = Connection::new("NetX", oneteg_auth::Connector::NETX_V1_0, key);
    home.profiles().replace("dam", &at(sandbox.netx_url(), connection)).unwrap();
    value(&client, "call_operation", wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_call_ends_and_others_go_through() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (received, is_received) = oneshot::channel();
    let (closed, is_closed) = oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 8192];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        received.send(()).unwrap();
        // No response: the client ends the connection.
        while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
        closed.send(()).unwrap();
    });
    let home = Home::new();
    home.add("dam", &netx_at(&url));
    let client = client(&home, &[]).await;
    let request = CallToolRequest::new(request("call_operation", json!({"operation": "get-self"})));
    let request = ClientRequest::CallToolRequest(request);
    let handle =
        client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
    is_received.await.unwrap();
    // While it waits, another call is served.
    value(&client, "search_operations", json!({"query": "self"})).await;
    handle.cancel(Some("enough".to_owned())).await.unwrap();
    is_closed.await.unwrap();
    value(&client, "search_operations", json!({"query": "self"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_has_the_protocol_only_and_its_end_ends_the_server() {
    let home = Home::new();
    home.add("dam", &netx_at("http://127.0.0.1:9"));
    let mut command = tokio::process::Command::from(home.oneteg(&["mcp", "--verbose"]));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "0"},
    }});
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let fails = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "call_operation", "arguments": {"operation": "get-self"},
    }});
    let unknown = json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "delete_everything"}});
    // What is no message does not end the session; the last of these is refused.
    stdin.write_all(b"not a message\n\xff\n[1, 2\n{}\n").await.unwrap();
    for message in [initialize, initialized, fails, unknown] {
        stdin.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }
    let mut results = Vec::new();
    for _ in 0..4 {
        let line = lines.next_line().await.unwrap().unwrap();
        results.push(serde_json::from_str::<Value>(&line).unwrap_or_else(|_| panic!("{line}")));
    }
    let of = |id: i64| results.iter().find(|result| result["id"] == id).unwrap();
    assert_eq!(of(1)["result"]["serverInfo"]["name"], "oneteg");
    assert_eq!(of(2)["result"]["isError"], true);
    assert_eq!(of(3)["error"]["code"], -32602);
    drop(stdin);
    assert!(lines.next_line().await.unwrap().is_none());
    let status = child.wait().await.unwrap();
    assert_eq!(status.code(), Some(0));
}
