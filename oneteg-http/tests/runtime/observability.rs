//! What `tracing` records of a call, and what it does not.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use http::Method;
use oneteg_http::{
    WireLog,
    codegen::{CallOptions, Operation, OperationRequest, QueryStyle},
};
use oneteg_test_kit::http_response;
use serde_json::Value;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::support::{self, EVIDENCE, READ, RPC_READ};

static SHARE: Operation =
    Operation::new("get_share", "test", Method::GET, "/share/{key}/files", true, EVIDENCE)
        .accepting("application/json");

/// Records every span and event.
#[derive(Clone, Default)]
struct TraceRecorder(Arc<Mutex<Vec<String>>>);

struct RecordedLine(String);

impl Visit for RecordedLine {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl TraceRecorder {
    fn write(&self, what: &str, record: impl FnOnce(&mut RecordedLine)) {
        let mut line = RecordedLine(what.to_owned());
        record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

impl Subscriber for TraceRecorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("oneteg_http")
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write("span", |line| span.record(line));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write("record", |line| values.record(line));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.write("event", |line| event.record(line));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl TraceRecorder {
    /// Becomes the subscriber of this thread, and returns when it is in effect. `tracing` caches for each callsite
    /// whether it has a subscriber, and a test on another thread, which has none, may reach the callsite first. So
    /// the cache is rebuilt and a call is made, until all of the call is recorded.
    async fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let recorder = Self::default();
        let guard = tracing::subscriber::set_default(recorder.clone());
        loop {
            let runtime = support::runtime(|_| async { Ok(http_response(200, &[], "{}")) });
            runtime.json::<Value>(OperationRequest::new(&READ, CallOptions::new())).await.unwrap();
            let heard = recorder.take();
            if ["span ", "event ", "record "].iter().all(|what| heard.contains(what)) {
                return (recorder, guard);
            }
            std::thread::yield_now();
            tracing::callsite::rebuild_interest_cache();
        }
    }

    /// What was recorded so far, one line each.
    fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap()).join("\n")
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_a_span_and_a_try_an_event_and_neither_has_a_secret() {
    let (recorder, _guard) = TraceRecorder::listen().await;
    let attempts = Mutex::new(0);
    let runtime = support::runtime(move |_| {
        let mut attempts = attempts.lock().unwrap();
        *attempts += 1;
        let status = if *attempts == 1 { 503 } else { 200 };
        async move { Ok(http_response(status, &[("x-token", "canary")], r#"{"token":"canary"}"#)) }
    });
    let mut call = OperationRequest::new(&SHARE, CallOptions::new());
    call.path("key", "canary");
    call.query("signature", QueryStyle::Exploded, "canary");
    call.header("x-secret", "canary");
    runtime.json::<Value>(call).await.unwrap();
    let mut failing = OperationRequest::new(&RPC_READ, CallOptions::new());
    failing.param("canary");
    // The response is not a JSON-RPC response.
    runtime.json::<Value>(failing).await.unwrap_err();
    // The response does not have its documented form: the attempt succeeded, the call did not.
    let undecodable = OperationRequest::new(&READ, CallOptions::new());
    runtime.json::<Vec<u64>>(undecodable).await.unwrap_err();

    let lines = recorder.take();
    // An empty recording would not contain a secret either.
    for operation in ["get_share", "get_thing", "read"] {
        assert!(lines.contains(&format!("oneteg.operation=\"{operation}\"")), "{lines}");
    }
    assert!(!lines.contains("canary"), "a secret is recorded:\n{lines}");
    insta::assert_snapshot!(lines);
}

#[tokio::test(start_paused = true)]
async fn a_signed_link_is_in_no_span_and_no_event() {
    let (recorder, _guard) = TraceRecorder::listen().await;
    let link = "https://storage.example/canary?sp=r&sig=canary-signature";
    let runtime = support::runtime(move |request: reqwest::Request| {
        let moved = request.url().path() == "/moved";
        async move {
            Ok(match moved {
                true => http_response(302, &[("location", link)], link),
                false => http_response(403, &[], link),
            })
        }
    });
    runtime.request(Method::GET, "/moved").send::<Value>().await.unwrap_err();
    let request = runtime.request_external(Method::PUT, link.parse().unwrap());
    request.body(vec![1]).send_empty().await.unwrap_err();
    let lines = recorder.take();
    assert_eq!(lines.matches("span ").count(), 2, "{lines}");
    assert!(lines.contains("storage.example") && lines.contains("403"), "{lines}");
    assert!(!lines.contains("canary"), "a secret is recorded:\n{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_no_newer_credential_mends_is_on_the_span() {
    let (recorder, _guard) = TraceRecorder::listen().await;
    let runtime = support::runtime(|_| async { Ok(http_response(401, &[], "")) });
    runtime.json::<Value>(OperationRequest::new(&READ, CallOptions::new())).await.unwrap_err();
    let lines = recorder.take();
    assert!(lines.contains("record http.response.status_code=401"), "{lines}");
    assert!(lines.contains("record error.type=\"Authentication\""), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_repaired_response_is_on_its_span_without_a_value_or_a_name() {
    let (recorder, _guard) = TraceRecorder::listen().await;
    let body = r#"{"canary":["canary", 1, null], "canary-2": 7}"#;
    let runtime = support::runtime(move |_| async move { Ok(http_response(200, &[], body)) });
    let call = OperationRequest::new(&READ, CallOptions::new());
    let read = runtime.json::<std::collections::HashMap<String, Option<Vec<Option<String>>>>>(call);
    read.await.unwrap_err();
    let body = r#"{"canary":["canary", 1, null], "canary-2": [7]}"#;
    let runtime = support::runtime(move |_| async move { Ok(http_response(200, &[], body)) });
    let call = OperationRequest::new(&READ, CallOptions::new());
    let read = runtime.json::<std::collections::HashMap<String, Option<Vec<Option<String>>>>>(call);
    assert_eq!(read.await.unwrap().repairs().len(), 2);

    let lines = recorder.take();
    assert!(lines.contains("record oneteg.repairs=2"), "{lines}");
    assert!(lines.contains("repairs=2 first=\"converted"), "{lines}");
    assert!(!lines.contains("canary"), "a value is recorded:\n{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_wire_log_is_events_without_secrets() {
    let (recorder, _guard) = TraceRecorder::listen().await;
    let body = r#"{"token":"canary","name":"visible"}"#;
    let builder = support::builder(move |_| async move { Ok(http_response(200, &[], body)) });
    let runtime = builder.interceptor(WireLog::to_tracing().bodies(100)).build().unwrap();
    let mut call = OperationRequest::new(&SHARE, CallOptions::new());
    call.path("key", "canary");
    call.header("x-secret", "canary");
    runtime.json::<Value>(call).await.unwrap();
    let lines = recorder.take();
    assert!(lines.contains("--> GET http://127.0.0.1:9/share/[secret]/files"), "{lines}");
    assert!(lines.contains("<-- 200 in 0 ms") && lines.contains("visible"), "{lines}");
    assert!(!lines.contains("canary"), "a secret is recorded:\n{lines}");
}
