//! Runs the sign-in sample of the README as a separate program against the sandbox.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    response::Redirect,
    routing::{get, post},
};
use oneteg_sandbox::Sandbox;
use oneteg_test_kit::{assert_printed, is_program, run_program};
use serde_json::{Value, json};

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

/// An authorization server that approves at once, since the NetX sandbox has no OAuth.
async fn authorize(Query(query): Query<HashMap<String, String>>) -> Redirect {
    Redirect::to(&format!("{}?code=c0de&state={}", query["redirect_uri"], query["state"]))
}

/// Issues a token, and makes the sandbox accept it.
async fn token(State(sandbox): State<Arc<Sandbox>>, body: String) -> Json<Value> {
    assert!(body.contains("code=c0de") && body.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A"));
    sandbox.netx().accept_token("t0ken").unwrap();
    Json(json!({"access_token": "t0ken", "expires_in": 3600}))
}

#[tokio::test]
async fn the_sign_in_of_the_readme_works_as_printed() {
    assert_printed(include_str!("readme_sign_in.rs"), include_str!("../README.md"));
    let sandbox = Arc::new(Sandbox::start().await.unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .with_state(sandbox.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = format!(
        r#"
        connection_name = "NetX"
        connector = "netxConnector-v1.0"
        endpoint_url = "{}"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "id"
        client_secret = "s3cret"
        token_url = "{issuer}/token"
        authorization_url = "{issuer}/authorize"
        "#,
        sandbox.netx_url()
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("netx.toml"), settings).unwrap();
    let printed = run_program("program", folder.path()).await;
    assert!(printed.contains("Some("), "{printed}");
}
