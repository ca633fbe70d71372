//! Uploads in chunks.

use oneteg_sandbox::Sandbox;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::client::{Client, error_of, form, json_of};

const CONTENT: &[u8] = b"0123456789ABCDEFGHIJabc";
const CHUNK_SIZE: usize = 10;

async fn send(client: &Client, index: usize, content: &[u8]) -> Response {
    let form = form(2, "parts.txt", content)
        .text("chunk", index.to_string())
        .text("chunks", "3")
        .text("chunksSize", CHUNK_SIZE.to_string())
        .text("fileSize", CONTENT.len().to_string());
    client.request(Method::POST, "/file/upload?full").multipart(form).send().await.unwrap()
}

async fn chunk(client: &Client, index: usize) -> Response {
    send(client, index, CONTENT.chunks(CHUNK_SIZE).nth(index).unwrap()).await
}

#[tokio::test]
async fn chunks_come_in_order_and_the_file_is_assembled_for_a_while() {
    let client = Client::with(Sandbox::builder().netexplorer_assembling_polls(2)).await;
    let next = async |index| -> Value { json_of(chunk(&client, index).await).await };
    assert_eq!(next(0).await, json!([{ "missing": 1 }]));
    assert_eq!(next(1).await, json!([{ "missing": 2 }]));
    assert_eq!(next(1).await, json!([{ "missing": 2 }]), "a repeated chunk is not added again");
    for _ in 0..2 {
        let (status, message) = error_of(chunk(&client, 2).await).await;
        assert_eq!((status, message.contains("transfert")), (423, true));
    }
    assert_eq!(client.writes(), 0);
    let response = chunk(&client, 2).await;
    assert_eq!(response.status(), 201);
    assert_eq!(client.bytes(&json_of(response).await).await, CONTENT);
    assert_eq!(client.writes_of("uploadFile"), 1);
    assert_eq!(error_of(chunk(&client, 2).await).await.0, 409, "the upload has ended");
}

#[tokio::test]
async fn the_file_is_there_after_a_while_without_another_chunk() {
    let client = Client::with(Sandbox::builder().netexplorer_assembling_polls(2)).await;
    chunk(&client, 0).await;
    chunk(&client, 1).await;
    let files = async || client.get_json("/folder/2?depth=1").await["content"]["files"].clone();
    assert_eq!(files().await.as_array().unwrap().len(), 1, "not all chunks are there");
    assert_eq!(chunk(&client, 2).await.status(), 423);
    assert_eq!(files().await.as_array().unwrap().len(), 1, "it is being assembled");
    assert_eq!(client.writes(), 0);
    let files = files().await;
    assert_eq!(files.as_array().unwrap().len(), 2);
    assert_eq!(client.bytes(&files[1]).await, CONTENT);
    assert_eq!(client.writes_of("uploadFile"), 1);
}

#[tokio::test]
async fn chunks_out_of_order_or_of_another_length_are_refused() {
    let client = Client::with(Sandbox::builder().netexplorer_assembling_polls(0)).await;
    assert_eq!(error_of(chunk(&client, 1).await).await.0, 409);
    chunk(&client, 0).await;
    assert_eq!(error_of(chunk(&client, 2).await).await.0, 409);
    assert_eq!(error_of(send(&client, 1, b"short").await).await.0, 400);
    assert_eq!(error_of(send(&client, 3, b"").await).await.0, 400);
    // The first chunk starts over.
    chunk(&client, 1).await;
    chunk(&client, 0).await;
    assert_eq!(error_of(chunk(&client, 2).await).await.0, 409);
    chunk(&client, 1).await;
    assert_eq!(client.bytes(&json_of(chunk(&client, 2).await).await).await, CONTENT);
}
