//! Folders.

use serde_json::{Value, json};

use crate::client::{Client, ids};

#[tokio::test]
async fn children_are_listed_and_come_back_when_asked_for() {
    let client = Client::start().await;
    let plain = client.ok("getFoldersByParent", json!([1])).await;
    assert_eq!(ids(&plain), [2, 5, 8]);
    assert_eq!(plain["results"][0]["children"], Value::Null);
    let options = json!({ "data": ["folder.children"], "page": { "startIndex": 1, "size": 1 } });
    let page = client.ok("getFoldersByParent", json!([1, options])).await;
    assert_eq!(page["size"], 3);
    assert_eq!(ids(&page), [5]);
    assert!(page["results"][0].get("name").is_none());
    let children = page["results"][0]["children"].as_array().unwrap();
    assert_eq!(children[0]["path"], "Products/Lamps");
    assert_eq!(children.len(), 2);
    assert_eq!(client.code("getFoldersByParent", json!([99])).await, 1000);
}

#[tokio::test]
async fn names_are_filtered_by_a_part_in_any_letter_case() {
    let client = Client::start().await;
    let found =
        async |filter: &str| ids(&client.ok("getFoldersByNameFilter", json!([filter])).await);
    assert_eq!(found("AMP").await, [2, 6], "Campaigns and Lamps");
    assert!(found("home").await.is_empty());
    assert!(found("no such name").await.is_empty());
}

#[tokio::test]
async fn a_path_leads_to_its_folder_or_to_null() {
    let client = Client::start().await;
    for path in ["Products/Chairs", "/Products/Chairs", "Products/Chairs/"] {
        assert_eq!(client.ok("getFolderByPath", json!([path])).await["id"], 7, "{path}");
    }
    for path in ["Products/chairs", "Chairs", "Products//Chairs", "Products/Chairs/x"] {
        assert_eq!(client.ok("getFolderByPath", json!([path])).await, Value::Null, "{path}");
    }
}

#[tokio::test]
async fn creating_a_path_creates_missing_folders_once() {
    let client = Client::start().await;
    let created = client.ok("createFolderFromPath", json!(["Products/Beds/Bunk"])).await;
    assert_eq!(created["path"], "Products/Beds/Bunk");
    let again = client.ok("createFolderFromPath", json!(["Products/Beds/Bunk"])).await;
    assert_eq!(again["id"], created["id"]);
    let beds = client.ok("getFolderByPath", json!(["Products/Beds"])).await;
    assert_eq!(
        ids(&client.ok("getFoldersByParent", json!([5])).await),
        [6, 7, beds["id"].as_u64().unwrap()]
    );
    for path in ["", "/", "a//b", " /a"] {
        assert_eq!(client.code("createFolderFromPath", json!([path])).await, -32602, "{path:?}");
    }
}
