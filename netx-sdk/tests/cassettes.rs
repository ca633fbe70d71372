//! Calls recorded against the sandbox are replayed without it, and contain nothing of its account.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{path::Path, time::Duration};

use netx_sdk::{
    Client, ClientBuilder, Error, ErrorCode, ErrorKind, FilePart, RetryPolicy,
    cassette::{Cassette, Recorder},
    search::attribute,
    types::{DataSelector, ImportAssetForm, RequestOptions, SortOrder},
};
use oneteg_sandbox::{Fault, Sandbox, netx::RESTRICTED_ASSET};

const KEY: [u8; 16] = *b"the tests' key 1";

/// Words of the sandbox's account.
const CANARIES: [&str; 12] = [
    "banner",
    "poster",
    "lindqvist",
    "chidi",
    "campaign",
    "photographer",
    "lamp",
    "armchair",
    "canary",
    "logo",
    "sandbox-token",
    "127.0.0.1",
];

fn build(builder: ClientBuilder) -> Client {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(1)).build();
    builder.retry(quick).build().unwrap()
}

fn recording(sandbox: &Sandbox, recorder: &Recorder) -> Client {
    build(Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key()).record(recorder))
}

fn replaying(cassette: &Cassette) -> Client {
    build(Client::builder(cassette.url()).api_key("any").replay(cassette))
}

/// A program that lists, reads, writes and fails. Returns what is no content of the account.
async fn program(client: &Client, folder: &Path) -> Result<Vec<String>, Error> {
    let mut seen = Vec::new();
    seen.push(format!("{:?}", client.get_self().send().await?.level));
    let options = RequestOptions::new().sort_by("name", SortOrder::Asc).select([
        DataSelector::AssetId,
        DataSelector::AssetBase,
        DataSelector::AssetFile,
    ]);
    let assets = client.get_assets_by_folder(1, true).options(options).pages().page_size(5);
    let assets = assets.all().await?;
    seen.push(format!("{} assets", assets.len()));
    let first = &assets[0];
    let path = folder.join("copy");
    let _ = std::fs::remove_file(&path);
    let bytes = client.download(first.id).to_file(&path).send().await?;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), bytes);
    seen.push(format!("{bytes} bytes"));
    let thumbnail = client.get_asset_thumbnail(first.id).send().await?.into_inner();
    seen.push(format!("thumbnail of {} bytes", thumbnail.collect(1 << 20).await?.len()));

    let created = client.find_or_create_folder("Canary/2026").await?;
    let file = FilePart::new("canary.png", b"canary".to_vec()).content_type("image/png");
    let form = ImportAssetForm::new(file, created.id, "canary.png");
    let asset = client.import_asset(form).send().await?.into_inner();
    let query = attribute("Description").contains("canary");
    let found = client.get_assets_by_query(query).send().await?;
    seen.push(format!("{:?} found, folder {}", found.size, asset.folders.is_some()));
    let refused =
        client.get_assets([i64::try_from(RESTRICTED_ASSET).unwrap()]).send().await.unwrap_err();
    seen.push(format!("{:?} {:?}", refused.kind(), ErrorCode::of(&refused)));
    Ok(seen)
}

#[tokio::test]
async fn a_program_sees_the_same_replayed() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The program's own values: the test passes them again.
    let recorder = Recorder::with_key(&KEY)
        .keep("Canary/2026")
        .keep("canary.png")
        .keep("canary")
        .keep("Description")
        .keep(RESTRICTED_ASSET);
    sandbox.netx().script(Fault::response(503).only("getAssetsByFolder")).unwrap();
    let seen = program(&recording(&sandbox, &recorder), folder.path()).await.unwrap();
    let file = folder.path().join("program.jsonl");
    recorder.save(&file).unwrap();
    drop(sandbox);

    let cassette = Cassette::load(&file).unwrap();
    assert_eq!(program(&replaying(&cassette), folder.path()).await.unwrap(), seen);
    cassette.finish().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("\"status\":503").count(), 1);
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

#[tokio::test]
async fn a_call_that_was_not_recorded_is_a_mistake_of_the_test() {
    let sandbox = Sandbox::start().await.unwrap();
    let recorder = Recorder::new().unwrap().keep(201);
    recording(&sandbox, &recorder).get_assets([201]).send().await.unwrap();
    let client = replaying(&recorder.cassette().unwrap());
    let error = client.get_assets([202]).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.attempts(), 1);
    let expected = "in line 2: `/params/0/0` of the body is `201`, sent was `202`";
    assert!(error.message().contains(expected), "{error}");
    client.get_assets([201]).send().await.unwrap();
}
