//! Files and their versions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, error_of, json_of};

#[tokio::test]
async fn the_same_name_makes_a_version_and_ids_name_versions() {
    let client = Client::start().await;
    let first = client.upload(2, "a.txt", b"one").await;
    let second = client.upload(2, "a.txt", b"two!").await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(first["guid"], second["guid"]);
    assert_eq!(second["nb_versions"], 2);
    assert_eq!(client.bytes(&first).await, b"one");
    assert_eq!(client.bytes(&second).await, b"two!");
    let versions = client.get_json(&format!("/file/{}/versions", first["id"])).await;
    let ids: Vec<_> = versions.as_array().unwrap().iter().map(|file| &file["id"]).collect();
    assert_eq!(ids, [&second["id"], &first["id"]], "newest first");
    let listed = client.get_json("/folder/2?depth=1").await;
    assert_eq!(listed["content"]["files"].as_array().unwrap().len(), 2);
    assert_eq!(listed["content"]["files"][1]["id"], second["id"]);
}

#[tokio::test]
async fn a_file_is_rendered_in_full_on_request() {
    let client = Client::start().await;
    let short = client.get_json("/file/1004").await;
    assert_eq!((&short["name"], &short["size"]), (&json!("Tabouret.csv"), &json!(777)));
    assert_eq!(short["hash"].as_str().unwrap().len(), 32);
    assert!(short.get("owner").is_none());
    let full = client.get_json("/file/1004?full=1").await;
    assert_eq!((&full["owner_id"], &full["path"]), (&json!("1"), &json!("1/2/3")));
    assert_eq!(full["file_type"], "document");
    assert_eq!(client.get_json("/file/1004/infos").await, json!({ "length": 1 }));
    for id in ["9", "x", "-1", "99999999999999999999999"] {
        assert_eq!(client.get(&format!("/file/{id}")).await.status(), 404, "{id}");
    }
}

#[tokio::test]
async fn a_placeholder_accepts_its_content_and_no_other() {
    let client = Client::start().await;
    let hash = "5d41402abc4b2a76b9719d911017c592";
    let request = json!({ "name": "hello.txt", "parent_id": 2, "hash": hash });
    let response = client.send(Method::POST, "/file", request.clone()).await;
    assert_eq!(response.status(), 201);
    let created: Value = response.json().await.unwrap();
    assert_eq!(created["size"], 0);
    let put = async |content: &'static str| {
        let path = format!("/file/{}/upload", created["id"]);
        client.request(Method::PUT, &path).body(content).send().await.unwrap().status()
    };
    assert_eq!(put("other").await, 400);
    assert_eq!(put("hello").await, 204);
    assert_eq!(client.bytes(&created).await, b"hello");
    assert_eq!(client.get_json(&format!("/file/{}", created["id"])).await["hash"], hash);
    assert_eq!(put("replaced").await, 204);
    assert_eq!(client.bytes(&created).await, b"replaced");
    assert_eq!(error_of(client.send(Method::POST, "/file", request).await).await.0, 403);
    assert_eq!(client.writes_of("replaceFileContent"), 2);
}

#[tokio::test]
async fn a_file_is_renamed_moved_and_dated() {
    let client = Client::start().await;
    let changed = client
        .put_json(
            "/file/1001",
            json!({
                "name": "Read me.txt",
                "parent_id": 5,
                "creation": "2020-02-29T00:00:00Z",
                "modification": "2021-01-01T12:00:00Z",
            }),
        )
        .await;
    assert_eq!((&changed["name"], &changed["parent_id"]), (&json!("Read me.txt"), &json!(5)));
    assert_eq!(changed["creation"], "2020-02-29T00:00:00+00:00");
    assert_eq!(client.get_json("/file/1001").await["modification"], "2021-01-01T12:00:00+00:00");
    for (body, status) in [
        (json!({ "name": "2022" }), 403),
        (json!({ "name": "a|b" }), 422),
        (json!({ "parent_id": 999 }), 404),
        (json!([]), 400),
    ] {
        let response = client.send(Method::PUT, "/file/1001", body.clone()).await;
        assert_eq!(error_of(response).await.0, status, "{body}");
    }
}

#[tokio::test]
async fn versions_are_deleted_as_requested() {
    let client = Client::start().await;
    let mut ids = Vec::new();
    for content in ["1", "22", "333", "4444"] {
        let file = client.upload(2, "v.txt", content.as_bytes()).await;
        ids.push(file["id"].as_u64().unwrap());
    }
    let left = async || {
        let versions = client.get_json(&format!("/file/{}/versions", ids[3])).await;
        let versions = versions.as_array().unwrap().iter();
        versions.map(|file| file["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let one = client.delete(&format!("/file/{}?versions=none", ids[2])).await;
    let trashed = json_of(one).await;
    assert_eq!((&trashed["is_file"], &trashed["size"]), (&json!(true), &json!(3)));
    assert_eq!(left().await, [ids[3], ids[1], ids[0]]);
    let older = client.delete(&format!("/file/{}?versions=previous&trash=0", ids[1])).await;
    assert_eq!(older.status(), 204);
    assert_eq!(left().await, [ids[3]]);
    client.put_json(&format!("/trash/{}", trashed["id"]), json!({})).await;
    assert_eq!(left().await, [ids[3], ids[2]]);
    assert_eq!(client.delete(&format!("/file/{}?versions=some", ids[3])).await.status(), 400);
    assert_eq!(client.delete(&format!("/file/{}?trash=0", ids[3])).await.status(), 204);
    assert_eq!(client.get(&format!("/file/{}", ids[2])).await.status(), 404);
}
