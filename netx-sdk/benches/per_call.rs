//! Per-call overhead of the SDK: instructions of `get_assets` through the SDK, and with reqwest and serde_json alone,
//! counted by callgrind on loopback.
//!
//! `cargo bench -p netx-sdk --bench per_call`. Both sides decode the same types from the same bytes; the server is a
//! separate process. The instructions of one call are those of 600 calls minus those of 100, divided by 500, which
//! removes the start-up.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use axum::{Router, routing::post};
use netx_sdk::{
    Client,
    types::{Asset, DataSelector, RequestOptions},
};
use oneteg_test_kit::figure::Figure;
use serde_json::{Value, json};

const FEW: u64 = 100;
const MANY: u64 = 600;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match arguments.as_slice() {
        ["serve"] => runtime.block_on(serve()),
        ["sdk", url, calls] => runtime.block_on(with_sdk(url, calls.parse().unwrap())),
        ["reqwest", url, calls] => runtime.block_on(with_reqwest(url, calls.parse().unwrap())),
        _ => compare(),
    }
}

fn compare() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("SKIPPED: needs valgrind");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let mut server = Command::new(&program).arg("serve").stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let per_call = |side: &str| {
        let total = |calls: u64| instructions(&program, &[side, url.trim(), &calls.to_string()]);
        (total(MANY) - total(FEW)) / (MANY - FEW)
    };
    let (sdk, reqwest) = (per_call("sdk"), per_call("reqwest"));
    server.kill().unwrap();
    server.wait().unwrap();
    #[allow(clippy::cast_precision_loss)]
    let (ours, baseline) = (sdk as f64, reqwest as f64);
    Figure {
        group: "Calls",
        name: "Instructions of `get_assets`, 10 assets",
        unit: "instructions",
        ours,
        baseline,
        against: "reqwest and serde_json alone",
        ratio: ours / baseline,
        higher_is_better: false,
    }
    .print();
}

fn instructions(program: &std::path::Path, arguments: &[&str]) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    let counted = report.lines().find_map(|line| line.split("Collected :").nth(1));
    counted.unwrap_or_else(|| panic!("callgrind failed: {report}")).trim().parse().unwrap()
}

async fn serve() {
    let asset = |id: u64| {
        json!({
            "id": id, "name": format!("Asset {id}"), "fileName": format!("asset-{id}.jpg"),
            "creationDate": 1_451_979_500_852_u64, "modDate": 1_451_979_500_852_u64,
            "file": {"name": "a.jpg", "checksum": "0f343b0931126a20f133d67c2b018a3b", "size": 93336},
            "attributes": {"Description": ["A harbour at dawn"], "Status": ["Approved"], "Year": []},
        })
    };
    let assets: Vec<Value> = (1..=10).map(asset).collect();
    let body = json!({"jsonrpc": "2.0", "result": assets}).to_string();
    let respond = move || {
        let body = body.clone();
        async move { ([("content-type", "application/json")], body) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    axum::serve(listener, Router::new().route("/api/rpc", post(respond))).await.unwrap();
}

fn ids() -> Vec<i64> {
    (1..=10).collect()
}

async fn with_sdk(url: &str, calls: u64) {
    let client = Client::builder(url).api_key("k3y").build().unwrap();
    for _ in 0..calls {
        let options =
            RequestOptions::new().select([DataSelector::AssetId, DataSelector::AssetBase]);
        let assets = client.get_assets(ids()).options(options).send().await.unwrap();
        assert_eq!(assets.len(), 10);
    }
}

async fn with_reqwest(url: &str, calls: u64) {
    #[derive(serde::Deserialize)]
    struct Envelope {
        result: Vec<Asset>,
    }
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let client = netx_sdk::reqwest::Client::new();
    let url = format!("{url}/api/rpc");
    for call in 0..calls {
        let body = json!({
            "jsonrpc": "2.0", "id": call.to_string(), "method": "getAssets",
            "params": [ids(), {"data": ["asset.id", "asset.base"]}],
        });
        let request = client
            .post(&url)
            .header("authorization", "apiToken k3y")
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .body(serde_json::to_vec(&body).unwrap());
        let bytes = request.send().await.unwrap().bytes().await.unwrap();
        let envelope: Envelope = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(envelope.result.len(), 10);
    }
}
