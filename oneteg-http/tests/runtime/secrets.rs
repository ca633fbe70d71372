//! No error and no `Debug` output shows the secrets of a request, however the server repeats them.

use std::error::Error as _;

use http::{HeaderName, Method};
use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{
    CallOptions, Error, RetryPolicy, Runtime,
    codegen::{OperationRequest, QueryStyle},
};
use oneteg_test_kit::http_response;
use serde_json::{Value, json};

use crate::support::{self, Plain, READ, RPC_READ, WRITE};

const SIGNED: &str =
    "https://storage.example/c/b?sv=2021&sp=cw&sig=canarySIG%2Bna%2FTURE%3D&skoid=canary-object";

/// Everything in an error that can reach a log.
fn shown(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?} {}", error.message());
    for shown_part in [error.code(), error.request_id(), error.body_preview()].into_iter().flatten()
    {
        shown.push_str(shown_part);
    }
    shown.push_str(&error.data().map(Value::to_string).unwrap_or_default());
    let mut cause = error.source();
    while let Some(error) = cause {
        shown.push_str(&format!("{error} {error:?}"));
        cause = error.source();
    }
    shown
}

/// The ways in which servers repeat the target of a request.
fn repeated(target: &str) -> Vec<(u16, &'static str, String)> {
    let decoded = "canarySIG+na/TURE=";
    let xml = target.replace('&', "&amp;");
    vec![
        (404, "text/plain", format!("no route for {target}")),
        (500, "text/plain", format!("bad signature {decoded}")),
        (
            403,
            "application/json",
            json!({"message": format!("denied: {target}"), "code": target}).to_string(),
        ),
        (
            400,
            "application/json",
            json!({"message": "no", "errors": [target, {"got": decoded}]}).to_string(),
        ),
        (
            400,
            "application/json",
            format!(
                r#"{{"error":{{"message":"no","data":"{}"}}}}"#,
                target.replace('&', "\\u0026")
            ),
        ),
        (
            403,
            "application/xml",
            format!(
                "<?xml version=\"1.0\"?><Error><Code>{xml}</Code><Message>{xml}</Message></Error>"
            ),
        ),
        (502, "text/html", format!("<html><a href=\"{xml}\">{xml}</a></html>")),
        (200, "application/json", format!("\"{target}\"")),
        (200, "text/html", format!("<html>{target}</html>")),
        (200, "application/json", format!("{{\"a\":\"{target}")),
    ]
}

#[tokio::test]
async fn the_query_of_a_signed_link_is_in_no_error() {
    for (status, media_type, body) in repeated(SIGNED) {
        let sent = body.clone();
        let runtime = support::builder(move |_| {
            let body = sent.clone();
            async move {
                Ok(http_response(
                    status,
                    &[("content-type", media_type), ("x-request-id", SIGNED)],
                    body,
                ))
            }
        });
        let runtime = runtime.retry(RetryPolicy::none()).build().unwrap();
        let link = || SIGNED.parse().unwrap();
        let errors = [
            runtime.request_external(Method::GET, link()).send::<u64>().await.err(),
            runtime.request_external(Method::PUT, link()).body(vec![1]).send_empty().await.err(),
            runtime.request_external(Method::GET, link()).send_stream().await.err(),
        ];
        assert!(errors[0].is_some(), "{body}");
        for error in errors.iter().flatten() {
            let shown = shown(error);
            assert!(!shown.contains("canary") && !shown.contains("TURE"), "{body}\n{shown}");
        }
    }
}

#[tokio::test]
async fn who_a_link_is_asked_as_is_in_no_error() {
    for link in [
        "https://user:canary-word@storage.example/b?sp=r",
        "https://canary-token@storage.example/b",
        "https://a:canary@storage.example/b",
    ] {
        for (status, media_type, body) in repeated(link) {
            let runtime = support::builder(move |_| {
                let body = body.clone();
                async move { Ok(http_response(status, &[("content-type", media_type)], body)) }
            });
            let runtime = runtime.retry(RetryPolicy::none()).build().unwrap();
            let request = runtime.request_external(Method::GET, link.parse().unwrap());
            assert!(!format!("{request:?}").contains("canary"));
            let shown = shown(&request.send::<u64>().await.unwrap_err());
            // Another word in the table has the same beginning.
            assert!(!shown.replace("canarySIG", "").contains("canary"), "{shown}");
        }
    }
}

#[tokio::test]
async fn the_query_that_a_redirect_leads_to_is_in_no_error() {
    for (status, media_type, body) in repeated(SIGNED) {
        let sent = body.clone();
        let runtime = support::builder(move |request: reqwest::Request| {
            let body = sent.clone();
            let moved = request.url().path() == "/file";
            async move {
                Ok(match moved {
                    true => http_response(302, &[("location", SIGNED)], SIGNED),
                    false => http_response(status, &[("content-type", media_type)], body),
                })
            }
        });
        let runtime = runtime.retry(RetryPolicy::none()).build().unwrap();
        let error = runtime.request(Method::GET, "/file").send::<u64>().await.unwrap_err();
        let shown = shown(&error);
        assert!(!shown.contains("canary") && !shown.contains("TURE"), "{body}\n{shown}");
    }
}

#[tokio::test]
async fn links_that_a_server_mentions_are_shown_without_their_signatures() {
    // Not of the request: links to other things, in error documents and in values.
    for (status, media_type, body) in repeated(SIGNED) {
        let sent = body.replace("canarySIG+na/TURE=", "sig=canarySIG+na/TURE=");
        let runtime = support::builder(move |_| {
            let body = sent.clone();
            async move { Ok(http_response(status, &[("content-type", media_type)], body)) }
        });
        let runtime = runtime.retry(RetryPolicy::none()).build().unwrap();
        for call in [
            OperationRequest::new(&READ, CallOptions::new()),
            OperationRequest::new(&RPC_READ, CallOptions::new()),
        ] {
            let error = runtime.json::<u64>(call).await.unwrap_err();
            let shown = shown(&error);
            assert!(!shown.contains("canarySIG") && !shown.contains("TURE"), "{body}\n{shown}");
        }
        let bytes = bytes::Bytes::from(body.clone());
        let status = http::StatusCode::from_u16(status).unwrap();
        let error =
            runtime.decode_embedded::<u64>(status, http::HeaderMap::new(), bytes).unwrap_err();
        assert!(!shown(&error).contains("canarySIG%2Bna"), "{body}\n{}", shown(&error));
    }
}

#[tokio::test]
async fn a_key_is_in_no_error_however_short_it_is() {
    for key in ["canary-long-key", "k3yX7", "k3y"] {
        for in_header in [true, false] {
            let secret = Secret::new(key);
            let header = HeaderName::from_static("x-key");
            let auth = match in_header {
                true => ApiKey::in_header(header, &secret),
                false => ApiKey::with_scheme("apiToken", &secret),
            };
            let body = json!({"message": format!("the key '{key}' is unknown"), "code": key, "data": [key]});
            let runtime =
                Runtime::builder("http://127.0.0.1:9", Plain, auth.unwrap())
                    .retry(RetryPolicy::none())
                    .transport(move |_| {
                        let body = body.to_string();
                        async move {
                            Ok(http_response(400, &[("content-type", "application/json")], body))
                        }
                    });
            let call = OperationRequest::new(&READ, CallOptions::new());
            let error = runtime.build().unwrap().json::<Value>(call).await.unwrap_err();
            assert!(!shown(&error).contains(key), "{}", shown(&error));
            assert_eq!(error.message(), "the key '[secret]' is unknown");
        }
    }
}

#[tokio::test]
async fn requests_that_were_not_sent_show_nothing_of_what_they_carry() {
    let runtime = support::runtime(|_| async { Ok(http_response(200, &[], "{}")) });
    let password = json!({"name": "canary-name", "password": "canary-password"});
    let options = CallOptions::new().query("token", "canary-token");
    let mut write = OperationRequest::new(&WRITE, options.clone());
    write.query("key", QueryStyle::Exploded, "canary-key");
    write.header("x-key", "canary-header");
    write.json(&password);
    let mut form = OperationRequest::new(&WRITE, CallOptions::new());
    form.form_urlencoded(&password, &[]);
    let mut text = OperationRequest::new(&WRITE, CallOptions::new());
    text.text("canary-text".to_owned());
    let mut parts = OperationRequest::new(&WRITE, CallOptions::new());
    let mut fields = oneteg_http::codegen::Form::default();
    fields.text("password", "canary-field".to_owned());
    parts.form(fields);
    let mut rpc = OperationRequest::new(&RPC_READ, CallOptions::new());
    rpc.param("canary-param");
    let upload = runtime
        .request(Method::PUT, "/share/canary-path?token=canary")
        .body("canary-body".as_bytes().to_vec());
    let away = runtime.request_external(Method::PUT, SIGNED.parse().unwrap()).json(&password);
    let here = runtime.request_url(Method::PUT, "http://127.0.0.1:9/x?sig=canary".parse().unwrap());
    let shown = [
        format!(
            "{write:?} {write:#?} {form:?} {text:?} {parts:?} {rpc:?} {options:?} {options:#?}"
        ),
        format!("{upload:?} {upload:#?} {away:?} {away:#?} {here:?}"),
    ]
    .concat();
    assert!(!shown.to_lowercase().contains("canary"), "{shown}");
    // The kind of body is still shown, and a body as a list of bytes is the secret in another form.
    for part in [
        "write",
        "POST",
        "/thing",
        "get_thing",
        "PUT",
        "storage.example",
        "x-key",
        "bytes",
        "token",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("99, 97, 110, 97, 114, 121"), "{shown}");
}

#[tokio::test]
async fn an_error_that_comes_behind_a_result_shows_nothing_either() {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":"7","result":1,"error":{{"code":5,"message":"canary-0 {SIGNED}","data":["canary-0"]}}}}"#
    );
    let runtime = support::builder(move |_| {
        let body = body.clone();
        async move { Ok(http_response(200, &[], body)) }
    });
    let call = OperationRequest::new(&RPC_READ, CallOptions::new().request_id("7"));
    let error = runtime.build().unwrap().json::<u64>(call).await.unwrap_err();
    assert_eq!(error.code(), Some("5"));
    let shown = shown(&error);
    // The credential of the tests, and the signature of a link.
    assert!(!shown.contains("canary-0") && !shown.contains("canarySIG"), "{shown}");
}
