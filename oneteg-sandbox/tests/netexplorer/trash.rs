//! The trash.

use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, error_of, json_of, names};

#[tokio::test]
async fn a_restored_folder_has_all_its_content() {
    let client = Client::start().await;
    let before = client.get_json("/folder/2?depth=-1&full").await;
    let item = json_of(client.delete("/folder/2").await).await;
    assert_eq!((&item["is_file"], &item["name"]), (&json!(false), &json!("Projets")));
    assert_eq!((&item["nb_folders"], &item["nb_files"]), (&json!(2), &json!(6)));
    for path in ["/folder/2", "/folder/3", "/file/1002", "/path?root=1&path=Projets"] {
        assert_eq!(client.get(path).await.status(), 404, "{path}");
    }
    assert_eq!(client.get_json("/trashes").await, json!([item]));
    let path = format!("/trash/{}", item["id"]);
    assert_eq!(client.get_json(&path).await, item);

    // It cannot be restored while its name is taken.
    let taken = client.post_json("/folder", json!({ "parent_id": 1, "name": "Projets" })).await;
    assert_eq!(error_of(client.send(Method::PUT, &path, json!({})).await).await.0, 403);
    client.put_json(&format!("/folder/{}", taken["id"]), json!({ "name": "Autre" })).await;
    assert_eq!(client.put_json(&path, json!({})).await["id"], 2);
    let mut after = client.get_json("/folder/2?depth=-1&full").await;
    after["modification"] = before["modification"].clone();
    assert_eq!(after, before);
    assert_eq!(client.get(&path).await.status(), 404);
}

#[tokio::test]
async fn what_can_no_longer_be_restored_stays_in_the_trash() {
    let client = Client::start().await;
    let file = json_of(client.delete("/file/1007").await).await;
    assert_eq!(client.delete("/folder/6?trash=0").await.status(), 204);
    let path = format!("/trash/{}", file["id"]);
    assert_eq!(error_of(client.send(Method::PUT, &path, json!({})).await).await.0, 409);
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get_json("/trashes").await, json!([]));
}

#[tokio::test]
async fn users_see_and_empty_their_own_trash() {
    let mut client = Client::start().await;
    json_of(client.delete("/file/1001").await).await;
    client.act_as(MEMBER);
    json_of(client.delete("/file/1002").await).await;
    assert_eq!(names(&client.get_json("/trashes").await), ["Lampe de bureau.txt"]);
    assert_eq!(client.get("/trash/501").await.status(), 403);
    assert_eq!(client.delete("/trashes").await.status(), 204);
    client.act_as(None);
    assert_eq!(names(&client.get_json("/trashes").await), ["Lisez-moi.txt"]);
    assert_eq!(client.delete("/file/1003?trash=2").await.status(), 400);
    assert_eq!(client.get("/file/1003").await.status(), 200, "refused completely");
}
