//! Operations that the caller has no permission for.

use oneteg_sandbox::Sandbox;
use reqwest::Method;

use crate::client::Client;

#[tokio::test]
async fn a_denied_operation_gets_401_or_403_by_version() {
    let client = Client::with(Sandbox::builder().deny(["mediavalet:tag:categories"])).await;
    for (version, expected) in [("1.2", 403), ("1.1", 401), ("1.0", 401)] {
        let key = client.sandbox.mediavalet().account().subscription_key.clone();
        let request = client
            .bare(Method::GET, &client.url("/categories"))
            .header("Ocp-Apim-Subscription-Key", key)
            .header("x-mv-api-version", version)
            .bearer_auth(client.sandbox.mediavalet().issue_access_token());
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), expected, "{version}");
        assert!(refused.text().await.unwrap().contains("permission"), "not an expired token");
    }
    let assets = client.request(Method::GET, "/assets").send().await.unwrap();
    assert_eq!(assets.status(), 200);
}

#[tokio::test]
async fn a_missing_key_or_token_is_refused_before_the_permission() {
    let client = Client::with(Sandbox::builder().deny(["mediavalet:tag:categories"])).await;
    let url = client.url("/categories");
    let without_key = client.bare(Method::GET, &url).send().await.unwrap();
    assert!(without_key.text().await.unwrap().contains("subscription key"));
    let without_token = client.with_key(Method::GET, "/categories").send().await.unwrap();
    assert_eq!(without_token.status(), 401);
    assert_eq!(without_token.text().await.unwrap(), "");
}
