//! Folders.

use oneteg_sandbox::netexplorer::{MEMBER, RESTRICTED_FOLDER};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, error_of, names};

#[tokio::test]
async fn the_tree_is_as_deep_as_requested() {
    let client = Client::start().await;
    let roots = client.get_json("/folders").await;
    assert_eq!(names(&roots), ["Commun"]);
    assert!(roots[0].get("content").is_none() && roots[0].get("owner").is_none());
    assert_eq!(roots[0]["parent_id"], Value::Null);

    let direct = client.get_json("/folder/1?depth=1").await;
    assert_eq!(names(&direct["content"]["folders"]), ["Archives", "Direction", "Projets"]);
    assert!(direct["content"]["folders"][0].get("content").is_none());

    let whole = client.get_json("/folder/1?depth=-1&full").await;
    let projects = &whole["content"]["folders"][2];
    assert_eq!(names(&projects["content"]["files"]), ["Lisez-moi.txt"]);
    let catalogue = &projects["content"]["folders"][1];
    assert_eq!(catalogue["name"], "Catalogue");
    assert_eq!(catalogue["content"]["files"].as_array().unwrap().len(), 3);
    assert_eq!((&whole["nb_files"], &whole["nb_d_files"]), (&json!(8), &json!(0)));
    assert_eq!(whole["nb_folders"], 6);
    assert_eq!(catalogue["path"], "1/2/3");
    assert_eq!(catalogue["path_name"], "Commun/Projets/Catalogue");
}

#[tokio::test]
async fn folders_are_created_with_their_dates_and_a_taken_name_is_refused_in_french() {
    let client = Client::start().await;
    let request = json!({
        "parent_id": "1",
        "name": "Été 2025",
        "creation": "2025-01-15T10:30:00Z",
        "modification": "2025-06-01T10:00:00+02:00",
    });
    let response = client.send(Method::POST, "/folder", request.clone()).await;
    assert_eq!(response.status(), 201);
    let created: Value = response.json().await.unwrap();
    assert_eq!(created["creation"], "2025-01-15T10:30:00+00:00");
    assert_eq!(created["modification"], "2025-06-01T08:00:00+00:00");
    assert_eq!(client.get_json(&format!("/folder/{}", created["id"])).await["name"], "Été 2025");

    let (status, message) = error_of(client.send(Method::POST, "/folder", request).await).await;
    assert_eq!(status, 403);
    assert_eq!(message, "Un élément du même nom existe déjà. Veuillez saisir un nom différent.");
    for (body, status) in [
        (json!({ "parent_id": 1, "name": "a/b" }), 422),
        (json!({ "parent_id": 1, "name": " a" }), 422),
        (json!({ "parent_id": 999, "name": "a" }), 404),
        (json!({ "parent_id": 1 }), 400),
        (json!({ "parent_id": 1, "name": 5 }), 400),
        (json!({ "parent_id": 1, "name": "a", "creation": "hier" }), 400),
    ] {
        let refused = error_of(client.send(Method::POST, "/folder", body.clone()).await).await;
        assert_eq!(refused.0, status, "{body}");
    }
    assert_eq!(client.writes(), 1);
}

#[tokio::test]
async fn folders_are_renamed_and_moved_with_what_is_in_them() {
    let client = Client::start().await;
    let moved = client.put_json("/folder/3", json!({ "name": "Produits", "parent_id": 5 })).await;
    assert_eq!((&moved["name"], &moved["parent_id"]), (&json!("Produits"), &json!(5)));
    assert_eq!(moved["path_name"], "Commun/Archives/Produits");
    assert_eq!(client.get_json("/file/1002?full").await["path"], "1/5/3");
    let left = client.get_json("/folder/2?depth=1").await;
    assert_eq!(names(&left["content"]["folders"]), ["Campagne d'été"]);
    // Moving it to where it is already is not a conflict.
    client.put_json("/folder/3", json!({ "name": "Produits", "parent_id": 5 })).await;

    for (path, body, status) in [
        ("/folder/3", json!({ "name": "2022" }), 403),
        ("/folder/5", json!({ "parent_id": 3 }), 400),
        ("/folder/1", json!({ "parent_id": 3 }), 403),
        ("/folder/999", json!({}), 404),
        ("/folder/x", json!({}), 404),
    ] {
        let refused = error_of(client.send(Method::PUT, path, body.clone()).await).await;
        assert_eq!(refused.0, status, "{path} {body}");
    }
    assert_eq!(client.put_json("/folder/1", json!({ "name": "Racine" })).await["name"], "Racine");
}

#[tokio::test]
async fn what_a_user_may_not_see_is_not_listed_and_is_refused() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    let root = client.get_json("/folder/1?depth=1&full=1").await;
    assert_eq!(names(&root["content"]["folders"]), ["Archives", "Projets"]);
    assert_eq!(root["nb_files"], 7);
    let inside = json!({ "parent_id": RESTRICTED_FOLDER, "name": "a" });
    let (status, message) = error_of(client.send(Method::POST, "/folder", inside).await).await;
    assert_eq!((status, message.contains("droits")), (403, true));
    assert_eq!(client.get("/file/1008").await.status(), 403);
    assert_eq!(client.get("/file/1008/download").await.status(), 403);
    let path = client.get("/path?root=1&path=Direction/Salaires.csv").await;
    assert_eq!(path.status(), 403);
}

#[tokio::test]
async fn without_the_seed_there_is_an_empty_root() {
    let builder = oneteg_sandbox::Sandbox::builder().seeded(false);
    let client = Client::with(builder).await;
    let root = client.get_json("/folder/1?depth=-1").await;
    assert_eq!(root["content"], json!({ "files": [], "folders": [] }));
    assert_eq!(client.sandbox.netexplorer().file_count(), 0);
}
