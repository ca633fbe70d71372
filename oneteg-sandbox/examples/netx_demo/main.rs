//! A typical integration with NetX, end to end, without an account: `cargo xtask demo`.
//!
//! If `NETX_URL` and `NETX_API_KEY` are set, only the read-only part runs, against that instance.

#[path = "../shared/browser.rs"]
mod browser;
mod picture;
mod report;
mod sign_in;

use netx_sdk::{
    Client, Error, ErrorCode, FilePart, Secret,
    search::{attribute, folder},
    types::{AssetUpdate, DataSelector, ImportAssetForm, RequestOptions, SortOrder},
};
use oneteg_sandbox::Sandbox;
use report::Report;

type DemoResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The id of the root folder of every NetX instance.
const ROOT: i64 = 1;
const PAGE_SIZE: i64 = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> DemoResult {
    let mut report = Report::default();
    match (std::env::var("NETX_URL"), std::env::var("NETX_API_KEY")) {
        (Ok(url), Ok(key)) => {
            let client = Client::builder(url).api_key(Secret::from(key)).build()?;
            report.title("NetX, the read-only part against your instance");
            read(&client, &mut report).await?;
        }
        _ => {
            let sandbox = Sandbox::start().await?;
            let client =
                Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key()).build()?;
            report.title("NetX, against the in-memory sandbox");
            read(&client, &mut report).await?;
            write(&client, &mut report).await?;
            refuse(&sandbox, &client, &mut report).await?;
            sign_in(&sandbox, &mut report).await?;
        }
    }
    report.print();
    Ok(())
}

/// Shows the user, the folders and the first pages of assets.
async fn read(client: &Client, report: &mut Report) -> DemoResult {
    let me = client.get_self().send().await?;
    report.step("get_self", format!("user {} ({})", me.user_id, me.name.as_deref().unwrap_or("-")));

    let parts = [DataSelector::FolderId, DataSelector::FolderBase];
    let options = RequestOptions::new().page(0, 20).select(parts);
    let folders = client.get_folders_by_parent(ROOT).options(options).send().await?;
    let names: Vec<&str> =
        folders.results.iter().flatten().filter_map(|folder| folder.name.as_deref()).collect();
    report.step("get_folders_by_parent", names.join(", "));

    let (mut start, mut total, mut pages) = (0, 1, 0);
    // A real instance may have millions of assets; three pages show that paging works.
    while start < total && pages < 3 {
        let options = RequestOptions::new()
            .page(start, PAGE_SIZE)
            .sort_by("name", SortOrder::Asc)
            .select([DataSelector::AssetId, DataSelector::AssetBase]);
        let page = client.get_assets_by_folder(ROOT, true).options(options).send().await?;
        let names: Vec<&str> =
            page.results.iter().flatten().filter_map(|asset| asset.name.as_deref()).collect();
        report.step("get_assets_by_folder", format!("page {}: {}", pages + 1, names.join(", ")));
        total = page.size.unwrap_or_default();
        start += PAGE_SIZE;
        pages += 1;
    }
    report.step("  all matches", total.to_string());
    Ok(())
}

/// Imports a picture, describes it, finds it again and downloads it.
async fn write(client: &Client, report: &mut Report) -> DemoResult {
    let picture = picture::png(320, 200)?;
    let folder_id = client.create_folder_from_path("demo/pictures").send().await?.id;
    report.step("create_folder_from_path", format!("folder {folder_id}"));

    let file = FilePart::new("sunrise.png", picture.clone()).content_type("image/png");
    let form = ImportAssetForm::new(file, folder_id, "sunrise.png");
    let id = client.import_asset(form).send().await?.id;
    report.step("import_asset", format!("asset {id}, {} bytes", picture.len()));

    let description = ("Description".to_owned(), vec!["Sunrise over the demo".to_owned()]);
    let update = AssetUpdate::new(id).name("Sunrise").attributes([description]);
    client.update_asset(update).send().await?;
    let attributes = client.get_asset_attributes(id).send().await?;
    report.step("update_asset", format!("Description = {:?}", attributes.get("Description")));

    let query = folder(folder_id).recursive().and(attribute("Description").contains("Sunrise"));
    let options =
        RequestOptions::new().page(0, 10).select([DataSelector::AssetId, DataSelector::AssetFile]);
    let found = client.get_assets_by_query(query).options(options).send().await?;
    let hit = found
        .results
        .iter()
        .flatten()
        .find(|asset| asset.id == id)
        .ok_or("the search does not find the asset")?;
    report.step(
        "get_assets_by_query",
        format!("{} match, asset {}", found.size.unwrap_or(0), hit.id),
    );

    let limit = picture.len() + 1;
    let copy = client.get_asset_original(id).send().await?.into_inner().collect(limit).await?;
    let (sent, received) = (picture::md5(&picture), picture::md5(&copy));
    let server = hit.file.as_ref().and_then(|file| file.checksum.clone()).unwrap_or_default();
    if sent != received || sent != server {
        return Err(
            format!("checksums differ: sent {sent}, received {received}, server {server}").into()
        );
    }
    report.step("get_asset_original", format!("md5 {sent} sent = received = server's"));

    let thumbnail =
        client.get_asset_thumbnail(id).send().await?.into_inner().collect(1 << 20).await?;
    report.step("get_asset_thumbnail", format!("{} bytes", thumbnail.len()));
    Ok(())
}

/// Shows what a refused call returns: a code to match on, and a readable message.
async fn refuse(sandbox: &Sandbox, client: &Client, report: &mut Report) -> DemoResult {
    let assets = client.get_assets_by_folder(ROOT, true).send().await?;
    let asset = assets.results.iter().flatten().next().ok_or("the sandbox has no assets")?;
    let other_folder = client.create_folder_from_path("demo/empty").send().await?.id;
    let refused = client.remove_asset_from_folder(asset.id, other_folder).send().await;
    report.error("not a member", &expect_error(refused)?, ErrorCode::OperationFailed)?;

    let stranger = Client::builder(sandbox.netx_url()).api_key("not-the-key").build()?;
    let refused = stranger.get_self().send().await;
    report.error("wrong key", &expect_error(refused)?, ErrorCode::Authentication)
}

/// Signs in by OAuth, and continues after the access token has expired.
async fn sign_in(sandbox: &Sandbox, report: &mut Report) -> DemoResult {
    let client = sign_in::client(sandbox.netx_url()).await?;
    let me = client.get_self().send().await?;
    report.step("sign in with OAuth", format!("user {}", me.user_id));
    sandbox.netx().expire_access_tokens();
    client.get_self().send().await?;
    report.step("expired access token", "refreshed, and the call repeated".to_owned());
    Ok(())
}

fn expect_error<T>(result: Result<T, Error>) -> DemoResult<Error> {
    result.err().ok_or_else(|| "the call should have been refused".into())
}
