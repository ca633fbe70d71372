//! Users, the account and groups.

use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, refusal};

#[tokio::test]
async fn users_are_made_changed_and_deleted_by_administrators() {
    let mut client = Client::start().await;
    let made = client.post("/user", json!({ "login": "chidi", "firstname": "Chidi" })).await;
    assert_eq!((&made["id"], &made["active"]), (&json!("4"), &json!(true)));
    assert_eq!(client.ok("/users").await.as_array().unwrap().len(), 4);
    let taken = client.send(Method::POST, "/user", json!({ "login": "ada" })).await;
    assert_eq!(refusal(taken).await.0, 403);
    client.act_as(4);
    assert_eq!(client.ok("/account").await["login"], "chidi");
    client.act_as(None);
    let changed = client.put("/user/4", json!({ "active": false, "lastname": "Okafor" })).await;
    assert_eq!(changed["lastname"], "Okafor");
    client.act_as(4);
    assert_eq!(client.get("/account").await.status(), 404, "not active");
    client.act_as(None);
    assert_eq!(client.ok("/user/4").await, changed);
    assert_eq!(client.ok("/user/4/quota").await, json!({ "user": 4, "quota": 0 }));
    assert_eq!(client.delete("/user/4").await.status(), 204);
    assert_eq!(client.get("/user/4").await.status(), 404);
    assert_eq!(client.delete("/user/1").await.status(), 403);

    client.act_as(MEMBER);
    let refused = client.send(Method::POST, "/user", json!({ "login": "x" })).await;
    assert_eq!(refused.status(), 403);
    let account = client.put("/account", json!({ "phone": "123" })).await;
    assert_eq!(account["phone"], "123");
    let more = client.send(Method::PUT, "/account", json!({ "roots": [] })).await;
    assert_eq!(more.status(), 403);
}

#[tokio::test]
async fn a_user_without_roots_lists_none() {
    let mut client = Client::start().await;
    client.put("/user/2", json!({ "roots": [] })).await;
    client.act_as(MEMBER);
    assert_eq!(client.ok("/folders").await, json!([]));
    client.act_as(None);
    let no_root = client.send(Method::PUT, "/user/2", json!({ "roots": [3] })).await;
    assert_eq!(no_root.status(), 404);
}

#[tokio::test]
async fn groups_come_in_pages() {
    let client = Client::start().await;
    let made = client.post("/group", json!({ "login": "Vente", "members": [2, "3"] })).await;
    assert_eq!(made["members"], json!([2, 3]));
    let page = client.ok("/groups?offset=1&limit=1").await;
    assert_eq!(page["objects"][0]["login"], "Annuaire");
    assert_eq!((&page["nb_objects"], &page["nb_total_objects"]), (&json!(1), &json!(3)));
    assert_eq!(page["offset_start"], 1);
    assert_eq!(client.ok("/groups").await["nb_objects"], 3);
    assert_eq!(client.get("/groups?offset=-1").await.status(), 400);

    let path = format!("/group/{}", made["id"]);
    assert_eq!(client.put(&path, json!({ "members": [] })).await["login"], "Vente");
    assert_eq!(client.ok(&path).await["members"], json!([]));
    let ldap = client.send(Method::PUT, "/group/102", json!({ "login": "x" })).await;
    assert_eq!(ldap.status(), 403, "from a directory");
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get(&path).await.status(), 404);
}
