//! Lists the folders at the root of an instance and the newest pictures in it.
//!
//! ```text
//! NETX_URL=https://acme.netx.net NETX_API_KEY=... cargo run -p netx-sdk --example quickstart
//! ```

// A program that talks to people.
#![allow(clippy::print_stdout)]

use std::{env, error::Error};

use netx_sdk::{
    Client, ErrorCode,
    search::field,
    types::{DataSelector, RequestOptions, SearchField, SortOrder},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("NETX_URL").map_err(|_| "set NETX_URL to the address of the instance")?;
    let key = env::var("NETX_API_KEY").map_err(|_| "set NETX_API_KEY to an API token")?;
    let netx = Client::builder(url).api_key(key).build()?;

    let user = match netx.get_self().send().await {
        Ok(user) => user,
        Err(error) if ErrorCode::of(&error) == Some(ErrorCode::Authentication) => {
            return Err("the API token is invalid or has expired; make a new one".into());
        }
        Err(error) => return Err(error.into()),
    };
    println!("signed in as user {}", user.user_id);

    let options = RequestOptions::new()
        .select([DataSelector::FolderId, DataSelector::FolderBase])
        .page(0, 20);
    let folders = netx.get_folders_by_parent(1).options(options).send().await?;
    for folder in folders.results.iter().flatten() {
        println!("folder {:>8}  {}", folder.id, folder.name.as_deref().unwrap_or("?"));
    }

    let options = RequestOptions::new()
        .select([DataSelector::AssetId, DataSelector::AssetBase])
        .sort_by("modDate", SortOrder::Desc)
        .page(0, 10);
    let question = field(SearchField::FileType).is_one_of(["jpg", "png"]);
    let found = netx.get_assets_by_query(question).options(options).send().await?;
    println!("{} pictures, of which the newest are:", found.size.unwrap_or_default());
    for asset in found.results.iter().flatten() {
        println!("asset  {:>8}  {}", asset.id, asset.name.as_deref().unwrap_or("?"));
    }
    Ok(())
}
