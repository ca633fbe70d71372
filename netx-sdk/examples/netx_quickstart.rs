//! Lists the root folders of an instance and its newest pictures.
//!
//! ```text
//! NETX_URL=https://acme.netx.net NETX_API_KEY=... cargo run -p netx-sdk --example netx_quickstart
//! ```

// A command-line program.
#![allow(clippy::print_stdout)]

use std::error::Error;

use netx_sdk::{
    Client, ErrorCode,
    search::field,
    types::{DataSelector, RequestOptions, SearchField, SortOrder},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;

    let user = match client.get_self().send().await {
        Ok(user) => user,
        Err(error) if ErrorCode::of(&error) == Some(ErrorCode::Authentication) => {
            return Err("the API token is invalid or has expired; create a new one".into());
        }
        Err(error) => return Err(error.into()),
    };
    println!("signed in as user {}", user.user_id);

    let options = RequestOptions::new()
        .select([DataSelector::FolderId, DataSelector::FolderBase])
        .page(0, 20);
    let folders = client.get_folders_by_parent(1).options(options).send().await?;
    for folder in folders.results.iter().flatten() {
        println!("folder {:>8}  {}", folder.id, folder.name.as_deref().unwrap_or("?"));
    }

    let options = RequestOptions::new()
        .select([DataSelector::AssetId, DataSelector::AssetBase])
        .sort_by("modDate", SortOrder::Desc)
        .page(0, 10);
    let pictures = field(SearchField::FileType).is_one_of(["jpg", "png"]);
    let found = client.get_assets_by_query(pictures).options(options).send().await?;
    println!("{} pictures, the newest:", found.size.unwrap_or_default());
    for asset in found.results.iter().flatten() {
        println!("asset  {:>8}  {}", asset.id, asset.name.as_deref().unwrap_or("?"));
    }
    Ok(())
}
