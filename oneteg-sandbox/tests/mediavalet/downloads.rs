//! Media links: ranges, conditions, renditions and expiry.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::json;

use crate::client::{Client, RED_SHOE};

async fn fetch(client: &Client, url: &str, headers: &[(&'static str, &str)]) -> Response {
    let request = client.bare(Method::GET, url);
    headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value))
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn the_original_comes_whole_or_in_ranges() {
    let client = Client::start().await;
    let asset = client.asset(RED_SHOE).await;
    let url = asset["media"]["original"].as_str().unwrap();
    let whole = fetch(&client, url, &[]).await;
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    let bytes = whole.bytes().await.unwrap();
    assert_eq!(asset["file"]["sizeInBytes"].as_u64(), Some(bytes.len() as u64));

    let part = fetch(&client, url, &[("range", "bytes=10-19"), ("if-range", &etag)]).await;
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"].to_str().unwrap(),
        format!("bytes 10-19/{}", bytes.len())
    );
    assert_eq!(part.bytes().await.unwrap(), bytes[10..20]);
    let tail = fetch(&client, url, &[("range", "bytes=-5")]).await.bytes().await.unwrap();
    assert_eq!(tail, bytes[bytes.len() - 5..]);
    let other = fetch(&client, url, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
    assert_eq!((other.status().as_u16(), other.bytes().await.unwrap()), (200, bytes.clone()));
    assert_eq!(fetch(&client, url, &[("range", "bytes=9999999-")]).await.status(), 416);
    assert_eq!(fetch(&client, url, &[("if-match", "\"other\"")]).await.status(), 412);
    assert_eq!(fetch(&client, url, &[("if-none-match", &etag)]).await.status(), 304);
    let head = client.bare(Method::HEAD, url).send().await.unwrap();
    assert_eq!(head.headers()["content-length"].to_str().unwrap(), bytes.len().to_string());
}

#[tokio::test]
async fn links_expire_and_new_ones_work() {
    let client = Client::start().await;
    let old = client.asset(RED_SHOE).await["media"]["download"].as_str().unwrap().to_owned();
    assert_eq!(fetch(&client, &old, &[]).await.status(), 200);
    client.sandbox.mediavalet().advance(Duration::from_secs(24 * 3600));
    assert_eq!(fetch(&client, &old, &[]).await.status(), 403);
    let token = client.sandbox.mediavalet().issue_access_token();
    let request = client.with_key(Method::GET, &format!("/assets/{RED_SHOE}")).bearer_auth(token);
    let (_, envelope) = crate::client::read(request.send().await.unwrap()).await;
    let new = envelope["payload"]["media"]["download"].as_str().unwrap();
    assert_eq!(fetch(&client, new, &[]).await.status(), 200);
}

#[tokio::test]
async fn renditions_are_really_scaled() {
    let client = Client::start().await;
    let listed = client.get(&format!("/assets/{RED_SHOE}/renditions")).await;
    let kinds = client.get("/config/renditionkinds").await;
    assert_eq!((listed.as_array().unwrap().len(), kinds.as_array().unwrap().len()), (4, 4));
    for rendition in listed.as_array().unwrap() {
        let kind = rendition["renditionTypeId"].as_str().unwrap();
        let links = client.get(&format!("/assets/{RED_SHOE}/renditions/{kind}")).await;
        let url = links["renditionUrl"].as_str().unwrap();
        let png = fetch(&client, url, &[]).await.bytes().await.unwrap();
        let width = u32::from_be_bytes(png[16..20].try_into().unwrap());
        assert_eq!(rendition["width"], width);
    }
    let thumb = client.asset(RED_SHOE).await["media"]["thumb"].as_str().unwrap().to_owned();
    assert_eq!(fetch(&client, &thumb, &[]).await.headers()["content-type"], "image/png");
    assert_eq!(
        client.status(Method::GET, &format!("/assets/{RED_SHOE}/renditions/x"), None).await,
        404
    );
    let urls = client
        .ok(Method::POST, "/downloads/asseturls", Some(json!({ "assetIds": [RED_SHOE] })))
        .await;
    let url = urls["assetDownloadUrls"][0].as_str().unwrap();
    assert_eq!(fetch(&client, url, &[]).await.status(), 200);
}
