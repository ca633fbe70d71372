//! Runs the sign-in sample of the README as a separate program against the sandbox.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use oneteg_sandbox::{
    Sandbox,
    netx::{OAUTH_CLIENT, OAUTH_SECRET},
};
use oneteg_test_kit::{assert_printed, is_program, run_program};

/// Started as a process by the test below; as a test, it does nothing.
#[tokio::test]
async fn program() -> Result<(), Box<dyn std::error::Error>> {
    if !is_program() {
        return Ok(());
    }
    use netx_sdk::{
        Client,
        auth::{Connection, MemoryStore},
    };
    use std::sync::Arc;

    // README
    let connection = Connection::from_toml(&std::fs::read_to_string("netx.toml")?)?.resolve()?;
    let store = Arc::new(MemoryStore::new()); // or `FileStore`, to stay signed in
    if let Some(session) = connection.credential(store.clone())?.oauth {
        session.sign_in_if_needed(|url| println!("Open {url}")).await?;
    }
    let client = Client::from_connection(&connection, store)?.build()?;
    println!("{:?}", client.get_self().send().await?.name);
    // END
    Ok(())
}

#[tokio::test]
async fn the_sign_in_of_the_readme_works_as_printed() {
    assert_printed(include_str!("readme_sign_in.rs"), include_str!("../README.md"));
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.netx_url();
    let settings = format!(
        r#"
        connection_name = "NetX"
        connector = "netxConnector-v1.0"
        endpoint_url = "{url}"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "{OAUTH_CLIENT}"
        client_secret = "{OAUTH_SECRET}"
        token_url = "{url}/a/t"
        authorization_url = "{url}/app#access/api"
        "#
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("netx.toml"), settings).unwrap();
    let printed = run_program("program", folder.path()).await;
    assert!(printed.contains("Some("), "{printed}");
}
