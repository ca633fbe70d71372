//! Recording, counters and scripted faults, for the API, sign-in and storage.

use oneteg_sandbox::{Fault, FaultTiming};
use reqwest::Method;
use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn faults_apply_to_their_operation_only() {
    let client = Client::start().await;
    let mediavalet = client.sandbox.mediavalet();
    mediavalet.script(Fault::response(503).only("createUpload")).unwrap();
    mediavalet.script(Fault::response(500).only("putBlob")).unwrap();
    mediavalet.script(Fault::response(502).only("token")).unwrap();
    let lost = Fault::response(502).only("createLightbox").at(FaultTiming::AfterHandling);
    mediavalet.script(lost).unwrap();

    assert_eq!(client.status(Method::GET, "/assets", None).await, 200);
    let new = Some(json!({ "filename": "a.bin" }));
    assert_eq!(client.status(Method::POST, "/uploads", new.clone()).await, 503);
    let created = client.ok(Method::POST, "/uploads", new).await;
    let url = created["uploadUrl"].as_str().unwrap();
    assert_eq!(client.put_blob(url, "x").await.status(), 500);
    assert_eq!(client.put_blob(url, "x").await.status(), 201);
    let token = client.bare(Method::POST, &client.url("/connect/token")).send().await.unwrap();
    assert_eq!(token.status(), 502);
    let name = Some(json!({ "name": "Once" }));
    assert_eq!(client.status(Method::POST, "/lightboxes", name).await, 502);
    assert_eq!(client.get("/lightboxes").await.as_array().unwrap().len(), 1, "the operation ran");

    let recording = mediavalet.recording();
    let writes =
        ["createUpload", "putBlob", "createLightbox"].map(|name| recording.writes_of(name));
    assert_eq!((writes, mediavalet.counters().writes), ([1, 1, 1], 3));
    let operations: Vec<_> =
        mediavalet.requests().into_iter().filter_map(|request| request.operation).collect();
    let expected = [
        "listAssets",
        "createUpload",
        "createUpload",
        "putBlob",
        "putBlob",
        "token",
        "createLightbox",
        "listLightboxes",
    ];
    assert_eq!(operations, expected);
}

#[tokio::test]
async fn any_body_gets_a_response() {
    let client = Client::start().await;
    let junk = [
        "",
        "null",
        "[]",
        "{}",
        "[null]",
        "[{}]",
        "\"x\"",
        "1e999",
        "{\"count\":-1}",
        "\u{0}",
        "[[",
    ];
    let home = client.get("/").await;
    for (name, function) in home["functions"].as_object().unwrap() {
        let href = function["href"].as_str().unwrap();
        for value in ["x", crate::client::RED_SHOE, "%00%ff"] {
            let mut path = String::new();
            for part in href.split('/').skip(1) {
                path = format!("{path}/{}", if part.starts_with('{') { value } else { part });
            }
            for body in junk {
                let method = function["hints"]["allow"][0].as_str().unwrap().parse().unwrap();
                let response = client.request(method, &path).body(body).send().await.unwrap();
                assert!(response.status().as_u16() < 500, "{name} {path} {body}");
            }
        }
    }
}
