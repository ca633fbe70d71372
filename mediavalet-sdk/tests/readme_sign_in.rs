//! The README's sign-in sample, run as a separate program against the sandbox.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use oneteg_sandbox::Sandbox;
use oneteg_test_kit::{assert_printed, is_program, run_program};

/// The program that the test below runs. By itself, it does nothing.
#[tokio::test]
async fn program() -> Result<(), Box<dyn std::error::Error>> {
    if !is_program() {
        return Ok(());
    }
    use futures_util::TryStreamExt;
    use mediavalet_sdk::{
        Client,
        auth::{Connection, MemoryStore},
    };
    use std::sync::Arc;

    // README
    let connection =
        Connection::from_toml(&std::fs::read_to_string("mediavalet.toml")?)?.resolve()?;
    let store = Arc::new(MemoryStore::new()); // or `FileStore`, to stay signed in
    if let Some(session) = connection.credential(store.clone())?.oauth {
        session.sign_in_if_needed(|url| println!("Open {url}")).await?;
    }
    let client = Client::from_connection(&connection, store)?.build()?;
    let mut categories = client.list_categories().pages();
    while let Some(category) = categories.try_next().await? {
        println!("{}", category.name.unwrap_or_default());
    }
    // END
    Ok(())
}

#[tokio::test]
async fn the_sign_in_of_the_readme_works_as_printed() {
    assert_printed(include_str!("readme_sign_in.rs"), include_str!("../README.md"));
    let sandbox = Sandbox::start().await.unwrap();
    let (url, account) = (sandbox.mediavalet_url(), sandbox.mediavalet().account().clone());
    let settings = format!(
        r#"
        connection_name = "Our library"
        connector = "mediavaletConnector-v1.0"
        endpoint_url = "{url}"
        subscription_key = "{}"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "{}"
        client_secret = "{}"
        authorization_url = "{url}/connect/authorize"
        token_url = "{url}/connect/token"
        "#,
        account.subscription_key, account.client_id, account.client_secret
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mediavalet.toml"), settings).unwrap();
    let before = sandbox.mediavalet().requests().len();
    run_program("program", folder.path()).await;
    assert!(sandbox.mediavalet().requests().len() > before, "the program sent no request");
}
