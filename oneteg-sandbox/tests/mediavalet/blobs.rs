//! The blob storage: which requests and signatures it accepts.

use std::time::Duration;

use md5::{Digest, Md5};
use reqwest::{Method, Response};
use serde_json::json;

use crate::client::Client;

async fn upload_url(client: &Client) -> String {
    let created = client.ok(Method::POST, "/uploads", Some(json!({ "filename": "a.bin" }))).await;
    created["uploadUrl"].as_str().unwrap().to_owned()
}

/// The status and Azure's error code.
async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let header = response.headers()["x-ms-error-code"].to_str().unwrap().to_owned();
    let body = response.text().await.unwrap();
    assert!(
        body.starts_with("<?xml") && body.contains(&format!("<Code>{header}</Code>")),
        "{body}"
    );
    (status, header)
}

fn md5(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(Md5::digest(bytes))
}

async fn put_block(client: &Client, url: &str, id: &str, bytes: &'static str) -> Response {
    let url = format!("{url}&comp=block&blockid={id}");
    client.bare(Method::PUT, &url).body(bytes).send().await.unwrap()
}

async fn put_list(client: &Client, url: &str, entries: &str) -> Response {
    let body =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{entries}</BlockList>");
    client.bare(Method::PUT, &format!("{url}&comp=blocklist")).body(body).send().await.unwrap()
}

async fn list(client: &Client, url: &str, kind: &str) -> String {
    let url = format!("{url}&comp=blocklist&blocklisttype={kind}");
    client.bare(Method::GET, &url).send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_blob_put_in_one_request() {
    let client = Client::start().await;
    let url = upload_url(&client).await;
    assert!(url.starts_with("http://localhost:"), "a different origin than the API: {url}");
    let put = |header: Option<(&'static str, String)>| {
        let request = client.bare(Method::PUT, &url).body("text");
        header
            .map(|(name, value)| request.try_clone().unwrap().header(name, value))
            .unwrap_or(request)
    };
    let untyped = put(None).send().await.unwrap();
    assert_eq!(refusal(untyped).await, (400, "MissingRequiredHeader".into()));
    let page = put(Some(("x-ms-blob-type", "PageBlob".into()))).send().await.unwrap();
    assert_eq!(refusal(page).await, (400, "InvalidHeaderValue".into()));
    let wrong = put(Some(("content-md5", md5(b"other")))).header("x-ms-blob-type", "BlockBlob");
    assert_eq!(refusal(wrong.send().await.unwrap()).await, (400, "Md5Mismatch".into()));
    assert_eq!(client.bare(Method::GET, &url).send().await.unwrap().status(), 404);

    let right = put(Some(("content-md5", md5(b"text")))).header("x-ms-blob-type", "BlockBlob");
    let created = right.send().await.unwrap();
    assert_eq!((created.status().as_u16(), created.headers().contains_key("etag")), (201, true));
    let got = client.bare(Method::GET, &url).send().await.unwrap();
    assert_eq!(got.headers()["content-md5"], md5(b"text"));
    assert_eq!(got.text().await.unwrap(), "text");
}

#[tokio::test]
async fn a_blob_of_blocks() {
    let client = Client::start().await;
    let url = upload_url(&client).await;
    for (id, bytes) in [("QQ==", "aaa"), ("Qg==", "bb"), ("Qw==", "c")] {
        assert_eq!(put_block(&client, &url, id, bytes).await.status(), 201);
    }
    let waiting = list(&client, &url, "all").await;
    assert!(waiting.contains("<CommittedBlocks></CommittedBlocks>"), "{waiting}");
    assert!(waiting.contains("<Name>Qg==</Name><Size>2</Size>"), "{waiting}");
    let unknown = put_list(&client, &url, "<Latest>QQ==</Latest><Latest>WA==</Latest>").await;
    assert_eq!(refusal(unknown).await, (400, "InvalidBlockList".into()));
    let listed =
        put_list(&client, &url, "<Latest>Qw==</Latest><Uncommitted>QQ==</Uncommitted>").await;
    assert_eq!(listed.status(), 201);
    let get = async || client.bare(Method::GET, &url).send().await.unwrap().text().await.unwrap();
    assert_eq!(get().await, "caaa");
    let committed = list(&client, &url, "committed").await;
    assert!(committed.contains("<Name>QQ==</Name><Size>3</Size>") && !committed.contains("Qg=="));
    assert!(
        !list(&client, &url, "uncommitted").await.contains("<Block>"),
        "the other blocks are gone"
    );

    // A new block with an old id: the list specifies which of the two it means.
    put_block(&client, &url, "QQ==", "AAA").await;
    let listed = put_list(&client, &url, "<Committed>QQ==</Committed><Latest>QQ==</Latest>").await;
    assert_eq!(listed.status(), 201);
    assert_eq!(get().await, "aaaAAA");

    assert_eq!(
        refusal(put_block(&client, &url, "QUFBQQ==", "x").await).await.1,
        "InvalidBlobOrBlock"
    );
    assert_eq!(
        refusal(put_block(&client, &url, "!", "x").await).await.1,
        "InvalidQueryParameterValue"
    );
    assert_eq!(refusal(put_block(&client, &url, "QQ==", "").await).await.1, "InvalidHeaderValue");
    assert_eq!(refusal(put_list(&client, &url, "<Latest>").await).await.1, "InvalidXmlDocument");
    let other = client.bare(Method::PUT, &format!("{url}&comp=page")).send().await.unwrap();
    assert_eq!(refusal(other).await.1, "InvalidQueryParameterValue");
}

#[tokio::test]
async fn signatures_expire_and_cannot_be_changed() {
    let client = Client::start().await;
    let url = upload_url(&client).await;
    let denied = (403, "AuthenticationFailed".to_owned());
    for other in [
        url.replace("sp=rcw", "sp=rcwd"),
        url.replace("a55e7000", "a55e7001"),
        url.split("&sig=").next().unwrap().to_owned(),
        url.replace("se=20", "se=30"),
    ] {
        assert_ne!(other, url);
        assert_eq!(refusal(client.put_blob(&other, "x").await).await, denied, "{other}");
    }
    assert_eq!(client.put_blob(&url, "x").await.status(), 201);
    client.sandbox.mediavalet().advance(Duration::from_secs(24 * 3600 + 1));
    assert_eq!(refusal(client.put_blob(&url, "x").await).await, denied);
    let read_only = {
        let client = Client::start().await;
        let asset = client.asset(crate::client::RED_SHOE).await;
        let link = asset["media"]["original"].as_str().unwrap().to_owned();
        refusal(client.put_blob(&link, "x").await).await
    };
    assert_eq!(read_only, (403, "AuthorizationPermissionMismatch".to_owned()));
}

#[tokio::test]
async fn a_credential_of_the_api_is_refused_and_counted() {
    let client = Client::start().await;
    let url = upload_url(&client).await;
    for name in ["authorization", "ocp-apim-subscription-key", "x-mv-api-version", "x-mv-anything"]
    {
        let request = client.bare(Method::PUT, &url).header("x-ms-blob-type", "BlockBlob");
        let response = request.header(name, "secret").body("x").send().await.unwrap();
        assert_eq!(refusal(response).await, (400, "InvalidAuthenticationInfo".into()), "{name}");
    }
    assert_eq!(client.sandbox.mediavalet().leaked_credentials(), 4);
    assert_eq!(
        client.bare(Method::GET, &url).send().await.unwrap().status(),
        404,
        "nothing was stored"
    );
    client.put_blob(&url, "x").await;
    assert_eq!(client.sandbox.mediavalet().leaked_credentials(), 4);
    let recorded = format!("{:?}", client.sandbox.mediavalet().requests());
    let signature = url.split("sig=").nth(1).unwrap();
    assert!(!recorded.contains(signature) && recorded.contains("sig=<redacted>"));
    let key = &client.sandbox.mediavalet().account().subscription_key;
    assert!(!recorded.contains(key.as_str()));
}
