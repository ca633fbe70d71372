//! Lists the categories and the newest assets of a library, and uploads a file if one is given.
//!
//! ```text
//! MEDIAVALET_SUBSCRIPTION_KEY=... MEDIAVALET_ACCESS_TOKEN=... cargo run -p mediavalet-sdk --example mediavalet_quickstart
//! ... cargo run -p mediavalet-sdk --example mediavalet_quickstart -- picture.jpg <id of a category>
//! ```
//!
//! Set `MEDIAVALET_URL` to use another server than MediaValet's, such as a sandbox.

// The program prints its results.
#![allow(clippy::print_stdout)]

use std::{env, error::Error};

use mediavalet_sdk::{Client, search::search};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;

    let mut categories = client.list_categories().pages().limit(20);
    while let Some(category) = categories.try_next().await? {
        println!("category {}  {}", category.id, or_unknown(&category.name));
    }

    let newest = search().descending("record.createdAt").page(0, 10);
    let found = client.search_assets(newest).send().await?.into_inner();
    println!("{} assets, of which the newest are:", found.asset_count.unwrap_or_default());
    for asset in found.assets.iter().flatten() {
        println!("asset {}  {}", asset.id, or_unknown(&asset.title));
    }

    let mut arguments = env::args().skip(1);
    let (Some(path), Some(category)) = (arguments.next(), arguments.next()) else { return Ok(()) };
    let mut upload = client.upload(&*path).category(category).start().await?;
    let mut progress = upload.progress();
    tokio::spawn(async move {
        while progress.changed().await.is_ok() {
            let now = *progress.borrow_and_update();
            println!("{} of {} bytes", now.done, now.total.unwrap_or_default());
        }
    });
    println!("uploaded as asset {}", upload.wait().await?.id);
    Ok(())
}

fn or_unknown(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("?")
}
