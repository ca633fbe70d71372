//! Uploads in one form, and as a stream.

use oneteg_sandbox::Sandbox;
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, error_of, form, json_of};

#[tokio::test]
async fn a_form_creates_a_file_with_its_dates() {
    let client = Client::start().await;
    let content: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    let path = "/file/upload?creation=2024-01-01T00:00:00Z";
    let form = form(2, "photo d'été.png", &content)
        .text("fileSize", content.len().to_string())
        .text("modification", "2024-02-02T00:00:00Z");
    let response = client.request(Method::POST, path).multipart(form).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let file = json_of(response).await;
    assert_eq!(file["name"], "photo d'été.png");
    assert_eq!(file["creation"], "2024-01-01T00:00:00+00:00");
    assert_eq!(file["modification"], "2024-02-02T00:00:00+00:00");
    assert_eq!(client.bytes(&file).await, content);
    assert_eq!((client.writes_of("uploadFile"), client.sandbox.netexplorer().file_count()), (1, 9));
}

#[tokio::test]
async fn an_inconsistent_form_is_refused() {
    let client = Client::with(Sandbox::builder().netexplorer_upload_limit(10)).await;
    let send = async |form| {
        let request = client.request(Method::POST, "/file/upload").multipart(form);
        error_of(request.send().await.unwrap()).await.0
    };
    let good = || form(2, "a", b"hello");
    assert_eq!(send(good().text("fileSize", "6")).await, 400);
    assert_eq!(send(good().text("fileHash", "0")).await, 400);
    assert_eq!(send(good().text("folderId", "2")).await, 400, "sent twice");
    assert_eq!(send(form(999, "a", b"x")).await, 404);
    assert_eq!(send(form(1, "Projets", b"x")).await, 403, "a folder has that name");
    assert_eq!(send(form(2, "", b"x")).await, 422);
    assert_eq!(send(form(2, "a", b"01234567890")).await, 413);
    let no_form = client.request(Method::POST, "/file/upload").body("x").send().await.unwrap();
    assert_eq!(no_form.status(), 400);
    assert_eq!(client.writes(), 0);
    let right = good().text("fileSize", "5").text("fileHash", "5D41402ABC4B2A76B9719D911017C592");
    let response = client.request(Method::POST, "/file/upload").multipart(right);
    assert_eq!(response.send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_stream_is_opened_and_filled_once() {
    let client = Client::start().await;
    let open = json!({
        "fileSize": 5, "folderId": 2, "targetPath": "stream.txt", "uploadMethod": "stream",
    });
    let key = client.post_json("/file/upload", open.clone()).await["sessionKey"].clone();
    let fill = async |query: &str, content: &'static str| {
        let path = format!("/file/upload?sessionKey={}{query}", key.as_str().unwrap());
        client.request(Method::PUT, &path).body(content).send().await.unwrap()
    };
    assert_eq!(fill("", "four").await.status(), 400);
    let file = json_of(fill("&full", "hello").await).await;
    assert_eq!(client.bytes(&file).await, b"hello");
    assert_eq!(fill("", "hello").await.status(), 404);
    assert_eq!(client.writes(), 1);

    let key = client.post_json("/file/upload", open).await["sessionKey"].clone();
    client.sandbox.netexplorer().expire_uploads();
    let path = format!("/file/upload?sessionKey={}", key.as_str().unwrap());
    let late = client.request(Method::PUT, &path).body("hello").send().await.unwrap();
    assert_eq!(late.status(), 410);
}
