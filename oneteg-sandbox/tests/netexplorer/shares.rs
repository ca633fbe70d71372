//! Shares: what anyone who has the key sees, without a bearer token.

use oneteg_sandbox::netexplorer::{MEMBER, RESTRICTED_FOLDER};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, json_of, names};

#[tokio::test]
async fn a_key_opens_what_is_shared_and_nothing_else() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    let roots = json!([{ "entity_type": 0, "id": 2 }, { "entity_type": 1, "id": 1007 }]);
    let share =
        client.post_json("/share", json!({ "flags": 1, "roots": roots, "password": "p" })).await;
    let key = share["key"].as_str().unwrap();
    let open = async |path: &str| {
        client.anonymous_request(Method::GET, &format!("/api{path}")).send().await.unwrap()
    };
    assert_eq!(json_of(open(&format!("/share/key/{key}")).await).await, share);
    let top = json_of(open(&format!("/share/content/{key}")).await).await;
    assert_eq!(names(&top["content"]["folders"]), ["Projets"]);
    assert_eq!(names(&top["content"]["files"]), ["Bilan 2022.csv"]);
    let below = json_of(open(&format!("/share/content/{key}/3")).await).await;
    assert_eq!(below["content"]["files"].as_array().unwrap().len(), 3);
    for path in [format!("/share/content/{key}/5"), "/share/key/other".into()] {
        assert_eq!(open(&path).await.status(), 404, "{path}");
    }

    let token = async |file: u64| -> reqwest::Response {
        let guid = client.get_json(&format!("/file/{file}")).await["guid"].clone();
        let path = format!("/api/token/share/{}/download/{key}", guid.as_str().unwrap());
        client.anonymous_request(Method::POST, &path).send().await.unwrap()
    };
    let created = json_of(token(1002).await).await;
    let path = format!("/share/download/file?token={}", created["token"].as_str().unwrap());
    assert_eq!(open(&path).await.bytes().await.unwrap().len(), 1_300);
    let unshared = client.upload(5, "unshared.txt", b"x").await;
    assert_eq!(token(unshared["id"].as_u64().unwrap()).await.status(), 404);

    let check = async |body: Value| {
        let path = format!("/api/share/key/{key}/passcheck");
        client.anonymous_request(Method::POST, &path).json(&body).send().await.unwrap().status()
    };
    assert_eq!(check(json!({ "password": "p" })).await, 204);
    assert_eq!(check(json!({ "password": "x" })).await, 403);
    assert_eq!(check(json!({})).await, 403);
}

#[tokio::test]
async fn shares_are_changed_and_deleted_by_their_owner() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    let roots = |id: u64| json!({ "roots": [{ "entity_type": 0, "id": id }] });
    let share = client.post_json("/share", roots(2)).await;
    let path = format!("/share/{}", share["id"]);
    assert_eq!(client.put_json(&path, json!({ "flags": 3 })).await["roots"], share["roots"]);
    assert_eq!(client.get_json(&path).await["flags"], 3);
    let page = client.get_json(&format!("{path}/activity")).await;
    assert_eq!(
        page,
        json!({
            "nb_objects": 0, "nb_total_objects": 0, "offset_start": 0, "objects": [],
        })
    );
    let forbidden = client.send(Method::POST, "/share", roots(RESTRICTED_FOLDER)).await;
    assert_eq!(forbidden.status(), 403);
    assert_eq!(client.send(Method::POST, "/share", json!({ "roots": [] })).await.status(), 400);
    client.act_as(3);
    assert_eq!(client.get_json("/shares").await, json!([]));
    assert_eq!(client.delete(&path).await.status(), 403);
    client.act_as(MEMBER);
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get(&path).await.status(), 404);
}
