//! Import: multipart forms with their parts in any order.

use oneteg_sandbox::Sandbox;
use oneteg_sandbox::netx::RESTRICTED_ASSET;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::client::{Client, file_part, ids};

const IMPORT: &str = "/api/import/asset";

async fn picture(client: &Client, id: u64) -> Vec<u8> {
    client.get(&format!("/api/file/asset/{id}")).await.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn an_imported_picture_is_an_asset_like_any_other() {
    let client = Client::start().await;
    let bytes = picture(&client, 206).await;
    let original = client.asset(206, &["asset.file"]).await;
    let form = file_part(bytes.clone()).text("folderId", "8").text("fileName", "neue Lampe é.png");
    let response = client.send(Method::POST, IMPORT, form).await;
    assert_eq!(response.status(), 200);
    let asset: Value = response.json().await.unwrap();
    assert_eq!(asset["fileName"], "neue Lampe é.png");
    assert_eq!(asset["file"]["size"], bytes.len());
    for same in ["checksum", "width", "height"] {
        assert_eq!(asset["file"][same], original["file"][same], "{same}");
    }
    assert_eq!(asset["folders"][0]["id"], 8);
    let id = asset["id"].as_u64().unwrap();
    assert_eq!(ids(&client.ok("getAssetsByFolder", json!([8, false])).await), [id]);
    assert_eq!(picture(&client, id).await, bytes);
    assert_eq!(client.get(&format!("/api/file/asset/{id}/thumbnail")).await.status(), 200);
    assert_eq!(client.sandbox.netx().recording().writes_of("importAsset"), 1);
}

#[tokio::test]
async fn parts_come_in_any_order_and_need_not_be_pictures() {
    let client = Client::start().await;
    let form = Form::new().text("fileName", "note.md").text("folderId", "8");
    let part = reqwest::multipart::Part::bytes(&b"hello"[..]).file_name("x");
    let response = client.send(Method::POST, IMPORT, form.part("file", part)).await;
    let asset: Value = response.json().await.unwrap();
    assert_eq!(asset["file"]["checksum"], "5d41402abc4b2a76b9719d911017c592");
    assert!(asset["file"].get("width").is_none());
    assert_eq!(asset["proxies"], json!([]));
}

#[tokio::test]
async fn a_form_with_a_part_missing_or_wrong_is_refused() {
    let client = Client::start().await;
    let file = || file_part(&b"x"[..]);
    for (form, mentioned) in [
        (Form::new().text("folderId", "8").text("fileName", "a"), "`file`"),
        (file().text("fileName", "a"), "`folderId`"),
        (file().text("folderId", "8"), "`fileName`"),
        (file().text("folderId", "8").text("fileName", ""), "`fileName`"),
        (file().text("folderId", "eight").text("fileName", "a"), "`folderId`"),
        (file().text("folderId", "99").text("fileName", "a"), "99"),
        (file().text("folderId", "8").text("folderId", "8").text("fileName", "a"), "twice"),
        (file().text("folderId", "8").text("fileName", "a".repeat(70_000)), "`fileName`"),
    ] {
        let response = client.send(Method::POST, IMPORT, form).await;
        let status = response.status();
        assert!(status == 400 || status == 413, "{mentioned}: {status}");
        let error: Value = response.json().await.unwrap();
        assert_eq!(error["code"], status.as_u16());
        assert!(error["message"].as_str().unwrap().contains(mentioned), "{mentioned}: {error}");
    }
    let json = client.request(Method::POST, IMPORT).body("{}").send().await.unwrap();
    assert_eq!(json.status(), 400);
    let cut = client
        .request(Method::POST, IMPORT)
        .header("content-type", "multipart/form-data; boundary=b")
        .body("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf");
    assert_eq!(cut.send().await.unwrap().status(), 400);
    assert_eq!(client.writes(), 0);
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let client = Client::with(Sandbox::builder().netx_import_limit(1000)).await;
    for (size, status) in [(1000, 200), (1001, 413)] {
        let form = file_part(vec![7; size]).text("folderId", "8").text("fileName", "a.bin");
        assert_eq!(client.send(Method::POST, IMPORT, form).await.status(), status, "{size}");
    }
    assert_eq!(client.writes(), 1);
}

#[tokio::test]
async fn a_file_larger_than_common_body_limits_passes() {
    let client = Client::start().await;
    let form = file_part(vec![7; 3 << 20]).text("folderId", "8").text("fileName", "a.bin");
    let asset: Value = client.send(Method::POST, IMPORT, form).await.json().await.unwrap();
    assert_eq!(asset["file"]["size"], 3 << 20);
}

#[tokio::test]
async fn a_new_file_or_version_replaces_the_original() {
    let client = Client::start().await;
    let before = client.asset(206, &["asset.base", "asset.attributes"]).await;
    for (method, path, source) in [
        (Method::PUT, "/api/import/asset/206", 209),
        (Method::POST, "/api/import/asset/206/version", 202),
    ] {
        let bytes = picture(&client, source).await;
        let response = client.send(method, path, file_part(bytes.clone())).await;
        let asset: Value = response.error_for_status().unwrap().json().await.unwrap();
        assert_eq!(asset["id"], 206);
        assert_eq!(asset["fileName"], before["fileName"]);
        assert_eq!(asset["attributes"], before["attributes"]);
        assert!(asset["modDate"].as_i64() > before["modDate"].as_i64());
        assert_eq!(picture(&client, 206).await, bytes);
        let thumbnail = async |id: u64| {
            client.get(&format!("/api/file/asset/{id}/thumbnail")).await.bytes().await.unwrap()
        };
        assert_eq!(thumbnail(206).await, thumbnail(source).await);
    }
    let form = file_part(&b"text"[..]).text("fileName", "lamp.txt");
    let asset: Value =
        client.send(Method::PUT, "/api/import/asset/206", form).await.json().await.unwrap();
    assert_eq!((&asset["fileName"], &asset["proxies"]), (&json!("lamp.txt"), &json!([])));
}

#[tokio::test]
async fn a_view_is_added_alongside_the_original() {
    let client = Client::start().await;
    let bytes = picture(&client, 212).await;
    let form = file_part(bytes.clone())
        .text("fileName", "small.png")
        .text("viewName", "Small")
        .text("description", "For lists");
    let response = client.send(Method::POST, "/api/import/asset/211/view", form).await;
    let view: Value = response.error_for_status().unwrap().json().await.unwrap();
    assert_eq!((&view["name"], &view["description"]), (&json!("Small"), &json!("For lists")));
    let url = view["file"]["url"].as_str().unwrap();
    assert_eq!(client.get(url).await.bytes().await.unwrap(), bytes);
    let options = json!({ "data": ["view.base", "view.file"] });
    assert_eq!(client.ok("getViewsByAsset", json!([211, options])).await["results"], json!([view]));

    let long = file_part(&b"x"[..]).text("fileName", "a").text("description", "é".repeat(256));
    let refused = client.send(Method::POST, "/api/import/asset/211/view", long).await;
    assert_eq!(refused.status(), 400);
    let fits = file_part(&b"x"[..]).text("fileName", "a").text("description", "é".repeat(255));
    let taken = client.send(Method::POST, "/api/import/asset/211/view", fits).await;
    assert_eq!(taken.json::<Value>().await.unwrap()["name"], "a");
}

#[tokio::test]
async fn imports_need_a_credential_and_an_asset() {
    let client = Client::start().await;
    let targets = |id: u64| {
        [
            (Method::PUT, format!("/api/import/asset/{id}")),
            (Method::POST, format!("/api/import/asset/{id}/version")),
            (Method::POST, format!("/api/import/asset/{id}/view")),
        ]
    };
    let form = || file_part(&b"x"[..]).text("fileName", "a").text("folderId", "8");
    for (method, path) in targets(201).into_iter().chain([(Method::POST, IMPORT.to_owned())]) {
        let response = client.bare(method, &path).multipart(form()).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
    }
    for (id, status) in [(999, 404), (RESTRICTED_ASSET, 403)] {
        for (method, path) in targets(id) {
            assert_eq!(client.send(method, &path, form()).await.status(), status, "{path}");
        }
    }
    assert_eq!(client.writes(), 0);
}
