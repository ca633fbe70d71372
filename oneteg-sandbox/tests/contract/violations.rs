//! Requests that differ from the specification are named, and refused unless configured otherwise.

use oneteg_sandbox::{Sandbox, Violation, ViolationPolicy};
use serde_json::{Value, json};

use crate::client::Client;

const ASSET: &str = "/assets/a55e7000-0000-4000-8000-000000000001";

/// A request as vendor, method, path and body, with the status and what its refusal names.
type Case = (&'static str, &'static str, String, Value, u16, &'static str);

fn cases() -> Vec<Case> {
    let none = Value::Null;
    vec![
        // A query parameter that is unknown, of the wrong type, or missing.
        (
            "mediavalet",
            "GET",
            format!("{ASSET}?colour=red"),
            none.clone(),
            400,
            "query: colour is unknown",
        ),
        (
            "mediavalet",
            "GET",
            "/assets?count=many".into(),
            none.clone(),
            400,
            "query: count must be an integer",
        ),
        (
            "netexplorer",
            "GET",
            "/api/folder/2?depth=x".into(),
            none.clone(),
            400,
            "query: depth must be an integer",
        ),
        ("netexplorer", "GET", "/api/path".into(), none.clone(), 400, "query: root is missing"),
        // An id that is none.
        (
            "mediavalet",
            "GET",
            "/assets/x".into(),
            none.clone(),
            404,
            "path: assetId must be a string (uuid)",
        ),
        (
            "netexplorer",
            "GET",
            "/api/folder/x".into(),
            none.clone(),
            404,
            "path: folderId must be an integer",
        ),
        ("netx", "GET", "/api/file/asset/x".into(), none, 404, "path: assetId must be an integer"),
        // A body that lacks something, has something unknown or something of the wrong type.
        (
            "mediavalet",
            "POST",
            "/categories".into(),
            json!({ "treeName": 1 }),
            400,
            "body: /treeName must be a string",
        ),
        (
            "mediavalet",
            "POST",
            "/categories".into(),
            json!({ "treeName": "a", "colour": 1 }),
            400,
            "body: /colour is unknown",
        ),
        ("mediavalet", "POST", "/categories".into(), json!([]), 400, "body must be an object"),
        (
            "netexplorer",
            "POST",
            "/api/folder".into(),
            json!({ "parent_id": 2, "name": 7 }),
            400,
            "body: /name must be a string",
        ),
        (
            "netexplorer",
            "POST",
            "/api/folder".into(),
            json!({ "parent_id": 2, "name": "a", "colour": 7 }),
            400,
            "body: /colour is unknown",
        ),
    ]
}

#[tokio::test]
async fn each_violation_is_named_refused_and_recorded() {
    let client = Client::start().await;
    for (vendor, method, path, body, status, named) in cases() {
        let request = client.request(vendor, method, &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["x-oneteg-sandbox"], "violation", "{path}");
        let text = response.text().await.unwrap();
        assert!(text.contains(named), "{path}: {text}");
        let recorded = client.sandbox.violations();
        let is_named = |violation: &Violation| {
            violation.vendor == vendor
                && format!("{} {}", violation.place, violation.reason).contains(named)
        };
        assert!(recorded.iter().any(is_named), "{path}: {recorded:?}");
    }
    assert_eq!(client.sandbox.mediavalet().counters().writes, 0);
    assert_eq!(client.sandbox.netexplorer().counters().writes, 0);
}

#[tokio::test]
async fn a_refusal_has_the_form_of_the_vendor() {
    let client = Client::start().await;
    let call = json!({ "jsonrpc": "2.0", "id": "7", "method": "getCollection", "params": [{}] });
    let response = client.request("netx", "POST", "/api/rpc").json(&call).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let envelope: Value = response.json().await.unwrap();
    assert_eq!((&envelope["id"], &envelope["error"]["code"]), (&json!("7"), &json!(-32602)));
    let message = envelope["error"]["message"].as_str().unwrap();
    assert!(message.contains("getCollection: body: collectionId must be an integer"), "{message}");
    let text = async |vendor: &str, path: &str| {
        client.request(vendor, "GET", path).send().await.unwrap().text().await.unwrap()
    };
    let refused: Value =
        serde_json::from_str(&text("netexplorer", "/api/users?a=1").await).unwrap();
    assert!(refused["error"].as_str().unwrap().contains("query: a is unknown"), "{refused}");
    let refused = text("mediavalet", "/users?a=1").await;
    assert!(refused.starts_with("The request differs"), "{refused}");
}

#[tokio::test]
async fn a_body_of_another_media_type_is_refused() {
    let client = Client::start().await;
    for (vendor, path) in [("mediavalet", "/categories"), ("netexplorer", "/api/folder")] {
        let request = client.request(vendor, "POST", path).header("Content-Type", "text/xml");
        let response = request.body("<a/>").send().await.unwrap();
        assert_eq!(response.status(), 415, "{vendor}");
        let text = response.text().await.unwrap();
        assert!(text.contains("content-type must be application/json, not text/xml"), "{text}");
    }
    let missing = client.request("mediavalet", "POST", "/categories").send().await.unwrap();
    assert_eq!(missing.status(), 400);
    assert!(missing.text().await.unwrap().contains("body is missing"));
    let broken =
        client.request("mediavalet", "POST", "/categories").body("{").send().await.unwrap();
    assert!(broken.text().await.unwrap().contains("body is not JSON"));
}

#[tokio::test]
async fn violations_may_be_recorded_only() {
    let builder = Sandbox::builder().violations(ViolationPolicy::Record);
    let client = Client::with(builder).await;
    let request = client.request("mediavalet", "GET", &format!("{ASSET}?colour=red"));
    assert_eq!(request.send().await.unwrap().status(), 200);
    let [violation] = client.sandbox.mediavalet().violations().try_into().unwrap();
    assert_eq!((violation.operation, violation.place.as_str()), ("getAsset", "query: colour"));
    assert!(violation.reason.starts_with("is unknown"), "{}", violation.reason);
}

#[tokio::test]
async fn a_request_without_a_valid_credential_is_not_examined() {
    let client = Client::start().await;
    for (vendor, path) in [("mediavalet", "/assets?a=1"), ("netexplorer", "/api/folders?a=1")] {
        let response = client.bare(vendor, "GET", path).send().await.unwrap();
        assert_eq!(response.status(), 401, "{vendor}");
    }
    assert_eq!(client.sandbox.violations(), []);
}

#[tokio::test]
async fn what_a_vendor_is_known_to_accept_is_no_violation() {
    let client = Client::start().await;
    let ok = async |vendor: &str, method: &str, path: &str, body: Value| {
        let request = client.request(vendor, method, path).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status();
        assert!(status.is_success(), "{path}: {status} {}", response.text().await.unwrap());
    };
    ok("mediavalet", "GET", "/ASSETS?Count=1&OFFSET=0", Value::Null).await;
    ok("mediavalet", "POST", "/users", json!({ "USERNAME": "x" })).await;
    let patch = json!([{ "op": "replace", "path": "/title", "value": "a", "oldValue": "b" }]);
    ok("mediavalet", "PATCH", &format!("{ASSET}?priority=low&runAsync=true"), patch).await;
    let search = json!({ "search": "shoe", "count": "2" });
    ok("mediavalet", "POST", "/assets/search", search).await;
    ok("netexplorer", "POST", "/api/folder", json!({ "parent_id": "2", "name": "n" })).await;
    let plain =
        client.request("mediavalet", "POST", "/keywords").body("plain").send().await.unwrap();
    assert_eq!(plain.status(), 202);
    let call =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "getFoldersByParent", "params": ["1"] });
    ok("netx", "POST", "/api/rpc/", call).await;
    assert_eq!(client.sandbox.violations(), []);
}
