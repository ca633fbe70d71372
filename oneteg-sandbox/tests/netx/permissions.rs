//! Operations that the caller has no permission for.

use oneteg_sandbox::{Fault, Sandbox, SandboxError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

async fn denying(names: &[&str]) -> Client {
    Client::with(Sandbox::builder().deny(names.iter().copied())).await
}

#[tokio::test]
async fn a_denied_method_gets_the_code_of_missing_access_and_changes_nothing() {
    let client = denying(&["deleteAsset"]).await;
    assert_eq!(client.code("deleteAsset", json!([201])).await, 3004);
    assert_eq!(client.writes(), 0);
    assert_eq!(client.asset(201, &["asset.base"]).await["name"], "Spring banner");
    let last = client.sandbox.netx().requests();
    assert_eq!(last[0].operation.as_deref(), Some("deleteAsset"), "recorded as any other");
}

#[tokio::test]
async fn a_denied_tag_covers_files_with_the_status_of_missing_access() {
    let client = denying(&["netx:tag:files"]).await;
    let refused = client.get("/api/file/asset/201/thumbnail").await;
    assert_eq!(refused.status(), 403);
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], 403);
    client.ok("getSelf", json!([])).await;
}

#[tokio::test]
async fn a_wrong_credential_is_refused_before_the_permission() {
    let client = denying(&["getSelf"]).await;
    let body = json!({ "jsonrpc": "2.0", "id": 3, "method": "getSelf", "params": [] });
    let request = client.bare(Method::POST, "/api/rpc").body(body.to_string());
    let response: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((&response["error"]["code"], &response["id"]), (&json!(10000), &json!(3)));
    let response = client.post_rpc(body.to_string()).await;
    assert_eq!((&response["error"]["code"], &response["id"]), (&json!(3004), &json!(3)));
}

#[tokio::test]
async fn a_scripted_fault_comes_before_the_permission() {
    let client = denying(&["getSelf"]).await;
    client.sandbox.netx().script(Fault::response(503).only("getSelf")).unwrap();
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "getSelf" }).to_string();
    let faulty = client.request(Method::POST, "/api/rpc").body(body).send().await.unwrap();
    assert_eq!(faulty.status(), 503);
    assert_eq!(client.code("getSelf", json!([])).await, 3004);
}

#[tokio::test]
async fn a_name_that_is_not_known_keeps_the_sandbox_from_starting() {
    let refused = Sandbox::builder().deny(["getFile", "getSelfie"]).start().await;
    let error = refused.err().unwrap();
    assert!(matches!(&error, SandboxError::Permission(name) if name == "getSelfie"), "{error}");
    assert!(error.to_string().contains("`getSelfie`"));
}
