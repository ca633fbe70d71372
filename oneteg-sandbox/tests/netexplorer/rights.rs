//! Rights on folders.

use oneteg_sandbox::netexplorer::MEMBER;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, names};

async fn create(client: &Client, folder: u64, target: u64, more: Value) -> Value {
    let mut body = json!({ "folder_id": folder, "target_id": target.to_string() });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post_json("/right", body).await
}

async fn status(client: &Client, path: &str) -> u16 {
    client.get(path).await.status().as_u16()
}

#[tokio::test]
async fn a_right_that_denies_browsing_hides_the_folder_from_its_user_alone() {
    let mut client = Client::start().await;
    let right = create(&client, 3, MEMBER, json!({ "browse": false })).await;
    assert_eq!((&right["target"], &right["browse"]), (&json!("Ada Lindqvist"), &json!(false)));
    client.act_as(MEMBER);
    assert_eq!(status(&client, "/folder/3").await, 403);
    assert_eq!(status(&client, "/file/1002").await, 403, "a file in it");
    let above = client.get_json("/folder/2?depth=1").await;
    assert_eq!(names(&above["content"]["folders"]), ["Campagne d'été"]);
    client.act_as(3);
    assert_eq!(status(&client, "/folder/3").await, 200);

    client.act_as(None);
    let path = format!("/right/{}", right["id"]);
    client.put_json(&path, json!({ "browse": true })).await;
    client.act_as(MEMBER);
    assert_eq!(status(&client, "/folder/3").await, 200);
    client.act_as(None);
    client.put_json(&path, json!({ "browse": false })).await;
    assert_eq!(client.delete(&path).await.status(), 204);
    client.act_as(MEMBER);
    assert_eq!(status(&client, "/folder/3").await, 200);
}

#[tokio::test]
async fn a_right_of_a_group_applies_to_its_members_of_the_moment() {
    let mut client = Client::start().await;
    create(&client, 3, 101, json!({ "browse": false, "target_isgroup": true })).await;
    client.act_as(MEMBER);
    assert_eq!(status(&client, "/folder/3").await, 403);
    client.act_as(None);
    client.put_json("/group/101", json!({ "members": [3] })).await;
    client.act_as(MEMBER);
    assert_eq!(status(&client, "/folder/3").await, 200);
    client.act_as(3);
    assert_eq!(status(&client, "/folder/3").await, 403);
}

#[tokio::test]
async fn a_folder_shows_what_the_nearest_right_permits() {
    let mut client = Client::start().await;
    create(&client, 2, MEMBER, json!({ "read": true })).await;
    create(&client, 3, MEMBER, json!({ "read": true, "write": true })).await;
    let shown = async |client: &Client, folder: u64| {
        let folder = client.get_json(&format!("/folder/{folder}?full")).await;
        ["can_read", "can_write", "can_delete"].map(|name| folder[name] == json!(true))
    };
    assert_eq!(shown(&client, 2).await, [true, true, true], "the administrator");
    client.act_as(MEMBER);
    assert_eq!(shown(&client, 1).await, [true, true, true], "no right applies");
    assert_eq!(shown(&client, 2).await, [true, false, false]);
    assert_eq!(shown(&client, 3).await, [true, true, false]);
    assert_eq!(shown(&client, 4).await, [true, false, false], "inherited from folder 2");
}

/// The same request as a caller without rights, and as one to whom the right is given for it.
#[tokio::test]
async fn what_a_right_does_not_permit_is_refused() {
    let mut client = Client::start().await;
    let link = json!({ "files": [{ "id": 1002 }] });
    let share = json!({ "roots": [{ "entity_type": 0, "id": 3 }] });
    let right = create(&client, 3, MEMBER, json!({ "browse": true })).await;
    let path = format!("/right/{}", right["id"]);
    let all = ["read", "download", "write", "edit", "delete", "share"];
    // What deletes comes last.
    for (permission, method, target, body) in [
        ("read", Method::POST, "/token/file/1002/preview", Value::Null),
        ("download", Method::GET, "/file/1002/download", Value::Null),
        ("download", Method::POST, "/token/file/1002/download", Value::Null),
        ("write", Method::POST, "/file", json!({ "name": "a.txt", "parent_id": 3 })),
        ("write", Method::POST, "/file/tus", json!({ "name": "b", "target": 3, "size": 1 })),
        ("write", Method::PUT, "/file/1001", json!({ "parent_id": 3 })),
        ("edit", Method::PUT, "/file/1002/upload", json!("content")),
        ("share", Method::POST, "/share", share),
        ("share", Method::POST, "/sharelink", link),
        ("share", Method::POST, "/ulink", json!({ "folder_id": 3 })),
        ("share", Method::POST, "/invite", json!({ "folder": 3, "email": "c@example.com" })),
        ("delete", Method::DELETE, "/file/1003", Value::Null),
        ("delete", Method::DELETE, "/folder/3", Value::Null),
    ] {
        for permitted in [false, true] {
            client.act_as(None);
            let rights =
                all.map(|name| (name.to_owned(), json!(permitted == (name == permission))));
            client.put_json(&path, Value::Object(rights.into_iter().collect())).await;
            client.act_as(MEMBER);
            let request = client.request(method.clone(), target);
            let request = match &body {
                Value::Null => request,
                Value::String(text) => {
                    request.header("content-type", "application/octet-stream").body(text.clone())
                }
                body => request.json(body),
            };
            let status = request.send().await.unwrap().status();
            assert_eq!(status.is_success(), permitted, "{permission}: {method} {target}: {status}");
            assert!(permitted || status == 403, "{permission}: {method} {target}: {status}");
        }
    }
}

#[tokio::test]
async fn files_are_listed_for_those_who_may_read_and_show_what_is_permitted() {
    let mut client = Client::start().await;
    let right = create(&client, 3, MEMBER, json!({ "browse": true })).await;
    client.act_as(MEMBER);
    let listed = async |client: &Client| {
        let folder = client.get_json("/folder/3?depth=1").await;
        names(&folder["content"]["files"]).len()
    };
    assert_eq!(listed(&client).await, 0);
    let file = client.get_json("/file/1002?full").await;
    assert_eq!((&file["can_download"], file.get("download_token")), (&json!(false), None));
    let folder = client.get_json("/folder/3?full").await;
    assert_eq!((&folder["can_dlink"], &folder["can_ulink"]), (&json!(false), &json!(false)));
    client.act_as(None);
    assert_eq!(listed(&client).await, 3, "the administrator");
    let path = format!("/right/{}", right["id"]);
    client.put_json(&path, json!({ "read": true, "download": true, "share": true })).await;
    client.act_as(MEMBER);
    assert_eq!(listed(&client).await, 3);
    let file = client.get_json("/file/1002?full").await;
    assert!(file["download_token"].is_string() && file["can_download"] == true);
    assert_eq!((&file["can_write"], &file["can_share"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn only_administrators_change_rights_and_their_targets_exist() {
    let mut client = Client::start().await;
    let right = create(&client, 3, 101, json!({})).await;
    assert_eq!(right["target"], "Marketing", "no user has this id");
    for body in [
        json!({ "folder_id": 3 }),
        json!({ "folder_id": 3, "target_id": "999" }),
        json!({ "folder_id": 999, "target_id": "2" }),
    ] {
        let status = client.send(Method::POST, "/right", body.clone()).await.status().as_u16();
        assert!([400, 404].contains(&status), "{body}: {status}");
    }
    client.act_as(MEMBER);
    let body = json!({ "folder_id": 3, "target_id": "3" });
    assert_eq!(client.send(Method::POST, "/right", body).await.status(), 403);
    let path = format!("/right/{}", right["id"]);
    assert_eq!(client.send(Method::PUT, &path, json!({ "read": true })).await.status(), 403);
    assert_eq!(client.delete(&path).await.status(), 403);
    let listed = client.get_json("/rights/3").await;
    assert_eq!(listed, json!([right]));
    assert_eq!(client.get_json("/rights/2").await, json!([]), "not those of folders below");
}
