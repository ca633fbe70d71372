//! Clients from connection settings: given as such, in the environment, or kept as a profile. And the session of a
//! client that was built from them.

use oneteg_auth::Vendor;
use oneteg_http::{
    Error,
    codegen::{client_connections, variable, variable_error},
};

use crate::{Client, ClientBuilder};

const URL: &str = "MEDIAVALET_URL";
const SUBSCRIPTION_KEY: &str = "MEDIAVALET_SUBSCRIPTION_KEY";
const ACCESS_TOKEN: &str = "MEDIAVALET_ACCESS_TOKEN";

client_connections! {
    vendor: Vendor::MediaValet,
    client: Client,
    builder: ClientBuilder,
    session: session,
    or_env: with_access_token,

    /// Returns a client from environment variables.
    ///
    /// | Variable | Value |
    /// |---|---|
    /// | `MEDIAVALET_SUBSCRIPTION_KEY` | the key of the developer portal |
    /// | `MEDIAVALET_CLIENT_ID`, `MEDIAVALET_CLIENT_SECRET` | the OAuth client, which acts as itself (client credentials grant) |
    /// | `MEDIAVALET_FLOW` | with `authorization_code`, a user of the OAuth client signs in once: [`sign_in_if_needed`](Self::sign_in_if_needed) |
    /// | `MEDIAVALET_ACCESS_TOKEN` | instead of an OAuth client: an access token, as for [`access_token`](ClientBuilder::access_token) |
    /// | `MEDIAVALET_URL` | another server than MediaValet's, such as a sandbox |
    ///
    /// [`Connection::from_env`](oneteg_auth::Connection::from_env) lists further variables. The session of a user is kept like that of a
    /// [profile](Self::from_profile).
    ///
    /// ```no_run
    /// # #[cfg(feature = "full")] async fn run() -> Result<(), mediavalet_sdk::Error> {
    /// let client = mediavalet_sdk::Client::from_env()?;
    /// println!("{:?}", client.get_current_user().send().await?.id);
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
    /// # #[cfg(feature = "oauth")] async fn run() -> Result<(), mediavalet_sdk::Error> {
    /// let client = mediavalet_sdk::Client::from_profile("acme")?;
    /// client.sign_in_if_needed(|url| println!("Open {url}")).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if there is no such profile, if it is for another vendor, invalid, or readable
    /// by other users; and those of [`ClientBuilder::build`].
    from_profile;

    /// Returns a builder set up from connection settings. The OAuth session is kept in `store` under the
    /// connection's name.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use mediavalet_sdk::{Client, auth::{Connection, MemoryStore}};
    ///
    /// let connection = Connection::from_toml(
    ///     r#"
    ///     connection_name = "MediaValet"
    ///     connector = "mediavaletConnector-v1.0"
    ///     subscription_key = "k3y"
    ///     [authentication]
    ///     type = "oauth"
    ///     flow = "authorization_code"
    ///     client_id = "id"
    ///     client_secret = "s3cret"
    ///     "#,
    /// )?;
    /// let client = Client::from_connection(&connection.resolve()?, Arc::new(MemoryStore::new()))?.build()?;
    /// # let _ = client;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if the connection belongs to another vendor;
    /// [`ErrorKind::Authentication`](crate::ErrorKind::Authentication) for an unusable credential.
    from_connection;

    /// The session of a client that was built from connection settings; `None` with an access token or another
    /// credential.
    session;

    /// Signs in with the system's browser unless the [session](Self::session) is signed in already. Calls `show`
    /// with the URL if no browser can be opened. Does nothing for a client without a session.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), mediavalet_sdk::Error> {
    /// let client = mediavalet_sdk::Client::from_profile("acme")?;
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
    let missing =
        || variable_error(SUBSCRIPTION_KEY, "is not set; copy it from the developer portal");
    let key = variable(SUBSCRIPTION_KEY)?.ok_or_else(missing)?;
    let builder = Client::builder().subscription_key(key).access_token(token);
    Ok(Some(match variable(URL)? {
        Some(url) => builder.base_url(url),
        None => builder,
    }))
}
