//! The MCP server, driven by other implementations of the protocol: its official clients for TypeScript and Python.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use oneteg_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{Home, netx};

fn peer() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/mcp")
}

/// Runs steps in one session; see `peers/mcp/client.mjs`. Returns the server's name and the result of each step.
async fn drive(mut peer: Command, home: &Home, steps: Value) -> Vec<Value> {
    peer.args([env!("CARGO_BIN_EXE_oneteg"), "mcp"])
        .env("ONETEG_CONFIG_DIR", home.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || {
        let mut child = peer.spawn().unwrap();
        child.stdin.take().unwrap().write_all(steps.to_string().as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// Lists the tools, searches, describes, calls, and is refused a write.
async fn works_with(peer: Command) {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    let tool = |name: &str, arguments: Value| json!({"tool": name, "arguments": arguments});
    let delete = json!({"operation": "delete-asset", "arguments": {"assetId": 201}});
    let steps = json!([
        {"list": true},
        tool("search_operations", json!({"query": "current user"})),
        tool("describe_operation", json!({"operation": "get-self"})),
        tool("call_operation", json!({"operation": "get-self"})),
        tool("call_operation", delete),
    ]);
    let results = drive(peer, &home, steps).await;
    assert_eq!(results[0], "oneteg");
    let tools = results[1]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["search_operations", "describe_operation", "call_operation"]);
    let text = |index: usize| {
        let result = &results[index];
        (result["isError"] == true, result["content"][0]["text"].as_str().unwrap())
    };
    for (index, expected) in [(2, "get-self"), (3, "JSON-RPC getSelf"), (4, "userId")] {
        let (is_error, shown) = text(index);
        assert!(!is_error && shown.contains(expected), "{shown}");
    }
    let (is_error, refused) = text(5);
    assert!(is_error && refused.contains("--allow-writes"), "{refused}");
    assert_eq!(sandbox.netx().counters().writes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_for_typescript_lists_describes_calls_and_is_refused() {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    let is_installed = peer().join("node_modules/@modelcontextprotocol/client").exists();
    if !is_installed || !node.is_ok_and(|status| status.success()) {
        println!("SKIPPED: needs Node.js and `npm ci --ignore-scripts` in peers/mcp");
        return;
    }
    let mut client = Command::new("node");
    client.arg(peer().join("client.mjs"));
    works_with(client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_for_python_lists_describes_calls_and_is_refused() {
    let python = peer().join(".venv/bin/python");
    let imports = Command::new(&python).args(["-c", "import mcp"]).stderr(Stdio::null()).status();
    if !imports.is_ok_and(|status| status.success()) {
        println!(
            "SKIPPED: needs Python; in peers/mcp: `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt`"
        );
        return;
    }
    let mut client = Command::new(python);
    client.arg(peer().join("client.py"));
    works_with(client).await;
}
