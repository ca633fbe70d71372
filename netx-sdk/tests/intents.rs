//! What programs want in one line, against the sandbox: walks, downloads to files, finding by name and path, searches
//! by date, and the example that mirrors a tree.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::{collections::BTreeMap, path::Path};

use axum::{Json, Router, routing::post};
use chrono::{Days, NaiveDate};
use netx_sdk::{
    Checksum, Client, ClientBuilder, ErrorKind, FilePart, RetryPolicy, TransferPhase,
    auth::{Authentication, Connection, Connector, Profiles},
    download::Rendition,
    search::{SearchCondition, field},
    types::{Asset, DataSelector, ImportAssetForm, RequestOptions, SearchField},
    walk::{Entry, WalkEntry},
};
use oneteg_sandbox::{Fault, FaultTiming, Sandbox};
use serde_json::{Value, json};

#[allow(dead_code, unreachable_pub)]
#[path = "../examples/mirror.rs"]
mod mirror_example;

/// The root folder.
const ROOT: i64 = 1;

async fn sandbox() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key());
    let client = client.retry(RetryPolicy::none()).build().unwrap();
    (sandbox, client)
}

/// A client of a server that sends these results, by method.
async fn client_of(result: fn(&str) -> Value) -> Client {
    let respond = move |Json(call): Json<Value>| async move {
        let result = result(call["method"].as_str().unwrap());
        Json(json!({"jsonrpc": "2.0", "id": call["id"], "result": result}))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/api/rpc", post(respond));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Client::builder(url).api_key("any").build().unwrap()
}

async fn import(client: &Client, folder: i64, name: &str, content: impl Into<Vec<u8>>) -> Asset {
    let form = ImportAssetForm::new(FilePart::new(name, content.into()), folder, name);
    client.import_asset(form).send().await.unwrap().into_inner()
}

/// The found paths with their IDs.
fn paths(found: Vec<WalkEntry>) -> BTreeMap<String, i64> {
    found.into_iter().map(|found| (found.path, found.entry.id())).collect()
}

/// The files below a local folder, by path.
fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                files.insert(relative.replace('\\', "/"), std::fs::read(path).unwrap());
            }
        }
    }
    files
}

#[tokio::test]
async fn a_walk_finds_folders_and_assets_under_safe_paths() {
    let (_sandbox, client) = sandbox().await;
    let archive = client.find_folder("Archive").await.unwrap().unwrap().id;
    let first = import(&client, archive, "../../a.txt", "1").await.id;
    let second = import(&client, archive, "..%2F..%2Fa.txt", "2").await.id;
    client.add_asset_to_folder(first, ROOT).send().await.unwrap();
    let found = client.walk(ROOT).all().await.unwrap();
    for found in &found {
        assert_eq!(found.depth as usize, found.path.split('/').count(), "{}", found.path);
        match &found.entry {
            Entry::Asset(asset) => {
                assert!(asset.md5().is_some(), "the file was requested");
                assert_eq!(asset.local_name(), Some(&*found.name));
            }
            Entry::Folder(folder) => assert_eq!(folder.name.as_deref(), Some(&*found.name)),
        }
    }
    let found = paths(found);
    // 7 folders, 13 assets of the seed that the caller may see, 2 new ones, of which one is in two folders.
    assert_eq!(found.len(), 7 + 13 + 3, "{found:#?}");
    assert_eq!(found["Campaigns/Spring/spring-banner.png"], 201);
    assert_eq!(found["Archive"], archive);
    // The name that is safe already stays; the other one makes way.
    assert_eq!(found["Archive/..%2F..%2Fa.txt"], second);
    assert_eq!(found[&format!("Archive/..%2F..%2Fa~{first}.txt")], first);
    assert_eq!(found["..%2F..%2Fa.txt"], first);
}

#[tokio::test]
async fn a_walk_requests_the_chosen_parts_and_pages() {
    let sandbox = Sandbox::builder().seeded(false).start().await.unwrap();
    let client = Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key());
    let client = client.build().unwrap();
    for number in 0..120 {
        import(&client, ROOT, &format!("{number}.txt"), "x").await;
    }
    let found = client.walk_with(ROOT, [DataSelector::AssetFile]).all().await.unwrap();
    assert_eq!(found.len(), 120);
    let asset = found[7].entry.clone().into_asset().unwrap();
    assert!(asset.file.is_some() && asset.name.is_none());
    assert_eq!(found[7].path, asset.local_name().unwrap());
    assert_eq!(client.walk(999).all().await.unwrap_err().kind(), ErrorKind::Api);
}

#[tokio::test]
async fn a_folder_that_cannot_be_listed_is_an_error_among_the_others() {
    let (sandbox, client) = sandbox().await;
    sandbox.netx().script(Fault::response(500).only("getAssetsByFolder")).unwrap();
    let mut walk = client.walk(ROOT).parallel(1);
    // The root itself.
    assert!(walk.try_next().await.is_err());
    assert!(walk.try_next().await.unwrap().is_none());
    assert_eq!(client.walk(ROOT).all().await.unwrap().len(), 7 + 13);
    // A list of another form is not an empty folder.
    let client = client_of(|_| json!({"results": "none", "size": 0})).await;
    assert_eq!(client.walk(ROOT).all().await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_download_is_compared_with_its_checksum() {
    let (_sandbox, client) = sandbox().await;
    let parts = RequestOptions::new().select([DataSelector::AssetId, DataSelector::AssetFile]);
    let asset = client.get_assets([201]).options(parts).send().await.unwrap()[0].clone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("banner.png");
    let checksum = asset.md5().unwrap();
    assert!(!checksum.matches(&path).await.unwrap());
    let download = client.download(asset.id).to_file(&path).checksum(checksum.clone());
    let bytes = download.part_size(1000).send().await.unwrap();
    assert_eq!(bytes, std::fs::metadata(&path).unwrap().len());
    assert_eq!(Some(bytes), asset.file.unwrap().size.map(|size| size.try_into().unwrap()));
    assert!(checksum.matches(&path).await.unwrap());
    let wrong = Checksum::md5("d41d8cd98f00b204e9800998ecf8427e");
    let other = folder.path().join("other.png");
    let error = client.download(201).to_file(&other).checksum(wrong).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(!other.exists());
}

#[tokio::test]
async fn an_interrupted_download_is_resumed_from_its_state_file() {
    let (sandbox, client) = sandbox().await;
    let content: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
    let asset = import(&client, ROOT, "film.mov", content.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = (folder.path().join("film.mov"), folder.path().join("state"));
    let download = || {
        let file = client.download(asset.id).to_file(&path).state_file(&state);
        file.part_size(40_000).parallel(1)
    };
    let requests = || {
        let requests = sandbox.netx().requests();
        requests.iter().filter(|sent| sent.operation.as_deref() == Some("getAssetOriginal")).count()
    };
    let mut transfer = download().start();
    let mut progress = transfer.progress();
    progress.wait_for(|progress| progress.done > 0).await.unwrap();
    // Paused, so that the fault meets the next part.
    transfer.pause();
    progress.wait_for(|progress| progress.phase == TransferPhase::Paused).await.unwrap();
    sandbox.netx().script(Fault::response(403).only("getAssetOriginal")).unwrap();
    transfer.resume();
    let error = transfer.wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(state.exists() && !path.exists());
    let (done, before) = (progress.borrow().done, requests());
    assert_eq!(download().send().await.unwrap(), 400_000);
    assert_eq!((requests() - before) as u64, (400_000 - done) / 40_000, "only what was missing");
    assert_eq!(std::fs::read(&path).unwrap(), content);
    assert_eq!(files_in(folder.path()).len(), 1, "the state and the partial file are gone");
}

#[tokio::test]
async fn every_rendition_is_downloaded() {
    let (_sandbox, client) = sandbox().await;
    let view = client.get_views_by_asset(201).send().await.unwrap();
    let view = serde_json::to_value(&*view).unwrap();
    let view_id = view["results"][0]["id"].as_i64().unwrap();
    let original = client.download(201).stream().await.unwrap().collect(1 << 20).await.unwrap();
    let mut lengths = vec![original.len()];
    for rendition in [Rendition::Preview, Rendition::Thumbnail, Rendition::View(view_id)] {
        let stream = client.download(201).rendition(rendition).stream().await.unwrap();
        let bytes = stream.collect(1 << 20).await.unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{rendition:?}");
        lengths.push(bytes.len());
    }
    lengths.sort_unstable();
    lengths.dedup();
    assert_eq!(lengths.len(), 4, "each is another file");
}

#[tokio::test]
async fn an_upload_is_checked_before_its_bytes_are_sent() {
    let (sandbox, client) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.txt");
    std::fs::write(&path, "hello").unwrap();
    let asset = client.upload(ROOT, &*path).send().await.unwrap();
    assert_eq!(asset.local_name(), Some("note.txt"));
    let bytes = client.download(asset.id).stream().await.unwrap().collect(100).await.unwrap();
    assert_eq!(bytes, b"hello");
    let renamed = client.upload(ROOT, &*path).name("other.txt").await.unwrap();
    assert_eq!(renamed.local_name(), Some("other.txt"));
    let sent = || {
        let requests = sandbox.netx().requests();
        requests.iter().filter(|sent| sent.operation.as_deref() == Some("importAsset")).count()
    };
    assert_eq!(sent(), 2);
    // Nothing was sent: the folder, the name and the file are missing.
    for (upload, kind) in [
        (client.upload(999, &*path), ErrorKind::Api),
        (client.upload(ROOT, b"hello".to_vec()), ErrorKind::InvalidRequest),
        (client.upload(ROOT, folder.path().join("missing")), ErrorKind::Io),
    ] {
        assert_eq!(upload.send().await.unwrap_err().kind(), kind);
    }
    assert_eq!(sent(), 2);
}

#[tokio::test]
async fn an_asset_is_found_by_its_exact_file_name() {
    let (_sandbox, client) = sandbox().await;
    let products = client.find_folder("Products").await.unwrap().unwrap().id;
    assert_eq!(client.find_asset(products, "logo.png").await.unwrap().unwrap().id, 211);
    // Part of a name, another case, another folder.
    for (folder, name) in [(products, "logo"), (products, "Logo.png"), (ROOT, "logo.png")] {
        assert!(client.find_asset(folder, name).await.unwrap().is_none(), "{name} in {folder}");
    }
    let newer = import(&client, products, "logo.png", "x").await.id;
    assert_eq!(client.find_asset(products, "logo.png").await.unwrap().unwrap().id, 211);
    let all = client.find_assets("logo.png").await.unwrap();
    assert_eq!(all.iter().map(|asset| asset.id).collect::<Vec<_>>(), [211, newer]);
    let error = client.find_asset(products, "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_folder_path_is_created_once() {
    let (sandbox, client) = sandbox().await;
    let created = || sandbox.netx().recording().writes_of("createFolderFromPath");
    assert!(client.find_folder("Products/Lamps/2026").await.unwrap().is_none());
    let new = client.find_or_create_folder("Products/Lamps/2026").await.unwrap();
    assert_eq!((new.name.as_deref(), created()), (Some("2026"), 1));
    assert_eq!(client.find_or_create_folder("/Products/Lamps/2026/").await.unwrap().id, new.id);
    assert_eq!(client.find_folder("Products/Lamps/2026").await.unwrap().unwrap().id, new.id);
    assert_eq!(created(), 1);
    // Each missing level, and two programs at the same time.
    let (one, two) = tokio::join!(
        client.find_or_create_folder("Press/Images/2026"),
        client.find_or_create_folder("Press/Images/2026")
    );
    assert_eq!(one.unwrap().id, two.unwrap().id);
    for path in ["", "/", "Press//2026"] {
        let error = client.find_or_create_folder(path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path:?}");
    }
}

#[tokio::test]
async fn a_folder_is_found_although_its_creation_seems_to_fail() {
    let (sandbox, client) = sandbox().await;
    let lost = || Fault::response(500).only("createFolderFromPath");
    sandbox.netx().script(lost().at(FaultTiming::AfterHandling)).unwrap();
    let new = client.find_or_create_folder("New").await.unwrap();
    assert_eq!(client.find_folder("New").await.unwrap().unwrap().id, new.id);
    // A failure is reported.
    sandbox.netx().script(lost()).unwrap();
    assert_eq!(client.find_or_create_folder("Other").await.unwrap_err().kind(), ErrorKind::Server);
    // So is a server that creates something else.
    let client = client_of(|method| match method {
        "createFolderFromPath" => json!({"id": 99, "name": "Other"}),
        _ => Value::Null,
    })
    .await;
    assert_eq!(client.find_or_create_folder("Other").await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn searches_compare_dates() {
    let (_sandbox, client) = sandbox().await;
    let count = async |condition: SearchCondition| {
        let found = client.get_assets_by_query(condition).send().await.unwrap();
        found.results.as_ref().map_or(0, Vec::len)
    };
    let imported = || field(SearchField::ImportDate);
    // All assets of the seed were imported on this day.
    let day = NaiveDate::from_ymd_opt(2023, 11, 14).unwrap();
    let (before, after) = (day - Days::new(1), day + Days::new(1));
    for (condition, expected) in [
        (imported().on(day), 13),
        (imported().on(after), 0),
        (imported().at_least(day), 13),
        (imported().after(day), 0),
        (imported().after(before), 13),
        (imported().before(day), 0),
        (imported().before(after), 13),
        (imported().at_most(day), 13),
        (imported().between(before, day), 13),
        (imported().in_range(before..day), 0),
        (imported().in_range(before..=day), 13),
    ] {
        let shown = format!("{condition:?}");
        assert_eq!(count(condition).await, expected, "{shown}");
    }
    // A point in time that is an asset's: the bound is included or not.
    let options = RequestOptions::new().sort_by("importDate", "asc");
    let all = client.get_assets_by_query(imported().on(day)).options(options);
    let dates: Vec<_> = all.pages().all().await.unwrap();
    let fifth = dates[4].import_date.unwrap();
    assert_eq!(count(imported().at_least(fifth)).await, 9);
    assert_eq!(count(imported().after(fifth)).await, 8);
    assert_eq!(count(imported().at_most(fifth)).await, 5);
    assert_eq!(count(imported().before(fifth)).await, 4);
}

#[tokio::test]
async fn the_mirror_of_the_example_copies_what_is_missing() {
    let (sandbox, client) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().to_str().unwrap();
    let mirror = async || mirror_example::mirror(&client, ROOT, target).await.unwrap();
    assert_eq!(mirror().await, 13);
    let files = files_in(folder.path());
    assert_eq!(files.len(), 13, "only the files of the assets: {:?}", files.keys());
    assert!(folder.path().join("Archive").is_dir());
    // Nothing has changed; then one file is lost, another damaged, and one is new.
    assert_eq!(mirror().await, 0);
    std::fs::remove_file(folder.path().join("Products/logo.png")).unwrap();
    std::fs::write(folder.path().join("Campaigns/campaign-brief.txt"), "damaged").unwrap();
    import(&client, ROOT, "new.txt", "new").await;
    assert_eq!(mirror().await, 3);
    let mut expected = files;
    expected.insert("new.txt".to_owned(), b"new".to_vec());
    assert_eq!(files_in(folder.path()), expected);
    // An interrupted run; the next one copies the rest.
    import(&client, ROOT, "newer.txt", "newer").await;
    sandbox.netx().script(Fault::response(403).only("getAssetOriginal")).unwrap();
    assert!(mirror_example::mirror(&client, ROOT, target).await.is_err());
    assert_eq!(mirror().await, 1);
}

/// Started as a process by the tests below; as a test, it does nothing.
#[tokio::test]
async fn program() {
    let Ok(profile) = std::env::var("PROFILE_OF_TEST") else { return };
    let client = match &*profile {
        "" => Client::from_env(),
        name => Client::from_profile(name),
    };
    match client {
        Ok(client) => println!("user {}", client.get_self().send().await.unwrap().user_id),
        Err(error) => println!("{:?}: {error}", error.kind()),
    }
}

/// What the program prints.
async fn run(profile: &str, variables: &[(&str, &str)]) -> String {
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "program", "--nocapture"]).env("PROFILE_OF_TEST", profile);
    for name in ["NETX_URL", "NETX_API_KEY", "ONETEG_CONFIG_DIR"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_client_is_built_from_the_environment() {
    let (sandbox, _) = sandbox().await;
    let (url, key) = (("NETX_URL", sandbox.netx_url()), ("NETX_API_KEY", sandbox.netx_api_key()));
    let printed = run("", &[url, key]).await;
    assert!(printed.contains("user 1"), "{printed}");
    for (given, missing) in [(url, "NETX_API_KEY"), (key, "NETX_URL")] {
        let printed = run("", &[given]).await;
        assert!(printed.contains("Configuration: ") && printed.contains(missing), "{printed}");
    }
}

#[tokio::test]
async fn a_client_is_built_from_a_profile() {
    let (sandbox, _) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let profiles = Profiles::in_folder(folder.path());
    let key = Authentication::api_key(sandbox.netx_api_key());
    let mut connection = Connection::new("Acme", Connector::NETX_V1_0, key);
    connection.endpoint_url = Some(sandbox.netx_url().to_owned());
    profiles.add("acme", &connection).unwrap();
    let client = ClientBuilder::from_profile_in(&profiles, "acme").unwrap().build().unwrap();
    assert_eq!(client.get_self().send().await.unwrap().user_id, 1);
    let error = ClientBuilder::from_profile_in(&profiles, "other").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let config = ("ONETEG_CONFIG_DIR", folder.path().to_str().unwrap());
    let printed = run("acme", &[config]).await;
    assert!(printed.contains("user 1"), "{printed}");
    let printed = run("acne", &[config]).await;
    assert!(printed.contains("Configuration: ") && printed.contains("acme"), "{printed}");
}

#[cfg(feature = "blocking")]
#[test]
fn a_program_that_is_not_async_walks_and_downloads() {
    use netx_sdk::blocking::Blocking;

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_sandbox, client) = runtime.block_on(sandbox());
    let folder = tempfile::tempdir().unwrap();
    let blocking = Blocking::new().unwrap();
    let found = blocking.run(client.walk(ROOT).all()).unwrap();
    let asset = found.into_iter().find_map(|found| found.entry.into_asset()).unwrap();
    let download = client.download(asset.id).to_file(folder.path().join("file"));
    let bytes = blocking.run(download.send()).unwrap();
    assert_eq!(Some(bytes), asset.file.unwrap().size.map(|size| size.try_into().unwrap()));
}
