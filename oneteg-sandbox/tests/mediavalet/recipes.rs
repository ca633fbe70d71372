//! The recipes of `examples/mediavalet_recipes` do what they describe.

use std::fs;

use mediavalet_sdk::{FilePart, Patch};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::{Client, PHOTOGRAPHER, PLACES, RED_SHOE, SHOES, titles};

#[path = "../../examples/mediavalet_recipes/approve.rs"]
mod approve;
#[path = "../../examples/mediavalet_recipes/archive.rs"]
mod archive;
#[path = "../../examples/mediavalet_recipes/press_kit.rs"]
mod press_kit;
#[path = "../../examples/mediavalet_recipes/tags.rs"]
mod tags;
#[path = "../../examples/mediavalet_recipes/webhook.rs"]
mod webhook;

const BLUE_SHOE: &str = "a55e7000-0000-4000-8000-000000000002";
const HARBOUR: &str = "a55e7000-0000-4000-8000-000000000004";

#[tokio::test]
async fn a_press_kit_follows_its_category_and_is_withdrawn() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let first = press_kit::publish(&sdk, PLACES, "Spring").await.unwrap();
    let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["harbour.png", "mountain.png"]);
    let before = client.writes();
    assert_eq!(press_kit::publish(&sdk, PLACES, "Spring").await.unwrap(), first);
    assert_eq!(client.writes(), before, "all links exist");
    // One leaves the category, another one is rejected and comes back.
    client.ok(Method::PUT, &format!("/assets/{HARBOUR}/categories"), Some(json!([SHOES]))).await;
    assert_eq!(press_kit::publish(&sdk, PLACES, "Spring").await.unwrap(), first[1..]);
    let states = async || -> Vec<String> {
        let links = client.get("/directlinks").await;
        let links = links.as_array().unwrap().iter();
        links.map(|link| link["state"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(states().await, ["Deactivated", "Active"]);
    client.ok(Method::PUT, &format!("/assets/{HARBOUR}/categories"), Some(json!([PLACES]))).await;
    assert_eq!(press_kit::publish(&sdk, PLACES, "Spring").await.unwrap(), first);
    press_kit::publish(&sdk, PLACES, "Summer").await.unwrap();
    assert_eq!(press_kit::withdraw(&sdk, "Spring").await.unwrap(), 2);
    assert_eq!(press_kit::withdraw(&sdk, "Spring").await.unwrap(), 0);
    assert_eq!(states().await, ["Deactivated", "Deactivated", "Active", "Active"]);
}

#[tokio::test]
async fn a_webhook_downloads_what_is_new_once() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let folder = tempfile::tempdir().unwrap();
    let (found, queue) = tokio::sync::mpsc::channel(10);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mediavalet/secret", listener.local_addr().unwrap());
    let routes = webhook::routes("secret", found.clone());
    let server = tokio::spawn(async move { axum::serve(listener, routes).await });
    for _ in 0..2 {
        webhook::subscribe(&sdk, &url).await.unwrap();
    }
    let listed = client.get("/skyhook/subscriptions/list").await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let upload = sdk.upload(FilePart::new("note.txt", b"New".to_vec())).category(PLACES);
    let id = upload.send().await.unwrap().id;
    client.sandbox.mediavalet().webhooks_delivered().await;
    let forged = client.bare(Method::POST, &url.replace("/secret", "/guess")).body("{}");
    assert_eq!(forged.send().await.unwrap().status(), 404);
    let broken = client.bare(Method::POST, &url).body("no event").send().await.unwrap();
    assert_eq!(broken.status(), 400);
    // A repeated event, and one that somebody made up.
    found.send(id).await.unwrap();
    found.send("a55e7000-0000-4000-8000-0000000000ff".into()).await.unwrap();
    server.abort();
    drop(found);
    let mut results = Vec::new();
    webhook::work(&sdk, folder.path(), queue, |_, result| results.push(result)).await;
    let note = folder.path().join("note.txt");
    assert!(matches!(&results[..], [Ok(Some(path)), Ok(None), Err(_)] if *path == note));
    assert_eq!(fs::read(note).unwrap(), b"New");
}

#[tokio::test]
async fn a_full_queue_makes_the_sender_deliver_again() {
    let client = Client::start().await;
    let (found, mut queue) = tokio::sync::mpsc::channel(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mediavalet/secret", listener.local_addr().unwrap());
    let routes = webhook::routes("secret", found);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let event = json!({ "type": "Asset.MediaFileAdded", "data": { "AssetId": RED_SHOE } });
    for status in [200, 503] {
        let delivery = client.bare(Method::POST, &url).json(&event);
        assert_eq!(delivery.send().await.unwrap().status(), status);
    }
    assert_eq!(queue.recv().await.as_deref(), Some(RED_SHOE));
}

#[tokio::test]
async fn keywords_are_replaced_where_they_are_whole() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let path = format!("/assets/{BLUE_SHOE}/keywords");
    client.ok(Method::POST, &path, Some(json!(["shoe box", "footwear"]))).await;
    let file = "old,new\nShoe,footwear\nbrand, \nbag,BAG\n,x\n";
    let before = client.writes();
    let counted = tags::clean_up(&sdk, file.as_bytes(), false).await.unwrap();
    assert_eq!(client.writes(), before);
    assert_eq!(counted.replaced, [("Shoe".to_owned(), 2), ("brand".to_owned(), 1)]);
    let lines: Vec<u64> = counted.refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 5]);
    assert_eq!(tags::clean_up(&sdk, file.as_bytes(), true).await.unwrap(), counted);
    assert_eq!(client.asset(RED_SHOE).await["keywords"], json!(["footwear"]));
    assert_eq!(client.asset(BLUE_SHOE).await["keywords"], json!(["shoe box", "footwear"]));
    let again = tags::clean_up(&sdk, file.as_bytes(), true).await.unwrap();
    assert_eq!(again.replaced, [("Shoe".to_owned(), 0), ("brand".to_owned(), 0)]);
}

#[tokio::test]
async fn complete_uploads_are_approved_and_others_get_one_comment() {
    let client = Client::start().await;
    let sdk = client.sdk();
    for (id, description) in [(RED_SHOE, "A shoe"), (BLUE_SHOE, " ")] {
        let pending = Patch::new().replace("/status", 2).replace("/description", description);
        sdk.update_asset(id, pending).send().await.unwrap();
    }
    let remove = Patch::new().remove(Patch::attribute_path(PHOTOGRAPHER));
    sdk.update_asset(BLUE_SHOE, remove).send().await.unwrap();
    for (run, approved) in [(1, vec![RED_SHOE.to_owned()]), (2, Vec::new())] {
        let outcome = approve::review(&sdk, &["Photographer"]).await.unwrap();
        assert_eq!(outcome.approved, approved, "run {run}");
        let missing = "Photographer, description".to_owned();
        assert_eq!(outcome.incomplete, [(BLUE_SHOE.to_owned(), missing)]);
    }
    assert_eq!(client.asset(RED_SHOE).await["status"], 0);
    let comments = client.get(&format!("/assets/{BLUE_SHOE}/comments")).await;
    let comments = comments.as_array().unwrap();
    assert_eq!(comments.len(), 1);
    assert_eq!(comments[0]["comment"], "Not approved yet: Photographer, description missing");
    let unknown = approve::review(&sdk, &["Mood"]).await.unwrap_err();
    assert!(unknown.to_string().contains("Mood"), "{unknown}");
}

#[tokio::test]
async fn old_assets_without_links_are_archived() {
    let client = Client::start().await;
    let sdk = client.sdk();
    client.ok(Method::POST, &format!("/directlinks/{RED_SHOE}"), Some(json!({}))).await;
    let date = "2024-01-01T00:00:00Z".parse().unwrap();
    let outcome = archive::run(&sdk, "Products/Shoes", date, "Archive").await.unwrap();
    assert_eq!(outcome, archive::Outcome { moved: 1, in_use: 1 });
    let target = sdk.find_category("Archive/2023").await.unwrap().unwrap();
    let archived = client.get(&format!("/categories/{}/assets", target.id)).await;
    assert_eq!(titles(&archived), ["Blue shoe"]);
    assert_eq!(titles(&client.get(&format!("/categories/{SHOES}/assets")).await), ["Red shoe"]);
    let again = archive::run(&sdk, "Products/Shoes", date, "Archive").await.unwrap();
    assert_eq!(again, archive::Outcome { moved: 0, in_use: 1 });
    let early = "2020-01-01T00:00:00Z".parse().unwrap();
    let nothing = archive::run(&sdk, "Products", early, "Archive").await.unwrap();
    assert_eq!(nothing, archive::Outcome::default());
    let missing = archive::run(&sdk, "Nowhere", date, "Archive").await.unwrap();
    assert_eq!(missing, archive::Outcome::default());
}
