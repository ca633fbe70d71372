//! Operations that the caller has no permission for.

use oneteg_sandbox::Sandbox;
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, error_of, form};

#[tokio::test]
async fn denied_operations_get_403_also_where_they_authenticate_themselves() {
    let client = Client::with(Sandbox::builder().deny(["tag:files", "createFolder"])).await;
    let folder = json!({ "parent_id": 1, "name": "Neuf" });
    let refused = error_of(client.send(Method::POST, "/folder", folder).await).await;
    let (status, message) = &refused;
    assert!(*status == 403 && message.contains("droits"), "{refused:?}");
    let upload = client.request(Method::POST, "/file/upload").multipart(form(2, "a.txt", b"a"));
    assert_eq!(error_of(upload.send().await.unwrap()).await, refused);
    assert_eq!(error_of(client.get("/file/1001").await).await, refused);
    assert_eq!((client.writes(), client.sandbox.netexplorer().file_count()), (0, 8));
    assert_eq!(client.get("/folder/2").await.status(), 200);
}

#[tokio::test]
async fn without_a_token_a_denied_operation_is_unauthorized() {
    let client = Client::with(Sandbox::builder().deny(["netexplorer:getFolder"])).await;
    let anonymous = client.anonymous_request(Method::GET, "/api/folder/2").send().await.unwrap();
    assert_eq!(anonymous.status(), 401);
    assert_eq!(client.get("/folder/2").await.status(), 403);
}
