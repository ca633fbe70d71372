//! Compares calls through the pipeline with the same calls made directly with reqwest and serde, on loopback.
//!
//! `cargo bench -p oneteg-http --bench calls` prints ratios of one run. The server is a separate process, so that
//! `../scripts/instructions.sh` can count only the client's instructions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod data;
mod direct;
mod pipeline;
mod server;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use data::Style;
use direct::DirectClient;
use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{Page, Pager, Runtime};
use oneteg_test_kit::figure::{Figure, counted, median};

fn clients(address: SocketAddr) -> (Runtime, DirectClient) {
    let key = ApiKey::with_scheme("apiToken", &Secret::new("s3cret")).unwrap();
    let url = format!("http://{address}");
    let runtime = Runtime::builder(&url, pipeline::Bench, key).build().unwrap();
    (runtime, DirectClient::new(&url))
}

/// Runs batches of both kinds alternately, and each kind first in every other round, so that other load on the
/// machine affects both equally.
async fn throughput(address: SocketAddr, style: Style, items: u64, rounds: usize) {
    // A batch of large responses takes as long as one of small ones.
    let batch: u32 = if items > 100 { 50 } else { 500 };
    let (runtime, mut direct) = clients(address);
    let (mut pipeline_speeds, mut direct_speeds) = (Vec::new(), Vec::new());
    for round in 0..rounds + 2 {
        for turn in 0..2 {
            let is_pipeline = (round + turn) % 2 == 0;
            let began = Instant::now();
            for _ in 0..batch {
                let assets = if is_pipeline {
                    pipeline::call(&runtime, style, 0, items).await
                } else {
                    direct.call(style, 0, items).await
                };
                assert_eq!(assets.results.unwrap().len() as u64, items);
            }
            // The first two rounds warm up.
            if round > 1 {
                let speed = f64::from(batch) / began.elapsed().as_secs_f64();
                if is_pipeline { &mut pipeline_speeds } else { &mut direct_speeds }.push(speed);
            }
        }
    }
    let pairs = pipeline_speeds.iter().zip(&direct_speeds);
    let ratio = median(pairs.map(|(pipeline, direct)| pipeline / direct));
    let (ours, baseline) = (median(pipeline_speeds), median(direct_speeds));
    println!(
        "calls/s, {}, {items} items per response: pipeline {ours:.0}, direct {baseline:.0}, ratio {ratio:.3}",
        style.name(),
    );
    Figure {
        group: "Calls",
        name: &format!("Responses of {}, {}", counted(items, "item"), style.describe()),
        unit: "calls/s",
        ours,
        baseline,
        against: "reqwest and serde_json alone",
        ratio,
        higher_is_better: true,
    }
    .print();
}

async fn listing(address: SocketAddr) {
    let (runtime, _) = clients(address);
    let mut took = Vec::new();
    for prefetch in [0, 3, 7] {
        let runtime = runtime.clone();
        let pager = Pager::new(&pipeline::GET_ASSETS, move |page| {
            let runtime = runtime.clone();
            async move {
                let (start, size) = (page.start().unwrap(), page.size().unwrap());
                let assets = pipeline::call(&runtime, Style::Rpc, start, size).await;
                Ok(Page::new(assets.results).total(assets.size))
            }
        });
        let began = Instant::now();
        assert_eq!(pager.prefetch(prefetch).all().await.unwrap().len(), 10_000);
        took.push((prefetch, began.elapsed()));
    }
    for (prefetch, time) in &took[1..] {
        let ratio = time.as_secs_f64() / took[0].1.as_secs_f64();
        Figure {
            group: "Calls",
            name: &format!("10,000 items in pages of 100 at 50 ms, {prefetch} pages ahead"),
            unit: "s",
            ours: time.as_secs_f64(),
            baseline: took[0].1.as_secs_f64(),
            against: "one page after another",
            ratio,
            higher_is_better: false,
        }
        .print();
        println!(
            "10,000 items, pages of 100 at 50 ms: {:.2} s with {prefetch} ahead, {:.2} s without, ratio {ratio:.3}",
            time.as_secs_f64(),
            took[0].1.as_secs_f64()
        );
    }
}

/// Makes only one kind of call, to count its instructions.
async fn count(kind: &str, style: Style, items: u64, calls: u32, address: SocketAddr) {
    let (runtime, mut direct) = clients(address);
    for _ in 0..calls {
        match kind {
            "pipeline" => drop(pipeline::call(&runtime, style, 0, items).await),
            _ => drop(direct.call(style, 0, items).await),
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
        ["count", kind, style, items, calls, address] => {
            let (items, calls) = (items.parse().unwrap(), calls.parse().unwrap());
            let address = address.parse().unwrap();
            runtime.block_on(count(kind, Style::of(style), items, calls, address));
        }
        // One of the rows below, with another number of rounds.
        ["throughput", style, items, rounds] => {
            let quick = server::Process::start(0);
            let (items, rounds) = (items.parse().unwrap(), rounds.parse().unwrap());
            runtime.block_on(throughput(quick.address, Style::of(style), items, rounds));
        }
        _ => {
            let quick = server::Process::start(0);
            for style in Style::ALL {
                for items in [1, 10, 100, 1_000] {
                    runtime.block_on(throughput(quick.address, style, items, 22));
                }
            }
            let slow = server::Process::start(50);
            runtime.block_on(listing(slow.address));
        }
    }
}
