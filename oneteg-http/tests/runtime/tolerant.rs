//! A malformed part of a response loses nothing else: values, text, whole pages and error documents.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::TryStreamExt;
use http::{HeaderMap, Method, StatusCode};
use oneteg_http::{
    Envelope, Error, ErrorKind, Page, Pager, Pagination, PaginationStyle, RepairKind,
    ResponseValue, RetryPolicy, Runtime,
    codegen::{CallOptions, Operation, OperationRequest, serde_with},
};
use oneteg_test_kit::http_response;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::support::{self, CountingCredential, EVIDENCE, READ, RPC_READ};

static WRAPPED: Operation = Operation::new("get", "test", Method::GET, "/thing", true, EVIDENCE)
    .accepting("application/json")
    .wrapped(Envelope::PAYLOAD);
static LIST: Operation = Operation::new("list", "test", Method::GET, "/list", true, EVIDENCE)
    .accepting("application/json")
    .paged(Pagination::new(PaginationStyle::Offset, "start", "size", "results", "size"));

/// A type as generated.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Thing {
    #[serde(deserialize_with = "serde_with::lenient_id::deserialize")]
    id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<BTreeMap<String, String>>,
    #[serde(flatten, deserialize_with = "serde_with::extra::deserialize")]
    extra: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Things {
    results: Option<Vec<Thing>>,
    size: Option<i64>,
    #[serde(flatten, deserialize_with = "serde_with::extra::deserialize")]
    extra: Map<String, Value>,
}

fn responding(vendor: &str, status: u16, body: impl Into<Bytes>) -> Runtime {
    let body = body.into();
    let script = move |_| {
        let body = body.clone();
        async move { Ok(http_response(status, &[("content-type", "application/json")], body)) }
    };
    let builder = support::vendor(vendor)(CountingCredential::default());
    builder.retry(RetryPolicy::none()).transport(script).build().unwrap()
}

async fn read<T: DeserializeOwned>(
    operation: &'static Operation,
    body: impl Into<Bytes>,
) -> Result<ResponseValue<T>, Error> {
    responding("plain", 200, body).json(OperationRequest::new(operation, CallOptions::new())).await
}

const ODD: &str = r#"{"id":1,"name":7,"size":"123","meta":[],"new":{"a":1}}"#;

fn is_read(thing: &ResponseValue<Thing>) {
    assert_eq!((thing.name.as_deref(), thing.size, &thing.meta), (Some("7"), Some(123), &None));
    assert_eq!((&thing.extra["meta"], &thing.extra["new"]), (&json!([]), &json!({"a": 1})));
    let repairs: Vec<_> = thing.repairs().iter().map(|one| (one.path(), one.kind())).collect();
    assert_eq!(
        repairs,
        [
            ("meta", RepairKind::Absent),
            ("name", RepairKind::Converted),
            ("size", RepairKind::Converted)
        ]
    );
    assert_eq!(thing.repairs()[1].to_string(), "name: converted to the documented type");
}

#[tokio::test]
async fn odd_members_are_read_or_kept_in_every_envelope() {
    is_read(&read(&READ, ODD).await.unwrap());
    is_read(&read(&READ, format!("\u{feff}{ODD}")).await.unwrap());
    let rpc = format!(r#"{{"jsonrpc":"2.0","result":{ODD}}}"#);
    is_read(&read(&RPC_READ, rpc).await.unwrap());
    let payload =
        format!(r#"{{"apiVersion":"1","payload":{ODD},"errors":[],"warnings":["slow"]}}"#);
    let thing = read(&WRAPPED, payload).await.unwrap();
    is_read(&thing);
    assert_eq!(thing.envelope().unwrap().warnings, ["slow"]);
    // The repairs are kept when the value of a response is replaced.
    assert_eq!(thing.map(|thing| thing.id).repairs().len(), 3);
    assert!(read::<Thing>(&READ, r#"{"id":1}"#).await.unwrap().repairs().is_empty());

    let runtime = responding("plain", 200, "");
    let part = runtime.decode_embedded(
        StatusCode::OK,
        HeaderMap::new(),
        Bytes::from_static(ODD.as_bytes()),
    );
    is_read(&part.unwrap());
}

#[tokio::test]
async fn what_is_required_is_an_error_that_names_it() {
    for (operation, body) in [
        (&READ, r#"{"id":[],"meta":[]}"#.to_owned()),
        (&RPC_READ, r#"{"result":{"id":[],"meta":[]}}"#.to_owned()),
        (&WRAPPED, r#"{"apiVersion":"1","payload":{"id":[],"meta":[]},"errors":[]}"#.to_owned()),
    ] {
        let error = read::<Thing>(operation, body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("`id`"), "{error}");
    }
}

#[tokio::test]
async fn broken_text_anywhere_loses_nothing_else() {
    let thing = br#"{"id":1,"name":"party \ud83d","new":"#;
    let thing = [&thing[..], b"\"caf\xe9\"}"].concat();
    let around = |before: &[u8], after: &[u8]| [before, &thing, after].concat();
    for (operation, body) in [
        (&READ, thing.clone()),
        (&RPC_READ, around(br#"{"jsonrpc":"2.0","result":"#, b"}")),
        (&RPC_READ, around(br#"{"result":"#, b",\"note\":\"\xff\"}")),
        (&RPC_READ, around(b"{\"\\ud83d\":0,\"note\":\"\xff\",\"result\":", b"}")),
        (&WRAPPED, around(br#"{"apiVersion":"1","payload":"#, b",\"warnings\":[\"\xff\"]}")),
        (&WRAPPED, around(b"{\"api\\u0056ersion\":\"\xff\",\"payload\":", b",\"errors\":null}")),
    ] {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let thing = read::<Thing>(operation, body).await.unwrap_or_else(|e| panic!("{shown}: {e}"));
        assert_eq!(thing.name.as_deref(), Some("party \u{fffd}"), "{shown}");
        assert_eq!(thing.extra["new"], "caf\u{fffd}", "{shown}");
    }
    let any = read::<Value>(&READ, &b"[\"\xff\"]"[..]).await.unwrap();
    assert_eq!((&*any, any.repairs()[0].kind()), (&json!(["\u{fffd}"]), RepairKind::MalformedText));
}

#[tokio::test]
async fn errors_behind_an_envelope_of_broken_text_are_not_missed() {
    let body = &b"{\"apiVersion\":\"1\",\"payload\":{\"id\":1},\"errors\":[{\"code\":\"E1\",\"message\":\"refus\xe9\"}]}"[..];
    let error = read::<Thing>(&WRAPPED, body).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Partial, Some("E1")));
    assert_eq!(error.message(), "refus\u{fffd}");
}

#[tokio::test]
async fn an_error_document_with_broken_text_has_its_code() {
    let failed = |vendor: &'static str,
                  operation: &'static Operation,
                  status,
                  body: &'static [u8]| async move {
        let call = OperationRequest::new(operation, CallOptions::new());
        let error = responding(vendor, status, body).json::<Value>(call).await.unwrap_err();
        (error.kind(), error.code().unwrap_or_default().to_owned(), error.message().to_owned())
    };
    for broken in [
        &b"{\"error\":{\"code\":10000,\"message\":\"expir\xe9\"}}"[..],
        b"\xef\xbb\xbf{\"error\":{\"code\":10000,\"message\":\"expir\\ud83d\"},\"id\":null}",
        b"{\"error\":{\"code\":10000,\"message\":\"expir\xff\",\"data\":\"\xff\"}}",
    ] {
        let (kind, code, message) = failed("netx", &RPC_READ, 200, broken).await;
        assert_eq!((kind, &*code), (ErrorKind::Authentication, "10000"));
        assert_eq!(message, "expir\u{fffd}");
    }
    let gateway = b"{\"statusCode\":429,\"message\":\"\xffRate limit is exceeded. Try again in 12 seconds.\"}";
    let call = OperationRequest::new(&WRAPPED, CallOptions::new());
    let error = responding("mediavalet", 429, &gateway[..]).json::<Value>(call).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::RateLimited, Some("429")));
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(12));
    let (_, _, message) = failed("netexplorer", &READ, 403, b"{\"error\":\"refus\xe9\"}").await;
    assert_eq!(message, "refus\u{fffd}");
    let storage = b"\xef\xbb\xbf<?xml version=\"1.0\"?><Error><Code>ServerBusy</Code><Message>occup\xe9</Message></Error>";
    let (_, code, message) = failed("plain", &READ, 503, storage).await;
    assert_eq!((&*code, &*message), ("ServerBusy", "occup\u{fffd}"));
    let (_, _, message) = failed("plain", &READ, 404, b"introuvable: caf\xe9").await;
    assert_eq!(message, "introuvable: caf\u{fffd}");
}

#[tokio::test]
async fn a_listing_goes_over_odd_items() {
    // Every item is malformed, and the total is a string.
    let item = |id: u64| json!({"id": id.to_string(), "size": "9", "meta": "", "name": 0});
    let runtime = support::runtime(move |request: reqwest::Request| {
        let start = request.url().query_pairs().find(|(name, _)| name == "start");
        let start: u64 = start.unwrap().1.parse().unwrap();
        let items: Vec<_> = (start..(start + 50).min(120)).map(item).collect();
        let mut body = json!({"results": items, "size": "120"}).to_string();
        if start == 50 {
            // A list that lost an item, and malformed text.
            let items = (50..100).map(|id| (id.to_string(), item(id)));
            body = json!({"results": Value::Object(items.collect()), "size": 120}).to_string();
            body = body.replace("\"name\":0", "\"name\":\"\\ud83d\"");
        }
        async move { Ok(http_response(200, &[], body)) }
    });
    let things: Vec<Thing> = listing(&runtime).try_collect().await.unwrap();
    let ids: Vec<_> = things.iter().map(|thing| thing.id).collect();
    assert_eq!(ids, (0..120).collect::<Vec<_>>());
    assert!(things.iter().all(|thing| thing.size == Some(9) && thing.extra["meta"] == ""));
    assert_eq!(things[60].name.as_deref(), Some("\u{fffd}"));
}

fn listing(runtime: &Runtime) -> Pager<Thing> {
    let runtime = runtime.clone();
    Pager::new(&LIST, move |page| {
        let mut call = OperationRequest::new(&LIST, CallOptions::new());
        call.query("start", oneteg_http::codegen::QueryStyle::Exploded, &page.start::<u64>());
        let runtime = runtime.clone();
        async move {
            let response = runtime.json::<Things>(call).await?.into_inner();
            Ok(Page::new(response.results).total(response.size))
        }
    })
}

#[tokio::test]
async fn a_page_whose_items_cannot_be_read_is_not_the_end_of_a_listing() {
    for items in [
        json!("x"),
        json!([7]),
        json!([{"id": 1}, null]),
        json!(false),
        json!({"id": 1}),
        json!({}),
    ] {
        let body = json!({"results": items, "size": 2}).to_string();
        let error = listing(&responding("plain", 200, body)).all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{items}");
    }
    // A response without the items is an empty page.
    for nothing in ["{}", r#"{"results":null}"#, r#"{"results":[],"size":"x"}"#] {
        assert!(listing(&responding("plain", 200, nothing)).all().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_limit_of_a_response_holds_for_the_second_pass() {
    let body = format!(r#"{{"id":1,"size":"5","new":"{}"}}"#, "x".repeat(2000));
    let script = move |_| {
        let body = body.clone();
        async move { Ok(http_response(200, &[], body)) }
    };
    let read = |limit: usize, script| async move {
        let runtime = support::builder(script).max_response_bytes(limit).build().unwrap();
        runtime
            .json::<Thing>(OperationRequest::new(&READ, CallOptions::new()))
            .await
            .map(|thing| thing.size)
    };
    assert_eq!(read(3000, script.clone()).await.unwrap(), Some(5));
    assert_eq!(read(1000, script).await.unwrap_err().kind(), ErrorKind::TooLarge);
}
