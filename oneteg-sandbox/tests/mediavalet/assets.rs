//! Assets: search, filters, change, deletion.

use reqwest::{Method, Url};
use serde_json::json;

use crate::client::{Client, PHOTOGRAPHER, PLACES, PRODUCTS, RED_SHOE, SHOES, titles};

async fn found(client: &Client, query: &[(&str, &str)]) -> Vec<String> {
    let url = Url::parse_with_params("http://x/assets", query).unwrap();
    let payload = client.get(&format!("/assets?{}", url.query().unwrap())).await;
    let body = json!(query.iter().copied().collect::<std::collections::BTreeMap<_, _>>());
    let searched = client.ok(Method::POST, "/assets/search", Some(body)).await;
    assert_eq!(titles(&searched), titles(&payload), "the body means what the query does");
    titles(&payload).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn searches_filters_and_containers() {
    let client = Client::start().await;
    let tree = format!(
        "(CategoryIds/ANY(c: c EQ '{PRODUCTS}') OR CategoryAncestorIds/ANY(c: c EQ '{PRODUCTS}'))"
    );
    let itself = format!("(CategoryIds/ANY(c: c EQ '{PRODUCTS}'))");
    for (query, expected) in [
        (&[("search", "shoe")][..], &["Red shoe", "Blue shoe"][..]),
        (&[("search", "shoe NOT blue")], &["Red shoe"]),
        (&[("search", "harb* OR logo")], &["Harbour at dawn", "Logo"]),
        (&[("search", "shoe"), ("searchFields", "description")], &[]),
        (
            &[("search", "places"), ("searchFields", "categories,title")],
            &["Harbour at dawn", "Mountain"],
        ),
        (&[("filters", "AssetType EQ Image AND File Extension NE png")], &[]),
        (
            &[("filters", "(AssetType EQ 'Document') OR File Extension EQ txt")],
            &["Read me", "Price list"],
        ),
        (&[("filters", "Photographer SW 'logo'")], &["Logo"]),
        (&[("filters", "Usage Rights EQ Web"), ("sort", "title A")], &["Blue shoe", "Red shoe"]),
        (&[("filters", "DateUploaded LT 2023-11-14T22:13:22")], &["Red shoe"]),
        (&[("containerFilter", &itself)], &["Green bag", "Logo", "Read me", "Price list"]),
        (&[("containerFilter", &tree), ("search", "shoe")], &["Red shoe", "Blue shoe"]),
        (
            &[("filters", "Status EQ 0"), ("sort", "file.sizeInBytes A"), ("count", "2")],
            &["Read me", "Price list"],
        ),
        (&[("sort", "record.createdAt D"), ("count", "1"), ("offset", "1")], &["Read me"]),
    ] {
        assert_eq!(found(&client, query).await, expected, "{query:?}");
    }
    for bad in
        ["filters=Nothing+EQ+1", "filters=Status", "sort=size", "searchFields=nothing&search=x"]
    {
        assert_eq!(client.status(Method::GET, &format!("/assets?{bad}"), None).await, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_patch_does_what_it_can() {
    let client = Client::start().await;
    let path = format!("/assets/{RED_SHOE}");
    let patch = json!([
        { "op": "replace", "path": "/title", "value": "Crimson shoe" },
        { "op": "add", "path": "/altText", "value": "A shoe" },
        { "op": "copy", "path": "/description", "from": "/title" },
        { "op": "replace", "path": format!("/attributes/{PHOTOGRAPHER}"), "value": "Me", "oldValue": "You" },
        { "op": "test", "path": "/title", "value": "Red shoe" },
        { "op": "replace", "path": "/filename", "value": "crimson.png" },
        { "op": "replace", "path": "/attributes/x", "value": "y" },
        { "op": "explode", "path": "/title" },
    ]);
    let envelope = client.envelope(Method::PATCH, &path, Some(patch)).await;
    assert_eq!(envelope["errors"].as_array().unwrap().len(), 3, "{}", envelope["errors"]);
    let asset = &envelope["payload"];
    assert_eq!((&asset["title"], &asset["altText"]), (&json!("Crimson shoe"), &json!("A shoe")));
    assert_eq!(asset["description"], "Crimson shoe");
    assert_eq!(
        (&asset["attributes"][PHOTOGRAPHER], &asset["file"]["fileName"]),
        (&json!("Me"), &json!("crimson.png"))
    );
    assert_eq!(&client.asset(RED_SHOE).await["title"], "Crimson shoe");
    let remove = json!([{ "op": "remove", "path": format!("/attributes/{PHOTOGRAPHER}") }]);
    let asset = client.ok(Method::PATCH, &path, Some(remove)).await;
    assert!(asset["attributes"].get(PHOTOGRAPHER).is_none());
    assert_eq!(client.status(Method::PATCH, &path, Some(json!({}))).await, 400);
}

#[tokio::test]
async fn metadata_of_an_asset() {
    let client = Client::start().await;
    let path = format!("/assets/{RED_SHOE}");
    let all =
        client.ok(Method::POST, &format!("{path}/keywords"), Some(json!(["new", "Shoe"]))).await;
    assert_eq!(all["keywords"], json!(["shoe", "new"]));
    assert_eq!(client.status(Method::DELETE, &format!("{path}/keywords/SHOE"), None).await, 202);
    let listed = client.get(&format!("{path}/keywords")).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["keywordName"]), (1, &json!("new")));

    let values = json!([{ PHOTOGRAPHER: "One" }, { PHOTOGRAPHER: "Two" }]);
    let asset = client.ok(Method::POST, &format!("{path}/attributes"), Some(values)).await;
    assert_eq!(asset["attributes"][PHOTOGRAPHER], "Two");
    assert_eq!(client.get(&format!("{path}/attributes")).await["attributes"], asset["attributes"]);

    let categories = format!("{path}/categories");
    let both = client.ok(Method::POST, &categories, Some(json!([PLACES]))).await;
    assert_eq!(both["categoryIds"], json!([SHOES, PLACES]));
    client.ok(Method::PUT, &categories, Some(json!([PRODUCTS, PLACES]))).await;
    assert_eq!(client.status(Method::DELETE, &format!("{categories}/{PLACES}"), None).await, 202);
    assert_eq!(client.status(Method::DELETE, &format!("{categories}/{PLACES}"), None).await, 404);
    assert_eq!(client.get(&categories).await[0]["name"], "Products");
    assert_eq!(client.status(Method::PUT, &categories, Some(json!([]))).await, 400);
}

#[tokio::test]
async fn deleted_assets_are_kept_until_deleted_for_good() {
    let client = Client::start().await;
    let path = format!("/assets/{RED_SHOE}");
    let original = client.get(&path).await["media"]["original"].as_str().unwrap().to_owned();
    assert_eq!(client.status(Method::DELETE, &path, None).await, 200);
    assert_eq!(client.status(Method::GET, &path, None).await, 404);
    assert_eq!(client.status(Method::DELETE, &path, None).await, 404);
    assert!(
        client.get(&format!("{path}?includeSoftDeleted=true")).await["record"]["softDeletedAt"]
            .is_string()
    );
    assert_eq!(client.get("/assets").await["assetCount"], 7);
    assert_eq!(client.get("/assets?includeSoftDeleted=true").await["assetCount"], 8);
    assert_eq!(client.bare(Method::GET, &original).send().await.unwrap().status(), 200);

    let other = client.upload("other.txt", b"x", PLACES).await;
    let other = format!("/assets/{other}");
    client.get("/assets").await;
    client.get("/assets").await;
    assert_eq!(
        client.status(Method::DELETE, &format!("{other}?isHardDelete=true"), None).await,
        200
    );
    assert_eq!(
        client.status(Method::GET, &format!("{other}?includeSoftDeleted=true"), None).await,
        404
    );
}
