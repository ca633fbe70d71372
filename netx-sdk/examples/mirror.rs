//! Mirrors a folder of NetX, with everything below it, to a local folder. What is there already is skipped, and the
//! next run resumes a download that was interrupted.
//!
//! ```text
//! NETX_URL=https://acme.netx.net NETX_API_KEY=... cargo run -p netx-sdk --example mirror 1 backup
//! ```

// A command-line program.
#![allow(clippy::print_stdout)]

use std::{env, error::Error, fs, path::Path};

use netx_sdk::{Client, walk::Entry};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(folder), Some(target)) = (arguments.next(), arguments.next()) else {
        return Err("pass the ID of a folder (1 is the root) and a local folder".into());
    };
    println!("{} files copied", mirror(&Client::from_env()?, folder.parse()?, &target).await?);
    Ok(())
}

/// Returns the number of files that were copied.
pub async fn mirror(client: &Client, folder: i64, target: &str) -> Result<u64, Box<dyn Error>> {
    let (target, mut copied) = (Path::new(target), 0);
    let states = target.join(".unfinished");
    fs::create_dir_all(&states)?;
    let mut walk = client.walk(folder);
    while let Some(found) = walk.try_next().await? {
        let path = target.join(&found.path);
        let Entry::Asset(asset) = found.entry else {
            fs::create_dir_all(path)?;
            continue;
        };
        let state = states.join(asset.id.to_string());
        let mut download = client.download(asset.id).to_file(&path).state_file(state);
        if let Some(checksum) = asset.md5() {
            if checksum.matches(&path).await? {
                continue;
            }
            download = download.checksum(checksum);
        }
        println!("{:>12} bytes  {}", download.send().await?, found.path);
        copied += 1;
    }
    Ok(copied)
}
