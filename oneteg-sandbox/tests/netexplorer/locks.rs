//! Locks.

use oneteg_sandbox::netexplorer::{ADMINISTRATOR, MEMBER};
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, error_of, form};

#[tokio::test]
async fn a_lock_keeps_others_from_writing_and_not_from_reading() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    assert_eq!(client.get_json("/lock/1001").await["locked"], false);
    let lock = client.put_json("/lock/1001", json!({ "locked": true })).await;
    assert_eq!(lock["owner_id"], MEMBER.to_string());
    assert_eq!((&lock["locked"], &lock["writeable"]), (&json!(true), &json!(true)));
    client.put_json("/file/1001", json!({ "name": "Mine.txt" })).await;
    assert_eq!(client.get_json("/locks/2").await.as_array().unwrap().len(), 1);
    assert_eq!(client.get_json("/locks/3").await, json!([]));

    client.act_as(3);
    assert_eq!(client.get_json("/lock/1001").await["writeable"], false);
    assert_eq!(client.get_json("/file/1001?full").await["lock"]["locked"], true);
    client.bytes(&json!({ "id": 1001 })).await;
    let before = client.writes();
    let (status, message) =
        error_of(client.send(Method::PUT, "/file/1001", json!({ "name": "x" })).await).await;
    assert_eq!((status, message.contains("verrouillé")), (423, true));
    assert_eq!(client.delete("/file/1001").await.status(), 423);
    assert_eq!(client.delete("/folder/2").await.status(), 423);
    assert_eq!(client.delete("/lock/1001").await.status(), 423);
    let upload = client.request(Method::POST, "/file/upload");
    let upload = upload.multipart(form(2, "Mine.txt", b"x")).send().await.unwrap();
    assert_eq!(upload.status(), 423);
    assert_eq!(client.writes(), before);

    client.act_as(ADMINISTRATOR);
    assert_eq!(client.delete("/lock/1001").await.status(), 204);
    client.act_as(3);
    client.put_json("/file/1001", json!({ "name": "Ours.txt" })).await;
}
