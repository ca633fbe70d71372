//! Users and user groups.

use oneteg_sandbox::{Sandbox, ViolationPolicy};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

const MEMBER: &str = "64090000-0000-4000-8000-000000000002";
const VIEWER: &str = "05e70000-0000-4000-8000-000000000002";

#[tokio::test]
async fn users_are_listed_in_a_member_of_their_payload() {
    let client = Client::start().await;
    let listed = client.get("/users").await;
    let names = |listed: &Value| -> Vec<String> {
        let users = listed["users"].as_array().unwrap();
        users.iter().map(|user| user["userName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&listed), ["sandbox-user", "viewer", "editor"]);
    assert_eq!(listed["userCount"], 3);
    let page = client.get("/users?offset=1&count=1").await;
    assert_eq!((names(&page), &page["userCount"]), (vec!["viewer".to_owned()], &json!(3)));
    let one = client.get(&format!("/users/{VIEWER}")).await;
    assert_eq!((&one["id"], &one["roleId"]), (&json!(VIEWER), &json!(MEMBER)));
    assert_eq!(client.get("/users/current").await["userName"], "sandbox-user");
    assert_eq!(client.status(Method::GET, "/users/x", None).await, 404);
}

#[tokio::test]
async fn members_of_a_user_are_read_in_any_letter_case() {
    let client = Client::start().await;
    for (n, body) in [
        json!({ "UserName": "ada0", "FirstName": "Ada", "PasswordInformation": { "Password": "x" } }),
        json!({ "userName": "ada1", "firstname": "Ada", "passwordinformation": { "password": "x" } }),
    ]
    .into_iter()
    .enumerate()
    {
        let created = client.ok(Method::POST, "/users", Some(body)).await;
        assert_eq!((&created["userName"], &created["firstName"]), (&json!(format!("ada{n}")), &json!("Ada")));
        assert!(!created.to_string().to_lowercase().contains("password"), "{created}");
    }
    let taken = json!({ "username": "ADA0" });
    assert_eq!(client.status(Method::POST, "/users", Some(taken.clone())).await, 409);
    let viewer = format!("/users/{VIEWER}");
    assert_eq!(client.status(Method::PUT, &viewer, Some(taken)).await, 409);
    assert_eq!(client.status(Method::POST, "/users", Some(json!({}))).await, 400);
    assert_eq!(client.writes(), 2);
}

/// Also where a test has requests recorded rather than refused.
#[tokio::test]
async fn members_keep_their_documented_types() {
    let record = Sandbox::builder().violations(ViolationPolicy::Record);
    let client = Client::with(record).await;
    let flag = json!({ "userName": "flag", "alertsEnabled": "TRUE", "officeNumber": 7 });
    let created = client.ok(Method::POST, "/users", Some(flag)).await;
    assert_eq!((&created["alertsEnabled"], &created["officeNumber"]), (&json!(true), &json!("7")));
    for (path, body) in [
        ("/users", json!({ "userName": "a", "roleId": 0 })),
        ("/users", json!({ "userName": "b", "firstName": ["Ada"] })),
        ("/users", json!({ "userName": "c", "isSuspended": 1 })),
        ("/groups", json!({ "roleName": "a", "permissions": [null] })),
        ("/groups", json!({ "roleName": "b", "isDefaultGroup": "yes" })),
    ] {
        assert_eq!(client.status(Method::POST, path, Some(body.clone())).await, 400, "{body}");
    }
}

#[tokio::test]
async fn a_user_moves_to_another_group() {
    let client = Client::start().await;
    client.ok(Method::POST, "/groups", Some(json!({ "roleName": "Editors" }))).await;
    let groups = client.get("/groups").await;
    let editors = groups[2]["id"].as_str().unwrap();
    let viewer = format!("/users/{VIEWER}");
    let body = json!({ "userName": "viewer", "roleId": editors, "defaultGroup": "Editors" });
    let moved = client.ok(Method::PUT, &viewer, Some(body)).await;
    assert_eq!((&moved["roleId"], &moved["defaultGroup"]), (&json!(editors), &json!("Editors")));
    // Members that are not sent keep their values.
    assert_eq!(moved["firstName"], "Vera");
    let unknown = Some(json!({ "RoleId": "x" }));
    assert_eq!(client.status(Method::PUT, &viewer, unknown).await, 400);
}

#[tokio::test]
async fn groups_are_listed_as_an_array_and_changed_as_whole_objects() {
    let client = Client::start().await;
    let groups = client.get("/groups").await;
    assert_eq!(groups.as_array().unwrap().len(), 2);
    let path = format!("/groups/{MEMBER}");
    let mut group = client.get(&path).await;
    assert_eq!((&group, &group["roleName"]), (&groups[1], &json!("Member")));
    group["roleName"] = json!("Members");
    group["permissions"] = json!(["List"]);
    let (status, _) = client.response(Method::PUT, &path, Some(group.clone())).await;
    assert_eq!(status, 202);
    assert_eq!(client.get(&path).await, group);
    assert_eq!(client.status(Method::GET, "/groups/x", None).await, 404);
    let taken = Some(json!({ "roleName": "members" }));
    assert_eq!(client.status(Method::POST, "/groups", taken).await, 409);
    assert_eq!(client.status(Method::POST, "/groups", Some(json!({}))).await, 400);
}

#[tokio::test]
async fn the_envelope_is_the_current_one_or_that_of_2022() {
    let today = Client::start().await.envelope(Method::GET, "/users", None).await;
    assert_eq!(
        (&today["apiVersion"], &today["buildVersion"]),
        (&json!("1.2"), &json!("2026.1.30.2"))
    );
    assert_eq!(today["recordCount"]["totalRecordsFound"], 3);
    assert!(today["meta"].is_object());
    let client = Client::with(Sandbox::builder().mediavalet_envelope_of_2022(true)).await;
    let old = client.envelope(Method::GET, "/users", None).await;
    let members: Vec<&String> = old.as_object().unwrap().keys().collect();
    assert_eq!(members, ["apiVersion", "errors", "payload", "warnings"]);
    assert_eq!(old["apiVersion"], "2022.6.17.1");
}

#[tokio::test]
async fn lists_of_assets_end_at_the_largest_offset() {
    let client = Client::with(Sandbox::builder().mediavalet_largest_offset(3)).await;
    let category = "ca7e6000-0000-4000-8000-000000000002";
    for path in [
        "/assets".to_owned(),
        format!("/categories/{category}/assets"),
        format!("/categories/{category}/assets/basic"),
        "/recentlyUploaded".to_owned(),
    ] {
        let status = |offset: u32| {
            let path = format!("{path}?offset={offset}");
            let client = &client;
            async move { client.status(Method::GET, &path, None).await }
        };
        assert_eq!((status(3).await, status(4).await), (200, 400), "{path}");
    }
    for (offset, status) in [(3, 200), (4, 400)] {
        let body = Some(json!({ "offset": offset }));
        assert_eq!(client.status(Method::POST, "/assets/search", body).await, status);
    }
    // Other lists have no limit.
    assert_eq!(client.get("/keywords?offset=4").await, json!([]));
    let default = Client::start().await;
    assert_eq!(default.status(Method::GET, "/assets?offset=100000", None).await, 200);
    assert_eq!(default.status(Method::GET, "/assets?offset=100001", None).await, 400);
}
