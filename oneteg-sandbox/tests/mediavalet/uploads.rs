//! The five steps of an upload, and what each step refuses.

use oneteg_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, PHOTOGRAPHER, SHOES, titles};

async fn begin(client: &Client, name: &str) -> (String, String) {
    let created = client.ok(Method::POST, "/uploads", Some(json!({ "filename": name }))).await;
    let string = |member: &str| created[member].as_str().unwrap().to_owned();
    assert_eq!(string("uploadFilename"), format!("{}.txt", string("id")));
    (string("id"), string("uploadUrl"))
}

fn finish() -> Option<Value> {
    Some(json!([{ "op": "replace", "path": "/status", "value": 1 }]))
}

#[tokio::test]
async fn an_upload_becomes_an_asset_some_polls_later() {
    let client = Client::start().await;
    let (id, url) = begin(&client, "new.txt").await;
    let path = format!("/uploads/{id}");
    client.put_blob(&url, "some file").await;
    let details = json!({
        "filename": format!("{id}.txt"), "title": "New", "description": "Says little", "fileSizeInBytes": 9,
    });
    client.ok(Method::PUT, &path, Some(details)).await;
    client
        .ok(Method::POST, &format!("{path}/categories"), Some(json!([SHOES.to_uppercase()])))
        .await;
    client.ok(Method::POST, &format!("{path}/keywords"), Some(json!(["unheard", "shoe"]))).await;
    let values = json!([{ PHOTOGRAPHER: "Me" }]);
    client.ok(Method::POST, &format!("{path}/attributes"), Some(values)).await;
    let before = client.sandbox.mediavalet().asset_count();
    client.ok(Method::PATCH, &path, finish()).await;
    assert_eq!(client.sandbox.mediavalet().asset_count(), before + 1);

    let asset = format!("/assets/{id}");
    assert_eq!(client.status(Method::GET, &asset, None).await, 404, "the first poll");
    assert_eq!(client.get(&asset).await["media"], Value::Null, "the second poll");
    let ready = client.get(&asset).await;
    assert!(ready["media"]["original"].is_string());
    assert_eq!((&ready["title"], &ready["description"]), (&json!("New"), &json!("Says little")));
    assert_eq!(
        (&ready["file"]["fileName"], &ready["file"]["sizeInBytes"]),
        (&json!("new.txt"), &json!(9))
    );
    assert_eq!(ready["file"]["md5"], "b2362b9e77323a1293c84124b5d6a5de");
    assert_eq!(ready["keywords"], json!(["unheard", "shoe"]));
    assert_eq!(
        (&ready["categories"], &ready["attributes"][PHOTOGRAPHER]),
        (&json!([SHOES]), &json!("Me"))
    );
    let keywords = client.get("/keywords").await;
    assert!(keywords.as_array().unwrap().iter().any(|keyword| keyword["keywordName"] == "unheard"));

    // Finishing again changes nothing, and all other changes are too late.
    let writes = client.writes();
    client.ok(Method::PATCH, &path, finish()).await;
    assert_eq!(client.writes(), writes);
    assert_eq!(client.status(Method::PUT, &path, Some(json!({ "title": "Late" }))).await, 404);
}

#[tokio::test]
async fn an_upload_without_a_size_is_finished_unchecked_and_keeps_its_name() {
    let client = Client::start().await;
    let (id, url) = begin(&client, "IMG_0051.txt").await;
    client.put_blob(&url, "some file").await;
    let path = format!("/uploads/{id}");
    client.ok(Method::POST, &format!("{path}/categories"), Some(json!([SHOES]))).await;
    let details = json!({ "filename": "IMG_0051.txt", "title": "IMG_0051" });
    client.ok(Method::PUT, &path, Some(details)).await;
    client.ok(Method::PATCH, &path, finish()).await;
    let listed = client.get("/assets?search=IMG_0051").await;
    assert!(titles(&listed).is_empty(), "it is still being processed");
    let listed = client.get("/assets?search=IMG_0051").await;
    assert_eq!(titles(&listed), ["IMG_0051"]);
    assert_eq!(listed["assets"][0]["file"]["fileName"], "IMG_0051.txt");
}

#[tokio::test]
async fn lists_are_polls_too() {
    let builder = Sandbox::builder().seeded(false).mediavalet_processing_polls(1);
    let client = Client::with(builder).await;
    let root = oneteg_sandbox::mediavalet::ROOT_CATEGORY;
    client.upload("a.txt", b"a", root).await;
    assert_eq!(titles(&client.get("/assets").await), ["a.txt"]);
    assert_eq!(client.sandbox.mediavalet().asset_count(), 1);
}

#[tokio::test]
async fn an_invalid_upload_is_not_finished() {
    let client = Client::start().await;
    let (id, url) = begin(&client, "new.txt").await;
    let path = format!("/uploads/{id}");
    let response = |body: Option<Value>| client.response(Method::PATCH, &path, body);
    let (status, body) = response(finish()).await;
    assert_eq!((status, body["message"].as_str()), (400, Some("The upload has no category")));
    client.ok(Method::POST, &format!("{path}/categories"), Some(json!([SHOES]))).await;
    assert_eq!(response(finish()).await.0, 404, "there is no file");
    client.put_blob(&url, "some file").await;
    client.ok(Method::PUT, &path, Some(json!({ "fileSizeInBytes": 8 }))).await;
    assert_eq!(response(finish()).await.0, 404, "the size is different");
    let required = json!({ "name": "Owner", "attributeType": "Text", "isRequired": true });
    let required = client.ok(Method::POST, "/attributes", Some(required)).await["id"].take();
    let size = json!({ "op": "replace", "path": "/fileSizeInBytes", "value": 9 });
    let both = json!([size, finish().unwrap()[0]]);
    assert_eq!(response(Some(both.clone())).await.0, 400, "a required attribute is missing");
    let values = json!([{ required.as_str().unwrap(): "Me" }]);
    client.ok(Method::POST, &format!("{path}/attributes"), Some(values)).await;
    assert_eq!(response(Some(both)).await.0, 200);

    for bad in [json!({}), json!({ "filename": "" }), json!({ "filename": "a/b" }), json!([])] {
        assert_eq!(client.status(Method::POST, "/uploads", Some(bad)).await, 400);
    }
    let (id, _) = begin(&client, "new.txt").await;
    for (part, bad) in [
        ("categories", json!(["x"])),
        ("attributes", json!([{ "x": "y" }])),
        ("keywords", json!([""])),
    ] {
        assert_eq!(
            client.status(Method::POST, &format!("/uploads/{id}/{part}"), Some(bad)).await,
            400
        );
    }
    assert_eq!(client.status(Method::PATCH, "/uploads/x", finish()).await, 404);
}

#[tokio::test]
async fn patch_operations_that_cannot_be_applied_are_skipped_and_reported() {
    let client = Client::start().await;
    let (id, _) = begin(&client, "new.txt").await;
    let patch = json!([
        { "op": "replace", "path": "/Title", "value": "Kept" },
        { "op": "replace", "path": "/unknown", "value": 1 },
        { "op": "replace", "path": "/status", "value": 3 },
    ]);
    let envelope = client.envelope(Method::PATCH, &format!("/uploads/{id}"), Some(patch)).await;
    assert_eq!(envelope["errors"].as_array().unwrap().len(), 2, "{envelope}");
    let entry = client.ok(Method::PUT, &format!("/uploads/{id}"), Some(json!({}))).await;
    assert_eq!(entry["title"], "Kept");
}

#[tokio::test]
async fn the_older_form_creates_an_asset_too() {
    let client = Client::with(Sandbox::builder().mediavalet_processing_polls(0)).await;
    let created = client.ok(Method::POST, "/assets", Some(json!({ "filename": "old.txt" }))).await;
    let path = format!("/assets/{}", created["id"].as_str().unwrap());
    let again = client.ok(Method::POST, &format!("{path}/uploads"), Some(json!({}))).await;
    client.put_blob(again["uploadUrl"].as_str().unwrap(), "x").await;
    let details = json!({ "title": "Old", "fileSizeInBytes": 1 });
    assert_eq!(client.status(Method::PUT, &path, Some(details)).await, 202);
    assert_eq!(client.get(&path).await["title"], "Old");
    let renamed = json!({ "title": "Older", "filename": "older.txt" });
    assert_eq!(client.status(Method::PUT, &path, Some(renamed)).await, 202);
    assert_eq!(client.get(&path).await["file"]["fileName"], "older.txt");
}
