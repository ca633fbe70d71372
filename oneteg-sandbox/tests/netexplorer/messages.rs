//! Alerts, annotations, e-mails, upload links and file templates.

use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, names};

async fn status(client: &Client, method: Method, path: &str, body: Value) -> u16 {
    client.send(method, path, body).await.status().as_u16()
}

#[tokio::test]
async fn a_reply_belongs_to_the_file_and_goes_with_its_annotation() {
    let mut client = Client::start().await;
    let file = client.upload(2, "v.txt", b"1").await;
    let body = json!({ "target_id": file["id"], "target_type": "file", "text": "Ready?" });
    let first = client.post_json("/annotation", body).await;
    let newer = client.upload(2, "v.txt", b"22").await;
    client.act_as(MEMBER);
    let reply = json!({ "conversation": first["id"], "text": "Yes" });
    let reply = client.post_json("/annotation", reply).await;
    assert_eq!((&reply["target_id"], &reply["owner"]), (&file["id"], &json!("Ada Lindqvist")));
    let of_version = client.get_json(&format!("/annotations/{}/file", newer["id"])).await;
    assert_eq!(of_version.as_array().unwrap().len(), 2, "of all versions");

    let path = format!("/annotation/{}", first["id"]);
    assert_eq!(status(&client, Method::PUT, &path, json!({ "text": "No" })).await, 403);
    client.act_as(None);
    assert_eq!(client.put_json(&path, json!({ "text": "Now?" })).await["text"], "Now?");
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get_json("/annotations/all").await, json!([]));
}

#[tokio::test]
async fn annotations_are_visible_where_their_target_is() {
    let mut client = Client::start().await;
    let body = json!({ "target_id": 7, "target_type": "folder", "text": "Secret" });
    let secret = client.post_json("/annotation", body.clone()).await;
    client.act_as(MEMBER);
    assert_eq!(client.get_json("/annotations/all").await, json!([]));
    assert_eq!(client.get("/annotations/7/folder").await.status(), 403);
    assert_eq!(client.get(&format!("/annotation/{}", secret["id"])).await.status(), 403);
    assert_eq!(status(&client, Method::POST, "/annotation", body).await, 403);
    for body in [json!({ "target_id": 2, "target_type": "folder", "text": " " }), json!({})] {
        assert_eq!(status(&client, Method::POST, "/annotation", body).await, 400);
    }
    assert_eq!(client.get("/annotations/2/tag").await.status(), 400);
}

#[tokio::test]
async fn an_alert_uses_an_email_as_long_as_that_exists() {
    let mut client = Client::start().await;
    let email = json!({ "object": "News", "to": "a@sandbox.example" });
    let created = client.send(Method::POST, "/email", email).await;
    assert_eq!(created.status(), 204);
    let email = client.get_json("/emails").await[0].clone();
    assert_eq!(
        (&email["object"], &email["from"], &email["last_send"]),
        (&json!("News"), &json!("admin@sandbox.example"), &Value::Null)
    );
    let body = json!({ "folder_id": 3, "email": email["id"], "target_id": "2" });
    let alert = client.post_json("/alert", body).await;
    assert_eq!(
        (&alert["target"], &alert["target_isgroup"]),
        (&json!("Ada Lindqvist"), &json!(false))
    );
    let unknown = json!({ "folder_id": 3, "email": 999 });
    assert_eq!(status(&client, Method::POST, "/alert", unknown).await, 404);
    let path = format!("/alert/{}", alert["id"]);
    let end = json!({ "expiration_date": "2030-01-01T00:00:00+00:00", "target_id": "101" });
    let changed = client.put_json(&path, end).await;
    assert_eq!(
        (&changed["expiration_date"], &changed["target"], &changed["target_isgroup"]),
        (&json!("2030-01-01T00:00:00+00:00"), &json!("Marketing"), &json!(true))
    );
    assert_eq!(client.delete(&format!("/email/{}", email["id"])).await.status(), 204);
    assert_eq!(client.get_json(&path).await["email"], Value::Null);
    client.act_as(MEMBER);
    assert_eq!(client.get(&path).await.status(), 403, "neither the owner's nor the target's");
    assert_eq!(client.get_json("/alerts/3").await.as_array().unwrap().len(), 1);
    assert_eq!(client.get("/alerts/7").await.status(), 403);
    assert_eq!(client.get_json("/emails").await, json!([]));
}

#[tokio::test]
async fn an_upload_link_is_opened_by_key_and_password_and_outlives_its_folder() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    let link = json!({ "folder_id": 4, "flags": 1, "password": "p" });
    let link = client.post_json("/ulink", link).await;
    let key = link["key"].as_str().unwrap();
    let url = link["url"].as_str().unwrap();
    assert!(url.starts_with(&client.sandbox.netexplorer_url()) && url.ends_with(key), "{url}");
    assert_eq!((&link["folder"], &link["folder_size"]), (&json!("Campagne d'été"), &json!(17_345)));
    for (password, expected) in [("p", 204), ("q", 403)] {
        let path = format!("/api/ulink/key/{key}/passcheck");
        let request = client.anonymous_request(Method::POST, &path);
        let response = request.json(&json!({ "password": password })).send().await.unwrap();
        assert_eq!(response.status(), expected);
    }
    client.act_as(3);
    assert_eq!(client.get(&format!("/ulink/{}", link["id"])).await.status(), 403);
    assert_eq!(client.get_json("/ulinks").await, json!([]));
    client.act_as(None);
    client.delete("/folder/4").await;
    let path = format!("/api/ulink/key/{key}");
    let gone = client.anonymous_request(Method::GET, &path).send().await.unwrap();
    let gone: Value = gone.json().await.unwrap();
    assert_eq!((&gone["is_valid"], &gone["folder_id"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_file_is_created_from_a_template() {
    let mut client = Client::start().await;
    let template = json!({ "name": "Brief.txt", "description": "Letter", "parent_id": 2 });
    let template = client.post_json("/template/file", template).await;
    assert_eq!((&template["file_type"], &template["parent_id"]), (&json!("document"), &json!(2)));
    client.act_as(MEMBER);
    let copy = json!({ "template_id": template["id"], "parent_id": 3, "name": "An Ada.txt" });
    let file = client.post_json("/template/file/copy", copy.clone()).await;
    assert_eq!(
        (&file["name"], &file["size"], &file["owner_id"]),
        (&json!("An Ada.txt"), &json!(0), &json!("2"))
    );
    assert_eq!(
        status(&client, Method::POST, "/template/file/copy", copy).await,
        403,
        "the name is taken"
    );
    assert_eq!(status(&client, Method::POST, "/template/file/copy", json!({})).await, 400);
    let changed = json!({ "name": "x" });
    let path = format!("/template/file/{}", template["id"]);
    assert_eq!(status(&client, Method::PUT, &path, changed).await, 403);
    assert_eq!(names(&client.get_json("/template/files/2").await), ["Brief.txt"]);
    assert_eq!(client.get_json("/template/files/3").await, json!([]));
}
