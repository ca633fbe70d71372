//! Runs the sign-in sample of the README as a separate program against the sandbox.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use netexplorer_sdk::auth::Connection;
use oneteg_sandbox::{Sandbox, netexplorer::CLIENT_APPLICATION};
use oneteg_test_kit::{assert_printed, is_program, run_program};

/// Started as a process by the test below; as a test, it does nothing.
#[tokio::test]
async fn program() -> Result<(), Box<dyn std::error::Error>> {
    if !is_program() {
        return Ok(());
    }
    use netexplorer_sdk::{Client, auth::MemoryStore};
    use std::sync::Arc;

    let connection = Connection::from_toml(&std::fs::read_to_string("netexplorer.toml")?)?;
    let connection = connection.resolve()?;
    // README
    let store = Arc::new(MemoryStore::new()); // or `FileStore`, to stay signed in
    if let Some(session) = connection.credential(store.clone())?.oauth {
        session.sign_in_if_needed(|url| println!("Open {url}")).await?;
    }
    let client = Client::from_connection(&connection, store)?.build()?;
    // END
    println!("signed in as {}", client.get_account().send().await?.login.as_deref().unwrap_or("?"));
    Ok(())
}

#[tokio::test]
async fn the_sign_in_of_the_readme_works_as_printed() {
    assert_printed(include_str!("readme_sign_in.rs"), include_str!("../README.md"));
    let sandbox = Sandbox::start().await.unwrap();
    let settings = format!(
        r#"
        connection_name = "NetExplorer"
        connector = "netexplorerConnector-v1.0"
        endpoint_url = "{}"
        [authentication]
        type = "oauth"
        application_type = "client"
        client_id = "{CLIENT_APPLICATION}"
        "#,
        sandbox.netexplorer_url()
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("netexplorer.toml"), settings).unwrap();
    let printed = run_program("program", folder.path()).await;
    assert!(printed.contains("signed in as ada"), "{printed}");
}
