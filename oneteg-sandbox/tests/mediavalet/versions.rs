//! Check-out and check-in of a new version.

use oneteg_sandbox::mediavalet::RESTRICTED_ASSET;
use reqwest::Method;
use serde_json::json;

use crate::client::{Client, RED_SHOE};

#[tokio::test]
async fn a_checked_in_file_is_the_new_version() {
    let client = Client::start().await;
    let path = format!("/assetCheckIn/{RED_SHOE}");
    let out = format!("/assets/{RED_SHOE}/checkOut");
    assert_eq!(client.status(Method::GET, &path, None).await, 409, "not checked out");
    let link = client.ok(Method::POST, &out, Some(json!(["for retouching"]))).await;
    assert_eq!(
        client.bare(Method::GET, link.as_str().unwrap()).send().await.unwrap().status(),
        200
    );
    assert_eq!(client.status(Method::POST, &out, Some(json!([]))).await, 400, "twice");
    let asset = client.asset(RED_SHOE).await;
    assert_eq!(
        (&asset["status"], &asset["assetCheckOutComment"]),
        (&json!(9), &json!("for retouching"))
    );
    assert!(asset["checkedOutBy"].is_string());

    let name = client.ok(Method::POST, &format!("{path}/validate"), Some(json!("red-2.png"))).await;
    assert_eq!(name, "red-2.png");
    assert_eq!(
        client.status(Method::POST, &format!("{path}/validate"), Some(json!("a/b"))).await,
        400
    );
    let entry = client.get(&path).await;
    assert_eq!(
        client.get(&path).await["uploadFilename"],
        entry["uploadFilename"],
        "the same entry"
    );
    let check_in = |size: u64, upload: &serde_json::Value| {
        Some(json!({
            "comment": "retouched", "status": 0, "fileSizeInBytes": size, "fileName": "red-2.png",
            "uploadFilename": upload,
        }))
    };
    let upload = &entry["uploadFilename"];
    assert_eq!(client.status(Method::PUT, &path, check_in(3, upload)).await, 400, "no file yet");
    client.put_blob(entry["uploadUrl"].as_str().unwrap(), "new").await;
    assert_eq!(client.status(Method::PUT, &path, check_in(4, upload)).await, 400);
    assert_eq!(client.status(Method::PUT, &path, check_in(3, &json!("other"))).await, 400);
    let checked_in =
        client.ok(Method::PUT, &format!("{path}?priority=high"), check_in(3, upload)).await;
    assert_eq!((&checked_in["status"], &checked_in["checkedOutBy"]), (&json!(0), &json!(null)));
    assert_eq!(checked_in["file"]["fileName"], "red-2.png");
    assert_eq!(checked_in["record"]["version"]["version"], 2);

    let versions = client.get(&format!("/assets/{RED_SHOE}/versions")).await;
    let names: Vec<_> =
        versions.as_array().unwrap().iter().map(|asset| &asset["file"]["fileName"]).collect();
    assert_eq!(names, [&json!("red-shoe.png"), &json!("red-2.png")]);
    let old = versions[0]["media"]["original"].as_str().unwrap();
    assert_eq!(
        client.bare(Method::GET, old).send().await.unwrap().status(),
        200,
        "the old file stays"
    );
    assert_eq!(
        client.status(Method::PUT, &path, check_in(3, upload)).await,
        409,
        "the check-in is complete"
    );
    let restricted = format!("/assets/{RESTRICTED_ASSET}/checkOut");
    assert_eq!(client.status(Method::POST, &restricted, Some(json!([]))).await, 403);
}
