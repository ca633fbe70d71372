//! Lightboxes and saved searches.

use reqwest::Method;
use serde_json::json;

use crate::client::{Client, RED_SHOE, titles};

#[tokio::test]
async fn a_lightbox_holds_assets() {
    let client = Client::start().await;
    let created = client.ok(Method::POST, "/lightboxes", Some(json!({ "name": "Picks" }))).await;
    let id = created["id"].as_str().unwrap();
    let path = format!("/lightboxes/{id}");
    let assets = format!("{path}/assets");
    client.ok(Method::POST, &assets, Some(json!([RED_SHOE, RED_SHOE]))).await;
    assert_eq!(titles(&client.get(&assets).await), ["Red shoe"]);
    let found =
        client.get(&format!("/assets?containerFilter=(LightboxIds/ANY(l:+l+EQ+'{id}'))")).await;
    assert_eq!(titles(&found), ["Red shoe"]);
    client.ok(Method::PUT, &path, Some(json!({ "name": "Best" }))).await;
    let patch = json!([{ "op": "replace", "path": "/description", "value": "Of all" }]);
    client.ok(Method::PATCH, &path, Some(patch)).await;
    let lightbox = client.get(&path).await;
    assert_eq!(
        (&lightbox["name"], &lightbox["description"], &lightbox["assetCount"]),
        (&json!("Best"), &json!("Of all"), &json!(1))
    );
    assert_eq!(
        client
            .status(Method::POST, &assets, Some(json!(["a55e7000-0000-4000-8000-0000000000ff"])))
            .await,
        404
    );
    assert_eq!(client.status(Method::POST, &assets, Some(json!(["x"]))).await, 400);
    client.ok(Method::DELETE, &assets, Some(json!([RED_SHOE]))).await;
    assert_eq!(client.get(&path).await["assetCount"], 0);
    assert_eq!(client.status(Method::DELETE, &format!("{assets}/{RED_SHOE}"), None).await, 404);
    client.ok(Method::POST, &assets, Some(json!([RED_SHOE]))).await;
    assert_eq!(client.status(Method::DELETE, &format!("{assets}/{RED_SHOE}"), None).await, 200);
    assert_eq!(client.status(Method::DELETE, &path, None).await, 200);
    assert_eq!(client.get("/lightboxes").await, json!([]));
}

#[tokio::test]
async fn saved_searches_are_kept() {
    let client = Client::start().await;
    let new = json!({ "name": "Shoes", "searchQuery": "shoe" });
    let created = client.ok(Method::POST, "/savedsearches", Some(new)).await;
    let path = format!("/savedsearches/{}", created["id"].as_str().unwrap());
    let patch = json!([{ "op": "replace", "path": "/name", "value": "All shoes" }]);
    client.ok(Method::PATCH, &path, Some(patch)).await;
    assert_eq!(client.get(&path).await["name"], "All shoes");
    assert_eq!(client.get("/savedsearches").await[0]["searchQuery"], "shoe");
    assert_eq!(client.status(Method::DELETE, &path, None).await, 200);
    assert_eq!(client.status(Method::GET, &path, None).await, 404);
}
