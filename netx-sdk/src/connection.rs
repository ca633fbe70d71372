//! Clients from connection settings: given as such, in the environment, or kept as a profile. And the session of a
//! client whose connection uses OAuth.

use oneteg_auth::Vendor;
use oneteg_http::codegen::client_connections;

use crate::{Client, ClientBuilder};

client_connections! {
    vendor: Vendor::NetX,
    client: Client,
    builder: ClientBuilder,
    session: oauth,

    /// Returns a client for the instance in the environment variable `NETX_URL`, with the API token in
    /// `NETX_API_KEY`. See [`Connection::from_env`](oneteg_auth::Connection::from_env) for the variables of a connection with OAuth.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netx_sdk::Error> {
    /// let client = netx_sdk::Client::from_env()?;
    /// println!("{}", client.get_self().send().await?.user_id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a variable is missing or invalid, and those
    /// of [`ClientBuilder::build`].
    from_env;

    /// Returns a client for a connection of the user's [profiles](oneteg_auth::Profiles): the file
    /// `connections/<name>.toml` in the configuration folder of OneTeg's tools. The session of a connection with
    /// OAuth is kept there too, so that the user signs in once.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netx_sdk::Error> {
    /// let client = netx_sdk::Client::from_profile("acme")?;
    /// println!("{}", client.get_self().send().await?.user_id);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if there is no such profile, if it is for
    /// another vendor, invalid, or readable by other users; and those of [`ClientBuilder::build`].
    from_profile;

    /// Returns a builder for a client with connection settings: an API token, or OAuth. An OAuth session is kept in
    /// `store` under the connection's name.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use netx_sdk::{Client, auth::{Connection, MemoryStore}};
    ///
    /// let connection = Connection::from_toml(
    ///     r#"
    ///     connection_name = "NetX"
    ///     connector = "netxConnector-v1.0"
    ///     endpoint_url = "https://acme.netx.net"
    ///     [authentication]
    ///     type = "api_key"
    ///     api_key = "k3y"
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

    /// The session of a client that was built from a connection with OAuth; `None` with an API token or another
    /// credential.
    session;

    /// Signs in with the system's browser unless the [session](Self::session) is signed in already. Calls `show`
    /// with the URL if no browser can be opened. Does nothing for a client without a session.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), netx_sdk::Error> {
    /// let client = netx_sdk::Client::from_profile("acme")?;
    /// client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`OAuth2::sign_in_if_needed`](oneteg_auth::OAuth2::sign_in_if_needed).
    sign_in_if_needed;
}
