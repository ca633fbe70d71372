//! Signing in with OAuth.

use std::sync::Arc;

use netx_sdk::{
    Client,
    auth::{Connection, MemoryStore},
};
use oneteg_sandbox::netx::{OAUTH_CLIENT, OAUTH_SECRET};

use crate::DemoResult;
use crate::browser::browse;

/// A client on behalf of a user, who approves in a browser.
pub(crate) async fn client(url: &str) -> DemoResult<Client> {
    let settings = format!(
        r#"
        connection_name = "Demo"
        connector = "netxConnector-v1.0"
        endpoint_url = {url:?}
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = {OAUTH_CLIENT:?}
        client_secret = {OAUTH_SECRET:?}
        token_url = "{url}/a/t"
        authorization_url = "{url}/app#access/api"
        "#
    );
    let connection = Connection::from_toml(&settings)?.resolve()?;
    let client = Client::from_connection(&connection, Arc::new(MemoryStore::new()))?.build()?;
    let session = client.session().ok_or("no OAuth session")?;
    let sign_in = session.listen_for_sign_in().await?;
    let browser = browse(sign_in.url().clone());
    let signed_in = async { Ok(sign_in.finish().await?) };
    tokio::try_join!(browser, signed_in)?;
    Ok(client)
}
