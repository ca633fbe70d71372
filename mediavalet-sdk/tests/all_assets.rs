//! Listings of more assets than one list can return: they continue beyond the largest offset, and return each asset
//! once.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use futures_util::TryStreamExt;
use mediavalet_sdk::{
    Client, Error, ErrorKind, OFFSET_LIMIT, RetryPolicy,
    search::{directly_in_category, field, search},
    types::Asset,
};
use oneteg_sandbox::Sandbox;
use oneteg_test_kit::recorder::{CANARY, RequestRecorder, json_response};
use serde_json::{Value, json};

fn client(url: &str) -> Client {
    let client = Client::builder().base_url(url).subscription_key(CANARY).access_token(CANARY);
    client.retry(RetryPolicy::none()).build().unwrap()
}

/// An asset: its number, and the seconds at which it was created and at which its file was uploaded.
#[derive(Clone, Copy)]
struct Row(usize, u32, u32);

fn date(seconds: u32) -> String {
    // With seven digits of a second, as the vendor sends them.
    format!(
        "2024-05-06T{:02}:{:02}:{:02}.1234567Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

impl Row {
    fn json(self) -> Value {
        let Self(number, created, uploaded) = self;
        json!({
            "id": format!("a55e7000-0000-4000-8000-{number:012}"),
            "record": {"createdAt": date(created)},
            "file": {"uploadedAt": date(uploaded)},
        })
    }
}

/// How a server deviates from the documentation.
#[derive(Clone, Copy, Default)]
struct Quirks {
    ignores_filters: bool,
    ignores_order: bool,
    ignores_offset: bool,
    no_count: bool,
    count_ends_at_limit: bool,
    count_is_of_page: bool,
    count_ends_at: Option<usize>,
    no_dates: bool,
    most: Option<usize>,
}

/// A server of these assets that refuses offsets beyond a limit, and the searches that it receives.
async fn server(mut rows: Vec<Row>, limit: usize, quirks: Quirks) -> (RequestRecorder, Searches) {
    let searches = Searches::default();
    let recorded = searches.clone();
    if !quirks.ignores_order {
        rows.sort_by_key(|Row(number, created, _)| (*created, *number));
    }
    let recorder = RequestRecorder::start(move |request| {
        let body = request.json();
        let number = |member: &str| usize::try_from(body[member].as_u64().unwrap()).unwrap();
        let offset = if quirks.ignores_offset { 0 } else { number("offset") };
        recorded.0.lock().unwrap().push(body.clone());
        if number("offset") > limit {
            let mut response = json_response("offset is too large");
            *response.status_mut() = 400.try_into().unwrap();
            return response;
        }
        assert_eq!(body["sort"], "record.createdAt A");
        let since =
            body["filters"].as_str().and_then(|filter| filter.split("DateUploaded GE '").nth(1));
        let since =
            since.map(|since| since.split('\'').next().unwrap().trim_end_matches('Z').to_owned());
        let since = since.filter(|_| !quirks.ignores_filters);
        let found =
            rows.iter().filter(|row| since.as_ref().is_none_or(|since| date(row.2) >= *since));
        let found: Vec<Value> = found.map(|row| row.json()).collect();
        let count = number("count").min(quirks.most.unwrap_or(usize::MAX));
        let mut page: Vec<Value> = found.iter().skip(offset).take(count).cloned().collect();
        for asset in page.iter_mut().filter(|_| quirks.no_dates) {
            asset.as_object_mut().unwrap().retain(|name, _| name == "id");
        }
        let mut payload = json!({"assets": &page, "assetCount": found.len()});
        if quirks.count_ends_at_limit {
            payload["assetCount"] = json!(found.len().min(limit));
        }
        if quirks.count_is_of_page {
            payload["assetCount"] = json!(page.len());
        }
        if let Some(most) = quirks.count_ends_at {
            payload["assetCount"] = json!(found.len().min(most));
        }
        if quirks.no_count {
            payload.as_object_mut().unwrap().remove("assetCount");
        }
        json_response(json!({"apiVersion": "1.2", "errors": [], "payload": payload}).to_string())
    })
    .await;
    (recorder, searches)
}

#[derive(Clone, Default)]
struct Searches(Arc<Mutex<Vec<Value>>>);

impl Searches {
    fn offsets(&self) -> Vec<u64> {
        self.0.lock().unwrap().iter().map(|body| body["offset"].as_u64().unwrap()).collect()
    }

    fn filters(&self) -> BTreeSet<String> {
        let searches = self.0.lock().unwrap();
        searches.iter().filter_map(|body| Some(body["filters"].as_str()?.to_owned())).collect()
    }
}

fn numbers(assets: &[Asset]) -> Vec<usize> {
    let number = |asset: &Asset| asset.id[24..].parse().unwrap();
    assets.iter().map(number).collect()
}

#[tokio::test]
async fn a_count_that_is_capped_or_counts_the_page_loses_no_asset() {
    let rows: Vec<Row> = (0..25).map(|n| Row(n, n as u32, n as u32)).collect();
    let all: Vec<usize> = (0..25).collect();
    for quirks in [
        Quirks { count_is_of_page: true, ..Quirks::default() },
        Quirks { count_ends_at: Some(10), ..Quirks::default() },
        Quirks { count_ends_at: Some(0), ..Quirks::default() },
        Quirks::default(),
    ] {
        for limit in [10, 1000] {
            let (server, _) = server(rows.clone(), limit, quirks).await;
            assert_eq!(listed(&server, limit as u64, 5).await.unwrap(), all);
        }
    }
    // The server ignores the offset and its count is right: repeated assets are the end.
    let quirks = Quirks { ignores_offset: true, ..Quirks::default() };
    let (server, searches) = server(rows, 1000, quirks).await;
    assert_eq!(listed(&server, 1000, 25).await.unwrap(), all);
    assert_eq!(searches.offsets(), [0, 25]);
}

async fn listed(server: &RequestRecorder, limit: u64, page: u64) -> Result<Vec<usize>, Error> {
    let client = client(&server.url);
    let pages = client.all_assets(search()).offset_limit(limit).pages().page_size(page);
    pages.all().await.map(|assets| numbers(&assets))
}

#[tokio::test]
async fn every_asset_beyond_the_limit_is_listed_once() {
    // Each second has two assets; pages and windows end within a second and between two seconds.
    let rows: Vec<Row> = (0..40).map(|n| Row(n, n as u32 / 2, n as u32 / 2)).collect();
    for (limit, page) in
        [(5, 2), (6, 2), (6, 3), (7, 7), (9, 4), (10, 100), (39, 10), (40, 10), (41, 10)]
    {
        for quirks in [
            Quirks::default(),
            Quirks { no_count: true, ..Quirks::default() },
            Quirks { count_ends_at_limit: true, ..Quirks::default() },
            Quirks { most: Some(3), ..Quirks::default() },
        ] {
            let (server, searches) = server(rows.clone(), limit, quirks).await;
            let all = listed(&server, limit as u64, page).await.unwrap();
            assert_eq!(all, (0..40).collect::<Vec<_>>(), "limit {limit}, pages of {page}");
            assert!(searches.offsets().iter().all(|offset| *offset < limit as u64));
            let windows = searches.offsets().iter().filter(|offset| **offset == 0).count();
            assert_eq!(searches.filters().len() + 1, windows, "limit {limit}, pages of {page}");
        }
    }
}

/// The files of old assets were replaced recently, so they were uploaded later than they were created. They occur in
/// several windows, one of which may end with such an asset.
#[tokio::test]
async fn assets_with_new_versions_are_listed_once() {
    let uploaded = |n: u32| if n.is_multiple_of(5) { 50 } else { n };
    let rows: Vec<Row> = (0..30).map(|n| Row(n as usize, n, uploaded(n))).collect();
    for limit in 9..14 {
        let (server, _) = server(rows.clone(), limit, Quirks::default()).await;
        let all = listed(&server, limit as u64, 4).await.unwrap();
        assert_eq!(all, (0..30).collect::<Vec<_>>(), "limit {limit}");
    }
}

/// The server ignores the requested order and sorts by upload.
#[tokio::test]
async fn assets_in_the_order_of_their_uploads_are_listed_once() {
    let created = |n: u32| if n.is_multiple_of(3) { 0 } else { n };
    let rows: Vec<Row> = (1..30).map(|n| Row(n as usize, created(n), n)).collect();
    let quirks = Quirks { ignores_order: true, ..Quirks::default() };
    for limit in 8..11 {
        let (server, _) = server(rows.clone(), limit, quirks).await;
        let all = listed(&server, limit as u64, 4).await.unwrap();
        assert_eq!(all, (1..30).collect::<Vec<_>>(), "limit {limit}");
    }
}

#[tokio::test]
async fn the_conditions_of_the_search_apply_in_every_window() {
    let sandbox = Sandbox::builder().mediavalet_largest_offset(2).start().await.unwrap();
    let key = sandbox.mediavalet().account().subscription_key.clone();
    let builder = Client::builder().base_url(sandbox.mediavalet_url()).subscription_key(key);
    let client = builder.access_token(sandbox.mediavalet().issue_access_token()).build().unwrap();
    let titles = |assets: Vec<Asset>| -> Vec<String> {
        assets.into_iter().map(|asset| asset.title.unwrap()).collect()
    };
    let everything = client.list_assets().count(100).send().await.unwrap().into_inner();
    let everything = titles(everything.assets.unwrap());
    // An ordinary listing ends at the limit.
    let refused = client.list_assets().pages().page_size(1).all().await.unwrap_err();
    assert_eq!(refused.status().unwrap().as_u16(), 400);
    for prefetch in [0, 3] {
        let pages = client.all_assets(search()).offset_limit(2).pages().page_size(1);
        let all: Vec<Asset> = pages.prefetch(prefetch).try_collect().await.unwrap();
        assert_eq!(titles(all), everything);
    }
    let query = search().filter(field("AssetType").eq("Image").or(field("Title").eq("x")));
    let query = query.within(directly_in_category("ca7e6000-0000-4000-8000-000000000003"));
    // The sandbox has no field `Title`.
    let refused = client.all_assets(query).pages().all().await.unwrap_err();
    assert_eq!((refused.kind(), refused.operation()), (ErrorKind::Api, Some("search_assets")));
    let either = field("AssetType").eq("Image").or(field("AssetType").eq("Document"));
    let query = search().filter(either).text("shoe OR bag OR Mountain OR Logo");
    let pages = client.all_assets(query).offset_limit(2).pages().page_size(2);
    let found = titles(pages.all().await.unwrap());
    assert_eq!(found, ["Red shoe", "Blue shoe", "Green bag", "Mountain", "Logo"]);
}

#[tokio::test]
async fn the_filter_of_the_search_is_put_in_parentheses() {
    let rows: Vec<Row> = (0..6).map(|n| Row(n, n as u32, n as u32)).collect();
    let (server, searches) = server(rows, 4, Quirks::default()).await;
    let client = client(&server.url);
    let query = search().filter(field("a").eq(1).or(field("b").eq(2)));
    client.all_assets(query).offset_limit(4).pages().page_size(2).all().await.unwrap();
    let since = "2024-05-06T00:00:03Z";
    let filters = [
        format!("(a EQ 1 OR b EQ 2) AND DateUploaded GE '{since}'"),
        "a EQ 1 OR b EQ 2".to_owned(),
    ];
    assert_eq!(searches.filters(), BTreeSet::from(filters));
}

#[tokio::test]
async fn limits_of_the_pager_hold_and_nothing_is_requested_beyond_them() {
    let rows: Vec<Row> = (0..20).map(|n| Row(n, n as u32, n as u32)).collect();
    let (server, searches) = server(rows, 5, Quirks::default()).await;
    let client = client(&server.url);
    let mut pages = client.all_assets(search()).offset_limit(5).pages().page_size(5).limit(8);
    let mut all = Vec::new();
    while let Some(asset) = pages.next().await {
        all.push(asset.unwrap());
    }
    assert_eq!(numbers(&all), (0..8).collect::<Vec<_>>());
    assert_eq!(pages.total(), Some(20));
    assert_eq!(searches.offsets(), [0, 0]);
}

#[tokio::test]
async fn a_listing_that_cannot_continue_is_an_error_and_not_a_short_list() {
    let rising: Vec<Row> = (0..20).map(|n| Row(n, n as u32, n as u32)).collect();
    let falling: Vec<Row> = (0..20).map(|n| Row(n, 20 - n as u32, 20 - n as u32)).collect();
    let at_once: Vec<Row> = (0..20).map(|n| Row(n, 7, 7)).collect();
    let set = Quirks::default;
    for (case, rows, quirks, kind, yielded) in [
        (
            "no filter",
            rising.clone(),
            Quirks { ignores_filters: true, ..set() },
            ErrorKind::Incomplete,
            5,
        ),
        ("no order", falling, Quirks { ignores_order: true, ..set() }, ErrorKind::Incomplete, 5),
        ("no dates", rising.clone(), Quirks { no_dates: true, ..set() }, ErrorKind::Incomplete, 5),
        ("one date", at_once, set(), ErrorKind::Incomplete, 5),
        ("no offset", rising, Quirks { ignores_offset: true, ..set() }, ErrorKind::Cycle, 2),
    ] {
        let (server, _) = server(rows, 5, quirks).await;
        let client = client(&server.url);
        let mut pages = client.all_assets(search()).offset_limit(5).pages().page_size(2);
        let mut all = Vec::new();
        let error = loop {
            match pages.next().await {
                Some(Ok(asset)) => all.push(asset),
                Some(Err(error)) => break error,
                None => panic!("{case}: the listing ends after {} assets", all.len()),
            }
        };
        assert_eq!((error.kind(), all.len()), (kind, yielded), "{case}: {error}");
        assert_eq!(error.operation(), Some("search_assets"), "{case}");
        let once: BTreeSet<_> = numbers(&all).into_iter().collect();
        assert_eq!(once.len(), all.len(), "{case}: an asset was returned twice");
    }
}

#[tokio::test]
async fn invalid_listings_are_refused_before_anything_is_sent() {
    let (server, searches) = server(Vec::new(), 5, Quirks::default()).await;
    let client = client(&server.url);
    for query in [search().descending("title"), search().page(0, 10)] {
        let refused = client.all_assets(query).pages().all().await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    }
    for pages in [
        client.all_assets(search()).offset_limit(0).pages(),
        client.all_assets(search()).pages().start(10),
    ] {
        assert_eq!(pages.all().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
    assert!(searches.offsets().is_empty());
    assert_eq!(client.all_assets(search()).pages().all().await.unwrap(), []);
    assert_eq!((searches.offsets(), OFFSET_LIMIT), (vec![0], 100_000));
}
