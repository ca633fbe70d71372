//! Tags and their categories.

use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, names};

#[tokio::test]
async fn tags_are_put_on_and_taken_off() {
    let client = Client::start().await;
    let tag = client.post_json("/tag", json!({ "name": "Urgent", "color": "red" })).await;
    assert_eq!((&tag["key"], &tag["category_id"]), (&json!("urgent"), &json!(1)));
    let id = &tag["id"];
    for element in ["1001/file", "4/folder"] {
        let path = format!("/tag/{id}/{element}");
        assert_eq!(client.send(Method::POST, &path, json!({})).await.status(), 204);
        let attached = client.get_json(&format!("/tag/categories/attached/{element}")).await;
        assert_eq!(names(&attached), ["Général"]);
        assert_eq!(attached[0]["tags"], json!([tag]));
        let one = client.get_json(&format!("/tag/category/1/{element}")).await;
        assert_eq!(one["nb_tags"], 1);
        assert_eq!(client.get_json(&format!("/tag/category/2/{element}")).await["nb_tags"], 0);
        let all = client.get_json(&format!("/tag/categories/{element}")).await;
        assert_eq!(names(&all), ["Général", "Statut"]);
        assert_eq!(client.delete(&path).await.status(), 204);
        assert_eq!(client.delete(&path).await.status(), 404);
        assert_eq!(
            client.get_json(&format!("/tag/categories/attached/{element}")).await,
            json!([])
        );
    }
    let other = client.send(Method::POST, &format!("/tag/{id}/1001/user"), json!({})).await;
    assert_eq!(other.status(), 400);
    client.post_json("/tag/4/folder", json!({ "add": [11, 12, id], "remove": [12] })).await;
    let attached = client.get_json("/tag/categories/attached/4/folder").await;
    assert_eq!(names(&attached[1]["tags"]), ["Brouillon"]);
    assert_eq!(client.delete(&format!("/tag/{id}")).await.status(), 204);
    assert_eq!(names(&client.get_json("/tag/categories/attached/4/folder").await), ["Statut"]);
    let taken = json!({ "name": "Validé", "category_id": 2 });
    assert_eq!(client.send(Method::POST, "/tag", taken).await.status(), 403);
}

#[tokio::test]
async fn private_tags_are_their_owners() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    let tag = client.post_json("/tag", json!({ "name": "À moi", "private": true })).await;
    assert_eq!(client.get_json("/tags").await.as_array().unwrap().len(), 3);
    client.act_as(3);
    assert_eq!(client.get_json("/tags").await.as_array().unwrap().len(), 2);
    assert_eq!(client.get(&format!("/tag/{}", tag["id"])).await.status(), 403);
}

#[tokio::test]
async fn categories_come_and_go_with_their_tags() {
    let mut client = Client::start().await;
    let created =
        client.post_json("/tag/category", json!({ "name": "Pays", "color": "green" })).await;
    assert!(created.is_null(), "the response is empty");
    assert_eq!(names(&client.get_json("/tag/categories").await), ["Général", "Statut", "Pays"]);
    client.post_json("/tag", json!({ "name": "France", "category_id": 3 })).await;
    let changed = client.put_json("/tag/category/3", json!({ "primary_color": "#123456" })).await;
    assert_eq!((&changed["name"], &changed["primary_color"]), (&json!("Pays"), &json!("#123456")));
    assert_eq!(client.get_json("/tag/category/3").await, changed);
    assert_eq!(client.delete("/tag/category/3").await.status(), 204);
    assert_eq!(client.get_json("/tags").await.as_array().unwrap().len(), 2);
    assert_eq!(client.delete("/tag/category/1").await.status(), 403);
    client.act_as(MEMBER);
    assert_eq!(client.delete("/tag/category/2").await.status(), 403);
}
