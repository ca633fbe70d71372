//! The mock helpers: arguments and parameters are matched, and the client reads the mocked response.

#![allow(clippy::unwrap_used, missing_docs)]

use netexplorer_sdk::{
    Client, ErrorKind, RetryPolicy,
    httpmock::MockServer,
    mock::MockServerExt as _,
    types::{CreateFolderRequest, Folder, TrashItem},
};
use serde_json::json;

fn client(server: &MockServer) -> Client {
    let client = Client::builder(server.base_url()).base_path("/").access_token("a-token");
    client.retry(RetryPolicy::none()).build().unwrap()
}

fn folder(id: i64) -> Folder {
    Folder { id: Some(id), name: Some("Invoices".to_owned()), ..Folder::default() }
}

#[tokio::test]
async fn a_mock_is_a_few_lines() {
    let server = MockServer::start_async().await;
    let mock = server.get_folder(|when, then| {
        when.folder_id(42).depth(1).full(None);
        then.success(200, &folder(42));
    });
    let client = client(&server);
    let found = client.get_folder(42).depth(1).send().await.unwrap();
    assert_eq!(*found, folder(42));
    let other = client.get_folder(43).depth(1).send().await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Configuration);
    mock.assert_async().await;
}

#[tokio::test]
async fn bodies_and_empty_responses_are_mocked() {
    let server = MockServer::start_async().await;
    let body = CreateFolderRequest::new(42, "Invoices");
    let created = server.create_folder(|when, then| {
        when.body(&body);
        then.success(201, &folder(43));
    });
    server.delete_folder(|when, then| {
        when.folder_id(1);
        then.success(204, None);
    });
    server.delete_folder(|when, then| {
        when.folder_id(2);
        then.success(200, Some(&TrashItem::default()));
    });
    let client = client(&server);
    assert_eq!(*client.create_folder(body.clone()).send().await.unwrap(), folder(43));
    assert!(client.delete_folder(1).send().await.unwrap().is_none());
    assert!(client.delete_folder(2).send().await.unwrap().is_some());
    created.assert_async().await;
}

#[tokio::test]
async fn a_duplicate_name_is_a_conflict() {
    let server = MockServer::start_async().await;
    server.create_folder(|_, then| {
        let message = "Un dossier portant le même nom existe déjà";
        then.failure(403, &json!({ "error": message }));
    });
    let body = CreateFolderRequest::new(42, "Invoices");
    let error = client(&server).create_folder(body).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}
