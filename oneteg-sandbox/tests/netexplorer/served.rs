//! The list of served operations is complete: each of them is called, and the committed list is up to date.

use std::collections::BTreeSet;

use base64::Engine;
use oneteg_sandbox::netexplorer::{self, CLIENT_APPLICATION, PASSWORD};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::caller::{Caller, Resource};
use crate::client::{Client, REDIRECT, form, json_of, with_query};

const COMMITTED: &str = include_str!("../../served/netexplorer.txt");

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const DELETE: Method = Method::DELETE;

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
    let roots = json!({ "roots": [{ "entity_type": 1, "id": 1001 }] });
    let share = caller.client.post_json("/share", roots).await;
    let token = format!("/token/share/download/{}", share["key"].as_str().unwrap());
    caller.call("createShareDownloadToken", POST, &token, json!({})).await;

    let files = json!({ "files": [{ "id": 1001 }] });
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
    let token = format!("/token/sharelink/{key}/download");
    let only = json!({ "files": [{ "id": 1003 }] });
    caller.client.put_json(&path, only).await;
    caller.call("createShareLinkDownloadToken", POST, &token, json!({})).await;
    let token = format!("/token/sharelink/{key}/1003/download");
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
    for (path, upload, download, delete) in [
        (
            "/account/picture",
            "uploadAccountPicture",
            "downloadAccountPicture",
            "deleteAccountPicture",
        ),
        (
            &format!("{path}/picture"),
            "uploadUserPicture",
            "downloadUserPicture",
            "deleteUserPicture",
        ),
    ] {
        let picture = Form::new().part("picture", Part::bytes(vec![1]).file_name("p.png"));
        let request = caller.client.request(POST, path).multipart(picture);
        caller.send(upload, request).await;
        caller.file(download, path).await;
        caller.delete(delete, path).await;
    }
    let option = path.replace("user", "option");
    caller.call("updateUserOption", PUT, &option, json!({ "days": 62 })).await;
    caller.get("getUserOption", &option).await;
    caller.delete("deleteUserOption", &option).await;
    caller.delete("deleteUser", &path).await;
    caller.get("listGroups", "/groups").await;
    let group = caller.call("createGroup", POST, "/group", json!({ "login": "g" })).await;
    let body = json!({ "group_id": group["id"] });
    let delegate = caller.call("createDelegate", POST, "/delegate", body.clone()).await;
    let path = format!("/delegate/{}", delegate["id"]);
    caller.get("getDelegate", &path).await;
    caller.call("updateDelegate", PUT, &path, body).await;
    caller
        .get("listGroupDelegates", &format!("/delegates/{}", group["id"].as_str().unwrap()))
        .await;
    caller.delete("deleteDelegate", &path).await;
    let path = format!("/group/{}", group["id"].as_str().unwrap());
    caller.get("getGroup", &path).await;
    caller.call("updateGroup", PUT, &path, json!({ "login": "h" })).await;
    caller.delete("deleteGroup", &path).await;
}

async fn messages(caller: &mut Caller) {
    let resources = [
        Resource {
            create: ("createRight", "/right", json!({ "folder_id": 2, "target_id": "2" })),
            get: Some("getRight"),
            update: ("updateRight", json!({ "write": true })),
            delete: "deleteRight",
            list: ("listFolderRights", "/rights/2"),
        },
        Resource {
            create: ("createInvite", "/invite", json!({ "folder": 2 })),
            get: None,
            update: ("updateInvite", json!({ "rights": 1 })),
            delete: "deleteInvite",
            list: ("listFolderInvites", "/invites/2"),
        },
        Resource {
            create: ("createUploadLink", "/ulink", json!({ "folder_id": 2 })),
            get: Some("getUploadLink"),
            update: ("updateUploadLink", json!({ "flags": 4 })),
            delete: "deleteUploadLink",
            list: ("listUploadLinks", "/ulinks"),
        },
        Resource {
            create: ("createAlert", "/alert", json!({ "folder_id": 2 })),
            get: Some("getAlert"),
            update: ("updateAlert", json!({ "target_id": "3" })),
            delete: "deleteAlert",
            list: ("listFolderAlerts", "/alerts/2"),
        },
        Resource {
            create: (
                "createAnnotation",
                "/annotation",
                json!({ "target_id": 2, "target_type": "folder", "text": "a" }),
            ),
            get: Some("getAnnotation"),
            update: ("updateAnnotation", json!({ "text": "b" })),
            delete: "deleteAnnotation",
            list: ("listTargetAnnotations", "/annotations/2/folder"),
        },
        Resource {
            create: ("createEmail", "/email", json!({ "object": "a" })),
            get: Some("getEmail"),
            update: ("updateEmail", json!({ "object": "b" })),
            delete: "deleteEmail",
            list: ("listEmails", "/emails"),
        },
        Resource {
            create: ("createFileTemplate", "/template/file", json!({ "name": "Letter.txt" })),
            get: None,
            update: ("updateFileTemplate", json!({ "description": "b" })),
            delete: "deleteFileTemplate",
            list: ("listFileTemplates", "/template/files/1"),
        },
    ];
    for resource in resources {
        resource.call_all(caller).await;
    }
    caller.get("listAnnotations", "/annotations/all").await;
    caller.get("listFolderInviteUsers", "/invite/users/2").await;
    caller.get("getFileTemplateFolder", "/template/folder").await;
    let template = caller.client.post_json("/template/file", json!({ "name": "Note.txt" })).await;
    let token = format!("/token/template/{}/download", template["id"]);
    caller.call("createFileTemplateToken", POST, &token, json!({})).await;
    let copy = json!({ "template_id": template["id"], "parent_id": 2 });
    caller.call("createFileFromTemplate", POST, "/template/file/copy", copy).await;
    let link = json!({ "folder_id": 2, "password": "p" });
    let link = caller.client.post_json("/ulink", link).await;
    let by_key = format!("/ulink/key/{}", link["key"].as_str().unwrap());
    caller.get("getUploadLinkByKey", &by_key).await;
    let check = format!("{by_key}/passcheck");
    caller.call("validateUploadLinkPassword", POST, &check, json!({ "password": "p" })).await;
}

async fn platform(caller: &mut Caller) {
    caller.call("updateConfig", PUT, "/config", json!({ "name": "A" })).await;
    caller.get("getConfig", "/config").await;
    caller.get("getPublicConfig", "/publicconfig").await;
    caller.get("listRoots", "/roots").await;
    caller.get("getRoot", "/root/files").await;
    caller.get("getPortalRoot", "/root/portal/all").await;
    caller.get("listFileActivities", "/activity/file/1001").await;
    caller.get("listFolderActivities", "/activity/folder/2").await;
    caller.get("listActivityFiles", "/file/activity").await;
    caller.get("listFileTimelineEntries", "/file/1001/timeline").await;
    let log = caller.get("listLogs", "/logs").await;
    caller.get("getLog", &format!("/log/{}", log[0]["id"])).await;
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
    messages(&mut caller).await;
    platform(&mut caller).await;
    let called: Vec<_> = caller.called.into_iter().collect();
    assert_eq!(called, netexplorer::served());
    assert_eq!(called, COMMITTED.lines().collect::<Vec<_>>());
}
