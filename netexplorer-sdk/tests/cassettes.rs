//! Calls recorded against the sandbox are replayed without it, and contain nothing of its account.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{path::Path, time::Duration};

use netexplorer_sdk::{
    Client, ClientBuilder, Error, ErrorCode, RetryPolicy,
    cassette::{Cassette, Recorder},
    types::{CreateFolderRequest, CreateTagRequest},
    upload::UploadMethod,
};
use oneteg_sandbox::{Fault, Sandbox};

/// Words of the sandbox's account.
const CANARIES: [&str; 12] = [
    "projets",
    "catalogue",
    "campagne",
    "direction",
    "lisez",
    "lampe",
    "fauteuil",
    "ferreira",
    "annuaire",
    "canari",
    "sandbox",
    "127.0.0.1",
];

fn build(builder: ClientBuilder) -> Client {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(1)).build();
    builder.retry(quick).build().unwrap()
}

fn recording(sandbox: &Sandbox, recorder: &Recorder) -> Client {
    let token = sandbox.netexplorer().issue_access_token();
    build(Client::builder(sandbox.netexplorer_url()).access_token(token).record(recorder))
}

fn replaying(cassette: &Cassette) -> Client {
    build(Client::builder(cassette.url()).access_token("any").replay(cassette))
}

/// A program that lists, uploads in three ways, reads and fails. Returns what is no content of the account.
async fn program(client: &Client, folder: &Path) -> Result<Vec<String>, Error> {
    let mut seen = Vec::new();
    seen.push(format!("{:?}", client.get_account().send().await?.active));
    let roots = client.list_folders().send().await?;
    let root = roots.iter().find_map(|folder| folder.id).unwrap();
    let mut walk = client.walk(root).parallel(1);
    let mut entries = 0;
    while walk.try_next().await?.is_some() {
        entries += 1;
    }
    seen.push(format!("{entries} entries"));
    let created =
        client.create_folder(CreateFolderRequest::new(root, "Démo du canari")).send().await?;
    let created = created.id.unwrap();
    for (method, name, size) in [
        (UploadMethod::Simple, "canari 1.txt", 200_000),
        (UploadMethod::Chunked, "canari 2.pdf", 2 << 20),
        (UploadMethod::Tus, "canari 3.mov", 3 << 20),
    ] {
        let upload =
            client.upload(created, vec![7; size]).name(name).method(method).piece_size(1 << 20);
        let id = upload.send().await?.id;
        let path = folder.join("copy");
        let _ = std::fs::remove_file(&path);
        let bytes = client.download(id).to_file(&path).send().await?;
        seen.push(format!("{method:?}: {bytes} bytes"));
    }
    let tag = client.create_tag(CreateTagRequest::new().name("Canari")).send().await?.id;
    client.add_tag_to_element(tag, created, "folder").send().await?;
    let taken = CreateFolderRequest::new(root, "Démo du canari");
    let refused = client.create_folder(taken).send().await.unwrap_err();
    seen.push(format!("{:?} {:?}", refused.kind(), ErrorCode::of(&refused)));
    client.delete_folder(created).send().await?;
    let gone = client.get_folder(created).send().await.unwrap_err();
    seen.push(format!("{:?}", gone.kind()));
    Ok(seen)
}

#[tokio::test]
async fn a_program_sees_the_same_replayed() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The program's own values are no secret here, and the test passes them again.
    let recorder = Recorder::new().unwrap().keep_inputs(true);
    sandbox.netexplorer().script(Fault::response(503).only("listFolders")).unwrap();
    let seen = program(&recording(&sandbox, &recorder), folder.path()).await.unwrap();
    let file = folder.path().join("program.jsonl");
    recorder.save(&file).unwrap();
    drop(sandbox);

    let cassette = Cassette::load(&file).unwrap();
    assert_eq!(program(&replaying(&cassette), folder.path()).await.unwrap(), seen);
    cassette.finish().unwrap();
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
