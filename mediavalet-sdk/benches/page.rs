//! A page of 1,000 assets through the SDK, and with reqwest and serde_json alone into the same types and into a
//! hand-written type of a few members. The server is a separate process on loopback.
//!
//! `cargo bench -p mediavalet-sdk --bench page`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

use axum::{Router, routing::get};
use mediavalet_sdk::{Client, reqwest, types::AssetList};
use oneteg_test_kit::figure::{Figure, median};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

const ASSETS: usize = 1_000;
const ROUNDS: usize = 41;
/// Calls of each kind in a round.
const BATCH: usize = 10;

/// What a script would read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct FewAssets {
    assets: Vec<FewMembers>,
    asset_count: u64,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct FewMembers {
    id: String,
    title: Option<String>,
    file: Option<FewOfFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
struct FewOfFile {
    file_name: Option<String>,
    size_in_bytes: Option<i64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match arguments.first().map(String::as_str) {
        Some("serve") => runtime.block_on(serve()),
        Some("--bench") => runtime.block_on(compare()),
        // `cargo test --benches` runs this too, where the figures mean nothing.
        _ => {}
    }
}

async fn compare() {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let url = url.trim();
    let sdk = Client::builder().base_url(url).access_token("any").subscription_key("any");
    let sdk = sdk.build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let direct = reqwest::Client::new();

    let mut seconds = [const { Vec::new() }; 3];
    for round in 0..=ROUNDS {
        for turn in 0..3 {
            let side = (round + turn) % 3;
            let began = Instant::now();
            for _ in 0..BATCH {
                let read = match side {
                    0 => length(sdk.list_assets().count(1_000).send().await.unwrap().into_inner()),
                    1 => length(by_hand::<AssetList>(&direct, url).await),
                    _ => by_hand::<FewAssets>(&direct, url).await.assets.len(),
                };
                assert_eq!(read, ASSETS);
            }
            // The first round warms up.
            if round > 0 {
                seconds[side].push(began.elapsed().as_secs_f64() / BATCH as f64);
            }
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let milliseconds = |side: usize| median(seconds[side].iter().map(|seconds| seconds * 1e3));
    for (side, name, against) in [
        (1, "A page of 1,000 assets", "reqwest and serde_json into the same types"),
        (2, "The same next to a script", "reqwest and serde_json into 4 members of an asset"),
    ] {
        Figure {
            group: "Calls",
            name,
            unit: "ms",
            ours: milliseconds(0),
            baseline: milliseconds(side),
            against,
            ratio: median(seconds[0].iter().zip(&seconds[side]).map(|(ours, by)| ours / by)),
            higher_is_better: false,
        }
        .print();
    }
}

fn length(list: AssetList) -> usize {
    list.assets.unwrap_or_default().len()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<T> {
    payload: T,
    #[serde(default)]
    errors: Vec<Value>,
}

async fn by_hand<T: DeserializeOwned>(client: &reqwest::Client, url: &str) -> T {
    let request = client.get(format!("{url}/assets?count=1000"));
    let request = request
        .header("authorization", "Bearer any")
        .header("ocp-apim-subscription-key", "any")
        .header("x-mv-api-version", "1.2")
        .header("accept", "application/json");
    let bytes = request.send().await.unwrap().bytes().await.unwrap();
    let envelope: Envelope<T> = serde_json::from_slice(&bytes).unwrap();
    assert!(envelope.errors.is_empty());
    envelope.payload
}

async fn serve() {
    let asset = |id: usize| {
        json!({
            "id": format!("00000000-0000-4000-8000-{id:012}"),
            "title": format!("Asset {id}"), "description": "A harbour at dawn", "isActive": true,
            "keywords": [], "attributes": {"5f8f8c44-0000-4000-8000-000000000001": "Model"},
            "record": {"createdAt": "2024-05-06T07:08:09Z", "modifiedAt": "2024-05-06T07:08:09Z"},
            "file": {"fileName": format!("asset-{id}.jpg"), "fileType": "jpg", "sizeInBytes": 93_336},
            "media": {"thumb": "https://cdn.example/thumb.jpg", "original": "https://cdn.example/original.jpg"},
        })
    };
    let assets: Vec<Value> = (0..ASSETS).map(asset).collect();
    let body = json!({
        "payload": {"assets": assets, "assetCount": ASSETS},
        "recordCount": {"totalRecordsFound": ASSETS, "recordsReturned": ASSETS},
        "errors": [], "warnings": [], "meta": {},
    });
    let body = body.to_string();
    let respond = move || {
        let body = body.clone();
        async move { ([("content-type", "application/json")], body) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    axum::serve(listener, Router::new().route("/assets", get(respond))).await.unwrap();
}
