//! The tree of categories, and the vocabulary of keywords and attributes.

use reqwest::Method;
use serde_json::json;

use crate::client::{Client, PLACES, PRODUCTS, RED_SHOE, ROOT, SHOES, titles};

#[tokio::test]
async fn the_tree_is_read_and_changed() {
    let client = Client::start().await;
    let new = json!({ "treeName": "Boots", "parentId": SHOES, "description": "High" });
    let created = client.ok(Method::POST, "/categories", Some(new)).await;
    assert_eq!(created["tree"]["path"], "\\Library\\Products\\Shoes\\Boots");
    let id = created["id"].as_str().unwrap();
    let path = format!("/categories/{id}");
    let patch = json!([
        { "op": "replace", "path": "/name", "value": "Wellingtons" },
        { "op": "replace", "path": "/parentId", "value": PLACES },
        { "op": "replace", "path": "/assetCount", "value": 3 },
    ]);
    let envelope = client.envelope(Method::PATCH, &path, Some(patch)).await;
    assert_eq!(envelope["payload"]["tree"]["path"], "\\Library\\Places\\Wellingtons");
    assert_eq!(envelope["errors"].as_array().unwrap().len(), 1);
    let below = json!([{ "op": "replace", "path": "/parentId", "value": SHOES }]);
    let envelope =
        client.envelope(Method::PATCH, &format!("/categories/{PRODUCTS}"), Some(below)).await;
    assert_eq!(envelope["errors"].as_array().unwrap().len(), 1, "it cannot be moved below itself");

    let tree = client.get(&format!("/categories/{ROOT}")).await;
    assert_eq!(tree["subfolders"][1]["subfolders"][0]["name"], "Wellingtons");
    assert_eq!(client.get("/categories").await.as_array().unwrap().len(), 5);
    assert_eq!(client.get("/categories/subcategories").await[0]["name"], "Products");
    let below = client.get(&format!("/categories/{PRODUCTS}/subcategories")).await;
    assert_eq!((&below[0]["name"], &below[0]["assetCount"]), (&json!("Shoes"), &json!(2)));

    let assets = client.get(&format!("/categories/{SHOES}/assets?count=1&offset=1")).await;
    assert_eq!((titles(&assets), &assets["assetCount"]), (vec!["Blue shoe"], &json!(2)));
    let basic = client.get(&format!("/categories/{SHOES}/assets/basic")).await;
    assert_eq!(basic["assets"][0]["mediaFile"]["FileName"], "red-shoe.png");

    assert_eq!(client.status(Method::DELETE, &path, None).await, 200);
    assert_eq!(client.status(Method::GET, &path, None).await, 404);
    assert_eq!(client.status(Method::DELETE, &format!("/categories/{PRODUCTS}"), None).await, 400);
    assert_eq!(client.status(Method::DELETE, &format!("/categories/{ROOT}"), None).await, 400);
    assert_eq!(client.status(Method::DELETE, &format!("/categories/{SHOES}"), None).await, 200);
    assert_eq!(client.asset(RED_SHOE).await["categories"], json!([]));
    for bad in [json!({}), json!({ "treeName": " " }), json!({ "treeName": "x", "parentId": "x" })]
    {
        assert_eq!(client.status(Method::POST, "/categories", Some(bad)).await, 400);
    }
}

#[tokio::test]
async fn keywords_and_attributes() {
    let client = Client::start().await;
    let keyword = client.request(Method::POST, "/keywords").body("plain text");
    assert_eq!(keyword.send().await.unwrap().status(), 202);
    let writes = client.writes();
    assert_eq!(client.status(Method::POST, "/keywords", Some(json!("Plain Text"))).await, 202);
    assert_eq!(client.writes(), writes, "the keyword exists already");
    let rename = json!([{ "op": "replace", "path": "/keywordName", "value": "footwear" }]);
    client.ok(Method::PATCH, "/keywords/shoe", Some(rename)).await;
    assert_eq!(client.asset(RED_SHOE).await["keywords"], json!(["footwear"]));
    assert_eq!(client.status(Method::PATCH, "/keywords/shoe", Some(json!([]))).await, 404);
    assert_eq!(client.get("/keywords?count=2").await.as_array().unwrap().len(), 2);

    let new = json!({ "name": "Season", "attributeType": "List", "optionsList": [{ "optionValue": "Winter" }] });
    let created = client.ok(Method::POST, "/attributes", Some(new)).await;
    assert_eq!(created["optionsList"][0]["optionValue"], "Winter");
    let path = format!("/attributes/{}", created["id"].as_str().unwrap());
    client
        .ok(Method::PUT, &path, Some(json!({ "name": "Time of year", "attributeType": "Text" })))
        .await;
    assert_eq!(client.get(&path).await["searchFieldName"], "Timeofyear");
    let values = json!([{ created["id"].as_str().unwrap(): "Winter" }]);
    client.ok(Method::POST, &format!("/assets/{RED_SHOE}/attributes"), Some(values)).await;
    let found = client.get("/assets?filters=Time+of+year+EQ+Winter").await;
    assert_eq!(titles(&found), ["Red shoe"]);
    assert_eq!(client.status(Method::DELETE, &path, None).await, 200);
    assert_eq!(client.status(Method::GET, &path, None).await, 404);
    assert_eq!(client.asset(RED_SHOE).await["attributes"].as_object().unwrap().len(), 2);
}
