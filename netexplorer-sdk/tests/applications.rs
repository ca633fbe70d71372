//! Clients built from connection settings and signed in to the sandbox: server and client applications.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{sync::Arc, time::Duration};

use netexplorer_sdk::{
    Client, ErrorKind, RetryPolicy,
    auth::{Connection, MemoryStore, ResolvedConnection},
    reqwest,
    types::UpdateFolderRequest,
};
use oneteg_sandbox::{
    Sandbox,
    netexplorer::{
        CLIENT_APPLICATION, MEMBER, RESTRICTED_FOLDER, SERVER_APPLICATION, SERVER_SECRET,
    },
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A file and a folder of the seed that everybody may read.
const READABLE_FILE: i64 = 1002;
const CATALOGUE: i64 = 3;

fn quick() -> RetryPolicy {
    RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build()
}

/// Connection settings for one of the sandbox's applications.
fn connection(sandbox: &Sandbox, kind: &str, id: &str, more: &str) -> ResolvedConnection {
    let settings = format!(
        r#"
        connection_name = "Sandbox"
        connector = "netexplorerConnector-v1.0"
        endpoint_url = "{}"
        [authentication]
        type = "oauth"
        application_type = "{kind}"
        client_id = "{id}"
        {more}
        "#,
        sandbox.netexplorer_url()
    );
    Connection::from_toml(&settings).unwrap().resolve().unwrap()
}

/// Number of token requests the server received.
fn token_requests(sandbox: &Sandbox) -> usize {
    let requests = sandbox.netexplorer().requests();
    let is_token_request =
        |operation: &Option<String>| operation.as_deref() == Some("createOauthToken");
    requests.iter().filter(|request| is_token_request(&request.operation)).count()
}

#[tokio::test]
async fn a_server_application_signs_in_by_itself_and_again_after_its_token_expires() {
    let sandbox = Sandbox::start().await.unwrap();
    let secret = format!("client_secret = \"{SERVER_SECRET}\"");
    let connection = connection(&sandbox, "server", SERVER_APPLICATION, &secret);
    let store = Arc::new(MemoryStore::new());
    let client =
        Client::from_connection(&connection, store).unwrap().retry(quick()).build().unwrap();
    client.get_account().send().await.unwrap();
    client.get_account().send().await.unwrap();
    assert_eq!(token_requests(&sandbox), 1);
    sandbox.netexplorer().expire_access_tokens();
    client.update_folder(CATALOGUE, UpdateFolderRequest::default()).send().await.unwrap();
    assert_eq!(token_requests(&sandbox), 2);
    // Acting as another user needs no other session.
    let account = client.acting_as(MEMBER).unwrap().get_account().send().await.unwrap();
    assert_eq!((account.login.as_deref(), token_requests(&sandbox)), (Some("ada"), 2));
}

/// Opens the sign-in page without a browser. Returns the redirect to the callback.
async fn approve(sandbox: &Sandbox, page: &reqwest::Url) -> String {
    let address = sandbox.netexplorer_url().strip_prefix("http://").unwrap().to_owned();
    let target = page.as_str().strip_prefix(&sandbox.netexplorer_url()).unwrap();
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 302"), "{response}");
    let location = response.lines().find_map(|line| line.strip_prefix("location: "));
    location.unwrap().to_owned()
}

#[tokio::test]
async fn a_client_application_signs_in_by_code_and_refreshes_its_token() {
    let sandbox = Sandbox::start().await.unwrap();
    // PKCE replaces the client secret.
    let redirect = "redirect_uri = \"http://127.0.0.1:9/callback\"";
    let connection = connection(&sandbox, "client", CLIENT_APPLICATION, redirect);
    let store = Arc::new(MemoryStore::new());
    let session = connection.credential(store.clone()).unwrap().oauth.unwrap();
    let (page, pending) = session.begin_sign_in().unwrap();
    let callback = approve(&sandbox, &page).await;
    session.finish_sign_in(pending, &callback).await.unwrap();

    let client = Client::from_connection(&connection, store).unwrap();
    let client = client.retry(quick()).build().unwrap();
    let account = client.get_account().send().await.unwrap();
    assert_eq!((account.login.as_deref(), token_requests(&sandbox)), (Some("ada"), 1));
    let restricted = i64::try_from(RESTRICTED_FOLDER).unwrap();
    let forbidden = client.get_folder(restricted).send().await;
    assert_eq!(forbidden.unwrap_err().kind(), ErrorKind::PermissionDenied);
    sandbox.netexplorer().expire_access_tokens();
    client.get_file(READABLE_FILE).send().await.unwrap();
    client.get_file(READABLE_FILE).send().await.unwrap();
    assert_eq!(token_requests(&sandbox), 2, "refreshed once");
    // A new token that is rejected at once is not refreshed again: that could loop forever.
    sandbox.netexplorer().expire_access_tokens();
    let refused = client.get_file(READABLE_FILE).send().await;
    assert_eq!(
        (refused.unwrap_err().kind(), token_requests(&sandbox)),
        (ErrorKind::Authentication, 2)
    );
}

#[test]
fn debug_output_of_a_request_shows_no_values() {
    use netexplorer_sdk::types::{CreateSessionRequest, Invite, ShareLink, UploadSession};

    let client =
        Client::builder("https://acme.netexplorer.pro").access_token("canary").build().unwrap();
    let sign_in = CreateSessionRequest::new("canary", "canary");
    let options = oneteg_http::CallOptions::new().query("key", "canary");
    #[allow(deprecated)]
    let session = client.create_session(sign_in).call_options(options);
    let search = client.request(reqwest::Method::GET, "/share/canary?key=canary");
    let zip = client.zip().parameter("canary-parameter", "canary");
    let shown = format!("{session:?} {session:#?} {search:?} {zip:?}");
    assert!(!shown.replace("canary-parameter", "").contains("canary"), "{shown}");
    for part in ["create_session", "POST", "/auth", "GET", "download_zip"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Members that grant access.
    let key: UploadSession = serde_json::from_str(r#"{"sessionKey":"canary"}"#).unwrap();
    let invite: Invite = serde_json::from_str(r#"{"key":"canary"}"#).unwrap();
    let link: ShareLink = serde_json::from_str(r#"{"id":1,"key":"canary"}"#).unwrap();
    let shown = format!("{key:?} {invite:?} {link:?}");
    assert!(!shown.contains("canary") && shown.contains("[secret]"), "{shown}");
}
