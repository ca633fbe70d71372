//! A thousand malformed responses over real sockets: each gives the right kind of error, none a panic, and the memory
//! for them is bounded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod generator;
mod raw_http;
// Each test uses only a part of it.
#[allow(dead_code, unreachable_pub)]
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex};

use generator::{CLASSES, Call, RawResponse};
use netx_sdk::{CallOptions, Client, Error, FilePart, types::ImportAssetForm};
use peak_alloc::PeakAlloc;
use support::{
    CANARY,
    socket::{Socket, response_bytes},
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Maximum size of a response that the client accepts.
const LIMIT: usize = 1024 * 1024;

async fn write(response: RawResponse, mut stream: TcpStream) -> std::io::Result<()> {
    match response {
        RawResponse::Bytes(bytes) => stream.write_all(&bytes).await?,
        RawResponse::Repeated { head, chunk, times } => {
            stream.write_all(&head).await?;
            for _ in 0..times {
                stream.write_all(&chunk).await?;
            }
        }
    }
    stream.shutdown().await
}

async fn send(netx: Client, call: Call) -> Result<(), Error> {
    // The ID in the responses.
    let id = CallOptions::new().request_id("1");
    match call {
        Call::Assets => drop(netx.get_assets([1]).call_options(id).send().await?),
        Call::Page => drop(netx.get_assets_by_folder(1, false).call_options(id).send().await?),
        Call::Folder => drop(netx.get_folder_by_path("a").call_options(id).send().await?),
        Call::User => drop(netx.get_self().call_options(id).send().await?),
        Call::Views => drop(netx.get_views_by_asset(1).call_options(id).send().await?),
        Call::Any => drop(netx.delete_collection(1).call_options(id).send().await?),
        Call::Import => {
            let form = ImportAssetForm::new(FilePart::new("a", vec![1]), 1, "a");
            drop(netx.import_asset(form).send().await?);
        }
    }
    Ok(())
}

/// The output of a future, and the peak of allocated memory while it ran, in bytes.
async fn peak_of<T>(run: impl Future<Output = T>) -> (T, usize) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let output = run.await;
    (output, MEMORY.peak_usage().saturating_sub(before))
}

#[tokio::test]
async fn a_thousand_malformed_responses() {
    let response = Arc::new(Mutex::new(RawResponse::Bytes(Vec::new())));
    let next = response.clone();
    let server = Socket::start(move |_, stream| {
        let response = next.lock().unwrap().clone();
        async move {
            // The client disconnects when it refuses the response.
            let _ = write(response, stream).await;
        }
    })
    .await;
    let netx = Client::builder(&server.url)
        .api_key(CANARY)
        .retry(netx_sdk::RetryPolicy::none())
        // Adapting to the 429s among the responses would slow down the others.
        .runtime(|runtime| runtime.limits(oneteg_http::Limits::new().adaptive(false)))
        .max_response_bytes(LIMIT)
        .build()
        .unwrap();

    let mut random = fastrand::Rng::with_seed(0x6e65_7478);
    let (mut sent, mut right, mut panics) = (0, 0, 0);
    let mut wrong = Vec::new();
    let mut highest = 0;
    for class in CLASSES {
        let mut most = 0;
        for _ in 0..class.count {
            let case = (class.make)(&mut random);
            *response.lock().unwrap() = case.response.clone();
            let task = tokio::spawn(send(netx.clone(), case.call));
            let (outcome, peak) = peak_of(task).await;
            most = most.max(peak);
            sent += 1;
            match outcome {
                Err(_) => {
                    panics += 1;
                    wrong.push(format!("{}: panic: {case:?}", class.name));
                }
                Ok(outcome) => {
                    let kind = outcome.as_ref().err().map(Error::kind);
                    if kind == case.kind {
                        right += 1;
                    } else {
                        wrong.push(format!("{}: {outcome:?} for {case:?}", class.name));
                    }
                }
            }
        }
        println!("{:>4} {:<40} {:>6} KiB at most", class.count, class.name, most / 1024);
        highest = highest.max(most);
    }
    println!("{sent} malformed responses: {right} right kinds, {panics} panics");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((sent, right, panics), (1000, 1000, 0));
    // What was read, the buffer of twice the size it moves to when growing, and the server's own copy.
    assert!(highest < 5 * LIMIT, "{highest} bytes for responses of at most {LIMIT} bytes");

    // The worst case of a well-formed response: as many values as fit, each far larger in memory than as JSON.
    for (call, element, most) in [(Call::Assets, r#"{"id":1}"#, 160), (Call::Any, "[]", 50)] {
        let elements = vec![element; LIMIT / (element.len() + 1) - 10];
        let body = format!(r#"{{"id":"1","result":[{}]}}"#, elements.join(","));
        *response.lock().unwrap() =
            RawResponse::Bytes(response_bytes("200 OK", "", body.as_bytes()));
        let (outcome, peak) = peak_of(send(netx.clone(), call)).await;
        outcome.unwrap();
        println!(
            "{} x {element}: {} bytes for each byte of the response",
            elements.len(),
            peak / body.len()
        );
        assert!(peak < most * body.len(), "{peak} bytes for a response of {} bytes", body.len());
    }
}
