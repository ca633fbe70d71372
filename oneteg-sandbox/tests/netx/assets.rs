//! Assets: data selectors, pages and changes.

use oneteg_sandbox::netx::RESTRICTED_ASSET;
use serde_json::{Value, json};

use crate::client::{Client, ids, members};

#[tokio::test]
async fn only_selected_parts_come_back() {
    let client = Client::start().await;
    assert_eq!(members(&client.asset(201, &[]).await), ["id"]);
    assert_eq!(members(&client.asset(201, &["asset.id"]).await), ["id"]);
    assert_eq!(members(&client.asset(201, &["asset.file"]).await), ["file", "id"]);
    let related = client.asset(201, &["asset.relatedAssets", "asset.views"]).await;
    assert_eq!(members(&related), ["id", "relatedAssets", "views"]);
    assert_eq!(related["relatedAssets"], json!([{ "id": 202, "name": "Spring poster" }]));
    let base = client.ok("getAssets", json!([[201]])).await;
    assert_eq!(
        members(&base[0]),
        ["creationDate", "fileName", "id", "importDate", "modDate", "name"]
    );
}

#[tokio::test]
async fn get_assets_returns_a_bare_array_in_the_requested_order() {
    let client = Client::start().await;
    let assets = client.ok("getAssets", json!([[203, "201"], { "data": ["asset.id"] }])).await;
    assert_eq!(assets, json!([{ "id": 203 }, { "id": 201 }]));
    assert_eq!(client.code("getAssets", json!([[201, 99_999]])).await, 1000);
}

#[tokio::test]
async fn folders_are_listed_alone_or_recursively() {
    let client = Client::start().await;
    let by_folder = async |id: u64, recursive: bool| {
        ids(&client.ok("getAssetsByFolder", json!([id, recursive])).await)
    };
    assert_eq!(by_folder(2, false).await, [213]);
    assert_eq!(by_folder(2, true).await, [201, 202, 203, 204, 205, 213]);
    assert_eq!(by_folder(1, true).await, (201..=213).collect::<Vec<_>>());
    assert!(by_folder(8, true).await.is_empty());
    assert_eq!(client.code("getAssetsByFolder", json!([99, false])).await, 1000);
}

#[tokio::test]
async fn pages_are_slices_of_a_sorted_list_and_report_the_total() {
    let client = Client::start().await;
    let page = async |page: Value| {
        let options = json!({ "page": page, "sort": { "field": "name", "order": "desc" } });
        client.ok("getAssetsByFolder", json!([1, true, options])).await
    };
    let whole = ids(&page(Value::Null).await);
    assert_eq!(whole[..2], [208, 210], "Wall lamp, Stool");
    let mut collected = Vec::new();
    for start in (0..15).step_by(5) {
        let part = page(json!({ "startIndex": start, "size": 5 })).await;
        assert_eq!(part["size"], 13);
        collected.extend(ids(&part));
    }
    assert_eq!(collected, whole);
    let beyond = page(json!({ "startIndex": 13, "size": 5 })).await;
    assert_eq!(beyond, json!({ "results": [], "size": 13 }));
    assert_eq!(ids(&page(json!({ "startIndex": 11 })).await), whole[11..]);
    assert!(ids(&page(json!({ "size": 0 })).await).is_empty());
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let client = Client::start().await;
    let before = client.asset(206, &["asset.base", "asset.file", "asset.attributes"]).await;
    let update = json!({
        "id": 206,
        "name": "Reading lamp",
        "attributes": { "Tags": ["lamp", "new"], "Photographer": [], "Year": null },
    });
    let data = json!({ "data": ["asset.base", "asset.file", "asset.attributes"] });
    let response = client.ok("updateAsset", json!([update, data])).await;
    let after = client.asset(206, &["asset.base", "asset.file", "asset.attributes"]).await;
    assert_eq!(response, after);

    let mut expected = before.clone();
    expected["name"] = json!("Reading lamp");
    expected["modDate"] = after["modDate"].clone();
    expected["attributes"]["Tags"] = json!(["lamp", "new"]);
    expected["attributes"]["Photographer"] = json!([]);
    expected["attributes"]["Year"] = json!([]);
    assert_eq!(after, expected);
    assert!(after["modDate"].as_i64() > before["modDate"].as_i64());

    client.ok("updateAsset", json!([{ "id": 206, "fileName": "lamp.jpg" }])).await;
    let renamed = client.asset(206, &["asset.base", "asset.file"]).await;
    assert_eq!(renamed["fileName"], "lamp.jpg");
    assert_eq!(renamed["file"]["name"], "lamp.jpg");
    assert_eq!(renamed["file"]["checksum"], before["file"]["checksum"]);
    assert_eq!(client.sandbox.netx().recording().writes_of("updateAsset"), 2);
}

#[tokio::test]
async fn a_refused_update_changes_nothing() {
    let client = Client::start().await;
    let before = client.asset(206, &["asset.base", "asset.attributes"]).await;
    for update in [
        json!({ "name": "No id" }),
        json!({ "id": 206, "name": "" }),
        json!({ "id": 206, "name": "New", "attributes": { "Colour": ["red"] } }),
        json!({ "id": 206, "name": "New", "attributes": { "tags": ["red"] } }),
        json!({ "id": 206, "name": "New", "attributes": { "Tags": "red" } }),
        json!({ "id": 206, "name": "New", "file": {} }),
    ] {
        assert_eq!(client.code("updateAsset", json!([update])).await, -32602, "{update}");
    }
    let unselectable = json!([{ "id": 206, "name": "New" }, { "data": ["asset.nothing"] }]);
    assert_eq!(client.code("updateAsset", unselectable).await, -32602);
    assert_eq!(client.asset(206, &["asset.base", "asset.attributes"]).await, before);
    assert_eq!(client.writes(), 0);
}

#[tokio::test]
async fn a_deleted_asset_is_gone_everywhere() {
    let client = Client::start().await;
    assert_eq!(client.ok("deleteAsset", json!([201])).await, json!({}));
    assert_eq!(client.code("getAssets", json!([[201]])).await, 1000);
    assert_eq!(client.code("deleteAsset", json!([201])).await, 1000);
    assert_eq!(ids(&client.ok("getAssetsByFolder", json!([3, false])).await), [202, 203]);
    assert_eq!(ids(&client.ok("getAssetsByCollection", json!([51])).await), [211, 204]);
    assert_eq!(client.ok("getCollection", json!([51])).await["itemCount"], 2);
    assert_eq!(client.asset(202, &["asset.relatedAssets"]).await["relatedAssets"], json!([]));
    assert_eq!(client.get("/api/file/asset/201").await.status(), 404);
    assert_eq!(client.writes(), 1);
}

#[tokio::test]
async fn assets_move_between_folders() {
    let client = Client::start().await;
    let folders = json!({ "data": ["asset.folders"] });
    let added = client.ok("addAssetToFolder", json!([201, 8, folders])).await;
    let paths: Vec<_> =
        added["folders"].as_array().unwrap().iter().map(|folder| &folder["path"]).collect();
    assert_eq!(paths, ["Campaigns/Spring", "Archive"]);
    assert_eq!(ids(&client.ok("getAssetsByFolder", json!([8, false])).await), [201]);
    client.ok("addAssetToFolder", json!([201, 8])).await;
    let left = client.ok("removeAssetFromFolder", json!([201, 3, folders])).await;
    assert_eq!(left["folders"][0]["id"], 8);
    assert_eq!(left["folders"].as_array().unwrap().len(), 1);
    assert_eq!(client.code("removeAssetFromFolder", json!([201, 3])).await, 1000);
    assert_eq!(client.code("addAssetToFolder", json!([201, 99])).await, 1000);
}

#[tokio::test]
async fn the_restricted_asset_is_refused_and_left_out_of_lists() {
    let client = Client::start().await;
    let id = RESTRICTED_ASSET;
    for (method, params) in [
        ("getAssets", json!([[201, id]])),
        ("getAssetAttributes", json!([id])),
        ("getViewsByAsset", json!([id])),
        ("updateAsset", json!([{ "id": id, "name": "Mine" }])),
        ("deleteAsset", json!([id])),
        ("addAssetToFolder", json!([id, 8])),
        ("createCollection", json!([{ "title": "Mine" }, [id]])),
    ] {
        assert_eq!(client.code(method, params).await, 3004, "{method}");
    }
    let all = client.ok("getAssetsByFolder", json!([1, true])).await;
    assert!(!ids(&all).contains(&id));
    for path in [format!("/api/file/asset/{id}"), format!("/file/asset/{id}/original")] {
        assert_eq!(client.get(&path).await.status(), 403, "{path}");
    }
    assert_eq!(client.writes(), 0);
}

#[tokio::test]
async fn attributes_are_lists_by_label_possibly_empty() {
    let client = Client::start().await;
    let attributes = client.ok("getAssetAttributes", json!([210])).await;
    assert_eq!(attributes["Tags"], json!(["chair", "product"]));
    assert_eq!(attributes["Photographer"], json!([]));
    assert_eq!(attributes, client.asset(210, &["asset.attributes"]).await["attributes"]);
}
