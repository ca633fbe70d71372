//! Planted differences.

use oneteg_sandbox::netx::HEALTH_TOKEN;
use oneteg_sandbox::{Change, Difference, Fault, SandboxError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

fn difference(operation: &str, change: Value) -> Difference {
    Difference::new(operation, serde_json::from_value(change).unwrap())
}

#[tokio::test]
async fn a_difference_changes_every_response_of_its_operation() {
    let client = Client::start().await;
    let netx = client.sandbox.netx();
    let renamed = netx
        .plant(difference("getSelf", json!({"rename": {"at": "/result/userId", "to": "id"}})))
        .unwrap();
    let added = json!({"add": {"at": "/result", "member": "twin", "value": {"of": [1]}}});
    netx.plant(difference("getSelf", added)).unwrap();
    for _ in 0..2 {
        let user = client.ok("getSelf", json!([])).await;
        assert_eq!((&user["id"], &user["userId"]), (&json!(1), &Value::Null));
        assert_eq!(user["twin"], json!({"of": [1]}));
    }
    assert_eq!(renamed.changed(), 2);
    // Other operations are as before.
    let folders = client.ok("getFoldersByParent", json!([1, null])).await;
    assert!(folders.to_string().contains("\"id\":"));
}

#[tokio::test]
async fn the_request_may_be_looked_at_in_another_way() {
    let client = Client::start().await;
    let page = json!([1, true, {"page": {"startIndex": 0, "size": 2}}]);
    let items = |value: &Value| value["results"].as_array().unwrap().len();
    assert_eq!(items(&client.ok("getAssetsByFolder", page.clone()).await), 2);
    let fixed = json!({"set_request": {"at": "/params/2/page/size", "value": 5}});
    client.sandbox.netx().plant(difference("getAssetsByFolder", fixed)).unwrap();
    assert_eq!(items(&client.ok("getAssetsByFolder", page).await), 5);
}

#[tokio::test]
async fn status_media_type_and_bytes_differ() {
    let client = Client::start().await;
    let plant =
        |operation: &str, change| client.sandbox.netx().plant(difference(operation, change));
    plant("healthCheck", json!({"status": 203})).unwrap();
    plant("getSelf", json!({"media_type": "text/plain"})).unwrap();
    plant("getAttributes", json!({"body": {"text": "<p>", "media_type": "text/html"}})).unwrap();
    assert_eq!(client.get(&format!("/health/{HEALTH_TOKEN}")).await.status(), 203);
    let call = |method: &str| {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": []});
        client.request(Method::POST, "/api/rpc").body(body.to_string()).send()
    };
    let response = call("getSelf").await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(response.json::<Value>().await.unwrap()["result"]["userId"], 1);
    let response = call("getAttributes").await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.text().await.unwrap(), "<p>");
    // A scripted fault wins.
    client.sandbox.netx().script(Fault::response(500)).unwrap();
    assert_eq!(client.get(&format!("/health/{HEALTH_TOKEN}")).await.status(), 500);
}

#[tokio::test]
async fn a_difference_that_cannot_be_sent_is_refused() {
    let client = Client::start().await;
    let refused = client.sandbox.netx().plant(Difference::new("getSelf", Change::Status(99)));
    assert!(matches!(refused, Err(SandboxError::Difference(_))), "{refused:?}");
}
