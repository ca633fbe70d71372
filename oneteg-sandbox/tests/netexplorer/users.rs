//! Users, the account and groups.

use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, error_of};

#[tokio::test]
async fn users_are_created_changed_and_deleted_by_administrators() {
    let mut client = Client::start().await;
    let created =
        client.post_json("/user", json!({ "login": "chidi", "firstname": "Chidi" })).await;
    assert_eq!((&created["id"], &created["active"]), (&json!("4"), &json!(true)));
    assert_eq!(client.get_json("/users").await.as_array().unwrap().len(), 4);
    let taken = client.send(Method::POST, "/user", json!({ "login": "ada" })).await;
    assert_eq!(error_of(taken).await.0, 403);
    client.act_as(4);
    assert_eq!(client.get_json("/account").await["login"], "chidi");
    client.act_as(None);
    let changed =
        client.put_json("/user/4", json!({ "active": false, "lastname": "Okafor" })).await;
    assert_eq!(changed["lastname"], "Okafor");
    client.act_as(4);
    assert_eq!(client.get("/account").await.status(), 404, "the user is not active");
    client.act_as(None);
    assert_eq!(client.get_json("/user/4").await, changed);
    assert_eq!(client.get_json("/user/4/quota").await, json!({ "user": "4", "quota": 0 }));
    assert_eq!(client.delete("/user/4").await.status(), 204);
    assert_eq!(client.get("/user/4").await.status(), 404);
    assert_eq!(client.delete("/user/1").await.status(), 403);

    client.act_as(MEMBER);
    let refused = client.send(Method::POST, "/user", json!({ "login": "x" })).await;
    assert_eq!(refused.status(), 403);
    let account = client.put_json("/account", json!({ "phone": "123" })).await;
    assert_eq!(account["phone"], "123");
    let more = client.send(Method::PUT, "/account", json!({ "roots": [] })).await;
    assert_eq!(more.status(), 403);
}

#[tokio::test]
async fn a_user_without_roots_lists_none() {
    let mut client = Client::start().await;
    client.put_json("/user/2", json!({ "roots": [] })).await;
    client.act_as(MEMBER);
    assert_eq!(client.get_json("/folders").await, json!([]));
    client.act_as(None);
    let no_root = client.send(Method::PUT, "/user/2", json!({ "roots": [3] })).await;
    assert_eq!(no_root.status(), 404);
}

#[tokio::test]
async fn groups_come_in_pages() {
    let client = Client::start().await;
    let created =
        client.post_json("/group", json!({ "login": "Vente", "members": [2, "3"] })).await;
    assert_eq!(created["members"], json!([2, 3]));
    let page = client.get_json("/groups?offset=1&limit=1").await;
    assert_eq!(page["objects"][0]["login"], "Annuaire");
    assert_eq!((&page["nb_objects"], &page["nb_total_objects"]), (&json!(1), &json!(3)));
    assert_eq!(page["offset_start"], 1);
    assert_eq!(client.get_json("/groups").await["nb_objects"], 3);
    assert_eq!(client.get("/groups?offset=-1").await.status(), 400);

    let path = format!("/group/{}", created["id"].as_str().unwrap());
    assert_eq!(client.put_json(&path, json!({ "members": [] })).await["login"], "Vente");
    assert_eq!(client.get_json(&path).await["members"], json!([]));
    let ldap = client.send(Method::PUT, "/group/102", json!({ "login": "x" })).await;
    assert_eq!(ldap.status(), 403, "groups from a directory are read-only");
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get(&path).await.status(), 404);
}
