//! Uploads the files of a folder into a category and a lightbox, and skips those that are there already. Run it again
//! after an interruption: it resumes. Set the variables of `Client::from_env`, then:
//! `cargo run -p mediavalet-sdk --example ingest FOLDER CATEGORY_PATH`
#![allow(clippy::print_stdout)]

use std::{env, error::Error, fs, path::Path};

use mediavalet_sdk::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = env::args().nth(1).zip(env::args().nth(2));
    let (folder, category) = arguments.ok_or("usage: ingest FOLDER CATEGORY_PATH")?;
    let client = Client::from_env()?;
    client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    println!("{}", ingest(&client, folder.as_ref(), &category).await?);
    Ok(())
}

/// Returns a summary.
pub async fn ingest(
    client: &Client,
    folder: &Path,
    category: &str,
) -> Result<String, Box<dyn Error>> {
    let states = folder.with_extension("states");
    fs::create_dir_all(&states)?;
    let category = client.find_or_create_category(category).await?.id;
    let lightbox = client.find_or_create_lightbox("Ingested").await?.id;
    let (mut uploaded, mut skipped, mut bytes) = (0, 0, 0);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if client.find_asset_in(&category, name).await?.is_some() {
            skipped += 1;
        } else if path.is_file() {
            let upload = client.upload(&*path).category(&category).lightbox(&lightbox);
            let upload = upload.keywords(["ingested", "to review"]);
            bytes += upload.state_file(states.join(name)).send().await?.bytes;
            uploaded += 1;
        }
    }
    Ok(format!("{uploaded} files uploaded ({bytes} bytes), {skipped} there already"))
}
