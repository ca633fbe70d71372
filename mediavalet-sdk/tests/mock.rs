//! The typed mocks: they match arguments and parameters, and the client reads what was mocked.

#![allow(clippy::unwrap_used, missing_docs)]

use mediavalet_sdk::{
    Client, ErrorKind, RetryPolicy,
    httpmock::MockServer,
    mock::MockServerExt as _,
    types::{Asset, Category, CategoryCreateRequest, Folder},
};
use serde_json::json;

fn client(server: &MockServer) -> Client {
    let client = Client::builder().base_url(server.base_url()).subscription_key("a-key");
    client.access_token("a-token").retry(RetryPolicy::none()).build().unwrap()
}

fn category(id: &str) -> Category {
    Category { id: id.to_owned(), ..Category::default() }
}

#[tokio::test]
async fn a_mock_is_a_few_lines() {
    let server = MockServer::start_async().await;
    let mock = server.list_categories(|when, then| {
        when.count(2).offset(None);
        then.success(200, &vec![category("a"), category("b")]);
    });
    let list = client(&server).list_categories().count(2).send().await.unwrap();
    assert_eq!(*list, [category("a"), category("b")]);
    mock.assert_async().await;
}

#[tokio::test]
async fn paths_and_bodies_are_distinguished() {
    let server = MockServer::start_async().await;
    let body = CategoryCreateRequest::default();
    let created = server.create_category(|when, then| {
        when.body(&body);
        then.success(201, &Folder { id: "new".to_owned(), ..Folder::default() });
    });
    let read = server.get_asset(|when, then| {
        when.asset_id("one & only");
        then.success(200, &Asset { title: Some("Harbour".to_owned()), ..Asset::default() });
    });
    let client = client(&server);
    let new = client.create_category(body.clone()).send().await.unwrap();
    assert_eq!(new.id, "new");
    let asset = client.get_asset("one & only").send().await.unwrap();
    assert_eq!(asset.title.as_deref(), Some("Harbour"));
    let other = client.get_asset("another").send().await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Configuration);
    created.assert_async().await;
    read.assert_async().await;
}

#[tokio::test]
async fn failures_and_envelopes_can_be_mocked() {
    let server = MockServer::start_async().await;
    server.delete_asset(|_, then| {
        then.failure(403, &json!({ "message": "not yours" }));
    });
    server.list_categories(|_, then| {
        // The response with the API's envelope.
        then.into_inner().status(200).json_body(json!({
            "apiVersion": "1.2", "payload": [{ "id": "a" }],
            "recordCount": { "totalRecordsFound": 7 },
        }));
    });
    let client = client(&server);
    let error = client.delete_asset("a").send().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::PermissionDenied, "not yours"));
    let list = client.list_categories().send().await.unwrap();
    assert_eq!(list.envelope().unwrap().record_count.unwrap().total, Some(7));
    assert_eq!(*list, [category("a")]);
}
