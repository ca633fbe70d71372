//! Downloads: with a bearer token and with a file token, whole and in ranges.

use reqwest::Method;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use serde_json::json;

use crate::client::{Client, with_query};

#[tokio::test]
async fn a_range_is_sent_while_the_file_is_unchanged() {
    let client = Client::start().await;
    let file = client.upload(2, "é.txt", b"0123456789").await;
    let path = format!("/file/{}/download", file["id"]);
    let whole = client.get(&path).await;
    let etag = whole.headers()[ETAG].clone();
    let disposition = whole.headers()[CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.starts_with("attachment") && disposition.contains("UTF-8''%C3%A9.txt"));
    let range = async |if_range: &str| {
        let request = client.request(Method::GET, &path).header(RANGE, "bytes=4-");
        let response = request.header(IF_RANGE, if_range).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(range(etag.to_str().unwrap()).await, (206, "456789".into()));
    assert_eq!(range("\"other\"").await, (200, "0123456789".into()));
    let beyond = client.request(Method::GET, &path).header(RANGE, "bytes=10-");
    let beyond = beyond.send().await.unwrap();
    assert_eq!(
        (beyond.status().as_u16(), &beyond.headers()[CONTENT_RANGE]),
        (416, &"bytes */10".parse().unwrap())
    );
    // New content of the same version has a new entity tag.
    let replace = client.request(Method::PUT, &format!("/file/{}/upload", file["id"]));
    replace.body("abcdefghij").send().await.unwrap();
    assert_eq!(range(etag.to_str().unwrap()).await, (200, "abcdefghij".into()));
}

#[tokio::test]
async fn tokens_open_one_file_for_one_purpose_without_a_bearer() {
    let client = Client::start().await;
    let content = client.bytes(&json!({ "id": 1001 })).await;
    let created = client.post_json("/token/file/1001/download", json!({})).await;
    let permanent = client.get_json("/file/1001?full").await["download_token"].clone();
    let open = async |path: &str, token: &str| {
        let request = client.anonymous_request(Method::GET, &with_query(path, &[("token", token)]));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    };
    for token in [&created["token"], &permanent] {
        let (status, bytes) = open("/api/file/download", token.as_str().unwrap()).await;
        assert_eq!((status, bytes == content), (200, true));
    }
    let preview = client.post_json("/token/file/1001/preview", json!({})).await;
    let preview = preview["token"].as_str().unwrap();
    assert_eq!(open("/api/preview/1001", preview).await, (200, content));
    assert_eq!(open("/api/preview/1002", preview).await.0, 404);
    assert_eq!(open("/api/file/download", preview).await.0, 401);
    assert_eq!(open("/api/file/download", "sandbox-download-x").await.0, 401);
    assert_eq!(client.send(Method::POST, "/token/file/1001/other", json!({})).await.status(), 400);
}
