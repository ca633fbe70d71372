//! Responses that are not what was requested, and how errors describe them: too large, encoded, pages, notices.

use http::Method;
use oneteg_http::{
    CallOptions, ErrorKind, RetryPolicy, Runtime,
    codegen::{Operation, OperationRequest},
};
use oneteg_test_kit::http_response;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{self, EVIDENCE, READ, RPC_READ};

static ITEM: Operation =
    Operation::new("get_item", "test", Method::GET, "/items/{id}/content", true, EVIDENCE)
        .accepting("application/json");

/// A server that sends chunks as long as they are read, without announcing their number.
async fn endless() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = socket.read(&mut request).await;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
                let chunk = format!("400\r\n{}\r\n", "[".repeat(0x400));
                let mut sent = socket.write_all(head.as_bytes()).await;
                while sent.is_ok() {
                    sent = socket.write_all(chunk.as_bytes()).await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn a_response_without_a_length_is_limited_as_well() {
    let url = endless().await;
    let runtime = Runtime::builder(url, support::Plain, support::Counting::default())
        .retry(RetryPolicy::none())
        .max_response_bytes(10_000)
        .build()
        .unwrap();
    let rpc = OperationRequest::new(&RPC_READ, CallOptions::new());
    let errors = [
        runtime.json::<Value>(OperationRequest::new(&READ, CallOptions::new())).await.unwrap_err(),
        runtime.json::<Value>(rpc).await.unwrap_err(),
        runtime.request(Method::GET, "/x").send_empty().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
        assert!(error.message().contains("10000"), "{error}");
    }
}

#[tokio::test]
async fn exactly_the_limit_is_taken() {
    let body = format!("\"{}\"", "x".repeat(98));
    for (limit, fits) in [(100, true), (99, false)] {
        let body = body.clone();
        let runtime = support::builder(move |_| {
            let pieces: Vec<_> = body
                .as_bytes()
                .chunks(7)
                .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
                .collect();
            let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
            async move { Ok(http_response(200, &[], body)) }
        });
        let runtime = runtime.max_response_bytes(limit).build().unwrap();
        let result = runtime.request(Method::GET, "/x").send::<String>().await;
        assert_eq!(result.map_err(|error| error.kind()).is_ok(), fits);
    }
}

#[tokio::test]
async fn no_argument_leads_out_of_its_place_in_the_path() {
    let runtime = support::runtime(|request: reqwest::Request| {
        let path = format!("\"{}\"", request.url().path());
        async move { Ok(http_response(200, &[], path)) }
    });
    for id in [".", ".."] {
        let mut call = OperationRequest::new(&ITEM, CallOptions::new());
        call.path("id", id);
        let error = runtime.json::<Value>(call).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{id}");
        assert!(error.message().contains("`id`"), "{error}");
    }
    for (id, path) in [
        ("../x", "/items/..%2Fx/content"),
        ("..\\x", "/items/..%5Cx/content"),
        ("%2e%2e", "/items/%252e%252e/content"),
        ("...", "/items/.../content"),
        ("a?b#c", "/items/a%3Fb%23c/content"),
    ] {
        let mut call = OperationRequest::new(&ITEM, CallOptions::new());
        call.path("id", id);
        assert_eq!(*runtime.json::<String>(call).await.unwrap(), path);
    }
}

/// The error of a call with this response.
async fn error(
    operation: &'static Operation,
    headers: &'static [(&str, &str)],
    body: &'static [u8],
) -> oneteg_http::Error {
    let runtime = support::builder(move |_| async move { Ok(http_response(200, headers, body)) });
    let runtime = runtime.retry(RetryPolicy::none()).build().unwrap();
    runtime
        .json::<Vec<u64>>(OperationRequest::new(operation, CallOptions::new()))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_coding_that_nobody_asked_for_is_named() {
    const PACKED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x8b\x8e\x05\x00";
    for operation in [&READ, &RPC_READ] {
        for (headers, coding) in [
            (&[("content-encoding", "gzip")][..], "gzip"),
            (&[("content-encoding", "BR"), ("content-type", "text/html")], "br"),
            (&[("content-encoding", "identity, zstd")], "zstd"),
            (&[("content-encoding", "identity"), ("content-encoding", "deflate")], "deflate"),
        ] {
            let error = error(operation, headers, PACKED).await;
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(error.message().contains(coding), "{error}");
        }
    }
    let runtime = support::runtime(|_| async {
        Ok(http_response(200, &[("content-encoding", "deflate")], PACKED))
    });
    let text = runtime.text(OperationRequest::new(&READ, CallOptions::new())).await.unwrap_err();
    assert!(text.message().contains("deflate"), "{text}");
    // A refusal reports it too, and its kind is still that of its status.
    let runtime = support::builder(|_| async {
        Ok(http_response(503, &[("content-encoding", "br")], PACKED))
    });
    let runtime = runtime.retry(RetryPolicy::none()).build().unwrap();
    let refused = runtime.request(Method::GET, "/x").send::<Value>().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Server);
    assert!(refused.message().contains("`br`"), "{refused}");
    // A coding that is none.
    let plain = support::runtime(|_| async {
        Ok(http_response(200, &[("content-encoding", "identity")], "[1]"))
    });
    assert_eq!(
        *plain.json::<Vec<u64>>(OperationRequest::new(&READ, CallOptions::new())).await.unwrap(),
        [1]
    );
}

#[tokio::test]
async fn what_came_is_named_before_what_to_do() {
    const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");
    const JSON: (&str, &str) = ("content-type", "application/json");
    let page = error(&READ, &[HTML], b"<!doctype html><title>Welcome</title>").await;
    assert_eq!(page.kind(), ErrorKind::Html);
    let words = page.message();
    let seen = ["HTTP 200", "text/html", "127.0.0.1", "check the base URL"]
        .map(|part| words.find(part).expect(part));
    assert!(seen.is_sorted(), "{words}");

    for (headers, body) in [
        (&[HTML][..], &b"<br />\n<b>Notice</b>:  Undefined index: id in <b>/var/www/a.php</b> on line <b>3</b><br />\n[1]"[..]),
        (&[JSON], b"<br />\n<b>Warning</b>: Cannot modify header<br />\n{\"id\":1}"),
        (&[JSON], b"\nDeprecated: strlen() in /var/www/a.php on line 3\n[1]"),
        (&[HTML], b"PHP is down"),
    ] {
        for operation in [&READ, &RPC_READ] {
            let error = error(operation, headers, body).await;
            let words = error.message();
            for part in ["HTTP 200", headers[0].1.split(';').next().unwrap(), "127.0.0.1"] {
                assert!(words.contains(part), "{part}: {words}");
            }
            let notice = ["Notice", "Warning", "Deprecated"].iter().find(|word| body.windows(word.len()).any(|part| part == word.as_bytes()));
            if let Some(notice) = notice {
                assert!(words.contains(notice) && !words.contains("check the base URL"), "{words}");
            }
        }
    }
    let torn = error(&READ, &[JSON], b"[1, 2").await;
    assert_eq!(torn.kind(), ErrorKind::Decode);
    assert!(torn.message().contains("HTTP 200, application/json, from 127.0.0.1"), "{torn}");
    // For JSON of another form, the error names the member instead.
    let other = error(&READ, &[JSON], b"[1, \"a\"]").await;
    assert!(other.message().contains("`[1]`"), "{other}");
}

#[tokio::test]
async fn an_error_without_words_is_told_in_those_of_its_code() {
    for (body, words) in [
        (r#"{"error":{"code":-32601,"message":""}}"#, "Method not found"),
        (r#"{"error":{"code":-32603}}"#, "Internal error"),
        (r#"{"error":{"code":0,"message":""}}"#, "without a message"),
        (r#"{"error":{"code":0,"message":"  "}}"#, "without a message"),
        (r#"{"error":""}"#, "without a message"),
    ] {
        let runtime = support::runtime(move |_| async move { Ok(http_response(200, &[], body)) });
        let error = runtime
            .json::<Value>(OperationRequest::new(&RPC_READ, CallOptions::new()))
            .await
            .unwrap_err();
        assert!(error.message().contains(words), "{body}: {error}");
    }
    for body in [r#"{"message":"","code":"E7"}"#, r#"{"error":{"message":" ","code":3}}"#] {
        let runtime = support::runtime(move |_| async move { Ok(http_response(409, &[], body)) });
        let error = runtime
            .json::<Value>(OperationRequest::new(&READ, CallOptions::new()))
            .await
            .unwrap_err();
        assert!(error.message().contains("Conflict"), "{error}");
    }
}

#[tokio::test]
async fn a_missing_scope_is_read_in_any_spelling() {
    for challenge in [
        "Bearer error=\"insufficient_scope\"",
        "Bearer error=insufficient_scope",
        "Bearer realm=\"a, b\", ERROR = insufficient_scope, scope=\"x\"",
        "Basic, Bearer error=\"insufficient_scope\"",
    ] {
        let auth = support::Counting::with_newer(9);
        let runtime = support::vendor("plain")(auth.clone())
            .transport(move |_| async move {
                Ok(http_response(401, &[("www-authenticate", challenge)], ""))
            })
            .build()
            .unwrap();
        let error = runtime
            .json::<Value>(OperationRequest::new(&READ, CallOptions::new()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{challenge}");
        assert_eq!(auth.0.refused.load(std::sync::atomic::Ordering::Relaxed), 0, "{challenge}");
    }
}
