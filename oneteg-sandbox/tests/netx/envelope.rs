//! JSON-RPC: the envelope, credentials and parameters.

use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::client::Client;

const SELF: &str = r#"{"jsonrpc":"2.0","id":"a","method":"getSelf","params":[null]}"#;

#[tokio::test]
async fn the_id_comes_back_as_it_was_sent() {
    let client = Client::start().await;
    for id in [json!("13576991614322"), json!(5), json!(-3), json!(u64::MAX)] {
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": "getSelf" });
        let envelope = client.post_rpc(body.to_string()).await;
        assert_eq!(envelope["id"], id);
        assert_eq!(envelope["result"]["userId"], 1);
    }
}

#[tokio::test]
async fn a_trailing_slash_is_the_same_endpoint() {
    let client = Client::start().await;
    let response = client.request(Method::POST, "/api/rpc/").body(SELF).send().await.unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["result"]["userId"], 1);
}

#[tokio::test]
async fn malformed_requests_have_the_codes_of_the_protocol() {
    let client = Client::start().await;
    for (body, code) in [
        ("", -32700),
        ("{\"jsonrpc\":", -32700),
        ("<html>", -32700),
        ("[]", -32600),
        (&format!("[{SELF}]"), -32600),
        ("7", -32600),
        (r#"{"id":"a","method":"getSelf"}"#, -32600),
        (r#"{"jsonrpc":"1.0","id":"a","method":"getSelf"}"#, -32600),
        (r#"{"jsonrpc":"2.0","method":"getSelf"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":[],"method":"getSelf"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":"a","method":5}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":"a","method":"getselfie"}"#, -32601),
        (r#"{"jsonrpc":"2.0","id":"a","method":"getAssets","params":{"assetIds":[201]}}"#, -32602),
    ] {
        let envelope = client.post_rpc(body.to_owned()).await;
        assert_eq!(envelope["error"]["code"], code, "{body}");
        assert!(envelope.get("result").is_none(), "{body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(client.post_rpc(deep).await["error"]["code"], -32700);
}

#[tokio::test]
async fn a_refused_credential_is_an_error_in_a_successful_response() {
    let client = Client::start().await;
    let valid = client.sandbox.netx_api_key().to_owned();
    let refused = [
        None,
        Some("apiToken wrong".to_owned()),
        Some(valid.clone()),
        Some(format!("Bearer {valid}")),
        Some(format!("apitoken {valid}")),
        Some(format!("apiToken {valid}x")),
        Some("apiToken ".to_owned()),
    ];
    for credential in refused {
        let mut request = client.bare(Method::POST, "/api/rpc").body(SELF);
        if let Some(credential) = &credential {
            request = request.header(AUTHORIZATION, credential);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let envelope: Value = response.json().await.unwrap();
        let message = envelope["error"]["message"].clone();
        let error = json!({ "code": 10000, "message": message, "data": null, "result": message });
        assert_eq!(envelope["error"], error, "{credential:?}");
        assert_eq!(envelope["id"], "a");
        assert!(!message.as_str().unwrap().contains(&valid));
    }
}

#[tokio::test]
async fn tokens_can_be_revoked_and_replaced() {
    let client = Client::start().await;
    let netx = client.sandbox.netx();
    netx.revoke_token(client.sandbox.netx_api_key());
    assert_eq!(client.code("getSelf", json!([])).await, 10000);
    assert_eq!(client.get("/api/file/asset/201").await.status(), 401);
    netx.accept_token(client.sandbox.netx_api_key()).unwrap();
    client.ok("getSelf", json!([])).await;
    assert!(netx.accept_token("two words").is_err());
}

#[tokio::test]
async fn parameters_are_checked_by_position() {
    let client = Client::start().await;
    for (method, params) in [
        ("getAssets", json!([])),
        ("getAssets", json!([201])),
        ("getAssets", json!([["x"]])),
        ("getAssets", json!([[201], null, null])),
        ("getAssets", json!([[201], "options"])),
        ("getAssets", json!([[201], { "data": "asset.base" }])),
        ("getAssets", json!([[201], { "data": ["asset.everything"] }])),
        ("getAssets", json!([[201], { "data": ["folder.base"] }])),
        ("getAssetsByFolder", json!([3, null])),
        ("getAssetsByFolder", json!([3, "true"])),
        ("getAssetsByFolder", json!([3, false, { "page": { "startIndex": -1 } }])),
        ("getAssetsByFolder", json!([3, false, { "page": { "size": "10" } }])),
        ("getAssetsByFolder", json!([3, false, { "sort": { "field": "colour", "order": "asc" } }])),
        ("getAssetsByFolder", json!([3, false, { "sort": { "field": "name", "order": "up" } }])),
        ("getSelf", json!([1])),
        ("getFolderByPath", json!([7])),
        ("createCollection", json!([{ "title": "A" }])),
    ] {
        assert_eq!(client.code(method, params.clone()).await, -32602, "{method} {params}");
    }
    assert_eq!(client.writes(), 0);
}

#[tokio::test]
async fn options_may_be_missing_null_or_full_of_nulls() {
    let client = Client::start().await;
    let nulls = json!({ "page": null, "sort": null, "data": null, "later": 1 });
    for params in [json!([3, false]), json!([3, false, null]), json!([3, false, nulls])] {
        let page = client.ok("getAssetsByFolder", params).await;
        assert_eq!(crate::client::ids(&page), [201, 202, 203]);
    }
}

#[tokio::test]
async fn an_oversized_request_is_refused_and_counted() {
    let client = Client::start().await;
    let body = vec![b' '; (4 << 20) + 1];
    let response = client.request(Method::POST, "/api/rpc").body(body).send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(client.sandbox.netx().counters().requests, 1);
}
