//! Signs in as a server application, lists the root folders, and uploads a file to one of them.
//!
//! ```text
//! NETEXPLORER_URL=https://company.netexplorer.pro NETEXPLORER_CLIENT_ID=... \
//!     NETEXPLORER_CLIENT_SECRET=... cargo run -p netexplorer-sdk --example quickstart [FOLDER_ID FILE]
//! ```

// A command-line program.
#![allow(clippy::print_stdout)]

use std::{env, error::Error, path::Path, sync::Arc};

use netexplorer_sdk::{
    Client, ErrorCode,
    auth::{Connection, MemoryStore},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("NETEXPLORER_URL")
        .map_err(|_| "set NETEXPLORER_URL to the URL of the platform")?;
    let id = env::var("NETEXPLORER_CLIENT_ID")
        .map_err(|_| "set NETEXPLORER_CLIENT_ID to the ID of a server application")?;
    let settings = format!(
        r#"
        connection_name = "quickstart"
        connector = "netexplorerConnector-v1.0"
        endpoint_url = "{url}"
        [authentication]
        type = "oauth"
        application_type = "server"
        client_id = "{id}"
        client_secret = "env:NETEXPLORER_CLIENT_SECRET"
        "#
    );
    let connection = Connection::from_toml(&settings)?.resolve()?;
    let client = Client::from_connection(&connection, Arc::new(MemoryStore::new()))?.build()?;

    for folder in client.list_folders().send().await?.iter() {
        let id = folder.id.unwrap_or_default();
        println!("folder {id:>8}  {}", folder.name.as_deref().unwrap_or("?"));
    }
    let (Some(folder), Some(file)) = (env::args().nth(1), env::args().nth(2)) else {
        return Ok(());
    };
    let mut upload = client.upload(folder.parse()?, Path::new(&file)).start().await?;
    match upload.wait().await {
        Ok(file) => println!("version {} of {:?}", file.id.unwrap_or_default(), file.name),
        Err(error) if ErrorCode::of(&error) == Some(ErrorCode::DuplicateName) => {
            println!("the folder already has an entry of that name");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
