//! Each kind of failure has its error kind and a message that states what happened.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

// Each test uses only a part of it.
#[allow(dead_code, unreachable_pub)]
mod support;

use std::{fmt::Write as _, time::Duration};

use netx_sdk::{
    Client, Error, ErrorCode, ErrorKind, FilePart, UploadSource, types::ImportAssetForm,
};
use serde_json::json;
use support::{
    CANARY, client,
    recorder::{RequestRecorder, json_response},
    socket::{Socket, response_bytes},
};
use tokio::io::AsyncWriteExt as _;

const JSON: &str = "content-type: application/json\r\n";
const HTML: &str = "content-type: text/html\r\n";
const PAGE: &[u8] = b"<!DOCTYPE html><title>Sign in</title>";

/// The errors of one test, as a snapshot; none of them contains a credential.
#[derive(Default)]
struct Table(String);

impl Table {
    fn add(&mut self, case: &str, error: &Error) {
        assert_safe(error);
        let _ = writeln!(self.0, "{case}\n    {:?}\n    {error}", error.kind());
    }

    fn check(self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, self.0));
    }
}

/// Nothing that a log could print of the error contains the credential or a line break.
fn assert_safe(error: &Error) {
    let mut shown = format!("{error}\n{error:?}\n{error:#?}\n{:?}", error.body_preview());
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = write!(shown, "\n{error}\n{error:?}");
        cause = error.source();
    }
    assert!(!shown.contains(CANARY), "{shown}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}

/// The error of a remote procedure that gets these bytes.
async fn rpc(bytes: Vec<u8>) -> Error {
    let server = Socket::raw(bytes).await;
    client(&server.url).get_assets([1]).send().await.unwrap_err()
}

/// The error of a download that gets these bytes.
async fn download(bytes: Vec<u8>) -> Error {
    let server = Socket::raw(bytes).await;
    client(&server.url).get_asset_original(1).send().await.unwrap_err()
}

fn fault(code: i64, message: &str) -> Vec<u8> {
    let error = json!({"code": code, "message": message, "data": null});
    let body = json!({"jsonrpc": "2.0", "id": "1", "error": error});
    response_bytes("200 OK", JSON, body.to_string().as_bytes())
}

fn ok(body: &str) -> Vec<u8> {
    response_bytes("200 OK", JSON, body.as_bytes())
}

#[tokio::test]
async fn errors_of_the_envelope() {
    let mut table = Table::default();
    for (code, kind, name) in [
        (10000, ErrorKind::Authentication, ErrorCode::Authentication),
        (3004, ErrorKind::PermissionDenied, ErrorCode::AccessDenied),
        (1000, ErrorKind::Api, ErrorCode::OperationFailed),
        (-32601, ErrorKind::Api, ErrorCode::Other(-32601)),
    ] {
        let error = rpc(fault(code, "The server's message")).await;
        assert_eq!((error.kind(), ErrorCode::of(&error)), (kind, Some(name)));
        assert_eq!(error.operation(), Some("get_assets"));
        table.add(&format!("code {code}"), &error);
    }
    for (case, body, kind) in [
        ("an error that is a string", r#"{"id":"1","error":"no"}"#, ErrorKind::Api),
        ("an error without a message", r#"{"id":"1","error":{"code":5}}"#, ErrorKind::Api),
        ("the ID of another call", r#"{"id":"2","result":[]}"#, ErrorKind::IdMismatch),
        ("a batch", r#"[{"id":"1","result":[]}]"#, ErrorKind::Envelope),
        ("neither result nor error", r#"{"jsonrpc":"2.0"}"#, ErrorKind::Envelope),
        ("JSON without an envelope", "7", ErrorKind::Envelope),
        ("an empty body", "", ErrorKind::Decode),
        ("no JSON", "OK", ErrorKind::Decode),
        ("torn JSON", r#"{"id":"1","result":[{"id":1"#, ErrorKind::Decode),
        ("a null result", r#"{"id":"1","result":null}"#, ErrorKind::Decode),
        ("a wrong member", r#"{"id":"1","result":[{"id":1},{"id":"x"}]}"#, ErrorKind::Decode),
        ("a missing id", r#"{"id":"1","result":[{"name":"a"}]}"#, ErrorKind::Decode),
    ] {
        let error = rpc(ok(body)).await;
        assert_eq!(error.kind(), kind, "{case}: {error}");
        table.add(case, &error);
    }
    let error = rpc(response_bytes("200 OK", HTML, PAGE)).await;
    assert_eq!(error.kind(), ErrorKind::Html);
    table.add("a page of HTML", &error);

    let message = format!("two\nlines {}", "x".repeat(1000));
    let error = rpc(fault(5, &message)).await;
    assert!(error.to_string().chars().count() < 400);
    assert_eq!(error.message(), message);
    table.check("envelope");
}

#[tokio::test]
async fn errors_of_the_status() {
    let mut table = Table::default();
    let document = br#"{"message": "The server's message"}"#;
    for (status, kind) in [
        ("302 Found", ErrorKind::Api),
        ("400 Bad Request", ErrorKind::Api),
        ("401 Unauthorized", ErrorKind::Authentication),
        ("403 Forbidden", ErrorKind::PermissionDenied),
        ("404 Not Found", ErrorKind::NotFound),
        ("409 Conflict", ErrorKind::Conflict),
        ("429 Too Many Requests", ErrorKind::RateLimited),
        ("500 Internal Server Error", ErrorKind::Server),
        ("502 Bad Gateway", ErrorKind::Server),
        ("503 Service Unavailable", ErrorKind::Server),
        ("504 Gateway Timeout", ErrorKind::Timeout),
    ] {
        for (case, headers, body) in [
            ("no body", "", &b""[..]),
            ("a document", JSON, document),
            ("a short string", "content-type: text/plain\r\n", b"Not today"),
            ("a page of HTML", HTML, PAGE),
        ] {
            let headers = format!("{headers}x-request-id: r-17\r\nretry-after: 30\r\n");
            let sent = response_bytes(status, &headers, body);
            for error in [rpc(sent.clone()).await, download(sent).await] {
                assert_eq!(error.kind(), kind, "{status}, {case}: {error}");
                assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
                assert_eq!(error.request_id(), Some("r-17"));
                assert_eq!(error.status().unwrap().as_str(), &status[..3]);
                if error.operation() == Some("get_assets") {
                    table.add(&format!("{status}, {case}"), &error);
                }
            }
        }
    }
    // An error in the envelope takes precedence over the status.
    let refused = r#"{"id":"1","error":{"code":10000,"message":"expired"}}"#;
    let error = rpc(response_bytes("500 Internal Server Error", JSON, refused.as_bytes())).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    table.add("500 with a credential error in the envelope", &error);
    table.check("status");
}

#[tokio::test]
async fn errors_of_the_network() {
    let mut table = Table::default();
    // Bound, so that no other process gets the port, but not listening.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = bound.local_addr().unwrap();
    let error = client(&format!("http://{free}")).get_self().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    table.add("connection refused", &error);

    let torn: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    let error = rpc(torn.to_vec()).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    table.add("closed in the middle of the body", &error);

    // The call succeeds once the head has arrived; reading the file fails.
    let server = Socket::raw(torn.to_vec()).await;
    let file = client(&server.url).get_asset_original(1).send().await.unwrap().into_inner();
    let error = file.collect(1000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    table.add("closed in the middle of a file", &error);

    // The reset waits until the head is read: it could overtake it.
    let reset = std::sync::Arc::new(tokio::sync::Notify::new());
    let resetting = reset.clone();
    let server = Socket::start(move |_, mut stream| {
        let reset = resetting.clone();
        async move {
            stream.write_all(torn).await.unwrap();
            reset.notified().await;
            stream.set_zero_linger().unwrap();
        }
    })
    .await;
    let file = client(&server.url).get_asset_original(1).send().await.unwrap().into_inner();
    reset.notify_one();
    let error = file.collect(1000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    table.add("reset in the middle of a file", &error);

    let error = rpc(b"220 mail.example.com ESMTP\r\n".to_vec()).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    table.add("no HTTP", &error);

    let silent = Socket::start(|_, stream| async move {
        let _open = stream;
        std::future::pending().await
    })
    .await;
    let netx = Client::builder(&silent.url)
        .retry(netx_sdk::RetryPolicy::none())
        .api_key(CANARY)
        .runtime(|runtime| runtime.attempt_timeout(Duration::from_millis(50)))
        .build()
        .unwrap();
    let error = netx.get_self().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    table.add("silence", &error);
    table.check("network");
}

#[tokio::test]
async fn errors_of_the_caller() {
    let mut table = Table::default();
    let server = RequestRecorder::with_body(r#"{"id": 1}"#).await;
    let netx = client(&server.url);
    let import = async |file: FilePart| {
        netx.import_asset(ImportAssetForm::new(file, 2, "a.png")).send().await.unwrap_err()
    };

    let error = import(FilePart::path("no/such/file.png")).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    table.add("an upload from a missing file", &error);

    let error = import(FilePart::path("src")).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    table.add("an upload from a folder", &error);

    let broken = futures_util::stream::iter([Err(std::io::Error::other("the disk is gone"))]);
    let error = import(FilePart::new("a.png", UploadSource::stream(broken, None))).await;
    assert_eq!(error.kind(), ErrorKind::Io);
    table.add("an upload from a stream that fails", &error);

    let error = import(FilePart::new("a.png", vec![1]).content_type("picture")).await;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    table.add("an invalid media type", &error);

    for token in ["", ".", ".."] {
        let error = netx.health_check(token).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        table.add(&format!("the path argument {token:?}"), &error);
    }
    let error = netx.call::<_, ()>("getSelf", &json!({})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    table.add("parameters by name", &error);

    for (case, instance) in [
        ("an instance that is not a URL", "acme.netx.net"),
        ("an instance without TLS", "http://acme.netx.net"),
        ("an instance with a password", "https://user:canary-5fd1c0de-token@acme.netx.net"),
    ] {
        let error = Client::builder(instance).api_key(CANARY).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        table.add(case, &error);
    }
    let error = Client::builder("https://acme.netx.net").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    table.add("no credential", &error);
    let key = format!("{CANARY}\r\nx-other: 1");
    let error = Client::builder("https://acme.netx.net").api_key(key).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    table.add("a key with a line break", &error);

    let sent: Vec<_> =
        server.requests().into_iter().filter(|request| !request.body.is_empty()).collect();
    assert!(sent.is_empty(), "a call that failed locally was sent: {sent:?}");
    table.check("caller");
}

#[tokio::test]
async fn responses_over_the_limit() {
    let server = RequestRecorder::json_rpc(json!([{"id": 1, "name": "x".repeat(2000)}])).await;
    let netx = Client::builder(&server.url)
        .api_key(CANARY)
        .retry(netx_sdk::RetryPolicy::none())
        .max_response_bytes(1000)
        .build()
        .unwrap();
    let error = netx.get_assets([1]).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let mut table = Table::default();
    table.add("a response over the limit", &error);

    let server = RequestRecorder::with_body(vec![0; 2000]).await;
    let file = client(&server.url).get_asset_original(1).send().await.unwrap().into_inner();
    let error = file.collect(1000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    table.add("a file over the limit", &error);
    table.check("limit");
}

/// The credential is meant for the instance only, not for the host of the file.
#[tokio::test]
async fn a_redirect_to_another_server_does_not_carry_the_credential() {
    let other_server = RequestRecorder::with_body("the file").await;
    let target = format!("{}/signed?key=1", other_server.url);
    let instance = RequestRecorder::start(move |_| {
        axum::http::Response::builder()
            .status(302)
            .header("location", &target)
            .body(axum::body::Body::empty())
            .unwrap()
    })
    .await;
    let netx = client(&instance.url);

    let file = netx.get_asset_original(201).send().await.unwrap().into_inner();
    assert_eq!(file.collect(100).await.unwrap(), b"the file");
    assert!(instance.only_request().headers.contains_key("authorization"));
    let redirected = other_server.only_request();
    assert_eq!(redirected.uri, "/signed?key=1");
    assert!(!redirected.headers.contains_key("authorization"), "{redirected:?}");
    assert!(!format!("{redirected:?}").contains(CANARY));

    // A procedure is not repeated at another server.
    let error = netx.get_self().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Api, 302));
    assert_safe(&error);
    assert_eq!(other_server.requests().len(), 1);
}

/// Servers and proxies repeat parts of the request in their error pages.
#[tokio::test]
async fn a_credential_repeated_by_the_server_is_not_in_the_error() {
    let echoes: [fn(&str) -> String; 5] = [
        |token| {
            json!({"id": "1", "error": {"code": 5, "message": format!("bad key {token}")}})
                .to_string()
        },
        |token| json!({"id": "1", "error": {"code": token, "message": "no"}}).to_string(),
        |token| {
            json!({"id": "1", "result": [{"id": "x", "apiToken": token, "token": token}]})
                .to_string()
        },
        |token| json!({"id": "1", "result": [{"id": token}]}).to_string(),
        |token| format!("<html><pre>Authorization: apiToken {token}</pre></html>"),
    ];
    for echo in echoes {
        let server = RequestRecorder::start(move |request| {
            let header = request.headers["authorization"].to_str().unwrap();
            json_response(echo(header.strip_prefix("apiToken ").unwrap()))
        })
        .await;
        let error = client(&server.url).get_assets([1]).send().await.unwrap_err();
        assert_safe(&error);
    }
}

/// A client may be logged.
#[test]
fn a_client_does_not_show_its_credential() {
    let builder = Client::builder("https://acme.netx.net").api_key(CANARY);
    assert!(!format!("{builder:?}").contains(CANARY));
    let netx = builder.build().unwrap();
    assert!(!format!("{netx:?} {:?}", netx.get_self()).contains(CANARY));
}

#[test]
fn debug_output_of_a_request_shows_no_values() {
    let client = client("http://127.0.0.1:9");
    let file = FilePart::new("canary.txt", b"canary".to_vec());
    let import = client.import_asset(ImportAssetForm::new(file, 1, "canary.txt"));
    let options = netx_sdk::CallOptions::new().query("key", "canary");
    let search = client.get_assets([1]).call_options(options);
    let shown = format!("{import:?} {import:#?} {search:?} {search:#?}");
    assert!(!shown.contains("canary") && !shown.contains(CANARY), "{shown}");
    for part in ["import_asset", "get_assets", "/api/rpc", "POST", "key"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}
