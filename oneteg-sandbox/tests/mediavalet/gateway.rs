//! The gateway: subscription key, bearer token, API version and envelope.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, RED_SHOE, read};

#[tokio::test]
async fn the_key_comes_before_the_token() {
    let client = Client::start().await;
    let url = client.url("/assets");
    let (status, body) = read(client.bare(Method::GET, &url).send().await.unwrap()).await;
    assert_eq!((status, &body["statusCode"]), (401, &json!(401)));
    assert!(body["message"].as_str().unwrap().contains("missing subscription key"));

    let wrong = client.bare(Method::GET, &url).header("Ocp-Apim-Subscription-Key", "another");
    let (status, body) = read(wrong.send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(body["message"].as_str().unwrap().contains("invalid subscription key"));

    // A refusal by the API itself has no body.
    let bare = client.with_key(Method::GET, "/assets");
    assert_eq!(read(bare.send().await.unwrap()).await, (401, json!("")));
    let wrong = client.with_key(Method::GET, "/assets").bearer_auth("another");
    assert_eq!(read(wrong.send().await.unwrap()).await, (401, json!("")));
    // The gateway refuses an unknown path, with or without a token.
    let unknown = client.with_key(Method::GET, "/nothing").send().await.unwrap();
    let (status, body) = read(unknown).await;
    assert_eq!((status, &body["statusCode"]), (404, &json!(404)));
}

#[tokio::test]
async fn tokens_expire_with_the_clock() {
    let client = Client::start().await;
    assert_eq!(client.status(Method::GET, "/keywords", None).await, 200);
    client.sandbox.mediavalet().advance(Duration::from_secs(3599));
    assert_eq!(client.status(Method::GET, "/keywords", None).await, 200);
    client.sandbox.mediavalet().advance(Duration::from_secs(1));
    assert_eq!(client.status(Method::GET, "/keywords", None).await, 401);

    let client = Client::start().await;
    client.sandbox.mediavalet().expire_access_tokens();
    assert_eq!(client.status(Method::GET, "/keywords", None).await, 401);
}

/// The response to a request for an API version.
async fn versioned(
    client: &Client,
    version: Option<&str>,
    method: Method,
    path: &str,
) -> (u16, Value) {
    let key = &client.sandbox.mediavalet().account().subscription_key;
    let token = client.sandbox.mediavalet().issue_access_token();
    let mut request = client.bare(method.clone(), &client.url(path));
    request = request.header("Ocp-Apim-Subscription-Key", key).bearer_auth(token);
    if let Some(version) = version {
        request = request.header("x-mv-api-version", version);
    }
    if method == Method::POST {
        request = request.json(&json!({ "name": "Stage", "attributeType": "Status" }));
    }
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn versions_differ_as_documented() {
    let client = Client::start().await;
    let path = format!("/assets/{RED_SHOE}");
    let restricted = format!("/assets/{}", oneteg_sandbox::mediavalet::RESTRICTED_ASSET);
    for (requested, named, attributes, created, refused) in [
        (None, "1.0", 2, 400, 401),
        (Some("1.0"), "1.0", 2, 400, 401),
        (Some("1.1"), "1.1", 3, 201, 401),
        (Some("1.2"), "1.2", 4, 201, 403),
    ] {
        let (_, envelope) = versioned(&client, requested, Method::GET, &path).await;
        assert_eq!(envelope["apiVersion"], named);
        let permissions = &envelope["payload"]["permissions"];
        assert_eq!(permissions.is_array(), named == "1.2", "{permissions}");
        assert_eq!(permissions["all"][0]["name"].is_string(), named != "1.2");
        let (_, envelope) = versioned(&client, requested, Method::GET, "/attributes").await;
        assert_eq!(envelope["payload"].as_array().unwrap().len(), attributes, "{named}");
        assert_eq!(versioned(&client, requested, Method::POST, "/attributes").await.0, created);
        assert_eq!(versioned(&client, requested, Method::GET, &restricted).await.0, refused);
    }
    assert_eq!(versioned(&client, Some("2.0"), Method::GET, &path).await.0, 400);
}

#[tokio::test]
async fn the_envelope_has_its_members_and_lists_their_count() {
    let client = Client::start().await;
    let envelope = client.envelope(Method::GET, "/ASSETS?COUNT=2&Offset=1", None).await;
    assert_eq!((&envelope["warnings"], &envelope["errors"]), (&json!([]), &json!([])));
    assert!(envelope["meta"]["metaInformation"]["ElapsedTimeInMS"].is_number());
    let count = json!({ "totalRecordsFound": 8, "startingRecord": 1, "recordsReturned": 2 });
    assert_eq!(envelope["recordCount"], count);
    assert_eq!(envelope["payload"]["assetCount"], 8);
    let single = client.envelope(Method::GET, &format!("/assets/{RED_SHOE}"), None).await;
    assert!(single.get("recordCount").is_none());
    for bad in ["count=-1", "count=x", "offset=1.5"] {
        assert_eq!(client.status(Method::GET, &format!("/assets?{bad}"), None).await, 400);
    }
}
