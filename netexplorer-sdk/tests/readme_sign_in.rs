//! Runs the sign-in sample of the README, and one with a profile, as separate programs against the sandbox.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use netexplorer_sdk::{
    ClientBuilder, ErrorKind,
    auth::{Connection, Profiles},
};
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
    let client = Client::from_connection(&connection, store)?.build()?;
    client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    // END
    println!("signed in as {}", client.get_account().send().await?.login.as_deref().unwrap_or("?"));
    Ok(())
}

#[tokio::test]
async fn the_sign_in_of_the_readme_works_as_printed() {
    assert_printed(include_str!("readme_sign_in.rs"), include_str!("../README.md"));
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("netexplorer.toml"), settings(&sandbox)).unwrap();
    let printed = run_program("program", folder.path()).await;
    assert!(printed.contains("signed in as ada"), "{printed}");
}

/// Started as a process by the test below; as a test, it does nothing.
#[tokio::test]
async fn program_with_a_profile() {
    if !is_program() {
        return;
    }
    let profiles = Profiles::in_folder("config");
    let client = ClientBuilder::from_profile_in(&profiles, "acme").unwrap().build().unwrap();
    let signed_in = client.sign_in_if_needed(|url| println!("Open {url}")).await.unwrap();
    let account = client.get_account().send().await.unwrap();
    println!("{} as {:?}", if signed_in.is_some() { "new" } else { "kept" }, account.login);
}

#[tokio::test]
async fn the_sign_in_of_a_profile_survives_a_restart() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let profiles = Profiles::in_folder(folder.path().join("config"));
    let connection = Connection::from_toml(&settings(&sandbox)).unwrap();
    profiles.add("acme", &connection).unwrap();
    for expected in ["new as Some(\"ada\")", "kept as Some(\"ada\")"] {
        let printed = run_program("program_with_a_profile", folder.path()).await;
        assert!(printed.contains(expected), "{printed}");
    }
    let unknown = ClientBuilder::from_profile_in(&profiles, "acne").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Configuration);
    assert!(unknown.to_string().contains("acme"), "{unknown}");
}

fn settings(sandbox: &Sandbox) -> String {
    format!(
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
    )
}
