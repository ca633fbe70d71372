//! Direct links, and the download in two steps.

use reqwest::Method;
use serde_json::json;

use crate::client::{Client, RED_SHOE};

#[tokio::test]
async fn a_direct_link_is_created_and_deactivated() {
    let client = Client::start().await;
    let path = format!("/directlinks/{RED_SHOE}");
    let body = json!({
        "RenditionSettings": { "Size": { "Type": "Thumbnail" }, "Format": "PNG" },
        "LinkSettings": { "LinkName": "Shoe", "IsUniqueLink": true },
    });
    let (status, created) = client.response(Method::POST, &path, Some(body.clone())).await;
    assert_eq!(status, 201);
    assert_eq!(client.get(&path).await[0]["state"], "Active");
    let id = created["payload"]["directLinkId"].as_str().unwrap();
    assert_eq!(client.status(Method::POST, &path, Some(body)).await, 409);
    for (action, state) in [("deactivate", "Deactivated"), ("activate", "Active")] {
        client.ok(Method::PUT, &format!("/directLinks/{RED_SHOE}/{action}/{id}"), None).await;
        let listed = client.get(&path).await;
        assert_eq!((&listed[0]["state"], listed.as_array().unwrap().len()), (&json!(state), 1));
    }
    let other = format!("/directLinks/a55e7000-0000-4000-8000-000000000002/activate/{id}");
    assert_eq!(client.status(Method::PUT, &other, None).await, 404);
}

#[tokio::test]
async fn sizes_and_formats_fit_the_type_of_the_asset() {
    let client = Client::start().await;
    let document = "a55e7000-0000-4000-8000-000000000007";
    for (asset, size, format, status) in [
        (RED_SHOE, json!({ "Type": "XLarge" }), "TIFF", 201),
        (RED_SHOE, json!({ "Type": "Custom", "Width": 10, "Height": 5 }), "JPG", 201),
        (RED_SHOE, json!({ "Type": "Custom", "Width": 10 }), "JPG", 400),
        (RED_SHOE, json!({ "Type": "Widescreen720p" }), "JPG", 400),
        (RED_SHOE, json!({ "Type": "Huge" }), "JPG", 400),
        (RED_SHOE, json!({ "Type": "Small" }), "MP4", 400),
        (document, json!({}), "PDF", 201),
        (document, json!({ "Type": "Small" }), "PDF", 400),
    ] {
        let body = json!({ "RenditionSettings": { "Size": size, "Format": format } });
        let path = format!("/directlinks/{asset}");
        assert_eq!(client.status(Method::POST, &path, Some(body.clone())).await, status, "{body}");
    }
}

#[tokio::test]
async fn a_checked_download_gives_a_link() {
    let client = Client::start().await;
    for body in [json!({ "isDirectDownload": "true" }), json!({ "isDirectDownload": true })] {
        let checked = client.ok(Method::POST, "/downloads/validate", Some(body)).await;
        let link = checked["downloadLink"].as_str().unwrap();
        assert!(link.starts_with("downloads/"), "{link}");
        let body = Some(json!({ "attributeIdValues": {}, "assetId": RED_SHOE }));
        let download = client.ok(Method::POST, &format!("/{link}"), body).await;
        let url = download["sasUrl"].as_str().unwrap();
        assert_eq!(client.bare(Method::GET, url).send().await.unwrap().status(), 200);
    }
    let unknown = "/downloads/d09a0000-0000-4000-8000-000000000009/asset";
    assert_eq!(
        client.status(Method::POST, unknown, Some(json!({ "assetId": RED_SHOE }))).await,
        404
    );
    assert_eq!(client.status(Method::POST, "/assets/x/downloaded", None).await, 404);
}

#[tokio::test]
async fn the_lifetime_of_links_is_in_milliseconds() {
    let client = Client::start().await;
    let media = client.asset(RED_SHOE).await["media"].clone();
    assert_eq!((&media["sasExpiry"], &media["sasRenewal"]), (&json!(86_400_000), &json!(0)));
    assert_eq!(media["downloadRequest"], "downloads/validate");
    assert_eq!(media["originalDimensions"], media["original"]);
}
