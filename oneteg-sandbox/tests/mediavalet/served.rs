//! The list of served operations is true: each is called, the list is the committed one, and the specification
//! has each with the same method and path.

use std::collections::BTreeSet;

use oneteg_sandbox::{Sandbox, mediavalet};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, PHOTOGRAPHER, PLACES, RED_SHOE, SHOES};

const COMMITTED: &str = include_str!("../../served/mediavalet.txt");

/// A call of each operation, which succeeds after the calls before it.
#[rustfmt::skip]
fn calls() -> Vec<(&'static str, Method, String, Value)> {
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    let (patch, delete) = (Method::PATCH, Method::DELETE);
    let none = Value::Null;
    let asset = |rest: &str| format!("/assets/{RED_SHOE}{rest}");
    let id = |kind: &str, n: u64| format!("{kind}-0000-4000-8000-{n:012x}");
    let (attribute, category) = (id("a7710000", 4), id("ca7e6000", 5));
    let lightbox = format!("/lightboxes/{}", id("11b00000", 1));
    let search = format!("/savedsearches/{}", id("5ea00000", 1));
    let direct_link = |what: &str| format!("/directLinks/{RED_SHOE}/{what}/{}", id("d1ec0000", 1));
    let upload = |rest: &str| format!("/uploads/{}{rest}", id("a55e7000", 11));
    let named = |name: &str| json!([{ "op": "replace", "path": name, "value": "Renamed" }]);
    vec![
        ("getHomeDocument", get.clone(), "/".into(), none.clone()),
        ("getCurrentUser", get.clone(), "/users/current".into(), none.clone()),
        ("listUsers", get.clone(), "/users".into(), none.clone()),
        ("createUser", post.clone(), "/users".into(), json!({ "UserName": "new" })),
        ("getUser", get.clone(), format!("/users/{}", id("05e70000", 4)), none.clone()),
        ("updateUser", put.clone(), format!("/users/{}", id("05e70000", 4)), json!({ "Title": "Dr" })),
        ("listUserGroups", get.clone(), "/groups".into(), none.clone()),
        ("createUserGroup", post.clone(), "/groups".into(), json!({ "roleName": "New" })),
        ("getUserGroup", get.clone(), format!("/groups/{}", id("64090000", 3)), none.clone()),
        ("updateUserGroup", put.clone(), format!("/groups/{}", id("64090000", 3)), json!({ "roleName": "Newer" })),
        ("listSearchFacets", get.clone(), "/search/facets".into(), none.clone()),
        ("listAssets", get.clone(), "/assets".into(), none.clone()),
        ("searchAssets", post.clone(), "/assets/search".into(), json!({ "search": "shoe" })),
        ("listRecentlyUploadedAssets", get.clone(), "/recentlyUploaded".into(), none.clone()),
        ("getAsset", get.clone(), asset(""), none.clone()),
        ("updateAsset", patch.clone(), asset(""), named("/title")),
        ("listAssetComments", get.clone(), asset("/comments"), none.clone()),
        ("addCommentsToAsset", post.clone(), asset("/comments"), json!(["Nice"])),
        ("createAssetRating", post.clone(), asset("/rating"), json!({ "Rating": 4 })),
        ("getAssetAttributes", get.clone(), asset("/attributes"), none.clone()),
        ("addAttributesToAsset", post.clone(), asset("/attributes"), json!([{ PHOTOGRAPHER: "Me" }])),
        ("listAssetKeywords", get.clone(), asset("/keywords"), none.clone()),
        ("addKeywordsToAsset", post.clone(), asset("/keywords"), json!(["new"])),
        ("removeKeywordFromAsset", delete.clone(), asset("/keywords/new"), none.clone()),
        ("listAssetCategories", get.clone(), asset("/categories"), none.clone()),
        ("addCategoriesToAsset", post.clone(), asset("/categories"), json!([PLACES])),
        ("replaceAssetCategories", put.clone(), asset("/categories"), json!([PLACES, SHOES])),
        ("removeCategoryFromAsset", delete.clone(), asset(&format!("/categories/{PLACES}")), none.clone()),
        ("listAssetVersions", get.clone(), asset("/versions"), none.clone()),
        ("checkOutAsset", post.clone(), asset("/checkOut"), json!(["Mine"])),
        ("validateAssetCheckIn", post.clone(), format!("/assetCheckIn/{RED_SHOE}/validate"), json!("a.png")),
        ("startAssetCheckIn", get.clone(), format!("/assetCheckIn/{RED_SHOE}"), none.clone()),
        ("completeAssetCheckIn", put.clone(), format!("/assetCheckIn/{RED_SHOE}"), json!({})),
        ("listAssetDownloadUrls", post.clone(), "/downloads/asseturls".into(), json!({ "assetIds": [RED_SHOE] })),
        ("validateDownload", post.clone(), "/downloads/validate".into(), json!({ "isDirectDownload": true })),
        ("createAssetDownload", post.clone(), format!("/downloads/{}/asset", id("d09a0000", 1)), json!({ "assetId": RED_SHOE, "attributeIdValues": {} })),
        ("reportAssetDownload", post.clone(), asset("/downloaded"), none.clone()),
        ("createDirectLink", post.clone(), format!("/directlinks/{RED_SHOE}"), json!({})),
        ("listAssetDirectLinks", get.clone(), format!("/directlinks/{RED_SHOE}"), none.clone()),
        ("deactivateDirectLink", put.clone(), direct_link("deactivate"), none.clone()),
        ("activateDirectLink", put.clone(), direct_link("activate"), none.clone()),
        ("listRenditionKinds", get.clone(), "/config/renditionkinds".into(), none.clone()),
        ("listAssetRenditions", get.clone(), "/assets/a55e7000-0000-4000-8000-000000000002/renditions".into(), none.clone()),
        ("getAssetRendition", get.clone(), "/assets/a55e7000-0000-4000-8000-000000000002/renditions/4e4d0000-0000-4000-8000-000000000001".into(), none.clone()),
        ("createAsset", post.clone(), "/assets".into(), json!({ "filename": "a.txt" })),
        ("createAssetUpload", post.clone(), format!("/assets/{}/uploads", id("a55e7000", 10)), json!({})),
        ("completeAssetUpload", put.clone(), format!("/assets/{}", id("a55e7000", 10)), json!({ "fileSizeInBytes": 1 })),
        ("createUpload", post.clone(), "/uploads".into(), json!({ "filename": "b.txt" })),
        ("validateUploads", post.clone(), "/uploads/validate".into(), json!([{ "fileName": "b.txt", "size": 1 }])),
        ("updateUpload", put.clone(), upload(""), json!({ "fileSizeInBytes": 1 })),
        ("addCategoriesToUpload", post.clone(), upload("/categories"), json!([SHOES])),
        ("addKeywordsToUpload", post.clone(), upload("/keywords"), json!(["b"])),
        ("addAttributesToUpload", post.clone(), upload("/attributes"), json!([{ PHOTOGRAPHER: "Me" }])),
        ("patchUpload", patch.clone(), upload(""), json!([{ "op": "replace", "path": "/status", "value": 1 }])),
        ("listCategories", get.clone(), "/categories".into(), none.clone()),
        ("createCategory", post.clone(), "/categories".into(), json!({ "treeName": "New" })),
        ("getCategory", get.clone(), format!("/categories/{category}"), none.clone()),
        ("updateCategory", patch.clone(), format!("/categories/{category}"), named("/name")),
        ("listRootSubcategories", get.clone(), "/categories/subcategories".into(), none.clone()),
        ("listSubcategories", get.clone(), format!("/categories/{SHOES}/subcategories"), none.clone()),
        ("listCategoryAssets", get.clone(), format!("/categories/{SHOES}/assets"), none.clone()),
        ("listCategoryBasicAssets", get.clone(), format!("/categories/{SHOES}/assets/basic"), none.clone()),
        ("deleteCategory", delete.clone(), format!("/categories/{category}"), none.clone()),
        ("listKeywords", get.clone(), "/keywords".into(), none.clone()),
        ("createKeyword", post.clone(), "/keywords".into(), json!("fresh")),
        ("updateKeyword", patch.clone(), "/keywords/fresh".into(), named("/keywordName")),
        ("listAttributes", get.clone(), "/attributes".into(), none.clone()),
        ("createAttribute", post.clone(), "/attributes".into(), json!({ "name": "New", "attributeType": "Text" })),
        ("getAttribute", get.clone(), format!("/attributes/{attribute}"), none.clone()),
        ("updateAttribute", put.clone(), format!("/attributes/{attribute}"), json!({ "name": "Newer" })),
        ("deleteAttribute", delete.clone(), format!("/attributes/{attribute}"), none.clone()),
        ("createLightbox", post.clone(), "/lightboxes".into(), json!({ "name": "New" })),
        ("listLightboxes", get.clone(), "/lightboxes".into(), none.clone()),
        ("getLightbox", get.clone(), lightbox.clone(), none.clone()),
        ("updateLightbox", put, lightbox.clone(), json!({ "name": "Newer" })),
        ("patchLightbox", patch.clone(), lightbox.clone(), named("/name")),
        ("addAssetsToLightbox", post.clone(), format!("{lightbox}/assets"), json!([RED_SHOE])),
        ("listLightboxAssets", get.clone(), format!("{lightbox}/assets"), none.clone()),
        ("removeAssetFromLightbox", delete.clone(), format!("{lightbox}/assets/{RED_SHOE}"), none.clone()),
        ("removeAssetsFromLightbox", delete.clone(), format!("{lightbox}/assets"), json!([RED_SHOE])),
        ("deleteLightbox", delete.clone(), lightbox, none.clone()),
        ("createSavedSearch", post, "/savedsearches".into(), json!({ "name": "New" })),
        ("listSavedSearches", get.clone(), "/savedsearches".into(), none.clone()),
        ("getSavedSearch", get, search.clone(), none.clone()),
        ("updateSavedSearch", patch, search.clone(), named("/name")),
        ("deleteSavedSearch", delete.clone(), search, none.clone()),
        ("deleteAsset", delete, asset(""), none),
    ]
}

#[tokio::test]
async fn every_listed_operation_is_served() {
    let client = Client::with(Sandbox::builder().mediavalet_processing_polls(0)).await;
    let mut called = BTreeSet::new();
    for (name, method, path, body) in calls() {
        let body = Some(body).filter(|body| !body.is_null());
        let mut payload = client.ok(method, &path, body).await;
        if let Some(url) = payload["uploadUrl"].as_str() {
            assert_eq!(client.put_blob(url, "x").await.status(), 201, "{name}");
        }
        assert!(called.insert(name), "{name} is called twice");
        let _ = payload.take();
    }
    let mediavalet = client.sandbox.mediavalet();
    let seen = mediavalet.requests().into_iter().filter_map(|seen| seen.operation);
    let recorded: BTreeSet<String> = seen.filter(|name| name != "putBlob").collect();
    let called: Vec<_> = called.into_iter().collect();
    assert_eq!(Vec::from_iter(recorded), called, "each request reached its operation");
    assert_eq!(called, mediavalet::served());
    assert_eq!(called, COMMITTED.lines().collect::<Vec<_>>());
}

#[tokio::test]
async fn each_is_in_the_specification_with_its_method_and_path() {
    let client = Client::start().await;
    let home = client.get("/").await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/mediavalet");
    let mut specified = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let yaml = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let (mut path, mut method) = (String::new(), String::new());
        for line in yaml.lines() {
            if let Some(found) = line.strip_prefix("  /").and_then(|line| line.strip_suffix(':')) {
                path = format!("/{found}");
            } else if let Some(found) =
                line.strip_prefix("    ").and_then(|line| line.strip_suffix(':'))
            {
                method = found.to_uppercase();
            } else if let Some(id) = line.trim().strip_prefix("operationId: ") {
                specified.push((id.to_owned(), method.clone(), path.to_lowercase()));
            }
        }
    }
    assert_eq!(specified.len(), 312);
    for (name, function) in home["functions"].as_object().unwrap() {
        let method = function["hints"]["allow"][0].as_str().unwrap().to_owned();
        let path = function["href"].as_str().unwrap().to_lowercase();
        let served = (name.clone(), method, path);
        assert!(specified.contains(&served), "{served:?}");
    }
}
