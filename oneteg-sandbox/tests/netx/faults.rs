//! The recording and the scripted faults.

use std::time::Duration;

use oneteg_sandbox::{Fault, FaultTiming};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

fn rpc(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

#[tokio::test]
async fn requests_are_recorded_without_their_credential() {
    let client = Client::start().await;
    client.ok("getSelf", json!([])).await;
    client.get("/api/file/asset/201/thumbnail?size=1").await;
    client.post_rpc("{").await;
    client.get("/nowhere").await;
    let requests = client.sandbox.netx().requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                request.method.as_str(),
                request.path.as_str(),
                request.rpc_method.as_deref(),
                request.operation.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("POST", "/api/rpc", Some("getSelf"), Some("getSelf")),
            ("GET", "/api/file/asset/201/thumbnail", None, Some("getAssetThumbnail")),
            ("POST", "/api/rpc", None, None),
            ("GET", "/nowhere", None, None),
        ]
    );
    assert_eq!(requests[1].query.as_deref(), Some("size=1"));
    assert_eq!(requests[0].header("authorization"), Some("<redacted>"));
    assert!(requests[0].header("host").unwrap().starts_with("127.0.0.1:"));
    assert!(!format!("{requests:?}{:?}", client.sandbox).contains(client.sandbox.netx_api_key()));
}

#[tokio::test]
async fn the_recording_is_bounded_and_the_counter_is_not() {
    let client = Client::start().await;
    for index in 0..1030 {
        client.bare(Method::GET, &format!("/nowhere/{index}")).send().await.unwrap();
    }
    let requests = client.sandbox.netx().requests();
    assert_eq!((requests.len(), requests[0].path.as_str()), (1024, "/nowhere/6"));
    assert_eq!(client.sandbox.netx().counters().requests, 1030);
}

#[tokio::test]
async fn a_fault_applies_as_often_as_scripted_and_then_no_more() {
    let client = Client::start().await;
    let netx = client.sandbox.netx();
    netx.script(Fault::response(503).header("Retry-After", "2").body("busy").times(2)).unwrap();
    netx.script(Fault::response(200).header("content-type", "text/html").body("<html>")).unwrap();
    let send = async || {
        let body = rpc("deleteAsset", &json!([201]));
        let response = client.request(Method::POST, "/api/rpc").body(body).send().await.unwrap();
        let wait = response.headers().get("retry-after").cloned();
        (response.status().as_u16(), wait.is_some(), response.text().await.unwrap())
    };
    assert_eq!(send().await, (503, true, "busy".to_owned()));
    assert_eq!(send().await, (503, true, "busy".to_owned()));
    assert_eq!(send().await, (200, false, "<html>".to_owned()));
    assert_eq!(netx.counters().writes, 0, "a fault replaces the operation");
    assert!(send().await.2.contains("result"));
    assert_eq!((netx.counters().requests, netx.counters().writes), (4, 1));
}

#[tokio::test]
async fn a_fault_can_wait_for_its_operation() {
    let client = Client::start().await;
    client.sandbox.netx().script(Fault::response(500).only("getAssetPreview")).unwrap();
    client.ok("getSelf", json!([])).await;
    assert_eq!(client.get("/api/file/asset/201/thumbnail").await.status(), 200);
    assert_eq!(client.get("/api/file/asset/201/preview").await.status(), 500);
    assert_eq!(client.get("/api/file/asset/201/preview").await.status(), 200);
}

#[tokio::test]
async fn a_response_can_be_lost_after_the_write() {
    let client = Client::start().await;
    let lost = Fault::response(502).only("deleteAsset").at(FaultTiming::AfterHandling);
    client.sandbox.netx().script(lost).unwrap();
    let body = rpc("deleteAsset", &json!([201]));
    let response = client.request(Method::POST, "/api/rpc").body(body).send().await.unwrap();
    assert_eq!(response.status(), 502);
    assert_eq!(client.writes(), 1);
    assert_eq!(client.code("getAssets", json!([[201]])).await, 1000);
}

#[tokio::test]
async fn a_response_can_be_cut_off() {
    let client = Client::start().await;
    client.sandbox.netx().script(Fault::response(200).body("half").content_length(8)).unwrap();
    let mut response = client.get("/api/file/asset/201").await;
    assert_eq!(response.content_length(), Some(8));
    let mut received = Vec::new();
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received.extend_from_slice(&chunk),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(end.is_err());
    assert!(b"half".starts_with(&received[..]));
}

#[tokio::test]
async fn a_response_can_be_late() {
    let client = Client::start().await;
    let late = Fault::response(200).delayed(Duration::from_secs(3600));
    client.sandbox.netx().script(late).unwrap();
    let waiting = tokio::spawn(client.request(Method::GET, "/api/file/asset/201").send());
    while client.sandbox.netx().counters().requests == 0 {
        assert!(!waiting.is_finished(), "the response came before the request was recorded");
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    waiting.abort();
}

#[tokio::test]
async fn a_fault_that_is_not_a_response_is_refused() {
    let client = Client::start().await;
    for fault in [
        Fault::response(99),
        Fault::response(100),
        Fault::response(200).header("no name", "x"),
        Fault::response(200).header("x", "a\nb"),
        Fault::response(200).body("whole").content_length(5),
    ] {
        assert!(client.sandbox.netx().script(fault.clone()).is_err(), "{fault:?}");
    }
    client.ok("getSelf", json!([])).await;
}
