//! Attributes, users, groups and views.

use serde_json::json;

use crate::client::{Client, ids, members};

/// A query for all assets below the root folder.
fn folder_query() -> serde_json::Value {
    json!({ "query": [{ "operator": "and", "folder": { "folderId": 1, "recursive": true } }] })
}

#[tokio::test]
async fn attributes_and_their_values() {
    let client = Client::start().await;
    let page =
        client.ok("getAttributes", json!([{ "page": { "startIndex": 2, "size": 1 } }])).await;
    let status = json!({ "id": 13 });
    assert_eq!(page, json!({ "results": [status], "size": 5 }));

    let values = client.ok("getValuesByAttribute", json!([13])).await;
    let expected = |values: [&str; 3]| json!({ "results": values.map(|value| json!({ "value": value })), "size": 3 });
    assert_eq!(values, expected(["Approved", "Draft", "Retired"]));
    // A value in use comes before the unused values of the vocabulary.
    let assets = json!([folder_query(), { "page": { "startIndex": 0, "size": 100 } }]);
    for asset in ids(&client.ok("getAssetsByQuery", assets).await) {
        client
            .ok("updateAsset", json!([{ "id": asset, "attributes": { "Status": ["Retired"] } }]))
            .await;
    }
    let values = client.ok("getValuesByAttribute", json!([13, { "page": { "size": 10 } }])).await;
    assert_eq!(values, expected(["Retired", "Approved", "Draft"]));
    assert_eq!(client.code("getValuesByAttribute", json!([99])).await, 1000);
}

#[tokio::test]
async fn users_and_groups_know_each_other() {
    let client = Client::start().await;
    let me = client.ok("getSelf", json!([])).await;
    assert_eq!(me, json!({ "userId": 1, "level": 9, "name": "Sandbox User" }));
    assert_eq!(client.ok("getSelf", json!([null])).await, me);
    let users = client.ok("getUsersByGroup", json!([1, { "page": { "size": 1 } }])).await;
    assert_eq!(users, json!({ "results": [me], "size": 3 }));
    let groups = client.ok("getGroupsByUser", json!([3])).await;
    assert_eq!(groups, json!({ "results": [{ "groupId": 1, "name": "Everybody" }], "size": 1 }));
    assert_eq!(client.ok("getGroupsByUser", json!([2, null])).await["size"], 2);
    assert_eq!(client.code("getUsersByGroup", json!([99])).await, 1000);
    assert_eq!(client.code("getGroupsByUser", json!([99])).await, 1000);
}

#[tokio::test]
async fn views_belong_to_their_asset() {
    let client = Client::start().await;
    let options = json!({ "data": ["view.id", "view.base", "view.file"] });
    let page = client.ok("getViewsByAsset", json!([201, options])).await;
    assert_eq!(ids(&page), [901]);
    assert_eq!(members(&page["results"][0]), ["description", "file", "id", "name"]);
    assert_eq!(client.ok("getViewsByAsset", json!([202])).await["size"], 0);
    let url = page["results"][0]["file"]["url"].as_str().unwrap();
    assert_eq!(client.get(url).await.status(), 200);
}
