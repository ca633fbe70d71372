//! The recipes of `examples/netx_recipes` do what they say.

use std::fs;

use netx_sdk::Client;
use oneteg_sandbox::Sandbox;

#[path = "../../examples/netx_recipes/duplicates.rs"]
mod duplicates;
#[path = "../../examples/netx_recipes/intake.rs"]
mod intake;
#[path = "../../examples/netx_recipes/metadata.rs"]
mod metadata;
#[path = "../../examples/netx_recipes/mirror.rs"]
mod mirror;
#[path = "../../examples/netx_recipes/press_kit.rs"]
mod press_kit;

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key());
    let client = client.build().unwrap();
    (sandbox, client)
}

#[tokio::test]
async fn duplicates_are_collected_and_none_is_deleted() {
    let (sandbox, client) = start().await;
    assert!(duplicates::find(&client, 1).await.unwrap().is_empty());
    assert_eq!(duplicates::collect(&client, &[]).await.unwrap(), None);
    let copy = client.upload(4, b"the same".to_vec()).name("a.txt").send().await.unwrap().id;
    let other = client.upload(8, b"the same".to_vec()).name("b.txt").send().await.unwrap().id;
    let found = duplicates::find(&client, 1).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].asset_ids, [copy, other]);
    assert_eq!(found[0].checksum.len(), 32);
    assert!(duplicates::find(&client, 4).await.unwrap().is_empty(), "only one is below folder 4");
    let collection = duplicates::collect(&client, &found).await.unwrap().unwrap();
    let assets = client.get_assets_by_collection(collection).pages().all().await.unwrap();
    assert_eq!(assets.iter().map(|asset| asset.id).collect::<Vec<_>>(), [copy, other]);
    assert_eq!(sandbox.netx().recording().writes_of("deleteAsset"), 0);
}

#[tokio::test]
async fn metadata_is_set_line_by_line_and_only_where_it_differs() {
    let (sandbox, client) = start().await;
    let file = "id,Photographer,Tags\n\
                201,Ada Lindqvist,banner | spring\n\
                210, Bo Ferreira ,chair|new\n\
                nonsense,x,y\n\
                999,x,y\n\
                205,,\n";
    let outcome = metadata::apply(&client, file.as_bytes()).await.unwrap();
    assert_eq!((outcome.updated, outcome.unchanged), (2, 1));
    let lines: Vec<u64> = outcome.failed.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 5], "{:?}", outcome.failed);
    let attributes = client.get_asset_attributes(210).send().await.unwrap();
    assert_eq!(attributes["Photographer"], ["Bo Ferreira"]);
    assert_eq!(attributes["Tags"], ["chair", "new"]);
    let cleared = client.get_asset_attributes(205).send().await.unwrap();
    assert!(cleared["Photographer"].is_empty() && cleared["Tags"].is_empty());
    assert!(!cleared["Status"].is_empty(), "a column that the file lacks");

    let again = metadata::apply(&client, file.as_bytes()).await.unwrap();
    assert_eq!((again.updated, again.unchanged), (0, 3));
    assert_eq!(sandbox.netx().recording().writes_of("updateAsset"), 2);
    sandbox.netx().revoke_token(sandbox.netx_api_key());
    assert!(metadata::apply(&client, file.as_bytes()).await.is_err(), "no line can succeed");
}

#[tokio::test]
async fn a_mirror_follows_netx() {
    let (_sandbox, client) = start().await;
    let target = tempfile::tempdir().unwrap();
    let run = async || mirror::run(&client, 5, target.path()).await.unwrap();
    assert_eq!(run().await, mirror::Outcome { copied: 7, unchanged: 0, removed: 0 });
    client.delete_asset(210).send().await.unwrap();
    client.upload(5, b"new".to_vec()).name("new.txt").send().await.unwrap();
    fs::write(target.path().join("Lamps/floor-lamp.png"), "damaged").unwrap();
    assert_eq!(run().await, mirror::Outcome { copied: 2, unchanged: 5, removed: 1 });
    assert!(!target.path().join("Chairs/stool.png").exists());
    assert_eq!(fs::read(target.path().join("new.txt")).unwrap(), b"new");
    assert!(fs::metadata(target.path().join("Lamps/floor-lamp.png")).unwrap().len() > 1_000);
}

#[tokio::test]
async fn a_press_kit_follows_approvals() {
    let (_sandbox, client) = start().await;
    let (id, count) = press_kit::refresh(&client, 2, "Press kit").await.unwrap();
    assert_eq!(count, 3);
    let file = "id,Status\n201,Draft\n";
    metadata::apply(&client, file.as_bytes()).await.unwrap();
    assert_eq!(press_kit::refresh(&client, 2, "Press kit").await.unwrap(), (id, 2));
    let assets = client.get_assets_by_collection(id).pages().all().await.unwrap();
    assert_eq!(assets.iter().map(|asset| asset.id).collect::<Vec<_>>(), [203, 204]);
}

#[tokio::test]
async fn a_delivery_is_imported_once_and_changes_become_versions() {
    let (sandbox, client) = start().await;
    let local = tempfile::tempdir().unwrap();
    for (name, content) in [("a.txt", "1"), ("b.txt", "2"), (".DS_Store", "x")] {
        fs::write(local.path().join(name), content).unwrap();
    }
    fs::create_dir(local.path().join("folder")).unwrap();
    let run = async || intake::run(&client, local.path(), "Campaigns/2026/Harbour").await.unwrap();
    assert_eq!(run().await, intake::Outcome { new: 2, new_versions: 0, unchanged: 0 });
    fs::write(local.path().join("b.txt"), "3").unwrap();
    assert_eq!(run().await, intake::Outcome { new: 0, new_versions: 1, unchanged: 1 });
    assert_eq!(run().await, intake::Outcome { new: 0, new_versions: 0, unchanged: 2 });
    let folder = client.find_folder("Campaigns/2026/Harbour").await.unwrap().unwrap();
    let asset = client.find_asset(folder.id, "b.txt").await.unwrap().unwrap();
    let attributes = client.get_asset_attributes(asset.id).send().await.unwrap();
    assert_eq!(attributes["Status"], ["Draft"]);
    assert_eq!(sandbox.netx().recording().writes_of("importAsset"), 2);
}
