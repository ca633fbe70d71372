//! The README's sign-in sample, and one with a profile, run as separate programs against the sandbox.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use mediavalet_sdk::{
    ClientBuilder, ErrorKind,
    auth::{Connection, Profiles},
};
use oneteg_sandbox::Sandbox;
use oneteg_test_kit::{assert_printed, is_program, run_program};

/// The program that the test below runs. By itself, it does nothing.
#[tokio::test]
async fn program() -> Result<(), Box<dyn std::error::Error>> {
    if !is_program() {
        return Ok(());
    }
    use mediavalet_sdk::{Client, auth::MemoryStore};
    use std::sync::Arc;

    // README
    let connection =
        Connection::from_toml(&std::fs::read_to_string("mediavalet.toml")?)?.resolve()?;
    let store = Arc::new(MemoryStore::new()); // or `FileStore`, to stay signed in
    let client = Client::from_connection(&connection, store)?.build()?;
    client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    // END
    println!("signed in as {}", client.get_current_user().send().await?.id);
    Ok(())
}

#[tokio::test]
async fn the_sign_in_of_the_readme_works_as_printed() {
    assert_printed(include_str!("readme_sign_in.rs"), include_str!("../README.md"));
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mediavalet.toml"), settings(&sandbox)).unwrap();
    let printed = run_program("program", folder.path()).await;
    assert!(printed.contains("signed in as 0"), "{printed}");
}

/// Started as a process by the test below; as a test, it does nothing.
#[tokio::test]
async fn program_with_a_profile() {
    if !is_program() {
        return;
    }
    let profiles = Profiles::in_folder("config");
    let client = ClientBuilder::from_profile_in(&profiles, "acme").unwrap().build().unwrap();
    assert!(client.session().is_some());
    let signed_in = client.sign_in_if_needed(|url| println!("Open {url}")).await.unwrap();
    let user = client.get_current_user().send().await.is_ok_and(|user| !user.id.is_empty());
    println!("{}, {user}", if signed_in.is_some() { "new" } else { "kept" });
}

#[tokio::test]
async fn the_sign_in_of_a_profile_survives_a_restart() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let profiles = Profiles::in_folder(folder.path().join("config"));
    let connection = Connection::from_toml(&settings(&sandbox)).unwrap();
    profiles.add("acme", &connection).unwrap();
    for expected in ["new, true", "kept, true"] {
        let printed = run_program("program_with_a_profile", folder.path()).await;
        assert!(printed.contains(expected), "{printed}");
    }
    let unknown = ClientBuilder::from_profile_in(&profiles, "acne").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Configuration);
    assert!(unknown.to_string().contains("acme"), "{unknown}");
}

fn settings(sandbox: &Sandbox) -> String {
    let (url, account) = (sandbox.mediavalet_url(), sandbox.mediavalet().account().clone());
    format!(
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
    )
}
