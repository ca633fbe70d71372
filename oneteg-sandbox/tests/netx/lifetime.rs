//! Starting and stopping: determinism, independence and settings.

use oneteg_sandbox::{Sandbox, SandboxError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, ids};

const EVERYTHING: [&str; 7] = [
    "asset.base",
    "asset.file",
    "asset.attributes",
    "asset.folders",
    "asset.proxies",
    "asset.views",
    "asset.relatedAssets",
];

async fn snapshot(client: &Client) -> Value {
    client.ok("getAssetsByFolder", json!([1, true, { "data": EVERYTHING }])).await
}

#[tokio::test]
async fn two_sandboxes_start_alike_and_diverge() {
    let (one, other) = (Client::start().await, Client::start().await);
    let start = snapshot(&one).await;
    assert_eq!(snapshot(&other).await, start);
    let thumbnail = async |client: &Client| {
        client.get("/api/file/asset/202/thumbnail").await.bytes().await.unwrap()
    };
    assert_eq!(thumbnail(&one).await, thumbnail(&other).await);

    one.ok("deleteAsset", json!([201])).await;
    assert_eq!(snapshot(&other).await, start);
    assert_eq!(other.writes(), 0);
}

#[tokio::test]
async fn the_clock_counts_writes() {
    let client = Client::start().await;
    let renamed = async |name: &str| {
        let asset = client.ok("updateAsset", json!([{ "id": 201, "name": name }])).await;
        asset["modDate"].as_i64().unwrap()
    };
    let first = renamed("a").await;
    snapshot(&client).await;
    assert_eq!(client.code("deleteAsset", json!([999])).await, 1000);
    assert_eq!(renamed("b").await - first, 1000);
}

#[tokio::test]
async fn without_the_seed_there_are_the_root_and_the_caller() {
    let client = Client::with(Sandbox::builder().seeded(false)).await;
    assert_eq!(snapshot(&client).await, json!({ "results": [], "size": 0 }));
    assert!(ids(&client.ok("getFoldersByParent", json!([1])).await).is_empty());
    assert_eq!(client.ok("getSelf", json!([])).await["userId"], 1);
    for method in ["getCollections", "getAttributes"] {
        assert_eq!(client.ok(method, json!([])).await["size"], 0, "{method}");
    }
}

#[tokio::test]
async fn token_and_port_can_be_chosen() {
    let client = Client::with(Sandbox::builder().netx_api_token("mine")).await;
    assert_eq!(client.sandbox.netx_api_key(), "mine");
    client.ok("getSelf", json!([])).await;

    let url = client.sandbox.netx_url();
    let port = url.rsplit_once(':').unwrap().1.parse().unwrap();
    let taken = Sandbox::builder().netx_port(port).seeded(false).start().await;
    assert!(matches!(taken, Err(SandboxError::Bind { .. })), "{taken:?}");
    for token in ["", "a b", "é", "a\n"] {
        let refused = Sandbox::builder().netx_api_token(token).seeded(false).start().await;
        assert!(matches!(refused, Err(SandboxError::Token)), "{token:?}");
    }
}

#[tokio::test]
async fn a_dropped_sandbox_frees_its_port() {
    let client = Client::with(Sandbox::builder().seeded(false)).await;
    client.ok("getSelf", json!([])).await;
    let port = client.sandbox.netx_url().rsplit_once(':').unwrap().1.parse().unwrap();
    drop(client);
    // The listener closes when its task next runs, which each attempt allows.
    for _ in 0..1000 {
        match Sandbox::builder().netx_port(port).seeded(false).start().await {
            Ok(_) => return,
            Err(SandboxError::Bind { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("port {port} is still taken");
}

#[tokio::test]
async fn the_health_check_requires_its_token() {
    let client = Client::start().await;
    let valid = format!("/health/{}", oneteg_sandbox::netx::HEALTH_TOKEN);
    for (path, status) in [(valid.as_str(), 200), ("/health/other", 401), ("/health", 404)] {
        let response = client.bare(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}
