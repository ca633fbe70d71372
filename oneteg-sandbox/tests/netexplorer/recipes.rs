//! The recipes of `examples/netexplorer_recipes` do what they say.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use netexplorer_sdk::{Client, Secret, types::CreateShareLinkRequest};
use oneteg_sandbox::Sandbox;

#[path = "../../examples/netexplorer_recipes/approvals.rs"]
mod approvals;
#[path = "../../examples/netexplorer_recipes/archive.rs"]
mod archive;
#[path = "../../examples/netexplorer_recipes/audit_shares.rs"]
mod audit_shares;
#[path = "../../examples/netexplorer_recipes/press_kit.rs"]
mod press_kit;
#[path = "../../examples/netexplorer_recipes/share_new_assets.rs"]
mod share_new_assets;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let token = sandbox.netexplorer().issue_access_token();
    let client = Client::builder(sandbox.netexplorer_url()).access_token(token);
    let client = client.build().unwrap();
    (sandbox, client)
}

/// The names of everything below a folder.
async fn names(client: &Client, folder: i64) -> Vec<String> {
    let found = client.walk(folder).all().await.unwrap();
    let mut names: Vec<_> = found.into_iter().map(|found| found.path).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn new_assets_are_copied_once_and_shared_by_one_link() {
    let (sandbox, client) = start().await;
    let netx = netx_sdk::Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key());
    let netx = netx.build().unwrap();
    let since: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    let run = async |since| share_new_assets::run(&netx, &client, since, 6, WEEK).await.unwrap();
    assert!(run(Utc::now()).await.is_none());
    let url = run(since).await.unwrap();
    assert!(url.expose().starts_with(&sandbox.netexplorer_url()));
    let copied = names(&client, 6).await;
    assert_eq!(copied.len(), 9, "8 approved assets and what was there: {copied:?}");
    let uploads = || sandbox.netexplorer().recording().writes_of("uploadFile");
    assert_eq!(uploads(), 8);
    run(since).await.unwrap();
    assert_eq!(uploads(), 8, "nothing is copied twice");
    let links = client.list_share_links().pages().all().await.unwrap();
    assert_eq!(links.len(), 2);
    assert!(links.iter().all(|link| link.files.as_ref().is_some_and(|files| files.len() == 8)));
}

#[tokio::test]
async fn a_press_kit_has_a_password_and_an_end() {
    let (_sandbox, client) = start().await;
    let password = || Secret::from("embargo".to_owned());
    assert!(press_kit::create(&client, 3, password(), WEEK).await.unwrap().is_some());
    let empty = client.find_or_create_folder(1, "Vide").await.unwrap().require_id().unwrap();
    assert!(press_kit::create(&client, empty, password(), WEEK).await.unwrap().is_none());
    let links = client.list_share_links().pages().all().await.unwrap();
    assert_eq!(links.len(), 1);
    let link = &links[0];
    assert!(link.password_protected.is_some() && link.expiration_date.is_some());
    assert_eq!(link.files.as_ref().unwrap().len(), 3);

    let past: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    let files = [netexplorer_sdk::types::File::new(1001)];
    let ended = CreateShareLinkRequest::new().files(files).expiration_date(past);
    client.create_share_link(ended).send().await.unwrap();
    assert_eq!(press_kit::remove_ended(&client).await.unwrap(), 1);
    let left = client.list_share_links().pages().all().await.unwrap();
    assert_eq!(left[0].id, link.id);
}

#[tokio::test]
async fn an_audit_finds_open_links_and_gives_them_an_end() {
    let (_sandbox, client) = start().await;
    client.share_files([1001]).password("p").expires_in(WEEK).send().await.unwrap();
    let open = client.share_files([1002]).send().await.unwrap().id;
    let findings = audit_shares::audit(&client).await.unwrap();
    let problems: Vec<_> = findings.iter().map(|finding| (finding.link, finding.problem)).collect();
    use audit_shares::Problem::{NoExpiry, NoPassword};
    assert_eq!(problems, [(open, NoExpiry), (open, NoPassword)]);
    assert_eq!(findings[0].owner, "Sandbox Administrateur");
    let end = Utc::now() + TimeDelta::days(30);
    assert_eq!(audit_shares::limit(&client, &findings, end).await.unwrap(), 1);
    let again = audit_shares::audit(&client).await.unwrap();
    assert_eq!(again.iter().map(|finding| finding.problem).collect::<Vec<_>>(), [NoPassword]);
}

#[tokio::test]
async fn old_files_move_to_the_archive_by_year() {
    let (_sandbox, client) = start().await;
    let run = async |before| archive::run(&client, 2, 5, before).await.unwrap();
    let never = "2020-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(run(never).await, archive::Outcome { recent: 6, ..Default::default() });
    client.find_or_create_folder(5, "2023").await.unwrap();
    let target =
        client.find_folder(1, "Archives/2023").await.unwrap().unwrap().require_id().unwrap();
    client.upload(target, b"other".to_vec()).name("Fauteuil.txt").send().await.unwrap();
    let expected = archive::Outcome { moved: 5, name_taken: 1, recent: 0 };
    assert_eq!(run(Utc::now()).await, expected);
    assert_eq!(names(&client, 2).await, ["Campagne d'été", "Catalogue", "Catalogue/Fauteuil.txt"]);
    assert_eq!(names(&client, target).await.len(), 6);
}

#[tokio::test]
async fn tagged_uploads_move_on_or_go_to_the_trash() {
    let (sandbox, client) = start().await;
    let inbox = client.find_or_create_folder(1, "Inbox").await.unwrap().require_id().unwrap();
    let mut files = Vec::new();
    for name in ["yes.txt", "no.txt", "both.txt", "later.txt"] {
        let upload = client.upload(inbox, name.as_bytes().to_vec()).name(name);
        files.push(upload.send().await.unwrap().file.id);
    }
    // The seed's tags: 11 is a draft, 12 is approved.
    for (file, tag) in [(files[0], 12), (files[1], 11), (files[2], 11), (files[2], 12)] {
        client.add_tag_to_element(tag, file, "file").send().await.unwrap();
    }
    let rules = approvals::Rules { approved: "Validé", rejected: "Brouillon", target: 3 };
    let outcome = approvals::run(&client, inbox, rules).await.unwrap();
    assert_eq!(outcome, approvals::Outcome { approved: 1, rejected: 1, undecided: 2 });
    assert_eq!(names(&client, inbox).await, ["both.txt", "later.txt"]);
    assert!(names(&client, 3).await.contains(&"yes.txt".to_owned()));
    let trash = client.list_trash_items().pages().all().await.unwrap();
    assert_eq!(trash[0].name.as_deref(), Some("no.txt"));
    assert_eq!(sandbox.netexplorer().recording().writes_of("deleteFile"), 1);
}
