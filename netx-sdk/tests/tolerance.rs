//! What servers may omit, add or write differently without making a response unreadable.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

// Each test uses only a part of it.
#[allow(dead_code, unreachable_pub)]
mod support;

use netx_sdk::types::{
    Asset, AssetPage, Attribute, AttributeValue, Collection, DataSelector, Folder, Group,
    ProxyName, User, View, ViewList,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use support::{
    client,
    recorder::{RequestRecorder, json_response},
};

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// Reads a value and writes it again.
fn round_trip<T: DeserializeOwned + Serialize>(value: &Value) -> Value {
    serde_json::to_value(read::<T>(value.clone())).unwrap()
}

#[test]
fn members_that_are_null_are_absent() {
    let asset: Asset = read(json!({
        "id": 1, "name": null, "fileName": null, "file": null, "attributes": null, "folders": null,
        "proxies": null, "views": null, "relatedAssets": null, "metadata": null,
        "creationDate": null, "importDate": null, "modDate": null,
    }));
    assert_eq!(asset, Asset { id: 1, ..Asset::default() });
    let folder: Folder =
        read(json!({"id": 1, "children": null, "path": null, "name": null, "description": null}));
    assert_eq!(folder, Folder { id: 1, ..Folder::default() });
    let nothing = read::<AssetPage>(json!({"results": null, "size": null}));
    assert_eq!(nothing, AssetPage::default());
    let nested: Asset = read(json!({
        "id": 1,
        "file": {"name": null, "url": null, "width": null, "height": null, "checksum": null, "size": null},
        "proxies": [{"name": null, "file": null}],
        "views": [{"id": null, "name": null, "description": null, "file": null}],
    }));
    assert_eq!(nested.proxies.unwrap()[0].name, None);
}

#[test]
fn members_that_are_unknown_survive_a_round_trip() {
    let unknown = json!({"deep": [1, 2.5, {"a": null}], "text": "\u{fc}"});
    macro_rules! survives {
        ($($type:ty: $id:literal),* $(,)?) => {$(
            let sent = json!({$id: 7, "notYetKnown": unknown, "another": null});
            assert_eq!(round_trip::<$type>(&sent), sent, stringify!($type));
        )*};
    }
    survives! {
        Asset: "id", Folder: "id", Collection: "id", View: "id", Attribute: "id", User: "userId",
        Group: "groupId", AttributeValue: "count",
    }
    let sent = json!({
        "results": [{"id": 1, "file": {"name": "a.jpg", "colourSpace": "sRGB"},
            "proxies": [{"name": "Zoom", "file": {"url": "/z", "dpi": 300}, "ready": true}],
            "folders": [{"id": 2, "path": "a/b", "hasAssets": true}]}],
        "size": 1, "took": 12,
    });
    assert_eq!(round_trip::<AssetPage>(&sent), sent);
    assert_eq!(read::<AssetPage>(sent).extra["took"], 12);
}

#[test]
fn values_that_are_unknown_are_kept() {
    let asset: Asset = read(json!({"id": 1, "proxies": [{"name": "Gigapixel"}, {"name": "Zoom"}]}));
    let names: Vec<_> = asset.proxies.unwrap().into_iter().map(|proxy| proxy.name).collect();
    let other = ProxyName::Other("Gigapixel".to_owned());
    assert_eq!(names, [Some(other.clone()), Some(ProxyName::Zoom)]);
    assert_eq!(serde_json::to_value(other).unwrap(), "Gigapixel");
    let selector = DataSelector::from("asset.comments");
    assert_eq!(selector, DataSelector::Other("asset.comments".to_owned()));
    assert_eq!(round_trip::<DataSelector>(&json!("asset.comments")), "asset.comments");
}

#[test]
fn dates_are_numbers_or_strings() {
    for spelling in
        [json!(1_451_979_500_852_i64), json!("1451979500852"), json!(1_451_979_500_852.0)]
    {
        let sent =
            json!({"id": 1, "creationDate": spelling, "importDate": spelling, "modDate": spelling});
        let asset: Asset = read(sent);
        for date in [asset.creation_date, asset.import_date, asset.mod_date] {
            assert_eq!(date.unwrap().to_rfc3339(), "2016-01-05T07:38:20.852+00:00", "{spelling}");
        }
    }
    for nothing in [json!(null), json!("")] {
        assert_eq!(read::<Asset>(json!({"id": 1, "modDate": nothing})).mod_date, None);
    }
}

#[tokio::test]
async fn views_come_as_a_page_or_as_a_list() {
    let views = json!([{"id": 9, "name": "Back"}, {"name": "without an id"}]);
    for (result, paged) in
        [(json!({"results": views, "size": 2}), true), (views.clone(), false), (json!([]), false)]
    {
        let server = RequestRecorder::json_rpc(result.clone()).await;
        let list = client(&server.url).get_views_by_asset(1).send().await.unwrap().into_inner();
        assert_eq!(serde_json::to_value(&list).unwrap(), result);
        match list {
            ViewList::ViewPage(page) => {
                assert!(paged);
                assert_eq!(page.results.unwrap()[0].id, Some(9));
            }
            ViewList::Array(_) => assert!(!paged),
        }
    }
}

/// How a server responds with the requested page of all its views.
type Views = fn(&[Value], std::ops::Range<usize>) -> Value;

#[tokio::test]
async fn all_views_are_listed_whether_they_come_as_pages_or_as_a_list() {
    let page: Views = |all, page| json!({"results": all[page], "size": all.len()});
    let list_of_the_page: Views = |all, page| json!(all[page]);
    let whole_list: Views = |all, _| json!(all);
    for (shape, count, calls) in [
        (page, 5, 3),
        // After a full page, only an empty one shows the end: the total may be capped.
        (page, 4, 3),
        (list_of_the_page, 5, 3),
        (list_of_the_page, 4, 3),
        (list_of_the_page, 0, 1),
        (whole_list, 5, 1),
        (whole_list, 1, 1),
        (whole_list, 0, 1),
    ] {
        let all: Vec<Value> = (0..count).map(|id| json!({"id": id})).collect();
        let server = RequestRecorder::start(move |request| {
            let sent = request.json();
            let requested = &sent["params"][1]["page"];
            let at = |member: &str| usize::try_from(requested[member].as_u64().unwrap()).unwrap();
            let start = at("startIndex").min(all.len());
            let end = (start + at("size")).min(all.len());
            let response =
                json!({"jsonrpc": "2.0", "id": sent["id"], "result": shape(&all, start..end)});
            json_response(response.to_string())
        })
        .await;
        let views = client(&server.url).get_views_by_asset(1).pages().page_size(2).all().await;
        let ids: Vec<_> = views.unwrap().into_iter().map(|view| view.id.unwrap()).collect();
        assert_eq!(ids, (0..count).collect::<Vec<i64>>());
        assert_eq!(server.requests().len(), calls);
    }
}

/// The README promises it.
#[test]
fn every_list_operation_has_pages() {
    // These return the objects of the given IDs, or a list that belongs to one object.
    let others = ["get_assets", "get_asset_attributes"];
    for operation in netx_sdk::OPERATIONS {
        let lists = operation.id.starts_with("get_")
            && operation.id.split('_').any(|word| {
                matches!(
                    word,
                    "assets"
                        | "folders"
                        | "collections"
                        | "users"
                        | "groups"
                        | "views"
                        | "values"
                        | "attributes"
                )
            });
        assert_eq!(
            operation.pagination.is_some(),
            lists && !others.contains(&operation.id),
            "{}",
            operation.id
        );
    }
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_none() {
    for result in [json!(null), json!({"id": 5, "name": "c"})] {
        let server = RequestRecorder::json_rpc(result.clone()).await;
        let folder = client(&server.url).get_folder_by_path("a/b/c").send().await.unwrap();
        assert_eq!(folder.as_ref().map(|folder| folder.id), result["id"].as_i64());
    }
    // Omitting a null result means the same.
    let server = RequestRecorder::with_body(r#"{"jsonrpc":"2.0","id":"1"}"#).await;
    let folder = client(&server.url).get_folder_by_path("a/b/c").send().await.unwrap();
    assert_eq!(folder.into_inner(), None);
}

#[tokio::test]
async fn a_byte_order_mark_and_a_numeric_id_are_accepted() {
    let server =
        RequestRecorder::with_body("\u{feff} {\"id\": 1, \"result\": {\"userId\": 3}}\n").await;
    assert_eq!(client(&server.url).get_self().send().await.unwrap().user_id, 3);
    let server = RequestRecorder::with_body(r#"{"result": {"userId": 3}}"#).await;
    assert_eq!(client(&server.url).get_self().send().await.unwrap().user_id, 3);
}
