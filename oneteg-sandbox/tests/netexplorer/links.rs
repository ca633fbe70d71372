//! Share links.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, json_of, names};

async fn open(client: &Client, method: Method, path: &str, body: Value) -> reqwest::Response {
    client.anonymous_request(method, &format!("/api{path}")).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn a_link_is_downloaded_as_often_as_it_may_be() {
    let client = Client::start().await;
    let request = json!({ "files": [{ "id": 1001 }], "max_downloads": 2, "password": "p" });
    let link = client.post_json("/sharelink", request).await;
    assert_eq!((&link["is_valid"], &link["remaining_downloads"]), (&json!(true), &json!(2)));
    assert_ne!(link["password_protected"], Value::Null);
    let key = link["key"].as_str().unwrap();
    let download = format!("/sharelink/download/{key}");
    let get = async || open(&client, Method::GET, &download, Value::Null).await;
    assert_eq!(get().await.bytes().await.unwrap().len(), 420);
    assert_eq!(get().await.status(), 200);
    assert_eq!(get().await.status(), 403);
    let now =
        json_of(open(&client, Method::GET, &format!("/sharelink/key/{key}"), Value::Null).await)
            .await;
    assert_eq!((&now["nb_downloads"], &now["is_valid"]), (&json!(2), &json!(false)));
    for path in
        [format!("/sharelink/{}/passcheck", link["id"]), format!("/sharelink/key/{key}/passcheck")]
    {
        let right = open(&client, Method::POST, &path, json!({ "password": "p" })).await;
        assert_eq!(right.status(), 204, "{path}");
        let wrong = open(&client, Method::POST, &path, json!({ "password": "q" })).await;
        assert_eq!(wrong.status(), 403, "{path}");
    }
}

#[tokio::test]
async fn a_link_expires_and_can_follow_new_versions() {
    let client = Client::start().await;
    let file = client.upload(2, "v.txt", b"1").await;
    let make = async |more: Value| {
        let mut request = json!({ "files": [{ "id": file["id"] }] });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.post_json("/sharelink", request).await
    };
    let fixed = make(json!({})).await;
    let following = make(json!({ "autoupdate": true })).await;
    let expired = make(json!({ "expiration_date": "2020-01-01T00:00:00Z" })).await;
    client.upload(2, "v.txt", b"22").await;
    let download = async |link: &Value| {
        let path = format!("/sharelink/download/{}", link["key"].as_str().unwrap());
        let response = open(&client, Method::GET, &path, Value::Null).await;
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(download(&fixed).await, (200, "1".into()));
    assert_eq!(download(&following).await, (200, "22".into()));
    assert_eq!(download(&expired).await.0, 403);
    assert_eq!(client.get_json("/sharelinks").await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_link_carries_several_files_by_tokens() {
    let client = Client::start().await;
    let link = client.post_json("/sharelink", json!({ "files": [{ "id": 1001 }] })).await;
    let path = format!("/sharelink/{}", link["id"]);
    client.post_json(&format!("{path}/file"), json!({ "files": [{ "id": 1007 }] })).await;
    let full = client.post_json(&format!("{path}/folder"), json!({ "folders": [4] })).await;
    let expected = ["Lisez-moi.txt", "Bilan 2022.csv", "Affiche.svg", "Bannière.svg"];
    assert_eq!(names(&full["files"]), expected);
    assert_eq!(client.delete(&format!("{path}/file/1007")).await.status(), 204);
    assert_eq!(client.delete(&format!("{path}/file/1007")).await.status(), 404);

    let key = link["key"].as_str().unwrap();
    let download = format!("/sharelink/download/{key}");
    let several = open(&client, Method::GET, &download, Value::Null).await;
    assert_eq!(several.status(), 400);
    let token = async |file: u64| {
        let path = format!("/token/sharelink/{key}/{file}/download");
        open(&client, Method::POST, &path, json!({})).await
    };
    let created = json_of(token(1005).await).await;
    let path_of_file = format!("/file/download?token={}", created["token"].as_str().unwrap());
    let file = open(&client, Method::GET, &path_of_file, Value::Null).await;
    assert_eq!(file.bytes().await.unwrap().len(), 5_000);
    assert_eq!(token(1007).await.status(), 404);
    client.put_json(&path, json!({ "only_preview": true })).await;
    assert_eq!(token(1005).await.status(), 403);
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get(&path).await.status(), 404);
}
