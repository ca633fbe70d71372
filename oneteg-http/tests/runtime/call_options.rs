//! Headers of a single call, and bodies that are kept.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use oneteg_http::{
    CallOptions, Error, ErrorKind, RequestOptions, Runtime,
    codegen::{Operation, OperationRequest},
};
use oneteg_test_kit::http_response;
use serde_json::Value;

use crate::support::{self, EVIDENCE, READ, RPC_READ};

const JSON: (&str, &str) = ("content-type", "application/json");

static KEYED: Operation =
    Operation::new("keyed", "test", Method::GET, "/keyed", true, EVIDENCE).accepting("text/csv");

type Seen = Arc<Mutex<Vec<HeaderMap>>>;

/// A runtime that sends a header of its own, and a secret one; its server fails once, then responds with `body`.
fn runtime(body: &'static str) -> (Runtime, Seen) {
    let seen = Seen::default();
    let requests = Arc::clone(&seen);
    let builder = support::builder(move |request: reqwest::Request| {
        let mut requests = requests.lock().unwrap();
        requests.push(request.headers().clone());
        let status = if requests.len() == 1 { 503 } else { 200 };
        async move { Ok(http_response(status, &[JSON], body)) }
    });
    let mut key = HeaderValue::from_static("canary-gateway");
    key.set_sensitive(true);
    let runtime = builder
        .header(HeaderName::from_static("x-gateway"), key)
        .header(HeaderName::from_static("x-tenant"), HeaderValue::from_static("one"))
        .build()
        .unwrap();
    (runtime, seen)
}

async fn call(
    runtime: &Runtime,
    operation: &'static Operation,
    options: CallOptions,
) -> Result<oneteg_http::ResponseValue<Value>, Error> {
    runtime.json::<Value>(OperationRequest::new(operation, options)).await
}

#[tokio::test(start_paused = true)]
async fn a_header_of_a_call_is_sent_with_every_attempt_and_replaces_that_of_the_client() {
    let (runtime, seen) = runtime("1");
    let options = CallOptions::new().header("X-Tenant", "two").header("accept", "text/plain");
    call(&runtime, &KEYED, options.header("x-tenant", "three")).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for headers in &*seen {
        let tenants: Vec<_> = headers.get_all("x-tenant").iter().collect();
        assert_eq!(tenants, ["three"]);
        assert_eq!(headers.get_all("accept").iter().collect::<Vec<_>>(), ["text/plain"]);
        assert_eq!(headers["authorization"], "canary-0");
    }
}

#[tokio::test]
async fn a_header_that_carries_a_credential_or_is_malformed_fails_the_call_unsent() {
    for (name, value) in [
        ("authorization", "canary"),
        ("Cookie", "canary"),
        ("X-Gateway", "canary"),
        ("host", "canary"),
        ("x-note", "canary\n"),
        ("canary\n", ""),
    ] {
        let (runtime, seen) = runtime("1");
        let options = CallOptions::new().header(name, value).header("x-tenant", "two");
        assert!(!format!("{options:?}").contains("canary"));
        let error = call(&runtime, &READ, options).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{name}");
        assert_eq!(error.operation(), Some("read"));
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        assert!(seen.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_secret_header_of_a_call_is_in_no_error() {
    let runtime = support::runtime(|request: reqwest::Request| async move {
        let echoed = format!("no {:?}", request.headers()["x-api-key"].to_str());
        Ok(http_response(403, &[], echoed))
    });
    let options = CallOptions::new().header("x-api-key", "canary-key");
    assert!(!format!("{options:?}").contains("canary"));
    let error = call(&runtime, &READ, options).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.body_preview());
    assert!(shown.contains("[secret]") && !shown.contains("canary"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn the_body_is_kept_if_asked_for() {
    let envelope = r#"{"jsonrpc":"2.0","id":"7","result":{"link":"https://h/c?sig=canary"}}"#;
    let (runtime, _) = runtime(envelope);
    let options = CallOptions::new().request_id("7");
    let response = call(&runtime, &RPC_READ, options.clone()).await.unwrap();
    assert_eq!(response.body(), None);
    let response = call(&runtime, &RPC_READ, options.keep_body()).await.unwrap();
    assert_eq!(response.body().unwrap(), envelope);
    let response = response.map(|value| value["link"].is_string());
    assert!(!format!("{response:?}").contains("canary"));
    let (value, parts) = response.into_parts();
    assert!(value && parts.status == 200 && parts.headers.contains_key("content-type"));
    assert_eq!(parts.body.as_deref(), Some(envelope.as_bytes()));
    assert!(!format!("{parts:?}").contains("canary"), "{parts:?}");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_kept_too() {
    let runtime = support::runtime(|_| async { Ok(http_response(200, &[], "\u{feff}text")) });
    let request = || OperationRequest::new(&KEYED, CallOptions::new().keep_body());
    let text = runtime.text(request()).await.unwrap();
    assert_eq!(text.body().unwrap(), "\u{feff}text".as_bytes());
    let empty = runtime.empty(request()).await.unwrap();
    assert_eq!(empty.body().unwrap(), "\u{feff}text".as_bytes());
    let error = runtime.json::<Value>(request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_member_can_be_moved_out_of_a_response() {
    #[derive(serde::Deserialize)]
    struct Thing {
        name: String,
    }
    let runtime =
        support::runtime(|_| async { Ok(http_response(200, &[JSON], r#"{"name":"a"}"#)) });
    let request = OperationRequest::new(&READ, CallOptions::new());
    let name = runtime.json::<Thing>(request).await.unwrap().value.name;
    assert_eq!(name, "a");
}

#[test]
fn requests_offer_the_options_of_a_call() {
    struct Request(CallOptions);
    impl RequestOptions for Request {
        fn call_options_mut(&mut self) -> &mut CallOptions {
            &mut self.0
        }
    }
    let second = std::time::Duration::from_secs(1);
    let request = Request(CallOptions::new().query("a", 1)).header("x-tenant", "two");
    let request = request.timeout(second).retry(oneteg_http::RetryPolicy::none()).keep_body();
    let same = CallOptions::new().query("a", 1).header("x-tenant", "two").timeout(second);
    let same = same.retry(oneteg_http::RetryPolicy::none()).keep_body();
    assert_eq!(format!("{:?}", request.0), format!("{same:?}"));
}
