//! `--all` requests every page of every list.

use std::sync::{Arc, Mutex};

use axum::{body::Body, http::Response};
use oneteg_auth::Vendor;
use oneteg_http::{CallOptions, Pagination, PaginationStyle, RetryPolicy, Runtime};
use oneteg_test_kit::recorder::{CANARY, RecordedRequest, RequestRecorder, json_response};
use serde_json::{Value, json};

use super::{
    super::{example, pages},
    all, arguments_of, parsed,
};
use crate::catalog;

/// The number of items of every list, and of a page.
const ITEMS: u64 = 5;
const PAGE: u64 = 2;

/// The list that the server has now.
type Current = Arc<Mutex<Option<(Vendor, Pagination)>>>;

#[tokio::test]
async fn every_page_is_requested_once_and_every_item_printed() {
    let current = Current::default();
    let list = current.clone();
    let server = RequestRecorder::start(move |request| {
        let (vendor, pagination) = list.lock().unwrap().unwrap();
        page(vendor, pagination, request)
    })
    .await;
    let mut lists = [0; 2];
    for (vendor, catalog, entry) in all() {
        let operation = catalog::in_sdk(vendor, entry).unwrap();
        let Some(pagination) = operation.pagination else { continue };
        *current.lock().unwrap() = Some((vendor, pagination));
        let words = example::words(catalog, entry, &arguments_of(catalog, entry));
        let call = parsed(vendor, catalog, entry, &words).unwrap();
        let before = server.requests().len();
        let runtime = runtime(vendor, &server.url);
        let pager = pages::pager(runtime, entry, operation, pagination, call, CallOptions::new());
        let items = pager.page_size(PAGE).all().await;
        let items = items.unwrap_or_else(|error| panic!("{}: {error}", entry.name));
        let expected: Vec<Value> = (0..ITEMS).map(|id| json!({ "id": id })).collect();
        assert_eq!(items, expected, "{}", entry.name);
        let starts: Vec<Option<u64>> = server.requests()[before..]
            .iter()
            .map(|request| position(vendor, pagination, request).map(|(start, _)| start))
            .collect();
        if pagination.style == PaginationStyle::Single {
            assert_eq!(starts.len(), 1, "{}", entry.name);
            lists[0] += 1;
        } else {
            assert_eq!(starts, [Some(0), Some(2), Some(4)], "{}", entry.name);
            lists[1] += 1;
        }
    }
    assert_eq!(lists, [45, 86]);
}

fn runtime(vendor: Vendor, url: &str) -> Runtime {
    let none = RetryPolicy::none;
    match vendor {
        Vendor::NetX => {
            let client = netx_sdk::Client::builder(url).api_key(CANARY).retry(none());
            client.build().unwrap().runtime().clone()
        }
        Vendor::MediaValet => {
            let client = mediavalet_sdk::Client::builder().base_url(url).retry(none());
            let client = client.subscription_key(CANARY).access_token(CANARY);
            client.build().unwrap().runtime().clone()
        }
        Vendor::NetExplorer => {
            let client = netexplorer_sdk::Client::builder(url).access_token(CANARY).retry(none());
            client.build().unwrap().runtime().clone()
        }
        other => panic!("{other}"),
    }
}

/// The position and the size that a request asks for.
fn position(
    vendor: Vendor,
    pagination: Pagination,
    request: &RecordedRequest,
) -> Option<(u64, u64)> {
    if pagination.style == PaginationStyle::Single {
        return None;
    }
    if vendor == Vendor::NetX {
        // `options` with `page`.
        let body = request.json();
        let page = body["params"].as_array()?.iter().find_map(|param| param.get("page"))?.clone();
        return Some((page["startIndex"].as_u64()?, page["size"].as_u64()?));
    }
    let query = request.uri.query().unwrap_or_default();
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let body = request.json();
    let of = |name: &str| {
        let mut found = pairs.iter().filter(|(other, _)| other == name);
        // A search has them in its body.
        let Some((_, value)) = found.next() else { return body[name].as_u64() };
        assert!(found.next().is_none(), "{name} twice: {query}");
        value.parse().ok()
    };
    Some((of(pagination.start)?, of(pagination.size)?))
}

/// The page that a request asks for; without a position, the whole list.
fn page(vendor: Vendor, pagination: Pagination, request: &RecordedRequest) -> Response<Body> {
    let (start, size) = position(vendor, pagination, request).unwrap_or((0, ITEMS));
    let ids = (start..ITEMS).take(usize::try_from(size).unwrap());
    let items: Vec<Value> = ids.map(|id| json!({ "id": id })).collect();
    let value = match pagination.items {
        "" => json!(items),
        path => {
            let mut value = nested(path, json!(items));
            if !pagination.total.is_empty() {
                value[pagination.total] = ITEMS.into();
            }
            value
        }
    };
    let response = match vendor {
        Vendor::NetX => json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": value }),
        Vendor::MediaValet => json!({
            "apiVersion": "1.2", "payload": value, "errors": [],
            "recordCount": { "totalRecordsFound": ITEMS }
        }),
        _ => value,
    };
    json_response(response.to_string())
}

fn nested(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |value, name| json!({ name: value }))
}
