//! Signing in with the connection settings of an application.

use std::sync::Arc;

use netexplorer_sdk::{
    Client, Secret,
    auth::{Connection, MemoryStore, ResolvedConnection},
};
use oneteg_sandbox::netexplorer::{CLIENT_APPLICATION, CLIENT_SECRET};

use crate::DemoResult;
use crate::browser::browse;

fn connection(
    url: &str,
    application: &str,
    id: &str,
    secret: &str,
) -> DemoResult<ResolvedConnection> {
    let settings = format!(
        r#"
        connection_name = "Demo"
        connector = "netexplorerConnector-v1.0"
        endpoint_url = {url:?}
        [authentication]
        type = "oauth"
        application_type = {application:?}
        client_id = {id:?}
        client_secret = {secret:?}
        redirect_uri = "http://127.0.0.1/callback"
        "#
    );
    Ok(Connection::from_toml(&settings)?.resolve()?)
}

/// Signs in with client credentials, when the first call needs a token.
pub(crate) fn server_application(url: &str, id: &str, secret: &str) -> DemoResult<Client> {
    let secret = Secret::from(secret);
    let connection = connection(url, "server", id, secret.expose())?;
    Ok(Client::from_connection(&connection, Arc::new(MemoryStore::new()))?.build()?)
}

/// Signs in on behalf of a user, who approves in a browser.
pub(crate) async fn client_application(url: &str) -> DemoResult<Client> {
    let connection = connection(url, "client", CLIENT_APPLICATION, CLIENT_SECRET)?;
    let store = Arc::new(MemoryStore::new());
    let session = connection.credential(store.clone())?.oauth.ok_or("no OAuth session")?;
    let sign_in = session.listen_for_sign_in().await?;
    let browser = browse(sign_in.url().clone());
    let signed_in = async { Ok(sign_in.finish().await?) };
    tokio::try_join!(browser, signed_in)?;
    Ok(Client::from_connection(&connection, store)?.build()?)
}
