//! Signs in as a server application, lists the root folders, and uploads a file to one of them.
//!
//! ```text
//! NETEXPLORER_URL=https://company.netexplorer.pro NETEXPLORER_CLIENT_ID=... \
//!     NETEXPLORER_CLIENT_SECRET=... cargo run -p netexplorer-sdk --example netexplorer_quickstart [FOLDER_ID FILE]
//! ```

// A command-line program.
#![allow(clippy::print_stdout)]

use std::{env, error::Error};

use netexplorer_sdk::{Client, ErrorCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = Client::from_env()?;

    for folder in client.list_folders().send().await?.iter() {
        // The virtual folder of what others share has no ID.
        let Some(id) = folder.id else { continue };
        println!("folder {id:>8}  {}", folder.name.as_deref().unwrap_or("?"));
    }
    let (Some(folder), Some(file)) = (env::args().nth(1), env::args().nth(2)) else {
        return Ok(());
    };
    let mut upload = client.upload(folder.parse()?, &*file).start().await?;
    match upload.wait().await {
        Ok(file) => println!("version {} of {:?}", file.id, file.name),
        Err(error) if ErrorCode::of(&error) == Some(ErrorCode::DuplicateName) => {
            println!("the folder already has an entry of that name");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
