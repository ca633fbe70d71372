//! Collections.

use serde_json::{Value, json};

use crate::client::{Client, ids, members};

#[tokio::test]
async fn a_collection_lives_from_creation_to_deletion() {
    let client = Client::start().await;
    let options = json!({ "data": ["collection.base", "collection.permissions"] });
    let created =
        client.ok("createCollection", json!([{ "title": "Mine" }, [203, 201, 203], options])).await;
    assert_eq!(created["title"], "Mine");
    assert_eq!(created["itemCount"], 2);
    assert_eq!(created["permissions"], json!([{ "userId": 1, "role": "owner" }]));
    let id = created["id"].as_u64().unwrap();
    assert_eq!(ids(&client.ok("getAssetsByCollection", json!([id])).await), [203, 201]);

    let change = json!({ "id": id, "title": "Ours" });
    client.ok("updateCollection", json!([change, [205]])).await;
    assert_eq!(client.ok("getCollection", json!([id.to_string(), options])).await["title"], "Ours");
    assert_eq!(ids(&client.ok("getAssetsByCollection", json!([id])).await), [205]);

    assert_ne!(client.ok("deleteCollection", json!([id])).await, Value::Null);
    for method in ["getCollection", "deleteCollection", "getAssetsByCollection"] {
        assert_eq!(client.code(method, json!([id])).await, 1000, "{method}");
    }
    assert_eq!(client.writes(), 3);
}

#[tokio::test]
async fn a_user_reads_shared_collections_and_changes_owned_ones() {
    let client = Client::start().await;
    let mine = client.ok("getCollections", json!([null])).await;
    assert_eq!(ids(&mine), [51, 52]);
    assert_eq!(ids(&client.ok("getCollectionsByUser", json!([1, null])).await), [51, 52]);
    assert_eq!(ids(&client.ok("getCollectionsByUser", json!([2])).await), [51, 52, 53]);
    assert!(ids(&client.ok("getCollectionsByUser", json!([3])).await).is_empty());
    assert_eq!(client.code("getCollectionsByUser", json!([99])).await, 1000);
    assert_eq!(client.code("getCollection", json!([53])).await, 3004);
    let foreign = json!([{ "id": 52, "title": "Mine now" }, []]);
    assert_eq!(client.code("updateCollection", foreign).await, 3004);
    assert_eq!(client.code("deleteCollection", json!([52])).await, 3004);
    assert_eq!(client.ok("getCollection", json!([52])).await["title"], "Lamps");
}

#[tokio::test]
async fn selectors_and_pages_apply() {
    let client = Client::start().await;
    let options = json!({ "page": { "startIndex": 1, "size": 8 }, "data": ["collection.id"] });
    let page = client.ok("getCollections", json!([options])).await;
    assert_eq!(page["size"], 2);
    assert_eq!(members(&page["results"][0]), ["id"]);
    let options = json!({ "page": { "size": 1 }, "data": ["asset.base"] });
    let page = client.ok("getAssetsByCollection", json!([51, options])).await;
    assert_eq!(
        (page["size"].as_u64(), page["results"][0]["name"].as_str()),
        (Some(3), Some("Logo"))
    );
}

#[tokio::test]
async fn invalid_collections_are_refused() {
    let client = Client::start().await;
    for params in
        [json!([{}, []]), json!([{ "title": " " }, []]), json!([{ "title": "A", "x": 1 }, []])]
    {
        assert_eq!(client.code("createCollection", params.clone()).await, -32602, "{params}");
    }
    assert_eq!(client.code("createCollection", json!([{ "title": "A" }, [9]])).await, 1000);
    assert_eq!(client.code("updateCollection", json!([{ "title": "A" }, []])).await, -32602);
}
