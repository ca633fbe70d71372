//! Accounts of other sizes: one with a million assets, and an empty one.

use std::collections::BTreeSet;

use oneteg_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, ids};

const FIRST: u64 = 1_000_001;
const MILLION: u64 = 1_000_000;
/// The number of assets in the seed that the caller may see.
const SEEDED: u64 = 13;

async fn with(count: u64) -> Client {
    Client::with(Sandbox::builder().generated_assets(count)).await
}

/// A page of all assets.
async fn page(client: &Client, start: u64, size: u64, sort: Value) -> Value {
    let options = json!({ "page": { "startIndex": start, "size": size }, "sort": sort });
    client.ok("getAssetsByFolder", json!([1, true, options])).await
}

async fn search(client: &Client, criterion: Value) -> Value {
    let options = json!({ "page": { "startIndex": 0, "size": 3 } });
    client.ok("getAssetsByQuery", json!([{ "query": [criterion] }, options])).await
}

#[tokio::test]
async fn a_million_assets_are_listed_read_and_downloaded() {
    let client = with(MILLION).await;
    let first = page(&client, 12, 3, Value::Null).await;
    assert_eq!(
        (ids(&first), &first["size"]),
        (vec![213, FIRST, FIRST + 1], &json!(MILLION + SEEDED))
    );
    let last = page(&client, MILLION + SEEDED - 1, 10, Value::Null).await;
    assert_eq!(last["results"][0]["name"], "Generated 1000000");
    assert!(ids(&page(&client, MILLION + SEEDED, 10, Value::Null).await).is_empty());
    let unlimited = client.ok("getAssetsByFolder", json!([1, true])).await;
    assert_eq!(ids(&unlimited).len(), 10_000, "the largest page");

    let asset = client.asset(FIRST + 41, &["asset.base", "asset.file", "asset.folders"]).await;
    assert_eq!(
        (&asset["name"], &asset["folders"][0]["path"]),
        (&json!("Generated 0000042"), &json!("Generated"))
    );
    let file = client.get(&format!("/api/file/asset/{}", FIRST + 41)).await;
    assert_eq!(asset["file"]["size"].as_u64(), file.content_length());
    assert_eq!(client.code("getAssets", json!([[FIRST + MILLION]])).await, 1000);
}

#[tokio::test]
async fn a_sorted_list_has_stored_and_generated_assets_in_one_order() {
    let client = with(30).await;
    for (field, order) in [
        ("assetId", "desc"),
        ("name", "asc"),
        ("name", "desc"),
        ("creationDate", "asc"),
        ("modDate", "desc"),
        ("fileType", "asc"),
        ("fileType", "desc"),
    ] {
        let sort = json!({ "field": field, "order": order });
        let whole = page(&client, 0, 100, sort.clone()).await;
        let all = ids(&whole);
        assert_eq!(
            all.iter().collect::<BTreeSet<_>>().len() as u64,
            30 + SEEDED,
            "{field} {order}"
        );
        let key = |asset: &Value| match field {
            "assetId" => format!("{:>9}", asset["id"].to_string()),
            "fileType" => {
                asset["fileName"].as_str().unwrap().rsplit_once('.').unwrap().1.to_owned()
            }
            field => asset[field].as_str().map_or_else(|| asset[field].to_string(), str::to_owned),
        };
        let keys: Vec<_> = whole["results"].as_array().unwrap().iter().map(key).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        if order == "desc" {
            sorted.reverse();
        }
        assert_eq!(keys, sorted, "{field} {order}");
        let mut by_pages = Vec::new();
        for start in (0..43).step_by(5) {
            by_pages.extend(ids(&page(&client, start, 5, sort.clone()).await));
        }
        assert_eq!(by_pages, all, "{field} {order}");
    }
}

#[tokio::test]
async fn searches_find_generated_assets() {
    let client = with(MILLION).await;
    for (criterion, total, first) in [
        (
            json!({ "operator": "and", "folder": { "folderId": 9, "recursive": false } }),
            MILLION,
            Some(FIRST),
        ),
        (
            json!({ "operator": "and", "exact": { "attribute": "Status", "value": "Draft" } }),
            5,
            Some(202),
        ),
        (
            json!({ "operator": "and", "exact": { "field": "fileName", "value": "generated.png" } }),
            MILLION,
            Some(FIRST),
        ),
        (
            json!({ "operator": "not", "exact": { "field": "fileType", "value": "png" } }),
            1,
            Some(213),
        ),
    ] {
        let found = search(&client, criterion.clone()).await;
        assert_eq!(
            (found["size"].as_u64(), ids(&found).first().copied()),
            (Some(total), first),
            "{criterion}"
        );
    }
}

#[tokio::test]
async fn searches_by_what_differs_look_at_each_generated_asset() {
    let client = with(1_000).await;
    for (criterion, total, first) in [
        (
            json!({ "operator": "and", "exact": { "field": "assetId", "value": FIRST + 7 } }),
            1,
            FIRST + 7,
        ),
        (
            json!({ "operator": "and", "contains": { "field": "name", "value": "0000999" } }),
            1,
            FIRST + 998,
        ),
        (
            json!({ "operator": "and", "contains": { "field": "keywords", "value": "generated 00001" } }),
            100,
            FIRST + 99,
        ),
        (
            json!({ "operator": "and", "range": { "field": "creationDate", "min": 0, "max": 1_600_000_004_000_i64, "includeMin": true, "includeMax": true } }),
            5,
            FIRST,
        ),
    ] {
        let found = search(&client, criterion.clone()).await;
        assert_eq!((found["size"].as_u64(), ids(&found)[0]), (Some(total), first), "{criterion}");
    }
}

#[tokio::test]
async fn a_generated_asset_that_is_changed_is_stored_and_a_deleted_one_is_gone() {
    let client = with(5).await;
    let update =
        json!([{ "id": FIRST + 1, "name": "Renamed", "attributes": { "Status": ["Draft"] } }]);
    client.ok("updateAsset", update).await;
    client.ok("deleteAsset", json!([FIRST + 2])).await;
    assert_eq!(client.code("deleteAsset", json!([FIRST + 2])).await, 1000);
    client.ok("addAssetToFolder", json!([FIRST + 3, 2])).await;
    let collection = json!([{ "title": "Mixed" }, [FIRST + 4, 201, FIRST + 1]]);
    let collection = client.ok("createCollection", collection).await;
    let listed = client.ok("getAssetsByCollection", json!([collection["id"]])).await;
    assert_eq!(ids(&listed), [FIRST + 4, 201, FIRST + 1]);

    let whole = page(&client, SEEDED, 10, Value::Null).await;
    assert_eq!(ids(&whole), [FIRST, FIRST + 1, FIRST + 3, FIRST + 4]);
    assert_eq!(
        (&whole["results"][1]["name"], &whole["size"]),
        (&json!("Renamed"), &json!(SEEDED + 4))
    );
    let folder = client.ok("getAssetsByFolder", json!([2, false])).await;
    assert_eq!(ids(&folder), [213, FIRST + 3]);
    assert_eq!(client.writes(), 4);
}

#[tokio::test]
async fn an_empty_account_has_the_caller_and_the_root_alone() {
    let client = Client::with(Sandbox::builder().seeded(false)).await;
    assert_eq!(page(&client, 0, 10, Value::Null).await, json!({ "results": [], "size": 0 }));
    assert_eq!(client.ok("getFoldersByParent", json!([1])).await["size"], 0);
    for method in ["getAttributes", "getCollections"] {
        assert_eq!(client.ok(method, json!([])).await["size"], 0, "{method}");
    }
    assert_eq!(client.ok("getGroupsByUser", json!([1])).await["size"], 0);
    client.ok("getSelf", json!([])).await;
    let many = Client::with(Sandbox::builder().seeded(false).generated_assets(2)).await;
    assert_eq!(page(&many, 0, 10, Value::Null).await["size"], 2);
    let thumbnail = many.request(Method::GET, &format!("/api/file/asset/{FIRST}/thumbnail"));
    assert_eq!(thumbnail.send().await.unwrap().status(), 200);
}
