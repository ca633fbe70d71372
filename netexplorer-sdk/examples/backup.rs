//! Copies a folder tree to disk: only what changed since the last run, resuming files that were interrupted.
//! Set the variables of `Client::from_env`, then: `cargo run -p netexplorer-sdk --example backup FOLDER_ID TARGET`
#![allow(clippy::print_stdout)]

use std::{env, error::Error, fs, path::Path, time::SystemTime};

use netexplorer_sdk::{Client, entry::Entry, types::File};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = env::args().nth(1).zip(env::args().nth(2));
    let (folder, target) = arguments.ok_or("usage: backup FOLDER_ID TARGET")?;
    let client = Client::from_env()?;
    client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    println!("{}", backup(&client, folder.parse()?, target.as_ref()).await?);
    Ok(())
}

/// Returns a summary.
pub async fn backup(client: &Client, folder: i64, target: &Path) -> Result<String, Box<dyn Error>> {
    let states = target.with_extension("states");
    fs::create_dir_all(&states)?;
    let (mut copied, mut unchanged, mut bytes) = (0, 0, 0);
    let mut walk = client.walk(folder);
    while let Some(found) = walk.try_next().await? {
        let path = target.join(&found.path);
        fs::create_dir_all(path.parent().unwrap_or(target))?;
        match &found.entry {
            Entry::Folder(_) => fs::create_dir_all(path)?,
            Entry::File(file) if is_unchanged(file, &path) => unchanged += 1,
            Entry::File(file) => {
                let download = client.download(file.id).to_file(&path);
                bytes += download.state_file(states.join(file.id.to_string())).send().await?;
                let date = file.modification.map_or_else(SystemTime::now, SystemTime::from);
                fs::File::options().write(true).open(path)?.set_modified(date)?;
                copied += 1;
            }
        }
    }
    Ok(format!("{copied} files copied ({bytes} bytes), {unchanged} unchanged"))
}

fn is_unchanged(file: &File, path: &Path) -> bool {
    let Ok(local) = fs::metadata(path) else { return false };
    let same_size = file.size.and_then(|size| u64::try_from(size).ok()) == Some(local.len());
    same_size && local.modified().ok() == file.modification.map(SystemTime::from)
}
