//! A typical integration with NetExplorer, end to end, without an account: `cargo xtask demo`.
//!
//! If `NETEXPLORER_URL`, `NETEXPLORER_CLIENT_ID` and `NETEXPLORER_CLIENT_SECRET` (of a server application) are
//! set, only the read-only part runs, against that platform.

mod bar;
#[path = "../shared/browser.rs"]
mod browser;
mod report;
mod sign_in;
mod transfers;

use netexplorer_sdk::{
    Client, Error, ErrorCode,
    types::{CreateFolderRequest, CreateShareLinkRequest, CreateTagRequest, File},
};
use oneteg_sandbox::Sandbox;
use report::Report;

type DemoResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> DemoResult {
    let setting = |name: &str| std::env::var(format!("NETEXPLORER_{name}"));
    match (setting("URL"), setting("CLIENT_ID"), setting("CLIENT_SECRET")) {
        (Ok(url), Ok(id), Ok(secret)) => {
            let mut report = Report::new("NetExplorer, the read-only part against your platform");
            let client = sign_in::server_application(&url, &id, &secret)?;
            read(&client, &mut report).await?;
            report.print();
        }
        _ => {
            let sandbox = Sandbox::start().await?;
            let mut report = Report::new("NetExplorer, against the in-memory sandbox");
            let client = sign_in::client_application(&sandbox.netexplorer_url()).await?;
            report.step("sign in", "code and PKCE, approved by the sandbox".to_owned());
            let root = read(&client, &mut report).await?;
            let folder = write(&sandbox, &client, root, &mut report).await?;
            refuse(&client, root, folder, &mut report).await?;
            report.print();
        }
    }
    Ok(())
}

/// Shows the account and the folders. Returns the first root folder.
async fn read(client: &Client, report: &mut Report) -> DemoResult<i64> {
    let me = client.get_account().send().await?;
    let login = me.login.as_deref().unwrap_or("-");
    report.step("get_account", format!("user {} ({login})", me.id));
    let roots = client.list_folders().send().await?;
    let names: Vec<_> = roots.iter().filter_map(|folder| folder.name.as_deref()).collect();
    report.step("list_folders", names.join(", "));
    // The list may contain an entry without an id, which stands for what other users share.
    let root = roots.iter().find_map(|folder| folder.id).ok_or("there is no root folder")?;
    let mut tree = client.walk(root).max_depth(2);
    let mut paths = Vec::new();
    while let Some(entry) = tree.try_next().await? {
        paths.push(entry.path);
        if paths.len() == 50 {
            break;
        }
    }
    paths.sort_unstable();
    report.step("walk", paths.join(", "));
    Ok(root)
}

/// Creates a folder, fills it, tags and shares a file, and downloads everything. Returns the folder.
async fn write(
    sandbox: &Sandbox,
    client: &Client,
    root: i64,
    report: &mut Report,
) -> DemoResult<i64> {
    let folder = client.create_folder(folder_request(root, "Démo")).send().await?;
    let folder = folder.id.ok_or("the folder has no id")?;
    report.step("create_folder", format!("folder {folder}"));

    let sent = transfers::upload(client, folder, report).await?;
    let largest = sent.last().ok_or("nothing was uploaded")?;
    tag(client, largest.id, report).await?;
    share(client, &sent[0], report).await?;

    let mut tree = client.walk(folder);
    let mut paths = Vec::new();
    while let Some(entry) = tree.try_next().await? {
        paths.push(entry.path);
    }
    if paths.len() != sent.len() {
        return Err(format!("the walk found {paths:?}").into());
    }
    report.step("walk", paths.join(", "));

    let server = sandbox.netexplorer();
    let grants = || {
        let requests = server.requests();
        let is_grant = |name: &Option<String>| name.as_deref() == Some("createOauthToken");
        requests.iter().filter(|request| is_grant(&request.operation)).count()
    };
    let before = grants();
    server.expire_access_tokens();
    transfers::download(client, &sent, report).await?;
    let renewed = grants() - before;
    if renewed != 1 {
        return Err(format!("the token was renewed {renewed} times").into());
    }
    report.step("  the token had expired", "renewed once; the download continued".to_owned());
    Ok(folder)
}

async fn tag(client: &Client, file: i64, report: &mut Report) -> DemoResult {
    let request = CreateTagRequest::new().name("Validé");
    let tag = client.create_tag(request).send().await?.id;
    client.add_tag_to_element(tag, file, "file").send().await?;
    let categories = client.list_attached_tag_categories(file, "file").send().await?;
    let tags = categories.iter().flat_map(|category| category.tags.iter().flatten());
    let names: Vec<_> = tags.filter_map(|tag| tag.name.as_deref()).collect();
    report.step("add_tag_to_element", format!("file {file}: {}", names.join(", ")));
    Ok(())
}

async fn share(client: &Client, sent: &transfers::Sent, report: &mut Report) -> DemoResult {
    let request = CreateShareLinkRequest::new().files([File::new(sent.id)]);
    let link = client.create_share_link(request).send().await?;
    let key = link.key.clone().ok_or("the link has no key")?;
    let shared = client.download_share_link(key).send().await?.into_inner();
    if shared.collect(sent.content.len() + 1).await? != sent.content {
        return Err("the link leads to other bytes".into());
    }
    report.step("create_share_link", format!("{} bytes behind it", sent.content.len()));
    Ok(())
}

/// Shows what a refused call looks like: a type to match on, and a message to read.
async fn refuse(client: &Client, root: i64, folder: i64, report: &mut Report) -> DemoResult {
    let taken = client.create_folder(folder_request(root, "Démo")).send().await;
    let code = Some(ErrorCode::DuplicateName);
    report.error("name taken", &expect_error(taken)?, code)?;
    client.delete_folder(folder).send().await?;
    report.error("deleted", &expect_error(client.get_folder(folder).send().await)?, None)
}

fn folder_request(parent_id: i64, name: &str) -> CreateFolderRequest {
    CreateFolderRequest::new(parent_id, name)
}

fn expect_error<T>(result: Result<T, Error>) -> DemoResult<Error> {
    result.err().ok_or_else(|| "the call should have been refused".into())
}
