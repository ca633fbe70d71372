//! Requests that no client would send.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;

const POST: Method = Method::POST;
const PUT: Method = Method::PUT;

/// Any value in place of an id, a member or a body gets a response that is not a server error, and the server
/// keeps working.
#[tokio::test]
async fn any_value_in_any_place_gets_a_response() {
    let client = Client::start().await;
    let junk = json!([
        null, true, -1, 0, 1.5, 1e300, u64::MAX, "", "x", "\u{0}", [], [null], [[]], {}, [{}],
        [{ "id": -1 }], [{ "id": 1, "entity_type": 7 }], "2025-99-01T00:00:00Z", "\u{202e}/..",
    ]);
    let members = [
        "id",
        "name",
        "parent_id",
        "creation",
        "token",
        "target",
        "size",
        "roots",
        "flags",
        "files",
        "folders",
        "expiration_date",
        "max_downloads",
        "locked",
        "category_id",
        "add",
        "members",
        "login",
        "active",
        "type",
        "password",
        "user",
        "quota",
        "folder",
        "folder_id",
        "target_id",
        "target_isgroup",
        "target_type",
        "conversation",
        "text",
        "email",
        "browse",
        "days",
        "ips",
        "template_id",
    ];
    let writes = [
        (POST, "/folder"),
        (PUT, "/folder/2"),
        (POST, "/file"),
        (PUT, "/file/1001"),
        (POST, "/file/tus"),
        (POST, "/file/upload"),
        (PUT, "/lock/1001"),
        (POST, "/tag"),
        (POST, "/tag/2/folder"),
        (POST, "/tag/category"),
        (POST, "/share"),
        (POST, "/sharelink"),
        (POST, "/user"),
        (PUT, "/account"),
        (POST, "/group"),
        (POST, "/auth"),
        (POST, "/oauth2/app"),
        (POST, "/right"),
        (POST, "/alert"),
        (POST, "/annotation"),
        (POST, "/email"),
        (POST, "/invite"),
        (POST, "/ulink"),
        (POST, "/delegate"),
        (POST, "/template/file"),
        (POST, "/template/file/copy"),
        (PUT, "/option/2"),
        (PUT, "/config"),
    ];
    for (method, path) in &writes {
        for value in junk.as_array().unwrap() {
            let body: serde_json::Map<_, _> =
                members.iter().map(|name| ((*name).to_owned(), value.clone())).collect();
            for body in [Value::Object(body), value.clone()] {
                let response = client.send(method.clone(), path, body).await;
                assert!(response.status().as_u16() < 500, "{method} {path} {value}");
            }
        }
    }
    let paths = [
        "/folder/{}",
        "/file/{}",
        "/file/{}/download",
        "/trash/{}",
        "/tag/{}",
        "/share/key/{}",
        "/sharelink/download/{}",
        "/share/content/{}/1",
        "/user/{}",
        "/path?root=1&path={}",
        "/path?root={}&path=a",
        "/folders?depth={}",
        "/folder/1?depth={}",
        "/preview/{}?token={}",
        "/groups?offset={}",
        "/ischildof?root={}&folder={}",
        "/quotas?folder={}",
        "/tus/{}",
        "/right/{}",
        "/rights/{}",
        "/annotations/{}/file",
        "/annotations/1/{}",
        "/activity/file/{}",
        "/log/{}",
        "/root/{}",
        "/option/{}",
        "/user/{}/picture",
        "/ulink/key/{}",
    ];
    for path in paths {
        for value in [
            "",
            "0",
            "-1",
            "-9223372036854775808",
            "99999999999999999999",
            "%00",
            "%FF",
            "..",
            "a%2Fb",
            "é",
        ] {
            let response = client.get(&path.replace("{}", value)).await;
            assert!(response.status().as_u16() < 500, "{path} {value}");
        }
    }
    assert_eq!(client.get("/account").await.status(), 200);
}
