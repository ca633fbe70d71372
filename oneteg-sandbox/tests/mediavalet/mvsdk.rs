//! mvsdk, a client that others published for Python: `peers/mvsdk/calls.py` makes each of its calls. A twin sends the
//! same requests, so that they are tested where Python is missing as well.

use std::path::Path;
use std::process::Stdio;

use oneteg_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::client::{Client, PHOTOGRAPHER, RED_SHOE, SHOES, read};

/// The calls of mvsdk with the status and the type of the payload that each gets.
const EXPECTED: [(&str, u64, &str); 37] = [
    ("connect.auth", 200, "none"),
    ("asset.get", 200, "dict"),
    ("attribute.get", 200, "list"),
    ("asset.get (one)", 200, "dict"),
    ("asset.get_related", 200, "dict"),
    ("asset.get_attributes", 200, "dict"),
    ("asset.get_categories", 200, "list"),
    ("asset.get_comments", 200, "list"),
    ("asset.get_history", 200, "list"),
    ("asset.get_keywords", 200, "list"),
    ("asset.get_renditions", 200, "list"),
    ("asset.get_video_intelligence_status", 200, "dict"),
    ("category.get_assets", 200, "dict"),
    ("keyword.get", 200, "list"),
    ("keyword_group.get", 200, "list"),
    ("direct_link.get", 200, "list"),
    ("org_unit.get_current", 200, "dict"),
    ("user.get_current", 200, "dict"),
    ("user.get_approvers", 200, "dict"),
    ("user.get_current_permissions", 200, "list"),
    ("user.get_all", 200, "dict"),
    ("user_group.get", 200, "list"),
    // Without an explicit action, mvsdk requests `/users/None` and `/groups/None`.
    ("user.get_all (default)", 200, "dict"),
    ("user_group.get (default)", 200, "list"),
    ("keyword.create", 202, "none"),
    ("keyword_group.create", 202, "dict"),
    // mvsdk sends no API version, and this is the status of version 1.0.
    ("attribute.create", 201, "dict"),
    ("asset.create_keywords", 202, "dict"),
    ("asset.create_keywords (later)", 202, "dict"),
    ("asset.delete_keyword", 202, "none"),
    ("asset.create_attribute", 200, "dict"),
    ("direct_link.create", 201, "dict"),
    ("direct_link.export", 200, "none"),
    ("bulk.post", 200, "none"),
    ("bulk part 0", 202, "none"),
    ("bulk part 1", 200, "list"),
    ("bulk part 2", 404, "ApiException"),
];

#[tokio::test]
async fn the_published_client_gets_a_documented_response_to_every_call() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/mvsdk");
    let python = folder.join(".venv/bin/python");
    let mut imports = Command::new(&python);
    imports.args(["-c", "import mvsdk"]).stderr(Stdio::null());
    if !imports.status().await.is_ok_and(|status| status.success()) {
        println!("SKIPPED: needs `python3 -m venv .venv` and requirements.txt in peers/mvsdk");
        return;
    }
    let sandbox = Sandbox::start().await.unwrap();
    let account = sandbox.mediavalet().account();
    let output = Command::new(python)
        .arg(folder.join("calls.py"))
        .args([sandbox.mediavalet_url(), &account.subscription_key, &account.client_id])
        .args([&account.client_secret, &account.user_name, &account.password])
        .stderr(Stdio::piped())
        .output()
        .await
        .unwrap();
    let results: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let results: Vec<(&str, u64, &str)> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let payload = it["payload"].as_str().unwrap();
            (it["name"].as_str().unwrap(), it["status"].as_u64().unwrap(), payload)
        })
        .collect();
    assert_eq!(results, EXPECTED);
}

/// Sends a request as mvsdk does, which calls all bodies forms but those for assets and links, and returns its status
/// and payload.
async fn send(client: &Client, method: Method, path: &str, body: &str) -> (u16, Value) {
    let key = &client.sandbox.mediavalet().account().subscription_key;
    let token = client.sandbox.mediavalet().issue_access_token();
    let is_json = path.starts_with("/assets/a55e") || path.starts_with("/directlinks/a55e");
    let media_type = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
    let request = client
        .bare(method, &client.url(path))
        .header("User-Agent", "MediaValetSDK/0.0.4")
        .header("Ocp-Apim-Subscription-Key", key)
        .header("Content-Type", media_type)
        .bearer_auth(token)
        .body(body.to_owned());
    let (status, mut envelope) = read(request.send().await.unwrap()).await;
    let payload = envelope.get_mut("payload").map(Value::take);
    (status, payload.unwrap_or_default())
}

#[tokio::test]
async fn the_requests_of_the_published_client_get_a_documented_response() {
    let client = Client::start().await;
    for path in [
        "/assets".to_owned(),
        "/attributes".to_owned(),
        format!("/assets/{RED_SHOE}"),
        format!("/assets/{RED_SHOE}/relatedassets"),
        format!("/assets/{RED_SHOE}/attributes"),
        format!("/assets/{RED_SHOE}/categories"),
        format!("/assets/{RED_SHOE}/comments"),
        format!("/assets/{RED_SHOE}/history"),
        format!("/assets/{RED_SHOE}/keywords"),
        format!("/assets/{RED_SHOE}/renditions"),
        format!("/assets/{RED_SHOE}/videoIntelligence/status"),
        format!("/categories/{SHOES}/assets"),
        "/keywords".to_owned(),
        "/keywordGroups".to_owned(),
        "/directlinks".to_owned(),
        "/organizationalUnits/current".to_owned(),
        "/users/current".to_owned(),
        "/users/approvers".to_owned(),
        "/users/current/permissions".to_owned(),
        "/users".to_owned(),
        "/groups".to_owned(),
        "/users/None".to_owned(),
        "/groups/None".to_owned(),
    ] {
        let (status, payload) = send(&client, Method::GET, &path, "").await;
        assert_eq!(status, 200, "{path}");
        assert!(payload.is_array() || payload.is_object(), "{path}: {payload}");
    }
    let values = json!([{ PHOTOGRAPHER: "Ada" }]).to_string();
    let asset = format!("/assets/{RED_SHOE}");
    for (method, path, body, status) in [
        (Method::POST, "/keywords".to_owned(), "\"gamma\"", 202),
        (Method::POST, "/keywords".to_owned(), "{\"keywordName\": \"delta\"}", 202),
        (Method::POST, "/keywordGroups".to_owned(), "{\"name\": \"Greek\"}", 202),
        (Method::POST, "/attributes".to_owned(), "name=Mood&attributeType=Text", 201),
        (Method::POST, "/categories".to_owned(), "treeName=A+place", 201),
        (Method::POST, "/assets/search".to_owned(), "search=shoe&count=1", 200),
        (Method::POST, format!("{asset}/keywords"), "[\"alpha\"]", 202),
        (Method::POST, format!("{asset}/keywords?priority=low&runAsync=True"), "[\"beta\"]", 202),
        (Method::DELETE, format!("{asset}/keywords/alpha"), "", 202),
        (Method::POST, format!("{asset}/attributes"), &values, 200),
        (Method::POST, format!("/directlinks/{RED_SHOE}"), "{}", 201),
        (Method::GET, "/directlinks/export".to_owned(), "", 200),
    ] {
        let (found, payload) = send(&client, method, &path, body).await;
        assert_eq!(found, status, "{path}: {payload}");
    }
    let keywords = client.get("/keywords").await;
    let names: Vec<&str> =
        keywords.as_array().unwrap().iter().map(|it| it["keywordName"].as_str().unwrap()).collect();
    assert_eq!(names, ["shoe", "bag", "place", "brand", "gamma", "delta", "alpha", "beta"]);
    let named = client.get("/categories").await;
    assert!(named.as_array().unwrap().iter().any(|it| it["name"] == "A place"));
}
