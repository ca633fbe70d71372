//! Clients from connection settings: given as such, in the environment, or kept as a profile. And the session of a
//! client whose connection uses OAuth.

#[cfg(feature = "oauth")]
use std::sync::Arc;

use oneteg_auth::{Connection, Profiles, Vendor};
#[cfg(feature = "oauth")]
use oneteg_auth::{OAuth2, ResolvedConnection, SignedIn, TokenStore};
use oneteg_http::Error;
#[cfg(feature = "oauth")]
use oneteg_http::{ErrorKind, reqwest::Url};

use crate::{Client, ClientBuilder};

impl Client {
    /// Returns a client for the instance in the environment variable `NETX_URL`, with the API token in
    /// `NETX_API_KEY`. See [`Connection::from_env`] for the variables of a connection with OAuth.
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
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Returns a client for a connection of the user's [profiles](Profiles): the file
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
    pub fn from_profile(name: &str) -> Result<Self, Error> {
        ClientBuilder::from_profile(name)?.build()
    }

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
    /// [`ErrorKind::Configuration`] if the connection is for another vendor; [`ErrorKind::Authentication`] if the
    /// credential is unusable.
    #[cfg(feature = "oauth")]
    pub fn from_connection(
        connection: &ResolvedConnection,
        store: Arc<dyn TokenStore>,
    ) -> Result<ClientBuilder, Error> {
        if connection.connector.vendor() != Vendor::NetX {
            let message = "the connection is for another vendor; use one with a NetX connector";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(ClientBuilder::of_connection(connection, connection.credential(store)?))
    }

    /// The session of a client that was built from a connection with OAuth; `None` with an API token or another
    /// credential.
    #[cfg(feature = "oauth")]
    pub fn session(&self) -> Option<&OAuth2> {
        self.oauth.as_ref()
    }

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
    /// As [`OAuth2::sign_in_if_needed`].
    #[cfg(feature = "oauth")]
    pub async fn sign_in_if_needed(
        &self,
        show: impl FnOnce(&Url),
    ) -> Result<Option<SignedIn>, Error> {
        match &self.oauth {
            Some(session) => Ok(session.sign_in_if_needed(show).await?),
            None => Ok(None),
        }
    }
}

impl ClientBuilder {
    /// Like [`Client::from_env`], but returns the builder for more settings.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a variable is missing or invalid.
    pub fn from_env() -> Result<Self, Error> {
        let connection = Connection::from_env(Vendor::NetX)?.resolve()?;
        let credential = connection.default_credential()?;
        Ok(Self::of_connection(&connection, credential))
    }

    /// Like [`Client::from_profile`], but returns the builder for more settings.
    ///
    /// # Errors
    /// As [`Client::from_profile`].
    pub fn from_profile(name: &str) -> Result<Self, Error> {
        Self::from_profile_in(&Profiles::open()?, name)
    }

    /// Like [`from_profile`](Self::from_profile), with the profiles of another folder.
    ///
    /// # Errors
    /// As [`Client::from_profile`].
    pub fn from_profile_in(profiles: &Profiles, name: &str) -> Result<Self, Error> {
        let connection = profiles.resolve(name, Vendor::NetX)?;
        let credential = profiles.credential(&connection)?;
        Ok(Self::of_connection(&connection, credential))
    }
}
