//! The list of served operations is complete: each of them is called, and the committed list is up to date.

use std::collections::BTreeSet;

use base64::Engine;
use oneteg_sandbox::netexplorer::{self, CLIENT_APPLICATION, PASSWORD};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::client::{Client, REDIRECT, form, json_of, with_query};

const COMMITTED: &str = include_str!("../../served/netexplorer.txt");

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

/// Calls operations, and keeps track of which.
struct Caller {
    client: Client,
    called: BTreeSet<&'static str>,
}

impl Caller {
    /// Calls an operation, which must succeed and be recorded under its name.
    async fn send(&mut self, name: &'static str, request: RequestBuilder) -> reqwest::Response {
        let response = request.send().await.unwrap();
        let status = response.status();
        assert!(status.is_success() || status.is_redirection(), "{name}: {status}");
        let recorded = self.client.sandbox.netexplorer().requests().pop().unwrap();
        assert_eq!(recorded.operation.as_deref(), Some(name), "{}", recorded.path);
        self.called.insert(name);
        response
    }

    async fn call(&mut self, name: &'static str, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, path).json(&body);
        json_of(self.send(name, request).await).await
    }

    async fn get(&mut self, name: &'static str, path: &str) -> Value {
        self.call(name, GET, path, Value::Null).await
    }

    async fn delete(&mut self, name: &'static str, path: &str) {
        let request = self.client.request(DELETE, path);
        self.send(name, request).await;
    }

    /// Calls an operation whose response is a file.
    async fn file(&mut self, name: &'static str, path: &str) {
        let request = self.client.request(GET, path);
        assert!(!self.send(name, request).await.bytes().await.unwrap().is_empty(), "{name}");
    }
}

async fn sign_in(caller: &mut Caller) {
    let query =
        [("response_type", "code"), ("client_id", CLIENT_APPLICATION), ("redirect_uri", REDIRECT)];
    let request = caller.client.anonymous_request(GET, &with_query("/oauth2/authorize", &query));
    caller.send("getOauthAuthorization", request).await;
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": netexplorer::SERVER_APPLICATION,
        "client_secret": netexplorer::SERVER_SECRET,
    });
    let request = caller.client.anonymous_request(POST, "/oauth2/token").json(&body);
    let tokens = json_of(caller.send("createOauthToken", request).await).await;

    let user = json!({ "user": "admin", "password": PASSWORD });
    let session = caller.call("createSession", POST, "/auth", user).await;
    let server_token = tokens["access_token"].as_str().unwrap();
    caller.client.use_token(session["token"].as_str().unwrap());
    caller.delete("deleteSession", "/auth").await;
    caller.client.use_token(server_token);

    let app = caller.call("createOauthApp", POST, "/oauth2/app", json!({ "name": "A" })).await;
    let path = format!("/oauth2/app/{}", app["client_id"].as_str().unwrap());
    caller.get("getOauthApp", &path).await;
    caller.get("listOauthApps", "/oauth2/apps").await;
    caller.call("updateOauthApp", PUT, &path, json!({ "name": "B" })).await;
    caller.call("resetOauthAppSecret", POST, &format!("{path}/reset"), json!({})).await;
    caller.get("listOauthAppTokens", &format!("{path}/tokens")).await;
    caller.delete("deleteOauthApp", &path).await;
    caller.get("listOauthUserTokens", "/oauth2/user/tokens").await;
    for (operation, whose) in [("revokeOauthAppToken", "app"), ("revokeOauthUserToken", "user")] {
        let again = caller
            .client
            .anonymous_request(POST, "/oauth2/token")
            .json(&body)
            .send()
            .await
            .unwrap();
        let token = json_of(again).await["access_token"].clone();
        let path = format!("/oauth2/{whose}/{}/revoke", token.as_str().unwrap());
        caller.delete(operation, &path).await;
    }
}

async fn folders_and_files(caller: &mut Caller) {
    caller.get("listFolders", "/folders").await;
    let folder = json!({ "parent_id": 1, "name": "Neuf" });
    let folder = caller.call("createFolder", POST, "/folder", folder).await["id"].clone();
    caller.get("getFolder", &format!("/folder/{folder}")).await;
    caller
        .call("updateFolder", PUT, &format!("/folder/{folder}"), json!({ "name": "Vieux" }))
        .await;
    caller.delete("deleteFolder", &format!("/folder/{folder}")).await;
    caller.get("getObjectByPath", "/path?root=1&path=Projets/").await;
    caller.get("getObjectPath", "/objectpath?root=1&object_type=Dossier&object_id=3").await;
    caller.file("testDescendantFolder", "/ischildof?root=1&folder=3").await;
    caller.get("getQuotas", "/quotas").await;

    let file = json!({ "parent_id": 2, "name": "new.txt" });
    let file = caller.call("createFile", POST, "/file", file).await["id"].clone();
    let path = format!("/file/{file}");
    let content = caller.client.request(PUT, &format!("{path}/upload")).body("content");
    caller.send("replaceFileContent", content).await;
    caller.get("getFile", &path).await;
    caller.call("updateFile", PUT, &path, json!({ "name": "newer.txt" })).await;
    caller.get("getFileInfo", &format!("{path}/infos")).await;
    caller.get("listFileVersions", &format!("{path}/versions")).await;
    caller.file("downloadFile", &format!("{path}/download")).await;
    for (purpose, operation, path) in [
        ("download", "downloadFileByToken", "/file/download".to_owned()),
        ("preview", "downloadFilePreview", format!("/preview/{file}")),
    ] {
        let token = format!("/token/file/{file}/{purpose}");
        let token = caller.call("createFileToken", POST, &token, json!({})).await["token"].clone();
        caller.file(operation, &format!("{path}?token={}", token.as_str().unwrap())).await;
    }
    let lock = format!("/lock/{file}");
    caller.call("updateFileLock", PUT, &lock, json!({ "locked": true })).await;
    caller.get("getFileLock", &lock).await;
    caller.get("listFolderLocks", "/locks/2").await;
    caller.delete("deleteFileLock", &lock).await;
    caller.delete("deleteFile", &path).await;

    let items = caller.get("listTrashItems", "/trashes").await;
    let item = |n: usize| format!("/trash/{}", items[n]["id"]);
    caller.get("getTrashItem", &item(0)).await;
    caller.call("restoreTrashItem", PUT, &item(0), json!({})).await;
    caller.delete("deleteTrashItem", &item(1)).await;
    caller.delete("deleteAllTrashItems", "/trashes").await;
}

async fn uploads(caller: &mut Caller) {
    let request = caller.client.request(POST, "/file/upload").multipart(form(2, "u.txt", b"u"));
    caller.send("uploadFile", request).await;
    let open = json!({ "fileSize": 1, "folderId": 2, "targetPath": "s", "uploadMethod": "stream" });
    let key = caller.call("uploadFile", POST, "/file/upload", open).await["sessionKey"].clone();
    let path = format!("/file/upload?sessionKey={}", key.as_str().unwrap());
    let request = caller.client.request(PUT, &path).body("s");
    caller.send("uploadFileStream", request).await;

    let open = json!({ "name": "t.txt", "target": 2, "size": 1 });
    let opened = caller.call("createTusFile", POST, "/file/tus", open).await;
    let key = opened[0]["sessionKey"].as_str().or(opened["sessionKey"].as_str()).unwrap();
    let token = base64::prelude::BASE64_STANDARD.encode(key);
    let tus = |client: &Client, method: Method, path: &str| {
        client.request(method, path).header("Tus-Resumable", "1.0.0")
    };
    let request = tus(&caller.client, POST, "/tus").header("Upload-Length", "1");
    let request = request.header("Upload-Metadata", format!("token {token}"));
    let response = caller.send("createTusUpload", request).await;
    let location = response.headers()["location"].to_str().unwrap();
    let path = location.split_once("/api").unwrap().1.to_owned();
    let request = tus(&caller.client, Method::HEAD, &path);
    caller.send("getTusUpload", request).await;
    let request = tus(&caller.client, Method::PATCH, &path).header("Upload-Offset", "0").body("t");
    let request = request.header("Content-Type", "application/offset+octet-stream");
    caller.send("uploadTusChunk", request).await;
    let request = tus(&caller.client, DELETE, &path);
    caller.send("deleteTusUpload", request).await;
}

async fn tags(caller: &mut Caller) {
    let tag = caller.call("createTag", POST, "/tag", json!({ "name": "T" })).await["id"].clone();
    caller.get("getTag", &format!("/tag/{tag}")).await;
    caller.get("listTags", "/tags").await;
    caller.get("listTagColors", "/tags/colors").await;
    caller.call("updateFolderTags", POST, "/tag/2/folder", json!({ "add": [tag] })).await;
    let element = format!("/tag/{tag}/1001/file");
    caller.call("addTagToElement", POST, &element, json!({})).await;
    caller.get("listElementTagCategories", "/tag/categories/1001/file").await;
    caller.get("listAttachedTagCategories", "/tag/categories/attached/1001/file").await;
    caller.get("getElementTagCategory", "/tag/category/1/1001/file").await;
    caller.delete("removeTagFromElement", &element).await;
    caller.delete("deleteTag", &format!("/tag/{tag}")).await;
    caller.call("createTagCategory", POST, "/tag/category", json!({ "name": "C" })).await;
    caller.get("listTagCategories", "/tag/categories").await;
    caller.get("getTagCategory", "/tag/category/3").await;
    caller.call("updateTagCategory", PUT, "/tag/category/3", json!({ "name": "D" })).await;
    caller.delete("deleteTagCategory", "/tag/category/3").await;
}

async fn shares(caller: &mut Caller) {
    let roots = json!({ "roots": [{ "entity_type": 0, "id": 2 }] });
    let share = caller.call("createShare", POST, "/share", roots).await;
    let (path, key) = (format!("/share/{}", share["id"]), share["key"].as_str().unwrap());
    caller.get("listShares", "/shares").await;
    caller.get("getShare", &path).await;
    caller.call("updateShare", PUT, &path, json!({ "flags": 1 })).await;
    caller.get("listShareActivities", &format!("{path}/activity")).await;
    caller.get("getShareByKey", &format!("/share/key/{key}")).await;
    let check = format!("/share/key/{key}/passcheck");
    caller.call("validateSharePassword", POST, &check, json!({})).await;
    caller.get("getShareContent", &format!("/share/content/{key}")).await;
    caller.get("getShareFolderContent", &format!("/share/content/{key}/3")).await;
    let guid = caller.get("getFile", "/file/1002").await["guid"].clone();
    let token = format!("/token/share/{}/download/{key}", guid.as_str().unwrap());
    let token = caller.call("createShareFileToken", POST, &token, json!({})).await;
    let token = token["token"].as_str().unwrap();
    caller.file("downloadShareFile", &format!("/share/download/file?token={token}")).await;
    caller.delete("deleteShare", &path).await;

    let files = json!({ "files": [1001] });
    let link = caller.call("createShareLink", POST, "/sharelink", files.clone()).await;
    let (path, key) = (format!("/sharelink/{}", link["id"]), link["key"].as_str().unwrap());
    caller.get("listShareLinks", "/sharelinks").await;
    caller.get("getShareLink", &path).await;
    caller.get("getShareLinkByKey", &format!("/sharelink/key/{key}")).await;
    caller.file("downloadShareLink", &format!("/sharelink/download/{key}")).await;
    caller.call("updateShareLink", PUT, &path, json!({ "notify": true })).await;
    caller.call("addFileToShareLink", POST, &format!("{path}/file"), files).await;
    let folders = json!({ "folders": [3] });
    caller.call("addFolderToShareLink", POST, &format!("{path}/folder"), folders).await;
    caller.delete("removeFileFromShareLink", &format!("{path}/file/1001")).await;
    let check = format!("{path}/passcheck");
    caller.call("validateShareLinkPassword", POST, &check, json!({})).await;
    let check = format!("/sharelink/key/{key}/passcheck");
    caller.call("validateShareLinkPasswordByKey", POST, &check, json!({})).await;
    let token = format!("/token/sharelink/{key}/1002/download");
    caller.call("createShareLinkFileToken", POST, &token, json!({})).await;
    caller.delete("deleteShareLink", &path).await;
}

async fn users(caller: &mut Caller) {
    caller.get("getAccount", "/account").await;
    caller.call("updateAccount", PUT, "/account", json!({ "phone": "1" })).await;
    caller.get("listUsers", "/users").await;
    let user = caller.call("createUser", POST, "/user", json!({ "login": "u" })).await;
    let path = format!("/user/{}", user["id"].as_str().unwrap());
    caller.get("getUser", &path).await;
    caller.get("getUserQuota", &format!("{path}/quota")).await;
    caller.call("updateUser", PUT, &path, json!({ "phone": "2" })).await;
    caller.delete("deleteUser", &path).await;
    caller.get("listGroups", "/groups").await;
    let group = caller.call("createGroup", POST, "/group", json!({ "login": "g" })).await;
    let path = format!("/group/{}", group["id"]);
    caller.get("getGroup", &path).await;
    caller.call("updateGroup", PUT, &path, json!({ "login": "h" })).await;
    caller.delete("deleteGroup", &path).await;
}

#[tokio::test]
async fn every_listed_operation_is_served() {
    let mut caller = Caller { client: Client::start().await, called: BTreeSet::new() };
    sign_in(&mut caller).await;
    folders_and_files(&mut caller).await;
    uploads(&mut caller).await;
    tags(&mut caller).await;
    shares(&mut caller).await;
    users(&mut caller).await;
    let called: Vec<_> = caller.called.into_iter().collect();
    assert_eq!(called, netexplorer::served());
    assert_eq!(called, COMMITTED.lines().collect::<Vec<_>>());
}

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
