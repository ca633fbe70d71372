//! Interceptors: when and in which order they are called, what they may change, and what they do not see.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{HeaderName, HeaderValue, Method, header};
use oneteg_http::{
    AttemptOutcome, AttemptRequest, CallOptions, Error, ErrorKind, GiveUp, Interceptor,
    RuntimeBuilder, UploadSource, WireLog,
    codegen::{Operation, OperationRequest, QueryStyle},
};
use oneteg_test_kit::http_response;
use serde_json::{Value, json};

use crate::support::{self, CountingCredential, EVIDENCE, READ, WRITE};

const JSON: (&str, &str) = ("content-type", "application/json");

static SHARE: Operation =
    Operation::new("get_share", "test", Method::GET, "/share/{shareKey}/{id}", true, EVIDENCE)
        .accepting("application/json");
static SIGN_IN: Operation =
    Operation::new("sign_in", "test", Method::POST, "/api/rpc", true, EVIDENCE)
        .accepting("application/json")
        .rpc("signIn", &[Some("user"), Some("password")]);

type Events = Arc<Mutex<Vec<String>>>;

/// Records what happens, under a name.
struct Recorder(&'static str, Events);

impl Interceptor for Recorder {
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        self.1.lock().unwrap().push(format!("{} before {}", self.0, attempt.attempt()));
        Ok(())
    }

    fn after(&self, outcome: &AttemptOutcome<'_>) {
        let status = outcome.status().map_or(0, |status| status.as_u16());
        let wait = outcome.retry_in().map(|wait| wait.as_millis());
        let event = format!("{} after {}: {status} {wait:?}", self.0, outcome.attempt());
        self.1.lock().unwrap().push(event);
    }
}

/// Responds with the statuses in turn, and the last one from then on. Counts the requests.
fn server(statuses: &'static [u16], requests: &Arc<AtomicUsize>) -> RuntimeBuilder {
    let requests = Arc::clone(requests);
    let transport = move |_: reqwest::Request| {
        let status = statuses[requests.fetch_add(1, Relaxed).min(statuses.len() - 1)];
        async move { Ok(http_response(status, &[JSON], "1")) }
    };
    support::vendor("plain")(CountingCredential::with_newer(1))
        .retry(support::full_jitter().build())
        .transport(transport)
}

async fn read(builder: RuntimeBuilder) -> Result<Value, Error> {
    let request = OperationRequest::new(&READ, CallOptions::new());
    builder.build().unwrap().json::<Value>(request).await.map(|response| response.value)
}

#[tokio::test(start_paused = true)]
async fn they_are_called_in_order_around_each_attempt() {
    let (events, requests) = (Events::default(), Arc::default());
    let recorder = |name| Recorder(name, Arc::clone(&events));
    let builder = server(&[503, 401, 200], &requests);
    let shared: Arc<dyn Interceptor> = Arc::new(recorder("b"));
    assert_eq!(read(builder.interceptor(recorder("a")).interceptor(shared)).await.unwrap(), 1);
    let events = events.lock().unwrap();
    let wait = events[2].split_once("503 ").unwrap().1.to_owned();
    assert!(wait.starts_with("Some(") && wait != "Some(0)", "{wait}");
    let expected = [
        "a before 1".to_owned(),
        "b before 1".to_owned(),
        format!("a after 1: 503 {wait}"),
        format!("b after 1: 503 {wait}"),
        "a before 2".to_owned(),
        "b before 2".to_owned(),
        // The credential was refreshed.
        "a after 2: 401 Some(0)".to_owned(),
        "b after 2: 401 Some(0)".to_owned(),
        "a before 3".to_owned(),
        "b before 3".to_owned(),
        "a after 3: 200 None".to_owned(),
        "b after 3: 200 None".to_owned(),
    ];
    assert_eq!(*events, expected);
}

#[tokio::test(start_paused = true)]
async fn failures_without_a_response_are_observed() {
    let events = Events::default();
    let failing = |transport: fn(reqwest::Request) -> support::Pending| {
        support::builder(transport).interceptor(Recorder("a", Arc::clone(&events)))
    };
    let error = read(failing(|_| Box::pin(std::future::pending()))).await.unwrap_err();
    assert_eq!((error.kind(), error.gave_up()), (ErrorKind::Timeout, Some(GiveUp::Deadline)));
    let attempts = error.attempts() as usize;
    let connect: fn(reqwest::Request) -> support::Pending =
        |_| Box::pin(async { Err(Error::new(ErrorKind::Connect, "scripted")) });
    let error = read(failing(connect)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let events = events.lock().unwrap();
    assert_eq!(events.len(), 2 * (attempts + error.attempts() as usize));
    assert!(events.last().unwrap().ends_with(": 0 None"), "{events:?}");
}

/// Fails before the second attempt.
struct Refusing(ErrorKind);

impl Interceptor for Refusing {
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        match attempt.attempt() {
            2 => Err(Error::new(self.0, "not now")),
            _ => Ok(()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_before_an_attempt_ends_the_call_unsent_whatever_its_kind() {
    // The kinds of failures that are usually retried, and one of the interceptor's choice.
    for kind in [ErrorKind::Connect, ErrorKind::RateLimited, ErrorKind::Configuration] {
        let (events, requests) = (Events::default(), Arc::default());
        let builder = server(&[503, 200], &requests).interceptor(Refusing(kind));
        let error =
            read(builder.interceptor(Recorder("b", Arc::clone(&events)))).await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (kind, "not now"));
        assert_eq!((error.attempts(), error.gave_up()), (1, Some(GiveUp::Interceptor)));
        assert_eq!(error.operation(), Some("read"));
        assert_eq!(requests.load(Relaxed), 1);
        let events = events.lock().unwrap();
        assert_eq!(events.len(), 2, "{events:?}");
    }
}

/// Adds a header, and attempts to replace others.
struct Adding;

impl Interceptor for Adding {
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        for name in ["authorization", "cookie", "host", "x-gateway"] {
            let error = attempt.insert_header(name, "mine").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
        }
        assert!(attempt.headers().get("x-attempt").is_none(), "kept from the attempt before");
        let number = attempt.attempt().to_string();
        attempt.insert_header("x-attempt", "replaced")?;
        attempt.insert_header("x-api-key", "first")?;
        attempt.insert_header("x-api-key", "canary")?;
        attempt.insert_header("x-attempt", &number)
    }
}

#[tokio::test(start_paused = true)]
async fn added_headers_belong_to_one_attempt_and_one_server() {
    type Seen = Vec<(String, Option<String>, Option<String>)>;
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let requests = Arc::clone(&seen);
    let builder = support::builder(move |request: reqwest::Request| {
        let header = |name: &str| {
            request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let mut requests = requests.lock().unwrap();
        let url = request.url().clone();
        requests.push((url.to_string(), header("x-attempt"), header("authorization")));
        let response = match (requests.len(), url.path()) {
            (1, _) => http_response(503, &[], ""),
            (_, "/thing") => http_response(302, &[("location", "/moved")], ""),
            (_, "/moved") => http_response(302, &[("location", "https://cdn.example/x")], ""),
            _ => http_response(200, &[JSON], "1"),
        };
        async move { Ok(response) }
    });
    let mut key = HeaderValue::from_static("canary-gateway");
    key.set_sensitive(true);
    let builder = builder.header(HeaderName::from_static("x-gateway"), key).interceptor(Adding);
    read(builder).await.unwrap();
    let seen = seen.lock().unwrap();
    let found: Vec<_> =
        seen.iter().map(|(_, added, auth)| (added.as_deref(), auth.is_some())).collect();
    let expected = [(Some("1"), true), (Some("2"), true), (Some("2"), true), (None, false)];
    assert_eq!(found, expected, "{seen:?}");
}

/// Keeps everything that interceptors can see.
#[derive(Clone, Default)]
struct Everything(Events);

impl Interceptor for Everything {
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        let (url, headers) = (attempt.url(), attempt.headers());
        let body = attempt.body_preview(10_000);
        self.0.lock().unwrap().push(format!("{attempt:?} {url} {headers:?} {body:?}"));
        Ok(())
    }

    fn after(&self, outcome: &AttemptOutcome<'_>) {
        let (url, headers, error) = (outcome.url(), outcome.headers(), outcome.error());
        let preview = error.and_then(Error::body_preview);
        let body = outcome.body_preview(10_000);
        let shown = format!("{outcome:?} {url} {headers:?} {error:?} {preview:?} {body:?}");
        self.0.lock().unwrap().push(shown);
    }
}

impl io::Write for Everything {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(String::from_utf8(bytes.to_vec()).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What interceptors and a wire log with bodies saw of a call.
async fn seen<F>(
    status: u16,
    body: &'static str,
    call: impl FnOnce(oneteg_http::Runtime) -> F,
) -> String
where
    F: Future<Output = ()>,
{
    let all = Everything::default();
    let mut key = HeaderValue::from_static("canary-gateway");
    key.set_sensitive(true);
    let builder = support::builder(move |request: reqwest::Request| {
        // It repeats the credential and the query in body and headers.
        let credential = request.headers().get(header::AUTHORIZATION);
        let credential = credential.map_or("", |value| value.to_str().unwrap()).to_owned();
        let query = request.url().query().unwrap_or_default().to_owned();
        let body = body.replace("CREDENTIAL", &credential).replace("QUERY", &query);
        async move {
            let headers = [
                JSON,
                ("set-cookie", "session=canary"),
                ("location", "https://cdn.example/canary-path?sig=canary"),
                ("x-echo", credential.as_str()),
                ("x-ms-session", "canary"),
            ];
            Ok(http_response(status, &headers, body))
        }
    });
    let builder = builder
        .retry(oneteg_http::RetryPolicy::none())
        .header(HeaderName::from_static("x-gateway"), key)
        .interceptor(all.clone())
        .interceptor(WireLog::to_writer(all.clone()).bodies(10_000));
    call(builder.build().unwrap()).await;
    let all = all.0.lock().unwrap();
    assert!(all.len() >= 4, "{all:?}");
    all.join("\n")
}

#[tokio::test]
async fn no_secret_reaches_an_interceptor_or_a_wire_log() {
    const SIGNED: &str = "https://storage.example/canary-container/b?sp=cw&sig=canary%2BSIG";
    let bodies = [
        r#"{"token":"canary","link":"https://h/c?sig=canary","echo":"CREDENTIAL","q":"QUERY"}"#,
        r#"["CREDENTIAL", {"accessToken": ["canary"], "api_key": {"a": "canary"}}]"#,
        "you sent CREDENTIAL to ?QUERY",
        r#"{"refresh_token":"canary"#,
    ];
    for status in [200, 302, 400, 401, 403, 500] {
        for body in bodies {
            let mut shown = String::new();
            let link = || SIGNED.parse().unwrap();
            shown += &seen(status, body, |runtime| async move {
                let mut call =
                    OperationRequest::new(&SHARE, CallOptions::new().query("code", "canary"));
                call.path("shareKey", &"canary");
                call.path("id", &7);
                call.query("access_token", QueryStyle::Exploded, &"canary");
                call.query("name", QueryStyle::Exploded, &"visible");
                call.header("x-csrf-token", &"canary");
                let _ = runtime.json::<Value>(call).await;
            })
            .await;
            assert!(shown.contains("/share/[secret]/7?") && shown.contains("name=visible"));
            shown += &seen(status, body, |runtime| async move {
                let mut call = OperationRequest::new(&SIGN_IN, CallOptions::new());
                call.param(&"visible");
                call.param(&"canary");
                let _ = runtime.json::<Value>(call).await;
            })
            .await;
            shown += &seen(status, body, |runtime| async move {
                let mut call =
                    OperationRequest::new(&WRITE, CallOptions::new().header("x-auth", "canary"));
                call.json(&json!({"user": {"newPassword": "canary", "pin": {"secret": 1}}}));
                let _ = runtime.empty(call).await;
                let mut call = OperationRequest::new(&WRITE, CallOptions::new());
                call.form_urlencoded(&json!({"grant": "x", "client_secret": "canary"}), &[]);
                let _ = runtime.text(call).await;
                let mut call = OperationRequest::new(&WRITE, CallOptions::new());
                call.upload(UploadSource::bytes(b"canary".to_vec()));
                let _ = runtime.empty(call).await;
            })
            .await;
            shown += &seen(status, body, |runtime| async move {
                let _ = runtime.request_external(Method::GET, link()).send::<Value>().await;
                let put = runtime.request_external(Method::PUT, link()).body(b"canary".to_vec());
                let _ = put.send_empty().await;
                let _ = runtime.request_external(Method::GET, link()).send_stream().await;
            })
            .await;
            assert!(!shown.contains("canary"), "{status} {body}\n{shown}");
            assert!(shown.contains("https://storage.example/[path]?[query]"), "{shown}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_wire_log_has_an_entry_for_each_request_and_each_response() {
    let (log, requests) = (Everything::default(), Arc::default());
    let builder = server(&[503, 200], &requests).interceptor(WireLog::to_writer(log.clone()));
    read(builder).await.unwrap();
    let log = log.0.lock().unwrap();
    assert_eq!(log.len(), 4, "{log:?}");
    let request =
        "--> GET http://127.0.0.1:9/thing (read, attempt 1)\n    accept: application/json\n";
    assert_eq!(log[0], request);
    assert!(log[1].starts_with("<-- 503 in 0 ms (read, attempt 1): Server: "), "{}", log[1]);
    assert!(log[1].contains("; next attempt in "), "{}", log[1]);
    let response = "<-- 200 in 0 ms (read, attempt 2)\n    content-type: application/json\n";
    assert_eq!(log[3], response, "no body unless asked for");
}

#[tokio::test]
async fn a_call_that_is_dropped_has_no_outcome() {
    let events = Events::default();
    let pending: fn(reqwest::Request) -> support::Pending = |_| Box::pin(std::future::pending());
    let builder = support::builder(pending).interceptor(Recorder("a", Arc::clone(&events)));
    let short = tokio::time::timeout(Duration::from_millis(20), read(builder)).await;
    assert!(short.is_err());
    assert_eq!(*events.lock().unwrap(), ["a before 1"]);
}
