//! What `tracing` is told of a call, and what it is not.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use http::Method;
use oneteg_http::{
    codegen::{Call, CallOptions, Operation, QueryStyle},
    test_kit::answer,
};
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

/// Writes down everything it is told.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Recorder {
    fn write(&self, what: &str, record: impl FnOnce(&mut Line)) {
        let mut line = Line(what.to_owned());
        record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "oneteg_http"
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

#[tokio::test(start_paused = true)]
async fn a_call_is_a_span_and_a_try_an_event_and_neither_has_a_secret() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let tries = Mutex::new(0);
    let runtime = support::runtime(move |_| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        let status = if *tries == 1 { 503 } else { 200 };
        async move { Ok(answer(status, &[("x-token", "canary")], r#"{"token":"canary"}"#)) }
    });
    let mut call = Call::new(&SHARE, CallOptions::new());
    call.path("key", "canary");
    call.query("signature", QueryStyle::Exploded, "canary");
    call.header("x-secret", "canary");
    runtime.json::<Value>(call).await.unwrap();
    let mut failing = Call::new(&RPC_READ, CallOptions::new());
    failing.param("canary");
    // The answer is no JSON-RPC response.
    runtime.json::<Value>(failing).await.unwrap_err();
    // The answer has another form than documented: the try was well, the call was not.
    let undecodable = Call::new(&READ, CallOptions::new());
    runtime.json::<Vec<u64>>(undecodable).await.unwrap_err();

    let lines = recorder.0.lock().unwrap().join("\n");
    assert!(!lines.contains("canary"), "a secret is recorded:\n{lines}");
    insta::assert_snapshot!(lines);
}

#[tokio::test(start_paused = true)]
async fn a_repaired_response_is_on_its_span_without_a_value_or_a_name() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let body = r#"{"canary":["canary", 1, null], "canary-2": 7}"#;
    let runtime = support::runtime(move |_| async move { Ok(answer(200, &[], body)) });
    let call = Call::new(&READ, CallOptions::new());
    let read = runtime.json::<std::collections::HashMap<String, Option<Vec<Option<String>>>>>(call);
    read.await.unwrap_err();
    let body = r#"{"canary":["canary", 1, null], "canary-2": [7]}"#;
    let runtime = support::runtime(move |_| async move { Ok(answer(200, &[], body)) });
    let call = Call::new(&READ, CallOptions::new());
    let read = runtime.json::<std::collections::HashMap<String, Option<Vec<Option<String>>>>>(call);
    assert_eq!(read.await.unwrap().repairs().len(), 2);

    let lines = recorder.0.lock().unwrap().join("\n");
    assert!(lines.contains("record oneteg.repairs=2"), "{lines}");
    assert!(lines.contains("repairs=2 first=\"converted"), "{lines}");
    assert!(!lines.contains("canary"), "a value is recorded:\n{lines}");
}
