//! Every error document that the vendors are known to send, and what users see of it.

use std::{error::Error as _, fmt::Write as _};

use crate::support::{READ, RPC_READ};
use oneteg_http::{
    Error, ErrorKind, RetryPolicy,
    codegen::{CallOptions, Operation, OperationRequest},
};
use oneteg_test_kit::http_response;
use serde_json::Value;

type Case =
    (&'static str, &'static Operation, u16, &'static [(&'static str, &'static str)], &'static str);

async fn error(vendor: &str, case: &Case) -> Error {
    let (_, operation, status, headers, body) = *case;
    let runtime = crate::support::vendor(vendor)(crate::support::Counting::default())
        .retry(RetryPolicy::none())
        .transport(move |_| async move { Ok(http_response(status, headers, body)) })
        .build()
        .unwrap();
    let options = CallOptions::new().request_id("7");
    runtime.json::<Value>(OperationRequest::new(operation, options)).await.unwrap_err()
}

async fn shown(vendor: &str, cases: &[Case]) -> String {
    let mut output = String::new();
    for case in cases {
        let error = error(vendor, case).await;
        writeln!(output, "# {} (HTTP {})", case.0, case.2).unwrap();
        writeln!(output, "{error}").unwrap();
        writeln!(
            output,
            "  kind {:?}, code {:?}, retryable {}, wait {:?}, request id {:?}",
            error.kind(),
            error.code(),
            error.is_retryable(),
            error.retry_after(),
            error.request_id()
        )
        .unwrap();
        if let Some(data) = error.data() {
            writeln!(output, "  data {data}").unwrap();
        }
        writeln!(output, "  body {:?}\n", error.body_preview().unwrap()).unwrap();
    }
    output
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn netx() {
    let cases: &[Case] = &[
        (
            "object access refused",
            &RPC_READ,
            200,
            &[JSON],
            r#"{"id":"7","jsonrpc":"2.0","error":{"result":"Access not allowed to object for the given caller","code":3004,"data":null,"message":"Access not allowed to object for the given caller"}}"#,
        ),
        (
            "credential refused",
            &RPC_READ,
            200,
            &[JSON],
            r#"{"id":"7","jsonrpc":"2.0","error":{"code":10000,"message":"Invalid or expired credential","data":null}}"#,
        ),
        (
            "credential refused, with status 401",
            &RPC_READ,
            401,
            &[JSON],
            r#"{"error":{"code":10000,"message":"Invalid or expired credential"}}"#,
        ),
        (
            "asset not in folder",
            &RPC_READ,
            200,
            &[JSON],
            r#"{"id":"7","error":{"code":1000,"message":"Asset 12 is not in folder 3","data":{"folderId":3}}}"#,
        ),
        ("error without a message", &RPC_READ, 200, &[JSON], r#"{"id":"7","error":{"code":1000}}"#),
        ("error as text", &RPC_READ, 200, &[JSON], r#"{"id":"7","error":"no such method"}"#),
        (
            "invalid request",
            &RPC_READ,
            400,
            &[JSON],
            r#"{"id":null,"error":{"code":-32600,"message":"Invalid Request"}}"#,
        ),
        ("overloaded", &RPC_READ, 429, &[("retry-after", "3")], ""),
        (
            "proxy page",
            &RPC_READ,
            502,
            &[("content-type", "text/html")],
            "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
        ),
        (
            "sign-in page",
            &READ,
            200,
            &[("content-type", "text/html")],
            "<!DOCTYPE html><html><title>NetX</title></html>",
        ),
        (
            "import endpoint, plain JSON",
            &READ,
            403,
            &[JSON],
            r#"{"code":3004,"message":"Access not allowed to object for the given caller"}"#,
        ),
        ("torn answer", &RPC_READ, 200, &[JSON], r#"{"id":"7","result":{"results":[{"id":1"#),
    ];
    insta::assert_snapshot!(shown("netx", cases).await);
}

#[tokio::test]
async fn mediavalet() {
    let cases: &[Case] = &[
        (
            "gateway: key missing",
            &READ,
            401,
            &[JSON],
            r#"{"statusCode":401,"message":"Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."}"#,
        ),
        (
            "gateway: unknown route",
            &READ,
            404,
            &[JSON],
            r#"{"statusCode":404,"message":"Resource not found"}"#,
        ),
        (
            "gateway: throttled, in words",
            &READ,
            429,
            &[JSON],
            r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 12 seconds."}"#,
        ),
        (
            "gateway: throttled, header in milliseconds",
            &READ,
            429,
            &[JSON, ("x-ms-retry-after-ms", "1500")],
            r#"{"statusCode":429,"message":"Rate limit is exceeded."}"#,
        ),
        (
            "API: token refused, empty",
            &READ,
            401,
            &[("www-authenticate", "Bearer error=\"invalid_token\""), ("apim-request-id", "a1-b2")],
            "",
        ),
        (
            "API: scope",
            &READ,
            401,
            &[("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"api\"")],
            "",
        ),
        (
            "API: scope, without quotes",
            &READ,
            401,
            &[("www-authenticate", "Bearer scope=api, error = insufficient_scope")],
            "",
        ),
        ("API: not permitted", &READ, 403, &[], ""),
        ("MessageDto", &READ, 400, &[JSON], r#"{"message":"The file name has no extension."}"#),
        (
            "AspNetError",
            &READ,
            500,
            &[JSON],
            r#"{"Message":"An error has occurred.","ExceptionMessage":"Object reference not set to an instance of an object.","ExceptionType":"System.NullReferenceException"}"#,
        ),
        (
            "envelope with errors",
            &READ,
            400,
            &[JSON],
            r#"{"apiVersion":"1.2","warnings":[],"errors":["title is required","filename is required"],"payload":null,"meta":{"createdAt":"2026-02-06T16:58:09.8156697Z"}}"#,
        ),
        (
            "envelope, PascalCase",
            &READ,
            409,
            &[JSON],
            r#"{"ApiVersion":"1.0","Meta":{"MetaInformation":null,"Warnings":[],"Errors":["A category of this name exists"]},"Payload":null}"#,
        ),
        ("text", &READ, 400, &[("content-type", "text/plain")], "category is required"),
        ("JSON text", &READ, 412, &[JSON], "\"The account has no recovery address\""),
        ("credit exhausted", &READ, 402, &[], ""),
        ("unknown asset", &READ, 404, &[], ""),
        (
            "unavailable until a date",
            &READ,
            503,
            &[
                ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"),
            ],
            "",
        ),
        (
            "token endpoint",
            &READ,
            400,
            &[JSON],
            r#"{"error":"invalid_grant","error_description":"the code is older than 60 s"}"#,
        ),
    ];
    insta::assert_snapshot!(shown("mediavalet", cases).await);
}

#[tokio::test]
async fn netexplorer() {
    let cases: &[Case] = &[
        ("malformed", &READ, 400, &[JSON], r#"{"error":"Paramètre folderId manquant"}"#),
        ("token", &READ, 401, &[JSON], r#"{"error":"Jeton invalide"}"#),
        ("token, message", &READ, 401, &[JSON], r#"{"message":"Unauthorized"}"#),
        (
            "duplicate name",
            &READ,
            403,
            &[JSON],
            r#"{"error":"Un dossier portant ce nom existe déjà"}"#,
        ),
        ("not found", &READ, 404, &[JSON], r#"{"error":"Fichier introuvable"}"#),
        ("plain text", &READ, 404, &[("content-type", "text/plain")], "false"),
        ("TUS offset", &READ, 409, &[], "offset mismatch"),
        ("invalid name", &READ, 422, &[JSON], r#"{"error":"Nom invalide"}"#),
        (
            "still being put together",
            &READ,
            423,
            &[JSON],
            r#"{"error":"Fichier en cours de transfert"}"#,
        ),
        ("throttled", &READ, 429, &[], ""),
        ("failure without a body", &READ, 500, &[("x-request-id", "n-4")], ""),
        (
            "OAuth",
            &READ,
            400,
            &[JSON],
            r#"{"error":"invalid_request","error_description":"client_id"}"#,
        ),
        (
            "secret in the document",
            &READ,
            400,
            &[JSON],
            r#"{"error":"bad","access_token":"canary","refreshToken":"canary"}"#,
        ),
    ];
    let shown = shown("netexplorer", cases).await;
    assert!(!shown.contains("canary"), "a secret in the body is shown");
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn causes_stay_reachable() {
    let torn: Case = ("", &READ, 200, &[JSON], r#"{"a":"#);
    let error = error("plain", &torn).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    let cause = error.source().expect("the error of the decoder");
    assert!(cause.is::<serde_json::Error>());

    // Nothing listens on the port that was just released.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let runtime = oneteg_http::Runtime::builder(
        format!("http://127.0.0.1:{port}"),
        crate::support::Plain,
        crate::support::Counting::default(),
    )
    .retry(RetryPolicy::none())
    .build()
    .unwrap();
    let error = runtime.empty(OperationRequest::new(&READ, CallOptions::new())).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 1));
    let mut cause: Option<&dyn std::error::Error> = error.source();
    let mut refused = false;
    while let Some(error) = cause {
        refused |= error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused);
        cause = error.source();
    }
    assert!(refused, "the refused connection is not in the chain of causes");
    assert!(!format!("{error:?}").contains(&port.to_string()), "the URL is shown");
}

#[tokio::test]
async fn a_result_that_is_null_or_left_out_is_none() {
    for body in [r#"{"id":"7"}"#, r#"{"id":"7","result":null}"#, r#"{"result": null }"#] {
        let runtime =
            crate::support::runtime(move |_| async move { Ok(http_response(200, &[], body)) });
        let call = OperationRequest::new(&RPC_READ, CallOptions::new().request_id("7"));
        let value = runtime.json::<Option<i64>>(call).await.unwrap();
        assert_eq!(*value, None, "{body}");
    }
}
