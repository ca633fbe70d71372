//! Clients from connection settings: given as such, in the environment, or kept as a profile. And the session of a
//! client that was built from them.

use oneteg_auth::Vendor;
use oneteg_http::{
    Error,
    codegen::{client_connections, variable, variable_error},
};

use crate::{Client, ClientBuilder};

const URL: &str = "NETEXPLORER_URL";
const ACCESS_TOKEN: &str = "NETEXPLORER_ACCESS_TOKEN";

client_connections! {
    vendor: Vendor::NetExplorer,
    client: Client,
    builder: ClientBuilder,
    session: session,
    or_env: with_access_token,

    /// Returns a client from environment variables.
    ///
    /// | Variable | Value |
    /// |---|---|
    /// | `NETEXPLORER_URL` | the URL of the platform |
    /// | `NETEXPLORER_CLIENT_ID`, `NETEXPLORER_CLIENT_SECRET` | the application, by default a server application |
    /// | `NETEXPLORER_ACCESS_TOKEN` | instead of an application: an access token, as for [`access_token`](ClientBuilder::access_token) |
    ///
    /// [`Connection::from_env`](oneteg_auth::Connection::from_env) lists further variables. The session of a client application is kept like that of a
    /// [profile](Self::from_profile).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netexplorer_sdk::Error> {
    /// let client = netexplorer_sdk::Client::from_env()?;
    /// println!("{:?}", client.get_account().send().await?.login);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a variable is missing or invalid, which the message names; and those of
    /// [`ClientBuilder::build`].
    from_env;

    /// Returns a client for a connection of the user's [profiles](oneteg_auth::Profiles): the file `connections/<name>.toml` in
    /// the configuration folder of OneTeg's tools. The session is kept there too, so that the user signs in once.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netexplorer_sdk::Error> {
    /// let client = netexplorer_sdk::Client::from_profile("acme")?;
    /// client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    /// println!("{:?}", client.get_account().send().await?.login);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if there is no such profile, if it is for another vendor, invalid, or readable
    /// by other users; and those of [`ClientBuilder::build`].
    from_profile;

    /// Returns a builder for a client with connection settings. A *server* application signs in by itself (client
    /// credentials grant), a *client* application on behalf of a person (authorization code grant with PKCE). The
    /// session is kept in `store` under the connection's name.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use netexplorer_sdk::{Client, auth::{Connection, MemoryStore}};
    ///
    /// let connection = Connection::from_toml(
    ///     r#"
    ///     connection_name = "NetExplorer"
    ///     connector = "netexplorerConnector-v1.0"
    ///     endpoint_url = "https://company.netexplorer.pro"
    ///     [authentication]
    ///     type = "oauth"
    ///     application_type = "server"
    ///     client_id = "an id"
    ///     client_secret = "s3cret"
    ///     "#,
    /// )?;
    /// let client = Client::from_connection(&connection.resolve()?, Arc::new(MemoryStore::new()))?.build()?;
    /// # let _ = client;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the connection is for another vendor; [`ErrorKind::Authentication`](crate::ErrorKind::Authentication) if the
    /// credential is unusable.
    from_connection;

    /// The session of a client that was built from connection settings; `None` with an access token or another
    /// credential.
    session;

    /// Signs in with the system's browser unless the [session](Self::session) is signed in already. Calls `show`
    /// with the URL if no browser can be opened. Does nothing for a server application, which signs in by itself,
    /// and for a client without a session.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netexplorer_sdk::Error> {
    /// let client = netexplorer_sdk::Client::from_profile("acme")?;
    /// client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`OAuth2::sign_in_if_needed`](oneteg_auth::OAuth2::sign_in_if_needed).
    sign_in_if_needed;
}

/// The builder for an access token in the environment, if there is one.
fn with_access_token() -> Result<Option<ClientBuilder>, Error> {
    let Some(token) = variable(ACCESS_TOKEN)? else { return Ok(None) };
    let missing = || variable_error(URL, "is not set; set it to the URL of the platform");
    Ok(Some(Client::builder(variable(URL)?.ok_or_else(missing)?).access_token(token)))
}
