//! The whole pipeline against the same calls written by hand with reqwest and serde, on loopback.
//!
//! `cargo bench -p oneteg-http --bench calls` prints ratios of one run. The server is a process of its
//! own, so that `scripts/instructions.sh` beside this file can count the client's instructions alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod server;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use http::Method;
use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{
    Confidence, Evidence, Page, Pager, Pagination, PaginationStyle, Runtime, Vendor,
    codegen::{Call, CallOptions, Operation},
};
use serde::{Deserialize, Serialize};

const EVIDENCE: Evidence = Evidence::new(Confidence::Documented, &[], None);
static GET_ASSETS: Operation =
    Operation::new("get_assets", "assets", Method::POST, "/api/rpc", true, EVIDENCE)
        .accepting("application/json")
        .rpc("getAssets", &[])
        .paged(Pagination::new(PaginationStyle::Offset, "start", "size", "results", "size"));

#[derive(Debug)]
struct Bench;

impl Vendor for Bench {
    fn name(&self) -> &'static str {
        "bench"
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asset {
    id: i64,
    name: Option<String>,
    file: Option<String>,
    creation_date: Option<i64>,
    keywords: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct Assets {
    results: Option<Vec<Asset>>,
    size: Option<i64>,
}

#[derive(Serialize)]
struct ByHandRequest<'a> {
    jsonrpc: &'a str,
    id: String,
    method: &'a str,
    params: (u64, u64),
}

#[derive(Deserialize)]
struct ByHandAnswer {
    result: Option<Assets>,
    error: Option<serde_json::Value>,
}

struct ByHand {
    http: reqwest::Client,
    url: String,
    next: u64,
}

impl ByHand {
    async fn call(&mut self, size: u64) -> usize {
        self.next += 1;
        let id = self.next.to_string();
        let body = ByHandRequest { jsonrpc: "2.0", id, method: "getAssets", params: (0, size) };
        let answer = self
            .http
            .post(&self.url)
            .header("authorization", "apiToken s3cret")
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .body(serde_json::to_vec(&body).unwrap())
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
        let bytes = answer.bytes().await.unwrap();
        let answer: ByHandAnswer = serde_json::from_slice(&bytes).unwrap();
        assert!(answer.error.is_none());
        answer.result.unwrap().results.unwrap().len()
    }
}

async fn pipeline(runtime: &Runtime, start: u64, size: u64) -> Assets {
    let mut call = Call::new(&GET_ASSETS, CallOptions::new());
    call.param(&start);
    call.param(&size);
    runtime.json::<Assets>(call).await.unwrap().into_inner()
}

fn clients(address: SocketAddr) -> (Runtime, ByHand) {
    let key = ApiKey::with_scheme("apiToken", &Secret::new("s3cret")).unwrap();
    let url = format!("http://{address}");
    let runtime = Runtime::builder(&url, Bench, key).build().unwrap();
    // The same connection settings; a provider is only needed to build the client at all.
    let tls = rustls::ClientConfig::builder_with_provider(
        rustls::crypto::ring::default_provider().into(),
    )
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        // Sent by the pipeline as well: a header costs both ends.
        .user_agent("oneteg-bench/0.1.0")
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    (runtime, ByHand { http, url: format!("{url}/api/rpc"), next: 0 })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Batches in turn, so that what else the machine does strikes both alike.
async fn throughput(address: SocketAddr, items: u64) {
    const BATCH: u32 = 500;
    const ROUNDS: usize = 21;
    let (runtime, mut by_hand) = clients(address);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + 2 {
        let began = Instant::now();
        for _ in 0..BATCH {
            assert_eq!(by_hand.call(items).await as u64, items);
        }
        let hand = began.elapsed();
        let began = Instant::now();
        for _ in 0..BATCH {
            let answer = pipeline(&runtime, 0, items).await;
            assert_eq!(answer.results.unwrap().len() as u64, items);
        }
        // Two rounds to warm up.
        if round > 1 {
            ours.push(f64::from(BATCH) / began.elapsed().as_secs_f64());
            theirs.push(f64::from(BATCH) / hand.as_secs_f64());
        }
    }
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    println!(
        "calls/s, {items} items an answer: pipeline {:.0}, by hand {:.0}, ratio {:.3}",
        median(ours),
        median(theirs),
        median(ratios)
    );
}

async fn listing(address: SocketAddr) {
    let (runtime, _) = clients(address);
    let mut took = Vec::new();
    for prefetch in [0, 3, 7] {
        let pager = Pager::new(&GET_ASSETS, |page| {
            let runtime = runtime.clone();
            async move {
                let (start, size) = (page.start().unwrap(), page.size().unwrap());
                let answer = pipeline(&runtime, start, size).await;
                Ok(Page::new(answer.results).total(answer.size))
            }
        });
        let began = Instant::now();
        assert_eq!(pager.prefetch(prefetch).all().await.unwrap().len(), 10_000);
        took.push((prefetch, began.elapsed()));
    }
    for (prefetch, time) in &took[1..] {
        let ratio = time.as_secs_f64() / took[0].1.as_secs_f64();
        println!(
            "10,000 items, pages of 100 at 50 ms: {:.2} s with {prefetch} ahead, {:.2} s without, ratio {ratio:.3}",
            time.as_secs_f64(),
            took[0].1.as_secs_f64()
        );
    }
}

/// Only one kind of call, for counting instructions: `calls count pipeline|hand <items> <calls> <address>`.
async fn count(kind: &str, items: u64, calls: u32, address: SocketAddr) {
    let (runtime, mut by_hand) = clients(address);
    for _ in 0..calls {
        match kind {
            "pipeline" => drop(pipeline(&runtime, 0, items).await),
            _ => drop(by_hand.call(items).await),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", delay] => {
            runtime.block_on(server::serve(Duration::from_millis(delay.parse().unwrap())));
        }
        ["count", kind, items, calls, address] => {
            let (items, calls) = (items.parse().unwrap(), calls.parse().unwrap());
            runtime.block_on(count(kind, items, calls, address.parse().unwrap()));
        }
        _ => {
            let quick = server::Process::start(0);
            runtime.block_on(throughput(quick.address, 1));
            runtime.block_on(throughput(quick.address, 10));
            runtime.block_on(throughput(quick.address, 100));
            let slow = server::Process::start(50);
            runtime.block_on(listing(slow.address));
        }
    }
}
