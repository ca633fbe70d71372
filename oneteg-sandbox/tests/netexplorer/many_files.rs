//! Platforms of other sizes: one with a million files, and an empty one.

use oneteg_sandbox::Sandbox;
use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, names};

const MILLION: u64 = 1_000_000;

async fn with(count: u64) -> Client {
    Client::with(Sandbox::builder().generated_assets(count)).await
}

/// The generated object at a path below the top folder.
async fn at(client: &Client, path: &str) -> Value {
    client.get_json(&format!("/path?root=1&path=Généré/{path}")).await
}

#[tokio::test]
async fn a_million_files_are_counted_found_and_downloaded() {
    let client = with(MILLION).await;
    assert_eq!(client.sandbox.netexplorer().file_count(), MILLION + 8);
    let top = client.get_json("/path?root=1&path=Généré/").await;
    assert_eq!(
        [
            &top["nb_files"],
            &top["nb_folders"],
            &top["nb_d_folders"],
            &top["nb_d_files"],
            &top["size"]
        ],
        [MILLION, 10_100, 100, 0, 64 * MILLION].map(|it| json!(it)).each_ref()
    );
    let file = at(&client, "Lot 0037/Série 050/Fichier 0364917.txt").await;
    assert_eq!(client.bytes(&file).await, format!("Fichier {:055}\n", 364_917).into_bytes());
    let series = client.get_json(&format!("/folder/{}?depth=1", file["parent_id"])).await;
    assert_eq!(names(&series["content"]["files"]).len(), 100);
    let batches = client.get_json(&format!("/folder/{}?depth=1&full", top["id"])).await;
    let batch = &batches["content"]["folders"][99];
    assert_eq!(
        (&batch["name"], &batch["nb_files"], &batch["nb_d_folders"]),
        (&json!("Lot 0100"), &json!(10_000), &json!(100))
    );
    assert!(batch.get("content").is_none());
    let quotas = client.get_json("/quotas").await;
    assert!(quotas["platform"]["used"].as_u64() > Some(64 * MILLION));
    assert_eq!(
        client.sandbox.netexplorer().file_count(),
        MILLION + 8,
        "however much was looked at"
    );
}

#[tokio::test]
async fn an_id_opens_a_file_that_nobody_has_listed() {
    let listed = with(MILLION).await;
    let file = at(&listed, "Lot 0002/Série 001/Fichier 0010001.txt").await;
    let other = with(MILLION).await;
    let path = format!("/file/{}", file["id"]);
    assert_eq!(other.get_json(&path).await["guid"], file["guid"]);
    let folder = other.get_json(&format!("/folder/{}?full", file["parent_id"])).await;
    assert_eq!(
        (&folder["path_name"], &folder["nb_files"]),
        (&json!("Commun/Généré/Lot 0002/Série 001"), &json!(100))
    );
    let beyond = file["id"].as_u64().unwrap() + MILLION;
    assert_eq!(other.get(&format!("/file/{beyond}")).await.status(), 404);
}

#[tokio::test]
async fn the_whole_tree_at_once_ends_where_it_becomes_too_large() {
    let client = with(MILLION).await;
    let tree = client.get("/folders?depth=-1").await.text().await.unwrap();
    assert!(tree.len() < 8 << 20, "{}", tree.len());
    assert!(tree.contains("Lot 0100") && tree.contains("Série 100"));
}

#[tokio::test]
async fn generated_files_are_changed_like_any_others() {
    let mut client = with(20_000).await;
    let file = at(&client, "Lot 0001/Série 001/Fichier 0000007.txt").await;
    client.act_as(MEMBER);
    let series = file["parent_id"].as_u64().unwrap();
    client.upload(series, "Fichier 0000007.txt", b"new").await;
    assert_eq!(
        client.get_json(&format!("/file/{}/versions", file["id"])).await.as_array().unwrap().len(),
        2
    );
    client.post_json("/folder", json!({ "parent_id": series + 1, "name": "Neuf" })).await;
    let next = client.get_json(&format!("/folder/{}?depth=1", series + 1)).await;
    assert_eq!(names(&next["content"]["folders"]), ["Neuf"]);
    assert_eq!(names(&next["content"]["files"]).len(), 100);
    client.act_as(None);

    let last = at(&client, "Lot 0002/").await;
    let path = format!("/folder/{}", last["id"]);
    let item = client.request(Method::DELETE, &path).send().await.unwrap();
    let item: Value = item.json().await.unwrap();
    assert_eq!(item["size"], 64 * 10_000);
    assert_eq!(client.sandbox.netexplorer().file_count(), 10_008);
    assert_eq!(client.get(&path).await.status(), 404);
    client.put_json(&format!("/trash/{}", item["id"]), json!({})).await;
    assert_eq!(client.sandbox.netexplorer().file_count(), 20_008);
    let found = at(&client, "Lot 0002/Série 100/Fichier 0020000.txt").await;
    assert_eq!(client.get(&format!("/file/{}/download", found["id"])).await.status(), 200);
}

#[tokio::test]
async fn an_empty_platform_has_its_users_and_the_root_alone() {
    let client = Client::with(Sandbox::builder().seeded(false)).await;
    let folders = client.get_json("/folders?depth=-1").await;
    assert_eq!(names(&folders), ["Commun"]);
    assert_eq!(folders[0]["content"], json!({ "files": [], "folders": [] }));
    for list in [
        "/trashes",
        "/tags",
        "/shares",
        "/sharelinks",
        "/ulinks",
        "/emails",
        "/logs",
        "/annotations/all",
        "/file/activity",
    ] {
        assert_eq!(client.get_json(list).await, json!([]), "{list}");
    }
    assert_eq!(client.get_json("/groups").await["nb_total_objects"], 0);
    assert_eq!(client.get_json("/users").await.as_array().unwrap().len(), 2);
    let many = Client::with(Sandbox::builder().seeded(false).generated_assets(1)).await;
    assert_eq!(at(&many, "Lot 0001/Série 001/Fichier 0000001.txt").await["size"], 64);
}
