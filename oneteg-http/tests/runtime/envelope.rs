//! The payload envelope, and the headers of every request.

use std::sync::{Arc, Mutex};

use http::{HeaderName, HeaderValue, Method};
use oneteg_http::{
    CallOptions, Envelope, ErrorKind, RetryPolicy,
    codegen::{Operation, OperationRequest},
};
use oneteg_test_kit::http_response;
use serde_json::{Value, json};

use crate::support::{self, EVIDENCE};

static WRAPPED: Operation = Operation::new("list", "test", Method::GET, "/list", true, EVIDENCE)
    .accepting("application/json")
    .wrapped(Envelope::PAYLOAD);
static PUBLIC: Operation =
    Operation::new("public", "test", Method::GET, "/public", true, EVIDENCE).public();

fn responding(body: &Value) -> oneteg_http::Runtime {
    let body = body.to_string();
    support::runtime(move |_| {
        let body = body.clone();
        async move { Ok(http_response(200, &[], body)) }
    })
}

#[tokio::test]
async fn the_payload_is_the_value_and_the_rest_is_beside_it() {
    let runtime = responding(&json!({
        "apiVersion": "1.2", "payload": [1, 2], "warnings": ["old"], "errors": null,
        "recordCount": {"totalRecordsFound": 9, "startingRecord": 0, "recordsReturned": 2},
    }));
    let list = runtime
        .json::<Vec<u64>>(OperationRequest::new(&WRAPPED, CallOptions::new()))
        .await
        .unwrap();
    let info = list.envelope().unwrap();
    assert_eq!((info.api_version.as_deref(), info.warnings.len()), (Some("1.2"), 1));
    assert_eq!(info.record_count.unwrap().total, Some(9));
    assert_eq!(*list, [1, 2]);

    let bare = responding(&json!([3]));
    let list =
        bare.json::<Vec<u64>>(OperationRequest::new(&WRAPPED, CallOptions::new())).await.unwrap();
    assert!(list.envelope().is_none());
    assert_eq!(list.into_inner(), [3]);
}

#[tokio::test]
async fn errors_beside_a_success_are_an_error_once() {
    let attempts = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&attempts);
    let body = json!({
        "apiVersion": "1.2", "payload": {"id": "a"},
        "errors": [{"code": "E1", "message": "`/title` was skipped"}, "another"],
    });
    let body = body.to_string();
    let runtime = support::runtime(move |_| {
        *counted.lock().unwrap() += 1;
        let body = body.clone();
        async move { Ok(http_response(200, &[], body)) }
    });
    let error = runtime
        .json::<Value>(OperationRequest::new(&WRAPPED, CallOptions::new()))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Partial, Some("E1")));
    assert_eq!(error.message(), "`/title` was skipped");
    assert_eq!(error.status().unwrap(), 200);
    let data = error.data().unwrap();
    assert_eq!(data["payload"], json!({"id": "a"}));
    assert_eq!(data["errors"].as_array().unwrap().len(), 2);
    assert!(!error.is_retryable());
    assert_eq!(*attempts.lock().unwrap(), 1);
}

/// The result of a response with this body, read as a list of numbers.
async fn read(body: &'static str) -> Result<Vec<u64>, oneteg_http::Error> {
    let runtime = support::runtime(move |_| async move { Ok(http_response(200, &[], body)) });
    let call = OperationRequest::new(&WRAPPED, CallOptions::new());
    runtime.json(call).await.map(oneteg_http::ResponseValue::into_inner)
}

#[tokio::test]
async fn an_envelope_is_read_to_its_end() {
    let whole = r#" {"apiVersion":"1.2","payload": [1, 2] ,"errors":[],"meta":{}} "#;
    assert_eq!(read(whole).await.unwrap(), [1, 2]);
    assert_eq!(read(r#"{"payload":[1],"errors":null}"#).await.unwrap(), [1]);
    assert_eq!(read("\u{feff}{\"errors\":[],\"new\":[{}],\"payload\":[3]}").await.unwrap(), [3]);
    let marks = "\u{feff}\r\n\u{feff}\n{\"errors\":[],\"payload\":[3]}";
    assert_eq!(read(marks).await.unwrap(), [3]);
    // An empty list is `[]`; anything that is not a list is not read as one.
    for body in [r#"{"apiVersion":"1","payload":null,"errors":[]}"#, " null ", ""] {
        assert_eq!(read(body).await.unwrap_err().kind(), ErrorKind::Decode);
    }
    for (body, kind, message) in [
        (r#"{"apiVersion":"1","payload":[1],"errors":["late"]}"#, ErrorKind::Partial, "late"),
        (r#"{"Payload":[1],"Meta":{"Errors":["inner"]}}"#, ErrorKind::Partial, "inner"),
        (r#"{"apiVersion":"1","payload":[1,"a"]}"#, ErrorKind::Decode, "at `[1]`"),
        (r#"{"apiVersion":"1","payload":[1,],"errors":[]}"#, ErrorKind::Decode, "not valid JSON"),
        // An error in the envelope takes precedence over a value that does not decode.
        (r#"{"apiVersion":"1","payload":[null],"errors":["late"]}"#, ErrorKind::Partial, "late"),
        // Neither is an envelope, and an object is not a list.
        (r#"{"payload":[1]}"#, ErrorKind::Decode, "documented form"),
        (r#"{"apiVersion":"1","payload":[1]} x"#, ErrorKind::Decode, "documented form"),
        (r#"{"apiVersion":"1","payload":[1],"payload":[2]}"#, ErrorKind::Decode, "documented form"),
        (r#"{"apiVersion":"1","payload":[1]"#, ErrorKind::Decode, "documented form"),
    ] {
        let error = read(body).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert!(error.message().contains(message), "{body}: {error}");
        assert_eq!(error.status().unwrap(), 200);
    }
}

#[tokio::test]
async fn an_envelope_with_a_member_twice_loses_neither_value_nor_errors() {
    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    struct Asset {
        id: Option<String>,
    }
    let read = async |body: &'static str| {
        let runtime = support::runtime(move |_| async move { Ok(http_response(200, &[], body)) });
        runtime.json::<Asset>(OperationRequest::new(&WRAPPED, CallOptions::new())).await
    };
    for body in [
        r#"{"apiVersion":"1","apiVersion":"2","payload":{"id":"a"}}"#,
        r#"{"apiVersion":"1","ApiVersion":"1","payload":{"id":"a"},"errors":[],"Errors":[]}"#,
        r#"{"payload":{"id":"a"},"Payload":null,"meta":{},"meta":null}"#,
        r#"{"payload":null,"Payload":{"id":"a"},"meta":{}}"#,
    ] {
        assert_eq!(read(body).await.unwrap().id.as_deref(), Some("a"), "{body}");
    }
    for (body, kind) in [
        (r#"{"payload":{},"errors":null,"errors":["late"]}"#, ErrorKind::Partial),
        (r#"{"payload":{},"errors":["early"],"Errors":[]}"#, ErrorKind::Partial),
        (r#"{"apiVersion":"1","payload":{"id":"a"},"Payload":{"id":"b"}}"#, ErrorKind::Decode),
    ] {
        assert_eq!(read(body).await.unwrap_err().kind(), kind, "{body}");
    }
}

#[tokio::test]
async fn headers_of_a_client_go_to_its_server_only_and_are_hidden_in_errors() {
    type Seen = Arc<Mutex<Vec<(String, Option<String>, Option<String>)>>>;
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let script = move |request: reqwest::Request| {
        let header = |name: &str| {
            request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let path = request.url().path().to_owned();
        noted.lock().unwrap().push((path.clone(), header("x-key"), header("as")));
        let echo = format!("no: {}", header("x-key").unwrap_or_default());
        let to = [("location", "https://storage.example/file")];
        async move {
            Ok(match path.as_str() {
                "/moved" => http_response(302, &to, ""),
                "/echo" => http_response(403, &[], echo),
                _ => http_response(200, &[], "{}"),
            })
        }
    };
    let mut key = HeaderValue::from_static("canary-secret-key");
    key.set_sensitive(true);
    let runtime = support::builder(script)
        .header(HeaderName::from_static("x-key"), key)
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let acting = runtime.with_header(HeaderName::from_static("as"), HeaderValue::from_static("7"));
    runtime.empty(OperationRequest::new(&PUBLIC, CallOptions::new())).await.unwrap();
    acting.request(Method::GET, "/moved").send_empty().await.unwrap();
    let elsewhere = "https://storage.example/block".parse().unwrap();
    acting.request_external(Method::PUT, elsewhere).send_empty().await.unwrap();
    acting.request(Method::GET, "/own").header("as", "8").send_empty().await.unwrap();

    let key = || Some("canary-secret-key".to_owned());
    let user = |id: &str| Some(id.to_owned());
    let expected = [
        ("/public", key(), None),
        ("/moved", key(), user("7")),
        ("/file", None, None),
        ("/block", None, None),
        ("/own", key(), user("8")),
    ];
    let expected = expected.map(|(path, key, user)| (path.to_owned(), key, user));
    assert_eq!(*seen.lock().unwrap(), expected);

    let error = runtime.request(Method::GET, "/echo").send_empty().await.unwrap_err();
    assert!(!format!("{error} {error:?} {:?}", error.body_preview()).contains("canary"));
}

#[tokio::test]
async fn a_call_may_add_query_parameters() {
    let seen = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&seen);
    let runtime = support::runtime(move |request: reqwest::Request| {
        *noted.lock().unwrap() = request.url().query().unwrap_or_default().to_owned();
        async { Ok(http_response(200, &[], "[]")) }
    });
    let options = CallOptions::new().query("depth", 3).query("a b", "c&d");
    runtime.json::<Value>(OperationRequest::new(&WRAPPED, options)).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), "depth=3&a+b=c%26d");
}
