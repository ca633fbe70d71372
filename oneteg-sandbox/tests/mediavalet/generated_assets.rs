//! Accounts with many assets that are computed when they are read.

use mediavalet_sdk::download::Rendition;
use mediavalet_sdk::search::{field, search};
use oneteg_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, RED_SHOE, ROOT, titles};

const MILLION: u64 = 1_000_000;
const LAST: &str = "a55e7001-0000-4000-8000-0000000f4240";

async fn million() -> Client {
    Client::with(Sandbox::builder().generated_assets(MILLION)).await
}

#[tokio::test]
async fn a_million_assets_are_counted_listed_and_read() {
    let client = million().await;
    assert_eq!(client.sandbox.mediavalet().asset_count(), 1_000_009);
    let listed = client.get("/assets?count=2&offset=99999").await;
    assert_eq!(listed["assetCount"], 1_000_008);
    assert_eq!(titles(&listed), ["Generated 000100000", "Generated 000100001"]);
    // The seed comes last in order of creation, and first in the list of recent uploads.
    let recent = client.get("/recentlyUploaded?count=9").await;
    assert_eq!(titles(&recent)[7..], ["Red shoe", "Generated 001000000"]);
    let root = client.get(&format!("/categories/{ROOT}")).await;
    assert_eq!(root["assetCount"], MILLION);
    let assets = client.get(&format!("/categories/{ROOT}/assets?count=1&offset=5")).await;
    assert_eq!(titles(&assets), ["Generated 000000006"]);
    let facets = client.get("/search/facets").await;
    let other = facets.as_array().unwrap().iter();
    let other: Vec<&Value> =
        other.filter(|facet| facet["facetName"] == "otherFileExtension").collect();
    assert_eq!(other[0]["facets"]["txt"], MILLION + 1);
    let unit = client.get("/organizationalunits/current").await;
    assert!(unit["storage"]["usage"].as_u64().unwrap() > 26 * MILLION);
    assert_eq!(client.asset(LAST).await["file"]["fileName"], "generated-001000000.txt");
    let file = tempfile::NamedTempFile::new().unwrap();
    let download = client.sdk().download(LAST, Rendition::Original).to_file(file.path());
    download.send().await.unwrap();
    assert_eq!(std::fs::read(file.path()).unwrap(), b"Generated asset 001000000\n");
}

#[tokio::test]
async fn searches_filters_and_orders_include_them() {
    let client = million().await;
    for (query, found) in [
        ("count=3&sort=title+A", ["Blue shoe", "Generated 000000001", "Generated 000000002"]),
        (
            "count=3&sort=title+A&offset=999999",
            ["Generated 000999999", "Generated 001000000", "Green bag"],
        ),
        (
            "count=3&sort=title+D&offset=6",
            ["Green bag", "Generated 001000000", "Generated 000999999"],
        ),
        (
            "count=3&sort=record.createdAt+D&offset=7",
            ["Red shoe", "Generated 001000000", "Generated 000999999"],
        ),
    ] {
        let builder = Sandbox::builder().generated_assets(MILLION);
        let client = Client::with(builder.mediavalet_largest_offset(2_000_000)).await;
        let listed = client.get(&format!("/assets?{query}")).await;
        assert_eq!(titles(&listed), found, "{query}");
    }
    let moment = client.asset("a55e7001-0000-4000-8000-0000000f423d").await["createdAt"].clone();
    let moment = moment.as_str().unwrap();
    for (filters, count) in [
        (format!("DateUploaded GE '{moment}'"), 4 + 8),
        (format!("DateUploaded GT '{moment}'"), 3 + 8),
        (format!("DateUploaded LT '{moment}'"), 999_996),
        (format!("DateUploaded EQ '{moment}'"), 1),
        (format!("DateUploaded NE '{moment}'"), 999_999 + 8),
        (format!("DateUploaded GE '{moment}' AND AssetType EQ Document"), 4 + 2),
        ("AssetType EQ Image".to_owned(), 6),
        (format!("AssetType EQ Image OR DateUploaded GE '{moment}'"), 4 + 8),
    ] {
        let body = json!({ "filters": filters, "count": 1 });
        let found = client.ok(Method::POST, "/assets/search", Some(body)).await;
        assert_eq!(found["assetCount"], count, "{filters}");
    }
    for (text, count) in [("generated", MILLION), ("shoe", 2), ("generated OR shoe", MILLION + 2)] {
        let body = json!({ "search": text, "count": 1 });
        let found = client.ok(Method::POST, "/assets/search", Some(body)).await;
        assert_eq!(found["assetCount"], count, "{text}");
    }
}

#[tokio::test]
async fn a_search_with_digits_finds_single_ones() {
    let client = Client::with(Sandbox::builder().generated_assets(300)).await;
    let body = json!({ "search": "000000042 OR *29*" });
    let found = client.ok(Method::POST, "/assets/search", Some(body)).await;
    // 29, 42, 129, 229 and 290 to 299.
    assert_eq!(found["assetCount"], 14);
}

#[tokio::test]
async fn one_that_changes_is_stored_and_one_that_is_deleted_is_gone() {
    let client = million().await;
    let path = format!("/assets/{LAST}");
    let patch = json!([{ "op": "replace", "path": "/title", "value": "Changed" }]);
    client.ok(Method::PATCH, &path, Some(patch)).await;
    assert_eq!(client.asset(LAST).await["title"], "Changed");
    client.ok(Method::POST, &format!("{path}/keywords"), Some(json!(["mine"]))).await;
    let body = json!({ "filters": "Keywords EQ mine" });
    let found = client.ok(Method::POST, "/assets/search", Some(body)).await;
    assert_eq!(titles(&found), ["Changed"]);
    let listed = client.get("/assets?count=1").await;
    assert_eq!(listed["assetCount"], 1_000_008);
    // In order of the date of upload, it is still between the generated ones and the seed.
    let body = json!({ "sort": "record.createdAt D", "count": 2, "offset": 8 });
    let found = client.ok(Method::POST, "/assets/search", Some(body)).await;
    assert_eq!(titles(&found), ["Changed", "Generated 000999999"]);
    let deleted = format!("{path}?isHardDelete=true");
    client.ok(Method::DELETE, &deleted, None).await;
    assert_eq!(client.status(Method::GET, &path, None).await, 404);
    assert_eq!(client.get("/assets?count=1").await["assetCount"], 1_000_007);
    assert_eq!(client.asset(RED_SHOE).await["title"], "Red shoe");
}

/// The walk over windows of the largest offset, with the typed client.
#[tokio::test]
async fn all_of_them_can_be_walked() {
    let builder = Sandbox::builder().generated_assets(700).mediavalet_largest_offset(200);
    let client = Client::with(builder).await;
    let sdk = client.sdk();
    let all =
        sdk.all_assets(search()).offset_limit(200).pages().page_size(100).all().await.unwrap();
    assert_eq!(all.len(), 708);
    let documents = search().filter(field("AssetType").eq("Document"));
    let documents = sdk.all_assets(documents).offset_limit(200).pages().page_size(100);
    assert_eq!(documents.all().await.unwrap().len(), 702);
}

#[tokio::test]
async fn an_empty_account_has_nothing_but_the_root_and_the_caller() {
    let client = Client::with(Sandbox::builder().seeded(false)).await;
    for (path, length) in [
        ("/categories", 1),
        ("/attributes", 0),
        ("/attributeGroups", 0),
        ("/keywords", 0),
        ("/keywordGroups", 0),
        ("/lightboxes", 0),
        ("/savedsearches", 0),
        ("/directlinks", 0),
        ("/brandedportals", 0),
        ("/skyhook/subscriptions/list", 0),
    ] {
        assert_eq!(client.get(path).await.as_array().unwrap().len(), length, "{path}");
    }
    assert_eq!(client.get("/assets").await["assetCount"], 0);
    assert_eq!(client.get("/users").await["userCount"], 1);
}
