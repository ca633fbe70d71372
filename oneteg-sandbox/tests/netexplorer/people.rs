//! Pictures of users, restrictions of their sign-in, invitations, and delegates of groups.

use oneteg_sandbox::netexplorer::{CLIENT_APPLICATION, MEMBER, PASSWORD};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::client::{Client, error_of};

fn picture(part: &'static str, bytes: Vec<u8>) -> Form {
    Form::new().part(part, Part::bytes(bytes).file_name("ada.png"))
}

#[tokio::test]
async fn a_picture_is_stored_and_sent_back() {
    let mut client = Client::start().await;
    let path = format!("/user/{MEMBER}/picture");
    assert_eq!(client.get(&path).await.status(), 404);
    let upload = async |client: &Client, path: &str, form: Form| {
        let request = client.request(Method::POST, path).multipart(form);
        request.send().await.unwrap().status().as_u16()
    };
    client.act_as(MEMBER);
    assert_eq!(upload(&client, "/account/picture", picture("picture", vec![7; 40])).await, 204);
    assert_eq!(client.writes_of("uploadAccountPicture"), 1);
    client.act_as(3);
    let found = client.get(&path).await;
    assert_eq!(found.headers()["content-type"], "image/png");
    assert_eq!(found.bytes().await.unwrap(), vec![7; 40]);
    assert_eq!(upload(&client, &path, picture("picture", vec![1])).await, 403, "not theirs");
    client.act_as(None);
    for (form, expected) in [
        (picture("image", vec![1]), 400),
        (picture("picture", vec![]), 400),
        (picture("picture", vec![1; (1 << 20) + 1]), 413),
    ] {
        assert_eq!(upload(&client, &path, form).await, expected);
    }
    assert_eq!(upload(&client, "/user/999/picture", picture("picture", vec![1])).await, 404);
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get(&path).await.status(), 404);
}

#[tokio::test]
async fn a_restricted_user_cannot_sign_in() {
    let client = Client::start().await;
    let path = format!("/option/{MEMBER}");
    let free = client.get_json(&path).await;
    assert_eq!((&free["days"], &free["ips"]), (&json!(127), &Value::Null));
    let sign_in = async || {
        let request = client.anonymous_request(Method::POST, "/api/auth");
        let body = json!({ "user": "ada", "password": PASSWORD });
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(sign_in().await, 200);
    client.put_json(&path, json!({ "ips": [] })).await;
    assert_eq!(sign_in().await, 403, "an empty list blocks everyone");
    let consent = client.consent(&[("scope", "all")]).await;
    assert_eq!(consent[0], ("error".to_owned(), "access_denied".to_owned()));
    client.put_json(&path, json!({ "ips": ["127.0.0.1"] })).await;
    assert_eq!(sign_in().await, 200);
    client.put_json(&path, json!({ "days": 0 })).await;
    assert_eq!(sign_in().await, 403);
    assert_eq!(client.send(Method::PUT, &path, json!({ "days": 128 })).await.status(), 400);
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(sign_in().await, 200);
    assert_ne!(client.consent(&[("client_id", CLIENT_APPLICATION)]).await[0].0, "error");
}

#[tokio::test]
async fn only_administrators_restrict_users() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    assert_eq!(client.get(&format!("/option/{MEMBER}")).await.status(), 200, "their own");
    assert_eq!(client.get("/option/3").await.status(), 403);
    let path = format!("/option/{MEMBER}");
    assert_eq!(client.send(Method::PUT, &path, json!({ "days": 1 })).await.status(), 403);
}

#[tokio::test]
async fn an_invitation_creates_its_user_once() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    let body = json!({ "folder": 3, "email": "new@sandbox.example" });
    let first = client.post_json("/invite", body.clone()).await;
    assert_eq!((&first["source"], &first["rights"]), (&json!("2"), &json!(1)));
    let again = client.post_json("/invite", body).await;
    assert_eq!(first["target"], again["target"]);
    assert_ne!(first["key"], again["key"]);
    let users = client.get_json("/invite/users/3").await;
    assert_eq!(users["nb_total_objects"], 4);
    assert_eq!(users["objects"][3]["emails"], "new@sandbox.example");
    let path = format!("/invite/{}", first["id"].as_str().unwrap());
    let end = json!({ "expiration": "2030-01-01T00:00:00+00:00" });
    assert_eq!(client.put_json(&path, end.clone()).await["expiration"], end["expiration"]);
    client.act_as(3);
    assert_eq!(error_of(client.delete(&path).await).await.0, 403);
    client.act_as(MEMBER);
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(client.get_json("/invites/3").await.as_array().unwrap().len(), 1);
    let hidden = json!({ "folder": 7 });
    assert_eq!(client.send(Method::POST, "/invite", hidden).await.status(), 403);
}

#[tokio::test]
async fn delegates_are_kept_by_group() {
    let client = Client::start().await;
    let body = json!({ "group_id": 101, "object": "Delegate", "unknown": 1 });
    let delegate = client.post_json("/delegate", body).await;
    let expected =
        json!({ "id": delegate["id"], "type": null, "object": "Delegate", "content": null });
    assert_eq!(delegate, expected);
    assert_eq!(client.get_json("/delegates/101").await, json!([delegate]));
    assert_eq!(client.get_json("/delegates/102").await, json!([]));
    assert_eq!(client.get("/delegates/999").await.status(), 404);
    let unknown = json!({ "group_id": 999 });
    assert_eq!(client.send(Method::POST, "/delegate", unknown).await.status(), 404);
}
