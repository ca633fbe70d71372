//! The stall guard detects silent servers, and does not mistake slow readers for them. On a paused clock.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::Method;
use oneteg_http::{ErrorKind, Runtime};
use oneteg_test_kit::http_response;
use tokio::time::{Instant, sleep, timeout};

use crate::support;

const LIMIT: Duration = Duration::from_secs(60);

/// A server whose chunks arrive a while after they are requested, as on a connection that is read only when its reader
/// polls.
fn server(pieces: u64, seed: u64, slowest: Duration) -> Runtime {
    support::builder(move |_| async move {
        let random = fastrand::Rng::with_seed(seed);
        let body = stream::unfold((random, 0), move |(mut random, n)| async move {
            if n == pieces {
                return None;
            }
            // Two steps, of which the second begins only when the reader polls: windows are opened and records decrypted
            // on demand.
            sleep(slowest.mul_f64(random.f64() / 2.0)).await;
            sleep(slowest.mul_f64(random.f64() / 2.0)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), (random, n + 1)))
        });
        Ok(http_response(200, &[], reqwest::Body::wrap_stream(body)))
    })
    .build()
    .unwrap()
}

/// A reader that waits at times, stops waiting at times, and is away for up to an hour.
async fn read_slowly(runtime: Runtime, seed: u64) -> Result<u64, oneteg_http::Error> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut body = runtime.request(Method::GET, "/file").send_stream().await?.into_inner();
    let mut read = 0;
    loop {
        match random.u8(0..4) {
            0 => sleep(Duration::from_secs(random.u64(0..3600))).await,
            1 => sleep(LIMIT / 4 + Duration::from_millis(random.u64(0..20))).await,
            2 => {
                // Polls, stops waiting, and does something else.
                let patience = Duration::from_millis(random.u64(0..70_000));
                match timeout(patience, body.next_chunk()).await {
                    Ok(Some(piece)) => read += piece?.len() as u64,
                    Ok(None) => return Ok(read),
                    Err(_) => sleep(Duration::from_secs(random.u64(0..600))).await,
                }
                continue;
            }
            _ => {}
        }
        match body.next_chunk().await {
            Some(piece) => read += piece?.len() as u64,
            None => return Ok(read),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_slow_readers_are_not_taken_for_silent_servers() {
    let mut readers = tokio::task::JoinSet::new();
    for seed in 0..10_000 {
        // The server takes up to nine tenths of the limit.
        readers.spawn(read_slowly(server(8, seed, LIMIT.mul_f64(0.9)), seed));
    }
    let (mut right, mut stalled) = (0, Vec::new());
    while let Some(done) = readers.join_next().await {
        match done.unwrap() {
            Ok(8) => right += 1,
            other => stalled.push(other),
        }
    }
    assert!(stalled.is_empty(), "{} false stalls: {:?}", stalled.len(), stalled.first());
    assert_eq!(right, 10_000);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_found_out_in_time() {
    for away in [0, 10, 100, 5_000] {
        let runtime = server(1, 1, Duration::from_secs(1_000_000));
        let mut body =
            runtime.request(Method::GET, "/file").send_stream().await.unwrap().into_inner();
        // To have polled once and been away must make the error neither later nor earlier.
        assert!(timeout(Duration::from_secs(1), body.next_chunk()).await.is_err());
        sleep(Duration::from_secs(away)).await;
        let began = Instant::now();
        let error = body.next_chunk().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let took = began.elapsed();
        assert!(took <= LIMIT.mul_f64(1.25) && took >= LIMIT / 2, "{away}: {took:?}");
    }
}
