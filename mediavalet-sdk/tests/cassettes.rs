//! Calls recorded against the sandbox are replayed without it, and contain nothing of its account.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{path::Path, time::Duration};

use mediavalet_sdk::{
    Client, ClientBuilder, Error, Patch, RetryPolicy,
    cassette::{Cassette, Recorder},
    download::Rendition,
    search::{field, search},
    types::CategoryCreateRequest,
};
use oneteg_sandbox::{Fault, Sandbox, mediavalet::RESTRICTED_ASSET};

/// Words of the sandbox's account.
const CANARIES: [&str; 13] = [
    "shoe",
    "harbour",
    "mountain",
    "vera member",
    "edwin",
    "viewer",
    "photographer",
    "usage rights",
    "studio",
    "canary",
    "sandbox-access",
    "sandbox-subscription",
    "127.0.0.1",
];

fn build(builder: ClientBuilder) -> Client {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(1)).build();
    builder.retry(quick).build().unwrap()
}

fn recording(sandbox: &Sandbox, recorder: &Recorder) -> Client {
    let server = sandbox.mediavalet();
    let builder = Client::builder()
        .base_url(sandbox.mediavalet_url())
        .subscription_key(server.account().subscription_key.clone())
        .access_token(server.issue_access_token());
    build(builder.record(recorder))
}

fn replaying(cassette: &Cassette) -> Client {
    let builder =
        Client::builder().base_url(cassette.url()).subscription_key("any").access_token("any");
    build(builder.replay(cassette))
}

/// A program that lists, reads, uploads and fails. Returns what is no content of the account.
async fn program(client: &Client, folder: &Path) -> Result<Vec<String>, Error> {
    let mut seen = Vec::new();
    let me = client.get_current_user().send().await?.into_inner();
    seen.push(format!("{:?}", me.user_name.is_some()));
    let assets = client.list_assets().pages().page_size(3).all().await?;
    seen.push(format!("{} assets", assets.len()));
    let path = folder.join("copy");
    let _ = std::fs::remove_file(&path);
    let bytes = client.download(&assets[0].id, Rendition::Original).to_file(&path).send().await?;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), bytes);
    seen.push(format!("{bytes} bytes"));

    let request = CategoryCreateRequest::new().tree_name("Canary films");
    let category = client.create_category(request).send().await?.into_inner();
    let original = folder.join("canary.mov");
    std::fs::write(&original, vec![7; 9 << 20]).unwrap();
    let upload =
        client.upload(&*original).title("Canary film").category(&category.id).keyword("canary");
    let upload = upload.wait_until_ready(Duration::from_secs(60)).send().await?;
    seen.push(format!("{} bytes uploaded", upload.bytes));
    client
        .update_asset(&upload.id, Patch::new().replace("/description", "Canary waves"))
        .send()
        .await?;
    let asset = client.get_asset(&upload.id).send().await?.into_inner();
    seen.push(format!("{:?} {:?}", asset.description, asset.id == upload.id));
    let query = search().text("canary").filter(field("File Extension").eq("mov")).page(0, 10);
    let found = client.search_assets(query).send().await?.into_inner();
    seen.push(format!("{:?} found", found.asset_count));
    let refused = client.get_asset(RESTRICTED_ASSET).send().await.unwrap_err();
    seen.push(format!("{:?} {:?}", refused.kind(), refused.status()));
    Ok(seen)
}

#[tokio::test]
async fn a_program_sees_the_same_replayed() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The program's own values are no secret here, and the test passes them again.
    let recorder = Recorder::new().unwrap().keep_inputs(true);
    let message =
        r#"{"statusCode": 429, "message": "Rate limit is exceeded. Try again in 0 seconds."}"#;
    let busy = Fault::response(429).header("content-type", "application/json").body(message);
    sandbox.mediavalet().script(busy.only("listAssets")).unwrap();
    let seen = program(&recording(&sandbox, &recorder), folder.path()).await.unwrap();
    let file = folder.path().join("program.jsonl");
    recorder.save(&file).unwrap();
    drop(sandbox);

    let cassette = Cassette::load(&file).unwrap();
    assert_eq!(program(&replaying(&cassette), folder.path()).await.unwrap(), seen);
    cassette.finish().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("Try again in 0 "), "{text}");
}

#[tokio::test]
async fn nothing_of_the_account_is_recorded() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::new().unwrap();
    program(&recording(&sandbox, &recorder), folder.path()).await.unwrap();
    let text = recorder.cassette().unwrap().to_string().to_lowercase();
    for canary in CANARIES {
        let found = text.find(canary).map(|at| text.get(at.saturating_sub(60)..at + 60));
        assert_eq!(found, None, "{canary}");
    }
}
