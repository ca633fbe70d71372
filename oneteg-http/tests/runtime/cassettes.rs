//! Calls are recorded without the content of the account, and replayed without a server.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use http::Method;
use http_body_util::BodyExt as _;
use oneteg_http::{
    CallOptions, Error, ErrorKind, FilePart, RangeRequest, RetryPolicy, Runtime,
    cassette::{Cassette, CassetteError, Recorder},
    codegen::{Form, OperationRequest},
    reqwest::{Body, Request, Response},
};
use serde_json::{Value, json};

use crate::support::{self, CountingCredential, RPC_READ, WRITE};

const KEY: [u8; 16] = *b"the tests' key 1";

fn json_response(status: u16, body: &Value) -> Response {
    let response =
        http::Response::builder().status(status).header("content-type", "application/json");
    response.header("set-cookie", "canary-cookie").body(body.to_string()).unwrap().into()
}

/// A server with an account that is full of canaries.
fn account(request: &Request, number: usize) -> Result<Response, Error> {
    let path = request.url().path().to_owned();
    Ok(match (request.method().as_str(), path.as_str()) {
        ("GET", "/folders/canary-7") => json_response(
            200,
            &json!({
                "id": "canary-7", "name": "Canary Pictures", "owner": {"email": "jane@canary.com", "active": true},
                "created": "2024-03-01T10:00:00Z", "token": "canary-token", "size": 120_777, "parts": [],
                "children": [{"id": "canary-8", "count": 3}],
                "link": "https://storage.canary.com/b/canary-8?sig=canary%2Bsig&se=2199-01-01T00%3A00%3A00Z",
            }),
        ),
        ("GET", "/folders/canary-8") if number == 1 => {
            json_response(503, &json!({"message": "canary is down"}))
        }
        ("GET", "/folders/canary-8") => json_response(200, &json!({"id": "canary-8"})),
        ("GET", "/b/canary-8") => {
            let sent =
                request.headers().get("range").map(|range| range.to_str().unwrap().to_owned());
            let response = http::Response::builder()
                .header("content-type", "image/jpeg")
                .header("etag", "\"canary\"");
            match sent.as_deref() {
                Some("bytes=0-3") => {
                    response.status(206).header("content-range", "bytes 0-3/10").body("cana")
                }
                _ => response.body("canary-fil"),
            }
            .unwrap()
            .into()
        }
        ("GET", "/missing") => json_response(
            404,
            &json!({"error": {"code": "NoSuchThing", "message": "canary is missing"}}),
        ),
        ("GET", "/broken") => {
            let parts = [Ok(r#"{"name":"#), Err(std::io::Error::other("canary"))];
            http::Response::builder()
                .header("content-type", "application/json")
                .body(Body::wrap_stream(futures_util::stream::iter(parts)))
                .unwrap()
                .into()
        }
        ("GET", "/unreachable") => return Err(Error::new(ErrorKind::Connect, "canary")),
        ("POST", "/api/rpc") => {
            let sent: Value =
                serde_json::from_slice(request.body().unwrap().as_bytes().unwrap()).unwrap();
            json_response(
                200,
                &json!({"jsonrpc": "2.0", "id": sent["id"], "result": {"name": "canary"}}),
            )
        }
        ("POST", "/thing") => json_response(201, &json!({"id": 7_654_321})),
        other => panic!("{other:?}"),
    })
}

fn builder(recorder: &Recorder) -> oneteg_http::RuntimeBuilder {
    let number = Arc::new(AtomicUsize::new(0));
    let transport = move |request: Request| {
        let number = Arc::clone(&number);
        async move {
            let mut request = request;
            if let Some(body) = request.body_mut().take() {
                let bytes = body
                    .collect()
                    .await
                    .map_err(|_| Error::new(ErrorKind::Io, "canary"))?
                    .to_bytes();
                *request.body_mut() = Some(bytes.into());
            }
            let is_child = request.url().path() == "/folders/canary-8";
            let number = if is_child { number.fetch_add(1, Relaxed) + 1 } else { 0 };
            account(&request, number)
        }
    };
    support::vendor("plain")(CountingCredential::default())
        .retry(quick())
        .transport(transport)
        .record(recorder)
}

fn quick() -> RetryPolicy {
    RetryPolicy::builder().initial_backoff(std::time::Duration::from_millis(1)).build()
}

fn replaying(cassette: &Cassette) -> Runtime {
    let auth = CountingCredential::default();
    Runtime::builder(cassette.url(), support::Plain, auth)
        .retry(quick())
        .replay(cassette)
        .build()
        .unwrap()
}

async fn get(runtime: &Runtime, path: &str) -> Result<Value, Error> {
    Ok(runtime.request(Method::GET, path).send::<Value>().await?.into_inner())
}

/// Everything the tests record: what a program does that begins with one folder. Returns what it saw of values that
/// are no content.
async fn program(runtime: &Runtime) -> Vec<String> {
    let mut seen = Vec::new();
    let folder = get(runtime, "/folders/canary-7").await.unwrap();
    let child = folder["children"][0]["id"].as_str().unwrap();
    let found = get(runtime, &format!("/folders/{child}")).await.unwrap();
    seen.push((found["id"] == child).to_string());
    seen.push(folder["children"][0]["count"].to_string());
    let link = folder["link"].as_str().unwrap().parse().unwrap();
    let file =
        runtime.request_external(Method::GET, link).send_stream().await.unwrap().into_inner();
    seen.push(file.collect(100).await.unwrap().len().to_string());
    let link = folder["link"].as_str().unwrap().parse().unwrap();
    let range = CallOptions::new().range(RangeRequest::bytes(0..4));
    let part = runtime.request_external(Method::GET, link).options(range);
    let part = part.send_stream().await.unwrap();
    seen.push(part.status().to_string());
    seen.push(part.into_inner().collect(100).await.unwrap().len().to_string());
    for path in ["/missing", "/broken", "/unreachable"] {
        let error = get(runtime, path).await.unwrap_err();
        seen.push(format!(
            "{:?} {:?} {:?} {}",
            error.kind(),
            error.code(),
            error.status(),
            error.attempts()
        ));
    }
    let call = OperationRequest::new(&RPC_READ, CallOptions::new());
    let named: Value = runtime.json::<Value>(call).await.unwrap().into_inner();
    seen.push(named["name"].is_string().to_string());
    let mut call = OperationRequest::new(&WRITE, CallOptions::new());
    let mut form = Form::default();
    form.text("title", "A canary".to_owned());
    form.text("password", "canary".to_owned());
    form.file("file", FilePart::new("canary.jpg", b"canary".to_vec()));
    call.form(form);
    let written: Value = runtime.json::<Value>(call).await.unwrap().into_inner();
    seen.push(written["id"].to_string().len().to_string());
    seen
}

async fn recorded(recorder: &Recorder) -> (Vec<String>, Cassette) {
    let runtime = builder(recorder).build().unwrap();
    let seen = program(&runtime).await;
    (seen, recorder.cassette().unwrap())
}

#[tokio::test]
async fn what_was_recorded_is_replayed_and_no_canary_is_in_it() {
    let recorder = Recorder::with_key(&KEY);
    let (seen, cassette) = recorded(&recorder).await;
    let text = cassette.to_string();
    assert!(!text.to_lowercase().contains("canary"), "{text}");
    // Without `keep`, the id that the program begins with is another one.
    let error = get(&replaying(&cassette), "/folders/canary-7").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("in line 2: a segment of the path is `"), "{error}");

    let recorder =
        Recorder::with_key(&KEY).keep("folders").keep("canary-7").keep("missing").keep("broken");
    let recorder = recorder.keep("unreachable").keep("A canary").keep("canary.jpg");
    let (again, cassette) = recorded(&recorder).await;
    assert_eq!(again, seen);
    let cassette = Cassette::parse(&cassette.to_string()).unwrap();
    assert_eq!(program(&replaying(&cassette)).await, seen);
    cassette.finish().unwrap();
    // Every call once more is one too many, until it is rewound.
    let error = get(&replaying(&cassette), "/folders/canary-7").await.unwrap_err();
    assert!(error.message().contains("has 1 call(s) `GET /folders/canary-7`"), "{error}");
    cassette.rewind();
    assert_eq!(program(&replaying(&cassette)).await, seen);
}

#[tokio::test]
async fn inputs_stay_and_what_was_received_does_not() {
    let recorder = Recorder::with_key(&KEY).keep_inputs(true);
    let (seen, cassette) = recorded(&recorder).await;
    let text = cassette.to_string();
    assert!(text.contains("/folders/canary-7") && !text.contains("canary-8"), "{text}");
    for secret in
        ["canary-token", "canary%2Bsig", "canary+sig", r#""canary""#, "canary-cookie", "canary.com"]
    {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert_eq!(program(&replaying(&cassette)).await, seen);
    cassette.finish().unwrap();
}

#[tokio::test]
async fn the_same_key_records_the_same_file() {
    let (_, one) = recorded(&Recorder::with_key(&KEY)).await;
    let (_, same) = recorded(&Recorder::with_key(&KEY)).await;
    let (_, other) = recorded(&Recorder::new().unwrap()).await;
    assert_eq!(one.to_string(), same.to_string());
    assert_ne!(one.to_string(), other.to_string());
    insta::assert_snapshot!(one.to_string());
}

#[tokio::test]
async fn an_attempt_that_is_dropped_is_replayed_as_a_timeout() {
    let recorder = Recorder::with_key(&KEY).keep("slow");
    let runtime = support::vendor("plain")(CountingCredential::default())
        .transport(|_: Request| std::future::pending::<Result<Response, Error>>())
        .record(&recorder)
        .build()
        .unwrap();
    let call = runtime.request(Method::GET, "/slow").send::<Value>();
    tokio::select! {
        biased;
        _ = call => panic!("the server responded"),
        () = tokio::task::yield_now() => {}
    }
    let cassette = recorder.cassette().unwrap();
    assert_eq!(cassette.len(), 1);
    let once = CallOptions::new().retry(RetryPolicy::none());
    let replayed =
        replaying(&cassette).request(Method::GET, "/slow").options(once).send::<Value>().await;
    assert_eq!(replayed.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_body_that_differs_is_named() {
    let text = r#"{"cassette":1,"vendor":"acme","url":"https://acme.example"}
{"operation":"request","method":"POST","url":"/a?x=1","body":{"json":{"name":"Kwpd","list":[1,2],"password":"fake-abcdefghijklmnopqrstuvwx"}},"status":200,"response":{"json":{}}}"#;
    let cassette = Cassette::parse(text).unwrap();
    let send = async |path: &str, body: Value| {
        let runtime = replaying(&cassette);
        runtime.request(Method::POST, path).json(&body).send::<Value>().await.map(|_| ())
    };
    for (path, body, expected) in [
        (
            "/a?x=1",
            json!({"name": "Press", "list": [1, 2], "password": "canary"}),
            "`/name` of the body is `\"Kwpd\"`, sent was `\"Press\"`",
        ),
        (
            "/a?x=1",
            json!({"name": "Kwpd", "list": [2, 1], "password": "canary"}),
            "`/list/0` of the body is `1`, sent was `2`",
        ),
        (
            "/a?x=2",
            json!({"list": [1, 2], "name": "Kwpd", "password": "canary"}),
            "the parameter `x` is `1`, sent was `2`",
        ),
    ] {
        let error = send(path, body).await.unwrap_err();
        assert!(error.message().contains(expected), "{error}");
        assert!(
            !error.to_string().contains("canary") && !error.to_string().contains('\n'),
            "{error}"
        );
    }
    send("/a?x=1", json!({"password": "canary", "list": [1, 2], "name": "Kwpd"})).await.unwrap();
}

#[test]
fn a_cassette_is_written_as_a_whole_and_damaged_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/cassette.jsonl");
    let text = "{\"cassette\":1,\"vendor\":\"acme\",\"url\":\"https://acme.example/\"}\n";
    Cassette::parse(text).unwrap().save(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(Cassette::load(&path).unwrap().is_empty());
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

    let missing = Cassette::load(folder.path().join("none.jsonl")).unwrap_err();
    assert!(matches!(&missing, CassetteError::File { action: "read", .. }), "{missing}");
    std::fs::write(
        &path,
        b"{\"cassette\":1,\"vendor\":\"acme\",\"url\":\"https://acme.example/\"}\n\xff",
    )
    .unwrap();
    assert!(matches!(Cassette::load(&path), Err(CassetteError::Format { line: 2, .. })));
    let unwritable = Cassette::parse(text).unwrap().save(folder.path().join("new"));
    assert!(matches!(unwritable, Err(CassetteError::File { action: "written", .. })));
}

#[test]
fn a_recorder_has_one_server() {
    let recorder = Recorder::new().unwrap();
    assert_eq!(recorder.cassette().unwrap_err().kind(), ErrorKind::Configuration);
    let build = |url: &str| {
        Runtime::builder(url, support::Plain, CountingCredential::default())
            .record(&recorder)
            .build()
    };
    build("https://a.example").unwrap();
    build("https://a.example").unwrap();
    let error = build("https://b.example").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(!format!("{recorder:?}").contains("key"));
}

#[tokio::test]
async fn a_file_is_recorded_as_its_length_whatever_it_contains() {
    let recorder = Recorder::with_key(&KEY);
    let respond = |request: Request| async move {
        let is_error = request.url().path() == "/error";
        let (status, media_type) = match is_error {
            true => (404, "application/json"),
            false => (200, "text/csv"),
        };
        let body = if is_error { r#"{"code":"E7"}"# } else { "canary;12\nsecond;13\n" };
        let response = http::Response::builder().status(status).header("content-type", media_type);
        Ok(Response::from(response.body(body).unwrap()))
    };
    let runtime = support::vendor("plain")(CountingCredential::default())
        .retry(quick())
        .transport(respond)
        .record(&recorder)
        .build()
        .unwrap();
    let file = runtime.request(Method::GET, "/file").send_stream().await.unwrap().into_inner();
    assert_eq!(file.collect(100).await.unwrap().len(), 20);
    runtime.request(Method::GET, "/error").send_stream().await.unwrap_err();
    let text = recorder.cassette().unwrap().to_string();
    assert!(!text.contains("second") && text.contains("20"), "{text}");
    assert!(text.contains("{\"json\":{\"code\":"), "{text}");
}
